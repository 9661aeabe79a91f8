DROP TABLE posts;
DROP TABLE titles;

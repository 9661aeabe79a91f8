DROP TABLE title_standards;
ALTER TABLE titles DROP CONSTRAINT titles_title_group_check;
ALTER TABLE titles DROP COLUMN title_group;

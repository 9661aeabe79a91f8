ALTER TABLE rotation_moves DROP COLUMN special_case;
DROP TABLE post_freezes;

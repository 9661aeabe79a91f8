ALTER TABLE rotations DROP COLUMN plan_id;
DROP TABLE rotation_plan_items;
DROP TABLE rotation_plans;

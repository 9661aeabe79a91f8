ALTER TABLE cadre_versions DROP COLUMN native_unit_id;
ALTER TABLE cadres DROP COLUMN native_unit_id;

ALTER TABLE scope_tree DROP CONSTRAINT scope_tree_ancestor_id_fkey;
ALTER TABLE scope_tree DROP CONSTRAINT scope_tree_unit_id_fkey;
DROP INDEX grants_unit_id_idx;
ALTER TABLE grants DROP CONSTRAINT grants_unit_id_fkey;
DROP TABLE unit_lineage;
DROP TABLE unit_ancestors;
DROP TABLE unit_versions;
DROP TABLE units;
DROP TABLE organisation_acts;

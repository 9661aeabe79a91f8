-- Where people come from as a unit, beside the words: so that it can be asked whether they are natives of a place.
ALTER TABLE cadres ADD COLUMN native_unit_id uuid;
ALTER TABLE cadres ADD CONSTRAINT cadres_native_unit_id_fkey FOREIGN KEY (native_unit_id) REFERENCES units (id);
CREATE INDEX cadres_native_unit_id_idx ON cadres (native_unit_id);
COMMENT ON COLUMN cadres.native_unit_id IS 'Quê quán as an administrative unit, perhaps one that is no more; null: not recorded.';
ALTER TABLE cadre_versions ADD COLUMN native_unit_id uuid;
ALTER TABLE cadre_versions ADD CONSTRAINT cadre_versions_native_unit_id_fkey FOREIGN KEY (native_unit_id) REFERENCES units (id);
CREATE INDEX cadre_versions_native_unit_id_idx ON cadre_versions (native_unit_id);

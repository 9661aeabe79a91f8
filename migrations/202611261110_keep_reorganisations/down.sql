DROP TABLE reorganisation_placements;
DROP TABLE reorganisation_counts;
DROP TABLE organisation_changes;
ALTER TABLE units DROP CONSTRAINT units_kind_check;
ALTER TABLE units ADD CONSTRAINT units_kind_check CHECK (kind IN ('province', 'district', 'commune', 'party', 'council', 'government', 'front', 'mass', 'public_service', 'armed'));
DROP INDEX organisation_acts_effective_from_idx;
ALTER TABLE organisation_acts DROP COLUMN content_digest;
ALTER TABLE organisation_acts DROP COLUMN legal_basis;

-- Search finds words by how they begin. A generated column holds a space before each word, so that one index of trigrams
-- serves words of any length, and the index of names holds all that a list is chosen by.
-- Cut at 200 characters: a row of cadres_name_sort_idx has at most 2,704 bytes, whatever the letters.
ALTER TABLE cadres
    ADD COLUMN search_words text NOT NULL GENERATED ALWAYS AS (left(' #' || initials || ' ' || search_key, 200)) STORED,
    ADD COLUMN marked_words text NOT NULL GENERATED ALWAYS AS (left(' ' || marked_key, 200)) STORED;
COMMENT ON COLUMN cadres.search_words IS 'The initials after #, then the words of search_key, a space before each.';
COMMENT ON COLUMN cadres.marked_words IS 'The words of marked_key, a space before each.';
DROP INDEX cadres_search_key_idx;
DROP INDEX cadres_initials_idx;
DROP INDEX cadres_name_sort_idx;
DROP INDEX cadres_unit_id_idx;
DROP INDEX cadres_born_on_idx;
CREATE INDEX cadres_search_words_idx ON cadres USING gin (search_words gin_trgm_ops, marked_words gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX cadres_name_sort_idx ON cadres (name_sort, id) INCLUDE (unit_id, status, search_words, marked_words);
CREATE INDEX cadres_born_on_idx ON cadres (born_on, id) INCLUDE (unit_id, status, search_words);
CREATE INDEX cadres_unit_id_idx ON cadres (unit_id, status);

ALTER TABLE unit_versions
    ADD COLUMN search_words text NOT NULL
    GENERATED ALWAYS AS (' #' || regexp_replace(search_key, '([^ ])[^ ]* ?', '\1', 'g') || ' ' || search_key) STORED;
COMMENT ON COLUMN unit_versions.search_words IS 'The initials after #, then the words of search_key, a space before each.';
DROP INDEX unit_versions_search_key_idx;
CREATE INDEX unit_versions_search_words_idx ON unit_versions USING gin (search_words gin_trgm_ops) WITH (fastupdate = off);

-- Who sat in a unit on a day: by post, and by person.
CREATE INDEX appointments_seated_idx ON appointments (post_id) INCLUDE (cadre_id, during) WHERE superseded_at IS NULL AND full_time;
CREATE INDEX appointments_sitting_idx ON appointments (cadre_id) INCLUDE (post_id, during) WHERE superseded_at IS NULL AND full_time;
DROP INDEX posts_unit_id_idx;
CREATE INDEX posts_unit_id_idx ON posts (unit_id, id);

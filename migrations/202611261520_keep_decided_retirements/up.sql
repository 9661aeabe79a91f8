-- Whether a post will be vacant depends on a retirement day that was decided, too: what a file says of it is kept here as well.
CREATE TABLE decided_retirements (
    cadre_id uuid NOT NULL,
    during daterange NOT NULL,
    retires_on date NOT NULL,
    CONSTRAINT decided_retirements_pkey PRIMARY KEY (cadre_id, during),
    CONSTRAINT decided_retirements_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT decided_retirements_during_check CHECK (NOT isempty(during)),
    CONSTRAINT decided_retirements_one_at_a_time EXCLUDE USING gist (cadre_id WITH =, during WITH &&)
);
INSERT INTO decided_retirements (cadre_id, during, retires_on)
    SELECT cadre_id, during, trim(split_part(content ->> 'text', ':', 1))::date FROM cadre_facts
    WHERE superseded_at IS NULL AND kind = 'particular' AND slot = 'retirement_day'
    AND trim(split_part(content ->> 'text', ':', 1)) ~ '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$';
COMMENT ON TABLE decided_retirements IS 'The retirement days that were decided, kept equal to the particulars of that topic in the files: the status of a post needs no more of a file.';
COMMENT ON COLUMN decided_retirements.during IS 'From when until when the decision counts.';
COMMENT ON COLUMN decided_retirements.retires_on IS 'The last day in service.';

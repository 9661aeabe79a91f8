-- Law as data: values with validity and citation, none of them in code.
CREATE TABLE regulations (
    id uuid NOT NULL,
    key text NOT NULL,
    value jsonb NOT NULL,
    unit text,
    during daterange NOT NULL,
    instrument text NOT NULL,
    article text,
    source_note text,
    confirmed boolean NOT NULL,
    description_vi text NOT NULL,
    description_en text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT regulations_pkey PRIMARY KEY (id),
    CONSTRAINT regulations_during_check CHECK (NOT isempty(during)),
    CONSTRAINT regulations_one_at_a_time EXCLUDE USING gist (key WITH =, during WITH &&)
);
COMMENT ON TABLE regulations IS 'Parameters of rules: the version whose period holds the day of application is the one that counts.';
COMMENT ON COLUMN regulations.confirmed IS 'False until the province confirms the value against the official text.';

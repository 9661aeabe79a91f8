-- Titles and posts: a post is one seat.
CREATE TABLE titles (
    id uuid NOT NULL,
    code text NOT NULL,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    category text NOT NULL,
    level text NOT NULL,
    leadership boolean NOT NULL,
    rank_order integer NOT NULL,
    elected boolean NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT titles_pkey PRIMARY KEY (id),
    CONSTRAINT titles_code_key UNIQUE (code),
    CONSTRAINT titles_code_check CHECK (code ~ '^[a-z][a-z0-9_]{1,79}$'),
    CONSTRAINT titles_category_check CHECK (category IN ('party', 'council', 'government', 'front', 'mass', 'professional')),
    CONSTRAINT titles_level_check CHECK (level IN ('province', 'district', 'commune'))
);
COMMENT ON TABLE titles IS 'Chức danh: what a post is called and where it stands in the ladder.';
COMMENT ON COLUMN titles.rank_order IS 'Within a level, the smaller the higher.';
COMMENT ON COLUMN titles.elected IS 'Normally filled by election.';

CREATE TABLE posts (
    id uuid NOT NULL,
    title_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    seat integer NOT NULL,
    full_time boolean NOT NULL,
    term_months integer,
    during daterange NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT posts_pkey PRIMARY KEY (id),
    CONSTRAINT posts_title_id_fkey FOREIGN KEY (title_id) REFERENCES titles (id),
    CONSTRAINT posts_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT posts_during_check CHECK (NOT isempty(during)),
    CONSTRAINT posts_seat_check CHECK (seat BETWEEN 1 AND 999),
    CONSTRAINT posts_term_months_check CHECK (term_months BETWEEN 1 AND 120),
    CONSTRAINT posts_one_of_a_number EXCLUDE USING gist (unit_id WITH =, title_id WITH =, seat WITH =, during WITH &&)
);
CREATE INDEX posts_title_id_idx ON posts (title_id);
CREATE INDEX posts_unit_id_idx ON posts (unit_id);
COMMENT ON TABLE posts IS 'One seat: a title in a unit, for as long as the seat exists.';
COMMENT ON COLUMN posts.seat IS 'Number of the seat among those of the same title in the unit.';

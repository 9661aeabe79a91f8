-- Who decides: which post by which rule, and to whom it has delegated that; and who signed a decision.
CREATE TABLE appointing_authorities (
    id uuid NOT NULL,
    title_id uuid,
    title_group text,
    level text,
    post_id uuid NOT NULL,
    during daterange NOT NULL,
    instrument text NOT NULL,
    article text,
    confirmed_against text,
    confirmed_on date,
    confirmed_at timestamptz,
    confirmed_by text,
    ended_reason text,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT appointing_authorities_pkey PRIMARY KEY (id),
    CONSTRAINT appointing_authorities_title_id_fkey FOREIGN KEY (title_id) REFERENCES titles (id),
    CONSTRAINT appointing_authorities_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts (id),
    CONSTRAINT appointing_authorities_subject_check CHECK (CASE WHEN title_id IS NULL THEN num_nonnulls(title_group, level) > 0 ELSE num_nonnulls(title_group, level) = 0 END),
    CONSTRAINT appointing_authorities_title_group_check CHECK (title_group IN ('group_i', 'group_ii', 'group_iii', 'group_iv')),
    CONSTRAINT appointing_authorities_level_check CHECK (level IN ('province', 'district', 'commune')),
    CONSTRAINT appointing_authorities_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    CONSTRAINT appointing_authorities_confirmed_check CHECK (num_nonnulls(confirmed_against, confirmed_on, confirmed_at, confirmed_by) IN (0, 4)),
    CONSTRAINT appointing_authorities_one_at_a_time EXCLUDE USING gist (during WITH &&, (coalesce(title_id::text, '') || '/' || coalesce(title_group, '') || '/' || coalesce(level, '')) WITH =)
);
CREATE INDEX appointing_authorities_title_id_idx ON appointing_authorities (title_id);
CREATE INDEX appointing_authorities_post_id_idx ON appointing_authorities (post_id);
CREATE INDEX appointing_authorities_during_idx ON appointing_authorities (lower(during) DESC, id DESC);
COMMENT ON TABLE appointing_authorities IS 'Phân cấp quản lý cán bộ: which post decides on posts of a title, of a group of titles or of a level, by period. The same for the whole province.';
COMMENT ON COLUMN appointing_authorities.post_id IS 'The post that decides.';
COMMENT ON COLUMN appointing_authorities.confirmed_against IS 'The official text that the rule was compared with; before, it binds nobody.';

CREATE TABLE delegations (
    id uuid NOT NULL,
    post_id uuid NOT NULL,
    cadre_id uuid NOT NULL,
    during daterange NOT NULL,
    number text NOT NULL,
    issuer text NOT NULL,
    decided_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text,
    withdrawn_reason text,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT delegations_pkey PRIMARY KEY (id),
    CONSTRAINT delegations_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts (id),
    CONSTRAINT delegations_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT delegations_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    CONSTRAINT delegations_withdrawn_check CHECK (num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_reason) IN (0, 3)),
    CONSTRAINT delegations_one_at_a_time EXCLUDE USING gist (post_id WITH =, cadre_id WITH =, during WITH &&) WHERE (withdrawn_at IS NULL)
);
CREATE INDEX delegations_post_id_idx ON delegations (post_id);
CREATE INDEX delegations_cadre_id_idx ON delegations (cadre_id);
CREATE INDEX delegations_during_idx ON delegations (lower(during) DESC, id DESC);
COMMENT ON TABLE delegations IS 'Ủy quyền: who may sign for a post that decides, for a time.';
COMMENT ON COLUMN delegations.post_id IS 'The post whose holder delegates.';
COMMENT ON COLUMN delegations.cadre_id IS 'The person who may sign.';

CREATE TABLE rotation_signatures (
    rotation_id uuid NOT NULL,
    signed_by uuid NOT NULL,
    authority_post_id uuid,
    delegation_id uuid,
    CONSTRAINT rotation_signatures_pkey PRIMARY KEY (rotation_id),
    CONSTRAINT rotation_signatures_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES rotations (id),
    CONSTRAINT rotation_signatures_signed_by_fkey FOREIGN KEY (signed_by) REFERENCES cadres (id),
    CONSTRAINT rotation_signatures_authority_post_id_fkey FOREIGN KEY (authority_post_id) REFERENCES posts (id),
    CONSTRAINT rotation_signatures_delegation_id_fkey FOREIGN KEY (delegation_id) REFERENCES delegations (id),
    CONSTRAINT rotation_signatures_delegation_check CHECK (delegation_id IS NULL OR authority_post_id IS NOT NULL)
);
CREATE INDEX rotation_signatures_signed_by_idx ON rotation_signatures (signed_by);
CREATE INDEX rotation_signatures_authority_post_id_idx ON rotation_signatures (authority_post_id);
CREATE INDEX rotation_signatures_delegation_id_idx ON rotation_signatures (delegation_id);
COMMENT ON TABLE rotation_signatures IS 'Who signed the decision of a case, where that is on record, and by which post.';
COMMENT ON COLUMN rotation_signatures.authority_post_id IS 'The post by which they sign; null: by none that a rule of the day names.';
COMMENT ON COLUMN rotation_signatures.delegation_id IS 'By which delegation; null: they hold the post.';

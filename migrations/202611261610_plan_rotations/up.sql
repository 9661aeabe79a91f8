-- Plans of rotation: what is to be moved in a year or a term, before anybody is named; and which plan a case carries out.
CREATE TABLE rotation_plans (
    id uuid NOT NULL,
    number text NOT NULL,
    subject text NOT NULL,
    unit_id uuid NOT NULL,
    during daterange NOT NULL,
    need text,
    policy text,
    state text NOT NULL,
    prepared_by uuid NOT NULL,
    prepared_at timestamptz NOT NULL,
    approval_number text,
    approval_issuer text,
    approved_on date,
    approved_by uuid,
    approved_at timestamptz,
    withdrawn_at timestamptz,
    withdrawn_by uuid,
    withdrawn_reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT rotation_plans_pkey PRIMARY KEY (id),
    CONSTRAINT rotation_plans_number_key UNIQUE (number),
    CONSTRAINT rotation_plans_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT rotation_plans_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    CONSTRAINT rotation_plans_state_check CHECK (state IN ('draft', 'approved', 'withdrawn')),
    CONSTRAINT rotation_plans_approval_check CHECK (num_nonnulls(approval_number, approval_issuer, approved_on, approved_by, approved_at) IN (0, 5)),
    CONSTRAINT rotation_plans_approved_check CHECK (CASE state WHEN 'draft' THEN approved_at IS NULL WHEN 'approved' THEN approved_at IS NOT NULL ELSE true END),
    CONSTRAINT rotation_plans_withdrawn_check CHECK (num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_reason) = CASE WHEN state = 'withdrawn' THEN 3 ELSE 0 END),
    CONSTRAINT rotation_plans_two_people_check CHECK (approved_by <> prepared_by)
);
CREATE INDEX rotation_plans_unit_id_idx ON rotation_plans (unit_id);
CREATE INDEX rotation_plans_during_idx ON rotation_plans (lower(during) DESC, id DESC);
COMMENT ON TABLE rotation_plans IS 'Kế hoạch luân chuyển: what is to be moved in a year or a term, before anybody is named.';
COMMENT ON COLUMN rotation_plans.policy IS 'The regime and policy for who is moved.';
COMMENT ON COLUMN rotation_plans.prepared_by IS 'Account or client that prepared the plan; it may not approve it.';

CREATE TABLE rotation_plan_items (
    id uuid NOT NULL,
    plan_id uuid NOT NULL,
    position integer NOT NULL,
    title_id uuid NOT NULL,
    unit_id uuid,
    kind text NOT NULL,
    how_many integer NOT NULL,
    placement text,
    starts_on date,
    note text,
    CONSTRAINT rotation_plan_items_pkey PRIMARY KEY (id),
    CONSTRAINT rotation_plan_items_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES rotation_plans (id),
    CONSTRAINT rotation_plan_items_title_id_fkey FOREIGN KEY (title_id) REFERENCES titles (id),
    CONSTRAINT rotation_plan_items_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT rotation_plan_items_position_key UNIQUE (plan_id, position),
    CONSTRAINT rotation_plan_items_kind_check CHECK (kind IN ('rotation', 'transfer', 'secondment', 'change_of_position', 'appointment')),
    CONSTRAINT rotation_plan_items_how_many_check CHECK (how_many BETWEEN 1 AND 1000)
);
CREATE INDEX rotation_plan_items_title_id_idx ON rotation_plan_items (title_id);
CREATE INDEX rotation_plan_items_unit_id_idx ON rotation_plan_items (unit_id);
COMMENT ON TABLE rotation_plan_items IS 'The lines of a plan: how many are to come to posts of a title, where and in which form. Replaced as a whole while the plan is a draft.';
COMMENT ON COLUMN rotation_plan_items.unit_id IS 'The unit whose posts are meant, with everything below it; null: wherever the title is.';
COMMENT ON COLUMN rotation_plan_items.placement IS 'What is expected to become of the people afterwards.';

ALTER TABLE rotations ADD COLUMN plan_id uuid;
ALTER TABLE rotations ADD CONSTRAINT rotations_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES rotation_plans (id);
CREATE INDEX rotations_plan_id_idx ON rotations (plan_id);
COMMENT ON COLUMN rotations.plan_id IS 'The approved plan that the case carries out a part of.';

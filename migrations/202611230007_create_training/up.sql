-- Programmes, courses, enrolments, results.
CREATE TABLE programmes (
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    level text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT programmes_pkey PRIMARY KEY (id),
    CONSTRAINT programmes_code_key UNIQUE (code),
    CONSTRAINT programmes_kind_check CHECK (kind IN ('postgraduate', 'professional_degree', 'political_theory', 'state_management_by_title', 'state_management_by_rank', 'job_position_skills', 'defence_security', 'science_technology_digital', 'foreign_language', 'information_technology', 'ethnic_language_knowledge', 'induction'))
);
COMMENT ON TABLE programmes IS 'What is taught: a kind of training at a level.';
COMMENT ON COLUMN programmes.level IS 'The level that a pass gives, in the words of the qualification''s catalogue (political theory: elementary, intermediate, advanced).';

CREATE TABLE courses (
    id uuid NOT NULL,
    programme_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    institution text NOT NULL,
    unit_id uuid NOT NULL,
    during daterange NOT NULL,
    seats integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT courses_pkey PRIMARY KEY (id),
    CONSTRAINT courses_code_key UNIQUE (code),
    CONSTRAINT courses_programme_id_fkey FOREIGN KEY (programme_id) REFERENCES programmes (id),
    CONSTRAINT courses_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT courses_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    CONSTRAINT courses_seats_check CHECK (seats BETWEEN 1 AND 2000)
);
CREATE INDEX courses_programme_id_idx ON courses (programme_id);
CREATE INDEX courses_unit_id_idx ON courses (unit_id);
CREATE INDEX courses_newest_idx ON courses (lower(during) DESC, id DESC);
COMMENT ON TABLE courses IS 'One class of a programme, with its days and seats; unit_id is the unit that opens it.';

CREATE TABLE enrolments (
    id uuid NOT NULL,
    course_id uuid NOT NULL,
    cadre_id uuid NOT NULL,
    state text NOT NULL,
    enrolled_on date NOT NULL,
    result_on date,
    certificate_number text,
    reason text,
    qualification_id uuid,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT enrolments_pkey PRIMARY KEY (id),
    CONSTRAINT enrolments_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses (id),
    CONSTRAINT enrolments_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT enrolments_qualification_id_fkey FOREIGN KEY (qualification_id) REFERENCES qualifications (id),
    CONSTRAINT enrolments_once_per_course UNIQUE (course_id, cadre_id),
    CONSTRAINT enrolments_state_check CHECK (state IN ('enrolled', 'passed', 'failed', 'withdrawn')),
    CONSTRAINT enrolments_result_check CHECK ((state = 'enrolled') = (result_on IS NULL)),
    CONSTRAINT enrolments_qualification_check CHECK ((state = 'passed') = (qualification_id IS NOT NULL))
);
CREATE INDEX enrolments_cadre_id_idx ON enrolments (cadre_id);
CREATE INDEX enrolments_qualification_id_idx ON enrolments (qualification_id);
CREATE INDEX enrolments_enrolled_on_idx ON enrolments (enrolled_on DESC, id DESC);
CREATE INDEX enrolments_result_on_idx ON enrolments (result_on);
COMMENT ON TABLE enrolments IS 'One person on one course, and how it ended. A pass has the qualification that it wrote.';
ALTER TABLE qualifications ADD CONSTRAINT qualifications_enrolment_id_fkey FOREIGN KEY (enrolment_id) REFERENCES enrolments (id) DEFERRABLE INITIALLY DEFERRED;

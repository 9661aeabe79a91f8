-- The record becomes a chain: each row carries the bytes that it was written as and a hash over them and the row before.
-- AUDIT.md says it to the byte. Rows that exist are chained in their order, their numbers closed up.
ALTER TABLE audit_entries ALTER COLUMN seq DROP IDENTITY;
ALTER TABLE audit_entries
    ADD COLUMN before_digest text,
    ADD COLUMN after_digest text,
    ADD COLUMN canonical bytea,
    ADD COLUMN prev_hash bytea,
    ADD COLUMN hash bytea;

CREATE FUNCTION pg_temp.canonical(value jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    CASE jsonb_typeof(value)
        WHEN 'object' THEN
            RETURN '{' || coalesce((SELECT string_agg(to_json(m.key)::text || ':' || pg_temp.canonical(m.value), ',' ORDER BY m.key COLLATE "C")
                FROM jsonb_each(value) m), '') || '}';
        WHEN 'array' THEN
            RETURN '[' || coalesce((SELECT string_agg(pg_temp.canonical(m.value), ',' ORDER BY m.at)
                FROM jsonb_array_elements(value) WITH ORDINALITY m (value, at)), '') || ']';
        WHEN 'string' THEN RETURN to_json(value #>> '{}')::text;
        ELSE RETURN value::text;
    END CASE;
END $$;

DO $$
DECLARE
    old record;
    told text;
    bytes bytea;
    next_seq bigint := 0;
    head bytea := decode(repeat('00', 32), 'hex');
    link bytea;
BEGIN
    FOR old IN SELECT * FROM audit_entries ORDER BY seq LOOP
        next_seq := next_seq + 1;
        told := normalize(pg_temp.canonical(jsonb_build_object(
            'v', 1, 'id', old.id, 'recorded_at', to_char(old.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'actor_kind', old.actor_kind, 'actor_id', old.actor_id, 'actor_label', old.actor_label, 'action', old.action,
            'target_kind', old.target_kind, 'target_id', old.target_id, 'unit_id', old.unit_id, 'outcome', old.outcome, 'code', old.code,
            'before_digest', NULL, 'after_digest', NULL, 'detail', old.detail, 'request_id', old.request_id, 'subjects', '[]'::jsonb)), NFC);
        bytes := convert_to(told, 'UTF8');
        link := sha256(head || int8send(next_seq) || bytes);
        UPDATE audit_entries SET seq = next_seq, actor_label = told::jsonb ->> 'actor_label', request_id = told::jsonb ->> 'request_id',
            detail = told::jsonb -> 'detail', canonical = bytes, prev_hash = head, hash = link WHERE id = old.id;
        head := link;
    END LOOP;
END $$;

ALTER TABLE audit_entries
    ALTER COLUMN canonical SET NOT NULL,
    ALTER COLUMN prev_hash SET NOT NULL,
    ALTER COLUMN hash SET NOT NULL,
    ADD CONSTRAINT audit_entries_prev_hash_key UNIQUE (prev_hash),
    ADD CONSTRAINT audit_entries_chain_check CHECK (seq >= 1 AND octet_length(prev_hash) = 32 AND octet_length(hash) = 32),
    DROP CONSTRAINT audit_entries_outcome_check,
    ADD CONSTRAINT audit_entries_outcome_check CHECK (outcome IN ('done', 'refused', 'read'));
CREATE INDEX audit_entries_action_idx ON audit_entries (action, seq);
CREATE INDEX audit_entries_recorded_at_idx ON audit_entries (recorded_at);
COMMENT ON TABLE audit_entries IS 'One row per write, done or refused, and per read of sensitive fields: who, what, on what, when, by which request. Chained by hash; written by append_audit_entries alone.';
COMMENT ON COLUMN audit_entries.seq IS 'Given under the lock of the chain, from 1, without gaps.';
COMMENT ON COLUMN audit_entries.detail IS 'The effects of a change, the findings of a refusal, the roles of a reader; never personal numbers, passwords or bodies.';
COMMENT ON COLUMN audit_entries.before_digest IS 'SHA-256, hex, of the canonical JSON of the target before the change, where the change had it at hand.';
COMMENT ON COLUMN audit_entries.after_digest IS 'SHA-256, hex, of the canonical JSON of what the change returned: the target as it is since.';
COMMENT ON COLUMN audit_entries.canonical IS 'The entry as it was hashed: canonical JSON in UTF-8. The other columns say the same.';
COMMENT ON COLUMN audit_entries.prev_hash IS 'The hash of the row before; 32 zero bytes in the first.';
COMMENT ON COLUMN audit_entries.hash IS 'SHA-256 over prev_hash, seq as 8 bytes (most significant first) and canonical.';

CREATE TABLE audit_subjects (
    seq bigint NOT NULL,
    cadre_id uuid NOT NULL,
    CONSTRAINT audit_subjects_pkey PRIMARY KEY (seq, cadre_id),
    CONSTRAINT audit_subjects_seq_fkey FOREIGN KEY (seq) REFERENCES audit_entries (seq)
);
CREATE INDEX audit_subjects_cadre_id_idx ON audit_subjects (cadre_id, seq);
COMMENT ON TABLE audit_subjects IS 'Whose files an entry is about: the member subjects of its canonical bytes, for search.';

-- One round trip: lock, head, rows. The last statement before COMMIT. The statements of a function see what was
-- committed before the lock was had; those of one plain statement would not.
CREATE FUNCTION append_audit_entries(entries bytea[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entry bytea;
    told jsonb;
    last_seq bigint;
    head bytea;
    link bytea;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the audit record is appended to in READ COMMITTED alone';
    END IF;
    -- What is checked at commit could wait for somebody who waits for this lock.
    SET CONSTRAINTS ALL IMMEDIATE;
    PERFORM pg_advisory_xact_lock(109270114922242);
    SELECT a.seq, a.hash INTO last_seq, head FROM public.audit_entries a ORDER BY a.seq DESC LIMIT 1;
    IF NOT FOUND THEN
        last_seq := 0;
        head := decode(repeat('00', 32), 'hex');
    END IF;
    FOREACH entry IN ARRAY entries LOOP
        told := convert_from(entry, 'UTF8')::jsonb;
        -- Sent again after a commit whose answer was lost.
        CONTINUE WHEN EXISTS (SELECT 1 FROM public.audit_entries a WHERE a.id = (told ->> 'id')::uuid);
        last_seq := last_seq + 1;
        link := sha256(head || int8send(last_seq) || entry);
        INSERT INTO public.audit_entries (seq, id, recorded_at, actor_kind, actor_id, actor_label, action, target_kind, target_id, unit_id,
            outcome, code, detail, request_id, before_digest, after_digest, canonical, prev_hash, hash)
        VALUES (last_seq, (told ->> 'id')::uuid, (told ->> 'recorded_at')::timestamptz, told ->> 'actor_kind', (told ->> 'actor_id')::uuid,
            told ->> 'actor_label', told ->> 'action', told ->> 'target_kind', (told ->> 'target_id')::uuid, (told ->> 'unit_id')::uuid,
            told ->> 'outcome', told ->> 'code', told -> 'detail', told ->> 'request_id', told ->> 'before_digest', told ->> 'after_digest',
            entry, head, link);
        INSERT INTO public.audit_subjects (seq, cadre_id)
            SELECT last_seq, s.id::uuid FROM jsonb_array_elements_text(told -> 'subjects') s (id);
        head := link;
    END LOOP;
    RETURN last_seq;
END $$;
REVOKE ALL ON FUNCTION append_audit_entries(bytea[]) FROM PUBLIC;
COMMENT ON FUNCTION append_audit_entries(bytea[]) IS 'Appends entries, each given as its canonical bytes, to the chain; gives the last number. The one way to write the record.';

-- Not even the owner changes the past by accident.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is only appended to' USING ERRCODE = 'insufficient_privilege';
END $$;
REVOKE ALL ON FUNCTION refuse_audit_change() FROM PUBLIC;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_subjects_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_subjects FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

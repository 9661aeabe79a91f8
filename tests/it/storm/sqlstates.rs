//! Each failure of PostgreSQL, raised in the middle of a real change, as the caller sees it.

use super::{alone, keys::person};
use crate::support::fixtures::Office;
use crate::support::postgres::{DATABASE, Postgres};
use crate::support::replicas::Replica;

/// Fails as the name of the new cadre says: `40001` always, `40001 once` the first time. A sequence counts, for what it
/// counts is not rolled back.
const TRIGGER: &str = r"
CREATE SEQUENCE storm_tries; GRANT USAGE ON storm_tries TO canbo_service;
CREATE TABLE storm_held (id int PRIMARY KEY); INSERT INTO storm_held VALUES (1); GRANT ALL ON storm_held TO canbo_service;
CREATE FUNCTION storm_fail() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text := split_part(NEW.full_name, ' ', 1); tries bigint := nextval('storm_tries');
BEGIN
  IF NEW.full_name LIKE '% once' AND tries > 1 THEN RETURN NEW; END IF;
  CASE state
    WHEN '40001' THEN RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
    WHEN '40P01' THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
    WHEN '55P03' THEN PERFORM 1 FROM storm_held FOR UPDATE NOWAIT;
    WHEN '57014' THEN PERFORM pg_sleep(30);
    WHEN '57P01' THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1);
    WHEN '25006' THEN PERFORM set_config('transaction_read_only', 'on', true); INSERT INTO storm_held VALUES (9);
    WHEN '22021' THEN PERFORM convert_from('\xff'::bytea, 'UTF8');
    WHEN '23505' THEN RAISE EXCEPTION 'twice' USING ERRCODE = '23505', CONSTRAINT = 'cadres_personal_number_key';
    WHEN '23P01' THEN RAISE EXCEPTION 'meets' USING ERRCODE = '23P01', CONSTRAINT = 'appointments_one_holder_per_post';
    WHEN '53100' THEN RAISE EXCEPTION 'could not extend file base/1/2: No space left on device' USING ERRCODE = '53100';
    WHEN '53200' THEN RAISE EXCEPTION 'out of memory' USING ERRCODE = '53200';
    ELSE NULL;
  END CASE;
  RETURN NEW;
END $$;
CREATE TRIGGER storm_fail BEFORE INSERT ON cadres FOR EACH ROW EXECUTE FUNCTION storm_fail();";

/// D07: each SQLSTATE has its status, none is a 500; those that pass are run again, five times at most. (53300 is refused at
/// the door: `outages`. A real disk that is full: `surroundings`.)
#[test]
fn each_sqlstate_has_its_status() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    server.run(DATABASE, TRIGGER);
    let replica = Replica::start_with(&server.url(), |command| {
        command.env("CANBO_STATEMENT_TIMEOUT_MS", "400").env("CANBO_LOCK_TIMEOUT_MS", "300");
    });
    let office = Office::of(&replica.client());
    let _held = server.while_holding("BEGIN; SELECT 1 FROM storm_held FOR UPDATE");
    for (state, status, code, tries) in [
        ("40001", 503, "unavailable", 5),
        ("40P01", 503, "unavailable", 5),
        ("55P03", 503, "unavailable", 1),
        ("57014", 503, "unavailable", 1),
        ("57P01", 503, "unavailable", 5),
        ("25006", 503, "unavailable", 5),
        ("22021", 400, "invalid_request", 1),
        ("23505", 409, "number_taken", 1),
        ("23P01", 409, "post_taken", 1),
        ("53100", 503, "unavailable", 1),
        ("53200", 503, "unavailable", 1),
    ] {
        server.run(DATABASE, "SELECT setval('storm_tries', 1, false)");
        let answer = office.officer.post("/v1/cadres", &person(&format!("{state} luôn"), office.province()));
        assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)), "{state}: {}", answer.text);
        assert_eq!(answer.header("retry-after").is_empty(), status != 503, "{state}");
        assert_eq!(server.number("SELECT last_value FROM storm_tries"), tries, "{state}");
        if tries > 1 {
            server.run(DATABASE, "SELECT setval('storm_tries', 1, false)");
            office.officer.post("/v1/cadres", &person(&format!("{state} once"), office.province())).expect(201);
            assert_eq!(server.number("SELECT last_value FROM storm_tries"), 2, "{state}");
        }
    }
    assert_eq!(server.number("SELECT count(*) FROM cadres WHERE full_name LIKE '% luôn'"), 0);
    assert_eq!(server.idle_in_transaction(), 0);
}

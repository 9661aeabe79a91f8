//! How soon a token stops when its caller does, in every replica; and how clocks may differ.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;

use super::{Gate, mighty};
use crate::support::app::http;
use crate::support::fixtures::{Office, decision, transfer};
use crate::support::{Answer, Client, PASSWORD as OF_ROLES, TestApp};
use canbo::platform::clock::Clock;

/// Of the accounts that these tests make.
const PASSWORD: &str = "mot mat khau dai";

/// The stated bound, by a real clock.
const BOUND: Duration = Duration::from_secs(5);

/// Asks until the answer has this status; fails after the bound.
#[track_caller]
fn stops(client: &Client, path: &str, status: u16) -> Duration {
    let started = Instant::now();
    loop {
        let answer = client.get(path);
        if answer.status == status {
            return started.elapsed();
        }
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(started.elapsed() < BOUND, "{path} is still answered after {BOUND:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Two services on one database, and an account with one role in both.
struct Pair {
    here: TestApp,
    there: TestApp,
    administrator: Client,
    unit: String,
}

impl Pair {
    fn new() -> Self {
        let here = TestApp::start();
        let there = TestApp::on(here.database.clone());
        let administrator = here.sign_in("administrator");
        let unit = administrator.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
        Self { here, there, administrator, unit }
    }

    fn account(&self, name: &str) -> (String, Answer) {
        let body = json!({"user_name": name, "display_name": name, "password": PASSWORD});
        let account = self.administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
        let grant = json!({"account_id": account, "role": "reader", "unit_id": self.unit});
        let grant = self.administrator.post("/v1/grants", &grant).expect(201);
        (account, grant)
    }

    /// The same caller in both, both of which have just seen them.
    fn seen(&self, name: &str) -> (Client, Client) {
        let signed = json!({"user_name": name, "password": PASSWORD});
        let token = self.here.anonymous().post("/v1/sessions", &signed).expect(200).str("/access_token").to_owned();
        self.seen_with(&token)
    }

    fn seen_with(&self, token: &str) -> (Client, Client) {
        let callers = (self.here.anonymous().with_token(token), self.there.anonymous().with_token(token));
        for caller in [&callers.0, &callers.1] {
            caller.get("/v1/units").expect(200);
        }
        callers
    }
}

/// J25: a revoked session, a disabled account, a changed password and an ended role stop at once where they were written,
/// and in every other replica within five seconds.
#[test]
fn a_stop_reaches_every_replica() {
    let pair = Pair::new();
    let (account, grant) = pair.account("reader-of-two");
    let path = format!("/v1/accounts/{account}");

    let (here, there) = pair.seen("reader-of-two");
    Answer::of(here.request(Method::DELETE, "/v1/sessions/current")).expect(204);
    here.get("/v1/units").problem(401, "unauthenticated");
    stops(&there, "/v1/units", 401);

    let (here, there) = pair.seen("reader-of-two");
    pair.administrator.patch(&path, "*", &json!({"password": "mot mat khau khac"})).expect(200);
    here.get("/v1/units").problem(401, "unauthenticated");
    stops(&there, "/v1/units", 401);
    pair.administrator.patch(&path, "*", &json!({"password": PASSWORD})).expect(200);

    let (here, there) = pair.seen("reader-of-two");
    pair.administrator.delete(&format!("/v1/grants/{}", grant.str("/id")), "*").expect(204);
    here.get("/v1/units").problem(403, "forbidden");
    stops(&there, "/v1/units", 403);
    let again = json!({"account_id": account, "role": "reader", "unit_id": pair.unit});
    pair.administrator.post("/v1/grants", &again).expect(201);
    here.get("/v1/units").expect(200);

    let (here, there) = pair.seen("reader-of-two");
    pair.administrator.patch(&path, "*", &json!({"disabled": true})).expect(200);
    here.get("/v1/units").problem(401, "unauthenticated");
    stops(&there, "/v1/units", 401);
}

/// J25: a client that is disabled, and a session that is revoked, by somebody who is none of the replicas, stop in both.
#[test]
fn a_stop_from_elsewhere_reaches_every_replica() {
    let pair = Pair::new();
    let (here, there) = pair.seen_with(&mighty(&pair.here).token());
    pair.here.execute("UPDATE clients SET disabled_at = '2026-11-23' WHERE client_id = 'mighty'");
    stops(&here, "/v1/units", 401);
    stops(&there, "/v1/units", 401);
    pair.account("reader-of-two");
    let (here, there) = pair.seen("reader-of-two");
    pair.here.execute("UPDATE sessions SET revoked_at = '2026-11-23'");
    stops(&here, "/v1/units", 401);
    stops(&there, "/v1/units", 401);
}

/// J25: what is remembered of a caller does not outlive the day of a grant, nor a session.
#[test]
fn what_the_calendar_ends_ends_at_once() {
    let pair = Pair::new();
    let body = json!({"user_name": "for-today", "display_name": "x", "password": PASSWORD});
    let account = pair.administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "reader", "unit_id": pair.unit, "from": "2026-11-23", "to": "2026-11-23"});
    pair.administrator.post("/v1/grants", &grant).expect(201);
    // Half a minute before midnight in Asia/Ho_Chi_Minh.
    let at = |text: &str| -> DateTime<Utc> { text.parse().unwrap() };
    pair.here.clock.set(at("2026-11-23T16:59:30Z"));
    let caller = pair.here.anonymous().signed_in("for-today", PASSWORD);
    caller.get("/v1/units").expect(200);
    pair.here.clock.set(at("2026-11-23T16:59:59Z"));
    caller.get("/v1/units").expect(200);
    pair.here.clock.set(at("2026-11-23T17:00:00Z"));
    caller.get("/v1/units").problem(403, "forbidden");

    let reader = pair.here.sign_in("reader");
    reader.get("/v1/units").expect(200);
    pair.here.execute("UPDATE sessions SET expires_at = '2026-11-23T17:01:00Z'");
    std::thread::sleep(Duration::from_millis(2_100));
    reader.get("/v1/units").expect(200);
    pair.here.clock.set(at("2026-11-23T17:01:00Z"));
    reader.get("/v1/units").problem(401, "unauthenticated");
}

/// Z10: what changes something never acts on rights of before: a decision asks PostgreSQL, in the replica that has just
/// seen the decider and was told nothing.
#[test]
fn a_decision_asks_for_the_role_of_now() {
    let pair = Pair::new();
    let office = Office::new(&pair.here);
    let (from, to) = (office.commune("03172"), office.commune("03127"));
    let title = office.title("seat_of_z10", "commune");
    let (seat, free) = (office.post(&title, &from), office.post(&title, &to));
    let cadre = office.holder("Lò Văn An", &from, &seat);
    let case = office.prepare("2026-12-01", &[transfer(&cadre, Some(&seat), &free)]).expect(201);
    let path = format!("/v1/rotations/{}/decide?validate_only=true", case.str("/id"));

    let body = json!({"user_name": "decider-of-two", "display_name": "x", "password": PASSWORD});
    let account = pair.administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned();
    let grant = json!({"account_id": account, "role": "decider", "unit_id": pair.unit});
    let grant = pair.administrator.post("/v1/grants", &grant).expect(201).str("/id").to_owned();
    let (_, there) = pair.seen("decider-of-two");
    there.act(&path, case.etag(), &decision()).expect(200);

    // From outside, so that neither replica is told.
    there.get("/v1/units").expect(200);
    pair.here.execute(&format!("UPDATE grants SET ended_at = '2026-11-23' WHERE id = '{grant}'"));
    there.act(&path, case.etag(), &decision()).problem(403, "forbidden");
    pair.here.execute(&format!("UPDATE grants SET ended_at = NULL WHERE id = '{grant}'"));
    there.act(&path, case.etag(), &decision()).expect(200);
    pair.here.execute(&format!("UPDATE accounts SET disabled_at = '2026-11-23' WHERE id = '{account}'"));
    there.act(&path, case.etag(), &decision()).problem(401, "unauthenticated");
}

/// J26: the end of a token is exact to the microsecond, ten seconds after `exp`; so is its beginning.
#[test]
fn the_bounds_of_a_token_are_exact() {
    let gate = Gate::new();
    let start = gate.app.clock.now();
    let token = gate.forge.token();
    let micro = TimeDelta::microseconds(1);
    let (ends, begins) = (start + TimeDelta::seconds(610), start - TimeDelta::seconds(10));
    for (at, good) in
        [(start, true), (ends - micro, true), (ends, false), (begins, true), (begins - micro, false), (start, true)]
    {
        gate.app.clock.set(at);
        assert_eq!(gate.ask(&token).status == 200, good, "{at}");
    }
}

/// J26: a replica whose clock is ninety seconds off keeps its own time: it takes others' tokens while they are good by its
/// clock, and one that is ahead has its tokens refused by the rest until they are good there.
#[test]
fn a_replica_with_another_clock_keeps_its_own_time() {
    let gate = Gate::new();
    let now = gate.app.clock.now();
    let at = |seconds: i64| {
        TestApp::with(gate.app.database.clone(), http(), Clock::manual(now + TimeDelta::seconds(seconds)))
    };
    let (ahead, behind) = (at(90), at(-90));
    let token = gate.forge.token();
    let ask = |app: &TestApp, token: &str| app.anonymous().with_token(token).get("/v1/me").status;
    assert_eq!((ask(&ahead, &token), ask(&gate.app, &token), ask(&behind, &token)), (200, 200, 401));
    ahead.clock.set(now + TimeDelta::seconds(609));
    assert_eq!(ask(&ahead, &token), 200);
    ahead.clock.set(now + TimeDelta::seconds(610));
    assert_eq!(ask(&ahead, &token), 401);
    let signed = |app: &TestApp| {
        let answer = app.anonymous().post("/v1/sessions", &json!({"user_name": "reader", "password": OF_ROLES}));
        answer.expect(200).str("/access_token").to_owned()
    };
    ahead.clock.set(now + TimeDelta::seconds(90));
    let early = signed(&ahead);
    assert_eq!((ask(&ahead, &early), ask(&gate.app, &early)), (200, 401));
    gate.app.clock.set(now + TimeDelta::seconds(80));
    assert_eq!(ask(&gate.app, &early), 200);
}

/// J25: the two seconds are used: a read that follows a read asks nobody, also where PostgreSQL would not answer.
#[test]
fn a_read_soon_after_a_read_uses_what_is_known() {
    let pair = Pair::new();
    let reader = pair.here.sign_in("reader");
    let while_locked = || {
        std::thread::scope(|scope| {
            scope.spawn(|| pair.here.execute("BEGIN; LOCK TABLE sessions; SELECT pg_sleep(1.5); COMMIT"));
            std::thread::sleep(Duration::from_millis(300));
            let started = Instant::now();
            reader.get("/v1/me").expect(200);
            started.elapsed()
        })
    };
    // Nothing is known yet: the first waits for the lock.
    let first = while_locked();
    assert!(first > Duration::from_millis(500), "{first:?}");
    // A busy machine may let the two seconds pass meanwhile; without what is known every one of them would wait.
    let quick = (0..5).any(|_| {
        reader.get("/v1/me").expect(200);
        while_locked() < Duration::from_millis(500)
    });
    assert!(quick, "each read asked PostgreSQL");
}

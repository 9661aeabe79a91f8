//! The way to PostgreSQL, or the service itself, ends beside a COMMIT.

use std::time::Duration;

use super::{alone, keys::*};
use crate::support::fixtures::Office;
use crate::support::postgres::{Postgres, url_at};
use crate::support::proxy::{Cut, Mode, Proxy};
use crate::support::replicas::{Replica, rounds};

/// D10 D11: the connection ends before or after the COMMIT. With a key one effect comes about and its answer is had, at once
/// or when the caller asks again; without one nothing is done twice, and the answer says what is not known.
#[test]
fn a_commit_without_an_answer_has_one_effect() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let proxy = Proxy::start(server.address());
    let replica = Replica::start(&url_at(proxy.address));
    let office = Office::of(&replica.client());
    let unit = office.province().to_owned();
    for round in 0..rounds(3) {
        for cut in [Cut::BeforeCommit, Cut::AfterCommit] {
            let name = format!("Lò Văn Đứt {round} {cut:?}");
            let key = format!("cut-{round}-{cut:?}");
            proxy.cut(cut);
            let told = post(&office.officer, "/v1/cadres", &key, &person(&name, &unit));
            assert!(!proxy.is_armed(), "the COMMIT was met");
            // The service asks the key itself.
            assert_eq!(told.status, 201, "{told:?}");
            assert_eq!(told.header("idempotency-replayed").is_empty(), cut == Cut::BeforeCommit);
            let again = post(&office.officer, "/v1/cadres", &key, &person(&name, &unit)).expect(201);
            assert_eq!((again.header("idempotency-replayed"), &again.body["id"]), ("true", &told.body["id"]));
            assert_eq!(cadres_named(&server, &name), 1);

            let name = format!("{name} không khóa");
            proxy.cut(cut);
            let told = office.officer.post("/v1/cadres", &person(&name, &unit)).problem(503, "outcome_unknown");
            assert!(!told.header("retry-after").is_empty());
            assert_eq!(cadres_named(&server, &name), i64::from(cut == Cut::AfterCommit));
        }
    }
    assert_eq!(server.idle_in_transaction(), 0);
}

/// D11: a first try that ended with 503 is not kept: the same key runs then.
#[test]
fn a_503_is_not_the_answer_of_a_key() {
    let _alone = alone();
    let mut server = Postgres::start(&["fsync=off"]);
    let replica = Replica::start(&server.url());
    let office = Office::of(&replica.client());
    let body = person("Lò Văn Lại", office.province());
    server.stop();
    post(&office.officer, "/v1/cadres", "later-1", &body).problem(503, "unavailable");
    server.start_again();
    let (answer, _) = super::patient(|| post(&office.officer, "/v1/cadres", "later-1", &body));
    assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, ""));
    // While a lock is held that the change needs.
    let holding = server.while_holding("BEGIN; LOCK TABLE cadres IN EXCLUSIVE MODE");
    let body = person("Lò Văn Chờ", office.province());
    post(&office.officer, "/v1/cadres", "later-2", &body).problem(503, "unavailable");
    drop(holding);
    let answer = post(&office.officer, "/v1/cadres", "later-2", &body).expect(201);
    assert_eq!((answer.header("idempotency-replayed"), cadres_named(&server, "Lò Văn Chờ")), ("", 1));
}

/// D10: `kill -9` of the service beside a COMMIT: with the key the change runs once, or its answer is had again.
#[test]
fn kill_9_beside_a_commit_leaves_one_effect() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    for round in 0..rounds(1) {
        for cut in [Cut::BeforeCommit, Cut::AfterCommit] {
            let proxy = Proxy::start(server.address());
            let mut replica = Replica::start(&url_at(proxy.address));
            let office = Office::of(&replica.client());
            let name = format!("Lò Văn Tắt {round} {cut:?}");
            let (key, body) = (format!("kill-{round}-{cut:?}"), person(&name, office.province()));
            let held = proxy.hold(cut);
            std::thread::scope(|scope| {
                let (officer, key, body) = (&office.officer, &key, &body);
                let call = scope.spawn(move || officer.try_post("/v1/cadres", Some(key), body));
                held.recv_timeout(Duration::from_secs(5)).unwrap();
                replica.kill();
                assert!(call.join().unwrap().is_none(), "who was killed says nothing");
            });
            proxy.set(Mode::Pass);
            let next = Replica::start(&server.url());
            let officer = office.officer.at(next.address());
            let (answer, _) = super::patient(|| post(&officer, "/v1/cadres", &key, &body));
            let replayed = !answer.header("idempotency-replayed").is_empty();
            assert_eq!((answer.status, replayed), (201, cut == Cut::AfterCommit), "{answer:?}");
            assert_eq!(cadres_named(&server, &name), 1);
        }
    }
}

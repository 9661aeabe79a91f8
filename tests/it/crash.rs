//! The real binary, killed in the middle of a decision together with its PostgreSQL.

use std::process::Command;
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::{Value, json};

use crate::support::fixtures::{decision, transfer};
use crate::support::process::Dev;
use crate::support::{Answer, Client, PASSWORD, database};

struct Callers {
    officer: Client,
    decider: Client,
    auditor: Client,
}

fn callers(dev: &Dev) -> Callers {
    let sign_in = |name: &str| Client::new(dev.socket()).signed_in(name, PASSWORD);
    Callers { officer: sign_in("organisation_officer"), decider: sign_in("decider"), auditor: sign_in("auditor") }
}

/// Prepares a move from a filled post of xã Na Sang to a vacant one; `n` tells moves apart.
fn prepare(callers: &Callers, n: usize, day: &str) -> (Answer, String) {
    let unit = callers.officer.get("/v1/units?code=03172").expect(200).str("/data/0/id").to_owned();
    let posts = |status: &str| {
        callers.officer.get(&format!("/v1/posts?status={status}&full_time=true&unit_id={unit}")).expect(200)
    };
    let (filled, vacant) = (posts("filled"), posts("vacant"));
    let from = &filled.rows()[n];
    let held: &Value = &from["holder"]["id"];
    let step = transfer(held.as_str().unwrap(), from["id"].as_str(), vacant.rows()[n]["id"].as_str().unwrap());
    let body = json!({"subject": "Điều động", "effective_from": day, "moves": [step]});
    (callers.officer.post("/v1/rotations", &body).expect(201), from["id"].as_str().unwrap().to_owned())
}

fn postmaster(dev: &Dev) -> String {
    let file = std::fs::read_to_string(dev.folder().join("pg/data/postmaster.pid")).unwrap();
    file.lines().next().unwrap().to_owned()
}

/// Runs `work` while the appointments of a post are locked by somebody else, so that a decision about it stands still
/// in the middle of its transaction.
fn while_locked(dev: &Dev, post: &str, work: impl FnOnce() + Send) {
    let run = dev.folder().join("pg/run").canonicalize().unwrap();
    let url = format!("postgresql://postgres@{}/canbo", run.to_str().unwrap().replace('/', "%2F"));
    let (ready, is_ready) = std::sync::mpsc::channel();
    let (waiting, is_waiting) = std::sync::mpsc::channel();
    let lock = format!("BEGIN; SELECT 1 FROM appointments WHERE post_id = '{post}' FOR UPDATE");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            database::wait(async move || {
                let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
                let mut watch = AsyncPgConnection::establish(&url).await.unwrap();
                conn.batch_execute(&lock).await.unwrap();
                ready.send(()).unwrap();
                let started = Instant::now();
                let blocked =
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%appointments%'";
                while diesel::sql_query(blocked).execute(&mut watch).await.unwrap() == 0 {
                    assert!(started.elapsed() < Duration::from_secs(10), "the decision does not wait");
                }
                waiting.send(()).unwrap();
                // Held until the server is killed.
                tokio::time::sleep(Duration::from_secs(2)).await;
            });
        });
        is_ready.recv().unwrap();
        scope.spawn(work);
        is_waiting.recv().unwrap();
        let pid = postmaster(dev);
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    });
}

#[test]
fn kill_9_in_a_decision_leaves_nothing_half_done_and_a_pending_effect_happens_once() {
    let mut dev = Dev::start(&["--today", "2026-11-23"]);
    let before = callers(&dev);
    let (pending, _) = prepare(&before, 0, "2026-11-24");
    before
        .decider
        .act(&format!("/v1/rotations/{}/decide", pending.str("/id")), pending.etag(), &decision())
        .expect(200);
    let (torn, post) = prepare(&before, 1, "2026-11-24");

    let path = format!("/v1/rotations/{}/decide", torn.str("/id"));
    while_locked(&dev, &post, || {
        let request =
            before.decider.request(reqwest::Method::POST, &path).header("if-match", torn.etag()).json(&decision());
        // Whatever it hears, it is not that the decision was made.
        assert!(request.send().map_or(true, |answer| answer.status().is_server_error()));
    });
    dev.kill();

    dev.restart(&["--today", "2026-11-24"]);
    let after = callers(&dev);
    let torn_now = after.officer.get(&format!("/v1/rotations/{}", torn.str("/id"))).expect(200);
    assert_eq!((torn_now.str("/state"), &torn_now.body["version"]), ("prepared", &torn.body["version"]));
    let mover = torn.str("/moves/0/cadre/label");
    let holder = after.officer.get(&format!("/v1/posts/{post}?as_of=2026-11-24")).expect(200);
    assert_eq!(holder.str("/holder/label"), mover);

    let effects = |callers: &Callers| {
        let entries =
            callers.auditor.get(&format!("/v1/audit/entries?target_id={}&limit=200", pending.str("/id"))).expect(200);
        entries.rows().iter().filter(|row| row["action"] == "take_effect").count()
    };
    let started = Instant::now();
    while after.officer.get(&format!("/v1/rotations/{}", pending.str("/id"))).expect(200).str("/state") != "effective" {
        assert!(started.elapsed() < Duration::from_secs(20), "the pending effect does not happen");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(effects(&after), 1);
    // And the torn decision can be made now.
    after.decider.act(&path, torn_now.etag(), &decision()).expect(200);

    dev.kill();
    dev.restart(&["--today", "2026-11-25"]);
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(effects(&callers(&dev)), 1);
    dev.stop();
}

#[test]
fn serve_refuses_to_start_without_its_settings_and_names_them_all() {
    let run = Command::new(env!("CARGO_BIN_EXE_canbo")).arg("serve").env_clear().output().unwrap();
    assert!(!run.status.success());
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    for name in ["DATABASE_URL", "CANBO_ISSUER", "CANBO_SIGNING_KEYS"] {
        assert!(said.contains(name), "{name} is not named in: {said}");
    }
}

//! The one door for writes, without any room in front of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use canbo::platform::clock::Clock;
use canbo::platform::db::{Actor, ActorKind, Db, Effect, Entry, Origin, Outcome, Tx, Write};
use canbo::platform::error::{Error, Finding, Kind, Result, code};
use canbo::platform::id::Ids;
use diesel::QueryableByName;
use diesel::sql_types::{Jsonb, Nullable, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use futures_util::FutureExt;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TODAY, database, day};

const TABLE: &str = "CREATE TABLE scratch (id int PRIMARY KEY, n int NOT NULL DEFAULT 0); \
    CREATE TABLE children (scratch_id int REFERENCES scratch (id) DEFERRABLE INITIALLY DEFERRED)";
const ACTOR: Uuid = Uuid::from_u128(7);

/// Who writes.
#[derive(Clone)]
struct By(Origin);

impl AsRef<Origin> for By {
    fn as_ref(&self) -> &Origin {
        &self.0
    }
}

fn by(write: Write) -> By {
    let actor =
        Actor { kind: ActorKind::Account, id: Some(ACTOR), label: "writer".to_owned(), request_id: "r-1".to_owned() };
    By(Origin { actor, write: Write { route: "POST /scratch".to_owned(), ..write } })
}

/// Runs a trial on a database of its own, through a pool of this many connections.
fn trial<F: Future<Output = ()>>(pool_size: usize, work: impl FnOnce(Db) -> F + Send + 'static) {
    let name = database::founded();
    database::wait(async move || {
        database::execute(&name, TABLE).await;
        database::execute(&name, &format!("GRANT ALL ON scratch, children TO {}", database::ROLE)).await;
        let settings = canbo::platform::config::DatabaseSettings { pool_size, ..database::settings(&name) };
        let db = Db::new(&settings, Clock::manual_on(day(TODAY)), Ids::random()).unwrap();
        work(db.clone()).await;
        db.close();
    });
}

async fn run(tx: &mut Tx, sql: &str) -> Result<()> {
    Ok(tx.conn().batch_execute(sql).await?)
}

fn entry() -> Entry {
    let effect = Effect::new("scratched", "scratch", Uuid::from_u128(1), "One", None);
    Entry::on("scratch", Uuid::from_u128(1)).effects([effect]).event("scratch.done", json!({"id": 1}))
}

/// Rows of the scratch table, of its audit record, of the outbox.
async fn left(db: &Db) -> (i64, i64, i64) {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        rows: i64,
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        entries: i64,
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        events: i64,
    }
    let sql = "SELECT (SELECT count(*) FROM scratch) AS rows, \
               (SELECT count(*) FROM audit_entries WHERE action = 'scratch') AS entries, \
               (SELECT count(*) FROM outbox_events WHERE kind = 'scratch.done') AS events";
    let row: Row = diesel::sql_query(sql).get_result(&mut db.read().await.unwrap()).await.unwrap();
    (row.rows, row.entries, row.events)
}

/// Fails with this class of the server so many times, then succeeds. Gives how often it ran.
async fn stumble(db: &Db, state: &str, times: u32) -> (u32, Result<Outcome<u32>>) {
    let mut runs = 0;
    let done = db
        .change(&by(Write::default()), "scratch", async |tx| {
            runs += 1;
            run(tx, "INSERT INTO scratch VALUES (1)").await?;
            if runs <= times {
                let message = if state == "40P01" { "deadlock detected" } else { "could not serialize access" };
                run(tx, &format!("DO $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{state}'; END $$")).await?;
            }
            Ok((runs, entry()))
        })
        .await;
    (runs, done)
}

#[test]
fn a_passing_failure_runs_the_whole_closure_again() {
    for state in ["40001", "40P01"] {
        trial(2, async move |db| {
            let (runs, done) = stumble(&db, state, 4).await;
            let done = done.unwrap();
            assert_eq!((runs, done.value, done.effects.len()), (5, 5, 1), "{state}");
            assert!(!done.replayed && !done.validated_only);
            // What the attempts before wrote is gone with them.
            assert_eq!(left(&db).await, (1, 1, 1), "{state}");
        });
    }
}

#[test]
fn five_attempts_are_enough() {
    for state in ["40001", "40P01"] {
        trial(2, async move |db| {
            let (runs, done) = stumble(&db, state, u32::MAX).await;
            assert_eq!((runs, done.unwrap_err().kind()), (5, Kind::Unavailable), "{state}");
            // Nothing was decided, so nothing is on record.
            assert_eq!(left(&db).await, (0, 0, 0), "{state}");
        });
    }
}

#[test]
fn other_failures_are_not_tried_again() {
    trial(2, async |db| {
        for (state, kind) in [("23505", Kind::Internal), ("55P03", Kind::Internal), ("XX000", Kind::Internal)] {
            let (runs, done) = stumble(&db, state, 1).await;
            assert_eq!((runs, done.unwrap_err().kind()), (1, kind), "{state}");
        }
        assert_eq!(left(&db).await, (0, 0, 0));
    });
}

#[test]
fn two_writes_that_wait_for_each_other_both_get_through() {
    trial(4, async |db| {
        let (filled, met) = (by(Write::default()), Arc::new(tokio::sync::Barrier::new(2)));
        db.change(&filled, "fill", async |tx| {
            run(tx, "INSERT INTO scratch VALUES (1), (2)").await?;
            Ok(((), entry()))
        })
        .await
        .unwrap();
        let crossing = async |first: i32, second: i32| {
            let mut runs = 0;
            let done = db
                .change(&by(Write::default()), "scratch", async |tx| {
                    runs += 1;
                    run(tx, &format!("UPDATE scratch SET n = n + 1 WHERE id = {first}")).await?;
                    if runs == 1 {
                        met.wait().await;
                    }
                    run(tx, &format!("UPDATE scratch SET n = n + 1 WHERE id = {second}")).await?;
                    Ok(((), entry()))
                })
                .await;
            done.map(|_| runs)
        };
        let (one, other) = tokio::join!(crossing(1, 2), crossing(2, 1));
        let runs = one.unwrap() + other.unwrap();
        assert!(runs >= 3, "nobody ran again: {runs}");
        assert_eq!(left(&db).await, (2, 2, 3));
    });
}

#[test]
fn a_dry_run_does_everything_and_leaves_nothing() {
    trial(2, async |db| {
        let dry = by(Write { validate_only: true, key: Some("dry".to_owned()), ..Write::default() });
        let tried = db
            .change(&dry, "scratch", async |tx| {
                run(tx, "INSERT INTO scratch VALUES (1)").await?;
                Ok((1, entry()))
            })
            .await
            .unwrap();
        assert!(tried.validated_only && !tried.replayed);
        assert_eq!(tried.effects[0].effect, "scratched");
        // What would be refused at commit is refused now, and a refusal of a trial is nobody's record.
        let refused = db
            .change(&dry, "scratch", async |tx| {
                run(tx, "INSERT INTO children VALUES (99)").await?;
                Ok((1, entry()))
            })
            .await;
        assert_eq!(refused.unwrap_err().kind(), Kind::Internal);
        let refused = db.change(&dry, "scratch", async |_| Err::<(i32, Entry), _>(Error::refused(vec![]))).await;
        assert_eq!(refused.unwrap_err().kind(), Kind::Refused);
        assert_eq!(left(&db).await, (0, 0, 0));
        // The key was not taken.
        let real = By(Origin { write: Write { validate_only: false, ..dry.0.write.clone() }, ..dry.0.clone() });
        assert!(!scratch(&db, &real).await.unwrap().replayed);
    });
}

async fn scratch(db: &Db, by: &By) -> Result<Outcome<i32>> {
    db.change(by, "scratch", async |tx| {
        run(tx, "INSERT INTO scratch VALUES (1)").await?;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        Ok((42, entry()))
    })
    .await
}

/// F16: a panic inside a change rolls it back, and its connection is not used again.
#[test]
fn a_panic_rolls_back_and_the_connection_is_clean() {
    trial(1, async |db| {
        let work = async |tx: &mut Tx| -> Result<(i32, Entry)> {
            run(tx, "INSERT INTO scratch VALUES (1)").await?;
            panic!("in the middle of a change")
        };
        let writer = by(Write::default());
        let change = AssertUnwindSafe(db.change(&writer, "scratch", work));
        assert!(change.catch_unwind().await.is_err());
        // The pool has one connection: this is the one, or its successor.
        assert_eq!(left(&db).await, (0, 0, 0));
        scratch(&db, &by(Write::default())).await.unwrap();
        assert_eq!(left(&db).await, (1, 1, 1));
    });
}

#[test]
fn a_refusal_leaves_nothing_but_its_record() {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        outcome: String,
        #[diesel(sql_type = Nullable<Text>)]
        code: Option<String>,
        #[diesel(sql_type = Text)]
        actor_label: String,
        #[diesel(sql_type = Jsonb)]
        detail: Value,
    }
    trial(1, async |db| {
        let refused = db
            .change(&by(Write::default()), "scratch", async |tx| {
                run(tx, "INSERT INTO scratch VALUES (1)").await?;
                Err::<(i32, Entry), _>(Error::refused(vec![Finding::plain("/post_id", code::NOT_VACATED)]))
            })
            .await;
        assert_eq!(refused.unwrap_err().code(), code::REFUSED);
        assert_eq!(left(&db).await, (0, 1, 0));
        let sql = "SELECT outcome, code, actor_label, detail FROM audit_entries WHERE action = 'scratch'";
        let row: Row = diesel::sql_query(sql).get_result(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!(
            (row.outcome.as_str(), row.code.as_deref(), row.actor_label.as_str()),
            ("refused", Some("refused"), "writer")
        );
        assert_eq!(row.detail["findings"], json!([{"pointer": "/post_id", "code": "not_vacated"}]));
    });
}

#[test]
fn twins_with_one_key_have_one_effect() {
    trial(8, async |db| {
        let keyed = by(Write { key: Some("once".to_owned()), digest: vec![1], ..Write::default() });
        let answers = futures_util::future::join_all((0..5).map(|_| scratch(&db, &keyed))).await;
        let answers: Vec<Outcome<i32>> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert!(answers.iter().all(|answer| answer.value == 42 && answer.effects.len() == 1));
        assert_eq!(left(&db).await, (1, 1, 1));
        let other = by(Write { key: Some("once".to_owned()), digest: vec![2], ..Write::default() });
        assert_eq!(scratch(&db, &other).await.unwrap_err().code(), code::KEY_REUSED);
    });
}

#[test]
fn a_twin_that_takes_too_long_is_told_to_come_back() {
    trial(4, async |db| {
        let keyed = by(Write { key: Some("slow".to_owned()), ..Write::default() });
        let mut runs = 0;
        let slow = db.change(&keyed, "scratch", async |tx| {
            runs += 1;
            run(tx, "SELECT pg_sleep(3)").await?;
            Ok((1, entry()))
        });
        let twin = async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            scratch(&db, &keyed).await
        };
        let (first, second) = tokio::join!(slow, twin);
        assert_eq!((first.unwrap().value, second.unwrap_err().code()), (1, code::KEY_IN_FLIGHT));
        assert_eq!(runs, 1);
    });
}

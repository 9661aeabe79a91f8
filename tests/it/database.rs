//! Each failure of the database that is known by its message or class, provoked on the real server.

use canbo::platform::db::failure::from_diesel;
use canbo::platform::error::{Error, Kind, code};
use diesel::QueryableByName;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::support::{TestApp, database};

async fn connect(database: &str) -> AsyncPgConnection {
    AsyncPgConnection::establish(&database::url(database)).await.unwrap()
}

async fn run(conn: &mut AsyncPgConnection, sql: &str) {
    conn.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The error that a statement gives.
async fn fails(conn: &mut AsyncPgConnection, sql: &str) -> Error {
    from_diesel(diesel::sql_query(sql).execute(conn).await.expect_err(sql))
}

#[track_caller]
fn is(error: &Error, kind: Kind, retryable: bool) {
    assert_eq!((error.kind(), error.is_retryable()), (kind, retryable), "{}", error.chain());
}

async fn pid(conn: &mut AsyncPgConnection) -> i32 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        pid: i32,
    }
    diesel::sql_query("SELECT pg_backend_pid() AS pid").get_result::<Row>(conn).await.unwrap().pid
}

/// Two connections to a database with two rows.
async fn two() -> (AsyncPgConnection, AsyncPgConnection) {
    let name = tokio::task::spawn_blocking(database::empty).await.unwrap();
    let (mut one, other) = (connect(&name).await, connect(&name).await);
    run(
        &mut one,
        "CREATE TABLE scratch (id int PRIMARY KEY, n int NOT NULL); INSERT INTO scratch VALUES (1, 0), (2, 0)",
    )
    .await;
    (one, other)
}

#[test]
fn a_deadlock_is_run_again() {
    database::wait(async || {
        let (mut one, mut other) = two().await;
        for conn in [&mut one, &mut other] {
            run(conn, "SET deadlock_timeout = '50ms'; BEGIN").await;
        }
        run(&mut one, "UPDATE scratch SET n = 1 WHERE id = 1").await;
        run(&mut other, "UPDATE scratch SET n = 1 WHERE id = 2").await;
        let crossing = async |conn: &mut AsyncPgConnection, id: i32| {
            let done = diesel::sql_query(format!("UPDATE scratch SET n = 2 WHERE id = {id}")).execute(conn).await;
            let failed = done.err().map(from_diesel);
            conn.batch_execute("ROLLBACK").await.unwrap();
            failed
        };
        let (first, second) = tokio::join!(crossing(&mut one, 2), crossing(&mut other, 1));
        let [error] = <[Error; 1]>::try_from(first.into_iter().chain(second).collect::<Vec<_>>()).unwrap();
        is(&error, Kind::Unavailable, true);
        assert!(error.chain().contains("deadlock detected"));
    });
}

#[test]
fn a_serialization_failure_is_run_again() {
    database::wait(async || {
        let (mut one, mut other) = two().await;
        run(&mut one, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT n FROM scratch").await;
        run(&mut other, "UPDATE scratch SET n = 7").await;
        is(&fails(&mut one, "UPDATE scratch SET n = 8").await, Kind::Unavailable, true);
    });
}

#[test]
fn what_takes_too_long_is_unavailable() {
    database::wait(async || {
        let (mut one, mut other) = two().await;
        run(&mut one, "SET statement_timeout = '30ms'").await;
        let slow = fails(&mut one, "SELECT pg_sleep(5)").await;
        is(&slow, Kind::Unavailable, false);
        assert!(slow.chain().contains("statement timeout"));
        run(&mut one, "SET statement_timeout = 0; SET lock_timeout = '30ms'").await;
        run(&mut other, "BEGIN; UPDATE scratch SET n = 1 WHERE id = 1").await;
        let waiting = fails(&mut one, "UPDATE scratch SET n = 2 WHERE id = 1").await;
        is(&waiting, Kind::Unavailable, false);
        assert!(waiting.chain().contains("lock timeout"));
        is(&fails(&mut one, "SELECT 1 FROM scratch WHERE id = 1 FOR UPDATE NOWAIT").await, Kind::Unavailable, false);
    });
}

#[test]
fn a_connection_that_is_cut_is_unavailable() {
    database::wait(async || {
        let (mut one, mut other) = two().await;
        let victim = pid(&mut one).await;
        let cut = format!("SELECT pg_sleep(0.2), pg_terminate_backend({victim})");
        // While a statement runs, and when the connection is used again.
        let (running, ()) = tokio::join!(fails(&mut one, "SELECT pg_sleep(5)"), run(&mut other, &cut));
        is(&running, Kind::Unavailable, true);
        is(&fails(&mut one, "SELECT 1").await, Kind::Unavailable, true);
        run(&mut other, "SET idle_in_transaction_session_timeout = '30ms'; BEGIN").await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        is(&fails(&mut other, "SELECT 1").await, Kind::Unavailable, true);
    });
}

#[test]
fn a_server_that_takes_no_writes_is_unavailable() {
    database::wait(async || {
        let (mut one, _) = two().await;
        run(&mut one, "BEGIN READ ONLY").await;
        is(&fails(&mut one, "INSERT INTO scratch VALUES (3, 0)").await, Kind::Unavailable, true);
    });
}

#[test]
fn constraints_of_ours_have_their_codes_and_others_are_our_fault() {
    let founded = database::founded();
    database::wait(async move || {
        let mut conn = connect(&founded).await;
        let act = "INSERT INTO organisation_acts SELECT gen_random_uuid(), number, title, issuer, decided_on, effective_from, created_at \
                   FROM organisation_acts LIMIT 1";
        assert_eq!(fails(&mut conn, act).await.code(), code::DUPLICATE);
        let version = "INSERT INTO unit_versions (id, unit_id, during, name, search_key) \
                       SELECT gen_random_uuid(), unit_id, during, name, search_key FROM unit_versions LIMIT 1";
        assert_eq!(fails(&mut conn, version).await.code(), code::CONFLICT);
        let cadre = "UPDATE accounts SET cadre_id = gen_random_uuid()";
        assert_eq!(fails(&mut conn, cadre).await.code(), code::UNKNOWN_REFERENCE);
        for ours in [
            "UPDATE units SET kind = 'castle'",
            "UPDATE units SET kind = NULL",
            "UPDATE grants SET unit_id = gen_random_uuid()",
            "SELECT 1 / 0",
            "SELECT * FROM no_such_table",
        ] {
            assert_eq!(fails(&mut conn, ours).await.code(), code::INTERNAL, "{ours}");
        }
        // The two texts that a caller can bring to the server and the server cannot keep.
        let bound = diesel::sql_query("SELECT $1").bind::<diesel::sql_types::Text, _>("a\0b").execute(&mut conn).await;
        assert_eq!(from_diesel(bound.unwrap_err()).kind(), Kind::Malformed);
    });
}

#[test]
fn a_schema_of_another_version_is_not_served() {
    let app = TestApp::start();
    app.anonymous().get("/readyz").expect(200);
    // `RunQueryDsl` has an `execute` for everything.
    TestApp::execute(
        &app,
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    );
    app.anonymous().get("/readyz").problem(503, "unavailable");
}

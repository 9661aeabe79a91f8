//! The audit record: what is in it, that it is a chain, that it cannot be changed unseen, and that nothing happens which
//! it cannot record.

use std::time::{Duration, Instant};

use canbo::platform::clock::Clock;
use canbo::platform::db::{Actor, ActorKind, Db, Notice};
use canbo::platform::error::code;
use canbo::platform::id::Ids;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::fixtures::Office;
use crate::support::{Client, TODAY, TestApp, database, day};

/// Waits until what is read or refused early is written.
pub fn written(app: &TestApp) {
    let started = Instant::now();
    while app.app.db.records_waiting() > 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "records still wait");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A number, asked of the database itself.
pub fn number(database: &str, sql: &str) -> i64 {
    database::text(database, &format!("SELECT ({sql})::text AS text")).parse().unwrap()
}

/// Verifies the whole record, part by part.
pub fn verification(auditor: &Client) -> Value {
    let (mut from, mut entries) = (1, 0);
    loop {
        let part = auditor.get(&format!("/v1/audit/verification?from_seq={from}&limit=500")).expect(200).body;
        entries += part["entries"].as_i64().unwrap();
        match part["next_from_seq"].as_i64() {
            Some(next) if part["valid"] == true => from = next,
            _ => {
                let mut whole = part;
                whole["entries"] = json!(entries);
                return whole;
            }
        }
    }
}

#[track_caller]
pub fn holds(auditor: &Client) -> i64 {
    let told = verification(auditor);
    assert_eq!((told["valid"].as_bool(), &told["first_bad"]), (Some(true), &Value::Null), "{told}");
    assert_eq!(told["entries"], told["head"]["seq"]);
    told["entries"].as_i64().unwrap()
}

pub fn title(n: usize) -> Value {
    json!({"code": format!("audit_{n}"), "name_vi": format!("Chức danh {n}"), "name_en": "T", "category": "government",
        "level": "commune", "leadership": false, "rank_order": 900})
}

/// A04: 24 writers over three replicas: the record is one chain without forks and has one entry for each accepted call.
#[test]
fn many_writers_over_three_replicas_make_one_chain() {
    let database = database::founded();
    let replicas: Vec<TestApp> = (0..3).map(|_| TestApp::on(database.clone())).collect();
    let officers: Vec<Client> = replicas.iter().map(|app| app.sign_in("organisation_officer")).collect();
    let before = number(&database, "SELECT count(*) FROM audit_entries");
    let accepted: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..24)
            .map(|writer| {
                let officer = &officers[writer % 3];
                scope.spawn(move || {
                    let writes = (0..10).map(|n| officer.post("/v1/titles", &title(writer * 100 + n)).status);
                    let told: Vec<u16> = writes.collect();
                    assert!(told.iter().all(|status| [201, 503].contains(status)), "{told:?}");
                    told.iter().filter(|status| **status == 201).count()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert!(accepted > 100, "only {accepted} writes were accepted");
    let made = number(
        &database,
        "SELECT count(*) FROM audit_entries WHERE action = 'create_title' AND outcome = 'done' AND actor_kind = 'account'",
    );
    assert_eq!(made, i64::try_from(accepted).unwrap());
    assert_eq!(number(&database, "SELECT count(*) FROM audit_entries"), before + made);
    assert_eq!(number(&database, "SELECT count(DISTINCT prev_hash) FROM audit_entries"), before + made);
    assert_eq!(holds(&replicas[0].sign_in("auditor")), before + made + 1);
}

/// A01: reads of sensitive fields are on record within a second: who, whose, when, which operation, by which request.
#[test]
fn whoever_reads_sensitive_fields_is_on_record_and_the_person_sees_it() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let unit = office.commune("03172");
    let (one, other) = (office.cadre("Lò Văn Một", &unit), office.cadre("Lò Văn Hai", &unit));
    let accesses = |client: &Client, cadre: &str| {
        written(&app);
        let told = client.get(&format!("/v1/cadres/{cadre}/accesses?count=true")).expect(200);
        let brief = |row: &Value| {
            format!(
                "{} {} {}",
                row["actor_label"].as_str().unwrap(),
                row["outcome"].as_str().unwrap(),
                row["action"].as_str().unwrap()
            )
        };
        assert_eq!(told.body["total"], told.rows().len());
        told.rows().iter().map(brief).collect::<Vec<_>>()
    };
    let decider = office.decider.request(reqwest::Method::GET, &format!("/v1/cadres/{one}"));
    crate::support::Answer::of(decider.header("x-request-id", "by-the-decider")).expect(200);
    office.officer.get(&format!("/v1/cadres/{one}/profile")).expect(200);
    // Without the permission the fields are not shown, and nothing is recorded.
    app.sign_in("reader").get(&format!("/v1/cadres/{one}")).expect(200);
    let seen = accesses(&office.officer, &one);
    let wanted = [
        "organisation_officer read get_cadre_profile",
        "decider read get_cadre",
        "organisation_officer done create_cadre",
    ];
    assert_eq!(seen, wanted);
    assert_eq!(accesses(&office.officer, &other), ["organisation_officer done create_cadre"]);

    let entry = app.sign_in("auditor").get("/v1/audit/entries?outcome=read&action=get_cadre").expect(200);
    assert_eq!(entry.rows().len(), 1);
    let entry = &entry.rows()[0];
    assert_eq!((entry["request_id"].as_str(), entry["target_id"].as_str()), (Some("by-the-decider"), Some(&*one)));
    assert_eq!(entry["detail"], json!({"roles": ["decider"]}));

    // The person sees it, their own reading too; and nobody else's file.
    app.execute(&format!("UPDATE accounts SET cadre_id = '{one}' WHERE user_name = 'cadre'"));
    let person = app.sign_in("cadre");
    person.get(&format!("/v1/cadres/{one}")).expect(200);
    assert_eq!(accesses(&person, &one)[0], "cadre read get_cadre");
    person.get(&format!("/v1/cadres/{other}/accesses")).problem(404, "not_found");
    office.decider.get(&format!("/v1/cadres/{one}/accesses")).problem(403, "forbidden");
    holds(&app.sign_in("auditor"));
}

/// A01: what a stopping process has read is written before it ends.
#[test]
fn a_stop_writes_what_waits() {
    let database = database::founded();
    let app = TestApp::on(database.clone());
    let office = Office::new(&app);
    let cadre = office.cadre("Lò Văn Dừng", &office.commune("03172"));
    for _ in 0..20 {
        office.decider.get(&format!("/v1/cadres/{cadre}")).expect(200);
    }
    drop(app);
    assert_eq!(number(&database, "SELECT count(*) FROM audit_entries WHERE action = 'get_cadre'"), 20);
}

/// A02: more reads than can be recorded are refused, and none of those that were shown is lost.
#[test]
fn a_read_that_cannot_be_recorded_is_refused() {
    let database = database::founded();
    let settings = database::settings(&database);
    database::wait(async move || {
        let db = Db::new(&settings, Clock::manual_on(day(TODAY)), Ids::random()).unwrap();
        let by = Actor { kind: ActorKind::System, id: None, label: "reader".to_owned(), request_id: "r".to_owned() };
        let notice = || Notice {
            action: "get_cadre".to_owned(),
            target_kind: "cadre",
            target_id: None,
            subjects: vec![Uuid::from_u128(2), Uuid::from_u128(1)],
            refused: None,
            detail: json!({}),
        };
        let taken = (0..20_000).take_while(|_| db.record(&by, notice()).is_ok()).count();
        assert_eq!(taken, 10_000);
        assert_eq!(db.record(&by, notice()).unwrap_err().code(), code::UNAVAILABLE);
        // Of those that were taken, some are written.
        let written = async { db.write_records().await };
        let _ = tokio::time::timeout(Duration::from_millis(700), written).await;
        assert!(db.records_waiting() < 10_000);
        db.record(&by, notice()).unwrap();
        db.write_last_records().await;
        assert_eq!(db.records_waiting(), 0);
        db.close();
    });
    let sql = "SELECT count(*) FROM audit_entries WHERE action = 'get_cadre'";
    assert_eq!(number(&database, sql), 10_001, "each once, though the writer was cut off in the middle");
    assert_eq!(number(&database, "SELECT count(*) FROM audit_subjects"), 20_002);
}

/// A02: without the permission to write the record, with the record full or locked, a change is a 503 and does not happen.
#[test]
fn no_change_without_its_record() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    let office = Office::new(&app);
    let cadre = office.cadre("Lò Văn Khóa", &office.commune("03172"));
    let read = officer.get(&format!("/v1/cadres/{cadre}")).expect(200);
    written(&app);
    let state = "SELECT (SELECT count(*) FROM titles) + (SELECT sum(version) FROM cadres) + (SELECT count(*) FROM outbox_events) \
                 + (SELECT count(*) FROM idempotency_keys) + (SELECT count(*) FROM audit_entries)";
    let before = number(&app.database, state);
    let refused = |what: &str| {
        let started = Instant::now();
        let made = officer.request(reqwest::Method::POST, "/v1/titles").header("idempotency-key", what).json(&title(1));
        crate::support::Answer::of(made).problem(503, "unavailable");
        officer
            .patch(&format!("/v1/cadres/{cadre}"), read.etag(), &json!({"native_place": what}))
            .problem(503, "unavailable");
        // A refusal that cannot be recorded cannot be given either.
        let unknown = json!({"title_id": cadre, "from": "2026-01-01"});
        officer.post(&format!("/v1/cadres/{cadre}/plannings"), &unknown).problem(503, "unavailable");
        assert!(started.elapsed() < Duration::from_secs(12), "{what}: the lock is waited for without bound");
        assert_eq!(number(&app.database, state), before, "{what}");
    };
    app.execute("REVOKE EXECUTE ON FUNCTION append_audit_entries(bytea[]) FROM canbo_service");
    refused("revoked");
    app.execute("GRANT EXECUTE ON FUNCTION append_audit_entries(bytea[]) TO canbo_service");

    app.execute("ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_room_check CHECK (false) NOT VALID");
    refused("full");
    app.execute("ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_room_check");

    app.execute("ALTER TABLE audit_entries RENAME TO audit_entries_elsewhere");
    officer.post("/v1/titles", &title(1)).problem(503, "unavailable");
    app.execute("ALTER TABLE audit_entries_elsewhere RENAME TO audit_entries");
    assert_eq!(number(&app.database, state), before, "gone");

    let url = database::url(&app.database);
    for lock in ["SELECT pg_advisory_xact_lock(109270114922242)", "LOCK TABLE audit_entries IN SHARE MODE"] {
        let (url, lock) = (url.clone(), format!("BEGIN; {lock}"));
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let holder = std::thread::spawn(move || {
            database::wait(async move || {
                let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
                conn.batch_execute(&lock).await.unwrap();
                ready.send(()).unwrap();
                tokio::task::spawn_blocking(move || is_done.recv()).await.unwrap().unwrap();
            });
        });
        is_ready.recv().unwrap();
        refused("locked");
        done.send(()).unwrap();
        holder.join().unwrap();
    }
    officer.post("/v1/titles", &title(1)).expect(201);
    officer.patch(&format!("/v1/cadres/{cadre}"), read.etag(), &json!({"native_place": "Na Sang"})).expect(200);
    holds(&app.sign_in("auditor"));
}

/// A01: a change tells digests of its target before and after, and what is before one change is after the one before.
#[test]
fn a_change_tells_what_was_before_and_what_is_after() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let cadre = office.cadre("Lò Văn Trước", &office.commune("03172"));
    let path = format!("/v1/cadres/{cadre}");
    for place in ["Na Sang", "Mường Chà"] {
        let now = office.officer.get(&path).expect(200);
        office.officer.patch(&path, now.etag(), &json!({"native_place": place})).expect(200);
    }
    written(&app);
    let told = app.sign_in("auditor").get(&format!("/v1/audit/entries?target_id={cadre}&outcome=done")).expect(200);
    let [second, first, made] = told.rows() else { panic!("{}", told.text) };
    assert_eq!(made["before_digest"], Value::Null);
    assert_eq!((&first["before_digest"], &second["before_digest"]), (&made["after_digest"], &first["after_digest"]));
    assert_ne!(first["after_digest"], second["after_digest"]);
    assert_eq!(second["after_digest"].as_str().unwrap().len(), 64);
}

/// A01: the record is searched by day, action and outcome; its parts mean something only to who may read all of it.
#[test]
fn entries_are_found_by_day_action_and_outcome() {
    let app = TestApp::start();
    app.sign_in("organisation_officer").post("/v1/titles", &title(1)).expect(201);
    app.clock.set_day(day("2026-11-24"));
    app.sign_in("organisation_officer").post("/v1/titles", &title(1)).problem(409, "duplicate");
    let auditor = app.sign_in("auditor");
    let count =
        |query: &str| auditor.get(&format!("/v1/audit/entries?action=create_title&{query}")).expect(200).rows().len();
    assert_eq!(count("from=2026-11-24"), 1);
    assert_eq!(count("from=2026-11-24&outcome=done"), 0);
    assert_eq!(count("from=2026-11-23&to=2026-11-23&outcome=done&limit=200"), count("to=2026-11-23&limit=200"));
    assert_eq!(count("to=2026-11-22"), 0);
    auditor.get(&format!("/v1/audit/entries?action={}", "x".repeat(81))).problem(400, "invalid_query");
    for bad in ["from_seq=0", "limit=5001", "limit=0", "from_seq=x", "from_seq=9999999999999999999"] {
        auditor.get(&format!("/v1/audit/verification?{bad}")).problem(400, "invalid_query");
        auditor.get(&format!("/v1/audit/export?{bad}")).problem(400, "invalid_query");
    }
    let beyond = auditor.get("/v1/audit/verification?from_seq=1000000").expect(200).body;
    assert_eq!(beyond["first_bad"], json!({"seq": 999_999, "reason": "missing"}));
    app.execute(
        "UPDATE grants SET unit_id = (SELECT id FROM units WHERE kind = 'commune' LIMIT 1) WHERE role = 'auditor'",
    );
    // The session before may use what was known of it for two seconds: nothing here told the service.
    let auditor = app.sign_in("auditor");
    for path in ["/v1/audit/verification", "/v1/audit/export", "/v1/audit/checkpoints"] {
        auditor.get(path).problem(403, "forbidden");
    }
}

//! The audit record: what is in it, that it is a chain, that it cannot be changed unseen, and that nothing happens which
//! it cannot record.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use canbo::platform::clock::Clock;
use canbo::platform::config::AuditSettings;
use canbo::platform::db::local::binaries;
use canbo::platform::db::{Actor, ActorKind, Db, Notice};
use canbo::platform::error::code;
use canbo::platform::id::Ids;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::http;
use crate::support::fixtures::Office;
use crate::support::{Client, TODAY, TestApp, database, day};

/// Waits until what is read or refused early is written.
fn written(app: &TestApp) {
    let started = Instant::now();
    while app.app.db.records_waiting() > 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "records still wait");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A number, asked of the database itself.
fn number(database: &str, sql: &str) -> i64 {
    database::text(database, &format!("SELECT ({sql})::text AS text")).parse().unwrap()
}

/// Statements of somebody who administers the server: triggers are told to stand aside.
fn tamper(database: &str, sql: &str) {
    let (name, sql) = (database.to_owned(), format!("SET session_replication_role = replica; {sql}"));
    database::wait(async move || database::execute(&name, &sql).await);
}

/// Verifies the whole record, part by part.
fn verification(auditor: &Client) -> Value {
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
fn holds(auditor: &Client) -> i64 {
    let told = verification(auditor);
    assert_eq!((told["valid"].as_bool(), &told["first_bad"]), (Some(true), &Value::Null), "{told}");
    assert_eq!(told["entries"], told["head"]["seq"]);
    told["entries"].as_i64().unwrap()
}

/// The record as somebody else gets it, in a file.
fn export(auditor: &Client, folder: &Path, name: &str) -> PathBuf {
    let (mut text, mut next) = (String::new(), Some("/v1/audit/export?limit=100".to_owned()));
    while let Some(path) = next {
        let part = auditor.get(&path).expect(200);
        assert_eq!(part.header("content-type"), "application/x-ndjson");
        text.push_str(&part.text);
        next = part.header("link").split(['<', '>']).nth(1).map(str::to_owned);
    }
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

/// What the verifier that shares no code with canbo says.
fn elsewhere(export: &Path, more: &[&str]) -> Value {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deep/verify_audit.py");
    let run = Command::new("python3").arg(program).arg(export).args(more).output().unwrap();
    assert_ne!(run.status.code(), Some(2), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&run.stderr)))
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("canbo-audit-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn title(n: usize) -> Value {
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

/// A05: whatever is done to the rows behind the service's back, the first bad one is named, here and by the other verifier.
#[test]
fn tampering_is_found_where_it_begins() {
    let app = TestApp::start();
    let officer = app.sign_in("organisation_officer");
    for n in 0..8 {
        officer.post("/v1/titles", &title(n)).expect(201);
    }
    let auditor = app.sign_in("auditor");
    let head = holds(&auditor);
    let at = head - 4;
    let folder = folder("tampering");
    app.execute(
        "CREATE TABLE kept AS SELECT * FROM audit_entries; CREATE TABLE kept_subjects AS SELECT * FROM audit_subjects",
    );
    let without =
        |rows: &str| format!("DELETE FROM audit_subjects WHERE seq {rows}; DELETE FROM audit_entries WHERE seq {rows}");
    let relink = format!(
        "UPDATE audit_entries SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), '\"create_title\"', '\"create_titles\"'), 'UTF8'), \
         action = 'create_titles' WHERE seq = {at}; \
         UPDATE audit_entries SET hash = sha256(prev_hash || int8send(seq) || canonical) WHERE seq = {at}"
    );
    let swap = format!(
        "UPDATE audit_entries SET seq = 1000 WHERE seq = {at}; UPDATE audit_entries SET seq = {at} WHERE seq = {at} + 1; \
         UPDATE audit_entries SET seq = {at} + 1 WHERE seq = 1000"
    );
    let insert = format!(
        "UPDATE audit_entries SET seq = seq + 1000 WHERE seq >= {at}; UPDATE audit_entries SET seq = seq - 999 WHERE seq >= 1000; \
         INSERT INTO audit_entries SELECT {at}, gen_random_uuid(), recorded_at, actor_kind, actor_id, actor_label, action, target_kind, target_id, \
         unit_id, outcome, code, detail, request_id, before_digest, after_digest, canonical, decode(repeat('ab', 32), 'hex'), hash \
         FROM audit_entries WHERE seq = {at} + 1"
    );
    let columns = |set: &str| format!("UPDATE audit_entries SET {set} WHERE seq = {at}");
    // (what is done, the first bad place and why; whether an export shows it)
    let cases = [
        (columns("actor_label = 'somebody'"), at, "columns_differ", false),
        (columns("recorded_at = recorded_at + interval '1 microsecond'"), at, "columns_differ", false),
        (columns("detail = '{}'"), at, "columns_differ", false),
        (columns("outcome = 'refused'"), at, "columns_differ", false),
        (columns("target_id = NULL"), at, "columns_differ", false),
        (format!("INSERT INTO audit_subjects VALUES ({at}, gen_random_uuid())"), at, "columns_differ", false),
        (columns("canonical = canonical || '\\x20'"), at, "hash_differs", true),
        (columns("hash = sha256(hash)"), at, "hash_differs", true),
        (columns("prev_hash = sha256(prev_hash)"), at, "out_of_chain", true),
        (relink, at + 1, "out_of_chain", true),
        (swap, at, "out_of_chain", true),
        (insert, at, "out_of_chain", true),
        (without(&format!("= {at}")), at, "missing", true),
        (without("= 1"), 1, "missing", true),
    ];
    for (sql, seq, reason, exported) in cases {
        tamper(&app.database, &sql);
        let told = verification(&auditor);
        assert_eq!(told["first_bad"], json!({"seq": seq, "reason": reason}), "{sql}: {told}");
        let other = elsewhere(&export(&auditor, &folder, "tampered"), &[]);
        let wanted = if exported { told["first_bad"].clone() } else { Value::Null };
        assert_eq!(other["first_bad"], wanted, "{sql}: {other}");
        tamper(
            &app.database,
            "DELETE FROM audit_subjects; DELETE FROM audit_entries; INSERT INTO audit_entries SELECT * FROM kept; \
             INSERT INTO audit_subjects SELECT * FROM kept_subjects",
        );
        holds(&auditor);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A running service whose record has two checkpoints, the second at its end, and an anchor.
fn anchored(folder: &Path) -> (TestApp, Client, PathBuf) {
    let anchor = folder.join("anchor.ndjson");
    let audit = AuditSettings { anchor_file: Some(anchor.clone()) };
    let app = TestApp::anchored(database::founded(), http(), Clock::manual_on(day(TODAY)), audit);
    let auditor = app.sign_in("auditor");
    let officer = app.sign_in("organisation_officer");
    assert!(checkpoint(&app), "the first");
    assert!(!checkpoint(&app), "nothing new");
    officer.post("/v1/titles", &title(1)).expect(201);
    assert!(!checkpoint(&app), "not yet an hour");
    app.clock.set(app.clock.now() + chrono::TimeDelta::minutes(61));
    let (auditor_later, officer) = (app.sign_in("auditor"), app.sign_in("organisation_officer"));
    officer.post("/v1/titles", &title(2)).expect(201);
    assert!(checkpoint(&app), "an hour later");
    drop(auditor);
    (app, auditor_later, anchor)
}

fn checkpoint(app: &TestApp) -> bool {
    let app = app.app.clone();
    database::wait(async move || canbo::audit::checkpoint(&app).await.unwrap().is_some())
}

/// A05: a cut end, an emptied table and an older copy are found by the checkpoints, and by the anchor when those are gone too.
#[test]
fn cuts_and_older_copies_are_found_by_checkpoints_and_anchor() {
    let folder = folder("anchor");
    let (app, auditor, anchor) = anchored(&folder);
    let keys = folder.join("keys.json");
    std::fs::write(&keys, app.anonymous().get("/.well-known/jwks.json").expect(200).text).unwrap();
    let head = holds(&auditor);
    let told = verification(&auditor);
    assert_eq!((&told["checkpoints"], &told["anchored"]), (&json!(2), &json!(2)));
    // From the last checkpoint: there is nothing after it.
    let last = auditor.get("/v1/audit/verification").expect(200).body;
    assert_eq!((&last["from_seq"], &last["entries"], &last["valid"]), (&json!(head + 1), &json!(0), &json!(true)));
    let made = auditor.get("/v1/audit/checkpoints").expect(200);
    assert_eq!(made.rows()[0]["seq"], head);
    let checkpoints = folder.join("checkpoints.json");
    std::fs::write(&checkpoints, &made.text).unwrap();

    let more = |file: &Path| {
        vec![
            "--checkpoints".to_owned(),
            file.to_str().unwrap().to_owned(),
            "--keys".to_owned(),
            keys.to_str().unwrap().to_owned(),
        ]
    };
    let ask = |file: &Path| {
        let more = more(file);
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        let with_keys = Command::new("python3").args(["-c", "import cryptography"]).output().unwrap().status.success();
        elsewhere(&export(&auditor, &folder, "export"), if with_keys { &more } else { &more[..2] })
    };
    for file in [&anchor, &checkpoints] {
        let other = ask(file);
        assert_eq!(
            (&other["valid"], &other["head"]["seq"], &other["checkpoints"]),
            (&json!(true), &json!(head), &json!(2))
        );
    }
    app.execute(
        "CREATE TABLE kept AS SELECT * FROM audit_entries; CREATE TABLE kept_subjects AS SELECT * FROM audit_subjects; \
                 CREATE TABLE kept_checkpoints AS SELECT * FROM audit_checkpoints",
    );
    let first = made.rows()[1]["seq"].as_i64().unwrap();
    let cut = |from: i64| {
        format!("DELETE FROM audit_subjects WHERE seq >= {from}; DELETE FROM audit_entries WHERE seq >= {from}")
    };
    let forget = "DELETE FROM audit_checkpoints";
    let anew = format!(
        "{}; SELECT append_audit_entries(array_agg(canonical ORDER BY seq)) FROM kept WHERE seq > {head} - 2 AND seq <> {head} - 1; \
         SELECT append_audit_entries(ARRAY[convert_to(replace(convert_from(canonical, 'UTF8'), id::text, gen_random_uuid()::text), 'UTF8')]) FROM kept WHERE seq = {head}",
        cut(head - 1)
    );
    for (sql, seq, reason) in [
        (cut(head), head, "cut_off"),
        (cut(head - 1), head, "cut_off"),
        (format!("{}; {forget}", cut(head)), head, "cut_off"),
        (format!("{}; {forget}", cut(1)), first, "cut_off"),
        (format!("{}; {forget} WHERE seq > {first}", cut(first + 1)), head, "cut_off"),
        (anew.clone(), head, "checkpoint_differs"),
        (format!("{anew}; {forget}"), head, "checkpoint_differs"),
        ("UPDATE audit_checkpoints SET made_at = made_at + interval '1 s'".to_owned(), first, "signature_bad"),
    ] {
        tamper(&app.database, &sql);
        let told = verification(&auditor);
        assert_eq!(told["first_bad"], json!({"seq": seq, "reason": reason}), "{sql}: {told}");
        let part = auditor.get("/v1/audit/verification").expect(200).body;
        assert_eq!(part["first_bad"], told["first_bad"], "{sql}");
        if reason != "signature_bad" {
            assert_eq!(ask(&anchor)["first_bad"], told["first_bad"], "{sql}");
        }
        // A broken record is not signed.
        let parts = app.app.clone();
        app.clock.set(app.clock.now() + chrono::TimeDelta::minutes(1));
        database::wait(async move || match canbo::audit::checkpoint(&parts).await {
            Ok(made) => assert!(made.is_none(), "signed: {:?}", made.map(|made| made.place)),
            Err(error) => assert!(error.chain().contains("broken"), "{}", error.chain()),
        });
        tamper(
            &app.database,
            "DELETE FROM audit_subjects; DELETE FROM audit_entries; DELETE FROM audit_checkpoints; INSERT INTO audit_entries SELECT * FROM kept; \
             INSERT INTO audit_subjects SELECT * FROM kept_subjects; INSERT INTO audit_checkpoints SELECT * FROM kept_checkpoints",
        );
        holds(&auditor);
    }
    std::fs::write(&anchor, "not a checkpoint\n").unwrap();
    assert_eq!(verification(&auditor)["first_bad"], json!({"seq": null, "reason": "anchor_unreadable"}));
    std::fs::remove_dir_all(folder).unwrap();
}

/// A06 F21: the record verifies after dump and restore, in another time zone, with NFD texts and microseconds; both verifiers agree.
#[test]
fn a_restored_copy_verifies_here_and_elsewhere() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let cadre = office.cadre("Lo\u{300} Va\u{306}n  Tổ hợp \u{1f600}", &office.commune("03172"));
    app.clock.set(app.clock.now() + chrono::TimeDelta::microseconds(123_457));
    let now = office.officer.get(&format!("/v1/cadres/{cadre}")).expect(200);
    let place = json!({"native_place": "\"Ba\u{309}n\" \\ Mu\u{31b}\u{1a1}\u{300}ng"});
    office.officer.patch(&format!("/v1/cadres/{cadre}"), now.etag(), &place).expect(200);
    // Names of fields that a caller made up are in the findings.
    let odd = json!({"e\u{301}\u{2028}\u{1}\"": 1});
    office.officer.post("/v1/titles", &odd).expect(422);
    written(&app);
    let auditor = app.sign_in("auditor");
    let head = holds(&auditor);
    let folder = folder("restore");
    let before = export(&auditor, &folder, "before");
    let other = elsewhere(&before, &[]);
    assert_eq!((&other["valid"], &other["entries"]), (&json!(true), &json!(head)), "{other}");
    let text = std::fs::read_to_string(&before).unwrap();
    assert!(text.contains(".123457Z"), "no microseconds");

    let bin = binaries().unwrap();
    let dump = folder.join("dump");
    let run = |program: &str, arguments: &[&str]| {
        let done = Command::new(bin.join(program)).args(arguments).output().unwrap();
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let copy = database::empty();
    run("pg_dump", &["-Fc", "-f", dump.to_str().unwrap(), "-d", &database::url(&app.database)]);
    run("pg_restore", &["--exit-on-error", "-d", &database::url(&copy), dump.to_str().unwrap()]);
    let sql = format!(
        "ALTER DATABASE {copy} SET timezone = 'Asia/Kathmandu'; ALTER DATABASE {copy} SET datestyle = 'German, DMY'; ALTER DATABASE {copy} SET intervalstyle = 'sql_standard'"
    );
    database::wait(async move || database::execute("postgres", &sql).await);
    let restored = TestApp::on(copy);
    restored.clock.set(app.clock.now());
    let auditor = restored.sign_in("auditor");
    assert!(holds(&auditor) > head);
    let after = std::fs::read_to_string(export(&auditor, &folder, "after")).unwrap();
    assert!(after.starts_with(&text), "the copy says something else");
    assert_eq!(elsewhere(&folder.join("after"), &[])["valid"], true);
    std::fs::remove_dir_all(folder).unwrap();
}

/// A06: rows from before the chain are chained as they stand, whatever gaps and texts they have.
#[test]
fn old_rows_are_chained_by_the_migration() {
    let app = TestApp::start();
    let folder = folder("old");
    let sql = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    app.execute(&sql("202611250031_create_checkpoints/down.sql"));
    app.execute(&sql("202611250030_chain_audit/down.sql"));
    app.execute(
        "DELETE FROM audit_entries WHERE seq IN (2, 5, 6); \
         INSERT INTO audit_entries (id, recorded_at, actor_kind, actor_label, action, target_kind, outcome, code, detail, request_id) VALUES \
         (gen_random_uuid(), '2026-11-23T01:02:03.000045Z', 'system', U&'Lo\\0300', 'x', 'y', 'refused', 'refused', \
          '{\"z\": [1, -20, true, null, {}], \"a\": \"\\\"\\\\\\b\\u0001\\u2028 o\\u0300\"}', 'r')",
    );
    let rows = number(&app.database, "SELECT count(*) FROM audit_entries");
    app.execute(&sql("202611250030_chain_audit/up.sql"));
    app.execute(&sql("202611250031_create_checkpoints/up.sql"));
    let url = database::url(&app.database);
    database::wait(async move || {
        let owner = canbo::platform::config::Secret::new(url);
        canbo::platform::db::roles::grant(&owner, &database::role()).await.unwrap();
    });
    let auditor = app.sign_in("auditor");
    assert_eq!(holds(&auditor), rows + 1);
    let other = elsewhere(&export(&auditor, &folder, "export"), &[]);
    assert_eq!((&other["valid"], &other["entries"]), (&json!(true), &json!(rows + 1)), "{other}");
    std::fs::remove_dir_all(folder).unwrap();
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
    for path in ["/v1/audit/verification", "/v1/audit/export", "/v1/audit/checkpoints"] {
        auditor.get(path).problem(403, "forbidden");
    }
}

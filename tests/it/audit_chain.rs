//! The chain of the audit record: whatever is done behind the service's back is found, by the service and by a verifier
//! that shares no code with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use canbo::platform::clock::Clock;
use canbo::platform::config::AuditSettings;
use canbo::platform::db::local::binaries;
use serde_json::{Value, json};

use crate::audit::{holds, number, title, verification, written};
use crate::support::app::http;
use crate::support::fixtures::Office;
use crate::support::{Client, TODAY, TestApp, database, day};

/// Statements of somebody who administers the server: triggers are told to stand aside.
fn tamper(database: &str, sql: &str) {
    let (name, sql) = (database.to_owned(), format!("SET session_replication_role = replica; {sql}"));
    database::wait(async move || database::execute(&name, &sql).await);
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
        canbo::platform::db::roles::grant(&owner, None, &database::role()).await.unwrap();
    });
    let auditor = app.sign_in("auditor");
    assert_eq!(holds(&auditor), rows + 1);
    let other = elsewhere(&export(&auditor, &folder, "export"), &[]);
    assert_eq!((&other["valid"], &other["entries"]), (&json!(true), &json!(rows + 1)), "{other}");
    std::fs::remove_dir_all(folder).unwrap();
}

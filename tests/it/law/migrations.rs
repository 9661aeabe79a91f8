//! Schema changes: how they are named, and that each can be taken back without a trace.

use std::path::Path;
use std::process::Command;

use canbo::platform::config::Secret;
use canbo::platform::db::local::binaries;
use canbo::platform::db::migrate::{migrate, revert_all};

use super::none;
use crate::support::database;

#[test]
fn names_say_when_and_what() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let (mut breaches, mut seen, mut stamps) = (Vec::new(), 0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !path.is_dir() {
            if name != "README.md" {
                breaches.push(format!("{name} is no migration"));
            }
            continue;
        }
        seen += 1;
        let (stamp, words) = name.split_once('_').unwrap_or((&name, ""));
        stamps.push(stamp.to_owned());
        let words: Vec<&str> = words.split('_').collect();
        let plain =
            |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if stamp.len() != 12
            || !stamp.bytes().all(|b| b.is_ascii_digit())
            || words.len() < 2
            || !words.iter().all(plain)
        {
            breaches.push(format!("{name} is not YYYYMMDDHHMM_verb_noun"));
        }
        for file in ["up.sql", "down.sql"] {
            let text = std::fs::read_to_string(path.join(file)).unwrap_or_default();
            if text.trim().is_empty() {
                breaches.push(format!("{name} has no {file}"));
            }
        }
    }
    stamps.sort();
    let all = stamps.len();
    stamps.dedup();
    assert_eq!(stamps.len(), all, "two migrations have one stamp");
    assert!(seen >= 9, "only {seen} migrations");
    none("A migration is migrations/YYYYMMDDHHMM_verb_noun/{up,down}.sql.", &breaches);
}

/// The schema as pg_dump tells it, without the table that counts migrations and what differs from run to run.
fn dump(database: &str) -> String {
    let program = binaries().expect("a folder with PostgreSQL's programs").join("pg_dump");
    let output = Command::new(program)
        .args(["--schema-only", "--exclude-table=__diesel_schema_migrations", "--dbname"])
        .arg(database::url(database))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let steady = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    text.lines().filter(steady).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn same(left: &str, right: &str, what: &str) {
    let only = |a: &str, b: &str, sign: &str| -> Vec<String> {
        a.lines().filter(|line| !b.lines().any(|other| other == *line)).map(|line| format!("{sign} {line}")).collect()
    };
    let difference = [only(left, right, "-"), only(right, left, "+")].concat().join("\n");
    assert!(left == right, "{what}:\n{difference}");
}

#[test]
fn down_leaves_no_trace_and_up_again_gives_the_same() {
    let database = database::empty();
    let run = |up: bool| {
        let url = Secret::new(database::url(&database));
        let versions =
            database::wait(async move || if up { migrate(&url, None).await } else { revert_all(&url, None).await });
        versions.unwrap().len()
    };
    let before = dump(&database);
    let applied = run(true);
    let first = dump(&database);
    assert!(first.contains("CREATE TABLE public.rotations"), "{first}");
    assert_eq!(run(true), 0, "a second run has nothing to do");
    assert_eq!(run(false), applied);
    same(&before, &dump(&database), "what down leaves behind");
    assert_eq!(run(true), applied);
    same(&first, &dump(&database), "up, down and up is not up");
}

//! Who may use whom, what each kind of file may know, who writes which table, and the house rules that clippy cannot
//! check.

use std::collections::{BTreeMap, BTreeSet};

use super::none;
use super::source::{Kind, Named, ROOMS, Source, below, has_word, sources};

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|step| step.contains(&room))
}

/// Files of the rooms proper: not of the platform, not at the top, no tests.
fn rooms(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| {
        !source.is_test() && source.module.len() > 1 && !["platform", "demo"].contains(&source.room())
            || source.path.ends_with("/mod.rs") && source.room() != "platform"
    })
}

fn here(source: &Source, named: &Named) -> String {
    format!("{}:{}: {}", source.path, named.line, named.text())
}

#[test]
fn a_room_uses_lower_rooms_only() {
    let sources = sources();
    // Macros that the platform exports stand at the root of the crate.
    let exported: BTreeSet<String> = sources
        .iter()
        .flat_map(|source| source.code.split("#[macro_export]").skip(1))
        .filter_map(|rest| rest.split("macro_rules!").nth(1)?.split_whitespace().next().map(str::to_owned))
        .collect();
    let (mut breaches, mut seen) = (Vec::new(), 0);
    for source in &sources {
        let Some(own) = rank(source.room()) else {
            if source.room() != "schema" {
                breaches.push(format!("{}: give the room its place in ROOMS", source.path));
            }
            continue;
        };
        for named in source.named.iter().filter(|named| named.at(0) == "crate") {
            let room = named.at(1);
            seen += 1;
            match rank(room) {
                Some(other) if other < own || room == source.room() => {}
                Some(other) if other == own => {}
                Some(_) => breaches.push(format!("{} is above {}", here(source, named), source.room())),
                None if room == "schema" || exported.contains(room) || source.room() == "lib" => {}
                None => breaches.push(format!("{}: unknown", here(source, named))),
            }
        }
    }
    assert!(seen > 300, "only {seen} paths were looked at");
    none("A room uses lower rooms only; the order is ROOMS in tests/it/law/source.rs.", &breaches);
}

/// What a kind of file may not know, with the reason that the breach tells.
fn forbidden(source: &Source, named: &Named) -> Option<&'static str> {
    let own = source.kind();
    let (first, second, third) = (named.at(0), named.at(1), named.at(2));
    if first == "crate" && second == source.room() {
        let used = match third {
            "model" => Kind::Model,
            "rules" => Kind::Rules,
            "store" => Kind::Store,
            "service" => Kind::Service,
            "api" => Kind::Api,
            _ => return None,
        };
        return (used > own).then_some("model < rules < store < service < api: a file uses lower ones of its room");
    }
    let foreign = first == "crate" && rank(second).is_some_and(|room| room > 0);
    if foreign && third == "store" && named.parts.len() > 3 {
        return Some("another room's store is its own business: ask its service");
    }
    let diesel = first == "diesel" || first == "diesel_async" || first == "diesel_migrations";
    let actix = first.starts_with("actix") || first.starts_with("utoipa_actix");
    let schema = first == "crate" && second == "schema";
    let clock = first == "crate" && second == "platform" && third == "clock" || named.text().ends_with("::now");
    let machinery = first == "crate" && second == "platform" && third == "db" || first == "tokio";
    let random = first == "rand" || third == "Ids";
    match own {
        Kind::Model | Kind::Rules if diesel => Some("what is true and what is decided do not know how it is stored"),
        Kind::Model | Kind::Rules if schema => Some("what is true and what is decided do not know how it is stored"),
        Kind::Model | Kind::Rules if actix => Some("what is true and what is decided do not know who asks"),
        Kind::Model | Kind::Rules if clock => Some("the day is an argument"),
        Kind::Rules if machinery || random => Some("rules are pure: values in, verdict out"),
        Kind::Model if first == "tokio" || random => Some("a value does nothing by itself"),
        Kind::Store if actix => Some("a store does not know who asks"),
        Kind::Store if foreign && third == "rules" => Some("a store decides nothing"),
        // The connection is passed through a service (`AsyncPgConnection`), never used there.
        Kind::Service if diesel && !named.text().ends_with("::AsyncPgConnection") => Some("SQL stands in the store"),
        Kind::Service if schema => Some("SQL stands in the store"),
        Kind::Service if actix => Some("a service does not know who asks"),
        // An api calls its own store for plain reads: a write needs a `Tx`, which only a service's change gives.
        Kind::Api if diesel || schema => Some("SQL stands in the store"),
        _ => None,
    }
}

/// Calls of what another room publishes that hand the transaction over: a store may read lower rooms, it makes none of
/// them write. The service calls both.
fn writes_elsewhere(source: &Source, named: &Named) -> bool {
    let line = source.code.lines().nth(named.line - 1).unwrap_or_default();
    let name = named.parts.last().map_or("", String::as_str);
    let foreign = named.at(0) == "crate" && named.at(1) != source.room() && rank(named.at(1)) > Some(0);
    source.kind() == Kind::Store && foreign && line.contains(&format!("{name}(tx"))
}

#[test]
fn each_kind_of_file_knows_its_own_things() {
    let sources = sources();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut breaches = Vec::new();
    for source in rooms(&sources) {
        *seen.entry(format!("{:?}", source.kind())).or_default() += 1;
        for named in &source.named {
            if let Some(reason) = forbidden(source, named) {
                breaches.push(format!("{}: {reason}", here(source, named)));
            }
            if writes_elsewhere(source, named) {
                breaches.push(format!("{}: another room writes at its service's word", here(source, named)));
            }
        }
        if matches!(source.kind(), Kind::Model | Kind::Rules) {
            for word in ["async", "await", "now()", "today()", "Clock"] {
                breaches
                    .extend(source.lines_with(word).iter().map(|line| format!("{line}: pure files have no {word}")));
            }
        }
    }
    for kind in ["Model", "Rules", "Store", "Service", "Api", "Other"] {
        assert!(seen.get(kind).is_some_and(|files| *files > 0), "no {kind} file was looked at: {seen:?}");
    }
    none("What the kinds of files may know (ARCHITECTURE.md, the files of a domain).", &breaches);
}

/// Who talks to what beyond the kinds: a file that is none of the five must be named here to get the same.
#[test]
fn sql_and_http_have_their_places() {
    let sources = sources();
    // The scope is a subquery, so that no read can forget it.
    let sql: &[&str] = &["src/identity/scope.rs"];
    // An extractor: what a handler asks for is a permission.
    let http: &[&str] = &["src/identity/caller.rs"];
    let (mut breaches, mut used) = (Vec::new(), BTreeSet::new());
    for source in rooms(&sources).filter(|source| source.kind() == Kind::Other) {
        for named in &source.named {
            let (first, second) = (named.at(0), named.at(1));
            let diesel = first.starts_with("diesel") && !named.text().ends_with("::AsyncPgConnection");
            let (is_sql, is_http) = (diesel || second == "schema", first == "actix_web");
            let listed = is_sql && sql.contains(&&*source.path) || is_http && http.contains(&&*source.path);
            if listed {
                used.insert(source.path.clone());
            } else if is_sql || is_http {
                breaches.push(here(source, named));
            }
        }
    }
    assert_eq!(used.len(), sql.len() + http.len(), "the lists above name what needs no exemption: {used:?}");
    none("SQL stands in stores, HTTP in apis.", &breaches);
}

/// The name after one of these words in SQL is a table that is written.
const WRITING: [&str; 6] = ["insert into", "update", "delete from", "truncate table", "merge into", "copy"];

fn tables() -> BTreeSet<String> {
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.rs")).unwrap();
    let found = super::schema::parse(&schema);
    assert!(found.len() > 20, "only {} tables in src/schema.rs", found.len());
    found.into_keys().collect()
}

/// The tables that a file writes, through diesel or in SQL; the places where the table cannot be seen.
fn written(source: &Source, tables: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let (mut found, mut hidden) = (Vec::new(), Vec::new());
    let flat: String = source.code.split_whitespace().collect::<Vec<_>>().join(" ");
    for start in ["insert_into(", "diesel::update(", "diesel::delete("] {
        for (at, _) in flat.match_indices(start) {
            let target = flat[at + start.len()..].trim_start_matches(['&', ' ']);
            let name: String = target.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if target[name.len()..].starts_with("::table") {
                found.push(name);
            } else {
                hidden.push(format!("{}: {start}{}", source.path, target.chars().take(40).collect::<String>()));
            }
        }
    }
    for (_, text) in &source.strings {
        let sql = text.to_lowercase();
        for word in WRITING {
            for (at, _) in sql.match_indices(word) {
                let rest = sql[at + word.len()..].trim_start().trim_start_matches("only ");
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if tables.contains(&name) {
                    found.push(name);
                }
            }
        }
    }
    (found, hidden)
}

#[test]
fn each_table_is_written_by_one_room() {
    let (sources, tables) = (sources(), tables());
    let mut writers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let (found, hidden) = written(source, &tables);
        breaches
            .extend(hidden.into_iter().map(|place| format!("{place}: write `table::table`, so that it can be seen")));
        for table in found {
            if !tables.contains(&table) {
                breaches.push(format!("{}: writes {table}, which is no table of the schema", source.path));
            }
            writers.entry(table).or_default().insert(source.room().to_owned());
            if !matches!(source.kind(), Kind::Store) && !["platform", "identity"].contains(&source.room()) {
                breaches.push(format!("{}: only stores write", source.path));
            }
        }
    }
    assert!(writers.len() >= 15, "only {} tables are written: {writers:?}", writers.len());
    for (table, rooms) in &writers {
        if rooms.len() > 1 {
            breaches.push(format!("{table} is written by {rooms:?}"));
        }
    }
    none("Each table has one writing room.", &breaches);
}

#[test]
fn writes_go_through_the_one_door() {
    let sources = sources();
    let (mut breaches, mut changes) = (Vec::new(), 0);
    for source in sources.iter().filter(|source| !source.is_test()) {
        let flat: String = source.code.split_whitespace().collect();
        let calls = flat.matches(".change(").count();
        changes += calls;
        if calls > 0 && source.kind() != Kind::Service {
            breaches.push(format!("{}: only a service changes", source.path));
        }
        if source.path != "src/platform/db/change.rs" {
            for word in ["begin_transaction", "commit_transaction", "build_transaction", ".transaction(", "Tx {"] {
                breaches.extend(source.lines_with(word));
            }
        }
    }
    assert!(changes >= 8, "only {changes} changes were found");
    none("A transaction is opened by Db::change, which is called by services.", &breaches);
}

#[test]
fn files_are_short_and_well_named() {
    let mut breaches = Vec::new();
    let files: Vec<Source> = ["src", "tests"].into_iter().flat_map(below).collect();
    assert!(files.len() > 75, "only {} files", files.len());
    for source in &files {
        let lines = source.text.lines().count();
        if lines > 500 && source.path != "src/schema.rs" {
            breaches.push(format!("{} has {lines} lines: split it by use case", source.path));
        }
        let vague = ["utils", "util", "helpers", "helper", "common", "manager", "types", "misc", "shared"];
        for name in source.path.trim_end_matches(".rs").split(['/', '_']) {
            if vague.contains(&name) {
                breaches.push(format!("{}: {name} says nothing", source.path));
            }
        }
        for word in vague {
            breaches.extend(source.lines_with(&format!("mod {word}")));
        }
        for line in source.code.lines().filter(|line| line.contains("Manager")) {
            if ["struct ", "enum ", "trait "].iter().any(|word| line.contains(word)) {
                breaches.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    none("Files have at most 500 lines and names that say what is in them.", &breaches);
}

/// Where clippy's fence may be stepped over, and where what clippy does not see may be done.
#[test]
fn clocks_tasks_and_the_environment_have_their_places() {
    let allowed: &[(&str, &[&str])] = &[
        // How long something took, how old is what is kept in memory: no dates.
        (
            "Instant::now",
            &[
                "src/platform/clock.rs",
                "src/platform/db/mod.rs",
                "src/platform/db/pool.rs",
                "src/platform/http/guard.rs",
                "src/platform/http/quota.rs",
                "src/platform/http/request.rs",
            ],
        ),
        ("env::vars", &[]),
        ("env::vars_os", &[]),
        ("env::set_var", &[]),
        ("env::remove_var", &[]),
        ("env!", &[]),
        ("option_env!", &[]),
        // The database's clock is a clock as well.
        ("dsl::now", &[]),
        ("dsl::today", &[]),
        ("dsl::date", &[]),
        // Hashing a password and ranking a province take long, and a folder may hang.
        ("spawn_blocking", &["src/identity/tokens/mod.rs", "src/identity/tokens/provider.rs", "src/platform/work.rs"]),
        ("spawn_local", &[]),
        ("thread::spawn", &[]),
        ("JoinSet", &[]),
        // A connection is driven on the runtime that outlives the workers.
        (".spawn(async", &["src/platform/db/pool.rs"]),
        ("task::spawn", &[]),
        (
            "clippy::disallowed_methods",
            &["src/platform/clock.rs", "src/platform/config.rs", "src/platform/http/completion.rs"],
        ),
    ];
    let sources = sources();
    let (mut breaches, mut seen) = (Vec::new(), BTreeSet::new());
    for source in sources.iter().filter(|source| !source.is_test()) {
        for (word, files) in allowed {
            let lines = source.lines_with(word);
            if files.contains(&&*source.path) && !lines.is_empty() {
                seen.insert((*word, source.path.clone()));
            } else {
                breaches.extend(lines);
            }
        }
        let clocks = [
            "now()",
            "current_date",
            "current_timestamp",
            "clock_timestamp",
            "localtimestamp",
            "transaction_timestamp",
        ];
        for (line, text) in &source.strings {
            let sql = text.to_lowercase();
            if clocks.iter().any(|clock| has_word(&sql, clock)) {
                breaches.push(format!("{}:{line}: {text}", source.path));
            }
        }
    }
    let named: usize = allowed.iter().map(|(_, files)| files.len()).sum();
    assert_eq!(seen.len(), named, "the list names files that no longer need it; those that do: {seen:?}");
    none("Time comes from the clock, tasks start in app.rs, settings come from config.rs.", &breaches);
}

#[test]
fn exceptions_have_reasons_and_nothing_is_left_undone() {
    let files: Vec<Source> = ["src", "tests"].into_iter().flat_map(below).collect();
    let (mut breaches, mut exceptions) = (Vec::new(), 0);
    for source in &files {
        for mark in ["#[allow(", "#![allow(", "#[expect(", "#![expect("] {
            for (at, _) in source.code.match_indices(mark) {
                exceptions += 1;
                let attribute: String = source.code[at..].chars().take_while(|c| *c != ']').collect();
                if !has_word(&attribute, "reason") {
                    breaches.push(format!("{}: {} has no reason", source.path, attribute.trim()));
                }
            }
        }
        for word in ["#[ignore", "todo!", "unimplemented!", "dbg!"] {
            breaches.extend(source.lines_with(word));
        }
        for (index, line) in source.text.lines().enumerate() {
            // Put together, so that this file does not find itself.
            if [["FIX", "ME"], ["X", "XX"], ["HA", "CK"]].iter().any(|parts| has_word(line, &parts.concat())) {
                breaches.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    assert!(exceptions > 10, "only {exceptions} exceptions were looked at");
    none("An exception says why; what is to be done is done or in the plan, not in the code.", &breaches);
}

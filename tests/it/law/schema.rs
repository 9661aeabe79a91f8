//! The catalog of a migrated database against `src/schema.rs`, and what every table and constraint owes.

use std::collections::{BTreeMap, BTreeSet};

use canbo::platform::db::failure;
use diesel::QueryableByName;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use super::none;
use crate::support::database;

/// Rows of a query on the catalog of a founded database, each as an object.
pub fn catalog(sql: &str) -> Vec<Value> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        rows: String,
    }
    static DATABASE: std::sync::LazyLock<String> = std::sync::LazyLock::new(database::founded);
    let sql = format!("SELECT coalesce(jsonb_agg(to_jsonb(q)), '[]')::text AS rows FROM ({sql}) q");
    let row: Row = database::wait(async move || {
        let mut conn = AsyncPgConnection::establish(&database::url(&DATABASE)).await.unwrap();
        diesel::sql_query(sql).get_result(&mut conn).await.unwrap()
    });
    serde_json::from_str::<Vec<Value>>(&row.rows).unwrap()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("no {field} in {row}"))
}

/// The columns of each table as a file made by `diesel print-schema` declares them.
pub fn parse(schema: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut tables = BTreeMap::new();
    for block in schema.split("diesel::table! {").skip(1) {
        let block = block.split("\n}").next().unwrap();
        let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
        let head = lines.by_ref().find(|line| line.ends_with(") {")).unwrap();
        let name = head.split_whitespace().next().unwrap().to_owned();
        let columns = lines
            .filter_map(|line| line.trim_end_matches(',').split_once(" -> "))
            .map(|(column, kind)| (column.to_owned(), kind.to_owned()));
        tables.insert(name, columns.collect());
    }
    tables
}

/// What diesel calls a type of PostgreSQL.
fn diesel_type(udt: &str) -> String {
    if let Some(element) = udt.strip_prefix('_') {
        return format!("Array<Nullable<{}>>", diesel_type(element));
    }
    udt[..1].to_uppercase() + &udt[1..]
}

#[test]
fn the_schema_file_is_the_catalog() {
    let declared = parse(&std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.rs")).unwrap());
    let mut actual: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in catalog(
        "SELECT table_name, column_name, udt_name, is_nullable FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'",
    ) {
        let kind = diesel_type(text(&row, "udt_name"));
        let kind = if row["is_nullable"] == "YES" { format!("Nullable<{kind}>") } else { kind };
        let table = actual.entry(text(&row, "table_name").to_owned()).or_default();
        table.insert(text(&row, "column_name").to_owned(), kind);
    }
    assert!(actual.len() > 20, "only {} tables", actual.len());
    let lines = |tables: &BTreeMap<String, BTreeMap<String, String>>| -> BTreeSet<String> {
        let columns = |(table, columns): (&String, &BTreeMap<String, String>)| {
            columns.iter().map(|(column, kind)| format!("{table}.{column} -> {kind}")).collect::<Vec<_>>()
        };
        tables.iter().flat_map(columns).collect()
    };
    let (declared, actual) = (lines(&declared), lines(&actual));
    let mut breaches: Vec<String> = actual.difference(&declared).map(|line| format!("+ {line}")).collect();
    breaches.extend(declared.difference(&actual).map(|line| format!("- {line}")));
    none("src/schema.rs is not the catalog: run `diesel print-schema` on a migrated database.", &breaches);
}

#[test]
fn every_foreign_key_is_the_beginning_of_an_index() {
    let keys = catalog(
        "SELECT c.conname AS name, EXISTS (SELECT 1 FROM pg_index i \
           WHERE i.indrelid = c.conrelid AND i.indpred IS NULL \
           AND (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey \
           AND (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] <@ c.conkey) AS indexed \
         FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace",
    );
    assert!(keys.len() > 25, "only {} foreign keys", keys.len());
    let bare: Vec<String> =
        keys.iter().filter(|key| key["indexed"] == false).map(|key| text(key, "name").to_owned()).collect();
    none("A foreign key without an index makes every change of what it refers to a scan.", &bare);
}

/// Unique and exclusion constraints that no request can break. Entries may only go: one that is not in the catalog, or
/// is mapped by now, fails.
const UNREACHABLE: &[(&str, &str)] = &[
    ("appointments_current_id_idx", "a change supersedes the current version in the statement before it"),
    ("audit_entries_id_key", "the id is drawn by the write door"),
    ("audit_entries_prev_hash_key", "the hash of the row before, read under the lock of the chain"),
    ("audit_subjects_pkey", "the subjects of one entry, each once"),
    ("cadre_facts_current_id_idx", "a change supersedes the current version in the statement before it"),
    ("cadre_versions_pkey", "written once, under the lock of the record, when its version is counted up"),
    ("decided_retirements_one_at_a_time", "copied from facts that have one of the kind at a time"),
    ("decided_retirements_pkey", "copied from facts that have one of the kind at a time"),
    ("idempotency_keys_pkey", "claimed with ON CONFLICT"),
    ("organisation_changes_pkey", "the lines of one act, numbered by us"),
    ("outbox_events_id_key", "the id is drawn by the write door"),
    ("regulations_current_id_idx", "a change supersedes the current version in the statement before it"),
    ("post_freezes_current_id_idx", "a change supersedes the current version in the statement before it"),
    ("refresh_tokens_pkey", "digest of 256 random bits"),
    ("reorganisation_counts_pkey", "counted by us, by what they count"),
    ("reorganisation_placements_pkey", "the files and courses of units that end, each once"),
    ("rotation_invitations_pkey", "a policy is approved once, and asks each unit once"),
    ("rotation_moves_position_key", "positions are counted by us"),
    ("rotation_plan_items_position_key", "positions are counted by us"),
    ("rotation_verdicts_pkey", "a case is decided once, under its lock"),
    ("scope_tree_pkey", "replaced as a whole by what the closure computes"),
    ("title_standards_current_id_idx", "a change supersedes the current version in the statement before it"),
    ("unit_ancestors_pkey", "replaced as a whole by what the closure computes"),
    ("unit_zones_current_id_idx", "a change supersedes the current version in the statement before it"),
    ("unit_lineage_pkey", "edges are those of one act, by which a unit ends once and into distinct parts"),
];

#[test]
fn every_constraint_that_a_request_can_break_has_a_code() {
    // A primary key of one column is an id that is drawn here; a request can break only one made of what it sent.
    let known = catalog(
        "SELECT i.relname AS name, x.indisprimary AND a.atttypid IN ('uuid'::regtype, 'int8'::regtype) AND x.indnkeyatts = 1 AS drawn \
         FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0] \
         WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> '__diesel_schema_migrations' \
         AND (x.indisunique OR x.indisexclusion) \
         UNION ALL SELECT conname, true FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace",
    );
    assert!(known.len() > 60, "only {} constraints", known.len());
    let names: BTreeSet<&str> = known.iter().map(|row| text(row, "name")).collect();
    let mapped: BTreeSet<&str> = failure::mapped_constraints().collect();
    let mut breaches = Vec::new();
    for row in known.iter().filter(|row| row["drawn"] == false) {
        let name = text(row, "name");
        let exempt = UNREACHABLE.iter().any(|(known, _)| *known == name);
        match (mapped.contains(name), exempt) {
            (false, false) => breaches.push(format!("{name} has no code in src/platform/db/failure.rs")),
            (true, true) => breaches.push(format!("{name} is mapped: take it out of UNREACHABLE")),
            _ => {}
        }
    }
    let gone = mapped.iter().copied().chain(UNREACHABLE.iter().map(|(name, _)| *name));
    breaches.extend(gone.filter(|name| !names.contains(name)).map(|name| format!("{name} is not in the schema")));
    assert_eq!(mapped.len(), failure::mapped_constraints().count(), "a constraint is mapped twice");
    none("The name of a constraint is the contract between SQL and Rust.", &breaches);
}

#[test]
fn every_table_says_what_it_is_and_names_what_is_its_own() {
    let tables = catalog(
        "SELECT relname AS name, obj_description(oid, 'pg_class') AS comment FROM pg_class \
         WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace AND relname <> '__diesel_schema_migrations'",
    );
    assert!(tables.len() > 20, "only {} tables", tables.len());
    let mut breaches: Vec<String> = tables
        .iter()
        .filter(|table| table["comment"].as_str().is_none_or(|comment| comment.len() < 10))
        .map(|table| format!("{} has no COMMENT", text(table, "name")))
        .collect();
    let named = catalog(
        "SELECT conname AS name, conrelid::regclass::text AS owner FROM pg_constraint \
         WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace \
         UNION ALL SELECT i.relname, t.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid \
         JOIN pg_class t ON t.oid = x.indrelid WHERE t.relnamespace = 'public'::regnamespace",
    );
    assert!(named.len() > 150, "only {} constraints and indexes", named.len());
    for row in named.iter().filter(|row| text(row, "owner") != "__diesel_schema_migrations") {
        let (name, owner) = (text(row, "name"), text(row, "owner"));
        if !name.starts_with(&format!("{owner}_")) {
            breaches.push(format!("{name} does not begin with {owner}_"));
        }
        if name.len() > 60 {
            breaches.push(format!("{name} is longer than PostgreSQL keeps a name whole"));
        }
    }
    none("Tables have a COMMENT; a constraint or index is named <table>_...", &breaches);
}

#[test]
fn no_default_reads_the_clock() {
    let defaults = catalog(
        "SELECT table_name || '.' || column_name AS name, column_default AS value FROM information_schema.columns \
         WHERE table_schema = 'public' AND column_default IS NOT NULL AND table_name <> '__diesel_schema_migrations'",
    );
    assert!(defaults.len() > 5, "only {} defaults", defaults.len());
    let clocks = ["now()", "CURRENT_", "clock_timestamp", "LOCALTIME"];
    let breaches: Vec<String> = defaults
        .iter()
        .filter(|row| clocks.iter().any(|clock| text(row, "value").contains(clock)))
        .map(|row| format!("{} defaults to {}", text(row, "name"), text(row, "value")))
        .collect();
    none("Time comes from the clock of the service, so that tests and the demo province can set it.", &breaches);
}

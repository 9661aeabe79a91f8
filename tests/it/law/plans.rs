//! How PostgreSQL answers what lists ask for, among 40,000 people: by an index, whatever is asked.

use std::collections::{BTreeMap, BTreeSet};

use super::none;
use crate::support::plans::{Plans, nodes};
use crate::support::{Client, TestApp, crowd, database};

/// Tables with more rows than these are read by an index. Of the units, some thousand, a common word is read as cheaply.
const MANY: f32 = 10_000.0;

/// What is looked for: common, in between, rare and absent; one letter, one word, several; with marks and without; initials.
const WORDS: [&str; 12] =
    ["", "nguyen", "khoang", "thi", "t", "an", "yen", "nguyễn", "lo van", "nguyễn thị hà", "nva", "zzzz"];

/// Reads a list and its next page; the indexes by which people are read, and every scan of a large table.
fn read(plans: &Plans, client: &Client, path: &str, large: &BTreeSet<String>) -> (BTreeSet<String>, Vec<String>) {
    let (mut indexes, mut breaches, mut cursor) = (BTreeSet::new(), Vec::new(), String::new());
    for _ in 0..2 {
        let (page, told) = plans.during(|| client.get(&format!("{path}{cursor}")).expect(200));
        let found: Vec<_> = told.iter().flat_map(|told| nodes(&told["Plan"])).collect();
        assert!(
            found.iter().any(|(_, table, index)| table == "cadres" || index.contains("unit_versions")),
            "{path}: {told:?}"
        );
        for (kind, table, index) in found {
            if kind == "Seq Scan" && large.contains(&table) {
                breaches.push(format!("{path}{cursor} reads all of {table}"));
            }
            if kind.starts_with("Parallel") || kind.starts_with("Gather") {
                breaches.push(format!("{path}{cursor} takes more than one core"));
            }
            indexes.insert(index);
        }
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    (indexes, breaches)
}

#[test]
fn no_list_of_people_or_units_reads_a_whole_table() {
    let database = database::founded();
    crowd::gather(&database);
    let plans = Plans::of(&database);
    let sql = format!(
        "SELECT string_agg(relname, ' ') AS text FROM pg_class WHERE relkind = 'r' AND reltuples > {MANY} AND relnamespace = 'public'::regnamespace"
    );
    let large: BTreeSet<String> = database::text(&database, &sql).split(' ').map(str::to_owned).collect();
    assert!(["cadres", "posts", "appointments"].iter().all(|table| large.contains(*table)), "{large:?}");
    let app = TestApp::on(database.clone());
    let commune = app.sign_in("organisation_officer").get("/v1/units?kind=commune&code=03172").expect(200);
    let (commune, province) = (commune.str("/data/0/id").to_owned(), commune.str("/data/0/parent/id").to_owned());
    app.execute(&format!(
        "UPDATE grants SET unit_id = '{commune}' WHERE account_id = (SELECT id FROM accounts WHERE user_name = 'unit_officer'); \
         UPDATE accounts SET cadre_id = (SELECT id FROM cadres LIMIT 1) WHERE user_name = 'cadre'"
    ));
    let mut callers = vec![app.sign_in("reader"), app.sign_in("unit_officer"), app.sign_in("cadre")];
    app.execute(
        "INSERT INTO grants (id, account_id, role, unit_id, during, created_at) \
           SELECT gen_random_uuid(), account_id, 'decider', unit_id, during, created_at FROM grants \
           WHERE account_id = (SELECT id FROM accounts WHERE user_name = 'cadre')",
    );
    callers.push(app.sign_in("cadre"));
    let wheres = [
        String::new(),
        format!("&unit_id={commune}"),
        format!("&unit_id={province}"),
        format!("&unit_id={commune}&as_of=2024-06-01"),
        format!("&unit_id={province}&as_of=2024-06-01"),
        "&status=active".to_owned(),
        "&status=deceased".to_owned(),
    ];
    let (mut breaches, mut by_word) = (Vec::new(), BTreeMap::new());
    for (caller, client) in callers.iter().enumerate() {
        // Who sees one record alone, or beside a unit, is asked for less.
        for word in WORDS.into_iter().take(if caller < 2 { WORDS.len() } else { 3 }) {
            for filter in &wheres {
                for rest in ["", "&sort=born_on", "&count=true"] {
                    let q = if word.is_empty() { String::new() } else { format!("&q={word}") };
                    let path = format!("/v1/cadres?limit=50{q}{filter}{rest}");
                    let (indexes, wrong) = read(&plans, client, &path, &large);
                    breaches.extend(wrong.into_iter().map(|wrong| format!("{caller}: {wrong}")));
                    if caller == 0 && filter.is_empty() && rest.is_empty() {
                        by_word.insert(word, indexes);
                    }
                }
            }
        }
    }
    for word in ["phong so", "na sang", "xa", "x", "pst", "zzzz"] {
        for client in &callers {
            breaches.extend(read(&plans, client, &format!("/v1/units?limit=50&q={word}"), &large).1);
        }
    }
    none("A list reads by an index, with the plan that PostgreSQL makes for 40,000 people.", &breaches);
    for common in ["", "nguyen", "t"] {
        assert!(by_word[common].contains("cadres_name_sort_idx"), "{common}: {:?}", by_word[common]);
    }
    for rare in ["nva", "zzzz", "nguyễn thị hà"] {
        assert!(by_word[rare].contains("cadres_search_words_idx"), "{rare}: {:?}", by_word[rare]);
    }
}

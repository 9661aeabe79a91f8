//! What it costs to rank 40,000 people for a post: `cargo bench --bench eligibility`. Starts a PostgreSQL of its own and the
//! service on it, asks over HTTP on one connection, and prints the first page, a later one, and a subtree.

#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program for people who measure, with the harness of the tests"
)]

#[path = "../tests/it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Client, TestApp, crowd, database};

/// Rounds over all questions.
const ROUNDS: usize = 12;

/// Files for everybody: two earlier posts, three qualifications, three classes, a membership, a certificate; plannings and
/// disciplines for some.
const FILES: &str = "
    INSERT INTO appointments (version_id, id, cadre_id, cadre_name, post_id, during, full_time, basis, recorded_at, recorded_by)
      SELECT gen_random_uuid(), gen_random_uuid(), c.id, c.full_name, c.id, d.during::daterange, false, 'appointed', '2026-01-01', 'crowd'
        FROM cadres c, (VALUES ('[2012-01-01,2016-01-01)'), ('[2016-01-01,2020-01-01)')) d (during);
    INSERT INTO qualifications (id, cadre_id, kind, level, obtained_on, recorded_at, recorded_by)
      SELECT gen_random_uuid(), c.id, k.kind, k.levels[1 + (hashtext(c.id::text || k.kind) & 1)], '2012-06-30', '2026-01-01', 'crowd'
        FROM cadres c, (VALUES ('degree', ARRAY['university', 'college']), ('political_theory', ARRAY['advanced', 'intermediate']),
          ('state_management', ARRAY['senior_specialist', 'specialist'])) k (kind, levels);
    INSERT INTO cadre_facts (version_id, id, version, cadre_id, kind, slot, during, content, recorded_at, recorded_by)
      SELECT gen_random_uuid(), gen_random_uuid(), 1, c.id, 'assessment', 'year', daterange(make_date(y, 1, 1), make_date(y + 1, 1, 1)),
          jsonb_build_object('year', y, 'class', CASE hashtext(c.id::text) & 3 WHEN 0 THEN 'completed' ELSE 'good' END), '2026-01-01', 'crowd'
        FROM cadres c, generate_series(2023, 2025) y;
    INSERT INTO cadre_facts (version_id, id, version, cadre_id, kind, slot, during, content, recorded_at, recorded_by)
      SELECT gen_random_uuid(), gen_random_uuid(), 1, id, 'membership', 'party', '[2010-02-03,)',
          '{\"organisation\": \"party\", \"joined_on\": \"2010-02-03\", \"official_on\": \"2011-02-03\"}', '2026-01-01', 'crowd' FROM cadres;
    INSERT INTO cadre_facts (version_id, id, version, cadre_id, kind, during, content, recorded_at, recorded_by)
      SELECT gen_random_uuid(), gen_random_uuid(), 1, id, 'health_certificate', '[2026-09-10,)',
          '{\"issued_on\": \"2026-09-10\", \"institution\": \"B\"}', '2026-01-01', 'crowd' FROM cadres;
    INSERT INTO cadre_facts (version_id, id, version, cadre_id, kind, during, content, recorded_at, recorded_by)
      SELECT gen_random_uuid(), gen_random_uuid(), 1, id, 'discipline', '[2026-03-01,)',
          '{\"measure\": \"warning\", \"side\": \"party\", \"from\": \"2026-03-01\"}', '2026-01-01', 'crowd' FROM cadres WHERE hashtext(id::text) & 31 = 0;
    INSERT INTO plannings (id, cadre_id, title_id, during, recorded_at, recorded_by)
      SELECT gen_random_uuid(), c.id, t.id, '[2025-01-01,)', '2026-01-01', 'crowd' FROM cadres c, titles t
        WHERE t.code = 'bench' AND hashtext(c.id::text) & 15 = 0;
    VACUUM ANALYZE";

/// The standard that the post asks: by all that is compared.
fn standard() -> Value {
    let cite = json!({"instrument": "Quy định", "article": null, "confirmed": false});
    let criteria = json!([
        {"kind": "degree", "level": "university", "lowered": null, "citation": cite},
        {"kind": "political_theory", "level": "advanced", "lowered": null, "citation": cite},
        {"kind": "state_management", "level": "senior_specialist", "lowered": null, "citation": cite},
        {"kind": "full_term_age", "months": 60, "lowered": null, "citation": cite},
        {"kind": "lower_posts", "months": 60, "title_codes": [], "lowered": null, "citation": cite},
        {"kind": "party_membership", "full": true, "citation": cite},
        {"kind": "planning", "equal_title_counts": true, "citation": cite},
        {"kind": "classification", "years": 3, "level": "good", "citation": cite},
        {"kind": "discipline_waiting", "reprimand_months": 24, "warning_months": 36, "removal_months": 60, "citation": cite},
        {"kind": "health_certificate", "months": 6, "citation": cite},
    ]);
    json!({"from": "2026-01-01", "criteria": criteria})
}

fn main() {
    let database = database::founded();
    crowd::gather(&database);
    let app = TestApp::on(database);
    let office = app.sign_in("organisation_officer");
    let commune = office.get("/v1/units?kind=commune&code=03172").expect(200);
    let (commune, province) = (commune.str("/data/0/id").to_owned(), commune.str("/data/0/parent/id").to_owned());
    let title = json!({"code": "bench", "name_vi": "Giám đốc", "name_en": "Director", "category": "government",
        "level": "province", "leadership": true, "head": true, "rank_order": 10});
    let title = office.post("/v1/titles", &title).expect(201).str("/id").to_owned();
    office.post(&format!("/v1/titles/{title}/standards"), &standard()).expect(201);
    let post = json!({"title_id": title, "unit_id": province, "from": "2025-07-01", "term_months": 60});
    let post = office.post("/v1/posts", &post).expect(201).str("/id").to_owned();
    for statement in FILES.split(";\n") {
        app.execute(statement);
    }
    println!("{} people with their files", crowd::PEOPLE);
    let question =
        json!({"post_id": post, "kind": "rotation", "effective_from": "2026-12-01", "expected_end_on": "2029-11-30"});
    let below = {
        let mut below = question.clone();
        below["unit_id"] = json!(commune);
        below
    };
    let planned = {
        let mut planned = question.clone();
        planned["planned_only"] = json!(true);
        planned
    };
    let cursor = office.post("/v1/eligibility-checks/candidates?limit=200", &question).expect(200);
    let second = format!("&cursor={}", cursor.str("/next_cursor"));
    let reader = app.sign_in("reader");
    let asked: [(&str, &Client, &Value, &str); 6] = [
        ("the first 50", &office, &question, ""),
        ("the first 50, with their number", &office, &question, "&count=true"),
        ("the second 200", &office, &question, &second),
        ("the first 50, nothing sensitive", &reader, &question, ""),
        ("those who are planned", &office, &planned, ""),
        ("those of a commune", &office, &below, ""),
    ];
    println!("{:34} {:>9} {:>9} {:>9}", "", "least", "median", "most");
    for (kind, client, body, query) in asked {
        let limit = if query.contains("cursor") { 200 } else { 50 };
        let mut times: Vec<Duration> = (0..=ROUNDS)
            .map(|_| {
                let started = Instant::now();
                let page =
                    client.post(&format!("/v1/eligibility-checks/candidates?limit={limit}{query}"), body).expect(200);
                assert!(
                    !page.rows().is_empty() && page.rows()[0]["checks"].as_array().unwrap().len() > 15,
                    "{}",
                    page.text
                );
                started.elapsed()
            })
            .skip(1)
            .collect();
        times.sort_unstable();
        let [least, median, most] = [0, times.len() / 2, times.len() - 1].map(|at| times[at].as_secs_f64() * 1000.0);
        println!("{kind:34} {least:6.0} ms {median:6.0} ms {most:6.0} ms");
    }
}

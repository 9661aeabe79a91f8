//! An act and a decision at the same time: one of them wins whole.

use std::collections::BTreeMap;
use std::thread::{scope, sleep};
use std::time::Duration;

use serde_json::{Value, json};

use super::{accepting, today, with};
use crate::support::fixtures::{Office, decision, transfer};
use crate::support::{TestApp, database};

const ROUNDS: usize = 24;

/// Two units, somebody in the first, and a case that takes them to the second.
struct Round {
    number: usize,
    home: String,
    away: String,
    seats: [String; 2],
    case: String,
}

fn rounds(office: &Office) -> Vec<Round> {
    let (officer, commune) = (&office.officer, office.commune("03172"));
    let title = office.title("raced", "commune");
    let there = json!({"unit_id": commune});
    let unit = |name: String| json!({"create": {"kind": "mass", "name": name, "parent": there}});
    let changes: Vec<Value> =
        (0..ROUNDS).flat_map(|n| [unit(format!("Hội đi {n}")), unit(format!("Hội đến {n}"))]).collect();
    officer.post("/v1/reorganisations", &today("0/NQ", &json!(changes))).expect(201);
    let units = officer.get(&format!("/v1/units?kind=mass&parent_id={commune}&limit=200")).expect(200);
    let by_name: BTreeMap<&str, &str> =
        units.rows().iter().map(|unit| (unit["name"].as_str().unwrap(), unit["id"].as_str().unwrap())).collect();
    let post = |unit: &str| {
        let body = json!({"title_id": title, "unit_id": unit, "from": "2026-11-23"});
        officer.post("/v1/posts", &body).expect(201).str("/id").to_owned()
    };
    (0..ROUNDS)
        .map(|number| {
            let (home, away) = (by_name[&*format!("Hội đi {number}")], by_name[&*format!("Hội đến {number}")]);
            let seats = [post(home), post(away)];
            let cadre = office.cadre(&format!("Lò Văn {number}"), home);
            let held = json!({"post_id": seats[0], "from": "2026-11-23", "basis": "appointed"});
            officer.post(&format!("/v1/cadres/{cadre}/appointments"), &held).expect(201);
            let moves = [transfer(&cadre, Some(&seats[0]), &seats[1])];
            let case = office.prepare("2026-12-15", &moves).expect(201).str("/id").to_owned();
            Round { number, home: home.to_owned(), away: away.to_owned(), seats, case }
        })
        .collect()
}

#[test]
fn an_act_and_a_decision_at_once_leave_nothing_hanging() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (mut acts, mut decisions) = (0, 0);
    for Round { number, home, away, seats, case } in rounds(&office) {
        let ends = json!([{"abolish": {"unit_id": away, "successor": {"unit_id": home}}}]);
        let act = with(today(&format!("{number}/NQ-R"), &ends), "effective_from", json!("2026-12-01"));
        let act = accepting(act);
        // The one first, or the other, or neither.
        let wait = |turn: usize| sleep(Duration::from_millis(8 * u64::try_from(turn).unwrap()));
        let (acted, decided) = scope(|threads| {
            let acting = threads.spawn(|| {
                wait((number % 7).saturating_sub(3));
                office.officer.post("/v1/reorganisations", &act)
            });
            let deciding = threads.spawn(|| {
                wait(3_usize.saturating_sub(number % 7));
                office.decider.act(&format!("/v1/rotations/{case}/decide"), "*", &decision())
            });
            (acting.join().unwrap(), deciding.join().unwrap())
        });
        let (state, holders) = match (acted.status, decided.status) {
            (201, 409) => {
                acts += 1;
                assert_eq!(decided.body["code"], "wrong_state", "{}", decided.text);
                ("withdrawn", [format!("Lò Văn {number}"), String::new()])
            }
            (422, 200) => {
                decisions += 1;
                assert!(acted.findings().contains(&("/effective_from", "overtaken")), "{}", acted.text);
                ("decided", [String::new(), format!("Lò Văn {number}")])
            }
            _ => panic!("round {number}: neither won, or both did: {} and {}", acted.text, decided.text),
        };
        assert_eq!(office.decider.get(&format!("/v1/rotations/{case}")).expect(200).str("/state"), state);
        let on = "2026-12-20";
        assert_eq!([office.held_by(&seats[0], on), office.held_by(&seats[1], on)], holders, "round {number}: {state}");
    }
    assert!(acts > 0 && decisions > 0, "{acts} acts and {decisions} decisions won");
    // No appointment outlives its post, no post its unit.
    let hanging = "SELECT (SELECT count(*) FROM appointments a JOIN posts p ON p.id = a.post_id \
          WHERE a.superseded_at IS NULL AND NOT p.during @> a.during)::text || ' ' || (SELECT count(*) FROM posts p \
          WHERE NOT (SELECT range_agg(v.during) FROM unit_versions v WHERE v.unit_id = p.unit_id) @> p.during)::text AS text";
    assert_eq!(database::text(&app.database, hanging), "0 0");
}

//! Any periods on one seat: what meets is refused, what touches is not, and what is no period is told so.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::seat;
use crate::support::TestApp;
use crate::support::day;
use crate::support::fixtures::Office;

fn on(offset: u64) -> String {
    (day("2025-08-01") + chrono::Days::new(offset)).to_string()
}

/// D03: periods of days, the last one included, in any order on one seat. Whoever meets an earlier one gets 409; one that
/// begins on the day after another's last is taken; one that ends before it begins is 422; a single day is a period.
#[test]
fn periods_of_a_seat_never_meet() {
    let app = TestApp::start();
    let office = Office::new(&app);
    let (title, unit) = (office.title("storm_period", "province"), office.province().to_owned());
    let cadre = office.cadre("Lò Văn Kỳ", &unit);
    let path = format!("/v1/cadres/{cadre}/appointments");
    let body =
        |post: &str, from: &str, to: Value| json!({"post_id": post, "from": from, "to": to, "basis": "appointed"});
    let cases = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let periods = proptest::collection::vec((0_u64..40, proptest::option::weighted(0.9, 0_u64..40)), 1..7);
    TestRunner::new(cases)
        .run(&periods, |periods| {
            let post = seat(&office.officer, &title, &unit, false);
            let mut taken: Vec<(u64, u64)> = Vec::new();
            for (from, to) in periods {
                let answer =
                    office.officer.post(&path, &body(&post, &on(from), to.map_or(Value::Null, |to| json!(on(to)))));
                let last = to.unwrap_or(u64::MAX);
                let meets = taken.iter().any(|(start, end)| from <= *end && *start <= last);
                let expected = if last < from {
                    422
                } else if meets {
                    409
                } else {
                    201
                };
                prop_assert_eq!(answer.status, expected, "{}..{:?} beside {:?}: {}", from, to, taken, answer.text);
                if expected == 201 {
                    taken.push((from, last));
                }
            }
            Ok(())
        })
        .unwrap();
    // The ends, as documented.
    let post = seat(&office.officer, &title, &unit, false);
    let ask = |from: &str, to: Value| office.officer.post(&path, &body(&post, from, to));
    ask("2025-08-01", json!("2025-08-31")).expect(201);
    ask("2025-08-31", json!("2025-09-30")).problem(409, "post_taken");
    ask("2025-09-01", json!("2025-09-01")).expect(201);
    ask("2025-09-02", Value::Null).expect(201);
    ask("2025-09-10", json!("2025-09-05")).problem(422, "refused");
    for (from, to) in [
        ("infinity", Value::Null),
        ("-infinity", Value::Null),
        ("2025-10-01", json!("infinity")),
        ("0000-00-00", Value::Null),
        ("2025-02-30", Value::Null),
        ("", Value::Null),
    ] {
        let answer = ask(from, to);
        assert!(matches!(answer.status, 400 | 422), "{from}: {}", answer.text);
    }
    let none = office.officer.post(&path, &json!({"post_id": post, "from": null, "basis": "appointed"}));
    assert!(matches!(none.status, 400 | 422), "{}", none.text);
}

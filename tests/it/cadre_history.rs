//! Any sequence of changes to files: what was known once is known so for ever, and no seat has two holders.

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::fixtures::Office;
use crate::support::{Answer, TestApp};

/// One change; which entry it is of is chosen among those that are there.
#[derive(Clone, Debug)]
enum Change {
    Record { part: usize, year: i32 },
    Correct { which: usize, year: i32 },
    Withdraw { which: usize },
    Rename { name: usize },
    Hold { person: usize, seat: usize, from: i64, days: Option<i64> },
    EndSeat { which: usize, after: i64 },
    Move { which: usize, from: i64, days: Option<i64> },
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let days = || proptest::option::of(0..90_i64);
    let change = prop_oneof![
        4 => (0..5_usize, 2005..2026_i32).prop_map(|(part, year)| Change::Record { part, year }),
        3 => (any::<usize>(), 2005..2026_i32).prop_map(|(which, year)| Change::Correct { which, year }),
        1 => any::<usize>().prop_map(|which| Change::Withdraw { which }),
        1 => (0..4_usize).prop_map(|name| Change::Rename { name }),
        3 => (0..2_usize, 0..2_usize, 0..300_i64, days())
            .prop_map(|(person, seat, from, days)| Change::Hold { person, seat, from, days }),
        1 => (any::<usize>(), 0..90_i64).prop_map(|(which, after)| Change::EndSeat { which, after }),
        2 => (any::<usize>(), 0..300_i64, days()).prop_map(|(which, from, days)| Change::Move { which, from, days }),
    ];
    proptest::collection::vec(change, 1..20)
}

/// One part of a file, by its collection, and a body of it for a year.
fn entry(part: usize, year: i32) -> (&'static str, Value) {
    match part {
        0 => ("assessments", json!({"year": year, "class": "good"})),
        1 => ("rewards", json!({"title": format!("Giấy khen {year}"), "awarded_on": format!("{year}-05-01")})),
        2 => ("ranks", json!({"code": "specialist", "from": format!("{year}-01-01")})),
        3 => (
            "qualifications",
            json!({"kind": "language", "level": format!("Lớp {year}"), "obtained_on": format!("{year}-06-30")}),
        ),
        _ => (
            "relatives",
            json!({"relation": "child", "side": "own", "full_name": format!("Lò Văn {year}"), "born_year": year}),
        ),
    }
}

fn on(days: i64) -> String {
    (crate::support::day("2025-07-01") + chrono::TimeDelta::days(days)).to_string()
}

struct History {
    app: TestApp,
    office: Office,
    unit: String,
    title: String,
}

fn history() -> &'static History {
    static HISTORY: OnceLock<History> = OnceLock::new();
    HISTORY.get_or_init(|| {
        let app = TestApp::start();
        let office = Office::new(&app);
        let (unit, title) = (office.commune("03172"), office.title("history", "commune"));
        History { app, office, unit, title }
    })
}

/// The entries that a change may be of, each with its part.
fn known(history: &History, path: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for part in 0..5 {
        let collection = entry(part, 2020).0;
        for row in history.office.officer.get(&format!("{path}/{collection}")).expect(200).rows() {
            all.push((part, format!("{collection}/{}", row["id"].as_str().unwrap())));
        }
    }
    all
}

fn held(history: &History, seats: &[String]) -> Vec<Value> {
    let rows = |seat: &String| {
        let list = history.office.officer.get(&format!("/v1/appointments?post_id={seat}")).expect(200);
        list.rows().to_vec()
    };
    seats.iter().flat_map(rows).collect()
}

fn apply(history: &History, people: &[String], seats: &[String], change: &Change) -> Option<Answer> {
    let officer = &history.office.officer;
    let path = &people[0];
    let pick = |all: Vec<(usize, String)>, which: usize| (!all.is_empty()).then(|| all[which % all.len()].clone());
    let pick_held = |which: usize| {
        let all = held(history, seats);
        (!all.is_empty()).then(|| all[which % all.len()].clone())
    };
    let of = |row: &Value| {
        format!("/v1/cadres/{}/appointments/{}", row["cadre"]["id"].as_str().unwrap(), row["id"].as_str().unwrap())
    };
    let period = |from: i64, days: Option<i64>| (on(from), days.map(|days| on(from + days)));
    Some(match change {
        Change::Record { part, year } => {
            let (collection, body) = entry(*part, *year);
            officer.post(&format!("{path}/{collection}"), &body)
        }
        Change::Correct { which, year } => {
            let (part, own) = pick(known(history, path), *which)?;
            let (_, mut body) = entry(part, *year);
            body["reason"] = json!("Nhập sai");
            officer.act(&format!("{path}/{own}/correct"), "*", &body)
        }
        Change::Withdraw { which } => {
            let (_, own) = pick(known(history, path), *which)?;
            let id = own.split('/').nth(1).unwrap();
            officer.act(&format!("{path}/entries/{id}/withdraw"), "*", &json!({"reason": "Nhầm"}))
        }
        Change::Rename { name } => {
            let name = ["Lò Văn An", "Lò Văn Ân", "Quàng Văn An", "Lò Văn Ẩn"][*name];
            officer.patch(path, "*", &json!({"full_name": name, "reason": "Nhập sai"}))
        }
        Change::Hold { person, seat, from, days } => {
            let (from, to) = period(*from, *days);
            let body = json!({"post_id": seats[*seat], "from": from, "to": to, "basis": "appointed"});
            officer.post(&format!("{}/appointments", people[*person]), &body)
        }
        Change::EndSeat { which, after } => {
            let row = pick_held(*which)?;
            let from = crate::support::day(row["during"]["from"].as_str().unwrap());
            let last = from + chrono::TimeDelta::days(*after);
            officer.act(&format!("{}/end", of(&row)), "*", &json!({"last_on": last, "reason": "Từ chức"}))
        }
        Change::Move { which, from, days } => {
            let row = pick_held(*which)?;
            let (from, to) = period(*from, *days);
            let body = json!({"from": from, "to": to, "full_time": true, "basis": "elected", "reason": "Nhập sai"});
            let moved = officer.act(&format!("{}/correct", of(&row)), "*", &body);
            // What was sent comes back: the last day is included on the wire, and not inside.
            if moved.status == 200 {
                assert_eq!(moved.body["during"], json!({"from": from, "to": to}));
            }
            moved
        }
    })
}

fn no_seat_has_two_holders(history: &History, seats: &[String]) -> Result<(), TestCaseError> {
    for seat in seats {
        let mut periods: Vec<(String, Option<String>)> = held(history, std::slice::from_ref(seat))
            .iter()
            .map(|row| {
                let text = |name: &str| row["during"][name].as_str().map(str::to_owned);
                (text("from").unwrap(), text("to"))
            })
            .collect();
        periods.sort();
        for pair in periods.windows(2) {
            prop_assert!(pair[0].1.as_ref().is_some_and(|last| *last < pair[1].0), "{periods:?}");
        }
    }
    Ok(())
}

/// For any sequence of changes, what was known at an instant in the past stays what it was, the person's name and record
/// with it; and no two appointments of a seat ever meet.
#[test]
fn what_was_known_never_changes() {
    let history = history();
    let officer = &history.office.officer;
    let mut runner = TestRunner::new(Config { cases: 8, failure_persistence: None, ..Config::default() });
    let mut done = std::cell::Cell::new(0_u32);
    let ran = runner.run(&changes(), |changes| {
        let people: Vec<String> = ["Lò Văn An", "Lò Văn Hai"]
            .map(|name| format!("/v1/cadres/{}", history.office.cadre(name, &history.unit)))
            .into();
        let seats: Vec<String> = (0..2).map(|_| history.office.post(&history.title, &history.unit)).collect();
        let mut told: Vec<(String, Value)> = Vec::new();
        for change in &changes {
            if let Some(answer) = apply(history, &people, &seats, change) {
                prop_assert!(answer.status < 500, "{change:?}: {}", answer.text);
                done.set(done.get() + u32::from(answer.status < 300));
            }
            no_seat_has_two_holders(history, &seats)?;
            let now = history.app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            for person in &people {
                let asked = format!("{person}/profile?as_of=2026-11-01&known_at={now}");
                told.push((asked.clone(), officer.get(&asked).expect(200).body));
            }
            history.app.clock.set(history.app.clock.now() + chrono::TimeDelta::seconds(1));
        }
        for (asked, then) in &told {
            let now = officer.get(asked).expect(200);
            prop_assert_eq!(&now.body, then, "{} after {:?}", asked, changes);
        }
        Ok(())
    });
    ran.unwrap();
    assert!(*done.get_mut() > 20, "only {} changes were made", done.get());
}

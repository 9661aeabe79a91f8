//! Acts that reorganise units, and what becomes of everything in those that end.

mod carried;
mod changes;
mod country;
mod races;
mod reform;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use canbo::platform::clock::Clock;
use canbo::platform::config::HttpSettings;
use serde_json::{Value, json};

use crate::support::app::http;
use crate::support::fixtures::Office;
use crate::support::{Answer, Client, TestApp, database, day};

const OLD: &str = include_str!("../../data/units/communes_before_2025-07-01.csv");
const NEW: &str = include_str!("../../data/units/communes_since_2025-07-01.csv");
const SUCCESSIONS: &str = include_str!("../../data/units/commune_successions_2025-07-01.csv");

/// Password of the accounts that these tests make.
const PHRASE: &str = "mot mat khau dai";

/// Rows of a file, cell by cell.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

/// All rows of a list.
fn all(client: &Client, path: &str) -> Vec<Value> {
    let (mut found, mut next) = (Vec::new(), format!("{path}{}limit=200", if path.contains('?') { '&' } else { '?' }));
    loop {
        let page = client.get(&next).expect(200);
        found.extend(page.rows().iter().cloned());
        let link = page.header("link").to_owned();
        if link.is_empty() {
            return found;
        }
        link.trim_start_matches('<').split('>').next().unwrap().clone_into(&mut next);
    }
}

/// The units as they were on 30 June 2025, ten days before their end.
struct Before {
    app: TestApp,
    office: Office,
    units: BTreeMap<String, String>,
}

impl Before {
    fn new() -> Self {
        // Debug builds on a busy machine: what is measured here is not time.
        let settings = HttpSettings { deadline: Duration::from_mins(1), ..http() };
        let app = TestApp::with(database::before_the_reform(), settings, Clock::manual_on(day("2025-06-20")));
        let office = Office::new(&app);
        let mut units = BTreeMap::new();
        for kind in ["district", "commune"] {
            for unit in all(&office.officer, &format!("/v1/units?kind={kind}")) {
                units.insert(unit["code"].as_str().unwrap().to_owned(), unit["id"].as_str().unwrap().to_owned());
            }
        }
        Self { app, office, units }
    }

    fn unit(&self, code: &str) -> &str {
        &self.units[code]
    }

    /// The people's committee of a commune.
    fn committee(&self, code: &str) -> String {
        let path = format!("/v1/units?kind=government&parent_id={}&q=uy%20ban%20nhan%20dan", self.unit(code));
        self.office.officer.get(&path).expect(200).str("/data/0/id").to_owned()
    }

    /// A post since 2020.
    fn post(&self, title: &str, unit: &str) -> String {
        let body = json!({"title_id": title, "unit_id": unit, "from": "2020-01-01"});
        self.office.officer.post("/v1/posts", &body).expect(201).str("/id").to_owned()
    }

    /// Somebody who holds a post since 2020.
    fn holder(&self, name: &str, unit: &str, post: &str) -> String {
        let cadre = self.office.cadre(name, unit);
        let body = json!({"post_id": post, "from": "2020-01-01", "basis": "appointed"});
        self.office.officer.post(&format!("/v1/cadres/{cadre}/appointments"), &body).expect(201);
        cadre
    }

    /// The act of 16 June 2025: every commune into its new one, which begins with these seats, and the districts abolished.
    fn reform(&self, seats: &Value) -> Value {
        let province = rows(NEW).into_iter().filter(|row| row[3] == "11").collect::<Vec<_>>();
        let mut changes = Vec::new();
        for row in &province {
            changes.push(json!({"create": {"key": row[0], "kind": "commune", "name": row[1], "code": row[0],
                "unit_type": row[2], "parent": {"unit_id": self.office.province()}, "with_bodies": true, "seats": seats}}));
        }
        let mut into: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in rows(SUCCESSIONS).iter().filter(|row| self.units.contains_key(row[0])) {
            into.entry(row[1]).or_default().push(self.unit(row[0]));
        }
        for (key, units) in into {
            changes.push(json!({"merge": {"units": units, "into": {"key": key}}}));
        }
        let districts = rows(OLD).into_iter().filter(|row| row[6] == "11").map(|row| row[3]).collect::<BTreeSet<_>>();
        changes.extend(districts.iter().map(|code| json!({"abolish": {"unit_id": self.unit(code)}})));
        act("1661/NQ-UBTVQH15", "2025-07-01", &Value::Array(changes))
    }
}

fn day_at(text: &str) -> chrono::DateTime<chrono::Utc> {
    format!("{text}T03:00:00Z").parse().unwrap()
}

fn act(number: &str, effective_from: &str, changes: &Value) -> Value {
    json!({"number": number, "title": "Nghị quyết về việc sắp xếp các đơn vị hành chính", "issuer": "Ủy ban Thường vụ Quốc hội",
        "legal_basis": "Nghị quyết số 76/2025/UBTVQH15", "decided_on": "2025-06-16", "effective_from": effective_from, "changes": changes})
}

fn with(mut act: Value, field: &str, value: Value) -> Value {
    act[field] = value;
    act
}

/// What becomes of things, without ids: those of a dry run are not kept.
fn told(effects: &Value) -> Vec<(String, String, String)> {
    let text = |effect: &Value, field: &str| effect[field].as_str().unwrap_or_default().to_owned();
    let effects = effects.as_array().unwrap().iter();
    effects.map(|effect| (text(effect, "effect"), text(effect, "label"), text(effect, "on"))).collect()
}

fn proposals(answer: &Answer) -> Vec<(&str, &str, &str, &str)> {
    let proposals = answer.body["proposals"].as_array().unwrap().iter();
    proposals
        .map(|one| {
            let text = |pointer: &str| one.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            (text("/subject"), text("/label"), text("/outcome"), text("/to/label"))
        })
        .collect()
}

/// An act of today on the province as it is, with these changes.
fn today(number: &str, changes: &Value) -> Value {
    with(act(number, "2026-11-23", changes), "decided_on", json!("2026-11-20"))
}

fn accepting(act: Value) -> Value {
    with(act, "accept_proposals", json!(true))
}

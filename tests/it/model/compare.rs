//! What can be read of the service against the model.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::drive::Universe;
use super::state::{Case, Held, Person, Seat, Who, after};
use crate::support::Client;

/// Everything that a caller sees of a list.
fn rows(client: &Client, path: &str) -> Vec<Value> {
    let page = client.get(&format!("{path}?limit=200&count=true")).expect(200);
    assert_eq!(page.body["total"], page.rows().len(), "{path}");
    page.rows().to_vec()
}

fn text(row: &Value, at: &str) -> String {
    row.pointer(at).and_then(Value::as_str).unwrap_or("-").to_owned()
}

impl Universe<'_> {
    /// Compares everything that can be read with the model.
    pub fn compare(&self) -> Result<(), String> {
        self.compare_seats()?;
        self.compare_cases()
    }

    /// Appointments, people with their file and seat, seats with their holder.
    fn compare_seats(&self) -> Result<(), String> {
        let officer = self.officer();
        let model = &self.model;
        let last = |to: Option<NaiveDate>| to.map_or("-".to_owned(), |to| after(to, -1).to_string());
        let case = |case: Option<usize>| case.map_or("-", |case| &self.cases[case]).to_owned();

        let held: BTreeSet<String> = model
            .held
            .iter()
            .map(|held| {
                let ended_by = case(held.ended.last().map(|(_, case)| *case));
                format!(
                    "{} {} {} {} {} {} {ended_by}",
                    self.people[held.person],
                    self.seats[held.seat],
                    held.from,
                    last(held.to()),
                    held.full_time,
                    case(held.by)
                )
            })
            .collect();
        let told = rows(&officer, "/v1/appointments");
        let told = told.iter().map(|row| {
            let fields = ["/cadre/id", "/post/id", "/during/from", "/during/to"].map(|at| text(row, at)).join(" ");
            format!(
                "{fields} {} {} {}",
                row["full_time"],
                text(row, "/rotation_id"),
                text(row, "/ended_by_rotation_id")
            )
        });
        same("appointments", &held, &told.collect())?;
        let seated = |full_time: bool, picks: &dyn Fn(&Held) -> bool| {
            model.held.iter().find(|held| (held.full_time || !full_time) && held.on(model.today) && picks(held))
        };
        let people: BTreeSet<String> = (0..model.people.len())
            .map(|index| {
                let Person { unit, active, version } = model.people[index];
                let seat = seated(true, &|held| held.person == index).map_or("-", |held| &self.seats[held.seat]);
                let status = if active { "active" } else { "retired" };
                format!("{} {} {seat} {status} {version}", self.people[index], self.units[unit])
            })
            .collect();
        let told = rows(&officer, "/v1/cadres");
        let told = told.iter().map(|row| {
            let fields = ["/id", "/unit/id", "/post/id", "/status"].map(|at| text(row, at)).join(" ");
            format!("{fields} {}", row["version"])
        });
        same("cadres", &people, &told.collect())?;
        let seats: BTreeSet<String> = (0..model.seats.len())
            .filter(|index| model.seats[*index].to.is_none_or(|to| model.today < to))
            .map(|index| {
                let Seat { to, version, .. } = model.seats[index];
                let holder = seated(false, &|held| held.seat == index).map_or("-", |held| &self.people[held.person]);
                format!("{} {holder} {} {version}", self.seats[index], last(to))
            })
            .collect();
        let told = rows(&officer, "/v1/posts");
        let told = told.iter().map(|row| {
            let fields = ["/id", "/holder/id", "/during/to"].map(|at| text(row, at)).join(" ");
            format!("{fields} {}", row["version"])
        });
        same("posts", &seats, &told.collect())
    }

    /// Cases as different people see them, with what they may do; enrolments.
    fn compare_cases(&self) -> Result<(), String> {
        let model = &self.model;
        for who in [Who::Officer, Who::Both, Who::Local] {
            let cases: BTreeSet<String> = (0..model.cases.len())
                .filter(|case| model.sees(who, *case))
                .map(|index| {
                    let Case { day, state, version, .. } = &model.cases[index];
                    let state = format!("{state:?}").to_lowercase();
                    let may =
                        |decide: bool| model.guard(who, index, decide).is_ok() && (!decide || who != Who::Officer);
                    // What is not decided may be refused by whoever may withdraw it.
                    let actions: Vec<&str> = [("decide", true), ("refuse", false), ("withdraw", false)]
                        .into_iter()
                        .filter(|(name, decide)| may(*decide) && (*name != "refuse" || state == "prepared"))
                        .map(|(name, _)| name)
                        .chain(model.may_compensate(who, index).then_some("compensate"))
                        .collect();
                    format!("{} {state} {day} {version} {}", self.cases[index], json!(actions))
                })
                .collect();
            let told = rows(&self.by(who), "/v1/rotations");
            let told = told.iter().map(|row| {
                let fields = ["/id", "/state", "/effective_from"].map(|at| text(row, at)).join(" ");
                format!("{fields} {} {}", row["version"], row["allowed_actions"])
            });
            same(&format!("rotations as {who:?}"), &cases, &told.collect())?;
        }

        let enrolments: BTreeSet<String> = model
            .enrolments
            .iter()
            .zip(&self.enrolments)
            .map(|(one, id)| {
                let learned = one.state == "passed";
                format!(
                    "{id} {} {} {} {} {learned}",
                    self.courses[one.course], self.people[one.person], one.state, one.version
                )
            })
            .collect();
        let told = rows(&self.officer(), "/v1/enrolments");
        let told = told.iter().map(|row| {
            let fields = ["/id", "/course/id", "/cadre/id", "/state"].map(|at| text(row, at)).join(" ");
            format!("{fields} {} {}", row["version"], row["qualification_id"].is_string())
        });
        same("enrolments", &enrolments, &told.collect())
    }
}

fn same(what: &str, model: &BTreeSet<String>, told: &BTreeSet<String>) -> Result<(), String> {
    if model == told {
        return Ok(());
    }
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>().join("\n    ")
    };
    Err(format!(
        "{what}\n  the model alone:\n    {}\n  the service alone:\n    {}",
        only(model, told),
        only(told, model)
    ))
}

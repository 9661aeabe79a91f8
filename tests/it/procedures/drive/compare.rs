//! What the model and the service say of a case, of who sits where, and of where the files are.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use super::Universe;
use crate::procedures::words::{Action, Paper, Who};

impl Universe<'_> {
    /// A case as somebody sees it: state, version, what they may do, what is lacking.
    pub(super) fn compare_case(&self, case: usize, who: Who) -> Result<(), String> {
        let Some(id) = self.cases.get(case) else { return Ok(()) };
        let of = &self.model.cases[case];
        let seen = self.client(who).get(&format!("/v1/rotations/{id}"));
        if !self.model.sees(who, of) {
            return if seen.status == 404 { Ok(()) } else { Err(format!("{who:?} sees {id}: {}", seen.text)) };
        }
        let actions: Vec<&str> = Action::ALL
            .into_iter()
            .filter(|(action, _)| of.guard(who, *action, self.model.today).is_ok())
            .map(|(_, name)| name)
            .collect();
        let lacking = if who.prepares() || who.decides() { of.lacking() } else { Vec::new() };
        let lacking: BTreeSet<String> = lacking
            .into_iter()
            .map(|(paper, person, against)| {
                let (needed, side) = match paper {
                    Paper::Origin => ("opinion", "origin"),
                    Paper::Destination => ("opinion", "destination"),
                    Paper::Conclusion => ("conclusion", "-"),
                    Paper::Interview => ("interview", "-"),
                    Paper::Election => ("election", "-"),
                    Paper::Vote | Paper::Waiver | Paper::Document => ("vote", "-"),
                };
                format!("{needed} {side} {} {against}", person.map_or("-", |person| &self.people[person]))
            })
            .collect();
        let told: BTreeSet<String> = seen.body["lacking"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|lack| {
                let text = |at: &str| lack.pointer(at).and_then(Value::as_str).unwrap_or("-").to_owned();
                format!("{} {} {} {}", text("/needed"), text("/side"), text("/cadre/id"), lack["against"])
            })
            .collect();
        let model = json!([of.state.name(), of.version, of.day, actions, lacking]);
        let service = json!([
            seen.body["state"],
            seen.body["version"],
            seen.body["effective_from"],
            seen.body["allowed_actions"],
            told
        ]);
        if model == service {
            Ok(())
        } else {
            Err(format!("{id} as {who:?}\n  the model: {model}\n  the service: {service}"))
        }
    }

    /// Who holds which seat when, by which case, and where the files are.
    pub(super) fn compare_held(&self) -> Result<(), String> {
        let case = |case: Option<usize>| case.map_or("-", |case| &self.cases[case]);
        let mut model = BTreeSet::new();
        for held in &self.model.held {
            let mut line = format!("{} {} {} ", self.people[held.person], self.seats[held.seat], held.from);
            let to = held.to().map_or_else(|| "-".to_owned(), |to| to.to_string());
            write!(line, "{to} {} {}", case(held.by), case(held.ended.last().map(|(_, by)| *by))).unwrap();
            model.insert(line);
        }
        let files = self.people.iter().zip(&self.model.files);
        model.extend(files.map(|(person, unit)| format!("{person} {}", self.province.communes[*unit])));
        let people = self.people.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
        let told = self.province.text(&format!(
            "SELECT string_agg(line, E'\\n') AS text FROM (
                SELECT concat_ws(' ', cadre_id, post_id, lower(during), coalesce(upper(during)::text, '-'), coalesce(rotation_id::text, '-'),
                    coalesce(ended_by_rotation_id::text, '-')) AS line
                FROM appointments WHERE superseded_at IS NULL AND cadre_id IN ({people})
                UNION ALL SELECT concat_ws(' ', id, unit_id) FROM cadres WHERE id IN ({people})) lines"
        ));
        let told: BTreeSet<String> = told.lines().map(str::to_owned).collect();
        if model == told {
            return Ok(());
        }
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.difference(other).cloned().collect::<Vec<_>>().join("\n    ")
        };
        Err(format!(
            "who sits where\n  the model alone:\n    {}\n  the service alone:\n    {}",
            only(&model, &told),
            only(&told, &model)
        ))
    }
}

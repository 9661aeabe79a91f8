//! The model and the service side by side: each step is tried (`validate_only`), called and done in the model; all must agree.

mod compare;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use canbo::platform::App;
use canbo::platform::db::Db;
use canbo::platform::id::Ids;
use chrono::NaiveDate;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use reqwest::Method;
use serde_json::{Value, json};

use super::state::{Case, Held, Model, Move, Refusal, after};
use super::words::{Action, Paper, Procedure, State, Who};
use super::{Step, Told, Wanted};
use crate::support::fixtures::{Office, approval, conclusion, document, election, interview, opinion, vote, waiver};
use crate::support::{Answer, Client, TODAY, TestApp, database, day};

const PASSWORD: &str = "mot mat khau dai";
/// People of a program; one more, who moves nowhere, votes.
const PEOPLE: usize = 4;
/// Commune of each seat; the first are held.
const SEATS: [usize; 6] = [0, 0, 1, 1, 0, 1];

/// What must stay readable whatever comes later, and what may change, of everything that a case writes.
const ALL: &str = "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') AS text FROM (
    SELECT 'held ' || version_id || ' ' || md5(concat_ws('|', id, cadre_id, post_id, during, basis, decision_number, rotation_id,
        ended_by_rotation_id, recorded_at, recorded_by, version)) || E'\\t' || coalesce(superseded_at::text, '') AS line FROM appointments
    UNION ALL SELECT 'paper ' || id || ' ' || md5(concat_ws('|', rotation_id, cadre_id, kind, slot, content, recorded_at, recorded_by))
        || E'\\t' || coalesce(superseded_at::text, '') FROM rotation_papers
    UNION ALL SELECT 'case ' || id || ' ' || md5(concat_ws('|', number, subject, need, unit_id, prepared_by, prepared_at, procedure))
        || E'\\t' || md5(rotations::text) FROM rotations
    UNION ALL SELECT 'policy ' || rotation_id || ' ' || md5(rotation_policies::text) || E'\\t' FROM rotation_policies
    UNION ALL SELECT 'verdict ' || rotation_id || ' ' || md5(rotation_verdicts::text) || E'\\t' FROM rotation_verdicts
    UNION ALL SELECT E'\\tmove ' || md5(rotation_moves::text) FROM rotation_moves
    UNION ALL SELECT E'\\tfile ' || id || ' ' || unit_id || ' ' || version FROM cadres
    UNION ALL SELECT 'event ' || seq || ' ' || md5(outbox_events::text) || E'\\t' FROM outbox_events
    UNION ALL SELECT E'\\ttwo holders of ' || a.post_id FROM appointments a JOIN appointments b ON a.post_id = b.post_id
        AND a.version_id < b.version_id AND a.during && b.during AND a.superseded_at IS NULL AND b.superseded_at IS NULL
) lines";

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

/// A service in which programs run one after the other, each with people and seats of its own.
pub struct Province {
    app: TestApp,
    runtime: tokio::runtime::Runtime,
    conn: RefCell<AsyncPgConnection>,
    calendar: App,
    communes: [String; 2],
    title: String,
    member: String,
    secret: String,
    serial: usize,
}

fn name(who: Who) -> String {
    format!("{who:?}-x").to_lowercase()
}

impl Province {
    pub fn new() -> Self {
        let app = TestApp::start();
        let office = Office::new(&app);
        let administrator = app.sign_in("administrator");
        let communes = [office.commune("03172"), office.commune("03181")];
        let mut secret = String::new();
        for who in Who::ALL {
            let roles: &[&str] = match who {
                Who::Officer => &["organisation_officer"],
                Who::Both | Who::Mover | Who::Machine => &["organisation_officer", "decider"],
                Who::Decider => &["decider"],
                Who::Local => &["unit_officer"],
                Who::Reader => &["reader"],
            };
            let (field, id) = if who == Who::Machine {
                let made = administrator.post("/v1/clients", &json!({"client_id": name(who), "name": "x"})).expect(201);
                made.str("/client_secret").clone_into(&mut secret);
                ("client_id", made.str("/client/id").to_owned())
            } else {
                let body = json!({"user_name": name(who), "display_name": "x", "password": PASSWORD});
                ("account_id", administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned())
            };
            let unit = if who == Who::Local { communes[0].as_str() } else { office.province() };
            for role in roles {
                administrator.post("/v1/grants", &json!({field: id, "role": role, "unit_id": unit})).expect(201);
            }
        }
        let title = office.title("procedure_title", "commune");
        let member = office.cadre("Lò Thị Ủy Viên", &communes[0]);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (settings, clock) = (database::settings(&app.database), app.clock.clone());
        let calendar = runtime
            .block_on(async { canbo::app::unserved(Db::new(&settings, clock, Ids::random()).unwrap()).unwrap() });
        let url = database::url(&app.database);
        let conn = RefCell::new(runtime.block_on(AsyncPgConnection::establish(&url)).unwrap());
        Self { app, runtime, conn, calendar, communes, title, member, secret, serial: 0 }
    }

    /// Whether what earlier programs left is little enough to be read at each step.
    pub fn has_room(&self) -> bool {
        self.serial < 25
    }

    fn text(&self, sql: &str) -> String {
        use diesel_async::RunQueryDsl;
        let mut conn = self.conn.borrow_mut();
        let row: Row = self.runtime.block_on(RunQueryDsl::get_result(diesel::sql_query(sql), &mut *conn)).unwrap();
        row.text
    }

    /// People and seats that no other program has used.
    pub fn universe(&mut self) -> Universe<'_> {
        let today = day(TODAY);
        self.app.clock.set_day(today);
        self.serial += 1;
        let office = Office::new(&self.app);
        let seats: Vec<String> = SEATS.iter().map(|unit| office.post(&self.title, &self.communes[*unit])).collect();
        let people: Vec<String> = (0..PEOPLE)
            .map(|n| office.holder(&format!("Lò Văn {} {n}", self.serial), &self.communes[SEATS[n]], &seats[n]))
            .collect();
        let own = format!("UPDATE accounts SET cadre_id = '{}' WHERE user_name = '{}'", people[0], name(Who::Mover));
        self.app.execute(&own);
        let held = |n| Held { person: n, seat: n, from: day("2025-07-01"), by: None, ended: Vec::new() };
        let model = Model {
            today,
            seats: SEATS.to_vec(),
            files: SEATS[..PEOPLE].to_vec(),
            held: (0..PEOPLE).map(held).collect(),
            cases: Vec::new(),
        };
        let clients = RefCell::default();
        Universe { province: self, model, clients, people, seats, cases: Vec::new(), calls: 0 }
    }
}

impl Drop for Province {
    fn drop(&mut self) {
        self.calendar.db.close();
    }
}

/// One program's world: the model, and the ids of what is in it.
pub struct Universe<'a> {
    province: &'a mut Province,
    model: Model,
    clients: RefCell<BTreeMap<String, Client>>,
    people: Vec<String>,
    seats: Vec<String>,
    cases: Vec<String>,
    calls: usize,
}

/// A call that a step comes to.
struct Call {
    by: Who,
    path: String,
    tag: Option<String>,
    body: Value,
}

impl Call {
    fn send(&self, client: &Client, query: &str, request: &str) -> Answer {
        let builder = client.request(Method::POST, &format!("{}{query}", self.path)).header("x-request-id", request);
        let builder = self.tag.iter().fold(builder, |builder, tag| builder.header("if-match", tag));
        Answer::of(if self.body.is_null() { builder } else { builder.json(&self.body) })
    }
}

/// Effects without the ids of what is new: those of a dry run are not kept.
fn told(effects: &Value) -> Vec<Value> {
    let mut effects = effects.as_array().unwrap().clone();
    for effect in &mut effects {
        let new_case = effect["effect"] == "rotation_prepared" && effect["on"].is_string();
        let of_rule = effect["effect"] == "unconfirmed_rule_not_met";
        if new_case || of_rule || effect["subject"] == "rotation_paper" {
            effect["id"] = Value::Null;
        }
    }
    effects
}

/// What was once there is there, and nothing sits where another does.
fn unforgotten(before: &str, after: &str) -> Result<(), String> {
    let kept = |text: &'_ str| -> BTreeSet<String> {
        text.lines()
            .filter_map(|line| line.split('\t').next())
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let lost: Vec<String> = kept(before).difference(&kept(after)).cloned().collect();
    if !lost.is_empty() {
        return Err(format!("gone: {lost:?}"));
    }
    match after.lines().find(|line| line.starts_with("\ttwo holders")) {
        Some(line) => Err(line.trim().to_owned()),
        None => Ok(()),
    }
}

impl Universe<'_> {
    fn client_named(&self, user_name: &str, password: &str) -> Client {
        let sign_in = || self.province.app.anonymous().signed_in(user_name, password);
        self.clients.borrow_mut().entry(user_name.to_owned()).or_insert_with(sign_in).clone()
    }

    fn client(&self, who: Who) -> Client {
        if who != Who::Machine {
            return self.client_named(&name(who), PASSWORD);
        }
        let sign_in = || {
            let anonymous = self.province.app.anonymous();
            let request = anonymous.request(Method::POST, "/oauth/token").form(&[("grant_type", "client_credentials")]);
            let token = Answer::of(request.basic_auth(name(who), Some(&self.province.secret))).expect(200);
            anonymous.with_token(token.str("/access_token"))
        };
        self.clients.borrow_mut().entry(name(who)).or_insert_with(sign_in).clone()
    }

    /// Who is meant: somebody leaves the seat that they hold the day before, unless it says otherwise.
    fn moves(&self, wanted: &[Wanted], day: NaiveDate) -> Vec<Move> {
        let step = |wanted: &Wanted| {
            let person = wanted.person % PEOPLE;
            let eve = after(day, -1);
            let holds = |held: &&Held| held.person == person && held.from <= eve && held.to().is_none_or(|to| eve < to);
            let from = if wanted.entry { None } else { self.model.held.iter().find(holds).map(|held| held.seat) };
            Move { person, from, to: wanted.to % SEATS.len(), elected: wanted.elected }
        };
        wanted.iter().map(step).collect()
    }

    fn sent(&self, moves: &[Move]) -> Vec<Value> {
        let step = |step: &Move| {
            json!({"kind": "transfer", "cadre_id": self.people[step.person], "from_post_id": step.from.map(|seat| &self.seats[seat]),
                "to_post_id": self.seats[step.to], "by_election": step.elected})
        };
        moves.iter().map(step).collect()
    }

    fn act(&self, by: Who, case: usize, action: Action, stale: bool, slate: &(Vec<Move>, NaiveDate)) -> Call {
        let Case { version, day, .. } = self.model.cases[case];
        let body = match action {
            Action::ApprovePolicy => approval(),
            Action::ProposePeople => json!({"moves": self.sent(&slate.0), "effective_from": slate.1}),
            Action::ConcludePreparation | Action::ConcludeExchange => Value::Null,
            Action::Decide => {
                json!({"decision_number": "1-QĐ", "decision_issuer": "Ban", "decided_on": self.model.today.min(day)})
            }
            Action::Refuse | Action::Withdraw => json!({"reason": "Không phù hợp"}),
            Action::Compensate => json!({"effective_from": slate.1, "reason": "Không đúng thẩm quyền"}),
        };
        let path = format!("/v1/rotations/{}/{}", self.cases[case], action.name().replace('_', "-"));
        let seen = if stale { version - 1 } else { version };
        Call { by, path, tag: Some(format!("\"{seen}-0000000000000000\"")), body }
    }

    fn paper(&self, by: Who, case: usize, paper: Paper, person: usize, good: bool) -> Call {
        let cadre = &self.people[person];
        let (what, body) = match paper {
            Paper::Conclusion => ("conclusions", conclusion(cadre, good)),
            Paper::Origin => ("opinions", opinion(cadre, "origin")),
            Paper::Destination => ("opinions", opinion(cadre, "destination")),
            Paper::Interview => ("interviews", interview(cadre, good)),
            Paper::Vote => ("votes", vote(&self.province.member, u32::from(good))),
            Paper::Election => {
                let mut body = election(cadre);
                body["elected"] = json!(good);
                ("elections", body)
            }
            Paper::Waiver => ("waivers", waiver(cadre)),
            Paper::Document => ("documents", document(cadre)),
        };
        Call { by, path: format!("/v1/rotations/{}/{what}", self.cases[case]), tag: None, body }
    }

    /// What brings a case on: a paper that its step lacks, else the next step, by who may.
    fn push(&mut self, case: usize) -> (&'static str, Call, Result<(), Refusal>) {
        let of = &self.model.cases[case];
        let decides = if of.by == Who::Decider { Who::Both } else { Who::Decider };
        if let Some((paper, person, _)) = of.lacking().first().copied() {
            let by = if paper == Paper::Vote { decides } else { Who::Officer };
            let person = person.unwrap_or_default();
            let call = self.paper(by, case, paper, person, true);
            return ("push paper", call, self.model.record(by, case, paper, person, true));
        }
        let (by, action) = match of.state {
            State::PolicyProposed => (decides, Action::ApprovePolicy),
            State::PolicyApproved => (Who::Officer, Action::ProposePeople),
            State::PeopleProposed => (Who::Officer, Action::ConcludePreparation),
            State::Prepared if of.procedure != Procedure::Direct => (Who::Officer, Action::ConcludeExchange),
            State::Effective => (Who::Officer, Action::Compensate),
            _ => (decides, Action::Decide),
        };
        let day = after(self.model.today, 3);
        let step = Wanted { person: case + 1, to: case + 4, entry: false, elected: false };
        let slate = (self.moves(&[step], day), day);
        let call = self.act(by, case, action, false, &slate);
        (action.name(), call, self.model.act(by, case, action, false, &slate))
    }

    /// Does one step in both; `None` where there is nothing yet to do it to. What they disagree in is the error.
    pub fn step(&mut self, step: &Step) -> Result<Option<Told>, String> {
        let clock = &self.province.app.clock;
        clock.set(clock.now() + chrono::TimeDelta::milliseconds(1));
        let count = self.model.cases.len();
        let (name, case, call, wanted) = match step {
            Step::Advance { days } => {
                self.model.advance(*days);
                self.province.app.clock.set_day(self.model.today);
                self.clients.borrow_mut().clear();
                let before = self.province.text(ALL);
                self.province.runtime.block_on(canbo::rotations::take_due_effects(&self.province.calendar)).unwrap();
                unforgotten(&before, &self.province.text(ALL))?;
                self.compare_held()?;
                return Ok(Some(Told { step: "advance", ended: (200, String::new()) }));
            }
            Step::Prepare { by, procedure, unit, moves, days } => {
                let day = after(self.model.today, *days);
                let moves = if *procedure == Procedure::FiveSteps && moves.len() < 3 {
                    Vec::new()
                } else {
                    self.moves(moves, day)
                };
                let wanted = self.model.prepare(*by, *procedure, *unit, &moves, day);
                let procedure = match procedure {
                    Procedure::FiveSteps => "five_steps",
                    Procedure::Agreement => "agreement",
                    Procedure::Direct => "direct",
                };
                let body = json!({"subject": "Điều động", "procedure": procedure, "effective_from": day, "moves": self.sent(&moves),
                    "unit_id": self.province.communes[*unit]});
                ("prepare", count, Call { by: *by, path: "/v1/rotations".to_owned(), tag: None, body }, wanted)
            }
            _ if count == 0 => return Ok(None),
            Step::Act { by, case, action, stale, moves, days } => {
                let (case, day) = (case % count, after(self.model.today, *days));
                let slate = (self.moves(moves, day), day);
                let call = self.act(*by, case, *action, *stale, &slate);
                (action.name(), case, call, self.model.act(*by, case, *action, *stale, &slate))
            }
            Step::Paper { by, case, paper, person, good } => {
                let (case, person) = (case % count, person % PEOPLE);
                let call = self.paper(*by, case, *paper, person, *good);
                ("paper", case, call, self.model.record(*by, case, *paper, person, *good))
            }
            Step::Push { case } => {
                let case = case % count;
                let (name, call, wanted) = self.push(case);
                (name, case, call, wanted)
            }
        };
        let ended = self.tried_and_done(&call, &wanted)?;
        self.compare_case(case, call.by)?;
        self.compare_held()?;
        Ok(Some(Told { step: name, ended }))
    }

    /// Tries a call, then does it: the first changes nothing, the second what the first said, and both end as the model says.
    fn tried_and_done(&mut self, call: &Call, wanted: &Result<(), Refusal>) -> Result<(u16, String), String> {
        self.calls += 1;
        let client = self.client(call.by);
        let before = self.province.text(ALL);
        let dry = call.send(&client, "?validate_only=true", "tried");
        if before != self.province.text(ALL) {
            return Err(format!("{} {}: trying it changes something", call.path, call.body));
        }
        let request = format!("done-{}-{}", self.province.serial, self.calls);
        let real = call.send(&client, "", &request);
        let after = self.province.text(ALL);
        unforgotten(&before, &after)?;
        let code = real.body["code"].as_str().unwrap_or_default().to_owned();
        let ends = |answer: &Answer, good: [u16; 2]| match wanted {
            Ok(()) => good.contains(&answer.status),
            Err((status, code)) => answer.status == *status && answer.body["code"] == *code,
        };
        if !ends(&real, [200, 201]) {
            return Err(format!(
                "{:?} {}: the model says {wanted:?}, the service {} {}",
                call.by, call.path, real.status, real.text
            ));
        }
        if !ends(&dry, [200, 200]) {
            return Err(format!(
                "{:?} {}: it ends with {}, and tried with {} {}",
                call.by, call.path, real.status, dry.status, dry.text
            ));
        }
        if wanted.is_err() {
            let same = before == after;
            return if same {
                Ok((real.status, code))
            } else {
                Err(format!("{}: what was refused changes something", call.path))
            };
        }
        if call.path == "/v1/rotations" {
            self.cases.push(real.str("/id").to_owned());
        }
        if call.path.ends_with("/compensate") {
            self.cases.push(real.str("/compensated_by/id").to_owned());
        }
        let auditor = self.client_named("auditor", crate::support::PASSWORD);
        let entries = auditor.get("/v1/audit/entries?outcome=done&limit=20").expect(200);
        let entries: Vec<&Value> = entries.rows().iter().filter(|row| row["request_id"] == *request).collect();
        let [entry] = entries.as_slice() else { return Err(format!("{}: {} audit entries", call.path, entries.len())) };
        let (tried, done) = (told(&dry.body["effects"]), told(&entry["detail"]["effects"]));
        if tried != done || tried.is_empty() {
            return Err(format!("{}: tried {tried:#?}, done {done:#?}", call.path));
        }
        Ok((real.status, code))
    }
}

//! The model and the service side by side: each step is called over HTTP and done in the model, and both must agree.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;

use canbo::platform::App;
use canbo::platform::db::Db;
use canbo::platform::id::Ids;
use chrono::NaiveDate;
use reqwest::Method;
use serde_json::{Value, json};

use super::state::{
    Case, Course, From, Model, Move, OUTCOMES, Person, Refusal, Seat, Step, Wanted, Who, after, beginning,
};
use crate::support::fixtures::{Office, transfer};
use crate::support::{Answer, Client, TODAY, TestApp, database, day};

const PASSWORD: &str = "mot mat khau dai";

/// A service in which programs run one after the other, each in two communes that no other has used.
pub struct Province {
    app: TestApp,
    runtime: tokio::runtime::Runtime,
    calendar: App,
    communes: Vec<String>,
    title: String,
    programme: String,
    /// Ids of accounts and clients, and the secrets of the latter.
    callers: BTreeMap<Caller, (String, String)>,
    serial: usize,
}

/// Whom the driver signs in: who acts in the programs, and who keeps training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    One(Who),
    Trainer,
}

impl Caller {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase().replace(['(', ')'], "-").trim_matches('-').to_owned()
    }

    fn is_system(self) -> bool {
        matches!(self, Self::Trainer | Self::One(Who::Officer | Who::Machine))
    }

    fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Trainer => &["training_officer"],
            Self::One(Who::Officer) => &["organisation_officer"],
            Self::One(Who::Decider | Who::Local | Who::Stranger) => &["decider"],
            Self::One(_) => &["organisation_officer", "decider"],
        }
    }
}

impl Province {
    pub fn new() -> Self {
        let app = TestApp::start();
        let office = Office::new(&app);
        let administrator = app.sign_in("administrator");
        let programme =
            json!({"code": "MODEL", "name": "Lớp thử", "kind": "political_theory", "level": "intermediate"});
        let programme = app.sign_in("training_officer").post("/v1/programmes", &programme).expect(201);
        let communes = office.officer.get("/v1/units?kind=commune&limit=200").expect(200);
        let communes = communes.rows().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        let mut callers = BTreeMap::new();
        for caller in Who::ALL.map(Caller::One).into_iter().chain([Caller::Trainer]) {
            let name = caller.name();
            let known = if caller.is_system() {
                let made = administrator.post("/v1/clients", &json!({"client_id": name, "name": name})).expect(201);
                (made.str("/client/id").to_owned(), made.str("/client_secret").to_owned())
            } else {
                let body = json!({"user_name": name, "display_name": name, "password": PASSWORD});
                (administrator.post("/v1/accounts", &body).expect(201).str("/id").to_owned(), String::new())
            };
            callers.insert(caller, known);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (settings, clock) = (database::settings(&app.database), app.clock.clone());
        let calendar = runtime
            .block_on(async { canbo::app::unserved(Db::new(&settings, clock, Ids::random()).unwrap()).unwrap() });
        let title = office.title("model_title", "commune");
        Self { app, runtime, calendar, communes, title, programme: programme.str("/id").to_owned(), callers, serial: 0 }
    }

    /// Whether there are two communes left, and one for the stranger.
    pub fn has_room(&self) -> bool {
        self.communes.len() > 2
    }

    /// The next two communes, with two people, three seats and two courses in them; everybody has their roles there alone.
    pub fn universe(&mut self) -> Universe<'_> {
        let today = day(TODAY);
        self.app.clock.set_day(today);
        self.serial += 1;
        let units = [self.communes.pop().unwrap(), self.communes.pop().unwrap()];
        let mut sql =
            "UPDATE grants SET ended_at = now() WHERE ended_at IS NULL AND role <> 'administrator';".to_owned();
        for (caller, (id, _)) in &self.callers {
            let places = match caller {
                Caller::One(Who::Stranger) => &self.communes[..1],
                Caller::One(Who::Local) => &units[..1],
                _ => &units[..],
            };
            let column = if caller.is_system() { "client_id" } else { "account_id" };
            for (role, unit) in caller.roles().iter().flat_map(|role| places.iter().map(move |unit| (role, unit))) {
                write!(
                    sql,
                    "INSERT INTO grants (id, {column}, role, unit_id, during, created_at) \
                     VALUES (gen_random_uuid(), '{id}', '{role}', '{unit}', '[2015-01-01,)', now());"
                )
                .unwrap();
            }
        }
        self.app.execute(&sql);
        let model = Model {
            today,
            people: Vec::new(),
            seats: Vec::new(),
            held: Vec::new(),
            cases: Vec::new(),
            courses: Vec::new(),
            enrolments: Vec::new(),
        };
        let mut universe = Universe {
            province: self,
            units,
            model,
            clients: RefCell::default(),
            people: Vec::new(),
            seats: Vec::new(),
            cases: Vec::new(),
            courses: Vec::new(),
            enrolments: Vec::new(),
        };
        universe.person(0);
        universe.person(1);
        let own = format!(
            "UPDATE accounts SET cadre_id = '{}' WHERE user_name = '{}'",
            universe.people[0],
            Caller::One(Who::Oneself).name()
        );
        universe.province.app.execute(&own);
        for (unit, full_time) in [(0, true), (1, true), (0, false)] {
            universe.seat(unit, full_time);
        }
        universe.course(3, 30);
        universe.course(1, 300);
        universe
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
    pub(super) units: [String; 2],
    pub(super) model: Model,
    clients: RefCell<BTreeMap<Caller, Client>>,
    pub(super) people: Vec<String>,
    pub(super) seats: Vec<String>,
    pub(super) cases: Vec<String>,
    pub(super) courses: Vec<String>,
    pub(super) enrolments: Vec<String>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub step: &'static str,
    pub status: u16,
}

fn tag(version: i32, stale: bool) -> String {
    format!("\"{}-0000000000000000\"", if stale { version - 1 } else { version })
}

impl Universe<'_> {
    /// A caller with a token that is good today.
    fn client(&self, caller: Caller) -> Client {
        let sign_in = || {
            let (_, secret) = &self.province.callers[&caller];
            let anonymous = self.province.app.anonymous();
            if !caller.is_system() {
                return anonymous.signed_in(&caller.name(), PASSWORD);
            }
            let form = [("grant_type", "client_credentials")];
            let token =
                anonymous.request(Method::POST, "/oauth/token").basic_auth(caller.name(), Some(secret)).form(&form);
            anonymous.with_token(Answer::of(token).expect(200).str("/access_token"))
        };
        self.clients.borrow_mut().entry(caller).or_insert_with(sign_in).clone()
    }

    pub(super) fn by(&self, who: Who) -> Client {
        self.client(Caller::One(who))
    }

    /// Who keeps people and seats, and reads everything.
    pub(super) fn officer(&self) -> Client {
        self.by(Who::Officer)
    }

    fn person(&mut self, unit: usize) -> Answer {
        let body = json!({"full_name": format!("Lò Văn Số {}", self.people.len()), "sex": "female", "born_on": "1985-05-04",
            "ethnic_group": "thai", "unit_id": self.units[unit]});
        let made = self.officer().post("/v1/cadres", &body).expect(201);
        self.people.push(made.str("/id").to_owned());
        self.model.people.push(Person { unit, active: true, version: 1 });
        made
    }

    fn seat(&mut self, unit: usize, full_time: bool) -> Answer {
        let body = json!({"title_id": self.province.title, "unit_id": self.units[unit], "from": beginning(), "full_time": full_time});
        let made = self.officer().post("/v1/posts", &body).expect(201);
        self.seats.push(made.str("/id").to_owned());
        self.model.seats.push(Seat { unit, full_time, to: None, version: 1 });
        made
    }

    fn course(&mut self, seats: usize, days: i64) {
        let last = after(self.model.today, days);
        let code = format!("MODEL-{}-{}", self.province.serial, self.courses.len());
        let body = json!({"programme_id": self.province.programme, "code": code, "name": code, "institution": "Trường", "unit_id": self.units[0],
            "from": after(self.model.today, -10), "to": last, "seats": seats});
        self.courses.push(self.client(Caller::Trainer).post("/v1/courses", &body).expect(201).str("/id").to_owned());
        self.model.courses.push(Course { seats, last });
    }

    /// Who is meant, which seats: numbers of what there is.
    fn moves(&self, wanted: &[Wanted], day: NaiveDate) -> Vec<Move> {
        let model = &self.model;
        let step = |wanted: &Wanted| {
            let person = wanted.person % model.people.len();
            let from = match wanted.from {
                From::Nothing => None,
                From::Seat(seat) => Some(seat % model.seats.len()),
                From::Held(which) => {
                    let held: Vec<usize> = model
                        .held
                        .iter()
                        .filter(|held| held.person == person && held.on(after(day, -1)))
                        .map(|held| held.seat)
                        .collect();
                    held.get(which % held.len().max(1)).copied()
                }
            };
            Move { person, from, to: wanted.to % model.seats.len() }
        };
        wanted.iter().map(step).collect()
    }

    /// Decides or withdraws a case.
    fn act(&mut self, by: Who, case: usize, stale: bool, decide: bool) -> (&'static str, Answer, Result<(), Refusal>) {
        let model = &mut self.model;
        let case = case % model.cases.len();
        let Case { version, day, .. } = model.cases[case];
        let (action, body) = if decide {
            let decided_on = model.today.min(day);
            ("decide", json!({"decision_number": "1-QĐ", "decision_issuer": "Ban", "decided_on": decided_on}))
        } else {
            ("withdraw", json!({"reason": "x"}))
        };
        let wanted = if decide { model.decide(by, case, stale) } else { model.withdraw(by, case, stale) };
        let path = format!("/v1/rotations/{}/{action}", self.cases[case]);
        (action, self.by(by).act(&path, &tag(version, stale), &body), wanted)
    }

    /// Does one step in both; `None` where there is nothing yet to do it to. What they disagree in is the error.
    pub fn step(&mut self, step: &Step) -> Result<Option<Told>, String> {
        // Time goes on: what was recorded when is an order.
        let clock = &self.province.app.clock;
        clock.set(clock.now() + chrono::TimeDelta::milliseconds(1));
        let model = &mut self.model;
        let today = model.today;
        let (name, answer, wanted): (_, Answer, Result<(), Refusal>) = match step {
            Step::Person { unit } => ("person", self.person(unit % 2), Ok(())),
            Step::Seat { unit, full_time } => ("seat", self.seat(unit % 2, *full_time), Ok(())),
            Step::Appoint { person, seat, ago, length } => {
                let (person, seat) = (person % model.people.len(), seat % model.seats.len());
                let from = after(today, -ago);
                let last = length.map(|days| after(from, days.try_into().unwrap()));
                let wanted = model.appoint(person, seat, from, last.map(|last| after(last, 1)));
                let body = json!({"post_id": self.seats[seat], "from": from, "to": last, "basis": "appointed"});
                let path = format!("/v1/cadres/{}/appointments", self.people[person]);
                ("appoint", self.officer().post(&path, &body), wanted)
            }
            Step::Prepare { by, unit, moves, days } => {
                let day = after(today, *days);
                let moves = self.moves(moves, day);
                let wanted = self.model.prepare(*by, unit % 2, moves.clone(), day);
                let seat = |seat: usize| self.seats[seat].as_str();
                let moves: Vec<Value> = moves
                    .iter()
                    .map(|step| transfer(&self.people[step.person], step.from.map(seat), seat(step.to)))
                    .collect();
                let body = json!({"subject": "Điều động", "effective_from": day, "moves": moves, "unit_id": self.units[unit % 2]});
                let answer = self.by(*by).post("/v1/rotations", &body);
                if answer.status == 201 {
                    self.cases.push(answer.str("/id").to_owned());
                }
                ("prepare", answer, wanted)
            }
            Step::Decide { .. } | Step::Withdraw { .. } if model.cases.is_empty() => return Ok(None),
            Step::Decide { by, case, stale } => self.act(*by, *case, *stale, true),
            Step::Withdraw { by, case, stale } => self.act(*by, *case, *stale, false),
            Step::Enrol { course, people } => {
                let course = course % model.courses.len();
                let people: Vec<usize> = people.iter().map(|person| person % model.people.len()).collect();
                let wanted = model.enrol(course, &people);
                let ids: Vec<&String> = people.iter().map(|person| &self.people[*person]).collect();
                let path = format!("/v1/courses/{}/enrolments", self.courses[course]);
                let answer = self.client(Caller::Trainer).post(&path, &json!({"cadre_ids": ids}));
                if answer.status == 201 {
                    self.enrolments.extend(answer.rows().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
                }
                ("enrol", answer, wanted)
            }
            Step::Result { enrolment, outcome, stale } => {
                if model.enrolments.is_empty() {
                    return Ok(None);
                }
                let (enrolment, outcome) = (enrolment % model.enrolments.len(), outcome % OUTCOMES.len());
                let version = model.enrolments[enrolment].version;
                let wanted = model.record(enrolment, outcome, *stale);
                let path = format!("/v1/enrolments/{}/record-result", self.enrolments[enrolment]);
                let body = json!({"outcome": OUTCOMES[outcome], "result_on": today});
                ("result", self.client(Caller::Trainer).act(&path, &tag(version, *stale), &body), wanted)
            }
            Step::Status { person, active } => {
                let person = person % model.people.len();
                let wanted = model.set_status(person, *active);
                let body = json!({"status": if *active { "active" } else { "retired" }});
                ("status", self.officer().patch(&format!("/v1/cadres/{}", self.people[person]), "*", &body), wanted)
            }
            Step::EndSeat { seat, days } => {
                let seat = seat % model.seats.len();
                let last = days.map(|days| after(today, days.try_into().unwrap()));
                let wanted = model.end_seat(seat, last.map(|last| after(last, 1)));
                (
                    "end seat",
                    self.officer().patch(&format!("/v1/posts/{}", self.seats[seat]), "*", &json!({"to": last})),
                    wanted,
                )
            }
            Step::Advance { days } => {
                model.advance(*days);
                let today = model.today;
                self.province.app.clock.set_day(today);
                self.clients.borrow_mut().clear();
                self.province.runtime.block_on(canbo::rotations::take_due_effects(&self.province.calendar)).unwrap();
                return Ok(Some(Told { step: "advance", status: 200 }));
            }
        };
        let agreed = match wanted {
            Ok(()) => answer.status < 300,
            Err(refusal) => answer.status == refusal,
        };
        if agreed {
            return Ok(Some(Told { step: name, status: answer.status }));
        }
        Err(format!("{name}: the model says {wanted:?}, the service {} {}", answer.status, answer.text))
    }
}

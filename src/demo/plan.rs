//! What the demo province consists of and what happens in it, as plain values. Words such as kinds, bases and states are
//! those of the schema, so that whoever loads the plan turns them into values of the rooms.
//!
//! The order of [`Plan::steps`] is the order in which they can be carried out: every step fits the state that the steps
//! before it leave. A case moves its people by itself, so no appointment and no end repeats what it does; the concurrent
//! seats that its people give up and take are steps of their own around it.

mod accounts;
mod calendar;
mod cases;
mod chance;
mod courses;
mod files;
mod people;
mod plannings;
mod reform;
mod replay;
mod seats;
mod staffing;
mod story;
mod training;
mod world;

#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

pub use self::files::{PlannedFact, PlannedFiles};
pub use self::replay::{Spell, Spells};
use crate::organisations::founding::{BadData, Founding};
use crate::platform::period::Period;

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    /// An embedded file is wrong.
    #[error(transparent)]
    Data(#[from] BadData),
    /// The founding lacks a seat that the story needs.
    #[error("no seat {0}")]
    NoSeat(String),
    /// Too few people of the story's district for the passes that its reports must show.
    #[error("{missing} passes short of the total for {what}")]
    TooFew {
        /// Which total.
        what: &'static str,
        /// How many.
        missing: usize,
    },
}

/// Number of a post: its place in [`Plan::posts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PostNo(pub usize);

/// Number of a person: their place in [`Plan::people`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PersonNo(pub usize);

/// The demo province from its first day to its last.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// What it was made from.
    pub seed: u64,
    /// 1 January 2015; what began before is dated before.
    pub first_day: NaiveDate,
    /// 31 October 2026, the last day on which something happens.
    pub last_day: NaiveDate,
    /// The titles of `data/titles.csv`.
    pub titles: Vec<PlannedTitle>,
    /// Every seat of every body, by number.
    pub posts: Vec<PlannedPost>,
    /// Everybody who ever serves, by number.
    pub people: Vec<PlannedPerson>,
    /// Who is planned for what.
    pub plannings: Vec<PlannedPlanning>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What is taught.
    pub programmes: Vec<PlannedProgramme>,
    /// When and where, with the people who took part.
    pub courses: Vec<PlannedCourse>,
    /// What the files say beside that.
    pub files: PlannedFiles,
    /// Who may sign in.
    pub accounts: Vec<PlannedAccount>,
    /// Which systems may call.
    pub clients: Vec<PlannedClient>,
    /// The person whose career the article tells.
    pub story: PersonNo,
    /// Who votes on cases: leaders of the Party's bodies of the province on the last day.
    pub committee: Vec<PersonNo>,
}

impl Plan {
    /// Whoever has a role in one unit has it in another instead.
    pub fn widen(&mut self, from: &str, to: &'static str) {
        let of_accounts = self.accounts.iter_mut().map(|account| &mut account.unit);
        for unit in of_accounts.chain(self.clients.iter_mut().map(|client| &mut client.unit)) {
            if *unit == from {
                *unit = to;
            }
        }
    }
}

/// A title.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedTitle {
    /// Its code.
    pub code: String,
    /// Vietnamese name.
    pub name_vi: String,
    /// English name.
    pub name_en: String,
    /// party, council, ...
    pub category: String,
    /// province, district, commune.
    pub level: String,
    /// Leader or manager.
    pub leadership: bool,
    /// Within its level, the smaller the higher.
    pub rank_order: i32,
    /// Normally filled by election.
    pub elected: bool,
}

/// A post: one seat.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedPost {
    /// `TITLE:SEAT@UNIT`, unique.
    pub key: String,
    /// Code of the title.
    pub title: String,
    /// Key of the unit in the founding.
    pub unit: String,
    /// Number among the seats of the title in the unit.
    pub seat: i32,
    /// Whether it is its holder's main post.
    pub full_time: bool,
    /// Length of a term.
    pub term_months: Option<i32>,
    /// When the seat exists.
    pub during: Period,
}

/// A person, as the record says when they enter the plan.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedPerson {
    /// Their number.
    pub no: PersonNo,
    /// Family, middle and given name, NFC.
    pub full_name: String,
    /// male, female.
    pub sex: &'static str,
    /// Day of birth.
    pub born_on: NaiveDate,
    /// Code of the ethnic group.
    pub ethnic_group: String,
    /// Code of the religion.
    pub religion: &'static str,
    /// A commune of the province, by its name before July 2025.
    pub native_place: String,
    /// Key of that commune.
    pub native_unit: String,
    /// Twelve digits that agree with sex and year of birth.
    pub personal_number: String,
    /// When recruited.
    pub recruited_on: NaiveDate,
    /// When admitted to the Party.
    pub party_joined_on: Option<NaiveDate>,
    /// Key of the unit of the first post.
    pub unit: String,
    /// What they held when they came; what they learn later comes from courses.
    pub qualifications: Vec<PlannedQualification>,
}

/// A qualification that no course of the plan gave.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedQualification {
    /// degree, political_theory, state_management.
    pub kind: &'static str,
    /// Code of the level in the kind's catalogue.
    pub level: &'static str,
    /// Subject of a degree.
    pub field: Option<&'static str>,
    /// Who awarded it.
    pub institution: &'static str,
    /// When.
    pub obtained_on: NaiveDate,
}

/// An entry of quy hoạch.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedPlanning {
    /// Who.
    pub person: PersonNo,
    /// Code of the title, higher than the one held.
    pub title: String,
    /// One of the terms 2015-2020, 2020-2025, 2025-2030, from the day of the decision on.
    pub during: Period,
    /// The decision.
    pub decision_number: String,
}

/// Something that happens on a day.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// When: the first day of what begins, the day AFTER the last of what ends.
    pub day: NaiveDate,
    /// What.
    pub what: Happening,
}

/// What happens.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// A person takes a seat by an ordinary decision.
    Appoint {
        /// Who.
        person: PersonNo,
        /// Which seat.
        post: PostNo,
        /// appointed, designated, elected, assigned.
        basis: &'static str,
        /// The decision.
        decision_number: String,
        /// Its day.
        decided_on: NaiveDate,
    },
    /// A person gives up a seat.
    End {
        /// Who.
        person: PersonNo,
        /// Which seat.
        post: PostNo,
        /// reassigned, retired, left, deceased, post_ended, secondment_ended.
        reason: &'static str,
    },
    /// A person leaves service, after the ends of all their seats.
    Leave {
        /// Who.
        person: PersonNo,
        /// retired, left, deceased.
        status: &'static str,
    },
    /// A case: its moves end what they leave and open what they enter.
    Case(PlannedCase),
}

/// A case of rotation, transfer or secondment.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedCase {
    /// Its number, unique.
    pub number: String,
    /// five_steps, agreement, direct.
    pub procedure: &'static str,
    /// What it is about.
    pub subject: String,
    /// Key of the unit that prepares it: the province or a district.
    pub unit: String,
    /// Number of the decision, where there is one.
    pub decision_number: Option<String>,
    /// Who decides.
    pub decision_issuer: &'static str,
    /// Day of the decision, not after the step's day.
    pub decided_on: Option<NaiveDate>,
    /// First day of the new posts. The step's day, where the case takes effect within the plan.
    pub effective_from: NaiveDate,
    /// How far it gets: a state of its procedure. Only the effective ones change anything.
    pub state: &'static str,
    /// The linked moves, all at once.
    pub moves: Vec<PlannedMove>,
}

/// One person's part in a case.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedMove {
    /// Who.
    pub person: PersonNo,
    /// rotation, transfer, secondment.
    pub kind: &'static str,
    /// down, up, sideways: as the levels of the titles say.
    pub direction: &'static str,
    /// The seat left.
    pub from: PostNo,
    /// The seat entered.
    pub to: PostNo,
    /// Last day expected there, for rotations and secondments.
    pub expected_end_on: Option<NaiveDate>,
    /// Why.
    pub reason: &'static str,
}

/// A programme.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedProgramme {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Kind of training.
    pub kind: &'static str,
    /// The level that a pass gives.
    pub level: &'static str,
}

/// A course with its people.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedCourse {
    /// Its code.
    pub code: String,
    /// Code of the programme.
    pub programme: &'static str,
    /// Its name.
    pub name: String,
    /// Where it is taught.
    pub institution: String,
    /// Key of the unit that opens it.
    pub unit: String,
    /// From the first to the last day of teaching.
    pub during: Period,
    /// How many it takes.
    pub seats: i32,
    /// Who took part.
    pub enrolments: Vec<PlannedEnrolment>,
}

/// One person on a course.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedEnrolment {
    /// Who.
    pub person: PersonNo,
    /// When enrolled: the first day of the course or shortly before.
    pub enrolled_on: NaiveDate,
    /// enrolled, passed, failed, withdrawn.
    pub state: &'static str,
    /// When it ended, unless still enrolled.
    pub result_on: Option<NaiveDate>,
    /// Number of the certificate of those who passed.
    pub certificate_number: Option<String>,
    /// Why those withdrew who did.
    pub reason: Option<&'static str>,
}

/// An account with its grant.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedAccount {
    /// The role, which is the user name too.
    pub role: &'static str,
    /// Shown name.
    pub display_name: &'static str,
    /// Key of the unit where the grant is held.
    pub unit: &'static str,
    /// First day of the grant.
    pub since: NaiveDate,
    /// The cadre who signs in, where it is one.
    pub person: Option<PersonNo>,
}

/// A system with its grant.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedClient {
    /// Its id for client credentials.
    pub client_id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The role.
    pub role: &'static str,
    /// Key of the unit where the grant is held.
    pub unit: &'static str,
    /// First day of the grant.
    pub since: NaiveDate,
}

/// The demo province of a seed.
pub fn plan(seed: u64, founding: &Founding) -> Result<Plan, PlanFault> {
    let seats::Catalogue { titles, posts, seats } = seats::catalogue(founding)?;
    let (first_day, last_day) = (calendar::FIRST_DAY, calendar::LAST_DAY);
    let mut world = world::World::new(seed, founding, &seats)?;
    let story = story::found(&mut world)?;
    staffing::found(&mut world);
    for month in calendar::months(first_day, last_day) {
        staffing::departures(&mut world, month);
        reform::reorganise(&mut world, story, month);
        cases::returns(&mut world, month);
        story::proceed(&mut world, story, month)?;
        if !calendar::frozen(month) {
            staffing::fill(&mut world, month);
        }
        staffing::concurrent(&mut world, month);
        let middle = month.with_day(15).unwrap_or(month);
        story::proceed(&mut world, story, middle)?;
        if !calendar::frozen(month) {
            cases::month(&mut world, middle);
        }
        staffing::concurrent(&mut world, middle);
    }
    cases::pending(&mut world, last_day);
    world.steps.sort_by_key(|step| step.day);
    let spells = replay::spells(&world.steps);
    plannings::complete(&mut world, &spells);
    let (programmes, courses) = training::training(&mut world, &spells)?;
    let files = files::files(&mut world, &spells);
    let world::World { people, plannings, steps, .. } = world;
    let (accounts, clients) = accounts::accounts(story);
    let committee = committee(&titles, &posts, &spells, last_day);
    Ok(Plan {
        seed,
        first_day,
        last_day,
        titles,
        posts,
        people,
        plannings,
        steps,
        programmes,
        courses,
        files,
        accounts,
        clients,
        story,
        committee,
    })
}

/// Members of a committee of the demo province.
const MEMBERS: usize = 7;

/// Those who hold the highest leading posts of the Party in the province on a day.
fn committee(titles: &[PlannedTitle], posts: &[PlannedPost], spells: &Spells, on: NaiveDate) -> Vec<PersonNo> {
    let of_party = |title: &&PlannedTitle| title.category == "party" && title.level == "province" && title.leadership;
    let ranks: std::collections::BTreeMap<&str, i32> =
        titles.iter().filter(of_party).map(|title| (title.code.as_str(), title.rank_order)).collect();
    let held = spells.iter().flat_map(|(person, spells)| spells.iter().map(move |spell| (*person, spell)));
    let led = held.filter(|(_, spell)| spell.holds(on)).filter_map(|(person, spell)| {
        let rank = ranks.get(posts.get(spell.post.0)?.title.as_str())?;
        Some((*rank, spell.post, person))
    });
    let led: std::collections::BTreeSet<(i32, PostNo, PersonNo)> = led.collect();
    let mut members: Vec<PersonNo> = Vec::new();
    for (_, _, person) in led {
        if members.len() < MEMBERS && !members.contains(&person) {
            members.push(person);
        }
    }
    members
}

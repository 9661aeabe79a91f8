//! Loads the plan through the services, as a caller would, in the order of its days.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::plan::{Happening, PersonNo, Plan, PlannedFact, PlannedPerson, PostNo};
use super::zones::zones;
use crate::cadres::{
    self, CadreId, CadreProposal, CadreStatus, Closing, CorrectionProposal, Examined, FileState, InitialAppointment,
    InitialQualification, PersonalData, ProposalEvidence, QualificationKind, RecordField, Sex,
};
use crate::identity::model::{AccountId, Holder, LoginName, Role};
use crate::identity::{self, AccountProposal, Caller, ClientProposal, GrantProposal};
use crate::organisations::founding::BadData;
use crate::organisations::model::UnitId;
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::period::Period;
use crate::posts::{self, Basis, NewPostRow, PostId, TitleId};
use crate::training::{
    self, NewCourseRow, NewProgrammeRow, ResultProposal, TrainingKind, TrainingOutcome, TrainingResult,
};

/// Password of every demo account.
pub const PASSWORD: &str = "canbo-demo";
/// Secret of every demo client.
pub const CLIENT_SECRET: &str = "canbo-demo-system-secret";
/// People, enrolments and results of one change: several statements each, well within their time limits.
const BATCH: usize = 500;
/// Entries of files of one change: one statement.
const ENTRIES: usize = 2000;

/// A plan that the services refuse, or that names what is not there.
#[derive(Debug, thiserror::Error)]
pub enum LoadFault {
    /// The plan names something that it does not have.
    #[error("the plan names {0}, which is not there")]
    Missing(String),
    /// A file of the demo says what cannot be.
    #[error("{0}")]
    Data(#[from] BadData),
    /// A service refused.
    #[error("{0}")]
    Refused(#[from] crate::platform::error::Error),
}

pub(super) type Result<T> = std::result::Result<T, LoadFault>;

pub(super) fn missing(what: impl Into<String>) -> LoadFault {
    LoadFault::Missing(what.into())
}

/// Loads a plan into a founded province.
pub async fn load(app: &App, plan: &Plan, units: &BTreeMap<String, UnitId>, progress: &dyn Fn(&str)) -> Result<()> {
    let mut loader = Loader {
        app,
        plan,
        units,
        titles: posts::titles_by_code(app).await?,
        posts: Vec::new(),
        people: Vec::new(),
        accounts: BTreeMap::new(),
        pending: BTreeMap::new(),
        closings: Vec::new(),
        ended: Vec::new(),
        system: Caller::system("demo"),
    };
    progress(&format!("  {} posts", plan.posts.len()));
    loader.posts().await?;
    zones(app, &loader.system, units).await?;
    progress(&format!("  {} people", plan.people.len()));
    loader.people().await?;
    loader.accounts().await?;
    progress(&format!("  {} steps of careers and cases since {}", plan.steps.len(), plan.first_day));
    loader.steps().await?;
    progress(&format!("  {} courses", plan.courses.len()));
    loader.training().await?;
    progress("  what their files say");
    loader.files().await?;
    loader.settle().await?;
    loader.proposal().await
}

pub(super) struct Loader<'a> {
    pub(super) app: &'a App,
    pub(super) plan: &'a Plan,
    units: &'a BTreeMap<String, UnitId>,
    titles: BTreeMap<String, TitleId>,
    posts: Vec<PostId>,
    people: Vec<CadreId>,
    accounts: BTreeMap<&'static str, AccountId>,
    /// Appointments that began and are not written yet: written before the next case, with their end where it is known.
    pending: BTreeMap<(PersonNo, PostNo), InitialAppointment>,
    /// Ends of appointments that are written.
    closings: Vec<Closing>,
    /// Appointments that began and ended since the last case.
    ended: Vec<(CadreId, InitialAppointment)>,
    pub(super) system: Caller,
}

impl Loader<'_> {
    pub(super) fn unit(&self, key: &str) -> Result<Uuid> {
        self.units.get(key).map(|unit| unit.0).ok_or_else(|| missing(key))
    }

    fn title(&self, code: &str) -> Result<TitleId> {
        self.titles.get(code).copied().ok_or_else(|| missing(code))
    }

    pub(super) fn post(&self, no: PostNo) -> Result<PostId> {
        self.posts.get(no.0).copied().ok_or_else(|| missing(format!("post {}", no.0)))
    }

    pub(super) fn person(&self, no: PersonNo) -> Result<CadreId> {
        self.people.get(no.0).copied().ok_or_else(|| missing(format!("person {}", no.0)))
    }

    pub(super) fn account(&self, role: &'static str) -> Result<AccountId> {
        self.accounts.get(role).copied().ok_or_else(|| missing(role))
    }

    async fn posts(&mut self) -> Result<()> {
        let rows = self
            .plan
            .posts
            .iter()
            .map(|post| {
                Ok(NewPostRow {
                    title_id: self.title(&post.title)?,
                    unit_id: self.unit(&post.unit)?,
                    seat: Some(post.seat),
                    full_time: post.full_time,
                    term_months: post.term_months,
                    during: post.during,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        self.posts = posts::create_posts(self.app, &self.system, &rows).await?.value;
        Ok(())
    }

    async fn people(&mut self) -> Result<()> {
        let mut plannings: BTreeMap<PersonNo, Vec<(TitleId, Period)>> = BTreeMap::new();
        for planning in &self.plan.plannings {
            plannings.entry(planning.person).or_default().push((self.title(&planning.title)?, planning.during));
        }
        for batch in self.plan.people.chunks(BATCH) {
            let proposals = batch
                .iter()
                .map(|person| {
                    let (unit_id, native) = (self.unit(&person.unit)?, self.unit(&person.native_unit)?);
                    let plannings = plannings.remove(&person.no).unwrap_or_default();
                    Ok(CadreProposal { plannings, appointments: Vec::new(), ..proposal(person, unit_id, native)? })
                })
                .collect::<Result<Vec<_>>>()?;
            self.people.extend(cadres::register(self.app, &self.system, &proposals).await?.value);
        }
        Ok(())
    }

    async fn accounts(&mut self) -> Result<()> {
        for account in &self.plan.accounts {
            let proposal = AccountProposal {
                user_name: login_name(account.role)?,
                display_name: account.display_name.to_owned(),
                password: Some(Secret::new(PASSWORD)),
                cadre_id: account.person.map(|person| self.person(person)).transpose()?.map(|cadre| cadre.0),
            };
            let made = identity::create_account(self.app, &self.system, &proposal).await?.value.account;
            self.accounts.insert(account.role, made.id);
            self.grant(Holder::Account(made.id), account.role, account.unit, account.since).await?;
        }
        for client in &self.plan.clients {
            let proposal = ClientProposal {
                client_id: login_name(client.client_id)?,
                name: client.name.to_owned(),
                allowed_scope: None,
                gets_tokens: true,
                secret: CLIENT_SECRET.to_owned(),
            };
            let made = identity::create_client(self.app, &self.system, &proposal).await?.value;
            self.grant(Holder::Client(made.client.id), client.role, client.unit, client.since).await?;
        }
        Ok(())
    }

    async fn grant(&self, holder: Holder, role: &str, unit: &str, since: NaiveDate) -> Result<()> {
        let role = Role::of(role).ok_or_else(|| missing(role))?;
        let grant = GrantProposal { holder, role, unit_id: self.unit(unit)?, during: Period::since(since) };
        identity::create_grant(self.app, &self.system, &grant).await?;
        Ok(())
    }

    async fn steps(&mut self) -> Result<()> {
        for step in &self.plan.steps {
            match &step.what {
                Happening::Appoint { person, post, basis, decision_number, decided_on } => {
                    let planned = self.plan.posts.get(post.0).ok_or_else(|| missing(format!("post {}", post.0)))?;
                    let during = Period::new(Some(step.day), planned.during.to()).map_err(|_| missing(&planned.key))?;
                    let held = InitialAppointment {
                        post_id: self.post(*post)?,
                        during,
                        full_time: Some(planned.full_time),
                        basis: Basis::of(basis).ok_or_else(|| missing(*basis))?,
                        decision_number: Some(decision_number.clone()),
                        decided_on: Some(*decided_on),
                        special_case: false,
                    };
                    self.pending.insert((*person, *post), held);
                }
                Happening::End { person, post, reason } => self.end(*person, *post, step.day, reason)?,
                Happening::Leave { .. } => {}
                Happening::Case(case) => {
                    self.flush().await?;
                    self.case(case).await?;
                }
            }
        }
        self.flush().await
    }

    fn end(&mut self, person: PersonNo, post: PostNo, day: NaiveDate, reason: &str) -> Result<()> {
        let planned = self.plan.posts.get(post.0).ok_or_else(|| missing(format!("post {}", post.0)))?;
        if planned.during.to() == Some(day) {
            // The appointment ends with its post already.
            return Ok(());
        }
        if let Some(held) = self.pending.get_mut(&(person, post)) {
            held.during = held.during.ending(day).map_err(|_| missing(&planned.key))?;
            let held = held.clone();
            // Somebody, or the same person, may take the seat again before the next case.
            self.pending.remove(&(person, post));
            self.ended.push((self.person(person)?, held));
            return Ok(());
        }
        self.closings.push(Closing {
            cadre_id: self.person(person)?,
            post_id: self.post(post)?,
            before: day,
            reason: reason.to_owned(),
        });
        Ok(())
    }

    /// Writes what has gathered.
    async fn flush(&mut self) -> Result<()> {
        let mut openings = std::mem::take(&mut self.ended);
        for ((person, _), held) in std::mem::take(&mut self.pending) {
            openings.push((self.person(person)?, held));
        }
        if openings.is_empty() && self.closings.is_empty() {
            return Ok(());
        }
        let closings = std::mem::take(&mut self.closings);
        cadres::record_careers(self.app, &self.system, &closings, &openings).await?;
        Ok(())
    }

    async fn training(&self) -> Result<()> {
        let rows = self
            .plan
            .programmes
            .iter()
            .map(|row| {
                Ok(NewProgrammeRow {
                    code: row.code.to_owned(),
                    name: row.name.to_owned(),
                    kind: TrainingKind::of(row.kind).ok_or_else(|| missing(row.kind))?,
                    level: row.level.to_owned(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let ids = training::create_programmes(self.app, &self.system, &rows).await?.value;
        let programmes: BTreeMap<&str, _> = self.plan.programmes.iter().map(|row| row.code).zip(ids).collect();
        let rows = self
            .plan
            .courses
            .iter()
            .map(|row| {
                Ok(NewCourseRow {
                    programme_id: programmes.get(row.programme).copied().ok_or_else(|| missing(row.programme))?,
                    code: row.code.clone(),
                    name: row.name.clone(),
                    institution: row.institution.clone(),
                    unit_id: self.unit(&row.unit)?,
                    during: row.during,
                    seats: row.seats,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let courses = training::create_courses(self.app, &self.system, &rows).await?.value;
        let mut enrolments = Vec::new();
        for (course, planned) in courses.into_iter().zip(&self.plan.courses) {
            for enrolment in &planned.enrolments {
                enrolments.push(((course, self.person(enrolment.person)?, enrolment.enrolled_on), enrolment));
            }
        }
        // In the order of their results, so that nobody has a level before the one below it.
        enrolments.sort_by_key(|(_, planned)| (planned.result_on.is_none(), planned.result_on));
        for batch in enrolments.chunks(BATCH) {
            let rows: Vec<_> = batch.iter().map(|(row, _)| *row).collect();
            let ids = training::enrol_many(self.app, &self.system, &rows).await?.value;
            let mut results = Vec::new();
            for (enrolment_id, (_, planned)) in ids.into_iter().zip(batch) {
                let Some(result_on) = planned.result_on else { continue };
                let outcome = TrainingOutcome::of(planned.state).ok_or_else(|| missing(planned.state))?;
                let (certificate_number, reason) =
                    (planned.certificate_number.clone(), planned.reason.map(str::to_owned));
                results.push(ResultProposal {
                    enrolment_id,
                    result: TrainingResult { outcome, result_on, certificate_number, reason },
                });
            }
            if !results.is_empty() {
                training::record_results(self.app, &self.system, &results).await?;
            }
        }
        Ok(())
    }

    async fn files(&self) -> Result<()> {
        let files = &self.plan.files;
        self.entries(&files.assessments).await?;
        self.entries(&files.ranks).await?;
        self.entries(&files.memberships).await?;
        self.entries(&files.rewards).await?;
        self.entries(&files.disciplines).await?;
        self.entries(&files.health_certificates).await?;
        self.entries(&files.relatives).await
    }

    async fn entries<C: Examined>(&self, planned: &[PlannedFact<C>]) -> Result<()> {
        for batch in planned.chunks(ENTRIES) {
            let rows = batch
                .iter()
                .map(|fact| Ok((self.person(fact.person)?, fact.content.clone(), fact.source.clone())))
                .collect::<Result<Vec<_>>>()?;
            cadres::record_facts(self.app, &self.system, &rows).await?;
        }
        Ok(())
    }

    /// Files stand where their full-time post is, or was last.
    async fn settle(&self) -> Result<()> {
        let mut states: BTreeMap<PersonNo, (Uuid, CadreStatus)> = BTreeMap::new();
        for person in &self.plan.people {
            states.insert(person.no, (self.unit(&person.unit)?, CadreStatus::Active));
        }
        let mut stand = |person: PersonNo, post: PostNo| -> Result<()> {
            let planned = self.plan.posts.get(post.0).ok_or_else(|| missing(format!("post {}", post.0)))?;
            let unit = self.unit(&planned.unit)?;
            if let Some(state) = states.get_mut(&person).filter(|_| planned.full_time) {
                state.0 = unit;
            }
            Ok(())
        };
        let mut left = Vec::new();
        for step in &self.plan.steps {
            match &step.what {
                Happening::Appoint { person, post, .. } => stand(*person, *post)?,
                Happening::Case(case) if case.state == "effective" => {
                    for step in &case.moves {
                        stand(step.person, step.to)?;
                    }
                }
                Happening::Leave { person, status } => {
                    left.push((*person, CadreStatus::of(status).ok_or_else(|| missing(*status))?));
                }
                Happening::End { .. } | Happening::Case(_) => {}
            }
        }
        for (person, status) in left {
            if let Some(state) = states.get_mut(&person) {
                state.1 = status;
            }
        }
        let states = states
            .into_iter()
            .map(|(person, (unit_id, status))| Ok(FileState { cadre_id: self.person(person)?, unit_id, status }))
            .collect::<Result<Vec<_>>>()?;
        cadres::settle_files(self.app, &self.system, &states).await?;
        Ok(())
    }

    /// Whoever signs in as a cadre waits for a correction of where they come from.
    async fn proposal(&self) -> Result<()> {
        for account in &self.plan.accounts {
            let Some(person) = account.person else { continue };
            let (by, cadre) = (self.account(account.role)?, self.person(person)?);
            let native_place = "Bản Huổi Lèng, xã Na Sang, tỉnh Điện Biên".to_owned();
            let correction = CorrectionProposal {
                fields: vec![(RecordField::NativePlace, Some(native_place))],
                confirm_number_mismatch: false,
                qualifications: Vec::new(),
                reason: "Hồ sơ ghi tên bản cũ".to_owned(),
                evidence: ProposalEvidence {
                    number: "214/TLKH".to_owned(),
                    issuer: "UBND xã Na Sang".to_owned(),
                    issued_on: account.since,
                },
            };
            let caller = self.system.clone().acting_as_person(by.0, cadre.0);
            cadres::propose(self.app, &caller, cadre, &correction).await?;
        }
        Ok(())
    }
}

fn login_name(name: &str) -> Result<LoginName> {
    LoginName::parse("user_name", name).map_err(|_| missing(name))
}

fn proposal(person: &PlannedPerson, unit_id: Uuid, native_unit_id: Uuid) -> Result<CadreProposal> {
    let qualifications = person
        .qualifications
        .iter()
        .map(|one| {
            Ok(InitialQualification {
                kind: QualificationKind::of(one.kind).ok_or_else(|| missing(one.kind))?,
                level: one.level.to_owned(),
                field: one.field.map(str::to_owned),
                institution: Some(one.institution.to_owned()),
                obtained_on: one.obtained_on,
                certificate_number: None,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let data = PersonalData {
        full_name: person.full_name.clone(),
        sex: Sex::of(person.sex).ok_or_else(|| missing(person.sex))?,
        born_on: person.born_on,
        personal_number: Some(person.personal_number.clone()),
        ethnic_group: person.ethnic_group.clone(),
        religion: Some(person.religion.to_owned()),
        native_place: Some(person.native_place.clone()),
        native_unit_id: Some(native_unit_id),
        party_joined_on: person.party_joined_on,
        recruited_on: Some(person.recruited_on),
        status: CadreStatus::Active,
        confirm_number_mismatch: false,
    };
    Ok(CadreProposal {
        person: data,
        unit_id,
        appointments: Vec::new(),
        plannings: Vec::new(),
        qualifications,
        // Invented names meet by chance.
        confirm_duplicate: true,
    })
}

//! The facts that rules of eligibility compare, of any number of people: five statements whatever their number.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Sight;
use super::records::{sex_and_status, visible};
use crate::cadres::model::{
    CadreId, CadreStatus, DecidedRetirement, DisciplineSide, Disciplined, Dossier, FactKind, Learned,
    MemberOrganisation, ParticularTopic, PartyMember, QualificationKind, SensitiveFacts, Tenure, YearClass,
};
use crate::cadres::rules::decided_day;
use crate::organisations::model::UnitId;
use crate::platform::db::Sealed;
use crate::platform::error::{Error, Result};
use crate::platform::period::Period;
use crate::posts::{PostId, TitleId};
use crate::schema::{appointments, cadre_facts, cadres, plannings, posts, qualifications, unit_ancestors};

/// Whose dossiers.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Those of these people.
    People(Vec<CadreId>),
    /// Everybody in service.
    InService {
        /// Whose file is kept by this unit or one below it on the day; none: by any.
        unit: Option<Uuid>,
        /// Planned for this title on the day.
        planned_for: Option<TitleId>,
    },
}

/// What of a file is wanted beside birth, sex, career and plannings: what nothing is held against is not read.
#[derive(Clone, Debug)]
pub struct WantedFacts {
    /// Qualifications of these kinds.
    pub qualifications: Vec<QualificationKind>,
    /// Facts of these kinds: assessments, disciplines, memberships, health certificates, particulars.
    pub facts: Vec<FactKind>,
}

type Chosen = cadres::BoxedQuery<'static, Pg, diesel::sql_types::Uuid>;

/// The people asked for whom the caller may see.
fn chosen(sight: &Sight, whom: &Whom, day: NaiveDate) -> Chosen {
    let mut query = visible(&sight.scope);
    match whom {
        Whom::People(ids) => query = query.filter(cadres::id.eq_any(ids.clone())),
        Whom::InService { unit, planned_for } => {
            query = query.filter(cadres::status.eq(CadreStatus::Active.name()));
            if let Some(unit) = unit {
                let below = unit_ancestors::table
                    .filter(unit_ancestors::ancestor_id.eq(*unit).and(unit_ancestors::during.contains(day)))
                    .select(unit_ancestors::unit_id);
                query = query.filter(cadres::unit_id.eq_any(below));
            }
            if let Some(title) = planned_for {
                let planned = plannings::table
                    .filter(plannings::title_id.eq(*title).and(plannings::superseded_at.is_null()))
                    .filter(plannings::during.contains(day))
                    .select(plannings::cadre_id);
                query = query.filter(cadres::id.eq_any(planned));
            }
        }
    }
    query.select(cadres::id)
}

/// Those of them of whom the caller may see what is sensitive.
fn open(sight: &Sight, whom: &Whom, day: NaiveDate) -> Chosen {
    let own: Vec<Uuid> = sight.own.into_iter().collect();
    chosen(sight, whom, day).filter(cadres::unit_id.eq_any(sight.sensitive.units()).or(cadres::id.eq_any(own)))
}

#[derive(Queryable)]
struct PersonRow {
    id: CadreId,
    born_on: NaiveDate,
    sex: String,
    unit_id: Uuid,
    native_unit_id: Option<UnitId>,
    status: String,
    party_joined_on: Option<NaiveDate>,
    open: bool,
}

impl PersonRow {
    fn dossier(self) -> Result<Dossier> {
        let (sex, status) = sex_and_status(self.id, &self.sex, &self.status)?;
        let open = SensitiveFacts { party_joined_on: self.party_joined_on, ..SensitiveFacts::default() };
        Ok(Dossier {
            cadre_id: self.id,
            born_on: self.born_on,
            sex,
            unit_id: self.unit_id,
            native_unit_id: self.native_unit_id,
            status,
            career: Vec::new(),
            qualifications: Vec::new(),
            planned_for: Vec::new(),
            assessments: Vec::new(),
            decided_retirement: None,
            sensitive: self.open.then_some(open),
        })
    }
}

/// A fact as far as rules compare it: of which kind, when, what it says, and what that depends on.
#[derive(Queryable)]
struct FactRow {
    cadre_id: CadreId,
    kind: String,
    slot: Option<String>,
    during: Period,
    says: Option<String>,
    side: Option<String>,
    decision_number: Option<String>,
}

/// What a fact says: of each kind the one field that is compared.
const SAYS: &str = "CASE cadre_facts.kind WHEN 'assessment' THEN cadre_facts.content->>'class' \
    WHEN 'discipline' THEN cadre_facts.content->>'measure' WHEN 'membership' THEN cadre_facts.content->>'official_on' \
    WHEN 'particular' THEN cadre_facts.content->>'text' END";

impl FactRow {
    /// Adds the fact to the dossier of its person, where it may be seen.
    fn enter(self, dossier: &mut Dossier, day: NaiveDate) -> Result<()> {
        let unreadable = || Error::internal(format!("a fact of cadre {} cannot be read", dossier.cadre_id));
        let kind = FactKind::of(&self.kind).ok_or_else(unreadable)?;
        let from = self.during.from().ok_or_else(unreadable);
        if self.slot.as_deref() == Some(ParticularTopic::RetirementDay.name()) && kind == FactKind::Particular {
            let decided = self.says.as_deref().and_then(decided_day).filter(|_| self.during.holds(day));
            let decision_number = self.decision_number;
            dossier.decided_retirement = decided
                .map(|(last_on, _)| DecidedRetirement { last_on, decision_number })
                .or(dossier.decided_retirement.take());
            return Ok(());
        }
        if kind == FactKind::Assessment {
            let class = self.says.ok_or_else(unreadable)?;
            dossier.assessments.push(YearClass { year: from?.year(), class });
            return Ok(());
        }
        let Some(facts) = dossier.sensitive.as_mut() else { return Ok(()) };
        match (kind, self.says) {
            (FactKind::Discipline, Some(measure)) => {
                let side = self.side.as_deref().and_then(DisciplineSide::of);
                let (from, side) = (from?, side.ok_or_else(|| Error::internal("a discipline has no side"))?);
                facts.disciplines.push(Disciplined { measure, side, from });
            }
            (FactKind::Membership, official) => {
                let official_on = official.map(|day| day.parse()).transpose().map_err(Error::internal)?;
                facts.party.push(PartyMember { during: self.during, official_on });
            }
            (FactKind::HealthCertificate, _) => facts.health_certificates.push(from?),
            (FactKind::Particular, education) if self.during.holds(day) => facts.general_education = education,
            _ => {}
        }
        Ok(())
    }
}

/// Dossiers, and what of them is no secret.
pub struct Dossiers {
    /// In the order of the ids of the people.
    pub people: Sealed<Vec<Dossier>>,
    /// The units that they come from and have worked in.
    pub units: BTreeSet<UnitId>,
}

/// The dossiers of people whom the caller may see, as seen from a day; what is sensitive where the caller may see it.
pub async fn dossiers(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    whom: &Whom,
    wanted: &WantedFacts,
    day: NaiveDate,
) -> Result<Dossiers> {
    let own: Vec<Uuid> = sight.own.into_iter().collect();
    let rows: Vec<PersonRow> = cadres::table
        .filter(cadres::id.eq_any(chosen(sight, whom, day)))
        .order(cadres::id)
        .select((
            cadres::id,
            cadres::born_on,
            cadres::sex,
            cadres::unit_id,
            cadres::native_unit_id,
            cadres::status,
            cadres::party_joined_on,
            cadres::unit_id.eq_any(sight.sensitive.units()).or(cadres::id.eq_any(own)),
        ))
        .load(conn)
        .await?;
    let mut found: HashMap<CadreId, Dossier> = HashMap::with_capacity(rows.len());
    for row in rows {
        found.insert(row.id, row.dossier()?);
    }
    for (cadre, post_id, title_id, unit_id, during, full_time, term) in stays(conn, sight, whom, day).await? {
        if let Some(dossier) = found.get_mut(&cadre) {
            let term_months = term.and_then(|months| u32::try_from(months).ok());
            dossier.career.push(Tenure { post_id, title_id, unit_id, during, full_time, term_months });
        }
    }
    for (cadre, kind, level, obtained_on) in learned(conn, sight, whom, wanted, day).await? {
        let kind = QualificationKind::of(&kind)
            .ok_or_else(|| Error::internal(format!("a qualification of cadre {cadre} has an unknown kind")))?;
        if let Some(dossier) = found.get_mut(&cadre) {
            dossier.qualifications.push(Learned { kind, level, obtained_on });
        }
    }
    for (cadre, title) in planned(conn, sight, whom, day).await? {
        if let Some(dossier) = found.get_mut(&cadre) {
            dossier.planned_for.push(title);
        }
    }
    for row in facts(conn, sight, whom, wanted, day).await? {
        if let Some(dossier) = found.get_mut(&row.cadre_id) {
            row.enter(dossier, day)?;
        }
    }
    let mut found: Vec<Dossier> = found.into_values().map(Dossier::settled).collect();
    found.sort_unstable_by_key(|dossier| dossier.cadre_id);
    let about: Vec<Uuid> = found.iter().filter(|one| one.sensitive.is_some()).map(|one| one.cadre_id.0).collect();
    let worked = |one: &Dossier| one.career.iter().map(|held| UnitId(held.unit_id)).collect::<Vec<_>>();
    let units = found.iter().flat_map(|one| worked(one).into_iter().chain(one.native_unit_id)).collect();
    Ok(Dossiers { people: Sealed::new(found, about), units })
}

type StayRow = (CadreId, PostId, TitleId, Uuid, Period, bool, Option<i32>);

async fn stays(conn: &mut AsyncPgConnection, sight: &Sight, whom: &Whom, day: NaiveDate) -> Result<Vec<StayRow>> {
    Ok(appointments::table
        .inner_join(posts::table)
        .filter(appointments::superseded_at.is_null())
        .filter(appointments::cadre_id.eq_any(chosen(sight, whom, day)))
        .select((
            appointments::cadre_id,
            posts::id,
            posts::title_id,
            posts::unit_id,
            appointments::during,
            appointments::full_time,
            posts::term_months,
        ))
        .load(conn)
        .await?)
}

async fn learned(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    whom: &Whom,
    wanted: &WantedFacts,
    day: NaiveDate,
) -> Result<Vec<(CadreId, String, String, NaiveDate)>> {
    let kinds: Vec<&str> = wanted.qualifications.iter().map(|kind| kind.name()).collect();
    Ok(qualifications::table
        .filter(qualifications::superseded_at.is_null().and(qualifications::kind.eq_any(kinds)))
        .filter(qualifications::obtained_on.le(day))
        .filter(qualifications::cadre_id.eq_any(chosen(sight, whom, day)))
        .select((qualifications::cadre_id, qualifications::kind, qualifications::level, qualifications::obtained_on))
        .load(conn)
        .await?)
}

async fn planned(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    whom: &Whom,
    day: NaiveDate,
) -> Result<Vec<(CadreId, TitleId)>> {
    Ok(plannings::table
        .filter(plannings::superseded_at.is_null().and(plannings::during.contains(day)))
        .filter(plannings::cadre_id.eq_any(chosen(sight, whom, day)))
        .select((plannings::cadre_id, plannings::title_id))
        .load(conn)
        .await?)
}

/// The facts of the wanted kinds, and every decided day of retirement: it is no secret.
async fn facts(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    whom: &Whom,
    wanted: &WantedFacts,
    day: NaiveDate,
) -> Result<Vec<FactRow>> {
    let names = |sensitive: bool| -> Vec<&'static str> {
        let of = wanted.facts.iter().filter(|kind| kind.is_sensitive() == sensitive);
        of.map(|kind| kind.name()).collect()
    };
    // Of memberships those of the Party, of particulars the schooling.
    let compared = [MemberOrganisation::Party.name(), ParticularTopic::GeneralEducation.name()];
    let compared = cadre_facts::slot.is_null().or(cadre_facts::slot.eq_any(compared).assume_not_null());
    let secret =
        cadre_facts::kind.eq_any(names(true)).and(compared).and(cadre_facts::cadre_id.eq_any(open(sight, whom, day)));
    let retirement = cadre_facts::kind
        .eq(FactKind::Particular.name())
        .and(cadre_facts::slot.is_not_distinct_from(ParticularTopic::RetirementDay.name()));
    let query = cadre_facts::table
        .filter(cadre_facts::superseded_at.is_null())
        .filter(cadre_facts::cadre_id.eq_any(chosen(sight, whom, day)))
        .filter(cadre_facts::kind.eq_any(names(false)).or(secret).or(retirement))
        .select((
            cadre_facts::cadre_id,
            cadre_facts::kind,
            cadre_facts::slot,
            cadre_facts::during,
            sql::<Nullable<Text>>(SAYS),
            sql::<Nullable<Text>>("cadre_facts.content->>'side'"),
            cadre_facts::decision_number,
        ));
    Ok(query.load(conn).await?)
}

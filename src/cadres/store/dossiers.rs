//! The facts that rules of eligibility compare, of any number of people: five statements whatever their number.
//!
//! Each gives one row of arrays, a column in each: of 40,000 people half a million rows are read, and a row of its own for each
//! would cost more than finding it. They are written as SQL, so each is planned for its own values, as few and for many people.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Integer, Nullable, SingleValue, Text, Uuid as Id};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Sight;
use super::records::{sex_and_status, visible};
use crate::cadres::model::{
    CadreId, CadreStatus, DecidedRetirement, DisciplineSide, Disciplined, Dossier, FactKind, Learned,
    MemberOrganisation, ParticularTopic, PartyMember, QualificationKind, SensitiveFacts, Tenure, YearClass,
};
use crate::cadres::rules::decided_day;
use crate::identity::Scope;
use crate::organisations::model::UnitId;
use crate::platform::db::Sealed;
use crate::platform::error::{Error, Result};
use crate::platform::period::Period;
use crate::platform::work::off_the_workers;
use crate::posts::{PostId, TitleId};
use crate::schema::{appointments, cadre_facts, cadres, plannings, posts, qualifications, unit_ancestors};

/// As many people as one case moves.
const FEW: usize = 100;

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

impl Whom {
    /// Whether they may be so many that they are put together off the workers; of a case they are not.
    fn may_be_many(&self) -> bool {
        !matches!(self, Self::People(ids) if ids.len() <= FEW)
    }
}

/// What of a file is wanted beside birth, sex, career and plannings: what nothing is held against is not read.
#[derive(Clone, Debug)]
pub struct WantedFacts {
    /// Qualifications of these kinds.
    pub qualifications: Vec<QualificationKind>,
    /// Facts of these kinds: assessments, disciplines, memberships, health certificates, particulars.
    pub facts: Vec<FactKind>,
}

/// A column of all rows in one array.
fn all<T: SingleValue>(column: &str) -> SqlLiteral<Nullable<Array<T>>> {
    sql(&format!("array_agg({column})"))
}

/// Such a column as it is read; there is none where there are no rows.
type Column<T> = Option<Vec<T>>;

/// The rows of columns, which are all of one length.
macro_rules! rows {
    ($columns:expr; $($column:ident),+) => {{
        let ($($column),+) = $columns;
        $(let mut $column = $column.unwrap_or_default().into_iter();)+
        std::iter::from_fn(move || Some(($($column.next()?),+)))
    }};
}

type Chosen = cadres::BoxedQuery<'static, Pg, Id>;

/// Who is planned for any of these titles on a day.
fn planned_for_any(titles: Vec<TitleId>, day: NaiveDate) -> plannings::BoxedQuery<'static, Pg, Id> {
    plannings::table
        .filter(plannings::title_id.eq_any(titles).and(plannings::superseded_at.is_null()))
        .filter(plannings::during.contains(day))
        .select(plannings::cadre_id)
        .into_boxed()
}

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
                query = query.filter(cadres::id.eq_any(planned_for_any(vec![*title], day)));
            }
        }
    }
    query.select(cadres::id)
}

/// Everybody in service whom the caller sees and whose file one of these units keeps, or who is planned for one of these titles
/// on the day; in the order of their ids.
pub async fn near(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    (units, titles): (Vec<Uuid>, Vec<TitleId>),
    day: NaiveDate,
) -> Result<Vec<CadreId>> {
    let active = cadres::status.eq(CadreStatus::Active.name());
    // Two statements, each by its own index: of both conditions in one neither would serve.
    let kept = visible(scope).filter(active.and(cadres::unit_id.eq_any(units))).select(cadres::id);
    let planned = visible(scope).filter(active.and(cadres::id.eq_any(planned_for_any(titles, day)))).select(cadres::id);
    let kept: Vec<CadreId> = kept.load(conn).await?;
    let planned: Vec<CadreId> = planned.load(conn).await?;
    let both: BTreeSet<CadreId> = kept.into_iter().chain(planned).collect();
    Ok(both.into_iter().collect())
}

/// Those of them of whom the caller may see what is sensitive.
fn open(sight: &Sight, whom: &Whom, day: NaiveDate) -> Chosen {
    let own: Vec<Uuid> = sight.own.into_iter().collect();
    chosen(sight, whom, day).filter(cadres::unit_id.eq_any(sight.sensitive.units()).or(cadres::id.eq_any(own)))
}

/// People: id, birth, sex, unit, origin, status, joining of the Party, whether the caller may see what is sensitive of them.
type People = (
    Column<CadreId>,
    Column<NaiveDate>,
    Column<String>,
    Column<Uuid>,
    Column<Option<UnitId>>,
    Column<String>,
    Column<Option<NaiveDate>>,
    Column<bool>,
);
/// Stays: whose, post, title, unit, first day, day after the last, whether full-time, months of a term.
type Stays = (
    Column<CadreId>,
    Column<PostId>,
    Column<TitleId>,
    Column<Uuid>,
    Column<Option<NaiveDate>>,
    Column<Option<NaiveDate>>,
    Column<bool>,
    Column<Option<i32>>,
);
/// Qualifications: whose, kind, level, day.
type Learning = (Column<CadreId>, Column<String>, Column<String>, Column<NaiveDate>);
/// Plannings: whose, for which title.
type Plannings = (Column<CadreId>, Column<TitleId>);
/// Facts: whose, kind, slot, first day, day after the last, what it says, and what that depends on.
type Facts = (
    Column<CadreId>,
    Column<String>,
    Column<Option<String>>,
    Column<Option<NaiveDate>>,
    Column<Option<NaiveDate>>,
    Column<Option<String>>,
    Column<Option<String>>,
);

/// What was read, not yet put together.
struct Gathered {
    people: People,
    stays: Stays,
    learning: Learning,
    plannings: Plannings,
    facts: Facts,
}

/// A fact as far as rules compare it.
struct FactRow {
    kind: String,
    /// Of particulars.
    slot: Option<String>,
    during: Period,
    says: Option<String>,
    /// The side of a discipline, the number of the decision of a particular.
    beside: Option<String>,
}

/// What a fact says: of each kind the one field that is compared.
const SAYS: &str = "CASE cadre_facts.kind WHEN 'assessment' THEN cadre_facts.content->>'class' \
    WHEN 'discipline' THEN cadre_facts.content->>'measure' WHEN 'membership' THEN cadre_facts.content->>'official_on' \
    WHEN 'particular' THEN cadre_facts.content->>'text' END";
/// Which particular it is: of other kinds that is the kind.
const SLOT: &str = "CASE cadre_facts.kind WHEN 'particular' THEN cadre_facts.slot END";
/// What goes with what it says.
const BESIDE: &str = "CASE cadre_facts.kind WHEN 'discipline' THEN cadre_facts.content->>'side' \
    WHEN 'particular' THEN cadre_facts.decision_number END";

impl FactRow {
    /// Adds the fact to the dossier of its person, where it may be seen.
    fn enter(self, dossier: &mut Dossier, day: NaiveDate) -> Result<()> {
        let unreadable = || Error::internal(format!("a fact of cadre {} cannot be read", dossier.cadre_id));
        let kind = FactKind::of(&self.kind).ok_or_else(unreadable)?;
        let from = self.during.from().ok_or_else(unreadable);
        if self.slot.as_deref() == Some(ParticularTopic::RetirementDay.name()) && kind == FactKind::Particular {
            let decided = self.says.as_deref().and_then(decided_day).filter(|_| self.during.holds(day));
            let decision_number = self.beside;
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
                let side = self.beside.as_deref().and_then(DisciplineSide::of);
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

impl Gathered {
    /// Everybody's dossier, in the order of their ids.
    fn dossiers(self, day: NaiveDate) -> Result<Vec<Dossier>> {
        let backwards = |_| Error::internal("a period ends before it begins");
        let mut found: HashMap<CadreId, Dossier> = HashMap::new();
        let people = rows!(self.people; ids, births, sexes, units, origins, statuses, joined, open);
        for (cadre_id, born_on, sex, unit_id, native_unit_id, status, party_joined_on, open) in people {
            let (sex, status) = sex_and_status(cadre_id, &sex, &status)?;
            let open = open.then(|| SensitiveFacts { party_joined_on, ..SensitiveFacts::default() });
            let dossier = Dossier {
                cadre_id,
                born_on,
                sex,
                unit_id,
                native_unit_id,
                status,
                career: Vec::new(),
                qualifications: Vec::new(),
                planned_for: Vec::new(),
                assessments: Vec::new(),
                decided_retirement: None,
                sensitive: open,
            };
            found.insert(cadre_id, dossier);
        }
        let stays = rows!(self.stays; cadres, posts, titles, units, firsts, ends, full, terms);
        for (cadre, post_id, title_id, unit_id, from, to, full_time, term) in stays {
            if let Some(dossier) = found.get_mut(&cadre) {
                let term_months = term.and_then(|months| u32::try_from(months).ok());
                let during = Period::new(from, to).map_err(backwards)?;
                dossier.career.push(Tenure { post_id, title_id, unit_id, during, full_time, term_months });
            }
        }
        for (cadre, kind, level, obtained_on) in rows!(self.learning; cadres, kinds, levels, days) {
            let kind = QualificationKind::of(&kind)
                .ok_or_else(|| Error::internal(format!("a qualification of cadre {cadre} has an unknown kind")))?;
            if let Some(dossier) = found.get_mut(&cadre) {
                dossier.qualifications.push(Learned { kind, level, obtained_on });
            }
        }
        for (cadre, title) in rows!(self.plannings; cadres, titles) {
            if let Some(dossier) = found.get_mut(&cadre) {
                dossier.planned_for.push(title);
            }
        }
        let facts = rows!(self.facts; cadres, kinds, slots, firsts, ends, said, beside);
        for (cadre, kind, slot, from, to, says, beside) in facts {
            if let Some(dossier) = found.get_mut(&cadre) {
                let during = Period::new(from, to).map_err(backwards)?;
                FactRow { kind, slot, during, says, beside }.enter(dossier, day)?;
            }
        }
        let mut found: Vec<Dossier> = found.into_values().map(Dossier::settled).collect();
        found.sort_unstable_by_key(|dossier| dossier.cadre_id);
        Ok(found)
    }

    /// The same, with what of it is no secret.
    fn sealed(self, day: NaiveDate) -> Result<Dossiers> {
        let people = self.dossiers(day)?;
        let about: Vec<Uuid> = people.iter().filter(|one| one.sensitive.is_some()).map(|one| one.cadre_id.0).collect();
        let worked = people.iter().flat_map(|one| &one.career).map(|held| UnitId(held.unit_id));
        // Of many people a few units: gone through once more before they are put in order.
        let units: HashSet<UnitId> = worked.chain(people.iter().filter_map(|one| one.native_unit_id)).collect();
        Ok(Dossiers { people: Sealed::new(people, about), units: units.into_iter().collect() })
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
    let gathered = Gathered {
        people: people(conn, sight, whom, day).await?,
        stays: stays(conn, sight, whom, day).await?,
        learning: learning(conn, sight, whom, wanted, day).await?,
        plannings: planned(conn, sight, whom, day).await?,
        facts: facts(conn, sight, whom, wanted, day).await?,
    };
    if whom.may_be_many() { off_the_workers(move || gathered.sealed(day)).await } else { gathered.sealed(day) }
}

async fn people(conn: &mut AsyncPgConnection, sight: &Sight, whom: &Whom, day: NaiveDate) -> Result<People> {
    let own: Vec<Uuid> = sight.own.into_iter().collect();
    let open = cadres::unit_id.eq_any(sight.sensitive.units()).or(cadres::id.eq_any(own));
    Ok(cadres::table
        .filter(cadres::id.eq_any(chosen(sight, whom, day)))
        .select((
            all::<Id>("cadres.id"),
            all::<Date>("cadres.born_on"),
            all::<Text>("cadres.sex"),
            all::<Id>("cadres.unit_id"),
            all::<Nullable<Id>>("cadres.native_unit_id"),
            all::<Text>("cadres.status"),
            all::<Nullable<Date>>("cadres.party_joined_on"),
            sql::<Nullable<Array<Bool>>>("array_agg(").bind::<Bool, _>(open).sql(")"),
        ))
        .get_result(conn)
        .await?)
}

async fn stays(conn: &mut AsyncPgConnection, sight: &Sight, whom: &Whom, day: NaiveDate) -> Result<Stays> {
    Ok(appointments::table
        .inner_join(posts::table)
        .filter(appointments::superseded_at.is_null())
        .filter(appointments::cadre_id.eq_any(chosen(sight, whom, day)))
        .select((
            all::<Id>("appointments.cadre_id"),
            all::<Id>("posts.id"),
            all::<Id>("posts.title_id"),
            all::<Id>("posts.unit_id"),
            all::<Nullable<Date>>("lower(appointments.during)"),
            all::<Nullable<Date>>("upper(appointments.during)"),
            all::<Bool>("appointments.full_time"),
            all::<Nullable<Integer>>("posts.term_months"),
        ))
        .get_result(conn)
        .await?)
}

async fn learning(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    whom: &Whom,
    wanted: &WantedFacts,
    day: NaiveDate,
) -> Result<Learning> {
    let kinds: Vec<&str> = wanted.qualifications.iter().map(|kind| kind.name()).collect();
    Ok(qualifications::table
        .filter(qualifications::superseded_at.is_null().and(qualifications::kind.eq_any(kinds)))
        .filter(qualifications::obtained_on.le(day))
        .filter(qualifications::cadre_id.eq_any(chosen(sight, whom, day)))
        .select((
            all::<Id>("qualifications.cadre_id"),
            all::<Text>("qualifications.kind"),
            all::<Text>("qualifications.level"),
            all::<Date>("qualifications.obtained_on"),
        ))
        .get_result(conn)
        .await?)
}

async fn planned(conn: &mut AsyncPgConnection, sight: &Sight, whom: &Whom, day: NaiveDate) -> Result<Plannings> {
    Ok(plannings::table
        .filter(plannings::superseded_at.is_null().and(plannings::during.contains(day)))
        .filter(plannings::cadre_id.eq_any(chosen(sight, whom, day)))
        .select((all::<Id>("plannings.cadre_id"), all::<Id>("plannings.title_id")))
        .get_result(conn)
        .await?)
}

/// The facts of the wanted kinds, and every decided day of retirement: it is no secret.
async fn facts(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    whom: &Whom,
    wanted: &WantedFacts,
    day: NaiveDate,
) -> Result<Facts> {
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
    Ok(cadre_facts::table
        .filter(cadre_facts::superseded_at.is_null())
        .filter(cadre_facts::cadre_id.eq_any(chosen(sight, whom, day)))
        .filter(cadre_facts::kind.eq_any(names(false)).or(secret).or(retirement))
        .select((
            all::<Id>("cadre_facts.cadre_id"),
            all::<Text>("cadre_facts.kind"),
            all::<Nullable<Text>>(SLOT),
            all::<Nullable<Date>>("lower(cadre_facts.during)"),
            all::<Nullable<Date>>("upper(cadre_facts.during)"),
            all::<Nullable<Text>>(SAYS),
            all::<Nullable<Text>>(BESIDE),
        ))
        .get_result(conn)
        .await?)
}

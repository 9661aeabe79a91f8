//! Facts of a person's file: versions that are superseded, never overwritten.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::entries::{Entries, known};
use super::{Sight, reach};
use crate::cadres::model::{
    CadreId, Fact, FactContent, FactId, FactKind, FactStance, FactView, Particular, ParticularContent, ParticularTopic,
    Source,
};
use crate::cadres::rules;
use crate::platform::db::{Sealed, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::period::Period;
use crate::schema::cadre_facts;

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 4000;

#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = cadre_facts)]
struct FactRow {
    id: FactId,
    version: i32,
    kind: String,
    slot: Option<String>,
    during: Period,
    content: Value,
    decision_number: Option<String>,
    decided_on: Option<NaiveDate>,
    decision_issuer: Option<String>,
    recorded_at: DateTime<Utc>,
    recorded_by: String,
}

impl FactRow {
    fn is_of_retirement(&self) -> bool {
        self.slot.as_deref() == Some(ParticularTopic::RetirementDay.name())
    }

    fn seen_from<C: FactContent>(self, day: NaiveDate) -> Result<Fact<C>> {
        Ok(Fact {
            id: self.id,
            content: serde_json::from_value(self.content).map_err(Error::internal)?,
            source: Source {
                decision_number: self.decision_number,
                decided_on: self.decided_on,
                decision_issuer: self.decision_issuer,
            },
            during: self.during,
            timeline: self.during.timeline(day),
            version: self.version,
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by,
            allowed_actions: Vec::new(),
        })
    }
}

/// The facts of one person, kind by kind, as they came from the store.
#[derive(Default)]
pub struct File {
    rows: BTreeMap<String, Vec<FactRow>>,
    day: NaiveDate,
    stance: Option<FactStance>,
}

impl File {
    /// The same for a caller who is this to it.
    pub fn met_by(self, stance: FactStance) -> Self {
        Self { stance: Some(stance), ..self }
    }

    /// A retirement day that was decided and counts on the day: it is no secret.
    pub fn decided_retirement(&self) -> Result<Option<Particular>> {
        let rows = self.rows.get(FactKind::Particular.name()).into_iter().flatten();
        let mut found = rows.filter(|row| row.is_of_retirement() && row.during.holds(self.day));
        found.next().map(|row| Ok(row.clone().seen_from(self.day)?.into())).transpose()
    }

    /// Those of one kind, newest first.
    pub fn take<V: FactView>(&mut self) -> Result<Vec<V>> {
        let rows = self.rows.remove(V::Content::KIND.name()).unwrap_or_default();
        let actions = self.stance.map(|stance| rules::allowed(V::Content::KIND, stance)).unwrap_or_default();
        rows.into_iter()
            .map(|row| Ok(Fact { allowed_actions: actions.clone(), ..row.seen_from::<V::Content>(self.day)? }.into()))
            .collect()
    }
}

/// Everything in a person's file in one query; the sensitive kinds where the caller may see them.
pub async fn file(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    cadre: CadreId,
    which: Entries<'_>,
) -> Result<Sealed<File>> {
    let open = FactKind::ALL.iter().filter(|kind| !kind.is_sensitive()).map(|kind| kind.name());
    let open: Vec<&str> = open.collect();
    let mine = cadre_facts::table.filter(cadre_facts::cadre_id.eq(cadre)).into_boxed();
    let retirement = cadre_facts::slot.is_not_distinct_from(ParticularTopic::RetirementDay.name());
    let rows: Vec<FactRow> = known!(mine, cadre_facts, which.known_at)
        .filter(cadre_facts::kind.eq_any(open).or(retirement).or(diesel::dsl::exists(reach::sensitive(sight, cadre))))
        .order((sql::<Date>("lower(cadre_facts.during)").desc(), cadre_facts::id.desc()))
        .select(FactRow::as_select())
        .load(conn)
        .await?;
    let is_secret =
        |row: &FactRow| FactKind::of(&row.kind).is_some_and(FactKind::is_sensitive) && !row.is_of_retirement();
    let shows = rows.iter().any(is_secret);
    let mut file = File { rows: BTreeMap::new(), day: which.day, stance: None };
    for row in rows {
        file.rows.entry(row.kind.clone()).or_default().push(row);
    }
    Ok(Sealed::new(file, shows.then_some(cadre.0)))
}

/// Whom reading a kind of fact tells about: nobody, where the kind is not sensitive.
fn about<C: FactContent>(cadre: CadreId) -> Option<Uuid> {
    C::KIND.is_sensitive().then_some(cadre.0)
}

/// A page of a person's facts of one kind, newest first. Not found unless the caller may see the person, and what is
/// sensitive where the kind is.
pub async fn facts<C: FactContent>(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    cadre: CadreId,
    which: Entries<'_>,
) -> Result<Sealed<(Vec<Fact<C>>, Option<i64>)>> {
    reach::see_kind(conn, sight, cadre, C::KIND.is_sensitive()).await?;
    let all = || {
        let mine = cadre_facts::table
            .filter(cadre_facts::cadre_id.eq(cadre).and(cadre_facts::kind.eq(C::KIND.name())))
            .into_boxed();
        known!(mine, cadre_facts, which.known_at)
    };
    let mut query = all();
    let mut total = None;
    if let Some(paging) = which.paging {
        if let (Some(from), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
            let older = sql::<Bool>("(lower(cadre_facts.during), cadre_facts.id) < (")
                .bind::<Date, _>(from)
                .sql(", ")
                .bind::<diesel::sql_types::Uuid, _>(id)
                .sql(")");
            query = query.filter(older);
        }
        query = query.limit(paging.fetch());
        if paging.count {
            total = Some(all().count().get_result(conn).await?);
        }
    }
    let newest = (sql::<Date>("lower(cadre_facts.during)").desc(), cadre_facts::id.desc());
    let rows: Vec<FactRow> = query.order(newest).select(FactRow::as_select()).load(conn).await?;
    let rows = rows.into_iter().map(|row| row.seen_from(which.day)).collect::<Result<_>>()?;
    Ok(Sealed::new((rows, total), about::<C>(cadre)))
}

/// One fact of a person.
pub async fn find_fact<C: FactContent>(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    cadre: CadreId,
    id: FactId,
    day: NaiveDate,
) -> Result<Sealed<Fact<C>>> {
    reach::see_kind(conn, sight, cadre, C::KIND.is_sensitive()).await?;
    let row: FactRow = cadre_facts::table
        .filter(cadre_facts::id.eq(id).and(cadre_facts::superseded_at.is_null()))
        .filter(cadre_facts::cadre_id.eq(cadre).and(cadre_facts::kind.eq(C::KIND.name())))
        .select(FactRow::as_select())
        .first(conn)
        .await?;
    Ok(Sealed::new(row.seen_from(day)?, about::<C>(cadre)))
}

/// The kind and version of a fact that stands; none: it is no fact of the person.
pub async fn standing_fact(tx: &mut Tx, cadre: CadreId, id: FactId) -> Result<Option<(FactKind, i32)>> {
    let found: Option<(String, i32)> = cadre_facts::table
        .filter(cadre_facts::id.eq(id).and(cadre_facts::superseded_at.is_null()))
        .filter(cadre_facts::cadre_id.eq(cadre))
        .select((cadre_facts::kind, cadre_facts::version))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found.and_then(|(kind, version)| FactKind::of(&kind).map(|kind| (kind, version))))
}

/// Everything that was decided of the retirement of these people and stands.
pub async fn decided_retirements(
    conn: &mut AsyncPgConnection,
    people: &[CadreId],
) -> Result<Vec<(CadreId, Fact<ParticularContent>)>> {
    let rows: Vec<(CadreId, FactRow)> = cadre_facts::table
        .filter(cadre_facts::cadre_id.eq_any(people).and(cadre_facts::kind.eq(FactKind::Particular.name())))
        .filter(cadre_facts::slot.eq(ParticularTopic::RetirementDay.name()))
        .filter(cadre_facts::superseded_at.is_null())
        .order((cadre_facts::cadre_id, sql::<Date>("lower(cadre_facts.during)")))
        .select((cadre_facts::cadre_id, FactRow::as_select()))
        .load(conn)
        .await?;
    rows.into_iter().map(|(cadre, row)| Ok((cadre, row.seen_from(NaiveDate::default())?))).collect()
}

/// What fills the same place as a new fact, has no last day, and begins before it: what the new one ends.
pub async fn predecessor<C: FactContent>(
    tx: &mut Tx,
    cadre: CadreId,
    slot: &str,
    from: NaiveDate,
) -> Result<Option<Fact<C>>> {
    let row: Option<FactRow> = cadre_facts::table
        .filter(cadre_facts::cadre_id.eq(cadre).and(cadre_facts::kind.eq(C::KIND.name())))
        .filter(cadre_facts::slot.eq(slot).and(cadre_facts::superseded_at.is_null()))
        .filter(sql::<Bool>("upper_inf(cadre_facts.during) AND lower(cadre_facts.during) < ").bind::<Date, _>(from))
        .select(FactRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    row.map(|row| row.seen_from(from)).transpose()
}

/// A version of a fact to be written.
pub struct NewFact<'a, C> {
    /// The fact; none: a new one.
    pub id: Option<FactId>,
    /// Its version.
    pub version: i32,
    /// Whose.
    pub cadre: CadreId,
    /// What it says.
    pub content: &'a C,
    /// What it rests on.
    pub source: &'a Source,
    /// When it holds.
    pub during: Period,
}

/// Writes versions of facts; gives their ids in the same order.
pub async fn insert_facts<C: FactContent>(tx: &mut Tx, rows: &[NewFact<'_, C>]) -> Result<Vec<FactId>> {
    let by = tx.actor().label.clone();
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len());
        for row in chunk {
            let id = row.id.unwrap_or_else(|| FactId(tx.new_id()));
            ids.push(id);
            values.push((
                cadre_facts::version_id.eq(tx.new_id()),
                cadre_facts::id.eq(id),
                cadre_facts::version.eq(row.version),
                cadre_facts::cadre_id.eq(row.cadre),
                cadre_facts::kind.eq(C::KIND.name()),
                cadre_facts::slot.eq(row.content.slot()),
                cadre_facts::during.eq(row.during),
                cadre_facts::content.eq(serde_json::to_value(row.content).map_err(Error::internal)?),
                cadre_facts::decision_number.eq(&row.source.decision_number),
                cadre_facts::decided_on.eq(row.source.decided_on),
                cadre_facts::decision_issuer.eq(&row.source.decision_issuer),
                cadre_facts::recorded_at.eq(tx.now()),
                cadre_facts::recorded_by.eq(&by),
            ));
        }
        diesel::insert_into(cadre_facts::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}

/// Supersedes the version of a fact that stands.
pub async fn supersede_fact(tx: &mut Tx, id: FactId, reason: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::update(cadre_facts::table.filter(cadre_facts::id.eq(id).and(cadre_facts::superseded_at.is_null())))
        .set((
            cadre_facts::superseded_at.eq(now),
            cadre_facts::superseded_by.eq(by),
            cadre_facts::supersede_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

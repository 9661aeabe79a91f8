//! Cadre records: who the person is.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Sight;
use crate::cadres::model::{Cadre, CadreId, CadreStatus, Person, PersonalData, Sex};
use crate::identity::Scope;
use crate::platform::db::{Sealed, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::http::page::Ref;
use crate::platform::text;
use crate::schema::{cadre_versions, cadres, scope_tree, units};

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 3000;

/// The records that a scope reaches, and the caller's own. Either alone can be looked up in an index, both together not:
/// so what the scope does not have is not asked for.
pub fn visible(scope: &Scope) -> cadres::BoxedQuery<'static, Pg> {
    let within = cadres::unit_id.eq_any(scope.units());
    match scope.own() {
        None => cadres::table.filter(within).into_boxed(),
        Some(own) if scope.reaches_units() => cadres::table.filter(within.or(cadres::id.eq(own))).into_boxed(),
        Some(own) => cadres::table.filter(cadres::id.eq(own)).into_boxed(),
    }
}

/// A record as it is stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = cadres)]
pub(super) struct CadreRow {
    id: CadreId,
    full_name: String,
    sex: String,
    born_on: NaiveDate,
    personal_number: Option<String>,
    ethnic_group: String,
    religion: Option<String>,
    party_joined_on: Option<NaiveDate>,
    native_place: Option<String>,
    native_unit_id: Option<Uuid>,
    recruited_on: Option<NaiveDate>,
    unit_id: Uuid,
    status: String,
    version: i32,
    updated_at: DateTime<Utc>,
    updated_by: Option<String>,
}

impl CadreRow {
    /// As a caller sees it who may see what is sensitive, or may not.
    fn seen(self, (unit, native): (String, String), open: bool) -> Result<Cadre> {
        let (sex, status) = sex_and_status(self.id, &self.sex, &self.status)?;
        Ok(Cadre {
            id: self.id,
            full_name: self.full_name,
            sex,
            born_on: self.born_on,
            personal_number: self.personal_number.filter(|_| open),
            ethnic_group: Some(self.ethnic_group).filter(|_| open),
            religion: self.religion.filter(|_| open),
            party_joined_on: self.party_joined_on.filter(|_| open),
            native_place: self.native_place,
            native_unit: self.native_unit_id.map(|id| Ref::new(id, native)),
            recruited_on: self.recruited_on,
            unit: Ref::new(self.unit_id, unit),
            status,
            version: self.version,
            recorded_at: Some(self.updated_at),
            recorded_by: self.updated_by,
        })
    }
}

pub(super) fn sex_and_status(id: CadreId, sex: &str, status: &str) -> Result<(Sex, CadreStatus)> {
    Sex::of(sex)
        .zip(CadreStatus::of(status))
        .ok_or_else(|| Error::internal(format!("cadre {id} has an unknown sex or status")))
}

/// The name of a record's unit on a day, else its latest.
macro_rules! unit_label {
    ($day:expr) => {
        unit_label!("cadres.unit_id", $day)
    };
    ($column:literal, $day:expr) => {
        sql::<Text>(concat!(
            "COALESCE((SELECT v.name FROM unit_versions v WHERE v.unit_id = ",
            $column,
            " AND v.during @> "
        ))
        .bind::<Date, _>($day)
        .sql(concat!(
            "), (SELECT t.label FROM scope_tree t WHERE t.unit_id = ",
            $column,
            " AND t.depth = 0), '')"
        ))
    };
}
pub(super) use unit_label;

/// A record that the caller may see; sensitive fields only where they may see those. It is sealed when it has any.
pub async fn find_cadre(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    id: CadreId,
    day: NaiveDate,
) -> Result<Sealed<Cadre>> {
    let own: Vec<Uuid> = sight.own.into_iter().collect();
    let (row, names, open): (CadreRow, (String, String), bool) = visible(&sight.scope)
        .filter(cadres::id.eq(id))
        .select((
            CadreRow::as_select(),
            (unit_label!(day), unit_label!("cadres.native_unit_id", day)),
            cadres::unit_id.eq_any(sight.sensitive.units()).or(cadres::id.eq_any(own)),
        ))
        .first(conn)
        .await?;
    let cadre = row.seen(names, open)?;
    Ok(Sealed::new(cadre, open.then_some(id.0)))
}

/// The same as it was known on an instant. Not found before canbo knew the person.
pub async fn find_cadre_known(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    id: CadreId,
    day: NaiveDate,
    known_at: DateTime<Utc>,
) -> Result<Sealed<Cadre>> {
    // Who may see the person is asked of the record as it is.
    let current = find_cadre(conn, sight, id, day).await?;
    let version: Option<(CadreRow, (String, String))> = cadre_versions::table
        .filter(cadre_versions::cadre_id.eq(id))
        .filter(cadre_versions::recorded_at.le(known_at).and(cadre_versions::superseded_at.gt(known_at)))
        .order(cadre_versions::version.desc())
        .select((
            (
                cadre_versions::cadre_id,
                cadre_versions::full_name,
                cadre_versions::sex,
                cadre_versions::born_on,
                cadre_versions::personal_number,
                cadre_versions::ethnic_group,
                cadre_versions::religion,
                cadre_versions::party_joined_on,
                cadre_versions::native_place,
                cadre_versions::native_unit_id,
                cadre_versions::recruited_on,
                cadre_versions::unit_id,
                cadre_versions::status,
                cadre_versions::version,
                cadre_versions::recorded_at,
                cadre_versions::recorded_by,
            ),
            (unit_label!("cadre_versions.unit_id", day), unit_label!("cadre_versions.native_unit_id", day)),
        ))
        .first(conn)
        .await
        .optional()?;
    current.try_map(|cadre| {
        let open = cadre.ethnic_group.is_some();
        match version {
            Some((row, names)) => row.seen(names, open),
            None if cadre.recorded_at.is_some_and(|at| at <= known_at) => Ok(cadre),
            None => Err(Error::not_found()),
        }
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = cadres)]
struct PersonRow {
    id: CadreId,
    full_name: String,
    sex: String,
    born_on: NaiveDate,
    ethnic_group: String,
    native_unit_id: Option<Uuid>,
    unit_id: Uuid,
    status: String,
    version: i32,
}

impl TryFrom<PersonRow> for Person {
    type Error = Error;
    fn try_from(row: PersonRow) -> Result<Self> {
        let PersonRow { id, full_name, sex, born_on, ethnic_group, native_unit_id, unit_id, status, version } = row;
        let (sex, status) = sex_and_status(id, &sex, &status)?;
        Ok(Self { id, full_name, sex, born_on, ethnic_group, native_unit_id, unit_id, status, version })
    }
}

/// Those of these people whom the scope reaches, by id.
pub async fn people(conn: &mut AsyncPgConnection, scope: &Scope, ids: &[CadreId]) -> Result<Vec<Person>> {
    let rows: Vec<PersonRow> = visible(scope)
        .filter(cadres::id.eq_any(ids.to_vec()))
        .order(cadres::id)
        .select(PersonRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Person::try_from).collect()
}

/// The same, kept until the end of the change; locked in the order of their ids.
pub async fn lock_people(tx: &mut Tx, scope: &Scope, ids: &[CadreId]) -> Result<Vec<Person>> {
    let own: Vec<Uuid> = scope.own().into_iter().collect();
    let rows: Vec<PersonRow> = cadres::table
        .filter(cadres::unit_id.eq_any(scope.units()).or(cadres::id.eq_any(own)))
        .filter(cadres::id.eq_any(ids))
        .order(cadres::id)
        .for_update()
        .select(PersonRow::as_select())
        .load(tx.conn())
        .await?;
    rows.into_iter().map(Person::try_from).collect()
}

/// A record with everything in it, and its unit and version: for decisions, not for anybody's eyes.
pub async fn personal_data(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: CadreId,
) -> Result<(PersonalData, Uuid, i32)> {
    personal(visible(scope).filter(cadres::id.eq(id)).select(CadreRow::as_select()).first(conn).await?)
}

/// The same in scope, kept until the end of the change.
pub async fn lock_record(tx: &mut Tx, scope: &Scope, id: CadreId) -> Result<(PersonalData, Uuid, i32)> {
    let row = cadres::table
        .filter(cadres::unit_id.eq_any(scope.units()))
        .filter(cadres::id.eq(id))
        .for_update()
        .select(CadreRow::as_select())
        .first(tx.conn())
        .await?;
    personal(row)
}

pub(super) fn personal(row: CadreRow) -> Result<(PersonalData, Uuid, i32)> {
    let (sex, status) = sex_and_status(row.id, &row.sex, &row.status)?;
    let person = PersonalData {
        full_name: row.full_name,
        sex,
        born_on: row.born_on,
        personal_number: row.personal_number,
        ethnic_group: row.ethnic_group,
        religion: row.religion,
        native_place: row.native_place,
        native_unit_id: row.native_unit_id,
        party_joined_on: row.party_joined_on,
        recruited_on: row.recruited_on,
        status,
        confirm_number_mismatch: false,
    };
    Ok((person, row.unit_id, row.version))
}

/// Those of these units that a scope holds.
pub async fn units_in_scope(conn: &mut AsyncPgConnection, scope: &Scope, units: &[Uuid]) -> Result<HashSet<Uuid>> {
    let known: Vec<Uuid> = scope_tree::table
        .filter(scope_tree::depth.eq(0).and(scope_tree::unit_id.eq_any(units)))
        .filter(scope_tree::unit_id.eq_any(scope.units()))
        .select(scope_tree::unit_id)
        .load(conn)
        .await?;
    Ok(known.into_iter().collect())
}

/// Those of these units that are administrative units of a scope: what a native unit can be.
pub async fn localities_in_scope(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    units_named: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let known: Vec<Uuid> = units::table
        .filter(units::id.eq_any(units_named).and(units::id.eq_any(scope.units())))
        .filter(units::kind.eq_any(["commune", "district", "province"]))
        .select(units::id)
        .load(conn)
        .await?;
    Ok(known.into_iter().collect())
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = cadres, treat_none_as_null = true)]
struct Written<'a> {
    personal_number: Option<String>,
    full_name: &'a str,
    name_sort: String,
    search_key: String,
    marked_key: String,
    initials: String,
    sex: &'static str,
    born_on: NaiveDate,
    ethnic_group: &'a str,
    religion: Option<String>,
    native_place: Option<String>,
    native_unit_id: Option<Uuid>,
    party_joined_on: Option<NaiveDate>,
    recruited_on: Option<NaiveDate>,
    status: &'static str,
    updated_at: DateTime<Utc>,
    updated_by: Option<String>,
}

impl<'a> Written<'a> {
    fn of(person: &'a PersonalData, tx: &Tx) -> Self {
        Self {
            personal_number: person.personal_number.clone(),
            full_name: &person.full_name,
            name_sort: text::name_sort_key(&person.full_name),
            search_key: text::search_key(&person.full_name),
            marked_key: text::marked_key(&person.full_name),
            initials: text::initials(&person.full_name),
            sex: person.sex.name(),
            born_on: person.born_on,
            ethnic_group: &person.ethnic_group,
            religion: person.religion.clone(),
            native_place: person.native_place.clone(),
            native_unit_id: person.native_unit_id,
            party_joined_on: person.party_joined_on,
            recruited_on: person.recruited_on,
            status: person.status.name(),
            updated_at: tx.now(),
            updated_by: Some(tx.actor().label.clone()),
        }
    }
}

/// Adds records, each at its unit; gives their ids in the same order.
pub async fn insert_cadres(tx: &mut Tx, rows: &[(&PersonalData, Uuid)]) -> Result<Vec<CadreId>> {
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let now = tx.now();
        let mut values = Vec::with_capacity(chunk.len());
        for (person, unit) in chunk {
            let id = CadreId(tx.new_id());
            ids.push(id);
            values.push((
                cadres::id.eq(id),
                cadres::unit_id.eq(*unit),
                Written::of(person, tx),
                cadres::created_at.eq(now),
            ));
        }
        diesel::insert_into(cadres::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}

/// Keeps records as they are, before a change: everything that changes one calls this first.
pub(super) async fn keep(tx: &mut Tx, ids: &[Uuid], reason: Option<&str>) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().label.clone());
    diesel::insert_into(cadre_versions::table)
        .values(cadres::table.filter(cadres::id.eq_any(ids.to_vec())).select((
            cadres::id,
            cadres::version,
            cadres::personal_number,
            cadres::full_name,
            cadres::sex,
            cadres::born_on,
            cadres::ethnic_group,
            cadres::religion,
            cadres::native_place,
            cadres::native_unit_id,
            cadres::party_joined_on,
            cadres::recruited_on,
            cadres::unit_id,
            cadres::status,
            cadres::updated_at,
            cadres::updated_by,
            now.into_sql::<Timestamptz>(),
            by.into_sql::<Text>(),
            reason.into_sql::<Nullable<Text>>(),
        )))
        .into_columns((
            cadre_versions::cadre_id,
            cadre_versions::version,
            cadre_versions::personal_number,
            cadre_versions::full_name,
            cadre_versions::sex,
            cadre_versions::born_on,
            cadre_versions::ethnic_group,
            cadre_versions::religion,
            cadre_versions::native_place,
            cadre_versions::native_unit_id,
            cadre_versions::party_joined_on,
            cadre_versions::recruited_on,
            cadre_versions::unit_id,
            cadre_versions::status,
            cadre_versions::recorded_at,
            cadre_versions::recorded_by,
            cadre_versions::superseded_at,
            cadre_versions::superseded_by,
            cadre_versions::supersede_reason,
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes a changed record and counts its version up; the one before is kept, with the reason.
pub async fn update_cadre(tx: &mut Tx, id: CadreId, person: &PersonalData, reason: Option<&str>) -> Result<()> {
    keep(tx, &[id.0], reason).await?;
    let written = Written::of(person, tx);
    diesel::update(cadres::table.find(id))
        .set((written, cadres::version.eq(cadres::version + 1)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

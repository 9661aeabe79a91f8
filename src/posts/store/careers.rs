//! Appointments as they are read: by post, by person, by day, as known on an instant.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::identity::Scope;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::model::{Appointment, AppointmentId, Basis, PostId, TitleId};
use crate::schema::{appointments, posts, scope_tree, titles, unit_ancestors, unit_versions};

#[derive(Queryable)]
struct AppointmentRow {
    id: AppointmentId,
    cadre_id: Uuid,
    cadre_name: String,
    post_id: PostId,
    title_id: TitleId,
    title: String,
    unit_id: Uuid,
    unit: String,
    during: Period,
    full_time: bool,
    basis: String,
    decision_number: Option<String>,
    decided_on: Option<NaiveDate>,
    end_reason: Option<String>,
    rotation_id: Option<Uuid>,
    ended_by_rotation_id: Option<Uuid>,
    version: i32,
    recorded_by: String,
    recorded_at: DateTime<Utc>,
}

impl AppointmentRow {
    fn seen_from(self, day: NaiveDate) -> Result<Appointment> {
        let basis = Basis::of(&self.basis)
            .ok_or_else(|| Error::internal(format!("appointment {} has an unknown basis", self.id)))?;
        Ok(Appointment {
            id: self.id,
            cadre: Ref::new(self.cadre_id, self.cadre_name),
            post: Ref::new(self.post_id, format!("{}, {}", self.title, self.unit)),
            title: Ref::new(self.title_id, self.title),
            unit: Ref::new(self.unit_id, self.unit),
            during: self.during,
            timeline: self.during.timeline(day),
            full_time: self.full_time,
            basis,
            decision_number: self.decision_number,
            decided_on: self.decided_on,
            end_reason: self.end_reason,
            rotation_id: self.rotation_id,
            ended_by_rotation_id: self.ended_by_rotation_id,
            version: self.version,
            recorded_by: self.recorded_by,
            recorded_at: self.recorded_at,
        })
    }
}

/// Appointments with title and unit; the unit by its name on `$day`, or on the nearest day of the appointment.
macro_rules! appointment_rows {
    ($day:expr) => {
        appointments::table
            .inner_join(posts::table.inner_join(titles::table))
            .inner_join(scope_tree::table.on(scope_tree::unit_id.eq(posts::unit_id).and(scope_tree::depth.eq(0))))
            .left_join(
                unit_versions::table.on(unit_versions::unit_id.eq(posts::unit_id).and(
                    sql::<Bool>("unit_versions.during @> LEAST(GREATEST(lower(appointments.during), ")
                        .bind::<Date, _>($day)
                        .sql("), upper(appointments.during) - 1)"),
                )),
            )
            .select((
                appointments::id,
                appointments::cadre_id,
                appointments::cadre_name,
                appointments::post_id,
                titles::id,
                titles::name_vi,
                posts::unit_id,
                sql::<Text>("COALESCE(unit_versions.name, scope_tree.label)"),
                appointments::during,
                appointments::full_time,
                appointments::basis,
                appointments::decision_number,
                appointments::decided_on,
                appointments::end_reason,
                appointments::rotation_id,
                appointments::ended_by_rotation_id,
                appointments::version,
                appointments::recorded_by,
                appointments::recorded_at,
            ))
    };
}

/// Which appointments.
#[derive(Clone, Copy, Debug)]
pub struct AppointmentFilter {
    /// As seen from this day.
    pub day: NaiveDate,
    /// Only those that hold on the day.
    pub on_the_day: bool,
    /// Of one person.
    pub cadre: Option<Uuid>,
    /// Of one post.
    pub post: Option<PostId>,
    /// In this unit and everything below it on the day.
    pub unit: Option<Uuid>,
}

/// Adds the conditions of a filter to a boxed query that has `appointments` and `posts` in it.
macro_rules! filtered {
    ($query:expr, $scope:expr, $filter:expr) => {{
        let filter: AppointmentFilter = $filter;
        let mut query =
            $query.filter(appointments::superseded_at.is_null()).filter(posts::unit_id.eq_any($scope.units()));
        if filter.on_the_day {
            query = query.filter(appointments::during.contains(filter.day));
        }
        if let Some(cadre) = filter.cadre {
            query = query.filter(appointments::cadre_id.eq(cadre));
        }
        if let Some(post) = filter.post {
            query = query.filter(appointments::post_id.eq(post));
        }
        if let Some(unit) = filter.unit {
            query = query.filter(
                posts::unit_id.eq_any(
                    unit_ancestors::table
                        .filter(unit_ancestors::ancestor_id.eq(unit).and(unit_ancestors::during.contains(filter.day)))
                        .select(unit_ancestors::unit_id),
                ),
            );
        }
        query
    }};
}

/// Keeps the rows after the cursor, in the order newest first.
macro_rules! newest_first {
    ($query:expr, $paging:expr) => {{
        let mut query = $query;
        if let (Some(from), Some(id)) = ($paging.key::<NaiveDate>(0)?, $paging.key::<Uuid>(1)?) {
            query = query.filter(
                sql::<Bool>("(lower(appointments.during), appointments.id) < (")
                    .bind::<Date, _>(from)
                    .sql(", ")
                    .bind::<diesel::sql_types::Uuid, _>(id)
                    .sql(")"),
            );
        }
        query.order((sql::<Date>("lower(appointments.during)").desc(), appointments::id.desc())).limit($paging.fetch())
    }};
}

fn seen(rows: Vec<AppointmentRow>, day: NaiveDate) -> Result<Vec<Appointment>> {
    rows.into_iter().map(|row| row.seen_from(day)).collect()
}

/// Appointments to posts in scope, newest first.
pub async fn list_appointments(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: AppointmentFilter,
    paging: &Paging,
) -> Result<(Vec<Appointment>, Option<i64>)> {
    let query = filtered!(appointment_rows!(filter.day).into_boxed(), scope, filter);
    let rows: Vec<AppointmentRow> = newest_first!(query, paging).load(conn).await?;
    let total = if paging.count {
        let counted = filtered!(appointments::table.inner_join(posts::table).into_boxed(), scope, filter);
        Some(counted.count().get_result(conn).await?)
    } else {
        None
    };
    Ok((seen(rows, filter.day)?, total))
}

/// An appointment to a post in scope.
pub async fn find_appointment(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: AppointmentId,
    day: NaiveDate,
) -> Result<Appointment> {
    let row: AppointmentRow = appointment_rows!(day)
        .filter(appointments::superseded_at.is_null().and(appointments::id.eq(id)))
        .filter(posts::unit_id.eq_any(scope.units()))
        .first(conn)
        .await?;
    row.seen_from(day)
}

/// An appointment of a person whom the caller may see, wherever the post is.
pub async fn find_appointment_of(tx: &mut Tx, cadre: Uuid, id: AppointmentId) -> Result<Appointment> {
    let today = tx.today();
    let row: AppointmentRow = appointment_rows!(today)
        .filter(appointments::superseded_at.is_null().and(appointments::id.eq(id)))
        .filter(appointments::cadre_id.eq(cadre))
        .first(tx.conn())
        .await?;
    row.seen_from(today)
}

/// Every appointment of a person whom the caller may see, newest first, wherever the posts are; as known on an instant,
/// or now; a page of it, or all.
pub async fn careers(
    conn: &mut AsyncPgConnection,
    cadre: Uuid,
    day: NaiveDate,
    known_at: Option<DateTime<Utc>>,
    paging: Option<&Paging>,
) -> Result<(Vec<Appointment>, Option<i64>)> {
    let mut query = appointment_rows!(day).filter(appointments::cadre_id.eq(cadre)).into_boxed();
    query = match known_at {
        None => query.filter(appointments::superseded_at.is_null()),
        Some(known_at) => query.filter(
            appointments::recorded_at
                .le(known_at)
                .and(appointments::superseded_at.is_null().or(appointments::superseded_at.gt(known_at))),
        ),
    };
    let Some(paging) = paging else {
        let newest = (sql::<Date>("lower(appointments.during)").desc(), appointments::id.desc());
        return Ok((seen(query.order(newest).load(conn).await?, day)?, None));
    };
    let rows: Vec<AppointmentRow> = newest_first!(query, paging).load(conn).await?;
    let total = if paging.count {
        let mine =
            appointments::table.filter(appointments::superseded_at.is_null().and(appointments::cadre_id.eq(cadre)));
        Some(mine.count().get_result(conn).await?)
    } else {
        None
    };
    Ok((seen(rows, day)?, total))
}

/// The full-time post of each of these people on a day, by the name that its unit has then.
pub async fn posts_held(conn: &mut AsyncPgConnection, cadres: &[Uuid], day: NaiveDate) -> Result<HashMap<Uuid, Ref>> {
    let rows: Vec<AppointmentRow> = appointment_rows!(day)
        .filter(appointments::superseded_at.is_null().and(appointments::full_time))
        .filter(appointments::cadre_id.eq_any(cadres).and(appointments::during.contains(day)))
        .load(conn)
        .await?;
    Ok(seen(rows, day)?.into_iter().map(|held| (held.cadre.id, held.post)).collect())
}

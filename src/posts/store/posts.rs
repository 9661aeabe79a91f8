//! Posts in scope, as seen from a day.

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::HashMap;
use uuid::Uuid;

use super::freezes::freezes;
use super::localities::{Locality, locality_on, with_locality};
use crate::identity::Scope;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::model::{Level, NewPostRow, Post, PostId, PostStatus, Seat, TitleId, Zone};
use crate::posts::rules::{self, Outlook};
use crate::regulations::Sex;
use crate::schema::{posts, scope_tree, titles, unit_ancestors, unit_versions};

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 4000;
/// The unit's name on the day, else its latest.
const UNIT: &str = "COALESCE(unit_versions.name, scope_tree.label)";

#[derive(Queryable)]
struct PostRow {
    id: PostId,
    title_id: TitleId,
    title_code: String,
    title: String,
    level: String,
    leadership: bool,
    head: bool,
    rank_order: i32,
    unit_id: Uuid,
    unit: String,
    locality: Option<Locality>,
    seat: i32,
    full_time: bool,
    term_months: Option<i32>,
    during: Period,
    version: i32,
}

impl PostRow {
    fn level(&self) -> Result<Level> {
        Level::of(&self.level).ok_or_else(|| Error::internal(format!("the title of post {} has no level", self.id)))
    }

    fn label(&self) -> String {
        format!("{}, {}", self.title, self.unit)
    }

    /// The post as it stands, nothing said of its holder.
    fn seen_from(self, day: NaiveDate) -> Result<Post> {
        let zone = self.locality.as_ref().and_then(|locality| locality.zone);
        Ok(Post {
            id: self.id,
            label: self.label(),
            level: self.level()?,
            title: Ref::new(self.title_id, self.title),
            title_code: self.title_code,
            leadership: self.leadership,
            rank_order: self.rank_order,
            unit: Ref::new(self.unit_id, self.unit),
            locality: self.locality.map(|locality| locality.place),
            zone,
            seat: self.seat,
            full_time: self.full_time,
            term_months: self.term_months,
            during: self.during,
            timeline: self.during.timeline(day),
            status: None,
            holder: None,
            stand_in: None,
            vacant_from: None,
            status_reason: None,
            freeze: None,
            allowed_actions: Vec::new(),
            version: self.version,
        })
    }

    fn seat(self) -> Result<Seat> {
        Ok(Seat {
            id: self.id,
            label: self.label(),
            level: self.level()?,
            title_id: self.title_id,
            title_code: self.title_code,
            title: self.title,
            rank_order: self.rank_order,
            leadership: self.leadership,
            head: self.head,
            unit_id: self.unit_id,
            unit: self.unit,
            full_time: self.full_time,
            during: self.during,
            term_months: self.term_months,
            freezes: Vec::new(),
        })
    }
}

/// Posts in scope with title and unit; the unit by its name on `$day`, or on the nearest day that the post existed; with
/// their locality where it is asked for.
macro_rules! post_rows {
    ($scope:expr, $day:expr) => {
        post_rows!($scope, $day, sql::<Nullable<Jsonb>>("NULL::jsonb"))
    };
    ($scope:expr, $day:expr, $locality:expr) => {
        posts::table
            .inner_join(titles::table)
            .inner_join(scope_tree::table.on(scope_tree::unit_id.eq(posts::unit_id).and(scope_tree::depth.eq(0))))
            .left_join(
                unit_versions::table.on(unit_versions::unit_id.eq(posts::unit_id).and(
                    sql::<Bool>("unit_versions.during @> LEAST(GREATEST(lower(posts.during), ")
                        .bind::<Date, _>($day)
                        .sql("), upper(posts.during) - 1)"),
                )),
            )
            .filter(posts::unit_id.eq_any($scope.units()))
            .select((
                posts::id,
                titles::id,
                titles::code,
                titles::name_vi,
                titles::level,
                titles::leadership,
                titles::head,
                titles::rank_order,
                posts::unit_id,
                sql::<Text>(UNIT),
                $locality,
                posts::seat,
                posts::full_time,
                posts::term_months,
                posts::during,
                posts::version,
            ))
    };
}

/// Which posts.
#[derive(Clone, Copy, Debug)]
pub struct PostFilter {
    /// As seen from this day; posts that do not exist then are left out.
    pub day: NaiveDate,
    /// In this unit and everything below it on the day.
    pub unit: Option<Uuid>,
    /// Of this locality on the day.
    pub locality: Option<Uuid>,
    /// Of a locality in this zone on the day.
    pub zone: Option<Zone>,
    /// Of one title.
    pub title: Option<TitleId>,
    /// Of one status.
    pub status: Option<PostStatus>,
    /// Full-time or concurrent.
    pub full_time: Option<bool>,
}

/// Keeps the posts of one status: the same as `rules::occupancy`, which the answer's own words come from.
macro_rules! with_status {
    ($query:expr, $status:expr, $day:expr, $outlook:expr) => {{
        let (day, outlook): (NaiveDate, &Outlook) = ($day, $outlook);
        let held = matches!($status, PostStatus::Filled | PostStatus::VacantSoon);
        let holds = sql::<Bool>("(EXISTS (SELECT FROM appointments a WHERE a.post_id = posts.id AND a.superseded_at IS NULL AND a.during @> ")
            .bind::<Date, _>(day)
            .sql(")) = ")
            .bind::<Bool, _>(held);
        let query = $query.filter(holds);
        if held {
            // What is settled: the end of the post, or an end of an appointment that nobody follows. What is expected of
            // a holder who is not known to leave by then: the end of the term, of a rotation, of working life.
            let leaves = sql::<Bool>("COALESCE(upper(posts.during) <= ")
                .bind::<Nullable<Date>, _>(outlook.soon)
                .sql(" OR EXISTS (SELECT FROM appointments a WHERE a.post_id = posts.id AND a.superseded_at IS NULL AND upper(a.during) > ")
                .bind::<Date, _>(day)
                .sql(" AND upper(a.during) <= ")
                .bind::<Nullable<Date>, _>(outlook.soon)
                .sql(" AND NOT EXISTS (SELECT FROM appointments b WHERE b.post_id = posts.id AND b.superseded_at IS NULL AND b.during @> upper(a.during)))")
                .sql(" OR EXISTS (SELECT FROM appointments a WHERE a.post_id = posts.id AND a.superseded_at IS NULL AND a.during @> ")
                .bind::<Nullable<Date>, _>(outlook.soon)
                .sql(" AND (lower(a.during) + make_interval(months => posts.term_months) <= ")
                .bind::<Nullable<Date>, _>(outlook.soon)
                .sql(" OR (a.basis = 'rotated' AND lower(a.during) + make_interval(months => ")
                .bind::<Nullable<Integer>, _>(outlook.rotation_months.and_then(|months| i32::try_from(months).ok()))
                .sql(") <= ")
                .bind::<Nullable<Date>, _>(outlook.soon)
                .sql(") OR COALESCE((SELECT r.retires_on < ")
                .bind::<Nullable<Date>, _>(outlook.soon)
                .sql(" FROM decided_retirements r WHERE r.cadre_id = a.cadre_id AND r.during @> ")
                .bind::<Date, _>(day)
                .sql("), (a.cadre_sex = 'male' AND a.cadre_born_on < ")
                .bind::<Nullable<Date>, _>(outlook.retiring(Sex::Male))
                .sql(") OR (a.cadre_sex = 'female' AND a.cadre_born_on < ")
                .bind::<Nullable<Date>, _>(outlook.retiring(Sex::Female))
                .sql(")))), false) = ")
                .bind::<Bool, _>($status == PostStatus::VacantSoon);
            query.filter(leaves)
        } else {
            let frozen = sql::<Bool>("(EXISTS (SELECT FROM post_freezes f WHERE f.post_id = posts.id AND f.superseded_at IS NULL AND f.during @> ")
                .bind::<Date, _>(day)
                .sql(")) = ")
                .bind::<Bool, _>($status == PostStatus::Frozen);
            query.filter(frozen)
        }
    }};
}

/// Adds the conditions of a filter to a boxed query that has `posts` in it.
macro_rules! filtered {
    ($query:expr, $filter:expr, $outlook:expr) => {{
        let filter: PostFilter = $filter;
        let mut query = $query.filter(posts::during.contains(filter.day));
        if let Some(unit) = filter.unit {
            query = query.filter(
                posts::unit_id.eq_any(
                    unit_ancestors::table
                        .filter(unit_ancestors::ancestor_id.eq(unit).and(unit_ancestors::during.contains(filter.day)))
                        .select(unit_ancestors::unit_id),
                ),
            );
        }
        if let Some(title) = filter.title {
            query = query.filter(posts::title_id.eq(title));
        }
        if let Some(full_time) = filter.full_time {
            query = query.filter(posts::full_time.eq(full_time));
        }
        if let Some(status) = filter.status {
            query = with_status!(query, status, filter.day, $outlook);
        }
        with_locality!(query, filter.locality, filter.zone, filter.day)
    }};
}

/// Posts in scope that exist on a day: by unit, then rank of the title, then seat.
pub async fn list_posts(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: PostFilter,
    outlook: &Outlook,
    paging: &Paging,
) -> Result<(Vec<Post>, Option<i64>)> {
    let mut query = filtered!(post_rows!(scope, filter.day, locality_on!(filter.day)).into_boxed(), filter, outlook);
    if let (Some(unit), Some(rank), Some(seat), Some(id)) =
        (paging.key::<String>(0)?, paging.key::<i32>(1)?, paging.key::<i32>(2)?, paging.key::<Uuid>(3)?)
    {
        query = query.filter(
            sql::<Bool>(&format!("({UNIT} COLLATE vietnamese, titles.rank_order, posts.seat, posts.id) > ("))
                .bind::<Text, _>(unit)
                .sql(", ")
                .bind::<Integer, _>(rank)
                .sql(", ")
                .bind::<Integer, _>(seat)
                .sql(", ")
                .bind::<diesel::sql_types::Uuid, _>(id)
                .sql(")"),
        );
    }
    let rows: Vec<PostRow> = query
        .order((sql::<Text>(&format!("{UNIT} COLLATE vietnamese")), titles::rank_order, posts::seat, posts::id))
        .limit(paging.fetch())
        .load(conn)
        .await?;
    let total = if paging.count {
        let counted =
            filtered!(posts::table.filter(posts::unit_id.eq_any(scope.units())).into_boxed(), filter, outlook);
        Some(counted.count().get_result(conn).await?)
    } else {
        None
    };
    Ok((rows.into_iter().map(|row| row.seen_from(filter.day)).collect::<Result<_>>()?, total))
}

/// A post in scope as seen from a day.
pub async fn find_post(conn: &mut AsyncPgConnection, scope: &Scope, id: PostId, day: NaiveDate) -> Result<Post> {
    let row: PostRow = post_rows!(scope, day, locality_on!(day)).filter(posts::id.eq(id)).first(conn).await?;
    row.seen_from(day)
}

/// A post in scope, kept until the end of the change.
pub async fn lock_post(tx: &mut Tx, scope: &Scope, id: PostId) -> Result<Post> {
    let locked: Option<PostId> = posts::table
        .find(id)
        .filter(posts::unit_id.eq_any(scope.units()))
        .select(posts::id)
        .for_update()
        .first(tx.conn())
        .await
        .optional()?;
    let id = locked.ok_or_else(Error::not_found)?;
    let today = tx.today();
    find_post(tx.conn(), scope, id, today).await
}

/// Those of these posts that are in scope, by id.
pub async fn seats(conn: &mut AsyncPgConnection, scope: &Scope, ids: &[PostId]) -> Result<Vec<Seat>> {
    let rows: Vec<PostRow> =
        post_rows!(scope, NaiveDate::MAX).filter(posts::id.eq_any(ids)).order(posts::id).load(conn).await?;
    with_freezes(conn, rows).await
}

async fn with_freezes(conn: &mut AsyncPgConnection, rows: Vec<PostRow>) -> Result<Vec<Seat>> {
    let ids: Vec<PostId> = rows.iter().map(|row| row.id).collect();
    // canbo knows of none that is older.
    let mut frozen = freezes(conn, &ids, NaiveDate::default()).await?;
    let mut seats = rows.into_iter().map(PostRow::seat).collect::<Result<Vec<Seat>>>()?;
    for seat in &mut seats {
        seat.freezes = frozen.remove(&seat.id).unwrap_or_default();
    }
    Ok(seats)
}

/// The posts in scope that nobody holds on a day and that are not frozen then: of a unit and everything below it, or all.
pub async fn vacant_seats(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    unit: Option<Uuid>,
    day: NaiveDate,
) -> Result<Vec<Seat>> {
    let filter = PostFilter {
        day,
        unit,
        title: None,
        status: Some(PostStatus::Vacant),
        full_time: None,
        locality: None,
        zone: None,
    };
    let outlook = Outlook::default();
    let rows: Vec<PostRow> =
        filtered!(post_rows!(scope, day).into_boxed(), filter, &outlook).order(posts::id).load(conn).await?;
    rows.into_iter().map(PostRow::seat).collect()
}

/// The posts of these units that exist on a day or later, wherever they are, by unit, rank and seat.
pub async fn posts_of_units(tx: &mut Tx, units: &[Uuid], from: NaiveDate) -> Result<Vec<Seat>> {
    let rows: Vec<PostRow> = post_rows!(Scope::everything(), NaiveDate::MAX)
        .filter(posts::unit_id.eq_any(units).and(posts::during.overlaps_with(Period::since(from))))
        .order((posts::unit_id, titles::rank_order, posts::title_id, posts::seat))
        .load(tx.conn())
        .await?;
    with_freezes(tx.conn(), rows).await
}

/// Ends posts before a day on which they exist.
pub async fn end_posts(tx: &mut Tx, ids: &[PostId], before: NaiveDate) -> Result<()> {
    let now = tx.now();
    // The bound of a range is no column of the DSL.
    diesel::sql_query(
        "UPDATE posts SET during = daterange(lower(during), $2), version = version + 1, updated_at = $3 WHERE id = ANY($1)",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
    .bind::<Date, _>(before)
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The lives of those of these units that are in scope.
pub async fn unit_lives(conn: &mut AsyncPgConnection, scope: &Scope, units: &[Uuid]) -> Result<HashMap<Uuid, Period>> {
    let rows: Vec<(Uuid, Period)> = unit_versions::table
        .filter(unit_versions::unit_id.eq_any(units).and(unit_versions::unit_id.eq_any(scope.units())))
        .select((unit_versions::unit_id, unit_versions::during))
        .load(conn)
        .await?;
    let mut periods: HashMap<Uuid, Vec<Period>> = HashMap::new();
    for (unit, during) in rows {
        periods.entry(unit).or_default().push(during);
    }
    Ok(periods.into_iter().filter_map(|(unit, periods)| Some((unit, rules::life(&periods)?))).collect())
}

/// The highest number of the seats of each title in these units.
pub async fn last_seats(tx: &mut Tx, units: &[Uuid]) -> Result<HashMap<(Uuid, TitleId), i32>> {
    let rows: Vec<(Uuid, TitleId, Option<i32>)> = posts::table
        .filter(posts::unit_id.eq_any(units))
        .group_by((posts::unit_id, posts::title_id))
        .select((posts::unit_id, posts::title_id, diesel::dsl::max(posts::seat)))
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|(unit, title, seat)| ((unit, title), seat.unwrap_or(0))).collect())
}

/// Adds posts, each with its seat number; gives their ids in the same order.
pub async fn insert_posts(tx: &mut Tx, rows: &[(&NewPostRow, i32)]) -> Result<Vec<PostId>> {
    let mut ids = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len());
        for (row, seat) in chunk {
            let id = PostId(tx.new_id());
            ids.push(id);
            values.push((
                posts::id.eq(id),
                posts::title_id.eq(row.title_id),
                posts::unit_id.eq(row.unit_id),
                posts::seat.eq(*seat),
                posts::full_time.eq(row.full_time),
                posts::term_months.eq(row.term_months),
                posts::during.eq(row.during),
                posts::created_at.eq(tx.now()),
                posts::updated_at.eq(tx.now()),
            ));
        }
        diesel::insert_into(posts::table).values(values).execute(tx.conn()).await?;
    }
    Ok(ids)
}

/// Writes a post's end and term and counts its version up.
pub async fn update_post(tx: &mut Tx, id: PostId, during: Period, term_months: Option<i32>) -> Result<()> {
    let now = tx.now();
    diesel::update(posts::table.find(id))
        .set((
            posts::during.eq(during),
            posts::term_months.eq(term_months),
            posts::version.eq(posts::version + 1),
            posts::updated_at.eq(now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

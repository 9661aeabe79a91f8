//! The one writer of appointments: opening, closing, undoing; every change supersedes and writes a new version.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::stand_ins::describe_stand_in;
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::posts::model::{
    AppointmentCorrection, AppointmentId, Basis, Holder, Holding, NewAppointment, PostId, Standing,
};
use crate::regulations::Sex;
use crate::schema::{appointments, decided_retirements, posts, scope_tree, titles, unit_versions};

/// Rows of one statement: PostgreSQL takes 65,535 values at most.
const CHUNK: usize = 3000;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = appointments)]
struct VersionRow {
    version_id: Uuid,
    id: AppointmentId,
    cadre_id: Uuid,
    cadre_name: String,
    cadre_born_on: Option<NaiveDate>,
    cadre_sex: Option<String>,
    post_id: PostId,
    during: Period,
    full_time: bool,
    basis: String,
    decision_number: Option<String>,
    decided_on: Option<NaiveDate>,
    end_reason: Option<String>,
    rotation_id: Option<Uuid>,
    ended_by_rotation_id: Option<Uuid>,
    version: i32,
    recorded_at: DateTime<Utc>,
    recorded_by: String,
}

impl VersionRow {
    /// The same appointment, written anew in this change after a version of it.
    fn anew(self, tx: &Tx, after: i32) -> Self {
        let version = after.saturating_add(1);
        Self { version_id: tx.new_id(), version, recorded_at: tx.now(), recorded_by: tx.actor().label.clone(), ..self }
    }
}

async fn insert(tx: &mut Tx, rows: &[VersionRow]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        diesel::insert_into(appointments::table).values(chunk).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Opens appointments; gives their ids in the same order. A post or a person that is taken then is a conflict.
pub async fn open(tx: &mut Tx, rows: &[NewAppointment]) -> Result<Vec<AppointmentId>> {
    let versions: Vec<VersionRow> = rows
        .iter()
        .map(|row| VersionRow {
            version_id: tx.new_id(),
            id: AppointmentId(tx.new_id()),
            cadre_id: row.holder.id,
            cadre_name: row.holder.name.clone(),
            cadre_born_on: Some(row.holder.born_on),
            cadre_sex: Some(row.holder.sex.name().to_owned()),
            post_id: row.post_id,
            during: row.during,
            full_time: row.full_time,
            basis: row.basis.name().to_owned(),
            decision_number: row.decision_number.clone(),
            decided_on: row.decided_on,
            end_reason: None,
            rotation_id: row.rotation_id,
            ended_by_rotation_id: None,
            version: 1,
            recorded_at: tx.now(),
            recorded_by: tx.actor().label.clone(),
        })
        .collect();
    insert(tx, &versions).await?;
    Ok(versions.iter().map(|version| version.id).collect())
}

/// Supersedes the current versions that `$which` picks, and gives them as they were.
macro_rules! supersede {
    ($tx:expr, $which:expr, $reason:expr) => {{
        let (now, by) = ($tx.now(), $tx.actor().label.clone());
        let mut rows: Vec<VersionRow> =
            diesel::update(appointments::table.filter(appointments::superseded_at.is_null()).filter($which))
                .set((
                    appointments::superseded_at.eq(now),
                    appointments::superseded_by.eq(by),
                    appointments::supersede_reason.eq($reason),
                ))
                .returning(VersionRow::as_returning())
                .get_results($tx.conn())
                .await?;
        // They come in the order of the plan, and new versions draw their ids in this one.
        rows.sort_unstable_by_key(|row| row.id);
        rows
    }};
}

/// Ends appointments before a day. One that would end sooner anyway keeps its end; one that begins on the day or later
/// is a conflict, and so is one that is not there any more.
pub async fn close(
    tx: &mut Tx,
    ids: &[AppointmentId],
    before: NaiveDate,
    reason: &str,
    by_rotation: Option<Uuid>,
) -> Result<()> {
    let rows = supersede!(tx, appointments::id.eq_any(ids), reason);
    if rows.len() != ids.len() {
        return Err(Error::new(code::CONFLICT).caused_by("an appointment to be closed is not current"));
    }
    let mut closed = Vec::with_capacity(rows.len());
    for row in rows {
        let end = row.during.to().map_or(before, |end| end.min(before));
        let during = row.during.ending(end).map_err(|_| {
            Error::new(code::CONFLICT).detail(
                format!("Bổ nhiệm bắt đầu không trước ngày {before}"),
                format!("The appointment does not begin before {before}"),
            )
        })?;
        let ended = VersionRow {
            during,
            end_reason: Some(reason.to_owned()),
            ended_by_rotation_id: by_rotation.or(row.ended_by_rotation_id),
            ..row
        };
        let version = ended.version;
        closed.push(ended.anew(tx, version));
    }
    insert(tx, &closed).await
}

/// Writes a corrected version of an appointment that no case has touched.
pub async fn correct(tx: &mut Tx, id: AppointmentId, right: &AppointmentCorrection, reason: &str) -> Result<()> {
    let Some(row) = own(supersede!(tx, appointments::id.eq(id), reason))? else { return Err(Error::not_found()) };
    let version = row.version;
    let right = right.clone();
    let corrected = VersionRow {
        during: right.during,
        full_time: right.full_time,
        basis: right.basis.name().to_owned(),
        decision_number: right.decision_number,
        decided_on: right.decided_on,
        end_reason: right.end_reason,
        ..row
    };
    insert(tx, &[corrected.anew(tx, version)]).await
}

/// Takes back an appointment that never was and that no case has touched; whether it was there.
pub async fn withdraw(tx: &mut Tx, cadre_id: Uuid, id: AppointmentId, reason: &str) -> Result<bool> {
    let which = appointments::id.eq(id).and(appointments::cadre_id.eq(cadre_id));
    Ok(own(supersede!(tx, which, reason))?.is_some())
}

/// The one row, unless a case opened or ended it: then the case is the way.
fn own(rows: Vec<VersionRow>) -> Result<Option<VersionRow>> {
    let row = rows.into_iter().next();
    if row.as_ref().is_some_and(|row| row.rotation_id.or(row.ended_by_rotation_id).is_some()) {
        return Err(Error::new(code::WRONG_STATE).detail(
            "Bổ nhiệm này do một hồ sơ điều động tạo ra hoặc kết thúc; hãy xử lý hồ sơ đó",
            "A case opened or ended this appointment: act on the case",
        ));
    }
    Ok(row)
}

/// Takes back what a case did: what it opened is superseded, what it closed stands again as it was before.
///
/// # Errors
/// A conflict when a later case has ended what it opened or closed, or when what would stand again no longer fits its
/// post: the later change is withdrawn first.
pub async fn undo(tx: &mut Tx, rotation_id: Uuid, reason: &str) -> Result<()> {
    let in_the_way = diesel::sql_query(
        "SELECT 1 FROM appointments c WHERE c.superseded_at IS NULL AND c.ended_by_rotation_id <> $1 \
         AND c.id IN (SELECT id FROM appointments WHERE rotation_id = $1 OR ended_by_rotation_id = $1)",
    );
    if in_the_way.bind::<diesel::sql_types::Uuid, _>(rotation_id).execute(tx.conn()).await? > 0 {
        return Err(overtaken());
    }
    let opened = supersede!(tx, appointments::rotation_id.eq(rotation_id), reason);
    let closed = supersede!(tx, appointments::ended_by_rotation_id.eq(rotation_id), reason);
    let gone: Vec<AppointmentId> = opened.iter().map(|row| row.id).collect();
    let ids: Vec<AppointmentId> = closed.iter().map(|row| row.id).filter(|id| !gone.contains(id)).collect();
    let versions: Vec<VersionRow> = appointments::table
        .filter(appointments::id.eq_any(&ids))
        .order((appointments::id, appointments::recorded_at, appointments::version_id))
        .select(VersionRow::as_select())
        .load(tx.conn())
        .await?;
    // What stood when the case closed it. A later version may be of a case that has been withdrawn since.
    let earlier = versions.chunk_by(|one, next| one.id == next.id).filter_map(|life| {
        let by_it = |row: &VersionRow| row.ended_by_rotation_id == Some(rotation_id);
        let before = life.iter().take_while(|row| !by_it(row)).last();
        before.or_else(|| life.iter().rev().find(|row| !by_it(row))).cloned()
    });
    let last: HashMap<AppointmentId, i32> = closed.iter().map(|row| (row.id, row.version)).collect();
    let restored: Vec<VersionRow> = earlier
        .map(|row| {
            let after = last.get(&row.id).copied().unwrap_or(row.version);
            row.anew(tx, after)
        })
        .collect();
    insert(tx, &restored).await?;
    let outside = diesel::sql_query(
        "SELECT 1 FROM appointments a JOIN posts p ON p.id = a.post_id \
         WHERE a.superseded_at IS NULL AND a.id = ANY($1) AND NOT p.during @> a.during",
    );
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if outside.bind::<Array<diesel::sql_types::Uuid>, _>(ids).execute(tx.conn()).await? > 0 {
        return Err(overtaken());
    }
    Ok(())
}

fn overtaken() -> Error {
    Error::new(code::CONFLICT).detail(
        "Một thay đổi sau đó dựa vào hồ sơ này; hãy rút lại thay đổi đó trước",
        "A later change rests on this case: withdraw that one first",
    )
}

/// Keeps what appointments and posts know of people equal to the cadre record.
pub async fn describe_holder(tx: &mut Tx, holder: &Holder) -> Result<()> {
    diesel::update(appointments::table.filter(appointments::cadre_id.eq(holder.id)))
        .set((
            appointments::cadre_name.eq(&holder.name),
            appointments::cadre_born_on.eq(holder.born_on),
            appointments::cadre_sex.eq(holder.sex.name()),
        ))
        .execute(tx.conn())
        .await?;
    describe_stand_in(tx, holder).await
}

#[derive(Queryable)]
struct HoldingRow {
    post_id: PostId,
    cadre_id: Uuid,
    cadre_name: String,
    cadre_born_on: Option<NaiveDate>,
    cadre_sex: Option<String>,
    retires_on: Option<NaiveDate>,
    during: Period,
    basis: String,
    ended_by_rotation_id: Option<Uuid>,
}

/// Who holds each of these posts when, and what is decided of their retirement on a day.
pub async fn holdings(
    conn: &mut AsyncPgConnection,
    posts: &[PostId],
    day: NaiveDate,
) -> Result<HashMap<PostId, Vec<(Ref, Holding)>>> {
    let decided = decided_retirements::table
        .on(decided_retirements::cadre_id.eq(appointments::cadre_id).and(decided_retirements::during.contains(day)));
    let rows: Vec<HoldingRow> = appointments::table
        .left_join(decided)
        .filter(appointments::superseded_at.is_null().and(appointments::post_id.eq_any(posts)))
        .select((
            appointments::post_id,
            appointments::cadre_id,
            appointments::cadre_name,
            appointments::cadre_born_on,
            appointments::cadre_sex,
            decided_retirements::retires_on.nullable(),
            appointments::during,
            appointments::basis,
            appointments::ended_by_rotation_id,
        ))
        .load(conn)
        .await?;
    let mut held: HashMap<PostId, Vec<(Ref, Holding)>> = HashMap::new();
    for row in rows {
        let holding = Holding {
            during: row.during,
            basis: basis(&row.basis, row.post_id)?,
            born_on: row.cadre_born_on,
            sex: row.cadre_sex.as_deref().and_then(Sex::of),
            retires_on: row.retires_on,
            by_case: row.ended_by_rotation_id.is_some(),
        };
        held.entry(row.post_id).or_default().push((Ref::new(row.cadre_id, row.cadre_name), holding));
    }
    Ok(held)
}

fn basis(name: &str, post: PostId) -> Result<Basis> {
    Basis::of(name).ok_or_else(|| Error::internal(format!("an appointment to {post} has an unknown basis")))
}

#[derive(Queryable)]
struct StandingRow {
    id: AppointmentId,
    cadre_id: Uuid,
    cadre_name: String,
    post_id: PostId,
    title: String,
    unit: String,
    during: Period,
    full_time: bool,
    basis: String,
    rotation_id: Option<Uuid>,
}

/// The appointments of any of these posts or people that stand on `from` or later, oldest first.
pub async fn standing(
    conn: &mut AsyncPgConnection,
    posts: &[PostId],
    cadres: &[Uuid],
    from: NaiveDate,
) -> Result<Vec<Standing>> {
    let rows: Vec<StandingRow> = appointments::table
        .inner_join(posts::table.inner_join(titles::table))
        .inner_join(scope_tree::table.on(scope_tree::unit_id.eq(posts::unit_id).and(scope_tree::depth.eq(0))))
        .left_join(
            unit_versions::table
                .on(unit_versions::unit_id.eq(posts::unit_id).and(unit_versions::during.contains(from))),
        )
        .filter(appointments::superseded_at.is_null())
        .filter(appointments::post_id.eq_any(posts).or(appointments::cadre_id.eq_any(cadres)))
        .filter(sql::<Bool>("appointments.during && daterange(").bind::<Nullable<Date>, _>(Some(from)).sql(", NULL)"))
        .order((sql::<Date>("lower(appointments.during)"), appointments::id))
        .select((
            appointments::id,
            appointments::cadre_id,
            appointments::cadre_name,
            appointments::post_id,
            titles::name_vi,
            sql::<diesel::sql_types::Text>("COALESCE(unit_versions.name, scope_tree.label)"),
            appointments::during,
            appointments::full_time,
            appointments::basis,
            appointments::rotation_id,
        ))
        .load(conn)
        .await?;
    let named = |row: StandingRow| {
        Ok(Standing {
            id: row.id,
            cadre_id: row.cadre_id,
            cadre_name: row.cadre_name,
            post_id: row.post_id,
            post_label: format!("{}, {}", row.title, row.unit),
            during: row.during,
            full_time: row.full_time,
            basis: basis(&row.basis, row.post_id)?,
            rotation_id: row.rotation_id,
        })
    };
    rows.into_iter().map(named).collect()
}

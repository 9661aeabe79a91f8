//! Rows of cases and moves.

mod ending;

pub use ending::{OpenCase, move_cases, open_cases, withdraw_prepared};

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{
    Decision, Direction, MoveId, MoveKind, Proposal, Rotation, RotationDecision, RotationId, RotationMove,
    RotationState, Withdrawal,
};
use super::rules::Admitted;
use crate::identity::{self, Scope};
use crate::platform::db::Tx;
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::posts::{self, PostId};
use crate::schema::{cadres, posts as post_rows, rotation_moves, rotations, scope_tree};

/// Cases due at a time; the rest follow at the next turn.
const DUE: i64 = 500;
/// How the numbers that canbo gives begin.
pub const OWN_NUMBERS: &str = "HS-";
/// One number for the lock under which case numbers are given.
const NUMBERS: Uuid = Uuid::from_u128(0x0063_616e_626f_0000_0000_0000_0000_0002);

/// The next number of this year: `HS-2026-0007`. Callers' own numbers are of another form.
pub async fn next_number(tx: &mut Tx) -> Result<String> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        last: i32,
    }
    tx.lock([NUMBERS]).await?;
    let prefix = format!("{OWN_NUMBERS}{}-", tx.today().year());
    let found: Last = diesel::sql_query(
        "SELECT coalesce(max(substring(number FROM length($1) + 1)::integer), 0) AS last FROM rotations \
         WHERE number COLLATE \"C\" LIKE $1 || '%' AND number ~ '^HS-[0-9]{4}-[0-9]{4,8}$'",
    )
    .bind::<diesel::sql_types::Text, _>(&prefix)
    .get_result(tx.conn())
    .await?;
    Ok(format!("{prefix}{:04}", found.last + 1))
}

/// Adds a case with its moves.
pub async fn insert(
    tx: &mut Tx,
    id: RotationId,
    number: &str,
    by: Uuid,
    proposal: &Proposal,
    moves: &[Admitted],
) -> Result<()> {
    let now = tx.now();
    let row = (
        rotations::id.eq(id),
        rotations::number.eq(number),
        rotations::subject.eq(&proposal.subject),
        rotations::unit_id.eq(proposal.unit_id),
        rotations::state.eq(RotationState::Prepared.name()),
        rotations::effective_from.eq(proposal.effective_from),
        rotations::prepared_by.eq(by),
        rotations::prepared_at.eq(now),
        rotations::created_at.eq(now),
        rotations::updated_at.eq(now),
    );
    diesel::insert_into(rotations::table).values(row).execute(tx.conn()).await?;
    let rows: Vec<_> = (1..)
        .zip(moves)
        .map(|(position, one): (i32, _)| {
            (
                rotation_moves::id.eq(tx.new_id()),
                rotation_moves::rotation_id.eq(id),
                rotation_moves::position.eq(position),
                rotation_moves::kind.eq(one.step.kind.name()),
                rotation_moves::direction.eq(one.direction.name()),
                rotation_moves::cadre_id.eq(one.step.cadre_id),
                rotation_moves::from_post_id.eq(one.step.from_post_id),
                rotation_moves::to_post_id.eq(one.step.to_post_id),
                rotation_moves::expected_end_on.eq(one.step.expected_end_on),
                rotation_moves::special_case.eq(one.step.special_case),
                rotation_moves::reason.eq(one.step.reason.clone()),
            )
        })
        .collect();
    diesel::insert_into(rotation_moves::table).values(rows).execute(tx.conn()).await?;
    Ok(())
}

macro_rules! update {
    ($tx:expr, $id:expr, $($change:expr),+ $(,)?) => {{
        let now = $tx.now();
        diesel::update(rotations::table.find($id))
            .set(($($change,)+ rotations::version.eq(rotations::version + 1), rotations::updated_at.eq(now)))
            .execute($tx.conn())
            .await?;
    }};
}

/// Notes the decision.
pub async fn set_decided(tx: &mut Tx, id: RotationId, by: Uuid, decision: &Decision) -> Result<()> {
    let now = tx.now();
    update!(
        tx,
        id,
        rotations::state.eq(RotationState::Decided.name()),
        rotations::decision_number.eq(&decision.number),
        rotations::decision_issuer.eq(&decision.issuer),
        rotations::decided_on.eq(decision.decided_on),
        rotations::decided_by.eq(by),
        rotations::decided_at.eq(now),
    );
    Ok(())
}

/// Notes the effect.
pub async fn set_effective(tx: &mut Tx, id: RotationId) -> Result<()> {
    let now = tx.now();
    update!(tx, id, rotations::state.eq(RotationState::Effective.name()), rotations::took_effect_at.eq(now));
    Ok(())
}

/// Notes the withdrawal.
pub async fn set_withdrawn(tx: &mut Tx, id: RotationId, reason: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.actor().id);
    update!(
        tx,
        id,
        rotations::state.eq(RotationState::Withdrawn.name()),
        rotations::withdrawn_at.eq(now),
        rotations::withdrawn_by.eq(by),
        rotations::withdrawn_reason.eq(reason),
    );
    Ok(())
}

/// Decided cases whose day has come, oldest first.
pub async fn due(conn: &mut AsyncPgConnection, today: NaiveDate) -> Result<Vec<RotationId>> {
    Ok(rotations::table
        .filter(rotations::state.eq(RotationState::Decided.name()).and(rotations::effective_from.le(today)))
        .order((rotations::effective_from, rotations::id))
        .limit(DUE)
        .select(rotations::id)
        .load(conn)
        .await?)
}

/// Numbers of cases.
pub async fn numbers(conn: &mut AsyncPgConnection, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = rotations::table
        .filter(rotations::id.eq_any(ids))
        .select((rotations::id, rotations::number))
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Number, issuer, day, by whom, when recorded.
type DecisionColumns = (Option<String>, Option<String>, Option<NaiveDate>, Option<Uuid>, Option<DateTime<Utc>>);

#[derive(Queryable)]
struct RotationRow {
    id: RotationId,
    number: String,
    subject: String,
    unit: (Uuid, String),
    state: String,
    effective_from: NaiveDate,
    prepared: (Uuid, DateTime<Utc>),
    decision: DecisionColumns,
    took_effect_at: Option<DateTime<Utc>>,
    withdrawal: (Option<DateTime<Utc>>, Option<String>),
    version: i32,
}

#[derive(Queryable)]
struct MoveRow {
    rotation_id: RotationId,
    id: MoveId,
    kind: String,
    direction: String,
    cadre_id: Uuid,
    cadre_name: String,
    from_post_id: Option<PostId>,
    to_post_id: PostId,
    expected_end_on: Option<NaiveDate>,
    special_case: bool,
    reason: Option<String>,
}

/// Cases that the caller may see: kept by a unit in scope, or touching a post of one.
fn visible(scope: &Scope) -> rotations::BoxedQuery<'static, diesel::pg::Pg, diesel::sql_types::Uuid> {
    let in_scope = || post_rows::table.filter(post_rows::unit_id.eq_any(scope.units())).select(post_rows::id);
    let touching = rotation_moves::table
        .filter(
            rotation_moves::to_post_id
                .eq_any(in_scope())
                .or(rotation_moves::from_post_id.eq_any(in_scope().select(post_rows::id.nullable()))),
        )
        .select(rotation_moves::rotation_id);
    rotations::table
        .filter(rotations::unit_id.eq_any(scope.units()).or(rotations::id.eq_any(touching)))
        .select(rotations::id)
        .into_boxed()
}

macro_rules! rotation_rows {
    () => {
        rotations::table
            .inner_join(scope_tree::table.on(scope_tree::unit_id.eq(rotations::unit_id).and(scope_tree::depth.eq(0))))
            .select((
                rotations::id,
                rotations::number,
                rotations::subject,
                (rotations::unit_id, scope_tree::label),
                rotations::state,
                rotations::effective_from,
                (rotations::prepared_by, rotations::prepared_at),
                (
                    rotations::decision_number,
                    rotations::decision_issuer,
                    rotations::decided_on,
                    rotations::decided_by,
                    rotations::decided_at,
                ),
                rotations::took_effect_at,
                (rotations::withdrawn_at, rotations::withdrawn_reason),
                rotations::version,
            ))
    };
}

/// Puts cases together with their moves and labels, in a fixed number of statements.
async fn assemble(conn: &mut AsyncPgConnection, rows: Vec<RotationRow>) -> Result<Vec<Rotation>> {
    let ids: Vec<RotationId> = rows.iter().map(|row| row.id).collect();
    let moves: Vec<MoveRow> = rotation_moves::table
        .inner_join(cadres::table)
        .filter(rotation_moves::rotation_id.eq_any(&ids))
        .order((rotation_moves::rotation_id, rotation_moves::position))
        .select((
            rotation_moves::rotation_id,
            rotation_moves::id,
            rotation_moves::kind,
            rotation_moves::direction,
            rotation_moves::cadre_id,
            cadres::full_name,
            rotation_moves::from_post_id,
            rotation_moves::to_post_id,
            rotation_moves::expected_end_on,
            rotation_moves::special_case,
            rotation_moves::reason,
        ))
        .load(conn)
        .await?;
    let touched: Vec<PostId> =
        moves.iter().flat_map(|row| row.from_post_id.into_iter().chain([row.to_post_id])).collect();
    // A case names both its posts to whoever may see the case.
    let seats = posts::seats(conn, &Scope::everything(), &touched).await?;
    let labels: HashMap<PostId, String> = seats.into_iter().map(|seat| (seat.id, seat.label)).collect();
    let actors: Vec<Uuid> = rows.iter().flat_map(|row| [Some(row.prepared.0), row.decision.3]).flatten().collect();
    let names = identity::names_of(conn, &actors).await?;
    let mut by_case: HashMap<RotationId, Vec<RotationMove>> = HashMap::new();
    for row in moves {
        by_case.entry(row.rotation_id).or_default().push(step(row, &labels)?);
    }
    rows.into_iter().map(|row| rotation(row, &mut by_case, &names)).collect()
}

fn step(row: MoveRow, labels: &HashMap<PostId, String>) -> Result<RotationMove> {
    let MoveRow {
        rotation_id,
        id,
        kind,
        direction,
        cadre_id,
        cadre_name,
        from_post_id,
        to_post_id,
        expected_end_on,
        special_case,
        reason,
    } = row;
    let unknown = || Error::internal(format!("a move of rotation {rotation_id} has an unknown kind or direction"));
    let post = |post: PostId| Ref::new(post, labels.get(&post).cloned().unwrap_or_default());
    Ok(RotationMove {
        id,
        kind: MoveKind::of(&kind).ok_or_else(unknown)?,
        direction: Direction::of(&direction).ok_or_else(unknown)?,
        cadre: Ref::new(cadre_id, cadre_name),
        from_post: from_post_id.map(post),
        to_post: post(to_post_id),
        expected_end_on,
        special_case,
        reason,
    })
}

fn rotation(
    row: RotationRow,
    moves: &mut HashMap<RotationId, Vec<RotationMove>>,
    names: &HashMap<Uuid, String>,
) -> Result<Rotation> {
    let RotationRow {
        id,
        number,
        subject,
        unit,
        state,
        effective_from,
        prepared,
        decision,
        took_effect_at,
        withdrawal,
        version,
    } = row;
    let actor = |id: Uuid| Ref::new(id, names.get(&id).cloned().unwrap_or_default());
    let decision = match decision {
        (Some(number), Some(issuer), Some(decided_on), Some(by), Some(recorded_at)) => {
            Some(RotationDecision { number, issuer, decided_on, decided_by: actor(by), recorded_at })
        }
        _ => None,
    };
    let withdrawal = match withdrawal {
        (Some(withdrawn_at), reason) => Some(Withdrawal { reason: reason.unwrap_or_default(), withdrawn_at }),
        (None, _) => None,
    };
    Ok(Rotation {
        state: RotationState::of(&state)
            .ok_or_else(|| Error::internal(format!("rotation {id} has an unknown state")))?,
        unit: Ref::new(unit.0, unit.1),
        moves: moves.remove(&id).unwrap_or_default(),
        prepared_by: actor(prepared.0),
        prepared_at: prepared.1,
        id,
        number,
        subject,
        effective_from,
        decision,
        took_effect_at,
        withdrawal,
        version,
    })
}

/// A case in scope.
pub async fn find(conn: &mut AsyncPgConnection, scope: &Scope, id: RotationId) -> Result<Rotation> {
    let rows =
        rotation_rows!().filter(rotations::id.eq(id).and(rotations::id.eq_any(visible(scope)))).load(conn).await?;
    assemble(conn, rows).await?.pop().ok_or_else(Error::not_found)
}

/// A case in scope, kept until the end of the change.
pub async fn lock(tx: &mut Tx, scope: &Scope, id: RotationId) -> Result<Rotation> {
    let locked: RotationId = rotations::table
        .filter(rotations::id.eq(id).and(rotations::id.eq_any(visible(scope))))
        .select(rotations::id)
        .for_update()
        .first(tx.conn())
        .await?;
    find(tx.conn(), scope, locked).await
}

/// Which cases of a list are wanted.
#[derive(Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<RotationState>,
    /// Moving this person.
    pub cadre: Option<Uuid>,
    /// Leaving or entering this post.
    pub post: Option<PostId>,
    /// Effective on this day or later.
    pub from: Option<NaiveDate>,
    /// Effective on this day or earlier.
    pub to: Option<NaiveDate>,
}

fn wanted(scope: &Scope, filter: &Filter) -> rotations::BoxedQuery<'static, diesel::pg::Pg, diesel::sql_types::Uuid> {
    let mut query = visible(scope);
    if let Some(state) = filter.state {
        query = query.filter(rotations::state.eq(state.name()));
    }
    if let Some(cadre) = filter.cadre {
        query = query.filter(rotations::id.eq_any(
            rotation_moves::table.filter(rotation_moves::cadre_id.eq(cadre)).select(rotation_moves::rotation_id),
        ));
    }
    if let Some(post) = filter.post {
        let touching = rotation_moves::from_post_id.eq(post).or(rotation_moves::to_post_id.nullable().eq(post));
        query = query.filter(
            rotations::id
                .eq_any(rotation_moves::table.filter(touching.assume_not_null()).select(rotation_moves::rotation_id)),
        );
    }
    if let Some(from) = filter.from {
        query = query.filter(rotations::effective_from.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(rotations::effective_from.le(to));
    }
    query
}

/// Cases in scope, the latest effective day first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    filter: &Filter,
    paging: &Paging,
) -> Result<(Vec<Rotation>, Option<i64>)> {
    let mut query = rotation_rows!().filter(rotations::id.eq_any(wanted(scope, filter))).into_boxed();
    if let (Some(day), Some(id)) = (paging.key::<NaiveDate>(0)?, paging.key::<Uuid>(1)?) {
        let same_day = rotations::effective_from.eq(day).and(rotations::id.lt(id));
        query = query.filter(rotations::effective_from.lt(day).or(same_day));
    }
    let rows =
        query.order((rotations::effective_from.desc(), rotations::id.desc())).limit(paging.fetch()).load(conn).await?;
    let total = if paging.count {
        Some(rotations::table.filter(rotations::id.eq_any(wanted(scope, filter))).count().get_result(conn).await?)
    } else {
        None
    };
    Ok((assemble(conn, rows).await?, total))
}

//! What a caller may see: units at or below those of their grants. Every read of scoped things goes through a [`Scope`].

use std::collections::BTreeSet;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::error::{Error, Result, code};
use crate::schema::scope_tree;

/// The units in which a permission holds, each with everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// None: everything, which only canbo itself has.
    roots: Option<Vec<Uuid>>,
    /// The caller's own cadre record, visible to them wherever it is kept.
    own: Option<Uuid>,
}

/// A subquery of unit ids.
pub type UnitIds<'a> = scope_tree::BoxedQuery<'a, Pg, sql_types::Uuid>;

impl Scope {
    /// Everything.
    pub fn everything() -> Self {
        Self { roots: None, own: None }
    }

    /// These units and what is below them.
    pub fn of(mut roots: Vec<Uuid>, own: Option<Uuid>) -> Self {
        roots.sort_unstable();
        roots.dedup();
        Self { roots: Some(roots), own }
    }

    /// The caller's own cadre record.
    pub fn own(&self) -> Option<Uuid> {
        self.own
    }

    /// Whether it reaches any unit; the role `cadre` alone reaches none.
    pub fn reaches_units(&self) -> bool {
        self.roots.as_ref().is_none_or(|roots| !roots.is_empty())
    }

    /// The ids of all units in scope, as a subquery: `.filter(posts::unit_id.eq_any(scope.units()))`.
    pub fn units(&self) -> UnitIds<'static> {
        let all = scope_tree::table.select(scope_tree::unit_id);
        match &self.roots {
            None => all.filter(scope_tree::depth.eq(0)).into_boxed(),
            Some(roots) => all.filter(scope_tree::ancestor_id.eq_any(roots.clone())).into_boxed(),
        }
    }

    /// The first root, where new things of the caller belong unless said otherwise.
    pub fn first_root(&self) -> Option<Uuid> {
        self.roots.as_ref().and_then(|roots| roots.as_slice().first()).copied()
    }
}

/// One number for the lock under which the tree changes: its closure is computed from the whole, and what is placed in
/// units must not see them end meanwhile.
const TREE: Uuid = Uuid::from_u128(0x0063_616e_626f_0000_0000_0000_0000_0003);

/// Keeps all units as they are until the end of the change: for who puts something or somebody into one.
pub async fn hold_tree(tx: &mut Tx) -> Result<()> {
    tx.share(TREE).await
}

/// Keeps everybody else from changing the tree, or from putting anything into a unit, until the end of the change.
pub async fn lock_tree(tx: &mut Tx) -> Result<()> {
    tx.lock([TREE]).await
}

/// Whether a unit is in scope.
pub async fn covers(conn: &mut diesel_async::AsyncPgConnection, scope: &Scope, unit: Uuid) -> Result<bool> {
    let found = diesel::select(diesel::dsl::exists(
        scope_tree::table.filter(scope_tree::unit_id.eq(unit)).filter(scope_tree::unit_id.eq_any(scope.units())),
    ));
    Ok(found.get_result(conn).await?)
}

/// Whether every unit is in scope.
pub async fn covers_all(conn: &mut diesel_async::AsyncPgConnection, scope: &Scope) -> Result<bool> {
    let outside = scope_tree::table.filter(diesel::dsl::not(scope_tree::unit_id.eq_any(scope.units())));
    let outside: bool =
        diesel::select(diesel::dsl::exists(outside.select(scope_tree::unit_id))).get_result(conn).await?;
    Ok(!outside)
}

/// Refuses unless every unit is in scope: what is the same for the whole province is for who keeps the whole of it.
pub async fn check_covers_all(conn: &mut diesel_async::AsyncPgConnection, scope: &Scope) -> Result<()> {
    if covers_all(conn, scope).await? {
        return Ok(());
    }
    Err(Error::new(code::FORBIDDEN)
        .detail("Cần quyền này trong toàn tỉnh", "Needs this permission in the whole province"))
}

/// Those of these units that are in scope.
pub async fn covered(
    conn: &mut diesel_async::AsyncPgConnection,
    scope: &Scope,
    units: &[Uuid],
) -> Result<BTreeSet<Uuid>> {
    let found: Vec<Uuid> = scope.units().filter(scope_tree::unit_id.eq_any(units)).load(conn).await?;
    Ok(found.into_iter().collect())
}

/// Where a unit stands: what the organisations room tells us whenever the tree changes.
#[derive(Debug, Insertable)]
#[diesel(table_name = scope_tree)]
pub struct Placement {
    /// The unit.
    pub unit_id: Uuid,
    /// A unit that it stands at (itself) or below.
    pub ancestor_id: Uuid,
    /// Steps between the two.
    pub depth: i32,
    /// The unit's latest name.
    pub label: String,
}

/// Replaces the placements of these units.
pub async fn place(tx: &mut Tx, units: &[Uuid], placements: &[Placement]) -> Result<()> {
    diesel::delete(scope_tree::table.filter(scope_tree::unit_id.eq_any(units))).execute(tx.conn()).await?;
    for chunk in placements.chunks(5000) {
        diesel::insert_into(scope_tree::table).values(chunk).execute(tx.conn()).await?;
    }
    Ok(())
}

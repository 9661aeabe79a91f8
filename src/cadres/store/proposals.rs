//! Corrections that people propose of their own record.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Date, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::records::{CadreRow, personal, unit_label};
use crate::cadres::model::{
    CadreId, CorrectedField, Correction, CorrectionSummary, FieldChange, ProposalEvidence, ProposalId,
    ProposalSettlement, ProposalState, ProposedChanges,
};
use crate::cadres::rules::proposals::{self as rules, Stance, Whose};
use crate::identity::model::Permission;
use crate::identity::{Caller, Scope, names_of};
use crate::platform::db::{Sealed, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::schema::{cadre_proposals, cadres, unit_ancestors};

/// Which proposals a caller may see, and what they are to each.
#[derive(Clone, Debug)]
pub struct Reach {
    /// About whom.
    seen: Scope,
    /// Whose files they keep.
    kept: Scope,
    /// Whose sensitive fields they see.
    sensitive: Scope,
    /// Their own record.
    own: Option<Uuid>,
    /// The record that they propose corrections of.
    proposes: Option<Uuid>,
}

impl Reach {
    /// That of a caller, within the permission that they call with.
    pub fn of<P>(caller: &Caller<P>) -> Self {
        let scope = |permission| caller.scope_for(permission).unwrap_or_else(|| Scope::of(Vec::new(), None));
        Self {
            seen: caller.scope().clone(),
            kept: scope(Permission::ManageCadres),
            sensitive: scope(Permission::ReadSensitive),
            own: caller.cadre_id(),
            proposes: scope(Permission::MakeProposals).own(),
        }
    }
}

#[derive(Queryable)]
struct ProposalRow {
    id: ProposalId,
    cadre_id: CadreId,
    cadre: String,
    unit_id: Uuid,
    unit: String,
    state: String,
    changes: Value,
    reason: String,
    evidence_number: String,
    evidence_issuer: String,
    evidence_issued_on: NaiveDate,
    proposed_at: DateTime<Utc>,
    settled_by: Option<Uuid>,
    settled_at: Option<DateTime<Utc>>,
    settled_reason: Option<String>,
    version: i32,
    manages: bool,
    sensitive: bool,
    record: CadreRow,
}

/// Proposals about people whom a reach has.
macro_rules! proposal_rows {
    ($reach:expr, $day:expr) => {{
        let own: Vec<Uuid> = $reach.seen.own().into_iter().collect();
        cadre_proposals::table
            .inner_join(cadres::table)
            .filter(cadres::unit_id.eq_any($reach.seen.units()).or(cadres::id.eq_any(own)))
            .select((
                cadre_proposals::id,
                cadre_proposals::cadre_id,
                cadres::full_name,
                cadres::unit_id,
                unit_label!($day),
                cadre_proposals::state,
                cadre_proposals::changes,
                cadre_proposals::reason,
                cadre_proposals::evidence_number,
                cadre_proposals::evidence_issuer,
                cadre_proposals::evidence_issued_on,
                cadre_proposals::proposed_at,
                cadre_proposals::settled_by,
                cadre_proposals::settled_at,
                cadre_proposals::settled_reason,
                cadre_proposals::version,
                cadres::unit_id.eq_any($reach.kept.units()),
                cadres::unit_id.eq_any($reach.sensitive.units()),
                CadreRow::as_select(),
            ))
    }};
}

/// A proposal as a caller meets it.
pub struct Met {
    /// Whose record.
    pub cadre_id: CadreId,
    /// Their name.
    pub cadre: String,
    /// The unit that keeps the file.
    pub unit_id: Uuid,
    /// How far it has come.
    pub state: ProposalState,
    /// What it changes.
    pub changes: ProposedChanges,
    /// What the caller is to it.
    pub stance: Stance,
    /// Counts its changes.
    pub version: i32,
}

impl ProposalRow {
    fn met(&self, reach: &Reach) -> Result<Met> {
        let changes = ProposedChanges::deserialize(&self.changes).map_err(Error::internal)?;
        let cadre = Some(self.cadre_id.0);
        let whose = if reach.proposes == cadre {
            Whose::OwnToCorrect
        } else if reach.own == cadre {
            Whose::Own
        } else {
            Whose::Another
        };
        let stance = Stance {
            manages: self.manages,
            sees: self.sensitive || whose != Whose::Another || !changes.is_sensitive(),
            whose,
        };
        let state = ProposalState::of(&self.state)
            .ok_or_else(|| Error::internal(format!("proposal {} has an unknown state", self.id)))?;
        let (cadre_id, unit_id, version) = (self.cadre_id, self.unit_id, self.version);
        Ok(Met { cadre_id, cadre: self.cadre.clone(), unit_id, state, changes, stance, version })
    }

    fn summary(self, reach: &Reach) -> Result<CorrectionSummary> {
        let Met { state, changes, stance, version, .. } = self.met(reach)?;
        let (record, ..) = personal(self.record)?;
        let current = rules::overtaken(&changes, &record, None).is_ok();
        Ok(CorrectionSummary {
            id: self.id,
            cadre: Ref::new(self.cadre_id, self.cadre),
            unit: Ref::new(self.unit_id, self.unit),
            state,
            fields: changes.record.iter().map(|change| change.field).collect(),
            qualifications: changes.qualifications.len(),
            proposed_at: self.proposed_at,
            allowed_actions: rules::allowed(state, stance, current),
            version,
        })
    }

    /// Held against the record as it is.
    fn held_against_record(self, by: Option<Ref>, met: Met) -> Result<Sealed<Correction>> {
        let Met { state, changes, stance, .. } = met;
        let (record, _, record_version) = personal(self.record)?;
        let current = rules::overtaken(&changes, &record, None).is_ok();
        let tells = stance.sees && changes.is_sensitive();
        let all = changes.record.len();
        let shown = changes.record.into_iter().filter(|change| stance.sees || !change.field.is_sensitive());
        let field = |change: FieldChange| {
            let is_now = change.field.of_record(&record);
            let changed_since = is_now != change.was;
            CorrectedField { field: change.field, was: change.was, is_now, would_be: change.would_be, changed_since }
        };
        let fields: Vec<CorrectedField> = shown.map(field).collect();
        let settlement = by.zip(self.settled_at);
        let correction = Correction {
            id: self.id,
            cadre: Ref::new(self.cadre_id, self.cadre),
            unit: Ref::new(self.unit_id, self.unit),
            state,
            withheld: all.saturating_sub(fields.len()),
            fields,
            qualifications: changes.qualifications,
            reason: self.reason,
            evidence: ProposalEvidence {
                number: self.evidence_number,
                issuer: self.evidence_issuer,
                issued_on: self.evidence_issued_on,
            },
            proposed_at: self.proposed_at,
            settlement: settlement.map(|(by, at)| ProposalSettlement { by, at, reason: self.settled_reason }),
            record_version,
            allowed_actions: rules::allowed(state, stance, current),
            version: self.version,
        };
        Ok(Sealed::new(correction, tells.then_some(self.cadre_id.0)))
    }
}

/// A proposal that the caller may see, held against the record as it is. It is sealed when it tells sensitive fields.
pub async fn find_proposal(
    conn: &mut AsyncPgConnection,
    reach: &Reach,
    id: ProposalId,
    day: NaiveDate,
) -> Result<Sealed<Correction>> {
    let row: ProposalRow = proposal_rows!(reach, day).filter(cadre_proposals::id.eq(id)).first(conn).await?;
    let by = match row.settled_by {
        Some(by) => Some(Ref::new(by, names_of(conn, &[by]).await?.remove(&by).unwrap_or_default())),
        None => None,
    };
    let met = row.met(reach)?;
    row.held_against_record(by, met)
}

/// A proposal that the caller may see, kept until the end of the change.
pub async fn lock_proposal(tx: &mut Tx, reach: &Reach, id: ProposalId) -> Result<Met> {
    let day = tx.today();
    let _: ProposalId =
        cadre_proposals::table.find(id).for_update().select(cadre_proposals::id).first(tx.conn()).await?;
    let row: ProposalRow = proposal_rows!(reach, day).filter(cadre_proposals::id.eq(id)).first(tx.conn()).await?;
    row.met(reach)
}

/// Which proposals.
#[derive(Clone, Copy, Debug)]
pub struct ProposalFilter {
    /// Seen from this day.
    pub day: NaiveDate,
    /// Of one person, the newest first; else the oldest first.
    pub cadre: Option<CadreId>,
    /// Of one state.
    pub state: Option<ProposalState>,
    /// About people whose file is kept by this unit or one below it.
    pub unit: Option<Uuid>,
}

/// Proposals that the caller may see.
pub async fn list_proposals(
    conn: &mut AsyncPgConnection,
    reach: &Reach,
    filter: ProposalFilter,
    paging: &Paging,
) -> Result<(Vec<CorrectionSummary>, Option<i64>)> {
    let all = || {
        let mut query = proposal_rows!(reach, filter.day).into_boxed();
        if let Some(cadre) = filter.cadre {
            query = query.filter(cadre_proposals::cadre_id.eq(cadre));
        }
        if let Some(state) = filter.state {
            query = query.filter(cadre_proposals::state.eq(state.name()));
        }
        if let Some(unit) = filter.unit {
            let below = unit_ancestors::table
                .filter(unit_ancestors::ancestor_id.eq(unit).and(unit_ancestors::during.contains(filter.day)))
                .select(unit_ancestors::unit_id);
            query = query.filter(cadres::unit_id.eq_any(below));
        }
        query
    };
    let mut query = all();
    if let (Some(at), Some(id)) = (paging.key::<DateTime<Utc>>(0)?, paging.key::<Uuid>(1)?) {
        let row = |sign: &str| {
            sql::<Bool>(&format!("(cadre_proposals.proposed_at, cadre_proposals.id) {sign} ("))
                .bind::<Timestamptz, _>(at)
                .sql(", ")
                .bind::<diesel::sql_types::Uuid, _>(id)
                .sql(")")
        };
        query = query.filter(row(if filter.cadre.is_some() { "<" } else { ">" }));
    }
    query = match filter.cadre {
        Some(_) => query.order((cadre_proposals::proposed_at.desc(), cadre_proposals::id.desc())),
        None => query.order((cadre_proposals::proposed_at.asc(), cadre_proposals::id.asc())),
    };
    let rows: Vec<ProposalRow> = query.limit(paging.fetch()).load(conn).await?;
    let total = if paging.count { Some(all().count().get_result(conn).await?) } else { None };
    Ok((rows.into_iter().map(|row| row.summary(reach)).collect::<Result<_>>()?, total))
}

/// How many corrections of a person's record wait.
pub async fn open_proposals(tx: &mut Tx, cadre: CadreId) -> Result<i64> {
    let waiting = cadre_proposals::table
        .filter(cadre_proposals::cadre_id.eq(cadre))
        .filter(cadre_proposals::state.eq(ProposalState::Proposed.name()));
    Ok(waiting.count().get_result(tx.conn()).await?)
}

/// Writes a proposal down.
pub async fn insert_proposal(
    tx: &mut Tx,
    cadre: CadreId,
    by: Uuid,
    changes: &ProposedChanges,
    (reason, evidence): (&str, &ProposalEvidence),
) -> Result<ProposalId> {
    let id = ProposalId(tx.new_id());
    let row = (
        cadre_proposals::id.eq(id),
        cadre_proposals::cadre_id.eq(cadre),
        cadre_proposals::state.eq(ProposalState::Proposed.name()),
        cadre_proposals::changes.eq(serde_json::to_value(changes).map_err(Error::internal)?),
        cadre_proposals::reason.eq(reason),
        cadre_proposals::evidence_number.eq(&evidence.number),
        cadre_proposals::evidence_issuer.eq(&evidence.issuer),
        cadre_proposals::evidence_issued_on.eq(evidence.issued_on),
        cadre_proposals::proposed_by.eq(by),
        cadre_proposals::proposed_at.eq(tx.now()),
    );
    diesel::insert_into(cadre_proposals::table).values(row).execute(tx.conn()).await?;
    Ok(id)
}

/// Says what became of a proposal.
pub async fn settle_proposal(
    tx: &mut Tx,
    id: ProposalId,
    by: Uuid,
    state: ProposalState,
    reason: Option<&str>,
) -> Result<()> {
    let now = tx.now();
    diesel::update(cadre_proposals::table.find(id))
        .set((
            cadre_proposals::state.eq(state.name()),
            cadre_proposals::settled_by.eq(by),
            cadre_proposals::settled_at.eq(now),
            cadre_proposals::settled_reason.eq(reason),
            cadre_proposals::version.eq(cadre_proposals::version + 1),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

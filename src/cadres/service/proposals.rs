//! Corrections that people propose of their own record: proposing, and what becomes of it.

use serde_json::json;

use super::{Grounds, amend, in_roles, learn, unknown_native};
use crate::cadres::model::{
    CadreId, Correction, CorrectionProposal, CorrectionSummary, FieldChange, ProposalAction, ProposalId, ProposalState,
    ProposedChanges, RecordField,
};
use crate::cadres::rules::proposals as rules;
use crate::cadres::store::{self, Met, ProposalFilter, Reach};
use crate::identity::Caller;
use crate::identity::model::Permission;
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Result, code};
use crate::platform::http::Paging;

/// Proposals that the caller may see.
pub async fn proposals<P>(
    app: &App,
    caller: &Caller<P>,
    filter: ProposalFilter,
    paging: &Paging,
) -> Result<(Vec<CorrectionSummary>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    if let Some(cadre) = filter.cadre {
        store::see(&mut conn, caller.scope(), cadre).await?;
    }
    store::list_proposals(&mut conn, &Reach::of(caller), filter, paging).await
}

/// A proposal that the caller may see, held against the record as it is.
pub async fn proposal<P>(app: &App, caller: &Caller<P>, id: ProposalId) -> Result<Correction> {
    let (reach, today) = (Reach::of(caller), app.clock.today());
    let found = store::find_proposal(&mut *app.db.read().await?, &reach, id, today).await?;
    found.read_by(&app.db, caller.actor(), "get_proposal", in_roles(caller))
}

/// Proposes a correction of the caller's own record; anybody else's is not there. What the officer would be refused is
/// refused here.
pub async fn propose(
    app: &App,
    caller: &Caller,
    cadre: CadreId,
    proposal: &CorrectionProposal,
) -> Result<Outcome<Correction>> {
    let by = caller.actor().id.ok_or_else(|| Error::internal("a correction is proposed by an account"))?;
    app.db
        .change(caller, "propose_correction", async |tx| {
            if caller.scope().own() != Some(cadre.0) {
                return Err(Error::not_found());
            }
            // Those who propose at once for one person count each other's.
            tx.lock([cadre.0]).await?;
            rules::one_more(store::open_proposals(tx, cadre).await?).map_err(Error::new)?;
            let (record, unit, _) = store::personal_data(tx.conn(), caller.scope(), cadre).await?;
            let was = |(field, would_be): &(RecordField, Option<String>)| FieldChange {
                field: *field,
                was: field.of_record(&record),
                would_be: would_be.clone(),
            };
            let changes = ProposedChanges {
                record: proposal.fields.iter().map(was).collect(),
                confirm_number_mismatch: proposal.confirm_number_mismatch,
                qualifications: proposal.qualifications.clone(),
            };
            let mut findings = rules::proposed(&changes, &proposal.evidence, &record, tx.today());
            // The units that the person may see: those of which they keep nothing.
            let near = caller.scope_for(Permission::ReadUnits).unwrap_or_else(|| caller.scope().clone());
            let native = changes.over(record.clone()).native_unit_id;
            if native != record.native_unit_id {
                let unknown = unknown_native(tx, &near, native).await?;
                findings.extend(unknown.map(|finding| finding.under("/record")));
            }
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            let id = store::insert_proposal(tx, cadre, by, &changes, (&proposal.reason, &proposal.evidence)).await?;
            let made = Effect::new("proposal_made", "proposal", id, &record.full_name, None);
            let entry = Entry::on("proposal", id).within(unit).about(cadre).effects([made]);
            let event = json!({"proposal_id": id, "cadre_id": cadre});
            Ok((seen(tx, caller, id).await?, entry.event("proposal.made", event)))
        })
        .await
}

/// The proposal as the change leaves it.
async fn seen(tx: &mut Tx, caller: &Caller, id: ProposalId) -> Result<Correction> {
    let (reach, today) = (Reach::of(caller), tx.today());
    Ok(store::find_proposal(tx.conn(), &reach, id, today).await?.within(tx))
}

/// A proposal in the caller's sight, kept until the end of the change, with which they may do this; and as it was.
async fn lock_for(tx: &mut Tx, caller: &Caller, id: ProposalId, action: ProposalAction) -> Result<(Met, Correction)> {
    let met = store::lock_proposal(tx, &Reach::of(caller), id).await?;
    rules::guard(action, met.state, met.stance).map_err(Error::new)?;
    tx.check_version(met.version)?;
    let before = seen(tx, caller, id).await?;
    Ok((met, before))
}

/// Accepts a proposal: writes it into the record as the officer's own change is written, all or nothing. Where the record
/// says something else than when it was proposed, the officer names the version of the record that they have seen.
pub async fn accept_proposal(
    app: &App,
    caller: &Caller,
    id: ProposalId,
    record_version: Option<i32>,
) -> Result<Outcome<Correction>> {
    let by = caller.actor().id.ok_or_else(|| Error::internal("a proposal is accepted by an account or a client"))?;
    app.db
        .change(caller, "accept_proposal", async |tx| {
            let (met, before) = lock_for(tx, caller, id, ProposalAction::Accept).await?;
            tx.lock([met.cadre_id.0]).await?;
            let (record, unit, version) = store::lock_record(tx, caller.scope(), met.cadre_id).await?;
            let seen_version = record_version.map(|seen| (seen, version));
            rules::overtaken(&met.changes, &record, seen_version)
                .map_err(|found| found.into_iter().fold(Error::new(code::RECORD_CHANGED), Error::with))?;
            let new = met.changes.over(record.clone());
            let born_on = new.born_on;
            let mut entry = Entry::on("proposal", id).within(unit).about(met.cadre_id).before(&before);
            if !met.changes.record.is_empty() {
                let grounds = Grounds { reason: Some(format!("đề nghị {id}")), ..Grounds::default() };
                let changed = amend(tx, caller, met.cadre_id, (record, new), &grounds).await?;
                entry = entry.effects(changed.effects).event("cadre.changed", json!({"cadre_id": met.cadre_id}));
            }
            for learned in &met.changes.qualifications {
                let (qualification, effect) = learn(tx, met.cadre_id, born_on, &learned.clone().into()).await?;
                let told = json!({"qualification_id": qualification.id, "cadre_id": met.cadre_id});
                entry = entry.effects([effect]).event("qualification.recorded", told);
            }
            store::settle_proposal(tx, id, by, ProposalState::Accepted, None).await?;
            let accepted = Effect::new("proposal_accepted", "proposal", id, &met.cadre, None);
            let told = json!({"proposal_id": id, "cadre_id": met.cadre_id});
            Ok((seen(tx, caller, id).await?, entry.effects([accepted]).event("proposal.accepted", told)))
        })
        .await
}

/// Refuses a proposal, for a reason that the person reads.
pub async fn refuse_proposal(app: &App, caller: &Caller, id: ProposalId, reason: &str) -> Result<Outcome<Correction>> {
    settle(app, caller, id, (ProposalAction::Refuse, "refuse_proposal"), Some(reason)).await
}

/// Takes a proposal back.
pub async fn take_back_proposal(app: &App, caller: &Caller, id: ProposalId) -> Result<Outcome<Correction>> {
    settle(app, caller, id, (ProposalAction::TakeBack, "take_back_proposal"), None).await
}

/// Ends a proposal without a change of the record.
async fn settle(
    app: &App,
    caller: &Caller,
    id: ProposalId,
    (action, name): (ProposalAction, &'static str),
    reason: Option<&str>,
) -> Result<Outcome<Correction>> {
    let by = caller.actor().id.ok_or_else(|| Error::internal("a proposal is settled by an account or a client"))?;
    let (state, effect, event) = match action {
        ProposalAction::TakeBack => (ProposalState::TakenBack, "proposal_taken_back", "proposal.taken_back"),
        _ => (ProposalState::Refused, "proposal_refused", "proposal.refused"),
    };
    app.db
        .change(caller, name, async |tx| {
            let (met, before) = lock_for(tx, caller, id, action).await?;
            store::settle_proposal(tx, id, by, state, reason).await?;
            let effect = Effect::new(effect, "proposal", id, &met.cadre, None);
            let entry = Entry::on("proposal", id).within(met.unit_id).about(met.cadre_id).before(&before);
            let told = json!({"proposal_id": id, "cadre_id": met.cadre_id});
            Ok((seen(tx, caller, id).await?, entry.effects([effect]).event(event, told)))
        })
        .await
}

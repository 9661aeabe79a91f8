//! What the steps of a case yield: recorded, listed; and the dossier of each person.

use serde_json::json;

use super::{actor, by};
use crate::cadres::{self, CadreId};
use crate::identity::model::Permission;
use crate::identity::{self, Caller, Scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::http::page::Ref;
use crate::posts::{self, PostId};
use crate::regulations;
use crate::rotations::model::{
    Meeting, OpinionContent, Paper, PaperContent, PaperId, PaperKind, Rotation, RotationDossier, RotationId,
    VoteContent,
};
use crate::rotations::rules::{self, Examined};
use crate::rotations::store::{self, Which};

/// Papers of one kind of a case that the caller may see: a page, newest first, or one.
pub async fn papers<C: PaperContent, P>(
    app: &App,
    caller: &Caller<P>,
    id: RotationId,
    which: Which<'_>,
) -> Result<(Vec<Paper<C>>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    store::find(&mut conn, caller.scope(), id).await?;
    let found = store::list_papers::<C>(&mut conn, caller.scope(), id, which).await?;
    found.read_by(&app.db, caller.actor(), C::LISTING, json!({"rotation_id": id}))
}

/// One paper of a case that the caller may see.
pub async fn paper<C: PaperContent, P>(
    app: &App,
    caller: &Caller<P>,
    id: RotationId,
    paper: PaperId,
) -> Result<Paper<C>> {
    let (found, _) = papers(app, caller, id, Which::One(paper)).await?;
    found.into_iter().next().ok_or_else(Error::not_found)
}

/// A case in the caller's sight of which such a paper may be recorded now.
pub(super) async fn lock_for_paper(tx: &mut Tx, caller: &Caller, id: RotationId, kind: PaperKind) -> Result<Rotation> {
    let rotation = store::lock(tx, caller.scope(), id).await?;
    rules::recordable(&rotation, kind, actor(tx, caller, &rotation).await?)?;
    Ok(rotation)
}

/// Writes a paper of a case, and that the case has changed by it: who decides is to have seen it.
pub(super) async fn write<C: PaperContent>(
    tx: &mut Tx,
    caller: &Caller,
    rotation: &Rotation,
    cadre: Option<CadreId>,
    content: &C,
) -> Result<(Paper<C>, Entry)> {
    let paper = store::record_paper(tx, rotation.id, cadre, by(caller)?, content).await?;
    store::set_state(tx, rotation.id, rotation.state).await?;
    let (found, _) =
        store::list_papers::<C>(tx.conn(), caller.scope(), rotation.id, Which::One(paper)).await?.within(tx);
    let found = found.into_iter().next().ok_or_else(|| Error::internal("a paper is there when it is recorded"))?;
    // Names the kind alone: what a paper says is for few.
    let effect = Effect::new("paper_recorded", "rotation_paper", paper, C::KIND.name(), None);
    let entry = Entry::on("rotation_paper", paper).within(rotation.unit.id).effects([effect]);
    let entry = match cadre {
        Some(cadre) => entry.about(cadre.0),
        None => entry,
    };
    let event = json!({"rotation_id": rotation.id, "paper_id": paper, "kind": C::KIND.name()});
    Ok((found, entry.event("rotation.paper_recorded", event)))
}

/// Records a paper of a case.
pub async fn record<C: Examined>(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (cadre, content): &(Option<CadreId>, C),
) -> Result<Outcome<Paper<C>>> {
    app.db
        .change(caller, C::RECORDING, async |tx| {
            let rotation = lock_for_paper(tx, caller, id, C::KIND).await?;
            let mut content = content.clone();
            let mut findings = content.examine(tx.today()).err().unwrap_or_default();
            if cadre.is_some_and(|cadre| !rotation.moves_person(cadre.0)) {
                findings.push(Finding::plain("/cadre_id", code::UNKNOWN_REFERENCE));
            }
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            write(tx, caller, &rotation, *cadre, &content).await
        })
        .await
}

/// Records the opinion of a unit, by who speaks for that unit.
pub async fn record_opinion(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (cadre, content): &(Option<CadreId>, OpinionContent),
) -> Result<Outcome<Paper<OpinionContent>>> {
    app.db
        .change(caller, OpinionContent::RECORDING, async |tx| {
            let rotation = lock_for_paper(tx, caller, id, PaperKind::Opinion).await?;
            let mut content = content.clone();
            let mut findings = content.examine(tx.today()).err().unwrap_or_default();
            match rules::post_of_opinion(&rotation, *cadre, content.side) {
                Ok(post) => speaks_for(tx, caller, post).await?,
                Err(finding) => findings.push(finding),
            }
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            write(tx, caller, &rotation, *cadre, &content).await
        })
        .await
}

/// Refuses unless the caller gives opinions for the unit of a post.
async fn speaks_for(tx: &mut Tx, caller: &Caller, post: PostId) -> Result<()> {
    let seats = posts::seats(tx.conn(), &Scope::everything(), &[post]).await?;
    let scope = caller.scope_for(Permission::GiveOpinion).ok_or_else(|| Error::new(code::FORBIDDEN))?;
    for seat in seats {
        if !identity::scope::covers(tx.conn(), &scope, seat.unit_id).await? {
            return Err(Error::new(code::FORBIDDEN));
        }
    }
    Ok(())
}

/// Records a vote of the authority on a case, with what came of it by the rules of its day.
pub async fn record_vote(
    app: &App,
    caller: &Caller,
    id: RotationId,
    meeting: &Meeting,
) -> Result<Outcome<Paper<VoteContent>>> {
    app.db
        .change(caller, VoteContent::RECORDING, async |tx| {
            let rotation = lock_for_paper(tx, caller, id, PaperKind::Vote).await?;
            let mut findings = rules::meeting(&rotation, meeting, tx.today());
            let named: Vec<CadreId> = meeting.present.iter().chain(&meeting.excluded).copied().collect();
            let known = cadres::people(tx.conn(), caller.scope(), &named).await?;
            let person = |id: &CadreId| known.iter().find(|person| person.id == *id);
            for (list, ids) in [("/present_ids", &meeting.present), ("/excluded_ids", &meeting.excluded)] {
                let unknown = ids.iter().enumerate().filter(|(_, id)| person(id).is_none());
                let pointers = unknown.map(|(index, _)| format!("{list}/{index}"));
                findings.extend(pointers.map(|at| Finding::plain(at, code::UNKNOWN_REFERENCE)));
            }
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            let refs = |ids: &[CadreId]| -> Vec<Ref> {
                ids.iter().filter_map(person).map(|person| Ref::new(person.id.0, &*person.full_name)).collect()
            };
            let book = regulations::on(tx.conn(), meeting.held_on).await?;
            let content = VoteContent {
                body: meeting.body.clone(),
                held_on: meeting.held_on,
                present: refs(&meeting.present),
                excluded: refs(&meeting.excluded),
                ballot: meeting.ballot.clone(),
                number: meeting.number.clone(),
                outcome: rules::carried(&meeting.ballot, meeting.present.len(), &book),
            };
            write(tx, caller, &rotation, None, &content).await
        })
        .await
}

/// The dossier of each person of a case: what is there, what is missing, who owes it.
pub async fn dossier<P>(app: &App, caller: &Caller<P>, id: RotationId) -> Result<Vec<RotationDossier>> {
    let mut conn = app.db.read().await?;
    let rotation = store::find(&mut conn, caller.scope(), id).await?;
    let documents = store::standing_documents(&mut conn, caller.scope(), id).await?;
    let documents = documents.read_by(&app.db, caller.actor(), "get_rotation_dossier", json!({"rotation_id": id}))?;
    Ok(rules::dossier(&rotation, &documents))
}

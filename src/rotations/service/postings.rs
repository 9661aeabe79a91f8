//! What follows after a case took effect: how postings stand, and what is recorded of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde_json::json;
use uuid::Uuid;

use super::papers::{lock_for_paper, speaks_for, write};
use super::{actor, actors, not_allowed};
use crate::cadres::{self, CadreId};
use crate::identity::model::Permission;
use crate::identity::{self, Caller, Scope};
use crate::platform::App;
use crate::platform::db::{Effect, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::http::Paging;
use crate::platform::period::Period;
use crate::posts::{self, AppointmentId, Basis, NewAppointment, PostId, Standing};
use crate::regulations::{self, Rulebook};
use crate::rotations::model::{
    EvaluationContent, ExtensionContent, MoveId, Paper, PaperKind, PlacementContent, PlacementOutcome, Posting,
    PostingAction, PostingFacts, PostingRecord, Rotation, RotationId, SelfReviewContent,
};
use crate::rotations::rules::{self, Examined, PostingLaw};
use crate::rotations::store::{self, PostingFilter};

/// Postings in the caller's sight as they stand on the day of the filter, the latest first.
pub async fn postings<P>(
    app: &App,
    caller: &Caller<P>,
    filter: &PostingFilter,
    paging: &Paging,
) -> Result<(Vec<Posting>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    let (rows, total) = store::list_postings(&mut conn, caller.scope(), filter, paging).await?;
    Ok((seen(&mut conn, caller, rows, filter.day, app.clock.today()).await?, total))
}

/// A posting in the caller's sight as it stands on a day.
pub async fn posting<P>(app: &App, caller: &Caller<P>, id: MoveId, day: NaiveDate) -> Result<Posting> {
    let mut conn = app.db.read().await?;
    let found = store::find_posting(&mut conn, caller.scope(), id).await?;
    let seen = seen(&mut conn, caller, vec![found], day, app.clock.today()).await?;
    seen.into_iter().next().ok_or_else(Error::not_found)
}

/// Postings with what the law says of them on a day, and what the caller may do today.
async fn seen<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    rows: Vec<(Rotation, PostingFacts)>,
    day: NaiveDate,
    today: NaiveDate,
) -> Result<Vec<Posting>> {
    let days: BTreeSet<NaiveDate> = rows.iter().map(|(_, facts)| facts.from).chain([day, today]).collect();
    let books = regulations::on_days(conn, &days).await?;
    let (cases, facts): (Vec<Rotation>, Vec<PostingFacts>) = rows.into_iter().unzip();
    let actors = actors(conn, caller, &cases).await?;
    let posts: Vec<PostId> = facts.iter().filter_map(|one| one.post.as_ref()).map(|post| PostId(post.id)).collect();
    let seats = posts::seats(conn, &Scope::everything(), &posts).await?;
    let units: Vec<Uuid> = seats.iter().map(|seat| seat.unit_id).collect();
    let heard = match caller.scope_for(Permission::GiveOpinion) {
        Some(scope) => identity::scope::covered(conn, &scope, &units).await?,
        None => BTreeSet::new(),
    };
    let speaks = |facts: &PostingFacts, prepares: bool| match &facts.post {
        Some(post) => seats.iter().any(|seat| seat.id.0 == post.id && heard.contains(&seat.unit_id)),
        None => prepares,
    };
    let posting = |((case, facts), actor): ((Rotation, PostingFacts), rules::Actor)| {
        let speaks = speaks(&facts, actor.prepares);
        let now = at(facts.clone(), &books, today);
        let may = |kind: PaperKind| {
            (kind != PaperKind::Evaluation || speaks)
                && rules::recordable(&case, kind, actor).is_ok()
                && rules::fits_posting(&now, &facts.record, kind).is_ok()
        };
        let allowed = PostingAction::ALL.into_iter().filter(|(_, kind)| may(*kind)).map(|(action, _)| action).collect();
        Posting { allowed_actions: allowed, ..at(facts, &books, day) }
    };
    Ok(cases.into_iter().zip(facts).zip(actors).map(posting).collect())
}

/// A posting as it stands on a day, by the rules of these days.
fn at(facts: PostingFacts, books: &BTreeMap<NaiveDate, Rulebook>, day: NaiveDate) -> Posting {
    let law = PostingLaw::of(facts.step.kind, books.get(&facts.from), books.get(&day));
    rules::posting(facts, &law, day)
}

/// A case in the caller's sight, and the posting of one of its people, of which such a paper may be recorded now.
async fn lock_posting(
    tx: &mut Tx,
    caller: &Caller,
    id: RotationId,
    kind: PaperKind,
    cadre: Option<CadreId>,
) -> Result<(Rotation, Posting)> {
    identity::scope::hold_tree(tx).await?;
    let rotation = lock_for_paper(tx, caller, id, kind).await?;
    let unknown = || Error::refused(vec![Finding::plain("/cadre_id", code::UNKNOWN_REFERENCE)]);
    let cadre = cadre.ok_or_else(unknown)?.0;
    let facts = store::posting_of(tx.conn(), &rotation, cadre).await?.ok_or_else(unknown)?;
    // What it waits for is decided by what stands while it is written.
    tx.lock(facts.post.iter().map(|post| post.id).chain([cadre])).await?;
    let facts = store::posting_of(tx.conn(), &rotation, cadre).await?.ok_or_else(unknown)?;
    let record: PostingRecord = facts.record.clone();
    let today = tx.today();
    let books = regulations::on_days(tx.conn(), &BTreeSet::from([facts.from, today])).await?;
    let posting = at(facts, &books, today);
    rules::fits_posting(&posting, &record, kind)?;
    Ok((rotation, posting))
}

fn refuse(findings: Vec<Finding>) -> Result<()> {
    if findings.is_empty() { Ok(()) } else { Err(Error::refused(findings)) }
}

/// Records what the destination says of somebody, by who speaks for it; the unit that they came from is told.
pub async fn record_evaluation(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (cadre, content): &(Option<CadreId>, EvaluationContent),
) -> Result<Outcome<Paper<EvaluationContent>>> {
    app.db
        .change(caller, "record_rotation_evaluation", async |tx| {
            let (rotation, posting) = lock_posting(tx, caller, id, PaperKind::Evaluation, *cadre).await?;
            match &posting.post {
                Some(post) => speaks_for(tx, caller, PostId(post.id)).await?,
                None if !actor(tx, caller, &rotation).await?.prepares => return Err(Error::new(code::FORBIDDEN)),
                None => {}
            }
            let mut content = content.clone();
            let mut findings = content.examine(tx.today()).err().unwrap_or_default();
            findings.extend(rules::evaluation(&posting, &content));
            refuse(findings)?;
            let ends = posting.from_post.iter().chain(&posting.post).map(|post| PostId(post.id)).collect::<Vec<_>>();
            let seats = posts::seats(tx.conn(), &Scope::everything(), &ends).await?;
            let unit = |post: Option<&crate::platform::http::page::Ref>| {
                seats.iter().find(|seat| Some(seat.id.0) == post.map(|post| post.id)).map(|seat| seat.unit_id)
            };
            let (origin, destination) = (unit(posting.from_post.as_ref()), unit(posting.post.as_ref()));
            let (paper, entry) = write(tx, caller, &rotation, *cadre, &content).await?;
            let event = json!({"rotation_id": id, "paper_id": paper.id, "posting_id": posting.id, "origin_unit_id": origin,
                "destination_unit_id": destination});
            Ok((paper, entry.event("rotation.evaluated", event)))
        })
        .await
}

/// Records what somebody says of their own work at the end.
pub async fn record_self_review(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (cadre, content): &(Option<CadreId>, SelfReviewContent),
) -> Result<Outcome<Paper<SelfReviewContent>>> {
    app.db
        .change(caller, "record_rotation_self_review", async |tx| {
            let (rotation, _) = lock_posting(tx, caller, id, PaperKind::SelfReview, *cadre).await?;
            let mut content = content.clone();
            refuse(content.examine(tx.today()).err().unwrap_or_default())?;
            write(tx, caller, &rotation, *cadre, &content).await
        })
        .await
}

/// Records that a posting lasts longer: the expected end moves. A confirmed rule on how long it may last refuses it, unless the authority
/// made a special case; an unconfirmed one is told.
pub async fn record_extension(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (cadre, content): &(Option<CadreId>, ExtensionContent),
) -> Result<Outcome<Paper<ExtensionContent>>> {
    app.db
        .change(caller, "record_rotation_extension", async |tx| {
            let (rotation, posting) = lock_posting(tx, caller, id, PaperKind::Extension, *cadre).await?;
            let mut content = content.clone();
            let mut findings = content.examine(tx.today()).err().unwrap_or_default();
            let book = regulations::on(tx.conn(), content.decided_on).await?;
            let waived = store::waived(tx.conn(), caller.scope(), id).await?;
            let (wrong, mut unmet) = rules::extension(&posting, &content, &book, &waived);
            findings.extend(wrong.into_iter().chain(unmet.confirmed.drain(..)));
            refuse(findings)?;
            store::set_expected_end(tx, posting.id, content.until).await?;
            let (paper, entry) = write(tx, caller, &rotation, *cadre, &content).await?;
            let told: Vec<Effect> = not_allowed(&rotation, unmet).collect();
            let extended =
                Effect::new("posting_extended", "cadre", posting.cadre.id, &posting.cadre.label, Some(content.until));
            let event = json!({"rotation_id": id, "posting_id": posting.id, "until": content.until});
            Ok((paper, entry.effects(told.into_iter().chain([extended])).event("rotation.extended", event)))
        })
        .await
}

/// Records what the authority concludes, and what becomes of somebody. Who is kept for good holds the post by a transfer from that
/// day on, and no longer counts as rotated.
pub async fn record_placement(
    app: &App,
    caller: &Caller,
    id: RotationId,
    (cadre, content): &(Option<CadreId>, PlacementContent),
) -> Result<Outcome<Paper<PlacementContent>>> {
    app.db
        .change(caller, "record_rotation_placement", async |tx| {
            let (rotation, posting) = lock_posting(tx, caller, id, PaperKind::Placement, *cadre).await?;
            let mut content = content.clone();
            let mut findings = content.examine(tx.today()).err().unwrap_or_default();
            findings.extend(rules::placement(&posting, &content));
            refuse(findings)?;
            let mut effects = vec![Effect::new(
                "posting_concluded",
                "cadre",
                posting.cadre.id,
                format!("{}: {}", posting.cadre.label, content.outcome.name()),
                Some(content.concluded_on),
            )];
            if let (PlacementOutcome::Kept, Some(from)) = (content.outcome, content.kept_from) {
                effects.extend(keep(tx, &rotation, &posting, &content, from).await?);
            }
            let (paper, entry) = write(tx, caller, &rotation, *cadre, &content).await?;
            let event = json!({"rotation_id": id, "posting_id": posting.id, "outcome": content.outcome});
            Ok((paper, entry.effects(effects).event("rotation.concluded", event)))
        })
        .await
}

/// Ends the appointment by the case, and opens one for good in the same post.
async fn keep(
    tx: &mut Tx,
    rotation: &Rotation,
    posting: &Posting,
    content: &PlacementContent,
    from: NaiveDate,
) -> Result<Vec<Effect>> {
    let held = posts::standing(tx.conn(), &[], &[posting.cadre.id], from).await?;
    let by_case = |one: &&Standing| one.rotation_id == Some(rotation.id.0) && one.during.holds(from);
    let held =
        held.iter().find(by_case).ok_or_else(|| Error::refused(vec![Finding::plain("/kept_from", code::NOT_HELD)]))?;
    let person = cadres::people(tx.conn(), &Scope::everything(), &[CadreId(posting.cadre.id)]).await?.pop();
    let person = person.ok_or_else(|| Error::internal("who is posted has a record"))?;
    let reason = format!("{} {}", content.number, content.issuer);
    let ended: [AppointmentId; 1] = [held.id];
    posts::close(tx, &ended, from, &reason, None).await?;
    let for_good = NewAppointment {
        holder: person.holder(),
        post_id: held.post_id,
        during: Period::new(Some(from), held.during.to()).map_err(Error::internal)?,
        full_time: held.full_time,
        basis: Basis::Transferred,
        decision_number: Some(content.number.clone()),
        decided_on: Some(content.concluded_on),
        rotation_id: None,
    };
    posts::open(tx, std::slice::from_ref(&for_good)).await?;
    let label = format!("{}: {}", held.cadre_name, held.post_label);
    Ok(vec![
        Effect::new("appointment_closed", "post", held.post_id, label.clone(), Some(from)),
        Effect::new("appointment_opened", "post", held.post_id, label, Some(from)),
    ])
}

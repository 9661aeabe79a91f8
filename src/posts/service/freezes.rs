//! Freezing posts and taking it back.

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde_json::json;

use crate::identity::model::Permission;
use crate::identity::{Caller, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::period::Period;
use crate::posts::model::{Post, PostAction, PostFreeze, PostId, Seat};
use crate::posts::{rules, store};

/// Says of each post what the caller may do with it today.
pub async fn tell_actions<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    posts: &mut [Post],
    today: NaiveDate,
) -> Result<()> {
    let Some(scope) = caller.scope_for(Permission::ManagePosts) else { return Ok(()) };
    let units: Vec<_> = posts.iter().map(|post| post.unit.id).collect();
    let mine = scope::covered(conn, &scope, &units).await?;
    let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
    let frozen = store::freezes(conn, &ids, today).await?;
    for post in posts.iter_mut().filter(|post| mine.contains(&post.unit.id)) {
        let freezes = frozen.get(&post.id).map_or(&[][..], Vec::as_slice);
        let open = |action: &PostAction| rules::guard(*action, post.during, freezes, today).is_ok();
        post.allowed_actions = PostAction::ALL.into_iter().filter(open).collect();
    }
    Ok(())
}

/// A post in the caller's scope with its freezes from today on, kept until the end of the change, on which this may be
/// done.
async fn lock_for(tx: &mut Tx, caller: &Caller, id: PostId, action: PostAction) -> Result<(Post, Vec<PostFreeze>)> {
    tx.lock([id.0]).await?;
    store::lock_post(tx, caller.scope(), id).await?;
    let (post, today) = (super::seen_today(tx, caller, id).await?, tx.today());
    let freezes = store::freezes(tx.conn(), &[id], today).await?.remove(&id).unwrap_or_default();
    rules::guard(action, post.during, &freezes, today)?;
    tx.check_version(post.version)?;
    Ok((post, freezes))
}

/// Why nobody is to come to a post, and when.
#[derive(Clone, Debug)]
pub struct FreezeProposal {
    /// When.
    pub during: Period,
    /// Why.
    pub reason: String,
    /// Number and sign of the decision.
    pub decision_number: Option<String>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
}

/// Freezes a post: on these days nobody comes to it but by a special case.
pub async fn freeze_post(app: &App, caller: &Caller, id: PostId, proposal: &FreezeProposal) -> Result<Outcome<Post>> {
    app.db
        .change(caller, "freeze_post", async |tx| {
            let (before, _) = lock_for(tx, caller, id, PostAction::Freeze).await?;
            let FreezeProposal { during, reason, decision_number, decided_on } = proposal.clone();
            rules::inside_post("/from", before.during, during).map_err(|finding| Error::refused(vec![finding]))?;
            let row = PostFreeze { id: tx.new_id(), during, reason, decision_number, decided_on };
            store::freeze(tx, id, &row).await?;
            let post = super::seen_today(tx, caller, id).await?;
            let frozen = Effect::new("post_frozen", "post", id, &post.label, during.from());
            let entry = Entry::on("post", id).within(post.unit.id).before(&before).effects([frozen]);
            let event = json!({"post_id": id, "from": during.from(), "to": during.last_day()});
            Ok((post, entry.event("post.frozen", event)))
        })
        .await
}

/// Lets the freezes of posts go on in those that take their place, on the days of these: gives how many each has.
pub async fn carry_freezes(tx: &mut Tx, carried: &[(&Seat, PostId, Period)]) -> Result<Vec<usize>> {
    let (mut rows, mut counts) = (Vec::new(), Vec::with_capacity(carried.len()));
    for (old, new, during) in carried {
        let before = rows.len();
        for freeze in &old.freezes {
            if let Some(during) = freeze.during.within(during) {
                rows.push((*new, PostFreeze { id: tx.new_id(), during, ..freeze.clone() }));
            }
        }
        counts.push(rows.len() - before);
    }
    let rows: Vec<(PostId, &PostFreeze)> = rows.iter().map(|(post, freeze)| (*post, freeze)).collect();
    store::insert_freezes(tx, &rows).await?;
    Ok(counts)
}

/// Ends the freezes of a post: from a day on it may be filled.
pub async fn unfreeze_post(
    app: &App,
    caller: &Caller,
    id: PostId,
    from: Option<NaiveDate>,
    reason: &str,
) -> Result<Outcome<Post>> {
    app.db
        .change(caller, "unfreeze_post", async |tx| {
            let (before, freezes) = lock_for(tx, caller, id, PostAction::Unfreeze).await?;
            let from = from.unwrap_or_else(|| tx.today());
            let ending: Vec<_> =
                freezes.into_iter().filter(|freeze| freeze.during.to().is_none_or(|to| to > from)).collect();
            if ending.is_empty() || from < tx.today() {
                return Err(Error::refused(vec![Finding::plain("/from", code::OUTSIDE_VALIDITY)]));
            }
            let ids: Vec<_> = ending.iter().map(|freeze| freeze.id).collect();
            store::thaw(tx, id, &ids, reason).await?;
            for freeze in ending {
                if let [Some(during), _] = freeze.during.without(&Period::since(from)) {
                    store::freeze(tx, id, &PostFreeze { during, ..freeze }).await?;
                }
            }
            let post = super::seen_today(tx, caller, id).await?;
            let thawed = Effect::new("post_unfrozen", "post", id, &post.label, Some(from));
            let entry = Entry::on("post", id).within(post.unit.id).before(&before).effects([thawed]);
            Ok((post, entry.event("post.unfrozen", json!({"post_id": id, "from": from}))))
        })
        .await
}

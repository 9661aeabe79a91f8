//! Who decides: the rules, the delegations, and who may sign the decision of a case.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde_json::json;
use uuid::Uuid;

use crate::cadres::{self, CadreId};
use crate::identity::model::Permission;
use crate::identity::{self, Caller, Scope, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::page::Ref;
use crate::posts::{self, PostId, TitleId};
use crate::rotations::model::{
    AppointingAuthority, AppointingAuthorityAction, AppointingAuthorityId, Decision, Delegation, DelegationAction,
    DelegationId, DelegationRow, Entitled, NewAuthority, Rotation, RotationMove, Signature, Signer,
};
use crate::rotations::rules::{self, Signing};
use crate::rotations::store;

/// What the caller may do with each of these rules now.
pub async fn authority_actions<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    rows: &[AppointingAuthority],
    today: NaiveDate,
) -> Result<Vec<Vec<AppointingAuthorityAction>>> {
    let keeps = match caller.scope_for(Permission::ManageRegulations) {
        Some(scope) => scope::covers_all(conn, &scope).await?,
        None => false,
    };
    let allowed = |row: &AppointingAuthority| {
        let open = |action: &AppointingAuthorityAction| rules::authority_guard(row, *action, keeps, today).is_ok();
        AppointingAuthorityAction::ALL.into_iter().filter(open).collect()
    };
    Ok(rows.iter().map(allowed).collect())
}

fn label(rule: &AppointingAuthority) -> String {
    let title = rule.title.as_ref().map(|title| title.label.as_str());
    let group = rule.group.map(posts::TitleGroup::name);
    let level = rule.level.map(posts::Level::name);
    let about: Vec<&str> = [title, group, level].into_iter().flatten().collect();
    format!("{}: {}", about.join(", "), rule.authority_post.label)
}

fn told(effect: &'static str, rule: &AppointingAuthority) -> Effect {
    Effect::new(effect, "appointing_authority", rule.id, label(rule), rule.during.from())
}

/// Records a rule that says which post decides. Nobody has confirmed it yet.
pub async fn create_authority(app: &App, caller: &Caller, rule: &NewAuthority) -> Result<Outcome<AppointingAuthority>> {
    app.db
        .change(caller, "create_appointing_authority", async |tx| {
            scope::check_covers_all(tx.conn(), caller.scope()).await?;
            let mut findings = Findings::new();
            findings.extend(rules::ruled(&rule.ruled).err());
            if let Some(title) = rule.ruled.title_id
                && posts::title_refs(tx.conn(), &[title]).await?.is_empty()
            {
                findings.push(Finding::plain("/title_id", code::UNKNOWN_REFERENCE));
            }
            match posts::seats(tx.conn(), caller.scope(), &[rule.authority_post_id]).await?.first() {
                None => findings.push(Finding::plain("/authority_post_id", code::UNKNOWN_REFERENCE)),
                Some(seat) => findings.extend(rules::exists_on("/authority_post_id", seat.during, rule.during)),
            }
            findings.settle()?;
            let id = store::insert_authority(tx, rule).await?;
            let made = store::find_authority(tx.conn(), id).await?;
            let entry = Entry::on("appointing_authority", id).effects([told("appointing_authority_recorded", &made)]);
            let event = json!({"appointing_authority_id": id, "from": rule.during.from()});
            Ok((made, entry.event("appointing_authority.recorded", event)))
        })
        .await
}

/// A rule on which the caller may do this, kept until the end of the change.
async fn lock_for_action(
    tx: &mut Tx,
    caller: &Caller,
    id: AppointingAuthorityId,
    action: AppointingAuthorityAction,
) -> Result<AppointingAuthority> {
    scope::check_covers_all(tx.conn(), caller.scope()).await?;
    let rule = store::lock_authority(tx, id).await?;
    rules::authority_guard(&rule, action, true, tx.today())?;
    tx.check_version(rule.version)?;
    Ok(rule)
}

/// Records that somebody has compared a rule with the official text, and answers for it: from then on it binds.
pub async fn confirm_authority(
    app: &App,
    caller: &Caller,
    id: AppointingAuthorityId,
    against: &str,
    on: NaiveDate,
) -> Result<Outcome<AppointingAuthority>> {
    app.db
        .change(caller, "confirm_appointing_authority", async |tx| {
            let before = lock_for_action(tx, caller, id, AppointingAuthorityAction::Confirm).await?;
            rules::has_come("/confirmed_on", on, tx.today()).map_err(|finding| Error::refused(vec![finding]))?;
            store::set_authority_confirmed(tx, id, against, on).await?;
            let rule = store::find_authority(tx.conn(), id).await?;
            let effects = [told("appointing_authority_confirmed", &rule)];
            let entry = Entry::on("appointing_authority", id).before(&before).effects(effects);
            Ok((rule, entry.event("appointing_authority.confirmed", json!({"appointing_authority_id": id}))))
        })
        .await
}

/// Gives a rule a last day; what was decided by it stands.
pub async fn end_authority(
    app: &App,
    caller: &Caller,
    id: AppointingAuthorityId,
    last_on: NaiveDate,
    reason: &str,
) -> Result<Outcome<AppointingAuthority>> {
    app.db
        .change(caller, "end_appointing_authority", async |tx| {
            let before = lock_for_action(tx, caller, id, AppointingAuthorityAction::End).await?;
            let during = rules::ended(&before, last_on).map_err(|finding| Error::refused(vec![finding]))?;
            store::set_authority_ended(tx, id, during, reason).await?;
            let rule = store::find_authority(tx.conn(), id).await?;
            let ended =
                Effect::new("appointing_authority_ended", "appointing_authority", id, label(&rule), during.to());
            let entry = Entry::on("appointing_authority", id).before(&before).effects([ended]);
            let event = json!({"appointing_authority_id": id, "last_on": last_on});
            Ok((rule, entry.event("appointing_authority.ended", event)))
        })
        .await
}

/// What the caller may do with each of these delegations now.
pub async fn delegation_actions<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    rows: &[Delegation],
    today: NaiveDate,
) -> Result<Vec<Vec<DelegationAction>>> {
    let units: Vec<Uuid> = rows.iter().map(|row| row.unit_id).collect();
    let kept = match caller.scope_for(Permission::ManageRegulations) {
        Some(scope) => scope::covered(conn, &scope, &units).await?,
        None => BTreeSet::new(),
    };
    let allowed = |row: &Delegation| {
        let open = rules::delegation_guard(row, kept.contains(&row.unit_id), today).is_ok();
        open.then_some(DelegationAction::Withdraw).into_iter().collect()
    };
    Ok(rows.iter().map(allowed).collect())
}

fn told_of(effect: &'static str, delegation: &Delegation) -> Effect {
    let label = format!("{}: {}", delegation.authority_post.label, delegation.cadre.label);
    Effect::new(effect, "delegation", delegation.id, label, delegation.during.from())
}

/// Records a delegation, by somebody else than who may sign by it.
pub async fn create_delegation(app: &App, caller: &Caller, row: &DelegationRow) -> Result<Outcome<Delegation>> {
    app.db
        .change(caller, "create_delegation", async |tx| {
            if caller.cadre_id() == Some(row.cadre_id.0) {
                return Err(Error::new(code::OWN_CASE));
            }
            identity::scope::hold_tree(tx).await?;
            tx.lock([row.authority_post_id.0, row.cadre_id.0]).await?;
            let seats = posts::seats(tx.conn(), caller.scope(), &[row.authority_post_id]).await?;
            let people = cadres::people(tx.conn(), caller.scope(), &[row.cadre_id]).await?;
            let found = rules::delegation(row, seats.first(), people.first(), tx.today());
            let unit = match seats.first() {
                Some(seat) if found.is_empty() => seat.unit_id,
                _ => return Err(Error::refused(found)),
            };
            let id = store::insert_delegation(tx, row).await?;
            let made = store::find_delegation(tx.conn(), &Scope::everything(), id).await?;
            let entry = Entry::on("delegation", id).within(unit).about(row.cadre_id.0);
            let entry = entry.effects([told_of("delegation_recorded", &made)]);
            let event =
                json!({"delegation_id": id, "authority_post_id": row.authority_post_id, "from": row.during.from()});
            Ok((made, entry.event("delegation.recorded", event)))
        })
        .await
}

/// Takes a delegation back; what was signed by it stands.
pub async fn withdraw_delegation(
    app: &App,
    caller: &Caller,
    id: DelegationId,
    reason: &str,
) -> Result<Outcome<Delegation>> {
    app.db
        .change(caller, "withdraw_delegation", async |tx| {
            let before = store::lock_delegation(tx, caller.scope(), id).await?;
            // In the sight of a caller with this permission is what they keep.
            rules::delegation_guard(&before, true, tx.today())?;
            tx.check_version(before.version)?;
            store::set_delegation_withdrawn(tx, id, reason).await?;
            let after = store::find_delegation(tx.conn(), &Scope::everything(), id).await?;
            let entry = Entry::on("delegation", id).within(before.unit_id).about(before.cadre.id).before(&before);
            let entry = entry.effects([told_of("delegation_withdrawn", &after)]);
            Ok((after, entry.event("delegation.withdrawn", json!({"delegation_id": id}))))
        })
        .await
}

/// Who decides on each of these moves by the rules of a day, and who may sign for them on it: a fixed number of statements.
async fn entitled(conn: &mut AsyncPgConnection, moves: &[RotationMove], day: NaiveDate) -> Result<Vec<Entitled>> {
    let rules = store::authorities_on(conn, day).await?;
    if rules.is_empty() {
        let without = |post: &Ref| Entitled { to_post: post.clone(), rule: None, signers: Vec::new() };
        return Ok(moves.iter().filter_map(RotationMove::decided_post).map(without).collect());
    }
    let decided: Vec<&Ref> = moves.iter().filter_map(RotationMove::decided_post).collect();
    let ids: Vec<PostId> = decided.iter().map(|post| PostId(post.id)).collect();
    let seats = posts::seats(conn, &Scope::everything(), &ids).await?;
    let titles = posts::ladder(conn).await?;
    let title_of =
        |post: Uuid| -> Option<TitleId> { seats.iter().find(|seat| seat.id.0 == post).map(|seat| seat.title_id) };
    let deciding: Vec<Option<AppointingAuthority>> = decided
        .iter()
        .map(|post| {
            let title = titles.iter().find(|title| title_of(post.id) == Some(title.id))?;
            rules::deciding(&rules, title).cloned()
        })
        .collect();
    let posts: Vec<PostId> = deciding.iter().flatten().map(AppointingAuthority::authority_post_id).collect();
    let mut holders = posts::standing(conn, &posts, &[], day).await?;
    holders.retain(|standing| standing.during.holds(day));
    let delegates = store::delegates(conn, &posts, day).await?;
    let signers = |rule: &AppointingAuthority| -> Vec<Signer> {
        let post = rule.authority_post_id();
        let of_post = holders.iter().filter(|standing| standing.post_id == post);
        let holders = of_post
            .map(|standing| Signer { cadre: Ref::new(standing.cadre_id, &*standing.cadre_name), delegation_id: None });
        holders.chain(delegates.get(&post).cloned().unwrap_or_default()).collect()
    };
    let told = |(post, rule): (&Ref, Option<AppointingAuthority>)| {
        let signers = rule.as_ref().map(signers).unwrap_or_default();
        Entitled { to_post: post.clone(), rule, signers }
    };
    Ok(decided.into_iter().zip(deciding).map(told).collect())
}

/// Who decides on one move of a case, as the caller may see it.
pub struct MoveAuthority {
    /// Who decides, and who may sign.
    pub entitled: Entitled,
    /// The post that decides lies out of the caller's sight, and so do those who may sign for it.
    pub withheld: bool,
    /// Whether who signed the decision may sign for the post; none before, where there is no rule, and where it is withheld.
    pub signer_entitled: Option<bool>,
}

/// The day by whose rules a case is decided, and who decides on each of its moves by them: the day of its decision, today
/// before there is one.
pub async fn authority<P>(
    app: &App,
    caller: &Caller<P>,
    rotation: &Rotation,
) -> Result<(NaiveDate, Vec<MoveAuthority>)> {
    let day = rotation.decision.as_ref().map_or_else(|| app.clock.today(), |decision| decision.decided_on);
    let signer = rotation.decision.as_ref().and_then(|decision| decision.signed_by.as_ref());
    let mut conn = app.db.read().await?;
    let entitled = entitled(&mut conn, &rotation.moves, day).await?;
    let posts: Vec<PostId> = entitled.iter().filter_map(|one| Some(one.rule.as_ref()?.authority_post_id())).collect();
    let seen: BTreeSet<PostId> =
        posts::seats(&mut conn, caller.scope(), &posts).await?.into_iter().map(|seat| seat.id).collect();
    let told = |mut one: Entitled| {
        let rule = one.rule.as_ref();
        let withheld = rule.is_some_and(|rule| !seen.contains(&rule.authority_post_id()));
        let signer_entitled =
            rule.filter(|_| !withheld).and(signer).map(|signer| rules::may_sign(&one, signer.cadre.id));
        if withheld {
            one.signers.clear();
        }
        MoveAuthority { entitled: one, withheld, signer_entitled }
    };
    Ok((day, entitled.into_iter().map(told).collect()))
}

/// By which post a decision is signed, or what keeps it from being signed so.
pub(super) async fn signature(
    tx: &mut Tx,
    caller: &Caller,
    rotation: &Rotation,
    decision: &Decision,
) -> Result<Result<Signature, Vec<Finding>>> {
    if let Some(signer) = decision.signed_by
        && cadres::people(tx.conn(), caller.scope(), &[signer]).await?.is_empty()
    {
        return Ok(Err(vec![Finding::plain("/signed_by_id", code::UNKNOWN_REFERENCE)]));
    }
    let entitled = entitled(tx.conn(), &rotation.moves, decision.decided_on).await?;
    let preparer = identity::cadre_of(tx.conn(), rotation.prepared_by.id).await?;
    let signing = Signing { signer: decision.signed_by.map(|CadreId(id)| id), preparer };
    Ok(rules::signature(rotation, &entitled, signing))
}

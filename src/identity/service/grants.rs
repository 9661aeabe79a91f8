//! Giving and ending roles.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use crate::identity::caller::Caller;
use crate::identity::model::{Grant, GrantId, Holder, Role};
use crate::identity::{scope, store};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome};
use crate::platform::error::{Error, Finding, Kind, Result, code};
use crate::platform::period::Period;

/// A role to be given.
pub struct GrantProposal {
    /// To whom.
    pub holder: Holder,
    /// Which.
    pub role: Role,
    /// Where, and below.
    pub unit_id: Uuid,
    /// When.
    pub during: Period,
}

/// Gives a role. Who gives it must manage accounts in that unit.
pub async fn create_grant(app: &App, caller: &Caller, proposal: &GrantProposal) -> Result<Outcome<Grant>> {
    app.db
        .change(caller, "create_grant", async |tx| {
            scope::hold_tree(tx).await?;
            let unknown =
                |pointer: &'static str| Error::refused(vec![Finding::plain(pointer, code::UNKNOWN_REFERENCE)]);
            if !scope::covers(tx.conn(), caller.scope(), proposal.unit_id).await? {
                return Err(unknown("/unit_id"));
            }
            let unseen =
                |pointer| move |error: Error| if error.kind() == Kind::NotFound { unknown(pointer) } else { error };
            let holder = match proposal.holder {
                Holder::Account(id) => {
                    store::find_account(tx.conn(), caller.scope(), id).await.map_err(unseen("/account_id"))?;
                    id.0
                }
                Holder::Client(id) => {
                    store::find_client(tx.conn(), caller.scope(), id).await.map_err(unseen("/client_id"))?;
                    id.0
                }
            };
            if caller.actor().id == Some(holder) {
                return Err(Error::new(code::OWN_CASE));
            }
            // A change of the account waits: what it may touch depends on the grants.
            tx.lock([holder]).await?;
            let id = GrantId(tx.new_id());
            store::insert_grant(tx, id, proposal.holder, proposal.role, proposal.unit_id, proposal.during).await?;
            let grant = store::find_grant(tx.conn(), caller.scope(), id).await?;
            let given = Effect::new("grant_given", "grant", id, proposal.role.name(), proposal.during.from());
            let entry = Entry::on("grant", id)
                .within(proposal.unit_id)
                .effects([given])
                .event("grant.given", json!({"grant_id": id, "role": proposal.role}));
            Ok((grant, entry))
        })
        .await
}

/// Ends a grant: from this instant it counts no more. The period that it was given for stays as it was.
pub async fn end_grant(app: &App, caller: &Caller, id: GrantId) -> Result<Outcome<()>> {
    app.db
        .change(caller, "end_grant", async |tx| {
            tx.lock([id.0]).await?;
            let grant = store::find_grant(tx.conn(), caller.scope(), id).await?;
            tx.check_version(grant.version)?;
            let today = tx.today();
            if grant.ended_at.is_some() || grant.during.to().is_some_and(|to| to <= today) {
                return Err(Error::new(code::WRONG_STATE));
            }
            store::end_grant(tx, id).await?;
            let taken = Effect::new("grant_ended", "grant", id, grant.role.name(), Some(today));
            let entry = Entry::on("grant", id).within(grant.unit.id).effects([taken]);
            Ok(((), entry.event("grant.ended", json!({"grant_id": id}))))
        })
        .await
}

/// The first day of grants that are made without one.
pub fn default_period(from: Option<NaiveDate>, to: Option<NaiveDate>, today: NaiveDate) -> Result<Period, Finding> {
    let wire = crate::platform::period::WirePeriod { from: Some(from.unwrap_or(today)), to };
    Period::try_from(wire).map_err(|_| Finding::plain("/to", code::BAD_PERIOD))
}

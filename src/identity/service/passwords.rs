//! New passwords: which are taken, and a person's own change.

use super::throttle::{self, On};
use super::{OriginOf, Request};
use crate::identity::caller::Caller;
use crate::identity::store::{self, AccountChange, Login};
use crate::identity::{guessable, password};
use crate::platform::App;
use crate::platform::config::Secret;
use crate::platform::db::{ActorKind, Effect, Entry};
use crate::platform::error::{Error, Finding, Result, Say, code};

/// Words that stand for this service.
const OWN_WORDS: [&str; 2] = ["canbo", "can bo"];

/// Refuses a password that others would try: common ones, and names of the person, of their units, and of the service.
pub async fn check_guessable(
    app: &App,
    pointer: &'static str,
    new: &Secret,
    names: [&str; 2],
    units: &[uuid::Uuid],
) -> Result<()> {
    let mut context = store::labels_around(&mut *app.db.read().await?, units).await?;
    context.extend(names.into_iter().chain(OWN_WORDS).map(str::to_owned));
    if guessable::is_guessable(new.reveal(), &context) {
        return Err(Error::refused(vec![Finding::plain(pointer, code::GUESSABLE)]));
    }
    Ok(())
}

/// Refuses what an account's new password may not be.
pub async fn check_new(app: &App, pointer: &'static str, new: &Secret, login: &Login, old: &Secret) -> Result<()> {
    password::acceptable(pointer, new).map_err(|finding| Error::refused(vec![finding]))?;
    if new.reveal() == old.reveal() {
        let message = Say::new("Trùng mật khẩu hiện tại", "Is the present password");
        return Err(Error::refused(vec![Finding::new(pointer, code::REPEATED, message)]));
    }
    let units = store::units_of_account(&mut *app.db.read().await?, login.account).await?;
    check_guessable(app, pointer, new, [&login.user_name, &login.display_name], &units).await
}

/// Changes the caller's own password, which they show; ends their other sessions. A try with a wrong one counts as a try
/// to sign in.
pub async fn change_own_password(
    app: &App,
    caller: &Caller,
    present: Option<Secret>,
    new: &Secret,
    request: &Request,
) -> Result<()> {
    let session = caller.session().ok_or_else(Error::not_found)?;
    let wrong = || Error::new(code::WRONG_PASSWORD);
    let present = present.ok_or_else(wrong)?;
    password::possible("/current_password", &present).map_err(|finding| Error::refused(vec![finding]))?;
    let user_name = caller.actor().label.clone();
    let place = app.turns.queue()?;
    let tried = throttle::charge(app, On::Account(&user_name), request.peer).await?;
    let login = store::login(&mut *app.db.read().await?, &user_name).await?.ok_or_else(Error::not_found)?;
    if !password::verify(app, place, &present, Some(login.hash.clone())).await? {
        return Err(wrong());
    }
    throttle::give_back(app, tried).await;
    check_new(app, "/new_password", new, &login, &present).await?;
    let hash = password::hash(app, new).await?;
    let account = login.account;
    let by = OriginOf::new(ActorKind::Account, account.0, &user_name, &request.id);
    app.db
        .change(&by, "change_own_password", async |tx| {
            if !store::has_password(tx, account, &login.hash).await? {
                return Err(wrong());
            }
            let change = AccountChange {
                password_hash: Some(hash.clone()),
                initial_until: Some(None),
                ..AccountChange::default()
            };
            store::update_account(tx, account, &change).await?;
            store::revoke_sessions_of(tx, account, Some(session)).await?;
            let told = Effect::new("password_set", "account", account, &user_name, None);
            Ok(((), Entry::on("account", account).effects([told])))
        })
        .await?;
    Ok(())
}

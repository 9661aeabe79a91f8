//! Systems show who they are, get tokens, take them back, and ask about them (RFC 6749, 7009, 7662).

use subtle::ConstantTimeEq;

use super::throttle::{self, On};
use super::{OriginOf, Request, digest};
use crate::identity::model::{LoginName, Permission, Permissions};
use crate::identity::standing::Standings;
use crate::identity::store::{self, ClientLogin};
use crate::identity::tokens::{Own, Subject, Tokens};
use crate::platform::App;
use crate::platform::db::{ActorKind, Effect, Entry};
use crate::platform::error::{Error, Result, code};

/// The client that shows its secret. Unknown, wrong and disabled are one refusal, after the same work.
pub async fn authenticate(app: &App, client_id: &str, secret: &str, request: &Request) -> Result<ClientLogin> {
    let refused = || Error::new(code::INVALID_CLIENT);
    let tried = throttle::charge(app, On::Client(client_id), request.peer).await?;
    let known = match LoginName::parse("/client_id", client_id) {
        Ok(name) => store::client_secrets_of(&mut *app.db.read().await?, name.as_str(), app.clock.now()).await?,
        Err(_) => Vec::new(),
    };
    let shown = digest(secret);
    // Each is compared to its end, and all are.
    let found = known.into_iter().fold(None, |found, (client, hash)| {
        if bool::from(hash.as_slice().ct_eq(shown.as_slice())) { Some(client) } else { found }
    });
    let client = found.ok_or_else(refused)?;
    throttle::give_back(app, tried).await;
    Ok(client)
}

/// What a scope of a request asks for; one that names anything that is not ours is refused.
fn asked_for(scope: &str) -> Option<Permissions> {
    let asked = Permissions::of_scope(scope)?;
    let ours = |name: &str| Permission::ALL.iter().any(|one| one.name() == name);
    scope.split(' ').all(ours).then_some(asked)
}

/// A token for a system, and the scope that it has; none: whatever the client's roles allow at each call.
///
/// More than the client may is refused, never cut down in silence.
pub async fn client_token(
    app: &App,
    tokens: &Tokens,
    client: &ClientLogin,
    scope: Option<&str>,
) -> Result<(String, Option<Permissions>)> {
    if !client.gets_tokens {
        return Err(Error::new(code::UNAUTHORIZED_CLIENT));
    }
    let allowed = client.allowed_scope.as_deref().map(|scope| Permissions::of_scope(scope).unwrap_or_default());
    let granted = match scope {
        None => allowed,
        Some(scope) => {
            let known = store::client_with_grants(&mut *app.db.read().await?, client.id, app.clock.today()).await?;
            let roles =
                known.into_iter().flat_map(|known| known.holdings).flat_map(|holding| holding.role.permissions());
            let roles: Permissions = roles.copied().filter(|one| one.is_for_scopes()).collect();
            let most = allowed.map_or(roles, |allowed| allowed.and(roles));
            let asked = asked_for(scope).filter(|asked| asked.and(most) == *asked && !asked.is_empty());
            Some(asked.ok_or_else(|| {
                Error::new(code::INVALID_SCOPE)
                    .detail(format!("Được phép: {}", most.scope()), format!("Allowed: {}", most.scope()))
            })?)
        }
    };
    let now = app.clock.now();
    let subject = Subject::Client { client: client.id, scope: granted };
    let token = tokens.issue(&subject, Some(&client.client_id), app.db.ids().next(now), now)?;
    Ok((token, granted))
}

/// A token of ours that speaks for this client, and nobody else's.
fn own(app: &App, tokens: &Tokens, client: &ClientLogin, token: &str) -> Option<(Own, Subject)> {
    let verified = tokens.verified(token, app.clock.now()).ok()?;
    let own = verified.own.clone()?;
    match &verified.subject {
        Subject::Client { client: of, .. } if *of == client.id => Some((own, verified.subject)),
        _ => None,
    }
}

/// Takes an access token of the client back. Any other text changes nothing: RFC 7009 answers it alike.
pub async fn revoke(app: &App, tokens: &Tokens, client: &ClientLogin, token: &str, request: &Request) -> Result<()> {
    let Some((own, _)) = own(app, tokens, client, token) else { return Ok(()) };
    let by = OriginOf::new(ActorKind::Client, client.id, &client.client_id, &request.id);
    app.db
        .change(&by, "revoke_token", async |tx| {
            store::insert_revoked_token(tx, own.jti, client.id, own.ends).await?;
            let told = Effect::new("token_revoked", "client", client.id, &client.client_id, None);
            Ok(((), Entry::on("client", client.id).effects([told])))
        })
        .await?;
    Ok(())
}

/// What is told of a good token.
pub struct Introspection {
    /// What it says of itself.
    pub own: Own,
    /// What it allows.
    pub scope: Permissions,
}

/// What a token of the client is worth now: nothing when it is over, taken back, or not the client's.
pub async fn introspect(
    app: &App,
    tokens: &Tokens,
    standings: &Standings,
    client: &ClientLogin,
    token: &str,
) -> Result<Option<Introspection>> {
    let Some((own, subject)) = own(app, tokens, client, token) else { return Ok(None) };
    let Some(known) = standings.of(app, &subject, true).await? else { return Ok(None) };
    if known.revoked.contains(&own.jti) {
        return Ok(None);
    }
    let roles = known.holdings.iter().flat_map(|holding| holding.role.permissions().iter().copied());
    let roles: Permissions = roles.filter(|one| one.is_for_scopes()).collect();
    let scope = match subject {
        Subject::Client { scope: Some(scope), .. } => scope.and(roles),
        _ => roles,
    };
    Ok(Some(Introspection { own, scope }))
}

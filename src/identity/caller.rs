//! The caller of a request, with the permission that the handler asked for.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::model::{Permission, Permissions, Role};
use super::perm::Perm;
use super::scope::Scope;
use super::standing::Standings;
use super::store::{Holding, Known};
use super::tokens::{Subject, Tokens};
use crate::platform::App;
use crate::platform::db::{Actor, ActorKind, Origin, Write};
use crate::platform::error::{Error, Result, code};
use crate::platform::http::Send;
use crate::platform::http::quota;
use crate::platform::http::request::RequestInfo;
use crate::platform::trail;

/// Who calls, permitted `P`; without `P`, as services take them.
#[derive(Clone, Debug)]
pub struct Caller<P = ()> {
    origin: Origin,
    known: Arc<Known>,
    session: Option<Uuid>,
    allowed: Option<Permissions>,
    scope: Scope,
    permission: PhantomData<fn() -> P>,
}

impl<P> Caller<P> {
    /// The units in which the permission holds.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The units in which another permission holds; `None` where it holds nowhere.
    pub fn scope_for(&self, permission: Permission) -> Option<Scope> {
        if self.origin.actor.kind == ActorKind::System {
            return Some(Scope::everything());
        }
        if self.allowed.is_some_and(|allowed| !allowed.has(permission)) {
            return None;
        }
        if self.origin.actor.kind == ActorKind::Client && permission.is_for_people_alone() {
            return None;
        }
        scope_of(&self.known, permission)
    }

    /// What may be done somewhere: by the roles, and no more than the token allows.
    pub fn permissions(&self) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|permission| self.scope_for(*permission).is_some()).collect()
    }

    /// Who, for the audit record.
    pub fn actor(&self) -> &Actor {
        &self.origin.actor
    }

    /// The cadre that the caller is, if one.
    pub fn cadre_id(&self) -> Option<Uuid> {
        self.known.cadre_id
    }

    /// The session of a person.
    pub fn session(&self) -> Option<Uuid> {
        self.session
    }

    /// The roles held today and where.
    pub fn holdings(&self) -> &[Holding] {
        &self.known.holdings
    }

    /// The names of the roles held today, wherever.
    pub fn roles(&self) -> BTreeSet<&'static str> {
        self.known.holdings.iter().map(|holding| holding.role.name()).collect()
    }

    /// The caller as services take them, without conditions of a write.
    pub fn plain(self) -> Caller {
        Caller {
            origin: self.origin,
            known: self.known,
            session: self.session,
            allowed: self.allowed,
            scope: self.scope,
            permission: PhantomData,
        }
    }

    /// The caller with the conditions of a write. An answer is given again only to a caller who may still do the same in
    /// the same units.
    #[must_use]
    pub fn with(self, send: impl Into<Send>) -> Caller {
        let mut origin = send.into().by(self.origin.actor);
        origin.write.digest.extend_from_slice(format!("{:?}", self.scope).as_bytes());
        Caller {
            origin,
            known: self.known,
            session: self.session,
            allowed: self.allowed,
            scope: self.scope,
            permission: PhantomData,
        }
    }
}

impl Caller {
    /// canbo itself: the effects of a day that has come, `canbo bootstrap`, the demo province.
    pub fn system(label: &str) -> Self {
        let known = Known {
            id: Uuid::nil(),
            ends: None,
            label: String::new(),
            cadre_id: None,
            holdings: Vec::new(),
            revoked: Vec::new(),
        };
        let actor = Actor { kind: ActorKind::System, id: None, label: label.to_owned(), request_id: label.to_owned() };
        Self {
            origin: Origin { actor, write: Write::default() },
            known: Arc::new(known),
            session: None,
            allowed: None,
            scope: Scope::everything(),
            permission: PhantomData,
        }
    }

    /// canbo itself, acting as the person whom a record is about: how the demo province proposes a correction.
    #[must_use]
    pub fn acting_as_person(self, account: Uuid, cadre: Uuid) -> Self {
        Self { scope: Scope::of(Vec::new(), Some(cadre)), ..self.acting_as(account) }
    }

    /// canbo itself, acting as an account did: how the demo province writes cases of past years.
    #[must_use]
    pub fn acting_as(mut self, account: Uuid) -> Self {
        self.origin.actor.id = Some(account);
        self
    }
}

impl<P> AsRef<Origin> for Caller<P> {
    fn as_ref(&self) -> &Origin {
        &self.origin
    }
}

fn scope_of(known: &Known, permission: Permission) -> Option<Scope> {
    let able: Vec<&Holding> = known.holdings.iter().filter(|holding| holding.role.may(permission)).collect();
    if able.is_empty() {
        return None;
    }
    // The role `cadre` reaches its holder's own record and no unit's.
    let own = able.iter().any(|holding| holding.role == Role::Cadre).then_some(known.cadre_id).flatten();
    let personal = matches!(
        permission,
        Permission::ReadCadres | Permission::ReadAccesses | Permission::MakeProposals | Permission::ReadProposals
    );
    let roots = able
        .iter()
        .filter(|holding| !(personal && holding.role == Role::Cadre))
        .map(|holding| holding.unit_id)
        .collect();
    Some(Scope::of(roots, own))
}

/// The token of the one `Authorization: Bearer ...`; the scheme is case-insensitive. A token elsewhere, in the query, the
/// body or a cookie, is none.
fn bearer(req: &HttpRequest) -> Option<&str> {
    let mut values = req.headers().get_all(header::AUTHORIZATION);
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

async fn identify<P: Perm>(req: HttpRequest) -> Result<Caller<P>> {
    let app = App::extract(&req).await?;
    let tokens = req.app_data::<web::Data<Tokens>>().ok_or_else(|| Error::internal("no tokens are configured"))?;
    let standings = req.app_data::<web::Data<Standings>>().ok_or_else(|| Error::internal("no standings are kept"))?;
    let info = RequestInfo::of(&req);
    let token = bearer(&req).ok_or_else(|| Error::new(code::UNAUTHENTICATED).caused_by("no bearer token"))?;
    let now = app.clock.now();
    let verified = tokens.verified(token, now)?;
    let subject = verified.subject;
    // What changes something acts on no standing of before.
    let reads = matches!(*req.method(), Method::GET | Method::HEAD);
    let known = standings.of(&app, &subject, !reads).await?.ok_or_else(|| {
        Error::new(code::UNAUTHENTICATED).caused_by("the session, account or client is no longer good")
    })?;
    if verified.own.is_some_and(|own| known.revoked.contains(&own.jti)) {
        return Err(Error::new(code::UNAUTHENTICATED).caused_by("the client took the token back"));
    }
    let _ = info.caller.set(known.label.clone());
    let (kind, session, allowed) = match subject {
        Subject::Account { session, .. } => (ActorKind::Account, Some(session), None),
        Subject::Client { scope, .. } => (ActorKind::Client, None, scope.map(signed_in)),
        Subject::External { scope, .. } => (ActorKind::Account, None, scope.map(signed_in)),
    };
    let actor = Actor { kind, id: Some(known.id), label: known.label.clone(), request_id: info.id };
    quota::of_principal(&req, &actor).await?;
    trail::identified(&actor);
    let scope = match P::PERMISSION {
        Permission::SignedIn => {
            Scope::of(known.holdings.iter().map(|holding| holding.unit_id).collect(), known.cadre_id)
        }
        permission => {
            let scope = scope_of(&known, permission).ok_or_else(|| lacking(permission))?;
            if kind == ActorKind::Client && permission.is_for_people_alone() {
                return Err(for_people(permission));
            }
            if allowed.is_some_and(|allowed| !allowed.has(permission)) {
                return Err(beyond(permission));
            }
            scope
        }
    };
    Ok(Caller {
        origin: Origin { actor, write: Write::default() },
        known,
        session,
        allowed,
        scope,
        permission: PhantomData,
    })
}

/// Whoever shows a good token is signed in, whatever it is for.
fn signed_in(scope: Permissions) -> Permissions {
    scope.or([Permission::SignedIn].into_iter().collect())
}

fn for_people(permission: Permission) -> Error {
    Error::new(code::FORBIDDEN).detail(
        format!("Quyền {} chỉ dành cho con người, không dành cho hệ thống", permission.name()),
        format!("The permission {} is for people, not for systems", permission.name()),
    )
}

fn beyond(permission: Permission) -> Error {
    Error::new(code::FORBIDDEN).detail(
        format!("Phạm vi (scope) của token không có quyền {}", permission.name()),
        format!("The scope of the token lacks the permission {}", permission.name()),
    )
}

fn lacking(permission: Permission) -> Error {
    let roles: Vec<_> = Role::ALL.iter().filter(|role| role.may(permission)).map(|role| role.name()).collect();
    Error::new(code::FORBIDDEN).detail(
        format!("Cần quyền {} (vai trò: {})", permission.name(), roles.join(", ")),
        format!("Needs the permission {} (roles: {})", permission.name(), roles.join(", ")),
    )
}

impl<P: Perm> FromRequest for Caller<P> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Taken at once, so that the other extractors of the handler keep their faults until it is known who calls.
        let asking = RequestInfo::of(req).admission.try_acquire_owned();
        let req = req.clone();
        Box::pin(async move {
            let caller = identify(req).await;
            drop(asking);
            caller
        })
    }
}

//! The claims of a token, typed: a text is a text, an instant is a whole number of seconds, nothing stands twice.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{AUDIENCE, LEEWAY, LIFE, Subject, refuse, strict};
use crate::identity::model::{LoginName, Permissions};
use crate::platform::error::{Error, Result};

/// The `client_id` of people's own sessions.
const OWN_CLIENT: &str = "canbo";
/// The longest name of a client.
const LONGEST_NAME: usize = 64;

/// The claims of our tokens. What else a token says is not ours: it may narrow what we do not understand.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    aud: Audience,
    sub: Uuid,
    client_id: String,
    #[serde(default, deserialize_with = "session", skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    #[serde(default, deserialize_with = "strict::present", skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

fn session<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Uuid>, D::Error> {
    Uuid::deserialize(value).map(Some)
}

/// One audience, or a list of them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

/// What a token of ours says of itself.
#[derive(Clone, Debug)]
pub struct Own {
    /// Its id.
    pub jti: Uuid,
    /// The client, by name.
    pub client_id: Arc<str>,
    /// Whom it speaks for, by id.
    pub sub: Uuid,
    /// From when.
    pub starts: DateTime<Utc>,
    /// Until when.
    pub ends: DateTime<Utc>,
}

/// What a token says, its signature and everything but the clock having been checked.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What a token of ours says of itself; none for that of another issuer.
    pub own: Option<Own>,
    /// Whom it speaks for.
    pub subject: Subject,
    /// From when: the latest of its instants that must have come.
    pub starts: DateTime<Utc>,
    /// Until when.
    pub ends: DateTime<Utc>,
}

impl Verified {
    fn new(subject: Subject, issued: i64, starts: i64, ends: i64, longest: TimeDelta) -> Result<Self> {
        let at =
            |seconds: i64| DateTime::from_timestamp(seconds, 0).ok_or_else(|| refuse("an instant is out of range"));
        let (issued, starts, ends) = (at(issued)?, at(starts)?, at(ends)?);
        if ends <= issued || ends - issued > longest {
            return Err(refuse("the token lives longer than such tokens do"));
        }
        Ok(Self { own: None, subject, starts: starts.max(issued), ends })
    }

    /// Refuses it before its time and after.
    pub fn check(&self, now: DateTime<Utc>) -> Result<()> {
        if now >= self.ends + LEEWAY || self.starts > now + LEEWAY {
            return Err(refuse("the token is not good at this time"));
        }
        Ok(())
    }
}

/// The claims of a new token of ours.
pub fn of(issuer: &str, subject: &Subject, client_id: Option<&str>, jti: Uuid, now: DateTime<Utc>) -> Result<Claims> {
    let (sub, sid, scope) = match subject {
        Subject::Account { account, session } => (*account, Some(*session), None),
        Subject::Client { client, scope } => (*client, None, *scope),
        Subject::External { .. } => return Err(Error::internal("we issue no tokens for another provider")),
    };
    if scope.is_some_and(Permissions::is_empty) {
        return Err(Error::internal("a token that allows nothing"));
    }
    Ok(Claims {
        iss: issuer.to_owned(),
        aud: Audience::One(AUDIENCE.to_owned()),
        sub,
        client_id: client_id.unwrap_or(OWN_CLIENT).to_owned(),
        sid,
        scope: scope.map(Permissions::scope),
        jti,
        iat: now.timestamp(),
        exp: (now + LIFE).timestamp(),
    })
}

/// What a token of ours says.
pub fn own(payload: &[u8], issuer: &str) -> Result<Verified> {
    let claims: Claims =
        serde_json::from_slice(payload).map_err(|error| refuse(format!("the claims are not of our form: {error}")))?;
    if claims.iss != issuer || !claims.aud.has(AUDIENCE) {
        return Err(refuse("the issuer or the audience is another"));
    }
    if !(1..=LONGEST_NAME).contains(&claims.client_id.len()) {
        return Err(refuse("client_id is empty or too long"));
    }
    let subject = match (claims.sid, claims.scope) {
        (Some(session), None) => Subject::Account { account: claims.sub, session },
        (Some(_), Some(_)) => return Err(refuse("a person's token has no scope")),
        (None, scope) => Subject::Client { client: claims.sub, scope: narrowing(scope.as_deref())? },
    };
    let verified = Verified::new(subject, claims.iat, claims.iat, claims.exp, LIFE)?;
    let (starts, ends) = (verified.starts, verified.ends);
    let own = Own { jti: claims.jti, client_id: claims.client_id.into(), sub: claims.sub, starts, ends };
    Ok(Verified { own: Some(own), ..verified })
}

fn narrowing(scope: Option<&str>) -> Result<Option<Permissions>> {
    let scope = scope.map(|scope| Permissions::of_scope(scope).ok_or_else(|| refuse("the scope is malformed")));
    scope.transpose()
}

/// What is asked of the claims of an identity provider's tokens.
pub struct Wanted<'a> {
    /// Who they are for.
    pub audience: &'a str,
    /// The claim that names the account.
    pub account_claim: &'a str,
    /// Whether `scope` narrows.
    pub narrowed: bool,
    /// How long they live at most.
    pub longest: TimeDelta,
}

/// What a token of an identity provider says; its issuer is known to be that provider.
pub fn external(claims: &Map<String, Value>, wanted: &Wanted<'_>) -> Result<Verified> {
    let instant = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| refuse(format!("{name} is no whole number"))),
    };
    let needed = |name: &str| instant(name)?.ok_or_else(|| refuse(format!("{name} is missing")));
    let (issued, ends, starts) = (needed("iat")?, needed("exp")?, instant("nbf")?);
    let audience: Audience = claims
        .get("aud")
        .and_then(|value| Audience::deserialize(value).ok())
        .ok_or_else(|| refuse("aud is neither a text nor a list of texts"))?;
    if !audience.has(wanted.audience) {
        return Err(refuse("the audience is another"));
    }
    let name = claims.get(wanted.account_claim).and_then(Value::as_str).unwrap_or_default();
    if LoginName::parse("", name).is_err() {
        return Err(refuse(format!("{} is no name of an account", wanted.account_claim)));
    }
    let scope = match claims.get("scope").filter(|_| wanted.narrowed) {
        None => None,
        Some(value) => narrowing(Some(value.as_str().ok_or_else(|| refuse("the scope is no text"))?))?,
    };
    let subject = Subject::External { user_name: Arc::from(name), scope };
    Verified::new(subject, issued, starts.unwrap_or(issued), ends, wanted.longest)
}

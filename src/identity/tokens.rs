//! Access tokens: JWT after RFC 9068, signed with Ed25519. The library checks the signature; everything else is checked
//! here, strictly: length, header members, key by `kid`, typed claims, our own clock.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::model::Permissions;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::page::Signer;
use crate::platform::id::Ids;
use crate::platform::seal::Seal;

/// Who our tokens are for.
const AUDIENCE: &str = "canbo";
/// The `client_id` of people's own sessions.
const OWN_CLIENT: &str = "canbo";
/// How long an access token is good.
pub const LIFE: TimeDelta = TimeDelta::minutes(10);
/// How far clocks of replicas may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(10);
const LONGEST: usize = 8 * 1024;

/// Signs and verifies access tokens.
pub struct Tokens {
    issuer: String,
    signing: (String, EncodingKey),
    verifying: HashMap<String, DecodingKey>,
    public: Value,
    cursor_key: [u8; 32],
    seal: Seal,
}

/// The claims of our tokens, all required. A repeated claim does not parse.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// A member that may be absent and not null.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    String::deserialize(value).map(Some)
}

/// The header members that we allow, and no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
}

/// Whom a good token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person in a session.
    Account {
        /// The account.
        account: Uuid,
        /// The session.
        session: Uuid,
    },
    /// A system.
    Client {
        /// The client.
        client: Uuid,
        /// What the token may be used for at most; none: whatever the client's roles allow.
        scope: Option<Permissions>,
    },
}

/// A fault in the signing keys, told at start-up.
#[derive(Debug, thiserror::Error)]
#[error("the signing key {0}: {1}")]
pub struct BadKey(String, String);

/// A new signing key, as PKCS#8 PEM: what `canbo key` prints.
pub fn new_key(ids: &Ids) -> Result<String, BadKey> {
    let key = SigningKey::from_bytes(&ids.bytes());
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| BadKey("new".to_owned(), error.to_string()))?;
    Ok(pem.as_str().to_owned())
}

impl Tokens {
    /// With the keys of these files, Ed25519 in PKCS#8 PEM: the first signs, all verify.
    pub fn from_files<P: AsRef<Path>>(issuer: &str, files: &[P]) -> Result<Self, BadKey> {
        let mut keys = Vec::new();
        for file in files {
            let name = file.as_ref().display().to_string();
            let text = std::fs::read_to_string(file)
                .map_err(|error| BadKey(name.clone(), format!("cannot be read: {error}")))?;
            let key = SigningKey::from_pkcs8_pem(&text).map_err(|_| {
                BadKey(
                    name.clone(),
                    "is not an Ed25519 private key in PKCS#8 PEM (openssl genpkey -algorithm ed25519)".to_owned(),
                )
            })?;
            keys.push(key);
        }
        Self::from_keys(issuer, &keys)
    }

    /// With these keys: the first signs, all verify.
    pub fn from_keys(issuer: &str, keys: &[SigningKey]) -> Result<Self, BadKey> {
        let first = keys.first().ok_or_else(|| BadKey("list".to_owned(), "is empty".to_owned()))?;
        let der = first.to_pkcs8_der().map_err(|error| BadKey("first".to_owned(), error.to_string()))?;
        let public: Vec<(String, String)> = keys
            .iter()
            .map(|key| {
                let x = BASE64.encode(key.verifying_key().as_bytes());
                // RFC 7638: the digest of the required members in lexical order.
                let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
                (BASE64.encode(thumbprint), x)
            })
            .collect();
        let mut verifying = HashMap::new();
        for (kid, x) in &public {
            let key = DecodingKey::from_ed_components(x).map_err(|error| BadKey(kid.clone(), error.to_string()))?;
            verifying.insert(kid.clone(), key);
        }
        let kid = public.first().map(|(kid, _)| kid.clone()).unwrap_or_default();
        let set: Vec<Value> = public
            .iter()
            .map(|(kid, x)| json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}))
            .collect();
        Ok(Self {
            issuer: issuer.to_owned(),
            signing: (kid, EncodingKey::from_ed_der(der.as_bytes())),
            verifying,
            public: json!({"keys": set}),
            cursor_key: Sha256::digest([b"canbo lists".as_slice(), first.as_bytes()].concat()).into(),
            seal: Seal::of(keys),
        })
    }

    /// The public keys, as a JWK set.
    pub fn jwks(&self) -> &Value {
        &self.public
    }

    /// The address that our tokens name as their issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Signs the cursors of lists, with a key that all replicas derive alike.
    pub fn cursors(&self) -> Signer {
        Signer::new(&self.cursor_key)
    }

    /// Signs the checkpoints of the audit record, with the same keys.
    pub fn seal(&self) -> Seal {
        self.seal.clone()
    }

    /// A new access token. A scope that allows nothing is an error: such a token would be refused.
    pub fn issue(&self, subject: Subject, client_id: Option<&str>, jti: Uuid, now: DateTime<Utc>) -> Result<String> {
        let (sub, sid, scope) = match subject {
            Subject::Account { account, session } => (account, Some(session), None),
            Subject::Client { client, scope } => (client, None, scope),
        };
        if scope.is_some_and(Permissions::is_empty) {
            return Err(Error::internal("a token that allows nothing"));
        }
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub,
            client_id: client_id.unwrap_or(OWN_CLIENT).to_owned(),
            sid,
            scope: scope.map(Permissions::scope),
            jti,
            iat: now.timestamp(),
            exp: (now + LIFE).timestamp(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.signing.0.clone());
        jsonwebtoken::encode(&header, &claims, &self.signing.1).map_err(Error::internal)
    }

    /// Whom the token speaks for. The cause of a refusal goes to the log; callers see one answer for all.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Subject> {
        let refuse = |cause: &'static str| Error::new(code::UNAUTHENTICATED).caused_by(cause);
        if token.len() > LONGEST {
            return Err(refuse("the token is too long"));
        }
        let (head, rest) = token.split_once('.').ok_or_else(|| refuse("the token has no parts"))?;
        if rest.matches('.').count() != 1 {
            return Err(refuse("the token has not three parts"));
        }
        let header: StrictHeader = BASE64
            .decode(head)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| refuse("the header is not one of ours"))?;
        let kind = header.typ.to_ascii_lowercase();
        if header.alg != "EdDSA" || !matches!(kind.as_str(), "at+jwt" | "application/at+jwt") {
            return Err(refuse("the header is not one of ours"));
        }
        let key = self.verifying.get(&header.kid).ok_or_else(|| refuse("the key is not known"))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        // Time, issuer and audience are checked below on the typed claims: the library skips what is absent or mistyped.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
            .map_err(|_| refuse("the signature or a claim is bad"))?
            .claims;
        let at =
            |seconds: i64| DateTime::from_timestamp(seconds, 0).ok_or_else(|| refuse("an instant is out of range"));
        let (issued, expires) = (at(claims.iat)?, at(claims.exp)?);
        if claims.iss != self.issuer || claims.aud != AUDIENCE {
            return Err(refuse("the issuer or the audience is another"));
        }
        if now >= expires + LEEWAY || issued > now + LEEWAY || expires - issued > LIFE {
            return Err(refuse("the token is not good at this time"));
        }
        match (claims.sid, claims.scope) {
            (Some(session), None) => Ok(Subject::Account { account: claims.sub, session }),
            (Some(_), Some(_)) => Err(refuse("a person's token has no scope")),
            (None, None) => Ok(Subject::Client { client: claims.sub, scope: None }),
            (None, Some(scope)) => {
                let scope = Permissions::of_scope(&scope).ok_or_else(|| refuse("the scope is malformed"))?;
                Ok(Subject::Client { client: claims.sub, scope: Some(scope) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(seed: u8, issuer: &str) -> Tokens {
        Tokens::from_keys(issuer, &[SigningKey::from_bytes(&[seed; 32])]).unwrap()
    }

    fn client(scope: Option<Permissions>) -> Subject {
        Subject::Client { client: Uuid::from_u128(9), scope }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-23T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_token_is_good_for_its_issuer_key_and_time_alone() {
        let ours = tokens(1, "https://canbo.example.vn");
        let subject = Subject::Account { account: Uuid::from_u128(1), session: Uuid::from_u128(2) };
        let token = ours.issue(subject, None, Uuid::from_u128(3), now()).unwrap();
        assert_eq!(ours.verify(&token, now()).unwrap(), subject);
        assert_eq!(ours.verify(&token, now() + LIFE).unwrap(), subject);
        assert!(ours.verify(&token, now() + LIFE + LEEWAY).is_err());
        assert!(ours.verify(&token, now() - LEEWAY - TimeDelta::seconds(1)).is_err());
        assert!(tokens(2, "https://canbo.example.vn").verify(&token, now()).is_err());
        assert!(tokens(1, "https://other.example.vn").verify(&token, now()).is_err());
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let ours = tokens(1, "https://canbo.example.vn");
        let token = ours.issue(client(None), Some("other"), Uuid::from_u128(3), now()).unwrap();
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let forged = String::from_utf8(bytes).unwrap();
                assert!(ours.verify(&forged, now()).is_err(), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn foreign_headers_are_refused() {
        let ours = tokens(1, "https://canbo.example.vn");
        let token = ours.issue(client(None), None, Uuid::from_u128(3), now()).unwrap();
        let (head, rest) = token.split_once('.').unwrap();
        let original: Value = serde_json::from_slice(&BASE64.decode(head).unwrap()).unwrap();
        for (member, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("eddsa")),
            ("typ", json!("JWT")),
            ("kid", json!("x")),
            ("crit", json!(["exp"])),
            ("jku", json!("http://127.0.0.1/")),
            ("jwk", json!({})),
            ("cty", json!("JWT")),
            ("zip", json!("DEF")),
        ] {
            let mut header = original.clone();
            header[member] = value;
            let forged = format!("{}.{rest}", BASE64.encode(header.to_string()));
            assert!(ours.verify(&forged, now()).is_err(), "{header}");
        }
        for shape in ["", ".", "..", "a.b", "a.b.c.d", &"a".repeat(LONGEST + 1)] {
            assert!(ours.verify(shape, now()).is_err());
        }
    }

    /// J27: the scope of a token narrows it; what is no list of names in one string is refused.
    #[test]
    fn a_scope_narrows_or_is_refused() {
        let ours = tokens(1, "https://canbo.example.vn");
        let jti = Uuid::from_u128(3);
        for scope in [None, Permissions::of_scope("units.read posts.read")] {
            let token = ours.issue(client(scope), Some("other"), jti, now()).unwrap();
            assert_eq!(ours.verify(&token, now()).unwrap(), client(scope));
        }
        assert!(ours.issue(client(Permissions::of_scope("*")), Some("other"), jti, now()).is_err());

        let signed = |change: &dyn Fn(&mut Value)| {
            let token = ours.issue(client(None), Some("other"), jti, now()).unwrap();
            let mut claims: Value =
                serde_json::from_slice(&BASE64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
            change(&mut claims);
            let mut header = Header::new(Algorithm::EdDSA);
            header.typ = Some("at+jwt".to_owned());
            header.kid = Some(ours.signing.0.clone());
            ours.verify(&jsonwebtoken::encode(&header, &claims, &ours.signing.1).unwrap(), now())
        };
        let nothing = Permissions::of_scope("*");
        assert_eq!(signed(&|claims| claims["scope"] = json!("* all nothing.known")).unwrap(), client(nothing));
        for malformed in [
            json!(null),
            json!(["units.read"]),
            json!([]),
            json!({"units.read": true}),
            json!(7),
            json!(true),
            json!(""),
            json!(" "),
            json!("units.read "),
            json!("units.read units.read"),
            json!("units.read\u{0}"),
        ] {
            assert!(signed(&|claims| claims["scope"] = malformed.clone()).is_err(), "{malformed}");
        }
        let session = Uuid::from_u128(2);
        assert!(signed(&|claims| claims["sid"] = json!(session)).is_ok());
        assert!(signed(&|claims| (claims["sid"], claims["scope"]) = (json!(session), json!("units.read"))).is_err());
    }

    #[test]
    fn the_key_set_shows_no_private_member() {
        let text = tokens(1, "https://canbo.example.vn").jwks().to_string();
        assert!(text.contains("\"x\"") && !text.contains("\"d\""));
    }
}

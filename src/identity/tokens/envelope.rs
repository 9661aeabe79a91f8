//! The form of a token: three parts of exact base64url and a header of known members.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signature, Signer};
use serde::{Deserialize, Serialize};

use super::keys::Key;
use super::{refuse, strict};
use crate::platform::error::{Error, Result};

/// The longest token, bytes.
pub const LONGEST: usize = 8 * 1024;
/// The algorithm of our keys, all of them.
const ALGORITHM: &str = "EdDSA";

/// The members that a header may have, and no others: not `crit`, `jku`, `jwk`, `x5u`, `x5c`, `zip`, `cty`, `b64`. A
/// repeated one does not parse.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Algorithm.
    pub alg: String,
    /// Names the key.
    pub kid: String,
    /// Kind of token.
    #[serde(default, deserialize_with = "strict::present")]
    pub typ: Option<String>,
    /// Digest of a certificate, which some providers send; nobody looks at it.
    #[serde(default, deserialize_with = "strict::present")]
    x5t: Option<String>,
    #[serde(rename = "x5t#S256", default, deserialize_with = "strict::present")]
    x5t_sha256: Option<String>,
}

/// The header of our tokens.
#[derive(Serialize)]
struct OwnHeader<'a> {
    typ: &'static str,
    alg: &'static str,
    kid: &'a str,
}

/// A token taken apart; nothing of it is verified yet.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// Its header.
    pub header: Header,
    /// The bytes of its claims.
    pub payload: Vec<u8>,
    /// What the signature covers.
    pub signed: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
}

impl<'a> Envelope<'a> {
    /// Takes a token apart.
    pub fn open(token: &'a str) -> Result<Self> {
        let shape = || refuse("the token has not three parts of base64url");
        if token.len() > LONGEST {
            return Err(refuse("the token is too long"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or_else(shape)?;
        let (header, payload) = signed.split_once('.').ok_or_else(shape)?;
        // Without padding, and refusing bits that no byte needs: each value has one spelling.
        let part = |text: &str| BASE64.decode(text).ok().filter(|bytes| !bytes.is_empty()).ok_or_else(shape);
        let (header, payload, signature) = (part(header)?, part(payload)?, part(signature)?);
        let header = serde_json::from_slice(&header)
            .map_err(|error| refuse(format!("the header is not of our form: {error}")))?;
        Ok(Self { header, payload, signed, signature })
    }

    /// Refuses what this key of ours did not sign.
    pub fn check_own(&self, key: &Key) -> Result<()> {
        let Header { alg, typ, x5t, x5t_sha256, .. } = &self.header;
        let typ = typ.as_deref().unwrap_or_default().to_ascii_lowercase();
        if alg != ALGORITHM || x5t.is_some() || x5t_sha256.is_some() {
            return Err(refuse("the header is not one of ours"));
        }
        if !matches!(typ.as_str(), "at+jwt" | "application/at+jwt") {
            return Err(refuse("it is no access token"));
        }
        let signature =
            Signature::from_slice(&self.signature).map_err(|_| refuse("the signature has another length"))?;
        key.public()
            .verify_strict(self.signed.as_bytes(), &signature)
            .map_err(|_| refuse("the signature is not of that key"))
    }
}

/// Signs claims.
pub fn seal(key: &Key, claims: &impl Serialize) -> Result<String> {
    let header = OwnHeader { typ: "at+jwt", alg: ALGORITHM, kid: key.kid() };
    let header = serde_json::to_vec(&header).map_err(Error::internal)?;
    let claims = serde_json::to_vec(claims).map_err(Error::internal)?;
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = key.private().sign(signed.as_bytes());
    Ok(format!("{signed}.{}", BASE64.encode(signature.to_bytes())))
}

//! Passwords: argon2id, off the workers, few at a time.

use std::sync::LazyLock;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::platform::config::Secret;
use crate::platform::error::{Error, Finding, Result, Say, code};

/// Memory in KiB, passes, lanes: the least that OWASP's password storage sheet allows for argon2id.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
const SHORTEST: usize = 10;
const LONGEST: usize = 128;

/// One hash takes a core for tens of milliseconds and 19 MiB: more at a time than this wait.
static HASHING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(4));

/// Who waits longer for a turn is told to come back.
const TURN: Duration = Duration::from_millis(1500);

fn hasher() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn off_the_workers<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let turn = tokio::time::timeout(TURN, HASHING.acquire()).await;
    let _turn = turn
        .map_err(|_| Error::new(code::UNAVAILABLE).caused_by("too many passwords to check"))?
        .map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// The form that is hashed: NFC, so that a keyboard's way of composing does not matter; spaces are kept.
fn canonical(password: &Secret) -> String {
    password.reveal().nfc().collect()
}

/// Checks a new password's form.
pub fn acceptable(pointer: &'static str, password: &Secret) -> Result<(), Finding> {
    let length = password.reveal().chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(Finding::new(
            pointer,
            code::OUT_OF_RANGE,
            Say::new(format!("Từ {SHORTEST} đến {LONGEST} ký tự"), format!("{SHORTEST} to {LONGEST} characters")),
        ));
    }
    if password.reveal().contains('\0') {
        return Err(Finding::plain(pointer, code::BAD_CHARACTER));
    }
    Ok(())
}

/// Hashes a password with a salt: a PHC string.
pub async fn hash(password: &Secret, salt: [u8; 16]) -> Result<String> {
    let text = canonical(password);
    off_the_workers(move || {
        let hash: PasswordHash = hasher()?
            .hash_password_with_salt(text.as_bytes(), &salt)
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password is the one of the hash. Without a hash the same work is done, so that an unknown user name
/// takes as long as a wrong password.
pub async fn verify(password: &Secret, hash: Option<String>) -> Result<bool> {
    const OF_NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let text = canonical(password);
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| OF_NOBODY.to_owned());
    off_the_workers(move || {
        let hash = PasswordHash::new(&hash).map_err(|error| Error::internal(error.to_string()))?;
        Ok(hasher()?.verify_password(text.as_bytes(), &hash).is_ok() && known)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_its_own_and_nfc() {
        let stored = hash(&Secret::new("hòa bình ấm no"), [7; 16]).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let decomposed: String = "hòa bình ấm no".nfd().collect();
        assert!(verify(&Secret::new(decomposed), Some(stored.clone())).await.unwrap());
        assert!(!verify(&Secret::new("hòa bình ấm no "), Some(stored)).await.unwrap());
        assert!(!verify(&Secret::new(""), None).await.unwrap());
    }
}

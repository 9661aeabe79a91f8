//! Passwords: argon2id, off the workers, few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;

use crate::platform::App;
use crate::platform::config::{HashCost, Secret};
use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::turns::Place;
use crate::platform::work::off_the_workers;

const SHORTEST: usize = 10;
const LONGEST: usize = 128;
/// No text of [`LONGEST`] characters has more bytes, however it is composed.
const MOST_BYTES: usize = LONGEST * 24;

fn hasher(cost: HashCost) -> Result<Argon2<'static>> {
    let HashCost { memory, passes, lanes } = cost;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The turn goes with the work: a caller who leaves does not make room before the core is free.
async fn in_turn<T: Send + 'static>(place: Place, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let turn = place.turn().await?;
    off_the_workers(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
}

/// The form that is hashed: NFC, so that a keyboard's way of composing does not matter; spaces are kept.
fn canonical(password: &Secret) -> String {
    password.reveal().nfc().collect()
}

fn out_of_range(pointer: &'static str) -> Finding {
    let message = Say::new(format!("Từ {SHORTEST} đến {LONGEST} ký tự"), format!("{SHORTEST} to {LONGEST} characters"));
    Finding::new(pointer, code::OUT_OF_RANGE, message)
}

/// Checks that a text can be somebody's password, before anything is computed.
pub fn possible(pointer: &'static str, password: &Secret) -> Result<(), Finding> {
    if password.reveal().len() > MOST_BYTES || canonical(password).chars().count() > LONGEST {
        return Err(out_of_range(pointer));
    }
    if password.reveal().contains('\0') {
        return Err(Finding::plain(pointer, code::BAD_CHARACTER));
    }
    Ok(())
}

/// Checks a new password's form.
pub fn acceptable(pointer: &'static str, password: &Secret) -> Result<(), Finding> {
    possible(pointer, password)?;
    if canonical(password).chars().count() < SHORTEST {
        return Err(out_of_range(pointer));
    }
    Ok(())
}

/// Hashes a password with a new salt: a PHC string.
pub async fn hash(app: &App, password: &Secret) -> Result<String> {
    let (text, cost, salt) = (canonical(password), app.settings.sign_in.cost, app.db.ids().bytes::<16>());
    in_turn(app.turns.queue()?, move || {
        let hash: PasswordHash = hasher(cost)?
            .hash_password_with_salt(text.as_bytes(), &salt)
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(hash.to_string())
    })
    .await
}

/// A hash of nobody's password that takes as long to compare as one of ours.
fn of_nobody(cost: HashCost) -> String {
    let HashCost { memory, passes, lanes } = cost;
    format!(
        "$argon2id$v=19$m={memory},t={passes},p={lanes}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )
}

/// Whether the password is the one of the hash. Without a hash the same work is done, so that an unknown user name
/// takes as long as a wrong password.
pub async fn verify(app: &App, place: Place, password: &Secret, hash: Option<String>) -> Result<bool> {
    let (text, cost) = (canonical(password), app.settings.sign_in.cost);
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| of_nobody(cost));
    in_turn(place, move || {
        let hash = PasswordHash::new(&hash).map_err(|error| Error::internal(error.to_string()))?;
        Ok(hasher(cost)?.verify_password(text.as_bytes(), &hash).is_ok() && known)
    })
    .await
}

/// Whether a hash costs less than those that are made now.
pub fn is_weaker(hash: &str, cost: HashCost) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return true };
    let Ok(params) = Params::try_from(&hash) else { return true };
    let work = |memory: u32, passes: u32| u64::from(memory) * u64::from(passes);
    hash.algorithm.as_str() != "argon2id"
        || work(params.m_cost(), params.t_cost()) < work(cost.memory, cost.passes)
        || !HashCost { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() }.is_enough()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::turns::Turns;

    fn made(text: &str, cost: HashCost) -> String {
        let hash: PasswordHash =
            hasher(cost).unwrap().hash_password_with_salt(text.nfc().collect::<String>().as_bytes(), &[7; 16]).unwrap();
        hash.to_string()
    }

    /// P01: what is stored is argon2id with at least the floor, and what is weaker is known to be.
    #[test]
    fn hashes_say_what_they_cost() {
        let now = HashCost::FLOOR;
        assert!(made("hòa bình ấm no", now).starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!is_weaker(&made("x", now), now));
        assert!(!is_weaker(&of_nobody(now), now));
        let more = HashCost { memory: 47104, passes: 1, lanes: 1 };
        assert!(!is_weaker(&made("x", more), now) && is_weaker(&made("x", now), more));
        for weak in [
            made("x", HashCost { memory: 8192, passes: 2, lanes: 1 }),
            made("x", HashCost { memory: 8192, passes: 30, lanes: 1 }),
            made("x", now).replace("argon2id", "argon2i"),
            "$2b$12$abcdefghijklmnopqrstuv".to_owned(),
            String::new(),
        ] {
            assert!(is_weaker(&weak, now), "{weak}");
        }
    }

    /// P03: composed and decomposed letters are one password, spaces count, and a hash of a lower cost still opens.
    #[tokio::test]
    async fn a_password_is_its_own_and_nfc() {
        let good = async |text: &str, stored: &str| {
            let (text, stored) = (canonical(&Secret::new(text)), stored.to_owned());
            let place = Turns::new(1).queue().unwrap();
            let check = move || {
                let hash = PasswordHash::new(&stored).unwrap();
                Ok(hasher(HashCost::FLOOR)?.verify_password(text.as_bytes(), &hash).is_ok())
            };
            in_turn(place, check).await.unwrap()
        };
        for cost in [HashCost::FLOOR, HashCost { memory: 1024, passes: 1, lanes: 1 }] {
            let stored = made("hòa bình ấm no", cost);
            let decomposed: String = "hòa bình ấm no".nfd().collect();
            assert!(good(&decomposed, &stored).await);
            assert!(!good("hòa bình ấm no ", &stored).await);
            assert!(!good(" hòa bình ấm no", &stored).await);
        }
    }

    /// P03: lengths are counted in characters, composed.
    #[test]
    fn forms() {
        let fault = |text: &str| acceptable("/password", &Secret::new(text)).err().map(|finding| finding.code.name);
        let composed = "ấ".repeat(128);
        let decomposed: String = composed.nfd().collect();
        for good in ["mười ký tự", " đầu và đuôi ", "🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘", &composed, &decomposed, &"x".repeat(64)]
        {
            assert_eq!(fault(good), None, "{good}");
        }
        for (bad, code) in [
            ("chín chữ.", "out_of_range"),
            ("", "out_of_range"),
            (&*"x".repeat(129), "out_of_range"),
            (&*"x".repeat(1 << 20), "out_of_range"),
            ("mười ký tự\0", "bad_character"),
        ] {
            assert_eq!(fault(bad), Some(code), "{}", bad.len());
        }
        assert!(possible("/password", &Secret::new("short")).is_ok());
    }
}

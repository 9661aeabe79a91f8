//! How often somebody may try to show who they are.
//!
//! Each try is charged to the address that it comes from and to the name that it is on, known or not, in PostgreSQL: so
//! for all replicas, before anything is compared. A charge is paid off by time alone; a good try is given back. Who is
//! refused is not charged, so a lock never grows. On an account, an address from which the person has signed in lately
//! counts for itself: strangers elsewhere cannot keep the owner out.
//!
//! A system's secret has 256 bits and cannot be guessed, so a name alone locks nothing there: else anybody could stop a
//! system by its public name.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::identity::store::{self, Charge, Charged};
use crate::platform::App;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::Peer;

/// Tries of one address at once, and how long one takes to be paid off: an office has one address.
const OF_ADDRESS: (i32, TimeDelta) = (100, TimeDelta::seconds(3));
/// Tries on one name.
const OF_NAME: (i32, TimeDelta) = (15, TimeDelta::minutes(3));
/// An address is one of the person's for this long after a sign-in.
const KNOWN_ADDRESS: TimeDelta = TimeDelta::days(30);

/// On whose name somebody tries.
#[derive(Clone, Copy)]
pub enum On<'a> {
    /// A person's account.
    Account(&'a str),
    /// A system.
    Client(&'a str),
}

/// What a try was charged to.
pub struct Try {
    address: Vec<u8>,
    name: Vec<u8>,
}

fn subject(kind: &str, parts: &[&str]) -> Vec<u8> {
    let mut digest = Sha256::new_with_prefix(kind);
    for part in parts {
        digest.update([0]);
        digest.update(part);
    }
    digest.finalize().to_vec()
}

/// Charges a try, or refuses it.
pub async fn charge(app: &App, on: On<'_>, peer: Peer) -> Result<Try> {
    let now = app.clock.now();
    let household = peer.household().to_string();
    let (kind, name, known_since) = match on {
        On::Account(name) => ("account", name, Some(now - KNOWN_ADDRESS)),
        On::Client(name) => ("client", name, None),
    };
    let here = subject(kind, &[name, &household]);
    let charge = Charge {
        now,
        address: subject("address", &[kind, &household]),
        address_limit: OF_ADDRESS,
        name: if known_since.is_some() { subject(kind, &[name]) } else { here.clone() },
        name_here: here,
        name_limit: OF_NAME,
        known: known_since.map(|since| (name, household.as_str(), since)),
    };
    match app.db.aside(async |conn| store::charge_try(conn, &charge).await).await? {
        Charged::Taken { name } => Ok(Try { address: charge.address, name }),
        Charged::Refused { wait } => {
            let seconds = u32::try_from(wait.num_seconds().max(0)).unwrap_or_default() + 1;
            Err(Error::new(code::TOO_MANY_ATTEMPTS)
                .after(seconds)
                .detail(format!("Thử lại sau {seconds} giây"), format!("Try again in {seconds} seconds")))
        }
    }
}

/// Gives a good try back.
pub async fn give_back(app: &App, good: Try) {
    let done = async {
        let mut conn = app.db.read().await?;
        store::give_try_back(&mut conn, &good.address, OF_ADDRESS.1).await?;
        store::give_try_back(&mut conn, &good.name, OF_NAME.1).await
    };
    if let Err(error) = done.await {
        log::debug!("a try was not given back: {}", error.chain());
    }
}

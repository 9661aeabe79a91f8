//! What a token costs: `cargo bench --bench gate`. Prints the median of many rounds.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program for people who measure"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use canbo::identity::model::Role;
use canbo::identity::standing::{Holding, Known, Standings};
use canbo::identity::tokens::{Subject, Tokens};
use canbo::platform::clock::Clock;
use ed25519_dalek::SigningKey;
use uuid::Uuid;

/// The median time of one call, over rounds of `calls`.
fn median(calls: u32, mut work: impl FnMut()) -> Duration {
    let mut rounds: Vec<Duration> = (0..41)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..calls {
                work();
            }
            started.elapsed() / calls
        })
        .collect();
    rounds.sort();
    rounds[rounds.len() / 2]
}

fn main() {
    let clock = Clock::system();
    let key = SigningKey::from_bytes(&[1; 32]);
    let gate = || Tokens::from_keys("https://canbo.example.vn", std::slice::from_ref(&key)).unwrap();
    let (tokens, standings) = (gate(), Standings::default());
    let (account, session) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let subject = Subject::Account { account, session };
    let token = tokens.issue(&subject, None, Uuid::from_u128(3), clock.now()).unwrap();
    let holdings = vec![Holding { role: Role::Reader, unit_id: Uuid::from_u128(4) }];
    let known =
        Known { id: account, ends: None, label: "reader".to_owned(), cadre_id: None, holdings, revoked: Vec::new() };
    standings.learn(&subject, Arc::new(known), &clock);

    println!("a token is {} bytes", token.len());
    let now = clock.now();
    let fresh: Vec<Tokens> = (0..410).map(|_| gate()).collect();
    let mut each = fresh.iter();
    let first = median(10, || {
        black_box(each.next().unwrap().verify(&token, now).unwrap());
    });
    println!("verified for the first time: {first:?}");
    let again = median(10_000, || {
        black_box(tokens.verify(black_box(&token), now).unwrap());
    });
    println!("verified again: {again:?}");
    let standing = median(10_000, || {
        black_box(standings.remembered(black_box(&subject), &clock).unwrap());
    });
    println!("its standing, known: {standing:?}");
    let both = median(10_000, || {
        let subject = tokens.verify(black_box(&token), clock.now()).unwrap();
        black_box(standings.remembered(&subject, &clock).unwrap());
    });
    println!("both, with the clock: {both:?}");
}

//! Storms: many callers at once on three replicas of the real binary, and everything around them failing.
//!
//! They measure times, so they come one after the other. `CANBO_STORM_ROUNDS` makes them longer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::replicas::Replica;
use crate::support::{Answer, Client, fixtures::Office};

mod clients;
mod connections;
mod contention;
mod cuts;
mod drain;
mod keys;
mod outages;
mod periods;
mod sqlstates;
mod surroundings;
mod tls;

/// One storm at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The day of today, where the service is.
fn today() -> chrono::NaiveDate {
    canbo::platform::clock::Clock::system().today()
}

/// As a caller should: comes again after a 503. Gives the last answer and how often it was a 503.
fn patient(mut ask: impl FnMut() -> Answer) -> (Answer, usize) {
    for busy in 0..200 {
        let answer = ask();
        if answer.status != 503 {
            return (answer, busy);
        }
        assert!(!answer.header("retry-after").is_empty(), "a 503 says when to come again");
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("200 times a 503");
}

/// Many at once; each on its replica by turns. Gives what each got.
fn at_once<T: Send>(replicas: &[Replica], count: usize, act: impl Fn(usize, &Replica) -> T + Sync) -> Vec<T> {
    let barrier = std::sync::Barrier::new(count);
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..count)
            .map(|index| {
                let (act, barrier, replica) = (&act, &barrier, &replicas[index % replicas.len()]);
                scope.spawn(move || {
                    barrier.wait();
                    act(index, replica)
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    })
}

/// People for many calls.
fn people(office: &Office, count: usize) -> Vec<String> {
    let unit = office.province().to_owned();
    (0..count).map(|index| office.cadre(&format!("Lò Văn Đông {index}"), &unit)).collect()
}

/// A seat that many may want.
fn seat(officer: &Client, title: &str, unit: &str, full_time: bool) -> String {
    let body = json!({"title_id": title, "unit_id": unit, "from": "2025-07-01", "full_time": full_time});
    officer.post("/v1/posts", &body).expect(201).str("/id").to_owned()
}

fn appointment(post: &str) -> Value {
    json!({"post_id": post, "from": "2025-07-01", "basis": "appointed"})
}

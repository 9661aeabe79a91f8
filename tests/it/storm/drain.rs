//! Replicas are exchanged one after the other behind a balancer that looks at `/readyz`.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{alone, keys::person};
use crate::support::Client;
use crate::support::fixtures::Office;
use crate::support::postgres::Postgres;
use crate::support::replicas::{Replica, rounds};

/// How often the balancer asks a replica whether it is ready.
const ASKED: Duration = Duration::from_millis(100);
/// How long a replica still listens when it says that it is not: the balancer asks a few times meanwhile.
const PAUSE: &str = "600";

/// A balancer by turns, over TCP.
struct Balancer {
    address: SocketAddr,
    behind: Arc<Mutex<Vec<(SocketAddr, bool)>>>,
}

impl Balancer {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let behind: Arc<Mutex<Vec<(SocketAddr, bool)>>> = Arc::default();
        let asked = behind.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(ASKED);
                let addresses: Vec<SocketAddr> = asked.lock().unwrap().iter().map(|(address, _)| *address).collect();
                for address in addresses {
                    let ready = Client::new(address).try_get("/readyz").is_some_and(|answer| answer.status == 200);
                    for (known, state) in asked.lock().unwrap().iter_mut() {
                        if *known == address {
                            *state = ready;
                        }
                    }
                }
            }
        });
        let chosen = behind.clone();
        std::thread::spawn(move || {
            for (turn, near) in listener.incoming().enumerate() {
                let near = near.unwrap();
                let ready: Vec<SocketAddr> =
                    chosen.lock().unwrap().iter().filter(|(_, ready)| *ready).map(|(address, _)| *address).collect();
                let Some(far) = ready.get(turn % ready.len().max(1)) else { continue };
                let Ok(far) = TcpStream::connect(far) else { continue };
                for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Write);
                    });
                }
            }
        });
        Self { address, behind }
    }

    fn add(&self, replica: &Replica) {
        self.behind.lock().unwrap().push((replica.address(), true));
    }
}

/// F13: SIGTERM under load: not ready first, then no new connections, then what runs ends: no request fails, the process ends
/// within its time, and a second signal is not needed.
#[test]
fn an_exchange_of_replicas_fails_nobody() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let start = || {
        Replica::start_with(&server.url(), |command| {
            command.env("CANBO_READINESS_PAUSE_MS", PAUSE);
        })
    };
    let balancer = Balancer::start();
    let mut serving = vec![start(), start()];
    for replica in &serving {
        balancer.add(replica);
    }
    let office = Office::of(&serving[0].client());
    let unit = office.province().to_owned();
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let slowest = std::thread::scope(|scope| {
        for index in 0..6 {
            let (office, unit, stop, done, balancer) = (&office, &unit, &stop, &done, &balancer);
            scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    // A connection for each request or one for many: both as callers do.
                    let officer = office.officer.at(balancer.address);
                    let request = if index % 2 == 0 {
                        officer.request(reqwest::Method::GET, "/v1/cadres?limit=5").header("connection", "close")
                    } else {
                        officer
                            .request(reqwest::Method::POST, "/v1/cadres")
                            .header("connection", "close")
                            .json(&person("Lò Văn Đổi", unit))
                    };
                    let answer = crate::support::Answer::try_of(request).expect("each request is answered");
                    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let mut slowest = Duration::ZERO;
        for _ in 0..rounds(2) {
            let next = start();
            balancer.add(&next);
            serving.push(next);
            std::thread::sleep(Duration::from_millis(300));
            let mut old = serving.remove(0);
            let started = Instant::now();
            old.signal("-TERM");
            assert!(old.ended().success(), "{}", old.said());
            slowest = slowest.max(started.elapsed());
        }
        stop.store(true, Ordering::SeqCst);
        slowest
    });
    println!("{} requests, none failed; a replica ended within {slowest:?}", done.into_inner());
    assert!(slowest < Duration::from_secs(30));
}

/// F13: who is told to stop twice stops at once, whatever still runs.
#[test]
fn a_second_signal_is_quick() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let mut replica = Replica::start(&server.url());
    let office = Office::of(&replica.client());
    let _holding = server.while_holding("BEGIN; LOCK TABLE cadres IN EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        scope.spawn(|| office.officer.try_post("/v1/cadres", None, &person("Lò Văn Dừng", office.province())));
        std::thread::sleep(Duration::from_millis(200));
        let started = Instant::now();
        replica.signal("-TERM");
        std::thread::sleep(Duration::from_millis(100));
        replica.signal("-TERM");
        replica.ended();
        println!("ended {:?} after the first signal", started.elapsed());
        assert!(started.elapsed() < Duration::from_secs(1));
    });
}

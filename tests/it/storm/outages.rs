//! PostgreSQL stops, dies, goes silent, gets slow, or takes no more of us.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{alone, keys::*};
use crate::support::fixtures::Office;
use crate::support::postgres::{self, Postgres, url_at};
use crate::support::proxy::{Mode, Proxy};
use crate::support::replicas::{METRICS_TOKEN, Replica, rounds};
use crate::support::{Answer, Client};

fn millis(since: Instant) -> u128 {
    since.elapsed().as_millis()
}

/// The time of the slowest but the hundredth part.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[(times.len() * 99 / 100).min(times.len() - 1)]
}

/// Comes again until a write is done; gives how long that took.
fn first_write(officer: &Client, name: &str, unit: &str) -> Duration {
    let started = Instant::now();
    while officer.try_post("/v1/cadres", None, &person(name, unit)).is_none_or(|answer| answer.status != 201) {
        assert!(started.elapsed() < Duration::from_secs(20), "no write is done");
        std::thread::sleep(Duration::from_millis(10));
    }
    started.elapsed()
}

/// F01: without PostgreSQL requests are 503 within a second, the process lives and is not ready; a second after PostgreSQL
/// is back writes are done again, and nobody was restarted.
#[test]
fn a_stopped_server_is_missed_for_no_longer_than_it_is_away() {
    let _alone = alone();
    let mut server = Postgres::start(&["fsync=off"]);
    let replica = Replica::start(&server.url());
    let office = Office::of(&replica.client());
    let unit = office.province().to_owned();
    let (mut slowest, mut latest) = (Duration::ZERO, Duration::ZERO);
    for round in 0..rounds(2) {
        server.stop();
        let until = Instant::now() + Duration::from_millis(800);
        while Instant::now() < until {
            let started = Instant::now();
            let answer = office.officer.get("/v1/cadres?limit=1").problem(503, "unavailable");
            slowest = slowest.max(started.elapsed());
            assert!(!answer.header("retry-after").is_empty());
        }
        office.officer.post("/v1/cadres", &person("Lò Văn Không", &unit)).problem(503, "unavailable");
        let client = replica.client();
        client.get("/healthz").expect(200);
        client.with_token(METRICS_TOKEN).get("/metrics").expect(200);
        let answer = client.get("/readyz").problem(503, "unavailable");
        assert!(!answer.text.contains("refused"), "why is for the log: {}", answer.text);
        server.start_again();
        latest = latest.max(first_write(&office.officer, &format!("Lò Văn Lại {round}"), &unit));
        client.get("/readyz").expect(200);
    }
    println!("slowest 503 after {slowest:?}; first write {latest:?} after PostgreSQL took connections");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    assert!(latest < Duration::from_secs(1), "{latest:?}");
    assert_eq!(cadres_named(&server, "Lò Văn Không"), 0);
}

/// F02: `kill -9` of PostgreSQL under load: what was acknowledged is there, and there once.
#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let _alone = alone();
    // With fsync: a kill of the process alone loses nothing without it either, and so does a crash of the machine.
    let mut server = Postgres::start(&[]);
    let replica = Replica::start(&server.url());
    let office = Office::of(&replica.client());
    let unit = office.province().to_owned();
    let (stop, next) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut slowest = Duration::ZERO;
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    while !stop.load(Ordering::SeqCst) {
                        let name = format!("Lò Văn {}", next.fetch_add(1, Ordering::SeqCst));
                        let answer = office.officer.try_post(
                            "/v1/cadres",
                            Some(&name.replace(['ò', 'ă', ' '], "")),
                            &person(&name, &unit),
                        );
                        match answer {
                            Some(answer) if answer.status == 201 => done.push(name),
                            Some(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
                            None => panic!("no answer"),
                        }
                    }
                    done
                })
            })
            .collect();
        for round in 0..rounds(1) {
            std::thread::sleep(Duration::from_millis(600));
            server.kill();
            std::thread::sleep(Duration::from_millis(200));
            server.start_again();
            slowest = slowest.max(first_write(&office.officer, &format!("Nhịp {round}"), &unit));
        }
        stop.store(true, Ordering::SeqCst);
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let written = server.number("SELECT count(*) FROM cadres WHERE full_name LIKE 'Lò Văn %'");
    let names = acknowledged.iter().map(|name| format!("('{name}')")).collect::<Vec<_>>().join(", ");
    let missing = server.number(&format!(
        "SELECT count(*) FROM (VALUES {names}) AS known (name) WHERE (SELECT count(*) FROM cadres c WHERE c.full_name = name) <> 1"
    ));
    println!("{} acknowledged, {written} written, first write {slowest:?} after PostgreSQL", acknowledged.len());
    assert!(!acknowledged.is_empty());
    assert_eq!(missing, 0, "acknowledged and not there exactly once");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}

/// F03: nothing is heard from PostgreSQL and nothing resets: each request ends by its deadline, and two seconds after the
/// way is good again so are we.
#[test]
fn a_black_hole_holds_nobody_longer_than_the_deadline() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let proxy = Proxy::start(server.address());
    let replica = Replica::start(&url_at(proxy.address));
    let office = Office::of(&replica.client());
    let unit = office.province().to_owned();
    let (mut slowest, mut latest) = (Duration::ZERO, Duration::ZERO);
    for round in 0..rounds(1) {
        proxy.set(Mode::Freeze);
        let until = Instant::now() + Duration::from_millis(if rounds(0) > 0 { 60_000 } else { 4_000 });
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..12)
                .map(|index| {
                    let (office, unit) = (&office, &unit);
                    scope.spawn(move || {
                        let mut slowest = Duration::ZERO;
                        while Instant::now() < until {
                            let started = Instant::now();
                            let answer = if index % 2 == 0 {
                                office.officer.get("/v1/cadres?limit=1")
                            } else {
                                office.officer.post("/v1/cadres", &person("Lò Văn Lặng", unit))
                            };
                            assert_eq!(answer.status, 503, "{answer:?}");
                            slowest = slowest.max(started.elapsed());
                        }
                        slowest
                    })
                })
                .collect();
            slowest = callers.into_iter().map(|caller| caller.join().unwrap()).fold(slowest, Duration::max);
        });
        proxy.set(Mode::Pass);
        latest = latest.max(first_write(&office.officer, &format!("Lò Văn Lành {round}"), &unit));
        let started = Instant::now();
        for _ in 0..20 {
            office.officer.get("/v1/cadres?limit=1").expect(200);
        }
        assert!(millis(started) < 3000);
    }
    println!("slowest answer {slowest:?}; first write {latest:?} after the way was good");
    assert!(slowest < Duration::from_millis(5500), "{slowest:?}");
    assert!(latest < Duration::from_secs(2), "{latest:?}");
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(server.idle_in_transaction(), 0);
}

/// F04: RST on all connections under load: no read fails, and of the writes at most one for each connection, as 503.
#[test]
fn a_reset_costs_no_read() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let proxy = Proxy::start(server.address());
    let replica = Replica::start(&url_at(proxy.address));
    let office = Office::of(&replica.client());
    let unit = office.province().to_owned();
    let stop = AtomicBool::new(false);
    let resets = rounds(3);
    let (reads, writes, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for index in 0..8 {
            let (office, unit, stop, reads, writes, failed) = (&office, &unit, &stop, &reads, &writes, &failed);
            scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    if index % 2 == 0 {
                        office.officer.get("/v1/cadres?limit=5").expect(200);
                        reads.fetch_add(1, Ordering::SeqCst);
                    } else {
                        let answer = office.officer.post("/v1/cadres", &person("Lò Văn Cắt", unit));
                        assert!(matches!(answer.status, 201 | 503), "{answer:?}");
                        failed.fetch_add(usize::from(answer.status == 503), Ordering::SeqCst);
                        writes.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        for _ in 0..resets {
            std::thread::sleep(Duration::from_millis(400));
            proxy.reset_all();
        }
        std::thread::sleep(Duration::from_millis(400));
        stop.store(true, Ordering::SeqCst);
    });
    let (reads, writes, failed) = (reads.into_inner(), writes.into_inner(), failed.into_inner());
    println!("{resets} resets: {reads} reads, none failed; {writes} writes, {failed} failed");
    assert!(failed <= resets * 10, "{failed}");
}

/// F05: PostgreSQL answers late or drop by drop: some are turned away, at once, and nothing piles up.
#[test]
fn a_slow_server_is_shed() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let proxy = Proxy::start(server.address());
    let replica = Replica::start(&url_at(proxy.address));
    let office = Office::of(&replica.client());
    for (mode, callers, most) in [
        (Mode::Delay(Duration::from_millis(200)), 30, Duration::from_millis(5500)),
        (Mode::Delay(Duration::from_secs(2)), 30, Duration::from_millis(5500)),
        (Mode::Drip, 30, Duration::from_millis(5500)),
    ] {
        proxy.set(mode);
        let until = Instant::now() + Duration::from_millis(if rounds(0) > 0 { 20_000 } else { 1_000 });
        let times: Vec<(u16, Duration)> = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..callers)
                .map(|_| {
                    scope.spawn(|| {
                        let mut times = Vec::new();
                        while Instant::now() < until {
                            let started = Instant::now();
                            let answer = office.officer.get("/v1/cadres?limit=1");
                            assert!(matches!(answer.status, 200 | 503), "{answer:?}");
                            times.push((answer.status, started.elapsed()));
                        }
                        times
                    })
                })
                .collect();
            calls.into_iter().flat_map(|call| call.join().unwrap()).collect()
        });
        let refused: Vec<Duration> = times.iter().filter(|(status, _)| *status == 503).map(|(_, took)| *took).collect();
        let slowest = times.iter().map(|(_, took)| *took).max().unwrap();
        let median = {
            let mut sorted = refused.clone();
            sorted.sort_unstable();
            sorted.get(sorted.len() / 2).copied()
        };
        println!(
            "{mode:?}: {} answered, {} refused (median {median:?}), slowest {slowest:?}",
            times.len() - refused.len(),
            refused.len()
        );
        assert!(slowest < most, "{mode:?}: {slowest:?}");
        replica.client().get("/healthz").expect(200);
        proxy.set(Mode::Pass);
        let started = Instant::now();
        while office.officer.get("/v1/cadres?limit=1").status != 200 {
            assert!(started.elapsed() < Duration::from_secs(2), "{mode:?} is over, and yet");
        }
    }
}

/// F06: when slow statements hold every connection the rest are told to come back within the wait for one, and the process
/// tells that it lives.
#[test]
fn an_exhausted_pool_says_so_at_once() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replica = Replica::start(&server.url());
    let office = Office::of(&replica.client());
    let unit = office.province().to_owned();
    let holding = server.while_holding("BEGIN; LOCK TABLE cadres IN ACCESS EXCLUSIVE MODE");
    let (refusals, lives) = std::thread::scope(|scope| {
        // Ten connections, each waiting for the lock.
        for _ in 0..14 {
            scope.spawn(|| office.officer.try_get("/v1/cadres?limit=1"));
        }
        std::thread::sleep(Duration::from_millis(400));
        let until = Instant::now() + Duration::from_millis(700);
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let (office, unit) = (&office, &unit);
                scope.spawn(move || {
                    let mut times = Vec::new();
                    while Instant::now() < until {
                        let started = Instant::now();
                        let answer = office.officer.get(&format!("/v1/units/{unit}"));
                        if answer.status == 503 {
                            times.push(started.elapsed());
                        }
                    }
                    times
                })
            })
            .collect();
        let started = Instant::now();
        let mut lives = 0;
        while started.elapsed() < Duration::from_millis(600) {
            replica.client().get("/healthz").expect(200);
            replica.client().with_token(METRICS_TOKEN).get("/metrics").expect(200);
            lives += 1;
        }
        (calls.into_iter().flat_map(|call| call.join().unwrap()).collect::<Vec<_>>(), lives)
    });
    drop(holding);
    let count = refusals.len();
    let p99 = p99(refusals);
    println!("{count} refusals, p99 {p99:?}; /healthz answered {lives} times meanwhile");
    assert!(count > 20 && lives > 5);
    assert!(p99 < Duration::from_millis(400), "{p99:?}");
    office.officer.get("/v1/cadres?limit=1").expect(200);
}

/// D07 F07: the server is full, or the password is wrong: 503, the log says why, and nobody storms the server.
#[test]
fn a_server_that_takes_us_not_is_not_stormed() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let proxy = Proxy::start(server.address());
    let replica = Replica::start(&url_at(proxy.address));
    let office = Office::of(&replica.client());
    let storm = |what: &str, said: &str| {
        proxy.reset_all();
        let (before, started) = (proxy.accepted(), Instant::now());
        let answers = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while started.elapsed() < Duration::from_secs(1) {
                        office.officer.get("/v1/cadres?limit=1").problem(503, "unavailable");
                        answers.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        let tries = proxy.accepted() - before;
        println!("{what}: {} answers, {tries} connections tried in 1 s", answers.into_inner());
        assert!(tries <= 20, "{what}: {tries} tries in 1 s");
        let answer = replica.client().get("/readyz").problem(503, "unavailable");
        assert!(!answer.text.contains(said), "{}", answer.text);
        assert!(replica.said().contains(said), "{what}: the log does not say {said}: {}", replica.said());
    };
    // 53300, as the limit of the role.
    server.run(postgres::DATABASE, "ALTER ROLE canbo_service CONNECTION LIMIT 0");
    storm("full", "too many connections for role");
    server.run(postgres::DATABASE, "ALTER ROLE canbo_service CONNECTION LIMIT -1");
    let unit = office.province().to_owned();
    let full = first_write(&office.officer, "Lò Văn Lại", &unit);
    // 28P01.
    let (rules, file) = (
        "local all all trust\nhost all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n",
        server.data().join("pg_hba.conf"),
    );
    let trusting = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, rules).unwrap();
    server.run(postgres::DATABASE, "ALTER ROLE canbo_service PASSWORD 'another'; SELECT pg_reload_conf()");
    std::thread::sleep(Duration::from_millis(200));
    storm("no password", "password");
    std::fs::write(&file, trusting).unwrap();
    server.run(postgres::DATABASE, "SELECT pg_reload_conf()");
    let known = first_write(&office.officer, "Lò Văn Lại", &unit);
    println!("first write {full:?} after there was room, {known:?} after we were let in");
    assert!(full.max(known) < Duration::from_secs(2));
}

/// F08: a row that somebody else holds for long: 503 when the wait for the lock is over.
#[test]
fn a_row_held_by_another_is_not_waited_for() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replica = Replica::start(&server.url());
    let office = Office::of(&replica.client());
    let cadre = office.cadre("Lò Văn Giữ", office.province());
    let path = format!("/v1/cadres/{cadre}");
    let holding = server.while_holding(&format!("BEGIN; SELECT 1 FROM cadres WHERE id = '{cadre}' FOR UPDATE"));
    let started = Instant::now();
    let answer: Answer = office.officer.patch(&path, "*", &serde_json::json!({"full_name": "Lò Văn Đổi"}));
    let took = started.elapsed();
    println!("{} after {took:?}", answer.status);
    answer.problem(503, "unavailable");
    assert!((Duration::from_secs(1)..Duration::from_secs(3)).contains(&took), "{took:?}");
    drop(holding);
    office.officer.patch(&path, "*", &serde_json::json!({"full_name": "Lò Văn Đổi"})).expect(200);
}

//! Callers who leave, and deadlines that pass, in the middle of whatever happens then.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{alone, keys::person};
use crate::support::fixtures::Office;
use crate::support::postgres::Postgres;
use crate::support::replicas::{METRICS_TOKEN, Replica, rounds};
use crate::support::{TestApp, app, database};

/// Numbers that look random and are the same each time.
fn shaken(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// F11: callers leave by FIN and by RST, at random bytes and moments: no transaction stays open, the pool keeps its size, and
/// each effect has its key and each key its effect.
#[test]
fn who_leaves_leaves_nothing_half_done() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let replica = Replica::start(&server.url());
    let office = Office::of(&replica.client());
    let (unit, address) = (office.province().to_owned(), replica.address());
    let token = office.officer.token().to_owned();
    let count = u64::try_from(rounds(500)).unwrap();
    database::wait(async move || {
        let workers = (0..16_u64).map(|worker| {
            let (unit, token) = (unit.clone(), token.clone());
            async move {
                for n in (worker..count).step_by(16) {
                    let body = person(&format!("Lò Văn Rời {n}"), &unit).to_string();
                    let head = format!("host: canbo\r\nauthorization: Bearer {token}\r\n");
                    let request = if shaken(n).is_multiple_of(3) {
                        format!("GET /v1/cadres?limit=20 HTTP/1.1\r\n{head}\r\n")
                    } else {
                        format!(
                            "POST /v1/cadres HTTP/1.1\r\n{head}idempotency-key: leave-{n}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                            body.len()
                        )
                    };
                    // One in four stops in the middle of the request.
                    let length = u64::try_from(request.len()).unwrap();
                    let sent = if shaken(n ^ 1).is_multiple_of(4) { shaken(n ^ 2) % length } else { length };
                    let mut stream = TcpStream::connect(address).await.unwrap();
                    stream.write_all(&request.as_bytes()[..usize::try_from(sent).unwrap()]).await.unwrap();
                    tokio::time::sleep(Duration::from_micros(shaken(n ^ 3) % 40_000)).await;
                    if shaken(n ^ 4).is_multiple_of(2) {
                        stream.set_zero_linger().unwrap();
                    } else {
                        let _ = stream.shutdown().await;
                    }
                }
            }
        });
        futures_util::future::join_all(workers).await;
    });
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(server.idle_in_transaction(), 0);
    let metrics = replica.client().with_token(METRICS_TOKEN).get("/metrics").expect(200).text;
    let open: f64 =
        metrics.lines().find_map(|line| line.strip_prefix("canbo_database_connections ")).unwrap().parse().unwrap();
    assert!((1.0..=10.0).contains(&open), "{open}");
    let effects = server.number("SELECT count(*) FROM cadres WHERE full_name LIKE 'Lò Văn Rời %'");
    let keys = server.number("SELECT count(*) FROM idempotency_keys WHERE key LIKE 'leave-%'");
    let matched = server.number(
        "SELECT count(*) FROM idempotency_keys k JOIN cadres c ON c.full_name = 'Lò Văn Rời ' || substr(k.key, 7) \
         WHERE k.key LIKE 'leave-%' AND k.answer IS NOT NULL",
    );
    println!("{count} callers left: {effects} effects, {keys} keys, {matched} of them matched, {open} connections");
    assert_eq!((effects, keys), (matched, matched));
    assert!(effects > 0);
    office.officer.get("/v1/cadres?limit=1").expect(200);
}

/// F12: deadlines that pass at random moments: the connection of a read that was dropped is not used again, a write runs to
/// its end, and no transaction stays open.
#[test]
fn a_deadline_leaves_a_clean_pool() {
    let _alone = alone();
    let patient = TestApp::start();
    let office = Office::new(&patient);
    for round in 0..4_u64 {
        let deadline = Duration::from_micros(1_000 + shaken(round) % 9_000);
        let hasty = TestApp::with(
            patient.database.clone(),
            canbo::platform::config::HttpSettings { deadline, ..app::http() },
            patient.clock.clone(),
        );
        let officer = office.officer.at(hasty.address);
        std::thread::scope(|scope| {
            for worker in 0..4_u64 {
                let (officer, office) = (&officer, &office);
                scope.spawn(move || {
                    for n in 0..25 {
                        let answer = if (n + worker) % 2 == 0 {
                            officer.get("/v1/cadres?limit=50&count=true")
                        } else {
                            let name = format!("Lò Văn Hạn {round} {worker} {n}");
                            officer.post("/v1/cadres", &person(&name, office.province()))
                        };
                        assert!(matches!(answer.status, 200 | 201 | 503), "{answer:?}");
                    }
                });
            }
        });
        std::thread::sleep(Duration::from_millis(500));
        let idle = "SELECT count(*)::text AS text FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
        assert_eq!(database::text(&patient.database, idle), "0");
    }
    office.officer.get("/v1/cadres?limit=1").expect(200);
    // Whoever was told 503 or 201, what is there is there with its record.
    let halves = "SELECT ((SELECT count(*) FROM cadres WHERE full_name LIKE 'Lò Văn Hạn %') \
                  - (SELECT count(*) FROM audit_entries WHERE action = 'create_cadre' AND outcome = 'done'))::text AS text";
    assert_eq!(database::text(&patient.database, halves), "0");
}

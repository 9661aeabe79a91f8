//! Several servers behind one address, and how replicas start.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::{alone, keys::*};
use crate::support::fixtures::Office;
use crate::support::postgres::{DATABASE, Postgres};
use crate::support::process::free_port;
use crate::support::proxy::{Mode, Proxy};
use crate::support::replicas::{Replica, canbo};

fn url(hosts: &str) -> String {
    format!("postgresql://canbo_service@{hosts}/{DATABASE}")
}

/// F20: of several hosts the one that takes writes is found, within the time for opening a connection, whether another is
/// dead, silent or read-only; and of a name with several addresses the one that answers.
#[test]
fn the_writable_one_of_several_servers_is_found() {
    let _alone = alone();
    let good = Postgres::start(&["fsync=off"]);
    let read_only = Postgres::start(&["fsync=off", "default_transaction_read_only=on"]);
    let silent = Proxy::start(good.address());
    silent.set(Mode::Freeze);
    let dead = free_port();
    // Takes connections and never looks at them.
    let unread = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let localhost = format!("localhost:{}", good.address().port());
    for (what, first) in [
        ("dead", format!("127.0.0.1:{dead}")),
        ("silent", silent.address.to_string()),
        ("deaf", unread.local_addr().unwrap().to_string()),
        ("read-only", read_only.address().to_string()),
    ] {
        let started = Instant::now();
        let replica = Replica::start(&url(&format!("{first},{}", good.address())));
        let office = Office::of(&replica.client());
        let took = started.elapsed();
        println!("first {what}: ready and signed in after {took:?}");
        office.officer.post("/v1/cadres", &person("Lò Văn Chọn", office.province())).expect(201);
        assert!(took < Duration::from_secs(6), "{what}: {took:?}");
        assert!(!replica.said().contains("no connection within"), "{what}: {}", replica.said());
    }
    let replica = Replica::start(&url(&localhost));
    Office::of(&replica.client());
    assert_eq!(cadres_named(&good, "Lò Văn Chọn"), 4);
}

/// F20: a server that turns read-only under us is left for the next at the first failed write, and that write is done there.
#[test]
fn a_server_that_turns_read_only_is_left() {
    let _alone = alone();
    let old = Postgres::start(&["fsync=off"]);
    let new = Postgres::start(&["fsync=off"]);
    let replica = Replica::start(&url(&format!("{},{}", old.address(), new.address())));
    let office = Office::of(&replica.client());
    let unit = office.province().to_owned();
    // Both are copies of one cluster, so the session is known to either once it is copied.
    office.officer.post("/v1/cadres", &person("Lò Văn Cũ", &unit)).expect(201);
    let sessions =
        |server: &Postgres| server.number("SELECT count(*) FROM pg_stat_activity WHERE usename = 'canbo_service'");
    old.run(DATABASE, "ALTER SYSTEM SET default_transaction_read_only = on");
    old.run(DATABASE, "SELECT pg_reload_conf()");
    std::thread::sleep(Duration::from_millis(200));
    let started = Instant::now();
    // The tokens of the old server mean nothing on the new one: who signs in writes a session.
    let office = loop {
        let body = serde_json::json!({"user_name": "organisation_officer", "password": crate::support::PASSWORD});
        if replica.client().post("/v1/sessions", &body).status == 200 {
            break Office::of(&replica.client());
        }
        assert!(started.elapsed() < Duration::from_secs(2), "{}", replica.said());
    };
    office.officer.post("/v1/cadres", &person("Lò Văn Mới", &unit)).expect(201);
    println!("written on the new server after {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!((cadres_named(&old, "Lò Văn Mới"), cadres_named(&new, "Lò Văn Mới")), (0, 1));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(sessions(&old), 0, "no connection to the old one is kept");
}

/// F15: three replicas and the job that migrates start at once on an empty database: all become ready, and stay the same
/// processes.
#[test]
fn replicas_wait_for_the_schema() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    server.run("postgres", "CREATE DATABASE fresh");
    let service = format!("postgresql://canbo_service@{}/fresh", server.address());
    let mut replicas: Vec<Replica> = (0..3).map(|_| Replica::launch(&service, |_| {})).collect();
    let mut jobs: Vec<_> = (0..2)
        .map(|_| canbo("migrate", &service).env("MIGRATE_DATABASE_URL", server.owner_url("fresh")).spawn().unwrap())
        .collect();
    for job in &mut jobs {
        assert!(job.wait().unwrap().success());
    }
    for replica in &mut replicas {
        replica.wait_until_ready(Duration::from_secs(10));
        assert!(replica.lives());
    }
    assert_eq!(server.number("SELECT count(*) - count(DISTINCT datname) FROM pg_database WHERE datname = 'fresh'"), 0);
    // A schema that is ahead of us is one that we can serve with; one that is behind is not.
    let ahead = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')";
    server.run("fresh", ahead);
    replicas[0].client().get("/readyz").expect(200);
    server.run(
        "fresh",
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT min(version) FROM __diesel_schema_migrations)",
    );
    replicas[0].client().get("/readyz").problem(503, "unavailable");
}

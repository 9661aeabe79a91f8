//! The machine around the service: its clock, its zone, its files; and a panic inside.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use actix_web::middleware::from_fn;
use actix_web::{App as Web, HttpResponse, HttpServer, web};
use canbo::identity::tokens::Tokens;
use canbo::platform::clock::Clock;
use canbo::platform::http::{completion, request};
use canbo::platform::id::Ids;
use ed25519_dalek::SigningKey;
use serde_json::json;

use super::{alone, keys::*, seat};
use crate::support::fixtures::Office;
use crate::support::postgres::Postgres;
use crate::support::process::free_port;
use crate::support::replicas::{Replica, serve};
use crate::support::{Client, app, database};

/// Another time than it is, for one process.
fn at(command: &mut Command, time: &str, zone: &str) {
    let library = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
        .map(|machine| format!("/usr/lib/{machine}/faketime/libfaketimeMT.so.1"))
        .into_iter()
        .find(|file| Path::new(file).exists())
        .expect("libfaketime is installed: apt-get install faketime");
    command.env("LD_PRELOAD", library).env("FAKETIME", time).env("TZ", zone);
    // How long something takes is not faked.
    command.env("DONT_FAKE_MONOTONIC", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
}

/// D21: half past midnight in Điện Biên is the new day on every replica, in whatever zone its machine is; half an hour before
/// midnight is the old one.
#[test]
fn today_is_the_day_of_the_province() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let start = |time: &str, zone: &str| Replica::start_with(&server.url(), |command| at(command, time, zone));
    let after = [
        start("@2026-11-24 17:30:00", "UTC"),
        start("@2026-11-25 00:30:00", "Asia/Ho_Chi_Minh"),
        start("@2026-11-24 09:30:00", "America/Los_Angeles"),
    ];
    let before = start("@2026-11-24 16:30:00", "UTC");
    let office = Office::of(&after[0].client());
    let unit = office.province().to_owned();
    let title = office.title("storm_today", "province");
    let appoint = |replica: &Replica, from: &str| {
        let officer = replica.sign_in("organisation_officer");
        let post = seat(&officer, &title, &unit, true);
        let cadre = Office::of(&replica.client()).cadre("Lò Văn Nay", &unit);
        let body = json!({"post_id": post, "from": from, "basis": "appointed"});
        (officer.post(&format!("/v1/cadres/{cadre}/appointments"), &body), post)
    };
    for replica in &after {
        let (answer, post) = appoint(replica, "2026-11-25");
        answer.expect(201);
        let holder = replica.sign_in("organisation_officer").get(&format!("/v1/posts/{post}")).expect(200);
        assert_eq!(holder.str("/holder/label"), "Lò Văn Nay");
        let (answer, _) = appoint(replica, "2026-11-26");
        assert_eq!(answer.expect(422).findings()[0].1, "needs_a_case");
    }
    let (answer, _) = appoint(&before, "2026-11-25");
    assert_eq!(answer.expect(422).findings()[0].1, "needs_a_case");
    appoint(&before, "2026-11-24").0.expect(201);
}

/// F18: a replica whose clock is an hour off: its tokens are good there alone, those of the others are not good there, a key
/// keeps its answer everywhere, and nothing is done that the time would forbid.
#[test]
fn a_clock_that_is_wrong_lets_nobody_in() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let right = Replica::start(&server.url());
    let office = Office::of(&right.client());
    let unit = office.province().to_owned();
    for (offset, name) in [("+1h", "Lò Văn Sớm"), ("-1h", "Lò Văn Muộn")] {
        let wrong = Replica::start_with(&server.url(), |command| at(command, offset, "UTC"));
        let there = wrong.sign_in("organisation_officer");
        there.get("/v1/cadres?limit=1").expect(200);
        let key = format!("clock{offset}");
        let made = post(&there, "/v1/cadres", &key, &person(name, &unit)).expect(201);
        there.at(right.address()).get("/v1/cadres?limit=1").problem(401, "unauthenticated");
        office.officer.at(wrong.address()).get("/v1/cadres?limit=1").problem(401, "unauthenticated");
        let again = post(&office.officer, "/v1/cadres", &key, &person(name, &unit)).expect(201);
        assert_eq!(again.body["id"], made.body["id"]);
        assert_eq!(cadres_named(&server, name), 1);
    }
}

/// F17: no file descriptors are left: those who are connected are served, and when there are some again so is everybody.
#[test]
fn a_limit_of_files_is_outlived() {
    let _alone = alone();
    let server = Postgres::start(&["fsync=off"]);
    let port = free_port();
    let plain = serve(&server.url(), port);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 64; exec \"$0\" serve"]).arg(plain.get_program()).env_clear();
    for (name, value) in plain.get_envs() {
        limited.env(name, value.unwrap_or_default());
    }
    let mut replica = Replica::of(limited, port);
    replica.wait_until_ready(Duration::from_secs(20));
    let office = Office::of(&replica.client());
    office.officer.get("/v1/cadres?limit=1").expect(200);
    let many: Vec<TcpStream> = (0..150).filter_map(|_| TcpStream::connect(replica.address()).ok()).collect();
    std::thread::sleep(Duration::from_millis(500));
    // Its connection is open already.
    let answer = office.officer.try_get("/v1/cadres?limit=1");
    assert!(answer.is_none_or(|answer| matches!(answer.status, 200 | 503)));
    drop(many);
    let started = Instant::now();
    while Client::new(replica.address()).try_get("/readyz").is_none_or(|answer| answer.status != 200) {
        assert!(started.elapsed() < Duration::from_secs(5) && replica.lives(), "{}", replica.said());
        std::thread::sleep(Duration::from_millis(50));
    }
    office.officer.post("/v1/cadres", &person("Lò Văn Tệp", office.province())).expect(201);
    println!("served again {:?} after there were files again", started.elapsed());
}

/// F16: a panic in a handler is a 500 of that call alone, of a read and of a write; the worker serves on. (In a change:
/// `change::a_panic_rolls_back_and_the_connection_is_clean`.)
#[test]
fn a_panic_is_a_500_of_one_call() {
    let _alone = alone();
    let settings = database::settings(&database::founded());
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async move {
            let tokens = Tokens::from_keys("https://canbo.test", &[SigningKey::from_bytes(&app::SIGNING_KEY)]).unwrap();
            let state = canbo::app::assemble(&settings, app::http(), &tokens, Clock::system(), Ids::random()).unwrap();
            let state = web::Data::new(state);
            let server = HttpServer::new(move || {
                Web::new()
                    .app_data(state.clone())
                    .wrap(from_fn(completion::to_completion))
                    .wrap(from_fn(request::observe))
                    .route("/panic", web::get().to(fails))
                    .route("/panic", web::post().to(fails))
                    .route("/fine", web::get().to(async || HttpResponse::Ok().body("fine")))
            })
            .workers(1)
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .unwrap();
            let address: SocketAddr = server.addrs()[0];
            tell.send(address).unwrap();
            server.run().await.unwrap();
        });
    });
    let client = Client::new(told.recv().unwrap());
    for _ in 0..5 {
        client.get("/panic").problem(500, "internal");
        client.post("/panic", &json!({})).problem(500, "internal");
        client.get("/fine").expect(200);
    }
}

async fn fails() -> HttpResponse {
    panic!("on purpose")
}

//! How often, and how much at once.

use std::time::Duration;

use canbo::platform::clock::Clock;
use canbo::platform::config::Quotas;
use reqwest::Method;

use crate::support::app::http;
use crate::support::{Answer, TODAY, TestApp, database, day};

fn limited(quotas: Quotas) -> TestApp {
    let mut settings = http();
    settings.limits.quotas = quotas;
    TestApp::with(database::founded(), settings, Clock::manual_on(day(TODAY)))
}

/// I16: a caller over their quota is told when to come back; others are served.
#[test]
fn a_burst_over_the_quota_is_refused_for_its_caller_alone() {
    let app = limited(Quotas { principal: 30, address: 0, heavy: 0 });
    let (greedy, modest) = (app.sign_in("reader"), app.sign_in("auditor"));
    let answers: Vec<Answer> = (0..40).map(|_| greedy.get("/v1/me")).collect();
    let served = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((30..=33).contains(&served), "{served} of 40 were served");
    let first = &answers[0];
    assert_eq!(first.header("ratelimit-policy"), "\"caller\";q=30;w=60");
    assert!(first.header("ratelimit").starts_with("\"caller\";r=29;t="), "{}", first.header("ratelimit"));
    let last = greedy.get("/v1/me").problem(429, "too_many_requests");
    assert!((1..=3).contains(&last.header("retry-after").parse::<u32>().unwrap()), "{:?}", last.headers);
    assert!(last.header("ratelimit").starts_with("\"caller\";r=0;"), "{}", last.header("ratelimit"));
    // The session of another token is the same caller.
    app.sign_in("reader").get("/v1/me").problem(429, "too_many_requests");
    modest.get("/v1/me").expect(200);
    // The wait that was told is enough.
    std::thread::sleep(Duration::from_secs(last.header("retry-after").parse().unwrap()));
    greedy.get("/v1/me").expect(200);
}

/// I16: strangers are counted by address, with no token or a bad one; who has a good one is not harmed.
#[test]
fn strangers_are_counted_by_address() {
    let app = limited(Quotas { principal: 0, address: 20, heavy: 0 });
    let known = app.sign_in("reader");
    let stranger = app.anonymous();
    let mut refused = 0;
    for n in 0..40 {
        let answer = if n % 2 == 0 { stranger.get("/v1/me") } else { stranger.with_token("junk").get("/v1/me") };
        assert!(matches!(answer.status, 401 | 429), "{}", answer.text);
        refused += usize::from(answer.status == 429);
    }
    assert!((17..=21).contains(&refused), "{refused} of 40 were refused");
    known.get("/v1/me").expect(200);
    // Supervisors are not counted.
    stranger.get("/healthz").expect(200);
    stranger.get("/readyz").expect(200);
    // Nobody gets another bucket by naming another address.
    let forged = stranger.request(Method::GET, "/v1/me").header("x-forwarded-for", "192.0.2.7");
    Answer::of(forged).problem(429, "too_many_requests");
}

/// I16: costly answers in parallel.
#[test]
fn costly_answers_are_few_at_a_time() {
    let app = limited(Quotas { principal: 0, address: 0, heavy: 2 });
    let (greedy, modest) = (app.sign_in("reader"), app.sign_in("auditor"));
    let unit = greedy.get("/v1/units?kind=province").expect(200).str("/data/0/id").to_owned();
    let path = format!("/v1/reports/training?from=2020-01-01&to=2026-01-01&unit_id={unit}");
    // The reports wait behind this lock, so that they are at work at the same time.
    let database = app.database.clone();
    let lock = std::thread::spawn(move || {
        database::wait(async move || {
            database::execute(
                &database,
                "BEGIN; LOCK TABLE enrolments IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1.2); COMMIT",
            )
            .await;
        });
    });
    std::thread::sleep(Duration::from_millis(400));
    let asked: Vec<_> = (0..6)
        .map(|_| {
            let (greedy, path) = (greedy.clone(), path.clone());
            std::thread::spawn(move || greedy.get(&path))
        })
        .collect();
    std::thread::sleep(Duration::from_millis(200));
    modest.get("/v1/me").expect(200);
    let answers: Vec<Answer> = asked.into_iter().map(|thread| thread.join().unwrap()).collect();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    let served = answers.iter().filter(|answer| answer.status == 200).count();
    // Those that come after the lock is gone may find a place again: how many at a time is counted by a unit test.
    assert!(refused >= 1 && refused + served == 6, "{refused} refused, {served} served");
    lock.join().unwrap();
    greedy.get(&path).expect(200);
    greedy.get("/v1/units?count=true").expect(200);
}

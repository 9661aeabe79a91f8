//! Guessing passwords and secrets: how soon it is stopped, in every replica, and who is not stopped by it.

use canbo::platform::clock::Clock;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use crate::support::app::http;
use crate::support::{Answer, PASSWORD, TODAY, TestApp, database, day};

/// Three services on one database and one clock, behind a proxy that they trust.
pub fn replicas() -> (Vec<TestApp>, Clock) {
    let (database, clock) = (database::founded(), Clock::manual_on(day(TODAY)));
    let apps = (0..3).map(|_| {
        let mut settings = http();
        settings.limits.proxies = vec!["127.0.0.1".parse().unwrap()];
        TestApp::with(database.clone(), settings, clock.clone())
    });
    (apps.collect(), clock)
}

fn sign_in(app: &TestApp, user_name: &str, password: &str, from: &str) -> Answer {
    let request = app.anonymous().request(Method::POST, "/v1/sessions").header("x-forwarded-for", from);
    Answer::of(request.json(&json!({"user_name": user_name, "password": password})))
}

#[track_caller]
fn wait(answer: &Answer) -> i64 {
    answer.header("retry-after").parse().unwrap()
}

/// P04: wrong tries on one account from many addresses over three replicas end in 429, and in nothing for good.
#[test]
fn tries_on_one_account_are_counted_by_all_replicas_together() {
    let (apps, clock) = replicas();
    let known = sign_in(&apps[0], "reader", PASSWORD, "192.0.2.200").expect(200);
    let statuses: Vec<u16> =
        (0..20).map(|n| sign_in(&apps[n % 3], "reader", "wrong password", &format!("203.0.113.{n}")).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 15, "{statuses:?}");
    assert_eq!(statuses[15..], [429; 5]);

    // The right password does not open what is locked, from an address that the person never used.
    let locked = sign_in(&apps[1], "reader", PASSWORD, "198.51.100.7").problem(429, "too_many_attempts");
    let seconds = wait(&locked);
    assert!((1..=181).contains(&seconds), "{seconds}");
    // Devices that are signed in go on, and so does an address from which the person signed in.
    let refresh = json!({"refresh_token": known.str("/refresh_token")});
    apps[2].anonymous().post("/v1/sessions/refresh", &refresh).expect(200);
    sign_in(&apps[2], "reader", PASSWORD, "192.0.2.200").expect(200);
    // It ends by itself, and who was refused has not made it longer.
    clock.set(clock.now() + TimeDelta::seconds(seconds));
    sign_in(&apps[0], "reader", PASSWORD, "198.51.100.7").expect(200);
}

/// P04: a name that nobody has is locked as one that somebody has.
#[test]
fn names_of_nobody_are_locked_alike() {
    let app = TestApp::start();
    let tried = |name: &str| {
        let answers: Vec<Answer> = (0..16)
            .map(|_| app.anonymous().post("/v1/sessions", &json!({"user_name": name, "password": "wrong password"})))
            .collect();
        let last = answers.last().unwrap();
        let mut body = last.body.clone();
        body["request_id"] = json!(null);
        (answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), body, last.header("retry-after").to_owned())
    };
    let (known, unknown) = (tried("auditor"), tried("nobody-at-all"));
    assert_eq!(known, unknown);
    assert_eq!(known.0.last(), Some(&429));
}

/// P05: one password over a thousand accounts from one address is stopped, in every replica.
#[test]
fn one_password_over_many_accounts_is_stopped() {
    let (apps, _) = replicas();
    let mut refused = 0;
    for n in 0..1000 {
        let answer = sign_in(&apps[n % 3], &format!("person-{n}"), "Mua xuan 2026", "203.0.113.9");
        assert!(matches!(answer.status, 401 | 429), "{}", answer.text);
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 900);
    sign_in(&apps[0], "reader", PASSWORD, "203.0.113.9").problem(429, "too_many_attempts");
    // Others sign in, and what was refused left no mark on anybody's name.
    sign_in(&apps[1], "reader", PASSWORD, "203.0.113.10").expect(200);
    let rows = database::text(&apps[0].database, "SELECT count(*)::text AS text FROM sign_in_tries");
    assert!(rows.parse::<u32>().unwrap() <= 104, "{rows}");
}

/// P05: an IPv6 household counts as one, whatever addresses it makes up.
#[test]
fn an_ipv6_household_is_one_address() {
    let (apps, _) = replicas();
    let statuses: Vec<u16> = (0..104)
        .map(|n| {
            sign_in(&apps[n % 3], &format!("person-{n}"), "wrong password", &format!("2001:db8:1:2::{n:x}")).status
        })
        .collect();
    assert_eq!(statuses[100..], [429; 4]);
    assert_eq!(sign_in(&apps[0], "person-1", "wrong password", "2001:db8:1:3::1").status, 401);
}

/// O02 P05: guesses of a client's secret are counted as well, by address: nobody stops a system by its public name.
#[test]
fn guesses_of_a_client_secret_are_stopped_where_they_come_from() {
    let (apps, _) = replicas();
    let administrator = apps[0].sign_in("administrator");
    let made = administrator.post("/v1/clients", &json!({"client_id": "payroll", "name": "Tiền lương"})).expect(201);
    let token = |app: &TestApp, secret: &str, from: &str| {
        let request = app.anonymous().request(Method::POST, "/oauth/token").header("x-forwarded-for", from);
        Answer::of(request.basic_auth("payroll", Some(secret)).form(&[("grant_type", "client_credentials")]))
    };
    let statuses: Vec<u16> =
        (0..18).map(|n| token(&apps[n % 3], &format!("guess {n}"), "203.0.113.9").status).collect();
    assert_eq!((&statuses[..15], &statuses[15..]), (&[401; 15][..], &[429; 3][..]));
    let refused = token(&apps[0], made.str("/client_secret"), "203.0.113.9").problem(429, "too_many_attempts");
    assert_eq!(refused.str("/error"), "temporarily_unavailable");
    token(&apps[1], made.str("/client_secret"), "192.0.2.1").expect(200);
}

/// Good tries cost nothing: an office behind one address signs in as often as it likes.
#[test]
fn good_tries_are_given_back() {
    let app = TestApp::start();
    for _ in 0..20 {
        app.sign_in("reader");
    }
    let rest = "SELECT count(*)::text AS text FROM sign_in_tries WHERE paid_until > '2026-11-23T23:59:59Z'";
    assert_eq!(database::text(&app.database, rest), "0");
}

/// Z11: what a caller says of where they come from or who they are is nothing, unless the peer is a trusted proxy.
#[test]
fn strangers_do_not_say_where_they_come_from() {
    let app = TestApp::start();
    let ask = |n: usize, name: &str| {
        let spoofed = format!("203.0.113.{n}");
        let request = app.anonymous().request(Method::POST, "/v1/sessions").header("x-forwarded-for", &spoofed);
        let request = request.header("forwarded", format!("for={spoofed}")).header("x-real-ip", &spoofed);
        Answer::of(request.json(&json!({"user_name": name, "password": "wrong password"}))).status
    };
    let statuses: Vec<u16> = (0..102).map(|n| ask(n, &format!("person-{n}"))).collect();
    assert_eq!((statuses[99], &statuses[100..]), (401, &[429; 2][..]));
    let request = app.anonymous().request(Method::GET, "/v1/me");
    for name in ["x-user-id", "x-forwarded-user", "x-remote-user", "x-forwarded-for", "forwarded"] {
        assert_eq!(Answer::of(request.try_clone().unwrap().header(name, "administrator")).status, 401, "{name}");
    }
}

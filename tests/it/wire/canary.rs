//! Secrets that are sent everywhere must come out nowhere.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::law::walker::{Call, document, operations};
use crate::support::client::Client;
use crate::support::{PASSWORD, database};

/// A running `canbo serve` whose log is kept.
struct Served {
    child: Child,
    client: Client,
    log: std::path::PathBuf,
}

impl Served {
    fn start(format: &str) -> Self {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("canbo-canary-{}-{format}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (key, log) = (folder.join("keys"), folder.join("log"));
        std::fs::create_dir_all(&key).unwrap();
        let keys = ["keys", "--folder", key.to_str().unwrap(), "new"];
        assert!(Command::new(env!("CARGO_BIN_EXE_canbo")).args(keys).output().unwrap().status.success());
        let child = Command::new(env!("CARGO_BIN_EXE_canbo"))
            .arg("serve")
            .env("DATABASE_URL", database::url(&database::founded()))
            .env("CANBO_ISSUER", "https://canbo.test")
            .env("CANBO_SIGNING_KEYS", &key)
            .env("CANBO_LISTEN", format!("127.0.0.1:{port}"))
            .env("CANBO_METRICS_TOKEN", "canary-metrics-token")
            .env("CANBO_READINESS_PAUSE_MS", "0")
            .env("CANBO_LOG_FORMAT", format)
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let client = Client::new(([127, 0, 0, 1], port).into());
        let start = Instant::now();
        while client.request(Method::GET, "/readyz").send().map_or(true, |answer| answer.status() != 200) {
            let said = std::fs::read_to_string(&log).unwrap();
            assert!(start.elapsed() < Duration::from_secs(30), "canbo serve is not ready: {said}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, client, log }
    }

    /// Its log, once it has ended.
    fn end(mut self) -> String {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        let mut text = String::new();
        std::fs::File::open(&self.log).unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.log.parent().map(std::fs::remove_dir_all);
    }
}

/// A personal number that agrees with no record.
const NUMBER: &str = "011199123456";
const SECRET: &str = "canary-password-5b1f";

/// Every string of a body becomes the canary, one at a time.
fn poisoned(body: &Value, canary: &str) -> Vec<Value> {
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().enumerate().for_each(|(n, v)| places(v, &format!("{at}/{n}"), found)),
            Value::Object(fields) => fields.iter().for_each(|(name, v)| places(v, &format!("{at}/{name}"), found)),
            _ => found.push(at.to_owned()),
        }
    }
    let mut found = Vec::new();
    places(body, "", &mut found);
    let mut bodies: Vec<Value> = found
        .iter()
        .map(|place| {
            let mut body = body.clone();
            *body.pointer_mut(place).unwrap() = json!(canary);
            body
        })
        .collect();
    let mut unknown = body.clone();
    unknown["surprise"] = json!(canary);
    bodies.push(unknown);
    bodies
}

/// I15: no log line, no counter and no answer repeats a password, a token or a person's number; one line an event.
#[test]
fn canaries_come_out_nowhere() {
    let document = document();
    for format in ["line", "json"] {
        let served = Served::start(format);
        let admin = served.client.signed_in("administrator", PASSWORD);
        let session =
            served.client.post("/v1/sessions", &json!({"user_name": "reader", "password": PASSWORD})).expect(200);
        let (access, refresh) = (session.str("/access_token").to_owned(), session.str("/refresh_token").to_owned());
        let officer = served.client.signed_in("organisation_officer", PASSWORD);
        let made = admin.post("/v1/clients", &json!({"client_id": "canary", "name": "Hệ thống"})).expect(201);
        let client_secret = made.str("/client_secret").to_owned();
        let canaries = [SECRET, NUMBER, &access, &refresh, &client_secret];
        let mut answers = Vec::new();
        for operation in operations(&document) {
            if operation.id == "deleteCurrentSession" {
                continue;
            }
            let good = Call::of(&document, &operation);
            for canary in [SECRET, NUMBER] {
                for caller in [&admin, &officer] {
                    let mut calls = vec![Call { query: vec![("q".to_owned(), canary.to_owned())], ..good.clone() }];
                    let variable = operation.path.split('{').count() > 1;
                    if variable {
                        let path = operation.path.split('/').map(|p| if p.starts_with('{') { canary } else { p });
                        calls.push(Call { path: path.collect::<Vec<_>>().join("/"), ..good.clone() });
                    }
                    for name in
                        ["x-request-id-too", "user-agent", "if-none-match", "accept-language", "referer", "cookie"]
                    {
                        let mut call = good.clone();
                        call.headers.push((name.to_owned(), canary.to_owned()));
                        calls.push(call);
                    }
                    for body in good.body.iter().flat_map(|body| poisoned(body, canary)) {
                        calls.push(Call { body: Some(body), ..good.clone() });
                    }
                    for call in calls {
                        let answer = call.send(caller, &operation);
                        // A path is the caller's own word; a thing that was made or found holds what was written into it.
                        let repeats = answer.status >= 400 && {
                            let mut said = answer.body.clone();
                            said["instance"] = Value::Null;
                            said.to_string().contains(canary)
                        };
                        answers.push((format!("{} {call}", operation.id), repeats));
                    }
                }
            }
        }
        // Tokens where they belong, and where they do not.
        served.client.with_token(&access).get("/v1/me").expect(200);
        served.client.with_token(&format!("{access}x")).get("/v1/me").problem(401, "unauthenticated");
        served.client.with_token(&refresh).get("/v1/me").problem(401, "unauthenticated");
        served.client.get(&format!("/v1/me?access_token={access}")).problem(401, "unauthenticated");
        served.client.get(&format!("/v1/cadres/{refresh}/{client_secret}")).problem(404, "not_found");
        served.client.post("/v1/sessions/refresh", &json!({"refresh_token": refresh})).expect(200);
        served
            .client
            .post("/v1/sessions/refresh", &json!({"refresh_token": client_secret}))
            .problem(401, "invalid_refresh_token");
        let metrics = served.client.with_token("canary-metrics-token").get("/metrics").expect(200).text;
        let log = served.end();
        let repeated: Vec<_> = answers.iter().filter(|(_, repeats)| *repeats).map(|(what, _)| what).collect();
        assert!(answers.len() > 500, "only {} calls", answers.len());
        assert!(repeated.is_empty(), "{repeated:#?}");
        for canary in canaries.into_iter().chain(["canary-metrics-token", PASSWORD]) {
            let line = log.lines().find(|line| line.contains(canary));
            assert!(line.is_none(), "the log holds {canary}: {line:?}");
            assert!(!metrics.contains(canary), "/metrics holds {canary}");
        }
        assert!(log.lines().count() > 500, "only {} lines", log.lines().count());
        assert!(!log.contains('\u{1b}') && !log.contains('\r'));
        for line in log.lines() {
            let whole = format == "line" && line.starts_with("20") || serde_json::from_str::<Value>(line).is_ok();
            assert!(whole, "{format}: no whole event: {line}");
        }
    }
}

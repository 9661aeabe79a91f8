//! Keys that come and go while the service runs.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use canbo::identity::tokens::folder::{self, State};
use canbo::identity::tokens::{LEEWAY, LIFE, Tokens};
use canbo::platform::clock::Clock;
use canbo::platform::id::Ids;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::app::http;
use crate::support::{PASSWORD, TestApp, database};

/// A folder of keys that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let name = format!("canbo-keys-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::SeqCst));
        Self(std::env::temp_dir().join(name))
    }

    fn app(&self, database: &str, clock: &Clock) -> TestApp {
        let folder = self.0.clone();
        TestApp::gated(database.to_owned(), http(), clock.clone(), move |issuer, clock| {
            Tokens::from_files(issuer, vec![folder], clock).unwrap()
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn kid_of(token: &str) -> String {
    let header = BASE64.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

fn signed(app: &TestApp) -> String {
    let body = json!({"user_name": "reader", "password": PASSWORD});
    app.anonymous().post("/v1/sessions", &body).expect(200).str("/access_token").to_owned()
}

fn published(app: &TestApp) -> Vec<String> {
    let set = app.anonymous().get("/.well-known/jwks.json").expect(200);
    set.body["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn status(app: &TestApp, token: &str) -> u16 {
    app.anonymous().with_token(token).get("/v1/me").status
}

#[track_caller]
fn soon(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(10), "{what} does not happen");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// J28: in two replicas, without a restart: a new key is published before it signs, the old one verifies as long as its
/// tokens live, cannot be removed sooner, and is forgotten when it is, by what is remembered too.
#[test]
fn keys_change_over_without_a_restart() {
    let (keys, ids) = (Folder::new(), Ids::random());
    let clock = Clock::manual(Clock::system().now());
    let start = clock.now();
    let (_, first) = folder::make(&keys.0, folder::LEAD, &ids, start).unwrap();
    let name = database::founded();
    let both = [keys.app(&name, &clock), keys.app(&name, &clock)];
    for app in &both {
        assert_eq!(published(app), std::slice::from_ref(&first));
        assert_eq!(kid_of(&signed(app)), first);
    }

    let (_, second) = folder::make(&keys.0, folder::LEAD, &ids, start).unwrap();
    for app in &both {
        soon("the publication", || published(app) == [first.clone(), second.clone()]);
        assert_eq!(kid_of(&signed(app)), first, "published, and signs nothing yet");
    }
    let refused = folder::retire(&keys.0, &first, clock.now()).unwrap_err().to_string();
    assert!(refused.contains("signs now"), "{refused}");

    clock.set(start + folder::LEAD - TimeDelta::seconds(2));
    let last = signed(&both[0]);
    assert_eq!(kid_of(&last), first);
    let page = both[0].anonymous().with_token(&last).get("/v1/units?limit=2").expect(200);
    let next = format!("/v1/units?limit=2&cursor={}", page.str("/next_cursor"));

    clock.set(start + folder::LEAD);
    for (app, other) in [(&both[0], &both[1]), (&both[1], &both[0])] {
        let token = signed(app);
        assert_eq!(kid_of(&token), second, "all change over at the same instant");
        assert_eq!((status(app, &token), status(other, &token)), (200, 200));
        assert_eq!(status(app, &last), 200, "the old key verifies");
        app.anonymous().with_token(&token).get(&next).expect(200);
    }
    let refused = folder::retire(&keys.0, &first, clock.now()).unwrap_err().to_string();
    assert!(refused.contains("may live until"), "{refused}");

    // Taken away too soon, against advice: its tokens are worth nothing, also those that were just seen.
    let file = file_of(&keys.0, &first);
    let aside = keys.0.join("aside");
    std::fs::rename(&file, &aside).unwrap();
    for app in &both {
        soon("the end of the old key", || status(app, &last) == 401);
        assert_eq!(published(app), std::slice::from_ref(&second));
        app.anonymous().with_token(&signed(app)).get(&next).problem(400, "invalid_cursor");
    }
    std::fs::rename(&aside, &file).unwrap();
    for app in &both {
        soon("its return", || status(app, &last) == 200);
    }

    clock.set(start + folder::LEAD + LIFE + LEEWAY + TimeDelta::minutes(2));
    folder::retire(&keys.0, &first, clock.now()).unwrap();
    for app in &both {
        soon("the removal", || published(app) == [second.clone()]);
        assert_eq!(kid_of(&signed(app)), second);
    }
}

fn file_of(keys: &Path, kid: &str) -> PathBuf {
    let rows = folder::list(keys, Clock::system().now()).unwrap();
    rows.into_iter().find(|(known, _, _)| known == kid).unwrap().1
}

/// J28: what is bad is ignored: another file, a key that is damaged, a folder that is gone. The last good keys stay.
#[test]
fn bad_keys_that_come_later_change_nothing() {
    let (keys, ids) = (Folder::new(), Ids::random());
    let clock = Clock::system();
    let (file, kid) = folder::make(&keys.0, folder::LEAD, &ids, clock.now()).unwrap();
    let app = keys.app(&database::founded(), &clock);
    let token = signed(&app);
    let still_good = |what: &str| {
        std::thread::sleep(canbo::identity::tokens::REREAD + Duration::from_millis(700));
        assert_eq!(status(&app, &token), 200, "{what}");
        assert_eq!(kid_of(&signed(&app)), kid, "{what}");
    };
    std::fs::write(keys.0.join("20200101T000000Z-junk.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n").unwrap();
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, &good[..40]).unwrap();
    still_good("a damaged key beside junk");
    let away = keys.0.with_extension("away");
    std::fs::rename(&keys.0, &away).unwrap();
    still_good("a folder that is gone");
    std::fs::create_dir(&keys.0).unwrap();
    still_good("a folder that is empty");
    std::fs::remove_dir(&keys.0).unwrap();
    std::fs::rename(&away, &keys.0).unwrap();
    std::fs::remove_file(keys.0.join("20200101T000000Z-junk.pem")).unwrap();
    std::fs::write(&file, &good).unwrap();
    // And what is good is still followed.
    let (_, second) = folder::make(&keys.0, TimeDelta::zero(), &ids, clock.now()).unwrap();
    soon("the next key", || kid_of(&signed(&app)) == second);
}

/// The states of a key, by the command line.
#[test]
fn the_command_makes_lists_and_retires() {
    let keys = Folder::new();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_canbo"));
        let run = command.arg("keys").args(arguments).env("CANBO_SIGNING_KEYS", &keys.0).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        (run.status.success(), text)
    };
    let (made, first) = run(&["new"]);
    assert!(made, "{first}");
    let first = first.split(' ').next().unwrap().to_owned();
    assert!(run(&["list"]).1.contains(&format!("{first}  signs  ")));
    let (_, second) = run(&["new"]);
    let second = second.split(' ').next().unwrap().to_owned();
    assert!(run(&["list"]).1.contains(&format!("{second}  signs from ")));
    let (retired, said) = run(&["retire", &first]);
    assert!(!retired && said.contains("signs now"), "{said}");
    let (retired, said) = run(&["retire", &second]);
    assert!(retired, "one that has signed nothing may go: {said}");
    assert!(!run(&["retire", "unknown"]).0);
    // Names of files count seconds: the first key is of this one.
    std::thread::sleep(Duration::from_millis(1100));
    assert!(run(&["new", "--lead", "0"]).0);
    let (retired, said) = run(&["retire", &first]);
    assert!(!retired && said.contains("may live until"), "{said}");
    let later = Clock::system().now() + TimeDelta::minutes(13);
    let states: Vec<State> = folder::list(&keys.0, later).unwrap().into_iter().map(|(_, _, state)| state).collect();
    assert_eq!(states, [State::Done, State::Signs]);
    for (_, file, _) in folder::list(&keys.0, later).unwrap() {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// J29: the service does not start without good keys, and says in a line which and why.
#[test]
fn serve_does_not_start_without_good_keys() {
    let keys = Folder::new();
    std::fs::create_dir(&keys.0).unwrap();
    let rsa = include_str!("rsa.pem");
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    let cases: [(&str, &str); 5] = [
        ("bad.pem", "no key at all"),
        ("empty.pem", ""),
        ("cut.pem", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n"),
        ("rsa.pem", rsa),
        ("public.pem", public),
    ];
    let start = |source: &Path, why: &str| {
        let run = Command::new(env!("CARGO_BIN_EXE_canbo"))
            .arg("serve")
            .env("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
            .env("CANBO_ISSUER", "https://canbo.test")
            .env("CANBO_SIGNING_KEYS", source)
            .env("CANBO_LISTEN", "127.0.0.1:0")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!run.status.success(), "{why}");
        assert!(said.contains(why) && !said.contains("panicked"), "wanted {why:?}: {said}");
    };
    start(&keys.0, "there is none");
    for (name, text) in cases {
        let file = keys.0.join(name);
        std::fs::write(&file, text).unwrap();
        // Alone, and in its folder beside a good one.
        start(&file, "is not an Ed25519 private key");
        start(&keys.0, name);
        std::fs::remove_file(&file).unwrap();
    }
    start(&keys.0.join("nowhere"), "cannot be read");
    folder::make(&keys.0, TimeDelta::zero(), &Ids::random(), Clock::system().now() + TimeDelta::days(1)).unwrap();
    start(&keys.0, "none signs yet");
}

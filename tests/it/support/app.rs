//! The real service in process, on port 0, with a clock that tests move.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use canbo::identity::tokens::Tokens;
use canbo::platform::App;
use canbo::platform::clock::Clock;
use canbo::platform::config::{AuditSettings, DatabaseSettings, HttpSettings, Limits, Quotas, SignInSettings};
use canbo::platform::id::Ids;
use ed25519_dalek::SigningKey;

use super::client::Client;
use super::{PASSWORD, TODAY, database, day};

/// The private key that signs the tokens of services under test.
pub const SIGNING_KEY: [u8; 32] = [7; 32];

/// A running service with a database of its own.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its clock.
    pub clock: Clock,
    /// Its database.
    pub database: String,
    /// Its parts, for what has no operation.
    pub app: App,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Settings of a service under test.
pub fn http() -> HttpSettings {
    HttpSettings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        issuer: "https://canbo.test".to_owned(),
        cors_origins: vec!["https://front.test".to_owned()],
        body_limit: 64 * 1024,
        deadline: Duration::from_secs(10),
        limits: Limits { quotas: Quotas { principal: 0, address: 0, heavy: 0 }, ..Limits::default() },
        workers: 2,
        sign_in: SignInSettings::default(),
    }
}

fn own_keys(issuer: &str, _clock: &Clock) -> Tokens {
    Tokens::from_keys(issuer, &[SigningKey::from_bytes(&SIGNING_KEY)]).unwrap()
}

impl TestApp {
    /// On a clone of the founded database.
    pub fn start() -> Self {
        Self::on(database::founded())
    }

    /// On a database.
    pub fn on(database: String) -> Self {
        Self::with(database, http(), Clock::manual_on(day(TODAY)))
    }

    /// On a database, with settings and a clock.
    pub fn with(database: String, http: HttpSettings, clock: Clock) -> Self {
        Self::gated(database, http, clock, own_keys)
    }

    /// With an anchor of its audit record.
    pub fn anchored(database: String, http: HttpSettings, clock: Clock, audit: AuditSettings) -> Self {
        Self::made(database, http, clock, audit, own_keys)
    }

    /// On the database of another server.
    pub fn reached(settings: &DatabaseSettings, http: HttpSettings, clock: Clock) -> Self {
        Self::connected(settings.clone(), String::new(), http, clock, AuditSettings::default(), own_keys)
    }

    /// With a gate of its own making.
    pub fn gated(
        database: String,
        http: HttpSettings,
        clock: Clock,
        tokens: impl FnOnce(&str, &Clock) -> Tokens + Send + 'static,
    ) -> Self {
        Self::made(database, http, clock, AuditSettings::default(), tokens)
    }

    fn made(
        database: String,
        http: HttpSettings,
        clock: Clock,
        audit: AuditSettings,
        tokens: impl FnOnce(&str, &Clock) -> Tokens + Send + 'static,
    ) -> Self {
        Self::connected(database::settings(&database), database, http, clock, audit, tokens)
    }

    fn connected(
        settings: DatabaseSettings,
        database: String,
        http: HttpSettings,
        clock: Clock,
        audit: AuditSettings,
        tokens: impl FnOnce(&str, &Clock) -> Tokens + Send + 'static,
    ) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let service_clock = clock.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async move {
                let tokens = tokens(&http.issuer, &service_clock);
                let ids = Ids::random();
                let app = canbo::app::assemble_anchored(&settings, http, &tokens, audit, service_clock, ids).unwrap();
                let tokens = Arc::new(tokens);
                let (server, address) = canbo::app::serve(&app, Arc::clone(&tokens)).unwrap();
                let handle = server.handle();
                tell.send((address, app.clone())).unwrap();
                let stopping = async {
                    let _ = stopped.await;
                    handle.stop(true).await;
                };
                let serving = async { tokio::join!(server, stopping).0 };
                tokio::select! {
                    ended = serving => ended.unwrap(),
                    never = canbo::app::follow_keys(&app, &tokens) => match never {},
                    never = app.db.write_records() => match never {},
                }
                app.db.write_last_records().await;
                app.db.close();
            });
        });
        let (address, app) = told.recv().unwrap();
        Self { address, clock, database, app, stop: Some(stop), thread: Some(thread) }
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(self.address)
    }

    /// A client signed in as the account of this name.
    pub fn sign_in(&self, user_name: &str) -> Client {
        self.anonymous().signed_in(user_name, PASSWORD)
    }

    /// Runs statements in its database, bypassing the service.
    pub fn execute(&self, sql: &str) {
        let (database, sql) = (self.database.clone(), sql.to_owned());
        database::wait(async move || database::execute(&database, &sql).await);
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

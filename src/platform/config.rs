//! The only reader of the environment. A bad or missing setting is named, with how to set it, all at once.

mod limits;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use limits::{HttpPatience, Limits, Quotas};

/// A value that never shows itself: no `Debug`, no `Display`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Line,
    /// One JSON object a line, for collectors.
    Json,
}

/// What the HTTP side needs to know.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The public address of the service, without a final slash: the issuer of its tokens.
    pub issuer: String,
    /// Origins whose pages may call, exactly as browsers send them.
    pub cors_origins: Vec<String>,
    /// Largest body, bytes.
    pub body_limit: usize,
    /// A request that takes longer is answered 503.
    pub deadline: Duration,
    /// Deadlines, quotas and who is believed.
    pub limits: Limits,
    /// Worker threads.
    pub workers: usize,
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `postgresql://` address, with its password.
    pub url: Secret,
    /// Most connections at a time.
    pub pool_size: usize,
    /// Certificates (PEM) of those who may vouch for the server; the system's where there is none.
    pub ca_file: Option<PathBuf>,
    /// How long each step may take.
    pub patience: Patience,
}

/// How long each step towards an answer of the database may take. Each fits into the deadline of a request.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// One statement.
    pub statement: Duration,
    /// Waiting for a lock. The server looks for deadlocks after 1 s: who waits less long gives up before it is told, and a
    /// deadlock is run again while a lock waited for in vain is not.
    pub lock: Duration,
    /// Opening a connection: name, TCP, TLS, password, settings.
    pub create: Duration,
    /// Looking at a used connection.
    pub recycle: Duration,
    /// Waiting for a free connection.
    pub wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            statement: Duration::from_secs(4),
            lock: Duration::from_millis(1500),
            create: Duration::from_secs(2),
            recycle: Duration::from_millis(500),
            wait: Duration::from_millis(250),
        }
    }
}

impl DatabaseSettings {
    /// What holds unless it is set.
    pub fn of(url: Secret) -> Self {
        Self { url, pool_size: 16, ca_file: None, patience: Patience::default() }
    }
}

/// What `canbo migrate` needs.
#[derive(Clone, Debug)]
pub struct MigrationSettings {
    /// `postgresql://` address of the owner of the schema.
    pub owner: Secret,
    /// Certificates of those who may vouch for the server.
    pub ca_file: Option<PathBuf>,
    /// The address that `canbo serve` uses, where it is another.
    pub service: Option<Secret>,
    /// The name of the service's role, where it is not that of its address.
    pub service_role: Option<String>,
}

/// Where the audit record is anchored.
#[derive(Clone, Debug, Default)]
pub struct AuditSettings {
    /// A file that checkpoints are appended to, on another volume or machine.
    pub anchor_file: Option<PathBuf>,
}

/// Everything that `canbo serve` needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The database.
    pub database: DatabaseSettings,
    /// The HTTP side.
    pub http: HttpSettings,
    /// Ed25519 private keys, PKCS#8 PEM: the first signs, all verify.
    pub signing_key_files: Vec<PathBuf>,
    /// The audit record.
    pub audit: AuditSettings,
}

/// The settings that are missing or bad, each with its remedy.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct BadSettings(pub Vec<String>);

/// Reads settings from named values, gathering what is wrong.
struct Reader<'a> {
    source: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.source)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, default: T, form: &str) -> T {
        let Some(text) = self.text(name) else { return default };
        text.parse().unwrap_or_else(|_| {
            self.faults.push(format!("{name} is not {form}: {text:?}"));
            default
        })
    }

    /// The value itself, or the content of the file that `NAME_FILE` points at.
    fn secret(&mut self, name: &str) -> Option<Secret> {
        let file = format!("{name}_FILE");
        match (self.text(name), self.text(&file)) {
            (Some(_), Some(_)) => {
                self.faults.push(format!("{name} and {file} are both set: keep one"));
                None
            }
            (Some(value), None) => Some(Secret::new(value)),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) => Some(Secret::new(text.trim_end_matches(['\r', '\n']))),
                Err(error) => {
                    self.faults.push(format!("{file} cannot be read ({path}): {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    fn listen(&mut self) -> SocketAddr {
        self.parsed("CANBO_LISTEN", SocketAddr::from(([0, 0, 0, 0], 8080)), "an address like 0.0.0.0:8080")
    }

    fn patience(&mut self) -> Patience {
        let usual = Patience::default();
        Patience {
            statement: self.milliseconds("CANBO_STATEMENT_TIMEOUT_MS", usual.statement),
            lock: self.milliseconds("CANBO_LOCK_TIMEOUT_MS", usual.lock),
            create: self.milliseconds("CANBO_POOL_CREATE_MS", usual.create),
            recycle: self.milliseconds("CANBO_POOL_RECYCLE_MS", usual.recycle),
            wait: self.milliseconds("CANBO_POOL_WAIT_MS", usual.wait),
        }
    }

    /// A time of 1 ms to 10 minutes.
    fn milliseconds(&mut self, name: &str, usual: Duration) -> Duration {
        let usual = u64::try_from(usual.as_millis()).unwrap_or(u64::MAX);
        let given = self.parsed(name, usual, "a number of milliseconds");
        if !(1..=600_000).contains(&given) {
            self.faults.push(format!("{name} must be 1 to 600000, not {given}"));
        }
        Duration::from_millis(given)
    }

    fn http_patience(&mut self) -> HttpPatience {
        let usual = HttpPatience::default();
        let pause = u64::try_from(usual.pause.as_millis()).unwrap_or_default();
        HttpPatience {
            edge: self.milliseconds("CANBO_EDGE_DEADLINE_MS", usual.edge),
            exchange: self.milliseconds("CANBO_EXCHANGE_DEADLINE_MS", usual.exchange),
            head: self.milliseconds("CANBO_HEAD_DEADLINE_MS", usual.head),
            body: self.milliseconds("CANBO_BODY_DEADLINE_MS", usual.body),
            keep_alive: self.milliseconds("CANBO_KEEP_ALIVE_MS", usual.keep_alive),
            // The one that may be nothing.
            pause: Duration::from_millis(self.parsed("CANBO_READINESS_PAUSE_MS", pause, "a number of milliseconds")),
            drain: self.milliseconds("CANBO_DRAIN_MS", usual.drain),
        }
    }

    fn limits(&mut self) -> Limits {
        let usual = Quotas::default();
        let proxies = self.text("CANBO_TRUSTED_PROXIES").unwrap_or_default();
        let mut known = Vec::new();
        for text in list(&proxies) {
            match text.parse::<IpAddr>() {
                Ok(address) => known.push(address.to_canonical()),
                Err(_) => self.faults.push(format!("CANBO_TRUSTED_PROXIES is not a list of addresses: {text:?}")),
            }
        }
        Limits {
            patience: self.http_patience(),
            quotas: Quotas {
                principal: self.parsed("CANBO_QUOTA_CALLER", usual.principal, "a number of requests in a minute"),
                address: self.parsed("CANBO_QUOTA_ADDRESS", usual.address, "a number of requests in a minute"),
                heavy: self.parsed("CANBO_QUOTA_HEAVY", usual.heavy, "a number of reports at the same time"),
            },
            proxies: known,
            metrics_token: self.secret("CANBO_METRICS_TOKEN"),
        }
    }

    /// Each step waits longer than those inside it.
    fn ladder(&mut self, request: Duration, http: &HttpPatience, inside: &Patience) {
        for ((outer, longer), (inner, shorter)) in [
            (("CANBO_EDGE_DEADLINE_MS", http.edge), ("CANBO_REQUEST_DEADLINE_MS", request)),
            (("CANBO_EXCHANGE_DEADLINE_MS", http.exchange), ("CANBO_REQUEST_DEADLINE_MS", request)),
            (("CANBO_REQUEST_DEADLINE_MS", request), ("CANBO_BODY_DEADLINE_MS", http.body)),
            (("CANBO_REQUEST_DEADLINE_MS", request), ("CANBO_STATEMENT_TIMEOUT_MS", inside.statement)),
            (("CANBO_STATEMENT_TIMEOUT_MS", inside.statement), ("CANBO_LOCK_TIMEOUT_MS", inside.lock)),
            (("CANBO_REQUEST_DEADLINE_MS", request), ("CANBO_POOL_CREATE_MS", inside.create)),
            (("CANBO_POOL_CREATE_MS", inside.create), ("CANBO_POOL_RECYCLE_MS", inside.recycle)),
            (("CANBO_POOL_RECYCLE_MS", inside.recycle), ("CANBO_POOL_WAIT_MS", inside.wait)),
            (("CANBO_DRAIN_MS", http.drain), ("CANBO_REQUEST_DEADLINE_MS", request)),
        ] {
            if longer <= shorter {
                let (longer, shorter) = (longer.as_millis(), shorter.as_millis());
                self.faults.push(format!("{outer} ({longer}) must be more than {inner} ({shorter})"));
            }
        }
    }

    fn database(&mut self) -> Option<DatabaseSettings> {
        let before = self.faults.len();
        let url = self.secret("DATABASE_URL");
        let told = self.faults.len() > before;
        let pool_size = self.parsed("CANBO_POOL_SIZE", 16, "a number of connections (1 to 200)");
        if !(1..=200).contains(&pool_size) {
            self.faults.push(format!("CANBO_POOL_SIZE must be 1 to 200, not {pool_size}"));
        }
        match url {
            Some(url) if is_address(&url) => {
                let (ca_file, patience) = (self.text("DATABASE_CA_FILE").map(PathBuf::from), self.patience());
                Some(DatabaseSettings { url, pool_size, ca_file, patience })
            }
            Some(_) => {
                self.faults.push("DATABASE_URL must begin with postgresql://".to_owned());
                None
            }
            None => {
                if !told {
                    self.faults.push(
                        "DATABASE_URL is missing: DATABASE_URL=postgresql://user:password@host:5432/canbo (or DATABASE_URL_FILE=/path/of/a/file with it)"
                            .to_owned(),
                    );
                }
                None
            }
        }
    }
}

fn settle<T>(value: Option<T>, faults: Vec<String>) -> Result<T, BadSettings> {
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(BadSettings(faults)),
    }
}

impl Settings {
    /// From the environment.
    pub fn from_environment() -> Result<Self, BadSettings> {
        Self::read(&environment)
    }

    /// From any source of named values.
    pub fn read(source: &dyn Fn(&str) -> Option<String>) -> Result<Self, BadSettings> {
        let mut reader = Reader { source, faults: Vec::new() };
        let database = reader.database();
        let listen = reader.listen();
        let issuer = reader.text("CANBO_ISSUER").map(|text| text.trim_end_matches('/').to_owned());
        match &issuer {
            None => reader.faults.push(
                "CANBO_ISSUER is missing: the public address of the service, CANBO_ISSUER=https://canbo.example.gov.vn"
                    .to_owned(),
            ),
            Some(text) if !text.starts_with("https://") && !text.starts_with("http://") => {
                reader.faults.push("CANBO_ISSUER must be an http(s) address".to_owned());
            }
            Some(_) => {}
        }
        let signing_key_files: Vec<PathBuf> = reader
            .text("CANBO_SIGNING_KEY_FILES")
            .map(|text| list(&text).map(PathBuf::from).collect())
            .unwrap_or_default();
        if signing_key_files.is_empty() {
            reader.faults.push(
                "CANBO_SIGNING_KEY_FILES is missing: one or more Ed25519 keys, the first signs: openssl genpkey -algorithm ed25519 -out signing.pem && export CANBO_SIGNING_KEY_FILES=signing.pem"
                    .to_owned(),
            );
        }
        let cors_origins =
            reader.text("CANBO_CORS_ORIGINS").map(|text| list(&text).map(str::to_owned).collect()).unwrap_or_default();
        let body_limit = reader.parsed("CANBO_BODY_LIMIT", 1024 * 1024, "a number of bytes");
        let deadline = reader.milliseconds("CANBO_REQUEST_DEADLINE_MS", Duration::from_secs(5));
        let limits = reader.limits();
        if let Some(database) = &database {
            reader.ladder(deadline, &limits.patience, &database.patience);
        }
        let workers = reader.parsed("CANBO_WORKERS", default_workers(), "a number of threads");
        let audit = AuditSettings { anchor_file: reader.text("CANBO_AUDIT_ANCHOR_FILE").map(PathBuf::from) };
        let Reader { faults, .. } = reader;
        let settings = database.zip(issuer).map(|(database, issuer)| Self {
            database,
            http: HttpSettings { listen, issuer, cors_origins, body_limit, deadline, limits, workers: workers.max(1) },
            signing_key_files,
            audit,
        });
        settle(settings, faults)
    }
}

/// Where `canbo serve` listens, for `canbo health`.
pub fn listen_from_environment() -> Result<SocketAddr, BadSettings> {
    let mut reader = Reader { source: &environment, faults: Vec::new() };
    let listen = reader.listen();
    settle(Some(listen), reader.faults)
}

/// One worker a core.
pub fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// The database for `canbo migrate`: as its owner, `MIGRATE_DATABASE_URL`, or else as whoever `DATABASE_URL` names.
pub fn migration_from_environment() -> Result<MigrationSettings, BadSettings> {
    let mut reader = Reader { source: &environment, faults: Vec::new() };
    let owner = reader.secret("MIGRATE_DATABASE_URL");
    if owner.as_ref().is_some_and(|url| !is_address(url)) {
        reader.faults.push("MIGRATE_DATABASE_URL must begin with postgresql://".to_owned());
    }
    let service_role = reader.text("CANBO_SERVICE_ROLE");
    let service = if owner.is_some() { reader.secret("DATABASE_URL") } else { None };
    let owner = match owner {
        Some(owner) => Some(owner),
        None => reader.database().map(|database| database.url),
    };
    let ca_file = reader.text("DATABASE_CA_FILE").map(PathBuf::from);
    settle(owner.map(|owner| MigrationSettings { owner, ca_file, service, service_role }), reader.faults)
}

fn is_address(url: &Secret) -> bool {
    url.reveal().starts_with("postgres://") || url.reveal().starts_with("postgresql://")
}

/// The database alone, for `canbo bootstrap`.
pub fn database_from_environment() -> Result<DatabaseSettings, BadSettings> {
    let mut reader = Reader { source: &environment, faults: Vec::new() };
    let database = reader.database();
    settle(database, reader.faults)
}

/// The first administrator's password, for `canbo bootstrap`.
pub fn administrator_password() -> Result<Secret, BadSettings> {
    let mut reader = Reader { source: &environment, faults: Vec::new() };
    let password = reader.secret("CANBO_ADMINISTRATOR_PASSWORD");
    if password.is_none() && reader.faults.is_empty() {
        reader.faults.push(
            "CANBO_ADMINISTRATOR_PASSWORD is missing: set it, or CANBO_ADMINISTRATOR_PASSWORD_FILE=/path/of/a/file with it".to_owned(),
        );
    }
    settle(password, reader.faults)
}

/// How log lines look: `CANBO_LOG_FORMAT`, `line` unless it says `json`.
pub fn log_format() -> LogFormat {
    match environment("CANBO_LOG_FORMAT").as_deref() {
        Some("json") => LogFormat::Json,
        _ => LogFormat::Line,
    }
}

/// What is logged: `RUST_LOG`, `info` unless set.
pub fn log_filter() -> String {
    environment("RUST_LOG").unwrap_or_else(|| "info".to_owned())
}

/// The database server that tests use instead of an embedded one, if any.
pub fn test_database_url() -> Option<String> {
    environment("TEST_DATABASE_URL").filter(|url| !url.is_empty())
}

/// The folders that programs are looked for in.
pub fn search_path() -> Vec<PathBuf> {
    environment("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(values: &'static [(&'static str, &'static str)]) -> Result<Settings, BadSettings> {
        Settings::read(&|name| values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = with(&[("CANBO_LISTEN", "nowhere"), ("CANBO_POOL_SIZE", "0")]).unwrap_err().0;
        for name in ["DATABASE_URL", "CANBO_LISTEN", "CANBO_POOL_SIZE", "CANBO_ISSUER", "CANBO_SIGNING_KEY_FILES"] {
            assert!(faults.iter().any(|fault| fault.contains(name)), "{name} not in {faults:?}");
        }
    }

    /// Deadlines that do not fit into each other are told by both names.
    #[test]
    fn the_ladder_of_deadlines_is_held() {
        let faults = with(&[
            ("DATABASE_URL", "postgresql://u:p@h/d"),
            ("CANBO_ISSUER", "https://canbo.example.vn/"),
            ("CANBO_SIGNING_KEY_FILES", "a.pem"),
            ("CANBO_REQUEST_DEADLINE_MS", "3000"),
            ("CANBO_LOCK_TIMEOUT_MS", "4000"),
            ("CANBO_TRUSTED_PROXIES", "10.0.0.1, nowhere"),
        ])
        .unwrap_err()
        .0;
        for told in [
            "CANBO_REQUEST_DEADLINE_MS (3000) must be more than CANBO_STATEMENT_TIMEOUT_MS (4000)",
            "CANBO_REQUEST_DEADLINE_MS (3000) must be more than CANBO_BODY_DEADLINE_MS (4000)",
            "CANBO_STATEMENT_TIMEOUT_MS (4000) must be more than CANBO_LOCK_TIMEOUT_MS (4000)",
            "CANBO_TRUSTED_PROXIES is not a list of addresses: \"nowhere\"",
        ] {
            assert!(faults.iter().any(|fault| fault == told), "{told} not in {faults:?}");
        }
        assert_eq!(faults.len(), 4, "{faults:?}");
    }

    #[test]
    fn good_settings_are_read_and_secrets_stay_hidden() {
        let settings = with(&[
            ("DATABASE_URL", "postgresql://u:hidden@h/d"),
            ("CANBO_ISSUER", "https://canbo.example.vn/"),
            ("CANBO_SIGNING_KEY_FILES", "a.pem, b.pem"),
        ])
        .unwrap();
        assert_eq!(settings.http.issuer, "https://canbo.example.vn");
        assert_eq!(settings.signing_key_files.len(), 2);
        assert!(!format!("{settings:?}").contains("hidden"));
    }
}

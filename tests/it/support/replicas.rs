//! Replicas: the real binary, as `canbo serve`, several times on one database with the same keys.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::process::free_port;
use super::{Client, PASSWORD};

/// One running `canbo serve`.
pub struct Replica {
    child: Child,
    port: u16,
    said: Arc<Mutex<String>>,
}

/// Opens `/metrics` of replicas.
pub const METRICS_TOKEN: &str = "of-the-scraper";

/// The key that all replicas sign with.
fn key_file() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("canbo-storm-{}-keys", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let keys = ["keys", "--folder", folder.to_str().unwrap(), "new"];
        assert!(Command::new(env!("CARGO_BIN_EXE_canbo")).args(keys).output().unwrap().status.success());
        // A name without an instant: it has signed since ever, also where a clock runs behind.
        let made = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        std::fs::rename(made, folder.join("signing.pem")).unwrap();
        folder
    })
}

/// A command of canbo on a database.
pub fn canbo(command: &str, url: &str) -> Command {
    let mut canbo = Command::new(env!("CARGO_BIN_EXE_canbo"));
    canbo.arg(command).env_clear().env("DATABASE_URL", url).env("RUST_LOG", "warn,access=off").stdin(Stdio::null());
    canbo
}

/// `canbo serve` at a port of its own.
pub fn serve(url: &str, port: u16) -> Command {
    let mut canbo = canbo("serve", url);
    canbo
        .env("CANBO_ISSUER", "https://canbo.test")
        .env("CANBO_SIGNING_KEYS", key_file())
        .env("CANBO_LISTEN", format!("127.0.0.1:{port}"))
        .env("CANBO_METRICS_TOKEN", METRICS_TOKEN)
        .env("CANBO_WORKERS", "2")
        .env("CANBO_POOL_SIZE", "10");
    canbo
}

impl Replica {
    /// Starts one, and waits until it is ready.
    pub fn start(url: &str) -> Self {
        Self::start_with(url, |_| {})
    }

    /// With something more in its environment.
    pub fn start_with(url: &str, more: impl FnOnce(&mut Command)) -> Self {
        let mut replica = Self::launch(url, more);
        replica.wait_until_ready(Duration::from_secs(20));
        replica
    }

    /// Starts one and does not wait.
    pub fn launch(url: &str, more: impl FnOnce(&mut Command)) -> Self {
        let port = free_port();
        let mut command = serve(url, port);
        more(&mut command);
        Self::of(command, port)
    }

    /// Runs a command that serves at a port.
    pub fn of(mut command: Command, port: u16) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, heard) = (BufReader::new(child.stderr.take().unwrap()).lines(), said.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        Self { child, port, said }
    }

    /// Waits for `/readyz`.
    pub fn wait_until_ready(&mut self, most: Duration) {
        let client = self.client();
        let started = Instant::now();
        while client.try_get("/readyz").is_none_or(|answer| answer.status != 200) {
            assert!(self.child.try_wait().unwrap().is_none(), "canbo serve ended: {}", self.said());
            assert!(started.elapsed() < most, "canbo serve is not ready: {}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Where it serves.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Without a token.
    pub fn client(&self) -> Client {
        Client::new(self.address())
    }

    /// Signed in as the account of this name.
    pub fn sign_in(&self, user_name: &str) -> Client {
        self.client().signed_in(user_name, PASSWORD)
    }

    /// Its log.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.pid().to_string()]).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = self.said();
            let lines: Vec<&str> = said.lines().collect();
            let last = lines[lines.len().saturating_sub(15)..].join("\n");
            let _ = writeln!(std::io::stderr(), "the replica said last:\n{last}");
        }
    }
}

/// Several on one database.
pub fn replicas(count: usize, url: &str) -> Vec<Replica> {
    let mut replicas: Vec<Replica> = (0..count).map(|_| Replica::launch(url, |_| {})).collect();
    for replica in &mut replicas {
        replica.wait_until_ready(Duration::from_secs(20));
    }
    replicas
}

/// How often a storm is let loose: a few times with the other tests, as often as `CANBO_STORM_ROUNDS` says in the deep ones.
pub fn rounds(usual: usize) -> usize {
    #[expect(clippy::disallowed_methods, reason = "a setting of tests, not of the service")]
    let asked = std::env::var("CANBO_STORM_ROUNDS").ok();
    asked.map_or(usual, |text| text.parse().expect("CANBO_STORM_ROUNDS is a number"))
}

//! The real binary in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running `canbo dev`.
pub struct Dev {
    child: Option<Child>,
    folder: PathBuf,
    port: u16,
}

/// A port that is free now.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A folder that holds the demo province, loaded once for the process; it is copied for each test.
static LOADED: OnceLock<PathBuf> = OnceLock::new();

fn loaded() -> &'static Path {
    LOADED.get_or_init(|| {
        let mut dev = Dev { child: None, folder: fresh_folder("loaded"), port: free_port() };
        dev.restart(&[]);
        let folder = std::mem::take(&mut dev.folder);
        dev.terminate();
        folder
    })
}

fn fresh_folder(kind: &str) -> PathBuf {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    std::env::temp_dir().join(format!(
        "canbo-dev-{}-{kind}-{}",
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::SeqCst)
    ))
}

impl Dev {
    /// On a copy of the loaded demo province.
    pub fn start(arguments: &[&str]) -> Self {
        let folder = fresh_folder("test");
        assert!(Command::new("cp").arg("-a").arg(loaded()).arg(&folder).status().unwrap().success());
        let mut dev = Self { child: None, folder, port: free_port() };
        dev.restart(arguments);
        dev
    }

    /// In the same folder once more; returns when it serves.
    pub fn restart(&mut self, arguments: &[&str]) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_canbo"))
            .args(["dev", "--data", self.folder.to_str().unwrap(), "--port", &self.port.to_string()])
            .args(arguments)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let serving = lines.any(|line| line.is_ok_and(|line| line.contains("A first call")));
        // Whatever it prints later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
        assert!(serving, "canbo dev ended before it served");
        let client = reqwest::blocking::Client::new();
        let started = Instant::now();
        while client.get(format!("{}/readyz", self.address())).send().map_or(true, |answer| answer.status() != 200) {
            assert!(started.elapsed() < Duration::from_secs(20), "canbo dev is not ready");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where it serves.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port, as a client wants it.
    pub fn socket(&self) -> std::net::SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Its folder.
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// `kill -9` of the service.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, and its end with exit code 0.
    fn terminate(&mut self) {
        if let Some(mut child) = self.child.take() {
            assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
            assert!(child.wait().unwrap().success());
        }
    }

    /// Stops it as a person would, and its PostgreSQL with it.
    pub fn stop(mut self) {
        self.terminate();
        assert!(!self.folder.join("pg/data/postmaster.pid").exists(), "PostgreSQL stops with it");
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
        if self.folder.exists() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

//! A PostgreSQL of a test's own, over TCP, that may be stopped, killed, filled up and set as the test likes.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use canbo::platform::config::{DatabaseSettings, Secret};
use canbo::platform::db::local;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::database;
use super::process::free_port;

/// The database of the province in each such server.
pub const DATABASE: &str = "canbo";

/// Where the service connects, by whatever way.
pub fn url_at(address: SocketAddr) -> String {
    format!("postgresql://{}@{address}/{DATABASE}", database::ROLE)
}

/// A server; it stops and its folder goes when this is dropped.
pub struct Postgres {
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
    settings: Vec<String>,
}

/// Who runs servers when we are root, whom PostgreSQL refuses.
fn account() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let line = passwd.lines().find(|line| line.starts_with("postgres:")).unwrap();
    let mut fields = line.split(':').skip(2).map(|field| field.parse().unwrap());
    Some((fields.next().unwrap(), fields.next().unwrap()))
}

fn program(name: &str) -> Command {
    let mut command = Command::new(local::binaries().expect("PostgreSQL is installed").join(name));
    command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((uid, gid)) = account() {
        command.uid(uid).gid(gid);
    }
    command
}

/// Gives a file to who runs the server.
pub fn give(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if let Some((uid, gid)) = account() {
        chown(path, Some(uid), Some(gid)).unwrap();
    }
}

fn fresh_folder() -> PathBuf {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let name = format!("canbo-storm-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::SeqCst));
    let folder = std::env::temp_dir().join(name);
    fs::create_dir(&folder).unwrap();
    give(&folder, 0o700);
    folder
}

/// A cluster with a founded province, made once for the process.
fn founded() -> &'static Path {
    static FOUNDED: OnceLock<PathBuf> = OnceLock::new();
    FOUNDED.get_or_init(|| {
        let folder = fresh_folder();
        let initdb = program("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
            .arg("-D")
            .arg(folder.join("data"))
            .status()
            .unwrap();
        assert!(initdb.success());
        let mut server = Postgres { folder, port: free_port(), child: None, settings: vec!["fsync=off".to_owned()] };
        server.start_again();
        server.run("postgres", &format!("CREATE DATABASE {DATABASE}"));
        let (owner, service) = (server.owner_url(DATABASE), server.settings());
        database::wait(async move || database::found_at(&owner, &service).await);
        server.stop();
        std::mem::take(&mut server.folder)
    })
}

impl Postgres {
    /// With the founded province in it, and these settings.
    pub fn start(settings: &[&str]) -> Self {
        Self::start_in(fresh_folder(), settings)
    }

    /// In an empty folder that is given to who runs it.
    pub fn start_in(folder: PathBuf, settings: &[&str]) -> Self {
        let copied = Command::new("cp").arg("-a").arg(founded().join("data")).arg(&folder).status().unwrap();
        assert!(copied.success());
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut server = Self { folder, port: free_port(), child: None, settings };
        server.start_again();
        server
    }

    /// Its data.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// As the superuser.
    pub fn owner_url(&self, database: &str) -> String {
        format!("postgresql://postgres@{}/{database}", self.address())
    }

    /// As the service, straight.
    pub fn url(&self) -> String {
        url_at(self.address())
    }

    /// As the service in process connects.
    pub fn settings(&self) -> DatabaseSettings {
        DatabaseSettings::of(Secret::new(self.url()))
    }

    /// Starts it; returns when it takes connections.
    pub fn start_again(&mut self) {
        let mut command = program("postgres");
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]).arg("-k").arg(&self.folder);
        let usual = ["listen_addresses=127.0.0.1", "lc_messages=C", "shared_buffers=32MB", "max_wal_size=200MB"];
        for setting in usual.into_iter().chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log")).unwrap();
        command.stderr(log).process_group(0);
        self.child = Some(command.spawn().unwrap());
        let started = Instant::now();
        while !self.accepts() {
            assert!(started.elapsed() < Duration::from_secs(30), "PostgreSQL does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Whether it takes connections.
    fn accepts(&self) -> bool {
        let status = program("pg_isready").args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-t", "1"]).status();
        status.is_ok_and(|status| status.success())
    }

    fn signal(&mut self, name: &str) {
        let Some(mut child) = self.child.take() else { return };
        assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
        child.wait().unwrap();
    }

    /// Fast: clients are disconnected.
    pub fn stop(&mut self) {
        self.signal("-INT");
    }

    /// `kill -9` of the postmaster; its children end by themselves.
    pub fn kill(&mut self) {
        self.signal("-9");
        let started = Instant::now();
        while Command::new("pgrep").arg("-f").arg(self.data()).output().unwrap().status.success() {
            assert!(started.elapsed() < Duration::from_secs(10), "the children of a killed postmaster live on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Runs statements as the superuser.
    pub fn run(&self, database: &str, sql: &str) {
        let (url, sql) = (self.owner_url(database), sql.to_owned());
        database::wait(async move || {
            let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
            conn.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        });
    }

    /// A number that a query gives, as the superuser.
    pub fn number(&self, sql: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        let (url, sql) = (self.owner_url(DATABASE), format!("SELECT ({sql})::bigint AS number"));
        database::wait(async move || {
            let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
            let row: Row = diesel::sql_query(&sql).get_result(&mut conn).await.unwrap();
            row.number
        })
    }

    /// Sessions of the service that stand in a transaction and do nothing.
    pub fn idle_in_transaction(&self) -> i64 {
        self.number("SELECT count(*) FROM pg_stat_activity WHERE usename = 'canbo_service' AND state LIKE 'idle in transaction%'")
    }

    /// A session that does something for a while; it ends when what is returned is dropped.
    pub fn while_holding(&self, sql: &str) -> Holding {
        let (url, sql) = (self.owner_url(DATABASE), sql.to_owned());
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            database::wait(async move || {
                let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
                conn.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
                ready.send(()).unwrap();
                let _ = stopped.await;
                conn.batch_execute("ROLLBACK").await.unwrap();
            });
        });
        is_ready.recv().unwrap();
        Holding { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
            let _ = child.wait();
        }
        if !self.folder.as_os_str().is_empty() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// A transaction that somebody else keeps open.
pub struct Holding {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Holding {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

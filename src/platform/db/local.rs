//! The private PostgreSQL of `canbo dev` and of the tests: found on this machine, kept in one folder,
//! reached only through a socket in that folder, so that nobody has to install or configure a server.
//!
//! ```text
//! FOLDER/lock           held while a canbo uses the folder; the kernel frees it however that canbo ends
//! FOLDER/data           the cluster
//! FOLDER/run            the socket; a folder under the temporary one when this path cannot name a socket
//! FOLDER/postgres.log   what initdb and the server said, appended
//! ```
//!
//! It blocks (an asynchronous caller wraps it), reads no environment and no clock, and makes no
//! database. Not here: the connection pool, migrations, the template for the tests.

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, lchown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use thiserror::Error;

#[cfg(test)]
mod tests;

/// Longest wait for a server to be ready or for an earlier one to leave; crash recovery counts in it.
const START_SECONDS: u64 = 60;
/// Longest wait for a server to stop.
const STOP_SECONDS: u64 = 30;
/// What PostgreSQL calls its socket; the port is only a part of the name.
const SOCKET: &str = ".s.PGSQL.5432";

/// How the server runs, and what makes it fast at the price of its data.
const SETTINGS: &str = "listen_addresses= unix_socket_permissions=0700 lc_messages=C timezone=UTC max_connections=200";
const SCRATCH: &str = "fsync=off synchronous_commit=off full_page_writes=off";

/// Prints the processes that work in the folder `$1`: a postmaster and all its children do. Asked
/// as the server's own account, because even root may not look at others' folders in a container.
const WORKERS: &str = r#"if [ -d /proc/self ]
then for p in /proc/[0-9]*; do [ "$p/cwd" -ef "$1" ] && echo "${p##*/}"; done
else lsof -t -a -d cwd -- "$1"
fi; true"#;

/// Prints the first of its arguments that may not be entered.
const FIRST_CLOSED: &str = r#"for p in "$@"; do [ -x "$p" ] || { printf %s "$p"; exit; }; done"#;

/// Waits for the end of its input, that is of the process that holds the other end of the pipe; then
/// stops the server of the cluster `$1`, and removes the folders `$2` and `$3`.
const TETHER: &str = r#"cat >/dev/null
read -r pid <"$1/postmaster.pid" && kill -INT "$pid"
i=0
while [ -e "$1/postmaster.pid" ] && [ $i -lt 300 ] && kill -0 "$pid"; do sleep 0.1; i=$((i + 1)); done
rm -rf -- "$2" "$3""#;

/// What a crash of the machine may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was committed: for data that somebody wants to see again.
    Kept,
    /// The whole cluster, in exchange for speed: for tests.
    Scratch,
}

/// Why the private server could not be had, in words that say what to do.
#[derive(Debug, Error)]
pub enum LocalError {
    /// Followed by how to install it.
    #[error("PostgreSQL is not installed: no folder with both initdb and postgres was found. {0}")]
    NotInstalled(String),
    /// The folder of the programs, the extension, how to install it.
    #[error("the PostgreSQL in {0} lacks the extension {1} (contrib). {2}")]
    NoContrib(PathBuf, &'static str, String),
    /// We are root and there is nobody to run the server.
    #[error("PostgreSQL refuses to run as root, and /etc/passwd has neither `postgres` nor `nobody`: add one")]
    NoAccount,
    /// The lock of this folder is taken.
    #[error("another canbo uses {0}: stop it, or choose another folder with --data")]
    InUse(PathBuf),
    /// Its permissions would be changed, so it must have been made for this.
    #[error("{0} holds other files and no database of canbo: choose a new or an empty folder with --data")]
    NotOurs(PathBuf),
    /// The folder, the account, and the parent that the account may not enter.
    #[error(
        "{0} cannot hold the database: PostgreSQL runs as `{1}`, which may not enter {2}; choose a folder outside {2} with --data, for example --data /var/lib/canbo"
    )]
    Closed(PathBuf, String, String),
    /// Everything else: the folder, the step, what went wrong with it, and the last lines of the log, if any.
    #[error("could not {1} in {0}: {2}{3}")]
    Step(PathBuf, &'static str, String, String),
}

type Result<T, E = LocalError> = std::result::Result<T, E>;

/// A running private server. It outlives this value: without [`Local::stop`] or [`Local::tether`] it
/// runs on, and the next [`Local::start`] in the same folder takes it over.
#[derive(Debug)]
#[must_use = "the server runs on until it is stopped"]
pub struct Local {
    home: Home,
    pid: u32,
    /// Absent when the server was started by an earlier process.
    child: Option<Child>,
    /// Never read: the folder is ours as long as this is open.
    _lock: File,
}

impl Local {
    /// Makes the cluster in `folder` if there is none, and starts a server on it, or takes over the
    /// one that an earlier canbo left behind (whose durability then stays as it is).
    pub fn start(folder: &Path, durability: Durability) -> Result<Self> {
        let (home, lock) = Home::open(folder)?;
        if !home.data.exists() {
            home.create(durability)?;
        }
        let (pid, child) = match home.left_behind()? {
            Some(pid) => (pid, None),
            None => home.launch(durability).map(|child| (child.id(), Some(child)))?,
        };
        Ok(Self { home, pid, child, _lock: lock })
    }

    /// Where to connect, as the superuser, to the database of this name; whether it exists is not asked.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@{}/{}", percent(self.home.run.as_os_str()), percent(OsStr::new(database)))
    }

    /// The postmaster.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Disconnects every client, rolls their open transactions back, writes a checkpoint and ends the
    /// server. Answers when it is gone, also when it was gone already.
    pub fn stop(mut self) -> Result<()> {
        const STEP: &str = "stop the server";
        // A pid that we did not start may be somebody else's by now.
        if self.child.is_some() || self.home.workers(&self.home.data)?.contains(&self.pid) {
            self.home.signal("-INT", &[self.pid])?;
        }
        let gone = wait(STOP_SECONDS, || {
            let gone = match &mut self.child {
                Some(child) => child.try_wait().map_err(|e| self.home.fault(STEP, &e))?.is_some(),
                None => !self.home.workers(&self.home.data)?.contains(&self.pid),
            };
            Ok(gone.then_some(()))
        })?;
        gone.ok_or_else(|| self.home.fault(STEP, &format!("process {} did not end in {STOP_SECONDS} s", self.pid)))
    }

    /// Ties the server and its whole folder to the life of this process: when it ends, be it by
    /// `kill -9`, the server stops and the folder disappears. For tests, whose statics never drop.
    pub fn tether(&self) -> Result<()> {
        let Home { data, folder, run, .. } = &self.home;
        let mut child = Command::new("sh")
            .args(["-c", TETHER, "canbo-tether"])
            .args([data, folder, run])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // or Ctrl-C would end it together with us
            .spawn()
            .map_err(|e| self.home.fault("tether the server", &e))?;
        std::mem::forget(child.stdin.take()); // only the end of this process closes it
        Ok(())
    }
}

/// The folder, and the means to run PostgreSQL in it.
#[derive(Debug)]
struct Home {
    folder: PathBuf,
    data: PathBuf,
    run: PathBuf,
    bin: PathBuf,
    /// Set when we are root, which PostgreSQL refuses to run as.
    account: Option<Account>,
}

impl Home {
    /// Prepares the folder and locks it.
    fn open(folder: &Path) -> Result<(Self, File)> {
        const STEP: &str = "prepare the folder";
        let bin = binaries().ok_or_else(|| LocalError::NotInstalled(install()))?;
        let fault = |e: io::Error| fault(folder, STEP, &e);
        let me = print("id", &["-u"]).and_then(|uid| uid.parse::<u32>().ok());
        let me = me.ok_or_else(|| fault(io::Error::other("`id -u` does not say who we are")))?;
        let account = if me == 0 { Some(unprivileged().ok_or(LocalError::NoAccount)?) } else { None };

        fs::create_dir_all(folder).map_err(fault)?;
        let folder = fs::canonicalize(folder).map_err(fault)?;
        // Its permissions are about to change and a tether may remove it: never a folder with other things.
        let used = fs::read_dir(&folder).map_err(fault)?.next().is_some();
        if used && !folder.join("lock").exists() {
            return Err(LocalError::NotOurs(folder));
        }
        let lock = lock(&folder)?;
        // The account enters through its group and owns only what is below: it cannot replace the lock or the log.
        if let Some(account) = &account {
            chown(&folder, None, Some(account.gid)).map_err(fault)?;
        }
        let mode = if account.is_some() { 0o710 } else { 0o700 };
        fs::set_permissions(&folder, Permissions::from_mode(mode)).map_err(fault)?;

        let mut run = folder.join("run");
        // A socket's path has at most 103 bytes on macOS and 107 on Linux; clients read a comma as a second host.
        let socket = run.join(SOCKET).into_os_string().into_encoded_bytes();
        if socket.len() >= 100 || socket.iter().any(|byte| b",\"".contains(byte)) {
            run = std::env::temp_dir().join(format!("canbo-{:016x}", fnv(&folder)));
        }
        private(&run, me, account.as_ref()).map_err(fault)?;
        let home = Self { data: folder.join("data"), folder, run, bin, account };
        home.check_reach()?;
        Ok((home, lock))
    }

    /// Refuses a folder below one that the account may not enter, such as /root.
    fn check_reach(&self) -> Result<()> {
        let Some(account) = &self.account else {
            return Ok(());
        };
        let mut parents: Vec<&Path> = self.folder.ancestors().chain(self.run.ancestors()).collect();
        parents.sort_unstable();
        match self.shell(FIRST_CLOSED, parents)? {
            closed if closed.is_empty() => Ok(()),
            closed => Err(LocalError::Closed(self.folder.clone(), account.name.clone(), closed)),
        }
    }

    /// Makes the cluster beside its place and moves it there: a killed initdb leaves no half of one.
    fn create(&self, durability: Durability) -> Result<()> {
        const STEP: &str = "create the database cluster";
        let fault = |e: io::Error| self.fault(STEP, &e);
        self.check_contrib()?;
        let new = self.folder.join("data.new");
        // An initdb whose canbo was killed works on, and would write into ours.
        let alone = wait(STOP_SECONDS, || match self.workers(&new)?.as_slice() {
            [] => Ok(Some(())),
            left => self.signal("-KILL", left).map(|()| None),
        })?;
        alone.ok_or_else(|| self.fault(STEP, &"an earlier initdb does not end"))?;
        absent(fs::remove_dir_all(&new)).map_err(fault)?;
        DirBuilder::new().mode(0o700).create(&new).map_err(fault)?;
        if let Some(account) = &self.account {
            chown(&new, Some(account.uid), Some(account.gid)).map_err(fault)?;
        }
        let mut initdb = self.command("initdb", &new);
        initdb
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"])
            .arg("-D")
            .arg(&new);
        if durability == Durability::Scratch {
            initdb.arg("--no-sync");
        }
        let status = self.logged(&mut initdb).and_then(Command::status).map_err(fault)?;
        if !status.success() {
            return Err(self.fault(STEP, &format!("initdb ended with {status}")));
        }
        fs::rename(&new, &self.data).map_err(fault)
    }

    /// Looks for the extensions that the schema needs where initdb itself says that they would be.
    fn check_contrib(&self) -> Result<()> {
        let shown = self.command("initdb", Path::new("/")).arg("--show").arg("-D").arg(&self.data).output();
        let shown = shown.map_err(|e| self.fault("ask initdb for its settings", &e))?;
        let shown = text(&shown.stdout) + "\n" + &text(&shown.stderr);
        let missing = shown.lines().find_map(|line| line.strip_prefix("share_path=")).and_then(|share| {
            let present = |name: &str| Path::new(share).join(format!("extension/{name}.control")).exists();
            ["btree_gist", "pg_trgm"].into_iter().find(|name| !present(name))
        });
        missing.map_or(Ok(()), |name| Err(LocalError::NoContrib(self.bin.clone(), name, install())))
    }

    /// The server that an earlier canbo left running, once it is ready. While processes of a dead
    /// server are still at work in the cluster it waits: a second server beside them would ruin it.
    fn left_behind(&self) -> Result<Option<u32>> {
        let mut workers = Vec::new();
        let found = wait(START_SECONDS, || {
            workers = self.workers(&self.data)?;
            if workers.is_empty() {
                return Ok(Some(None));
            }
            Ok(workers.iter().copied().find(|pid| self.ready(*pid)).map(Some))
        })?;
        found.ok_or_else(|| self.fault("take over the database", &format!("processes {workers:?} are at work in it")))
    }

    /// Starts the server and answers when it takes connections. Nobody else is at work in the cluster.
    fn launch(&self, durability: Durability) -> Result<Child> {
        const STEP: &str = "start the server";
        let fault = |e: io::Error| self.fault(STEP, &e);
        // A killed server leaves these; postgres refuses to start when their pid belongs to anybody by now.
        let lock = format!("{SOCKET}.lock");
        for stale in [self.data.join("postmaster.pid"), self.run.join(SOCKET), self.run.join(lock)] {
            absent(fs::remove_file(stale)).map_err(fault)?;
        }
        let mut server = self.command("postgres", &self.data);
        server.arg("-D").arg(&self.data).args(["-p", "5432", "-k"]).arg(&self.run);
        let scratch = if durability == Durability::Scratch { SCRATCH } else { "" };
        for setting in SETTINGS.split(' ').chain(scratch.split_whitespace()) {
            server.args(["-c", setting]);
        }
        let mut child = self.logged(&mut server).and_then(Command::spawn).map_err(fault)?;
        let ready = wait(START_SECONDS, || match child.try_wait().map_err(fault)? {
            Some(status) => Err(self.fault(STEP, &format!("it ended with {status}"))),
            None => Ok(self.ready(child.id()).then_some(())),
        })?;
        if ready.is_none() {
            self.signal("-INT", &[child.id()])?;
            return Err(self.fault(STEP, &format!("it was not ready in {START_SECONDS} s")));
        }
        Ok(child)
    }

    /// Whether this process is the postmaster of the cluster and takes connections. A stale file says
    /// `ready` too, hence the pid and the knock at the socket.
    fn ready(&self, pid: u32) -> bool {
        let state = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        let mut lines = state.lines().map(str::trim);
        lines.next() == Some(pid.to_string().as_str())
            && lines.nth(6) == Some("ready")
            && UnixStream::connect(self.run.join(SOCKET)).is_ok()
    }

    /// The processes whose current folder is this one.
    fn workers(&self, folder: &Path) -> Result<Vec<u32>> {
        Ok(self.shell(WORKERS, [folder])?.lines().filter_map(|pid| pid.parse().ok()).collect())
    }

    /// Sends a signal; that a process has gone meanwhile is no fault.
    fn signal(&self, name: &str, pids: &[u32]) -> Result<()> {
        let pids = pids.iter().map(u32::to_string);
        self.shell(r#"kill "$@" 2>/dev/null; true"#, std::iter::once(name.to_owned()).chain(pids)).map(drop)
    }

    /// What a script says, run as the server's account.
    fn shell<A: AsRef<OsStr>>(&self, script: &str, args: impl IntoIterator<Item = A>) -> Result<String> {
        let mut shell = self.command("sh", Path::new("/"));
        let Output { status, stdout, stderr } =
            shell.args(["-c", script, "sh"]).args(args).output().map_err(|e| self.fault("run sh", &e))?;
        if status.success() { Ok(text(&stdout)) } else { Err(self.fault("run sh", &text(&stderr))) }
    }

    /// A program of PostgreSQL, or of the system, as the server's account, speaking English.
    fn command(&self, program: &str, folder: &Path) -> Command {
        let own = self.bin.join(program);
        let mut command = if own.exists() { Command::new(own) } else { Command::new(program) };
        command.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }

    /// Lets a command write to the log, and takes it out of the reach of our Ctrl-C.
    fn logged<'a>(&self, command: &'a mut Command) -> io::Result<&'a mut Command> {
        let log = File::options().append(true).create(true).mode(0o600).open(self.folder.join("postgres.log"))?;
        Ok(command.stdout(log.try_clone()?).stderr(log).process_group(0))
    }

    fn fault(&self, step: &'static str, why: &dyn Display) -> LocalError {
        fault(&self.folder, step, why)
    }
}

/// An error with the last lines of the log, if there is one.
fn fault(folder: &Path, step: &'static str, why: &dyn Display) -> LocalError {
    let log = folder.join("postgres.log");
    let said = fs::read(&log).map(|bytes| text(&bytes)).unwrap_or_default();
    let lines: Vec<&str> = said.lines().collect();
    let last = lines.get(lines.len().saturating_sub(10)..).unwrap_or_default().join("\n  ");
    let log = if last.is_empty() { last } else { format!("\n{} ends with:\n  {last}", log.display()) };
    LocalError::Step(folder.to_owned(), step, why.to_string(), log)
}

/// Takes the lock. A child of ours may hold a copy for the moment between fork and exec: hence the patience.
fn lock(folder: &Path) -> Result<File> {
    let fault = |e: io::Error| fault(folder, "lock the folder", &e);
    let file = File::options().append(true).create(true).open(folder.join("lock")).map_err(fault)?;
    let taken = wait(1, || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(fault(e)),
    })?;
    taken.map(|()| file).ok_or_else(|| LocalError::InUse(folder.to_owned()))
}

/// Makes a folder that only its owner may enter, or takes an earlier one of ours. Its parent may be
/// open to all, so what a stranger put there, or a symbolic link, is refused.
fn private(path: &Path, me: u32, account: Option<&Account>) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    let found = fs::symlink_metadata(path)?;
    let uid = account.map_or(me, |account| account.uid);
    if !found.is_dir() || ![me, uid].contains(&found.uid()) {
        return Err(io::Error::other(format!("{} belongs to somebody else", path.display())));
    }
    if let Some(account) = account {
        lchown(path, Some(uid), Some(account.gid))?;
    }
    fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// Asks every 10 ms until there is an answer; `None` when the time is over.
fn wait<T>(seconds: u64, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    for _ in 0..seconds * 100 {
        if let Some(answer) = ask()? {
            return Ok(Some(answer));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(None)
}

/// That a thing to remove was not there is no fault.
fn absent(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
}

/// FNV-1a: unlike the hash of std, the same in every build, so that a later canbo finds the socket.
fn fnv(path: &Path) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    path.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

/// Everything but the unreserved characters of RFC 3986 as `%XX`.
fn percent(part: &OsStr) -> String {
    let encode = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    part.as_encoded_bytes().iter().map(encode).collect()
}

/// Who runs the server for root, which PostgreSQL refuses to run as.
#[derive(Debug)]
struct Account {
    name: String,
    uid: u32,
    gid: u32,
}

/// The folder with both initdb and postgres: the one on the PATH, of `pg_config`, or the newest of
/// those where distributions keep them off the PATH.
fn binaries() -> Option<PathBuf> {
    let on_path = print("sh", &["-c", "command -v initdb"]).and_then(|path| fs::canonicalize(path).ok());
    let mut folders: Vec<PathBuf> = on_path.iter().filter_map(|path| path.parent().map(PathBuf::from)).collect();
    folders.extend(print("pg_config", &["--bindir"]).map(PathBuf::from));
    let brew = "postgresql@";
    let parents =
        [("/usr/lib/postgresql", ""), ("/usr", "pgsql-"), ("/opt/homebrew/opt", brew), ("/usr/local/opt", brew)];
    for (parent, prefix) in parents {
        let names =
            fs::read_dir(parent).into_iter().flatten().flatten().filter_map(|e| e.file_name().into_string().ok());
        let version = |name: &str| name.strip_prefix(prefix)?.split('.').next()?.parse::<u32>().ok();
        let mut found: Vec<(u32, String)> = names.filter_map(|name| Some((version(&name)?, name))).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        folders.extend(found.into_iter().map(|(_, name)| Path::new(parent).join(name).join("bin")));
    }
    folders.into_iter().find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

/// The account that runs the server for root.
fn unprivileged() -> Option<Account> {
    let passwd = text(&fs::read("/etc/passwd").ok()?);
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let mut fields = passwd.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
        let (uid, gid) = (fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Account { name: name.to_owned(), uid, gid })
    })
}

/// What to do when PostgreSQL or its contrib package is missing.
fn install() -> String {
    let release = fs::read("/etc/os-release").map(|bytes| text(&bytes)).unwrap_or_default();
    let command =
        if cfg!(target_os = "macos") { Some("brew install postgresql@16") } else { install_command(&release) };
    command.map_or_else(
        || "Install the PostgreSQL server and its contrib modules with the package manager of this system.".to_owned(),
        |command| format!("Install it with `{command}`."),
    )
}

/// The command of a distribution, known by itself or by those that it says it is like.
fn install_command(release: &str) -> Option<&'static str> {
    let ids = release.lines().filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")));
    ids.flat_map(|ids| ids.trim_matches(['"', '\'']).split_whitespace()).find_map(|id| match id {
        "debian" | "ubuntu" => Some("apt-get install -y postgresql"),
        "fedora" | "rhel" | "centos" => Some("dnf install -y postgresql-server postgresql-contrib"),
        "alpine" => Some("apk add postgresql postgresql-contrib"),
        "arch" => Some("pacman -S --noconfirm postgresql"),
        _ => None,
    })
}

/// What a program prints, if it runs and succeeds.
fn print(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| text(&output.stdout))
}

/// What a program wrote, without the line end.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

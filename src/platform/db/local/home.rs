//! The folder of a private server and what is done in it: who may use it, how the cluster is made, and how a server is
//! found, started and spoken to.

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

use super::machine::{self, Account, text};
use super::{Durability, LocalError, Result};

/// Longest wait for a server to be ready or for an earlier one to leave; crash recovery counts in it.
const START_SECONDS: u64 = 60;
/// Longest wait for a server to stop.
pub const STOP_SECONDS: u64 = 30;
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

/// The folder, and the means to run PostgreSQL in it.
#[derive(Debug)]
pub struct Home {
    pub folder: PathBuf,
    pub data: PathBuf,
    pub run: PathBuf,
    bin: PathBuf,
    /// Set when we are root, which PostgreSQL refuses to run as.
    account: Option<Account>,
}

impl Home {
    /// Prepares the folder and locks it.
    pub fn open(folder: &Path) -> Result<(Self, File)> {
        const STEP: &str = "prepare the folder";
        let bin = machine::binaries().ok_or_else(|| LocalError::NotInstalled(machine::install()))?;
        let fault = |e: io::Error| fault(folder, STEP, &e);
        let me = machine::print("id", &["-u"]).and_then(|uid| uid.parse::<u32>().ok());
        let me = me.ok_or_else(|| fault(io::Error::other("`id -u` does not say who we are")))?;
        let account = if me == 0 { Some(machine::unprivileged().ok_or(LocalError::NoAccount)?) } else { None };

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
    pub fn create(&self, durability: Durability) -> Result<()> {
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
        missing.map_or(Ok(()), |name| Err(LocalError::NoContrib(self.bin.clone(), name, machine::install())))
    }

    /// The server that an earlier canbo left running, once it is ready. While processes of a dead
    /// server are still at work in the cluster it waits: a second server beside them would ruin it.
    pub fn left_behind(&self) -> Result<Option<u32>> {
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
    pub fn launch(&self, durability: Durability) -> Result<Child> {
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
    pub fn workers(&self, folder: &Path) -> Result<Vec<u32>> {
        Ok(self.shell(WORKERS, [folder])?.lines().filter_map(|pid| pid.parse().ok()).collect())
    }

    /// Sends a signal; that a process has gone meanwhile is no fault.
    pub fn signal(&self, name: &str, pids: &[u32]) -> Result<()> {
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

    pub fn fault(&self, step: &'static str, why: &dyn Display) -> LocalError {
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
pub fn wait<T>(seconds: u64, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
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

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
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use thiserror::Error;

use self::home::{Home, STOP_SECONDS, wait};

mod home;
mod machine;
#[cfg(test)]
mod tests;

pub use machine::binaries;

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
        self.url_as("postgres", database)
    }

    /// Where to connect as another role.
    pub fn url_as(&self, role: &str, database: &str) -> String {
        let (role, run) = (percent(OsStr::new(role)), percent(self.home.run.as_os_str()));
        format!("postgresql://{role}@{run}/{}", percent(OsStr::new(database)))
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

/// Everything but the unreserved characters of RFC 3986 as `%XX`.
fn percent(part: &OsStr) -> String {
    let encode = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    part.as_encoded_bytes().iter().map(encode).collect()
}

//! What this machine offers for a private server: PostgreSQL's programs, an account that may run them, and, where they
//! are missing, the command that installs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Who runs the server for root, which PostgreSQL refuses to run as.
#[derive(Debug)]
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

/// The folder with both initdb and postgres: the one on the PATH, of `pg_config`, or the newest of
/// those where distributions keep them off the PATH.
pub fn binaries() -> Option<PathBuf> {
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
pub fn unprivileged() -> Option<Account> {
    let passwd = text(&fs::read("/etc/passwd").ok()?);
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let mut fields = passwd.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
        let (uid, gid) = (fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Account { name: name.to_owned(), uid, gid })
    })
}

/// What to do when PostgreSQL or its contrib package is missing.
pub fn install() -> String {
    let release = fs::read("/etc/os-release").map(|bytes| text(&bytes)).unwrap_or_default();
    let command =
        if cfg!(target_os = "macos") { Some("brew install postgresql@16") } else { install_command(&release) };
    command.map_or_else(
        || "Install the PostgreSQL server and its contrib modules with the package manager of this system.".to_owned(),
        |command| format!("Install it with `{command}`."),
    )
}

/// The command of a distribution, known by itself or by those that it says it is like.
pub fn install_command(release: &str) -> Option<&'static str> {
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
pub fn print(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| text(&output.stdout))
}

/// What a program wrote, without the line end.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

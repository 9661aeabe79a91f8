//! Real servers in temporary folders. What a killed canbo leaves behind is made by killing one: this
//! test binary runs itself again as the owner, see [`owner`].

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Output;
use std::time::Duration;

use super::machine::install_command;
use super::*;

/// A temporary folder with the server's folder in it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let base = std::env::temp_dir().join(format!("canbo-local-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&base);
        fs::create_dir(&base).unwrap();
        Self(base)
    }

    fn folder(&self) -> PathBuf {
        self.0.join("pg")
    }

    fn start(&self) -> Local {
        Local::start(&self.folder(), Durability::Scratch).unwrap()
    }

    /// Another process that starts a server here and then waits to be killed.
    fn owner(&self) -> Child {
        let (_, module) = module_path!().split_once("::").unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", &format!("{module}::owner"), "--nocapture"]).current_dir(&self.0);
        command.stdout(Stdio::null()).spawn().unwrap()
    }

    /// The pid of the server that the owner has started.
    fn owned(&self) -> u32 {
        eventually(|| fs::read_to_string(self.0.join("started")).ok()?.parse().ok())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The owner, when this binary runs itself again; else nothing.
#[test]
fn owner() {
    let base = std::env::current_dir().unwrap();
    let name = base.file_name().unwrap().to_str().unwrap().to_owned();
    if !name.starts_with("canbo-local-") {
        return;
    }
    let local = Local::start(&base.join("pg"), Durability::Scratch).unwrap();
    if name.contains("tether") {
        local.tether().unwrap();
        // A later child must not hold the pipe.
        let mut child = Command::new("sleep").arg("60").process_group(0).spawn().unwrap();
        fs::write(base.join("child"), child.id().to_string()).unwrap();
        std::thread::spawn(move || child.wait());
    }
    fs::write(base.join("new"), local.pid().to_string()).unwrap();
    fs::rename(base.join("new"), base.join("started")).unwrap();
    std::thread::sleep(Duration::from_mins(1));
}

fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    wait(20, || Ok(ask())).unwrap().unwrap()
}

fn kill(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

/// Whether the process runs; a zombie does not.
fn runs(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn psql(local: &Local, sql: &str) -> Output {
    Command::new("psql").args([&local.url("postgres"), "-XAtc", sql]).output().unwrap()
}

fn ask(local: &Local, sql: &str) -> String {
    let Output { status, stdout, stderr } = psql(local, sql);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim().to_owned()
}

#[test]
fn starts_stops_and_starts_again_with_its_data() {
    let place = Place::new("fresh Đà");
    let local = Local::start(&place.folder(), Durability::Kept).unwrap();
    assert_eq!(
        ask(
            &local,
            "create extension btree_gist; create extension pg_trgm; create table t as select 7 as n; select n from t"
        )
        .lines()
        .last(),
        Some("7")
    );
    for (setting, value) in [
        ("fsync", "on"),
        ("listen_addresses", ""),
        ("lc_messages", "C"),
        ("timezone", "UTC"),
        ("max_connections", "200"),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C.UTF-8"),
        ("unix_socket_permissions", "0700"),
    ] {
        assert_eq!(ask(&local, &format!("show {setting}")), value, "{setting}");
    }
    for private in ["data", "run"] {
        assert_eq!(fs::metadata(place.folder().join(private)).unwrap().mode() & 0o777, 0o700, "{private}");
    }
    assert_eq!(fs::metadata(place.folder()).unwrap().mode() & 0o707, 0o700);
    let pid = local.pid();
    local.stop().unwrap();
    assert!(!runs(pid));

    let local = place.start();
    assert_eq!(ask(&local, "select n from t"), "7");
    assert_eq!(
        ask(&local, "show fsync") + &ask(&local, "show synchronous_commit") + &ask(&local, "show full_page_writes"),
        "offoffoff"
    );
    assert_eq!(psql(&local, "select pg_terminate_backend(pg_backend_pid())").status.code(), Some(2));
    local.stop().unwrap();
}

#[test]
fn stops_while_clients_are_at_work() {
    let place = Place::new("busy");
    let local = place.start();
    let url = local.url("postgres");
    let mut client =
        Command::new("psql").args([&url, "-c", "select pg_sleep(60)"]).stderr(Stdio::null()).spawn().unwrap();
    eventually(|| {
        (ask(&local, "select count(*) from pg_stat_activity where query like 'select pg_sleep%'") == "1").then_some(())
    });
    local.stop().unwrap();
    assert!(!client.wait().unwrap().success());
}

#[test]
fn starts_after_the_server_was_killed() {
    let place = Place::new("killed");
    let local = Local::start(&place.folder(), Durability::Kept).unwrap();
    ask(&local, "create table t as select 7 as n");
    let pid = local.pid();
    kill("-KILL", pid);
    eventually(|| (!runs(pid)).then_some(()));
    drop(local); // leaves a zombie, which postgres takes for a running server
    let local = place.start();
    assert_ne!(local.pid(), pid);
    assert_eq!(ask(&local, "select n from t"), "7");
    kill("-KILL", local.pid());
    local.stop().unwrap();
}

#[test]
fn takes_over_what_a_killed_owner_left() {
    let place = Place::new("orphan");
    let mut owner = place.owner();
    let pid = place.owned();
    assert!(matches!(Local::start(&place.folder(), Durability::Scratch), Err(LocalError::InUse(_))));
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(runs(pid));
    let local = place.start();
    assert_eq!(local.pid(), pid);
    assert_eq!(ask(&local, "select 1"), "1");
    local.stop().unwrap();
    assert!(!runs(pid));
    place.start().stop().unwrap();
}

#[test]
fn starts_after_owner_and_server_were_killed_at_once() {
    let place = Place::new("both");
    let mut owner = place.owner();
    let pid = place.owned();
    kill("-KILL", pid);
    owner.kill().unwrap();
    owner.wait().unwrap();
    let local = place.start();
    assert_ne!(local.pid(), pid);
    local.stop().unwrap();
}

#[test]
fn a_stale_pid_of_somebody_else_does_not_hinder() {
    let place = Place::new("stale");
    place.start().stop().unwrap();
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    let (folder, pid) = (place.folder(), other.id());
    let state = |run: &Path| {
        format!("{pid}\n{}\n1\n5432\n{}\n\n 1 1\nready   \n", folder.join("data").display(), run.display())
    };
    fs::write(folder.join("data/postmaster.pid"), state(&folder.join("run"))).unwrap();
    fs::write(folder.join("run/.s.PGSQL.5432.lock"), state(&folder.join("run"))).unwrap();
    fs::write(folder.join("run/.s.PGSQL.5432"), "").unwrap();
    let local = place.start();
    assert_ne!(local.pid(), pid);
    assert_eq!(ask(&local, "select 1"), "1");
    local.stop().unwrap();
    assert!(other.try_wait().unwrap().is_none(), "the stranger lives");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn a_folder_has_one_owner() {
    let place = Place::new("two");
    let local = place.start();
    let error = Local::start(&place.folder(), Durability::Scratch).unwrap_err();
    assert!(matches!(error, LocalError::InUse(_)), "{error}");
    assert!(error.to_string().contains("/pg: stop it"), "{error}");
    local.stop().unwrap();
}

#[test]
fn a_killed_initdb_leaves_no_half_cluster() {
    let place = Place::new("initdb");
    let mut owner = place.owner();
    eventually(|| place.folder().join("data.new/base").exists().then_some(()));
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(!place.folder().join("data").exists());
    let local = place.start(); // while the orphaned initdb is still at work
    assert!(!place.folder().join("data.new").exists());
    assert_eq!(ask(&local, "select count(*) from pg_database"), "3");
    local.stop().unwrap();
}

#[test]
fn a_tether_ends_server_and_folder_with_the_process() {
    let place = Place::new("tether");
    let mut owner = place.owner();
    let pid = place.owned();
    assert!(runs(pid));
    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually(|| (!runs(pid) && !place.folder().exists()).then_some(()));
    let child = fs::read_to_string(place.0.join("child")).unwrap().parse().unwrap();
    assert!(runs(child), "a child of the process outlived it and held no pipe");
    kill("-KILL", child);
}

#[test]
fn a_path_that_cannot_name_a_socket_gets_another() {
    place_with_another_socket("comma, \"quoted\"");
    place_with_another_socket(&"long".repeat(20));
}

fn place_with_another_socket(name: &str) {
    let place = Place::new(name);
    let local = place.start();
    let run = local.home.run.clone();
    assert!(run.starts_with(std::env::temp_dir()) && !run.starts_with(&place.0));
    assert_eq!(ask(&local, "select 1"), "1");
    local.stop().unwrap();
    place.start().stop().unwrap();
    fs::remove_dir(&run).unwrap();
    std::os::unix::fs::symlink("/etc", &run).unwrap();
    let error = Local::start(&place.folder(), Durability::Scratch).unwrap_err();
    fs::remove_file(&run).unwrap();
    assert!(error.to_string().contains("belongs to somebody else"), "{error}");
}

#[test]
fn a_folder_with_other_things_is_refused_and_left_alone() {
    let place = Place::new("foreign");
    fs::write(place.0.join("thesis.txt"), "").unwrap();
    let before = fs::metadata(&place.0).unwrap();
    let error = Local::start(&place.0, Durability::Scratch).unwrap_err();
    assert!(matches!(error, LocalError::NotOurs(_)), "{error}");
    let after = fs::metadata(&place.0).unwrap();
    assert_eq!((before.mode(), before.gid()), (after.mode(), after.gid()));
}

#[test]
fn a_parent_that_the_account_may_not_enter_is_named() {
    let place = Place::new("closed");
    if fs::metadata(&place.0).unwrap().uid() != 0 {
        return; // only root runs the server as somebody else
    }
    let closed = place.0.join("mine");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    let error = Local::start(&closed.join("sub/pg"), Durability::Scratch).unwrap_err();
    let said = error.to_string();
    assert!(said.contains(&format!("may not enter {};", closed.display())) && said.contains("--data"), "{said}");
}

#[test]
fn a_server_that_does_not_start_shows_its_log() {
    let place = Place::new("broken");
    place.start().stop().unwrap();
    fs::write(place.folder().join("data/postgresql.conf"), "no_such_setting = 1\n").unwrap();
    let error = Local::start(&place.folder(), Durability::Scratch).unwrap_err().to_string();
    assert!(error.starts_with("could not start the server in /") && error.contains("no_such_setting"), "{error}");
}

#[test]
fn each_distribution_has_its_command() {
    for (release, command) in [
        ("ID=debian\n", Some("apt-get install -y postgresql")),
        ("NAME=x\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Some("apt-get install -y postgresql")),
        ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", Some("dnf install -y postgresql-server postgresql-contrib")),
        ("ID=fedora", Some("dnf install -y postgresql-server postgresql-contrib")),
        ("ID=alpine", Some("apk add postgresql postgresql-contrib")),
        ("ID=arch", Some("pacman -S --noconfirm postgresql")),
        ("ID=nixos\nVERSION_ID=debian", None),
        ("", None),
    ] {
        assert_eq!(install_command(release), command, "{release}");
    }
}

#[test]
fn the_url_is_encoded() {
    assert_eq!(percent(OsStr::new("/tmp/a b/é-_.~%,")), "%2Ftmp%2Fa%20b%2F%C3%A9-_.~%25%2C");
}

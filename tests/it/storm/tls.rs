//! TLS to PostgreSQL, with certificates as openssl makes them: the right one is spoken to, and nobody else.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::alone;
use crate::support::postgres::{DATABASE, Postgres, give};
use crate::support::replicas::{Replica, canbo};

/// The name of the server; it is found by `hostaddr`.
const NAME: &str = "db.canbo.test";

/// Certificates in a folder that goes with this.
struct Certificates(PathBuf);

impl Drop for Certificates {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn openssl(folder: &Path, on: Option<&str>, arguments: &str) {
    let mut command = match on {
        None => Command::new("openssl"),
        Some(day) => {
            let mut faked = Command::new("faketime");
            faked.args([day, "openssl"]);
            faked
        }
    };
    let run =
        command.current_dir(folder).args(arguments.split(' ')).output().expect("openssl and faketime are installed");
    assert!(run.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&run.stderr));
}

impl Certificates {
    fn make() -> Self {
        let folder = std::env::temp_dir().join(format!("canbo-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        give(&folder, 0o755);
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        for authority in ["ca", "other"] {
            openssl(
                &folder,
                None,
                &format!("req -x509 {key} -keyout {authority}.key -out {authority}.pem -days 30 -subj /CN={authority}"),
            );
        }
        for (name, host, on) in
            [("good", NAME, None), ("named", "other.canbo.test", None), ("expired", NAME, Some("2020-01-01"))]
        {
            openssl(&folder, None, &format!("req -new {key} -keyout {name}.key -out {name}.csr -subj /CN={host}"));
            std::fs::write(folder.join("names"), format!("subjectAltName=DNS:{host}\n")).unwrap();
            let sign = format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out {name}.pem -days 10 -extfile names"
            );
            openssl(&folder, on, &sign);
            give(&folder.join(format!("{name}.key")), 0o600);
        }
        Self(folder)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// A server that shows one of them.
    fn server(&self, name: &str) -> Postgres {
        let (certificate, key) = (self.file(&format!("{name}.pem")), self.file(&format!("{name}.key")));
        Postgres::start(&[
            "fsync=off",
            "log_connections=on",
            "ssl=on",
            &format!("ssl_cert_file={certificate}"),
            &format!("ssl_key_file={key}"),
        ])
    }
}

fn url(server: &Postgres, user: &str) -> String {
    format!("postgresql://{user}@{NAME}:{}/{DATABASE}?hostaddr=127.0.0.1", server.address().port())
}

/// `canbo migrate`, which connects once.
fn migrate(server: &Postgres, authority: Option<&str>) -> Output {
    let mut command = canbo("migrate", &url(server, "postgres"));
    if let Some(file) = authority {
        command.env("DATABASE_CA_FILE", file);
    }
    command.output().unwrap()
}

fn plain(server: &Postgres) -> usize {
    server
        .log()
        .lines()
        .filter(|line| {
            line.contains("authorized") && line.contains("application_name=canbo") && !line.contains("SSL enabled")
        })
        .count()
}

/// F22: with the right certificate every session is inside TLS; schema changes and the service alike.
#[test]
fn the_right_server_is_spoken_to_inside_tls() {
    let _alone = alone();
    let certificates = Certificates::make();
    let server = certificates.server("good");
    let run = migrate(&server, Some(&certificates.file("ca.pem")));
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let replica = Replica::start_with(&url(&server, "canbo_service"), |command| {
        command.env("DATABASE_CA_FILE", certificates.file("ca.pem"));
    });
    crate::support::fixtures::Office::of(&replica.client());
    let sessions = "FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename = 'canbo_service'";
    assert!(server.number(&format!("SELECT count(*) {sessions} AND s.ssl AND s.version = 'TLSv1.3'")) > 0);
    assert_eq!(server.number(&format!("SELECT count(*) {sessions} AND NOT s.ssl")), 0);
    assert_eq!(plain(&server), 0, "{}", server.log());
}

/// F22: no TLS, an unknown authority, another name, an expired certificate: nothing is said to such a server, least of all in
/// the clear.
#[test]
fn any_other_server_is_spoken_to_not_at_all() {
    let _alone = alone();
    let certificates = Certificates::make();
    let ca = certificates.file("ca.pem");
    let (good, named, expired) =
        (certificates.server("good"), certificates.server("named"), certificates.server("expired"));
    let without = Postgres::start(&["fsync=off", "log_connections=on"]);
    let other = certificates.file("other.pem");
    for (server, authority, said) in [
        (&without, &ca, "does not support TLS"),
        (&good, &other, "UnknownIssuer"),
        (&named, &ca, "not valid for name"),
        (&expired, &ca, "expired"),
    ] {
        let run = migrate(server, Some(authority));
        let error = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!run.status.success() && error.contains(said), "{said}: {error}");
        // The service waits for a database that it may speak to, and serves nobody.
        let mut replica = Replica::launch(&url(server, "canbo_service"), |command| {
            command.env("DATABASE_CA_FILE", authority);
        });
        let started = Instant::now();
        while !replica.said().contains(said) {
            assert!(started.elapsed() < Duration::from_secs(5) && replica.lives(), "{said}: {}", replica.said());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(replica.client().try_get("/readyz").is_none());
        assert_eq!(plain(server), 0, "{}", server.log());
    }
    // A file of authorities that is none.
    let run = migrate(&good, Some(&certificates.file("ca.key")));
    let error = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!run.status.success() && error.contains("DATABASE_CA_FILE"), "{error}");
}

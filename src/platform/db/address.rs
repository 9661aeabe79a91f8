//! Where the database is: the hosts of a `postgresql://` address, each with or without TLS, tried one after the other.

use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config, Connection, Socket};

use super::tls::{Encrypted, Trust};
use crate::platform::config::Secret;

/// A connection that somebody has to drive.
pub(super) type Wire = Connection<Socket, Encrypted<Socket>>;

/// One server that may be the one.
#[derive(Clone)]
struct Place {
    host: Host,
    address: Option<IpAddr>,
    port: u16,
    encrypted: bool,
}

/// Where the database is, and as whom to come.
pub(super) struct Address {
    /// Everything but the hosts.
    common: Config,
    places: Vec<Place>,
    trust: Trust,
    /// The place that took us last: asked first.
    good: AtomicUsize,
}

/// Whether a host is this machine itself, so that nobody is in between.
fn is_here(host: &Host, address: Option<IpAddr>) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => match name.parse().ok().or(address.filter(|_| name.is_empty())) {
            Some(address) => IpAddr::is_loopback(&address),
            None => name == "localhost",
        },
    }
}

/// The address without `sslmode`, whose word for "look at the certificate" the driver does not know; and that mode.
pub(super) fn without_mode(url: &str) -> (String, Option<String>) {
    let Some((address, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let (modes, rest): (Vec<&str>, Vec<&str>) = query.split('&').partition(|part| part.starts_with("sslmode="));
    let mode = modes.last().and_then(|part| part.split_once('=')).map(|(_, mode)| mode.to_owned());
    (if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) }, mode)
}

impl Address {
    /// Reads an address. Unless it says `sslmode=disable`, TLS is spoken with every host but this machine itself, and with
    /// that too when another mode is named.
    pub fn new(url: &Secret, ca_file: Option<&Path>, options: &str) -> Result<Self, String> {
        let (url, mode) = without_mode(url.reveal());
        let given =
            Config::from_str(&url).map_err(|error| format!("the address of the database: {}", chain(&error)))?;
        let ports = given.get_ports();
        let addresses = given.get_hostaddrs();
        let mut hosts = given.get_hosts().to_vec();
        if hosts.is_empty() {
            hosts = addresses.iter().map(|address| Host::Tcp(address.to_string())).collect();
        }
        let places: Vec<Place> = hosts
            .into_iter()
            .enumerate()
            .map(|(index, host)| {
                let address = addresses.get(index).copied();
                let encrypted = match (&host, mode.as_deref()) {
                    (Host::Unix(_), _) | (_, Some("disable")) => false,
                    (_, Some(_)) => true,
                    (_, None) => !is_here(&host, address),
                };
                let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
                Place { host, address, port, encrypted }
            })
            .collect();
        if places.is_empty() {
            return Err("the address of the database names no host".to_owned());
        }
        let trust = if places.iter().any(|place| place.encrypted) { Trust::of(ca_file)? } else { Trust::nobody() };
        let mut common = Config::new();
        if let Some(user) = given.get_user() {
            common.user(user);
        }
        if let Some(password) = given.get_password() {
            common.password(password);
        }
        if let Some(name) = given.get_dbname() {
            common.dbname(name);
        }
        common
            .application_name("canbo")
            .options(format!("{} {options}", given.get_options().unwrap_or_default()).trim())
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(10));
        Ok(Self { common, places, trust, good: AtomicUsize::new(0) })
    }

    /// Connects to the first server that takes us and takes writes, all of it within this time.
    pub async fn connect(&self, within: Duration) -> Result<(Client, Wire), String> {
        let mut faults = Vec::new();
        let first = self.good.load(Ordering::Relaxed);
        let count = self.places.len();
        // Who does not answer must leave time for the others.
        let share = within / u32::try_from(count).unwrap_or(u32::MAX).max(1);
        let order = (0..count).map(|step| (first + step) % count);
        for index in order {
            let Some(place) = self.places.get(index) else { continue };
            match self.connect_to(place, share).await {
                Ok(found) => {
                    self.good.store(index, Ordering::Relaxed);
                    return Ok(found);
                }
                Err(fault) => faults.push(fault),
            }
        }
        Err(faults.join("; "))
    }

    /// Every address of one host.
    async fn connect_to(&self, place: &Place, within: Duration) -> Result<(Client, Wire), String> {
        let (name, found) = match (&place.host, place.address) {
            (Host::Unix(path), _) => (path.display().to_string(), vec![None]),
            (Host::Tcp(name), Some(address)) => (name.clone(), vec![Some(address)]),
            (Host::Tcp(name), None) => {
                let asked =
                    tokio::time::timeout(within / 2, tokio::net::lookup_host((name.as_str(), place.port))).await;
                let found = match asked {
                    Ok(Ok(found)) => found.map(|address| Some(address.ip())).collect(),
                    Ok(Err(error)) => return Err(format!("{name}: {error}")),
                    Err(_) => return Err(format!("{name}: no answer from the name service")),
                };
                (name.clone(), found)
            }
        };
        let share = within / u32::try_from(found.len()).unwrap_or(u32::MAX).max(1);
        let mut faults = vec![format!("{name}:{}", place.port)];
        for address in found {
            let mut config = self.common.clone();
            match &place.host {
                Host::Unix(path) => config.host_path(path),
                Host::Tcp(name) => config.host(name),
            };
            if let Some(address) = address {
                config.hostaddr(address);
            }
            config.port(place.port).ssl_mode(if place.encrypted { SslMode::Require } else { SslMode::Disable });
            match tokio::time::timeout(share, config.connect(self.trust.clone())).await {
                Ok(Ok(found)) => return Ok(found),
                Ok(Err(error)) => faults.push(chain(&error)),
                Err(_) => faults.push(format!("no answer within {} ms", share.as_millis())),
            }
        }
        Err(faults.join(": "))
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// One connection of its own, outside any pool: for schema changes, which take as long as they take.
pub(super) async fn connect_alone(
    url: &Secret,
    ca_file: Option<&Path>,
    within: Duration,
) -> Result<AsyncPgConnection, String> {
    let address = Address::new(url, ca_file, "-c timezone=UTC")?;
    let (client, wire) = address.connect(within).await?;
    AsyncPgConnection::try_from_client_and_connection(client, wire).await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encrypted(url: &str) -> Vec<bool> {
        let address = Address::new(&Secret::new(url), None, "").unwrap();
        address.places.iter().map(|place| place.encrypted).collect()
    }

    /// F22: nobody but this machine itself is spoken to without TLS, unless the address says so in so many words.
    #[test]
    fn other_machines_are_spoken_to_through_tls() {
        assert_eq!(encrypted("postgresql://u@localhost/d"), [false]);
        assert_eq!(encrypted("postgresql://u@127.0.0.1,[::1]/d"), [false, false]);
        assert_eq!(encrypted("postgresql://u@%2Frun%2Fpostgresql/d"), [false]);
        assert_eq!(encrypted("postgresql://u@db.example.vn,127.0.0.1/d"), [true, false]);
        assert_eq!(encrypted("postgresql://u@db.example.vn/d?hostaddr=127.0.0.1"), [true]);
        assert_eq!(encrypted("postgresql://u@10.0.0.7/d?sslmode=prefer"), [true]);
        assert_eq!(encrypted("postgresql://u@localhost/d?sslmode=verify-full"), [true]);
        assert_eq!(encrypted("postgresql://u@db.example.vn/d?sslmode=disable&application_name=x"), [false]);
    }

    #[test]
    fn an_address_without_a_host_is_refused() {
        assert!(Address::new(&Secret::new("postgresql:///d"), None, "").is_err());
    }
}

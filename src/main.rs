//! The command: `canbo serve | migrate | bootstrap | openapi | keys | health | dev`.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use canbo::app;
use canbo::dev::{self, Dev};
use canbo::identity::Caller;
use canbo::identity::tokens::{Pace, Provider, Tokens, folder};
use canbo::platform::clock::Clock;
use canbo::platform::config::{self, MigrationSettings, Settings};
use canbo::platform::db::roles::{self, ServiceRole};
use canbo::platform::db::{Db, migrate};
use canbo::platform::error::Kind;
use canbo::platform::id::Ids;
use canbo::platform::logging;
use chrono::{NaiveDate, TimeDelta};
use clap::{Parser, Subcommand};

/// Cadres, posts, rotations and training of a Vietnamese province.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API over a migrated PostgreSQL.
    Serve,
    /// Applies pending schema changes.
    Migrate,
    /// Loads the units and regulations, and makes the first administrator with the password of CANBO_ADMINISTRATOR_PASSWORD(_FILE).
    Bootstrap {
        /// Name that the administrator signs in with.
        #[arg(long, default_value = "administrator")]
        user_name: String,
    },
    /// Prints the OpenAPI document.
    Openapi,
    /// Makes, lists and removes the keys that sign tokens; a running service follows within seconds.
    Keys {
        /// Folder of the keys, instead of the first place of CANBO_SIGNING_KEYS.
        #[arg(long, global = true)]
        folder: Option<PathBuf>,
        #[command(subcommand)]
        task: Keys,
    },
    /// Asks the service on this machine whether it lives; for health checks of containers.
    Health,
    /// Serves the demo province on 127.0.0.1 with a private PostgreSQL of its own.
    Dev {
        /// Folder of the private PostgreSQL and its keys.
        #[arg(long, default_value = ".canbo")]
        data: PathBuf,
        /// Port to serve on.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Begins anew: what the folder holds is deleted.
        #[arg(long)]
        fresh: bool,
        /// The day that it is, instead of today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        today: Option<NaiveDate>,
        /// With the units of all 34 provinces, and of the 63 before them, when the province is loaded.
        #[arg(long)]
        country: bool,
    },
}

#[derive(Subcommand)]
enum Keys {
    /// Makes a key. The first of a folder signs at once, others after a time in which everybody learns of them.
    New {
        /// Seconds until it signs. Less than the ten minutes of the default may make others refuse good tokens for a while.
        #[arg(long, default_value_t = folder::LEAD.num_seconds())]
        lead: i64,
    },
    /// Lists the keys: id, what becomes of it, file.
    List,
    /// Removes a key of which no token lives.
    Retire {
        /// Its id.
        kid: String,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    logging::start(&config::log_filter(), config::log_format());
    match arguments.command {
        Command::Serve => {
            let settings = Settings::from_environment()?;
            let listen = settings.http.listen;
            let (clock, ids) = (Clock::system(), Ids::random());
            let mut tokens = Tokens::from_files(&settings.http.issuer, settings.signing_keys, &clock)?;
            if let Some(file) = &settings.identity_providers_file {
                tokens = tokens.trusting(Provider::from_file(file, Pace::default())?)?;
            }
            let app = app::assemble_anchored(&settings.database, settings.http, &tokens, settings.audit, clock, ids)?;
            let faults = checked(&app.db).await?;
            check_role(&faults, listen)?;
            app::run(app, tokens).await
        }
        Command::Migrate => {
            let settings = config::migration_from_environment()?;
            let applied = migrate::migrate(&settings.owner, settings.ca_file.as_deref()).await?;
            log::info!("{} schema changes applied", applied.len());
            let Some(role) = service_role(&settings)? else {
                log::warn!(
                    "no role of the service is named: set MIGRATE_DATABASE_URL for the owner and DATABASE_URL for the service"
                );
                return Ok(());
            };
            roles::grant(&settings.owner, settings.ca_file.as_deref(), &role).await?;
            log::info!("the role {} has the grants of the service", role.name());
            Ok(())
        }
        Command::Bootstrap { user_name } => {
            let (database, password) = (config::database_from_environment()?, config::administrator_password()?);
            let db = Db::new(&database, Clock::system(), Ids::random())?;
            app::bootstrap(db, &Caller::system("bootstrap"), &user_name, password).await
        }
        Command::Openapi => Ok(std::io::stdout().write_all(app::document_text()?.as_bytes())?),
        Command::Keys { folder, task } => keys(folder, task),
        Command::Health => health(config::listen_from_environment()?),
        Command::Dev { data, port, fresh, today, country } => {
            dev::run(Dev { folder: data, port, fresh, today, country }).await
        }
    }
}

/// The role to be given the grants of the service, where it is not the owner itself.
fn service_role(settings: &MigrationSettings) -> anyhow::Result<Option<ServiceRole>> {
    let of_address = settings.service.as_ref().map(ServiceRole::of_url).transpose()?;
    let role = match (&settings.service_role, of_address) {
        (Some(name), Some(known)) if known.name() == name => Some(known),
        (Some(name), _) => Some(ServiceRole::new(name, None)),
        (None, known) => known,
    };
    let owner = ServiceRole::of_url(&settings.owner)?;
    Ok(role.filter(|role| role.name() != owner.name()))
}

/// How long a service that starts waits for its database, asked once a second.
const DATABASE_WAIT: u32 = 30;

/// Looks at the server and gives what the role may and should not. Services and database often start together: until
/// then it waits.
async fn checked(db: &Db) -> anyhow::Result<Vec<String>> {
    for _ in 0..DATABASE_WAIT {
        match db.check_server().await {
            Ok(()) => return Ok(db.role_faults().await?),
            Err(error) if error.kind() == Kind::Unavailable => {
                log::warn!("the database cannot be reached, tried again: {}", error.chain());
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("the database could not be reached for {DATABASE_WAIT} s")
}

/// A service that others reach must not be able to rewrite the audit record or the schema.
fn check_role(faults: &[String], listen: SocketAddr) -> anyhow::Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let what = format!(
        "the role that DATABASE_URL names {}: let canbo migrate make one that may not (MIGRATE_DATABASE_URL, README.md)",
        faults.join(", ")
    );
    anyhow::ensure!(listen.ip().is_loopback(), what);
    log::warn!("{what}");
    Ok(())
}

fn keys(folder: Option<PathBuf>, task: Keys) -> anyhow::Result<()> {
    let folder = folder
        .or_else(|| config::signing_keys().into_iter().next())
        .context("which folder? say --folder, or set CANBO_SIGNING_KEYS")?;
    let now = Clock::system().now();
    let mut out = std::io::stdout().lock();
    match task {
        Keys::New { lead } => {
            let (file, kid) = folder::make(&folder, TimeDelta::seconds(lead.max(0)), &Ids::random(), now)?;
            writeln!(out, "{kid} {}", file.display())?;
        }
        Keys::List => {
            for (kid, file, state) in folder::list(&folder, now)? {
                let state = match state {
                    folder::State::Waits(from) => format!("signs from {}", from.to_rfc3339()),
                    folder::State::Signs => "signs".to_owned(),
                    folder::State::Ends(until) => format!("its tokens live until {}", until.to_rfc3339()),
                    folder::State::Done => "may be retired".to_owned(),
                };
                writeln!(out, "{kid}  {state}  {}", file.display())?;
            }
        }
        Keys::Retire { kid } => writeln!(out, "removed {}", folder::retire(&folder, &kid, now)?.display())?,
    }
    Ok(())
}

/// Fails unless `/healthz` answers 200 within 3 seconds.
fn health(mut address: SocketAddr) -> anyhow::Result<()> {
    let most = Duration::from_secs(3);
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let mut stream = TcpStream::connect_timeout(&address, most)?;
    stream.set_read_timeout(Some(most))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: canbo\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer)?;
    anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200 "), "{address} does not answer 200");
    Ok(())
}

//! The command: `canbo serve | migrate | bootstrap | openapi | key | health | dev`.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use canbo::app;
use canbo::dev::{self, Dev};
use canbo::identity::Caller;
use canbo::identity::tokens::{self, Tokens};
use canbo::platform::clock::Clock;
use canbo::platform::config::{self, MigrationSettings, Settings};
use canbo::platform::db::roles::{self, ServiceRole};
use canbo::platform::db::{Db, migrate};
use canbo::platform::id::Ids;
use canbo::platform::logging;
use chrono::NaiveDate;
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
    /// Prints a new signing key, for a file of CANBO_SIGNING_KEY_FILES.
    Key,
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
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    logging::start(&config::log_filter(), config::log_format());
    match arguments.command {
        Command::Serve => {
            let settings = Settings::from_environment()?;
            let tokens = Tokens::from_files(&settings.http.issuer, &settings.signing_key_files)?;
            let listen = settings.http.listen;
            let app = app::assemble(&settings.database, settings.http, &tokens, Clock::system(), Ids::random())?;
            app.db.check_server().await?;
            check_role(&app.db.role_faults().await?, listen)?;
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
        Command::Key => Ok(std::io::stdout().write_all(tokens::new_key(&Ids::random())?.as_bytes())?),
        Command::Health => health(config::listen_from_environment()?),
        Command::Dev { data, port, fresh, today } => dev::run(Dev { folder: data, port, fresh, today }).await,
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

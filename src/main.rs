//! The command: `canbo serve | migrate | bootstrap | openapi | dev`.

use canbo::app;
use canbo::identity::Caller;
use canbo::identity::tokens::Tokens;
use canbo::platform::clock::Clock;
use canbo::platform::config::{self, Settings};
use canbo::platform::db::{Db, migrate};
use canbo::platform::id::Ids;
use canbo::platform::logging;
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
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    logging::start(&config::log_filter(), config::log_format());
    match arguments.command {
        Command::Serve => {
            let settings = Settings::from_environment()?;
            let tokens = Tokens::from_files(&settings.http.issuer, &settings.signing_key_files)?;
            let app = app::assemble(&settings.database, settings.http, &tokens, Clock::system(), Ids::random())?;
            app.db.check_server().await?;
            app::run(app, tokens).await
        }
        Command::Migrate => {
            let applied = migrate::migrate(&config::database_from_environment()?.url).await?;
            log::info!("{} schema changes applied", applied.len());
            Ok(())
        }
        Command::Bootstrap { user_name } => {
            let (database, password) = (config::database_from_environment()?, config::administrator_password()?);
            let db = Db::new(&database, Clock::system(), Ids::random())?;
            app::bootstrap(db, &Caller::system("bootstrap"), &user_name, password).await
        }
        Command::Openapi => Ok(std::io::Write::write_all(&mut std::io::stdout(), app::document_text()?.as_bytes())?),
    }
}

//! `canbo dev`: the embedded default. A private PostgreSQL in a folder, the demo province, and the service on top.
//!
//! The province is loaded into a database of another name, which gets its own when it is complete: a load that was
//! killed leaves nothing half done.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use chrono::NaiveDate;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::identity::Caller;
use crate::identity::tokens::{Tokens, folder};
use crate::organisations::founding::{founding, founding_country};
use crate::platform::clock::Clock;
use crate::platform::config::{
    DatabaseSettings, HttpPatience, HttpSettings, Limits, Secret, SignInSettings, default_workers,
};
use crate::platform::db::local::{Durability, Local};
use crate::platform::db::roles::{self, ServiceRole};
use crate::platform::db::{Db, migrate};
use crate::platform::id::Ids;
use crate::{app, demo};

const DATABASE: &str = "canbo";
const LOADING: &str = "canbo_loading";
/// The role that serves; the superuser of the private server owns the schema.
const ROLE: &str = "canbo";
const KEYS: &str = "keys";

/// What `canbo dev` was asked.
pub struct Dev {
    /// Folder of everything that it keeps.
    pub folder: PathBuf,
    /// Port on 127.0.0.1.
    pub port: u16,
    /// Begin anew.
    pub fresh: bool,
    /// The day that it is.
    pub today: Option<NaiveDate>,
    /// With the units of all provinces.
    pub country: bool,
}

/// Starts PostgreSQL, migrates, loads the demo province once, serves; stops PostgreSQL at the end.
pub async fn run(dev: Dev) -> anyhow::Result<()> {
    let folder = dev.folder.join("pg");
    let key = dev.folder.join(KEYS);
    if dev.fresh && folder.exists() {
        // What an orphan of a killed run serves cannot go from under it, and a folder of somebody else is refused here.
        Local::start(&folder, Durability::Kept)?.stop()?;
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
        if key.exists() {
            fs::remove_dir_all(&key).with_context(|| format!("{} cannot be removed", key.display()))?;
        }
    }
    fs::create_dir_all(&dev.folder).with_context(|| format!("{} cannot be made", dev.folder.display()))?;
    let address = SocketAddr::from(([127, 0, 0, 1], dev.port));
    // Before the load, so that nobody waits for it in vain.
    TcpListener::bind(address).with_context(|| format!("{address} cannot be used; choose another --port"))?;
    say(&format!("PostgreSQL in {} ...", folder.display()))?;
    let local = Local::start(&folder, Durability::Kept)?;
    let served = tokio::select! {
        prepared = prepare(&local, dev.country) => Some(prepared),
        // While it loads; later the service ends in order by itself.
        () = app::stop_signal() => None,
    };
    let served = match served {
        Some(Ok(())) => serve(&dev, &local, address, &key).await,
        Some(Err(error)) => Err(error),
        None => Ok(()),
    };
    let stopped = local.stop();
    served?;
    Ok(stopped?)
}

async fn serve(dev: &Dev, local: &Local, address: SocketAddr, key: &Path) -> anyhow::Result<()> {
    let clock = dev.today.map_or_else(Clock::system, Clock::starting_on);
    signing_key(key, &clock)?;
    let http = HttpSettings {
        listen: address,
        issuer: format!("http://{address}"),
        cors_origins: vec!["http://localhost:3000".to_owned(), "http://localhost:5173".to_owned()],
        body_limit: 1024 * 1024,
        deadline: Duration::from_secs(5),
        // No balancer has to see that a person stops it.
        limits: Limits {
            patience: HttpPatience { pause: Duration::ZERO, ..HttpPatience::default() },
            ..Limits::default()
        },
        workers: default_workers(),
        sign_in: SignInSettings::default(),
    };
    let tokens = Tokens::from_files(&http.issuer, vec![key.to_owned()], &clock)?;
    let database = settings(local, DATABASE);
    let app = app::assemble(&database, http, &tokens, clock.clone(), Ids::random())?;
    say(&format!(
        "\ncanbo serves http://{address}\n  API document   http://{address}/openapi.json\n  Swagger UI     http://{address}/docs/\n  today          {}\n",
        clock.today()
    ))?;
    say(&demo::welcome(&format!("http://{address}")))?;
    app::run(app, tokens).await
}

fn settings(local: &Local, database: &str) -> DatabaseSettings {
    DatabaseSettings::of(Secret::new(local.url_as(ROLE, database)))
}

/// Makes the database when it is not there, and brings its schema up to date.
async fn prepare(local: &Local, country: bool) -> anyhow::Result<()> {
    let mut admin = AsyncPgConnection::establish(&local.url("postgres")).await?;
    let there: i64 =
        diesel::sql_query("SELECT 1 FROM pg_database WHERE datname = 'canbo'").execute(&mut admin).await?.try_into()?;
    if there == 1 {
        return migrate_and_grant(&Secret::new(local.url(DATABASE)), &ServiceRole::new(ROLE, None)).await;
    }
    let started = Clock::system().now();
    say("loading the demo province (once) ...")?;
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {LOADING} WITH (FORCE)")).await?;
    admin.batch_execute(&format!("CREATE DATABASE {LOADING}")).await?;
    let owner = Secret::new(local.url(LOADING));
    migrate_and_grant(&owner, &ServiceRole::new(ROLE, None)).await?;
    load(&settings(local, LOADING), country, &|step| say(step).unwrap_or_default()).await?;

    admin.batch_execute(&format!("ALTER DATABASE {LOADING} RENAME TO {DATABASE}")).await?;
    say(&format!("loaded in {} s", (Clock::system().now() - started).num_seconds()))
}

/// The key that signs tokens: made at the first start, readable by its owner alone. It has signed since ever: the day of
/// `--today` may be any.
fn signing_key(keys: &Path, clock: &Clock) -> anyhow::Result<()> {
    if !keys.exists() {
        let (file, _) = folder::make(keys, folder::LEAD, &Ids::random(), clock.now())?;
        fs::rename(file, keys.join("signing.pem"))?;
    }
    Ok(())
}

/// Brings a schema up to date as its owner, and lets the service use it.
pub async fn migrate_and_grant(owner: &Secret, role: &ServiceRole) -> anyhow::Result<()> {
    migrate::migrate(owner, None).await?;
    Ok(roles::grant(owner, None, role).await?)
}

/// Makes the demo province in a database that is migrated and empty, telling its progress; among the units of all
/// provinces, where the whole country is wanted: then who has a role in the province has it in the country.
pub async fn load(database: &DatabaseSettings, country: bool, progress: &dyn Fn(&str)) -> anyhow::Result<()> {
    let mut founding = founding()?;
    let mut plan = demo::plan(demo::SEED, &founding)?;
    if country {
        founding = founding_country()?;
        plan.widen("province", "country");
    }
    let db = Db::new(database, Clock::manual_on(plan.last_day), Ids::seeded(plan.seed))?;
    let app = app::unserved(db)?;
    let units = app::found(&app, &Caller::system("demo"), &founding).await?.context("the database is not empty")?;
    demo::load(&app, &plan, &units, progress).await?;
    app.db.close();
    Ok(())
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

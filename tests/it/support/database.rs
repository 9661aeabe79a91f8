//! Databases for tests: an embedded PostgreSQL for the process, or the server of `TEST_DATABASE_URL`; templates that are
//! made once; a clone for each test.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use canbo::identity::model::{Holder, LoginName, Role};
use canbo::identity::{AccountProposal, Caller, GrantProposal};
use canbo::organisations::founding::{Founding, founding};
use canbo::platform::clock::Clock;
use canbo::platform::config::{DatabaseSettings, Secret};
use canbo::platform::db::Db;
use canbo::platform::db::local::{Durability, Local};
use canbo::platform::db::roles::ServiceRole;
use canbo::platform::id::Ids;
use canbo::platform::period::Period;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::{PASSWORD, TODAY, day};

/// Where databases are made.
enum Server {
    /// One of ours, gone when the process is.
    Embedded(Local),
    /// One that was given, by its address without a database.
    Given(String),
}

static SERVER: OnceLock<Server> = OnceLock::new();
static FOUNDED: OnceLock<String> = OnceLock::new();
static DEMO: OnceLock<String> = OnceLock::new();
static BEFORE: OnceLock<String> = OnceLock::new();
static COUNTER: AtomicU32 = AtomicU32::new(0);

impl Server {
    fn get() -> &'static Self {
        SERVER.get_or_init(|| {
            if let Some(url) = canbo::platform::config::test_database_url() {
                return Self::Given(url.rsplit_once('/').unwrap().0.to_owned());
            }
            let folder = std::env::temp_dir().join(format!("canbo-test-{}", std::process::id()));
            let local = Local::start(&folder, Durability::Scratch).unwrap_or_else(|error| panic!("{error}"));
            local.tether().unwrap();
            Self::Embedded(local)
        })
    }

    fn url(&self, database: &str) -> String {
        match self {
            Self::Embedded(local) => local.url(database),
            Self::Given(base) => format!("{base}/{database}"),
        }
    }
}

/// The address of a database of this process's server.
pub fn url(database: &str) -> String {
    Server::get().url(database)
}

/// The role that the service runs as, in every test: it may do no more than `canbo serve` needs.
pub const ROLE: &str = "canbo_service";
const ROLE_PASSWORD: &str = "canbo-service";

/// The role of the service.
pub fn role() -> ServiceRole {
    ServiceRole::new(ROLE, Some(Secret::new(ROLE_PASSWORD)))
}

/// The address of a database, as the service connects.
pub fn service_url(database: &str) -> String {
    match Server::get() {
        Server::Embedded(local) => local.url_as(ROLE, database),
        Server::Given(base) => {
            let (scheme, rest) = base.split_once("://").unwrap();
            let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{ROLE}:{ROLE_PASSWORD}@{host}/{database}")
        }
    }
}

/// Settings of a service on a database of this process's server.
pub fn settings(database: &str) -> DatabaseSettings {
    DatabaseSettings::of(Secret::new(service_url(database)))
}

/// Brings a database's schema up to date as its owner, and lets the service use it.
async fn prepare(database: &str) {
    canbo::dev::migrate_and_grant(&Secret::new(url(database)), &role()).await.unwrap();
}

/// Runs statements in a database, bypassing the service.
pub async fn execute(database: &str, sql: &str) {
    let mut conn = AsyncPgConnection::establish(&url(database)).await.unwrap();
    conn.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Runs async work on a runtime of its own, from any thread.
pub fn wait<T: Send + 'static, F: Future<Output = T>>(work: impl FnOnce() -> F + Send + 'static) -> T {
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work())
    })
    .join()
    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn fresh_name(kind: &str) -> String {
    format!("canbo_{kind}_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::SeqCst))
}

/// An empty database without a schema.
pub fn empty() -> String {
    let name = fresh_name("empty");
    let sql = format!("CREATE DATABASE {name}");
    wait(async move || execute("postgres", &sql).await);
    name
}

/// Ends all connections to a database, so that it can be cloned.
pub fn disconnect(database: &str) {
    let sql = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'");
    wait(async move || execute("postgres", &sql).await);
}

/// A copy of a database that nobody is connected to.
pub fn clone_of(template: &str) -> String {
    let name = fresh_name("test");
    let sql = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
    wait(async move || execute("postgres", &sql).await);
    name
}

/// A database with the units of the province and one account per role.
pub fn founded() -> String {
    clone_of(FOUNDED.get_or_init(|| {
        let name = empty();
        let made = name.clone();
        wait(async move || found(&made).await);
        name
    }))
}

/// A database with the demo province, loaded once for the process.
pub fn demo() -> String {
    clone_of(DEMO.get_or_init(load_demo))
}

/// Loads the demo province into a database of its own.
pub fn load_demo() -> String {
    let name = empty();
    let made = name.clone();
    wait(async move || {
        prepare(&made).await;
        canbo::dev::load(&settings(&made), false, &|_| {}).await.unwrap();
    });
    name
}

/// One text of a query's first column, bypassing the service.
pub fn text(database: &str, sql: &str) -> String {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let (url, sql) = (url(database), sql.to_owned());
    wait(async move || {
        let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
        let row: Row = diesel::sql_query(sql).get_result(&mut conn).await.unwrap();
        row.text
    })
}

async fn found(database: &str) {
    found_at(&url(database), &settings(database)).await;
}

/// A database with the units as they were on 30 June 2025, as if nobody knew of a reform, and one account per role.
pub fn before_the_reform() -> String {
    clone_of(BEFORE.get_or_init(|| {
        let name = empty();
        let made = name.clone();
        wait(async move || {
            let mut founding = founding().unwrap();
            let eve = day("2025-06-30");
            founding.units.retain(|unit| unit.versions[0].during.holds(eve));
            for version in founding.units.iter_mut().flat_map(|unit| &mut unit.versions) {
                version.during = Period::new(version.during.from(), None).unwrap();
            }
            (founding.acts, founding.lineage, founding.abolished) = Default::default();
            found_with(&url(&made), &settings(&made), &founding).await;
        });
        name
    }))
}

/// A database with the demo province among the units of the whole country.
pub fn country() -> String {
    let name = empty();
    let made = name.clone();
    wait(async move || {
        prepare(&made).await;
        canbo::dev::load(&settings(&made), true, &|_| {}).await.unwrap();
    });
    name
}

/// Makes the units of the province and one account per role, in an empty database of any server.
pub async fn found_at(owner: &str, service: &DatabaseSettings) {
    found_with(owner, service, &founding().unwrap()).await;
}

async fn found_with(owner: &str, service: &DatabaseSettings, founding: &Founding) {
    canbo::dev::migrate_and_grant(&Secret::new(owner), &role()).await.unwrap();
    let db = Db::new(service, Clock::manual_on(day(TODAY)), Ids::seeded(1)).unwrap();
    let app = canbo::app::unserved(db).unwrap();
    let system = Caller::system("tests");
    let units = canbo::app::found(&app, &system, founding).await.unwrap().unwrap();
    for role in Role::ALL {
        let proposal = AccountProposal {
            user_name: LoginName::parse("user_name", role.name()).unwrap(),
            display_name: role.name().to_owned(),
            password: Some(Secret::new(PASSWORD)),
            cadre_id: None,
        };
        let account = canbo::identity::create_account(&app, &system, &proposal).await.unwrap().value.account;
        let grant = GrantProposal {
            holder: Holder::Account(account.id),
            role: *role,
            unit_id: units["province"].0,
            during: Period::since(day("2015-01-01")),
        };
        canbo::identity::create_grant(&app, &system, &grant).await.unwrap();
    }
    app.db.close();
}

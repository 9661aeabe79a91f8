//! Schema changes: embedded in the binary, applied by `canbo migrate` (and by `canbo dev`), never by `canbo serve`.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;
use super::failure::from_diesel;
use crate::platform::config::Secret;
use crate::platform::error::{Error, Result};

/// All migrations, oldest first.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// One number for the advisory lock that keeps two migrating processes apart.
pub(super) const LOCK: i64 = 0x6361_6e62_6f01;

/// Applies what is pending and gives the versions applied. Needs a multi-thread runtime.
pub async fn migrate(url: &Secret) -> Result<Vec<String>> {
    run(url, |harness| harness.run_pending_migrations(MIGRATIONS).map(names)).await
}

/// Takes everything back, newest first, and gives the versions reverted.
pub async fn revert_all(url: &Secret) -> Result<Vec<String>> {
    run(url, |harness| harness.revert_all_migrations(MIGRATIONS).map(names)).await
}

type Versions = diesel::migration::Result<Vec<String>>;

#[expect(clippy::needless_pass_by_value, reason = "takes what the harness gives")]
fn names(versions: Vec<MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

async fn run(
    url: &Secret,
    work: impl FnOnce(&mut AsyncMigrationHarness<AsyncPgConnection>) -> Versions,
) -> Result<Vec<String>> {
    let mut connection = AsyncPgConnection::establish(url.reveal()).await.map_err(Error::internal)?;
    connection.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await.map_err(from_diesel)?;
    let mut harness = AsyncMigrationHarness::new(connection);
    work(&mut harness).map_err(Error::internal)
}

/// Whether the schema is the one that this binary was built for.
pub async fn is_current(conn: &mut Conn) -> Result<bool> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let rows: Vec<Row> = diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version")
        .load(conn)
        .await
        .map_err(from_diesel)?;
    let known: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().map_err(Error::internal)?;
    let mut expected: Vec<String> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    expected.sort();
    Ok(rows.into_iter().map(|row| row.version).eq(expected))
}

//! Schema changes: embedded in the binary, applied by `canbo migrate` (and by `canbo dev`), never by `canbo serve`.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;
use super::address::connect_alone;
use super::failure::from_diesel;
use crate::platform::config::Secret;
use crate::platform::error::{Error, Result};

/// All migrations, oldest first.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// One number for the advisory lock that keeps two migrating processes apart.
pub(super) const LOCK: i64 = 0x6361_6e62_6f01;

/// Applies what is pending and gives the versions applied. Needs a multi-thread runtime.
pub async fn migrate(url: &Secret, ca_file: Option<&Path>) -> Result<Vec<String>> {
    run(url, ca_file, |harness| harness.run_pending_migrations(MIGRATIONS).map(names)).await
}

/// Takes everything back, newest first, and gives the versions reverted.
pub async fn revert_all(url: &Secret, ca_file: Option<&Path>) -> Result<Vec<String>> {
    run(url, ca_file, |harness| harness.revert_all_migrations(MIGRATIONS).map(names)).await
}

type Versions = diesel::migration::Result<Vec<String>>;

#[expect(clippy::needless_pass_by_value, reason = "takes what the harness gives")]
fn names(versions: Vec<MigrationVersion<'_>>) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

/// How long it may take to reach the server.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

async fn run(
    url: &Secret,
    ca_file: Option<&Path>,
    work: impl FnOnce(&mut AsyncMigrationHarness<AsyncPgConnection>) -> Versions,
) -> Result<Vec<String>> {
    let mut connection = connect_alone(url, ca_file, CONNECT).await.map_err(Error::internal)?;
    connection.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await.map_err(from_diesel)?;
    let mut harness = AsyncMigrationHarness::new(connection);
    work(&mut harness).map_err(Error::internal)
}

/// Whether every schema change that this binary was built for is there. A newer version may have added its own: while
/// versions are exchanged both serve.
pub async fn is_current(conn: &mut Conn) -> Result<bool> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let rows: Vec<Row> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(conn).await.map_err(from_diesel)?;
    let known: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().map_err(Error::internal)?;
    let applied: BTreeSet<String> = rows.into_iter().map(|row| row.version).collect();
    Ok(known.iter().all(|migration| applied.contains(&migration.name().version().to_string())))
}

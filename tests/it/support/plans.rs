//! The plans of the statements that the service sends, told by PostgreSQL's own `auto_explain` as notices of the service's
//! connections, which the driver logs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::database;

static TOLD: Mutex<Vec<Value>> = Mutex::new(Vec::new());
static ALONE: Mutex<()> = Mutex::new(());

/// Hears what the driver logs.
struct Ear;

impl log::Log for Ear {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("tokio_postgres")
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = record.args().to_string();
        let plan = text.split_once("plan:\n").and_then(|(_, plan)| serde_json::from_str(plan).ok());
        TOLD.lock().unwrap_or_else(PoisonError::into_inner).extend(plan);
    }

    fn flush(&self) {}
}

/// Hears the plans of one database, alone in the process.
pub struct Plans {
    told: &'static Mutex<Vec<Value>>,
    _alone: MutexGuard<'static, ()>,
}

impl Plans {
    /// Of a database to which the service connects later.
    pub fn of(database: &str) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        if log::set_logger(&Ear).is_ok() {
            log::set_max_level(log::LevelFilter::Info);
        }
        let settings = [
            ("session_preload_libraries", "'auto_explain'"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_format", "'json'"),
            ("auto_explain.log_level", "'notice'"),
        ];
        let set = |(name, value)| format!("ALTER ROLE {} IN DATABASE {database} SET {name} = {value};", database::ROLE);
        let sql: String = settings.map(set).concat();
        let database = database.to_owned();
        database::wait(async move || database::execute(&database, &sql).await);
        Self { told: &TOLD, _alone: alone }
    }

    /// Those of the statements that some work sends.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<Value>) {
        let told = || std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        told();
        let done = work();
        (done, told())
    }
}

/// The nodes of a plan: each its kind, the table that it reads and the index by which.
pub fn nodes(plan: &Value) -> Vec<(String, String, String)> {
    let text = |name: &str| plan[name].as_str().unwrap_or_default().to_owned();
    let mut found = vec![(text("Node Type"), text("Relation Name"), text("Index Name"))];
    for child in plan["Plans"].as_array().into_iter().flatten() {
        found.extend(nodes(child));
    }
    found
}

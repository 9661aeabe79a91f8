//! The two roles of the database: the owner, who migrates, and the role of the service, which may read and write rows and
//! nothing else. It cannot change the schema, the past of the audit record, or delete where the service never deletes.

use std::path::Path;
use std::str::FromStr;

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::Db;
use super::address::{connect_alone, without_mode};
use super::failure::from_diesel;
use super::migrate::{CONNECT, LOCK};
use crate::platform::config::Secret;
use crate::platform::error::{Error, Result};

/// The tables that the service deletes from; a law test holds them against the sources.
pub const DELETES: &[&str] = &[
    "decided_retirements",
    "idempotency_keys",
    "revoked_tokens",
    "rotation_moves",
    "rotation_plan_items",
    "scope_tree",
    "sign_in_tries",
    "unit_ancestors",
];
/// The tables whose rows the service inserts and never changes.
pub const APPENDS: &[&str] = &[
    "audit_checkpoints",
    "cadre_versions",
    "outbox_events",
    "rotation_invitations",
    "rotation_signatures",
    "rotation_verdicts",
];
/// The tables that the service reads alone: the record is written by a function of the owner.
pub const READS: &[&str] = &["__diesel_schema_migrations", "audit_entries", "audit_subjects"];
/// The functions of ours that the service calls.
pub const CALLS: &[&str] = &["append_audit_entries(bytea[])"];
/// What holds in every session of the role, whatever its connection asks for.
const SETTINGS: &[(&str, &str)] =
    &[("statement_timeout", "5s"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "10s")];

/// The role that `canbo serve` connects as.
#[derive(Clone, Debug)]
pub struct ServiceRole {
    name: String,
    password: Option<Secret>,
}

impl ServiceRole {
    /// A role by its name, with the password that it gets when it has to be made.
    pub fn new(name: &str, password: Option<Secret>) -> Self {
        Self { name: name.to_owned(), password }
    }

    /// The role that a `postgresql://` address names.
    pub fn of_url(url: &Secret) -> Result<Self> {
        let config = tokio_postgres::Config::from_str(&without_mode(url.reveal()).0)
            .map_err(|_| Error::internal("the address of the database cannot be read"))?;
        let name = config.get_user().ok_or_else(|| Error::internal("the address of the database names no user"))?;
        let password = config.get_password().and_then(|bytes| std::str::from_utf8(bytes).ok());
        Ok(Self::new(name, password.map(Secret::new)))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.name.replace('"', "\"\""))
    }

    /// What makes it; without the password when it is to be shown.
    fn creation(&self, shown: bool) -> String {
        let password = match &self.password {
            Some(_) if shown => " PASSWORD '...'".to_owned(),
            Some(password) => format!(" PASSWORD {}", literal(password.reveal())),
            None => String::new(),
        };
        format!(
            "CREATE ROLE {} LOGIN{password} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS",
            self.quoted()
        )
    }

    /// What it may.
    fn grants(&self) -> String {
        let role = self.quoted();
        format!(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
             GRANT USAGE ON SCHEMA public TO {role}; \
             REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}; \
             REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}; \
             GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}; \
             GRANT DELETE ON {} TO {role}; REVOKE UPDATE ON {} FROM {role}; REVOKE INSERT, UPDATE ON {} FROM {role}; \
             GRANT EXECUTE ON FUNCTION {} TO {role};",
            DELETES.join(", "),
            APPENDS.join(", "),
            READS.join(", "),
            CALLS.join(", "),
        )
    }
}

fn literal(text: &str) -> String {
    // With a backslash in it the plain form would depend on a setting of the server.
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Makes the role where it is not there, and gives it exactly what the service needs in this database. Told after every
/// migration, since new tables have no grants.
pub async fn grant(owner: &Secret, ca_file: Option<&Path>, role: &ServiceRole) -> Result<()> {
    let mut conn = connect_alone(owner, ca_file, CONNECT).await.map_err(Error::internal)?;
    let mut run = async |sql: &str| conn.batch_execute(sql).await.map_err(from_diesel);
    run(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    // Databases of one server share their roles: another one may be at the same.
    let made = run(&format!(
        "DO $do$ BEGIN IF to_regrole({name}) IS NULL THEN {}; END IF; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$",
        role.creation(false),
        name = literal(&role.quoted()),
    ))
    .await;
    if let Err(error) = made {
        return Err(Error::internal(format!(
            "the role of the service cannot be made here ({}); let an administrator of the server run: {}; then run canbo migrate again",
            error.chain(),
            role.creation(true)
        )));
    }
    run(&format!("BEGIN; {} COMMIT", role.grants())).await?;
    // Neither the schema's nor anybody's temporary tables.
    for (what, sql) in [
        (
            "temporary tables",
            "EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());".to_owned(),
        ),
        ("time limits", in_database(role, SETTINGS)),
        ("the language of messages", in_database(role, &[("lc_messages", "C")])),
    ] {
        if let Err(error) = run(&format!("DO $do$ BEGIN {sql} END $do$")).await {
            log::warn!("the role {} could not be given its limit of {what}: {}", role.name, error.chain());
        }
    }
    Ok(())
}

fn in_database(role: &ServiceRole, settings: &[(&str, &str)]) -> String {
    let statement = |(name, value): &(&str, &str)| {
        let (role, value) = (role.quoted(), literal(value));
        format!(
            "EXECUTE format('ALTER ROLE %s IN DATABASE %I SET {name} = %L', {}, current_database(), {value});",
            literal(&role)
        )
    };
    settings.iter().map(statement).collect()
}

#[derive(QueryableByName)]
struct Fault {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Bool)]
    holds: bool,
}

impl Db {
    /// What the role of this pool may and should not.
    pub async fn role_faults(&self) -> Result<Vec<String>> {
        let faults: Vec<Fault> = diesel::sql_query(
            "SELECT f.what, f.holds FROM pg_roles r, LATERAL (VALUES \
               ('is a superuser', r.rolsuper), \
               ('passes row security', r.rolbypassrls), \
               ('makes roles', r.rolcreaterole), \
               ('makes databases', r.rolcreatedb), \
               ('replicates', r.rolreplication), \
               ('may make tables', has_schema_privilege('public', 'CREATE')), \
               ('owns tables', EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND pg_has_role(c.relowner, 'MEMBER'))), \
               ('may change the audit record', EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace \
                  AND c.relname IN ('audit_entries', 'audit_subjects', 'audit_checkpoints') \
                  AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')))) AS f (what, holds) \
             WHERE r.rolname = current_user",
        )
        .load(&mut self.read().await?)
        .await?;
        Ok(faults.into_iter().filter(|fault| fault.holds).map(|fault| fault.what).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_are_quoted() {
        let role = ServiceRole::of_url(&Secret::new("postgresql://can%22bo:p%27w%5C@h/d")).unwrap();
        assert_eq!(role.name(), "can\"bo");
        assert!(role.creation(false).starts_with(r#"CREATE ROLE "can""bo" LOGIN PASSWORD E'p''w\\' NOSUPERUSER"#));
        assert!(!role.creation(true).contains("p''w"));
        assert!(ServiceRole::of_url(&Secret::new("postgresql://h/d")).is_err());
    }
}

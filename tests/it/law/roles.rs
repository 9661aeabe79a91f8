//! What the role of the service may do in the database: what the service does, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use canbo::platform::config::Secret;
use canbo::platform::db::migrate::migrate;
use canbo::platform::db::roles::{APPENDS, CALLS, DELETES, READS, ServiceRole, grant};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::Value;

use super::none;
use super::schema::catalog;
use super::source::sources;
use crate::support::{TestApp, database};

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("no {field} in {row}"))
}

/// Runs statements one by one as the role of the service; gives what the server said to each.
fn as_service(database: &str, statements: Vec<String>) -> Vec<(String, Option<String>)> {
    let url = database::service_url(database);
    database::wait(async move || {
        let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
        let mut told = Vec::new();
        for sql in statements {
            let failed = conn.batch_execute(&sql).await.err().map(|error| error.to_string());
            told.push((sql, failed));
        }
        told
    })
}

/// A03: the service's role cannot change, empty or forge the record, nor put its triggers out of the way; its owner cannot
/// change it by accident.
#[test]
fn the_service_cannot_touch_the_past_of_the_record() {
    let app = TestApp::start();
    let mut statements: Vec<String> = Vec::new();
    for table in ["audit_entries", "audit_subjects", "audit_checkpoints"] {
        statements.extend([
            format!("UPDATE {table} SET seq = seq"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
            format!("TRUNCATE {table} CASCADE"),
            format!("ALTER TABLE {table} DISABLE TRIGGER ALL"),
            format!("ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"),
            format!("DROP TRIGGER {table}_append_only ON {table}"),
            format!("DROP TABLE {table} CASCADE"),
            format!("ALTER TABLE {table} RENAME TO gone"),
            format!(
                "CREATE TRIGGER other BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
            ),
            format!("CREATE RULE other AS ON DELETE TO {table} DO INSTEAD NOTHING"),
            format!("DO $$ BEGIN LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; END $$"),
        ]);
    }
    statements.extend(
        [
            "INSERT INTO audit_entries SELECT * FROM audit_entries LIMIT 1",
            "INSERT INTO audit_subjects VALUES (1, gen_random_uuid())",
            "SET session_replication_role = replica",
            "SET ROLE postgres",
            "CREATE OR REPLACE FUNCTION append_audit_entries(entries bytea[]) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
            "DROP FUNCTION append_audit_entries(bytea[])",
            "ALTER FUNCTION append_audit_entries(bytea[]) SECURITY INVOKER",
            "CREATE TABLE mine (id int)",
            "CREATE TEMP TABLE audit_entries (id int)",
            "CREATE SCHEMA mine",
            "CREATE EXTENSION dblink",
            "CREATE ROLE mine",
            "ALTER ROLE canbo_service SUPERUSER",
            "ALTER TABLE cadres ADD COLUMN mine int",
            "UPDATE __diesel_schema_migrations SET version = version",
            "DELETE FROM cadres",
            "DELETE FROM accounts",
            "TRUNCATE cadres",
            "UPDATE outbox_events SET kind = 'x'",
        ]
        .map(str::to_owned),
    );
    // The clone does not take the database's own grants with it.
    app.execute(&format!("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", app.database));
    let told = as_service(&app.database, statements);
    let allowed: Vec<String> = told
        .iter()
        .filter(|(_, said)| {
            said.as_deref().is_none_or(|said| !said.contains("permission denied") && !said.contains("must be"))
        })
        .map(|(sql, said)| format!("{sql}: {said:?}"))
        .collect();
    none("The role of the service is denied this.", &allowed);

    // As the owner, without putting the triggers away.
    let (name, mut passed) = (app.database.clone(), Vec::new());
    for sql in [
        "UPDATE audit_entries SET code = 'x'",
        "DELETE FROM audit_subjects",
        "TRUNCATE audit_entries CASCADE",
        "DELETE FROM audit_checkpoints",
    ] {
        let url = database::url(&name);
        let said = database::wait(async move || {
            AsyncPgConnection::establish(&url)
                .await
                .unwrap()
                .batch_execute(sql)
                .await
                .err()
                .map(|error| error.to_string())
        });
        if said.as_deref().is_none_or(|said| !said.contains("only appended to")) {
            passed.push(format!("{sql}: {said:?}"));
        }
    }
    none("The record is only appended to.", &passed);
}

/// Z13: the role is no owner, no superuser, makes nothing, and has exactly the grants that are written down.
#[test]
fn the_role_of_the_service_has_the_grants_that_it_needs_and_no_others() {
    let role = database::ROLE;
    let roles = catalog(&format!(
        "SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit AND EXISTS \
         (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) AS strong FROM pg_roles r WHERE rolname = '{role}'"
    ));
    assert_eq!((roles.len(), &roles[0]["strong"]), (1, &Value::Bool(false)));
    let owned = catalog(&format!(
        "SELECT relname AS name FROM pg_class WHERE pg_get_userbyid(relowner) = '{role}' \
         UNION ALL SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = '{role}' \
         UNION ALL SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = '{role}'"
    ));
    assert!(owned.is_empty(), "it owns {owned:?}");

    let mut actual: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in catalog(&format!(
        "SELECT c.relname AS name, a.privilege_type AS may FROM pg_class c, LATERAL aclexplode(c.relacl) a \
         WHERE c.relnamespace = 'public'::regnamespace AND a.grantee IN (0, '{role}'::regrole)"
    )) {
        actual.entry(text(&row, "name").to_owned()).or_default().insert(text(&row, "may").to_owned());
    }
    let tables = catalog(
        "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
    );
    assert!(tables.len() > 28, "only {} tables", tables.len());
    let (mut wanted, mut breaches) = (BTreeMap::new(), Vec::new());
    for row in &tables {
        let name = text(row, "name");
        let mut may = BTreeSet::from(["SELECT".to_owned()]);
        if !READS.contains(&name) {
            may.insert("INSERT".to_owned());
            if !APPENDS.contains(&name) {
                may.insert("UPDATE".to_owned());
            }
        }
        if DELETES.contains(&name) {
            may.insert("DELETE".to_owned());
        }
        wanted.insert(name.to_owned(), may);
    }
    for (name, may) in &actual {
        if wanted.get(name) != Some(may) {
            breaches.push(format!("{name}: it may {may:?}, wanted {:?}", wanted.get(name)));
        }
    }
    breaches.extend(wanted.keys().filter(|name| !actual.contains_key(*name)).map(|name| format!("{name}: no grants")));

    // A view runs as its owner unless it says otherwise; a function that runs as its owner is one that is written down.
    for view in catalog(
        "SELECT relname AS name, coalesce(reloptions::text, '') AS options FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace",
    ) {
        if !text(&view, "options").contains("security_invoker=true") {
            breaches.push(format!("the view {} runs as its owner", text(&view, "name")));
        }
    }
    let mut called = BTreeSet::new();
    for function in catalog(&format!(
        "SELECT p.oid::regprocedure::text AS name, p.prosecdef AS definer, coalesce(p.proconfig::text, '') AS config, \
         has_function_privilege('{role}', p.oid, 'EXECUTE') AS called, pg_get_userbyid(p.proowner) AS owner \
         FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace \
         AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    )) {
        let name = text(&function, "name").to_owned();
        if function["definer"] == true && !text(&function, "config").contains("search_path=pg_catalog, pg_temp") {
            breaches.push(format!("{name} runs as {} with a search path that others set", text(&function, "owner")));
        }
        if function["called"] == true {
            called.insert(name.clone());
        }
        if function["definer"] == true && !CALLS.contains(&&*name) {
            breaches.push(format!("{name} runs as its owner"));
        }
    }
    assert_eq!(called, CALLS.iter().map(|name| (*name).to_owned()).collect());
    let schema = catalog(&format!(
        "SELECT has_schema_privilege('{role}', 'public', 'CREATE') AS makes, has_schema_privilege('{role}', 'public', 'USAGE') AS uses"
    ));
    assert_eq!((&schema[0]["makes"], &schema[0]["uses"]), (&Value::Bool(false), &Value::Bool(true)));
    none("Z13: the grants of the service's role.", &breaches);
}

/// Z13: what the service deletes from is what it may delete from.
#[test]
fn deletes_are_written_down() {
    let (mut found, mut seen) = (BTreeSet::new(), 0);
    for source in sources().iter().filter(|source| !source.is_test()) {
        let flat: String = source.code.split_whitespace().collect();
        for (at, start) in flat.match_indices("diesel::delete(") {
            seen += 1;
            found.insert(flat[at + start.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
        for (_, sql) in &source.strings {
            let sql = sql.to_lowercase();
            for (at, start) in sql.match_indices("delete from ") {
                seen += 1;
                found
                    .insert(sql[at + start.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    assert!(seen >= 3, "only {seen} deletes");
    let allowed: BTreeSet<String> = DELETES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(found, allowed, "what src deletes from against DELETES in src/platform/db/roles.rs");
}

/// Z13: `canbo migrate` makes the role of `DATABASE_URL`, limits its time, and says what to run where it may not.
#[test]
fn migrate_makes_the_role_or_says_how() {
    let database = database::empty();
    let name = format!("canbo_made_{}", std::process::id());
    let address = database::url(&database);
    let service = address.replacen("://postgres@", &format!("://{name}:it's%5Cme@"), 1);
    if service == address {
        // The given server's administrator has another name.
        return migrate_over_a_given_server(&database);
    }
    let run = |owner: &str, service: &str| {
        let done = Command::new(env!("CARGO_BIN_EXE_canbo"))
            .arg("migrate")
            .env_clear()
            .env("MIGRATE_DATABASE_URL", owner)
            .env("DATABASE_URL", service)
            .output()
            .unwrap();
        (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let (good, said) = run(&address, &service);
    assert!(good && said.contains(&format!("the role {name} has the grants")), "{said}");
    assert!(!said.contains("it's"), "the password is told: {said}");
    let asked = format!(
        "SELECT string_agg(s, ' ' ORDER BY s) AS text FROM pg_db_role_setting r, unnest(r.setconfig) s \
         WHERE r.setrole = '{name}'::regrole AND r.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    let limits = "idle_in_transaction_session_timeout=10s lc_messages=C lock_timeout=2s statement_timeout=5s";
    assert_eq!(database::text(&database, &asked), limits);
    // Again is the same, and what somebody granted by hand is taken back.
    database::wait({
        let (database, sql) = (database.clone(), format!("GRANT DELETE ON cadres TO {name}"));
        async move || database::execute(&database, &sql).await
    });
    assert!(run(&address, &service).0);
    let may = format!("SELECT has_table_privilege('{name}', 'cadres', 'DELETE')::text AS text");
    assert_eq!(database::text(&database, &may), "false");

    // An owner who may not make roles says what an administrator has to run, without the password.
    let (owner, other) = (format!("{name}_owner"), database::empty());
    database::wait({
        let sql = format!("CREATE ROLE {owner} LOGIN; ALTER DATABASE {other} OWNER TO {owner}");
        let extensions = "CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm";
        let other = other.clone();
        async move || {
            database::execute("postgres", &sql).await;
            database::execute(&other, extensions).await;
        }
    });
    let owner_address = database::url(&other).replacen("://postgres@", &format!("://{owner}@"), 1);
    let second = service.replacen(&name, &format!("{name}_second"), 1).replacen(&database, &other, 1);
    let (good, said) = run(&owner_address, &second);
    assert!(
        !good && said.contains(&format!("CREATE ROLE \"{name}_second\" LOGIN PASSWORD '...' NOSUPERUSER")),
        "{said}"
    );
    // With the role made by somebody else, the owner's grants are enough.
    let first = service.replacen(&database, &other, 1);
    assert!(run(&owner_address, &first).0);
}

/// The same without the binary, for a server whose address is not ours to take apart.
fn migrate_over_a_given_server(database: &str) {
    let (name, url) = (format!("canbo_made_{}", std::process::id()), Secret::new(database::url(database)));
    database::wait(async move || {
        migrate(&url, None).await.unwrap();
        let role = ServiceRole::new(&name, Some(Secret::new("it's\\me")));
        grant(&url, None, &role).await.unwrap();
        grant(&url, None, &role).await.unwrap();
    });
}

/// Z13: a service that others reach does not start as a role that could change the record; on loopback it warns.
#[test]
fn serve_refuses_a_role_that_is_too_strong() {
    let database = database::founded();
    let key = std::env::temp_dir().join(format!("canbo-key-{}", std::process::id()));
    std::fs::create_dir_all(&key).unwrap();
    let keys = ["keys", "--folder", key.to_str().unwrap(), "new"];
    assert!(Command::new(env!("CARGO_BIN_EXE_canbo")).args(keys).output().unwrap().status.success());
    let run = Command::new(env!("CARGO_BIN_EXE_canbo"))
        .arg("serve")
        .env_clear()
        .env("DATABASE_URL", database::url(&database))
        .env("CANBO_ISSUER", "http://127.0.0.1")
        .env("CANBO_SIGNING_KEYS", &key)
        .env("CANBO_LISTEN", "0.0.0.0:1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(
        !run.status.success() && said.contains("is a superuser") && said.contains("may change the audit record"),
        "{said}"
    );
    std::fs::remove_dir_all(key).unwrap();
    // And the role of the tests has no faults.
    let app = TestApp::on(database);
    let parts = app.app.clone();
    assert_eq!(database::wait(async move || parts.db.role_faults().await.unwrap()), Vec::<String>::new());
}

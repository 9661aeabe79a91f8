//! Every operation x every role, against the real service: who is let in is what the document says, and the grid of both
//! is a file, so that a change of it is seen in review.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use canbo::identity::model::{Permission, Role};
use serde_json::json;

use super::none;
use super::source::{Kind, sources};
use super::walker::{Call, Operation, document, operations};
use crate::authz::world::{World, everything, fitting, in_earnest, permission, world};
use crate::support::{Client, PASSWORD, TestApp};

const GRID: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/law/authz_grid.txt");

/// What anybody may call. The file list is short on purpose: a new entry is a decision about the whole province.
const PUBLIC: [&str; 12] = [
    "createSession",
    "getAuthorizationServer",
    "getHealth",
    "getJwks",
    "getMetrics",
    "getOpenapi",
    "getProblemPage",
    "getReadiness",
    "refreshSession",
    "createClientToken",
    "introspectClientToken",
    "revokeClientToken",
];

/// Z02: the public list is exact: what is not on it needs a token, and what is on it does not.
#[test]
fn without_a_token_nothing_opens_but_what_is_public() {
    let (app, document) = (TestApp::start(), document());
    let (mut breaches, mut open) = (Vec::new(), BTreeSet::new());
    let forged = app.anonymous().with_token("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJ4In0.");
    for operation in operations(&document) {
        for client in [app.anonymous(), forged.clone()] {
            let answer = Call::of(&document, &operation).send(&client, &operation);
            if permission(&operation).is_none() {
                open.insert(operation.id.clone());
                if answer.status >= 500 || answer.body["code"] == "unauthenticated" {
                    breaches.push(format!("{} is public and answers {}", operation.id, answer.status));
                }
            } else if answer.status != 401 || answer.header("www-authenticate") != "Bearer realm=\"canbo\"" {
                breaches.push(format!("{} answers {} without a token", operation.id, answer.status));
            }
        }
    }
    assert_eq!(open, PUBLIC.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>());
    none("Everything needs a token but what is public.", &breaches);
}

/// Everybody who asks, in the order of the grid: without a role, then each role here, next door, and as a system.
fn askers(world: &World) -> Vec<(String, Option<Role>, Client)> {
    let junk = world.app.anonymous().with_token("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJ4In0.");
    let without = [("anonymous", world.app.anonymous()), ("junk", junk), ("expired", world.expired.clone())];
    let mut askers: Vec<_> = without.into_iter().map(|(name, client)| (name.to_owned(), None, client)).collect();
    askers.push(("no role".to_owned(), None, world.nobody.clone()));
    for role in Role::ALL {
        for (place, clients) in [("", &world.callers), (" next door", &world.neighbours), (" system", &world.machines)]
        {
            askers.push((format!("{}{place}", role.name()), Some(*role), clients[role.name()].clone()));
        }
    }
    askers
}

/// Z01 Z02 Z03: every operation x every kind of caller is as the grid in the file says, an operation that is not in it
/// fails, and the calls that are refused change nothing.
#[test]
fn everybody_is_let_in_as_the_document_and_the_grid_say() {
    let (world, document) = (world(), document());
    let mut operations = operations(&document);
    operations.sort_by_key(|operation| (operation.path.clone(), operation.method.to_string()));
    let known: BTreeSet<&str> = Role::ALL.iter().flat_map(|role| role.permissions()).map(|p| p.name()).collect();
    let (askers, before) = (askers(world), everything(&world.app));
    let (mut breaches, mut refusals) = (Vec::new(), 0);
    let mut marks = vec![Vec::new(); operations.len()];
    for (operation, marks) in operations.iter().zip(&mut marks) {
        let dry = fitting(&document, operation, &world.here);
        let permission = permission(operation);
        if permission.is_some_and(|name| !name.is_empty() && !known.contains(name)) {
            breaches.push(format!("{}: no role has the permission {permission:?}", operation.id));
        }
        for (place, (name, role, client)) in askers.iter().enumerate() {
            let wanted = match permission {
                // Nobody's role matters there.
                None if place > 3 => continue,
                Some(_) if place < 3 => Some(401),
                None | Some("") => None,
                Some(name) if role.is_some_and(|role| role.permissions().iter().any(|p| p.name() == name)) => None,
                Some(_) => Some(403),
            };
            // What must be refused is tried in earnest, so that it could do harm.
            let call = if wanted.is_some() { in_earnest(&dry) } else { dry.clone() };
            let answer = call.send(client, operation);
            let needs = format!("{} (", permission.unwrap_or_default());
            // Another 403 is about the case, not about the role: a separation of duties, a thing of the province.
            let by_role = answer.status == 403 && answer.body["detail"].as_str().unwrap_or_default().contains(&needs);
            let refused = if answer.status == 401 || by_role { Some(answer.status) } else { None };
            if permission.is_some() && refused != wanted || answer.status >= 500 {
                breaches.push(format!("{} as {name}: {}, wanted {wanted:?}", operation.id, answer.text));
            }
            refusals += usize::from(wanted.is_some());
            marks.push(if answer.status < 300 { "ok".to_owned() } else { answer.status.to_string() });
        }
    }
    assert!(refusals > 800, "only {refusals} refusals");
    none("A role is let in exactly where it has the permission that the document declares.", &breaches);
    assert_eq!(before, everything(&world.app), "what was refused or only tried has changed something");

    let grid = grid(&operations, &marks);
    let kept = std::fs::read_to_string(GRID).unwrap_or_default();
    if grid != kept {
        std::fs::write(GRID, &grid).unwrap();
        panic!(
            "who may do what has changed: tests/it/law/authz_grid.txt is written anew, look at its diff and commit it"
        );
    }
}

fn grid(operations: &[Operation], marks: &[Vec<String>]) -> String {
    let mut text = String::from(
        "Who is let in: operation x caller, as the service answers; what is asked for lies in a commune. Each role: in that commune /\n\
         in the commune next door / as a system in that commune. `ok` is any 2xx. Written by the law tests.\n\n",
    );
    let columns = ["anonymous", "junk", "expired", "no role"].into_iter().chain(Role::ALL.iter().map(|r| r.name()));
    let columns: Vec<String> = columns.map(|name| format!("{name:<13}")).collect();
    let widths: Vec<usize> = columns.iter().map(String::len).collect();
    let head = format!("{:<7}{:<50}{:<27}{:<20}{}", "method", "path", "operation", "permission", columns.join(" "));
    writeln!(text, "{}", head.trim_end()).unwrap();
    for (operation, marks) in operations.iter().zip(marks) {
        let permission = match permission(operation) {
            None => "(public)",
            Some("") => "(any token)",
            Some(name) => name,
        };
        let (alone, roles) = marks.split_at(4);
        let roles = roles.chunks(3).map(|places| places.join("/"));
        let cells = alone.iter().cloned().chain(roles).zip(&widths);
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
        // A long path still stands apart from what follows.
        let (method, path, id) = (operation.method.as_str(), format!("{} ", operation.path), &operation.id);
        let line = format!("{method:<7}{path:<50}{id:<27}{permission:<20}{}", cells.join(" "));
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text
}

/// What takes part in a handler's signature, from its name to its body.
fn signature<'a>(code: &'a str, name: &str) -> &'a str {
    let start = code.find(&format!("pub async fn {name}(")).or_else(|| code.find(&format!("async fn {name}(")));
    let start = start.unwrap_or_else(|| panic!("no handler {name}"));
    &code[start..start + code[start..].find('{').unwrap()]
}

/// Z12: a handler asks for a permission by its argument or stands on the public list; what the document says of it is
/// the argument's permission, for the document is written beside the handler and not made from its types.
#[test]
fn every_handler_asks_for_the_permission_that_the_document_names() {
    let of_name: BTreeMap<String, &str> =
        Permission::ALL.iter().map(|permission| (format!("{permission:?}"), permission.name())).collect();
    let (mut breaches, mut seen) = (Vec::new(), 0);
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (at, _) in source.text.match_indices("#[utoipa::path(") {
            seen += 1;
            let text = &source.text[at..];
            let id = text.split("operation_id = \"").nth(1).unwrap().split('"').next().unwrap();
            let security = text.split("security((").nth(1).unwrap().split("))").next().unwrap();
            let name = text.split("async fn ").nth(1).unwrap().split('(').next().unwrap();
            let signature = signature(&source.code, name);
            let asked = signature.split("Caller<").nth(1).map(|rest| rest.split('>').next().unwrap());
            let asked = asked.map(|path| path.rsplit("::").next().unwrap());
            let said = security.split('"').nth(3).unwrap_or_default();
            let fits = match asked {
                None => PUBLIC.contains(&id) && !security.contains("bearer"),
                Some("SignedIn") => security.contains("bearer") && said.is_empty(),
                Some(permission) => security.contains("bearer") && of_name.get(permission) == Some(&said),
            };
            if !fits {
                breaches.push(format!("{}: {id} asks for {asked:?}, and its security is {security}", source.path));
            }
        }
    }
    assert_eq!(seen, operations(&document()).len(), "not every description was read");
    none(
        "A handler without a Caller<perm::X> is on the public list; security(...) names what its Caller asks for.",
        &breaches,
    );
}

/// A caller who lacks the permission learns nothing of what is wrong with the request.
#[test]
fn permission_comes_before_everything_else() {
    let (app, document) = (TestApp::start(), document());
    let mut breaches = Vec::new();
    let mut seen = 0;
    for operation in operations(&document) {
        let Some(permission) = permission(&operation).filter(|permission| !permission.is_empty()) else { continue };
        let lacking = Role::ALL.iter().find(|role| role.permissions().iter().all(|p| p.name() != permission));
        let Some(role) = lacking else { continue };
        let client = app.sign_in(role.name());
        let good = Call::of(&document, &operation);
        let no_conditions = Call { headers: Vec::new(), body: good.body.as_ref().map(|_| json!({})), ..good.clone() };
        let bad_query = Call { query: vec![("colour".to_owned(), "red".to_owned())], ..good.clone() };
        let bad_path = Call { path: good.path.replace(super::walker::NOBODY, "not-an-id"), ..good.clone() };
        for call in [no_conditions, bad_query, bad_path] {
            seen += 1;
            for (client, wanted) in [(&client, 403), (&app.anonymous(), 401)] {
                let status = call.send(client, &operation).status;
                if status != wanted {
                    breaches.push(format!("{} {call}: {status}, wanted {wanted}", operation.id));
                }
            }
        }
    }
    assert!(seen > 40, "only {seen} calls");
    none("Who may not call is told so first.", &breaches);
}

/// Z02: the router holds what the document describes: handlers get in through `#[get("...")]` beside `#[utoipa::path]`.
#[test]
fn there_are_no_routes_beside_the_document() {
    let (mut routes, mut described, mut breaches) = (0, 0, Vec::new());
    for source in sources().iter().filter(|source| !source.is_test()) {
        for line in source.code.lines() {
            let method = ["get", "post", "put", "patch", "delete", "head", "options", "trace", "route"];
            routes += usize::from(method.iter().any(|method| line.starts_with(&format!("#[{method}("))));
            described += usize::from(line.starts_with("#[utoipa::path("));
        }
        if source.path != "src/app.rs" {
            for word in
                ["web::to(", "web::get(", "web::post(", "web::resource(", "web::route(", ".route(", "web::scope("]
            {
                breaches.extend(source.lines_with(word));
            }
        }
    }
    let operations = operations(&document()).len();
    assert_eq!((routes, described), (operations, operations), "(routes, descriptions) against operations");
    none("A route has its description beside it.", &breaches);
    // What app.rs serves beyond the document.
    let app = TestApp::start();
    assert_eq!(app.anonymous().get("/docs").expect(307).header("location"), "/docs/");
    app.anonymous().get("/docs/").expect(200);
    assert_eq!(app.anonymous().post("/v1/sessions", &json!({"user_name": "reader", "password": PASSWORD})).status, 200);
}

/// Reads of a store that take no scope, each with why nobody sees by it what they may not.
const UNSCOPED: [(&str, &str, &[&str]); 30] = [
    (
        "src/audit/store.rs",
        "the record as a whole, for who inspects the whole province, as the handlers check first",
        &[
            "checkpoints",
            "count_checkpoints",
            "first_broken_checkpoint",
            "hashes",
            "head",
            "insert_checkpoint",
            "stored",
        ],
    ),
    ("src/audit/store.rs", "who read the file of a person whom the caller's scope holds", &["accesses"]),
    (
        "src/cadres/store/entries.rs",
        "entries of a person whom the service has found in scope first",
        &["find_planning", "find_qualification", "plannings", "qualifications"],
    ),
    ("src/cadres/store/entries.rs", "titles that the people of a case in scope are planned for", &["planned_titles"]),
    ("src/cadres/store/facts.rs", "of people whom the service has found in scope first", &["decided_retirements"]),
    ("src/cadres/store/limits.rs", "where titles stand is the same for the whole province", &["title_places"]),
    (
        "src/identity/store/accounts.rs",
        "who calls is not known yet",
        &["account_in_session", "account_with_grants", "login"],
    ),
    ("src/identity/store/clients.rs", "who calls is not known yet", &["client_secrets_of", "client_with_grants"]),
    ("src/identity/store/sessions.rs", "who calls is not known yet", &["owner_of_token"]),
    ("src/identity/store/sessions.rs", "of the caller's own account", &["list_sessions"]),
    (
        "src/identity/store/tries.rs",
        "counts of tries, whoever tries",
        &["charge_try", "forget_revoked_tokens", "forget_tries", "give_try_back"],
    ),
    ("src/identity/store/accounts.rs", "whether who prepared a case in scope signs for it", &["cadre_of"]),
    ("src/identity/store/accounts.rs", "names of who acted on what is in scope", &["names_of"]),
    ("src/identity/store/accounts.rs", "names that a password must not be", &["labels_around", "units_of_account"]),
    ("src/identity/store/accounts.rs", "the command line", &["find_account_by_name"]),
    ("src/identity/store/grants.rs", "the command line", &["has_grants"]),
    (
        "src/organisations/store/places.rs",
        "what became of units that the service has found in files and posts in scope first",
        &["places"],
    ),
    (
        "src/organisations/store/zones.rs",
        "the zones of units that the service has found from posts in scope first",
        &["zones_on"],
    ),
    ("src/organisations/store.rs", "whether there is a province, and its top", &["any", "root"]),
    (
        "src/posts/store/appointments.rs",
        "who stands in the way; the service keeps what the caller may see of it",
        &["holdings", "standing"],
    ),
    ("src/posts/store/careers.rs", "of people whom the service has found in scope first", &["careers", "posts_held"]),
    ("src/posts/store/freezes.rs", "of posts that the service has found in scope first", &["freezes"]),
    ("src/posts/store/stand_ins.rs", "of posts that the service has found in scope first", &["in_charge"]),
    (
        "src/posts/store/standards.rs",
        "the same for the whole province",
        &["any_standard", "find_standard", "list_standards", "standards_on"],
    ),
    (
        "src/posts/store/titles.rs",
        "the same for the whole province",
        &["find_title", "ladder", "list_titles", "title_ids", "title_refs"],
    ),
    (
        "src/rotations/store/postings.rs",
        "of a case that the service has found in scope first",
        &["posting_of", "since"],
    ),
    ("src/regulations/store.rs", "the same for the whole province", &["current", "find", "keys", "list", "on_day"]),
    (
        "src/rotations/store/authority.rs",
        "the same for the whole province",
        &["authorities_on", "find_authority", "list_authorities"],
    ),
    (
        "src/rotations/store/delegations.rs",
        "who may sign for posts; the service keeps what the caller may see of it",
        &["delegates"],
    ),
    (
        "src/training/store/programmes.rs",
        "the same for the whole province",
        &["find_programme", "known_programmes", "list_programmes"],
    ),
];

/// Reads of a store whose scope is another argument: the unit that the service has found in scope, the units of several
/// scopes, a list of cases.
const SCOPED_OTHERWISE: [(&str, &[&str]); 4] = [
    ("src/calendar/store.rs", &["count", "events"]),
    ("src/reorganisations/store.rs", &["due"]),
    ("src/reports/store.rs", &["rotations", "training", "unit_names"]),
    ("src/rotations/store.rs", &["due", "numbers"]),
];

/// Z05: reading is through a scope: a read of a store takes one (or what is made of one: `Sight`, `Reach`), takes part in
/// a change, or stands above with its reason. The lists only shrink: what no longer stands in them fails.
#[test]
fn reading_is_through_a_scope() {
    let (mut unscoped, mut seen) = (BTreeSet::new(), 0);
    for source in sources().iter().filter(|source| !source.is_test() && source.kind() == Kind::Store) {
        for part in source.code.split("pub async fn ").skip(1) {
            seen += 1;
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let signature = part.split('{').next().unwrap();
            if !["&Scope", "&Sight", "&Reach", "&mut Tx"].iter().any(|scope| signature.contains(scope)) {
                unscoped.insert((source.path.clone(), name));
            }
        }
    }
    assert!(seen > 70, "only {seen} functions of stores");
    let listed = UNSCOPED.iter().map(|(path, _, names)| (path, names));
    let listed = listed.chain(SCOPED_OTHERWISE.iter().map(|(path, names)| (path, names)));
    let listed: BTreeSet<(String, String)> =
        listed.flat_map(|(path, names)| names.iter().map(|name| ((*path).to_owned(), (*name).to_owned()))).collect();
    let breaches: Vec<String> = unscoped
        .symmetric_difference(&listed)
        .map(|(path, name)| {
            format!(
                "{path}: {name} {}",
                if listed.contains(&(path.clone(), name.clone())) {
                    "is listed and need not be"
                } else {
                    "takes no scope"
                }
            )
        })
        .collect();
    none("Reading is through a Scope.", &breaches);
}

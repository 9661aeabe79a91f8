//! Every operation x every role, against the real service: who is let in is what the document says, and the grid of both
//! is a file, so that a change of it is seen in review.

use std::collections::BTreeSet;
use std::fmt::Write;

use canbo::identity::model::Role;
use serde_json::json;

use super::none;
use super::source::sources;
use super::walker::{Call, Operation, document, operations};
use crate::support::{PASSWORD, TestApp};

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

fn bearer(operation: &Operation) -> Option<&str> {
    operation.needs.as_ref().filter(|(scheme, _)| scheme == "bearer").map(|(_, permission)| permission.as_str())
}

#[test]
fn without_a_token_nothing_opens_but_what_is_public() {
    let (app, document) = (TestApp::start(), document());
    let (mut breaches, mut open) = (Vec::new(), BTreeSet::new());
    let forged = app.anonymous().with_token("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJ4In0.");
    for operation in operations(&document) {
        for client in [app.anonymous(), forged.clone()] {
            let answer = Call::of(&document, &operation).send(&client, &operation);
            if bearer(&operation).is_none() {
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

/// Asks as a role; a call that ends its own session is followed by a new one.
fn ask(app: &TestApp, role: Role, operations: &[Operation]) -> Vec<(u16, String)> {
    let document = document();
    let mut client = app.sign_in(role.name());
    let mut answers = Vec::new();
    for operation in operations {
        let answer = Call::of(&document, operation).send(&client, operation);
        if answer.status < 300 && !operation.method.is_safe() && client.get("/v1/me").status == 401 {
            client = app.sign_in(role.name());
        }
        answers.push((answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned()));
    }
    answers
}

#[test]
fn roles_are_let_in_as_the_document_says() {
    let (app, document) = (TestApp::start(), document());
    let mut operations = operations(&document);
    operations.sort_by_key(|operation| (operation.path.clone(), operation.method.to_string()));
    let guarded: Vec<Operation> = operations.into_iter().filter(|operation| bearer(operation).is_some()).collect();
    let known: BTreeSet<&str> = Role::ALL.iter().flat_map(|role| role.permissions()).map(|p| p.name()).collect();
    let mut breaches = Vec::new();
    let mut marks = vec![Vec::new(); guarded.len()];
    for role in Role::ALL {
        for (index, (status, code)) in ask(&app, *role, &guarded).into_iter().enumerate() {
            let operation = &guarded[index];
            let permission = bearer(operation).unwrap();
            if !permission.is_empty() && !known.contains(permission) {
                breaches.push(format!("{}: no role has the permission {permission}", operation.id));
            }
            let may = permission.is_empty() || role.permissions().iter().any(|p| p.name() == permission);
            // Another 403 is about the case, not about the role: a separation of duties.
            let let_in = !(status == 403 && code == "forbidden");
            if let_in != may || status == 401 || status >= 500 {
                let wanted = if may { "let in" } else { "refused" };
                breaches.push(format!("{} as {}: {status} {code}, wanted {wanted}", operation.id, role.name()));
            }
            marks[index].push(let_in);
        }
    }
    none("A role is let in exactly where it has the permission that the document declares.", &breaches);

    let grid = grid(&guarded, &marks);
    let kept = std::fs::read_to_string(GRID).unwrap_or_default();
    if grid != kept {
        std::fs::write(GRID, &grid).unwrap();
        panic!(
            "who may do what has changed: tests/it/law/authz_grid.txt is written anew, look at its diff and commit it"
        );
    }
}

fn grid(operations: &[Operation], marks: &[Vec<bool>]) -> String {
    let mut text =
        String::from("Who is let in: operation x role, as the service answers. Written by the law tests.\n\n");
    let columns: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
    writeln!(text, "{:<7}{:<58}{:<30}{:<24}{}", "method", "path", "operation", "permission", columns.join("  "))
        .unwrap();
    for (operation, marks) in operations.iter().zip(marks) {
        let permission = match bearer(operation).unwrap() {
            "" => "(any token)",
            name => name,
        };
        let mut line =
            format!("{:<7}{:<58}{:<30}{:<24}", operation.method.as_str(), operation.path, operation.id, permission);
        for (name, may) in columns.iter().zip(marks) {
            write!(line, "{:<width$}", if *may { "yes" } else { "-" }, width = name.len() + 2).unwrap();
        }
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text
}

/// A caller who lacks the permission learns nothing of what is wrong with the request.
#[test]
fn permission_comes_before_everything_else() {
    let (app, document) = (TestApp::start(), document());
    let mut breaches = Vec::new();
    let mut seen = 0;
    for operation in operations(&document) {
        let Some(permission) = bearer(&operation).filter(|permission| !permission.is_empty()) else { continue };
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

/// The router holds what the document describes: handlers get in through `#[get("...")]` beside `#[utoipa::path]`.
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

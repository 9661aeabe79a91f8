//! Calls every operation of the document, knowing nothing else of the service.

use std::collections::BTreeMap;

use canbo::identity::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::schema::parse;
use crate::support::client::Client;
use crate::support::{Answer, TestApp};

/// An id that names nothing.
pub const NOBODY: &str = "01994f7e-1111-7000-8000-000000000bad";

/// One operation of the document.
#[derive(Clone)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    pub path: String,
    /// None: public. Else the scheme and the permission, empty where signing in is enough.
    pub needs: Option<(String, String)>,
    pub parameters: Vec<Value>,
    /// Media type and schema of the body.
    pub body: Option<(String, Value)>,
    pub value: Value,
}

/// The document, read once.
pub fn document() -> Value {
    serde_json::from_str(&canbo::app::document_text().unwrap()).unwrap()
}

/// What a reference refers to.
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').unwrap();
        schema = document.pointer(pointer).unwrap_or_else(|| panic!("{reference} refers to nothing"));
    }
    schema
}

/// All operations, by path and method.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, value) in methods.as_object().unwrap() {
            let needs = value["security"].as_array().and_then(|list| match list.as_slice() {
                [one] => {
                    let (scheme, permissions) = one.as_object()?.iter().next()?;
                    let permission = permissions.get(0).and_then(Value::as_str).unwrap_or_default();
                    Some((scheme.clone(), permission.to_owned()))
                }
                other => panic!("{method} {path}: exactly one way to be let in, not {other:?}"),
            });
            let content = value.pointer("/requestBody/content").and_then(Value::as_object);
            let body = content.map(|content| {
                let (media, body) = content.iter().next().unwrap();
                (media.clone(), resolved(document, &body["schema"]).clone())
            });
            found.push(Operation {
                id: value["operationId"].as_str().unwrap_or_default().to_owned(),
                method: Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap(),
                path: path.clone(),
                needs,
                parameters: value["parameters"].as_array().cloned().unwrap_or_default(),
                body,
                value: value.clone(),
            });
        }
    }
    assert!(found.len() > 25, "only {} operations", found.len());
    found
}

/// A value that a schema admits.
pub fn sample(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("uuid")) => json!(NOBODY),
        (Some("string"), Some("date")) => json!("2026-01-01"),
        (Some("string"), Some("date-time")) => json!("2026-01-01T00:00:00Z"),
        (Some("string"), None) => json!("x"),
        (Some("integer"), _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        (Some("boolean"), _) => json!(false),
        (Some("array"), _) => json!([]),
        _ => panic!("the walker does not know how to make a {schema}"),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// How an operation is called; the fields may be changed before.
#[derive(Clone)]
pub struct Call {
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
}

impl Call {
    /// With ids that name nothing, required parameters, and the example as the body.
    pub fn of(document: &Value, operation: &Operation) -> Self {
        let mut call = Self { path: operation.path.clone(), query: Vec::new(), headers: Vec::new(), body: None };
        for parameter in &operation.parameters {
            let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
            let value = parameter.get("example").cloned().unwrap_or_else(|| sample(document, &parameter["schema"]));
            match place {
                "path" => call.path = call.path.replace(&format!("{{{name}}}"), &plain(&value)),
                "header" if name == "Idempotency-Key" => {}
                "header" => call.headers.push((name.to_owned(), plain(&value))),
                "query" if name == "validate_only" => call.query.push((name.to_owned(), "true".to_owned())),
                "query" if parameter["required"] == true => call.query.push((name.to_owned(), plain(&value))),
                "query" => {}
                _ => panic!("{}: the walker does not know parameters in {place}", operation.id),
            }
        }
        assert!(!call.path.contains('{'), "{}: a part of {} is not declared", operation.id, operation.path);
        call.body = operation.body.as_ref().map(|(_, schema)| sample(document, schema));
        call
    }

    /// Sends it with these bytes as the body.
    fn send_raw(&self, client: &Client, operation: &Operation, media: &str, body: String) -> Answer {
        let query = serde_urlencoded::to_string(&self.query).unwrap();
        let path = if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) };
        let mut request = client.request(operation.method.clone(), &path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Answer::of(request.header("content-type", media).body(body))
    }

    /// Sends it, and checks what every answer owes.
    #[track_caller]
    pub fn send(&self, client: &Client, operation: &Operation) -> Answer {
        let query = serde_urlencoded::to_string(&self.query).unwrap();
        let path = if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) };
        let mut request = client.request(operation.method.clone(), &path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let (Some((media, _)), Some(body)) = (&operation.body, &self.body) {
            request = match media.as_str() {
                "application/x-www-form-urlencoded" => request.form(body),
                "application/json" | "application/merge-patch+json" => {
                    request.header("content-type", media).body(body.to_string())
                }
                _ => panic!("{}: the walker does not know how to send {media}", operation.id),
            };
        }
        owed(Answer::of(request), &format!("{} {self}", operation.id))
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        write!(f, "{} {:?} {}", self.path, self.query, body.chars().take(300).collect::<String>())
    }
}

/// What every answer owes, whatever was asked.
#[track_caller]
pub fn owed(answer: Answer, what: &str) -> Answer {
    assert!(!answer.header("x-request-id").is_empty(), "{what}: no request id");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    if answer.status < 400 {
        return answer;
    }
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {}", answer.text);
    assert_eq!(answer.body["status"], answer.status, "{what}");
    assert_eq!(answer.body["request_id"], answer.header("x-request-id"), "{what}");
    let kind = format!("/problems/{}", answer.str("/code"));
    assert_eq!(answer.str("/type"), kind, "{what}");
    // The path is the caller's own word, and so is what a finding repeats of it.
    let said = [&answer.body["title"], &answer.body["detail"], &answer.body["errors"]].map(Value::to_string).join(" ");
    for secret in SECRETS.iter().copied().chain(tables().iter().map(String::as_str)) {
        assert!(!said.contains(secret), "{what}: tells {secret:?}: {}", answer.text);
    }
    answer
}

/// Signs of the inside, which no answer shows.
const SECRETS: [&str; 18] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "violates",
    "constraint",
    "relation \\\"",
    "column \\\"",
    "postgres",
    "diesel",
    "tokio",
    "panicked",
    "src/",
    ".rs",
    "/home/",
    "/tmp/",
    "struct ",
    "::",
    "_fkey",
];

/// Tables whose name is no word of the API.
fn tables() -> &'static [String] {
    static TABLES: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.rs")).unwrap();
        let names: Vec<String> = parse(&schema).into_keys().filter(|name| name.contains('_')).collect();
        assert!(names.len() > 5);
        names
    });
    &TABLES
}

/// Callers that may do what an operation needs, one for each role.
pub struct Permitted<'a> {
    app: &'a TestApp,
    clients: BTreeMap<&'static str, Client>,
}

impl<'a> Permitted<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, clients: BTreeMap::new() }
    }

    /// Asks as one that may, with a body as it is, well-formed or not.
    #[track_caller]
    pub fn ask_raw(&mut self, call: &Call, operation: &Operation, media: &str, body: String) -> Answer {
        let bodiless = Call { body: None, ..call.clone() };
        let client = self.client(operation);
        owed(bodiless.send_raw(&client, operation, media, body), &operation.id)
    }

    /// A client of a role that may.
    fn client(&mut self, operation: &Operation) -> Client {
        let Some((_, permission)) = operation.needs.as_ref().filter(|(scheme, _)| scheme == "bearer") else {
            return self.app.anonymous();
        };
        let may = |role: &&Role| permission.is_empty() || role.permissions().iter().any(|p| p.name() == permission);
        let role = Role::ALL.iter().find(may).unwrap_or_else(|| panic!("no role has {permission}")).name();
        self.clients.entry(role).or_insert_with(|| self.app.sign_in(role)).clone()
    }

    /// Asks as one that may; signs in anew where the session before has been ended by a call.
    #[track_caller]
    pub fn ask(&mut self, call: &Call, operation: &Operation) -> Answer {
        let Some((_, permission)) = operation.needs.as_ref().filter(|(scheme, _)| scheme == "bearer") else {
            return call.send(&self.app.anonymous(), operation);
        };
        let may = |role: &&Role| permission.is_empty() || role.permissions().iter().any(|p| p.name() == permission);
        let role = Role::ALL.iter().find(may).unwrap_or_else(|| panic!("no role has {permission}")).name();
        let sign_in = || self.app.sign_in(role);
        let answer = call.send(self.clients.entry(role).or_insert_with(sign_in), operation);
        if answer.status != 401 {
            return answer;
        }
        let client = sign_in();
        let answer = call.send(&client, operation);
        self.clients.insert(role, client);
        answer
    }
}

//! The document: what is checked in is what the code says, and what a generator of clients needs is in it.

use std::collections::{BTreeMap, BTreeSet};

use canbo::platform::http::shape::Shapes;
use serde_json::Value;

use super::none;
use super::walker::{Call, Operation, Permitted, document, operations, resolved};
use crate::support::TestApp;

/// Calls `look` with every object of a document and where it stands.
fn each(value: &Value, at: &str, look: &mut impl FnMut(&str, &serde_json::Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            look(at, fields);
            for (name, value) in fields {
                // An example is data, not a schema.
                if !["example", "examples", "default"].contains(&name.as_str()) {
                    each(value, &format!("{at}/{}", name.replace('/', "~1")), look);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                each(item, &format!("{at}/{index}"), look);
            }
        }
        _ => {}
    }
}

fn statuses(operation: &Operation) -> BTreeSet<u16> {
    operation.value["responses"].as_object().unwrap().keys().map(|status| status.parse().unwrap()).collect()
}

#[test]
fn the_checked_in_document_is_the_code_s() {
    let kept =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json")).unwrap_or_default();
    let made = canbo::app::document_text().unwrap();
    assert!(
        kept == made,
        "openapi/openapi.json is not what the code says. Run `cargo run -- openapi > openapi/openapi.json`, look at its \
         diff, and tell callers of it in openapi/CHANGELOG.md."
    );
    let changes = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/CHANGELOG.md")).unwrap();
    assert!(changes.lines().any(|line| line.starts_with("## ")), "openapi/CHANGELOG.md has no entry");
    let twice: Value = serde_json::from_str(&made).unwrap();
    assert!(twice["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let (mut used, mut breaches) = (BTreeSet::new(), Vec::new());
    each(&document, "", &mut |at, fields| {
        if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
            used.insert(reference.to_owned());
            if reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).is_none() {
                breaches.push(format!("{at}: {reference}"));
            }
        }
    });
    assert!(used.len() > 20, "only {} references", used.len());
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        if !used.contains(&format!("#/components/schemas/{name}")) {
            breaches.push(format!("the component {name} is used nowhere"));
        }
    }
    none("References lead to components, and components are there to be referred to.", &breaches);
}

/// A camelCase name that begins with a verb: what it does, then to what.
fn is_verb_noun(name: &str) -> bool {
    let verb: String = name.chars().take_while(char::is_ascii_lowercase).collect();
    let noun = &name[verb.len()..];
    verb.len() > 2
        && noun.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !noun.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase))
}

#[test]
fn operations_say_what_they_are() {
    let document = document();
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut breaches = Vec::new();
    for operation in operations(&document) {
        let Operation { id, method, path, .. } = &operation;
        let mut breach = |what: &str| breaches.push(format!("{method} {path} ({id}): {what}"));
        if !is_verb_noun(id) {
            breach("its operationId is not verbNoun");
        }
        let reads = ["get", "list", "search", "find", "export"].iter().any(|verb| id.starts_with(verb));
        if reads != method.is_safe() && !id.starts_with("check") {
            breach("a GET gets or lists, and nothing else does");
        }
        if let Some(other) = ids.insert(id.clone(), path.clone()) {
            breach(&format!("has the operationId of {other}"));
        }
        let summary = operation.value["summary"].as_str().unwrap_or_default();
        if summary.len() < 8 || summary.len() > 140 {
            breach("its summary is not one short sentence");
        }
        match operation.value["tags"].as_array().map(Vec::as_slice) {
            Some([tag]) if tags.contains(tag.as_str().unwrap()) => {}
            _ => breach("has not one tag of the document's list"),
        }
        if !operation.value["security"].is_array() {
            breach("does not say who may call it");
        }
        if !path.starts_with("/v1/") && !["system", "identity"].contains(&operation.value["tags"][0].as_str().unwrap())
        {
            breach("stands outside /v1");
        }
        let kebab = |part: &str| {
            part.starts_with('{')
                || part.bytes().all(|b| b.is_ascii_lowercase() || b"-._".contains(&b) || b.is_ascii_digit())
        };
        if !path.split('/').all(kebab) {
            breach("its path is not kebab-case");
        }
    }
    none("What an operation owes its readers.", &breaches);
}

#[test]
fn operations_tell_their_answers() {
    let document = document();
    let mut breaches = Vec::new();
    for operation in operations(&document) {
        let told = statuses(&operation);
        let mut owed = BTreeSet::new();
        let has = |place: &str| operation.parameters.iter().any(|p| p["in"] == place);
        let names = |name: &str| operation.parameters.iter().any(|p| p["name"] == name);
        match &operation.needs {
            Some((_, permission)) if permission.is_empty() || permission == "signed_in" => owed.extend([401]),
            Some(_) => owed.extend([401, 403]),
            None => {}
        }
        if has("path") {
            owed.extend([404]);
        }
        if has("path") || has("query") {
            owed.extend([400]);
        }
        if operation.body.is_some() {
            owed.extend([400, 413, 415, 422]);
        }
        if names("If-Match") {
            owed.extend([412, 428]);
        }
        let conditional = ["PATCH", "DELETE"].contains(&operation.method.as_str()) && operation.path.contains('{');
        if conditional && !names("If-Match") {
            breaches.push(format!("{} changes one thing without If-Match", operation.id));
        }
        if !told.iter().any(|status| (200..300).contains(status)) {
            breaches.push(format!("{} never succeeds", operation.id));
        }
        let untold: Vec<&u16> = owed.difference(&told).collect();
        if !untold.is_empty() {
            breaches.push(format!("{} does not tell {untold:?}", operation.id));
        }
        for (status, response) in operation.value["responses"].as_object().unwrap() {
            let media: Vec<&String> =
                response["content"].as_object().into_iter().flat_map(|content| content.keys()).collect();
            let status: u16 = status.parse().unwrap();
            if status >= 400 && media != ["application/problem+json"] {
                breaches.push(format!("{}: {status} is no problem document", operation.id));
            }
            if (200..300).contains(&status) && status != 204 && media.is_empty() {
                breaches.push(format!("{}: {status} has no body", operation.id));
            }
        }
    }
    none("An operation tells each answer that it can give.", &breaches);
}

/// Whether a schema of one value says how long or how large it may be.
fn limited(schema: &Value) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| schema.get(name).is_some());
    match schema["type"].as_str() {
        Some("string") => has(&["maxLength", "enum", "format", "pattern"]),
        Some("integer" | "number") => has(&["minimum", "enum"]) && has(&["maximum", "enum"]),
        Some("boolean") => true,
        Some("array") => has(&["maxItems"]) && limited(&schema["items"]),
        // A list of types has null in it, which no parameter can be.
        _ => false,
    }
}

#[test]
fn parameters_are_declared_and_limited() {
    let document = document();
    let (mut breaches, mut seen) = (Vec::new(), 0);
    for operation in operations(&document) {
        let mut names = BTreeSet::new();
        for parameter in &operation.parameters {
            seen += 1;
            let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
            let mut breach = |what: &str| breaches.push(format!("{}: {place} {name}: {what}", operation.id));
            if !limited(resolved(&document, &parameter["schema"])) {
                breach(&format!("has no limits: {}", parameter["schema"]));
            }
            if parameter["description"].as_str().unwrap_or_default().len() < 5 {
                breach("is not described");
            }
            if place == "query" && !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()) {
                breach("is not snake_case");
            }
            if place == "path" && parameter["required"] != true {
                breach("is a part of the path and not required");
            }
            if !names.insert((place.to_owned(), name.to_owned())) {
                breach("is declared twice");
            }
        }
        let variables: BTreeSet<&str> =
            operation.path.split('{').skip(1).map(|part| part.split('}').next().unwrap()).collect();
        let declared: BTreeSet<&str> =
            names.iter().filter(|(place, _)| place == "path").map(|(_, name)| name.as_str()).collect();
        if variables != declared {
            breaches.push(format!("{}: the path has {variables:?}, declared are {declared:?}", operation.id));
        }
    }
    assert!(seen > 50, "only {seen} parameters");
    none("A parameter says what it is and how long or large it may be.", &breaches);
}

#[test]
fn bodies_are_closed_and_their_examples_fit() {
    let document = document();
    let shapes = Shapes::of(&document);
    let (app, mut breaches, mut seen) = (TestApp::start(), Vec::new(), 0);
    let mut clients = Permitted::new(&app);
    for operation in operations(&document) {
        if operation.body.is_some()
            != operation.value.pointer("/requestBody/required").is_some_and(|value| value == true)
        {
            breaches.push(format!("{}: a body is required", operation.id));
        }
        let Some((_, schema)) = &operation.body else { continue };
        seen += 1;
        // RFC 6749, 3.2: what a form of OAuth has more is ignored.
        let open = operation.path.starts_with("/oauth/");
        if schema["type"] == "object" && !open && schema["additionalProperties"] != false {
            breaches.push(format!("{} takes fields that it does not know", operation.id));
        }
        let Some(example) = schema.get("example") else {
            breaches.push(format!("{}: its body has no example", operation.id));
            continue;
        };
        let faults = shapes.faults_of(schema, example);
        breaches.extend(faults.iter().map(|fault| format!("{}: its example: {fault:?}", operation.id)));
        // The service itself takes its shape: what it may refuse is what it refers to.
        let answer = clients.ask(&Call::of(&document, &operation), &operation);
        let codes: Vec<&str> =
            answer.body["errors"].as_array().into_iter().flatten().filter_map(|e| e["code"].as_str()).collect();
        let shape = [
            "required",
            "unknown_field",
            "wrong_type",
            "bad_format",
            "bad_character",
            "out_of_range",
            "bad_period",
            "unknown_code",
        ];
        if answer.status == 400 && answer.body["code"] != "unsupported_grant_type"
            || codes.iter().any(|code| shape.contains(code))
        {
            breaches.push(format!("{}: its example is refused: {}", operation.id, answer.text));
        }
    }
    assert!(seen >= 8, "only {seen} bodies");
    none("A body knows all its fields and shows one that is good.", &breaches);
}

#[test]
fn schemas_are_such_that_generators_of_clients_understand() {
    let document = document();
    let (mut breaches, mut seen) = (Vec::new(), 0);
    each(&document["components"]["schemas"], "", &mut |at, fields| {
        seen += 1;
        for union in ["oneOf", "anyOf"] {
            let Some(parts) = fields.get(union).and_then(Value::as_array) else { continue };
            if parts.iter().any(|part| part["type"] == "null") {
                breaches.push(format!("{at}: {union} with null"));
            } else if !fields.contains_key("discriminator") {
                breaches.push(format!("{at}: {union} without a discriminator"));
            }
        }
        if fields.contains_key("enum") && !fields.contains_key("type") {
            breaches.push(format!("{at}: an enum without a type"));
        }
        let is = |kind: &str| {
            fields.get("type").is_some_and(|t| t == kind || t.as_array().is_some_and(|t| t.iter().any(|t| t == kind)))
        };
        // An item of a list of texts cannot be given one by the macros.
        if is("string")
            && !at.ends_with("/items")
            && !["maxLength", "enum", "format", "pattern", "const"].iter().any(|limit| fields.contains_key(*limit))
        {
            breaches.push(format!("{at}: a string without a limit"));
        }
        if is("array") && !fields.contains_key("maxItems") {
            breaches.push(format!("{at}: an array without a limit"));
        }
        if let Some(properties) = fields.get("properties").and_then(Value::as_object).filter(|_| is("object")) {
            for (name, property) in properties {
                if property.get("description").is_none() && property.get("$ref").is_none() {
                    breaches.push(format!("{at}/{name}: not described"));
                }
                if property["type"] == "object" && property.get("properties").is_some() {
                    breaches.push(format!("{at}/{name}: an object without a name"));
                }
            }
        }
    });
    assert!(seen > 150, "only {seen} schemas");
    none("Named, closed and limited: what generators of clients and their users need.", &breaches);
}

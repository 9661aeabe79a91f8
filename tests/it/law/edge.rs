//! What every path owes at its edge: methods, unknown paths, values that nobody expects.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::none;
use super::walker::{Call, Permitted, document, operations, owed, resolved};
use crate::support::{Answer, TestApp};

#[test]
fn wrong_methods_and_unknown_paths_are_told() {
    let (app, document) = (TestApp::start(), document());
    let client = app.sign_in("reader");
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", super::walker::NOBODY);
        let mut known: Vec<String> =
            methods.as_object().unwrap().keys().map(|method| method.to_ascii_uppercase()).collect();
        if known.iter().any(|method| method == "GET") {
            known.push("HEAD".to_owned());
            known.sort();
        }
        for method in
            [Method::HEAD, Method::PUT, Method::TRACE, Method::OPTIONS, Method::PATCH, Method::DELETE, Method::POST]
        {
            if known.contains(&method.to_string()) {
                continue;
            }
            seen += 1;
            let answer = Answer::of(client.request(method.clone(), &path));
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
            let mut allow: Vec<&str> = answer.header("allow").split(", ").collect();
            allow.sort_unstable();
            assert_eq!(allow, known, "{method} {path}");
            if method != Method::HEAD {
                owed(answer, &format!("{method} {path}")).problem(405, "method_not_allowed");
            }
        }
    }
    assert!(seen > 100, "only {seen} wrong methods");
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/units",
        "/v1/no-such",
        "/v1/units/",
        "//",
        "/v1//units",
        "/.git/config",
        "/docs/../v1",
        "/%00",
        "/%ff",
    ] {
        let answer = Answer::of(client.request(Method::GET, path));
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        owed(answer, path);
    }
}

/// Values at the borders of what types, calendars and databases take, as far as they can matter to a schema.
fn odd_texts(schema: &Value) -> Vec<String> {
    let long = "x".repeat(3000);
    let every = ["", "\0", "a\0b", "💩'; --", &long];
    let free =
        ["\u{7}", "%_\\", "-1", "99999999999999999999", "-0001-01-01", "0001-01-01", "9999-12-31", "262142-12-31"];
    let closed = schema.get("enum").is_some() || schema["format"] == "uuid" || schema["type"] == "boolean";
    let ids = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
    let more = if closed { &ids[..] } else { &free[..] };
    every.iter().chain(more).map(|text| (*text).to_owned()).collect()
}

/// What every list and every write takes is read by the platform alone: it is tried at the first operations.
fn is_tried(shared: &mut BTreeMap<String, usize>, parameter: &Value) -> bool {
    let name = parameter["name"].as_str().unwrap();
    if !["limit", "cursor", "count", "validate_only", "Idempotency-Key", "If-Match"].contains(&name) {
        return false;
    }
    let times = shared.entry(name.to_owned()).or_default();
    *times += 1;
    *times > 3
}

#[test]
fn no_value_of_a_parameter_is_our_fault() {
    let (app, document) = (TestApp::start(), document());
    let (mut breaches, mut seen, mut shared) = (Vec::new(), 0, BTreeMap::new());
    let mut clients = Permitted::new(&app);
    for operation in operations(&document) {
        let good = Call::of(&document, &operation);
        for parameter in &operation.parameters {
            let name = parameter["name"].as_str().unwrap();
            if is_tried(&mut shared, parameter) {
                continue;
            }
            for text in odd_texts(resolved(&document, &parameter["schema"])) {
                let mut call = good.clone();
                match parameter["in"].as_str().unwrap() {
                    "query" => {
                        call.query.retain(|(known, _)| known != name);
                        call.query.push((name.to_owned(), text));
                    }
                    "path" if !text.is_empty() => {
                        let encoded = text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
                        call.path = operation.path.replace(&format!("{{{name}}}"), &encoded);
                    }
                    "header" if text.bytes().all(|b| b.is_ascii_graphic()) => {
                        call.headers.retain(|(known, _)| known != name);
                        call.headers.push((name.to_owned(), text));
                    }
                    _ => continue,
                }
                seen += 1;
                let answer = clients.ask(&call, &operation);
                if answer.status >= 500 {
                    breaches.push(format!("{} {name} in {call}: {}", operation.id, answer.text));
                }
            }
        }
    }
    assert!(seen > 300, "only {seen} calls");
    none("Whatever a parameter holds, it is the caller's fault.", &breaches);
}

/// Where a value may be changed: the fields of the schema, and every place inside the example.
fn places(document: &Value, schema: &Value, example: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    let schema = resolved(document, schema);
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        found.push((at.clone(), resolved(document, part).clone()));
        if let Some(inner) = example.get(name) {
            places(document, part, inner, &at, found);
        }
    }
    if let (Some(item), Some(first)) = (schema.get("items"), example.get(0)) {
        found.push((format!("{at}/0"), resolved(document, item).clone()));
        places(document, item, first, &format!("{at}/0"), found);
    }
}

fn put(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent) {
        Some(Value::Array(items)) => items[name.parse::<usize>().unwrap()] = value,
        Some(fields) => fields[name] = value,
        None => panic!("no {parent} in the body"),
    }
}

#[test]
fn no_value_of_a_body_is_our_fault() {
    let (app, document) = (TestApp::start(), document());
    let (mut breaches, mut seen) = (Vec::new(), 0);
    let mut clients = Permitted::new(&app);
    for operation in operations(&document) {
        let Some((media, schema)) = &operation.body else { continue };
        let (good, form) = (Call::of(&document, &operation), media.ends_with("urlencoded"));
        let mut found = Vec::new();
        places(&document, schema, good.body.as_ref().unwrap(), "", &mut found);
        let mut bodies = Vec::new();
        for (pointer, part) in found {
            let texts = odd_texts(&part).into_iter().map(Value::from);
            let others = [json!(null), json!(i64::MIN), json!(0.5), json!(true), json!([]), json!([null]), json!({})];
            for value in texts.chain(others.into_iter().filter(|_| !form)) {
                let mut body = good.body.clone().unwrap();
                put(&mut body, &pointer, value);
                bodies.push(body);
            }
        }
        if !form {
            bodies.extend([json!(null), json!([]), json!(""), json!(7), json!({"a": {"b": [[[[[]]]]]}})]);
        }
        for body in bodies {
            seen += 1;
            let call = Call { body: Some(body), ..good.clone() };
            let answer = clients.ask(&call, &operation);
            if answer.status >= 500 {
                breaches.push(format!("{} {call}: {}", operation.id, answer.text));
            }
        }
    }
    assert!(seen > 300, "only {seen} bodies");
    none("Whatever a body holds, it is the caller's fault.", &breaches);
}

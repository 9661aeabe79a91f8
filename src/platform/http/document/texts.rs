//! What a text that is sent may consist of, said as a pattern.
//!
//! The scan of bodies and queries refuses unseen characters everywhere (`http::scan`), so it is said everywhere, in one
//! place: on every text of a JSON body, of a query and of a header that does not say more itself.

use serde_json::{Map, Value, json};

/// Control characters and those that reorder what is displayed: what [`crate::platform::text::is_unseen`] refuses, and
/// line ends, which only a text of several lines may have.
const UNSEEN: &str = r"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069";

/// Says on every text that callers send what it may consist of.
pub fn bound(document: &mut Value) {
    let sent = sent(document);
    for (name, schema) in
        document.pointer_mut("/components/schemas").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if sent.contains(name) {
            bound_texts(schema, &line());
        }
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flatten().flat_map(|(_, methods)| methods.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let place = parameter.get("in").and_then(Value::as_str).unwrap_or_default().to_owned();
            let pattern = if place == "header" { header() } else { seen() };
            if let Some(schema) = parameter.get_mut("schema").filter(|_| place != "path") {
                bound_texts(schema, &pattern);
            }
        }
    }
}

/// A line of a body: something of it can be seen.
fn line() -> String {
    format!(r"^[^{UNSEEN}]*[^{UNSEEN}\s][^{UNSEEN}]*$")
}

/// A text of a query; it may be empty.
fn seen() -> String {
    format!("^[^{UNSEEN}]*$")
}

/// A header: ASCII that can be seen, and spaces between.
fn header() -> String {
    "^[!-~]([ -~]*[!-~])?$".to_owned()
}

/// Names of the components that JSON bodies are made of.
fn sent(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for operation in paths.into_iter().flatten().flat_map(|(_, methods)| methods.as_object().into_iter().flatten()) {
        if let Some(schema) = operation.1.pointer("/requestBody/content/application~1json/schema") {
            follow(document, schema, &mut found);
        }
    }
    found
}

fn follow(document: &Value, schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            if let Some(name) = name.filter(|name| !found.iter().any(|known| known == name)) {
                found.push(name.to_owned());
                let target = document.pointer(&format!("/components/schemas/{name}"));
                if let Some(target) = target {
                    follow(document, target, found);
                }
            }
            fields.iter().filter(|(key, _)| *key != "example").for_each(|(_, part)| follow(document, part, found));
        }
        Value::Array(parts) => parts.iter().for_each(|part| follow(document, part, found)),
        _ => {}
    }
}

fn bound_texts(schema: &mut Value, pattern: &str) {
    match schema {
        Value::Object(fields) => {
            if is_plain_text(fields) {
                fields.insert("pattern".to_owned(), json!(pattern));
            }
            fields.iter_mut().filter(|(key, _)| *key != "example").for_each(|(_, part)| bound_texts(part, pattern));
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| bound_texts(part, pattern)),
        _ => {}
    }
}

fn is_plain_text(fields: &Map<String, Value>) -> bool {
    let text = match fields.get("type") {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
        _ => false,
    };
    text && !["format", "pattern", "enum"].iter().any(|more| fields.contains_key(*more))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document says which characters a text may have.
    #[test]
    fn what_is_sent_says_its_characters_and_what_is_answered_does_not() {
        let text = |more: Value| {
            let mut schema = json!({"type": "string"});
            schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            schema
        };
        let body = json!({"properties": {"name": text(json!({})), "on": text(json!({"format": "date"})), "code": text(json!({"pattern": "^a$"}))}});
        let mut document = json!({
            "components": {"schemas": {"New": body, "Inner": text(json!({})), "View": text(json!({})),
                "Outer": {"properties": {"inner": {"$ref": "#/components/schemas/Inner"}, "new": {"$ref": "#/components/schemas/New"}}}}},
            "paths": {"/v1/x": {"post": {
                "parameters": [{"in": "query", "schema": text(json!({}))}, {"in": "header", "schema": {"type": ["string", "null"]}}, {"in": "path", "schema": text(json!({}))}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Outer"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/View"}}}}}}}},
        });
        bound(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["New"]["properties"]["name"]["pattern"], json!(line()));
        assert_eq!(schemas["New"]["properties"]["code"]["pattern"], json!("^a$"));
        assert_eq!(schemas["New"]["properties"]["on"].get("pattern"), None);
        assert_eq!(schemas["Inner"]["pattern"], json!(line()));
        assert_eq!(schemas["View"].get("pattern"), None);
        let parameters = document["paths"]["/v1/x"]["post"]["parameters"].as_array().unwrap();
        let patterns: Vec<_> = parameters.iter().map(|one| one["schema"].get("pattern").cloned()).collect();
        assert_eq!(patterns, [Some(json!(seen())), Some(json!(header())), None]);
    }
}

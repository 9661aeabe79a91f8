//! All faults of a body's shape at once, and parameters that are too long. The document that describes them is what
//! they are checked against.
//!
//! Bodies are parsed by serde, which stops at its first fault. Only then is the body read again here, beside its
//! schema, so that a caller learns of every unknown, missing or mistyped field in one answer.

use std::collections::HashMap;

use actix_web::HttpRequest;
use serde_json::Value;

use crate::platform::error::{Code, Finding, Say, code};

/// The schema of the body of each operation, and how long each parameter of its query or form may be.
pub struct Shapes {
    bodies: HashMap<(String, String), Value>,
    lengths: HashMap<(String, String), Vec<(String, usize)>>,
    components: Value,
}

/// References deeper than this are not followed: no body is that deep.
const DEEPEST: usize = 32;

impl Shapes {
    /// Takes the schemas from the document.
    pub fn of(document: &Value) -> Self {
        let (mut bodies, mut lengths) = (HashMap::new(), HashMap::new());
        let paths = document.get("paths").and_then(Value::as_object);
        for (path, methods) in paths.into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                lengths.insert((method.to_ascii_uppercase(), path.clone()), longest(document, operation));
                let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
                if let Some(schema) =
                    content.and_then(|content| content.values().next()).and_then(|media| media.get("schema"))
                {
                    bodies.insert((method.to_ascii_uppercase(), path.clone()), schema.clone());
                }
            }
        }
        let components = document.pointer("/components/schemas").cloned().unwrap_or_default();
        Self { bodies, lengths, components }
    }

    /// Which parameters of this request's query or form are longer than the document says.
    pub fn too_long(&self, req: &HttpRequest, pairs: &[(String, String)]) -> Vec<Finding> {
        let route = (req.method().to_string(), req.match_pattern().unwrap_or_default());
        let known = self.lengths.get(&route).into_iter().flatten();
        known
            .filter(|(name, most)| pairs.iter().any(|(sent, text)| sent == name && text.chars().count() > *most))
            .map(|(name, most)| {
                let message = Say::new(format!("Tối đa {most} ký tự"), format!("At most {most} characters"));
                Finding::new(name.clone(), code::OUT_OF_RANGE, message)
            })
            .collect()
    }

    /// What is wrong with the shape of this request's body; empty where the document sees no fault.
    pub fn faults(&self, req: &HttpRequest, bytes: &[u8]) -> Vec<Finding> {
        let pattern = req.match_pattern().unwrap_or_default();
        let schema = self.bodies.get(&(req.method().to_string(), pattern));
        let (Some(schema), Ok(value)) = (schema, serde_json::from_slice::<Value>(bytes)) else { return Vec::new() };
        self.faults_of(schema, &value)
    }

    /// What is wrong with the shape of a value, as seen by a schema of the document.
    pub fn faults_of(&self, schema: &Value, value: &Value) -> Vec<Finding> {
        let mut found = Vec::new();
        self.check(schema, value, "", 0, &mut found);
        found
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, depth: usize, found: &mut Vec<Finding>) {
        if depth > DEEPEST {
            return;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if let Some(target) = self.components.get(name) {
                self.check(target, value, at, depth + 1, found);
            }
            return;
        }
        if let Some((tag, mapping)) = discriminator(schema) {
            self.check_union(tag, mapping, value, at, depth, found);
            return;
        }
        if let Some(any) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
            if value.is_null() && any.iter().any(|part| part.get("type").is_some_and(|kind| kind == "null")) {
                return;
            }
            if let Some(part) = any.iter().find(|part| part.get("type").is_none_or(|kind| kind != "null")) {
                self.check(part, value, at, depth + 1, found);
            }
            return;
        }
        if let Some(known) = schema.get("enum").and_then(Value::as_array) {
            if !known.contains(value) {
                let names: Vec<_> = known.iter().filter_map(Value::as_str).collect();
                found.push(told(at, code::UNKNOWN_CODE, "Một trong", "One of", &names.join(", ")));
            }
            return;
        }
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        if !types.iter().any(|kind| is_of(value, kind)) {
            found.push(told(at, code::WRONG_TYPE, "Cần kiểu", "Must be", &types.join(", ")));
            return;
        }
        match value {
            Value::Object(fields) => self.check_fields(schema, fields, at, depth, found),
            Value::Array(items) => {
                if let Some(item) = schema.get("items") {
                    for (index, value) in items.iter().enumerate() {
                        self.check(item, value, &format!("{at}/{index}"), depth + 1, found);
                    }
                }
            }
            Value::String(text) => check_format(schema, text, at, found),
            _ => {}
        }
    }

    /// A value of a union: by the part that its tag names.
    fn check_union(
        &self,
        tag: &str,
        mapping: &serde_json::Map<String, Value>,
        value: &Value,
        at: &str,
        depth: usize,
        found: &mut Vec<Finding>,
    ) {
        let Value::Object(fields) = value else {
            found.push(told(at, code::WRONG_TYPE, "Cần kiểu", "Must be", "object"));
            return;
        };
        let Some(kind) = fields.get(tag) else {
            found.push(Finding::plain(format!("{at}/{tag}"), code::REQUIRED));
            return;
        };
        if let Some(part) = kind.as_str().and_then(|kind| mapping.get(kind)) {
            self.check(&serde_json::json!({"$ref": part}), value, at, depth + 1, found);
            return;
        }
        let names: Vec<_> = mapping.keys().map(String::as_str).collect();
        found.push(told(&format!("{at}/{tag}"), code::UNKNOWN_CODE, "Một trong", "One of", &names.join(", ")));
    }

    fn check_fields(
        &self,
        schema: &Value,
        fields: &serde_json::Map<String, Value>,
        at: &str,
        depth: usize,
        found: &mut Vec<Finding>,
    ) {
        let known = schema.get("properties").and_then(Value::as_object);
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                found.push(Finding::plain(format!("{at}/{name}"), code::REQUIRED));
            }
        }
        let closed = schema.get("additionalProperties").is_some_and(|more| more == &Value::Bool(false));
        for (name, value) in fields {
            let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            match known.and_then(|known| known.get(name)) {
                Some(part) => self.check(part, value, &pointer, depth + 1, found),
                None if closed => found.push(Finding::plain(pointer, code::UNKNOWN_FIELD)),
                None => {}
            }
        }
    }
}

/// The parameters of an operation's query and form whose length has a bound.
fn longest(document: &Value, operation: &Value) -> Vec<(String, usize)> {
    let most = |schema: &Value| usize::try_from(schema.get("maxLength")?.as_u64()?).ok();
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let in_query = parameters.filter(|one| one.get("in").is_some_and(|place| place == "query"));
    let in_query = in_query.filter_map(|one| Some((one.get("name")?.as_str()?.to_owned(), most(one.get("schema")?)?)));
    let form = operation
        .pointer("/requestBody/content/application~1x-www-form-urlencoded/schema/$ref")
        .and_then(|reference| document.pointer(reference.as_str()?.strip_prefix('#')?)?.get("properties")?.as_object());
    let in_form = form.into_iter().flatten().filter_map(|(name, schema)| Some((name.clone(), most(schema)?)));
    in_query.chain(in_form).collect()
}

/// The field that says which part of a union a value is, and the parts by its values.
fn discriminator(schema: &Value) -> Option<(&str, &serde_json::Map<String, Value>)> {
    let discriminator = schema.get("discriminator")?;
    Some((discriminator.get("propertyName")?.as_str()?, discriminator.get("mapping")?.as_object()?))
}

fn told(at: &str, code: &'static Code, vi: &str, en: &str, what: &str) -> Finding {
    Finding::new(at.to_owned(), code, Say::new(format!("{vi}: {what}"), format!("{en}: {what}")))
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

fn check_format(schema: &Value, text: &str, at: &str, found: &mut Vec<Finding>) {
    let fits = match schema.get("format").and_then(Value::as_str) {
        Some("date") => text.parse::<chrono::NaiveDate>().is_ok(),
        Some("date-time") => text.parse::<chrono::DateTime<chrono::FixedOffset>>().is_ok(),
        Some("uuid") => text.parse::<uuid::Uuid>().is_ok(),
        _ => return,
    };
    if !fits {
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        found.push(told(at, code::BAD_FORMAT, "Cần dạng", "Must be a", format));
    }
}

//! The last touch to the generated document: what is right for a reader and wrong for a generator of clients.
//!
//! - A schema that is written out where a component of the same content exists becomes a reference to it: generators give
//!   each place that is written out a type of its own.
//! - The answers of an operation are those that it can give (`document::answers`), and its texts say which
//!   characters they may have (`document::texts`).
//! - `oneOf: [reference, null]` becomes a reference to a component `XOrNull`, or, where X is a plain string, that string
//!   or null: generators make a nameless union of the first.
//! - A union with a tag refers to parts that carry the tag (`document::unions`).

mod answers;
mod texts;
mod unions;

use serde_json::{Map, Value, json};

/// Where components stand.
const SCHEMAS: &str = "#/components/schemas/";

/// The document, touched up; its keys are sorted.
pub fn tidy(mut document: Value) -> Value {
    answers::precise(&mut document);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        unions::name_parts(schemas);
    }
    texts::bound(&mut document);
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    // Only what has a form of its own: every id looks like every other.
    let named: Map<String, Value> = schemas
        .iter()
        .filter(|(_, schema)| schema.get("properties").is_some())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let mut or_null = Map::new();
    if let Some(fields) = document.as_object_mut() {
        for (name, part) in fields {
            if name != "components" {
                touch(part, &named, &schemas, &mut or_null);
            }
        }
    }
    if let Some(components) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for schema in components.values_mut() {
            // Its own parts: itself would become a reference to itself.
            for part in schema.as_object_mut().into_iter().flat_map(Map::values_mut) {
                touch(part, &named, &schemas, &mut or_null);
            }
        }
        for (name, mut schema) in std::mem::take(&mut or_null) {
            for part in schema.as_object_mut().into_iter().flat_map(Map::values_mut) {
                touch(part, &named, &schemas, &mut or_null);
            }
            components.insert(name, schema);
        }
    }
    without_unused(document)
}

/// A component that was referred to only where it may be null has been replaced by the one that may.
fn without_unused(mut document: Value) -> Value {
    let text = document.to_string();
    if let Some(components) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        let replaced: Vec<String> =
            components.keys().filter_map(|name| name.strip_suffix("OrNull")).map(str::to_owned).collect();
        components.retain(|name, _| !replaced.contains(name) || text.contains(&format!("\"{SCHEMAS}{name}\"")));
    }
    document
}

fn touch(
    value: &mut Value,
    named: &Map<String, Value>,
    schemas: &Map<String, Value>,
    or_null: &mut Map<String, Value>,
) {
    if let Some((name, _)) = named.iter().find(|(_, schema)| *schema == value) {
        *value = json!({"$ref": format!("{SCHEMAS}{name}")});
        return;
    }
    if let Some(better) = nullable(value, schemas, or_null) {
        *value = better;
        return;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|part| touch(part, named, schemas, or_null)),
        Value::Array(items) => items.iter_mut().for_each(|part| touch(part, named, schemas, or_null)),
        _ => {}
    }
}

fn nullable(value: &Value, schemas: &Map<String, Value>, or_null: &mut Map<String, Value>) -> Option<Value> {
    let [some, none] = value.get("oneOf")?.as_array()?.as_slice() else { return None };
    if none.get("type")? != "null" {
        return None;
    }
    let name = some.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)?;
    let mut schema = schemas.get(name)?.as_object()?.clone();
    let kind = schema.get("type")?.clone();
    schema.insert("type".to_owned(), json!([kind, "null"]));
    if let Some(known) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        known.push(Value::Null);
    }
    let has_form = ["properties", "enum"].iter().any(|form| schema.contains_key(*form));
    let mut better = if has_form {
        or_null.insert(format!("{name}OrNull"), Value::Object(schema));
        Map::from_iter([("$ref".to_owned(), json!(format!("{SCHEMAS}{name}OrNull")))])
    } else {
        schema
    };
    let description = some.get("description").or_else(|| value.get("description"));
    better.extend(description.map(|text| ("description".to_owned(), text.clone())));
    Some(Value::Object(better))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_replace_what_is_written_out_and_null_has_a_name() {
        let unit = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        let id = json!({"type": "string", "format": "uuid"});
        let or_null = |name: &str| json!({"oneOf": [{"$ref": format!("{SCHEMAS}{name}"), "description": "One"}, {"type": "null"}]});
        let tidied = tidy(json!({
            "components": {"schemas": {"Unit": unit, "Id": id, "Page": {"properties": {"items": unit, "up": or_null("Unit"), "id": or_null("Id")}}}},
            "paths": {"/units": {"schema": unit}},
        }));
        assert_eq!(tidied["paths"]["/units"]["schema"], json!({"$ref": "#/components/schemas/Unit"}));
        let schemas = &tidied["components"]["schemas"];
        assert_eq!(schemas["Unit"], unit);
        assert_eq!(schemas["UnitOrNull"]["type"], json!(["object", "null"]));
        let page = &schemas["Page"]["properties"];
        assert_eq!(page["items"], json!({"$ref": "#/components/schemas/Unit"}));
        assert_eq!(page["up"], json!({"$ref": "#/components/schemas/UnitOrNull", "description": "One"}));
        assert_eq!(page["id"], json!({"type": ["string", "null"], "format": "uuid", "description": "One"}));
    }
}

//! Unions that carry a tag (`#[serde(tag = "kind")]`): each part becomes a component with the tag among its fields, and
//! the union a list of references with a discriminator. Generators make a nameless type of what the macros write.

use serde_json::{Map, Value, json};

use super::SCHEMAS;

/// The parts of a union as the macros write it: a reference, and beside it an object with the tag alone.
fn parts(schema: &Value) -> Option<Vec<(String, String, String)>> {
    let parts = schema.get("oneOf")?.as_array()?;
    parts
        .iter()
        .map(|part| {
            let [of, tagged] = part.get("allOf")?.as_array()?.as_slice() else { return None };
            let name = of.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)?.to_owned();
            let (tag, values) = tagged.get("properties")?.as_object()?.iter().next()?;
            let value = values.get("enum")?.as_array()?.first()?.as_str()?;
            Some((name, tag.clone(), value.to_owned()))
        })
        .collect()
}

/// Names the parts of every tagged union among the components.
pub fn name_parts(schemas: &mut Map<String, Value>) {
    let unions: Vec<_> = schemas.iter().filter_map(|(name, schema)| Some((name.clone(), parts(schema)?))).collect();
    for (union, parts) in unions {
        let mut mapping = Map::new();
        for (name, tag, value) in &parts {
            mapping.insert(value.clone(), json!(format!("{SCHEMAS}{name}")));
            let Some(part) = schemas.get_mut(name) else { continue };
            let kind = json!({"type": "string", "enum": [value], "description": "Which kind it is."});
            if let Some(properties) = part.get_mut("properties").and_then(Value::as_object_mut) {
                properties.insert(tag.clone(), kind);
            }
            if let Some(required) = part.get_mut("required").and_then(Value::as_array_mut) {
                required.push(json!(tag));
            }
        }
        let (Some(schema), Some((_, tag, _))) = (schemas.get_mut(&union), parts.first()) else { continue };
        let references = parts.iter().map(|(name, ..)| json!({"$ref": format!("{SCHEMAS}{name}")})).collect();
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("oneOf".to_owned(), Value::Array(references));
            schema.insert("discriminator".to_owned(), json!({"propertyName": tag, "mapping": mapping}));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tagged_union_refers_to_parts_that_carry_the_tag() {
        let tag = |value: &str| json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": [value]}}});
        let part = |name: &str| json!({"allOf": [{"$ref": format!("{SCHEMAS}{name}")}, tag(&name.to_lowercase())]});
        let object = json!({"type": "object", "required": ["level"], "properties": {"level": {"type": "string"}}});
        let mut schemas = Map::from_iter([
            ("Criterion".to_owned(), json!({"oneOf": [part("Degree"), part("Theory")], "description": "One"})),
            ("Degree".to_owned(), object.clone()),
            ("Theory".to_owned(), object),
            ("Other".to_owned(), json!({"oneOf": [{"$ref": "x"}, {"type": "null"}]})),
        ]);
        name_parts(&mut schemas);
        let union = &schemas["Criterion"];
        assert_eq!(union["oneOf"][1], json!({"$ref": "#/components/schemas/Theory"}));
        assert_eq!(union["discriminator"]["mapping"]["degree"], "#/components/schemas/Degree");
        assert_eq!(schemas["Degree"]["properties"]["kind"]["enum"], json!(["degree"]));
        assert_eq!(schemas["Theory"]["required"], json!(["level", "kind"]));
        assert_eq!(schemas["Other"]["oneOf"][1], json!({"type": "null"}));
    }
}

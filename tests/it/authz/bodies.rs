//! Fields that no caller sets.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::world::{everything, fitting, in_earnest, permission, roles_with, world};
use crate::law::none;
use crate::law::walker::{document, operations, resolved};

/// What somebody may try to set who has read of it, or guesses.
const GUESSED: [&str; 22] = [
    "id",
    "unit_id",
    "status",
    "state",
    "version",
    "role",
    "roles",
    "created_at",
    "updated_at",
    "created_by",
    "approved_by",
    "decided_by",
    "decided_at",
    "prepared_by",
    "recorded_at",
    "took_effect_at",
    "allowed_actions",
    "permissions",
    "password_hash",
    "is_admin",
    "own",
    "actor_id",
];

/// The objects inside a body that hold fields of their own.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(at.to_owned());
            fields.iter().for_each(|(name, part)| objects(part, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().take(1).for_each(|item| objects(item, &format!("{at}/0"), found));
        }
        _ => {}
    }
}

/// The schema of what stands at a pointer of a body.
fn below<'a>(document: &'a Value, schema: &'a Value, at: &str) -> &'a Value {
    at.split('/').skip(1).fold(resolved(document, schema), |schema, part| {
        let inner = if part == "0" { &schema["items"] } else { &schema["properties"][part] };
        resolved(document, inner)
    })
}

/// Z07: every field that a body does not have, and above all those that the answer has (id, version, state, who
/// prepared it, ...), is refused by its name in every object of every body, and nothing is changed.
#[test]
fn what_is_not_the_caller_s_to_set_is_refused_by_name() {
    let (world, document) = (world(), document());
    let before = everything(&world.app);
    let (mut breaches, mut seen) = (Vec::new(), 0);
    for operation in operations(&document) {
        let Some((_, schema)) = operation.body.as_ref().filter(|(media, _)| media == "application/json") else {
            continue;
        };
        let client = match permission(&operation) {
            Some(permission) => world.callers[roles_with(permission)[0]].clone(),
            None => world.app.anonymous(),
        };
        let responses = operation.value["responses"].as_object().unwrap();
        let answers = responses.iter().filter(|(status, _)| status.starts_with('2'));
        let told: BTreeSet<&str> = answers
            .filter_map(|(_, answer)| answer.pointer("/content/application~1json/schema"))
            .filter_map(|answer| resolved(&document, answer)["properties"].as_object())
            .flat_map(|properties| properties.keys().map(String::as_str))
            .collect();
        let call = in_earnest(&fitting(&document, &operation, &world.here));
        let mut places = Vec::new();
        objects(call.body.as_ref().unwrap(), "", &mut places);
        for at in places {
            let known = &below(&document, schema, &at)["properties"];
            let foreign: BTreeSet<&str> =
                GUESSED.into_iter().chain(told.iter().copied()).filter(|name| known.get(*name).is_none()).collect();
            // All at once, and two of them alone: nothing else is wrong with the body then.
            let alone =
                ["id", "version"].into_iter().filter(|name| foreign.contains(name)).map(|name| BTreeSet::from([name]));
            for names in std::iter::once(foreign.clone()).chain(alone) {
                seen += 1;
                let mut call = call.clone();
                let object = call.body.as_mut().unwrap().pointer_mut(&at).unwrap();
                for name in &names {
                    object[*name] = json!("00000000-0000-0000-0000-000000000001");
                }
                let answer = call.send(&client, &operation);
                let wanted: BTreeSet<String> = names.iter().map(|name| format!("{at}/{name}")).collect();
                let findings = answer.body["errors"].as_array().cloned().unwrap_or_default();
                let found = findings.iter().filter(|finding| finding["code"] == "unknown_field");
                let found: BTreeSet<String> =
                    found.map(|finding| finding["pointer"].as_str().unwrap().to_owned()).collect();
                if answer.status != 422 || found != wanted {
                    breaches.push(format!("{} with {wanted:?}: {}", operation.id, answer.text));
                }
            }
        }
    }
    assert!(seen > 50, "only {seen} bodies");
    none("A field that is not the caller's to set is refused by its name.", &breaches);
    assert_eq!(before, everything(&world.app), "a refused body has changed something");
}

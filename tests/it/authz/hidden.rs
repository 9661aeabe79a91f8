//! What lies in another unit is answered as what does not exist.

use std::collections::BTreeSet;

use serde_json::json;

use super::world::{bare, fitting, id_fields, is_of_province, meaning, permission, put, roles_with, world};
use crate::law::none;
use crate::law::walker::{Call, NOBODY, Operation, document, operations, resolved};

/// Where a call names something by its id.
enum Place {
    Path(String),
    Query(String),
    Body(String, String),
}

impl Place {
    fn name(&self) -> &str {
        match self {
            Self::Path(name) | Self::Query(name) | Self::Body(_, name) => name,
        }
    }

    /// Whether the call has what the id stands in: a body may have one of several parts.
    fn is_in(&self, call: &Call) -> bool {
        match self {
            Self::Path(_) | Self::Query(_) => true,
            Self::Body(pointer, _) => {
                let (parent, _) = pointer.rsplit_once('/').unwrap();
                call.body.as_ref().unwrap().pointer(parent).is_some()
            }
        }
    }

    /// The call with another id there.
    fn with(&self, call: &Call, operation: &Operation, own: &str, id: &str) -> Call {
        let mut call = call.clone();
        match self {
            Self::Path(_) => call.path = call.path.replace(own, id),
            Self::Query(name) => {
                call.query.retain(|(known, _)| known != name);
                call.query.push((name.clone(), id.to_owned()));
            }
            Self::Body(pointer, name) => {
                let body = call.body.as_mut().unwrap();
                put(body, pointer, json!(id));
                if (operation.id.as_str(), name.as_str()) == ("createGrant", "client_id") {
                    body.as_object_mut().unwrap().remove("account_id");
                }
            }
        }
        call
    }
}

/// Every place of an id: parameters of the path and the query, fields of the body at any depth.
fn places(document: &serde_json::Value, operation: &Operation) -> Vec<Place> {
    let mut found = Vec::new();
    for parameter in &operation.parameters {
        let name = parameter["name"].as_str().unwrap().to_owned();
        let mut ids = Vec::new();
        id_fields(document, &parameter["schema"], "", &mut ids);
        match parameter["in"].as_str() {
            Some("path") if !ids.is_empty() => found.push(Place::Path(name)),
            Some("query") if !ids.is_empty() => found.push(Place::Query(name)),
            _ => {}
        }
    }
    if let Some((_, schema)) = &operation.body {
        let mut ids = Vec::new();
        id_fields(document, resolved(document, schema), "", &mut ids);
        found.extend(ids.into_iter().map(|(pointer, name)| Place::Body(pointer, name)));
    }
    found
}

/// Z04: in every place of every operation that takes an id, an id of the neighbouring commune (of any kind of thing, and
/// with any If-Match) gives the very bytes that an id of nothing gives, but for the id of the request.
#[test]
fn what_is_next_door_does_not_exist() {
    let (world, document) = (world(), document());
    let there: BTreeSet<&String> =
        world.there.iter().filter(|(name, id)| world.here[*name] != **id).map(|(_, id)| id).collect();
    assert!(there.len() > 12);
    let (mut breaches, mut seen, mut walked) = (Vec::new(), 0, BTreeSet::new());
    for operation in operations(&document) {
        let Some(permission) = permission(&operation) else { continue };
        let (roles, places) = (roles_with(permission), places(&document, &operation));
        let fitting = fitting(&document, &operation, &world.here);
        let places = places.iter().filter(|place| place.is_in(&fitting));
        for (place, role) in places.flat_map(|place| [(place, roles.first()), (place, roles.last())]) {
            let role = *role.unwrap();
            let client = &world.callers[role];
            let own = &world.here[meaning(place.name(), &operation.path)];
            let twin = &world.there[meaning(place.name(), &operation.path)];
            // Each kind of thing for the first role; for the other the kind that belongs there.
            let all = role == roles[0];
            for if_match in ["*", "\"7-0000000000000000\""] {
                let mut call = fitting.clone();
                let mut conditional = false;
                for (_, value) in call.headers.iter_mut().filter(|(name, _)| name == "If-Match") {
                    if_match.clone_into(value);
                    conditional = true;
                }
                if !conditional && if_match != "*" {
                    continue;
                }
                let absent = place.with(&call, &operation, own, NOBODY).send(client, &operation);
                let wanted = bare(&absent, NOBODY);
                for id in there.iter().filter(|id| **id == twin || all && if_match == "*") {
                    seen += 1;
                    let hidden = place.with(&call, &operation, own, id).send(client, &operation);
                    if bare(&hidden, id) != wanted {
                        breaches.push(format!(
                            "{} {} as {role}: {id}\n    {}\n    {wanted}",
                            operation.id,
                            place.name(),
                            bare(&hidden, id)
                        ));
                    }
                }
                if matches!(place, Place::Path(_))
                    && !["programmes", "regulations", "titles", "appointing-authorities"]
                        .iter()
                        .any(|all| call.path.contains(all))
                {
                    assert_eq!(absent.status, 404, "{} {}", operation.id, absent.text);
                }
            }
            walked.insert((operation.id.clone(), place.name().to_owned()));
        }
        // Nothing else is wrong with the call, so that the id was looked at; what is the province's is not theirs to write.
        let good = fitting.send(&world.callers[roles[0]], &operation);
        let of_province = [
            "createTitle",
            "updateTitle",
            "createTitleStandard",
            "supersedeTitleStandard",
            "createProgramme",
            "createRegulation",
            "confirmRegulation",
            "supersedeRegulation",
            "createAppointingAuthority",
            "confirmAppointingAuthority",
            "endAppointingAuthority",
        ]
        .contains(&operation.id.as_str());
        let own = operation.path.starts_with("/v1/me/") || is_of_province(&operation);
        if !of_province && !own && good.status >= 300 {
            breaches.push(format!("{} is not a call that succeeds: {}", operation.id, good.text));
        }
    }
    assert!(walked.len() > 60 && seen > 400, "only {seen} calls at {} places", walked.len());
    none("What is next door is answered as what does not exist.", &breaches);
}

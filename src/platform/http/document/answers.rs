//! Which answers an operation can give, narrowed from what its room declares.
//!
//! A room declares the widest set (`ReadProblems`, `WriteProblems`). What an operation cannot give follows from its
//! parameters, its body and its security, and is taken out here, in one place, so that a new operation cannot get it
//! wrong. What all give (429, 503, the headers of refusals) is added here for the same reason.

use serde_json::{Map, Value, json};

use crate::platform::http::answer::EFFECTS;

/// Where the answers to supervisors and scrapers stand: they have no quota.
const UNCOUNTED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// How the sets that rooms declare speak of what cannot be read, of what is not there, and of what the state forbids.
const GENERAL: [&str; 4] = [
    "Cannot be parsed",
    "Cannot be parsed, or an unknown parameter",
    "Not there, or not yours to see",
    "The present state speaks against it",
];

/// Narrows and completes the answers of every operation.
pub fn precise(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, methods) in paths.into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            let facts = Facts::of(path, method, operation);
            if let Some(answers) = operation.get_mut("responses").and_then(Value::as_object_mut) {
                answers.retain(|status, answer| facts.can_give(status, answer));
                facts.complete(answers);
            }
        }
    }
}

/// What decides which answers are possible.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Facts {
    body: bool,
    parameters: bool,
    variable: bool,
    conditional: bool,
    keyed: bool,
    dry: bool,
    reads: bool,
    scheme: Option<String>,
    permission: bool,
    counted: bool,
    forms: usize,
}

impl Facts {
    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let named = |name: &str| {
            parameters.into_iter().flatten().any(|parameter| parameter.get("name").is_some_and(|known| known == name))
        };
        let security = operation.pointer("/security/0").and_then(Value::as_object);
        let (scheme, needs) = security.and_then(|one| one.iter().next()).unzip();
        let permission = needs.and_then(|needs| needs.get(0)).and_then(Value::as_str);
        let forms = operation.pointer("/responses/200/content").and_then(Value::as_object).map_or(0, Map::len);
        Self {
            body: operation.get("requestBody").is_some(),
            parameters: parameters.is_some_and(|list| !list.is_empty()),
            variable: path.contains('{'),
            conditional: named("If-Match"),
            keyed: named("Idempotency-Key"),
            dry: named("validate_only"),
            reads: method == "get",
            scheme: scheme.cloned(),
            permission: permission.is_some_and(|name| name != "signed_in"),
            counted: !UNCOUNTED.contains(&path),
            forms,
        }
    }

    fn bearer(&self) -> bool {
        self.scheme.as_deref() == Some("bearer")
    }

    fn can_give(&self, status: &str, answer: &Value) -> bool {
        // What is declared with a text of its own is meant.
        let said = answer.get("description").and_then(Value::as_str).unwrap_or_default();
        match status {
            "400" | "404" | "409" if !GENERAL.contains(&said) => true,
            "400" => self.parameters || self.body,
            "401" => self.scheme.is_some() || self.body,
            "403" => self.bearer() && (self.permission || !self.reads),
            "404" => self.variable || self.bearer(),
            "406" => self.forms > 1,
            "409" => self.bearer() && !self.reads,
            "412" | "428" => self.conditional,
            "413" | "415" => self.body,
            "422" => self.body || self.keyed,
            _ => true,
        }
    }

    fn complete(&self, answers: &mut Map<String, Value>) {
        if self.counted {
            add(answers, "429", "Too often, or too much at once");
        }
        if self.bearer() {
            add(answers, "503", "Not available at the moment");
        }
        if self.body {
            add(answers, "408", "The body came too slowly");
        }
        if self.dry {
            tell_dry_run(answers);
        }
        for (status, headers) in [
            ("201", &["Location", "ETag"][..]),
            ("401", &["WWW-Authenticate"]),
            ("429", &["Retry-After"]),
            ("503", &["Retry-After"]),
        ] {
            let Some(answer) = answers.get_mut(status).and_then(Value::as_object_mut) else { continue };
            let told: Map<String, Value> = headers.iter().map(|name| ((*name).to_owned(), header(name))).collect();
            answer.insert("headers".to_owned(), Value::Object(told));
        }
    }
}

/// A dry run answers with the effects, in a media type of their own, so that neither a reader nor a generated client
/// takes them for the thing.
fn tell_dry_run(answers: &mut Map<String, Value>) {
    let effects = json!({"schema": {"$ref": "#/components/schemas/Effects"}});
    let answer = answers.entry("200").or_insert_with(|| json!({"description": "Dry run"}));
    let Some(answer) = answer.as_object_mut() else { return };
    let content = answer.entry("content").or_insert_with(|| json!({}));
    let Some(content) = content.as_object_mut() else { return };
    content.retain(|_, media| media.pointer("/schema/$ref") != effects.pointer("/schema/$ref"));
    content.insert(EFFECTS.to_owned(), effects);
}

fn add(answers: &mut Map<String, Value>, status: &str, description: &str) {
    answers.entry(status).or_insert_with(|| {
        json!({
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })
    });
}

fn header(name: &str) -> Value {
    let (text, example) = match name {
        "Location" => ("Where the new thing is", "/v1/units/01994f7e-1111-7000-8000-000000000001"),
        "ETag" => ("Its version, for `If-Match`", "\"1-5f2a9c0b7e4d1a63\""),
        "WWW-Authenticate" => ("How to show who calls", "Bearer realm=\"canbo\""),
        _ => ("Seconds to wait before the next try", "1"),
    };
    json!({"description": text, "schema": {"type": "string", "maxLength": 2000}, "example": example})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(operation: &Value, path: &str, method: &str) -> Vec<String> {
        let mut document = json!({"paths": {path: {method: operation}}});
        let all: Map<String, Value> =
            ["400", "401", "403", "404", "406", "409", "412", "413", "415", "422", "428", "503"]
                .iter()
                .map(|status| {
                    let text = GENERAL[match *status {
                        "404" => 2,
                        "409" => 3,
                        _ => 0,
                    }];
                    ((*status).to_owned(), json!({"description": text}))
                })
                .collect();
        document["paths"][path][method]["responses"] = Value::Object(all);
        document["paths"][path][method]["responses"]["200"] = json!({"content": {"application/json": {}}});
        precise(&mut document);
        document["paths"][path][method]["responses"].as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn what_cannot_be_given_is_not_told() {
        assert_eq!(answers(&json!({"security": [{}]}), "/.well-known/x", "get"), ["200", "429", "503"]);
        let reads = json!({"security": [{"bearer": ["units.read"]}], "parameters": [{"name": "id"}]});
        assert_eq!(answers(&reads, "/v1/units/{id}", "get"), ["200", "400", "401", "403", "404", "429", "503"]);
        let signs_in = json!({"security": [{}], "requestBody": {}});
        let told = answers(&signs_in, "/v1/sessions", "post");
        assert_eq!(told, ["200", "400", "401", "408", "413", "415", "422", "429", "503"]);
    }
}

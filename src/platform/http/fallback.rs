//! What answers where no route does: 405 with `Allow` on a known path, else 404.

use std::collections::BTreeMap;

use actix_web::dev::ResourceDef;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use crate::platform::error::{Error, Result, code};

/// The paths of the document and their methods.
pub struct Known(Vec<(ResourceDef, String)>);

impl Known {
    /// Takes the paths from the document.
    pub fn of(document: &Value) -> Self {
        let mut paths: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (path, methods) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let names = methods.as_object().into_iter().flatten().map(|(method, _)| method.to_ascii_uppercase());
            let known = paths.entry(path).or_default();
            known.extend(names);
            if known.iter().any(|method| method == "GET") && known.iter().all(|method| method != "HEAD") {
                known.push("HEAD".to_owned());
            }
        }
        Self(paths.into_iter().map(|(path, methods)| (ResourceDef::new(path), methods.join(", "))).collect())
    }
}

/// The default service.
pub async fn fallback(req: HttpRequest, known: web::Data<Known>) -> Result<HttpResponse> {
    let found = known.0.iter().find(|(pattern, _)| pattern.is_match(req.path()));
    Err(match found {
        Some((_, methods)) => Error::new(code::METHOD_NOT_ALLOWED).allowing(methods.clone()),
        None => Error::not_found(),
    })
}

//! Records what was refused before a use case could: an authenticated caller who may not, whose request cannot be read,
//! or who gave no condition. Refusals of a use case are recorded by the write door.
//!
//! Who is not known leaves no row: strangers would write without bound. They are in the access log and the counters.

use std::collections::HashMap;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web;
use serde_json::Value;

use super::problem;
use crate::platform::App;
use crate::platform::db::{Notice, refusal};
use crate::platform::error::Error;
use crate::platform::trail::Trail;

/// The names of the document's operations as the record has them, `decide_rotation`.
pub struct Operations(HashMap<(Method, String), String>);

impl Operations {
    /// Takes them from the document.
    pub fn of(document: &Value) -> Self {
        let mut names = HashMap::new();
        for (path, methods) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let id = operation.get("operationId").and_then(Value::as_str);
                let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
                if let (Some(id), Ok(method)) = (id, method) {
                    names.insert((method, path.clone()), snake(id));
                }
            }
        }
        Self(names)
    }

    fn name(&self, method: &Method, pattern: Option<String>) -> String {
        pattern
            .and_then(|pattern| self.0.get(&(method.clone(), pattern)).cloned())
            .unwrap_or_else(|| "unknown_operation".to_owned())
    }
}

/// `decideRotation` as `decide_rotation`.
fn snake(name: &str) -> String {
    name.chars().fold(String::new(), |mut text, c| {
        if c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
        text
    })
}

/// Stands inside the task that a write runs in, so that a caller who leaves leaves their row.
pub async fn record<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let trail = Rc::new(Trail::default());
    let response = trail.along(next.call(req)).await?;
    let req = response.request();
    if req.method().is_safe() || !response.status().is_client_error() || trail.is_settled() {
        return Ok(response);
    }
    let (Some(caller), Some(app)) = (trail.caller(), req.app_data::<web::Data<App>>()) else { return Ok(response) };
    let operations = req.app_data::<web::Data<Operations>>();
    let action = operations
        .map_or_else(|| "unknown_operation".to_owned(), |known| known.name(req.method(), req.match_pattern()));
    let told = problem::of_status(response.status());
    let error = response.response().error().and_then(|error| error.as_error::<Error>()).unwrap_or(&told);
    let notice = Notice {
        action,
        target_kind: "request",
        target_id: None,
        subjects: Vec::new(),
        refused: Some(error.code().name),
        detail: refusal(&format!("{} {}", req.method(), req.path()), error),
    };
    app.db.record(caller, notice)?;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_are_named_as_the_record_names_them() {
        let document = json!({"paths": {"/v1/rotations/{id}/decide": {"post": {"operationId": "decideRotation"}}}});
        let operations = Operations::of(&document);
        let name = |method: Method, path: &str| operations.name(&method, Some(path.to_owned()));
        assert_eq!(name(Method::POST, "/v1/rotations/{id}/decide"), "decide_rotation");
        assert_eq!(name(Method::DELETE, "/v1/rotations/{id}/decide"), "unknown_operation");
    }
}

//! The page that a problem's `type` points at: what the code means, in both languages.

use actix_web::http::header;
use actix_web::{HttpResponse, get};
use utoipa_actix_web::service_config::ServiceConfig;

use super::extract::Path;
use super::problem::{ReadProblems, status};
use crate::platform::error::{Error, Result, code};

/// The page of a problem code.
///
/// The `type` of every problem document points at such a page. It says in Vietnamese or English, by `Accept-Language`,
/// what the code means and what the caller can do.
#[utoipa::path(operation_id = "getProblemPage", tag = "system", security(()),
    params(("code" = String, Path, description = "The code", max_length = 80, example = "post_taken")),
    responses((status = 200, body = String, content_type = "text/html", description = "The page"), ReadProblems))]
#[get("/problems/{code}")]
async fn get_problem_page(Path(name): Path<String>) -> Result<HttpResponse> {
    let known = code::ALL.iter().find(|code| code.name == name).ok_or_else(Error::not_found)?;
    let page = format!(
        "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\"><title>{name}</title>\
         <h1><code>{name}</code></h1><p>HTTP {}</p><p lang=\"vi\">{}</p><p lang=\"en\">{}</p></html>",
        status(known.kind),
        known.vi,
        known.en
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(page))
}

/// The path.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(get_problem_page);
}

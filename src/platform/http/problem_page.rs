//! The page that a problem's `type` points at: what the code means and what to do, in both languages.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa_actix_web::service_config::ServiceConfig;

use super::extract::Path;
use super::problem::{ReadProblems, status};
use super::remedies::remedy;
use super::request::{Language, RequestInfo};
use crate::platform::error::{Error, Result, code};

/// The page of a problem code.
///
/// The `type` of every problem document points at such a page. It says in Vietnamese or English, by `Accept-Language`,
/// what the code means and what the caller can do.
#[utoipa::path(operation_id = "getProblemPage", tag = "system", security(()),
    params(("code" = String, Path, description = "The code", max_length = 80, example = "post_taken")),
    responses((status = 200, body = String, content_type = "text/html", description = "The page"), ReadProblems))]
#[get("/problems/{code}")]
async fn get_problem_page(req: HttpRequest, Path(name): Path<String>) -> Result<HttpResponse> {
    let known = code::ALL.iter().find(|code| code.name == name).ok_or_else(Error::not_found)?;
    let remedy = remedy(known);
    let vietnamese = section("vi", known.vi, &remedy.vi);
    let english = section("en", known.en, &remedy.en);
    let language = RequestInfo::of(&req).language;
    let both = match language {
        Language::Vietnamese => [vietnamese, english],
        Language::English => [english, vietnamese],
    };
    let page = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{name}</title><h1><code>{name}</code></h1><p>HTTP {}</p>{}</html>",
        language.tag(),
        status(known.kind),
        both.concat()
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header((header::VARY, "accept-language"))
        .body(page))
}

fn section(language: &str, title: &str, remedy: &str) -> String {
    format!("<section lang=\"{language}\"><h2>{title}</h2><p>{remedy}</p></section>")
}

/// The path.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(get_problem_page);
}

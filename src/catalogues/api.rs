//! The lists, for forms and for other systems.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Catalogue, all, catalogue};
use crate::identity::{Caller, perm};
use crate::platform::error::{Error, Result};
use crate::platform::http::{Answer, ListProblems, Page, Paging, Path, Query, ReadProblems};

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_catalogues).service(get_catalogue);
}

/// A catalogue by name.
#[derive(Serialize, ToSchema)]
pub struct CatalogueSummary {
    /// Its name, as in the path.
    #[schema(max_length = 80, example = "ethnic_groups")]
    name: &'static str,
    /// How many codes it has.
    #[schema(maximum = 1000)]
    items: usize,
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListCatalogues {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The catalogues, by name.
///
/// The lists of codes that the service knows, and how many codes each has.
#[utoipa::path(operation_id = "listCatalogues", tag = "catalogues", security(("bearer" = [])), params(ListCatalogues),
    responses((status = 200, body = Page<CatalogueSummary>, description = "A page"), ListProblems))]
#[get("/catalogues")]
pub async fn list_catalogues(_: Caller<perm::SignedIn>, _: Query<ListCatalogues>, paging: Paging) -> Result<Answer> {
    let after = paging.key::<String>(0)?.unwrap_or_default();
    let rows: Vec<_> =
        all().iter().filter(|known| known.name > after.as_str()).take(paging.limit.saturating_add(1)).collect();
    let total = if paging.count { i64::try_from(all().len()).ok() } else { None };
    let page = paging.page(
        rows,
        total,
        |row| vec![row.name.to_owned()],
        |row| CatalogueSummary { name: row.name, items: row.items.len() },
    );
    Ok(Answer::page(&page)?.cacheable())
}

/// One catalogue with all its codes.
///
/// Each code with its Vietnamese and English label and its official code. These are the values that fields of this name
/// take.
#[utoipa::path(operation_id = "getCatalogue", tag = "catalogues", security(("bearer" = [])),
    params(("name" = String, Path, description = "Name of the catalogue", example = "ethnic_groups", max_length = 80)),
    responses((status = 200, body = Catalogue, description = "The catalogue"), ReadProblems))]
#[get("/catalogues/{name}")]
pub async fn get_catalogue(_: Caller<perm::SignedIn>, Path(name): Path<String>) -> Result<Answer> {
    let found = catalogue(&name).ok_or_else(Error::not_found)?;
    Ok(Answer::found(1, found)?.cacheable())
}

//! The lists, for forms and for other systems.

use actix_web::get;
use chrono::NaiveDate;
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
    /// The schema of the API document whose values these are; null for a list that fields refer to by name.
    #[schema(max_length = 80, example = "UnitKind")]
    schema: Option<&'static str>,
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
/// The lists of codes that the service knows, the enumerations of this document among them (`unit_kind` holds the labels
/// of `UnitKind`), and how many codes each has.
#[utoipa::path(operation_id = "listCatalogues", tag = "catalogues", security(("bearer" = [])), params(ListCatalogues),
    responses((status = 200, body = Page<CatalogueSummary>, description = "A page"), ListProblems))]
#[get("/catalogues")]
pub async fn list_catalogues(_: Caller<perm::SignedIn>, _: Query<ListCatalogues>, paging: Paging) -> Result<Answer> {
    let after = paging.key::<String>(0)?.unwrap_or_default();
    let rows: Vec<_> = all().iter().filter(|known| known.name > after).take(paging.limit.saturating_add(1)).collect();
    let total = if paging.count { i64::try_from(all().len()).ok() } else { None };
    let page = paging.page(
        rows,
        total,
        |row| vec![row.name.clone()],
        |row| CatalogueSummary { name: &row.name, schema: row.schema.as_deref(), items: row.items.len() },
    );
    Ok(Answer::page(&page)?.cacheable())
}

/// The day that a catalogue is seen from.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CatalogueDay {
    /// Only the codes that were valid on this day; all, with their validity, unless given.
    #[param(example = "2026-01-15")]
    as_of: Option<NaiveDate>,
}

/// One catalogue with its codes.
///
/// Each code with its Vietnamese and English label, its validity, and its official code with the name of the list that
/// this belongs to: of two lists where two are in use, as of ethnic groups. These are the values that fields of this name
/// take.
#[utoipa::path(operation_id = "getCatalogue", tag = "catalogues", security(("bearer" = [])),
    params(("name" = String, Path, description = "Name of the catalogue", example = "ethnic_groups", max_length = 80), CatalogueDay),
    responses((status = 200, body = Catalogue, description = "The catalogue"), ReadProblems))]
#[get("/catalogues/{name}")]
pub async fn get_catalogue(
    _: Caller<perm::SignedIn>,
    Path(name): Path<String>,
    Query(seen): Query<CatalogueDay>,
) -> Result<Answer> {
    let found = catalogue(&name).ok_or_else(Error::not_found)?;
    match seen.as_of {
        None => Ok(Answer::found(1, found)?.cacheable()),
        Some(day) => Ok(Answer::found(1, &found.on(day))?.cacheable()),
    }
}

//! Standards of titles: what is asked of who is to hold one.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, period};
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::platform::period::Period;
use crate::posts::model::{Criterion, StandardId, StandardText, TitleId, TitleStandard, TitleStandardView};
use crate::posts::rules;
use crate::posts::service::{self, StandardChange};
use crate::posts::store::StandardFilter;

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListTitleStandards {
    /// The one that holds on this day; all unless given.
    #[param(example = "2024-06-01")]
    as_of: Option<NaiveDate>,
    /// As known on this instant, before later corrections; as known now unless given.
    #[param(example = "2026-01-15T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The standards of a title, newest first.
///
/// Tiêu chuẩn chức danh, by period: on each day a title has one at most. A criterion has a `kind`, its own fields, and
/// where it stands; one that is not confirmed is no settled law. `lowered` is what the province asks in hard areas.
#[utoipa::path(operation_id = "listTitleStandards", tag = "posts", security(("bearer" = ["posts.read"])),
    params(("id" = TitleId, Path, description = "Id of the title"), ListTitleStandards),
    responses((status = 200, body = Page<TitleStandardView>, description = "A page"), ReadProblems))]
#[get("/titles/{id}/standards")]
pub async fn list_title_standards(
    app: App,
    caller: Caller<perm::ReadPosts>,
    Path(title): Path<TitleId>,
    Query(list): Query<ListTitleStandards>,
    paging: Paging,
) -> Result<Answer> {
    let filter = StandardFilter { day: list.as_of, known_at: list.known_at };
    let (rows, total) = service::standards(&app, title, filter, &paging).await?;
    let keeps = service::keeps_titles(&app, &caller).await?;
    let day = app.clock.today();
    let keys = |row: &TitleStandard| vec![row.during.from().unwrap_or_default().to_string(), row.id.to_string()];
    Ok(Answer::page(&paging.page(rows, total, keys, |row| TitleStandardView::of(row, day, keeps)))?.cacheable())
}

/// The instant that a standard is seen from.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StandardInstant {
    /// As known on this instant; as known now unless given.
    #[param(example = "2026-01-15T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// One standard of a title.
///
/// With the `ETag` that a supersession needs. With `known_at` what was known then.
#[utoipa::path(operation_id = "getTitleStandard", tag = "posts", security(("bearer" = ["posts.read"])),
    params(("id" = TitleId, Path, description = "Id of the title"), ("standard_id" = StandardId, Path, description = "Id of the standard"), StandardInstant),
    responses((status = 200, body = TitleStandardView, description = "The standard"), ReadProblems))]
#[get("/titles/{id}/standards/{standard_id}")]
pub async fn get_title_standard(
    app: App,
    caller: Caller<perm::ReadPosts>,
    Path((title, id)): Path<(TitleId, StandardId)>,
    Query(seen): Query<StandardInstant>,
) -> Result<Answer> {
    let standard = service::standard(&app, title, id, seen.known_at).await?;
    let keeps = service::keeps_titles(&app, &caller).await?;
    let version = standard.version;
    Ok(Answer::found(version, &TitleStandardView::of(standard, app.clock.today(), keeps))?.cacheable())
}

/// A standard for days on which its title has none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-01-01", "to": null, "note": null, "criteria": [
    {"kind": "degree", "level": "university", "citation": {"instrument": "Quy định 12-QĐ/TU", "article": "4", "confirmed": true},
        "lowered": {"zones": ["iii"], "level": "intermediate", "citation": {"instrument": "Quyết định 9-QĐ/TU", "article": null, "confirmed": true}}},
    {"kind": "full_term_age", "months": 60, "lowered": null, "citation": {"instrument": "Quy định 12-QĐ/TU", "article": "5", "confirmed": true}}]}))]
pub struct NewTitleStandard {
    /// First day.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
    /// What is asked, all of it; each kind once.
    #[schema(min_items = 1, max_items = 40)]
    criteria: Vec<Criterion>,
    /// What is worth knowing of it.
    #[schema(max_length = 1000)]
    note: Option<String>,
}

impl NewTitleStandard {
    fn checked(self) -> Result<(Period, StandardText)> {
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", self.from, self.to));
        let text = admitted(&mut findings, self.criteria, self.note.as_deref());
        findings.settle()?;
        during.zip(text).ok_or_else(|| Error::internal("settled"))
    }
}

fn admitted(findings: &mut Findings, criteria: Vec<Criterion>, note: Option<&str>) -> Option<StandardText> {
    match rules::admit(criteria, note) {
        Ok(text) => Some(text),
        Err(found) => {
            for finding in found {
                findings.push(finding);
            }
            None
        }
    }
}

/// Records a standard of a title.
///
/// For days on which the title has none; days that have one are a 409: supersede that one. Titles are the same for the
/// whole province: who records it holds the permission in all of it.
#[utoipa::path(operation_id = "createTitleStandard", tag = "posts", security(("bearer" = ["posts.manage"])),
    params(("id" = TitleId, Path, description = "Id of the title"), WriteQuery, SendHeaders), request_body = NewTitleStandard,
    responses((status = 201, body = TitleStandardView, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/titles/{id}/standards")]
pub async fn create_title_standard(
    app: App,
    caller: Caller<perm::ManagePosts>,
    Path(title): Path<TitleId>,
    send: Send,
    Json(body): Json<NewTitleStandard>,
) -> Result<Answer> {
    let (during, text) = body.checked()?;
    let made = service::create_standard(&app, &caller.with(send), title, during, &text).await?;
    let view = |made| TitleStandardView::of(made, app.clock.today(), true);
    Answer::created(made, |made| format!("/v1/titles/{title}/standards/{}", made.id), |made| made.version, view)
}

/// What takes the place of a standard.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2027-01-01", "reason": "Quy định mới", "note": null, "criteria": [
    {"kind": "political_theory", "level": "advanced", "lowered": null, "citation": {"instrument": "Quy định 13-QĐ/TU", "article": "4", "confirmed": true}}]}))]
pub struct TitleStandardSupersession {
    /// First day of the new one, whose days end with those of the old one; null: a correction on all of its days.
    from: Option<NaiveDate>,
    /// What is asked, all of it; each kind once.
    #[schema(min_items = 1, max_items = 40)]
    criteria: Vec<Criterion>,
    /// What is worth knowing of it.
    #[schema(max_length = 1000)]
    note: Option<String>,
    /// Why.
    #[schema(max_length = 400)]
    reason: String,
}

impl TryFrom<TitleStandardSupersession> for StandardChange {
    type Error = Error;
    fn try_from(body: TitleStandardSupersession) -> Result<Self> {
        let mut findings = Findings::new();
        let text = admitted(&mut findings, body.criteria, body.note.as_deref());
        let reason = findings.keep(line("/reason", &body.reason, 400));
        findings.settle()?;
        let (Some(text), Some(reason)) = (text, reason) else { return Err(Error::internal("settled")) };
        Ok(Self { text, from: body.from, reason })
    }
}

/// Puts another standard in the place of one.
///
/// From a day on: the old one keeps the days before it, and the new one, which the answer shows, has an id of its own.
/// Without `from` a correction: the same id says something else on all of its days. What was known before can be read
/// with `known_at`.
#[utoipa::path(operation_id = "supersedeTitleStandard", tag = "posts", security(("bearer" = ["posts.manage"])),
    params(("id" = TitleId, Path, description = "Id of the title"), ("standard_id" = StandardId, Path, description = "Id of the standard"), WriteQuery, EditHeaders),
    request_body = TitleStandardSupersession,
    responses((status = 200, body = TitleStandardView, description = "The new standard, or, in a dry run, the effects"), WriteProblems))]
#[post("/titles/{id}/standards/{standard_id}/supersede")]
pub async fn supersede_title_standard(
    app: App,
    caller: Caller<perm::ManagePosts>,
    Path((title, id)): Path<(TitleId, StandardId)>,
    edit: Edit,
    Json(body): Json<TitleStandardSupersession>,
) -> Result<Answer> {
    let superseded = service::supersede_standard(&app, &caller.with(edit), title, id, &body.try_into()?).await?;
    let view = |made| TitleStandardView::of(made, app.clock.today(), true);
    Answer::changed(superseded, |made| made.version, view)
}

//! Titles: the same for the whole province.

use actix_web::{get, patch, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::http::fields::line;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Change, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::posts::model::{Level, NewTitleRow, Title, TitleCategory, TitleGroup, TitleId};
use crate::posts::service;
use crate::posts::store::TitleFilter;

/// A title to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "commune_culture_head", "name_vi": "Trưởng phòng Văn hóa - Xã hội", "name_en": "Head of culture and social affairs",
    "category": "government", "level": "commune", "leadership": true, "head": true, "rank_order": 120, "elected": false}))]
pub struct NewTitle {
    /// Stable code, lower_snake.
    #[schema(max_length = 80, pattern = "^[a-z][a-z0-9_]{1,79}$")]
    code: String,
    /// Vietnamese.
    #[schema(max_length = 200)]
    name_vi: String,
    /// English.
    #[schema(max_length = 200)]
    name_en: String,
    /// Branch of the political system.
    category: TitleCategory,
    /// Level of government.
    level: Level,
    /// Leader or manager.
    leadership: bool,
    /// Người đứng đầu: leads the body, as a leader who is no deputy; no unless given.
    head: Option<bool>,
    /// Within a level, the smaller the higher.
    #[schema(minimum = 0, maximum = 100_000)]
    rank_order: i32,
    /// Normally filled by election; no unless given.
    elected: Option<bool>,
    /// Its group in the ladder of titles.
    group: Option<TitleGroup>,
}

impl TryFrom<NewTitle> for NewTitleRow {
    type Error = Error;
    fn try_from(body: NewTitle) -> Result<Self> {
        let mut findings = Findings::new();
        let code = findings.keep(title_code(&body.code));
        let name_vi = findings.keep(line("/name_vi", &body.name_vi, 200));
        let name_en = findings.keep(line("/name_en", &body.name_en, 200));
        let rank_order = findings.keep(rank(body.rank_order));
        let head = body.head.unwrap_or(false);
        findings.keep(headship(body.leadership, head));
        findings.settle()?;
        let (Some(code), Some(name_vi), Some(name_en), Some(rank_order)) = (code, name_vi, name_en, rank_order) else {
            return Err(Error::internal("settled"));
        };
        let NewTitle { category, level, leadership, elected, group, .. } = body;
        let elected = elected.unwrap_or(false);
        Ok(Self { code, name_vi, name_en, category, level, leadership, head, rank_order, elected, group })
    }
}

fn title_code(raw: &str) -> Result<String, Finding> {
    let good = (2..=80).contains(&raw.len())
        && raw.starts_with(|c: char| c.is_ascii_lowercase())
        && raw.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let say = || {
        Say::new(
            "2 đến 80 ký tự: chữ thường không dấu, chữ số, gạch dưới; bắt đầu bằng chữ",
            "2 to 80 characters: lower-case ASCII letters, digits, underscore; a letter first",
        )
    };
    if good { Ok(raw.to_owned()) } else { Err(Finding::new("/code", code::BAD_FORMAT, say())) }
}

fn rank(rank: i32) -> Result<i32, Finding> {
    if (0..=100_000).contains(&rank) { Ok(rank) } else { Err(Finding::plain("/rank_order", code::OUT_OF_RANGE)) }
}

/// Whether a title of heads is one of leaders.
fn headship(leadership: bool, head: bool) -> Result<(), Finding> {
    if leadership || !head {
        return Ok(());
    }
    let message = Say::new("Người đứng đầu phải là lãnh đạo, quản lý", "A head is a leader or manager");
    Err(Finding::new("/head", code::OUT_OF_RANGE, message))
}

/// Changes of a title; its code and level stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name_vi": "Bí thư Đảng ủy xã"}))]
pub struct TitlePatch {
    /// Vietnamese.
    #[schema(max_length = 200)]
    name_vi: Option<String>,
    /// English.
    #[schema(max_length = 200)]
    name_en: Option<String>,
    /// Branch of the political system.
    category: Option<TitleCategory>,
    /// Leader or manager.
    leadership: Option<bool>,
    /// Leads the body, as a leader who is no deputy.
    head: Option<bool>,
    /// Within a level, the smaller the higher.
    #[schema(minimum = 0, maximum = 100_000)]
    rank_order: Option<i32>,
    /// Normally filled by election.
    elected: Option<bool>,
    /// Its group in the ladder of titles; null: in none.
    #[serde(default)]
    #[schema(value_type = Option<TitleGroup>)]
    group: Change<TitleGroup>,
}

impl TitlePatch {
    /// The same patch with its texts cleaned.
    fn checked(self) -> Result<Self> {
        let mut findings = Findings::new();
        let name_vi = self.name_vi.and_then(|raw| findings.keep(line("/name_vi", &raw, 200)));
        let name_en = self.name_en.and_then(|raw| findings.keep(line("/name_en", &raw, 200)));
        let rank_order = self.rank_order.and_then(|order| findings.keep(rank(order)));
        findings.settle()?;
        Ok(Self { name_vi, name_en, rank_order, ..self })
    }

    fn over(&self, title: Title) -> Result<Title> {
        let title = Title {
            name_vi: self.name_vi.clone().unwrap_or(title.name_vi),
            name_en: self.name_en.clone().unwrap_or(title.name_en),
            category: self.category.unwrap_or(title.category),
            leadership: self.leadership.unwrap_or(title.leadership),
            head: self.head.unwrap_or(title.head),
            rank_order: self.rank_order.unwrap_or(title.rank_order),
            elected: self.elected.unwrap_or(title.elected),
            group: self.group.clone().over(title.group),
            ..title
        };
        headship(title.leadership, title.head).map_err(|finding| Error::refused(vec![finding]))?;
        Ok(title)
    }
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListTitles {
    /// Those of one branch.
    category: Option<TitleCategory>,
    /// Those of one level.
    level: Option<Level>,
    /// Those of leaders, or the others.
    leadership: Option<bool>,
    /// Those of one group of the ladder.
    group: Option<TitleGroup>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Titles, from the province down, by rank.
///
/// Chức danh: the kinds of posts, without a seat or a holder.
#[utoipa::path(operation_id = "listTitles", tag = "posts", security(("bearer" = ["posts.read"])), params(ListTitles),
    responses((status = 200, body = Page<Title>, description = "A page"), ListProblems))]
#[get("/titles")]
pub async fn list_titles(
    app: App,
    _: Caller<perm::ReadPosts>,
    Query(list): Query<ListTitles>,
    paging: Paging,
) -> Result<Answer> {
    let filter =
        TitleFilter { category: list.category, level: list.level, leadership: list.leadership, group: list.group };
    let (rows, total) = service::titles(&app, filter, &paging).await?;
    let keys = |row: &Title| vec![row.level.name().to_owned(), row.rank_order.to_string(), row.code.clone()];
    Ok(Answer::page(&paging.page(rows, total, keys, |row| row))?.cacheable())
}

/// Makes a title.
///
/// Its code is unique and stays. Posts of the title take its level and rank.
#[utoipa::path(operation_id = "createTitle", tag = "posts", security(("bearer" = ["posts.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewTitle,
    responses((status = 201, body = Title, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/titles")]
pub async fn create_title(
    app: App,
    caller: Caller<perm::ManagePosts>,
    send: Send,
    Json(body): Json<NewTitle>,
) -> Result<Answer> {
    let made = service::create_title(&app, &caller.with(send), &body.try_into()?).await?;
    Answer::created(made, |title| format!("/v1/titles/{}", title.id), |title| title.version, |title| title)
}

/// One title.
///
/// With the `ETag` that a change needs.
#[utoipa::path(operation_id = "getTitle", tag = "posts", security(("bearer" = ["posts.read"])),
    params(("id" = TitleId, Path, description = "Id of the title")),
    responses((status = 200, body = Title, description = "The title"), ReadProblems))]
#[get("/titles/{id}")]
pub async fn get_title(app: App, _: Caller<perm::ReadPosts>, Path(id): Path<TitleId>) -> Result<Answer> {
    let title = service::title(&app, id).await?;
    Ok(Answer::found(title.version, &title)?.cacheable())
}

/// Changes a title; its code and level stay.
///
/// A merge patch. Posts of the title show its new names at once.
#[utoipa::path(operation_id = "updateTitle", tag = "posts", security(("bearer" = ["posts.manage"])),
    params(("id" = TitleId, Path, description = "Id of the title"), WriteQuery, EditHeaders), request_body = TitlePatch,
    responses((status = 200, body = Title, description = "Changed, or, in a dry run, the effects"), WriteProblems))]
#[patch("/titles/{id}")]
pub async fn update_title(
    app: App,
    caller: Caller<perm::ManagePosts>,
    Path(id): Path<TitleId>,
    edit: Edit,
    Json(body): Json<TitlePatch>,
) -> Result<Answer> {
    let patch = body.checked()?;
    let changed = service::update_title(&app, &caller.with(edit), id, |title| patch.over(title)).await?;
    Answer::changed(changed, |title| title.version, |title| title)
}

//! Posts: seats, who holds them, which are vacant.

use actix_web::{get, patch, post};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::http::fields::period;
use crate::platform::http::page::Ref;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Change, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::posts::model::{Appointment, NewPostRow, Post, PostId, PostStatus, TitleId, Zone};
use crate::posts::service::{self, PostChange};
use crate::posts::store::PostFilter;

/// A post to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title_id": "01994f7e-0000-7000-8000-000000000003", "unit_id": "01994f7e-0000-7000-8000-000000000002", "full_time": true,
    "term_months": 60, "from": "2025-07-01", "to": null}))]
pub struct NewPost {
    /// Its title.
    title_id: TitleId,
    /// Where.
    unit_id: Uuid,
    /// Number among the seats of the title in the unit; the next free one unless given.
    #[schema(minimum = 1, maximum = 999)]
    seat: Option<i32>,
    /// Counted as staff; yes unless given.
    full_time: Option<bool>,
    /// Length of a term; null: no term.
    #[schema(minimum = 1, maximum = 120)]
    term_months: Option<i32>,
    /// First day.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
}

impl NewPost {
    fn checked(self) -> Result<NewPostRow, Vec<Finding>> {
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", self.from, self.to));
        if let Some(seat) = self.seat {
            findings.keep(between("/seat", seat, 999));
        }
        if let Some(months) = self.term_months {
            findings.keep(between("/term_months", months, 120));
        }
        let found = findings.into_vec();
        let NewPost { title_id, unit_id, seat, full_time, term_months, .. } = self;
        let full_time = full_time.unwrap_or(true);
        match during {
            Some(during) if found.is_empty() => {
                Ok(NewPostRow { title_id, unit_id, seat, full_time, term_months, during })
            }
            _ => Err(found),
        }
    }
}

/// Posts that one request may make.
const MOST_POSTS: usize = 500;

/// Posts to be made, all or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"posts": [{"title_id": "01994f7e-0000-7000-8000-000000000003", "unit_id": "01994f7e-0000-7000-8000-000000000002",
    "full_time": true, "term_months": 60, "from": "2025-07-01", "to": null}]}))]
pub struct NewPosts {
    /// The posts.
    #[schema(min_items = 1, max_items = 500)]
    posts: Vec<NewPost>,
}

impl NewPosts {
    fn checked(self) -> Result<Vec<NewPostRow>> {
        let mut findings = Findings::new();
        if self.posts.is_empty() || self.posts.len() > MOST_POSTS {
            let say = Say::new(format!("Từ 1 đến {MOST_POSTS} vị trí"), format!("1 to {MOST_POSTS} posts"));
            return Err(Error::refused(vec![Finding::new("/posts", code::OUT_OF_RANGE, say)]));
        }
        let mut rows = Vec::with_capacity(self.posts.len());
        for (index, post) in self.posts.into_iter().enumerate() {
            match post.checked() {
                Ok(row) => rows.push(row),
                Err(found) => {
                    let at = format!("/posts/{index}");
                    for finding in found {
                        findings.push(finding.under(&at));
                    }
                }
            }
        }
        findings.settle()?;
        Ok(rows)
    }
}

/// Posts that were made, in the order of the request.
#[derive(Serialize, ToSchema)]
pub struct PostsMade {
    /// The posts.
    #[schema(max_items = 500)]
    data: Vec<Ref>,
}

fn between(pointer: &'static str, value: i32, most: i32) -> Result<(), Finding> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(Finding::new(pointer, code::OUT_OF_RANGE, Say::new(format!("Từ 1 đến {most}"), format!("1 to {most}"))))
}

/// Changes of a post.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "2026-12-31"}))]
pub struct PostPatch {
    /// Last day included; null: open.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    to: Change<NaiveDate>,
    /// Length of a term; null: no term.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 120)]
    term_months: Change<i32>,
}

impl TryFrom<PostPatch> for PostChange {
    type Error = Error;
    fn try_from(body: PostPatch) -> Result<Self> {
        let to = match body.to {
            Change::Set(last) => last
                .checked_add_days(Days::new(1))
                .map(Change::Set)
                .ok_or_else(|| Error::refused(vec![Finding::plain("/to", code::BAD_PERIOD)]))?,
            same => same,
        };
        if let Change::Set(months) = body.term_months {
            between("/term_months", months, 120).map_err(|finding| Error::refused(vec![finding]))?;
        }
        Ok(Self { to, term_months: body.term_months })
    }
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListPosts {
    /// Those in this unit and everything below it on the day.
    unit_id: Option<Uuid>,
    /// Those whose locality on the day is this administrative unit itself: not those of the units below it that have one.
    locality_id: Option<Uuid>,
    /// Those whose locality is in this zone on the day.
    zone: Option<Zone>,
    /// Those of one title.
    title_id: Option<TitleId>,
    /// Those of one status on the day.
    status: Option<PostStatus>,
    /// Full-time or concurrent ones.
    full_time: Option<bool>,
    /// Seen from this day; today unless given. Posts that do not exist that day are left out.
    as_of: Option<NaiveDate>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Posts: by unit, then rank of the title, then seat.
///
/// `status` is seen from `as_of`: `filled`, `vacant`, `frozen`, or `vacant_soon` when `vacant_from` is near: by a decided move, the end
/// of the term, the least time of a rotation, the age of retirement, all by the regulations of that day; a retirement day
/// that was decided stands before that age.
/// `status_reason` says which. `unit_id` takes the unit and everything below it. `locality` is the nearest administrative
/// unit upwards from the unit of the post, itself included, by the tree of that day, and `zone` that of the locality.
#[utoipa::path(operation_id = "listPosts", tag = "posts", security(("bearer" = ["posts.read"])), params(ListPosts),
    responses((status = 200, body = Page<Post>, description = "A page"), ListProblems))]
#[get("/posts")]
pub async fn list_posts(
    app: App,
    caller: Caller<perm::ReadPosts>,
    Query(list): Query<ListPosts>,
    paging: Paging,
) -> Result<Answer> {
    let ListPosts { unit_id: unit, locality_id: locality, zone, title_id: title, status, full_time, as_of, .. } = list;
    let day = as_of.unwrap_or_else(|| app.clock.today());
    let filter = PostFilter { day, unit, locality, zone, title, status, full_time };
    let (rows, total) = service::posts(&app, &caller, filter, &paging).await?;
    let keys =
        |row: &Post| vec![row.unit.label.clone(), row.rank_order.to_string(), row.seat.to_string(), row.id.to_string()];
    Answer::page(&paging.page(rows, total, keys, |row| row))
}

/// Makes a post.
///
/// One seat of a title in a unit, from a day on. A title with several seats in one unit is several posts.
#[utoipa::path(operation_id = "createPost", tag = "posts", security(("bearer" = ["posts.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewPost,
    responses((status = 201, body = Post, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/posts")]
pub async fn create_post(
    app: App,
    caller: Caller<perm::ManagePosts>,
    send: Send,
    Json(body): Json<NewPost>,
) -> Result<Answer> {
    let row = body.checked().map_err(Error::refused)?;
    let made = service::create_post(&app, &caller.with(send), &row).await?;
    Answer::created(made, |post| format!("/v1/posts/{}", post.id), |post| post.version, |post| post)
}

/// Makes up to 500 posts at once, all or none.
///
/// As each alone would be made; every finding of every post is told, with pointers like `/posts/3/unit_id`. Seats without
/// a number get the next free ones, in order.
#[utoipa::path(operation_id = "createPosts", tag = "posts", security(("bearer" = ["posts.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewPosts,
    responses((status = 201, body = PostsMade, description = "Made"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/bulk/posts")]
pub async fn create_posts_in_bulk(
    app: App,
    caller: Caller<perm::ManagePosts>,
    send: Send,
    Json(body): Json<NewPosts>,
) -> Result<Answer> {
    let rows = body.checked()?;
    let made = service::create_posts_at_once(&app, &caller.with(send), &rows).await?;
    Answer::created(made, |_| "/v1/posts".to_owned(), |_| 1, |data| PostsMade { data })
}

/// The day that a dated thing is seen from.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PostDay {
    /// Seen from this day; today unless given.
    as_of: Option<NaiveDate>,
}

/// One post, with its holder on the day.
///
/// With `as_of` the holder of that day; without it today's, and with the `ETag` that a change needs.
#[utoipa::path(operation_id = "getPost", tag = "posts", security(("bearer" = ["posts.read"])),
    params(("id" = PostId, Path, description = "Id of the post"), PostDay),
    responses((status = 200, body = Post, description = "The post"), ReadProblems))]
#[get("/posts/{id}")]
pub async fn get_post(
    app: App,
    caller: Caller<perm::ReadPosts>,
    Path(id): Path<PostId>,
    Query(seen): Query<PostDay>,
) -> Result<Answer> {
    let post = service::post(&app, &caller, id, seen.as_of.unwrap_or_else(|| app.clock.today())).await?;
    Answer::found(post.version, &post)
}

/// Ends a post, or changes its term.
///
/// A merge patch. While somebody holds the post on a later day, or will hold it, its end is refused.
#[utoipa::path(operation_id = "updatePost", tag = "posts", security(("bearer" = ["posts.manage"])),
    params(("id" = PostId, Path, description = "Id of the post"), WriteQuery, EditHeaders), request_body = PostPatch,
    responses((status = 200, body = Post, description = "Changed, or, in a dry run, the effects"), WriteProblems))]
#[patch("/posts/{id}")]
pub async fn update_post(
    app: App,
    caller: Caller<perm::ManagePosts>,
    Path(id): Path<PostId>,
    edit: Edit,
    Json(body): Json<PostPatch>,
) -> Result<Answer> {
    let changed = service::update_post(&app, &caller.with(edit), id, &body.try_into()?).await?;
    Answer::changed(changed, |post| post.version, |post| post)
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListPostHolders {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Everybody who held, holds or will hold a post, newest first.
///
/// The holders in order of time, each with the period and the decision; `timeline` says which are past, current and
/// future.
#[utoipa::path(operation_id = "listPostHolders", tag = "posts", security(("bearer" = ["posts.read"])),
    params(("id" = PostId, Path, description = "Id of the post"), ListPostHolders),
    responses((status = 200, body = Page<Appointment>, description = "A page"), ReadProblems))]
#[get("/posts/{id}/holders")]
pub async fn list_post_holders(
    app: App,
    caller: Caller<perm::ReadPosts>,
    Path(id): Path<PostId>,
    _: Query<ListPostHolders>,
    paging: Paging,
) -> Result<Answer> {
    let (rows, total) = service::holders(&app, &caller, id, &paging).await?;
    Answer::page(&paging.page(rows, total, Appointment::keys, |row| row))
}

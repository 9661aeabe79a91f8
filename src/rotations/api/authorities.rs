//! What callers see of the rules that say which post decides, and how the province keeps them.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::db::Outcome;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line, period};
use crate::platform::http::page::Ref;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::platform::period::{Period, Timeline, WirePeriod};
use crate::posts::{Level, PostId, TitleGroup, TitleId};
use crate::regulations::RegulationConfirmation;
use crate::rotations::model::{
    AppointingAuthority, AppointingAuthorityAction, AppointingAuthorityId, MoveId, NewAuthority, RotationId, Ruled,
    Signer,
};
use crate::rotations::service::{self, MoveAuthority};
use crate::rotations::store::{self, AuthorityFilter};

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(list_appointing_authorities)
        .service(create_appointing_authority)
        .service(get_appointing_authority)
        .service(confirm_appointing_authority)
        .service(end_appointing_authority)
        .service(get_rotation_authority);
}

/// A rule that says which post decides.
#[derive(Serialize, ToSchema)]
pub struct AppointingAuthorityView {
    /// Its id.
    id: AppointingAuthorityId,
    /// The title whose posts it is about; null: it is about a group or a level.
    title: Option<Ref>,
    /// The group of the ladder whose posts it is about; null: any.
    group: Option<TitleGroup>,
    /// The level whose posts it is about; null: any.
    level: Option<Level>,
    /// The post that decides.
    authority_post: Ref,
    /// When it holds.
    #[schema(value_type = WirePeriod)]
    during: Period,
    /// Where that stands as seen from today.
    timeline: Timeline,
    /// Instrument and article in one line.
    #[schema(max_length = 400)]
    citation: String,
    /// Number of the instrument.
    #[schema(max_length = 200)]
    instrument: String,
    /// Article.
    #[schema(max_length = 100)]
    article: Option<String>,
    /// Whether the province has confirmed it against the official text: only then it binds.
    confirmed: bool,
    /// Who confirmed it, against what, when; null before.
    confirmation: Option<RegulationConfirmation>,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Who recorded it.
    #[schema(max_length = 200)]
    recorded_by: String,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    allowed_actions: Vec<AppointingAuthorityAction>,
    /// Counts its changes.
    version: i32,
}

impl AppointingAuthorityView {
    fn of(rule: AppointingAuthority, allowed_actions: Vec<AppointingAuthorityAction>, today: NaiveDate) -> Self {
        Self {
            citation: rule.citation(),
            timeline: rule.during.timeline(today),
            confirmed: rule.confirmation.is_some(),
            id: rule.id,
            title: rule.title,
            group: rule.group,
            level: rule.level,
            authority_post: rule.authority_post,
            during: rule.during,
            instrument: rule.instrument,
            article: rule.article,
            confirmation: rule.confirmation,
            recorded_at: rule.recorded_at,
            recorded_by: rule.recorded_by,
            allowed_actions,
            version: rule.version,
        }
    }
}

/// A rule to be recorded: on posts of a title, or of a group of titles and a level, or of one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"group": "group_iv", "level": "commune", "authority_post_id": "01994f7e-0000-7000-8000-000000000001",
    "from": "2026-01-01", "to": null, "instrument": "Quy định 12-QĐ/TU (15/12/2025)", "article": "5"}))]
pub struct NewAppointingAuthority {
    /// The title whose posts it is about; without a group and a level, which the title has.
    title_id: Option<TitleId>,
    /// The group of the ladder whose posts it is about.
    group: Option<TitleGroup>,
    /// The level whose posts it is about.
    level: Option<Level>,
    /// The post that decides.
    authority_post_id: PostId,
    /// First day.
    from: NaiveDate,
    /// Last day included; null: open.
    to: Option<NaiveDate>,
    /// Number of the instrument.
    #[schema(max_length = 200)]
    instrument: String,
    /// Article.
    #[schema(max_length = 100)]
    article: Option<String>,
}

impl TryFrom<NewAppointingAuthority> for NewAuthority {
    type Error = Error;

    fn try_from(body: NewAppointingAuthority) -> Result<Self> {
        let NewAppointingAuthority { title_id, group, level, authority_post_id, from, to, instrument, article } = body;
        let mut findings = Findings::new();
        let during = findings.keep(period("/to", from, to));
        let instrument = findings.keep(line("/instrument", &instrument, 200));
        let article = findings.keep(optional_line("/article", article.as_deref(), 100)).flatten();
        findings.settle()?;
        let (Some(during), Some(instrument)) = (during, instrument) else { return Err(Error::internal("settled")) };
        Ok(Self { ruled: Ruled { title_id, group, level }, authority_post_id, during, instrument, article })
    }
}

/// That a rule has been compared with the official text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"against": "Bản có dấu của Văn phòng Tỉnh ủy", "confirmed_on": "2026-01-15"}))]
pub struct NewAuthorityConfirmation {
    /// The official text that was read.
    #[schema(max_length = 400)]
    against: String,
    /// The day on which it was compared; not after today.
    confirmed_on: NaiveDate,
}

/// The end of a rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"last_on": "2026-12-31", "reason": "Quy định mới"}))]
pub struct NewAuthorityEnd {
    /// The last day on which it holds: one of its days, before its present last one.
    last_on: NaiveDate,
    /// Why.
    #[schema(max_length = 400)]
    reason: String,
}

/// Which rules.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListAppointingAuthorities {
    /// Those that hold on this day; all unless given.
    as_of: Option<NaiveDate>,
    /// Those on this title itself.
    title_id: Option<TitleId>,
    /// Those by which this post decides.
    post_id: Option<PostId>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// Which posts decide, by title, group of titles and level; those that begin last first.
///
/// Phân cấp quản lý cán bộ: of all rules that hold on a day the one on the title itself comes before one on its group, a group at
/// a level before the group, and a level alone last. The same for the whole province.
#[utoipa::path(operation_id = "listAppointingAuthorities", tag = "rotations", security(("bearer" = ["regulations.read"])), params(ListAppointingAuthorities),
    responses((status = 200, body = Page<AppointingAuthorityView>, description = "A page"), ListProblems))]
#[get("/appointing-authorities")]
pub async fn list_appointing_authorities(
    app: App,
    caller: Caller<perm::ReadRegulations>,
    Query(list): Query<ListAppointingAuthorities>,
    paging: Paging,
) -> Result<Answer> {
    let filter = AuthorityFilter { day: list.as_of, title: list.title_id, post: list.post_id };
    let (mut conn, today) = (app.db.read().await?, app.clock.today());
    let (rows, total) = store::list_authorities(&mut conn, filter, &paging).await?;
    let allowed = service::authority_actions(&mut conn, &caller, &rows, today).await?;
    let rows = rows.into_iter().zip(allowed).collect();
    let keys = |(row, _): &(AppointingAuthority, _)| {
        vec![row.during.from().unwrap_or_default().to_string(), row.id.to_string()]
    };
    Answer::page(&paging.page(rows, total, keys, |(row, allowed)| AppointingAuthorityView::of(row, allowed, today)))
}

async fn viewed<P>(app: &App, caller: &Caller<P>, rule: AppointingAuthority) -> Result<AppointingAuthorityView> {
    let (rules, today) = ([rule], app.clock.today());
    let allowed = service::authority_actions(&mut *app.db.read().await?, caller, &rules, today).await?;
    let [rule] = rules;
    Ok(AppointingAuthorityView::of(rule, allowed.into_iter().flatten().collect(), today))
}

async fn changed(app: &App, caller: &Caller, outcome: Outcome<AppointingAuthority>) -> Result<Answer> {
    let view = viewed(app, caller, outcome.value.clone()).await?;
    Answer::changed(outcome, |rule| rule.version, |_| view)
}

/// Records which post decides on posts of a title, of a group or of a level.
///
/// For days on which no other rule is about the very same. Who records it holds the permission in the whole province. Nobody has
/// confirmed it yet: until then it is told, and refuses nothing.
#[utoipa::path(operation_id = "createAppointingAuthority", tag = "rotations", security(("bearer" = ["regulations.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewAppointingAuthority,
    responses((status = 201, body = AppointingAuthorityView, description = "Recorded"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/appointing-authorities")]
pub async fn create_appointing_authority(
    app: App,
    caller: Caller<perm::ManageRegulations>,
    send: Send,
    Json(body): Json<NewAppointingAuthority>,
) -> Result<Answer> {
    let rule = body.try_into()?;
    let caller = caller.with(send);
    let made = service::create_authority(&app, &caller, &rule).await?;
    let view = viewed(&app, &caller, made.value.clone()).await?;
    Answer::created(made, |made| format!("/v1/appointing-authorities/{}", made.id), |made| made.version, |_| view)
}

/// One rule that says which post decides.
///
/// Its `ETag` is needed to confirm or end it.
#[utoipa::path(operation_id = "getAppointingAuthority", tag = "rotations", security(("bearer" = ["regulations.read"])),
    params(("id" = AppointingAuthorityId, Path, description = "Id of the rule")),
    responses((status = 200, body = AppointingAuthorityView, description = "The rule"), ReadProblems))]
#[get("/appointing-authorities/{id}")]
pub async fn get_appointing_authority(
    app: App,
    caller: Caller<perm::ReadRegulations>,
    Path(id): Path<AppointingAuthorityId>,
) -> Result<Answer> {
    let rule = store::find_authority(&mut *app.db.read().await?, id).await?;
    let version = rule.version;
    Answer::found(version, &viewed(&app, &caller, rule).await?)
}

/// Confirms a rule against the official text: from now on it binds.
///
/// Once, by a person who answers for it, for the whole province. A decision on posts that it is about then names who signed it, and
/// is refused unless they may sign.
#[utoipa::path(operation_id = "confirmAppointingAuthority", tag = "rotations", security(("bearer" = ["regulations.manage"])),
    params(("id" = AppointingAuthorityId, Path, description = "Id of the rule"), WriteQuery, EditHeaders), request_body = NewAuthorityConfirmation,
    responses((status = 200, body = AppointingAuthorityView, description = "Confirmed, or, in a dry run, the effects"), WriteProblems))]
#[post("/appointing-authorities/{id}/confirm")]
pub async fn confirm_appointing_authority(
    app: App,
    caller: Caller<perm::ManageRegulations>,
    Path(id): Path<AppointingAuthorityId>,
    edit: Edit,
    Json(body): Json<NewAuthorityConfirmation>,
) -> Result<Answer> {
    let against = line("/against", &body.against, 400).map_err(|finding| Error::refused(vec![finding]))?;
    let caller = caller.with(edit);
    let confirmed = service::confirm_authority(&app, &caller, id, &against, body.confirmed_on).await?;
    changed(&app, &caller, confirmed).await
}

/// Gives a rule its last day; another may follow it.
///
/// Decisions that were taken stand.
#[utoipa::path(operation_id = "endAppointingAuthority", tag = "rotations", security(("bearer" = ["regulations.manage"])),
    params(("id" = AppointingAuthorityId, Path, description = "Id of the rule"), WriteQuery, EditHeaders), request_body = NewAuthorityEnd,
    responses((status = 200, body = AppointingAuthorityView, description = "Ended, or, in a dry run, the effects"), WriteProblems))]
#[post("/appointing-authorities/{id}/end")]
pub async fn end_appointing_authority(
    app: App,
    caller: Caller<perm::ManageRegulations>,
    Path(id): Path<AppointingAuthorityId>,
    edit: Edit,
    Json(body): Json<NewAuthorityEnd>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 400).map_err(|finding| Error::refused(vec![finding]))?;
    let caller = caller.with(edit);
    let ended = service::end_authority(&app, &caller, id, body.last_on, &reason).await?;
    changed(&app, &caller, ended).await
}

/// Who decides on one move.
#[derive(Serialize, ToSchema)]
pub struct MoveAuthorityView {
    /// The move.
    move_id: MoveId,
    /// The post that is entered.
    to_post: Ref,
    /// The post that decides; null: no rule of the day says it.
    authority_post: Option<Ref>,
    /// The rule.
    rule_id: Option<AppointingAuthorityId>,
    /// Where it stands.
    #[schema(max_length = 400)]
    citation: Option<String>,
    /// Whether the province has confirmed it: only then it binds.
    confirmed: bool,
    /// Who may sign on that day: who holds the post, and to whom it has delegated.
    #[schema(max_items = 200)]
    signers: Vec<Signer>,
    /// The post that decides lies out of the caller's units, and who may sign for it is not told.
    withheld: bool,
    /// Whether who signed the decision may sign for that post; null before a decision that names its signer, without a rule, and where it is withheld.
    signer_entitled: Option<bool>,
}

/// Who decides a case.
#[derive(Serialize, ToSchema)]
pub struct RotationAuthority {
    /// The day whose rules were applied: that of the decision, today before it.
    as_of: NaiveDate,
    /// Move by move.
    #[schema(max_items = 100)]
    moves: Vec<MoveAuthorityView>,
}

/// Who decides on each move of a case, and who may sign.
///
/// Which post by the title of the post that is entered, its group and its level; who holds that post on the day, and who may sign
/// by a delegation of it. A rule that nobody has confirmed is told, and refuses nothing.
#[utoipa::path(operation_id = "getRotationAuthority", tag = "rotations", security(("bearer" = ["rotations.read"])),
    params(("id" = RotationId, Path, description = "Id of the case")),
    responses((status = 200, body = RotationAuthority, description = "Who decides"), ReadProblems))]
#[get("/rotations/{id}/authority")]
pub async fn get_rotation_authority(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Path(id): Path<RotationId>,
) -> Result<Answer> {
    let rotation = store::find(&mut *app.db.read().await?, caller.scope(), id).await?;
    let (as_of, told) = service::authority(&app, &caller, &rotation).await?;
    let ids = rotation.moves.iter().map(|step| step.id);
    let view = |(move_id, one): (MoveId, MoveAuthority)| {
        let MoveAuthority { entitled, withheld, signer_entitled } = one;
        let rule = entitled.rule;
        MoveAuthorityView {
            move_id,
            to_post: entitled.to_post,
            rule_id: rule.as_ref().map(|rule| rule.id),
            citation: rule.as_ref().map(AppointingAuthority::citation),
            confirmed: rule.as_ref().is_some_and(|rule| rule.confirmation.is_some()),
            authority_post: rule.map(|rule| rule.authority_post),
            signers: entitled.signers,
            withheld,
            signer_entitled,
        }
    };
    Answer::value(&RotationAuthority { as_of, moves: ids.zip(told).map(view).collect() })
}

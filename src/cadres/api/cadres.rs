//! Cadre records: found, read, registered, changed.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::cadres::model::{Cadre, CadreId, CadreProposal, CadreStatus, CadreSummary, PersonalData, Sex};
use crate::cadres::service::{self, Grounds};
use crate::cadres::store::{CadreFilter, CadreSort, Listed};
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Findings, Result};
use crate::platform::http::fields::{line, optional_line};
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Change, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};
use crate::platform::text::Search;

/// A person to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"full_name": "Lò Văn Hặc", "sex": "male", "born_on": "1978-05-04", "personal_number": "011078000123", "ethnic_group": "thai",
    "recruited_on": "2001-09-01", "unit_id": "01994f7e-0000-7000-8000-000000000002"}))]
pub struct NewCadre {
    /// Full name.
    #[schema(max_length = 200)]
    full_name: String,
    /// Sex.
    sex: Sex,
    /// Day of birth; 1 January where only the year is known.
    born_on: NaiveDate,
    /// 12 digits.
    #[schema(max_length = 12, pattern = "^[0-9]{12}$")]
    personal_number: Option<String>,
    /// Code of the catalogue `ethnic_groups`.
    #[schema(max_length = 80)]
    ethnic_group: String,
    /// Code of the catalogue `religions`.
    #[schema(max_length = 80)]
    religion: Option<String>,
    /// Quê quán.
    #[schema(max_length = 400)]
    native_place: Option<String>,
    /// Quê quán as an administrative unit, perhaps one that is no more.
    native_unit_id: Option<Uuid>,
    /// Day of joining the Party.
    party_joined_on: Option<NaiveDate>,
    /// Day of recruitment.
    recruited_on: Option<NaiveDate>,
    /// The unit that keeps the file; later it follows the full-time post.
    unit_id: Uuid,
    /// In service unless given.
    status: Option<CadreStatus>,
    /// The number is right although it does not agree with the rest.
    confirm_number_mismatch: Option<bool>,
    /// It is somebody else than whoever has the same name, birth and native place.
    confirm_duplicate: Option<bool>,
}

impl TryFrom<NewCadre> for CadreProposal {
    type Error = Error;
    fn try_from(body: NewCadre) -> Result<Self> {
        let mut findings = Findings::new();
        let full_name = findings.keep(line("/full_name", &body.full_name, 200));
        let native_place = findings.keep(optional_line("/native_place", body.native_place.as_deref(), 400));
        findings.settle()?;
        let (Some(full_name), Some(native_place)) = (full_name, native_place) else {
            return Err(Error::internal("settled"));
        };
        let person = PersonalData {
            full_name,
            sex: body.sex,
            born_on: body.born_on,
            personal_number: body.personal_number,
            ethnic_group: body.ethnic_group,
            religion: body.religion,
            native_place,
            native_unit_id: body.native_unit_id,
            party_joined_on: body.party_joined_on,
            recruited_on: body.recruited_on,
            status: body.status.unwrap_or(CadreStatus::Active),
            confirm_number_mismatch: body.confirm_number_mismatch.unwrap_or(false),
        };
        Ok(Self {
            person,
            unit_id: body.unit_id,
            appointments: Vec::new(),
            plannings: Vec::new(),
            qualifications: Vec::new(),
            confirm_duplicate: body.confirm_duplicate.unwrap_or(false),
        })
    }
}

/// Changes of a record. Its unit follows the full-time post and cannot be set.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"native_place": "Xã Mường Phăng, tỉnh Điện Biên", "religion": null}))]
pub struct CadrePatch {
    /// Full name.
    #[schema(max_length = 200)]
    full_name: Option<String>,
    /// Sex.
    sex: Option<Sex>,
    /// Day of birth; 1 January where only the year is known.
    born_on: Option<NaiveDate>,
    /// 12 digits; null: not known.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 12, pattern = "^[0-9]{12}$")]
    personal_number: Change<String>,
    /// Code of the catalogue `ethnic_groups`.
    #[schema(max_length = 80)]
    ethnic_group: Option<String>,
    /// Code of the catalogue `religions`; null: not known.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 80)]
    religion: Change<String>,
    /// Quê quán.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 400)]
    native_place: Change<String>,
    /// Quê quán as an administrative unit, perhaps one that is no more; null: not known.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    native_unit_id: Change<Uuid>,
    /// Day of joining the Party; null: no member.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    party_joined_on: Change<NaiveDate>,
    /// Day of recruitment; null: not known.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    recruited_on: Change<NaiveDate>,
    /// Whether the person is in service.
    status: Option<CadreStatus>,
    /// The number is right although it does not agree with birth and sex.
    confirm_number_mismatch: Option<bool>,
    /// Why: kept with what was recorded before.
    #[schema(max_length = 400)]
    reason: Option<String>,
    /// Where the status says that the person has left the service: the last day of everything that they hold.
    end_appointments_on: Option<NaiveDate>,
}

impl CadrePatch {
    /// Why, and what goes with it.
    fn grounds(&self) -> Grounds {
        Grounds { reason: self.reason.clone(), end_appointments_on: self.end_appointments_on }
    }

    /// The same patch with its texts cleaned.
    fn checked(self) -> Result<Self> {
        let mut findings = Findings::new();
        let full_name = self.full_name.and_then(|raw| findings.keep(line("/full_name", &raw, 200)));
        let native_place = match self.native_place {
            Change::Set(raw) => findings.keep(line("/native_place", &raw, 400)).map_or(Change::Keep, Change::Set),
            same => same,
        };
        let reason = findings.keep(optional_line("/reason", self.reason.as_deref(), 400)).flatten();
        findings.settle()?;
        Ok(Self { full_name, native_place, reason, ..self })
    }

    fn over(&self, old: PersonalData) -> PersonalData {
        let patch = self.clone();
        PersonalData {
            full_name: patch.full_name.unwrap_or(old.full_name),
            sex: patch.sex.unwrap_or(old.sex),
            born_on: patch.born_on.unwrap_or(old.born_on),
            personal_number: patch.personal_number.over(old.personal_number),
            ethnic_group: patch.ethnic_group.unwrap_or(old.ethnic_group),
            religion: patch.religion.over(old.religion),
            native_place: patch.native_place.over(old.native_place),
            native_unit_id: patch.native_unit_id.over(old.native_unit_id),
            party_joined_on: patch.party_joined_on.over(old.party_joined_on),
            recruited_on: patch.recruited_on.over(old.recruited_on),
            status: patch.status.unwrap_or(old.status),
            confirm_number_mismatch: patch.confirm_number_mismatch.unwrap_or(false),
        }
    }
}

/// Parameters of the list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListCadres {
    /// How words of the name begin, marks and case aside, or its initials ("nva").
    #[param(max_length = 200, example = "lò hặc")]
    q: Option<String>,
    /// Those whose file is kept by this unit or one below it on the day.
    unit_id: Option<Uuid>,
    /// Those of one status.
    status: Option<CadreStatus>,
    /// The order; by name unless given.
    #[param(inline)]
    sort: Option<CadreSort>,
    /// Posts and names of units of this day; today unless given.
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

/// Cadres, by given name unless sorted otherwise; in a search, names with the same marks first.
///
/// `q` searches names without regard to case, tone marks and `đ`: each word of it begins a word of the name. It finds
/// initials too: `nva` finds Nguyễn Văn An.
/// `unit_id` takes the unit and everything below it. Sensitive fields are absent without `cadre.sensitive.read`.
#[utoipa::path(operation_id = "listCadres", tag = "cadres", security(("bearer" = ["cadres.read"])), params(ListCadres),
    responses((status = 200, body = Page<CadreSummary>, description = "A page"), ListProblems))]
#[get("/cadres")]
pub async fn list_cadres(
    app: App,
    caller: Caller<perm::ReadCadres>,
    Query(list): Query<ListCadres>,
    paging: Paging,
) -> Result<Answer> {
    let filter = CadreFilter {
        day: list.as_of.unwrap_or_else(|| app.clock.today()),
        search: list.q.as_deref().map(Search::of),
        dated: list.as_of.is_some(),
        unit: list.unit_id,
        status: list.status,
        sort: list.sort.unwrap_or_default(),
    };
    let (rows, total) = service::cadres(&app, &caller, &filter, &paging).await?;
    Answer::page(&paging.page(rows, total, |row: &Listed| row.keys.clone(), |row| row.cadre))
}

/// Registers a person.
///
/// The file goes to `unit_id` until a full-time post takes it elsewhere. A personal number (số định danh cá nhân) is
/// checked against province, birth and sex, and belongs to one person: 409 `number_taken`. Somebody of the caller's units
/// with the same name, birth and native place is a `possible_duplicate`, until `confirm_duplicate` says that it is not.
#[utoipa::path(operation_id = "createCadre", tag = "cadres", security(("bearer" = ["cadres.manage"])), params(WriteQuery, SendHeaders),
    request_body = NewCadre,
    responses((status = 201, body = Cadre, description = "Registered"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres")]
pub async fn create_cadre(
    app: App,
    caller: Caller<perm::ManageCadres>,
    send: Send,
    Json(body): Json<NewCadre>,
) -> Result<Answer> {
    let made = service::create_cadre(&app, &caller.with(send), &body.try_into()?).await?;
    Answer::created(made, |cadre| format!("/v1/cadres/{}", cadre.id), |cadre| cadre.version, |cadre| cadre)
}

/// One record. Sensitive fields are absent without the permission for them.
///
/// With the `ETag` that a change needs. Sensitive fields (personal number, ethnic group, religion, day of joining the
/// Party) are absent without `cadre.sensitive.read`.
#[utoipa::path(operation_id = "getCadre", tag = "cadres", security(("bearer" = ["cadres.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre")),
    responses((status = 200, body = Cadre, description = "The record"), ReadProblems))]
#[get("/cadres/{id}")]
pub async fn get_cadre(app: App, caller: Caller<perm::ReadCadres>, Path(id): Path<CadreId>) -> Result<Answer> {
    let cadre = service::cadre(&app, &caller, id).await?;
    Answer::found(cadre.version, &cadre)
}

/// Changes a record. Its unit follows the full-time post and cannot be set.
///
/// A merge patch: what is absent stays, `null` clears. The unit of the file follows the full-time post and cannot be
/// set here. The record before stays readable in the profile by `known_at`, with the `reason`. Who is marked as retired,
/// left or deceased holds nothing any more: `still_holds` until `end_appointments_on` says from when.
#[utoipa::path(operation_id = "updateCadre", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, EditHeaders), request_body = CadrePatch,
    responses((status = 200, body = Cadre, description = "Changed, or, in a dry run, the effects"), WriteProblems))]
#[patch("/cadres/{id}")]
pub async fn update_cadre(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<CadreId>,
    edit: Edit,
    Json(body): Json<CadrePatch>,
) -> Result<Answer> {
    let patch = body.checked()?;
    let changed = service::update_cadre(&app, &caller.with(edit), id, |old| patch.over(old), &patch.grounds()).await?;
    Answer::changed(changed, |cadre| cadre.version, |cadre| cadre)
}

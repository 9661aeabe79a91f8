//! Corrections that people propose of their own record.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::ListOfPerson;
use super::qualifications::NewCadreQualification;
use crate::cadres::model::{
    CadreId, Correction, CorrectionProposal, CorrectionSummary, InitialQualification, ProposalEvidence, ProposalId,
    ProposalState, RecordField, Sex,
};
use crate::cadres::service;
use crate::cadres::store::ProposalFilter;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::fields::line;
use crate::platform::http::write::{EditHeaders, SendHeaders, WriteQuery};
use crate::platform::http::{
    Answer, Change, Edit, Effects, Json, ListProblems, Page, Paging, Path, Query, ReadProblems, Send, WriteProblems,
};

/// Qualifications of one proposal.
const MOST_QUALIFICATIONS: usize = 10;

/// What somebody proposes to change in the fields of their record. As in a change by the officer: what is absent stays,
/// `null` clears.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordCorrection {
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
    /// Quê quán as an administrative unit; null: not known.
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
    /// The number is right although it does not agree with birth and sex.
    confirm_number_mismatch: Option<bool>,
}

impl RecordCorrection {
    /// The fields that it names, in the order of the record.
    fn fields(self, findings: &mut Findings) -> Vec<(RecordField, Option<String>)> {
        let line = |pointer, longest, raw: String, findings: &mut Findings| findings.keep(line(pointer, &raw, longest));
        let name = self.full_name.and_then(|raw| line("/record/full_name", 200, raw, findings));
        let native_place = match self.native_place {
            Change::Keep => None,
            Change::Clear => Some(None),
            Change::Set(raw) => line("/record/native_place", 400, raw, findings).map(Some),
        };
        let text = |change: Change<String>| match change {
            Change::Keep => None,
            Change::Clear => Some(None),
            Change::Set(text) => Some(Some(text)),
        };
        let unit = match self.native_unit_id {
            Change::Keep => None,
            Change::Clear => Some(None),
            Change::Set(unit) => Some(Some(unit.to_string())),
        };
        let day = |change: Change<NaiveDate>| match change {
            Change::Keep => None,
            Change::Clear => Some(None),
            Change::Set(day) => Some(Some(day.to_string())),
        };
        let named = [
            (RecordField::FullName, name.map(Some)),
            (RecordField::Sex, self.sex.map(|sex| Some(sex.name().to_owned()))),
            (RecordField::BornOn, self.born_on.map(|day| Some(day.to_string()))),
            (RecordField::PersonalNumber, text(self.personal_number)),
            (RecordField::EthnicGroup, self.ethnic_group.map(Some)),
            (RecordField::Religion, text(self.religion)),
            (RecordField::NativePlace, native_place),
            (RecordField::NativeUnitId, unit),
            (RecordField::PartyJoinedOn, day(self.party_joined_on)),
            (RecordField::RecruitedOn, day(self.recruited_on)),
        ];
        named.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
    }
}

/// A correction to be proposed: fields of the record, qualifications to be added, or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"record": {"native_place": "Xã Mường Phăng, tỉnh Điện Biên"},
    "qualifications": [{"kind": "language", "level": "B1", "obtained_on": "2024-06-30"}],
    "reason": "Ghi sai khi lập hồ sơ", "evidence": {"number": "123/TLKH", "issuer": "UBND xã Mường Phăng", "issued_on": "2024-07-15"}}))]
pub struct NewCorrection {
    /// Fields of the record.
    #[serde(default)]
    record: RecordCorrection,
    /// What was learned and is not in the record.
    #[serde(default)]
    #[schema(max_items = 10)]
    qualifications: Vec<NewCadreQualification>,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
    /// What shows it; the document itself stays outside.
    evidence: ProposalEvidence,
}

impl TryFrom<NewCorrection> for CorrectionProposal {
    type Error = Error;
    fn try_from(body: NewCorrection) -> Result<Self> {
        let NewCorrection { record, qualifications, reason, evidence } = body;
        let mut findings = Findings::new();
        if qualifications.len() > MOST_QUALIFICATIONS {
            findings.push(Finding::plain("/qualifications", code::OUT_OF_RANGE));
        }
        let confirm_number_mismatch = record.confirm_number_mismatch.unwrap_or(false);
        let fields = record.fields(&mut findings);
        let mut learned = Vec::with_capacity(qualifications.len());
        for (index, one) in qualifications.into_iter().enumerate() {
            match InitialQualification::try_from(one) {
                Ok(one) => learned.push(one.into()),
                Err(error) => {
                    for finding in error.findings() {
                        findings.push(finding.clone().under(&format!("/qualifications/{index}")));
                    }
                }
            }
        }
        let reason = findings.keep(line("/reason", &reason, 1000));
        let number = findings.keep(line("/evidence/number", &evidence.number, 100));
        let issuer = findings.keep(line("/evidence/issuer", &evidence.issuer, 200));
        findings.settle()?;
        let (Some(reason), Some(number), Some(issuer)) = (reason, number, issuer) else {
            return Err(Error::internal("settled"));
        };
        let evidence = ProposalEvidence { number, issuer, issued_on: evidence.issued_on };
        Ok(Self { fields, confirm_number_mismatch, qualifications: learned, reason, evidence })
    }
}

/// Under which condition a proposal is accepted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"record_version": null}))]
pub struct CorrectionAcceptance {
    /// The version of the record that was seen; needed where a field has another value than when it was proposed.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    record_version: Option<i32>,
}

/// Why a proposal is refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Trích lục không ghi nơi sinh này"}))]
pub struct CorrectionRefusal {
    /// Why; the person reads it.
    #[schema(max_length = 1000)]
    reason: String,
}

/// Which proposals.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct ListProposals {
    /// In this state.
    #[param(inline)]
    state: Option<ProposalState>,
    /// About people whose file is kept by this unit or one below it.
    unit_id: Option<Uuid>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The sort keys of a proposal.
fn keys(row: &CorrectionSummary) -> Vec<String> {
    vec![row.proposed_at.to_rfc3339(), row.id.to_string()]
}

/// Proposes a correction of one's own record.
///
/// By the person alone. Nothing changes before an officer of the unit that keeps the file accepts; what the officer
/// would be refused is refused here already. Status and unit are not the person's to propose. 409 `too_many_open` while
/// 20 of them wait.
#[utoipa::path(operation_id = "proposeCorrection", tag = "cadres", security(("bearer" = ["proposals.make"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), WriteQuery, SendHeaders), request_body = NewCorrection,
    responses((status = 201, body = Correction, description = "Proposed"), (status = 200, body = Effects, description = "Dry run"), WriteProblems))]
#[post("/cadres/{id}/proposals")]
pub async fn propose_correction(
    app: App,
    caller: Caller<perm::MakeProposals>,
    Path(id): Path<CadreId>,
    send: Send,
    Json(body): Json<NewCorrection>,
) -> Result<Answer> {
    let made = service::propose(&app, &caller.with(send), id, &body.try_into()?).await?;
    Answer::created(made, |made| format!("/v1/proposals/{}", made.id), |made| made.version, |made| made)
}

/// What a person proposed to correct, newest first.
///
/// Names the fields, not their values.
#[utoipa::path(operation_id = "listCadreProposals", tag = "cadres", security(("bearer" = ["proposals.read"])),
    params(("id" = CadreId, Path, description = "Id of the cadre"), ListOfPerson),
    responses((status = 200, body = Page<CorrectionSummary>, description = "A page"), ReadProblems))]
#[get("/cadres/{id}/proposals")]
pub async fn list_cadre_proposals(
    app: App,
    caller: Caller<perm::ReadProposals>,
    Path(id): Path<CadreId>,
    _: Query<ListOfPerson>,
    paging: Paging,
) -> Result<Answer> {
    let filter = ProposalFilter { day: app.clock.today(), cadre: Some(id), state: None, unit: None };
    let (rows, total) = service::proposals(&app, &caller, filter, &paging).await?;
    Answer::page(&paging.page(rows, total, keys, |row| row))
}

/// Proposed corrections of the caller's units, the oldest first: what an officer has to look at.
///
/// Names the fields, not their values. `state=proposed` is the worklist.
#[utoipa::path(operation_id = "listProposals", tag = "cadres", security(("bearer" = ["proposals.read"])), params(ListProposals),
    responses((status = 200, body = Page<CorrectionSummary>, description = "A page"), ListProblems))]
#[get("/proposals")]
pub async fn list_proposals(
    app: App,
    caller: Caller<perm::ReadProposals>,
    Query(list): Query<ListProposals>,
    paging: Paging,
) -> Result<Answer> {
    let filter = ProposalFilter { day: app.clock.today(), cadre: None, state: list.state, unit: list.unit_id };
    let (rows, total) = service::proposals(&app, &caller, filter, &paging).await?;
    Answer::page(&paging.page(rows, total, keys, |row| row))
}

/// One proposed correction, held against the record as it is now.
///
/// For each field what it was when it was proposed, what it is now and what it would be; `allowed_actions` says what
/// this caller may do. Its `ETag` is needed for that. Sensitive fields are shown to those who may see them.
#[utoipa::path(operation_id = "getProposal", tag = "cadres", security(("bearer" = ["proposals.read"])),
    params(("id" = ProposalId, Path, description = "Id of the proposal")),
    responses((status = 200, body = Correction, description = "The proposal"), ReadProblems))]
#[get("/proposals/{id}")]
pub async fn get_proposal(app: App, caller: Caller<perm::ReadProposals>, Path(id): Path<ProposalId>) -> Result<Answer> {
    let found = service::proposal(&app, &caller, id).await?;
    Answer::found(found.version, &found)
}

/// Accepts a correction: it is written into the record, all of it or nothing.
///
/// By the same rules as a change by the officer. 409 `record_changed` where a proposed field has another value than when
/// it was proposed, unless `record_version` names the version of the record that was seen: `allowed_actions` is silent of
/// it then. Nobody accepts their own.
#[utoipa::path(operation_id = "acceptProposal", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = ProposalId, Path, description = "Id of the proposal"), WriteQuery, EditHeaders), request_body = CorrectionAcceptance,
    responses((status = 200, body = Correction, description = "Accepted, or, in a dry run, the effects"), WriteProblems))]
#[post("/proposals/{id}/accept")]
pub async fn accept_proposal(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<ProposalId>,
    edit: Edit,
    Json(body): Json<CorrectionAcceptance>,
) -> Result<Answer> {
    let settled = service::accept_proposal(&app, &caller.with(edit), id, body.record_version).await?;
    Answer::changed(settled, |proposal| proposal.version, |proposal| proposal)
}

/// Refuses a correction, for a reason.
///
/// The record stays as it is; the person reads the reason.
#[utoipa::path(operation_id = "refuseProposal", tag = "cadres", security(("bearer" = ["cadres.manage"])),
    params(("id" = ProposalId, Path, description = "Id of the proposal"), WriteQuery, EditHeaders), request_body = CorrectionRefusal,
    responses((status = 200, body = Correction, description = "Refused, or, in a dry run, the effects"), WriteProblems))]
#[post("/proposals/{id}/refuse")]
pub async fn refuse_proposal(
    app: App,
    caller: Caller<perm::ManageCadres>,
    Path(id): Path<ProposalId>,
    edit: Edit,
    Json(body): Json<CorrectionRefusal>,
) -> Result<Answer> {
    let reason = line("/reason", &body.reason, 1000).map_err(|finding| Error::refused(vec![finding]))?;
    let settled = service::refuse_proposal(&app, &caller.with(edit), id, &reason).await?;
    Answer::changed(settled, |proposal| proposal.version, |proposal| proposal)
}

/// Takes a correction back that one proposed.
///
/// By the person alone, as long as nobody has accepted or refused it.
#[utoipa::path(operation_id = "takeBackProposal", tag = "cadres", security(("bearer" = ["proposals.make"])),
    params(("id" = ProposalId, Path, description = "Id of the proposal"), WriteQuery, EditHeaders),
    responses((status = 200, body = Correction, description = "Taken back, or, in a dry run, the effects"), WriteProblems))]
#[post("/proposals/{id}/take-back")]
pub async fn take_back_proposal(
    app: App,
    caller: Caller<perm::MakeProposals>,
    Path(id): Path<ProposalId>,
    edit: Edit,
) -> Result<Answer> {
    let settled = service::take_back_proposal(&app, &caller.with(edit), id).await?;
    Answer::changed(settled, |proposal| proposal.version, |proposal| proposal)
}

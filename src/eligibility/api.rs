//! What callers ask and are told about fitness for posts.

use actix_web::post;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Check, MoveKind, Question, Rank, Summary};
use super::service::{self, Pair, Part, Ranked};
use crate::cadres::CadreId;
use crate::identity::{Caller, perm};
use crate::platform::App;
use crate::platform::canonical;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::page::Ref;
use crate::platform::http::{Answer, Json, Page, Paging, Query, QuestionProblems};
use crate::posts::PostId;

/// Paths under `/v1`.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(check_eligibility).service(check_candidates).service(check_vacancies);
}

/// Whether a person fits a post.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cadre_id": "01994f7e-0000-7000-8000-000000000001", "post_id": "01994f7e-0000-7000-8000-000000000002",
    "kind": "rotation", "effective_from": "2026-12-01", "expected_end_on": "2029-11-30"}))]
pub struct EligibilityQuestion {
    /// Who.
    cadre_id: CadreId,
    /// Which post.
    post_id: PostId,
    /// By which kind of decision.
    kind: MoveKind,
    /// The day whose rules apply.
    effective_from: NaiveDate,
    /// Last day expected there.
    expected_end_on: Option<NaiveDate>,
}

/// Who fits a post.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"post_id": "01994f7e-0000-7000-8000-000000000002", "kind": "appointment", "effective_from": "2026-12-01"}))]
pub struct CandidatesQuestion {
    /// Which post.
    post_id: PostId,
    /// By which kind of decision.
    kind: MoveKind,
    /// The day whose rules apply.
    effective_from: NaiveDate,
    /// Last day expected there.
    expected_end_on: Option<NaiveDate>,
    /// Those whose file is kept by this unit or one below it on the day; all that the caller may see unless given.
    unit_id: Option<Uuid>,
    /// Those alone who are planned for the title on the day; no unless given.
    planned_only: Option<bool>,
}

/// Which vacant posts fit a person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cadre_id": "01994f7e-0000-7000-8000-000000000001", "kind": "rotation", "effective_from": "2026-12-01",
    "expected_end_on": "2029-11-30"}))]
pub struct VacanciesQuestion {
    /// Who.
    cadre_id: CadreId,
    /// By which kind of decision.
    kind: MoveKind,
    /// The day whose rules apply.
    effective_from: NaiveDate,
    /// Last day expected there.
    expected_end_on: Option<NaiveDate>,
    /// Posts of this unit and everything below it on the day; all that the caller may see unless given.
    unit_id: Option<Uuid>,
}

/// A person held against a post, rule by rule.
#[derive(Serialize, ToSchema)]
pub struct Eligibility {
    /// Who.
    cadre: Ref,
    /// Which post.
    post: Ref,
    /// By which kind of decision.
    kind: MoveKind,
    /// The day whose rules were applied.
    as_of: NaiveDate,
    /// How many checks say what.
    summary: Summary,
    /// The checks: regulations first, then the standard of the title.
    #[schema(max_items = 200)]
    checks: Vec<Check>,
}

/// A person who may come to a post: the least that is not met first, then the least that is not known, then who is planned
/// for the title, then whose file the unit of the post keeps.
#[derive(Serialize, ToSchema)]
pub struct Candidate {
    /// Who.
    cadre: Ref,
    /// The full-time post on the day.
    post: Option<Ref>,
    /// Planned for the title on the day.
    planned: bool,
    /// The unit of the post keeps the file.
    same_unit: bool,
    /// How many checks say what.
    summary: Summary,
    /// The checks: regulations first, then the standard of the title.
    #[schema(max_items = 200)]
    checks: Vec<Check>,
}

/// A vacant post that a person may come to, in the order of candidates.
#[derive(Serialize, ToSchema)]
pub struct Vacancy {
    /// Which post.
    post: Ref,
    /// Whether the person is planned for its title on the day.
    planned: bool,
    /// Its unit keeps the file of the person.
    same_unit: bool,
    /// How many checks say what.
    summary: Summary,
    /// The checks: regulations first, then the standard of the title.
    #[schema(max_items = 200)]
    checks: Vec<Check>,
}

impl From<Ranked> for Candidate {
    fn from(row: Ranked) -> Self {
        let Ranked { rank, of, post, judged } = row;
        let (summary, checks) = (judged.assessment.summary, judged.assessment.checks);
        Self { cadre: of, post, planned: !rank.unplanned, same_unit: !rank.elsewhere, summary, checks }
    }
}

impl From<Ranked> for Vacancy {
    fn from(row: Ranked) -> Self {
        let Ranked { rank, of, judged, .. } = row;
        let (summary, checks) = (judged.assessment.summary, judged.assessment.checks);
        Self { post: of, planned: !rank.unplanned, same_unit: !rank.elsewhere, summary, checks }
    }
}

/// Part of a ranked list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "paging is read by its own extractor")]
pub struct RankedPart {
    /// Rows of a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; the body is sent again as it was.
    #[param(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count all.
    count: Option<bool>,
}

/// The part that a page asks for, of the list of one question: a cursor of another question is none of this one.
fn part(paging: &Paging, question: &str) -> Result<Part> {
    let foreign = || Error::new(code::INVALID_CURSOR);
    let of = paging.key::<String>(0)?;
    if of.as_deref().is_some_and(|of| of != question) {
        return Err(foreign());
    }
    let bit = |index| -> Result<Option<bool>> { Ok(paging.key::<u8>(index)?.map(|bit| bit == 1)) };
    let keys = (paging.key(1)?, paging.key(2)?, bit(3)?, bit(4)?, paging.key(5)?);
    let after = match keys {
        (Some(fails), Some(unknowns), Some(unplanned), Some(elsewhere), Some(id)) => {
            Some(Rank { fails, unknowns, unplanned, elsewhere, id })
        }
        _ => None,
    };
    Ok(Part { after, shown: paging.limit })
}

/// A page of a ranked list.
fn page<T: Serialize + From<Ranked>>(
    paging: &Paging,
    question: &str,
    (rows, total): (Vec<Ranked>, usize),
) -> Result<Answer> {
    let total = paging.count.then(|| i64::try_from(total)).transpose().map_err(Error::internal)?;
    let keys = |row: &Ranked| std::iter::once(question.to_owned()).chain(row.rank.keys()).collect();
    Answer::page(&paging.page(rows, total, keys, T::from))
}

/// Checks whether a person fits a post on a day.
///
/// Every rule that applies to a move of this kind, by the law and the standard of that day: the verdict, the rule with its
/// citation and version, the very facts compared, and what would make it pass. `unknown` where a fact or a rule is missing,
/// or is sensitive and not for the caller (`withheld`). It changes nothing; a check that fails refuses nothing.
#[utoipa::path(operation_id = "checkEligibility", tag = "eligibility", security(("bearer" = ["rotations.read"])),
    request_body = EligibilityQuestion, responses((status = 200, body = Eligibility, description = "The checks"), QuestionProblems))]
#[post("/eligibility-checks")]
pub async fn check_eligibility(
    app: App,
    caller: Caller<perm::ReadRotations>,
    Json(body): Json<EligibilityQuestion>,
) -> Result<Answer> {
    let EligibilityQuestion { cadre_id, post_id, kind, effective_from: day, expected_end_on } = body;
    let question = Question { kind, day, expected_end_on };
    let (cadre, post, judged) = service::check(&app, &caller, question, Pair { cadre_id, post_id }).await?;
    let (summary, checks) = (judged.assessment.summary, judged.assessment.checks);
    Answer::value(&Eligibility { cadre, post, kind, as_of: day, summary, checks })
}

/// Ranks everybody in service for a post.
///
/// Ứng viên: in the units of the caller, or in one of them and below it. First whom the fewest rules speak against, then of
/// whom the least is not known, then who is planned for the title, then whose file the unit of the post keeps, then by id. Who
/// holds the post on the day is left out. What the caller may not see counts as not known, so that the order tells nothing of it.
#[utoipa::path(operation_id = "checkCandidates", tag = "eligibility", security(("bearer" = ["rotations.read"])), params(RankedPart),
    request_body = CandidatesQuestion, responses((status = 200, body = Page<Candidate>, description = "A page"), QuestionProblems))]
#[post("/eligibility-checks/candidates")]
pub async fn check_candidates(
    app: App,
    caller: Caller<perm::ReadRotations>,
    _: Query<RankedPart>,
    paging: Paging,
    Json(body): Json<CandidatesQuestion>,
) -> Result<Answer> {
    let CandidatesQuestion { post_id, kind, effective_from: day, expected_end_on, unit_id, planned_only } = body;
    let planned_only = planned_only.unwrap_or(false);
    let asked = json!([post_id, kind, day, expected_end_on, unit_id, planned_only]);
    let asked = canonical::digest(&asked).unwrap_or_default();
    let question = Question { kind, day, expected_end_on };
    let whom = (unit_id, planned_only);
    let rows = service::candidates(&app, &caller, question, post_id, whom, part(&paging, &asked)?).await?;
    page::<Candidate>(&paging, &asked, rows)
}

/// Ranks the vacant posts for a person.
///
/// Posts that nobody holds on the day and that are not frozen then, in the order of candidates.
#[utoipa::path(operation_id = "checkVacancies", tag = "eligibility", security(("bearer" = ["rotations.read"])), params(RankedPart),
    request_body = VacanciesQuestion, responses((status = 200, body = Page<Vacancy>, description = "A page"), QuestionProblems))]
#[post("/eligibility-checks/vacancies")]
pub async fn check_vacancies(
    app: App,
    caller: Caller<perm::ReadRotations>,
    _: Query<RankedPart>,
    paging: Paging,
    Json(body): Json<VacanciesQuestion>,
) -> Result<Answer> {
    let VacanciesQuestion { cadre_id, kind, effective_from: day, expected_end_on, unit_id } = body;
    let asked = json!([cadre_id, kind, day, expected_end_on, unit_id]);
    let asked = canonical::digest(&asked).unwrap_or_default();
    let question = Question { kind, day, expected_end_on };
    let rows = service::vacancies(&app, &caller, question, cadre_id, unit_id, part(&paging, &asked)?).await?;
    page::<Vacancy>(&paging, &asked, rows)
}

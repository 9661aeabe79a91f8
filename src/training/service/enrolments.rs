//! Putting people on courses, and recording how it ended.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use crate::cadres::{self, CadreId, CadreStatus, NewQualification, QualificationId};
use crate::identity::Caller;
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::platform::http::Paging;
use crate::training::model::{
    CourseId, Enrolment, EnrolmentAction, EnrolmentId, ResultProposal, TrainingOutcome, TrainingResult,
};
use crate::training::rules::{self, Candidate, Class};
use crate::training::store::{self, ClassRow, Enrolled, EnrolmentFilter, EnrolmentOrder, Listed, Reach};

/// Enrolments whose course or whose person the caller may see.
pub async fn enrolments<P>(
    app: &App,
    caller: &Caller<P>,
    filter: EnrolmentFilter,
    order: EnrolmentOrder,
    paging: &Paging,
) -> Result<(Vec<Listed>, Option<i64>)> {
    store::list_enrolments(&mut *app.db.read().await?, &Reach::of(caller), filter, order, paging).await
}

/// An enrolment whose course or whose person the caller may see.
pub async fn enrolment<P>(app: &App, caller: &Caller<P>, id: EnrolmentId) -> Result<Enrolment> {
    store::find_enrolment(&mut *app.db.read().await?, &Reach::of(caller), id).await
}

/// Puts people on courses when nothing speaks against it. The courses are locked before their seats are counted, so that
/// two requests cannot give the last seat twice.
async fn admit(
    tx: &mut Tx,
    caller: &Caller,
    classes: &HashMap<CourseId, ClassRow>,
    asked: &[(CourseId, CadreId, NaiveDate)],
    at: impl Fn(usize) -> String,
) -> Result<Vec<EnrolmentId>> {
    let courses: Vec<CourseId> = classes.keys().copied().collect();
    let known = store::known_pairs(tx, &courses).await?;
    let cadres: Vec<CadreId> = asked.iter().map(|(_, cadre, _)| *cadre).collect();
    let people = cadres::people(tx.conn(), caller.scope(), &cadres).await?;
    let active: HashMap<CadreId, bool> =
        people.iter().map(|person| (person.id, person.status == CadreStatus::Active)).collect();
    let mut findings = Findings::new();
    let mut by_course: BTreeMap<CourseId, (Vec<usize>, Vec<Candidate>)> = BTreeMap::new();
    for (index, (course, cadre, on)) in asked.iter().enumerate() {
        let (places, candidates) = by_course.entry(*course).or_default();
        places.push(index);
        let active = active.get(cadre).copied();
        candidates.push(Candidate { cadre: *cadre, active, known: known.contains(&(*course, *cadre)), on: *on });
    }
    for (course, (places, candidates)) in by_course {
        let place = |index: usize| at(places.get(index).copied().unwrap_or_default());
        let Some(row) = classes.get(&course) else {
            findings.push(Finding::plain(place(0), code::UNKNOWN_REFERENCE));
            continue;
        };
        let class = Class { during: row.during, seats: row.seats, taken: row.taken };
        for finding in rules::enrolling(class, &candidates, tx.today(), place).into_vec() {
            findings.push(finding);
        }
    }
    findings.settle()?;
    store::insert_enrolments(tx, asked).await
}

/// Locks courses and counts their seats.
async fn lock_classes(tx: &mut Tx, caller: &Caller, mut ids: Vec<CourseId>) -> Result<HashMap<CourseId, ClassRow>> {
    ids.sort_unstable();
    ids.dedup();
    tx.lock(ids.iter().map(|id| id.0)).await?;
    store::classes(tx, caller.scope(), &ids).await
}

/// Puts people on a course, all or none, today unless given.
pub async fn enrol(
    app: &App,
    caller: &Caller,
    course: CourseId,
    cadres: &[CadreId],
    on: Option<NaiveDate>,
) -> Result<Outcome<Vec<Enrolment>>> {
    app.db
        .change(caller, "enrol", async |tx| {
            let classes = lock_classes(tx, caller, vec![course]).await?;
            let class = classes.get(&course).ok_or_else(Error::not_found)?;
            if caller.cadre_id().is_some_and(|own| cadres.contains(&CadreId(own))) {
                return Err(Error::new(code::OWN_CASE));
            }
            let on = on.unwrap_or(tx.today());
            let asked: Vec<_> = cadres.iter().map(|cadre| (course, *cadre, on)).collect();
            let ids = admit(tx, caller, &classes, &asked, |index| format!("/cadre_ids/{index}")).await?;
            let made = store::enrolments_of(tx.conn(), &Reach::of(caller), &ids).await?;
            let mut entry = Entry::on("course", course).within(class.unit_id);
            for one in &made {
                let effect = Effect::new("enrolment_made", "enrolment", one.id, &one.cadre.label, Some(on));
                let told = json!({"enrolment_id": one.id, "course_id": course, "cadre_id": one.cadre.id});
                entry = entry.effects([effect]).event("enrolment.made", told);
            }
            Ok((made, entry))
        })
        .await
}

/// Puts people on courses in one change, all or none; gives the ids in the same order. Its audit entry has one effect
/// that counts them.
pub async fn enrol_many(
    app: &App,
    caller: &Caller,
    asked: &[(CourseId, CadreId, NaiveDate)],
) -> Result<Outcome<Vec<EnrolmentId>>> {
    app.db
        .change(caller, "enrol_many", async |tx| {
            let classes = lock_classes(tx, caller, asked.iter().map(|(course, ..)| *course).collect()).await?;
            let ids = admit(tx, caller, &classes, asked, |index| format!("/{index}")).await?;
            let first = ids.first().map_or(Uuid::nil(), |id| id.0);
            let made = Effect::new("enrolments_made", "enrolment", first, format!("{} enrolments", ids.len()), None);
            Ok((ids, Entry::on("enrolment", first).effects([made])))
        })
        .await
}

/// Writes results that nothing speaks against, the qualifications of the passes first; gives those in the same order.
async fn conclude(
    tx: &mut Tx,
    rows: &[(EnrolmentId, &Enrolled, &TrainingResult)],
) -> Result<Vec<Option<QualificationId>>> {
    let passed = |result: &TrainingResult| result.outcome == TrainingOutcome::Passed;
    let qualifications: Vec<NewQualification> = rows
        .iter()
        .filter(|(.., result)| passed(result))
        .map(|(id, enrolled, result)| NewQualification {
            cadre_id: enrolled.standing.cadre,
            kind: enrolled.standing.kind.qualification(),
            level: enrolled.standing.level.clone(),
            field: Some(enrolled.programme.clone()),
            institution: Some(enrolled.institution.clone()),
            obtained_on: result.result_on,
            certificate_number: result.certificate_number.clone(),
            enrolment_id: Some(id.0),
        })
        .collect();
    let mut recorded = cadres::record_qualifications(tx, &qualifications).await?.into_iter();
    let written: Vec<Option<QualificationId>> =
        rows.iter().map(|(.., result)| if passed(result) { recorded.next() } else { None }).collect();
    let results: Vec<_> = rows.iter().zip(&written).map(|((id, _, result), led_to)| (*id, *result, *led_to)).collect();
    store::write_results(tx, &results).await?;
    Ok(written)
}

/// Records how an enrolment ended. A pass writes the qualification into the person's record.
pub async fn record_result(
    app: &App,
    caller: &Caller,
    id: EnrolmentId,
    result: &TrainingResult,
) -> Result<Outcome<Enrolment>> {
    let reach = Reach::of(caller);
    app.db
        .change(caller, "record_result", async |tx| {
            let found = store::lock_standings(tx, &reach, &[id]).await?;
            let enrolled = found.get(&id).ok_or_else(Error::not_found)?;
            rules::guard(EnrolmentAction::RecordResult, enrolled.standing.state, enrolled.access)
                .map_err(Error::new)?;
            tx.check_version(enrolled.version)?;
            let findings = rules::result(&enrolled.standing, result, tx.today(), "");
            if !findings.is_empty() {
                return Err(Error::refused(findings));
            }
            let written = conclude(tx, &[(id, enrolled, result)]).await?;
            let (kind, effect) = match result.outcome {
                TrainingOutcome::Passed => ("enrolment.passed", "enrolment_passed"),
                TrainingOutcome::Failed => ("enrolment.failed", "enrolment_failed"),
                TrainingOutcome::Withdrawn => ("enrolment.withdrawn", "enrolment_withdrawn"),
            };
            let on = Some(result.result_on);
            let ended = Effect::new(effect, "enrolment", id, &enrolled.cadre_name, on);
            let recorded = written.into_iter().flatten().map(|qualification| {
                let label = format!("{}: {}", enrolled.programme, enrolled.standing.level);
                Effect::new("qualification_recorded", "qualification", qualification, label, on)
            });
            let told = json!({"enrolment_id": id, "course_id": enrolled.standing.course,
                "cadre_id": enrolled.standing.cadre, "result_on": result.result_on});
            let entry = Entry::on("enrolment", id).within(enrolled.unit_id).effects([ended]).effects(recorded);
            Ok((store::find_enrolment(tx.conn(), &reach, id).await?, entry.event(kind, told)))
        })
        .await
}

/// Records how enrolments ended in one change, all or none; gives the qualifications of the passes in the same order.
/// Its audit entry has one effect that counts them.
pub async fn record_results(
    app: &App,
    caller: &Caller,
    proposals: &[ResultProposal],
) -> Result<Outcome<Vec<Option<QualificationId>>>> {
    let reach = Reach::of(caller);
    app.db
        .change(caller, "record_results", async |tx| {
            let ids: Vec<EnrolmentId> = proposals.iter().map(|proposal| proposal.enrolment_id).collect();
            let mut found = store::lock_standings(tx, &reach, &ids).await?;
            let mut findings = Findings::new();
            let mut rows = Vec::with_capacity(proposals.len());
            for (index, proposal) in proposals.iter().enumerate() {
                // One that is named twice is not there the second time.
                let Some(enrolled) = found.remove(&proposal.enrolment_id) else {
                    findings.push(Finding::plain(format!("/{index}/enrolment_id"), code::UNKNOWN_REFERENCE));
                    continue;
                };
                if let Err(code) = rules::guard(EnrolmentAction::RecordResult, enrolled.standing.state, enrolled.access)
                {
                    findings.push(Finding::plain(format!("/{index}"), code));
                }
                for finding in rules::result(&enrolled.standing, &proposal.result, tx.today(), &format!("/{index}")) {
                    findings.push(finding);
                }
                rows.push((proposal.enrolment_id, enrolled, &proposal.result));
            }
            findings.settle()?;
            let rows: Vec<_> = rows.iter().map(|(id, enrolled, result)| (*id, enrolled, *result)).collect();
            let written = conclude(tx, &rows).await?;
            let first = rows.first().map_or(Uuid::nil(), |(id, ..)| id.0);
            let label = format!("{} results, {} passed", rows.len(), written.iter().flatten().count());
            let made = Effect::new("results_recorded", "enrolment", first, label, None);
            Ok((written, Entry::on("enrolment", first).effects([made])))
        })
        .await
}

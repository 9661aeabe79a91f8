//! What is decided about corrections that people propose.

use chrono::NaiveDate;

use super::{assess as assess_record, qualification};
use crate::cadres::model::{
    FieldChange, PersonalData, ProposalAction, ProposalEvidence, ProposalState, ProposedChanges,
};
use crate::platform::error::{Code, Finding, Findings, Say, code};

/// Whose record a proposal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Somebody else's.
    Another,
    /// The caller's, who proposes no corrections.
    Own,
    /// The caller's, who proposes corrections of it.
    OwnToCorrect,
}

/// What a caller is to a proposal.
#[derive(Clone, Copy, Debug)]
pub struct Stance {
    /// Keeps files at the unit that keeps this one.
    pub manages: bool,
    /// Sees all that it would change.
    pub sees: bool,
    /// Whose record it is about.
    pub whose: Whose,
}

/// Whether an action is open to a caller. Whoever accepts sees all that they accept, and nobody settles what they asked for
/// themselves.
pub fn guard(action: ProposalAction, state: ProposalState, caller: Stance) -> Result<(), &'static Code> {
    match action {
        ProposalAction::TakeBack if caller.whose != Whose::OwnToCorrect => Err(code::FORBIDDEN),
        ProposalAction::Accept | ProposalAction::Refuse if caller.whose != Whose::Another => Err(code::OWN_CASE),
        ProposalAction::Accept | ProposalAction::Refuse if !caller.manages => Err(code::FORBIDDEN),
        ProposalAction::Accept if !caller.sees => Err(code::FORBIDDEN),
        _ if state != ProposalState::Proposed => Err(code::WRONG_STATE),
        _ => Ok(()),
    }
}

/// The actions that are open to a caller; what is not `current` is accepted by who has seen the record alone.
pub fn allowed(state: ProposalState, caller: Stance, current: bool) -> Vec<ProposalAction> {
    let open = |action: &ProposalAction| {
        guard(*action, state, caller).is_ok() && (current || *action != ProposalAction::Accept)
    };
    ProposalAction::ALL.into_iter().filter(open).collect()
}

/// How many corrections somebody may propose before the first of them is settled.
pub const MOST_OPEN: i64 = 20;

/// Whether somebody may propose one more beside those that wait.
pub fn one_more(open: i64) -> Result<(), &'static Code> {
    if open < MOST_OPEN { Ok(()) } else { Err(code::TOO_MANY_OPEN) }
}

/// What is wrong with a proposal, held against the record as it is: the same rules as when the officer writes it, and that
/// it changes something.
pub fn proposed(
    changes: &ProposedChanges,
    evidence: &ProposalEvidence,
    record: &PersonalData,
    today: NaiveDate,
) -> Vec<Finding> {
    let mut findings = Findings::new();
    if changes.is_empty() {
        findings.push(Finding::new("/record", code::REQUIRED, Say::new("Chưa đề nghị gì", "Nothing is proposed")));
    }
    for FieldChange { field, was, would_be } in &changes.record {
        if was == would_be {
            findings.push(Finding::plain(format!("/record/{}", field.name()), code::UNCHANGED));
        }
    }
    let new = changes.over(record.clone());
    if !changes.record.is_empty() {
        for finding in assess_record(&new, today) {
            findings.push(finding.under("/record"));
        }
    }
    for (index, learned) in changes.qualifications.iter().enumerate() {
        for finding in qualification(&learned.clone().into(), new.born_on, today) {
            findings.push(finding.under(&format!("/qualifications/{index}")));
        }
    }
    if evidence.issued_on > today {
        findings.push(Finding::new(
            "/evidence/issued_on",
            code::OUT_OF_RANGE,
            Say::new("Không sau hôm nay", "Not after today"),
        ));
    }
    findings.into_vec()
}

/// The proposed fields that the record has another value in than when they were proposed.
fn changed_since<'a>(changes: &'a ProposedChanges, record: &'a PersonalData) -> impl Iterator<Item = &'a FieldChange> {
    changes.record.iter().filter(|change| change.field.of_record(record) != change.was)
}

/// Whether a proposal can be accepted over the record as it is; `seen`: the version of the record that the officer has
/// seen, and the one that it has.
pub fn overtaken(
    changes: &ProposedChanges,
    record: &PersonalData,
    seen: Option<(i32, i32)>,
) -> Result<(), Vec<Finding>> {
    let fields: Vec<Finding> = changed_since(changes, record).map(|change| changed(change.field.name())).collect();
    let stands = seen.map_or(fields.is_empty(), |(seen, version)| seen == version);
    if stands { Ok(()) } else { Err(fields) }
}

fn changed(name: &str) -> Finding {
    let say = Say::new(format!("Trường {name} đã được sửa sau khi đề nghị"), format!("{name} was changed since"));
    Finding::new("/record_version", code::RECORD_CHANGED, say)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cadres::model::{CadreStatus, InitialQualification, QualificationKind, RecordField, Sex};

    fn person() -> PersonalData {
        PersonalData {
            full_name: "Lò Văn Hặc".to_owned(),
            sex: Sex::Male,
            born_on: "1978-05-04".parse().unwrap(),
            personal_number: Some("011078000123".to_owned()),
            ethnic_group: "thai".to_owned(),
            religion: None,
            native_place: Some("Na Sang".to_owned()),
            native_unit_id: None,
            party_joined_on: Some("2004-01-01".parse().unwrap()),
            recruited_on: Some("2001-09-01".parse().unwrap()),
            status: CadreStatus::Active,
            confirm_number_mismatch: false,
        }
    }

    fn change(field: RecordField, would_be: Option<&str>) -> FieldChange {
        FieldChange { field, was: field.of_record(&person()), would_be: would_be.map(str::to_owned) }
    }

    fn told(changes: &ProposedChanges, issued_on: &str) -> Vec<(String, &'static str)> {
        let evidence =
            ProposalEvidence { number: "1".to_owned(), issuer: "x".to_owned(), issued_on: issued_on.parse().unwrap() };
        let findings = proposed(changes, &evidence, &person(), "2026-11-23".parse().unwrap());
        findings.into_iter().map(|finding| (finding.pointer.into_owned(), finding.code.name)).collect()
    }

    #[test]
    fn who_may_do_what_in_which_state() {
        use ProposalAction::{Accept, Refuse, TakeBack};
        let nobody = Stance { manages: false, sees: false, whose: Whose::Another };
        let officer = Stance { manages: true, sees: true, ..nobody };
        let himself = Stance { whose: Whose::OwnToCorrect, sees: true, ..nobody };
        for (who, caller, actions) in [
            ("nobody", nobody, &[][..]),
            ("the officer", officer, &[Accept, Refuse]),
            ("who may not see it all", Stance { sees: false, ..officer }, &[Refuse]),
            ("the person", himself, &[TakeBack]),
            ("the officer's own", Stance { manages: true, ..himself }, &[TakeBack]),
            ("the officer's own, without the role", Stance { whose: Whose::Own, ..officer }, &[]),
        ] {
            assert_eq!(allowed(ProposalState::Proposed, caller, true), actions, "{who}");
            let overtaken: Vec<_> = actions.iter().copied().filter(|action| *action != Accept).collect();
            assert_eq!(allowed(ProposalState::Proposed, caller, false), overtaken, "{who}");
            for state in [ProposalState::Accepted, ProposalState::Refused, ProposalState::TakenBack] {
                assert!(allowed(state, caller, true).is_empty(), "{who} {state:?}");
            }
        }
        let own = guard(Accept, ProposalState::Proposed, Stance { manages: true, ..himself });
        assert_eq!(own.unwrap_err().name, "own_case");
        assert_eq!(guard(Accept, ProposalState::Refused, officer).unwrap_err().name, "wrong_state");
    }

    #[test]
    fn a_proposal_is_held_against_the_rules_of_the_record() {
        let record = |record: Vec<FieldChange>| ProposedChanges { record, ..ProposedChanges::default() };
        let born = || change(RecordField::BornOn, Some("1979-05-04"));
        for (case, changes, issued_on, findings) in [
            ("nothing", record(vec![]), "2026-01-01", &[("/record", "required")][..]),
            ("a native place", record(vec![change(RecordField::NativePlace, None)]), "2026-11-23", &[]),
            (
                "what it is already",
                record(vec![change(RecordField::Sex, Some("male"))]),
                "2026-01-01",
                &[("/record/sex", "unchanged")],
            ),
            (
                "a year of birth against the number",
                record(vec![born()]),
                "2026-01-01",
                &[("/record/personal_number", "number_mismatch")],
            ),
            (
                "the same, confirmed",
                ProposedChanges { confirm_number_mismatch: true, ..record(vec![born()]) },
                "2026-01-01",
                &[],
            ),
            (
                "all at once",
                ProposedChanges {
                    qualifications: vec![
                        InitialQualification {
                            kind: QualificationKind::Degree,
                            level: "nothing".to_owned(),
                            field: None,
                            institution: None,
                            obtained_on: "2030-01-01".parse().unwrap(),
                            certificate_number: None,
                        }
                        .into(),
                    ],
                    ..record(vec![change(RecordField::EthnicGroup, Some("nobody"))])
                },
                "2026-11-24",
                &[
                    ("/record/ethnic_group", "unknown_code"),
                    ("/qualifications/0/level", "unknown_code"),
                    ("/qualifications/0/obtained_on", "out_of_range"),
                    ("/evidence/issued_on", "out_of_range"),
                ],
            ),
        ] {
            let findings: Vec<_> = findings.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect();
            assert_eq!(told(&changes, issued_on), findings, "{case}");
        }
    }

    #[test]
    fn a_field_is_overtaken_when_the_record_says_something_else() {
        let changes = ProposedChanges {
            record: vec![
                change(RecordField::NativePlace, Some("Mường Phăng")),
                change(RecordField::Religion, Some("buddhism")),
            ],
            ..ProposedChanges::default()
        };
        assert_eq!(changed_since(&changes, &person()).count(), 0);
        let now = PersonalData { native_place: None, full_name: "Lò Văn Hạc".to_owned(), ..person() };
        let fields: Vec<_> = changed_since(&changes, &now).map(|change| change.field).collect();
        assert_eq!(fields, [RecordField::NativePlace], "a field that is not proposed does not matter");
        assert!(overtaken(&changes, &person(), None).is_ok() && overtaken(&changes, &person(), Some((2, 3))).is_err());
        assert!(overtaken(&changes, &now, None).is_err() && overtaken(&changes, &now, Some((3, 3))).is_ok());
    }

    #[test]
    fn twenty_proposals_wait_and_no_more() {
        assert!(one_more(0).is_ok() && one_more(MOST_OPEN - 1).is_ok());
        assert_eq!(one_more(MOST_OPEN).unwrap_err().name, "too_many_open");
    }
}

//! One row a rule and verdict; the person, the post and the law of [`base`] unless the row says otherwise.

mod kept;
mod laws;
mod ranking;
mod standards;

use serde_json::{Value, json};

use super::*;
use crate::eligibility::model::{Check, MoveKind};

/// A person who meets everything, for the post of a head of the province: born 1985, in a commune's post since July 2025,
/// moved on 2028-01-01 for three years.
fn base() -> Value {
    json!({
        "form": 2, "day": "2028-01-01", "kind": "rotation", "expected_end_on": "2030-12-31",
        "native": null, "standard": null, "waived": {},
        "subject": {
            "cadre_id": id(1), "born_on": "1985-05-04", "sex": "male", "unit_id": id(20), "status": "active",
            "career": [stay(11, "2025-07-01", None)],
            "qualifications": [], "planned_for": [id(30)], "assessments": [], "decided_retirement": null,
            "sensitive": {"party_joined_on": null, "party": [], "disciplines": [],
                "health_certificates": ["2027-10-01"], "general_education": null},
        },
        "seat": {"post_id": id(10), "title_id": id(30), "unit_id": id(21), "term_months": 60, "zone": null},
        "titles": {
            (id(30)): title("province_head", "Giám đốc", "province", 10, "head"),
            (id(31)): title("commune_chair", "Chủ tịch", "commune", 10, "head"),
            (id(32)): title("commune_officer", "Công chức", "commune", 50, "none"),
            (id(33)): title("province_equal", "Chánh Thanh tra", "province", 10, "head"),
            (id(34)): title("province_deputy", "Phó Giám đốc", "province", 20, "deputy"),
        },
        "rules": {
            "appointment.minimum_months_in_post": rule(json!(24)),
            "discipline.waiting_months.removal_from_post": rule(json!(60)),
            "discipline.waiting_months.reprimand": rule(json!(24)),
            "discipline.waiting_months.warning": rule(json!(36)),
            "dossier.health_certificate_months": rule(json!(6)),
            "position_change.cycle_years": rule(json!({"minimum": 2, "maximum": 5})),
            "retirement.age_months": rule(json!([{"from_year": 2021, "male_months": 744, "female_months": 720}])),
            "rotation.minimum_months": rule(json!(36)),
            "rotation.must_be_planned": rule(json!(true)),
            "rotation.remaining_months_exception": rule(json!(60)),
            "rotation.remaining_years": rule(json!(10)),
            "secondment.maximum_months": rule(json!(36)),
            "terms.deputy_maximum_years": rule(json!(10)),
            "terms.maximum_consecutive": rule(json!(2)),
        },
    })
}

fn id(n: u32) -> String {
    format!("01994f7e-0000-7000-8000-{n:012}")
}

/// A stay in the post `n`, whose title is that of the commune's chair, in the unit 20.
fn stay(n: u32, from: &str, to: Option<&str>) -> Value {
    stay_in(n, (31, 20), from, to)
}

fn stay_in(n: u32, (title, unit): (u32, u32), from: &str, to: Option<&str>) -> Value {
    json!({"post_id": id(n), "title_id": id(title), "unit_id": id(unit), "during": {"from": from, "to": to},
        "full_time": true, "term_months": 60})
}

fn title(code: &str, name: &str, level: &str, rank: i32, leads: &str) -> Value {
    json!({"code": code, "name_vi": name, "name_en": code, "level": level, "rank_order": rank,
        "leadership": leads != "none", "head": leads == "head"})
}

fn rule(value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({"id": id(40), "version": 3, "value": value, "citation": "Nghị định 170/2025/NĐ-CP, Điều 48", "confirmed": false,
        "text_vi": "Quy định", "text_en": "The rule"})
}

/// The base with other values at some pointers.
fn with(changes: &[(&str, Value)]) -> Inputs {
    let mut inputs = base();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        inputs.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"))[field] = value.clone();
    }
    serde_json::from_value(inputs).unwrap()
}

/// The check of one rule.
fn check(inputs: &Inputs, rule: &str) -> Check {
    let checks = judge(inputs).checks;
    let found = checks.iter().find(|check| check.rule == rule);
    found.cloned().unwrap_or_else(|| panic!("no {rule} in {checks:#?}"))
}

/// A row: what differs from the base, the verdict, how the facts begin.
type Row = (&'static str, Vec<(&'static str, Value)>, Verdict, &'static str);

/// Each row has the verdict and the facts of its rule that it says, and the counted verdict is the told one.
fn table(rows: Vec<Row>) {
    for (rule, changes, verdict, facts) in rows {
        let inputs = with(&changes);
        let found = check(&inputs, rule);
        assert!(
            found.verdict == verdict && found.facts_en.starts_with(facts),
            "{rule} with {changes:?}: wanted {verdict:?} {facts:?}, found {found:#?}"
        );
        if verdict != Verdict::Unknown {
            assert_eq!(found.citation.is_some(), found.source_id.is_some(), "{rule}");
        }
        let book = Book::of(inputs.rules.clone());
        let ground = Ground {
            book,
            titles: inputs.titles.clone(),
            standards: inputs.standard.iter().map(|one| (inputs.seat.title_id, one.clone())).collect(),
        };
        let question = Question { kind: inputs.kind, day: inputs.day, expected_end_on: inputs.expected_end_on };
        let case = Case::counted(question, &inputs.subject, &inputs.seat, inputs.native, &ground);
        assert_eq!(case.summary(), judge(&inputs).summary, "{rule} with {changes:?} is counted as it is told");
    }
}

#[test]
fn somebody_meets_everything() {
    let judged = judge(&with(&[]));
    let rules: Vec<(&str, Verdict)> = judged.checks.iter().map(|one| (one.rule.as_str(), one.verdict)).collect();
    let wanted = [
        "rotation.minimum_months",
        "rotation.remaining_years",
        "rotation.must_be_planned",
        "appointment.minimum_months_in_post",
        "discipline.waiting_months.reprimand",
        "discipline.waiting_months.warning",
        "discipline.waiting_months.removal_from_post",
        "terms.maximum_consecutive",
        "dossier.health_certificate_months",
    ];
    let all: Vec<_> =
        wanted.map(|rule| (rule, Verdict::Pass)).into_iter().chain([("standard", Verdict::Unknown)]).collect();
    assert_eq!(rules, all);
    assert_eq!(judged.summary, Summary { pass: 9, fail: 0, unknown: 1, waived: 0 });
    let first = &judged.checks[0];
    assert_eq!(first.citation.as_deref(), Some("Nghị định 170/2025/NĐ-CP, Điều 48"));
    assert_eq!((first.source_id.map(|id| id.to_string()), first.source_version), (Some(id(40)), Some(3)));
}

/// Which rules are asked of which kind of move.
#[test]
fn each_kind_of_move_has_its_rules() {
    let rules = |kind: MoveKind| -> Vec<String> {
        judge(&with(&[("/kind", json!(kind))])).checks.into_iter().map(|check| check.rule).collect()
    };
    assert_eq!(rules(MoveKind::Secondment), ["secondment.maximum_months", "standard"]);
    assert_eq!(rules(MoveKind::Appointment).len(), 7);
    assert_eq!(rules(MoveKind::Transfer), rules(MoveKind::ChangeOfPosition));
    assert_eq!(rules(MoveKind::Transfer).len(), 6);
    // To a post that is no higher the waiting times are not asked.
    let level = with(&[("/kind", json!("transfer")), ("/seat/title_id", json!(id(31)))]);
    let rules: Vec<String> = judge(&level).checks.into_iter().map(|check| check.rule).collect();
    assert_eq!(rules, ["terms.maximum_consecutive", "standard"]);
}

/// What the authority excepts is waived, with the decision; what passes passes by itself.
#[test]
fn an_exception_waives_what_does_not_hold() {
    let waived = json!({"rotation.minimum_months": "315-QĐ/TU", "rotation.must_be_planned": "315-QĐ/TU", "standard": "315-QĐ/TU"});
    let inputs = with(&[("/expected_end_on", json!("2028-12-31")), ("/waived", waived)]);
    let found = check(&inputs, "rotation.minimum_months");
    assert_eq!((found.verdict, found.waived_by.as_deref()), (Verdict::Waived, Some("315-QĐ/TU")));
    assert!(found.facts_en.starts_with("12 months < 36"), "the facts are told all the same");
    let planned = check(&inputs, "rotation.must_be_planned");
    assert_eq!((planned.verdict, planned.waived_by), (Verdict::Pass, None));
    assert_eq!(check(&inputs, "standard").verdict, Verdict::Waived);
    assert_eq!(judge(&inputs).summary.waived, 2);
}

/// Who may not see what is sensitive learns nothing of it from the verdicts, and a veiled judgement is that of who could not
/// see it in the first place.
#[test]
fn what_may_not_be_seen_is_not_known() {
    let with_secrets = |disciplines: Value, certificates: Value| {
        with(&[
            ("/subject/sensitive/disciplines", disciplines),
            ("/subject/sensitive/health_certificates", certificates),
        ])
    };
    let warning = json!([{"measure": "warning", "side": "party", "from": "2027-06-01"}, {"measure": "demotion", "side": "state", "from": "2027-06-01"}]);
    let disciplined = with_secrets(warning, json!([]));
    let clean = with_secrets(json!([]), json!(["2027-12-01"]));
    assert_ne!(judge(&disciplined).checks, judge(&clean).checks);
    let (veiled, other) = (judge(&disciplined.veiled()), judge(&clean.veiled()));
    assert_eq!(veiled, other);
    for rule in ["discipline.waiting_months.warning", "dossier.health_certificate_months"] {
        let found = veiled.checks.iter().find(|check| check.rule == rule).unwrap();
        assert!(found.withheld && found.verdict == Verdict::Unknown && found.remedy_vi.is_none(), "{found:#?}");
    }
}

#[test]
fn levels_are_compared_by_the_catalogues() {
    use super::levels::{Reach, reach};
    let table = [
        ("degrees", "master", "university", Reach::Enough),
        ("degrees", "college", "university", Reach::Below),
        ("degrees", "unheard_of", "university", Reach::Unclear),
        ("political_theory_levels", "bachelor", "advanced", Reach::Enough),
        ("political_theory_levels", "equivalent", "advanced", Reach::Unclear),
        ("state_management_levels", "principal_specialist", "senior_specialist", Reach::Enough),
        ("state_management_levels", "department_leader", "senior_specialist", Reach::Unclear),
        ("state_management_levels", "none", "department_leader", Reach::Below),
        ("classification_levels", "excellent", "good", Reach::Enough),
        ("classification_levels", "completed", "good", Reach::Below),
        ("general_education", "grade_9_of_12", "grade_12_of_12", Reach::Below),
        ("general_education", "grade_10_of_10", "grade_12_of_12", Reach::Enough),
        ("general_education", "continuing_12_of_12", "grade_12_of_12", Reach::Enough),
        ("general_education", "grade_9_of_10", "grade_12_of_12", Reach::Below),
        ("general_education", "grade_7_of_10", "grade_9_of_12", Reach::Unclear),
    ];
    for (list, have, wanted, expected) in table {
        assert_eq!(reach(list, have, wanted), expected, "{have} against {wanted}");
    }
}

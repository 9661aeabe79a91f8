//! What was kept is judged again to the same bytes.

use serde_json::json;

use super::*;

/// Inputs and assessments as they were kept, by the form of the inputs.
const KEPT: [(&str, &str); 2] = [
    (include_str!("kept/form_1_inputs.json"), include_str!("kept/form_1_assessment.json")),
    (include_str!("kept/form_2_inputs.json"), include_str!("kept/form_2_assessment.json")),
];

/// The inputs of the present form that are kept here: everything that a rule can speak of.
fn kept() -> Inputs {
    let cite = json!({"instrument": "Quy định 89-QĐ/TW", "article": "2", "confirmed": true});
    let criteria = json!([
        {"kind": "degree", "level": "university", "lowered": null, "citation": cite},
        {"kind": "general_education", "level": "grade_12_of_12", "lowered": null, "citation": cite},
        {"kind": "political_theory", "level": "advanced", "lowered":
            {"zones": ["ii", "iii"], "level": "intermediate", "citation": cite}, "citation": cite},
        {"kind": "state_management", "level": "senior_specialist", "lowered": null, "citation": cite},
        {"kind": "language", "level": "Tiếng Thái", "citation": cite},
        {"kind": "full_term_age", "months": 60, "lowered": null, "citation": cite},
        {"kind": "maximum_age", "years": 40, "citation": cite},
        {"kind": "lower_posts", "months": 60, "title_codes": ["commune_officer"], "lowered": null, "citation": cite},
        {"kind": "party_membership", "full": true, "citation": cite},
        {"kind": "planning", "equal_title_counts": true, "citation": cite},
        {"kind": "classification", "years": 2, "level": "good", "citation": cite},
        {"kind": "discipline_waiting", "reprimand_months": 24, "warning_months": 36, "removal_months": 60, "citation": cite},
        {"kind": "health_certificate", "months": 6, "citation": cite},
        {"kind": "origin", "native": false, "citation": cite},
    ]);
    with(&[
        ("/standard", json!({"id": id(50), "version": 2, "criteria": criteria})),
        ("/seat/zone", json!("iii")),
        ("/expected_end_on", json!("2029-12-31")),
        (
            "/subject/qualifications",
            json!([
                {"kind": "degree", "level": "master", "obtained_on": "2012-06-30"},
                {"kind": "political_theory", "level": "intermediate", "obtained_on": "2016-06-30"},
                {"kind": "language", "level": "Anh B1", "obtained_on": "2016-06-30"},
            ]),
        ),
        ("/subject/assessments", json!([{"year": 2026, "class": "good"}, {"year": 2027, "class": "completed"}])),
        (
            "/subject/sensitive/party",
            json!([{"during": {"from": "2010-02-03", "to": null}, "official_on": "2011-02-03"}]),
        ),
        (
            "/subject/sensitive/disciplines",
            json!([
                {"measure": "reprimand", "side": "party", "from": "2026-06-01"},
                {"measure": "demotion", "side": "state", "from": "2019-06-01"},
            ]),
        ),
        ("/waived", json!({"position_change.cycle_years": "315-QĐ/TU"})),
        // Who has led nothing comes to the post of a deputy whom they have stood in for.
        ("/kind", json!("change_of_position")),
        ("/seat/title_id", json!(id(34))),
        (
            "/subject/career",
            json!([stay_in(14, (34, 21), "2020-01-01", Some("2020-12-31")), stay_in(12, (32, 20), "2026-07-01", None)]),
        ),
    ])
}

/// The bytes of inputs and assessment of each form, as they were kept: whoever changes a rule or a word of it gives it a form
/// of its own and keeps those before.
#[test]
fn a_kept_verdict_replays_to_the_same_bytes() {
    for (index, (kept, told)) in KEPT.iter().enumerate() {
        let inputs: Inputs = serde_json::from_str(kept).unwrap();
        assert_eq!(usize::try_from(inputs.form).unwrap(), index + 1);
        assert_eq!(inputs.canonical().unwrap(), kept.trim_end());
        assert_eq!(judge(&inputs).canonical().unwrap(), told.trim_end());
        // Through the JSON of the database, whose members have another order.
        let turned: Value = serde_json::from_str(kept).unwrap();
        let read: Inputs = serde_json::from_value(turned).unwrap();
        assert_eq!(judge(&read).canonical().unwrap(), told.trim_end());
    }
    let newest: Inputs = serde_json::from_str(KEPT[KEPT.len() - 1].0).unwrap();
    assert_eq!(
        (newest.form, newest),
        (FORM, kept()),
        "the kept inputs of the present form are those that are written here"
    );
}

/// What was kept before titles said who is a head is judged by their names, and by no rule that came later.
#[test]
fn earlier_forms_keep_their_rules() {
    const RULE: &str = "terms.maximum_consecutive";
    let by_name = |form: u32, name: &str| {
        let mut inputs = with(&[("/form", json!(form))]);
        for title in inputs.titles.values_mut() {
            title.head = None;
            name.clone_into(&mut title.name_vi);
        }
        inputs
    };
    let asks = |inputs: &Inputs, rule: &str| judge(inputs).checks.iter().any(|check| check.rule == rule);
    assert!(asks(&by_name(1, "Giám đốc"), RULE) && !asks(&by_name(1, "Phó Giám đốc"), RULE));
    assert!(!asks(&by_name(1, "Phó Giám đốc"), "terms.deputy_maximum_years"));
    assert!(asks(&by_name(2, "Phó Giám đốc"), "terms.deputy_maximum_years"));
}

/// The order in which facts were read changes no byte.
#[test]
fn the_order_of_facts_does_not_matter() {
    let mut turned = kept();
    turned.subject.qualifications.reverse();
    turned.subject.career.reverse();
    turned.subject.assessments.reverse();
    if let Some(facts) = &mut turned.subject.sensitive {
        facts.disciplines.reverse();
    }
    assert_ne!(turned, kept());
    turned.subject = turned.subject.settled();
    let wanted = kept();
    let wanted = Inputs { subject: wanted.subject.clone().settled(), ..wanted };
    assert_eq!(turned.canonical().unwrap(), wanted.canonical().unwrap());
}

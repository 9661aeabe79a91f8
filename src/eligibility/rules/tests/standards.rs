//! The criteria of standards, one row a verdict.

use serde_json::json;

use super::Verdict::{Fail, Pass, Unknown};
use super::*;

/// A standard of one criterion.
fn asks(criterion: Value) -> (&'static str, Value) {
    let mut criterion = criterion;
    criterion["citation"] = json!({"instrument": "Quy định 89-QĐ/TW", "article": "2", "confirmed": true});
    ("/standard", json!({"id": id(50), "version": 2, "criteria": [criterion]}))
}

fn lowered(to: Value) -> Value {
    let mut lowered =
        json!({"zones": ["iii"], "citation": {"instrument": "Nghị quyết 12", "article": null, "confirmed": false}});
    let field = if to.is_string() { "level" } else { "months" };
    lowered[field] = to;
    lowered
}

fn learned(kind: &str, levels: &[&str]) -> (&'static str, Value) {
    let all: Vec<Value> =
        levels.iter().map(|level| json!({"kind": kind, "level": level, "obtained_on": "2015-06-30"})).collect();
    ("/subject/qualifications", json!(all))
}

fn zone(zone: &str) -> (&'static str, Value) {
    ("/seat/zone", json!(zone))
}

#[test]
fn degrees() {
    const RULE: &str = "standard.degree";
    let plain = || asks(json!({"kind": "degree", "level": "university", "lowered": null}));
    let low = || asks(json!({"kind": "degree", "level": "university", "lowered": lowered(json!("intermediate"))}));
    let have = |levels: &[&str]| learned("degree", levels);
    table(vec![
        (RULE, vec![plain(), have(&["university"])], Pass, "University ≥ University"),
        (RULE, vec![plain(), have(&["college", "master"])], Pass, "Master ≥ University"),
        (RULE, vec![plain(), have(&["intermediate", "college"])], Fail, "College < University"),
        (RULE, vec![plain()], Unknown, "The file does not have this fact"),
        (RULE, vec![low(), have(&["college"]), zone("iii")], Pass, "College ≥ Intermediate"),
        (RULE, vec![low(), have(&["college"]), zone("i")], Fail, "College < University"),
        (RULE, vec![low(), have(&["college"])], Unknown, "College < University; whether the area"),
        (RULE, vec![low(), have(&["elementary"])], Fail, "Elementary < University"),
        (RULE, vec![low(), have(&["elementary"]), zone("iii")], Fail, "Elementary < Intermediate"),
    ]);
    let found = check(&with(&[plain(), have(&["college"])]), RULE);
    assert_eq!(found.citation.as_deref(), Some("Quy định 89-QĐ/TW, Điều 2"));
    assert!(found.confirmed && found.source_version == Some(2));
    assert_eq!(found.remedy_vi.as_deref(), Some("Có Đại học trở lên"));
    assert_eq!(found.text_vi, "Trình độ chuyên môn: Đại học trở lên");
    let lowered = check(&with(&[low(), have(&["college"]), zone("iii")]), RULE);
    assert_eq!((lowered.citation.as_deref(), lowered.confirmed), (Some("Nghị quyết 12"), false));
}

#[test]
fn schooling() {
    const RULE: &str = "standard.general_education";
    let plain = || asks(json!({"kind": "general_education", "level": "grade_12_of_12", "lowered": null}));
    let have = |level: &str| ("/subject/sensitive/general_education", json!(level));
    table(vec![
        (RULE, vec![plain(), have("grade_10_of_10")], Pass, "Grade 10 of 10 ≥ Grade 12 of 12"),
        (RULE, vec![plain(), have("grade_9_of_12")], Fail, "Grade 9 of 12 < Grade 12 of 12"),
        (RULE, vec![plain()], Unknown, "The file does not have this fact"),
        (RULE, vec![plain(), ("/subject/sensitive", json!(null))], Unknown, "Who asks may not see"),
    ]);
}

#[test]
fn theory_and_state_management() {
    const THEORY: &str = "standard.political_theory";
    const STATE: &str = "standard.state_management";
    let theory = || asks(json!({"kind": "political_theory", "level": "advanced", "lowered": null}));
    let state = || asks(json!({"kind": "state_management", "level": "senior_specialist", "lowered": null}));
    table(vec![
        (THEORY, vec![theory(), learned("political_theory", &["bachelor"])], Pass, "Bachelor ≥ Advanced"),
        (THEORY, vec![theory(), learned("political_theory", &["intermediate"])], Fail, "Intermediate < Advanced"),
        (THEORY, vec![theory(), learned("political_theory", &["equivalent", "elementary"])], Unknown, "Certificate of"),
        (THEORY, vec![theory(), learned("state_management", &["principal_specialist"])], Unknown, "The file does not"),
        (STATE, vec![state(), learned("state_management", &["principal_specialist"])], Pass, "Principal"),
        (STATE, vec![state(), learned("state_management", &["specialist"])], Fail, "Specialist < Senior"),
        (
            STATE,
            vec![state(), learned("state_management", &["department_leader"])],
            Unknown,
            "Department leader: cannot",
        ),
    ]);
}

#[test]
fn languages() {
    const RULE: &str = "standard.language";
    let asked = || asks(json!({"kind": "language", "level": "Tiếng Thái"}));
    table(vec![
        (RULE, vec![asked(), learned("ethnic_language", &["tiếng thái"])], Pass, "tiếng thái"),
        (RULE, vec![asked(), learned("language", &["Anh B1"])], Unknown, "Anh B1: cannot be compared"),
        (RULE, vec![asked()], Unknown, "The file does not have this fact"),
    ]);
}

#[test]
fn ages() {
    const TERM: &str = "standard.full_term_age";
    const AGE: &str = "standard.maximum_age";
    let term = || asks(json!({"kind": "full_term_age", "months": 60, "lowered": lowered(json!(30))}));
    let age = || asks(json!({"kind": "maximum_age", "years": 45}));
    let born = |day: &str| ("/subject/born_on", json!(day));
    let before = || ("/subject/career", json!([stay_in(10, (30, 21), "2015-01-01", Some("2020-12-31"))]));
    table(vec![
        (TERM, vec![term()], Pass, "233 months of service left > 60"),
        (TERM, vec![term(), born("1969-04-10"), zone("i")], Fail, "40 months of service left < 60"),
        (TERM, vec![term(), born("1969-04-10"), zone("iii")], Pass, "40 months of service left > 30"),
        (TERM, vec![term(), born("1969-04-10")], Unknown, "40 months of service left < 60; whether"),
        (TERM, vec![term(), born("1969-04-10"), before()], Pass, "Not the first time"),
        (TERM, vec![term(), ("/rules/retirement.age_months/value", json!(null))], Unknown, "The retirement day"),
        (AGE, vec![age()], Pass, "42 years of age < 45"),
        (AGE, vec![age(), born("1981-12-31")], Fail, "46 years of age > 45"),
        (AGE, vec![age(), born("1981-12-31"), before()], Pass, "Not the first time"),
    ]);
}

#[test]
fn lower_posts() {
    const RULE: &str = "standard.lower_posts";
    let any = || asks(json!({"kind": "lower_posts", "months": 30, "title_codes": [], "lowered": null}));
    let named = || {
        asks(
            json!({"kind": "lower_posts", "months": 30, "title_codes": ["commune_officer"], "lowered": lowered(json!(12))}),
        )
    };
    let officer = || ("/subject/career", json!([stay_in(12, (32, 20), "2026-01-01", None)]));
    table(vec![
        (RULE, vec![any()], Pass, "30 months in lower posts = 30"),
        (RULE, vec![any(), officer()], Fail, "24 months in lower posts < 30"),
        (RULE, vec![named()], Fail, "0 months in lower posts < 30"),
        (RULE, vec![named(), officer(), zone("iii")], Pass, "24 months in lower posts > 12"),
        (RULE, vec![named(), officer()], Unknown, "24 months in lower posts < 30; whether"),
        // Within the lowest level what is lower in rank counts.
        (RULE, vec![any(), ("/seat/title_id", json!(id(31)))], Fail, "0 months in lower posts < 30"),
        (RULE, vec![any(), ("/seat/title_id", json!(id(31))), officer()], Fail, "24 months in lower posts < 30"),
        (RULE, vec![any(), ("/seat/title_id", json!(id(99)))], Unknown, "The title is not known"),
    ]);
}

#[test]
fn membership_of_the_party() {
    const RULE: &str = "standard.party_membership";
    let full = || asks(json!({"kind": "party_membership", "full": true}));
    let any = || asks(json!({"kind": "party_membership", "full": false}));
    let member = |official: Option<&str>, left: Option<&str>| {
        let member = json!([{"during": {"from": "2010-02-03", "to": left}, "official_on": official}]);
        ("/subject/sensitive/party", member)
    };
    let joined = || ("/subject/sensitive/party_joined_on", json!("2010-02-03"));
    table(vec![
        (RULE, vec![full(), member(Some("2011-02-03"), None)], Pass, "A full member since 2011-02-03"),
        (RULE, vec![full(), member(Some("2028-02-03"), None)], Fail, "A full member since 2028-02-03"),
        (RULE, vec![full(), member(None, None)], Unknown, "Joined the Party on 2010-02-03"),
        (RULE, vec![any(), member(None, None)], Pass, "Joined the Party on 2010-02-03"),
        (RULE, vec![any(), member(None, Some("2020-01-01"))], Fail, "Left the Party on 2020-01-01"),
        (RULE, vec![any(), joined()], Pass, "Joined the Party on 2010-02-03"),
        (RULE, vec![full(), joined()], Unknown, "Joined the Party on 2010-02-03; the official day"),
        (RULE, vec![any()], Unknown, "The file does not have this fact"),
        (RULE, vec![any(), ("/subject/sensitive", json!(null))], Unknown, "Who asks may not see"),
    ]);
}

#[test]
fn planning_for_the_title() {
    const RULE: &str = "standard.planning";
    let exact = || asks(json!({"kind": "planning", "equal_title_counts": false}));
    let equal = || asks(json!({"kind": "planning", "equal_title_counts": true}));
    let planned =
        |titles: &[u32]| ("/subject/planned_for", json!(titles.iter().map(|title| id(*title)).collect::<Vec<_>>()));
    table(vec![
        (RULE, vec![exact()], Pass, "Planned for the title"),
        (RULE, vec![exact(), planned(&[33])], Fail, "Not planned for the title"),
        (RULE, vec![equal(), planned(&[34, 33])], Pass, "Planned for: province_equal"),
        (RULE, vec![equal(), planned(&[34])], Fail, "Not planned for the title"),
        (RULE, vec![equal(), planned(&[])], Fail, "Not planned for the title"),
    ]);
}

#[test]
fn classes_of_the_last_years() {
    const RULE: &str = "standard.classification";
    let asked = || asks(json!({"kind": "classification", "years": 2, "level": "good"}));
    let classed = |of: &[(i32, &str)]| {
        let all: Vec<Value> = of.iter().map(|(year, class)| json!({"year": year, "class": class})).collect();
        ("/subject/assessments", json!(all))
    };
    table(vec![
        (RULE, vec![asked(), classed(&[(2026, "good"), (2027, "excellent")])], Pass, "2026: Good; 2027: Excellent"),
        (RULE, vec![asked(), classed(&[(2025, "completed"), (2026, "good"), (2027, "good")])], Pass, "2026: Good"),
        (RULE, vec![asked(), classed(&[(2026, "completed"), (2027, "excellent")])], Fail, "2026: Completed"),
        (RULE, vec![asked(), classed(&[(2026, "completed")])], Fail, "2026: Completed; 2027: none"),
        (RULE, vec![asked(), classed(&[(2027, "good")])], Unknown, "2026: none; 2027: Good"),
    ]);
}

#[test]
fn waiting_after_disciplines() {
    const RULE: &str = "standard.discipline_waiting";
    let asked = || {
        asks(json!({"kind": "discipline_waiting", "reprimand_months": 12, "warning_months": 24, "removal_months": 36}))
    };
    let disciplined = |of: &[(&str, &str, &str)]| {
        let all: Vec<Value> =
            of.iter().map(|(measure, side, from)| json!({"measure": measure, "side": side, "from": from})).collect();
        ("/subject/sensitive/disciplines", json!(all))
    };
    table(vec![
        (RULE, vec![asked()], Pass, "No discipline keeps waiting"),
        (RULE, vec![asked(), disciplined(&[("reprimand", "party", "2027-01-01")])], Pass, "Disciplined on 2027-01-01"),
        (RULE, vec![asked(), disciplined(&[("reprimand", "party", "2027-01-02")])], Fail, "Disciplined on 2027-01-02"),
        (
            RULE,
            vec![
                asked(),
                disciplined(&[("removal_from_post", "state", "2026-01-01"), ("reprimand", "party", "2027-06-01")]),
            ],
            Fail,
            "Disciplined on 2026-01-01, 36 months",
        ),
        (RULE, vec![asked(), disciplined(&[("warning", "mass", "2027-06-01")])], Pass, "No discipline"),
        (
            RULE,
            vec![asked(), disciplined(&[("demotion", "state", "2020-06-01")])],
            Unknown,
            "Disciplined on 2020-06-01; the",
        ),
        (RULE, vec![asked(), ("/subject/sensitive", json!(null))], Unknown, "Who asks may not see"),
    ]);
}

#[test]
fn health_and_origin() {
    const HEALTH: &str = "standard.health_certificate";
    const ORIGIN: &str = "standard.origin";
    let health = || asks(json!({"kind": "health_certificate", "months": 6}));
    let outsider = || asks(json!({"kind": "origin", "native": false}));
    let issued = |days: Value| ("/subject/sensitive/health_certificates", days);
    table(vec![
        (HEALTH, vec![health()], Pass, "Issued on 2027-10-01: 3 months < 6"),
        (HEALTH, vec![health(), issued(json!(["2027-01-01"]))], Fail, "Issued on 2027-01-01: 12 months > 6"),
        (HEALTH, vec![health(), issued(json!([]))], Unknown, "The file has no"),
        (ORIGIN, vec![outsider(), ("/native", json!(false))], Pass, "Not a native"),
        (ORIGIN, vec![outsider(), ("/native", json!(true))], Fail, "A native"),
        (ORIGIN, vec![outsider()], Unknown, "Whether the person is a native"),
        (ORIGIN, vec![asks(json!({"kind": "origin", "native": true}))], Pass, "Natives may hold it"),
    ]);
}

/// Every kind of criterion has a rule of its own, a text and a row above.
#[test]
fn every_kind_of_criterion_is_judged() {
    let shipped: Value = serde_json::from_str(include_str!("../../../../data/title_standards.json")).unwrap();
    for standard in shipped.as_array().unwrap() {
        let used = json!({"id": id(50), "version": 1, "criteria": standard["criteria"]});
        let checks = judge(&with(&[("/standard", used)])).checks;
        let asked = standard["criteria"].as_array().unwrap();
        let rules: Vec<&str> = checks.iter().filter_map(|check| check.rule.strip_prefix("standard.")).collect();
        let kinds: Vec<&str> = asked.iter().map(|criterion| criterion["kind"].as_str().unwrap()).collect();
        assert_eq!(rules, kinds);
        assert!(checks.iter().all(|check| !check.text_vi.is_empty() && !check.facts_en.is_empty()), "{checks:#?}");
    }
}

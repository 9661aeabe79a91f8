//! The regulations, one row a verdict.

use serde_json::json;

use super::Verdict::{Fail, Pass, Unknown};
use super::*;

#[test]
fn a_rotation_lasts_so_many_months() {
    const RULE: &str = "rotation.minimum_months";
    table(vec![
        (RULE, vec![], Pass, "36 months = 36"),
        (RULE, vec![("/expected_end_on", json!("2030-12-30"))], Fail, "35 months < 36"),
        (RULE, vec![("/expected_end_on", json!(null))], Unknown, "No expected end"),
        (RULE, vec![("/rules/rotation.minimum_months/value", json!(null))], Unknown, "Its value is not set"),
        (RULE, vec![("/rules", json!({}))], Unknown, "No rule is known"),
    ]);
    let short = check(&with(&[("/expected_end_on", json!("2030-12-30"))]), RULE);
    assert!(short.remedy_en.unwrap().starts_with("An expected end of 2030-12-31 or later"));
}

#[test]
fn a_secondment_lasts_no_longer() {
    const RULE: &str = "secondment.maximum_months";
    let seconded = |end| vec![("/kind", json!("secondment")), ("/expected_end_on", end)];
    table(vec![
        (RULE, seconded(json!("2030-12-31")), Pass, "36 months = 36"),
        (RULE, seconded(json!("2031-01-01")), Fail, "36 months = 36"),
        (RULE, seconded(json!("2031-12-31")), Fail, "48 months > 36"),
        (RULE, seconded(json!(null)), Unknown, "No expected end"),
    ]);
}

#[test]
fn time_remains_to_retirement() {
    const RULE: &str = "rotation.remaining_years";
    const EXCEPTION: &str = "rotation.remaining_months_exception";
    // Retires on 2047-05-31; the others on 2036-12-31, 2034-01-31 and 2031-12-31.
    let born = |day: &str| ("/subject/born_on", json!(day));
    let native = |is: bool| ("/native", json!(is));
    let long = ("/subject/career", json!([stay(11, "2017-12-31", None)]));
    table(vec![
        (RULE, vec![], Pass, "233 months of service left > 120"),
        (EXCEPTION, vec![born("1972-01-10")], Unknown, "73 months of service left > 60; whether a native"),
        (EXCEPTION, vec![born("1972-01-10"), native(false)], Pass, "73 months of service left > 60; not a native"),
        (RULE, vec![born("1972-01-10"), native(true)], Fail, "73 months of service left < 120"),
        (
            EXCEPTION,
            vec![born("1972-01-10"), native(true), long],
            Pass,
            "73 months of service left > 60; the most terms",
        ),
        (RULE, vec![born("1969-12-10"), native(false)], Fail, "48 months of service left < 120"),
        (RULE, vec![("/rules/retirement.age_months/value", json!(null))], Unknown, "The retirement day is not known"),
        (
            RULE,
            vec![("/subject/decided_retirement", json!({"last_on": "2030-01-31", "decision_number": "1-QĐ"}))],
            Fail,
            "25 months of service left < 120",
        ),
    ]);
}

#[test]
fn who_is_rotated_is_planned() {
    const RULE: &str = "rotation.must_be_planned";
    table(vec![
        (RULE, vec![], Pass, "Planned for: province_head"),
        (RULE, vec![("/subject/planned_for", json!([]))], Fail, "Not planned"),
        (
            RULE,
            vec![("/subject/planned_for", json!([])), ("/rules/rotation.must_be_planned/value", json!(false))],
            Pass,
            "Not planned",
        ),
        (RULE, vec![("/rules/rotation.must_be_planned/value", json!(null))], Unknown, "Its value is not set"),
    ]);
}

#[test]
fn a_higher_post_comes_after_time_in_an_equal_one() {
    const RULE: &str = "appointment.minimum_months_in_post";
    let career = |stays: Value| vec![("/subject/career", stays)];
    table(vec![
        (RULE, vec![], Pass, "30 months > 24"),
        (RULE, career(json!([stay(11, "2026-02-01", None)])), Fail, "23 months < 24"),
        // Broken times add up, those that touch are one, and those of other ranks do not count.
        (
            RULE,
            career(json!([stay(11, "2025-01-15", Some("2025-02-14")), stay(11, "2026-02-01", None)])),
            Pass,
            "24 months = 24",
        ),
        (
            RULE,
            career(json!([stay_in(12, (32, 20), "2020-01-01", Some("2026-01-31")), stay(11, "2026-02-01", None)])),
            Fail,
            "23 months < 24",
        ),
        (RULE, career(json!([])), Unknown, "Holds no full-time post"),
        (RULE, career(json!([stay(11, "2025-07-01", Some("2027-06-30"))])), Unknown, "Holds no full-time post"),
    ]);
}

#[test]
fn disciplines_keep_waiting() {
    const REPRIMAND: &str = "discipline.waiting_months.reprimand";
    const REMOVAL: &str = "discipline.waiting_months.removal_from_post";
    let one = |measure: &str, side: &str, from: &str| {
        vec![("/subject/sensitive/disciplines", json!([{"measure": measure, "side": side, "from": from}]))]
    };
    table(vec![
        (REPRIMAND, vec![], Pass, "No such discipline"),
        (
            REPRIMAND,
            one("reprimand", "party", "2026-01-01"),
            Pass,
            "Disciplined on 2026-01-01, 24 months, until 2028-01-01",
        ),
        (REPRIMAND, one("reprimand", "party", "2026-01-02"), Fail, "Disciplined on 2026-01-02"),
        (REPRIMAND, one("reprimand", "mass", "2026-01-02"), Pass, "No such discipline"),
        (REPRIMAND, one("reprimand", "party", "2028-02-01"), Pass, "No such discipline"),
        ("discipline.waiting_months.warning", one("warning", "state", "2025-02-01"), Fail, "Disciplined on"),
        (REMOVAL, one("removal_from_post", "party", "2023-02-01"), Fail, "Disciplined on 2023-02-01, 60 months"),
        (
            REMOVAL,
            vec![("/rules/discipline.waiting_months.removal_from_post/value", json!(null))],
            Unknown,
            "Its value",
        ),
        (REMOVAL, vec![("/subject/sensitive", json!(null))], Unknown, "Who asks may not see"),
        (
            "discipline.waiting_months.demotion",
            one("demotion", "state", "2027-01-01"),
            Unknown,
            "Disciplined on 2027-01-01; no rule",
        ),
    ]);
    let waits = check(&with(&one("reprimand", "party", "2026-01-02")), REPRIMAND);
    assert_eq!(waits.remedy_en.as_deref(), Some("An effective day of 2028-01-02 or later"));
}

#[test]
fn a_head_has_so_many_terms_in_a_row() {
    const RULE: &str = "terms.maximum_consecutive";
    let career = |stays: Value| vec![("/subject/career", stays)];
    let here = (30, 21);
    table(vec![
        (RULE, vec![], Pass, "1 terms in a row < 2"),
        (RULE, career(json!([stay_in(10, here, "2023-01-01", None)])), Pass, "2 terms in a row = 2"),
        (RULE, career(json!([stay_in(10, here, "2022-11-30", None)])), Fail, "3 terms in a row > 2"),
        (
            RULE,
            career(json!([stay_in(10, here, "2018-01-01", Some("2022-12-31")), stay_in(13, here, "2023-01-01", None)])),
            Fail,
            "3 terms in a row > 2",
        ),
        (RULE, career(json!([stay_in(10, here, "2018-01-01", Some("2026-12-31"))])), Pass, "1 terms in a row < 2"),
        (RULE, vec![("/rules/terms.maximum_consecutive/value", json!(null))], Unknown, "Its value is not set"),
    ]);
    for (pointer, value) in [("/seat/title_id", json!(id(34))), ("/seat/term_months", json!(null))] {
        let judged = judge(&with(&[(pointer, value)]));
        assert!(judged.checks.iter().all(|check| check.rule != RULE), "asked of heads in posts with a term alone");
    }
}

#[test]
fn a_deputy_has_so_many_years_in_a_row() {
    const RULE: &str = "terms.deputy_maximum_years";
    let deputy = ("/seat/title_id", json!(id(34)));
    let here = |from: &str| vec![deputy.clone(), ("/subject/career", json!([stay_in(10, (34, 21), from, None)]))];
    table(vec![
        (RULE, vec![deputy.clone()], Pass, "0 months in a row in the title < 120"),
        (RULE, here("2018-01-02"), Pass, "119 months in a row in the title < 120"),
        (RULE, here("2018-01-01"), Fail, "120 months in a row in the title = 120"),
        (RULE, vec![deputy.clone(), ("/rules/terms.deputy_maximum_years/value", json!(null))], Unknown, "Its value"),
    ]);
    for title in [30, 32] {
        let judged = judge(&with(&[("/seat/title_id", json!(id(title)))]));
        assert!(judged.checks.iter().all(|check| check.rule != RULE), "asked of deputies alone");
    }
}

#[test]
fn a_position_is_changed_after_its_cycle() {
    const RULE: &str = "position_change.cycle_years";
    let since = |from: &str| {
        let career = json!([stay_in(12, (32, 20), from, None)]);
        vec![("/kind", json!("change_of_position")), ("/subject/career", career)]
    };
    let without = vec![("/kind", json!("change_of_position")), ("/subject/career", json!([]))];
    table(vec![
        (RULE, since("2026-01-02"), Fail, "23 months in the present position < 24"),
        (RULE, since("2026-01-01"), Unknown, "24 months in the present position; the cycle"),
        (RULE, since("2023-01-02"), Unknown, "59 months in the present position; the cycle"),
        (RULE, since("2023-01-01"), Pass, "60 months in the present position = 60"),
        (RULE, without, Unknown, "Holds no full-time post"),
    ]);
    let early = check(&with(&since("2026-01-02")), RULE);
    assert_eq!(early.remedy_en.as_deref(), Some("An effective day of about 2028-02-01"));
    // Leaders are moved by other rules.
    let judged = judge(&with(&[("/kind", json!("change_of_position"))]));
    assert!(judged.checks.iter().all(|check| check.rule != RULE));
}

#[test]
fn a_health_certificate_is_fresh() {
    const RULE: &str = "dossier.health_certificate_months";
    let issued = |days: Value| vec![("/subject/sensitive/health_certificates", days)];
    table(vec![
        (RULE, vec![], Pass, "Issued on 2027-10-01: 3 months < 6"),
        (RULE, issued(json!(["2027-07-01"])), Pass, "Issued on 2027-07-01: 6 months = 6"),
        (RULE, issued(json!(["2020-01-01", "2027-06-30"])), Fail, "Issued on 2027-06-30"),
        (RULE, issued(json!(["2028-01-02"])), Unknown, "The file has no"),
        (RULE, vec![("/subject/sensitive", json!(null))], Unknown, "Who asks may not see"),
    ]);
}

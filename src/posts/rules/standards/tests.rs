use serde_json::{Value, json};

use super::*;
use crate::platform::error::Error;
use crate::posts::founding;

fn criteria(criteria: Value) -> Vec<Criterion> {
    serde_json::from_value(criteria).unwrap()
}

fn cited(mut criterion: Value) -> Value {
    criterion["citation"] = json!({"instrument": "Nghị định 33/2023/NĐ-CP", "article": "8", "confirmed": false});
    criterion
}

fn lowered(zones: &[&str], level: &str) -> Value {
    cited(json!({"zones": zones, "level": level}))
}

#[test]
fn criteria_are_refused_with_all_that_is_wrong() {
    let degree = |level: &str, lowered: Value| cited(json!({"kind": "degree", "level": level, "lowered": lowered}));
    let age = |months: u32, fewer: u32| {
        let fewer = cited(json!({"zones": ["iii"], "months": fewer}));
        cited(json!({"kind": "full_term_age", "months": months, "lowered": fewer}))
    };
    let cases = [
        (json!([degree("university", json!(null))]), vec![]),
        (json!([degree("university", lowered(&["iii", "ii"], "intermediate"))]), vec![]),
        (json!([]), vec![("/criteria", "out_of_range")]),
        (json!([degree("đại học", json!(null))]), vec![("/criteria/0/level", "unknown_code")]),
        (
            json!([degree("university", lowered(&["iii"], "university"))]),
            vec![("/criteria/0/lowered/level", "out_of_range")],
        ),
        (
            json!([degree("university", lowered(&[], "x"))]),
            vec![("/criteria/0/lowered/zones", "required"), ("/criteria/0/lowered/level", "unknown_code")],
        ),
        (
            json!([degree("university", lowered(&["i", "i"], "college"))]),
            vec![("/criteria/0/lowered/zones", "repeated")],
        ),
        (json!([age(60, 48)]), vec![]),
        (json!([age(60, 60)]), vec![("/criteria/0/lowered/months", "out_of_range")]),
        (json!([age(601, 48)]), vec![("/criteria/0/months", "out_of_range")]),
        (
            json!([degree("university", json!(null)), degree("master", json!(null))]),
            vec![("/criteria/1/kind", "repeated")],
        ),
        (
            json!([cited(json!({"kind": "classification", "years": 11, "level": "x"}))]),
            vec![("/criteria/0/years", "out_of_range"), ("/criteria/0/level", "unknown_code")],
        ),
        (
            json!([{"kind": "language", "level": " ", "citation": {"instrument": "", "confirmed": false}}]),
            vec![("/criteria/0/citation/instrument", "required"), ("/criteria/0/level", "required")],
        ),
    ];
    for (given, expected) in cases {
        let found = admit(criteria(given.clone()), None).err().unwrap_or_default();
        let found: Vec<_> = found.iter().map(|finding| (&*finding.pointer, finding.code.name)).collect();
        assert_eq!(found, expected, "{given}");
    }
}

#[test]
fn texts_are_cleaned() {
    let given =
        json!([{"kind": "language", "level": "  Tiếng Thái ", "citation": {"instrument": " QĐ ", "confirmed": true}}]);
    let text = admit(criteria(given), Some(" x ")).unwrap();
    assert_eq!((text.note.as_deref(), text.criteria[0].citation().instrument.as_str()), (Some("x"), "QĐ"));
    assert!(matches!(&text.criteria[0], Criterion::Language(one) if one.level == "Tiếng Thái"));
}

#[test]
fn the_shipped_standards_can_be() {
    let standards = founding::standards().unwrap();
    let titles = founding::titles().unwrap();
    assert!(standards.len() > 5);
    for row in &standards {
        assert!(titles.iter().any(|title| title.code == row.title), "{}", row.title);
        let text = admit(row.text.criteria.clone(), row.text.note.as_deref());
        assert_eq!(text.map_err(Error::refused).unwrap(), row.text, "{}", row.title);
        assert!(row.text.criteria.iter().all(|criterion| !criterion.citation().confirmed), "{}", row.title);
        for (at, code) in titles_named(&row.text.criteria) {
            assert!(titles.iter().any(|title| title.code == code), "{at} {code}");
        }
    }
}

use serde_json::{Value, json};
use uuid::Uuid;

use super::DerivedState::{Known as Is, NotApplicable, Unknown};
use super::*;
use crate::organisations::model::{Spot, UnitKind};
use crate::platform::http::page::Ref;
use crate::platform::period::{Period, Timeline};
use crate::posts::{AppointmentId, Basis, Level, TitleId};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn seat(n: u128, rank_order: i32, term_months: Option<i32>) -> Seat {
    Seat {
        id: PostId(Uuid::from_u128(n)),
        title_id: TitleId(Uuid::from_u128(rank_order.unsigned_abs().into())),
        title_code: String::new(),
        title: "Bí thư".to_owned(),
        label: "Bí thư, xã".to_owned(),
        level: Level::Commune,
        rank_order,
        leadership: true,
        head: false,
        unit_id: Uuid::from_u128(7),
        unit: "xã".to_owned(),
        full_time: true,
        during: Period::since(day("2000-01-01")),
        term_months,
        freezes: Vec::new(),
    }
}

fn appointment(seat: &Seat, from: &str, to: Option<&str>) -> Appointment {
    let during = Period::new(Some(day(from)), to.map(day)).unwrap();
    Appointment {
        id: AppointmentId(Uuid::from_u128(
            u128::from(from.bytes().map(u64::from).sum::<u64>()) + seat.id.0.as_u128() * 10000,
        )),
        cadre: Ref::new(Uuid::nil(), "x"),
        post: Ref::new(seat.id, &*seat.label),
        title: Ref::new(seat.title_id, "x"),
        unit: Ref::new(seat.unit_id, "x"),
        during,
        timeline: Timeline::Current,
        full_time: true,
        basis: Basis::Appointed,
        decision_number: None,
        decided_on: None,
        end_reason: None,
        rotation_id: None,
        ended_by_rotation_id: None,
        version: 1,
        recorded_by: String::new(),
        recorded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn discipline(measure: &str, side: DisciplineSide, from: &str) -> Discipline {
    Discipline {
        id: crate::cadres::model::FactId(Uuid::nil()),
        measure: measure.to_owned(),
        side,
        from: day(from),
        to: None,
        fault: None,
        decision_number: None,
        decided_on: None,
        decision_issuer: None,
        timeline: Timeline::Current,
        version: 1,
        recorded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        recorded_by: String::new(),
        allowed_actions: Vec::new(),
    }
}

fn book(rules: &[(&str, Value)]) -> Rulebook {
    let parameter =
        |value: &Value| Parameter { value: value.clone(), citation: "Quy định".to_owned(), confirmed: false };
    Rulebook::new(day("2026-11-23"), rules.iter().map(|(key, value)| ((*key).to_owned(), parameter(value))))
}

fn value(all: &[DerivedFact], name: DerivedName) -> (DerivedState, Option<&str>) {
    let fact = all.iter().find(|fact| fact.name == name).unwrap();
    assert!(!fact.how_vi.is_empty() && !fact.how_en.is_empty());
    (fact.state, fact.value.as_deref())
}

const ALL: [DerivedName; 8] = [
    DerivedName::Age,
    DerivedName::RetirementDay,
    DerivedName::MonthsRemaining,
    DerivedName::MonthsInPost,
    DerivedName::MonthsInEquivalentPosts,
    DerivedName::ConsecutiveTerms,
    DerivedName::Native,
    DerivedName::WaitsUntil,
];

#[test]
fn without_facts_and_rules_nothing_is_guessed() {
    let (seats, book, places) = (HashMap::new(), book(&[("native.definition", Value::Null)]), Places::default());
    let known = Known {
        day: day("2026-11-23"),
        born_on: day("1980-11-24"),
        sex: Sex::Female,
        career: &[],
        seats: &seats,
        native_unit: None,
        native_name: None,
        places: &places,
        decided_retirement: None,
        disciplines: Some(&[]),
        book: &book,
    };
    let all = derive(&known);
    let states = [
        (Is, Some("45")),
        (Unknown, None),
        (Unknown, None),
        (NotApplicable, None),
        (NotApplicable, None),
        (NotApplicable, None),
        (NotApplicable, None),
        (NotApplicable, None),
    ];
    assert_eq!(ALL.map(|name| value(&all, name)), states);
    assert_eq!(derive(&Known { disciplines: None, ..known }).len(), 7, "who may not see disciplines learns nothing");
}

#[test]
fn months_terms_and_waiting_follow_from_the_facts() {
    let (now, before, other) = (seat(1, 10, Some(60)), seat(2, 10, Some(60)), seat(3, 20, None));
    let career = [
        appointment(&now, "2023-05-01", None),
        appointment(&before, "2017-05-01", Some("2023-05-01")),
        appointment(&other, "2014-01-15", Some("2017-05-01")),
        appointment(&before, "2010-01-01", Some("2011-01-01")),
    ];
    let seats = [now, before, other].map(|seat| (seat.id, seat)).into();
    let book = book(&[
        (
            "retirement.age_months",
            json!([{"from_year": 2021, "male": 723, "female": 664}, {"from_year": 2028, "male": 744, "female": 692}]),
        ),
        ("terms.maximum_consecutive", json!(2)),
        ("discipline.waiting_months.reprimand", json!(24)),
        ("discipline.waiting_months.warning", json!(36)),
        ("native.definition", json!("born_there")),
    ]);
    let places = Places::default();
    let disciplines = [
        discipline("reprimand", DisciplineSide::Party, "2026-01-31"),
        discipline("warning", DisciplineSide::State, "2024-02-29"),
        discipline("warning", DisciplineSide::Mass, "2026-02-01"),
        discipline("reprimand", DisciplineSide::Party, "2026-12-01"),
    ];
    let known = Known {
        day: day("2026-11-23"),
        born_on: day("1970-05-20"),
        sex: Sex::Male,
        career: &career,
        seats: &seats,
        native_unit: None,
        native_name: None,
        places: &places,
        decided_retirement: None,
        disciplines: Some(&disciplines),
        book: &book,
    };
    let all = derive(&known);
    let states = [
        (Is, Some("56")),
        (Is, Some("2032-05-31")),
        (Is, Some("66")),
        (Is, Some("42")),
        (Is, Some("126")),
        // 114 months since 2017-05-01: the second term of 60.
        (Is, Some("2")),
        // Nothing is known of where the unit lies.
        (NotApplicable, None),
        (Is, Some("2028-01-31")),
    ];
    assert_eq!(ALL.map(|name| value(&all, name)), states);
    let waits = all.iter().find(|fact| fact.name == DerivedName::WaitsUntil).unwrap();
    assert_eq!((waits.citation.as_deref(), waits.confirmed, waits.facts.len()), (Some("Quy định"), Some(false), 1));
    // A discipline without a rule is told as such, and counts only where no other has a day.
    let strange = [discipline("demotion", DisciplineSide::State, "2026-03-01")];
    assert_eq!(
        value(&derive(&Known { disciplines: Some(&strange), ..known }), DerivedName::WaitsUntil),
        (Unknown, None)
    );
}

fn spot(unit: u128, above: &[(u128, UnitKind, &str)], heir: bool) -> Spot {
    let above = above.iter().map(|(n, kind, name)| (UnitId(Uuid::from_u128(*n)), *kind, (*name).to_owned())).collect();
    Spot { unit: UnitId(Uuid::from_u128(unit)), above, heir }
}

#[test]
fn terms_and_equal_posts_follow_the_lineage() {
    let now = seat(1, 10, Some(60));
    // The body of a commune that went into the present one, and that of another that did not.
    let before = Seat { unit_id: Uuid::from_u128(5), ..seat(2, 10, Some(60)) };
    let elsewhere = Seat { unit_id: Uuid::from_u128(6), ..seat(3, 10, Some(60)) };
    let district = Seat {
        unit_id: Uuid::from_u128(4),
        level: Level::District,
        title_code: "district_division_head".to_owned(),
        ..seat(4, 200, None)
    };
    let now = Seat { title_code: "commune_party_secretary".to_owned(), ..now };
    let career = [
        appointment(&now, "2025-07-01", None),
        appointment(&before, "2020-07-01", Some("2025-07-01")),
        appointment(&elsewhere, "2015-07-01", Some("2020-07-01")),
        appointment(&district, "2010-07-01", Some("2015-07-01")),
    ];
    let seats: HashMap<PostId, Seat> = [now, before, elsewhere, district].map(|seat| (seat.id, seat)).into();
    let commune = (70, UnitKind::Commune, "Xã Na Sang");
    let mut places = Places::default();
    places.add(UnitId(Uuid::from_u128(7)), UnitKind::Party, spot(7, &[(7, UnitKind::Party, "Đảng ủy"), commune], true));
    places.add(UnitId(Uuid::from_u128(5)), UnitKind::Party, spot(7, &[(7, UnitKind::Party, "Đảng ủy"), commune], true));
    places.add(UnitId(Uuid::from_u128(70)), UnitKind::Commune, spot(70, &[commune], true));
    let derived = |rules: &[(&str, Value)]| {
        let book = book(rules);
        derive(&Known {
            day: day("2026-11-23"),
            born_on: day("1980-05-20"),
            sex: Sex::Male,
            career: &career,
            seats: &seats,
            native_unit: Some(UnitId(Uuid::from_u128(70))),
            native_name: Some("Xã Na Sang"),
            places: &places,
            decided_retirement: None,
            disciplines: None,
            book: &book,
        })
    };
    let how = |all: &[DerivedFact], name| all.iter().find(|fact| fact.name == name).unwrap().how_en.clone();
    let all = derived(&[]);
    // 76 months since 2020-07-01: the second term of 60.
    assert_eq!(value(&all, DerivedName::ConsecutiveTerms), (Is, Some("2")));
    assert!(how(&all, DerivedName::ConsecutiveTerms).contains("are counted"));
    assert_eq!(value(&all, DerivedName::MonthsInEquivalentPosts), (Is, Some("136")));
    assert!(
        how(&all, DerivedName::MonthsInEquivalentPosts).contains("60 months at the former district level are left out")
    );
    assert_eq!(value(&all, DerivedName::Native), (Unknown, None));

    let equal = json!([["district_division_head", "commune_party_secretary"]]);
    let all = derived(&[("appointment.equivalent_titles", equal), ("native.definition", json!("native_place"))]);
    assert_eq!(value(&all, DerivedName::MonthsInEquivalentPosts), (Is, Some("196")));
    assert!(how(&all, DerivedName::MonthsInEquivalentPosts).ends_with("set as equal"));
    assert_eq!(value(&all, DerivedName::Native), (Is, Some("yes")));
    let native = all.iter().find(|fact| fact.name == DerivedName::Native).unwrap();
    let used: Vec<_> = native.facts.iter().map(|fact| (fact.what.as_str(), fact.says.as_str())).collect();
    assert_eq!(used, [("locality", "Xã Na Sang"), ("native_unit", "Xã Na Sang")]);
    assert_eq!(native.citation.as_deref(), Some("Quy định"));
    let other = json!([["district_chief_inspector", "commune_party_secretary"]]);
    let all = derived(&[("appointment.equivalent_titles", other)]);
    assert_eq!(value(&all, DerivedName::MonthsInEquivalentPosts), (Is, Some("136")));
    assert!(how(&all, DerivedName::MonthsInEquivalentPosts).ends_with("are not set as equal"));
}

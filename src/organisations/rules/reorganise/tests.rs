use proptest::prelude::*;

use super::*;

const DAY: &str = "2025-07-01";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn unit(n: u128) -> UnitId {
    UnitId(Uuid::from_u128(n))
}

fn period(from: Option<&str>, to: Option<&str>) -> Period {
    Period::new(from.map(day), to.map(day)).unwrap()
}

fn phase(n: u128, kind: UnitKind, name: &str, parent: Option<u128>) -> Phase {
    let administrative = kind.rank().is_some();
    Phase {
        id: Uuid::from_u128(n + 1000),
        unit: unit(n),
        kind,
        during: period(None, None),
        name: name.to_owned(),
        code: administrative.then(|| format!("{n:05}")),
        unit_type: administrative.then(|| "Xã".to_owned()),
        parent: parent.map(unit),
    }
}

/// A province with a district, two communes and their bodies.
fn province() -> Vec<Phase> {
    vec![
        phase(1, UnitKind::Province, "Tỉnh Điện Biên", None),
        phase(2, UnitKind::District, "Huyện Mường Chà", Some(1)),
        phase(3, UnitKind::Commune, "Xã Ma Thì Hồ", Some(2)),
        phase(4, UnitKind::Commune, "Xã Na Sang", Some(2)),
        phase(30, UnitKind::Government, "Ủy ban nhân dân xã Ma Thì Hồ", Some(3)),
        phase(31, UnitKind::Government, "Văn phòng Ủy ban nhân dân xã Ma Thì Hồ", Some(30)),
        phase(40, UnitKind::Government, "Ủy ban nhân dân xã Na Sang", Some(4)),
        phase(20, UnitKind::Party, "Huyện ủy Mường Chà", Some(2)),
    ]
}

fn create(n: u128, name: &str, code: &str, parent: u128) -> UnitChange {
    UnitChange::Create(CreatedUnit {
        id: unit(n),
        kind: UnitKind::Commune,
        name: name.to_owned(),
        code: Some(code.to_owned()),
        unit_type: Some("Xã".to_owned()),
        parent: unit(parent),
    })
}

fn body(n: u128, name: &str, parent: u128) -> UnitChange {
    UnitChange::Create(CreatedUnit {
        id: unit(n),
        kind: UnitKind::Government,
        name: name.to_owned(),
        code: None,
        unit_type: None,
        parent: unit(parent),
    })
}

fn merge(units: &[u128], into: u128) -> UnitChange {
    UnitChange::Merge { units: units.iter().map(|n| unit(*n)).collect(), into: unit(into) }
}

fn rename(n: u128, name: &str) -> UnitChange {
    UnitChange::Rename { unit: unit(n), name: name.to_owned(), code: None, unit_type: None }
}

fn abolish(n: u128) -> UnitChange {
    UnitChange::Abolish { unit: unit(n), successor: None }
}

fn shift(n: u128, parent: u128) -> UnitChange {
    UnitChange::Move { unit: unit(n), parent: unit(parent) }
}

fn split(n: u128, parts: &[(u128, Share)]) -> UnitChange {
    UnitChange::Split { unit: unit(n), parts: parts.iter().map(|(into, share)| (unit(*into), *share)).collect() }
}

fn placed(changes: Vec<UnitChange>) -> Vec<Placed> {
    changes.into_iter().enumerate().map(|(n, change)| Placed { at: format!("/changes/{n}"), change }).collect()
}

fn planned(phases: &[Phase], changes: Vec<UnitChange>) -> Result<Plan, Vec<Finding>> {
    let known = phases.iter().map(|phase| phase.unit).collect();
    reorganise(phases, &known, &placed(changes), day(DAY))
}

/// The reform of July 2025 in small.
fn reform() -> Vec<UnitChange> {
    vec![create(5, "Xã Na Sang", "00004", 1), body(50, "Ủy ban nhân dân xã Na Sang", 5), merge(&[3, 4], 5), abolish(2)]
}

#[test]
fn the_reform_ends_the_old_communes_and_gives_their_code_away() {
    let plan = planned(&province(), reform()).unwrap();
    assert_eq!(plan.ended, [2, 3, 4, 20, 30, 31, 40].map(unit).into());
    assert_eq!(plan.created.len(), 2);
    assert_eq!(plan.cut.len(), 7);
    let edge = |from: u128| plan.lines.iter().find(|line| line.unit == unit(from)).unwrap();
    assert_eq!(edge(3).into, Some((unit(5), Share::Whole)));
    assert_eq!((edge(30).into, edge(30).implied), (Some((unit(50), Share::Whole)), true));
    assert_eq!((edge(40).into, edge(20).into), (Some((unit(50), Share::Whole)), None));
    // An office that nobody has any more: its papers go to the body of its kind, no edge claims that it took over.
    assert_eq!((edge(31).into, plan.heirs.of(unit(31)), plan.heirs.refuge(unit(31))), (None, None, Some(unit(50))));
    // The district had no successor: what its party committee kept goes to the province.
    assert_eq!((plan.heirs.of(unit(20)), plan.heirs.refuge(unit(20))), (None, Some(unit(1))));
    assert_eq!(plan.heirs.around(unit(30)).collect::<Vec<_>>(), [50, 5, 50].map(unit));
}

#[test]
fn what_goes_on_keeps_its_bodies() {
    let plan = planned(&province(), vec![rename(4, "Xã Na Sang Mới"), shift(3, 1)]).unwrap();
    assert!(plan.ended.is_empty() && plan.created.is_empty());
    let begun: Vec<_> = plan.begun.iter().map(|phase| (phase.unit, phase.name.as_str(), phase.parent)).collect();
    assert_eq!(begun, [(unit(3), "Xã Ma Thì Hồ", Some(unit(1))), (unit(4), "Xã Na Sang Mới", Some(unit(2)))]);
    assert!(plan.begun.iter().all(|phase| phase.during == Period::since(day(DAY))));
    // A unit may be renamed and moved by one act, and a body that is moved does not end with its unit.
    let both = planned(&province(), vec![rename(4, "Xã B"), shift(4, 1), shift(30, 4), merge(&[3], 4)]).unwrap();
    assert_eq!(both.ended, [3].map(unit).into());
    assert_eq!(both.begun.len(), 2);
}

#[test]
fn a_divided_unit_is_followed_into_its_main_part() {
    let parts = [(4, Share::Part), (5, Share::PartMain)];
    let plan = planned(&province(), vec![create(5, "Xã Mới", "00099", 2), split(3, &parts)]).unwrap();
    assert_eq!((plan.heirs.of(unit(3)), plan.ended.contains(&unit(30))), (Some(unit(5)), true));
    let edges: Vec<_> = plan.lines.iter().filter(|line| line.kind == ChangeKind::Split).map(|line| line.into).collect();
    assert_eq!(edges, [Some((unit(4), Share::Part)), Some((unit(5), Share::PartMain))]);
}

fn refused(case: &str, phases: &[Phase], changes: Vec<UnitChange>, expected: &[(&str, &'static Code)]) {
    let findings = planned(phases, changes).expect_err(case);
    let found: Vec<_> = findings.iter().map(|finding| (finding.pointer.as_ref(), finding.code)).collect();
    assert_eq!(found, expected, "{case}");
}

#[test]
fn each_refusal_of_a_unit_names_its_place() {
    let later = |mut phases: Vec<Phase>| {
        phases[2].during = period(None, Some("2026-01-01"));
        let next = Phase { id: Uuid::from_u128(9), during: period(Some("2026-01-01"), None), ..phases[2].clone() };
        phases.push(next);
        phases
    };
    let ended = |mut phases: Vec<Phase>| {
        phases[2].during = period(None, Some("2020-01-01"));
        phases
    };
    for (case, phases, changes, expected) in [
        (
            "a unit that is not there",
            province(),
            vec![abolish(77)],
            vec![("/changes/0/abolish/unit_id", code::UNKNOWN_REFERENCE)],
        ),
        (
            "a parent that is not there",
            province(),
            vec![shift(3, 77)],
            vec![("/changes/0/move/parent", code::UNKNOWN_REFERENCE)],
        ),
        (
            "a unit that ended before",
            ended(province()),
            vec![rename(3, "x")],
            vec![("/changes/0/rename/unit_id", code::OUTSIDE_VALIDITY)],
        ),
        (
            "a unit that changes later",
            later(province()),
            vec![merge(&[3], 4)],
            vec![("/changes/0/merge/units/0", code::OVERTAKEN)],
        ),
        (
            "a unit that ends twice",
            province(),
            vec![merge(&[3, 3], 4)],
            vec![("/changes/0/merge/units/1", code::REPEATED)],
        ),
        (
            "a unit renamed twice",
            province(),
            vec![rename(3, "x"), rename(3, "y")],
            vec![("/changes/1/rename/unit_id", code::REPEATED)],
        ),
        (
            "a unit renamed and ended",
            province(),
            vec![rename(3, "x"), merge(&[3], 4)],
            vec![("/changes/0/rename/unit_id", code::REPEATED)],
        ),
        (
            "into one that ends",
            province(),
            vec![merge(&[3], 4), merge(&[4], 1)],
            vec![("/changes/0/merge/into", code::OUTSIDE_VALIDITY)],
        ),
    ] {
        refused(case, &phases, changes, &expected);
    }
}

#[test]
fn each_refusal_of_a_tree_or_of_shares_names_its_place() {
    let (main, part) = (Share::PartMain, Share::Part);
    for (case, phases, changes, expected) in [
        (
            "a district whose communes stay",
            province(),
            vec![abolish(2)],
            vec![
                ("/changes/0/abolish/unit_id", code::WITHOUT_PARENT),
                ("/changes/0/abolish/unit_id", code::WITHOUT_PARENT),
            ],
        ),
        (
            "a commune that is renamed and whose district ends",
            province(),
            vec![abolish(2), rename(3, "x")],
            vec![
                ("/changes/0/abolish/unit_id", code::WITHOUT_PARENT),
                ("/changes/0/abolish/unit_id", code::WITHOUT_PARENT),
            ],
        ),
        (
            "a code that means another unit",
            province(),
            vec![create(5, "Xã Mới", "00003", 2)],
            vec![("/changes/0/create/code", code::DUPLICATE)],
        ),
        (
            "a commune below a commune",
            province(),
            vec![shift(3, 4)],
            vec![("/changes/0/move/parent", code::WRONG_PARENT)],
        ),
        ("a body below itself", province(), vec![shift(30, 31)], vec![("/changes/0/move/parent", code::WRONG_PARENT)]),
        ("one part", province(), vec![split(3, &[(4, main)])], vec![("/changes/0/split/parts", code::WRONG_SHARES)]),
        (
            "no main part",
            province(),
            vec![split(3, &[(4, part), (1, part)])],
            vec![("/changes/0/split/parts", code::WRONG_SHARES)],
        ),
        (
            "two main parts",
            province(),
            vec![split(3, &[(4, main), (1, main)])],
            vec![("/changes/0/split/parts", code::WRONG_SHARES)],
        ),
        (
            "all findings at once",
            province(),
            vec![abolish(77), rename(78, "x")],
            vec![
                ("/changes/0/abolish/unit_id", code::UNKNOWN_REFERENCE),
                ("/changes/1/rename/unit_id", code::UNKNOWN_REFERENCE),
            ],
        ),
    ] {
        refused(case, &phases, changes, &expected);
    }
}

#[test]
fn a_unit_out_of_sight_is_not_there() {
    let phases = province();
    let known = [3, 4].map(unit).into();
    let findings = reorganise(&phases, &known, &placed(vec![shift(3, 1)]), day(DAY)).unwrap_err();
    assert_eq!((findings[0].pointer.as_ref(), findings[0].code), ("/changes/0/move/parent", code::UNKNOWN_REFERENCE));
    assert!(reorganise(&phases, &known, &placed(vec![merge(&[3], 4)]), day(DAY)).is_ok());
}

/// All periods of all units after the plan.
fn after(phases: &[Phase], plan: &Plan) -> Vec<Phase> {
    let mut all: Vec<Phase> = phases.to_vec();
    for phase in &mut all {
        if plan.cut.contains(&phase.id) {
            phase.during = phase.during.ending(day(DAY)).unwrap();
        }
    }
    all.extend(plan.begun.iter().cloned());
    all
}

fn changes() -> impl Strategy<Value = Vec<UnitChange>> {
    let of_tree = 1..=9_u128;
    let anywhere = prop_oneof![of_tree.clone(), 100..104_u128];
    let change = prop_oneof![
        (100..104_u128, 1..=9_u128, 1..12_u32).prop_map(|(n, parent, code)| create(
            n,
            "Xã Mới",
            &format!("{code:05}"),
            parent
        )),
        (prop::collection::vec(of_tree.clone(), 1..3), anywhere.clone()).prop_map(|(units, into)| merge(&units, into)),
        (of_tree.clone(), anywhere.clone(), anywhere.clone())
            .prop_map(|(n, a, b)| split(n, &[(a, Share::PartMain), (b, Share::Part)])),
        of_tree.clone().prop_map(|n| rename(n, "Xã Khác")),
        (of_tree.clone(), anywhere).prop_map(|(n, parent)| shift(n, parent)),
        of_tree.prop_map(abolish),
    ];
    prop::collection::vec(change, 1..5)
}

proptest! {
    /// After any act that is not refused: no code means two units on a day, nobody stands below a unit that is not there or
    /// below themselves, and what ended goes somewhere or was abolished.
    #[test]
    fn every_act_leaves_a_tree(changes in changes()) {
        let mut phases = vec![
            phase(1, UnitKind::Province, "Tỉnh", None), phase(2, UnitKind::District, "Huyện A", Some(1)),
            phase(3, UnitKind::District, "Huyện B", Some(1)), phase(4, UnitKind::Commune, "Xã A", Some(2)),
            phase(5, UnitKind::Commune, "Xã B", Some(2)), phase(6, UnitKind::Commune, "Xã C", Some(3)),
            phase(7, UnitKind::Government, "Ủy ban nhân dân xã A", Some(4)), phase(8, UnitKind::Government, "Phòng A", Some(7)),
            phase(9, UnitKind::Party, "Đảng ủy xã C", Some(6)),
        ];
        phases[5].during = period(Some("2010-01-01"), None);
        let created: BTreeSet<UnitId> = changes.iter().filter_map(|change| match change {
            UnitChange::Create(created) => Some(created.id),
            _ => None,
        }).collect();
        let twice = changes.iter().filter(|change| matches!(change, UnitChange::Create(_))).count() > created.len();
        if let (false, Ok(plan)) = (twice, planned(&phases, changes)) {
            let all = after(&phases, &plan);
            for on in [day("2025-06-30"), day(DAY), day("2030-01-01")] {
                let living: Vec<&Phase> = all.iter().filter(|phase| phase.during.holds(on)).collect();
                let ids: BTreeSet<UnitId> = living.iter().map(|phase| phase.unit).collect();
                prop_assert_eq!(ids.len(), living.len(), "a unit has two periods on a day");
                let codes: BTreeSet<&str> = living.iter().filter_map(|phase| phase.code.as_deref()).collect();
                prop_assert_eq!(codes.len(), living.iter().filter(|phase| phase.code.is_some()).count());
                for one in &living {
                    let (mut next, mut steps) = (one.parent, 0);
                    while let Some(parent) = next {
                        prop_assert!(ids.contains(&parent), "{} stands below nobody", one.name);
                        steps += 1;
                        prop_assert!(steps < 20, "{} stands below itself", one.name);
                        next = living.iter().find(|phase| phase.unit == parent).and_then(|phase| phase.parent);
                    }
                    prop_assert!(one.parent.is_some() || one.kind == UnitKind::Province);
                }
            }
            for unit in &plan.ended {
                let lines: Vec<_> = plan.lines.iter().filter(|line| line.unit == *unit).collect();
                prop_assert!(!lines.is_empty() && lines.iter().all(|line| line.into.is_some() || line.kind == ChangeKind::Abolish));
                prop_assert!(lines.iter().filter_map(|line| line.into).all(|(into, _)| !plan.ended.contains(&into)));
                prop_assert!(plan.heirs.refuge(*unit).is_none_or(|refuge| !plan.ended.contains(&refuge)));
            }
        }
    }
}

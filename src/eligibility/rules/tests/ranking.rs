//! Ranks: whatever the order in which rows were read.

use serde_json::json;

use super::*;
use crate::cadres::NativeRule;
use crate::organisations::Places;
use crate::platform::period::Period;
use crate::posts::{PostId, Seat};
use crate::regulations::Rulebook;

/// Kinds of people that are told apart.
const KINDS: usize = 6;

/// The person `n`, of a kind; all with several facts of each sort.
fn person(n: u32, kind: usize) -> Dossier {
    let mut changes = vec![
        (
            "/subject/career",
            json!([
                stay_in(12, (32, 20), "2015-01-01", Some("2019-12-31")),
                stay_in(13, (32, 20), "2020-01-01", Some("2025-06-30")),
                stay(11, "2025-07-01", None),
            ]),
        ),
        (
            "/subject/qualifications",
            json!([
                {"kind": "degree", "level": "college", "obtained_on": "2010-06-30"},
                {"kind": "degree", "level": "university", "obtained_on": "2012-06-30"},
            ]),
        ),
        ("/subject/assessments", json!([{"year": 2026, "class": "good"}, {"year": 2027, "class": "good"}])),
    ];
    match kind {
        0 => changes.push(("/subject/planned_for", json!([id(30), id(33)]))),
        1 => changes.push(("/subject/unit_id", json!(id(21)))),
        2 => changes.push((
            "/subject/sensitive/disciplines",
            json!([
                {"measure": "warning", "side": "party", "from": "2019-06-01"},
                {"measure": "warning", "side": "state", "from": "2027-06-01"},
            ]),
        )),
        3 => changes.push(("/subject/sensitive/health_certificates", json!(["2020-01-01", "2026-01-01"]))),
        4 => changes.push(("/subject/sensitive", json!(null))),
        _ => changes.push(("/subject/born_on", json!("1968-05-04"))),
    }
    changes.push(("/subject/cadre_id", json!(id(n))));
    with(&changes).subject
}

/// Where they are held against the post of [`base`], whose standard asks for what they have.
fn field() -> (Field, Seat) {
    let cite = json!({"instrument": "Quy định", "article": null, "confirmed": false});
    let criteria = json!([
        {"kind": "degree", "level": "university", "lowered": null, "citation": cite},
        {"kind": "classification", "years": 2, "level": "good", "citation": cite},
    ]);
    let inputs = with(&[("/standard", json!({"id": id(50), "version": 2, "criteria": criteria}))]);
    let ground = Ground {
        book: Book::of(inputs.rules.clone()),
        titles: inputs.titles.clone(),
        standards: inputs.standard.iter().map(|one| (inputs.seat.title_id, one.clone())).collect(),
    };
    let question = Question { kind: inputs.kind, day: inputs.day, expected_end_on: inputs.expected_end_on };
    let around = Surroundings {
        day: inputs.day,
        rule: NativeRule::of(&Rulebook::new(inputs.day, [])),
        places: Places::default(),
        zones: BTreeMap::new(),
    };
    let seat = Seat {
        id: PostId(id(10).parse().unwrap()),
        title_id: inputs.seat.title_id,
        title_code: "province_head".to_owned(),
        title: "Giám đốc".to_owned(),
        label: "Giám đốc".to_owned(),
        level: Level::Province,
        rank_order: 10,
        leadership: true,
        head: false,
        unit_id: inputs.seat.unit_id,
        unit: "Sở".to_owned(),
        full_time: true,
        during: Period::since(inputs.day),
        term_months: Some(60),
        freezes: Vec::new(),
    };
    (Field { question, ground, around }, seat)
}

proptest::proptest! {
    /// A ranked list is the same in whatever order its rows were read, and its pages are the list.
    #[test]
    fn the_order_of_rows_does_not_matter(
        rows in proptest::collection::vec((0_u32..4, 0_u32..4, proptest::bool::ANY, proptest::bool::ANY), 0..60),
        seed in 0_usize..1000,
    ) {
        let all: Vec<Rank> = rows.iter().zip(0_u128..).map(|(&(fails, unknowns, unplanned, elsewhere), n)| {
            Rank { fails, unknowns, unplanned, elsewhere, id: uuid::Uuid::from_u128(n) }
        }).collect();
        let mut turned = all.clone();
        if !turned.is_empty() {
            turned.rotate_left(seed % all.len());
            let middle = turned.len() / 2;
            turned[..middle].reverse();
        }
        let list = ranked(all.clone(), None, usize::MAX);
        proptest::prop_assert_eq!(&list, &ranked(turned.clone(), None, usize::MAX));
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let page = ranked(turned.clone(), after, 7);
            after = page.last().copied();
            if page.is_empty() { break; }
            pages.extend(page);
        }
        proptest::prop_assert_eq!(list, pages);
    }

    /// Nor does the order in which people and their facts were read: everybody stands where they stood, and who is alike comes
    /// by id.
    #[test]
    fn the_order_of_people_and_facts_does_not_matter(
        kinds in proptest::collection::vec(0_usize..KINDS, 1..24),
        (turn, mirrored) in (0_usize..24, proptest::bool::ANY),
    ) {
        let people: Vec<Dossier> = kinds.iter().zip(100..).map(|(kind, n)| person(n, *kind)).collect();
        let mut turned = people.clone();
        turned.rotate_left(turn % people.len());
        for one in turned.iter_mut().filter(|_| mirrored) {
            one.career.reverse();
            one.qualifications.reverse();
            one.assessments.reverse();
            one.planned_for.reverse();
            if let Some(facts) = &mut one.sensitive {
                facts.disciplines.reverse();
                facts.health_certificates.reverse();
            }
        }
        let settled = |people: Vec<Dossier>| people.into_iter().map(Dossier::settled).collect::<Vec<_>>();
        let (field, seat) = field();
        let list = ranked(field.ranks(&seat, &settled(people.clone()), |_| true), None, usize::MAX);
        let again = ranked(field.ranks(&seat, &settled(turned), |_| true), None, usize::MAX);
        proptest::prop_assert_eq!(&list, &again);
        proptest::prop_assert_eq!(list.len(), people.len());
        let of: BTreeMap<uuid::Uuid, usize> = people.iter().map(|one| one.cadre_id.0).zip(kinds).collect();
        let kind = |rank: &Rank| of[&rank.id];
        for (one, next) in list.iter().zip(list.iter().skip(1)) {
            let alike = (one.fails, one.unknowns, one.unplanned, one.elsewhere)
                == (next.fails, next.unknowns, next.unplanned, next.elsewhere);
            proptest::prop_assert!(!alike || one.id < next.id);
            proptest::prop_assert!(kind(one) != kind(next) || alike, "people of a kind stand together");
        }
        for rank in &list {
            let told = field.told(&seat, &settled(people.clone()), *rank).unwrap().1;
            let Summary { fail, unknown, .. } = told.assessment.summary;
            proptest::prop_assert_eq!((fail, unknown), (rank.fails, rank.unknowns), "told as it was counted");
        }
    }
}

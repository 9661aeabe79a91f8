use super::*;
use crate::cadres::Sex;
use crate::platform::period::Period;
use crate::posts::{Basis, Level, TitleId};

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn seat(n: u128, level: Level) -> (PostId, Seat) {
    let id = PostId(id(n));
    let seat = Seat {
        id,
        title_id: TitleId(Uuid::from_u128(900)),
        title_code: "title".to_owned(),
        title: "Chức danh".to_owned(),
        label: format!("Chức danh {n}"),
        level,
        rank_order: 1,
        leadership: true,
        head: false,
        unit_id: Uuid::from_u128(800),
        unit: "Đơn vị".to_owned(),
        full_time: true,
        during: Period::since(day("2010-01-01")),
        term_months: None,
        freezes: Vec::new(),
    };
    (id, seat)
}

fn person(n: u128) -> (CadreId, Person) {
    let id = CadreId(id(n));
    let person = Person {
        id,
        full_name: format!("Lò Văn {n}"),
        sex: Sex::Male,
        born_on: day("1985-05-01"),
        ethnic_group: "thai".to_owned(),
        native_unit_id: None,
        unit_id: Uuid::from_u128(800),
        status: CadreStatus::Active,
        version: 1,
    };
    (id, person)
}

fn standing(n: u128, cadre: u128, post: u128, during: Period) -> Standing {
    Standing {
        id: AppointmentId(id(n)),
        cadre_id: id(cadre),
        cadre_name: format!("Lò Văn {cadre}"),
        post_id: PostId(id(post)),
        post_label: format!("Chức danh {post}"),
        during,
        full_time: true,
        basis: Basis::Appointed,
        rotation_id: None,
    }
}

/// Three people, 1 to 3, on three posts, 11 to 13, and a free post, 14: at commune, district, district, province.
pub(super) fn facts() -> Facts {
    Facts {
        seats: [(11, Level::Commune), (12, Level::District), (13, Level::District), (14, Level::Province)]
            .map(|(n, level)| seat(n, level))
            .into(),
        people: [1, 2, 3, 4].map(person).into(),
        standings: (1..=3).map(|n| standing(100 + n, n, 10 + n, Period::since(day("2018-03-01")))).collect(),
        case_numbers: HashMap::new(),
        rotated_since: HashMap::new(),
    }
}

pub(super) fn step(cadre: u128, from: Option<u128>, to: u128) -> ProposedMove {
    ProposedMove {
        kind: MoveKind::Transfer,
        cadre_id: CadreId(id(cadre)),
        from_post_id: from.map(|n| PostId(id(n))),
        from_outside: None,
        to_post_id: Some(PostId(id(to))),
        to_outside: None,
        stand_in_id: None,
        expected_end_on: None,
        special_case: false,
        by_election: false,
        purpose: None,
        allowance_kept: false,
        reason: None,
    }
}

fn judged(facts: &Facts, moves: &[ProposedMove]) -> Vec<(String, &'static str)> {
    assess(facts, moves, day("2026-12-01"))
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|finding| (finding.pointer.into_owned(), finding.code.name))
        .collect()
}

#[test]
fn a_chain_a_swap_and_an_entry_can_be() {
    let facts = facts();
    let chain = [step(1, Some(11), 12), step(2, Some(12), 14)];
    let admitted = assess(&facts, &chain, day("2026-12-01")).unwrap();
    let directions: Vec<_> = admitted.iter().map(|one| one.direction).collect();
    assert_eq!(directions, [Direction::Up, Direction::Up]);
    assert_eq!(admitted[0].ends, [AppointmentId(id(101))]);
    let swap = [step(1, Some(11), 12), step(2, Some(12), 13), step(3, Some(13), 11)];
    let directions: Vec<_> =
        assess(&facts, &swap, day("2026-12-01")).unwrap().iter().map(|one| one.direction).collect();
    assert_eq!(directions, [Direction::Up, Direction::Sideways, Direction::Down]);
    let entry = [step(4, None, 14)];
    assert_eq!(assess(&facts, &entry, day("2026-12-01")).unwrap()[0].direction, Direction::Entry);
}

/// Out of the province.
fn leaving(cadre: u128, from: u128) -> ProposedMove {
    ProposedMove { to_post_id: None, to_outside: Some("Bộ Nội vụ".to_owned()), ..step(cadre, Some(from), 0) }
}

#[test]
fn who_leaves_the_service_leaves_everything_and_who_is_seconded_the_post() {
    let mut facts = facts();
    facts.standings.push(Standing { full_time: false, ..standing(105, 1, 15, Period::since(day("2020-01-01"))) });
    let admitted = assess(&facts, &[leaving(1, 11)], day("2026-12-01")).unwrap();
    assert_eq!(admitted[0].direction, Direction::Exit);
    assert_eq!(admitted[0].ends, [AppointmentId(id(101)), AppointmentId(id(105))]);
    let seconded =
        ProposedMove { kind: MoveKind::Secondment, expected_end_on: Some(day("2027-11-30")), ..leaving(1, 11) };
    assert_eq!(assess(&facts, &[seconded], day("2026-12-01")).unwrap()[0].ends, [AppointmentId(id(101))]);
    facts.standings.push(standing(106, 1, 14, Period::since(day("2027-01-01"))));
    assert_eq!(judged(&facts, &[leaving(1, 11)]), [("/moves/0/cadre_id".to_owned(), "person_taken")]);
}

#[test]
fn who_has_left_comes_back_by_an_entry_alone() {
    let mut facts = facts();
    facts.people.get_mut(&CadreId(id(4))).unwrap().status = CadreStatus::Left;
    let entry = ProposedMove { from_outside: Some("Bộ Nội vụ".to_owned()), ..step(4, None, 14) };
    assert!(judged(&facts, &[entry]).is_empty());
    facts.people.get_mut(&CadreId(id(1))).unwrap().status = CadreStatus::Left;
    assert_eq!(judged(&facts, &[step(1, Some(11), 14)]), [("/moves/0/cadre_id".to_owned(), "not_active")]);
}

#[test]
fn both_ends_of_a_move_are_told_once() {
    let out = |step: ProposedMove| judged(&facts(), &[step]).into_iter().next();
    let told = |pointer: &str, code| Some((format!("/moves/0{pointer}"), code));
    let elsewhere = || Some("Bộ Nội vụ".to_owned());
    assert_eq!(out(ProposedMove { to_post_id: None, ..step(1, Some(11), 0) }), told("/to_post_id", "required"));
    assert_eq!(out(ProposedMove { to_outside: elsewhere(), ..step(1, Some(11), 14) }), told("/to_outside", "repeated"));
    assert_eq!(out(ProposedMove { from_post_id: None, ..leaving(4, 0) }), told("/from_post_id", "required"));
    assert_eq!(out(ProposedMove { kind: MoveKind::Appointment, ..leaving(1, 11) }), told("/kind", "out_of_range"));
    assert_eq!(out(ProposedMove { from_outside: elsewhere(), ..leaving(1, 11) }), told("/from_outside", "repeated"));
}

#[test]
fn a_stand_in_is_somebody_else_in_service_for_a_post_that_nobody_enters() {
    let with = |stand_in: u128, moves: &[ProposedMove]| {
        let mut moves = moves.to_vec();
        moves[0].stand_in_id = Some(CadreId(id(stand_in)));
        judged(&facts(), &moves).into_iter().next().map(|(_, code)| code)
    };
    let alone = [step(1, Some(11), 14)];
    assert_eq!(with(4, &alone), None);
    assert_eq!(with(1, &alone), Some("repeated"));
    assert_eq!(with(9, &alone), Some("unknown_reference"));
    assert_eq!(with(4, &[step(1, Some(11), 14), step(2, Some(12), 11)]), Some("not_vacated"));
    assert_eq!(with(2, &[step(1, Some(11), 14), leaving(2, 12)]), Some("not_active"));
    assert_eq!(with(2, &[step(4, None, 14)]), Some("not_held"));
}

#[test]
fn what_cannot_be_is_told_all_at_once() {
    type Case = (&'static str, Vec<ProposedMove>, Vec<(&'static str, &'static str)>);
    let cases: [Case; 8] = [
        ("a post that is held", vec![step(1, Some(11), 12)], vec![("/moves/0/to_post_id", "post_taken")]),
        (
            "a post that is not held by the person",
            vec![step(1, Some(12), 14)],
            vec![("/moves/0/from_post_id", "not_held"), ("/moves/0/cadre_id", "person_taken")],
        ),
        ("an entry of somebody who holds a post", vec![step(1, None, 14)], vec![("/moves/0/cadre_id", "person_taken")]),
        ("the same post", vec![step(1, Some(11), 11)], vec![("/moves/0/to_post_id", "repeated")]),
        (
            "one person twice",
            vec![step(1, Some(11), 14), step(1, Some(11), 14)],
            vec![("/moves/1/cadre_id", "repeated"), ("/moves/1/to_post_id", "repeated")],
        ),
        (
            "things out of sight",
            vec![step(9, Some(98), 99)],
            vec![
                ("/moves/0/to_post_id", "unknown_reference"),
                ("/moves/0/from_post_id", "unknown_reference"),
                ("/moves/0/cadre_id", "unknown_reference"),
            ],
        ),
        (
            "a secondment without an end",
            vec![ProposedMove { kind: MoveKind::Secondment, ..step(1, Some(11), 14) }],
            vec![("/moves/0/expected_end_on", "required")],
        ),
        (
            "an end before the beginning",
            vec![ProposedMove { expected_end_on: Some(day("2026-11-30")), ..step(1, Some(11), 14) }],
            vec![("/moves/0/expected_end_on", "bad_order")],
        ),
    ];
    for (name, moves, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|(pointer, code)| (pointer.to_owned(), code)).collect();
        assert_eq!(judged(&facts(), &moves), expected, "{name}");
    }
}

#[test]
fn people_and_posts_must_be_there_on_the_day() {
    let mut facts = facts();
    facts.people.get_mut(&CadreId(id(1))).unwrap().status = CadreStatus::Retired;
    facts.seats.get_mut(&PostId(id(14))).unwrap().during = Period::new(None, Some(day("2026-12-01"))).unwrap();
    assert_eq!(
        judged(&facts, &[step(1, Some(11), 14)]),
        [("/moves/0/cadre_id".to_owned(), "not_active"), ("/moves/0/to_post_id".to_owned(), "outside_validity"),]
    );
}

#[test]
fn a_holder_whose_time_is_over_is_not_in_the_way_and_a_later_one_is() {
    let mut facts = facts();
    let until = Period::new(Some(day("2018-03-01")), Some(day("2026-12-01"))).unwrap();
    facts.standings[1].during = until;
    assert!(judged(&facts, &[step(1, Some(11), 12)]).is_empty());
    let other_case = id(500);
    facts
        .standings
        .push(Standing { rotation_id: Some(other_case), ..standing(104, 3, 12, Period::since(day("2027-01-01"))) });
    facts.case_numbers.insert(other_case, "HS-2026-0042".to_owned());
    let findings = assess(&facts, &[step(1, Some(11), 12)], day("2026-12-01")).unwrap_err();
    assert!(findings[0].message.en.contains("HS-2026-0042"), "{findings:?}");
    assert_eq!(refusal(findings).code(), code::POST_TAKEN);
    assert_eq!(refusal(vec![Finding::plain("/x", code::REQUIRED)]).code(), code::REFUSED);
}

#[test]
fn a_slate_has_one_move_or_a_hundred() {
    assert!(countable(1).is_ok() && countable(100).is_ok());
    assert!(countable(0).is_err() && countable(101).is_err());
}

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::rotations::rules::steps::tests::case;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn book(confirmed: bool) -> Rulebook {
    let rule = |value| Parameter { value, citation: "Quy chế làm việc".to_owned(), confirmed };
    Rulebook::new(
        day("2026-11-20"),
        [
            ("collective.quorum".to_owned(), rule(json!({"part": 2, "whole": 3}))),
            ("collective.majority".to_owned(), rule(json!({"part": 1, "whole": 2}))),
        ],
    )
}

fn votes(members: u32, in_favour: u32, against: u32, abstained: u32) -> Ballot {
    Ballot { members, in_favour, against, abstained }
}

#[test]
fn a_vote_carries_by_the_rules_that_are_confirmed() {
    // Members, present, in favour, against, abstained; by confirmed rules, by others.
    let table = [
        (9, 9, 5, 4, 0, true, true),
        (9, 9, 4, 3, 2, false, true),
        (9, 6, 5, 1, 0, true, true),
        (9, 5, 5, 0, 0, false, true),
        (10, 10, 5, 5, 0, false, false),
        (10, 10, 6, 4, 0, true, true),
        (9, 9, 0, 0, 9, false, false),
        (3, 2, 2, 0, 0, true, true),
    ];
    for (members, present, in_favour, against, abstained, by_confirmed, by_others) in table {
        let ballot = votes(members, in_favour, against, abstained);
        for (confirmed, expected) in [(true, by_confirmed), (false, by_others)] {
            let outcome = carried(&ballot, present, &book(confirmed));
            assert_eq!((outcome.carried, outcome.confirmed), (expected, confirmed), "{ballot:?} of {present}");
            assert_eq!(outcome.citation.as_deref(), Some("Quy chế làm việc"));
        }
    }
    let nothing = carried(&votes(9, 5, 4, 0), 9, &Rulebook::new(day("2026-11-20"), []));
    assert!(nothing.carried && !nothing.confirmed && nothing.citation.is_none());
}

fn cadre(n: u128) -> CadreId {
    CadreId(Uuid::from_u128(n))
}

#[test]
fn those_who_take_part_cast_the_votes_and_nobody_votes_on_their_own_move() {
    let rotation = case(RotationProcedure::FiveSteps, RotationState::Exchanged);
    let judged = |present: &[u128], excluded: &[u128], ballot: Ballot, held_on: &str| {
        let all = |ids: &[u128]| ids.iter().copied().map(cadre).collect();
        let meeting = Meeting {
            body: "Ban Thường vụ".to_owned(),
            held_on: day(held_on),
            present: all(present),
            excluded: all(excluded),
            ballot,
            number: None,
        };
        let found = super::meeting(&rotation, &meeting, day("2026-11-23"));
        found.into_iter().map(|one| format!("{} {}", one.pointer, one.code.name)).collect::<Vec<_>>()
    };
    assert!(judged(&[1, 2, 3], &[], votes(3, 2, 1, 0), "2026-11-20").is_empty());
    assert!(judged(&[1, 2, 7], &[7], votes(3, 2, 0, 0), "2026-11-20").is_empty());
    assert_eq!(judged(&[1, 2, 7], &[], votes(3, 3, 0, 0), "2026-11-20"), ["/present_ids/2 own_case"]);
    assert_eq!(judged(&[1, 2], &[], votes(3, 3, 0, 0), "2026-11-20"), ["/ballot out_of_range"]);
    assert_eq!(judged(&[1, 2], &[3], votes(3, 2, 0, 0), "2026-11-20"), ["/excluded_ids/0 unknown_reference"]);
    assert_eq!(
        judged(&[1, 1, 2, 3], &[], votes(3, 4, 0, 0), "2026-11-24"),
        ["/held_on bad_order", "/present_ids out_of_range", "/present_ids/1 repeated"]
    );
}

#[test]
fn a_paper_is_cleaned_and_every_fault_of_it_is_told() {
    let mut election = ElectionContent {
        held_on: day("2026-11-20"),
        electors: 5,
        in_favour: 6,
        elected: true,
        confirmed_on: Some(day("2026-11-19")),
        confirmed_by: None,
        number: Some("  ".to_owned()),
    };
    let found = election.examine(day("2026-11-23")).unwrap_err();
    let found: Vec<_> = found.iter().map(|one| format!("{} {}", one.pointer, one.code.name)).collect();
    assert_eq!(
        found,
        ["/number required", "/in_favour out_of_range", "/confirmed_on bad_order", "/confirmed_by required",]
    );
    let mut opinion = OpinionContent {
        side: OpinionSide::Origin,
        agrees: false,
        given_on: day("2026-11-20"),
        text: "  Không nhất trí ".to_owned(),
        number: None,
    };
    opinion.examine(day("2026-11-23")).unwrap();
    assert_eq!(opinion.text, "Không nhất trí");
    assert!(opinion.examine(day("2026-11-19")).is_err(), "a day that lies in the future");
    let mut document = DocumentContent {
        item: DossierItem::Diplomas,
        number: None,
        issued_on: day("2026-11-20"),
        issuer: "Trường".to_owned(),
        sha256: Some("ABC".to_owned()),
        kept_at: "Tủ".to_owned(),
    };
    assert_eq!(document.examine(day("2026-11-23")).unwrap_err()[0].code, code::BAD_FORMAT);
}

#[test]
fn the_unit_of_the_post_that_is_left_or_entered_gives_the_opinion() {
    let mut rotation = case(RotationProcedure::Agreement, RotationState::Prepared);
    let of = |rotation: &Rotation, who, side| {
        post_of_opinion(rotation, Some(cadre(who)), side)
            .map(|post| post.map(|post| post.0))
            .map_err(|one| one.pointer.into_owned())
    };
    assert_eq!(of(&rotation, 7, OpinionSide::Origin), Ok(Some(Uuid::from_u128(11))));
    assert_eq!(of(&rotation, 7, OpinionSide::Destination), Ok(Some(Uuid::from_u128(12))));
    assert_eq!(of(&rotation, 8, OpinionSide::Origin), Err("/cadre_id".to_owned()));
    rotation.moves.iter_mut().for_each(|step| step.from_post = None);
    assert_eq!(of(&rotation, 7, OpinionSide::Origin), Err("/side".to_owned()));
    rotation.moves.iter_mut().for_each(|step| step.from_outside = Some("Bộ Nội vụ".to_owned()));
    assert_eq!(of(&rotation, 7, OpinionSide::Origin), Ok(None));
}

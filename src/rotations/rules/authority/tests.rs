use chrono::DateTime;

use super::*;
use crate::platform::http::page::Ref;
use crate::posts::{Level, PostId, TitleCategory, TitleGroup, TitleId};
use crate::regulations::RegulationConfirmation;
use crate::rotations::model::{
    AppointingAuthorityId, DelegationId, RotationProcedure, RotationState, Signer, Withdrawal,
};
use crate::rotations::rules::steps::tests::case;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn since(from: &str, to: Option<&str>) -> Period {
    Period::new(Some(day(from)), to.map(day)).unwrap()
}

/// A rule by which the post of its number decides.
fn rule(n: u128, title: Option<u128>, group: Option<TitleGroup>, level: Option<Level>) -> AppointingAuthority {
    AppointingAuthority {
        id: AppointingAuthorityId(id(n)),
        title: title.map(|title| Ref::new(id(title), "Chức danh")),
        group,
        level,
        authority_post: Ref::new(id(n), "Bí thư Tỉnh ủy"),
        during: since("2026-01-01", None),
        instrument: "12-QĐ/TU".to_owned(),
        article: Some("5".to_owned()),
        confirmation: None,
        recorded_at: DateTime::UNIX_EPOCH,
        recorded_by: "officer".to_owned(),
        version: 1,
    }
}

fn confirmed(rule: AppointingAuthority) -> AppointingAuthority {
    let (against, by) = ("Bản có dấu".to_owned(), "officer".to_owned());
    let confirmation = RegulationConfirmation { against, on: day("2026-01-15"), by, at: DateTime::UNIX_EPOCH };
    AppointingAuthority { confirmation: Some(confirmation), ..rule }
}

fn title(n: u128, group: Option<TitleGroup>, level: Level) -> Title {
    Title {
        id: TitleId(id(n)),
        code: "test_title".to_owned(),
        name_vi: "Chức danh".to_owned(),
        name_en: "Title".to_owned(),
        category: TitleCategory::Government,
        level,
        leadership: true,
        head: true,
        rank_order: 10,
        elected: false,
        group,
        version: 1,
    }
}

#[test]
fn the_most_specific_rule_decides() {
    let (iv, commune) = (Some(TitleGroup::GroupIv), Some(Level::Commune));
    let rules = [
        rule(101, None, None, commune),
        rule(102, None, iv, None),
        rule(103, None, iv, commune),
        rule(104, Some(20), None, None),
    ];
    for (name, title, wanted) in [
        ("the title itself", title(20, iv, Level::Commune), Some(104)),
        ("its group at its level", title(21, iv, Level::Commune), Some(103)),
        ("its group", title(21, iv, Level::Province), Some(102)),
        ("its level", title(21, None, Level::Commune), Some(101)),
        ("its level, of another group", title(21, Some(TitleGroup::GroupI), Level::Commune), Some(101)),
        ("no rule", title(21, None, Level::Province), None),
    ] {
        assert_eq!(deciding(&rules, &title).map(|rule| rule.id.0.as_u128()), wanted, "{name}");
    }
}

#[test]
fn a_rule_is_about_a_title_or_about_a_group_and_a_level() {
    let of = |title: bool, group: bool, level: bool| Ruled {
        title_id: title.then_some(TitleId(id(20))),
        group: group.then_some(TitleGroup::GroupI),
        level: level.then_some(Level::Commune),
    };
    for good in [of(true, false, false), of(false, true, false), of(false, false, true), of(false, true, true)] {
        assert!(ruled(&good).is_ok(), "{good:?}");
    }
    for (bad, code) in [
        (of(false, false, false), "required"),
        (of(true, true, false), "repeated"),
        (of(true, false, true), "repeated"),
    ] {
        assert_eq!(ruled(&bad).unwrap_err().code.name, code, "{bad:?}");
    }
}

#[test]
fn what_can_be_done_with_a_rule_and_a_delegation() {
    use AppointingAuthorityAction::{Confirm, End};
    let today = day("2026-11-23");
    let said = |rule: &AppointingAuthority, action, keeps| {
        authority_guard(rule, action, keeps, today).map_err(|error| error.code().name).err().unwrap_or("ok")
    };
    let (open, bound) = (rule(101, Some(20), None, None), confirmed(rule(101, Some(20), None, None)));
    let over = AppointingAuthority { during: since("2025-01-01", Some("2026-11-23")), ..open.clone() };
    for (rule, wanted) in [
        (&open, ["ok", "ok", "forbidden"]),
        (&bound, ["wrong_state", "ok", "forbidden"]),
        (&over, ["ok", "wrong_state", "forbidden"]),
    ] {
        assert_eq!([said(rule, Confirm, true), said(rule, End, true), said(rule, End, false)], wanted);
    }
    for (last_on, ends) in
        [("2025-12-31", None), ("2026-01-01", Some("2026-01-02")), ("2027-06-30", Some("2027-07-01"))]
    {
        assert_eq!(ended(&open, day(last_on)).ok().and_then(|during| during.to()), ends.map(day), "{last_on}");
    }
    let closed = AppointingAuthority { during: since("2026-01-01", Some("2027-01-01")), ..open };
    assert!(ended(&closed, day("2026-12-31")).is_err() && ended(&closed, day("2026-12-30")).is_ok());

    let delegation = |to: &str, withdrawn: bool| Delegation {
        id: DelegationId(id(1)),
        authority_post: Ref::new(id(101), "Bí thư"),
        unit_id: id(800),
        cadre: Ref::new(id(8), "Giàng A Tám"),
        during: since("2026-11-01", Some(to)),
        number: "1".to_owned(),
        issuer: "x".to_owned(),
        decided_on: day("2026-10-28"),
        recorded_at: DateTime::UNIX_EPOCH,
        recorded_by: "officer".to_owned(),
        withdrawal: withdrawn.then(|| Withdrawal { reason: "x".to_owned(), withdrawn_at: DateTime::UNIX_EPOCH }),
        version: 1,
    };
    for (to, withdrawn, keeps, wanted) in [
        ("2026-12-01", false, true, None),
        ("2026-12-01", false, false, Some("forbidden")),
        ("2026-12-01", true, true, Some("wrong_state")),
        ("2026-11-23", false, true, Some("wrong_state")),
    ] {
        let said = delegation_guard(&delegation(to, withdrawn), keeps, today);
        assert_eq!(said.map_err(|error| error.code().name).err(), wanted, "{to} {withdrawn} {keeps}");
    }
}

/// Who decides on a move, with the holder 8 of the post and the delegate 9.
fn entitled(rule: Option<AppointingAuthority>) -> Entitled {
    let signer = |n, by: Option<u128>| Signer {
        cadre: Ref::new(id(n), "Người ký"),
        delegation_id: by.map(|by| DelegationId(id(by))),
    };
    let signers = if rule.is_some() { vec![signer(8, None), signer(9, Some(77))] } else { vec![] };
    Entitled { to_post: Ref::new(id(12), "Chức danh đến"), rule, signers }
}

/// Nobody signs about themselves or what they prepared, whatever the rules; else only a confirmed rule refuses, and it asks
/// for a signer.
#[test]
fn who_may_sign_a_decision() {
    // The person 7 moves.
    let case = case(RotationProcedure::Direct, RotationState::Prepared);
    let loose = || entitled(Some(rule(101, None, None, Some(Level::Commune))));
    let binding = || entitled(Some(confirmed(rule(101, None, None, Some(Level::Commune)))));
    let by = |post: Option<u128>, delegation: Option<u128>| {
        Ok(Signature {
            authority_post_id: post.map(|post| PostId(id(post))),
            delegation_id: delegation.map(|one| DelegationId(id(one))),
        })
    };
    for (name, moves, signer, preparer, wanted) in [
        ("nobody says who signed", vec![entitled(None)], None, None, by(None, None)),
        ("nor by a rule that is not confirmed", vec![loose()], None, None, by(None, None)),
        ("a confirmed rule asks for it", vec![entitled(None), binding()], None, None, Err(vec!["required"])),
        ("without a rule anybody", vec![entitled(None)], Some(6), None, by(None, None)),
        ("unconfirmed, anybody", vec![loose()], Some(6), None, by(None, None)),
        ("unconfirmed, the holder", vec![loose()], Some(8), None, by(Some(101), None)),
        ("the holder", vec![binding()], Some(8), None, by(Some(101), None)),
        ("the delegate", vec![binding()], Some(9), None, by(Some(101), Some(77))),
        ("somebody else", vec![binding(), binding()], Some(6), None, Err(vec!["not_entitled", "not_entitled"])),
        ("who is moved", vec![entitled(None)], Some(7), None, Err(vec!["own_case"])),
        ("who prepared it", vec![binding()], Some(8), Some(8), Err(vec!["separation_of_duties"])),
        (
            "who is moved, prepared it and may not",
            vec![binding()],
            Some(7),
            Some(7),
            Err(vec!["own_case", "separation_of_duties", "not_entitled"]),
        ),
    ] {
        let signing = Signing { signer: signer.map(id), preparer: preparer.map(id) };
        let said = signature(&case, &moves, signing);
        let said = said.map_err(|found| found.iter().map(|one| one.code.name).collect::<Vec<_>>());
        assert_eq!(said, wanted, "{name}");
    }
    let refused = signature(&case, &[binding()], Signing { signer: Some(id(6)), preparer: None }).unwrap_err();
    assert_eq!(
        (refused[0].pointer.as_ref(), refused[0].citation.as_deref()),
        ("/signed_by_id", Some("12-QĐ/TU, Điều 5"))
    );
}

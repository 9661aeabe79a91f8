use super::*;

#[test]
fn shares_have_one_decimal_half_up() {
    for (part, whole, expected) in [
        (0, 0, None),
        (0, 7, Some(0.0)),
        (1, 3, Some(33.3)),
        (2, 3, Some(66.7)),
        (1, 8, Some(12.5)),
        (1, 2000, Some(0.1)),
        (1, 2001, Some(0.0)),
        (7, 7, Some(100.0)),
        (28, 308, Some(9.1)),
    ] {
        assert_eq!(percent(part, whole), expected, "{part} of {whole}");
    }
    assert_eq!(serde_json::to_string(&percent(1, 3)).unwrap(), "33.3");
}

#[test]
fn sensitive_shares_show_nothing_to_those_who_may_not_see_them() {
    let two = Count { turns: 2, persons: 1 };
    let total = Count { turns: 4, persons: 3 };
    let tally = Tally { total, women: two, minority: two, in_planning: Count::default(), open: true };
    let open = Figures::of(&tally);
    assert_eq!((open.minority.turns, open.minority.persons_percent), (Some(2), Some(33.3)));
    assert_eq!((open.women.turns_percent, open.in_planning.turns_percent), (Some(50.0), Some(0.0)));
    let closed = Figures::of(&Tally { open: false, ..tally });
    assert_eq!(closed.minority, SensitiveShare::default());
    assert_eq!((closed.total, closed.women), (open.total, open.women));
    let none = Figures::of(&Tally { open: true, ..Tally::default() });
    assert_eq!((none.minority.turns, none.minority.turns_percent), (Some(0), None));
}

//! Which steps the law asks for, by kinds of moves.

use super::Unmet;
use crate::platform::error::{Finding, Say, code};
use crate::regulations::Rulebook;
use crate::rotations::model::{MoveKind, ProposedMove, RotationProcedure};

/// The rules on steps that a case of these moves does not meet, each once: those that the province has confirmed, then the others. An
/// appointment that fills what another move leaves, and a change of position, take what steps they like.
pub fn steps_missed(procedure: RotationProcedure, moves: &[ProposedMove], book: &Rulebook) -> Unmet {
    let keys = [
        (MoveKind::Rotation, "procedure.rotation"),
        (MoveKind::Transfer, "procedure.transfer"),
        (MoveKind::Secondment, "procedure.secondment"),
    ];
    let mut unmet = Unmet::default();
    for (kind, key) in keys {
        let Some(rule) = book.text(key).filter(|_| moves.iter().any(|step| step.kind == kind)) else { continue };
        let Some(least) = RotationProcedure::of(&rule.value).filter(|least| !procedure.covers(*least)) else {
            continue;
        };
        let (kind, least, own) = (kind.name(), least.name(), procedure.name());
        let say = Say::new(
            format!("{kind}: cần {least}, hồ sơ là {own}"),
            format!("{kind}: needs {least}, the case is {own}"),
        );
        let finding = Finding::new("/procedure", code::RULE_NOT_MET, say).citing(rule.citation);
        unmet.note(rule.confirmed, [finding]);
    }
    unmet
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cadres::CadreId;
    use crate::regulations::Parameter;

    #[test]
    fn a_confirmed_rule_refuses_and_another_is_told() {
        use MoveKind::{Appointment, Rotation, Secondment, Transfer};
        use RotationProcedure::{Agreement, Direct, FiveSteps};
        let rule =
            |value: &str, confirmed| Parameter { value: json!(value), citation: "Điều 46".to_owned(), confirmed };
        let day = "2026-12-01".parse().unwrap();
        let book = Rulebook::new(
            day,
            [
                ("procedure.rotation".to_owned(), rule("five_steps", true)),
                ("procedure.transfer".to_owned(), rule("agreement", false)),
                ("procedure.secondment".to_owned(), rule("something", true)),
            ],
        );
        let step = |kind| ProposedMove {
            kind,
            cadre_id: CadreId(uuid::Uuid::nil()),
            from_post_id: None,
            from_outside: None,
            to_post_id: None,
            to_outside: None,
            stand_in_id: None,
            expected_end_on: None,
            special_case: false,
            by_election: false,
            purpose: None,
            allowance_kept: false,
            reason: None,
        };
        let cases = [
            (Direct, vec![Rotation], (1, 0)),
            (Agreement, vec![Rotation, Transfer], (1, 0)),
            (FiveSteps, vec![Rotation, Transfer, Secondment], (0, 0)),
            (Direct, vec![Transfer, Transfer, Appointment], (0, 1)),
            (Direct, vec![Secondment], (0, 0)),
        ];
        for (procedure, kinds, expected) in cases {
            let moves: Vec<_> = kinds.iter().map(|kind| step(*kind)).collect();
            let unmet = steps_missed(procedure, &moves, &book);
            assert_eq!((unmet.confirmed.len(), unmet.others.len()), expected, "{procedure:?} {kinds:?}");
        }
    }
}

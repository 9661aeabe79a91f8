//! Which posts a case leaves with nobody in them.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::gives_way;
use crate::platform::http::page::Ref;
use crate::posts::{PostId, Standing};
use crate::rotations::model::{ProposedMove, Rotation, RotationState};

/// The posts that a case leaves and that none of its moves enters, in the order of the moves; none of a case that came to
/// nothing.
pub fn left(rotation: &Rotation) -> Vec<Ref> {
    if matches!(rotation.state, RotationState::Refused | RotationState::Withdrawn) {
        return Vec::new();
    }
    let entered: BTreeSet<_> = rotation.moves.iter().flat_map(|step| &step.to_post).map(|post| post.id).collect();
    let left = rotation.moves.iter().filter_map(|step| step.from_post.as_ref());
    left.filter(|post| !entered.contains(&post.id)).cloned().collect()
}

/// Whether nobody holds a post from the effective day on: what stands there ends by then, or is ended by one of the moves.
pub fn is_vacant(post: PostId, standings: &[Standing], moves: &[ProposedMove], effective: NaiveDate) -> bool {
    standings.iter().filter(|standing| standing.post_id == post).all(|one| gives_way(one, moves, effective))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::period::Period;
    use crate::posts::{AppointmentId, Basis};
    use crate::rotations::rules::tests::{day, id, step};

    /// The person 1 stands in the post 10.
    fn stands(cadre: u128, from: &str, to: Option<&str>) -> Standing {
        Standing {
            id: AppointmentId(id(cadre)),
            cadre_id: id(cadre),
            cadre_name: String::new(),
            post_id: PostId(id(10)),
            post_label: String::new(),
            during: Period::new(Some(day(from)), to.map(day)).unwrap(),
            full_time: true,
            basis: Basis::Appointed,
            rotation_id: None,
        }
    }

    #[test]
    fn a_post_is_vacant_that_nobody_holds_from_the_day_on() {
        let leaves = step(1, Some(10), 11);
        let table = [
            ("nobody stands there", vec![], true),
            ("who leaves", vec![stands(1, "2020-01-01", None)], true),
            ("who has left by the decision", vec![stands(1, "2020-01-01", Some("2026-12-01"))], true),
            ("somebody else", vec![stands(2, "2020-01-01", None)], false),
            ("somebody else up to the eve", vec![stands(2, "2020-01-01", Some("2026-12-01"))], true),
            ("somebody later", vec![stands(1, "2020-01-01", None), stands(2, "2027-03-01", None)], false),
            ("who leaves and comes back", vec![stands(1, "2027-03-01", None)], false),
        ];
        for (case, standings, vacant) in table {
            let found = is_vacant(PostId(id(10)), &standings, std::slice::from_ref(&leaves), day("2026-12-01"));
            assert_eq!(found, vacant, "{case}");
        }
    }
}

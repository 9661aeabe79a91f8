//! Which level reaches which: by the order of the catalogues, and what their notes say of codes that stand beside it.

use crate::catalogues::{CatalogueItem, catalogue};
use crate::platform::error::Say;

/// Whether a level reaches another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is that level or above.
    Enough,
    /// It is below.
    Below,
    /// The two cannot be compared.
    Unclear,
}

/// Codes that no order has a place for: a paper that names the level it equals, courses by title beside those by rank.
const BESIDE: [(&str, &str); 4] = [
    ("political_theory_levels", "equivalent"),
    ("state_management_levels", "division_leader"),
    ("state_management_levels", "commune_leader"),
    ("state_management_levels", "department_leader"),
];

/// Whether `have` reaches `wanted` in a list.
pub fn reach(list: &str, have: &str, wanted: &str) -> Reach {
    if have == wanted {
        return Reach::Enough;
    }
    if list == "general_education" {
        return schooling(have, wanted);
    }
    let place = |code: &str| catalogue(list)?.items.iter().position(|item| item.code == code);
    let beside = |code: &str| BESIDE.contains(&(list, code));
    match (place(have), place(wanted)) {
        // Nothing learned reaches nothing.
        (Some(_), Some(_)) if have == "none" => Reach::Below,
        (Some(_), Some(_)) if beside(have) || beside(wanted) => Reach::Unclear,
        (Some(have), Some(wanted)) => {
            // Classes are listed from the best down, levels from the lowest up.
            let enough = if list == "classification_levels" { have <= wanted } else { have >= wanted };
            if enough { Reach::Enough } else { Reach::Below }
        }
        _ => Reach::Unclear,
    }
}

/// Grade and grades of a schooling: `grade_9_of_12`, `continuing_9_of_12`.
fn grades(code: &str) -> Option<(u32, u32)> {
    let (grade, of) = code.split_once('_')?.1.split_once("_of_")?;
    Some((grade.parse().ok()?, of.parse().ok()?))
}

/// Grades of one system are compared; who has finished school in one has reached every grade of the other.
fn schooling(have: &str, wanted: &str) -> Reach {
    match (grades(have), grades(wanted)) {
        (Some((grade, of)), Some(_)) if grade == of => Reach::Enough,
        (Some((grade, of)), Some((least, total))) if of == total => {
            if grade >= least {
                Reach::Enough
            } else {
                Reach::Below
            }
        }
        // Who has not finished has not reached the end.
        (Some(_), Some((least, total))) if least == total => Reach::Below,
        _ => Reach::Unclear,
    }
}

/// The name of a code; the code itself where the list does not have it.
pub fn label(list: &str, code: &str) -> Say {
    let item: Option<&CatalogueItem> = catalogue(list).and_then(|list| list.item(code));
    match item {
        Some(item) => Say::new(item.label_vi.as_str(), item.label_en.as_str()),
        None => Say::new(code.to_owned(), code.to_owned()),
    }
}

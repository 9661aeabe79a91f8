//! Who held what when, as the steps say.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Happening, PersonNo, PostNo, Step};

/// One appointment of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// Which seat.
    pub post: PostNo,
    /// First day.
    pub from: NaiveDate,
    /// The day after the last; none: to the end of the plan and on.
    pub to: Option<NaiveDate>,
}

impl Spell {
    /// Whether the seat is held on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }
}

/// The appointments of everybody, oldest first.
pub type Spells = BTreeMap<PersonNo, Vec<Spell>>;

/// Carries out the steps in their order.
pub(super) fn spells(steps: &[Step]) -> Spells {
    let mut all = Spells::new();
    for step in steps {
        match &step.what {
            Happening::Appoint { person, post, .. } => begin(&mut all, *person, *post, step.day),
            Happening::End { person, post, .. } => end(&mut all, *person, *post, step.day),
            Happening::Case(case) if case.state == "effective" => {
                for part in &case.moves {
                    end(&mut all, part.person, part.from, step.day);
                }
                for part in &case.moves {
                    begin(&mut all, part.person, part.to, step.day);
                }
            }
            Happening::Case(_) | Happening::Leave { .. } => {}
        }
    }
    all
}

fn begin(all: &mut Spells, person: PersonNo, post: PostNo, from: NaiveDate) {
    all.entry(person).or_default().push(Spell { post, from, to: None });
}

fn end(all: &mut Spells, person: PersonNo, post: PostNo, on: NaiveDate) {
    let open = all.entry(person).or_default().iter_mut().find(|spell| spell.post == post && spell.to.is_none());
    if let Some(spell) = open {
        spell.to = Some(on);
    }
}

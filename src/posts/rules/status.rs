//! Whether a post is held on a day, and from when on it will not be.

use chrono::{Days, Months, NaiveDate};

use crate::platform::period::Period;
use crate::posts::model::{Basis, Holding, PostStatus, StatusReason};
use crate::regulations::{RetirementStep, Rulebook, Sex, latest_birth, retirement_day};

#[cfg(test)]
mod tests;

/// A post as far as its status depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Tenure {
    /// When the seat exists.
    pub during: Period,
    /// Length of a term.
    pub term_months: Option<i32>,
}

/// Whether somebody holds a post, until when, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// As seen from the day.
    pub status: PostStatus,
    /// First day that nobody holds it, as far as it is known or expected.
    pub vacant_from: Option<NaiveDate>,
    /// Why it is or will be vacant.
    pub reason: Option<StatusReason>,
}

/// What the rules of a day say of leaving posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Whoever leaves by this day leaves soon; none where no rule says what is soon.
    pub soon: Option<NaiveDate>,
    /// Months after which who was rotated may be given other work.
    pub rotation_months: Option<u32>,
    /// Ages of retirement.
    pub schedule: Vec<RetirementStep>,
}

impl Outlook {
    /// By the rules of the day that posts are seen from.
    pub fn of(rules: &Rulebook) -> Self {
        let soon = rules.number("posts.vacant_soon_days");
        let ahead = |days: u32| rules.day.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX);
        Self {
            soon: soon.map(|days| ahead(days.value)),
            rotation_months: rules.number("rotation.minimum_months").map(|months| months.value),
            schedule: rules.retirement().map(|ages| ages.value).unwrap_or_default(),
        }
    }

    /// Who of this sex is born before this day is to retire soon.
    pub fn retiring(&self, sex: Sex) -> Option<NaiveDate> {
        // The last day in service counts: the post is vacant on the day after.
        latest_birth(sex, &self.schedule, self.soon?)
    }

    /// Whether a holding is known to end soon: then nothing else is expected of it.
    fn settled(&self, holding: &Holding) -> bool {
        holding.during.to().is_some_and(|to| self.soon.is_some_and(|soon| to <= soon))
    }

    /// From when on the holder is expected to leave, and why: the first of these.
    fn expected(&self, post: Tenure, holding: &Holding) -> Option<(NaiveDate, StatusReason)> {
        let from = holding.during.from()?;
        let after = |months: u32| from.checked_add_months(Months::new(months));
        let term = post.term_months.and_then(|months| after(u32::try_from(months).ok()?));
        let rotated = self.rotation_months.filter(|_| holding.basis == Basis::Rotated).and_then(after);
        let scheduled = holding.born_on.zip(holding.sex).filter(|_| !self.schedule.is_empty());
        let scheduled = scheduled.map(|(born_on, sex)| retirement_day(born_on, sex, &self.schedule));
        let retired = holding.retires_on.or(scheduled).and_then(|last| last.succ_opt());
        let causes = [
            (retired, StatusReason::Retirement),
            (rotated, StatusReason::RotationMinimum),
            (term, StatusReason::EndOfTerm),
        ];
        let causes = causes.into_iter().filter_map(|(day, reason)| Some((day?.max(from), reason)));
        causes.min_by_key(|(day, _)| *day)
    }
}

/// Whether the post is held on `day`, or frozen then, from its appointments, in any order; `None` when it does not exist that day. A
/// successor who follows without a gap keeps a post filled. What is expected of a holder counts unless it is settled that
/// they leave soon; it may lie before the day, when the person still holds the post.
pub fn occupancy(
    post: Tenure,
    holdings: &[Holding],
    frozen: bool,
    outlook: &Outlook,
    day: NaiveDate,
) -> Option<Occupancy> {
    if !post.during.holds(day) {
        return None;
    }
    let held_on = |day: NaiveDate| holdings.iter().find(|held| held.during.holds(day));
    let Some(mut holder) = held_on(day) else {
        let left = holdings.iter().filter_map(|held| held.during.to()).filter(|to| *to <= day).max();
        let reason = if left.is_some() { StatusReason::Left } else { StatusReason::NeverHeld };
        let vacant_from = left.max(post.during.from());
        let status = if frozen { PostStatus::Frozen } else { PostStatus::Vacant };
        return Some(Occupancy { status, vacant_from, reason: Some(reason) });
    };
    let mut causes = Vec::new();
    let ends = loop {
        if !outlook.settled(holder) {
            causes.extend(outlook.expected(post, holder));
        }
        match holder.during.to().map(|to| (to, held_on(to))) {
            Some((_, Some(next))) => holder = next,
            Some((to, None)) => {
                let reason = if holder.by_case { StatusReason::DecidedMove } else { StatusReason::RecordedEnd };
                break Some((to, reason));
            }
            None => break None,
        }
    };
    let own = post.during.to().map(|to| (to, StatusReason::PostEnds));
    // Of several on one day what is settled comes first.
    let first = own.into_iter().chain(ends).chain(causes).min_by_key(|(day, _)| *day);
    let leaves_soon = first.is_some_and(|(from, _)| outlook.soon.is_some_and(|soon| from <= soon));
    let status = if leaves_soon { PostStatus::VacantSoon } else { PostStatus::Filled };
    Some(Occupancy { status, vacant_from: first.map(|(from, _)| from), reason: first.map(|(_, reason)| reason) })
}

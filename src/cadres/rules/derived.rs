//! What follows from a file, without a database: ages, days, months, terms, each with how it was derived. Where a fact or
//! the rule of the province is missing the value is unknown, never a guess.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::{Months, NaiveDate};

use super::natives::{NativeRule, Roots, Stay, native_of};
use super::retirement;
use crate::cadres::model::{
    DerivedFact, DerivedName, DerivedState, DerivedUnit, Discipline, DisciplineSide, Particular, RetirementGround, Sex,
    UsedFact,
};
use crate::organisations::Places;
use crate::organisations::model::UnitId;
use crate::platform::error::Say;
use crate::platform::period::whole_months;
use crate::posts::{Appointment, Level, PostId, Seat};
use crate::regulations::{Parameter, Rulebook};

/// What is known of a person on a day.
pub struct Known<'a> {
    /// The day.
    pub day: NaiveDate,
    /// Day of birth.
    pub born_on: NaiveDate,
    /// Sex.
    pub sex: Sex,
    /// Everything held, newest first.
    pub career: &'a [Appointment],
    /// The posts of the career.
    pub seats: &'a HashMap<PostId, Seat>,
    /// Quê quán as a unit.
    pub native_unit: Option<UnitId>,
    /// What that unit is called.
    pub native_name: Option<&'a str>,
    /// What the units of the career and the native unit are on the day.
    pub places: &'a Places,
    /// A retirement day that was decided.
    pub decided_retirement: Option<&'a Particular>,
    /// None: the caller may not see them.
    pub disciplines: Option<&'a [Discipline]>,
    /// The rules of the day.
    pub book: &'a Rulebook,
}

impl DerivedFact {
    fn new(name: DerivedName, state: DerivedState, value: Option<String>, unit: DerivedUnit, how: &Say) -> Self {
        let (how_vi, how_en) = (how.vi.to_string(), how.en.to_string());
        Self { name, state, value, unit, how_vi, how_en, facts: Vec::new(), citation: None, confirmed: None }
    }

    fn known(name: DerivedName, value: &impl ToString, unit: DerivedUnit, how: &Say) -> Self {
        Self::new(name, DerivedState::Known, Some(value.to_string()), unit, how)
    }

    fn unknown(name: DerivedName, unit: DerivedUnit, how: &Say) -> Self {
        Self::new(name, DerivedState::Unknown, None, unit, how)
    }

    fn not_applicable(name: DerivedName, unit: DerivedUnit, how: &Say) -> Self {
        Self::new(name, DerivedState::NotApplicable, None, unit, how)
    }

    fn from(mut self, facts: impl IntoIterator<Item = UsedFact>) -> Self {
        self.facts.extend(facts);
        self
    }

    fn by<T>(mut self, rule: &Parameter<T>) -> Self {
        self.citation = Some(rule.citation.clone());
        self.confirmed = Some(rule.confirmed);
        self
    }
}

fn used(what: &str, id: Option<uuid::Uuid>, says: &(impl ToString + ?Sized)) -> UsedFact {
    UsedFact { what: what.to_owned(), id, says: says.to_string().chars().take(400).collect() }
}

fn held(of: &Appointment) -> UsedFact {
    let from = of.during.from().map(|day| day.to_string()).unwrap_or_default();
    let to = of.during.last_day().map(|day| day.to_string()).unwrap_or_default();
    used("appointment", Some(of.id.0), &format!("{}: {from} - {to}", of.post.label))
}

/// Everything that follows from a file on a day.
pub fn derive(known: &Known) -> Vec<DerivedFact> {
    let retirement = known.retirement();
    let remaining = known.remaining(&retirement);
    let mut all = vec![known.age(), retirement, remaining];
    all.extend([known.in_post(), known.in_equivalent_posts(), known.terms(), known.native()]);
    all.extend(known.disciplines.map(|disciplines| known.waiting(disciplines)));
    all
}

impl Known<'_> {
    fn born(&self) -> UsedFact {
        used("born_on", None, &self.born_on)
    }

    fn age(&self) -> DerivedFact {
        let years = whole_months(self.born_on, self.day) / 12;
        let how = Say::new("Số năm tròn từ ngày sinh đến ngày xem", "Whole years from birth to the day");
        DerivedFact::known(DerivedName::Age, &years, DerivedUnit::Years, &how).from([self.born()])
    }

    fn retirement(&self) -> DerivedFact {
        let (name, unit) = (DerivedName::RetirementDay, DerivedUnit::Day);
        let Some(found) = retirement(self.born_on, self.sex, self.decided_retirement, self.book) else {
            let how = Say::new("Không có lộ trình tuổi nghỉ hưu cho ngày này", "No schedule of ages holds on the day");
            return DerivedFact::unknown(name, unit, &how);
        };
        match found.ground {
            RetirementGround::Decided { fact, decision_number: number, reason } => {
                let (vi, en) =
                    (format!("Theo quyết định {number}: {reason}"), format!("By the decision {number}: {reason}"));
                DerivedFact::known(name, &found.day, unit, &Say::new(vi, en)).from([used(
                    "decision",
                    Some(fact.0),
                    &number,
                )])
            }
            RetirementGround::Schedule { citation, confirmed } => {
                let how = Say::new(
                    "Ngày cuối của tháng đủ tuổi, theo lộ trình tuổi nghỉ hưu; chưa biết ngày, tháng sinh thì tính 01/01",
                    "The last day of the month in which the age of the schedule is reached; 1 January where only the year of birth is known",
                );
                let sex = used("sex", None, self.sex.name());
                let fact = DerivedFact::known(name, &found.day, unit, &how).from([self.born(), sex]);
                DerivedFact { citation: Some(citation), confirmed: Some(confirmed), ..fact }
            }
        }
    }

    fn remaining(&self, retirement: &DerivedFact) -> DerivedFact {
        let (name, unit) = (DerivedName::MonthsRemaining, DerivedUnit::Months);
        let Some(last) = retirement.value.as_deref().and_then(|day| day.parse::<NaiveDate>().ok()) else {
            let how = Say::new("Chưa biết ngày nghỉ hưu", "The retirement day is not known");
            return DerivedFact::unknown(name, unit, &how);
        };
        let next = last.succ_opt().unwrap_or(last);
        let how = Say::new(
            "Số tháng tròn từ ngày xem đến hết ngày nghỉ hưu",
            "Whole months from the day to the retirement day",
        );
        let mut fact = DerivedFact::known(name, &whole_months(self.day, next), unit, &how);
        fact.citation.clone_from(&retirement.citation);
        fact.confirmed = retirement.confirmed;
        fact.from([used("retirement_day", None, &last)])
    }

    /// The full-time post held on the day, with its seat.
    fn present(&self) -> Option<(&Appointment, Option<&Seat>)> {
        let held = self.career.iter().find(|held| held.full_time && held.during.holds(self.day))?;
        Some((held, self.seats.get(&PostId(held.post.id))))
    }

    fn holds_nothing(name: DerivedName, unit: DerivedUnit) -> DerivedFact {
        let how = Say::new("Không giữ chức danh chuyên trách vào ngày xem", "Holds no full-time post on the day");
        DerivedFact::not_applicable(name, unit, &how)
    }

    /// Whole months of an appointment up to the day.
    fn months(&self, of: &Appointment) -> u32 {
        of.during.months_by(self.day)
    }

    fn in_post(&self) -> DerivedFact {
        let (name, unit) = (DerivedName::MonthsInPost, DerivedUnit::Months);
        let Some((now, _)) = self.present() else { return Self::holds_nothing(name, unit) };
        let how = Say::new(
            "Số tháng tròn từ ngày giữ chức danh hiện tại",
            "Whole months since the first day in the present post",
        );
        DerivedFact::known(name, &self.months(now), unit, &how).from([held(now)])
    }

    fn in_equivalent_posts(&self) -> DerivedFact {
        let (name, unit) = (DerivedName::MonthsInEquivalentPosts, DerivedUnit::Months);
        let Some((_, seat)) = self.present() else { return Self::holds_nothing(name, unit) };
        let Some(seat) = seat else {
            let how = Say::new("Không rõ bậc của chức danh hiện tại", "The rank of the present post is not known");
            return DerivedFact::unknown(name, unit, &how);
        };
        let equals = self.book.groups("appointment.equivalent_titles");
        let listed = |of: &Seat| {
            let has = |group: &&Vec<String>| group.contains(&of.title_code) && group.contains(&seat.title_code);
            equals.as_ref().is_some_and(|rule| rule.value.iter().any(|group| has(&group)))
        };
        let ranked = |of: &Seat| (of.level, of.rank_order) == (seat.level, seat.rank_order);
        let (mut periods, mut by_list, mut district) = (Vec::new(), false, 0);
        for one in self.career.iter().filter(|one| one.full_time && self.has_begun(one)) {
            let Some(of) = self.seats.get(&PostId(one.post.id)) else { continue };
            if ranked(of) || listed(of) {
                by_list |= !ranked(of);
                periods.push(one);
            } else if of.level == Level::District {
                district += self.months(one);
            }
        }
        let months: u32 = periods.iter().map(|one| self.months(one)).sum();
        let mut said = vec![(
            "Cộng dồn số tháng tròn của các chức danh chuyên trách cùng cấp, cùng thứ bậc với chức danh hiện tại, ở mọi đơn vị, kể cả đơn vị tiền thân".to_owned(),
            "Whole months of all full-time posts of the same level and rank as the present one, added up, in whatever unit, those that went into others too".to_owned(),
        )];
        if by_list {
            said.push((
                "và của các chức danh được quy định là tương đương".to_owned(),
                "and of those that are set as equal".to_owned(),
            ));
        }
        if district > 0 {
            let (why_vi, why_en) = match equals {
                Some(_) => ("không được quy định là tương đương", "are not set as equal"),
                None => (
                    "chưa tính: tỉnh chưa quy định chức danh tương đương",
                    "are left out: the province has set no equal titles",
                ),
            };
            said.push((
                format!("{district} tháng ở cấp huyện cũ {why_vi}"),
                format!("{district} months at the former district level {why_en}"),
            ));
        }
        let (vi, en): (Vec<String>, Vec<String>) = said.into_iter().unzip();
        let (vi, en) = (vi.join("; "), en.join("; "));
        let fact = DerivedFact::known(name, &months, unit, &Say::new(vi, en)).from(periods.into_iter().map(held));
        match (equals.filter(|_| by_list), self.book.get("appointment.minimum_months_in_post")) {
            (Some(rule), _) => fact.by(&rule),
            (None, Some(rule)) => fact.by(rule),
            (None, None) => fact,
        }
    }

    fn has_begun(&self, of: &Appointment) -> bool {
        of.during.from().is_some_and(|from| from <= self.day)
    }

    fn terms(&self) -> DerivedFact {
        let (name, unit) = (DerivedName::ConsecutiveTerms, DerivedUnit::Terms);
        let Some((now, seat)) = self.present() else { return Self::holds_nothing(name, unit) };
        let Some(term) = seat.and_then(|seat| seat.term_months).and_then(|months| u32::try_from(months).ok()) else {
            let how = Say::new("Chức danh hiện tại không có nhiệm kỳ", "The present post has no term");
            return DerivedFact::not_applicable(name, unit, &how).from([held(now)]);
        };
        // Back from the present one, as long as the one before ends where the next begins.
        let (mut chain, mut first, mut went_in) = (vec![now], now.during.from(), false);
        for before in self.career.iter().filter(|one| one.full_time) {
            let same =
                before.title.id == now.title.id && self.places.is_now(UnitId(before.unit.id), UnitId(now.unit.id));
            if same && before.id != now.id && before.during.to().is_some() && before.during.to() == first {
                first = before.during.from();
                went_in |= before.unit.id != now.unit.id;
                chain.push(before);
            }
        }
        let months: u32 = first.map_or(0, |from| whole_months(from, self.day));
        let terms = months / term.max(1) + 1;
        let (also_vi, also_en) = if went_in {
            ("; tính cả đơn vị tiền thân", "; the units that went into this one are counted")
        } else {
            ("", "")
        };
        let how = Say::new(
            format!(
                "Nhiệm kỳ thứ mấy đang giữ liên tục chức danh này ở đơn vị này: {months} tháng, mỗi nhiệm kỳ {term} tháng{also_vi}"
            ),
            format!("Which term in a row in this title and unit: {months} months, {term} months a term{also_en}"),
        );
        let fact = DerivedFact::known(name, &terms, unit, &how).from(chain.into_iter().map(held));
        match self.book.get("terms.maximum_consecutive") {
            Some(rule) => fact.by(rule),
            None => fact,
        }
    }

    /// Everything held full-time up to the day, with what the rule about natives counts of it.
    fn stays(&self) -> impl Iterator<Item = (&Appointment, Stay)> {
        let begun = self.career.iter().filter(|one| one.full_time && self.has_begun(one));
        begun.map(|one| (one, Stay { unit: UnitId(one.unit.id), months: self.months(one) }))
    }

    fn native(&self) -> DerivedFact {
        let (name, unit) = (DerivedName::Native, DerivedUnit::YesNo);
        let rule = NativeRule::of(self.book);
        let cited = |fact: DerivedFact| match rule.cited() {
            Some(rule) => fact.by(rule),
            None => fact,
        };
        let Some((now, _)) = self.present() else { return cited(Self::holds_nothing(name, unit)) };
        let Some(locality) = self.places.locality(UnitId(now.unit.id)) else {
            let how = Say::new("Chức danh hiện tại không thuộc địa bàn nào", "The present post is in no locality");
            return cited(DerivedFact::not_applicable(name, unit, &how).from([held(now)]));
        };
        let (held_there, stays): (Vec<&Appointment>, Vec<Stay>) = self.stays().unzip();
        let roots = Roots { native_unit: self.native_unit, stays };
        let verdict = native_of(&locality, &roots, &rule, self.places);
        let fact = match verdict.native {
            Some(native) => DerivedFact::known(name, &if native { "yes" } else { "no" }, unit, &verdict.how),
            None => DerivedFact::unknown(name, unit, &verdict.how),
        };
        let place = used("locality", Some(locality.unit.0), locality.name);
        let origin = self.native_unit.filter(|_| verdict.by_place);
        let origin = origin.map(|native| used("native_unit", Some(native.0), self.native_name.unwrap_or_default()));
        let counted = verdict.stays.iter().filter_map(|at| held_there.get(*at)).map(|one| held(one));
        cited(fact.from([place]).from(origin).from(counted))
    }

    fn waiting(&self, disciplines: &[Discipline]) -> DerivedFact {
        let (name, unit) = (DerivedName::WaitsUntil, DerivedUnit::Day);
        let mut latest: Option<(NaiveDate, &Discipline, u32, Parameter<u32>)> = None;
        let mut without_rule: Option<&Discipline> = None;
        let counted = |one: &&Discipline| one.side != DisciplineSide::Mass && one.from <= self.day;
        for one in disciplines.iter().filter(counted) {
            let Some(rule) = self.book.number(&format!("discipline.waiting_months.{}", one.measure)) else {
                without_rule = without_rule.or(Some(one));
                continue;
            };
            let Some(until) = one.from.checked_add_months(Months::new(rule.value)) else { continue };
            if until > self.day && latest.as_ref().is_none_or(|(day, ..)| *day < until) {
                latest = Some((until, one, rule.value, rule));
            }
        }
        let fact = |one: &Discipline| used("discipline", Some(one.id.0), &format!("{}: {}", one.measure, one.from));
        match (latest, without_rule) {
            (Some((until, one, months, rule)), _) => {
                let how = Say::new(
                    format!("{months} tháng kể từ ngày kỷ luật; từ ngày này có thể xét chức vụ cao hơn"),
                    format!("{months} months from the discipline; from this day a higher post may be considered"),
                );
                DerivedFact::known(name, &until, unit, &how).from([fact(one)]).by(&rule)
            }
            (None, Some(one)) => {
                let how = Say::new(
                    "Chưa có quy định về thời gian chờ của hình thức kỷ luật này cho ngày xem",
                    "No rule on the waiting time after this discipline holds on the day",
                );
                DerivedFact::unknown(name, unit, &how).from([fact(one)])
            }
            (None, None) => {
                let how = Say::new("Không có kỷ luật nào còn thời gian chờ", "No discipline keeps the person waiting");
                DerivedFact::not_applicable(name, unit, &how)
            }
        }
    }
}

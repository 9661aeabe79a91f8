//! What the standard of the title asks, criterion by criterion.

use std::borrow::Cow;

use super::findings::{Found, Held, Source, compared};
use super::levels::{Reach, label, reach};
use super::regulations::{certificate, later, over_by};
use super::words::{and_above, asks, text};
use super::{Case, height};
use crate::cadres::{DisciplineSide, QualificationKind};
use crate::eligibility::model::{StandardUsed, Verdict};
use crate::platform::error::Say;
use crate::posts::{Citation, Criterion, LoweredLevel, LoweredMonths, Zone};

/// All of them in the order of the standard; one that says so where the title has none.
pub fn checks<'a>(case: &Case<'a>) -> Vec<Held<'a>> {
    let Some(standard) = case.standard else {
        let found = Found::unknown(Say::new(
            "Chức danh không có tiêu chuẩn nào được ghi nhận cho ngày này",
            "No standard of the title is recorded for this day",
        ));
        let text = case.say(|| Say::new("Tiêu chuẩn chức danh", "The standard of the title"));
        return vec![Held { rule: Cow::Borrowed("standard"), text, found, source: Source::Nothing }];
    };
    standard.criteria.iter().map(|criterion| case.criterion(standard, criterion)).collect()
}

/// What a criterion asks at the place of the post: the level, and what it cites.
struct Bar<'a, L> {
    /// In general.
    level: L,
    citation: &'a Citation,
    /// For hard areas, with whether the post lies in one; none: not known.
    lowered: Option<(L, &'a Citation, Option<bool>)>,
}

/// Whether the post lies in one of these zones; none: not known.
fn inside(case: &Case<'_>, zones: &[Zone]) -> Option<bool> {
    case.seat.zone.map(|zone| zones.contains(&zone))
}

impl<'a> Bar<'a, &'a str> {
    fn level(case: &Case<'_>, level: &'a str, citation: &'a Citation, lowered: Option<&'a LoweredLevel>) -> Self {
        let lowered = lowered.map(|low| (low.level.as_str(), &low.citation, inside(case, &low.zones)));
        Self { level, citation, lowered }
    }
}

impl<'a> Bar<'a, u32> {
    fn months(case: &Case<'_>, level: u32, citation: &'a Citation, lowered: Option<&'a LoweredMonths>) -> Self {
        let lowered = lowered.map(|low| (low.months, &low.citation, inside(case, &low.zones)));
        Self { level, citation, lowered }
    }
}

impl<'a, L: Copy> Bar<'a, L> {
    /// Holds a person against it: first as in general, then, where that fails, as in hard areas.
    fn hold(self, find: impl Fn(L) -> Found) -> (Found, &'a Citation) {
        let general = find(self.level);
        let Some((level, citation, inside)) = self.lowered.filter(|_| general.verdict == Verdict::Fail) else {
            return (general, self.citation);
        };
        match inside {
            Some(true) => (find(level), citation),
            None if find(level).verdict == Verdict::Pass => {
                let (vi, en) = (
                    "chưa biết địa bàn có thuộc khu vực được giảm",
                    "whether the area is one of those with less is not known",
                );
                let facts = Say::new(format!("{}; {vi}", general.facts.vi), format!("{}; {en}", general.facts.en));
                (Found::unknown(facts), citation)
            }
            _ => (general, self.citation),
        }
    }
}

impl<'a> Case<'a> {
    fn criterion(&self, standard: &'a StandardUsed, criterion: &'a Criterion) -> Held<'a> {
        let ((found, citation), rule) = match criterion {
            Criterion::Degree(one) => {
                let bar = Bar::level(self, &one.level, &one.citation, one.lowered.as_ref());
                (bar.hold(|level| self.learned("degrees", QualificationKind::Degree, level)), "standard.degree")
            }
            Criterion::GeneralEducation(one) => {
                let bar = Bar::level(self, &one.level, &one.citation, one.lowered.as_ref());
                (bar.hold(|level| self.schooled(level)), "standard.general_education")
            }
            Criterion::PoliticalTheory(one) => {
                let bar = Bar::level(self, &one.level, &one.citation, one.lowered.as_ref());
                let kind = QualificationKind::PoliticalTheory;
                (bar.hold(|level| self.learned("political_theory_levels", kind, level)), "standard.political_theory")
            }
            Criterion::StateManagement(one) => {
                let bar = Bar::level(self, &one.level, &one.citation, one.lowered.as_ref());
                let kind = QualificationKind::StateManagement;
                (bar.hold(|level| self.learned("state_management_levels", kind, level)), "standard.state_management")
            }
            Criterion::FullTermAge(one) => {
                let bar = Bar::months(self, one.months, &one.citation, one.lowered.as_ref());
                (bar.hold(|months| self.full_term(months)), "standard.full_term_age")
            }
            Criterion::LowerPosts(one) => {
                let bar = Bar::months(self, one.months, &one.citation, one.lowered.as_ref());
                (bar.hold(|months| self.lower_posts(months, &one.title_codes)), "standard.lower_posts")
            }
            Criterion::Language(one) => ((self.language(&one.level), &one.citation), "standard.language"),
            Criterion::MaximumAge(one) => ((self.not_older(one.years), &one.citation), "standard.maximum_age"),
            Criterion::PartyMembership(one) => {
                ((self.party_member(one.full), &one.citation), "standard.party_membership")
            }
            Criterion::Planning(one) => {
                ((self.planned_for(one.equal_title_counts), &one.citation), "standard.planning")
            }
            Criterion::Classification(one) => {
                ((self.classified(one.years, &one.level), &one.citation), "standard.classification")
            }
            Criterion::DisciplineWaiting(one) => {
                let waits = [one.reprimand_months, one.warning_months, one.removal_months];
                ((self.waited(waits), &one.citation), "standard.discipline_waiting")
            }
            Criterion::HealthCertificate(one) => {
                ((certificate(self, one.months), &one.citation), "standard.health_certificate")
            }
            Criterion::Origin(one) => ((self.origin(one.native), &one.citation), "standard.origin"),
        };
        let text = self.say(|| text(criterion));
        Held { rule: Cow::Borrowed(rule), text, found, source: Source::Standard(standard, citation) }
    }

    /// Whether one of these levels reaches what is asked.
    fn reached<'l>(&self, list: &'static str, levels: impl Iterator<Item = &'l str>, wanted: &str) -> Found {
        let remedy = || self.say(|| asks("Có", "Having", &and_above(list, wanted)));
        let mut best: Option<(&str, Reach)> = None;
        for level in levels {
            let reached = reach(list, level, wanted);
            if reached == Reach::Enough {
                return Found::pass(self.say(|| versus(list, level, "≥", wanted)));
            }
            let better = best.is_none_or(|(one, so_far)| {
                so_far == Reach::Below && (reached == Reach::Unclear || reach(list, level, one) == Reach::Enough)
            });
            if better {
                best = Some((level, reached));
            }
        }
        match best {
            None => Found::unknown(Say::new("Hồ sơ không có dữ kiện này", "The file does not have this fact")),
            Some((level, Reach::Unclear)) => Found::unknown(self.say(|| {
                let (have, want) = (label(list, level), label(list, wanted));
                Say::new(
                    format!("{}: không so sánh được với {}", have.vi, want.vi),
                    format!("{}: cannot be compared with {}", have.en, want.en),
                )
            })),
            Some((level, _)) => Found::fail(self.say(|| versus(list, level, "<", wanted))),
        }
        .remedied(remedy())
    }

    fn learned(&self, list: &'static str, kind: QualificationKind, wanted: &str) -> Found {
        let mine = self.subject.qualifications.iter().filter(|one| one.kind == kind);
        self.reached(list, mine.map(|one| one.level.as_str()), wanted)
    }

    fn schooled(&self, wanted: &str) -> Found {
        let Some(facts) = &self.subject.sensitive else { return Found::withheld() };
        self.reached("general_education", facts.general_education.as_deref().into_iter(), wanted)
    }

    /// Lines of text have no order: the same one is enough, another one cannot be compared.
    fn language(&self, wanted: &str) -> Found {
        let is_language = |kind| matches!(kind, QualificationKind::Language | QualificationKind::EthnicLanguage);
        let mine: Vec<&str> = self
            .subject
            .qualifications
            .iter()
            .filter(|one| is_language(one.kind))
            .map(|one| one.level.as_str())
            .collect();
        let remedy = || self.say(|| Say::new(format!("Có {wanted}"), format!("Having {wanted}")));
        let same = |level: &&&str| level.to_lowercase() == wanted.to_lowercase();
        if let Some(level) = mine.iter().find(same) {
            return Found::pass(self.say(|| Say::new((*level).to_owned(), (*level).to_owned())));
        }
        if mine.is_empty() {
            let facts = Say::new("Hồ sơ không có dữ kiện này", "The file does not have this fact");
            return Found::unknown(facts).remedied(remedy());
        }
        let have = mine.join("; ");
        Found::unknown(self.say(|| {
            Say::new(
                format!("{have}: không so sánh được với {wanted}"),
                format!("{have}: cannot be compared with {wanted}"),
            )
        }))
        .remedied(remedy())
    }

    fn held_before() -> Found {
        Found::pass(Say::new("Không phải giữ chức vụ lần đầu", "Not the first time in the title"))
    }

    fn full_term(&self, least: u32) -> Found {
        if !self.first_time() {
            return Self::held_before();
        }
        let Some(have) = self.months_left() else {
            return Found::unknown(Say::new("Chưa tính được ngày nghỉ hưu", "The retirement day is not known"));
        };
        let unit = || Say::new("tháng công tác còn lại", "months of service left");
        let facts = self.say(|| compared(have, least, &unit()));
        if have >= least { Found::pass(facts) } else { Found::fail(facts) }
    }

    fn not_older(&self, most: u32) -> Found {
        if !self.first_time() {
            return Self::held_before();
        }
        let have = self.age();
        let facts = self.say(|| compared(have, most, &Say::new("tuổi", "years of age")));
        if have <= most { Found::pass(facts) } else { Found::fail(facts) }
    }

    /// Time in the named titles, or in those of any lower level.
    fn lower_posts(&self, least: u32, codes: &[String]) -> Found {
        let Some(title) = self.title() else {
            return Found::unknown(Say::new("Không rõ chức danh", "The title is not known"));
        };
        let is_lower = |other: (crate::posts::Level, i32)| {
            // A level has none below it: then what is lower within it.
            if title.level == crate::posts::Level::Commune { other > height(title) } else { other.0 > title.level }
        };
        let have = self.months_in(|stay, held| {
            stay.full_time && if codes.is_empty() { is_lower(height(held)) } else { codes.contains(&held.code) }
        });
        let unit = || Say::new("tháng ở chức danh thấp hơn", "months in lower posts");
        let facts = self.say(|| compared(have, least, &unit()));
        if have >= least {
            return Found::pass(facts);
        }
        let missing = least.saturating_sub(have);
        Found::fail(facts).remedied(self.say(|| {
            Say::new(
                format!("Thêm {missing} tháng ở chức danh thấp hơn"),
                format!("{missing} more months in lower posts"),
            )
        }))
    }

    fn party_member(&self, full: bool) -> Found {
        let Some(facts) = &self.subject.sensitive else { return Found::withheld() };
        let day = self.question.day;
        let Some(last) = facts.party.iter().rfind(|one| one.during.from().is_some_and(|from| from <= day)) else {
            return match facts.party_joined_on.filter(|joined| *joined <= day) {
                Some(joined) if !full => Found::pass(self.joined(joined)),
                Some(joined) => Found::unknown(self.say(|| {
                    let said = self.joined(joined);
                    Say::new(
                        format!("{}; chưa có ngày chính thức", said.vi),
                        format!("{}; the official day is not recorded", said.en),
                    )
                })),
                None => Found::unknown(Say::new("Hồ sơ không có dữ kiện này", "The file does not have this fact")),
            };
        };
        if let Some(left) = last.during.last_day().filter(|left| *left < day) {
            let facts = Say::new(format!("Ra khỏi Đảng ngày {left}"), format!("Left the Party on {left}"));
            return Found::fail(self.say(|| facts));
        }
        let joined = last.during.from().unwrap_or(day);
        match (full, last.official_on) {
            (false, _) => Found::pass(self.joined(joined)),
            (true, Some(official)) => {
                let facts = self
                    .say(|| Say::new(format!("Chính thức ngày {official}"), format!("A full member since {official}")));
                if official <= day { Found::pass(facts) } else { Found::fail(facts) }
            }
            (true, None) => Found::unknown(self.joined(joined)).remedied(
                self.say(|| Say::new("Ghi ngày chính thức vào hồ sơ", "The official day recorded in the file")),
            ),
        }
    }

    fn joined(&self, on: chrono::NaiveDate) -> Say {
        self.say(|| Say::new(format!("Vào Đảng ngày {on}"), format!("Joined the Party on {on}")))
    }

    fn planned_for(&self, equal_title_counts: bool) -> Found {
        if self.planned() {
            return Found::pass(Say::new("Trong quy hoạch chức danh này", "Planned for the title"));
        }
        let mine = self.title().map(height);
        let equal = |title: &&crate::eligibility::model::TitleFacts| Some(height(title)) == mine;
        let planned = self.subject.planned_for.iter().filter_map(|id| self.titles.get(id));
        if let Some(title) = planned.filter(|_| equal_title_counts).find(equal) {
            return Found::pass(
                self.say(|| {
                    Say::new(format!("Quy hoạch: {}", title.name_vi), format!("Planned for: {}", title.name_en))
                }),
            );
        }
        let facts = "Không trong quy hoạch chức danh này vào ngày này";
        Found::fail(Say::new(facts, "Not planned for the title on the day"))
            .remedied(self.say(|| Say::new("Đưa vào quy hoạch chức danh này", "Planning for the title")))
    }

    /// The classes of the last years that are over, each this one or better.
    fn classified(&self, years: u32, wanted: &str) -> Found {
        const LIST: &str = "classification_levels";
        let last = self.last_year();
        let first = last.saturating_sub(i32::try_from(years).unwrap_or(i32::MAX).saturating_sub(1));
        let class = |year: i32| self.subject.assessments.iter().rfind(|one| one.year == year);
        let all = || (first..=last).map(|year| (year, class(year)));
        let below = all().any(|(_, class)| class.is_some_and(|one| reach(LIST, &one.class, wanted) == Reach::Below));
        let missing = all().any(|(_, class)| class.is_none());
        let facts = self.say(|| {
            let (vi, en): (Vec<_>, Vec<_>) = all()
                .map(|(year, class)| match class.map(|one| label(LIST, &one.class)) {
                    Some(said) => (format!("{year}: {}", said.vi), format!("{year}: {}", said.en)),
                    None => (format!("{year}: chưa có"), format!("{year}: none")),
                })
                .unzip();
            Say::new(vi.join("; "), en.join("; "))
        });
        match (below, missing) {
            (true, _) => Found::fail(facts),
            (false, true) => {
                Found::unknown(facts).remedied(self.say(|| {
                    Say::new("Ghi xếp loại của các năm còn thiếu", "The classes of the missing years recorded")
                }))
            }
            (false, false) => Found::pass(facts),
        }
    }

    /// The waiting times of the standard after a reprimand, a warning, a removal.
    fn waited(&self, waits: [u32; 3]) -> Found {
        let Some(facts) = &self.subject.sensitive else { return Found::withheld() };
        let [reprimand, warning, removal] = waits;
        let counted = facts.disciplines.iter();
        let counted = counted.filter(|one| one.side != DisciplineSide::Mass && one.from <= self.question.day);
        // The one that keeps waiting longest tells; else one of which it is not known.
        let mut longest = None;
        let mut unknown = None;
        for one in counted {
            let waits = match one.measure.as_str() {
                "reprimand" => reprimand,
                "warning" => warning,
                "removal_from_post" => removal,
                _ => {
                    unknown = Some(one.from);
                    continue;
                }
            };
            longest = longest.max(Some((later(one.from, waits), one.from, waits)));
        }
        let longest = longest.map(|(_, from, waits)| over_by(self, from, waits));
        match (longest, unknown) {
            (Some(found), None) => found,
            (Some(found), Some(_)) if found.verdict == Verdict::Fail => found,
            (_, Some(from)) => Found::unknown(self.say(|| {
                Say::new(
                    format!("Kỷ luật từ {from}; tiêu chuẩn không nêu thời gian chờ của hình thức này"),
                    format!("Disciplined on {from}; the standard names no waiting time after this measure"),
                )
            })),
            (None, None) => {
                Found::pass(Say::new("Không có kỷ luật nào còn thời gian chờ", "No discipline keeps waiting"))
            }
        }
    }

    fn origin(&self, native_may: bool) -> Found {
        match self.native {
            _ if native_may => Found::pass(Say::new("Người địa phương được giữ", "Natives may hold it")),
            None => Found::unknown(Say::new(
                "Chưa biết có phải người địa phương hay không",
                "Whether the person is a native of the place is not known",
            )),
            Some(true) => Found::fail(Say::new("Là người địa phương", "A native of the place")),
            Some(false) => Found::pass(Say::new("Không phải người địa phương", "Not a native of the place")),
        }
    }
}

fn versus(list: &str, have: &str, sign: &str, wanted: &str) -> Say {
    let (have, want) = (label(list, have), label(list, wanted));
    Say::new(format!("{} {sign} {}", have.vi, want.vi), format!("{} {sign} {}", have.en, want.en))
}

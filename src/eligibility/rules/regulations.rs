//! What the law asks of a move, by the values that hold on the effective day.

use std::borrow::Cow;

use chrono::{Months, NaiveDate};

use super::findings::{Found, Held, Source, compared};
use super::{Case, height};
use crate::cadres::DisciplineSide;
use crate::eligibility::model::{MoveKind, RuleUsed, TitleFacts};
use crate::platform::error::Say;
use crate::platform::period::whole_months;

/// The values of law that checks are about.
pub const KEYS: [&str; 14] = [
    "appointment.minimum_months_in_post",
    "discipline.waiting_months.removal_from_post",
    "discipline.waiting_months.reprimand",
    "discipline.waiting_months.warning",
    "dossier.health_certificate_months",
    "position_change.cycle_years",
    "retirement.age_months",
    "rotation.minimum_months",
    "rotation.must_be_planned",
    "rotation.remaining_months_exception",
    "rotation.remaining_years",
    "secondment.maximum_months",
    "terms.deputy_maximum_years",
    "terms.maximum_consecutive",
];

/// Disciplines after which the law names a waiting time.
const MEASURES: [(&str, &str); 3] = [
    ("reprimand", "discipline.waiting_months.reprimand"),
    ("warning", "discipline.waiting_months.warning"),
    ("removal_from_post", "discipline.waiting_months.removal_from_post"),
];

/// All that apply to a move of this kind, in a fixed order.
pub fn checks<'a>(case: &Case<'a>) -> Vec<Held<'a>> {
    let mut all = match case.question.kind {
        MoveKind::Rotation => vec![minimum_stay(case), remaining_time(case), planned(case)],
        // Who is seconded comes back: nothing of what follows is asked.
        MoveKind::Secondment => return vec![maximum_secondment(case)],
        MoveKind::ChangeOfPosition => cycle(case).into_iter().collect(),
        _ => Vec::new(),
    };
    if case.rises() != Some(false) {
        all.push(time_in_post(case));
        all.extend(MEASURES.map(|(measure, key)| waiting(case, measure, key)));
        all.extend(waiting_without_rule(case));
    }
    all.extend(consecutive_terms(case));
    all.extend(years_of_a_deputy(case));
    if matches!(case.question.kind, MoveKind::Rotation | MoveKind::Appointment) {
        all.push(health(case));
    }
    all
}

fn months() -> Say {
    Say::new("tháng", "months")
}

/// A rule and what it finds; unknown where no version of it holds, or its value is not known or not of its form.
fn by_rule<'a, T>(
    case: &Case<'a>,
    key: &'static str,
    read: impl FnOnce(&RuleUsed) -> Option<T>,
    find: impl FnOnce(T) -> Found,
) -> Held<'a> {
    let rule = Cow::Borrowed(key);
    let Some(used) = case.book.rules.get(key) else {
        let text = case.say(|| Say::new(format!("Quy định {key}"), format!("The regulation {key}")));
        let facts = Say::new("Không có quy định vào ngày này", "No rule is known for this day");
        return Held { rule, text, found: Found::unknown(facts), source: Source::Nothing };
    };
    let text = case.say(|| Say::new(used.text_vi.clone(), used.text_en.clone()));
    let unset = || Found::unknown(Say::new("Giá trị chưa được quy định", "Its value is not set"));
    let found = read(used).map_or_else(unset, find);
    Held { rule, text, found, source: Source::Rule(used) }
}

fn number(rule: &RuleUsed) -> Option<u32> {
    u32::try_from(rule.value.as_u64()?).ok()
}

/// The least and the most years, as months.
fn bounds(rule: &RuleUsed) -> Option<(u32, u32)> {
    let months = |bound: &str| u32::try_from(rule.value.get(bound)?.as_u64()?).ok()?.checked_mul(12);
    Some((months("minimum")?, months("maximum")?))
}

/// So many months after a day.
pub fn later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// Months from the effective day to the end of the last day expected.
fn stay(case: &Case<'_>) -> Option<u32> {
    Some(whole_months(case.question.day, case.question.expected_end_on?.succ_opt()?))
}

fn no_end(case: &Case<'_>) -> Found {
    let facts = Say::new("Chưa có ngày dự kiến kết thúc", "No expected end is given");
    Found::unknown(facts).remedied(case.say(|| Say::new("Ghi ngày dự kiến kết thúc", "Give the expected end")))
}

fn minimum_stay<'a>(case: &Case<'a>) -> Held<'a> {
    by_rule(case, "rotation.minimum_months", number, |least| {
        let Some(have) = stay(case) else { return no_end(case) };
        let facts = case.say(|| compared(have, least, &months()));
        if have >= least {
            return Found::pass(facts);
        }
        Found::fail(facts).remedied(case.say(|| {
            let last = later(case.question.day, least).pred_opt().unwrap_or_default();
            Say::new(
                format!("Dự kiến kết thúc từ {last} trở đi, hoặc cấp có thẩm quyền quyết định trường hợp đặc biệt"),
                format!("An expected end of {last} or later, or the authority decides a special case"),
            )
        }))
    })
}

fn maximum_secondment<'a>(case: &Case<'a>) -> Held<'a> {
    by_rule(case, "secondment.maximum_months", number, |most| {
        let Some(last) = case.question.expected_end_on else { return no_end(case) };
        let have = stay(case).unwrap_or_default();
        let facts = case.say(|| compared(have, most, &months()));
        let end = later(case.question.day, most);
        // A day more than the months is too long, though no whole month.
        if last < end {
            return Found::pass(facts);
        }
        let last = end.pred_opt().unwrap_or_default();
        Found::fail(facts).remedied(
            case.say(|| {
                Say::new(format!("Kết thúc chậm nhất {last}"), format!("An expected end of {last} at the latest"))
            }),
        )
    })
}

/// The years that must remain, or, where the move carries out one of the two policies, the months of one term.
fn remaining_time<'a>(case: &Case<'a>) -> Held<'a> {
    const EXCEPTION: &str = "rotation.remaining_months_exception";
    let unit = || Say::new("tháng công tác còn lại", "months of service left");
    let general = by_rule(case, "rotation.remaining_years", number, |years| {
        let Some(have) = case.months_left() else {
            return Found::unknown(Say::new("Chưa tính được ngày nghỉ hưu", "The retirement day is not known"));
        };
        let least = years.saturating_mul(12);
        let facts = case.say(|| compared(have, least, &unit()));
        if have >= least { Found::pass(facts) } else { Found::fail(facts) }
    });
    let exception = case.book.rules.get(EXCEPTION).and_then(|rule| Some((rule, number(rule)?)));
    let (Some(have), Some((rule, least))) = (case.months_left(), exception) else { return general };
    if general.found.verdict != super::Verdict::Fail || have < least {
        return general;
    }
    // Who has been as long as one may, or comes as one who is no native, is moved for a policy.
    let two_terms = reached_the_most_terms(case);
    let (is_known, why) = match (two_terms, case.native) {
        (true, _) => (true, Say::new("hết số nhiệm kỳ tối đa", "the most terms are over")),
        (false, Some(false)) => (true, Say::new("không phải người địa phương", "not a native")),
        (false, Some(true)) => return general,
        (false, None) => (false, Say::new("chưa biết có phải người địa phương", "whether a native is not known")),
    };
    let facts = case.say(|| {
        let compared = compared(have, least, &unit());
        Say::new(format!("{}; {}", compared.vi, why.vi), format!("{}; {}", compared.en, why.en))
    });
    let text = case.say(|| Say::new(rule.text_vi.clone(), rule.text_en.clone()));
    let found = if is_known { Found::pass(facts) } else { Found::unknown(facts) };
    Held { rule: Cow::Borrowed(EXCEPTION), text, found, source: Source::Rule(rule) }
}

fn planned<'a>(case: &Case<'a>) -> Held<'a> {
    by_rule(
        case,
        "rotation.must_be_planned",
        |rule| rule.value.as_bool(),
        |needed| {
            let facts = case.say(|| {
                let names = |name: fn(&TitleFacts) -> &str| {
                    let titles = case.subject.planned_for.iter().filter_map(|id| case.titles.get(id));
                    titles.map(name).collect::<Vec<_>>().join("; ")
                };
                if case.subject.planned_for.is_empty() {
                    return Say::new("Không trong quy hoạch vào ngày này", "Not planned for any title on the day");
                }
                Say::new(
                    format!("Quy hoạch: {}", names(|title| &title.name_vi)),
                    format!("Planned for: {}", names(|title| &title.name_en)),
                )
            });
            if !needed || !case.subject.planned_for.is_empty() {
                return Found::pass(facts);
            }
            Found::fail(facts).remedied(case.say(|| {
                Say::new(
                    "Đưa vào quy hoạch, hoặc cấp có thẩm quyền quyết định trường hợp khác",
                    "Planning for a title, or the authority decides another case",
                )
            }))
        },
    )
}

fn no_post_before() -> Found {
    let facts = "Không giữ chức danh chuyên trách vào ngày trước đó";
    Found::unknown(Say::new(facts, "Holds no full-time post on the day before"))
}

/// Time in the present or an equal post before a higher one.
fn time_in_post<'a>(case: &Case<'a>) -> Held<'a> {
    by_rule(case, "appointment.minimum_months_in_post", number, |least| {
        let Some((_, present)) = case.present() else {
            return no_post_before();
        };
        let have = case.months_in(|stay, title| stay.full_time && height(title) == height(present));
        let facts = case.say(|| compared(have, least, &months()));
        if have >= least {
            return Found::pass(facts);
        }
        Found::fail(facts).remedied(case.say(|| {
            let day = later(case.question.day, least.saturating_sub(have));
            Say::new(format!("Hiệu lực từ khoảng {day}"), format!("An effective day of about {day}"))
        }))
    })
}

/// The time after a discipline in which no higher post is considered.
fn waiting<'a>(case: &Case<'a>, measure: &str, key: &'static str) -> Held<'a> {
    by_rule(case, key, number, |waits| {
        let Some(facts) = &case.subject.sensitive else { return Found::withheld() };
        let mut disciplines = facts
            .disciplines
            .iter()
            .filter(|one| one.measure == measure && one.side != DisciplineSide::Mass && one.from <= case.question.day);
        match disciplines.next_back() {
            None => Found::pass(Say::new("Không có kỷ luật này", "No such discipline")),
            Some(last) => over_by(case, last.from, waits),
        }
    })
}

/// Whether a time of waiting that began on a day is over.
pub fn over_by(case: &Case<'_>, from: NaiveDate, waits: u32) -> Found {
    let until = later(from, waits);
    let facts = case.say(|| {
        Say::new(
            format!("Kỷ luật từ {from}, {waits} tháng, đến {until}"),
            format!("Disciplined on {from}, {waits} months, until {until}"),
        )
    });
    if until <= case.question.day {
        return Found::pass(facts);
    }
    Found::fail(facts).remedied(
        case.say(|| Say::new(format!("Hiệu lực từ {until}"), format!("An effective day of {until} or later"))),
    )
}

/// Disciplines after which no rule names a waiting time.
fn waiting_without_rule<'a>(case: &Case<'a>) -> Vec<Held<'a>> {
    let mut others: Vec<(&str, NaiveDate)> = Vec::new();
    for one in case.subject.sensitive.iter().flat_map(|facts| &facts.disciplines) {
        let counts = one.side != DisciplineSide::Mass && one.from <= case.question.day;
        if counts && !MEASURES.iter().any(|(measure, _)| *measure == one.measure) {
            others.retain(|(measure, _)| *measure != one.measure);
            others.push((&one.measure, one.from));
        }
    }
    others.sort_unstable();
    let held = |(measure, from): (&str, NaiveDate)| Held {
        rule: Cow::Owned(format!("discipline.waiting_months.{measure}")),
        text: case.say(|| Say::new("Thời gian chờ sau kỷ luật", "The waiting time after a discipline")),
        found: Found::unknown(case.say(|| {
            Say::new(
                format!("Kỷ luật từ {from}; chưa có quy định về thời gian chờ của hình thức này"),
                format!("Disciplined on {from}; no rule on the waiting time after this measure is known"),
            )
        })),
        source: Source::Nothing,
    };
    others.into_iter().map(held).collect()
}

/// Months in a row up to the day in one title of one unit.
fn months_in_a_row(case: &Case<'_>, title: crate::posts::TitleId, unit: uuid::Uuid) -> u32 {
    let same = |stay: &&crate::cadres::Tenure| stay.full_time && (stay.title_id, stay.unit_id) == (title, unit);
    let mut first = case.question.day;
    let Some(eve) = first.pred_opt() else { return 0 };
    // Back from the one held on the day before, as long as the one before ends where the next begins. They are in order of time.
    for stay in case.subject.career.iter().rev().filter(same) {
        let touches = stay.during.holds(eve) || stay.during.to() == Some(first);
        if let Some(from) = stay.during.from().filter(|from| touches && *from < first) {
            first = from;
        }
    }
    whole_months(first, case.question.day)
}

/// The terms that so many months are, the last one counted as a whole.
fn terms(months: u32, term: u32) -> u32 {
    months.div_ceil(term.max(1))
}

/// Whether who moves has been in the present post for as many terms as a head may.
fn reached_the_most_terms(case: &Case<'_>) -> bool {
    let most = case.book.rules.get("terms.maximum_consecutive").and_then(number);
    let (Some(most), Some((stay, title))) = (most, case.present()) else { return false };
    let Some(term) = stay.term_months.filter(|_| title.is_of_heads()) else { return false };
    months_in_a_row(case, stay.title_id, stay.unit_id) >= most.saturating_mul(term)
}

/// Most terms in a row of a head; asked where the post has a term and is one of heads.
fn consecutive_terms<'a>(case: &Case<'a>) -> Option<Held<'a>> {
    let term = case.seat.term_months.filter(|_| case.title().is_some_and(TitleFacts::is_of_heads))?;
    Some(by_rule(case, "terms.maximum_consecutive", number, |most| {
        let before = terms(months_in_a_row(case, case.seat.title_id, case.seat.unit_id), term);
        let next = before.saturating_add(1);
        let unit = || Say::new("nhiệm kỳ liên tiếp", "terms in a row");
        let facts = case.say(|| compared(next, most, &unit()));
        if next <= most { Found::pass(facts) } else { Found::fail(facts) }
    }))
}

/// Years in a row of a deputy in one title of one body; asked of posts of deputies, since form 2.
fn years_of_a_deputy<'a>(case: &Case<'a>) -> Option<Held<'a>> {
    let title = case.title().filter(|title| case.form >= 2 && title.is_of_deputies());
    title.map(|_| {
        by_rule(case, "terms.deputy_maximum_years", number, |years| {
            let most = years.saturating_mul(12);
            let have = months_in_a_row(case, case.seat.title_id, case.seat.unit_id);
            let unit = || Say::new("tháng liên tục ở chức danh này", "months in a row in the title");
            let facts = case.say(|| compared(have, most, &unit()));
            // Who has been there that long does not stay on; who has not may come, and the day is told by the next check.
            if have < most { Found::pass(facts) } else { Found::fail(facts) }
        })
    })
}

/// The time after which who leads nothing changes the position, by the field of work; asked of such people, since form 2.
fn cycle<'a>(case: &Case<'a>) -> Option<Held<'a>> {
    let present = case.present();
    if case.form < 2 || present.is_some_and(|(_, title)| title.leadership) {
        return None;
    }
    Some(by_rule(case, "position_change.cycle_years", bounds, |(least, most)| {
        let Some((stay, _)) = present else { return no_post_before() };
        let have = months_in_a_row(case, stay.title_id, stay.unit_id);
        let unit = || Say::new("tháng ở vị trí hiện tại", "months in the present position");
        if have < least {
            return Found::fail(case.say(|| compared(have, least, &unit()))).remedied(case.say(|| {
                let day = later(case.question.day, least.saturating_sub(have));
                Say::new(format!("Hiệu lực từ khoảng {day}"), format!("An effective day of about {day}"))
            }));
        }
        if have >= most {
            return Found::pass(case.say(|| compared(have, most, &unit())));
        }
        Found::unknown(case.say(|| {
            let (vi, en) = ("thời hạn của lĩnh vực nằm trong khoảng", "the cycle of the field of work lies between");
            Say::new(
                format!("{have} {}; {vi} {least} đến {most}", unit().vi),
                format!("{have} {}; {en} {least} and {most}", unit().en),
            )
        }))
    }))
}

fn health<'a>(case: &Case<'a>) -> Held<'a> {
    by_rule(case, "dossier.health_certificate_months", number, |most| certificate(case, most))
}

/// Whether the last health certificate is not older than so many months.
pub fn certificate(case: &Case<'_>, most: u32) -> Found {
    let Some(facts) = &case.subject.sensitive else { return Found::withheld() };
    let remedy = || case.say(|| Say::new("Có giấy khám sức khỏe mới", "A new health certificate"));
    let Some(issued) = facts.health_certificates.iter().rfind(|day| **day <= case.question.day) else {
        let facts = Say::new("Hồ sơ không có giấy khám sức khỏe", "The file has no health certificate");
        return Found::unknown(facts).remedied(remedy());
    };
    let have = whole_months(*issued, case.question.day);
    let facts = case.say(|| {
        let compared = compared(have, most, &months());
        Say::new(format!("Cấp ngày {issued}: {}", compared.vi), format!("Issued on {issued}: {}", compared.en))
    });
    if later(*issued, most) >= case.question.day { Found::pass(facts) } else { Found::fail(facts).remedied(remedy()) }
}

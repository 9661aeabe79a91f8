//! Who retires when in a span of days, and what an event is called.

#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate};

use super::model::{CalendarEvent, CalendarEventKind, Cohort, Grounds, Occasion};
use crate::platform::error::Say;
use crate::platform::http::page::Ref;
use crate::regulations::{RetirementStep, Sex, latest_birth};

/// Last days of months from one day to another, both included: nobody's last day in service is another.
fn ends_of_months(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let end = |day: NaiveDate| {
        let next = if day.month() == 12 { (day.year() + 1, 1) } else { (day.year(), day.month() + 1) };
        NaiveDate::from_ymd_opt(next.0, next.1, 1).and_then(|first| first.pred_opt())
    };
    let next = move |day: &NaiveDate| end(day.succ_opt()?);
    std::iter::successors(end(from), next).take_while(move |day| *day <= to)
}

/// Who retires in a span of days by the ages that the law sets: days of birth for each last day in service.
pub fn retiring(ages: &[RetirementStep], from: NaiveDate, to: NaiveDate) -> Vec<Cohort> {
    let of = |last_day: NaiveDate, sex: Sex| {
        let born_from = latest_birth(sex, ages, last_day)?;
        let born_until = latest_birth(sex, ages, last_day.succ_opt()?)?;
        (born_from < born_until).then_some(Cohort { sex, born_from, born_until, last_day })
    };
    ends_of_months(from, to).flat_map(|day| [Sex::Male, Sex::Female].map(|sex| of(day, sex))).flatten().collect()
}

/// What an event is called.
fn words(occasion: &Occasion, grounds: &Grounds) -> Say {
    let label = |of: Option<&Ref>| of.map(|one| one.label.clone()).unwrap_or_default();
    let (who, post) = (label(occasion.cadre.as_ref()), label(occasion.post.as_ref()));
    let title = &occasion.title;
    match occasion.kind {
        CalendarEventKind::AppointmentEnd => {
            Say::new(format!("{who}: ngày cuối giữ chức vụ {post}"), format!("{who}: last day at the post {post}"))
        }
        CalendarEventKind::CaseEffective => {
            Say::new(format!("Hồ sơ {title} có hiệu lực"), format!("The case {title} takes effect"))
        }
        CalendarEventKind::CourseBegin => Say::new(format!("Khai giảng: {title}"), format!("Begins: {title}")),
        CalendarEventKind::CourseEnd => Say::new(format!("Bế giảng: {title}"), format!("Ends: {title}")),
        CalendarEventKind::ExpectedEnd => Say::new(
            format!("{who}: hết thời hạn dự kiến tại {post}"),
            format!("{who}: last day expected at the post {post}"),
        ),
        CalendarEventKind::RegulationEnd => {
            Say::new(format!("Ngày cuối còn hiệu lực: {title}"), format!("Last day in force: {title}"))
        }
        CalendarEventKind::Reorganisation => {
            Say::new(format!("Có hiệu lực: {title}"), format!("Takes effect: {title}"))
        }
        CalendarEventKind::Retirement => {
            let at = if post.is_empty() { String::new() } else { format!(" ({post})") };
            Say::new(
                format!("{who}{at}: ngày công tác cuối cùng trước khi nghỉ hưu"),
                format!("{who}{at}: last day in service before retirement"),
            )
        }
        CalendarEventKind::RotationMinimum => {
            let months = grounds.rotation.as_ref().map_or(0, |months| months.value);
            Say::new(
                format!("{who}: đủ {months} tháng luân chuyển tại {post}"),
                format!("{who}: {months} months of rotation at the post {post}"),
            )
        }
        CalendarEventKind::TermEnd => Say::new(
            format!("{who}: hết thời hạn giữ chức vụ {post}"),
            format!("{who}: last day of the term at the post {post}"),
        ),
    }
}

/// The event as callers see it, with the rule that gave its day.
pub fn told(occasion: Occasion, grounds: &Grounds) -> CalendarEvent {
    let Say { vi, en } = words(&occasion, grounds);
    let cited = match occasion.kind {
        CalendarEventKind::RotationMinimum => {
            grounds.rotation.as_ref().map(|rule| (rule.citation.clone(), rule.confirmed))
        }
        CalendarEventKind::Retirement if !occasion.decided => {
            grounds.ages.as_ref().map(|rule| (rule.citation.clone(), rule.confirmed))
        }
        _ => occasion.citation,
    };
    let (citation, confirmed) = cited.unzip();
    CalendarEvent {
        id: occasion.id,
        day: occasion.day,
        kind: occasion.kind,
        text_vi: vi.into_owned(),
        text_en: en.into_owned(),
        unit: occasion.unit,
        cadre: occasion.cadre,
        post: occasion.post,
        rotation: occasion.rotation,
        course: occasion.course,
        reorganisation: occasion.reorganisation,
        regulation: occasion.regulation,
        citation,
        confirmed,
    }
}

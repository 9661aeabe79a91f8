//! What the criteria of standards ask, in words.

use super::levels::label;
use crate::platform::error::Say;
use crate::posts::{Criterion, Measure};

/// A text of what is asked, with a level in it.
pub fn asks(vi: &str, en: &str, level: &Say) -> Say {
    Say::new(format!("{vi} {}", level.vi), format!("{en} {}", level.en))
}

/// A level or any above it.
pub fn and_above(list: &str, level: &str) -> Say {
    let said = label(list, level);
    Say::new(format!("{} trở lên", said.vi), format!("{} or above", said.en))
}

/// What a criterion asks, in words; where less is asked in hard areas, that too.
pub fn text(criterion: &Criterion) -> Say {
    let general = general(criterion);
    let (zones, low) = match criterion.measure() {
        Measure::Level(list, _, Some(lowered)) => (&lowered.zones, and_above(list, &lowered.level)),
        Measure::Months(_, Some(lowered)) => {
            let months = lowered.months;
            (&lowered.zones, Say::new(format!("{months} tháng"), format!("{months} months")))
        }
        _ => return general,
    };
    let names = zones.iter().map(|zone| zone.name().to_uppercase()).collect::<Vec<_>>().join(", ");
    Say::new(
        format!("{}; khu vực {names}: {}", general.vi, low.vi),
        format!("{}; in zones {names}: {}", general.en, low.en),
    )
}

fn general(criterion: &Criterion) -> Say {
    let level = |vi: &str, en: &str, list: &str, level: &str| asks(vi, en, &and_above(list, level));
    let plain = |vi: String, en: String| Say::new(vi, en);
    match criterion {
        Criterion::Degree(one) => level("Trình độ chuyên môn:", "Degree:", "degrees", &one.level),
        Criterion::GeneralEducation(one) => {
            level("Giáo dục phổ thông:", "General education:", "general_education", &one.level)
        }
        Criterion::PoliticalTheory(one) => {
            level("Lý luận chính trị:", "Political theory:", "political_theory_levels", &one.level)
        }
        Criterion::StateManagement(one) => {
            level("Quản lý nhà nước:", "State management:", "state_management_levels", &one.level)
        }
        Criterion::Language(one) => {
            plain(format!("Ngoại ngữ, tiếng dân tộc: {}", one.level), format!("Language: {}", one.level))
        }
        Criterion::FullTermAge(one) => plain(
            format!("Giữ chức vụ lần đầu: còn ít nhất {} tháng công tác", one.months),
            format!("First time in the title: at least {} months of service left", one.months),
        ),
        Criterion::MaximumAge(one) => plain(
            format!("Giữ chức vụ lần đầu: không quá {} tuổi", one.years),
            format!("First time in the title: not older than {} years", one.years),
        ),
        Criterion::LowerPosts(one) => plain(
            format!("Đã kinh qua chức danh thấp hơn ít nhất {} tháng", one.months),
            format!("At least {} months in lower posts", one.months),
        ),
        Criterion::PartyMembership(one) if one.full => {
            plain("Đảng viên chính thức".to_owned(), "A full member of the Party".to_owned())
        }
        Criterion::PartyMembership(_) => plain("Đảng viên".to_owned(), "A member of the Party".to_owned()),
        Criterion::Planning(one) if one.equal_title_counts => plain(
            "Trong quy hoạch chức danh này hoặc chức danh tương đương".to_owned(),
            "Planned for the title or an equal one".to_owned(),
        ),
        Criterion::Planning(_) => plain("Trong quy hoạch chức danh này".to_owned(), "Planned for the title".to_owned()),
        Criterion::Classification(one) => {
            let class = label("classification_levels", &one.level);
            plain(
                format!("{} năm liên tục xếp loại {} trở lên", one.years, class.vi),
                format!("{} years in a row classed {} or better", one.years, class.en),
            )
        }
        Criterion::DisciplineWaiting(one) => {
            let (a, b, c) = (one.reprimand_months, one.warning_months, one.removal_months);
            plain(
                format!("Hết thời gian chờ sau kỷ luật: khiển trách {a}, cảnh cáo {b}, cách chức {c} tháng"),
                format!("Waiting times after disciplines are over: reprimand {a}, warning {b}, removal {c} months"),
            )
        }
        Criterion::HealthCertificate(one) => plain(
            format!("Giấy khám sức khỏe không quá {} tháng", one.months),
            format!("A health certificate not older than {} months", one.months),
        ),
        Criterion::Origin(one) if one.native => {
            plain("Người địa phương được giữ".to_owned(), "Natives of the place may hold it".to_owned())
        }
        Criterion::Origin(_) => plain("Không phải người địa phương".to_owned(), "Not a native of the place".to_owned()),
    }
}

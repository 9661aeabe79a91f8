//! What is taught in the province, how often, where, and by whom it is opened.

use chrono::NaiveDate;

use super::calendar::{self, LAST_DAY, REFORM, day};
use super::{PlannedCourse, PlannedProgramme};
use crate::platform::period::Period;

/// A programme and how it is offered.
pub(super) struct Offer {
    pub(super) programme: PlannedProgramme,
    per_year: u32,
    /// Days from the first to the last.
    days: u64,
    /// How many of the province come, beside those of the district of the article.
    pub(super) size: usize,
    institution: &'static str,
    unit: &'static str,
    /// First and last day on which a course may begin.
    begins: (NaiveDate, NaiveDate),
}

/// One course before anybody is enrolled.
pub(super) struct Class {
    pub(super) offer: usize,
    pub(super) start: NaiveDate,
    pub(super) last: NaiveDate,
    pub(super) planned: PlannedCourse,
}

const ALWAYS: (NaiveDate, NaiveDate) = (calendar::FIRST_DAY, LAST_DAY);
const SCHOOL: (&str, &str) = ("Trường Chính trị tỉnh Điện Biên", "province_political_school@province");
const ACADEMY: (&str, &str) = ("Học viện Chính trị khu vực I", "province_party_organisation_board@province");
const HOME_AFFAIRS: &str = "province_home_affairs_department@province";

const fn offer(
    [code, name, kind, level]: [&'static str; 4],
    (per_year, days, size): (u32, u64, usize),
    (institution, unit): (&'static str, &'static str),
    begins: (NaiveDate, NaiveDate),
) -> Offer {
    Offer { programme: PlannedProgramme { code, name, kind, level }, per_year, days, size, institution, unit, begins }
}

/// Every kind of training. Degrees other than postgraduate ended in 2025, courses on digital skills began.
pub(super) const OFFERS: [Offer; 23] = [
    offer(
        ["DT-SDH-THS", "Đào tạo trình độ thạc sĩ", "postgraduate", "master"],
        (1, 700, 8),
        ("Đại học Thái Nguyên", HOME_AFFAIRS),
        (day(2015, 1, 1), day(2024, 12, 31)),
    ),
    offer(
        ["DT-CM-DH", "Đào tạo trình độ đại học (vừa làm vừa học)", "professional_degree", "university"],
        (3, 760, 10),
        ("Trường Đại học Tây Bắc", HOME_AFFAIRS),
        (day(2015, 1, 1), day(2023, 3, 31)),
    ),
    offer(
        ["DT-CM-CD", "Đào tạo trình độ cao đẳng", "professional_degree", "college"],
        (1, 720, 8),
        ("Trường Cao đẳng Kinh tế - Kỹ thuật Điện Biên", HOME_AFFAIRS),
        (day(2015, 1, 1), day(2022, 12, 31)),
    ),
    // Opened by the political centre of a district, in turn; the province's school since there are none.
    offer(
        ["LLCT-SC", "Sơ cấp lý luận chính trị", "political_theory", "elementary"],
        (3, 30, 14),
        ("Trung tâm Chính trị huyện", ""),
        ALWAYS,
    ),
    offer(
        ["LLCT-TC", "Trung cấp lý luận chính trị - hành chính", "political_theory", "intermediate"],
        (3, 175, 16),
        SCHOOL,
        ALWAYS,
    ),
    offer(["LLCT-CC", "Cao cấp lý luận chính trị", "political_theory", "advanced"], (2, 300, 14), ACADEMY, ALWAYS),
    offer(
        ["QLNN-CD-PHONG", "Bồi dưỡng lãnh đạo, quản lý cấp phòng", "state_management_by_title", "division_leader"],
        (2, 28, 12),
        SCHOOL,
        ALWAYS,
    ),
    offer(
        ["QLNN-CD-XA", "Bồi dưỡng lãnh đạo, quản lý cấp xã", "state_management_by_title", "commune_leader"],
        (2, 28, 12),
        SCHOOL,
        ALWAYS,
    ),
    offer(
        ["QLNN-CD-SO", "Bồi dưỡng lãnh đạo, quản lý cấp sở", "state_management_by_title", "department_leader"],
        (1, 28, 6),
        ("Học viện Hành chính Quốc gia", HOME_AFFAIRS),
        ALWAYS,
    ),
    offer(
        ["QLNN-CV", "Quản lý nhà nước ngạch chuyên viên", "state_management_by_rank", "specialist"],
        (3, 56, 12),
        SCHOOL,
        ALWAYS,
    ),
    offer(
        ["QLNN-CVC", "Quản lý nhà nước ngạch chuyên viên chính", "state_management_by_rank", "senior_specialist"],
        (2, 42, 12),
        SCHOOL,
        ALWAYS,
    ),
    offer(
        ["QLNN-CVCC", "Quản lý nhà nước ngạch chuyên viên cao cấp", "state_management_by_rank", "principal_specialist"],
        (1, 56, 4),
        ("Học viện Hành chính Quốc gia", HOME_AFFAIRS),
        ALWAYS,
    ),
    offer(
        ["VTVL-DANG", "Nghiệp vụ công tác xây dựng Đảng", "job_position_skills", "certificate"],
        (2, 5, 12),
        SCHOOL,
        ALWAYS,
    ),
    offer(
        ["VTVL-HC", "Kỹ năng hành chính, giải quyết thủ tục hành chính", "job_position_skills", "certificate"],
        (2, 5, 12),
        SCHOOL,
        ALWAYS,
    ),
    offer(
        ["VTVL-TTRA", "Nghiệp vụ thanh tra, tiếp công dân", "job_position_skills", "certificate"],
        (1, 5, 8),
        ("Trường Cán bộ Thanh tra", "province_inspectorate@province"),
        ALWAYS,
    ),
    offer(
        ["VTVL-DV", "Kỹ năng vận động quần chúng vùng dân tộc thiểu số", "job_position_skills", "certificate"],
        (2, 5, 12),
        SCHOOL,
        ALWAYS,
    ),
    offer(
        ["QPAN-3", "Kiến thức quốc phòng và an ninh đối tượng 3", "defence_security", "group_3"],
        (1, 12, 18),
        ("Trường Quân sự tỉnh Điện Biên", HOME_AFFAIRS),
        ALWAYS,
    ),
    offer(
        ["QPAN-4", "Kiến thức quốc phòng và an ninh đối tượng 4", "defence_security", "group_4"],
        (1, 5, 18),
        ("Trường Quân sự tỉnh Điện Biên", HOME_AFFAIRS),
        ALWAYS,
    ),
    offer(
        ["KHCN-CDS", "Kỹ năng số, chuyển đổi số", "science_technology_digital", "basic"],
        (4, 3, 20),
        SCHOOL,
        (REFORM, LAST_DAY),
    ),
    offer(
        ["NN-LAO", "Tiếng Lào", "foreign_language", "basic"],
        (1, 180, 10),
        ("Trường Cao đẳng Sư phạm Điện Biên", HOME_AFFAIRS),
        ALWAYS,
    ),
    offer(
        ["TH-CB", "Ứng dụng công nghệ thông tin cơ bản", "information_technology", "basic"],
        (1, 30, 15),
        ("Trường Cao đẳng Sư phạm Điện Biên", HOME_AFFAIRS),
        (day(2015, 1, 1), day(2024, 12, 31)),
    ),
    offer(
        ["DT-MONG", "Tiếng Mông", "ethnic_language_knowledge", "basic"],
        (1, 120, 12),
        ("Trường Cao đẳng Sư phạm Điện Biên", HOME_AFFAIRS),
        ALWAYS,
    ),
    offer(["BD-CU", "Bồi dưỡng cán bộ dự nguồn cấp ủy", "induction", "planned_people"], (1, 20, 15), SCHOOL, ALWAYS),
];

/// Districts whose political centres teach, in turn.
const CENTRES: [(&str, &str); 9] = [
    ("094", "thành phố Điện Biên Phủ"),
    ("095", "thị xã Mường Lay"),
    ("096", "huyện Mường Nhé"),
    ("097", "huyện Mường Chà"),
    ("098", "huyện Tủa Chùa"),
    ("099", "huyện Tuần Giáo"),
    ("100", "huyện Điện Biên"),
    ("101", "huyện Điện Biên Đông"),
    ("103", "huyện Nậm Pồ"),
];

/// All courses, spread over the months of every year.
pub(super) fn classes() -> Vec<Class> {
    let mut all = Vec::new();
    let mut turn = 0_usize;
    for (at, offer) in OFFERS.iter().enumerate() {
        for year in 2015..=2026 {
            for nth in 0..offer.per_year {
                let month = 2 + nth * 10 / offer.per_year + u32::try_from(at % 3).unwrap_or(0);
                let start = day(year, month.min(12), 5);
                let last = calendar::plus_days(start, offer.days - 1);
                let (first, latest) = offer.begins;
                let over_the_reform = start < REFORM && last >= REFORM;
                if start < first || start > latest || over_the_reform && offer.days < 100 {
                    continue;
                }
                let Ok(during) = Period::new(Some(start), last.succ_opt()) else { continue };
                let (institution, unit) = if offer.unit.is_empty() {
                    turn += 1;
                    match CENTRES.get(turn % CENTRES.len()).filter(|_| start < REFORM) {
                        Some((code, name)) => (
                            format!("Trung tâm Chính trị {name}"),
                            format!("district_political_centre@district:{code}"),
                        ),
                        None => (SCHOOL.0.to_owned(), SCHOOL.1.to_owned()),
                    }
                } else {
                    (offer.institution.to_owned(), offer.unit.to_owned())
                };
                let planned = PlannedCourse {
                    code: format!("{}-{year}-{}", offer.programme.code, nth + 1),
                    programme: offer.programme.code,
                    name: format!("{}, lớp {} năm {year}", offer.programme.name, nth + 1),
                    institution,
                    unit,
                    during,
                    seats: 0,
                    enrolments: Vec::new(),
                };
                all.push(Class { offer: at, start, last, planned });
            }
        }
    }
    all.sort_by(|one, other| (one.last, &one.planned.code).cmp(&(other.last, &other.planned.code)));
    all
}

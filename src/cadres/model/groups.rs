//! What each kind of fact says: the fields of the form 2C and of the national database, kind by kind.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::facts::{Fact, FactAction, FactId, FactView, Source, fact};
use crate::organisations::model::named;
use crate::platform::period::Timeline;

fact! {
    /// The class of a year (xếp loại chất lượng).
    Assessment, NewAssessment, AssessmentCorrection, AssessmentContent:
    {"year": 2025, "class": "good", "decision_number": "88-QĐ/ĐU", "decided_on": "2025-12-20", "decision_issuer": "Đảng ủy xã"},
    {"year": 2025, "class": "excellent", "decision_number": "88-QĐ/ĐU", "decided_on": "2025-12-20", "reason": "Nhập sai xếp loại"};
    {
        /// The year.
        #[schema(minimum = 1945, maximum = 2200)]
        year: i32,
        /// Code of the catalogue `classification_levels`.
        #[schema(max_length = 80)]
        class: String,
        /// What is worth keeping of it.
        #[schema(max_length = 1000)]
        note: Option<String>,
    }
}

fact! {
    /// A reward (khen thưởng) or a title awarded (danh hiệu).
    Reward, NewReward, RewardCorrection, RewardContent:
    {"title": "Bằng khen của Chủ tịch UBND tỉnh", "awarded_on": "2024-12-31", "decision_number": "1024/QĐ-UBND"},
    {"title": "Giấy khen của Chủ tịch UBND huyện", "awarded_on": "2024-12-31", "reason": "Nhập sai hình thức"};
    {
        /// What it is called.
        #[schema(max_length = 200)]
        title: String,
        /// When it was given.
        awarded_on: NaiveDate,
        /// For what.
        #[schema(max_length = 1000)]
        merit: Option<String>,
    }
}

named! {
    /// Whose discipline it is.
    DisciplineSide {
        /// Of the Party.
        Party "party",
        /// Of the state.
        State "state",
        /// Of a mass organisation.
        Mass "mass",
    }
}

fact! {
    /// A discipline (kỷ luật). Sensitive.
    Discipline, NewDiscipline, DisciplineCorrection, DisciplineContent:
    {"measure": "reprimand", "side": "state", "from": "2024-03-01", "to": "2025-02-28", "decision_number": "77/QĐ-UBND"},
    {"measure": "warning", "side": "state", "from": "2024-03-01", "to": "2025-02-28", "reason": "Nhập sai hình thức"};
    {
        /// Code of the catalogue `discipline_kinds`.
        #[schema(max_length = 80)]
        measure: String,
        /// Whose it is; one fault may bring one of each.
        side: DisciplineSide,
        /// First day of its effect.
        from: NaiveDate,
        /// Last day of its effect included; null: not known.
        to: Option<NaiveDate>,
        /// What was done.
        #[schema(max_length = 1000)]
        fault: Option<String>,
    }
}

named! {
    /// Organisations that the form asks for.
    MemberOrganisation {
        /// Đảng Cộng sản Việt Nam.
        Party "party",
        /// Đoàn TNCS Hồ Chí Minh.
        YouthUnion "youth_union",
        /// Công đoàn.
        TradeUnion "trade_union",
        /// Hội Liên hiệp Phụ nữ.
        WomensUnion "womens_union",
        /// Hội Nông dân.
        FarmersUnion "farmers_union",
        /// Hội Cựu chiến binh.
        VeteransAssociation "veterans_association",
        /// Mặt trận Tổ quốc.
        FatherlandFront "fatherland_front",
        /// Lực lượng vũ trang: from enlistment to discharge.
        ArmedForces "armed_forces",
    }
}

fact! {
    /// A membership of the Party or another organisation, or service in the armed forces. Sensitive.
    Membership, NewMembership, MembershipCorrection, MembershipContent:
    {"organisation": "trade_union", "joined_on": "2009-01-01", "office": "Ủy viên Ban Chấp hành"},
    {"organisation": "trade_union", "joined_on": "2009-03-01", "reason": "Nhập sai ngày vào"};
    {
        /// Which organisation.
        organisation: MemberOrganisation,
        /// When the person joined, or enlisted.
        joined_on: NaiveDate,
        /// Ngày chính thức, of the Party.
        official_on: Option<NaiveDate>,
        /// Last day; null: still a member.
        left_on: Option<NaiveDate>,
        /// Number of the member's card.
        #[schema(max_length = 40)]
        card_number: Option<String>,
        /// Offices held there, or the highest rank in the armed forces.
        #[schema(max_length = 400)]
        office: Option<String>,
    }
}

fact! {
    /// Rank of a civil servant (ngạch), step (bậc) and coefficient (hệ số lương).
    Rank, NewRank, RankCorrection, RankContent:
    {"code": "specialist", "step": 3, "coefficient": "3.00", "from": "2020-01-01", "decision_number": "15/QĐ-SNV"},
    {"code": "specialist", "step": 4, "coefficient": "3.33", "from": "2020-01-01", "reason": "Nhập sai bậc"};
    {
        /// Code of the catalogue `civil_servant_ranks`.
        #[schema(max_length = 80)]
        code: String,
        /// Bậc.
        #[schema(minimum = 1, maximum = 20)]
        step: Option<i32>,
        /// Hệ số, two decimals.
        #[schema(max_length = 5, pattern = "^[0-9]{1,2}[.][0-9]{2}$")]
        coefficient: Option<String>,
        /// First day.
        from: NaiveDate,
        /// Last day included; null: open. The one before ends by itself where the next begins.
        to: Option<NaiveDate>,
        /// Allowances that come with it.
        #[schema(max_length = 400)]
        allowances: Option<String>,
    }
}

named! {
    /// Blood groups.
    BloodGroup {
        /// Group A.
        A "a",
        /// Group B.
        B "b",
        /// Group AB.
        Ab "ab",
        /// Group O.
        O "o",
    }
}

fact! {
    /// A health certificate (giấy khám sức khỏe). Sensitive.
    HealthCertificate, NewHealthCertificate, HealthCertificateCorrection, HealthCertificateContent:
    {"issued_on": "2026-03-10", "institution": "Bệnh viện Đa khoa tỉnh", "health_class": 2, "blood_group": "o"},
    {"issued_on": "2026-03-10", "institution": "Bệnh viện Đa khoa tỉnh", "health_class": 3, "reason": "Nhập sai loại"};
    {
        /// When it was issued.
        issued_on: NaiveDate,
        /// Who issued it.
        #[schema(max_length = 200)]
        institution: String,
        /// Loại sức khỏe, 1 the best.
        #[schema(minimum = 1, maximum = 5)]
        health_class: Option<i32>,
        /// Height, centimetres.
        #[schema(minimum = 50, maximum = 250)]
        height_cm: Option<i32>,
        /// Weight, kilograms.
        #[schema(minimum = 20, maximum = 300)]
        weight_kg: Option<i32>,
        /// Blood group.
        blood_group: Option<BloodGroup>,
    }
}

named! {
    /// How somebody is related.
    Relation {
        /// Cha.
        Father "father",
        /// Mẹ.
        Mother "mother",
        /// Vợ, chồng.
        Spouse "spouse",
        /// Con.
        Child "child",
        /// Anh, chị, em ruột.
        Sibling "sibling",
        /// Ông, bà.
        Grandparent "grandparent",
        /// Other.
        Other "other",
    }
}

named! {
    /// Whose family.
    FamilySide {
        /// Of the person.
        Own "own",
        /// Of the wife or husband.
        Spouse "spouse",
    }
}

fact! {
    /// Somebody of the family (quan hệ gia đình). Sensitive.
    Relative, NewRelative, RelativeCorrection, RelativeContent:
    {"relation": "sibling", "side": "own", "full_name": "Lò Thị Mai", "born_year": 1982, "occupation": "Giáo viên"},
    {"relation": "sibling", "side": "own", "full_name": "Lò Thị Mai", "born_year": 1984, "reason": "Nhập sai năm sinh"};
    {
        /// How they are related.
        relation: Relation,
        /// Whose family.
        side: FamilySide,
        /// Full name.
        #[schema(max_length = 200)]
        full_name: String,
        /// Year of birth.
        #[schema(minimum = 1850, maximum = 2200)]
        born_year: Option<i32>,
        /// What they do and where, or did.
        #[schema(max_length = 400)]
        occupation: Option<String>,
        /// Where they live, in the country or abroad.
        #[schema(max_length = 400)]
        residence: Option<String>,
    }
}

named! {
    /// What a residence is.
    ResidencePurpose {
        /// Thường trú.
        Permanent "permanent",
        /// Nơi ở hiện nay.
        Present "present",
    }
}

fact! {
    /// Where the person lives. Sensitive.
    Residence, NewResidence, ResidenceCorrection, ResidenceContent:
    {"purpose": "present", "address": "Bản Co Củ, xã Na Sang", "from": "2020-05-01"},
    {"purpose": "present", "address": "Bản Co Củ, xã Na Sang", "from": "2020-06-01", "reason": "Nhập sai ngày"};
    {
        /// What it is.
        purpose: ResidencePurpose,
        /// Where.
        #[schema(max_length = 400)]
        address: String,
        /// First day.
        from: NaiveDate,
        /// Last day included; null: open. The one before ends by itself where the next begins.
        to: Option<NaiveDate>,
    }
}

named! {
    /// Other fields of the form 2C.
    ParticularTopic {
        /// Tên gọi khác.
        OtherName "other_name",
        /// Nơi sinh.
        PlaceOfBirth "place_of_birth",
        /// Nghề nghiệp khi được tuyển dụng.
        EarlierOccupation "earlier_occupation",
        /// Cơ quan tuyển dụng.
        RecruitingBody "recruiting_body",
        /// Trình độ giáo dục phổ thông: a code of the catalogue `general_education`.
        GeneralEducation "general_education",
        /// Sở trường công tác.
        Strength "strength",
        /// Công việc chính được giao.
        AssignedWork "assigned_work",
        /// Thương binh hạng.
        WarInvalid "war_invalid",
        /// Con gia đình chính sách.
        PolicyFamily "policy_family",
        /// Ngày cấp thẻ căn cước, and other papers.
        IdentityPaper "identity_paper",
        /// Số sổ bảo hiểm xã hội.
        SocialInsurance "social_insurance",
        /// Đặc điểm lịch sử bản thân.
        PersonalHistory "personal_history",
        /// Quan hệ với nước ngoài, relatives abroad.
        ForeignRelations "foreign_relations",
        /// Đi nước ngoài.
        StayAbroad "stay_abroad",
        /// Ngày nghỉ hưu được quyết định: the day and the reason, as in `2030-05-31: kéo dài thời gian công tác`. It needs
        /// its decision, and stands before the schedule of the law.
        RetirementDay "retirement_day",
        /// Nhận xét của cơ quan quản lý.
        Comment "comment",
    }
}

fact! {
    /// Another field of the form 2C, by its topic. Sensitive.
    Particular, NewParticular, ParticularCorrection, ParticularContent:
    {"topic": "strength", "text": "Công tác dân vận"},
    {"topic": "strength", "text": "Công tác tổ chức", "reason": "Nhập sai"};
    {
        /// Which field.
        topic: ParticularTopic,
        /// What it says; one at a time of each topic.
        #[schema(max_length = 2000)]
        text: String,
        /// First day; null: since always.
        from: Option<NaiveDate>,
        /// Last day included; null: open. The one before ends by itself where the next begins.
        to: Option<NaiveDate>,
    }
}

//! Inputs, verdicts, checks.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cadres::{CadreId, Dossier};
use crate::organisations::model::named;
use crate::platform::canonical::canonical;
use crate::posts::{Basis, Criterion, Level, PostId, Seat, StandardId, Title, TitleId, TitleStandard, Zone};
use crate::regulations::{Regulation, RegulationId};

/// The form of inputs that this version of canbo writes.
///
/// What was kept by an earlier form is read by it: a field that came later has a default, and a rule that came later, or whose
/// words changed, asks [`Inputs::form`] and judges earlier inputs as they were judged then. A test replays one of each form.
pub const FORM: u32 = 2;

named! {
    /// By which kind of decision a person moves.
    MoveKind {
        /// Luân chuyển: a leader to another leading post for a limited time.
        Rotation "rotation",
        /// Điều động: from one body to another.
        Transfer "transfer",
        /// Biệt phái: to another body for a limited time, the staff place stays behind.
        Secondment "secondment",
        /// Chuyển đổi vị trí công tác.
        ChangeOfPosition "change_of_position",
        /// Bổ nhiệm.
        Appointment "appointment",
    }
}

named! {
    /// What a check says.
    Verdict {
        /// It holds.
        Pass "pass",
        /// It does not.
        Fail "fail",
        /// Data or the rule are missing, or may not be seen.
        Unknown "unknown",
        /// It does not hold or is not known, and the authority has made an exception.
        Waived "waived",
    }
}

impl MoveKind {
    /// What the appointment that it opens is based on.
    pub const fn basis(self) -> Basis {
        match self {
            Self::Rotation => Basis::Rotated,
            Self::Transfer => Basis::Transferred,
            Self::Secondment => Basis::Seconded,
            Self::ChangeOfPosition => Basis::Assigned,
            Self::Appointment => Basis::Appointed,
        }
    }
}

/// What is asked: by which kind of decision, for which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// By which kind of decision.
    pub kind: MoveKind,
    /// The effective day: its rules apply.
    pub day: NaiveDate,
    /// Last day expected there.
    pub expected_end_on: Option<NaiveDate>,
}

/// A post as far as rules depend on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatFacts {
    /// The post.
    pub post_id: PostId,
    /// Its title.
    pub title_id: TitleId,
    /// Its unit.
    pub unit_id: Uuid,
    /// Length of a term, months.
    pub term_months: Option<u32>,
    /// The zone of its place; none: not known.
    pub zone: Option<Zone>,
}

impl SeatFacts {
    /// Of a post, at a place of this zone.
    pub fn of(seat: &Seat, zone: Option<Zone>) -> Self {
        let term_months = seat.term_months.and_then(|months| u32::try_from(months).ok());
        Self { post_id: seat.id, title_id: seat.title_id, unit_id: seat.unit_id, term_months, zone }
    }
}

/// A title that the post or the career has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleFacts {
    /// Its code.
    pub code: String,
    /// Vietnamese.
    pub name_vi: String,
    /// English.
    pub name_en: String,
    /// Level of government.
    pub level: Level,
    /// Within the level, the smaller the higher.
    pub rank_order: i32,
    /// Leader or manager.
    pub leadership: bool,
    /// Leads the body, as a leader who is no deputy; none: kept by form 1, where the name said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<bool>,
}

impl TitleFacts {
    /// Whether it is one of heads.
    pub fn is_of_heads(&self) -> bool {
        self.head.unwrap_or_else(|| self.leadership && !self.name_vi.starts_with("Phó"))
    }

    /// Whether it is one of their deputies.
    pub fn is_of_deputies(&self) -> bool {
        self.leadership && !self.is_of_heads()
    }
}

impl From<Title> for TitleFacts {
    fn from(title: Title) -> Self {
        let Title { code, name_vi, name_en, level, rank_order, leadership, head, .. } = title;
        Self { code, name_vi, name_en, level, rank_order, leadership, head: Some(head) }
    }
}

/// The standard of the title that held on the day, by its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandardUsed {
    /// Its id.
    pub id: StandardId,
    /// Its version.
    pub version: i32,
    /// What it asks.
    pub criteria: Vec<Criterion>,
}

impl From<TitleStandard> for StandardUsed {
    fn from(standard: TitleStandard) -> Self {
        let TitleStandard { id, version, criteria, .. } = standard;
        Self { id, version, criteria }
    }
}

/// A value of law that held on the day, by its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleUsed {
    /// Its id.
    pub id: RegulationId,
    /// Its version.
    pub version: i32,
    /// The value; null where it is not known.
    pub value: Value,
    /// Instrument and article.
    pub citation: String,
    /// Whether the province has confirmed it.
    pub confirmed: bool,
    /// What it says, Vietnamese.
    pub text_vi: String,
    /// What it says, English.
    pub text_en: String,
}

impl From<Regulation> for RuleUsed {
    fn from(of: Regulation) -> Self {
        let (citation, confirmed) = (of.citation(), of.confirmation.is_some());
        let Regulation { id, version, value, description_vi, description_en, .. } = of;
        Self { id, version, value, citation, confirmed, text_vi: description_vi, text_en: description_en }
    }
}

/// Everything that one person is held against one post by. Kept with a decision, it gives the same assessment again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// Of which form these inputs are: that of the version of canbo that made them.
    pub form: u32,
    /// The effective day.
    pub day: NaiveDate,
    /// By which kind of decision.
    pub kind: MoveKind,
    /// Last day expected there.
    pub expected_end_on: Option<NaiveDate>,
    /// The person.
    pub subject: Dossier,
    /// The post.
    pub seat: SeatFacts,
    /// Whether the person is a native of the place of the post; none: not known.
    pub native: Option<bool>,
    /// The standard of the title.
    pub standard: Option<StandardUsed>,
    /// The values of law, by key.
    pub rules: BTreeMap<String, RuleUsed>,
    /// The titles that are spoken of.
    pub titles: BTreeMap<TitleId, TitleFacts>,
    /// The rules from which the authority has excepted the move, by key, each with the decision.
    pub waived: BTreeMap<String, String>,
}

impl Inputs {
    /// The same for who may not see what is sensitive: judged, they give the checks that such a reader may see.
    #[must_use]
    pub fn veiled(mut self) -> Self {
        self.subject.sensitive = None;
        self
    }

    /// The bytes that are kept.
    pub fn canonical(&self) -> serde_json::Result<String> {
        Ok(canonical(&serde_json::to_value(self)?))
    }
}

/// One rule held against one person and one post: what was compared, by which law, and what would make it pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// Key of the regulation, or `standard.` and the kind of the criterion; `standard` alone where the title has none.
    #[schema(max_length = 100, example = "rotation.minimum_months")]
    pub rule: String,
    /// What it says.
    pub verdict: Verdict,
    /// What the rule asks, Vietnamese.
    #[schema(max_length = 2000)]
    pub text_vi: String,
    /// What the rule asks, English.
    #[schema(max_length = 2000)]
    pub text_en: String,
    /// The very facts compared, Vietnamese.
    #[schema(max_length = 1000, example = "24 tháng < 36")]
    pub facts_vi: String,
    /// The very facts compared, English.
    #[schema(max_length = 1000, example = "24 months < 36")]
    pub facts_en: String,
    /// What would make it pass, Vietnamese; null where it passes, or nothing would.
    #[schema(max_length = 1000)]
    pub remedy_vi: Option<String>,
    /// What would make it pass, English.
    #[schema(max_length = 1000)]
    pub remedy_en: Option<String>,
    /// Instrument and article; null where no rule holds on the day.
    #[schema(max_length = 400)]
    pub citation: Option<String>,
    /// Whether the province has confirmed the rule; one that is not confirmed is no settled law.
    pub confirmed: bool,
    /// The regulation or standard that was applied; null where none holds on the day.
    pub source_id: Option<Uuid>,
    /// Its version.
    pub source_version: Option<i32>,
    /// The facts are sensitive and not shown to who asks: whether there are any is not told either.
    pub withheld: bool,
    /// The decision that excepts from the rule; null: none.
    #[schema(max_length = 200)]
    pub waived_by: Option<String>,
}

/// How many checks say what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// That hold.
    #[schema(minimum = 0)]
    pub pass: u32,
    /// That do not.
    #[schema(minimum = 0)]
    pub fail: u32,
    /// That are not known.
    #[schema(minimum = 0)]
    pub unknown: u32,
    /// From which the authority has made an exception.
    #[schema(minimum = 0)]
    pub waived: u32,
}

impl Summary {
    /// One more.
    pub fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Pass => self.pass += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::Unknown => self.unknown += 1,
            Verdict::Waived => self.waived += 1,
        }
    }
}

/// All checks of a person and a post, for a day and a kind of move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Of which form the inputs were.
    pub form: u32,
    /// The effective day.
    pub day: NaiveDate,
    /// By which kind of decision.
    pub kind: MoveKind,
    /// Who.
    pub cadre_id: CadreId,
    /// Which post.
    pub post_id: PostId,
    /// How many checks say what.
    pub summary: Summary,
    /// The checks: regulations first, then the standard, each in a fixed order.
    pub checks: Vec<Check>,
}

impl Assessment {
    /// The bytes that are kept.
    pub fn canonical(&self) -> serde_json::Result<String> {
        Ok(canonical(&serde_json::to_value(self)?))
    }
}

/// Inputs with what they gave: what a decision keeps.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The inputs.
    pub inputs: Inputs,
    /// The assessment.
    pub assessment: Assessment,
}

/// Where a person stands among the candidates for a post, or a post among those open to a person: the least first.
///
/// By what is not met, then by what is not known, then who is planned for the title, then whose file the unit of the post
/// keeps, then by id: an order in which no two are equal, whatever the order in which they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// Checks that fail.
    pub fails: u32,
    /// Checks that are not known.
    pub unknowns: u32,
    /// Not planned for the title.
    pub unplanned: bool,
    /// The file is kept elsewhere.
    pub elsewhere: bool,
    /// The person or the post.
    pub id: Uuid,
}

impl Rank {
    /// As sort keys of a page.
    pub fn keys(&self) -> [String; 5] {
        let bit = |is: bool| u8::from(is).to_string();
        [
            self.fails.to_string(),
            self.unknowns.to_string(),
            bit(self.unplanned),
            bit(self.elsewhere),
            self.id.to_string(),
        ]
    }
}

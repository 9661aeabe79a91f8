//! When each kind of fact holds, and what a person has one of at a time.

use chrono::NaiveDate;

use super::facts::{FactContent, FactKind};
use super::groups::{
    AssessmentContent, DisciplineContent, HealthCertificateContent, MembershipContent, ParticularContent,
    ParticularTopic, RankContent, RelativeContent, ResidenceContent, RewardContent,
};
use crate::platform::error::{Finding, code};
use crate::platform::http::fields::period;
use crate::platform::period::Period;

impl FactContent for AssessmentContent {
    const KIND: FactKind = FactKind::Assessment;

    fn during(&self, _: NaiveDate) -> Result<Period, Finding> {
        let first = |year| NaiveDate::from_ymd_opt(year, 1, 1);
        let year = first(self.year).zip(first(self.year.saturating_add(1)));
        year.and_then(|(from, to)| Period::new(Some(from), Some(to)).ok())
            .ok_or_else(|| Finding::plain("/year", code::OUT_OF_RANGE))
    }

    fn slot(&self) -> Option<&'static str> {
        Some("year")
    }
}

impl FactContent for RewardContent {
    const KIND: FactKind = FactKind::Reward;

    fn during(&self, _: NaiveDate) -> Result<Period, Finding> {
        Ok(Period::since(self.awarded_on))
    }
}

impl FactContent for DisciplineContent {
    const KIND: FactKind = FactKind::Discipline;

    fn during(&self, _: NaiveDate) -> Result<Period, Finding> {
        period("/to", self.from, self.to)
    }
}

impl FactContent for MembershipContent {
    const KIND: FactKind = FactKind::Membership;

    fn during(&self, _: NaiveDate) -> Result<Period, Finding> {
        period("/left_on", self.joined_on, self.left_on)
    }

    fn slot(&self) -> Option<&'static str> {
        Some(self.organisation.name())
    }
}

impl FactContent for RankContent {
    const KIND: FactKind = FactKind::Rank;

    fn during(&self, _: NaiveDate) -> Result<Period, Finding> {
        period("/to", self.from, self.to)
    }

    fn slot(&self) -> Option<&'static str> {
        Some("rank")
    }

    fn ended(self, last: NaiveDate) -> Option<Self> {
        Some(Self { to: Some(last), ..self })
    }
}

impl FactContent for HealthCertificateContent {
    const KIND: FactKind = FactKind::HealthCertificate;

    fn during(&self, _: NaiveDate) -> Result<Period, Finding> {
        Ok(Period::since(self.issued_on))
    }
}

impl FactContent for RelativeContent {
    const KIND: FactKind = FactKind::Relative;

    fn during(&self, birth: NaiveDate) -> Result<Period, Finding> {
        Ok(Period::since(birth))
    }
}

impl FactContent for ResidenceContent {
    const KIND: FactKind = FactKind::Residence;

    fn during(&self, _: NaiveDate) -> Result<Period, Finding> {
        period("/to", self.from, self.to)
    }

    fn slot(&self) -> Option<&'static str> {
        Some(self.purpose.name())
    }

    fn ended(self, last: NaiveDate) -> Option<Self> {
        Some(Self { to: Some(last), ..self })
    }
}

impl FactContent for ParticularContent {
    const KIND: FactKind = FactKind::Particular;

    fn during(&self, birth: NaiveDate) -> Result<Period, Finding> {
        period("/to", self.from.unwrap_or(birth), self.to)
    }

    fn slot(&self) -> Option<&'static str> {
        Some(self.topic.name())
    }

    fn rests_on_a_decision(&self) -> bool {
        self.topic == ParticularTopic::RetirementDay
    }

    fn ended(self, last: NaiveDate) -> Option<Self> {
        Some(Self { to: Some(last), ..self })
    }
}

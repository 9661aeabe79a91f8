//! The keys that the rules of canbo know, and what their values look like.

use super::ValueForm::{self, Boolean, Bounds, Integer, MonthDay, Points, RetirementSteps, Text, TitleGroups};

/// Every key with the form of its values, by key.
pub const KEYS: &[(&str, ValueForm)] = &[
    ("appointment.equivalent_titles", TitleGroups),
    ("appointment.minimum_months_in_post", Integer),
    ("appointment.term_months", Integer),
    ("classification.deadline", MonthDay),
    ("classification.excellent_share_percent", Integer),
    ("classification.interval_months", Integer),
    ("classification.minimum_points", Points),
    ("classification.previous_body_months", Integer),
    ("discipline.waiting_months.removal_from_post", Integer),
    ("discipline.waiting_months.reprimand", Integer),
    ("discipline.waiting_months.warning", Integer),
    ("dossier.health_certificate_months", Integer),
    ("dossier.photo_months", Integer),
    ("dossier.self_assessment_years", Integer),
    ("logs.retention_months", Integer),
    ("native.definition", Text),
    ("native.residence_years", Integer),
    ("planning.higher_title_only", Boolean),
    ("planning.maximum_people_per_title", Integer),
    ("planning.maximum_titles_per_person", Integer),
    ("planning.minimum_months_remaining", Integer),
    ("planning.review_interval_months", Integer),
    ("planning.women_share_percent", Integer),
    ("planning.young_maximum_age", Integer),
    ("planning.young_share_percent", Integer),
    ("position_change.cycle_years", Bounds),
    ("posts.vacant_soon_days", Integer),
    ("privacy.breach_notice_hours", Integer),
    ("record.creation_days", Integer),
    ("record.update_days", Integer),
    ("retirement.age_months", RetirementSteps),
    ("retirement.early_hard_area_years", Integer),
    ("retirement.early_maximum_years", Integer),
    ("retirement.late_maximum_years", Integer),
    ("rotation.evaluation_interval_months", Integer),
    ("rotation.minimum_months", Integer),
    ("rotation.must_be_planned", Boolean),
    ("rotation.remaining_months_exception", Integer),
    ("rotation.remaining_years", Integer),
    ("secondment.maximum_months", Integer),
    ("terms.deputy_maximum_years", Integer),
    ("terms.head_maximum_years", Integer),
    ("terms.maximum_consecutive", Integer),
    ("training.commitment_factor", Integer),
    ("training.good_classification_years", Integer),
    ("training.minimum_service_years", Integer),
    ("training.postgraduate_age_limit", Integer),
    ("training.repayment_days", Integer),
    ("training.repayment_formula", Text),
    ("training.repayment_percent_full", Integer),
    ("training.yearly_minimum_lessons", Integer),
];

/// What the values of a key look like; none for a key that is not known.
pub fn form_of(key: &str) -> Option<ValueForm> {
    KEYS.iter().find(|(known, _)| *known == key).map(|(_, form)| *form)
}

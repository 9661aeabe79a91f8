//! Which codes a profile uses, each with its official list and validity.

use std::collections::BTreeSet;

use crate::cadres::model::{CodeUsed, ParticularTopic, Profile};
use crate::catalogues::catalogue;

/// The codes of a profile, each once, by catalogue and code.
pub fn codes_used(profile: &Profile) -> Vec<CodeUsed> {
    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    let cadre = &profile.cadre;
    used.extend(cadre.ethnic_group.iter().map(|code| ("ethnic_groups", code.as_str())));
    used.extend(cadre.religion.iter().map(|code| ("religions", code.as_str())));
    let levels = profile.qualifications.iter().filter_map(|one| Some((one.kind.catalogue()?, one.level.as_str())));
    used.extend(levels);
    used.extend(profile.assessments.iter().map(|one| ("classification_levels", one.class.as_str())));
    used.extend(profile.ranks.iter().map(|one| ("civil_servant_ranks", one.code.as_str())));
    used.extend(profile.disciplines.iter().flatten().map(|one| ("discipline_kinds", one.measure.as_str())));
    let schooling = profile.particulars.iter().flatten().filter(|one| one.topic == ParticularTopic::GeneralEducation);
    used.extend(schooling.map(|one| ("general_education", one.text.as_str())));
    used.into_iter()
        .filter_map(|(name, code)| {
            let list = catalogue(name)?;
            Some(CodeUsed { catalogue: list.name.as_str(), item: list.item(code)?.clone() })
        })
        .collect()
}

//! The lists, read once from what is embedded.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One code of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"code": "thai", "label_vi": "Thái", "label_en": "Thai", "official_code": "03", "list": "1019/QĐ-TCTK (12/11/2008)",
    "valid_from": null, "valid_to": null, "note": null, "other_code": "03", "other_list": "121-TCTK/PPCĐ (2/3/1979)"}))]
pub struct CatalogueItem {
    /// Stable code, lower_snake.
    #[schema(max_length = 80, example = "thai")]
    pub code: String,
    /// Vietnamese.
    #[schema(max_length = 400)]
    pub label_vi: String,
    /// English.
    #[schema(max_length = 400)]
    pub label_en: String,
    /// Its code in the official list.
    #[schema(max_length = 80)]
    pub official_code: Option<String>,
    /// The official list.
    #[schema(max_length = 400)]
    pub list: Option<String>,
    /// First day; null: since always, or not known.
    pub valid_from: Option<NaiveDate>,
    /// Last day included; null: open.
    pub valid_to: Option<NaiveDate>,
    /// What is worth knowing of it.
    #[schema(max_length = 400)]
    pub note: Option<String>,
    /// Its code in a second official list that is in use.
    #[serde(default)]
    #[schema(max_length = 80)]
    pub other_code: Option<String>,
    /// That list.
    #[serde(default)]
    #[schema(max_length = 400)]
    pub other_list: Option<String>,
}

/// A code list, in its order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Catalogue {
    /// Its name, as in the path.
    #[schema(max_length = 80, example = "ethnic_groups")]
    pub name: &'static str,
    /// Its codes; where there are levels, from the lowest up.
    #[schema(max_items = 1000)]
    pub items: Vec<CatalogueItem>,
}

impl Catalogue {
    /// The item of a code.
    pub fn item(&self, code: &str) -> Option<&CatalogueItem> {
        self.items.iter().find(|item| item.code == code)
    }

    /// Whether it has the code.
    pub fn has(&self, code: &str) -> bool {
        self.item(code).is_some()
    }
}

macro_rules! embedded {
    ($($name:literal)*) => {
        /// The files, by name.
        const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../data/catalogues/", $name, ".csv")))),*];
    };
}

embedded! {
    "civil_servant_ranks" "classification_levels" "degrees" "discipline_kinds" "ethnic_groups" "general_education"
    "political_theory_levels" "religions" "state_management_levels" "study_forms" "training_kinds"
}

static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    // A row that cannot be read is left out; a test sees to it that there is none.
    let items = |text: &str| csv::Reader::from_reader(text.as_bytes()).deserialize().filter_map(Result::ok).collect();
    FILES.iter().map(|(name, text)| Catalogue { name, items: items(text) }).collect()
});

/// Every catalogue, by name.
pub fn all() -> &'static [Catalogue] {
    &CATALOGUES
}

/// The catalogue of a name.
pub fn catalogue(name: &str) -> Option<&'static Catalogue> {
    all().iter().find(|catalogue| catalogue.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_file_is_embedded_and_every_row_is_read() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/catalogues");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
        assert!(all().is_sorted_by_key(|catalogue| catalogue.name));
        for (catalogue, (_, text)) in all().iter().zip(FILES) {
            let rows = csv::Reader::from_reader(text.as_bytes()).into_records().count();
            assert_eq!(catalogue.items.len(), rows, "{}", catalogue.name);
            let codes: HashSet<_> = catalogue.items.iter().map(|item| &item.code).collect();
            assert_eq!(codes.len(), rows, "{}", catalogue.name);
        }
    }

    #[test]
    fn codes_are_found() {
        let groups = catalogue("ethnic_groups").unwrap();
        assert_eq!(groups.items.len(), 54);
        assert_eq!(groups.item("thai").unwrap().official_code.as_deref(), Some("03"));
        assert!(!groups.has("Thái") && catalogue("nothing").is_none());
    }
}

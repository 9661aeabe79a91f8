//! The lists and the enumerations of the API, read once from what is embedded.

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
    pub name: String,
    /// The schema of the API document whose values these are; null for a list that fields refer to by name.
    #[schema(max_length = 80, example = "UnitKind")]
    pub schema: Option<String>,
    /// Its codes; where there are levels, from the lowest up.
    #[schema(max_items = 1000)]
    pub items: Vec<CatalogueItem>,
}

impl Catalogue {
    /// The item of a code.
    pub fn item(&self, code: &str) -> Option<&CatalogueItem> {
        self.items.iter().find(|item| item.code == code)
    }

    /// The same with those codes alone that were valid on a day.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Self {
        let valid = |item: &&CatalogueItem| {
            item.valid_from.is_none_or(|from| from <= day) && item.valid_to.is_none_or(|last| day <= last)
        };
        Self { items: self.items.iter().filter(valid).cloned().collect(), ..self.clone() }
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

/// Lists whose codes are an enumeration of the API too: their labels stand in the list.
const ENUMERATED: &[(&str, &str)] = &[("training_kinds", "TrainingKind")];

/// The labels of every other enumeration: its schema, its values in order, both languages.
const LABELS: &str = include_str!("../../data/labels.csv");

/// A row of the file.
#[derive(Deserialize)]
struct Named {
    enumeration: String,
    code: String,
    label_vi: String,
    label_en: String,
}

/// `UnitKind` is `unit_kind`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// The rows of an embedded file. One that cannot be read is left out; a test sees to it that there is none.
fn rows<T: serde::de::DeserializeOwned>(text: &str) -> impl Iterator<Item = T> {
    csv::Reader::from_reader(text.as_bytes()).into_deserialize().filter_map(Result::ok)
}

fn enumerations() -> Vec<Catalogue> {
    let mut found: Vec<Catalogue> = Vec::new();
    for Named { enumeration, code, label_vi, label_en } in rows::<Named>(LABELS) {
        let item = CatalogueItem {
            code,
            label_vi,
            label_en,
            official_code: None,
            list: None,
            valid_from: None,
            valid_to: None,
            note: None,
            other_code: None,
            other_list: None,
        };
        match found.iter_mut().find(|known| known.schema.as_ref() == Some(&enumeration)) {
            Some(known) => known.items.push(item),
            None => found.push(Catalogue { name: snake(&enumeration), schema: Some(enumeration), items: vec![item] }),
        }
    }
    found
}

static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    let schema = |name: &str| ENUMERATED.iter().find(|(list, _)| *list == name).map(|(_, schema)| (*schema).to_owned());
    let list = |(name, text): &(&str, &str)| Catalogue {
        name: (*name).to_owned(),
        schema: schema(name),
        items: rows(text).collect(),
    };
    let mut all: Vec<Catalogue> = FILES.iter().map(list).chain(enumerations()).collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
});

/// Every catalogue, by name.
pub fn all() -> &'static [Catalogue] {
    &CATALOGUES
}

/// The catalogue of a name.
pub fn catalogue(name: &str) -> Option<&'static Catalogue> {
    let at = all().binary_search_by(|catalogue| catalogue.name.as_str().cmp(name)).ok()?;
    all().get(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_file_is_embedded_and_every_row_is_read() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/catalogues");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
        assert!(all().windows(2).all(|pair| pair[0].name < pair[1].name), "each name once, in order");
        for (name, text) in FILES {
            let records = csv::Reader::from_reader(text.as_bytes()).into_records().count();
            assert_eq!(catalogue(name).unwrap().items.len(), records, "{name}");
        }
        let labels = csv::Reader::from_reader(LABELS.as_bytes()).into_records().count();
        assert_eq!(rows::<Named>(LABELS).count(), labels);
        for catalogue in all() {
            let codes: HashSet<_> = catalogue.items.iter().map(|item| &item.code).collect();
            assert_eq!(codes.len(), catalogue.items.len(), "{}", catalogue.name);
            for item in &catalogue.items {
                assert!(!item.label_vi.is_empty() && !item.label_en.is_empty(), "{} {}", catalogue.name, item.code);
                assert_eq!(item.official_code.is_some(), item.list.is_some(), "{} {}", catalogue.name, item.code);
                assert_eq!(item.other_code.is_some(), item.other_list.is_some(), "{} {}", catalogue.name, item.code);
            }
        }
    }

    #[test]
    fn a_catalogue_has_the_codes_of_a_day() {
        let kinds = catalogue("training_kinds").unwrap();
        let has = |day: &str| kinds.on(day.parse().unwrap()).has("professional_degree");
        assert!(has("2025-06-30") && !has("2025-07-01") && kinds.has("professional_degree"));
    }

    #[test]
    fn codes_are_found() {
        let groups = catalogue("ethnic_groups").unwrap();
        assert_eq!(groups.items.len(), 54);
        assert_eq!(groups.item("thai").unwrap().official_code.as_deref(), Some("03"));
        assert!(!groups.has("Thái") && catalogue("nothing").is_none());
    }
}

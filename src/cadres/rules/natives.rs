//! Who is a native (người địa phương) of a locality: for a person and any post, by what the province has set. Data in,
//! verdict out; one reading of the places serves as many people and posts as are asked about.

use crate::organisations::Places;
use crate::organisations::model::{Lies, Locality, UnitId};
use crate::platform::error::Say;
use crate::regulations::{Parameter, Rulebook};

/// What canbo knows of who counts as a native: the values of `native.definition` that it can hold a file against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Definition {
    /// Whose quê quán it is.
    NativePlace,
    /// They, and who has worked there for the years of `native.residence_years`.
    NativePlaceOrWork,
}

/// What the regulations of a day say of who is a native.
#[derive(Clone, Debug)]
pub struct NativeRule {
    definition: Result<Definition, Say>,
    years: Option<Parameter<u32>>,
    cited: Option<Parameter<()>>,
}

impl NativeRule {
    /// By a rulebook.
    pub fn of(book: &Rulebook) -> Self {
        let rule = book.get("native.definition");
        let definition = match rule.map(|rule| rule.value.as_str()) {
            Some(Some("native_place")) => Ok(Definition::NativePlace),
            Some(Some("native_place_or_work")) => Ok(Definition::NativePlaceOrWork),
            Some(Some(code)) => Err(Say::new(
                format!("Định nghĩa {code} chưa tính được từ hồ sơ"),
                format!("The definition {code} cannot be derived from the file"),
            )),
            _ => Err(Say::new(
                "Tỉnh chưa quy định thế nào là người địa phương",
                "The province has not set who counts as a native",
            )),
        };
        let by_work = definition == Ok(Definition::NativePlaceOrWork);
        let years = book.number("native.residence_years").filter(|_| by_work);
        let cited = rule.map(|rule| {
            let by = [Some(&rule.citation), years.as_ref().map(|years| &years.citation)];
            let mut by: Vec<&str> = by.into_iter().flatten().map(String::as_str).collect();
            by.dedup();
            let confirmed = rule.confirmed && years.as_ref().is_none_or(|years| years.confirmed);
            Parameter { value: (), citation: by.join("; "), confirmed }
        });
        Self { definition, years, cited }
    }

    /// Whether canbo can hold a file against it.
    pub fn is_known(&self) -> bool {
        self.definition.is_ok()
    }

    /// Where the rule stands; none: there is no row for the day.
    pub fn cited(&self) -> Option<&Parameter<()>> {
        self.cited.as_ref()
    }
}

/// A full-time stay in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Where.
    pub unit: UnitId,
    /// Whole months of it, up to the day.
    pub months: u32,
}

/// Where a person comes from and has worked.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// Quê quán as a unit.
    pub native_unit: Option<UnitId>,
    /// Everything held full-time.
    pub stays: Vec<Stay>,
}

/// Whether a person is a native of a locality, and why.
#[derive(Clone, Debug)]
pub struct NativeVerdict {
    /// None: it is not known.
    pub native: Option<bool>,
    /// How it was found, or what is missing.
    pub how: Say,
    /// Whether the native unit was looked at.
    pub by_place: bool,
    /// The stays in the locality, by their place in the list.
    pub stays: Vec<usize>,
}

impl NativeVerdict {
    fn new(native: Option<bool>, vi: String, en: String) -> Self {
        Self { native, how: Say::new(vi, en), by_place: true, stays: Vec::new() }
    }
}

/// Whether somebody is a native of a locality of the day. Their unit of origin is followed along the lineage: it counts
/// when it is the locality or lies below it, also with a part of what was divided, since nobody recorded which part was
/// meant. One that reaches beyond the locality tells nothing of it. Otherwise the years of work count, where the
/// province says so: those in units that wholly became the locality or units below it.
pub fn native_of(locality: &Locality, roots: &Roots, rule: &NativeRule, places: &Places) -> NativeVerdict {
    let definition = match &rule.definition {
        Ok(definition) => *definition,
        Err(how) => {
            let how = how.clone();
            return NativeVerdict { native: None, how, by_place: false, stays: Vec::new() };
        }
    };
    let name = locality.name;
    let origin = roots.native_unit.map(|unit| places.lies(unit, locality));
    match origin {
        Some(Lies::Within) => {
            let (vi, en) = (format!("Quê quán thuộc {name}"), format!("The native unit lies in {name}"));
            return NativeVerdict::new(Some(true), vi, en);
        }
        Some(Lies::Partly) => {
            let vi = format!("Quê quán đã được chia; một phần thuộc {name}");
            let en = format!("The native unit was divided, and a part of it lies in {name}");
            return NativeVerdict::new(Some(true), vi, en);
        }
        _ => {}
    }
    let (vi, en) = match origin {
        Some(Lies::Elsewhere) => (format!("Quê quán không thuộc {name}"), format!("The native unit is not in {name}")),
        Some(Lies::Beyond) => (
            format!("Quê quán ghi ở cấp cao hơn {name}, chưa rõ có thuộc địa bàn không"),
            format!("The native unit is of a higher level than {name} and does not tell whether it was there"),
        ),
        Some(_) => (
            "Không rõ đơn vị quê quán nay thuộc đơn vị nào".to_owned(),
            "It is not known what became of the native unit".to_owned(),
        ),
        None => ("Hồ sơ chưa ghi đơn vị quê quán".to_owned(), "The record has no native unit".to_owned()),
    };
    let elsewhere = (origin == Some(Lies::Elsewhere)).then_some(false);
    if definition == Definition::NativePlace {
        return NativeVerdict::new(elsewhere, vi, en);
    }
    let worked = |(at, stay): (usize, &Stay)| (places.lies(stay.unit, locality) == Lies::Within).then_some(at);
    let stays: Vec<usize> = roots.stays.iter().enumerate().filter_map(worked).collect();
    let months: u32 = stays.iter().filter_map(|at| roots.stays.get(*at)).map(|stay| stay.months).sum();
    let verdict = match &rule.years {
        None => NativeVerdict::new(
            None,
            format!("{vi}; tỉnh chưa quy định số năm công tác"),
            format!("{en}; the province has not set the years of work"),
        ),
        Some(years) => {
            let (enough, years) = (months >= years.value.saturating_mul(12), years.value);
            NativeVerdict::new(
                if enough { Some(true) } else { elsewhere },
                format!("{vi}; công tác {months} tháng ở {name}, quy định {years} năm"),
                format!("{en}; {months} months of work in {name}, the rule says {years} years"),
            )
        }
    };
    NativeVerdict { stays, ..verdict }
}

#[cfg(test)]
mod tests;

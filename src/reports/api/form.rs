//! The form of an answer: JSON, or CSV where `Accept` prefers it.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;

use crate::platform::error::{Error, Result, code};
use crate::platform::http::Answer;

/// In which form an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// `application/json`: unless something else is asked for.
    Json,
    /// `text/csv`.
    Csv,
}

impl FromRequest for Wanted {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let lines = req.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
        let accept: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        std::future::ready(wanted(&accept).ok_or_else(|| {
            Error::new(code::NOT_ACCEPTABLE)
                .detail("Có application/json và text/csv", "There is application/json and text/csv")
        }))
    }
}

/// The form that ranges of media types prefer; `None` where they take neither.
fn wanted(ranges: &[&str]) -> Option<Wanted> {
    if ranges.iter().all(|range| range.trim().is_empty()) {
        return Some(Wanted::Json);
    }
    let (json, csv) = (weight(ranges, "application", "json"), weight(ranges, "text", "csv"));
    if json <= 0.0 && csv <= 0.0 {
        None
    } else if csv > json {
        Some(Wanted::Csv)
    } else {
        Some(Wanted::Json)
    }
}

/// The weight of a media type: that of the most exact range that holds it.
fn weight(ranges: &[&str], kind: &str, subtype: &str) -> f32 {
    let exactness = |name: &str| {
        let (left, right) = name.split_once('/').unwrap_or((name, "*"));
        match (left.trim(), right.trim()) {
            (l, r) if l.eq_ignore_ascii_case(kind) && r.eq_ignore_ascii_case(subtype) => Some(2),
            (l, "*") if l.eq_ignore_ascii_case(kind) => Some(1),
            ("*", "*") => Some(0),
            _ => None,
        }
    };
    let held = ranges.iter().filter_map(|range| {
        let mut parts = range.split(';');
        let exactness = exactness(parts.next().unwrap_or_default())?;
        let quality = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        Some((exactness, quality.unwrap_or(0.0)))
    });
    held.max_by_key(|(exactness, _)| *exactness).map_or(0.0, |(_, quality)| quality)
}

impl Wanted {
    /// The report in this form.
    pub fn answer<T: Serialize>(self, report: &T, table: impl FnOnce(&T) -> Table) -> Result<Answer> {
        match self {
            Self::Json => Answer::value(report),
            Self::Csv => Ok(Answer::csv(table(report).text()?)),
        }
    }
}

/// A table for spreadsheets: a header, then rows of as many cells.
#[derive(Debug)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// With these columns.
    pub fn headed<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self(vec![columns.into_iter().map(str::to_owned).collect()])
    }

    /// One more row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().map(harmless).collect());
    }

    fn text(&self) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &self.0 {
            writer.write_record(row).map_err(Error::internal)?;
        }
        writer.into_inner().map_err(|error| Error::internal(error.to_string()))
    }
}

/// A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it text.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_what_accept_prefers() {
        for (accept, expected) in [
            ("", Some(Wanted::Json)),
            ("*/*", Some(Wanted::Json)),
            ("application/json", Some(Wanted::Json)),
            ("text/csv", Some(Wanted::Csv)),
            ("Text/CSV; charset=utf-8", Some(Wanted::Csv)),
            ("text/*", Some(Wanted::Csv)),
            ("text/csv, application/json", Some(Wanted::Json)),
            ("application/json;q=0.5, text/csv", Some(Wanted::Csv)),
            ("text/html, */*;q=0.8", Some(Wanted::Json)),
            ("application/json;q=0, */*", Some(Wanted::Csv)),
            ("text/html", None),
            ("application/pdf, image/*", None),
            ("text/csv;q=0", None),
        ] {
            assert_eq!(wanted(&accept.split(',').collect::<Vec<_>>()), expected, "{accept}");
        }
    }

    /// I19: a cell that begins like a formula becomes text.
    #[test]
    fn cells_are_no_formulas() {
        let mut table = Table::headed(["a", "b"]);
        table.row(["=1+1".to_owned(), "Xã \"Na, Sang\"".to_owned()]);
        table.row(["@x".to_owned(), "2-1".to_owned()]);
        let text = String::from_utf8(table.text().unwrap()).unwrap();
        assert_eq!(text, "a,b\n'=1+1,\"Xã \"\"Na, Sang\"\"\"\n'@x,2-1\n");
    }
}

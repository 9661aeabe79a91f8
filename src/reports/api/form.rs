//! The form of an answer: JSON, or CSV where `Accept` prefers it.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;

use crate::platform::error::{Error, Result, code};
use crate::platform::http::{Answer, accept};

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
        let forms = [("application", "json"), ("text", "csv")];
        let wanted = accept::preferred(req, &forms).map(|place| if place == 0 { Self::Json } else { Self::Csv });
        std::future::ready(wanted.ok_or_else(|| {
            Error::new(code::NOT_ACCEPTABLE)
                .detail("Có application/json và text/csv", "There is application/json and text/csv")
        }))
    }
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

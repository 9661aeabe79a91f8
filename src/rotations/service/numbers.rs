//! The number of a new case or plan.

use crate::platform::db::Tx;
use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::rotations::store::{self, Series};

/// The number that the caller gives, which must not look like one of canbo's own; else the next of the year.
pub(super) async fn number(tx: &mut Tx, given: Option<&String>, series: Series) -> Result<String> {
    let prefix = series.prefix();
    match given {
        Some(number) if number.starts_with(prefix) => {
            let message =
                Say::new(format!("Số {prefix}... do hệ thống cấp"), format!("Numbers {prefix}... are given by canbo"));
            Err(Error::refused(vec![Finding::new("/number", code::BAD_FORMAT, message)]))
        }
        Some(number) => Ok(number.clone()),
        None => store::next_number(tx, series).await,
    }
}

//! Who may be the person that is to be registered.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::records::visible;
use crate::cadres::model::{CadreId, Namesake, PersonalData};
use crate::identity::Scope;
use crate::platform::error::Result;
use crate::platform::text;
use crate::schema::cadres;

/// Those whom the scope reaches that have the name and the day of birth of one of these people. Of others nothing is
/// told: they are found by their number alone.
pub async fn namesakes(conn: &mut AsyncPgConnection, scope: &Scope, people: &[&PersonalData]) -> Result<Vec<Namesake>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let births: Vec<NaiveDate> = people.iter().map(|person| person.born_on).collect();
    let names: Vec<String> = people.iter().map(|person| text::search_key(&person.full_name)).collect();
    let rows: Vec<(CadreId, String, NaiveDate, Option<String>)> = visible(scope)
        .filter(cadres::born_on.eq_any(births).and(cadres::search_key.eq_any(names)))
        .order(cadres::id)
        .select((cadres::id, cadres::full_name, cadres::born_on, cadres::native_place))
        .load(conn)
        .await?;
    let known = |(id, full_name, born_on, native_place)| Namesake { id, full_name, born_on, native_place };
    Ok(rows.into_iter().map(known).collect())
}

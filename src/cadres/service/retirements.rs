//! When people retire: one truth for this room, for the status of posts below it and for the rules of rooms above it.

use std::collections::HashMap;

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::cadres::model::{CadreId, Particular, Person, Retirement};
use crate::cadres::{rules, store};
use crate::platform::db::Tx;
use crate::platform::error::Result;
use crate::posts;
use crate::regulations::Rulebook;

/// When each of these people retires, by the rules of the day of the book and what is decided for them on it: one query,
/// however many they are. Who is not among the answers has no decision, and no schedule holds.
pub async fn retirement_days<'a>(
    conn: &mut AsyncPgConnection,
    people: impl IntoIterator<Item = &'a Person>,
    book: &Rulebook,
) -> Result<HashMap<CadreId, Retirement>> {
    let people: Vec<&Person> = people.into_iter().collect();
    let ids: Vec<CadreId> = people.iter().map(|person| person.id).collect();
    let decided = store::decided_retirements(conn, &ids).await?.into_iter();
    let decided: HashMap<CadreId, Particular> = decided
        .filter(|(_, fact)| fact.during.holds(book.day))
        .map(|(cadre, fact)| (cadre, Particular::from(fact)))
        .collect();
    let day = |person: &Person| rules::retirement(person.born_on, person.sex, decided.get(&person.id), book);
    Ok(people.into_iter().filter_map(|person| Some((person.id, day(person)?))).collect())
}

/// Tells the posts room what the files of these people say of their retirement: after every change of such a particular.
pub(super) async fn tell_retirements(tx: &mut Tx, people: &[CadreId]) -> Result<()> {
    let decided = store::decided_retirements(tx.conn(), people).await?;
    let ids: Vec<Uuid> = people.iter().map(|cadre| cadre.0).collect();
    let days: Vec<_> = decided
        .iter()
        .filter_map(|(cadre, fact)| Some((cadre.0, fact.during, rules::decided_day(&fact.content.text)?.0)))
        .collect();
    posts::keep_retirements(tx, &ids, &days).await
}

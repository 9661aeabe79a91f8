//! Which events a caller is told, and from what their days follow.

use std::collections::BTreeMap;

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::model::{CalendarEvent, Grounds, Reading, Wish};
use super::store::After;
use super::{rules, store};
use crate::identity::model::Permission;
use crate::identity::{Caller, Scope};
use crate::platform::App;
use crate::platform::error::{Error, Finding, Result, Say, code};
use crate::platform::http::Paging;
use crate::regulations::{self, Parameter};

/// Events of one calendar file: programs that read calendars know no pages.
const WHOLE: i64 = 5000;

/// The units in which the caller may read something that has days, each with what: a statement for each different scope,
/// which is one for most.
async fn seen<P>(conn: &mut AsyncPgConnection, caller: &Caller<P>) -> Result<Vec<(Uuid, i32)>> {
    let mut scopes: Vec<(Scope, i32)> = Vec::new();
    for (permission, bit) in [
        (Permission::ReadRotations, Reading::ROTATIONS),
        (Permission::ReadPosts, Reading::POSTS),
        (Permission::ReadCadres, Reading::CADRES),
        (Permission::ReadTraining, Reading::TRAINING),
        (Permission::ReadUnits, Reading::UNITS),
    ] {
        let Some(scope) = caller.scope_for(permission).filter(Scope::reaches_units) else { continue };
        match scopes.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, mask)) => *mask |= bit,
            None => scopes.push((scope, bit)),
        }
    }
    let mut seen: BTreeMap<Uuid, i32> = BTreeMap::new();
    for (scope, mask) in scopes {
        for unit in store::units(conn, &scope).await? {
            *seen.entry(unit).or_default() |= mask;
        }
    }
    Ok(seen.into_iter().collect())
}

/// What the days follow from, by the rules of today.
async fn grounds<P>(conn: &mut AsyncPgConnection, app: &App, caller: &Caller<P>, wish: &Wish) -> Result<Grounds> {
    let today = app.clock.today();
    let book = regulations::on(conn, today).await?;
    let ages = book.retirement();
    Ok(Grounds {
        today,
        rotation: book.number("rotation.minimum_months"),
        retiring: ages.as_ref().map(|ages| rules::retiring(&ages.value, wish.from, wish.to)).unwrap_or_default(),
        ages: ages.map(|Parameter { citation, confirmed, .. }| Parameter { value: (), citation, confirmed }),
        regulations: caller.scope_for(Permission::ReadRegulations).is_some(),
    })
}

/// A page of the events that the caller may see.
pub async fn events<P>(
    app: &App,
    caller: &Caller<P>,
    wish: &Wish,
    paging: &Paging,
) -> Result<(Vec<CalendarEvent>, Option<i64>)> {
    let mut conn = app.db.read().await?;
    let (seen, grounds) = (seen(&mut conn, caller).await?, grounds(&mut conn, app, caller, wish).await?);
    let after: Option<After> = match (paging.key(0)?, paging.key(1)?, paging.key(2)?) {
        (Some(day), Some(kind), Some(id)) => Some((day, kind, id)),
        _ => None,
    };
    let found = store::events(&mut conn, &seen, wish, &grounds, after, paging.fetch()).await?;
    let total = if paging.count { Some(store::count(&mut conn, &seen, wish, &grounds).await?) } else { None };
    Ok((found.into_iter().map(|one| rules::told(one, &grounds)).collect(), total))
}

/// All events of the span that the caller may see; refused where there are too many for one file.
pub async fn all_events<P>(app: &App, caller: &Caller<P>, wish: &Wish) -> Result<Vec<CalendarEvent>> {
    let mut conn = app.db.read().await?;
    let (seen, grounds) = (seen(&mut conn, caller).await?, grounds(&mut conn, app, caller, wish).await?);
    let found = store::events(&mut conn, &seen, wish, &grounds, None, WHOLE + 1).await?;
    if i64::try_from(found.len()).unwrap_or(i64::MAX) > WHOLE {
        let say = Say::new(format!("Hơn {WHOLE} sự kiện"), format!("More than {WHOLE} events"));
        return Err(Error::new(code::INVALID_QUERY).with(Finding::new("to", code::OUT_OF_RANGE, say)));
    }
    Ok(found.into_iter().map(|one| rules::told(one, &grounds)).collect())
}

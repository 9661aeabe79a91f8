//! Whether a caller may see a person, and what is sensitive of them.

use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Sight;
use super::records::visible;
use crate::cadres::model::{CadreId, FactStance};
use crate::identity::Scope;
use crate::platform::error::{Error, Result};
use crate::schema::cadres;

/// The record of a person of whom the caller may see what is sensitive, as a subquery.
pub fn sensitive(sight: &Sight, id: CadreId) -> cadres::BoxedQuery<'static, Pg> {
    let own: Vec<Uuid> = sight.own.into_iter().collect();
    visible(&sight.scope)
        .filter(cadres::id.eq(id))
        .filter(cadres::unit_id.eq_any(sight.sensitive.units()).or(cadres::id.eq_any(own)))
}

/// Refuses as not found unless the record is one that the scope reaches.
pub async fn see(conn: &mut AsyncPgConnection, scope: &Scope, id: CadreId) -> Result<()> {
    seen(diesel::select(exists(visible(scope).filter(cadres::id.eq(id)))).get_result(conn).await?)
}

/// The same for a part of the file: what is sensitive needs the permission for it too.
pub async fn see_kind(conn: &mut AsyncPgConnection, sight: &Sight, id: CadreId, is_sensitive: bool) -> Result<()> {
    if is_sensitive {
        seen(diesel::select(exists(sensitive(sight, id))).get_result(conn).await?)
    } else {
        see(conn, &sight.scope, id).await
    }
}

/// What a caller with this sight, who keeps the files of these units, is to the facts of a person.
pub async fn fact_stance(conn: &mut AsyncPgConnection, sight: &Sight, kept: &Scope, id: CadreId) -> Result<FactStance> {
    let found: Option<(bool, bool)> = visible(&sight.scope)
        .filter(cadres::id.eq(id))
        .select((cadres::unit_id.eq_any(kept.units()), cadres::unit_id.eq_any(sight.sensitive.units())))
        .first(conn)
        .await
        .optional()?;
    let own = sight.own == Some(id.0);
    let (keeps, sees) = found.unwrap_or_default();
    Ok(FactStance { own, keeps, sees: sees || own })
}

fn seen(found: bool) -> Result<()> {
    if found { Ok(()) } else { Err(Error::not_found()) }
}

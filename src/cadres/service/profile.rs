//! The whole file of a person in one answer.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::facts::stance;
use super::in_roles;
use crate::cadres::model::{CadreId, DerivedFacts, Profile};
use crate::cadres::rules;
use crate::cadres::store::{self, Entries, Sight};
use crate::identity::model::Permission;
use crate::identity::{Caller, Scope};
use crate::organisations;
use crate::organisations::model::UnitId;
use crate::platform::App;
use crate::platform::error::Result;
use crate::posts::{self, PostId, Seat};
use crate::regulations;

/// Everything about a person as of a day, as known on an instant.
pub async fn profile<P>(
    app: &App,
    caller: &Caller<P>,
    id: CadreId,
    day: NaiveDate,
    known_at: Option<DateTime<Utc>>,
) -> Result<Profile> {
    whole(app, caller, id, day, known_at, "get_cadre_profile").await
}

/// What follows from a person's file on a day: that part of the profile.
pub async fn derived_facts<P>(app: &App, caller: &Caller<P>, id: CadreId, day: NaiveDate) -> Result<DerivedFacts> {
    let whole = whole(app, caller, id, day, None, "get_derived_facts").await?;
    Ok(DerivedFacts { as_of: day, data: whole.derived })
}

/// Eight queries, nine with an instant, however much is in the file.
async fn whole<P>(
    app: &App,
    caller: &Caller<P>,
    id: CadreId,
    day: NaiveDate,
    known_at: Option<DateTime<Utc>>,
    action: &str,
) -> Result<Profile> {
    let mut conn = app.db.read().await?;
    let sight = Sight::of(caller);
    let cadre = match known_at {
        None => store::find_cadre(&mut conn, &sight, id, day).await?,
        Some(instant) => store::find_cadre_known(&mut conn, &sight, id, day, instant).await?,
    };
    let which = Entries { day, known_at, paging: None };
    let file = store::file(&mut conn, &sight, id, which).await?;
    let (cadre, mut file) = cadre.and(file).read_by(&app.db, caller.actor(), action, in_roles(caller))?;
    // Nothing is done with what was known once.
    if known_at.is_none() {
        file = file.met_by(stance(&mut conn, caller, caller.scope_for(Permission::ManageCadres), id).await?);
    }
    let (mut career, _) = posts::careers(&mut conn, id.0, day, known_at, None).await?;
    // The holder by the name that was known, too.
    for held in &mut career {
        held.cadre.label.clone_from(&cadre.full_name);
    }
    let (qualifications, _) = store::qualifications(&mut conn, id, which).await?;
    let (plannings, _) = store::plannings(&mut conn, id, which).await?;
    // Who may see a person may see what they held, wherever.
    let held: Vec<PostId> = career.iter().map(|held| PostId(held.post.id)).collect();
    let seats = posts::seats(&mut conn, &Scope::everything(), &held).await?;
    let seats: HashMap<PostId, Seat> = seats.into_iter().map(|seat| (seat.id, seat)).collect();
    let mut units: Vec<UnitId> = career.iter().map(|held| UnitId(held.unit.id)).collect();
    units.extend(cadre.native_unit.as_ref().map(|unit| UnitId(unit.id)));
    let places = organisations::places(&mut conn, &units, day).await?;
    let book = regulations::on(&mut conn, day).await?;
    let decided = file.decided_retirement()?;
    // The ethnic group is there for those alone who may see what is sensitive.
    let open = cadre.ethnic_group.is_some();
    let mut profile = Profile {
        as_of: day,
        known_at,
        cadre,
        posts: career.iter().filter(|held| held.during.holds(day)).cloned().collect(),
        career,
        qualifications,
        plannings,
        assessments: file.take()?,
        rewards: file.take()?,
        ranks: file.take()?,
        disciplines: open.then(|| file.take()).transpose()?,
        memberships: open.then(|| file.take()).transpose()?,
        health_certificates: open.then(|| file.take()).transpose()?,
        relatives: open.then(|| file.take()).transpose()?,
        residences: open.then(|| file.take()).transpose()?,
        particulars: open.then(|| file.take()).transpose()?,
        derived: Vec::new(),
        codes: Vec::new(),
    };
    profile.derived = rules::derive(&rules::Known {
        day,
        born_on: profile.cadre.born_on,
        sex: profile.cadre.sex,
        career: &profile.career,
        seats: &seats,
        native_unit: profile.cadre.native_unit.as_ref().map(|unit| UnitId(unit.id)),
        native_name: profile.cadre.native_unit.as_ref().map(|unit| unit.label.as_str()),
        places: &places,
        decided_retirement: decided.as_ref(),
        disciplines: profile.disciplines.as_deref(),
        book: &book,
    });
    profile.codes = rules::codes_used(&profile);
    Ok(profile)
}

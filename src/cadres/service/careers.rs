//! Recording what happened to many people, after the fact, in one change: for whoever brings files over from elsewhere.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::register::opened;
use crate::cadres::model::{CadreId, Closing, FileState, InitialAppointment, Person};
use crate::cadres::{rules, store};
use crate::identity::{Caller, scope};
use crate::platform::App;
use crate::platform::db::{Effect, Entry, Outcome, Tx};
use crate::platform::error::{Error, Finding, Findings, Result, code};
use crate::posts::{self, PostId, Seat};

/// Records appointments that ended, then such that began, all or none; gives how many.
pub async fn record_careers(
    app: &App,
    caller: &Caller,
    closings: &[Closing],
    openings: &[(CadreId, InitialAppointment)],
) -> Result<Outcome<usize>> {
    app.db
        .change(caller, "record_careers", async |tx| {
            scope::hold_tree(tx).await?;
            close(tx, closings).await?;
            open(tx, caller, openings).await?;
            let count = closings.len() + openings.len();
            let first = closings.iter().map(|one| one.cadre_id).chain(openings.iter().map(|(cadre, _)| *cadre)).next();
            let first = first.map_or(Uuid::nil(), |cadre| cadre.0);
            let recorded = Effect::new("careers_recorded", "cadre", first, format!("{count} entries"), None);
            Ok((count, Entry::on("cadre", first).effects([recorded])))
        })
        .await
}

async fn close(tx: &mut Tx, closings: &[Closing]) -> Result<()> {
    let Some(earliest) = closings.iter().map(|one| one.before).min() else { return Ok(()) };
    let held: Vec<PostId> = closings.iter().map(|one| one.post_id).collect();
    let eve = earliest.pred_opt().unwrap_or(earliest);
    let standing = posts::standing(tx.conn(), &held, &[], eve).await?;
    let mut findings = Findings::new();
    let mut groups: BTreeMap<(NaiveDate, &str), Vec<posts::AppointmentId>> = BTreeMap::new();
    for (index, one) in closings.iter().enumerate() {
        let last = one.before.pred_opt();
        let found = standing.iter().find(|held| {
            held.cadre_id == one.cadre_id.0
                && held.post_id == one.post_id
                && last.is_some_and(|day| held.during.holds(day))
        });
        match found {
            Some(held) => groups.entry((one.before, &one.reason)).or_default().push(held.id),
            None => findings.push(Finding::plain(format!("/closings/{index}/post_id"), code::NOT_HELD)),
        }
    }
    findings.settle()?;
    for ((before, reason), ids) in groups {
        posts::close(tx, &ids, before, reason, None).await?;
    }
    Ok(())
}

async fn open(tx: &mut Tx, caller: &Caller, openings: &[(CadreId, InitialAppointment)]) -> Result<()> {
    let entered: Vec<PostId> = openings.iter().map(|(_, held)| held.post_id).collect();
    let mut ids: Vec<CadreId> = openings.iter().map(|(cadre, _)| *cadre).collect();
    ids.sort_unstable();
    ids.dedup();
    let seats = posts::seats(tx.conn(), caller.scope(), &entered).await?;
    let seats: HashMap<PostId, Seat> = seats.into_iter().map(|seat| (seat.id, seat)).collect();
    let people = store::people(tx.conn(), caller.scope(), &ids).await?;
    let people: HashMap<CadreId, Person> = people.into_iter().map(|person| (person.id, person)).collect();
    let today = tx.today();
    let mut findings = Findings::new();
    let mut rows = Vec::with_capacity(openings.len());
    for (index, (cadre, held)) in openings.iter().enumerate() {
        let at = format!("/openings/{index}");
        let Some(person) = people.get(cadre) else {
            findings.push(Finding::plain(format!("{at}/cadre_id"), code::UNKNOWN_REFERENCE));
            continue;
        };
        let seat = seats.get(&held.post_id);
        for finding in rules::appointment(held, seat, person.status, today) {
            findings.push(finding.under(&at));
        }
        if let Some(seat) = seat {
            rows.push(opened(held, seat, person.holder()));
        }
    }
    findings.settle()?;
    posts::open(tx, &rows).await?;
    Ok(())
}

/// Sets the unit and the status of files, all or none.
pub async fn settle_files(app: &App, caller: &Caller, states: &[FileState]) -> Result<Outcome<usize>> {
    app.db
        .change(caller, "settle_files", async |tx| {
            store::settle_files(tx, states).await?;
            let first = states
                .iter()
                .map(|state| state.cadre_id.0)
                .next()
                .ok_or_else(|| Error::internal("no files to settle"))?;
            let settled = Effect::new("files_settled", "cadre", first, format!("{} files", states.len()), None);
            Ok((states.len(), Entry::on("cadre", first).effects([settled])))
        })
        .await
}

//! What the units propose when they are asked.

use super::papers::{lock_for_paper, write};
use crate::cadres;
use crate::identity::Caller;
use crate::platform::App;
use crate::platform::db::Outcome;
use crate::platform::error::{Error, Result, code};
use crate::platform::http::page::Ref;
use crate::posts;
use crate::rotations::model::{Nomination, NominationContent, Paper, PaperContent, PaperKind, RotationId};
use crate::rotations::{rules, store};

/// Records whom a unit proposes for a case, by who speaks for the unit that keeps the person's file.
pub async fn record_nomination(
    app: &App,
    caller: &Caller,
    id: RotationId,
    nomination: &Nomination,
) -> Result<Outcome<Paper<NominationContent>>> {
    app.db
        .change(caller, NominationContent::RECORDING, async |tx| {
            let rotation = lock_for_paper(tx, caller, id, PaperKind::Nomination).await?;
            if caller.cadre_id() == Some(nomination.cadre_id.0) {
                return Err(Error::new(code::OWN_CASE));
            }
            // Those whose files are kept where the caller speaks for the unit.
            let people = cadres::people(tx.conn(), caller.scope(), &[nomination.cadre_id]).await?;
            let named: Vec<_> = nomination.post_id.into_iter().collect();
            let seats = posts::seats(tx.conn(), caller.scope(), &named).await?;
            let named = seats.first().map(|seat| seat.title_id).or(nomination.title_id);
            let titles = posts::title_refs(tx.conn(), &named.into_iter().collect::<Vec<_>>()).await?;
            let (person, seat, title) = (people.first(), seats.first(), titles.into_iter().next());
            let found = rules::nomination(nomination, person, seat, title.as_ref(), tx.today());
            let person = match person {
                Some(person) if found.is_empty() => person,
                _ => return Err(Error::refused(found)),
            };
            let unit = store::unit_refs(tx, &[person.unit_id]).await?.into_iter().next();
            let unit = unit.ok_or_else(|| Error::internal("a file is kept by a unit"))?;
            let content = NominationContent {
                unit,
                title,
                post: seat.map(|seat| Ref::new(seat.id, &*seat.label)),
                reason: nomination.reason.clone(),
                nominated_on: nomination.nominated_on,
                number: nomination.number.clone(),
            };
            write(tx, caller, &rotation, Some(nomination.cadre_id), &content).await
        })
        .await
}

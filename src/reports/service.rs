//! Making the reports: what may be seen, what is counted, in which order it is told.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::model::{
    Figures, ReportFrame, RotationGroup, RotationReport, RotationReportKind, RotationReportRow, Span, Tally, Telling,
    TrainingGroup, TrainingReport, TrainingReportKind, TrainingReportRow,
};
use super::store::{self, Slice};
use crate::identity::Caller;
use crate::identity::model::Permission;
use crate::platform::App;
use crate::platform::error::{Error, Result};
use crate::platform::http::page::Ref;
use crate::rotations::{Direction, MoveKind};
use crate::training::TrainingKind;

fn unknown(name: &str) -> Error {
    Error::internal(format!("a report counts the unknown {name}"))
}

/// The figures of a report without rows.
fn nothing(open: &[uuid::Uuid]) -> Figures {
    Figures::of(&Tally { open: !open.is_empty(), ..Tally::default() })
}

/// The units that rows by unit are about, by their names in the frame.
async fn units_of(
    conn: &mut AsyncPgConnection,
    slices: &[(Slice, Tally)],
    frame: ReportFrame,
    last: NaiveDate,
    today: NaiveDate,
) -> Result<HashMap<String, Ref>> {
    let units = slices.iter().filter_map(|(slice, _)| match slice {
        Slice::Detail(_, unit) => Some(unit.parse().map_err(|_| unknown(unit))),
        Slice::Kind(_) | Slice::Overall => None,
    });
    let units: Vec<Uuid> = units.collect::<Result<_>>()?;
    let on = if frame == ReportFrame::Now { today } else { last };
    let names = store::unit_names(conn, &units, on).await?;
    Ok(names.into_iter().map(|(unit, name)| (unit.to_string(), name)).collect())
}

/// Moves that took effect in the span and touch its unit, which must be in the caller's scope.
pub async fn rotations<P>(
    app: &App,
    caller: &Caller<P>,
    span: Span,
    telling: Telling<RotationGroup>,
) -> Result<RotationReport> {
    let mut conn = app.db.read().await?;
    let unit = store::unit(&mut conn, caller.scope(), span.unit).await?;
    let reach = caller.scope_for(Permission::ReadSensitive);
    let open = store::open_units(&mut conn, reach.as_ref()).await?;
    let (mut rows, mut kinds, mut overall) = (Vec::new(), Vec::new(), nothing(&open));
    let slices = store::rotations(&mut conn, span, telling, &open).await?;
    let Telling { group, frame, today } = telling;
    let units = match group {
        RotationGroup::Unit => units_of(&mut conn, &slices, frame, span.to, today).await?,
        RotationGroup::Direction | RotationGroup::Year => HashMap::new(),
    };
    for (slice, tally) in slices {
        let figures = Figures::of(&tally);
        match slice {
            Slice::Detail(kind, detail) => {
                let kind = MoveKind::of(&kind).ok_or_else(|| unknown(&kind))?;
                let (direction, year, unit) = match group {
                    RotationGroup::Direction => (Direction::of(&detail), None, None),
                    RotationGroup::Year => (None, detail.parse().ok(), None),
                    RotationGroup::Unit => (None, None, units.get(&detail).cloned()),
                };
                if direction.is_none() && year.is_none() && unit.is_none() {
                    return Err(unknown(&detail));
                }
                rows.push(RotationReportRow { kind, direction, year, unit, figures });
            }
            Slice::Kind(kind) => {
                let kind = MoveKind::of(&kind).ok_or_else(|| unknown(&kind))?;
                kinds.push(RotationReportKind { kind, figures });
            }
            Slice::Overall => overall = figures,
        }
    }
    rows.sort_by_cached_key(|row| (row.kind, row.direction, row.year, placed(row.unit.as_ref())));
    kinds.sort_by_key(|row| row.kind);
    Ok(RotationReport { from: span.from, to: span.to, unit, group, frame, rows, kinds, overall })
}

/// Where a unit stands among the rows: by name, then by id.
fn placed(unit: Option<&Ref>) -> Option<(String, Uuid)> {
    unit.map(|unit| (unit.label.clone(), unit.id))
}

/// Courses passed in the span by people of its unit, which must be in the caller's scope.
pub async fn training<P>(
    app: &App,
    caller: &Caller<P>,
    span: Span,
    telling: Telling<TrainingGroup>,
) -> Result<TrainingReport> {
    let mut conn = app.db.read().await?;
    let unit = store::unit(&mut conn, caller.scope(), span.unit).await?;
    let reach = caller.scope_for(Permission::ReadSensitive);
    let open = store::open_units(&mut conn, reach.as_ref()).await?;
    let (mut rows, mut kinds, mut overall) = (Vec::new(), Vec::new(), nothing(&open));
    let slices = store::training(&mut conn, span, telling, &open).await?;
    let Telling { group, frame, today } = telling;
    let units = match group {
        TrainingGroup::Unit => units_of(&mut conn, &slices, frame, span.to, today).await?,
        TrainingGroup::Level => HashMap::new(),
    };
    for (slice, tally) in slices {
        let figures = Figures::of(&tally);
        match slice {
            Slice::Detail(kind, detail) => {
                let kind = TrainingKind::of(&kind).ok_or_else(|| unknown(&kind))?;
                let (level, unit) = match group {
                    TrainingGroup::Level => (Some(detail), None),
                    TrainingGroup::Unit => (None, Some(units.get(&detail).cloned().ok_or_else(|| unknown(&detail))?)),
                };
                rows.push(TrainingReportRow { kind, level, unit, figures });
            }
            Slice::Kind(kind) => {
                let kind = TrainingKind::of(&kind).ok_or_else(|| unknown(&kind))?;
                kinds.push(TrainingReportKind { kind, figures });
            }
            Slice::Overall => overall = figures,
        }
    }
    rows.sort_by_cached_key(|row| {
        let rank = row.level.as_deref().map(|level| row.kind.rank_of(level));
        (row.kind, rank, row.level.clone(), placed(row.unit.as_ref()))
    });
    kinds.sort_by_key(|row| row.kind);
    Ok(TrainingReport { from: span.from, to: span.to, unit, group, frame, rows, kinds, overall })
}

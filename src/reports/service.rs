//! Making the reports: what may be seen, what is counted, in which order it is told.

use super::model::{
    Figures, RotationGroup, RotationReport, RotationReportKind, RotationReportRow, Span, Tally, TrainingReport,
    TrainingReportKind, TrainingReportRow,
};
use super::store::{self, Slice};
use crate::identity::Caller;
use crate::identity::model::Permission;
use crate::platform::App;
use crate::platform::error::{Error, Result};
use crate::rotations::{Direction, MoveKind};
use crate::training::TrainingKind;

fn unknown(name: &str) -> Error {
    Error::internal(format!("a report counts the unknown {name}"))
}

/// The figures of a report without rows.
fn nothing(open: &[uuid::Uuid]) -> Figures {
    Figures::of(&Tally { open: !open.is_empty(), ..Tally::default() })
}

/// Moves that took effect in the span and touch its unit, which must be in the caller's scope.
pub async fn rotations<P>(app: &App, caller: &Caller<P>, span: Span, group: RotationGroup) -> Result<RotationReport> {
    let mut conn = app.db.read().await?;
    let unit = store::unit(&mut conn, caller.scope(), span.unit).await?;
    let reach = caller.scope_for(Permission::ReadSensitive);
    let open = store::open_units(&mut conn, reach.as_ref()).await?;
    let (mut rows, mut kinds, mut overall) = (Vec::new(), Vec::new(), nothing(&open));
    for (slice, tally) in store::rotations(&mut conn, span, group, &open).await? {
        let figures = Figures::of(&tally);
        match slice {
            Slice::Detail(kind, detail) => {
                let kind = MoveKind::of(&kind).ok_or_else(|| unknown(&kind))?;
                let (direction, year) = match group {
                    RotationGroup::Direction => (Direction::of(&detail), None),
                    RotationGroup::Year => (None, detail.parse().ok()),
                };
                if direction.is_none() && year.is_none() {
                    return Err(unknown(&detail));
                }
                rows.push(RotationReportRow { kind, direction, year, figures });
            }
            Slice::Kind(kind) => {
                let kind = MoveKind::of(&kind).ok_or_else(|| unknown(&kind))?;
                kinds.push(RotationReportKind { kind, figures });
            }
            Slice::Overall => overall = figures,
        }
    }
    rows.sort_by_key(|row| (row.kind, row.direction, row.year));
    kinds.sort_by_key(|row| row.kind);
    Ok(RotationReport { from: span.from, to: span.to, unit, group, rows, kinds, overall })
}

/// Courses passed in the span by people of its unit, which must be in the caller's scope.
pub async fn training<P>(app: &App, caller: &Caller<P>, span: Span) -> Result<TrainingReport> {
    let mut conn = app.db.read().await?;
    let unit = store::unit(&mut conn, caller.scope(), span.unit).await?;
    let reach = caller.scope_for(Permission::ReadSensitive);
    let open = store::open_units(&mut conn, reach.as_ref()).await?;
    let (mut rows, mut kinds, mut overall) = (Vec::new(), Vec::new(), nothing(&open));
    for (slice, tally) in store::training(&mut conn, span, &open).await? {
        let figures = Figures::of(&tally);
        match slice {
            Slice::Detail(kind, level) => {
                let kind = TrainingKind::of(&kind).ok_or_else(|| unknown(&kind))?;
                rows.push(TrainingReportRow { kind, level, figures });
            }
            Slice::Kind(kind) => {
                let kind = TrainingKind::of(&kind).ok_or_else(|| unknown(&kind))?;
                kinds.push(TrainingReportKind { kind, figures });
            }
            Slice::Overall => overall = figures,
        }
    }
    rows.sort_by_cached_key(|row| (row.kind, row.kind.rank_of(&row.level), row.level.clone()));
    kinds.sort_by_key(|row| row.kind);
    Ok(TrainingReport { from: span.from, to: span.to, unit, rows, kinds, overall })
}

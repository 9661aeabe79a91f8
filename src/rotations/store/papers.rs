//! Rows of papers: a new one of the same slot supersedes the old one.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::visible;
use crate::cadres::CadreId;
use crate::identity::{self, Scope};
use crate::platform::db::{Sealed, Tx};
use crate::platform::error::{Error, Result};
use crate::platform::http::Paging;
use crate::platform::http::page::Ref;
use crate::rotations::model::{
    DocumentContent, Paper, PaperContent, PaperId, PaperKind, RotationId, Stance, WaiverContent,
};
use crate::schema::{cadres, rotation_papers};

#[derive(Queryable)]
struct PaperRow {
    id: PaperId,
    cadre: Option<(Uuid, String)>,
    content: Value,
    recorded_at: DateTime<Utc>,
    recorded_by: Uuid,
    superseded_at: Option<DateTime<Utc>>,
}

impl PaperRow {
    fn paper<C: PaperContent>(self, names: &HashMap<Uuid, String>) -> Result<Paper<C>> {
        let by = names.get(&self.recorded_by).cloned().unwrap_or_default();
        Ok(Paper {
            id: self.id,
            cadre: self.cadre.map(|(id, name)| Ref::new(id, name)),
            content: serde_json::from_value(self.content).map_err(Error::internal)?,
            recorded_at: self.recorded_at,
            recorded_by: Ref::new(self.recorded_by, by),
            superseded_at: self.superseded_at,
        })
    }
}

/// Which papers of a case are wanted.
pub enum Which<'a> {
    /// This one.
    One(PaperId),
    /// A page of all of the kind, newest first.
    Page(&'a Paging),
    /// All of the kind, newest first.
    All,
}

/// Papers of one kind of a case that the caller may see, newest first.
pub async fn list_papers<C: PaperContent>(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    case: RotationId,
    which: Which<'_>,
) -> Result<Sealed<(Vec<Paper<C>>, Option<i64>)>> {
    let all = || {
        rotation_papers::table
            .left_join(cadres::table)
            .filter(rotation_papers::rotation_id.eq(case).and(rotation_papers::kind.eq(C::KIND.name())))
            .filter(rotation_papers::rotation_id.eq_any(visible(scope)))
            .into_boxed()
    };
    let (mut query, mut total) = (all(), None);
    match which {
        Which::One(id) => query = query.filter(rotation_papers::id.eq(id)),
        Which::All => {}
        Which::Page(paging) => {
            if let (Some(at), Some(id)) = (paging.key::<DateTime<Utc>>(0)?, paging.key::<Uuid>(1)?) {
                let same = rotation_papers::recorded_at.eq(at).and(rotation_papers::id.lt(id));
                query = query.filter(rotation_papers::recorded_at.lt(at).or(same));
            }
            query = query.limit(paging.fetch());
            if paging.count {
                total = Some(all().count().get_result(conn).await?);
            }
        }
    }
    let rows: Vec<PaperRow> = query
        .order((rotation_papers::recorded_at.desc(), rotation_papers::id.desc()))
        .select((
            rotation_papers::id,
            (cadres::id, cadres::full_name).nullable(),
            rotation_papers::content,
            rotation_papers::recorded_at,
            rotation_papers::recorded_by,
            rotation_papers::superseded_at,
        ))
        .load(conn)
        .await?;
    let by: Vec<Uuid> = rows.iter().map(|row| row.recorded_by).collect();
    let names = identity::names_of(conn, &by).await?;
    let about: Vec<Uuid> = rows.iter().filter_map(|row| row.cadre.as_ref().map(|(id, _)| *id)).collect();
    let papers = rows.into_iter().map(|row| row.paper(&names)).collect::<Result<Vec<Paper<C>>>>()?;
    Ok(Sealed::new((papers, total), about))
}

/// The papers of the dossiers of a case that stand.
pub async fn standing_documents(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    case: RotationId,
) -> Result<Sealed<Vec<Paper<DocumentContent>>>> {
    let found = list_papers::<DocumentContent>(conn, scope, case, Which::All).await?;
    found.try_map(|(papers, _)| Ok(papers.into_iter().filter(|paper| paper.superseded_at.is_none()).collect()))
}

/// The rules that the authority lets the people of a case pass, by person: each with the approval. That there is one is no
/// secret to who sees the checks of the case; why is.
pub async fn waived(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    case: RotationId,
) -> Result<HashMap<Uuid, BTreeMap<String, String>>> {
    let rows: Vec<(Option<Uuid>, Value)> = rotation_papers::table
        .filter(rotation_papers::rotation_id.eq(case).and(rotation_papers::kind.eq(PaperKind::Waiver.name())))
        .filter(rotation_papers::rotation_id.eq_any(visible(scope)).and(rotation_papers::superseded_at.is_null()))
        .select((rotation_papers::cadre_id, rotation_papers::content))
        .load(conn)
        .await?;
    let mut found: HashMap<Uuid, BTreeMap<String, String>> = HashMap::new();
    for (cadre, content) in rows {
        let WaiverContent { rule, number, issuer, .. } = serde_json::from_value(content).map_err(Error::internal)?;
        if let Some(cadre) = cadre {
            found.entry(cadre).or_default().insert(rule, format!("{number} {issuer}"));
        }
    }
    Ok(found)
}

/// Records a paper of a case; what stood in its slot is superseded.
pub async fn record_paper<C: PaperContent>(
    tx: &mut Tx,
    case: RotationId,
    cadre: Option<CadreId>,
    by: Uuid,
    content: &C,
) -> Result<PaperId> {
    let (now, id, slot) = (tx.now(), PaperId(tx.new_id()), content.slot(cadre));
    if let Some(slot) = &slot {
        let standing = rotation_papers::rotation_id
            .eq(case)
            .and(rotation_papers::kind.eq(C::KIND.name()))
            .and(rotation_papers::slot.eq(slot))
            .and(rotation_papers::superseded_at.is_null());
        diesel::update(rotation_papers::table.filter(standing))
            .set((rotation_papers::superseded_at.eq(now), rotation_papers::superseded_by.eq(by)))
            .execute(tx.conn())
            .await?;
    }
    diesel::insert_into(rotation_papers::table)
        .values((
            rotation_papers::id.eq(id),
            rotation_papers::rotation_id.eq(case),
            rotation_papers::cadre_id.eq(cadre),
            rotation_papers::kind.eq(C::KIND.name()),
            rotation_papers::slot.eq(slot),
            rotation_papers::content.eq(serde_json::to_value(content).map_err(Error::internal)?),
            rotation_papers::recorded_at.eq(now),
            rotation_papers::recorded_by.eq(by),
        ))
        .execute(tx.conn())
        .await?;
    Ok(id)
}

/// Leaves the standing papers of these people as they are and supersedes those of everybody else: others were proposed, or the same
/// for other posts. What is not about a person stays, and so does whom the units propose.
pub async fn carry_over(tx: &mut Tx, case: RotationId, stay: &[CadreId], by: Uuid) -> Result<()> {
    let now = tx.now();
    let stay: Vec<Uuid> = stay.iter().map(|cadre| cadre.0).collect();
    let gone = rotation_papers::rotation_id
        .eq(case)
        .and(rotation_papers::superseded_at.is_null())
        .and(rotation_papers::kind.ne(PaperKind::Nomination.name()))
        .and(rotation_papers::cadre_id.ne_all(stay));
    diesel::update(rotation_papers::table.filter(gone))
        .set((rotation_papers::superseded_at.eq(now), rotation_papers::superseded_by.eq(by)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What the standing papers of cases mean for their steps.
pub(super) async fn stances(
    conn: &mut AsyncPgConnection,
    cases: &[RotationId],
) -> Result<HashMap<RotationId, Vec<Stance>>> {
    let waited_for =
        [PaperKind::Conclusion, PaperKind::Opinion, PaperKind::Interview, PaperKind::Vote, PaperKind::Election];
    let rows: Vec<(RotationId, Option<Uuid>, String, Value)> = rotation_papers::table
        .filter(rotation_papers::rotation_id.eq_any(cases).and(rotation_papers::superseded_at.is_null()))
        .filter(rotation_papers::kind.eq_any(waited_for.map(PaperKind::name)))
        .select((
            rotation_papers::rotation_id,
            rotation_papers::cadre_id,
            rotation_papers::kind,
            rotation_papers::content,
        ))
        .load(conn)
        .await?;
    let mut found: HashMap<RotationId, Vec<Stance>> = HashMap::new();
    for (case, cadre, kind, content) in rows {
        let kind = PaperKind::of(&kind).ok_or_else(|| Error::internal("a paper of an unknown kind"))?;
        let stance = Stance::of(kind, cadre, content).map_err(Error::internal)?;
        found.entry(case).or_default().extend(stance);
    }
    Ok(found)
}

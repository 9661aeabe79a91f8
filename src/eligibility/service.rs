//! Gathering what is compared, a fixed number of statements for any number of people and posts, and asking the rules.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Judged, MoveKind, Question, Rank, SeatFacts};
use super::rules::{self, Book, Case, Field, Ground, Surroundings};
use crate::cadres::{self, CadreId, CadreStatus, Dossier, NativeRule, Sight, Whom};
use crate::identity::model::Permission;
use crate::identity::{Caller, Scope, scope};
use crate::organisations::{self, model::UnitId};
use crate::platform::App;
use crate::platform::db::Sealed;
use crate::platform::error::{Error, Finding, Result, code};
use crate::platform::http::page::Ref;
use crate::platform::work::{in_parts, off_the_workers};
use crate::posts::{self, PostId, Seat, TitleId};
use crate::regulations;

/// People who are proposed for a post.
const PROPOSED: usize = 5;

/// One person and one post.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Who.
    pub cadre_id: CadreId,
    /// Which post.
    pub post_id: PostId,
}

/// A move to be judged.
#[derive(Clone, Debug)]
pub struct MoveToJudge {
    /// By which kind of decision.
    pub kind: MoveKind,
    /// Who.
    pub cadre_id: CadreId,
    /// The post that is entered.
    pub post_id: PostId,
    /// Last day expected there.
    pub expected_end_on: Option<NaiveDate>,
    /// The rules from which the authority excepts it, by key, each with the decision.
    pub waived: BTreeMap<String, String>,
}

/// Which part of a ranked list is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// After this rank; none: from the first.
    pub after: Option<Rank>,
    /// Rows that are shown; one more is given, to know whether more follow.
    pub shown: usize,
}

/// A row of a ranked list: why it stands there, and the checks in full.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// Its place.
    pub rank: Rank,
    /// The person or the post.
    pub of: Ref,
    /// The present full-time post of a candidate.
    pub post: Option<Ref>,
    /// What it rests on.
    pub judged: Judged,
}

/// What the caller may see: the units of the permission that let them in, of people and posts as far as they read those.
fn sight<P>(caller: &Caller<P>) -> Sight {
    let reads = [Permission::ReadCadres, Permission::ReadPosts];
    let nowhere = Scope::of(Vec::new(), None);
    let scope = if reads.iter().all(|one| caller.scope_for(*one).is_some()) { caller.scope().clone() } else { nowhere };
    Sight { scope, ..Sight::of(caller) }
}

/// In which roles somebody reads: what the record of reads says beside who.
fn in_roles<P>(caller: &Caller<P>) -> Value {
    json!({"roles": caller.roles()})
}

/// What is the same for everybody on a day, for posts of these titles: three statements.
async fn ground(conn: &mut AsyncPgConnection, day: NaiveDate, seats: &[Seat]) -> Result<Ground> {
    let titles: BTreeSet<TitleId> = seats.iter().map(|seat| seat.title_id).collect();
    let titles: Vec<TitleId> = titles.into_iter().collect();
    let rules = regulations::in_force(conn, day).await?;
    let ladder = posts::ladder(conn).await?;
    let standards = posts::standards_on(conn, &titles, day).await?;
    Ok(Ground {
        book: Book::of(rules.into_iter().map(|rule| (rule.key.clone(), rule.into()))),
        titles: ladder.into_iter().map(|title| (title.id, title.into())).collect(),
        standards: standards.into_iter().map(|one| (TitleId(one.title.id), one.into())).collect(),
    })
}

/// Where posts are on a day, and what became of the units that people come from: three statements.
async fn surroundings(
    conn: &mut AsyncPgConnection,
    day: NaiveDate,
    seats: &[Seat],
    units: BTreeSet<UnitId>,
) -> Result<Surroundings> {
    let rule = NativeRule::of(&regulations::on(conn, day).await?);
    // Nobody's origin is followed for nothing.
    let mut asked = if rule.is_known() { units } else { BTreeSet::new() };
    asked.extend(seats.iter().map(|seat| UnitId(seat.unit_id)));
    let asked: Vec<UnitId> = asked.into_iter().collect();
    let places = organisations::places(conn, &asked, day).await?;
    let localities = seats.iter().filter_map(|seat| places.locality(UnitId(seat.unit_id)).map(|place| place.unit));
    let zones = organisations::zones_on(conn, &localities.collect(), day).await?;
    Ok(Surroundings { day, rule, places, zones })
}

/// What is wrong with the days of a question.
fn answerable(question: Question) -> Vec<Finding> {
    let ends_before = question.expected_end_on.is_some_and(|end| end < question.day);
    ends_before.then(|| Finding::plain("/expected_end_on", code::BAD_ORDER)).into_iter().collect()
}

/// The post that is asked about: in sight, and there on the day.
async fn seat_asked(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    post: PostId,
    day: NaiveDate,
    found: &mut Vec<Finding>,
) -> Result<Option<Seat>> {
    let seat = posts::seats(conn, &sight.scope, &[post]).await?.pop();
    match &seat {
        None => found.push(Finding::plain("/post_id", code::UNKNOWN_REFERENCE)),
        Some(seat) if !seat.during.holds(day) => found.push(Finding::plain("/post_id", code::OUTSIDE_VALIDITY)),
        Some(_) => {}
    }
    Ok(seat)
}

/// What is wrong with the person that is asked about.
fn person_asked(dossiers: &[Dossier]) -> Option<Finding> {
    match dossiers.first() {
        None => Some(Finding::plain("/cadre_id", code::UNKNOWN_REFERENCE)),
        Some(one) if one.status != CadreStatus::Active => Some(Finding::plain("/cadre_id", code::NOT_ACTIVE)),
        Some(_) => None,
    }
}

/// The unit that is asked about, if one: in sight.
async fn unit_asked(
    conn: &mut AsyncPgConnection,
    sight: &Sight,
    unit: Option<Uuid>,
    found: &mut Vec<Finding>,
) -> Result<()> {
    if let Some(unit) = unit
        && !scope::covers(conn, &sight.scope, unit).await?
    {
        found.push(Finding::plain("/unit_id", code::UNKNOWN_REFERENCE));
    }
    Ok(())
}

/// One person held against one post.
pub async fn check<P>(app: &App, caller: &Caller<P>, question: Question, pair: Pair) -> Result<(Ref, Ref, Judged)> {
    let mut conn = app.db.read().await?;
    let sight = sight(caller);
    let mut found = answerable(question);
    let seat = seat_asked(&mut conn, &sight, pair.post_id, question.day, &mut found).await?;
    let ground = ground(&mut conn, question.day, seat.as_slice()).await?;
    let whom = Whom::People(vec![pair.cadre_id]);
    let chosen = cadres::dossiers(&mut conn, &sight, &whom, &ground.wanted(), question.day).await?;
    let around = surroundings(&mut conn, question.day, seat.as_slice(), chosen.units).await?;
    let names = cadres::people(&mut conn, &sight.scope, &[pair.cadre_id]).await?;
    let judged = chosen.people.try_map(|mut dossiers| {
        found.extend(person_asked(&dossiers));
        match (dossiers.pop(), seat) {
            (Some(dossier), Some(seat)) if found.is_empty() => {
                let facts = SeatFacts::of(&seat, around.zone(&seat));
                let native = around.native(&dossier, seat.unit_id);
                Ok((ground.judged(question, dossier, facts, native, BTreeMap::new()), seat.label))
            }
            _ => Err(Error::refused(found)),
        }
    })?;
    let (judged, label) = judged.read_by(&app.db, caller.actor(), "check_eligibility", in_roles(caller))?;
    let name = names.into_iter().next().map(|person| person.full_name).unwrap_or_default();
    Ok((Ref::new(pair.cadre_id, name), Ref::new(pair.post_id, label), judged))
}

/// The names and present posts of people, as far as the caller may see them.
struct Names {
    people: BTreeMap<Uuid, String>,
    posts: HashMap<Uuid, Ref>,
}

impl Names {
    async fn of(conn: &mut AsyncPgConnection, sight: &Sight, ids: &[Uuid], day: NaiveDate) -> Result<Self> {
        let cadres: Vec<CadreId> = ids.iter().copied().map(CadreId).collect();
        let people = cadres::people(conn, &sight.scope, &cadres).await?;
        let posts = posts::posts_held(conn, ids, day).await?;
        Ok(Self { people: people.into_iter().map(|one| (one.id.0, one.full_name)).collect(), posts })
    }

    fn row(&self, (rank, judged): (Rank, Judged)) -> Ranked {
        let name = self.people.get(&rank.id).cloned().unwrap_or_default();
        Ranked { rank, of: Ref::new(rank.id, name), post: self.posts.get(&rank.id).cloned(), judged }
    }
}

/// Everybody in service whom the caller sees, or those of a unit and below it, ranked for a post; who holds it on the day is
/// no candidate. Gives a part of them in full, and how many there are.
pub async fn candidates<P>(
    app: &App,
    caller: &Caller<P>,
    question: Question,
    post: PostId,
    (unit, planned_only): (Option<Uuid>, bool),
    part: Part,
) -> Result<(Vec<Ranked>, usize)> {
    let mut conn = app.db.read().await?;
    let sight = sight(caller);
    let mut found = answerable(question);
    let seat = seat_asked(&mut conn, &sight, post, question.day, &mut found).await?;
    unit_asked(&mut conn, &sight, unit, &mut found).await?;
    let Some(seat) = seat.filter(|_| found.is_empty()) else { return Err(Error::refused(found)) };
    let ground = ground(&mut conn, question.day, std::slice::from_ref(&seat)).await?;
    let whom = Whom::InService { unit, planned_for: planned_only.then_some(seat.title_id) };
    let chosen = cadres::dossiers(&mut conn, &sight, &whom, &ground.wanted(), question.day).await?;
    let around = surroundings(&mut conn, question.day, std::slice::from_ref(&seat), chosen.units).await?;
    let field = Field { question, ground, around };
    let rank = move |dossiers: Vec<Dossier>| {
        let ranks = in_parts(&dossiers, |part| field.ranks(&seat, part, |_| true))?;
        let total = ranks.len();
        let page = rules::ranked(ranks, part.after, part.shown + 1);
        let shown: Vec<Uuid> = page.iter().take(part.shown).map(|rank| rank.id).collect();
        let told = |rank| field.told(&seat, &dossiers, rank);
        Ok(((page.into_iter().filter_map(told).collect::<Vec<_>>(), total), shown))
    };
    let ranked = off_the_workers(move || chosen.people.showing(rank)).await?;
    let (page, total) = ranked.read_by(&app.db, caller.actor(), "check_candidates", in_roles(caller))?;
    let ids: Vec<Uuid> = page.iter().map(|(rank, _)| rank.id).collect();
    let names = Names::of(&mut conn, &sight, &ids, question.day).await?;
    Ok((page.into_iter().map(|row| names.row(row)).collect(), total))
}

/// Who comes first for each of these posts, of those who are planned for its title on the day or whose file its unit keeps and
/// whom the caller sees, but for some: a fixed number of statements, whatever the number of posts. The record says by which
/// action they were read.
pub async fn proposals<P>(
    app: &App,
    caller: &Caller<P>,
    question: Question,
    seats: Vec<Seat>,
    but_for: BTreeSet<CadreId>,
    action: &str,
) -> Result<BTreeMap<PostId, Vec<Ranked>>> {
    let mut conn = app.db.read().await?;
    let sight = sight(caller);
    let ground = ground(&mut conn, question.day, &seats).await?;
    let (units, titles) = seats.iter().map(|seat| (seat.unit_id, seat.title_id)).unzip();
    let near = cadres::near(&mut conn, &sight.scope, (units, titles), question.day).await?;
    let whom = Whom::People(near);
    let chosen = cadres::dossiers(&mut conn, &sight, &whom, &ground.wanted(), question.day).await?;
    let around = surroundings(&mut conn, question.day, &seats, chosen.units).await?;
    let field = Field { question, ground, around };
    let rank = move |dossiers: Vec<Dossier>| {
        let of = |seat: &Seat| {
            let near = |one: &Dossier| one.unit_id == seat.unit_id || one.planned_for.contains(&seat.title_id);
            let ranks = field.ranks(seat, &dossiers, |one| near(one) && !but_for.contains(&one.cadre_id));
            let first = rules::ranked(ranks, None, PROPOSED).into_iter();
            (seat.id, first.filter_map(|rank| field.told(seat, &dossiers, rank)).collect::<Vec<_>>())
        };
        let proposed: Vec<(PostId, Vec<(Rank, Judged)>)> = seats.iter().map(of).collect();
        let shown: Vec<Uuid> = proposed.iter().flat_map(|(_, rows)| rows.iter().map(|(rank, _)| rank.id)).collect();
        Ok((proposed, shown))
    };
    let proposed = off_the_workers(move || chosen.people.showing(rank)).await?;
    let proposed = proposed.read_by(&app.db, caller.actor(), action, in_roles(caller))?;
    let ids: BTreeSet<Uuid> = proposed.iter().flat_map(|(_, rows)| rows.iter().map(|(rank, _)| rank.id)).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let names = Names::of(&mut conn, &sight, &ids, question.day).await?;
    let row =
        |(post, rows): (PostId, Vec<(Rank, Judged)>)| (post, rows.into_iter().map(|row| names.row(row)).collect());
    Ok(proposed.into_iter().map(row).collect())
}

/// The posts that nobody holds on the day and that are not frozen, ranked for a person.
pub async fn vacancies<P>(
    app: &App,
    caller: &Caller<P>,
    question: Question,
    cadre: CadreId,
    unit: Option<Uuid>,
    part: Part,
) -> Result<(Vec<Ranked>, usize)> {
    let mut conn = app.db.read().await?;
    let sight = sight(caller);
    let mut found = answerable(question);
    unit_asked(&mut conn, &sight, unit, &mut found).await?;
    let seats = posts::vacant_seats(&mut conn, &sight.scope, unit, question.day).await?;
    let ground = ground(&mut conn, question.day, &seats).await?;
    let whom = Whom::People(vec![cadre]);
    let chosen = cadres::dossiers(&mut conn, &sight, &whom, &ground.wanted(), question.day).await?;
    let around = surroundings(&mut conn, question.day, &seats, chosen.units).await?;
    let rank = move |mut dossiers: Vec<Dossier>| {
        found.extend(person_asked(&dossiers));
        let Some(dossier) = dossiers.pop().filter(|_| found.is_empty()) else { return Err(Error::refused(found)) };
        let seats: BTreeMap<Uuid, (SeatFacts, String)> =
            seats.into_iter().map(|seat| (seat.id.0, (SeatFacts::of(&seat, around.zone(&seat)), seat.label))).collect();
        let native = |facts: &SeatFacts| around.native(&dossier, facts.unit_id);
        let rank = |(id, (facts, _)): (&Uuid, &(SeatFacts, String))| {
            Case::counted(question, &dossier, facts, native(facts), &ground).rank(*id)
        };
        let ranks: Vec<Rank> = seats.iter().map(rank).collect();
        let total = ranks.len();
        let full = |rank: Rank| {
            let (facts, label) = seats.get(&rank.id)?.clone();
            let native = native(&facts);
            let judged = ground.judged(question, dossier.clone(), facts, native, BTreeMap::new());
            Some(Ranked { rank, of: Ref::new(rank.id, label), post: None, judged })
        };
        let page = rules::ranked(ranks, part.after, part.shown + 1);
        Ok((page.into_iter().filter_map(full).collect(), total))
    };
    let ranked = off_the_workers(move || chosen.people.try_map(rank)).await?;
    ranked.read_by(&app.db, caller.actor(), "check_vacancies", in_roles(caller))
}

/// The moves of a case held against the rules of its day, in their order, with the inputs: ready to be kept with its
/// decision. Who may see the case may see whom and which posts it moves; what is sensitive is compared where the caller may
/// see it, wherever the person's file is kept.
pub async fn judge_moves<P>(
    conn: &mut AsyncPgConnection,
    caller: &Caller<P>,
    moves: &[MoveToJudge],
    day: NaiveDate,
) -> Result<Sealed<Vec<Judged>>> {
    let sight = Sight { scope: Scope::everything(), ..Sight::of(caller) };
    let ids: Vec<PostId> = moves.iter().map(|step| step.post_id).collect();
    let seats = posts::seats(conn, &sight.scope, &ids).await?;
    let ground = ground(conn, day, &seats).await?;
    let whom = Whom::People(moves.iter().map(|step| step.cadre_id).collect());
    let found = cadres::dossiers(conn, &sight, &whom, &ground.wanted(), day).await?;
    let around = surroundings(conn, day, &seats, found.units).await?;
    found.people.try_map(|dossiers| {
        let judged = |step: &MoveToJudge| {
            let dossier = dossiers.iter().find(|one| one.cadre_id == step.cadre_id);
            let seat = seats.iter().find(|seat| seat.id == step.post_id);
            let pair = dossier.zip(seat).ok_or_else(|| Error::internal("a move has its person and its post"));
            pair.map(|(dossier, seat)| {
                let question = Question { kind: step.kind, day, expected_end_on: step.expected_end_on };
                let facts = SeatFacts::of(seat, around.zone(seat));
                let native = around.native(dossier, seat.unit_id);
                ground.judged(question, dossier.clone(), facts, native, step.waived.clone())
            })
        };
        moves.iter().map(judged).collect()
    })
}

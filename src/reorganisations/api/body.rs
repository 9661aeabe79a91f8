//! The body of an act: one list of changes in the order of the act, each an object with one field that says what it does.
//! So each kind has a closed type of its own, and no generator of clients has to make a union of them.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::organisations::model::{Share, UnitId, UnitKind};
use crate::platform::error::{Error, Finding, Findings, Result, Say, code};
use crate::platform::http::fields::{line, optional_line};
use crate::posts::{PostId, TitleId};
use crate::reorganisations::model::{
    Placement, PlacementSubject, ProposedChange, ProposedSeats, ProposedUnit, ReorganisationProposal, UnitPlace,
};

/// Changes of one act: a province that makes each of its bodies by name has fewer.
const MOST_CHANGES: usize = 5000;
/// Placements of one act.
const MOST_PLACEMENTS: usize = 20_000;
/// Units of one merger, parts of one division, kinds of seats of one unit.
const MOST_PARTS: usize = 200;
/// Seats of one title.
const MOST_SEATS: u32 = 100;

/// A unit: one that is there, or one that the act makes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitPlace {
    /// One that is there.
    unit_id: Option<UnitId>,
    /// One that the act makes, by the key that it gives to it.
    #[schema(max_length = 200)]
    key: Option<String>,
}

/// Seats that a new unit begins with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitSeats {
    /// Of which title.
    title_id: TitleId,
    /// How many; 1 unless given.
    #[schema(minimum = 1, maximum = 100)]
    seats: Option<u32>,
    /// Counted as staff; true unless given.
    full_time: Option<bool>,
    /// Length of a term.
    #[schema(minimum = 1, maximum = 120)]
    term_months: Option<i32>,
}

/// A unit begins.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitCreation {
    /// By what name other changes of the act mean it. Its bodies, where it has them by `with_bodies`, are `KEY/TEMPLATE`.
    #[schema(max_length = 100)]
    key: Option<String>,
    /// What kind.
    kind: UnitKind,
    /// Its name.
    #[schema(max_length = 400)]
    name: String,
    /// Its code, for administrative units.
    #[schema(max_length = 20)]
    code: Option<String>,
    /// Its type, for administrative units.
    #[schema(max_length = 40)]
    unit_type: Option<String>,
    /// The unit above it.
    parent: NewUnitPlace,
    /// With the bodies that every unit of its level has.
    with_bodies: Option<bool>,
    /// With these seats.
    #[schema(max_items = 200)]
    seats: Option<Vec<NewUnitSeats>>,
}

/// Units go into another one, as a whole, and end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitMerger {
    /// Those that end.
    #[schema(min_items = 1, max_items = 200)]
    units: Vec<UnitId>,
    /// Where they go.
    into: NewUnitPlace,
}

/// A part of a unit that is divided.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitPart {
    /// Where it goes.
    into: NewUnitPlace,
    /// Whether it is the main part: `part_main` or `part`.
    share: Share,
}

/// A unit goes into several others and ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitDivision {
    /// The one that ends.
    unit_id: UnitId,
    /// Where its parts go; one of them is the main part.
    #[schema(min_items = 2, max_items = 200)]
    parts: Vec<NewUnitPart>,
}

/// A unit is called otherwise.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitName {
    /// Which.
    unit_id: UnitId,
    /// Its new name.
    #[schema(max_length = 400)]
    name: String,
    /// Its new code, if another.
    #[schema(max_length = 20)]
    code: Option<String>,
    /// Its new type, if another.
    #[schema(max_length = 40)]
    unit_type: Option<String>,
}

/// A unit stands below another one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitParent {
    /// Which.
    unit_id: UnitId,
    /// Below which.
    parent: NewUnitPlace,
}

/// A unit ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitAbolition {
    /// Which.
    unit_id: UnitId,
    /// Who takes its tasks and staff; absent: nobody.
    successor: Option<NewUnitPlace>,
}

/// One change: exactly one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitChange {
    /// A unit begins.
    create: Option<NewUnitCreation>,
    /// Units go into another one and end.
    merge: Option<NewUnitMerger>,
    /// A unit goes into several others and ends.
    split: Option<NewUnitDivision>,
    /// A unit is called otherwise.
    rename: Option<NewUnitName>,
    /// A unit stands below another one.
    #[serde(rename = "move")]
    moving: Option<NewUnitParent>,
    /// A unit ends.
    abolish: Option<NewUnitAbolition>,
}

/// Where something goes that would be left hanging. Without a unit and a post it ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlacement {
    /// What kind of thing.
    subject: PlacementSubject,
    /// The thing, as `proposals` names it.
    subject_id: Uuid,
    /// The unit that it goes to: a post is made there anew and keeps its holder, an appointment gets a free seat of the
    /// same title there.
    unit: Option<NewUnitPlace>,
    /// The post that the holder of an appointment goes to.
    post_id: Option<PostId>,
}

/// An act to be carried out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "12/NQ-HĐND", "title": "Nghị quyết về việc thành lập Trung tâm Dịch vụ tổng hợp", "issuer": "Hội đồng nhân dân tỉnh",
    "legal_basis": "Luật Tổ chức chính quyền địa phương số 72/2025/QH15", "decided_on": "2026-11-20", "effective_from": "2027-01-01",
    "changes": [{"create": {"key": "centre", "kind": "public_service", "name": "Trung tâm Dịch vụ tổng hợp",
        "parent": {"unit_id": "01994f7e-0000-7000-8000-000000000002"}, "seats": [{"title_id": "01994f7e-0000-7000-8000-000000000003", "seats": 1}]}}]}))]
pub struct NewReorganisation {
    /// Number and sign of the act.
    #[schema(max_length = 100)]
    number: String,
    /// What it is about.
    #[schema(max_length = 400)]
    title: String,
    /// Who issued it.
    #[schema(max_length = 200)]
    issuer: String,
    /// What it rests on: the law and its article.
    #[schema(max_length = 400)]
    legal_basis: String,
    /// When it was decided.
    decided_on: NaiveDate,
    /// The day of its changes.
    effective_from: NaiveDate,
    /// Its changes, together on that day.
    #[schema(min_items = 1, max_items = 5000)]
    changes: Vec<NewUnitChange>,
    /// Where things go that would be left hanging.
    #[schema(max_items = 20000)]
    placements: Option<Vec<NewPlacement>>,
    /// Everything else goes where it is proposed.
    accept_proposals: Option<bool>,
}

/// What the parser of a change has gathered, and where it stands.
struct Reader {
    findings: Findings,
}

impl Reader {
    fn text(&mut self, at: &str, field: &'static str, raw: &str, longest: usize) -> Option<String> {
        self.findings.keep(line(field, raw, longest).map_err(|finding| finding.under(at)))
    }

    fn optional(&mut self, at: &str, field: &'static str, raw: Option<&str>, longest: usize) -> Option<String> {
        self.findings.keep(optional_line(field, raw, longest).map_err(|finding| finding.under(at))).flatten()
    }

    fn count(&mut self, at: String, count: usize, least: usize, most: usize) {
        if count < least || count > most {
            let say = Say::new(format!("Từ {least} đến {most}"), format!("{least} to {most}"));
            self.findings.push(Finding::new(at, code::OUT_OF_RANGE, say));
        }
    }

    /// A unit that is there or a key, one of them.
    fn place(&mut self, at: &str, place: NewUnitPlace) -> Option<UnitPlace> {
        match (place.unit_id, place.key) {
            (Some(unit), None) => Some(UnitPlace::Known(unit)),
            (None, Some(key)) => self.text(at, "/key", &key, 200).map(UnitPlace::New),
            (None, None) => {
                self.findings.push(Finding::plain(format!("{at}/unit_id"), code::REQUIRED));
                None
            }
            (Some(_), Some(_)) => {
                self.findings.push(Finding::plain(format!("{at}/key"), code::REPEATED));
                None
            }
        }
    }

    fn parse(&mut self, at: &str, change: NewUnitChange) -> Option<ProposedChange> {
        let NewUnitChange { create, merge, split, rename, moving, abolish } = change;
        let given: Vec<&str> = [
            create.as_ref().map(|_| "create"),
            merge.as_ref().map(|_| "merge"),
            split.as_ref().map(|_| "split"),
            rename.as_ref().map(|_| "rename"),
            moving.as_ref().map(|_| "move"),
            abolish.as_ref().map(|_| "abolish"),
        ]
        .into_iter()
        .flatten()
        .collect();
        match given.as_slice() {
            [_] => {}
            [] => self.findings.push(Finding::plain(at.to_owned(), code::REQUIRED)),
            [_, second, ..] => self.findings.push(Finding::plain(format!("{at}/{second}"), code::REPEATED)),
        }
        if let Some(create) = create {
            return self.creation(&format!("{at}/create"), create);
        }
        if let Some(NewUnitMerger { units, into }) = merge {
            self.count(format!("{at}/merge/units"), units.len(), 1, MOST_PARTS);
            return Some(ProposedChange::Merge { units, into: self.place(&format!("{at}/merge/into"), into)? });
        }
        if let Some(NewUnitDivision { unit_id, parts }) = split {
            self.count(format!("{at}/split/parts"), parts.len(), 2, MOST_PARTS);
            let parts: Vec<_> = parts
                .into_iter()
                .enumerate()
                .map(|(index, part)| {
                    Some((self.place(&format!("{at}/split/parts/{index}/into"), part.into)?, part.share))
                })
                .collect();
            return Some(ProposedChange::Split { unit: unit_id, parts: parts.into_iter().collect::<Option<_>>()? });
        }
        if let Some(NewUnitName { unit_id, name, code, unit_type }) = rename {
            let at = format!("{at}/rename");
            let (name, code) = (self.text(&at, "/name", &name, 400), self.optional(&at, "/code", code.as_deref(), 20));
            let unit_type = self.optional(&at, "/unit_type", unit_type.as_deref(), 40);
            return Some(ProposedChange::Rename { unit: unit_id, name: name?, code, unit_type });
        }
        if let Some(NewUnitParent { unit_id, parent }) = moving {
            let parent = self.place(&format!("{at}/move/parent"), parent)?;
            return Some(ProposedChange::Move { unit: unit_id, parent });
        }
        let NewUnitAbolition { unit_id, successor } = abolish?;
        let successor = match successor {
            Some(place) => Some(self.place(&format!("{at}/abolish/successor"), place)?),
            None => None,
        };
        Some(ProposedChange::Abolish { unit: unit_id, successor })
    }

    fn creation(&mut self, at: &str, create: NewUnitCreation) -> Option<ProposedChange> {
        let NewUnitCreation { key, kind, name, code, unit_type, parent, with_bodies, seats } = create;
        let (key, name) = (self.optional(at, "/key", key.as_deref(), 100), self.text(at, "/name", &name, 400));
        let code = self.optional(at, "/code", code.as_deref(), 20);
        let unit_type = self.optional(at, "/unit_type", unit_type.as_deref(), 40);
        let parent = self.place(&format!("{at}/parent"), parent);
        let seats = seats.unwrap_or_default();
        self.count(format!("{at}/seats"), seats.len(), 0, MOST_PARTS);
        let mut wanted = Vec::with_capacity(seats.len());
        for (index, NewUnitSeats { title_id, seats, full_time, term_months }) in seats.into_iter().enumerate() {
            let (seats, full_time) = (seats.unwrap_or(1), full_time.unwrap_or(true));
            if !(1..=MOST_SEATS).contains(&seats) {
                self.findings.push(Finding::plain(format!("{at}/seats/{index}/seats"), code::OUT_OF_RANGE));
            }
            if term_months.is_some_and(|months| !(1..=120).contains(&months)) {
                self.findings.push(Finding::plain(format!("{at}/seats/{index}/term_months"), code::OUT_OF_RANGE));
            }
            wanted.push(ProposedSeats { title_id, seats, full_time, term_months });
        }
        let with_bodies = with_bodies.unwrap_or(false);
        let (name, parent) = (name?, parent?);
        Some(ProposedChange::Create(ProposedUnit {
            key,
            kind,
            name,
            code,
            unit_type,
            parent,
            with_bodies,
            seats: wanted,
        }))
    }
}

impl TryFrom<NewReorganisation> for ReorganisationProposal {
    type Error = Error;
    fn try_from(body: NewReorganisation) -> Result<Self> {
        let NewReorganisation {
            number,
            title,
            issuer,
            legal_basis,
            decided_on,
            effective_from,
            changes,
            placements,
            accept_proposals,
        } = body;
        let mut reader = Reader { findings: Findings::new() };
        let number = reader.text("", "/number", &number, 100);
        let title = reader.text("", "/title", &title, 400);
        let issuer = reader.text("", "/issuer", &issuer, 200);
        let legal_basis = reader.text("", "/legal_basis", &legal_basis, 400);
        let placements = placements.unwrap_or_default();
        reader.count("/changes".to_owned(), changes.len(), 1, MOST_CHANGES);
        reader.count("/placements".to_owned(), placements.len(), 0, MOST_PLACEMENTS);
        let changes: Vec<_> = changes
            .into_iter()
            .enumerate()
            .filter_map(|(index, change)| reader.parse(&format!("/changes/{index}"), change))
            .collect();
        let mut placed = Vec::with_capacity(placements.len());
        for (index, NewPlacement { subject, subject_id, unit, post_id }) in placements.into_iter().enumerate() {
            let unit = unit.and_then(|unit| reader.place(&format!("/placements/{index}/unit"), unit));
            placed.push(Placement { subject, subject_id, unit, post_id });
        }
        reader.findings.settle()?;
        match (number, title, issuer, legal_basis) {
            (Some(number), Some(title), Some(issuer), Some(legal_basis)) => Ok(Self {
                number,
                title,
                issuer,
                legal_basis,
                decided_on,
                effective_from,
                changes,
                placements: placed,
                accept_proposals: accept_proposals.unwrap_or(false),
            }),
            _ => Err(Error::internal("settled")),
        }
    }
}

//! What becomes of everything in units that end: the proposal, and what the caller makes of it. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::model::{Placement, PlacementSubject, UnitPlace};
use crate::organisations::Heirs;
use crate::organisations::model::UnitId;
use crate::platform::error::{Destination, Finding, Proposal, Say, code};
use crate::posts::{PostId, Seat, Standing, TitleId};

#[cfg(test)]
mod tests;

/// A seat that somebody may be given: one that is there, or one that the act makes, by its place among those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeatRef {
    /// There already.
    Known(PostId),
    /// Made by the act.
    New(usize),
}

/// A seat from the day on.
#[derive(Clone, Debug)]
pub struct FreeSeat {
    /// Which.
    pub seat: SeatRef,
    /// Its title.
    pub title_id: TitleId,
    /// Where.
    pub unit: UnitId,
    /// Counted as staff.
    pub full_time: bool,
    /// The day after its last.
    pub to: Option<NaiveDate>,
    /// Title and unit.
    pub label: String,
}

/// Something in a unit that ends, which goes with its unit or ends.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// What kind of thing.
    pub subject: PlacementSubject,
    /// The thing.
    pub id: Uuid,
    /// Its name.
    pub label: String,
    /// Where it is.
    pub unit: UnitId,
    /// It cannot go on: a case that is to move somebody from or to a seat that is no more.
    pub withdraws: bool,
    /// Why nothing can be done with it here: a decision of others, a matter of the caller's own.
    pub blocked: Option<Finding>,
}

/// Everything that an act would leave hanging, and where it may go.
pub struct Hanging<'a> {
    /// The day of the act.
    pub day: NaiveDate,
    /// Who takes over from whom.
    pub heirs: &'a Heirs,
    /// Seats in units that end.
    pub posts: &'a [Seat],
    /// Who holds those on the day or later.
    pub appointments: &'a [Standing],
    /// Seats that nobody holds from the day on.
    pub free: &'a [FreeSeat],
    /// Grants, files, courses, cases.
    pub tenants: &'a [Tenant],
    /// The caller's own cadre record.
    pub own: Option<Uuid>,
    /// Units that the caller may name and that go on, or begin with the act, with their names.
    pub units: &'a BTreeMap<UnitId, String>,
    /// What the caller calls the units that the act makes.
    pub keys: &'a BTreeMap<UnitId, String>,
}

/// What becomes of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes to a unit.
    Unit(UnitId),
    /// Its holder goes to a seat.
    Seat(SeatRef),
    /// It ends.
    Ends,
    /// It is withdrawn.
    Withdrawn,
    /// Something else must be done first.
    Blocked,
}

/// What becomes of each thing.
#[derive(Clone, Debug, Default)]
pub struct Fates {
    /// Of seats: the unit where one like it is made, or nothing.
    pub posts: BTreeMap<PostId, Option<UnitId>>,
    /// Of holdings, in their order.
    pub appointments: Vec<Fate>,
    /// Of the other things, in their order.
    pub tenants: Vec<Fate>,
}

/// What is wrong, and all that is proposed for what hangs without an answer.
#[derive(Debug, Default)]
pub struct Unsettled {
    /// What speaks against it.
    pub findings: Vec<Finding>,
    /// What would settle it.
    pub proposals: Vec<Proposal>,
}

/// Settles what becomes of everything: as the caller says, else, where they accept that, as it is proposed. `new` is the
/// place of the first seat that is made for a post that goes on elsewhere, after those that the act makes anyway.
pub fn settle(
    hanging: &Hanging,
    placements: &[(&Placement, Option<UnitId>)],
    accept: bool,
    new: usize,
) -> Result<Fates, Unsettled> {
    let mut free: HashMap<UnitId, Vec<&FreeSeat>> = HashMap::new();
    for seat in hanging.free {
        free.entry(seat.unit).or_default().push(seat);
    }
    let posts = hanging.posts.iter().map(|post| (post.id, post)).collect();
    let (said, left, seated) = (BTreeMap::new(), BTreeMap::new(), HashMap::new());
    let mut table = Table { hanging, free, posts, said, seated, accept, out: Unsettled::default(), left };
    table.hear(placements);
    let fates = table.fates(new);
    table.leave();
    if table.out.findings.is_empty() { Ok(fates) } else { Err(table.out) }
}

/// What the caller says of one thing.
struct Said<'a> {
    at: String,
    placement: &'a Placement,
    unit: Option<UnitId>,
    heard: bool,
}

struct Table<'a> {
    hanging: &'a Hanging<'a>,
    free: HashMap<UnitId, Vec<&'a FreeSeat>>,
    posts: HashMap<PostId, &'a Seat>,
    said: BTreeMap<(PlacementSubject, Uuid), Said<'a>>,
    /// Where those people are who go to a full-time seat: their files go with them.
    seated: HashMap<Uuid, UnitId>,
    accept: bool,
    out: Unsettled,
    left: BTreeMap<PlacementSubject, usize>,
}

impl<'a> Table<'a> {
    fn refuse(&mut self, at: String, finding: impl FnOnce(String) -> Finding) {
        self.out.findings.push(finding(at));
    }

    fn hear(&mut self, placements: &[(&'a Placement, Option<UnitId>)]) {
        for (index, (placement, unit)) in placements.iter().enumerate() {
            let at = format!("/placements/{index}");
            if placement.unit.is_some() && placement.post_id.is_some() {
                self.refuse(format!("{at}/post_id"), |at| Finding::plain(at, code::REPEATED));
            }
            if placement.unit.is_some() && unit.is_none_or(|unit| !self.hanging.units.contains_key(&unit)) {
                let field = if matches!(placement.unit, Some(UnitPlace::New(_))) { "key" } else { "unit_id" };
                self.refuse(format!("{at}/unit/{field}"), |at| Finding::plain(at, code::UNKNOWN_REFERENCE));
            }
            let said = Said { at: at.clone(), placement, unit: *unit, heard: false };
            if self.said.insert((placement.subject, placement.subject_id), said).is_some() {
                self.refuse(format!("{at}/subject_id"), |at| Finding::plain(at, code::REPEATED));
            }
        }
    }

    /// What the caller says of a thing: the place of it, the unit and the post.
    fn said_of(&mut self, subject: PlacementSubject, id: Uuid) -> Option<(String, Option<UnitId>, Option<PostId>)> {
        let said = self.said.get_mut(&(subject, id))?;
        said.heard = true;
        Some((said.at.clone(), said.unit, said.placement.post_id))
    }

    /// Proposes what becomes of a thing that the caller says nothing of; it hangs unless they accept that.
    fn propose(&mut self, subject: PlacementSubject, id: Uuid, label: &str, fate: Fate) -> Fate {
        if self.accept && fate != Fate::Blocked {
            return fate;
        }
        let to = match fate {
            Fate::Unit(unit) => Some(self.destination(unit)),
            Fate::Seat(seat) => self.hanging.free.iter().find(|free| free.seat == seat).map(|free| match free.seat {
                SeatRef::Known(post) => Destination { id: Some(post.0), key: None, label: free.label.clone() },
                SeatRef::New(_) => Destination { label: free.label.clone(), ..self.destination(free.unit) },
            }),
            Fate::Ends | Fate::Withdrawn | Fate::Blocked => None,
        };
        let outcome = match fate {
            Fate::Unit(_) | Fate::Seat(_) => "moves",
            Fate::Ends => "ends",
            Fate::Withdrawn => "withdrawn",
            Fate::Blocked => "blocked",
        };
        let proposal = Proposal { subject: subject.name(), id, label: label.to_owned(), outcome, to };
        self.out.proposals.push(proposal);
        if fate != Fate::Blocked {
            *self.left.entry(subject).or_default() += 1;
        }
        fate
    }

    fn destination(&self, unit: UnitId) -> Destination {
        let key = self.hanging.keys.get(&unit).cloned();
        let label = self.hanging.units.get(&unit).cloned().unwrap_or_default();
        Destination { id: key.is_none().then_some(unit.0), key, label }
    }

    fn fates(&mut self, new: usize) -> Fates {
        let hanging = self.hanging;
        let mut fates = Fates::default();
        let mut made: HashMap<PostId, (SeatRef, UnitId)> = HashMap::new();
        for post in hanging.posts {
            let fate = self.post(post);
            if let Fate::Unit(unit) = fate {
                made.insert(post.id, (SeatRef::New(new + made.len()), unit));
                fates.posts.insert(post.id, Some(unit));
            } else {
                fates.posts.insert(post.id, None);
            }
        }
        // Seats that the caller names are taken first.
        let mut taken: BTreeSet<SeatRef> = BTreeSet::new();
        let mut named = BTreeMap::new();
        for (index, held) in hanging.appointments.iter().enumerate() {
            if let Some((at, unit, post)) = self.said_of(PlacementSubject::Appointment, held.id.0) {
                named.insert(index, self.seat(held, &at, unit, post, &mut taken));
            }
        }
        for (index, held) in hanging.appointments.iter().enumerate() {
            let blocked = self.blocked(held);
            let fate = match (named.get(&index), made.get(&held.post_id)) {
                _ if blocked => Fate::Blocked,
                (Some(fate), _) => *fate,
                // Whose seat goes on elsewhere goes with it.
                (None, Some((seat, _))) => Fate::Seat(*seat),
                (None, None) => {
                    let fate = self.equal_seat(held, &taken).map_or(Fate::Ends, Fate::Seat);
                    self.propose(PlacementSubject::Appointment, held.id.0, &holding(held), fate)
                }
            };
            if let Fate::Seat(seat) = fate {
                taken.insert(seat);
                let known = hanging.free.iter().find(|free| free.seat == seat).map(|free| free.unit);
                let unit = known.or_else(|| made.get(&held.post_id).map(|(_, unit)| *unit));
                self.seated.extend(unit.filter(|_| held.full_time).map(|unit| (held.cadre_id, unit)));
            }
            fates.appointments.push(fate);
        }
        for tenant in hanging.tenants {
            let fate = self.tenant(tenant);
            fates.tenants.push(fate);
        }
        fates
    }

    fn post(&mut self, post: &Seat) -> Fate {
        let day = self.hanging.day;
        if let Some((at, unit, named)) = self.said_of(PlacementSubject::Post, post.id.0) {
            if named.is_some() {
                self.refuse(format!("{at}/post_id"), |at| Finding::plain(at, code::UNKNOWN_FIELD));
            }
            return unit.map_or(Fate::Ends, Fate::Unit);
        }
        if post.during.from().is_some_and(|from| from >= day) {
            let from = post.during.from().unwrap_or(day);
            let say = Say::new(format!("{}: từ {from}", post.label), format!("{}: exists from {from}", post.label));
            self.out.findings.push(Finding::new("/effective_from", code::OVERTAKEN, say));
            return self.propose(PlacementSubject::Post, post.id.0, &post.label, Fate::Blocked);
        }
        self.propose(PlacementSubject::Post, post.id.0, &post.label, Fate::Ends)
    }

    /// A holding of a later day was decided for a unit that would not be there; one's own is not for oneself to place.
    fn blocked(&mut self, held: &Standing) -> bool {
        let day = self.hanging.day;
        let label = holding(held);
        let finding = match held.during.from() {
            _ if self.hanging.own == Some(held.cadre_id) => own(&label),
            Some(from) if from >= day => {
                let say = Say::new(format!("{label}: từ {from}"), format!("{label}: begins on {from}"));
                Finding::new("/effective_from", code::OVERTAKEN, say)
            }
            _ => return false,
        };
        self.out.findings.push(finding);
        self.propose(PlacementSubject::Appointment, held.id.0, &label, Fate::Blocked);
        true
    }

    /// The free seat of the same title in the body that took over, or around it.
    fn equal_seat(&self, held: &Standing, taken: &BTreeSet<SeatRef>) -> Option<SeatRef> {
        let post = self.posts.get(&held.post_id)?;
        let places: Vec<UnitId> = self.hanging.heirs.around(UnitId(post.unit_id)).collect();
        places.iter().find_map(|place| self.free_seat(post.title_id, held.full_time, *place, taken))
    }

    fn free_seat(&self, title: TitleId, full_time: bool, unit: UnitId, taken: &BTreeSet<SeatRef>) -> Option<SeatRef> {
        let fits =
            |free: &&FreeSeat| free.title_id == title && free.full_time == full_time && !taken.contains(&free.seat);
        self.free.get(&unit)?.iter().copied().find(fits).map(|free| free.seat)
    }

    /// The seat that the caller names for a holder.
    fn seat(
        &mut self,
        held: &Standing,
        at: &str,
        unit: Option<UnitId>,
        post: Option<PostId>,
        taken: &mut BTreeSet<SeatRef>,
    ) -> Fate {
        let title = self.posts.get(&held.post_id).map(|own| own.title_id);
        let (field, seat) = match (post, unit, title) {
            (Some(post), ..) => {
                let seat = SeatRef::Known(post);
                ("post_id", self.hanging.free.iter().any(|free| free.seat == seat).then_some(seat))
            }
            (None, Some(unit), Some(title)) => ("unit", self.free_seat(title, held.full_time, unit, taken)),
            _ => return Fate::Ends,
        };
        match seat {
            Some(seat) if taken.insert(seat) => Fate::Seat(seat),
            Some(_) => {
                self.refuse(format!("{at}/{field}"), |at| Finding::plain(at, code::REPEATED));
                Fate::Ends
            }
            None => {
                let say = Say::new("Không có vị trí trống vào ngày đó", "There is no free seat on that day");
                self.refuse(format!("{at}/{field}"), |at| Finding::new(at, code::UNKNOWN_REFERENCE, say));
                Fate::Ends
            }
        }
    }

    fn tenant(&mut self, tenant: &Tenant) -> Fate {
        let Tenant { subject, id, label, unit, blocked, .. } = tenant;
        let said = self.said_of(*subject, *id);
        if let Some(finding) = blocked {
            self.out.findings.push(finding.clone());
            return self.propose(*subject, *id, label, Fate::Blocked);
        }
        let (heir, refuge) = (self.hanging.heirs.of(*unit), self.hanging.heirs.refuge(*unit));
        let Some((at, to, _)) = said else {
            let fate = match subject {
                PlacementSubject::Grant => heir.map_or(Fate::Ends, Fate::Unit),
                PlacementSubject::Rotation if tenant.withdraws => Fate::Withdrawn,
                PlacementSubject::Cadre => self.seated.get(id).copied().or(refuge).map_or(Fate::Blocked, Fate::Unit),
                _ => refuge.map_or(Fate::Blocked, Fate::Unit),
            };
            // Nothing above goes on either: only the caller can say where.
            if fate == Fate::Blocked {
                let say = Say::new(format!("{label}: cần nơi tiếp nhận"), format!("{label}: needs a place"));
                self.out.findings.push(Finding::new("/placements", code::LEFT_HANGING, say));
            }
            return self.propose(*subject, *id, label, fate);
        };
        match (subject, to) {
            (PlacementSubject::Rotation, _) if tenant.withdraws => Fate::Withdrawn,
            // A role reaches the unit that takes over and nothing more.
            (PlacementSubject::Grant, Some(to)) if !self.hanging.heirs.around(*unit).any(|near| near == to) => {
                let say = Say::new("Chỉ ở đơn vị kế thừa", "At a unit that takes over alone");
                self.refuse(format!("{at}/unit"), |at| Finding::new(at, code::OUT_OF_RANGE, say));
                Fate::Ends
            }
            (_, Some(to)) => Fate::Unit(to),
            (PlacementSubject::Grant, None) => Fate::Ends,
            (_, None) => {
                self.refuse(format!("{at}/unit"), |at| Finding::plain(at, code::REQUIRED));
                Fate::Ends
            }
        }
    }

    /// One finding for each kind of thing that hangs, and those that the caller places and that do not hang.
    fn leave(&mut self) {
        let unheard: Vec<String> =
            self.said.values().filter(|said| !said.heard).map(|said| format!("{}/subject_id", said.at)).collect();
        for at in unheard {
            self.refuse(at, |at| Finding::plain(at, code::UNKNOWN_REFERENCE));
        }
        for (subject, count) in std::mem::take(&mut self.left) {
            let name = subject.name();
            let vi = format!("Chưa được bố trí: {count} ({name}); xem proposals, hoặc gửi accept_proposals");
            let en = format!("Left without a place: {count} ({name}); see proposals, or send accept_proposals");
            self.out.findings.push(Finding::new("/placements", code::LEFT_HANGING, Say::new(vi, en)));
        }
    }
}

/// Nobody places what is their own.
pub fn own(label: &str) -> Finding {
    let say = Say::new(format!("{label}: của chính người gửi"), format!("{label}: is the caller's own"));
    Finding::new("/placements", code::OWN_CASE, say)
}

fn holding(held: &Standing) -> String {
    format!("{}: {}", held.cadre_name, held.post_label)
}

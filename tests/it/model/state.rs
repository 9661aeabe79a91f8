//! The model: what canbo promises, on a few people, seats and cases in memory. It shares no code with the service.

use chrono::{Days, NaiveDate};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// A system that keeps and prepares.
    Officer,
    /// A person who prepares and decides.
    Both,
    /// A person who decides.
    Decider,
    /// A person who decides in the first commune alone.
    Local,
    /// A person who prepares and decides and is the first cadre.
    Oneself,
    /// A system that was granted what a person may: to prepare and to decide.
    Machine,
    /// A person who decides in another commune.
    Stranger,
}

impl Who {
    pub const ALL: [Self; 7] =
        [Self::Officer, Self::Both, Self::Decider, Self::Local, Self::Oneself, Self::Machine, Self::Stranger];

    fn has_prepare(self) -> bool {
        matches!(self, Self::Officer | Self::Both | Self::Oneself | Self::Machine)
    }

    fn has_decide(self) -> bool {
        self != Self::Officer
    }
}

/// One call, or some days that pass. What a number picks is taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Step {
    Person { unit: usize },
    Seat { unit: usize, full_time: bool },
    Appoint { person: usize, seat: usize, ago: i64, length: Option<u64> },
    Prepare { by: Who, unit: usize, moves: Vec<Wanted>, days: i64 },
    Decide { by: Who, case: usize, stale: bool },
    Withdraw { by: Who, case: usize, stale: bool },
    Enrol { course: usize, people: Vec<usize> },
    Result { enrolment: usize, outcome: usize, stale: bool },
    Status { person: usize, active: bool },
    EndSeat { seat: usize, days: Option<u64> },
    Advance { days: u64 },
}

/// A move that is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub person: usize,
    pub from: From,
    pub to: usize,
}

/// What is left.
#[derive(Clone, Debug)]
pub enum From {
    Nothing,
    /// What the person holds on the eve, whichever it is, where there is something.
    Held(usize),
    Seat(usize),
}

#[derive(Clone, Debug)]
pub struct Person {
    pub unit: usize,
    pub active: bool,
    pub version: i32,
}

#[derive(Clone, Debug)]
pub struct Seat {
    pub unit: usize,
    pub full_time: bool,
    pub to: Option<NaiveDate>,
    pub version: i32,
}

/// An appointment; who ended it last stands last.
#[derive(Clone, Debug)]
pub struct Held {
    pub person: usize,
    pub seat: usize,
    pub from: NaiveDate,
    pub full_time: bool,
    pub by: Option<usize>,
    pub first_to: Option<NaiveDate>,
    pub ended: Vec<(NaiveDate, usize)>,
}

impl Held {
    /// The first day that it does not hold.
    pub fn to(&self) -> Option<NaiveDate> {
        self.ended.last().map(|(to, _)| *to).or(self.first_to)
    }

    pub fn on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to().is_none_or(|to| day < to)
    }

    fn meets(&self, other: &Self) -> bool {
        self.to().is_none_or(|to| other.from < to) && other.to().is_none_or(|to| self.from < to)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Prepared,
    Decided,
    Effective,
    Withdrawn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub person: usize,
    pub from: Option<usize>,
    pub to: usize,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub unit: usize,
    pub day: NaiveDate,
    pub moves: Vec<Move>,
    pub by: Who,
    pub state: State,
    pub version: i32,
}

#[derive(Clone, Debug)]
pub struct Course {
    pub seats: usize,
    pub last: NaiveDate,
}

#[derive(Clone, Debug)]
pub struct Enrolment {
    pub course: usize,
    pub person: usize,
    pub state: &'static str,
    pub version: i32,
}

/// How each outcome of training is called.
pub const OUTCOMES: [&str; 3] = ["passed", "failed", "withdrawn"];

/// The first day of every seat.
pub fn beginning() -> NaiveDate {
    "2025-07-01".parse().unwrap()
}

#[derive(Clone, Debug)]
pub struct Model {
    pub today: NaiveDate,
    pub people: Vec<Person>,
    pub seats: Vec<Seat>,
    pub held: Vec<Held>,
    pub cases: Vec<Case>,
    pub courses: Vec<Course>,
    pub enrolments: Vec<Enrolment>,
}

/// A status that is not a success.
pub type Refusal = u16;

pub fn after(day: NaiveDate, days: i64) -> NaiveDate {
    let moved = if days < 0 {
        day.checked_sub_days(Days::new(days.unsigned_abs()))
    } else {
        day.checked_add_days(Days::new(days.unsigned_abs()))
    };
    moved.unwrap()
}

impl Model {
    /// Whether PostgreSQL would keep it: no seat has two holders on a day, nobody two full-time seats.
    fn possible(&self) -> bool {
        let pairs = self
            .held
            .iter()
            .enumerate()
            .flat_map(|(index, one)| self.held[index + 1..].iter().map(move |two| (one, two)));
        pairs
            .filter(|(one, two)| one.meets(two))
            .all(|(one, two)| one.seat != two.seat && !(one.person == two.person && one.full_time && two.full_time))
    }

    /// Does this where it leads to what can be.
    fn attempt(&mut self, change: impl FnOnce(&mut Self)) -> Result<(), Refusal> {
        let mut next = self.clone();
        change(&mut next);
        if !next.possible() {
            return Err(409);
        }
        *self = next;
        Ok(())
    }

    /// The file goes where the person has a full-time seat today.
    fn move_file(&mut self, person: usize) {
        let today = self.today;
        let seat = self.held.iter().find(|held| held.person == person && held.full_time && held.on(today));
        let unit = seat.map(|held| self.seats[held.seat].unit);
        if let Some(unit) = unit.filter(|unit| *unit != self.people[person].unit) {
            self.people[person].unit = unit;
            self.people[person].version += 1;
        }
    }

    pub fn appoint(
        &mut self,
        person: usize,
        seat: usize,
        from: NaiveDate,
        to: Option<NaiveDate>,
    ) -> Result<(), Refusal> {
        let (today, of) = (self.today, &self.seats[seat]);
        let inside = from >= beginning() && of.to.is_none_or(|end| to.is_some_and(|to| to <= end));
        let held = Held { person, seat, from, full_time: of.full_time, by: None, first_to: to, ended: Vec::new() };
        if !inside || from > today || !self.people[person].active && held.on(today) {
            return Err(422);
        }
        self.attempt(|next| {
            let file = held.full_time && held.on(today);
            next.held.push(held);
            if file {
                next.move_file(person);
            }
        })
    }

    /// The appointment that a person has to a seat on a day.
    fn holding(&self, person: usize, seat: usize, day: NaiveDate) -> Option<usize> {
        self.held.iter().position(|held| held.person == person && held.seat == seat && held.on(day))
    }

    /// What stands against moves on a day.
    fn assess(&self, moves: &[Move], day: NaiveDate) -> Result<(), Refusal> {
        let eve = after(day, -1);
        let mut wrong = !(1..=100).contains(&moves.len());
        let mut taken = false;
        for (index, step) in moves.iter().enumerate() {
            let earlier = &moves[..index];
            wrong |= earlier.iter().any(|other| other.person == step.person || other.to == step.to);
            wrong |= !self.people[step.person].active || step.from == Some(step.to);
            wrong |= step.from.is_some_and(|from| self.holding(step.person, from, eve).is_none());
            let to = &self.seats[step.to];
            wrong |= day < beginning() || to.to.is_some_and(|end| day >= end);
            let leaves = |held: &Held| {
                held.from < day
                    && moves.iter().any(|other| other.person == held.person && other.from == Some(held.seat))
            };
            let stays = |held: &&Held| held.to().is_none_or(|to| to > day) && !leaves(held);
            taken |= self
                .held
                .iter()
                .filter(stays)
                .any(|held| held.seat == step.to || held.person == step.person && held.full_time && to.full_time);
        }
        if taken {
            Err(409)
        } else if wrong {
            Err(422)
        } else {
            Ok(())
        }
    }

    pub fn prepare(&mut self, by: Who, unit: usize, moves: Vec<Move>, day: NaiveDate) -> Result<(), Refusal> {
        if !by.has_prepare() || by == Who::Oneself && moves.iter().any(|step| step.person == 0) {
            return Err(403);
        }
        self.assess(&moves, day)?;
        self.cases.push(Case { unit, day, moves, by, state: State::Prepared, version: 1 });
        Ok(())
    }

    fn touched(&self, case: &Case) -> Vec<usize> {
        case.moves
            .iter()
            .flat_map(|step| step.from.into_iter().chain([step.to]))
            .map(|seat| self.seats[seat].unit)
            .collect()
    }

    pub fn sees(&self, who: Who, case: usize) -> bool {
        let case = &self.cases[case];
        match who {
            Who::Stranger => false,
            Who::Local => case.unit == 0 || self.touched(case).contains(&0),
            _ => true,
        }
    }

    fn decides(&self, who: Who, case: &Case) -> bool {
        match who {
            Who::Both | Who::Decider | Who::Oneself => true,
            Who::Local => case.unit == 0 && self.touched(case).iter().all(|unit| *unit == 0),
            Who::Officer | Who::Machine | Who::Stranger => false,
        }
    }

    /// Whether somebody may decide or withdraw a case that they see.
    pub fn guard(&self, who: Who, case: usize, decide: bool) -> Result<(), Refusal> {
        let case = &self.cases[case];
        let lifts = !decide && case.state != State::Decided && who.has_prepare();
        if !self.decides(who, case) && !lifts || who == Who::Oneself && case.moves.iter().any(|step| step.person == 0) {
            return Err(403);
        }
        match (decide, case.state) {
            (true, State::Prepared) if case.by == who => Err(403),
            (_, State::Prepared) => Ok(()),
            (false, State::Decided) if case.day > self.today => Ok(()),
            _ => Err(409),
        }
    }

    /// Whether somebody may prepare what takes back a case that they see.
    pub fn may_compensate(&self, who: Who, case: usize) -> bool {
        let case = &self.cases[case];
        case.state == State::Effective && who.has_prepare() && (who != Who::Local || case.unit == 0)
    }

    fn admitted(&self, who: Who, case: usize, decide: bool, stale: bool) -> Result<(), Refusal> {
        if decide && !who.has_decide() {
            return Err(403);
        }
        if !self.sees(who, case) {
            return Err(404);
        }
        self.guard(who, case, decide)?;
        if stale { Err(412) } else { Ok(()) }
    }

    fn take_effect(&mut self, case: usize) {
        for step in self.cases[case].moves.clone() {
            self.move_file(step.person);
        }
        self.cases[case].state = State::Effective;
        self.cases[case].version += 1;
    }

    pub fn decide(&mut self, who: Who, case: usize, stale: bool) -> Result<(), Refusal> {
        self.admitted(who, case, true, stale)?;
        let Case { day, moves, .. } = self.cases[case].clone();
        self.assess(&moves, day)?;
        self.attempt(|next| {
            for step in &moves {
                if let Some(from) = step.from {
                    let held = next.holding(step.person, from, after(day, -1)).unwrap();
                    let held = &mut next.held[held];
                    let to = held.to().map_or(day, |to| to.min(day));
                    held.ended.push((to, case));
                }
            }
            for step in &moves {
                let Seat { full_time, to, .. } = next.seats[step.to];
                let opened = Held {
                    person: step.person,
                    seat: step.to,
                    from: day,
                    full_time,
                    by: Some(case),
                    first_to: to,
                    ended: Vec::new(),
                };
                next.held.push(opened);
            }
            next.cases[case].state = State::Decided;
            next.cases[case].version += 1;
            if day <= next.today {
                next.take_effect(case);
            }
        })
    }

    pub fn withdraw(&mut self, who: Who, case: usize, stale: bool) -> Result<(), Refusal> {
        self.admitted(who, case, false, stale)?;
        if self.cases[case].state == State::Decided {
            // Who ended it after this case is withdrawn first.
            let ended_by = |held: &Held, of: usize| held.ended.iter().any(|(_, by)| *by == of);
            let overtaken = self.held.iter().any(|held| {
                (held.by == Some(case) || ended_by(held, case)) && held.ended.last().is_some_and(|(_, by)| *by != case)
            });
            if overtaken {
                return Err(409);
            }
            let mut next = self.clone();
            next.held.retain(|held| held.by != Some(case));
            let mut fits = true;
            for held in next.held.iter_mut().filter(|held| ended_by(held, case)) {
                held.ended.pop();
                fits &= self.seats[held.seat].to.is_none_or(|end| held.to().is_some_and(|to| to <= end));
            }
            if !fits || !next.possible() {
                return Err(409);
            }
            *self = next;
        }
        self.cases[case].state = State::Withdrawn;
        self.cases[case].version += 1;
        Ok(())
    }

    pub fn enrol(&mut self, course: usize, people: &[usize]) -> Result<(), Refusal> {
        let of = &self.courses[course];
        let on = |person: usize| self.enrolments.iter().any(|one| one.course == course && one.person == person);
        let taken = self.enrolments.iter().filter(|one| one.course == course && one.state != "withdrawn").count();
        let twice = people.iter().enumerate().any(|(index, person)| people[..index].contains(person));
        if twice
            || self.today > of.last
            || taken + people.len() > of.seats
            || people.iter().any(|person| on(*person) || !self.people[*person].active)
        {
            return Err(422);
        }
        self.enrolments.extend(people.iter().map(|person| Enrolment {
            course,
            person: *person,
            state: "enrolled",
            version: 1,
        }));
        Ok(())
    }

    pub fn record(&mut self, enrolment: usize, outcome: usize, stale: bool) -> Result<(), Refusal> {
        let one = &mut self.enrolments[enrolment];
        if one.state != "enrolled" {
            return Err(409);
        }
        if stale {
            return Err(412);
        }
        one.state = OUTCOMES[outcome];
        one.version += 1;
        Ok(())
    }

    pub fn end_seat(&mut self, seat: usize, to: Option<NaiveDate>) -> Result<(), Refusal> {
        let vacated = |to: NaiveDate| {
            self.held.iter().filter(|held| held.seat == seat).all(|held| held.to().is_some_and(|end| end <= to))
        };
        if !to.is_none_or(vacated) {
            return Err(422);
        }
        self.seats[seat].to = to;
        self.seats[seat].version += 1;
        Ok(())
    }

    /// Who leaves the service holds nothing any more from the next day on.
    pub fn set_status(&mut self, person: usize, active: bool) -> Result<(), Refusal> {
        let next = after(self.today, 1);
        let holds = |held: &Held| held.person == person && held.to().is_none_or(|to| next < to);
        if !active && self.people[person].active && self.held.iter().any(holds) {
            return Err(422);
        }
        self.people[person].active = active;
        self.people[person].version += 1;
        Ok(())
    }

    /// Some days later: cases whose day has come take effect, the earliest first.
    pub fn advance(&mut self, days: u64) {
        self.today = after(self.today, days.try_into().unwrap());
        let today = self.today;
        let mut due: Vec<usize> = (0..self.cases.len())
            .filter(|case| self.cases[*case].state == State::Decided && self.cases[*case].day <= today)
            .collect();
        due.sort_by_key(|case| (self.cases[*case].day, *case));
        for case in due {
            self.take_effect(case);
        }
    }
}

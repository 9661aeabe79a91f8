//! What canbo promises of cases in steps, in small: the states, who may do what, what a step lacks, what a decision does.
//! Written from the conventions of the API, not from the code that is tried.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::words::{Action, Paper, Procedure, State, Who};

/// Status and code of a refusal.
pub type Refusal = (u16, &'static str);

const FORBIDDEN: Refusal = (403, "forbidden");
const OWN_CASE: Refusal = (403, "own_case");
const TWO_PEOPLE: Refusal = (403, "separation_of_duties");
const WRONG_STATE: Refusal = (409, "wrong_state");
const INCOMPLETE: Refusal = (409, "step_incomplete");
const REFUSED: Refusal = (422, "refused");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub person: usize,
    pub from: Option<usize>,
    pub to: usize,
    pub elected: bool,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub procedure: Procedure,
    pub state: State,
    pub by: Who,
    /// The commune that keeps it.
    pub unit: usize,
    pub day: NaiveDate,
    pub moves: Vec<Move>,
    pub version: i32,
    /// What the last paper of each slot means.
    pub stances: BTreeMap<(Paper, Option<usize>), bool>,
    /// The case that takes back what it did.
    pub taken_by: Option<usize>,
}

/// Something that a step lacks: which paper, on whom, and whether one is there that speaks against it.
pub type Lack = (Paper, Option<usize>, bool);

impl Case {
    fn last_state(&self) -> State {
        if self.procedure == Procedure::Direct { State::Prepared } else { State::Exchanged }
    }

    pub fn moves_person(&self, person: usize) -> bool {
        self.moves.iter().any(|step| step.person == person)
    }

    /// What the present step needs and does not have, or has against it.
    pub fn lacking(&self) -> Vec<Lack> {
        let mut needed = Vec::new();
        for step in &self.moves {
            let mut need = |paper| needed.push((paper, Some(step.person)));
            if self.state == State::PeopleProposed {
                need(Paper::Conclusion);
            }
            if self.state == State::Prepared && self.procedure != Procedure::Direct {
                if step.from.is_some() {
                    need(Paper::Origin);
                }
                need(Paper::Destination);
                need(Paper::Interview);
            }
            if self.state == self.last_state() && step.elected {
                need(Paper::Election);
            }
        }
        let votes = self.state == self.last_state();
        let asked = self.procedure == Procedure::FiveSteps || self.stances.contains_key(&(Paper::Vote, None));
        if votes && asked {
            needed.push((Paper::Vote, None));
        }
        let lacks = |(paper, person)| match self.stances.get(&(paper, person)) {
            Some(true) => None,
            found => Some((paper, person, found.is_some())),
        };
        needed.into_iter().filter_map(lacks).collect()
    }

    fn fits(&self, action: Action, today: NaiveDate) -> bool {
        match action {
            Action::ApprovePolicy => self.state == State::PolicyProposed,
            Action::ProposePeople => matches!(self.state, State::PolicyApproved | State::PeopleProposed),
            Action::ConcludePreparation => self.state == State::PeopleProposed,
            Action::ConcludeExchange => self.state == State::Prepared && self.procedure != Procedure::Direct,
            Action::Decide => self.state == self.last_state(),
            Action::Refuse => self.state < State::Decided,
            Action::Withdraw => self.state < State::Decided || self.state == State::Decided && self.day > today,
            Action::Compensate => self.state == State::Effective && self.taken_by.is_none(),
        }
    }

    /// Whether somebody who sees the case may do this now.
    pub fn guard(&self, who: Who, action: Action, today: NaiveDate) -> Result<(), Refusal> {
        let may = match action {
            Action::ApprovePolicy | Action::Decide => who.decides(),
            Action::Withdraw if self.state == State::Decided => who.decides(),
            Action::Refuse | Action::Withdraw => who.withdraws(),
            _ => who.prepares(),
        };
        let steps = matches!(action, Action::ConcludePreparation | Action::ConcludeExchange | Action::Decide);
        if !may {
            Err(FORBIDDEN)
        } else if who == Who::Mover && self.moves_person(0) {
            Err(OWN_CASE)
        } else if !self.fits(action, today) {
            Err(WRONG_STATE)
        } else if matches!(action, Action::ApprovePolicy | Action::Decide) && self.by == who {
            Err(TWO_PEOPLE)
        } else if steps && !self.lacking().is_empty() {
            Err(INCOMPLETE)
        } else {
            Ok(())
        }
    }

    fn takes(&self, paper: Paper) -> bool {
        match paper {
            Paper::Conclusion => matches!(self.state, State::PeopleProposed | State::Prepared),
            Paper::Origin | Paper::Destination | Paper::Interview => self.state == State::Prepared,
            Paper::Vote | Paper::Election => self.state == State::Exchanged || self.state == self.last_state(),
            Paper::Waiver => {
                let states = [State::PeopleProposed, State::Prepared, State::Exchanged, State::Effective];
                states.contains(&self.state)
            }
            Paper::Document => !matches!(self.state, State::Refused | State::Withdrawn),
        }
    }
}

/// An appointment; the cases that ended it, the last one last.
#[derive(Clone, Debug)]
pub struct Held {
    pub person: usize,
    pub seat: usize,
    pub from: NaiveDate,
    pub by: Option<usize>,
    pub ended: Vec<(NaiveDate, usize)>,
}

impl Held {
    pub fn to(&self) -> Option<NaiveDate> {
        self.ended.last().map(|(to, _)| *to)
    }

    fn on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to().is_none_or(|to| day < to)
    }
}

pub fn after(day: NaiveDate, days: i64) -> NaiveDate {
    let by = Days::new(days.unsigned_abs());
    if days < 0 { day - by } else { day + by }
}

/// People and full-time seats of two communes, and the cases about them.
#[derive(Clone, Debug)]
pub struct Model {
    pub today: NaiveDate,
    /// In which commune each seat is.
    pub seats: Vec<usize>,
    /// Which commune keeps the file of each person.
    pub files: Vec<usize>,
    pub held: Vec<Held>,
    pub cases: Vec<Case>,
}

impl Model {
    pub fn sees(&self, who: Who, case: &Case) -> bool {
        let touches = |step: &Move| step.from.into_iter().chain([step.to]).any(|seat| self.seats[seat] == 0);
        who != Who::Local || case.unit == 0 || case.moves.iter().any(touches)
    }

    /// What stands against moves on a day.
    fn assess(&self, moves: &[Move], day: NaiveDate) -> Result<(), Refusal> {
        let (mut wrong, mut post, mut person) = (moves.is_empty(), false, false);
        for (index, step) in moves.iter().enumerate() {
            wrong |= moves[..index].iter().any(|other| other.person == step.person || other.to == step.to);
            wrong |= step.from == Some(step.to);
            let holds = |from| {
                self.held.iter().any(|held| (held.person, held.seat) == (step.person, from) && held.on(after(day, -1)))
            };
            wrong |= step.from.is_some_and(|from| !holds(from));
            let leaves = |held: &Held| {
                let by = |other: &Move| other.person == held.person && other.from == Some(held.seat);
                held.from < day && moves.iter().any(by)
            };
            for held in self.held.iter().filter(|held| held.to().is_none_or(|to| to > day) && !leaves(held)) {
                if held.seat == step.to {
                    post = true;
                } else if held.person == step.person {
                    person = true;
                }
            }
        }
        match (post, person, wrong) {
            (true, ..) => Err((409, "post_taken")),
            (_, true, _) => Err((409, "person_taken")),
            (.., true) => Err(REFUSED),
            _ => Ok(()),
        }
    }

    /// Somebody puts people on a slate.
    fn admit(&self, who: Who, moves: &[Move], day: NaiveDate) -> Result<(), Refusal> {
        if who == Who::Mover && moves.iter().any(|step| step.person == 0) {
            return Err(OWN_CASE);
        }
        self.assess(moves, day)
    }

    pub fn prepare(
        &mut self,
        by: Who,
        procedure: Procedure,
        unit: usize,
        moves: &[Move],
        day: NaiveDate,
    ) -> Result<(), Refusal> {
        if !by.prepares() {
            return Err(FORBIDDEN);
        }
        let state = match procedure {
            Procedure::FiveSteps if !moves.is_empty() => return Err(REFUSED),
            Procedure::FiveSteps => State::PolicyProposed,
            Procedure::Agreement | Procedure::Direct => {
                self.admit(by, moves, day)?;
                State::Prepared
            }
        };
        let moves = moves.to_vec();
        let (stances, taken_by) = (BTreeMap::new(), None);
        self.cases.push(Case { procedure, state, by, unit, day, moves, version: 1, stances, taken_by });
        Ok(())
    }

    /// Everybody of an effective case goes back where they came from, on a day after its own.
    fn compensate(&mut self, by: Who, case: usize, day: NaiveDate) -> Result<(), Refusal> {
        let of = self.cases[case].clone();
        let back = |step: &Move| {
            let here = |held: &&Held| held.by == Some(case) && held.person == step.person && held.on(after(day, -1));
            let (now, home) = (self.held.iter().find(here)?.seat, step.from?);
            Some(Move { person: step.person, from: Some(now), to: home, elected: false })
        };
        let moves: Option<Vec<Move>> = of.moves.iter().map(back).collect();
        let moves = moves.filter(|_| day > of.day).ok_or(REFUSED)?;
        self.prepare(by, Procedure::Direct, of.unit, &moves, day)?;
        self.cases[case].taken_by = Some(self.cases.len() - 1);
        Ok(())
    }

    /// Does something with a case; `slate`: the moves and the day that are proposed.
    pub fn act(
        &mut self,
        who: Who,
        case: usize,
        action: Action,
        stale: bool,
        slate: &(Vec<Move>, NaiveDate),
    ) -> Result<(), Refusal> {
        let of = &self.cases[case];
        let permitted = match action {
            Action::ApprovePolicy | Action::Decide => who.decides(),
            Action::Refuse | Action::Withdraw => who.withdraws(),
            _ => who.prepares(),
        };
        if !permitted {
            return Err(FORBIDDEN);
        }
        of.guard(who, action, self.today)?;
        if stale {
            return Err((412, "stale"));
        }
        match action {
            Action::ApprovePolicy => self.cases[case].state = State::PolicyApproved,
            Action::ProposePeople => {
                self.admit(who, &slate.0, slate.1)?;
                let of = &mut self.cases[case];
                let stays = |person: Option<usize>| {
                    let same = |step: &&Move| {
                        of.moves.iter().any(|old| (old.person, old.from, old.to) == (step.person, step.from, step.to))
                    };
                    person.is_none_or(|person| slate.0.iter().filter(same).any(|step| step.person == person))
                };
                let stances = of.stances.iter().filter(|((_, person), _)| stays(*person));
                of.stances = stances.map(|(slot, stance)| (*slot, *stance)).collect();
                (of.moves, of.day) = slate.clone();
                of.state = State::PeopleProposed;
            }
            Action::ConcludePreparation => self.cases[case].state = State::Prepared,
            Action::ConcludeExchange => self.cases[case].state = State::Exchanged,
            Action::Decide => self.decide(case)?,
            Action::Refuse => self.cases[case].state = State::Refused,
            Action::Withdraw => self.withdraw(case)?,
            Action::Compensate => self.compensate(who, case, slate.1)?,
        }
        if matches!(action, Action::Refuse | Action::Withdraw) {
            // What it was to take back may be taken back by another.
            self.cases.iter_mut().filter(|of| of.taken_by == Some(case)).for_each(|of| of.taken_by = None);
        }
        self.cases[case].version += 1;
        if action == Action::Decide && self.cases[case].day <= self.today {
            self.take_effect(case);
        }
        Ok(())
    }

    fn decide(&mut self, case: usize) -> Result<(), Refusal> {
        let Case { day, moves, .. } = self.cases[case].clone();
        self.assess(&moves, day)?;
        for step in &moves {
            let left = self
                .held
                .iter_mut()
                .find(|held| held.person == step.person && Some(held.seat) == step.from && held.on(after(day, -1)));
            if let Some(held) = left {
                let to = held.to().map_or(day, |to| to.min(day));
                held.ended.push((to, case));
            }
        }
        let opened =
            |step: &Move| Held { person: step.person, seat: step.to, from: day, by: Some(case), ended: Vec::new() };
        self.held.extend(moves.iter().map(opened));
        self.cases[case].state = State::Decided;
        Ok(())
    }

    fn withdraw(&mut self, case: usize) -> Result<(), Refusal> {
        if self.cases[case].state == State::Decided {
            let ended_by = |held: &Held| held.ended.iter().any(|(_, by)| *by == case);
            let later = |held: &Held| held.ended.last().is_some_and(|(_, by)| *by != case);
            if self.held.iter().any(|held| (held.by == Some(case) || ended_by(held)) && later(held)) {
                return Err((409, "conflict"));
            }
            let mut next = self.held.clone();
            next.retain(|held| held.by != Some(case));
            for held in next.iter_mut().filter(|held| ended_by(held)) {
                held.ended.pop();
            }
            possible(&next)?;
            self.held = next;
        }
        self.cases[case].state = State::Withdrawn;
        Ok(())
    }

    fn take_effect(&mut self, case: usize) {
        for step in self.cases[case].moves.clone() {
            let today = self.held.iter().find(|held| held.person == step.person && held.on(self.today));
            if let Some(held) = today {
                self.files[step.person] = self.seats[held.seat];
            }
        }
        self.cases[case].state = State::Effective;
        self.cases[case].version += 1;
    }

    /// Records a paper on somebody; `good`: that speaks for the case.
    pub fn record(&mut self, who: Who, case: usize, paper: Paper, person: usize, good: bool) -> Result<(), Refusal> {
        let of = &self.cases[case];
        let may = match paper {
            Paper::Origin | Paper::Destination => who.speaks(),
            Paper::Vote | Paper::Waiver => who.decides(),
            _ => who.prepares(),
        };
        if !may {
            return Err(FORBIDDEN);
        }
        if !self.sees(who, of) {
            return Err((404, "not_found"));
        }
        if who == Who::Mover && of.moves_person(0) {
            return Err(OWN_CASE);
        }
        if paper == Paper::Waiver && of.by == who {
            return Err(TWO_PEOPLE);
        }
        if !of.takes(paper) {
            return Err(WRONG_STATE);
        }
        let step = of.moves.iter().find(|step| step.person == person);
        match paper {
            Paper::Vote => {}
            Paper::Origin | Paper::Destination => {
                let step = step.ok_or(REFUSED)?;
                let seat = if paper == Paper::Origin { step.from.ok_or(REFUSED)? } else { step.to };
                if who == Who::Local && self.seats[seat] != 0 {
                    return Err(FORBIDDEN);
                }
            }
            _ if step.is_none() => return Err(REFUSED),
            _ => {}
        }
        let of = &mut self.cases[case];
        of.version += 1;
        let about = (paper != Paper::Vote).then_some(person);
        // An opinion against a move is heard and hinders nothing.
        let good = good || matches!(paper, Paper::Origin | Paper::Destination);
        if !matches!(paper, Paper::Waiver | Paper::Document) {
            of.stances.insert((paper, about), good);
        }
        Ok(())
    }

    /// Some days later: cases whose day has come take effect, the earliest first.
    pub fn advance(&mut self, days: u64) {
        self.today = self.today + Days::new(days);
        let due = |case: &usize| self.cases[*case].state == State::Decided && self.cases[*case].day <= self.today;
        let mut due: Vec<usize> = (0..self.cases.len()).filter(due).collect();
        due.sort_by_key(|case| (self.cases[*case].day, *case));
        for case in due {
            self.take_effect(case);
        }
    }
}

/// No seat has two holders on a day, nobody two seats.
pub fn possible(held: &[Held]) -> Result<(), Refusal> {
    let meets =
        |one: &Held, two: &Held| one.to().is_none_or(|to| two.from < to) && two.to().is_none_or(|to| one.from < to);
    let pairs = held.iter().enumerate().flat_map(|(index, one)| held[index + 1..].iter().map(move |two| (one, two)));
    for (one, two) in pairs.filter(|(one, two)| meets(one, two)) {
        if one.seat == two.seat {
            return Err((409, "post_taken"));
        }
        if one.person == two.person {
            return Err((409, "person_taken"));
        }
    }
    Ok(())
}

//! Who calls, which procedures, states, actions and papers there are.

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Prepares.
    Officer,
    /// Prepares and decides.
    Both,
    /// Decides.
    Decider,
    /// Speaks for the first commune, and sees what touches it.
    Local,
    /// Prepares and decides, and is the first person.
    Mover,
    /// A system that was granted both.
    Machine,
    /// Reads.
    Reader,
}

impl Who {
    pub const ALL: [Self; 7] =
        [Self::Officer, Self::Both, Self::Decider, Self::Local, Self::Mover, Self::Machine, Self::Reader];

    pub fn prepares(self) -> bool {
        matches!(self, Self::Officer | Self::Both | Self::Mover | Self::Machine)
    }

    /// No system decides, whatever it was granted.
    pub fn decides(self) -> bool {
        matches!(self, Self::Both | Self::Decider | Self::Mover)
    }

    pub fn withdraws(self) -> bool {
        self.prepares() || self.decides()
    }

    pub fn speaks(self) -> bool {
        self.prepares() || self == Self::Local
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Procedure {
    FiveSteps,
    Agreement,
    Direct,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    PolicyProposed,
    PolicyApproved,
    PeopleProposed,
    Prepared,
    Exchanged,
    Decided,
    Effective,
    Refused,
    Withdrawn,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::PolicyProposed => "policy_proposed",
            Self::PolicyApproved => "policy_approved",
            Self::PeopleProposed => "people_proposed",
            Self::Prepared => "prepared",
            Self::Exchanged => "exchanged",
            Self::Decided => "decided",
            Self::Effective => "effective",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    ApprovePolicy,
    ProposePeople,
    ConcludePreparation,
    ConcludeExchange,
    Decide,
    Refuse,
    Withdraw,
    Compensate,
}

impl Action {
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::ApprovePolicy, "approve_policy"),
        (Self::ProposePeople, "propose_people"),
        (Self::ConcludePreparation, "conclude_preparation"),
        (Self::ConcludeExchange, "conclude_exchange"),
        (Self::Decide, "decide"),
        (Self::Refuse, "refuse"),
        (Self::Withdraw, "withdraw"),
        (Self::Compensate, "compensate"),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(action, _)| *action == self).unwrap().1
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Paper {
    Conclusion,
    Origin,
    Destination,
    Interview,
    Vote,
    Election,
    Waiver,
    Document,
}

impl Paper {
    pub const ALL: [Self; 8] = [
        Self::Conclusion,
        Self::Origin,
        Self::Destination,
        Self::Interview,
        Self::Vote,
        Self::Election,
        Self::Waiver,
        Self::Document,
    ];
}

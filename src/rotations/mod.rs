//! Rotations: cases of linked moves, decided together, effective on one day.
//!
//! A CASE (hồ sơ) is one or more MOVES: a person leaves one post and enters another, by rotation (luân chuyển), transfer
//! (điều động), secondment (biệt phái), change of position, or appointment. Both ends are planned: what is left and what
//! is entered. A case is prepared, decided by somebody else, effective on its day by itself, or withdrawn before it.
//!
//! The appointments that a decision opens and closes are written when it is decided, with the periods that it gives them.
//! So the posts change hands at midnight of the day, whether or not any process runs; what follows from it (the unit that
//! keeps the person's file, the events) is done by [`take_due_effects`], exactly once.
//!
//! What comes before a case is a PLAN (kế hoạch luân chuyển); what comes after a rotation or a secondment took effect is a POSTING:
//! evaluated, extended, concluded. What a case did is taken back by another one, never unmade.
//!
//! Worked example: on 20 November an inspector's return is decided for 1 December, and with it the move of the deputy
//! who takes the post that he leaves. Read as of 30 November both sit where they were; as of 1 December each has moved.
//!
//! NOT here: who holds what (posts), who the person is (cadres), what the law says (regulations).

mod api;
mod model;
mod rules;
mod service;
mod store;

pub use api::configure;
pub use model::{
    Approval, Ballot, ConclusionContent, Decision, Direction, DocumentContent, DossierItem, InterviewContent, Meeting,
    MoveKind, OpinionContent, OpinionSide, Proposal, ProposedMove, Rotation, RotationId, RotationProcedure,
    RotationState, Slate, WaiverContent,
};
pub use service::{
    approve_policy, conclude_exchange, conclude_preparation, decide, prepare, propose_people, record, record_opinion,
    record_vote, refuse, take_due_effects, withdraw,
};
pub use store::{OpenCase, move_cases, open_cases, withdraw_undecided};

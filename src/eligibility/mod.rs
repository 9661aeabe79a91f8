//! Eligibility (điều kiện, tiêu chuẩn): whether a person fits a post on a day, rule by rule, with what is needed to trust it.
//!
//! An INPUT is everything that one person is held against one post by: the facts of the file, the post, the standard of its
//! title, the values of law, the day. [`judge`] is a pure function of it: the same inputs give the same bytes, today and years
//! later. A CHECK is one rule: a verdict, the rule's text and citation, the facts compared, and what would make it pass.
//! `unknown` where a fact or a rule is missing, or may not be seen by who asks: never a silent pass.
//!
//! Whole subtrees are judged by the same code, without its words: what is told in full is the page that is shown.
//!
//! Worked example: a rotation from 2026-12-01 to 2028-11-30 fails `rotation.minimum_months`: "24 months < 36", Nghị định
//! 170/2025/NĐ-CP, Điều 48; it would pass with a last day of 2029-11-30 or later. On 2025-06-30 the same case cites 65-QĐ/TW.
//!
//! NOT here: whether a case can be (rotations), what is kept of it with a decision (rotations), what the law and the standards
//! say (regulations, posts).

mod api;
mod model;
mod rules;
mod service;

pub use api::{Candidate, configure};
pub use model::{Assessment, Check, Inputs, Judged, MoveKind, Question, Summary, Verdict};
pub use rules::judge;
pub use service::{MoveToJudge, Ranked, judge_moves, proposals};

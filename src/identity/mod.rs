//! Who may call: accounts of people, clients of systems, tokens, grants, scope.
//!
//! A GRANT gives an account or a client one role, at one unit and everything below it, for a period. A role is a set of
//! permissions. A handler asks for a permission by its argument type, `Caller<perm::DecideRotation>`: the extractor
//! answers 401 without a good token and 403 without a grant, and carries the scope in which the permission holds.
//!
//! Worked example: the grant (decider, commune Na Sang) lets its holder decide cases of Na Sang and of the bodies in it,
//! and see that the neighbouring commune does not exist.
//!
//! NOT here: what units are (the organisations room keeps [`scope::place`] up to date), and any rule about cadres.

pub mod api;
pub mod caller;
mod guessable;
pub mod model;
pub mod password;
pub mod perm;
pub mod scope;
mod service;
pub mod standing;
mod store;
pub mod tokens;

pub use caller::Caller;
pub use scope::Scope;
pub use service::{
    AccountProposal, ClientProposal, GrantProposal, create_account, create_client, create_grant, find_account,
    forget_what_is_over, has_grants,
};
pub use store::{cadre_of, cut_grants, grants_at, grants_left, names_of, pass_on_grants};

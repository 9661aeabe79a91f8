//! What a change says of itself: who writes under which conditions, its audit entry, its effects and events, what came
//! of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::canonical::digest;

/// What kind of caller acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A person who signed in.
    Account,
    /// Another system.
    Client,
    /// canbo itself: the effects of a day that has come, the demo province.
    System,
}

/// Who acts, as the audit record names them.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Kind of caller.
    pub kind: ActorKind,
    /// Account or client; none for the system.
    pub id: Option<Uuid>,
    /// User name or client id.
    pub label: String,
    /// The request that it came with.
    pub request_id: String,
}

/// The conditions that a write came with.
#[derive(Clone, Debug, Default)]
pub struct Write {
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// Method and path, for which the key counts.
    pub route: String,
    /// Digest of what was sent.
    pub digest: Vec<u8>,
    /// `If-Match`: the version that the caller saw.
    pub expected: Expected,
    /// Everything except the commit.
    pub validate_only: bool,
}

/// What `If-Match` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Nothing, or `*`.
    #[default]
    Any,
    /// This version of the resource.
    Version(i32),
    /// A tag that no version has.
    Never,
}

/// Who writes, and under which conditions.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who.
    pub actor: Actor,
    /// Under which conditions.
    pub write: Write,
}

/// One consequence of a write, as told by a dry run and kept in the audit record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Effect {
    /// What happens, lower_snake: `appointment_opened`, `post_left_vacant`, ...
    #[schema(max_length = 80, example = "appointment_opened")]
    pub effect: String,
    /// Kind of the thing that it happens to.
    #[schema(max_length = 80, example = "appointment")]
    pub subject: String,
    /// Its id; in a dry run that of a new thing is not kept.
    pub id: Uuid,
    /// Its name.
    #[schema(max_length = 400)]
    pub label: String,
    /// The day from which it counts, where it has one.
    pub on: Option<NaiveDate>,
}

impl Effect {
    /// A consequence.
    pub fn new(
        effect: &str,
        subject: &str,
        id: impl Into<Uuid>,
        label: impl Into<String>,
        on: Option<NaiveDate>,
    ) -> Self {
        Self { effect: effect.to_owned(), subject: subject.to_owned(), id: id.into(), label: label.into(), on }
    }
}

/// Something that other systems may want to know, leaving with the change itself.
#[derive(Clone, Debug)]
pub struct Event {
    /// `rotation.decided`, `enrolment.passed`, ...
    pub kind: &'static str,
    /// Identifiers and days; never names or personal numbers.
    pub data: Value,
}

/// What the audit record says of a change. Without one a change cannot commit.
#[derive(Debug)]
pub struct Entry {
    pub(super) subject: &'static str,
    pub(super) id: Uuid,
    pub(super) unit_id: Option<Uuid>,
    /// Whose file it is about, where that is not the thing itself.
    pub(super) about: Option<Uuid>,
    pub(super) before_digest: Option<String>,
    pub(super) effects: Vec<Effect>,
    pub(super) events: Vec<Event>,
}

impl Entry {
    /// A change of one thing.
    pub fn on(subject: &'static str, id: impl Into<Uuid>) -> Self {
        Self {
            subject,
            id: id.into(),
            unit_id: None,
            about: None,
            before_digest: None,
            effects: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The unit that it belongs to.
    #[must_use]
    pub fn within(mut self, unit: impl Into<Uuid>) -> Self {
        self.unit_id = Some(unit.into());
        self
    }

    /// The cadre whose file it is about: the person finds it among who read or changed their file.
    #[must_use]
    pub fn about(mut self, cadre: impl Into<Uuid>) -> Self {
        self.about = Some(cadre.into());
        self
    }

    /// As it was before: kept as a digest, in the form that the change returns it in.
    #[must_use]
    pub fn before(mut self, target: &impl Serialize) -> Self {
        self.before_digest = digest(target);
        self
    }

    /// With its consequences.
    #[must_use]
    pub fn effects(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.effects.extend(effects);
        self
    }

    /// With an event to send.
    #[must_use]
    pub fn event(mut self, kind: &'static str, data: Value) -> Self {
        self.events.push(Event { kind, data });
        self
    }
}

/// What came of a write.
#[derive(Debug)]
pub struct Outcome<T> {
    /// What the use case returned.
    pub value: T,
    /// The consequences.
    pub effects: Vec<Effect>,
    /// The same request was answered before, and this is that answer.
    pub replayed: bool,
    /// Nothing was kept.
    pub validated_only: bool,
}

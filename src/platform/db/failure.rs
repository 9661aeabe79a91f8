//! The ONE place where a failure of the database becomes an [`Error`].
//!
//! diesel shows no SQLSTATE for some failures; they are known by their English message (`lc_messages = C`, checked at
//! start-up), and the integration tests provoke each one.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::platform::error::{Code, Error, Finding, code};

/// What a constraint of ours means when it refuses: its name is the contract between SQL and Rust.
const CONSTRAINTS: &[(&str, &Code)] = &[
    ("appointments_one_holder_per_post", code::POST_TAKEN),
    ("appointments_one_full_time_post", code::PERSON_TAKEN),
    ("accounts_cadre_id_fkey", code::UNKNOWN_REFERENCE),
    ("appointing_authorities_one_at_a_time", code::DUPLICATE),
    ("accounts_user_name_key", code::DUPLICATE),
    ("clients_client_id_key", code::DUPLICATE),
    ("cadre_facts_one_at_a_time", code::DUPLICATE),
    ("cadres_personal_number_key", code::NUMBER_TAKEN),
    ("courses_code_key", code::DUPLICATE),
    ("delegations_one_at_a_time", code::DUPLICATE),
    ("enrolments_once_per_course", code::DUPLICATE),
    ("qualifications_enrolment_id_key", code::DUPLICATE),
    ("organisation_acts_number_key", code::DUPLICATE),
    ("plannings_once_at_a_time", code::DUPLICATE),
    ("post_freezes_one_at_a_time", code::CONFLICT),
    ("posts_one_of_a_number", code::DUPLICATE),
    ("programmes_code_key", code::DUPLICATE),
    ("regulations_one_at_a_time", code::DUPLICATE),
    // Written by one statement that takes what is there into account.
    ("sign_in_tries_pkey", code::CONFLICT),
    ("rotation_moves_person_key", code::REPEATED),
    ("rotation_moves_to_post_key", code::REPEATED),
    ("rotation_papers_slot_key", code::CONFLICT),
    ("rotation_plans_number_key", code::DUPLICATE),
    ("rotations_compensated_once", code::CONFLICT),
    ("rotations_number_key", code::DUPLICATE),
    ("title_standards_one_at_a_time", code::DUPLICATE),
    ("titles_code_key", code::DUPLICATE),
    ("unit_versions_one_at_a_time", code::CONFLICT),
    ("unit_versions_code_means_one_unit", code::DUPLICATE),
    ("unit_zones_one_at_a_time", code::DUPLICATE),
    ("accounts_cadre_id_key", code::DUPLICATE),
    ("rotation_plans_two_people_check", code::SEPARATION_OF_DUTIES),
    ("rotation_policies_two_people_check", code::SEPARATION_OF_DUTIES),
    ("rotations_two_people_check", code::SEPARATION_OF_DUTIES),
    ("cadre_proposals_two_people_check", code::OWN_CASE),
];

/// Fields that a constraint is about wherever it can be met.
const FIELDS: &[(&str, &str)] = &[
    ("accounts_cadre_id_fkey", "/cadre_id"),
    ("accounts_cadre_id_key", "/cadre_id"),
    ("accounts_user_name_key", "/user_name"),
    ("clients_client_id_key", "/client_id"),
];

/// The constraints that are mapped to a code: read by the law tests.
pub fn mapped_constraints() -> impl Iterator<Item = &'static str> {
    CONSTRAINTS.iter().map(|(name, _)| *name)
}

/// What a message of the server or of the driver means for the caller, and whether the whole transaction may run again.
enum Means {
    /// The transaction was rolled back for the good of another.
    Again,
    /// The connection is gone. What was not committed is rolled back.
    Lost,
    /// Not now.
    NotNow,
    /// The caller sent what PostgreSQL cannot keep.
    Bad,
}

/// Classes of failure that arrive as text alone, by what the message says.
const MESSAGES: &[(&str, Means)] = &[
    ("deadlock detected", Means::Again),
    ("canceling statement due to conflict with recovery", Means::Again),
    ("canceling statement due to", Means::NotNow),
    ("could not obtain lock on", Means::NotNow),
    ("terminating connection", Means::Lost),
    ("terminating walsender", Means::Lost),
    ("sorry, too many clients already", Means::NotNow),
    ("remaining connection slots", Means::NotNow),
    ("too many connections for", Means::NotNow),
    ("the database system is", Means::Lost),
    // Of the driver.
    ("connection closed", Means::Lost),
    ("error communicating with the server", Means::Lost),
    ("unexpected message from server", Means::Lost),
    ("error parsing response from server", Means::Lost),
    ("db error: FATAL", Means::Lost),
    // The server has no room: on its disk, in its memory, in its tables of locks.
    ("No space left on device", Means::NotNow),
    ("out of memory", Means::NotNow),
    ("out of shared memory", Means::NotNow),
    // U+0000 in a text that no room has cleaned, such as the name of a Basic header.
    ("invalid byte sequence for encoding", Means::Bad),
    ("unsupported Unicode escape sequence", Means::Bad),
    // Days that chrono can write and PostgreSQL cannot.
    ("date out of range", Means::Bad),
    ("timestamp out of range", Means::Bad),
];

fn meaning(message: &str) -> Option<&'static Means> {
    MESSAGES.iter().find(|(part, _)| message.contains(part)).map(|(_, means)| means)
}

/// Whether the connection that gave this failure is of no more use, by its own fault or its server's.
pub(super) fn spoils(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::ReadOnlyTransaction
            | DatabaseErrorKind::UnableToSendCommand,
            _,
        )
        | DieselError::BrokenTransactionManager
        | DieselError::RollbackErrorOnCommit { .. } => true,
        DieselError::DatabaseError(_, info) => matches!(meaning(info.message()), Some(Means::Lost)),
        _ => false,
    }
}

/// The error of a COMMIT. With the connection went the answer: the change may have been kept.
pub(super) fn of_commit(error: DieselError) -> Error {
    let error = match error {
        DieselError::RollbackErrorOnCommit { commit_error, .. } => *commit_error,
        error => error,
    };
    let read_only = matches!(&error, DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _));
    if spoils(&error) && !read_only { Error::new(code::OUTCOME_UNKNOWN).caused_by(error) } else { from_diesel(error) }
}

/// Gives the error that a failure of the database means. One after which nothing can have been kept may be run again.
pub fn from_diesel(error: DieselError) -> Error {
    let mut field = None;
    let (name, retryable) = match &error {
        DieselError::NotFound => (code::NOT_FOUND, false),
        DieselError::DatabaseError(
            DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::ReadOnlyTransaction,
            _,
        ) => (code::UNAVAILABLE, true),
        DieselError::BrokenTransactionManager => (code::UNAVAILABLE, false),
        DieselError::DatabaseError(kind, info) => {
            let constraint = info.constraint_name().unwrap_or_default();
            field = FIELDS.iter().find(|(known, _)| *known == constraint).map(|(_, field)| *field);
            match (CONSTRAINTS.iter().find(|(known, _)| *known == constraint), meaning(info.message()), kind) {
                (Some((_, code)), ..) => (*code, false),
                (None, Some(Means::Again | Means::Lost), _) => (code::UNAVAILABLE, true),
                (None, Some(Means::NotNow), _) | (None, None, DatabaseErrorKind::UnableToSendCommand) => {
                    (code::UNAVAILABLE, false)
                }
                (None, Some(Means::Bad), _) => (code::INVALID_REQUEST, false),
                (None, None, _) => (code::INTERNAL, false),
            }
        }
        _ => (code::INTERNAL, false),
    };
    let failure = Error::new(name).caused_by(error);
    let failure = match field {
        Some(field) => failure.with(Finding::plain(field, name)),
        None => failure,
    };
    if retryable { failure.retryable() } else { failure }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        from_diesel(error)
    }
}

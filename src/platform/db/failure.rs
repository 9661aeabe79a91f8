//! The ONE place where a failure of the database becomes an [`Error`].
//!
//! diesel shows no SQLSTATE for some failures; they are known by their English message (`lc_messages = C`, checked at
//! start-up), and the integration tests provoke each one.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::platform::error::{Code, Error, code};

/// What a constraint of ours means when it refuses: its name is the contract between SQL and Rust.
const CONSTRAINTS: &[(&str, &Code)] = &[
    ("appointments_one_holder_per_post", code::POST_TAKEN),
    ("appointments_one_full_time_post", code::PERSON_TAKEN),
    ("accounts_cadre_id_fkey", code::UNKNOWN_REFERENCE),
    ("accounts_user_name_key", code::DUPLICATE),
    ("clients_client_id_key", code::DUPLICATE),
    ("cadres_personal_number_key", code::DUPLICATE),
    ("courses_code_key", code::DUPLICATE),
    ("enrolments_once_per_course", code::DUPLICATE),
    ("qualifications_enrolment_id_key", code::DUPLICATE),
    ("organisation_acts_number_key", code::DUPLICATE),
    ("plannings_once_at_a_time", code::DUPLICATE),
    ("posts_one_of_a_number", code::DUPLICATE),
    ("programmes_code_key", code::DUPLICATE),
    ("regulations_one_at_a_time", code::DUPLICATE),
    // Written by one statement that takes what is there into account.
    ("sign_in_tries_pkey", code::CONFLICT),
    ("rotation_moves_person_key", code::REPEATED),
    ("rotation_moves_to_post_key", code::REPEATED),
    ("rotations_number_key", code::DUPLICATE),
    ("titles_code_key", code::DUPLICATE),
    ("unit_versions_one_at_a_time", code::CONFLICT),
    ("unit_versions_code_means_one_unit", code::DUPLICATE),
    ("accounts_cadre_id_key", code::DUPLICATE),
    ("rotations_two_people_check", code::SEPARATION_OF_DUTIES),
];

/// The constraints that are mapped to a code: read by the law tests.
pub fn mapped_constraints() -> impl Iterator<Item = &'static str> {
    CONSTRAINTS.iter().map(|(name, _)| *name)
}

/// Classes of failure that arrive as text alone, by how the server's message begins.
const MESSAGES: &[(&str, &Code, bool)] = &[
    ("deadlock detected", code::UNAVAILABLE, true),
    ("canceling statement due to statement timeout", code::UNAVAILABLE, false),
    ("canceling statement due to lock timeout", code::UNAVAILABLE, false),
    ("could not obtain lock on", code::UNAVAILABLE, false),
    ("terminating connection", code::UNAVAILABLE, false),
    ("sorry, too many clients already", code::UNAVAILABLE, false),
    ("remaining connection slots", code::UNAVAILABLE, false),
    ("the database system is", code::UNAVAILABLE, false),
    ("connection closed", code::UNAVAILABLE, false),
    ("db error: FATAL", code::UNAVAILABLE, false),
    // U+0000 in a text that no room has cleaned, such as the name of a Basic header.
    ("invalid byte sequence for encoding", code::INVALID_REQUEST, false),
    // Days that chrono can write and PostgreSQL cannot.
    ("date out of range", code::INVALID_REQUEST, false),
    ("timestamp out of range", code::INVALID_REQUEST, false),
];

/// Gives the error that a failure of the database means.
pub fn from_diesel(error: DieselError) -> Error {
    let (name, retryable) = match &error {
        DieselError::NotFound => (code::NOT_FOUND, false),
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => (code::UNAVAILABLE, true),
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::ReadOnlyTransaction, _)
        | DieselError::BrokenTransactionManager => (code::UNAVAILABLE, false),
        DieselError::DatabaseError(kind, info) => {
            let constraint = info.constraint_name().unwrap_or_default();
            let mapped = CONSTRAINTS.iter().find(|(known, _)| *known == constraint).map(|(_, code)| (*code, false));
            let said = MESSAGES
                .iter()
                .find(|(start, ..)| info.message().contains(start))
                .map(|(_, code, again)| (*code, *again));
            mapped.or(said).unwrap_or(match kind {
                DatabaseErrorKind::UnableToSendCommand => (code::UNAVAILABLE, false),
                _ => (code::INTERNAL, false),
            })
        }
        _ => (code::INTERNAL, false),
    };
    let failure = Error::new(name).caused_by(error);
    if retryable { failure.retryable() } else { failure }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        from_diesel(error)
    }
}

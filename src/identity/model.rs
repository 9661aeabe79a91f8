//! Roles, permissions, and the values of accounts, clients and grants.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::error::{Finding, Say, code};
use crate::platform::http::page::Ref;
use crate::platform::period::Period;
use crate::typed_id;

typed_id!(
    /// Id of an account.
    AccountId
);
typed_id!(
    /// Id of a client.
    ClientId
);
typed_id!(
    /// Id of a grant.
    GrantId
);

macro_rules! permissions {
    ($($variant:ident $name:literal)*) => {
        /// What a role may do. Each has an argument type of the same name in [`super::perm`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names below say it")]
        pub enum Permission { $($variant),* }

        impl Permission {
            /// Every permission.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As in the document and in refusals.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

permissions! {
    SignedIn           "signed_in"
    ManageAccounts     "accounts.manage"
    ReadUnits          "units.read"
    ManageUnits        "units.manage"
    ReadPosts          "posts.read"
    ManagePosts        "posts.manage"
    ReadCadres         "cadres.read"
    ReadSensitive      "cadre.sensitive.read"
    ManageCadres       "cadres.manage"
    ReadTraining       "training.read"
    ManageTraining     "training.manage"
    ReadRotations      "rotations.read"
    PrepareRotation    "rotations.prepare"
    DecideRotation     "rotations.decide"
    WithdrawRotation   "rotations.withdraw"
    ReadReports        "reports.read"
    ReadRegulations    "regulations.read"
    ReadAudit          "audit.read"
}

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident $name:literal [$($permission:ident)*])*) => {
        /// The roles. Within the unit of its grant and everything below it, a role may do what its permissions say.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Role { $($(#[$doc])* $variant),* }

        impl Role {
            /// Every role.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As in SQL and JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The role of a name.
            pub fn of(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|role| role.name() == name)
            }

            /// Its permissions.
            pub const fn permissions(self) -> &'static [Permission] {
                match self { $(Self::$variant => &[Permission::SignedIn, $(Permission::$permission),*]),* }
            }

            /// Whether it may.
            pub fn may(self, permission: Permission) -> bool {
                self.permissions().contains(&permission)
            }
        }
    };
}

roles! {
    /// The province's system administrator: accounts, clients, grants; no personnel decisions.
    Administrator "administrator" [ManageAccounts ReadUnits]
    /// Ban Tổ chức / Sở Nội vụ, the advisory body: keeps units, posts, cadres; prepares cases.
    OrganisationOfficer "organisation_officer" [ReadUnits ManageUnits ReadPosts ManagePosts ReadCadres ReadSensitive ManageCadres
        ReadTraining ReadRotations PrepareRotation WithdrawRotation ReadReports ReadRegulations]
    /// A unit's personnel officer: keeps the files of the unit.
    UnitOfficer "unit_officer" [ReadUnits ReadPosts ReadCadres ReadSensitive ManageCadres ReadTraining ReadRotations ReadReports ReadRegulations]
    /// Acts for the competent authority (Ban Thường vụ, ...): decides.
    Decider "decider" [ReadUnits ReadPosts ReadCadres ReadSensitive ReadTraining ReadRotations DecideRotation WithdrawRotation ReadReports ReadRegulations]
    /// Training desk, political school: programmes, courses, results.
    TrainingOfficer "training_officer" [ReadUnits ReadPosts ReadCadres ReadTraining ManageTraining ReadReports ReadRegulations]
    /// Inspection: reads everything, the audit record included; changes nothing.
    Auditor "auditor" [ReadUnits ReadPosts ReadCadres ReadSensitive ReadTraining ReadRotations ReadReports ReadRegulations ReadAudit]
    /// Other systems and leaders: read, without the sensitive fields.
    Reader "reader" [ReadUnits ReadPosts ReadCadres ReadTraining ReadRotations ReadReports ReadRegulations]
    /// The person: reads their own file.
    Cadre "cadre" [ReadUnits ReadCadres]
}

/// A person who signs in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Signs in with this name.
    #[schema(max_length = 64, example = "organisation_officer")]
    pub user_name: String,
    /// Shown to others.
    #[schema(max_length = 200)]
    pub display_name: String,
    /// The cadre that this person is, if one.
    pub cadre_id: Option<Uuid>,
    /// When it was disabled; null: it may sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What can be done with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAction {
    /// `POST /v1/clients/{id}/rotate-secret`.
    RotateSecret,
}

/// A system that calls with client credentials.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Client {
    /// Its id here.
    pub id: ClientId,
    /// The `client_id` of OAuth 2.
    #[schema(max_length = 64, example = "demo-system")]
    pub client_id: String,
    /// Shown to others.
    #[schema(max_length = 200)]
    pub name: String,
    /// When it was disabled; null: it may call.
    pub disabled_at: Option<DateTime<Utc>>,
    /// What the caller may do with it now.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<ClientAction>,
    /// Counts its changes.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// One role, at one unit and everything below it, for a period.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The account that holds it, or
    pub account_id: Option<AccountId>,
    /// the client that does.
    pub client_id: Option<ClientId>,
    /// The role.
    pub role: Role,
    /// Where, and below.
    pub unit: Ref,
    /// When.
    #[schema(value_type = crate::platform::period::WirePeriod)]
    pub during: Period,
    /// When it was ended before its time; null: it was not.
    pub ended_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i32,
}

/// Who gets a grant.
#[derive(Clone, Copy, Debug)]
pub enum Holder {
    /// A person.
    Account(AccountId),
    /// A system.
    Client(ClientId),
}

/// A name to sign in with, or a client's id: lower-case ASCII, 3 to 64 characters.
#[derive(Clone, Debug)]
pub struct LoginName(String);

impl LoginName {
    /// Parses a name.
    pub fn parse(pointer: &'static str, raw: &str) -> Result<Self, Finding> {
        let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let inner = |b: u8| edge(b) || matches!(b, b'.' | b'_' | b'-');
        let good = (3..=64).contains(&raw.len())
            && raw.bytes().all(inner)
            && raw.bytes().next().is_some_and(edge)
            && raw.bytes().last().is_some_and(edge);
        if good {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Finding::new(
                pointer,
                code::BAD_FORMAT,
                Say::new(
                    "3 đến 64 ký tự: chữ thường không dấu, chữ số, dấu chấm, gạch dưới, gạch nối; bắt đầu và kết thúc bằng chữ hoặc số",
                    "3 to 64 characters: lower-case ASCII letters, digits, dot, underscore, hyphen; a letter or digit first and last",
                ),
            ))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_administrator_takes_no_part_in_personnel_decisions() {
        for permission in
            [Permission::ReadCadres, Permission::DecideRotation, Permission::PrepareRotation, Permission::ManageCadres]
        {
            assert!(!Role::Administrator.may(permission));
        }
    }

    #[test]
    fn nobody_both_prepares_and_decides_by_one_role_and_the_auditor_changes_nothing() {
        for role in Role::ALL {
            assert!(!(role.may(Permission::PrepareRotation) && role.may(Permission::DecideRotation)));
            assert_eq!(Role::of(role.name()), Some(*role));
        }
        assert!(
            Role::Auditor
                .permissions()
                .iter()
                .all(|p| p.name().split('.').next_back() == Some("read") || *p == Permission::SignedIn)
        );
    }

    #[test]
    fn login_names() {
        for good in ["abc", "an.nv-1_2", "0ab"] {
            assert!(LoginName::parse("/user_name", good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "Abc", "án.b", "-abc", "abc.", "a b c", &"a".repeat(65)] {
            assert!(LoginName::parse("/user_name", bad).is_err(), "{bad}");
        }
    }
}

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
    MakeProposals      "proposals.make"
    ReadProposals      "proposals.read"
    ReadTraining       "training.read"
    ManageTraining     "training.manage"
    ReadRotations      "rotations.read"
    PrepareRotation    "rotations.prepare"
    DecideRotation     "rotations.decide"
    WithdrawRotation   "rotations.withdraw"
    GiveOpinion        "rotations.opinions.give"
    ReadPapers         "rotations.papers.read"
    ReadEvaluations    "rotations.evaluations.read"
    ReadReports        "reports.read"
    ReadRegulations    "regulations.read"
    ManageRegulations  "regulations.manage"
    ReadAccesses       "cadre.accesses.read"
    ReadAudit          "audit.read"
}

impl Permission {
    /// Whether somebody must answer for its use in person: no system has it, whatever its roles. Who adds a decision, a
    /// vote or a waiver adds it here.
    pub const fn is_for_people_alone(self) -> bool {
        matches!(self, Self::DecideRotation | Self::ManageRegulations)
    }

    /// Whether a system may ask for it as a scope. Whoever shows a good token is signed in anyway.
    pub const fn is_for_scopes(self) -> bool {
        !matches!(self, Self::SignedIn) && !self.is_for_people_alone()
    }
}

/// A set of permissions: what a token may be used for at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u64);

impl Permissions {
    fn bit(permission: Permission) -> u64 {
        Permission::ALL.iter().zip(0_u32..).find(|(one, _)| **one == permission).map_or(0, |(_, place)| 1 << place)
    }

    /// Whether it is in the set.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & Self::bit(permission) != 0
    }

    /// Whether the set allows nothing.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that both sets have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that one of the sets has.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The names, separated by spaces, in the order of [`Permission::ALL`]: the `scope` of OAuth 2.
    pub fn scope(self) -> String {
        let names: Vec<_> = Permission::ALL.iter().filter(|one| self.has(**one)).map(|one| one.name()).collect();
        names.join(" ")
    }

    /// Those that a `scope` names (RFC 6749, 3.3): one space between names, none twice. `None` where it is not of that
    /// form, and so where it is empty; a name that is not ours allows nothing.
    pub fn of_scope(scope: &str) -> Option<Self> {
        let mut seen = Vec::new();
        for name in scope.split(' ') {
            let good = name.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E));
            if name.is_empty() || !good || seen.contains(&name) {
                return None;
            }
            seen.push(name);
        }
        Some(Permission::ALL.iter().copied().filter(|one| seen.contains(&one.name())).collect())
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, one| bits | Self::bit(one)))
    }
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
    OrganisationOfficer "organisation_officer" [ReadUnits ManageUnits ReadPosts ManagePosts ReadCadres ReadSensitive ReadAccesses ManageCadres
        ReadProposals ReadTraining ReadRotations ReadPapers ReadEvaluations PrepareRotation WithdrawRotation GiveOpinion ReadReports
        ReadRegulations ManageRegulations]
    /// A unit's personnel officer: keeps the files of the unit.
    UnitOfficer "unit_officer" [ReadUnits ReadPosts ReadCadres ReadSensitive ManageCadres ReadProposals ReadTraining ReadRotations
        ReadEvaluations GiveOpinion ReadReports ReadRegulations]
    /// Acts for the competent authority (Ban Thường vụ, ...): decides.
    Decider "decider" [ReadUnits ReadPosts ReadCadres ReadSensitive ReadTraining ReadRotations ReadPapers ReadEvaluations DecideRotation
        WithdrawRotation ReadReports ReadRegulations]
    /// Training desk, political school: programmes, courses, results.
    TrainingOfficer "training_officer" [ReadUnits ReadPosts ReadCadres ReadTraining ManageTraining ReadReports ReadRegulations]
    /// Inspection: reads everything, the audit record included; changes nothing.
    Auditor "auditor" [ReadUnits ReadPosts ReadCadres ReadSensitive ReadAccesses ReadProposals ReadTraining ReadRotations ReadPapers ReadEvaluations
        ReadReports ReadRegulations ReadAudit]
    /// Other systems and leaders: read, without the sensitive fields.
    Reader "reader" [ReadUnits ReadPosts ReadCadres ReadTraining ReadRotations ReadReports ReadRegulations]
    /// The person: reads their own file, and who else has read it; proposes corrections of it.
    Cadre "cadre" [ReadUnits ReadCadres ReadAccesses MakeProposals ReadProposals]
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
    /// It has an initial password, good once, until then; null: a password of the person's own.
    pub initial_until: Option<DateTime<Utc>>,
    /// What the caller may do with it now.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<AccountAction>,
    /// Counts its changes.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A session of a person that is alive.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: Uuid,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Where from.
    pub address: Option<String>,
}

/// What can be done with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountAction {
    /// `POST /v1/accounts/{id}/reset-password`.
    ResetPassword,
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
    /// What its tokens allow at most: names of permissions, one space between them; null: whatever its roles allow.
    #[schema(max_length = 2000, example = "units.read posts.read")]
    pub allowed_scope: Option<String>,
    /// Whether it gets tokens; false: it may only show who it is, to ask about tokens and take them back.
    pub gets_tokens: bool,
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

    /// J27: a scope gives what it names and nothing else.
    #[test]
    fn a_scope_allows_what_it_names() {
        assert!(Permission::ALL.len() < 64, "a set has a bit for each");
        let set = Permissions::of_scope("rotations.read units.read nothing.known *").unwrap();
        assert_eq!(set.scope(), "units.read rotations.read");
        assert_eq!(set, [Permission::ReadRotations, Permission::ReadUnits].into_iter().collect());
        assert_eq!(set.and(Permissions::of_scope("units.read audit.read").unwrap()).scope(), "units.read");
        let all: Permissions = Permission::ALL.iter().copied().collect();
        assert_eq!(Permissions::of_scope(&all.scope()), Some(all));
        for nothing in ["*", "Units.Read", "units", "units.*", "units.read,posts.read", "units.read;"] {
            assert!(Permissions::of_scope(nothing).unwrap().is_empty(), "{nothing}");
        }
        for malformed in ["", " ", "units.read ", " units.read", "units.read  posts.read", "units.read units.read"] {
            assert_eq!(Permissions::of_scope(malformed), None, "{malformed:?}");
        }
        for malformed in ["units.read\0", "units.read\tposts.read", "units.read\n", "\"units.read\"", "a\\b", "đơn.vị"]
        {
            assert_eq!(Permissions::of_scope(malformed), None, "{malformed:?}");
        }
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

//! Permissions as argument types: `Caller<perm::DecideRotation>`.

use super::model::Permission;

/// A permission as a type.
pub trait Perm: 'static {
    /// The permission.
    const PERMISSION: Permission;
    /// Its name, for the document.
    const NAME: &'static str = Self::PERMISSION.name();
}

macro_rules! markers {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("Marks [`Permission::", stringify!($name), "`].")]
            pub struct $name;
            impl Perm for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*
    };
}

markers! {
    SignedIn ManageAccounts ReadUnits ManageUnits ReadPosts ManagePosts ReadCadres ReadSensitive ManageCadres ReadTraining
    ManageTraining ReadRotations PrepareRotation DecideRotation WithdrawRotation GiveOpinion ReadPapers ReadEvaluations ReadReports ReadRegulations ManageRegulations ReadAccesses
    MakeProposals ReadProposals
    ReadAudit
}

//! Ids are UUIDv7, typed by what they name, and drawn from one source that a load with a seed can replace.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// The source of ids and of every other random byte.
#[derive(Clone)]
pub struct Ids(Arc<Mutex<Source>>);

struct Source {
    rng: StdRng,
    seeded: bool,
    /// A seeded source counts, so that ids drawn within one instant keep their order.
    counter: u64,
}

impl Ids {
    /// Unpredictable ids, from the operating system's randomness.
    pub fn random() -> Self {
        Self::of(StdRng::try_from_rng(&mut rand::rngs::SysRng).unwrap_or_else(|_| rand::make_rng()), false)
    }

    /// The same ids in the same order for the same seed: for the demo province.
    pub fn seeded(seed: u64) -> Self {
        Self::of(StdRng::seed_from_u64(seed), true)
    }

    fn of(rng: StdRng, seeded: bool) -> Self {
        Self(Arc::new(Mutex::new(Source { rng, seeded, counter: 0 })))
    }

    /// A new id whose leading bits are the instant `at`.
    pub fn next(&self, at: DateTime<Utc>) -> Uuid {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut random = [0_u8; 10];
        source.rng.fill_bytes(&mut random);
        let mut millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        if source.seeded {
            source.counter += 1;
            millis += source.counter >> 8;
            // Of the first byte version 7 keeps the low four bits; the second is whole.
            random[0] = 0;
            random[1] = source.counter.to_le_bytes()[0];
        }
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rng.fill_bytes(&mut bytes);
        bytes
    }
}

/// Declares a typed id: a UUID in SQL, JSON and paths, another type in Rust for each thing it names.
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
                 diesel::expression::AsExpression, diesel::deserialize::FromSqlRow, utoipa::ToSchema)]
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        #[serde(transparent)]
        #[schema(value_type = uuid::Uuid)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self { id.0 }
        }
        impl diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                <uuid::Uuid as diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg>>::from_sql(bytes).map(Self)
            }
        }
        impl diesel::serialize::ToSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
                <uuid::Uuid as diesel::serialize::ToSql<diesel::sql_types::Uuid, diesel::pg::Pg>>::to_sql(&self.0, out)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_keeps_the_order() {
        let at = "2015-01-01T00:00:00Z".parse().unwrap();
        let draw = |seed| {
            let ids = Ids::seeded(seed);
            (0..5000).map(|_| ids.next(at)).collect::<Vec<_>>()
        };
        let first = draw(7);
        assert!(first.is_sorted());
        assert_eq!(first, draw(7));
        assert_ne!(first, draw(8));
        assert!(first.iter().all(|id| id.get_version_num() == 7));
        assert_ne!(Ids::random().next(at), Ids::random().next(at));
    }
}

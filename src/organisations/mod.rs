//! Units of the political system: the administrative tree and the party, government, council and front bodies in it.
//!
//! A unit is known by its id. Names, codes and parents are dated: a code means a unit only together with a day, since
//! codes are reused. No name on a day: the unit did not exist that day. Acts of law change units; each edge of the
//! lineage cites its act. An administrative unit is in a ZONE (khu vực), by decision and for a time.
//!
//! Worked example: as of 2019-06-01 the code 03172 is Thị trấn Mường Chà in Huyện Mường Chà; as of 2025-07-01 it is Xã
//! Na Sang, which took in that town, Sa Lông, Ma Thì Hồ (03200) and the old Na Sang; the district is no more.

pub mod founding;
pub mod model;

mod api;
mod rules;
mod service;
mod store;

pub use api::configure;
pub use model::Places;
pub use rules::{Heirs, Placed, Plan};
pub use service::{create_zone, found, is_founded, plan_act, root, write_act};
pub use store::{act_of_number, names_on, places, zones_on};

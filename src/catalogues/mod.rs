//! Code lists: ethnic groups, religions, degrees, levels of theory, ranks, ... as `data/catalogues/*.csv` has them.
//!
//! A code is ours and never changes; an official code means something only together with the list that it belongs to,
//! and some items were valid for a time alone. The files are part of the binary.
//!
//! The enumerations of the API are catalogues too: their labels stand in `data/labels.csv` and nowhere else, and a test
//! holds that file to the document.
//!
//! Worked example: `catalogue("ethnic_groups")` has the code `thai`, which is 03 in 1019/QĐ-TCTK.
//!
//! NOT here: who uses a code for what; the rooms above ask [`Catalogue::has`].

mod api;
mod model;

pub use api::configure;
pub use model::{Catalogue, CatalogueItem, all, catalogue};

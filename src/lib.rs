//! canbo: cadres (cán bộ), posts (chức danh), rotations (luân chuyển, điều động, biệt phái) and training (đào tạo, bồi
//! dưỡng) of a Vietnamese province, as one service over PostgreSQL.
//!
//! The rooms, lowest first; a room uses lower rooms only. In each: `model` is what is true, `rules` what is decided,
//! `service` what happens, `store` what is stored, `api` what is said.

pub mod app;
pub mod audit;
pub mod cadres;
pub mod calendar;
pub mod catalogues;
pub mod demo;
pub mod dev;
pub mod eligibility;
pub mod identity;
pub mod organisations;
pub mod platform;
pub mod posts;
pub mod regulations;
pub mod reorganisations;
pub mod reports;
pub mod rotations;
mod schema;
pub mod training;

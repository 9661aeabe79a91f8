//! The wire: bytes, bodies, headers, deadlines and quotas, as a stranger or a careless program would send them.

mod bodies;
mod canary;
mod headers;
mod quotas;
mod raw;
mod slow;

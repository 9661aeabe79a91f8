//! Training (đào tạo, bồi dưỡng).

mod model;

pub use model::TrainingKind;

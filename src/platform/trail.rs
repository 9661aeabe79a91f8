//! What became of the request at hand, as far as the audit record goes: who calls, and whether the record knows of it.
//!
//! It goes with the task of the request, so that neither callers nor use cases carry it: the extractor of callers says
//! who calls, the write door says that it has recorded, and the middleware of [`crate::platform::http::refusals`] records
//! what neither of them did. Outside a request all of it does nothing.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use super::db::Actor;

tokio::task_local! {
    static TRAIL: Rc<Trail>;
}

/// The trail of one request.
#[derive(Default)]
pub struct Trail {
    caller: OnceCell<Actor>,
    settled: Cell<bool>,
}

impl Trail {
    /// Who calls, where that is known.
    pub fn caller(&self) -> Option<&Actor> {
        self.caller.get()
    }

    /// Whether the record knows of the request, or need not.
    pub fn is_settled(&self) -> bool {
        self.settled.get()
    }

    /// Does the work with this trail.
    pub async fn along<F: Future>(self: &Rc<Self>, work: F) -> F::Output {
        TRAIL.scope(self.clone(), work).await
    }
}

/// It is known who calls.
pub fn identified(caller: &Actor) {
    let _ = TRAIL.try_with(|trail| trail.caller.set(caller.clone()));
}

/// The record knows of the request, or need not.
pub fn settled() {
    let _ = TRAIL.try_with(|trail| trail.settled.set(true));
}

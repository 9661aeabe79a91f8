//! The edge: extractors that answer with problem documents, answers with their tags, pages, and the middleware around
//! every request. Only here do statuses and headers have names.

pub mod accept;
pub mod answer;
pub mod completion;
pub mod document;
pub mod extract;
pub mod fallback;
pub mod fields;
pub mod guard;
pub mod health;
pub mod metrics;
pub mod page;
pub mod patch;
pub mod peer;
pub mod problem;
pub mod problem_page;
pub mod quota;
pub mod refusals;
pub mod remedies;
pub mod request;
pub mod scan;
pub mod shape;
pub mod trace;
pub mod write;

pub use answer::{Answer, Effects};
pub use extract::{Json, Path, Query};
pub use page::{Page, Paging};
pub use patch::Change;
pub use peer::Peer;
pub use problem::{AttemptProblems, ListProblems, QuestionProblems, ReadProblems, WriteProblems};
pub use write::{Edit, Send};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::App;
use super::error::Error;

impl FromRequest for App {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            req.app_data::<web::Data<Self>>()
                .map(|app| App::clone(app))
                .ok_or_else(|| Error::internal("the application has no state")),
        )
    }
}

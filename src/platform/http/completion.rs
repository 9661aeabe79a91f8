//! A write that has begun runs to its end, whether or not its caller still listens: a client that leaves must not
//! leave a half-told story, and a shutdown waits for what runs.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use futures_util::FutureExt;
use tokio::sync::Semaphore;

use crate::platform::error::Error;

/// More writes than this at a time wait.
const MOST: usize = 10_000;

static RUNNING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MOST)));

/// Runs unsafe methods in a task of their own, and safe ones once more when their connection to the database was lost. A panic in a handler is an internal error of that request alone.
#[expect(clippy::disallowed_methods, reason = "this is the one place that lets a request outlive its connection")]
pub async fn to_completion<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    if req.method().is_safe() {
        let answer = caught(next.call(req)).await?;
        let again = answer.response().error().and_then(|error| error.as_error::<Error>());
        if !again.is_some_and(Error::is_retryable) {
            return Ok(answer);
        }
        // A read changed nothing: when its connection was lost it is asked once more, on another one.
        let mut req = ServiceRequest::from_request(answer.into_parts().0);
        req.match_info_mut().reset();
        return caught(next.call(req)).await;
    }
    let guard = RUNNING.clone().acquire_owned().await;
    let call = next.call(req);
    let task = actix_web::rt::spawn(async move {
        let _running = guard;
        call.await
    });
    task.await.unwrap_or_else(|failure| Err(Error::internal(failure).into()))
}

/// The answer of a handler; a panic is an internal error.
async fn caught<T>(call: impl Future<Output = Result<T, actix_web::Error>>) -> Result<T, actix_web::Error> {
    let answer = AssertUnwindSafe(call).catch_unwind().await;
    answer.unwrap_or_else(|_| Err(Error::internal("a handler panicked").into()))
}

/// Waits until no write runs, or the time is over. Those that arrive meanwhile run too.
pub async fn drained(most: Duration) {
    let none_runs = async {
        while RUNNING.available_permits() < MOST {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(most, none_runs).await.is_err() {
        log::warn!("some writes still run after {} s", most.as_secs());
    }
}

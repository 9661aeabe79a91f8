//! Pure work of some length, off the threads that serve requests.

use super::error::{Error, Result};

/// Does work on a thread of its own, so that a worker goes on with other requests meanwhile. It takes no turn: whoever comes
/// here holds something of which there are few, a connection to the database or a turn. A caller who leaves does not stop it.
pub async fn off_the_workers<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

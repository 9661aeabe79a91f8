//! Turns for work that keeps a core busy: some run at a time, some wait, and who comes when too many wait is told at once
//! to come back.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{Error, Result, code};

/// Who waits longer for a turn is told to come back.
const LONGEST: Duration = Duration::from_millis(1500);
/// How many wait for each that runs.
const WAITING: usize = 16;

/// The turns of this process.
pub struct Turns {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// A place in the queue.
pub struct Place {
    admitted: OwnedSemaphorePermit,
    running: Arc<Semaphore>,
}

/// A turn: it lasts until it is dropped, so it goes with the work.
pub struct Turn {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

fn busy() -> Error {
    Error::new(code::UNAVAILABLE).caused_by("too much heavy work at a time")
}

impl Turns {
    /// As many at a time.
    pub fn new(at_once: usize) -> Self {
        Self { admitted: Arc::new(Semaphore::new(at_once * (1 + WAITING))), running: Arc::new(Semaphore::new(at_once)) }
    }

    /// A place in the queue, refused at once when too many wait.
    pub fn queue(&self) -> Result<Place> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| busy())?;
        Ok(Place { admitted, running: Arc::clone(&self.running) })
    }
}

impl Place {
    /// Waits for the turn.
    pub async fn turn(self) -> Result<Turn> {
        let running = tokio::time::timeout(LONGEST, self.running.acquire_owned()).await.map_err(|_| busy())?;
        Ok(Turn { _admitted: self.admitted, _running: running.map_err(Error::internal)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P06: no more run at a time than are allowed, and who is too many is told so at once.
    #[tokio::test]
    async fn some_run_some_wait_the_rest_is_refused() {
        let turns = Turns::new(2);
        let first = turns.queue().unwrap().turn().await.unwrap();
        let second = turns.queue().unwrap().turn().await.unwrap();
        let waiting: Vec<Place> = (0..2 * WAITING).map(|_| turns.queue().unwrap()).collect();
        assert!(turns.queue().is_err());
        let mut waiting = waiting.into_iter();
        assert!(waiting.next().unwrap().turn().await.is_err(), "nobody has made room");
        drop(first);
        let third = waiting.next().unwrap().turn().await.unwrap();
        drop((second, third, waiting));
        assert!(turns.queue().is_ok());
    }
}

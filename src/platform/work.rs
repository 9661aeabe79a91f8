//! Pure work of some length, off the threads that serve requests.

use std::num::NonZero;

use super::error::{Error, Result};

/// Items of a part at least: fewer are done sooner than a thread begins.
const PART: usize = 2000;

/// Does work on a thread of its own, so that a worker goes on with other requests meanwhile. It takes no turn: whoever comes
/// here holds something of which there are few, a connection to the database or a turn. A caller who leaves does not stop it.
pub async fn off_the_workers<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// Does work on the parts of a slice at the same time, one for each processor, and gives what comes of them in order.
pub fn in_parts<T: Sync, U: Send>(items: &[T], work: impl Fn(&[T]) -> Vec<U> + Sync) -> Result<Vec<U>> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let size = items.len().div_ceil(processors).max(PART);
    let work = &work;
    std::thread::scope(|scope| {
        let running: Vec<_> = items.chunks(size).map(|part| scope.spawn(move || work(part))).collect();
        let mut all = Vec::with_capacity(items.len());
        for part in running {
            all.extend(part.join().map_err(|_| Error::internal("a part of the work panicked"))?);
        }
        Ok(all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_in_order_whatever_their_number() {
        for count in [0, 1, PART, PART * 5 + 3] {
            let items: Vec<usize> = (0..count).collect();
            let doubled = in_parts(&items, |part| part.iter().map(|one| one * 2).collect()).unwrap();
            assert!(doubled.iter().enumerate().all(|(at, one)| *one == at * 2) && doubled.len() == count);
        }
    }
}

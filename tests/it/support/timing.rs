//! Whether two refusals can be told apart by their time.

use std::time::{Duration, Instant};

use super::TestApp;

/// Tries both names in turn, each as often the first, and asks that the medians be as good as equal: a clock tells nobody
/// which of the names is known. What a busy machine adds, it adds to both; a hash left out is a difference of ten times.
pub fn take_the_same_time(app: &TestApp, names: [&str; 2], attempt: impl Fn(&str)) {
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..60 {
        if n % 10 == 0 {
            app.execute("DELETE FROM sign_in_tries");
        }
        for turn in 0..2 {
            let place = (n + turn) % 2;
            let started = Instant::now();
            attempt(names[place]);
            times[place].push(started.elapsed());
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    let apart = known.abs_diff(unknown);
    assert!(apart < Duration::from_millis(5).max(known.max(unknown) / 4), "{known:?} against {unknown:?}");
}

//! What it costs to find people among 40,000: `cargo bench --bench search`. Starts a PostgreSQL of its own and the service
//! on it, asks over HTTP on one connection, and prints percentiles for each kind of question and for a mix of them.

#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program for people who measure, with the harness of the tests"
)]

#[path = "../tests/it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use support::{Client, TestApp, crowd, database};

/// Rounds over all questions.
const ROUNDS: usize = 40;

/// Who asks, what, and how often among a hundred questions.
type Question = (&'static str, usize, String, usize);

fn percentile(times: &mut [Duration], of: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * of / 100).min(times.len() - 1)]
}

fn questions(commune: &str, deep: &str) -> Vec<Question> {
    let cadres = |kind, who, query: &str, often| (kind, who, format!("/v1/cadres?{query}"), often);
    vec![
        cadres("no q, province", 0, "", 10),
        cadres("no q, commune", 1, "", 10),
        cadres("no q, deep page", 0, &format!("cursor={deep}"), 3),
        cadres("no q, by birth", 0, "sort=born_on", 2),
        cadres("no q, count", 0, "count=true", 2),
        cadres("unit_id", 0, &format!("unit_id={commune}"), 8),
        cadres("unit_id as of a day", 0, &format!("unit_id={commune}&as_of=2024-06-01"), 2),
        cadres("status", 0, "status=retired", 2),
        cadres("one letter", 0, "q=t", 3),
        cadres("two letters", 0, "q=ng", 5),
        cadres("common word", 0, "q=nguyen", 5),
        cadres("most common word", 0, "q=thi", 3),
        cadres("common word, commune", 1, "q=nguyen", 5),
        cadres("common word, marks", 0, "q=nguyễn", 4),
        cadres("common word, by birth", 0, "q=thi&sort=born_on", 1),
        cadres("common word, count", 0, "q=thi&count=true", 1),
        cadres("given name", 0, "q=yen", 6),
        cadres("given name, marks", 0, "q=yến", 5),
        cadres("rare word", 0, "q=khoang", 5),
        cadres("two words", 0, "q=nguyen van", 6),
        cadres("whole name", 0, "q=nguyễn thị hà", 6),
        cadres("initials", 0, "q=nva", 4),
        cadres("nobody", 0, "q=zzzz", 1),
        ("units", 0, "/v1/units?q=na sang".to_owned(), 1),
    ]
}

fn main() {
    let database = database::founded();
    let started = Instant::now();
    crowd::gather(&database);
    println!("{} people in {:?}", crowd::PEOPLE, started.elapsed());
    let app = TestApp::on(database.clone());
    let office = app.sign_in("organisation_officer");
    let commune = office.get("/v1/units?kind=commune&code=03172").expect(200).str("/data/0/id").to_owned();
    app.execute(&format!(
        "UPDATE grants SET unit_id = '{commune}' WHERE account_id = (SELECT id FROM accounts WHERE user_name = 'unit_officer')"
    ));
    let callers = [app.sign_in("reader"), app.sign_in("unit_officer")];
    let mut deep = String::new();
    for _ in 0..100 {
        let after = if deep.is_empty() { String::new() } else { format!("&cursor={deep}") };
        let page = callers[0].get(&format!("/v1/cadres?limit=200{after}")).expect(200);
        page.str("/next_cursor").clone_into(&mut deep);
    }
    let questions = questions(&commune, &deep);
    let ask = |client: &Client, path: &str| {
        let started = Instant::now();
        let answer = client.get(path);
        let took = started.elapsed();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        took
    };
    let (mut mix, mut by_kind) = (Vec::new(), vec![Vec::new(); questions.len()]);
    for round in 0..=ROUNDS {
        for (at, (_, who, path, often)) in questions.iter().enumerate() {
            for _ in 0..*often {
                let took = ask(&callers[*who], path);
                // The first round warms.
                if round > 0 {
                    mix.push(took);
                    by_kind[at].push(took);
                }
            }
        }
    }
    println!("{:28} {:>9} {:>9} {:>9}", "", "median", "p99", "most");
    let line = |kind: &str, times: &mut [Duration]| {
        let [median, p99, most] = [50, 99, 100].map(|of| percentile(times, of).as_secs_f64() * 1000.0);
        println!("{kind:28} {median:6.2} ms {p99:6.2} ms {most:6.2} ms");
    };
    for ((kind, ..), times) in questions.iter().zip(&mut by_kind) {
        line(kind, times);
    }
    line("the mix", &mut mix);
}

//! The README's tour, run as it stands against the real binary: so it cannot rot.

use std::process::{Command, Stdio};

use crate::support::process::Dev;

/// The shell blocks of the tour, in order.
fn blocks() -> Vec<String> {
    let readme = include_str!("../../README.md");
    let tour = readme.split("\n## A tour with curl\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks: Vec<_> =
        tour.split("```sh\n").skip(1).map(|part| part.split("\n```").next().unwrap().to_owned()).collect();
    assert_eq!(blocks.len(), 13);
    blocks
}

#[test]
fn the_tour_works_when_it_is_pasted() {
    let dev = Dev::start(&[]);
    let script = blocks().join("\n").replace("http://127.0.0.1:8080", &dev.address());
    let shell = Command::new("bash").args(["-u", "-c", &script]).stdin(Stdio::null()).output().unwrap();
    let printed = String::from_utf8_lossy(&shell.stdout);
    assert!(shell.status.success(), "{printed}\n{}", String::from_utf8_lossy(&shell.stderr));
    let promised: Vec<_> = script.lines().filter_map(|line| line.strip_prefix("# => ")).collect();
    assert!(promised.len() >= 20, "{promised:?}");
    let mut rest: &str = &printed;
    for text in promised {
        let at = rest.find(text).unwrap_or_else(|| panic!("{text} is not in what follows:\n{rest}"));
        rest = &rest[at + text.len()..];
    }
    let holders: Vec<_> = printed.lines().filter(|line| line.starts_with("\"holder\":{")).collect();
    assert_eq!(holders.len(), 2, "{printed}");
    assert_ne!(holders[0], holders[1], "the post changes hands on the day");
    dev.stop();
}

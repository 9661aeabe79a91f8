//! The table of codes: each is used, each can be told apart, each has its page.

use std::collections::{BTreeMap, BTreeSet};

use canbo::platform::error::code;

use super::none;
use super::source::{has_word, sources};
use crate::support::TestApp;

/// The rows of the table as they stand in the file: the constants, and which of them are codes of findings.
fn rows() -> Vec<(String, String, bool)> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/platform/error.rs")).unwrap();
    let table = text.split_once("    codes! {").unwrap().1.split_once("\n    }").unwrap().0;
    let (mut rows, mut of_findings) = (Vec::new(), false);
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("//") {
            of_findings |= line.contains("Codes of findings");
        } else {
            let constant = line.split_whitespace().next().unwrap();
            let name = line.split('"').nth(1).unwrap();
            rows.push((constant.to_owned(), name.to_owned(), of_findings));
        }
    }
    assert_eq!(rows.len(), code::ALL.len(), "the table is read wrong");
    assert!(rows.iter().any(|row| row.2) && rows.iter().any(|row| !row.2));
    rows
}

#[test]
fn every_code_is_given_somewhere() {
    let sources = sources();
    let mut breaches = Vec::new();
    for (constant, name, of_findings) in rows() {
        let used = sources.iter().filter(|source| !source.is_test()).any(|source| {
            let table = source.path == "src/platform/error.rs";
            let uses = |line: &str| has_word(line, &format!("code::{constant}"));
            !table && source.code.lines().any(uses) || table && source.code.lines().any(uses)
        });
        if !used {
            let what = if of_findings { "finding" } else { "problem" };
            breaches.push(format!("{constant} ({name}) is the code of no {what}"));
        }
    }
    none("A code that nothing gives is a promise that nobody keeps: use it or take it out of the table.", &breaches);
}

#[test]
fn no_two_codes_have_one_title() {
    let mut titles: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for code in code::ALL {
        titles.entry(("vi", code.vi)).or_default().push(code.name);
        titles.entry(("en", code.en)).or_default().push(code.name);
    }
    let breaches: Vec<String> = titles
        .iter()
        .filter(|(_, names)| names.len() > 1)
        .map(|(title, names)| format!("{title:?}: {names:?}"))
        .collect();
    none("Two codes with one title cannot be told apart.", &breaches);
}

#[test]
fn every_code_has_a_page() {
    let app = TestApp::start();
    let mut seen = BTreeSet::new();
    for code in code::ALL {
        let page = app.anonymous().get(&format!("/problems/{}", code.name)).expect(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        for said in [code.name, code.vi, code.en] {
            assert!(page.text.contains(said), "{said} is not on the page of {}", code.name);
        }
        seen.insert(page.text);
    }
    assert_eq!(seen.len(), code::ALL.len());
    app.anonymous().get("/problems/no_such_code").problem(404, "not_found");
}

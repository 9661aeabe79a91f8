//! TRUST.md is true: each row has a proof that exists and names the row, or a reason; and each test that names a row
//! stands in the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::none;

/// The rows that one service over one database must answer for, by their letter.
const ROWS: &[(char, &[std::ops::RangeInclusive<u8>])] = &[
    ('J', &[1..=30]),
    ('O', &[1..=13]),
    ('P', &[1..=9]),
    ('Z', &[1..=13]),
    ('I', &[1..=13, 15..=20]),
    ('A', &[1..=7]),
    ('D', &[1..=12, 17..=17, 19..=21]),
    ('F', &[1..=8, 11..=13, 15..=18, 20..=22]),
];

/// What the last column says.
enum Proof {
    /// A file, and the test in it.
    Test(String, String),
    /// A program that is run by hand.
    Program(String),
    /// Why there is none.
    Reason,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn expected() -> BTreeSet<String> {
    let of = |letter: char, numbers: &[std::ops::RangeInclusive<u8>]| {
        numbers.iter().cloned().flatten().map(move |number| format!("{letter}{number:02}")).collect::<Vec<_>>()
    };
    ROWS.iter().flat_map(|(letter, numbers)| of(*letter, numbers)).collect()
}

fn is_id(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|letter| ROWS.iter().any(|(known, _)| *known == letter))
        && word.len() == 3
        && chars.all(|c| c.is_ascii_digit())
}

/// The ids that a comment begins with: `/// J04 J05: why`.
fn named_by(comment: &str) -> Vec<String> {
    let words = comment.trim_start_matches(['/', '#', '!', ' ']).split([' ', ',', ':']);
    words.filter(|word| !word.is_empty()).take_while(|word| is_id(word)).map(str::to_owned).collect()
}

/// The table: id, the last column's proofs or what is wrong with them.
fn rows() -> Vec<(String, Result<Vec<Proof>, String>)> {
    let text = fs::read_to_string(root().join("TRUST.md")).unwrap();
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if !cells.first().is_some_and(|id| is_id(id)) {
            continue;
        }
        let proofs = match cells.as_slice() {
            [_, said, proofs] if said.len() > 10 => proofs_of(proofs),
            _ => Err("has not three columns that say something".to_owned()),
        };
        rows.push((cells[0].to_owned(), proofs));
    }
    rows
}

fn proofs_of(column: &str) -> Result<Vec<Proof>, String> {
    if let Some(reason) = column.strip_prefix("not applicable:").or_else(|| column.strip_prefix("open:")) {
        return if reason.trim().len() > 20 { Ok(vec![Proof::Reason]) } else { Err("gives no reason".to_owned()) };
    }
    let one = |part: &str| {
        let quoted = part.trim().strip_prefix('`').and_then(|rest| rest.split_once('`'));
        let Some((name, _)) = quoted else { return Err(format!("{part:?} is no proof")) };
        Ok(match name.split_once("::") {
            Some((file, test)) => Proof::Test(file.to_owned(), test.to_owned()),
            None => Proof::Program(name.to_owned()),
        })
    };
    column.split("<br>").map(one).collect()
}

/// The tests of a file: name, the ids that the comment above begins with, whether it is ignored.
fn tests_of(text: &str) -> BTreeMap<String, (BTreeSet<String>, bool)> {
    let (mut found, mut above) = (BTreeMap::new(), Vec::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with("//") || line.starts_with("#[") {
            above.push(line);
            continue;
        }
        let name = line
            .trim_start_matches("pub ")
            .trim_start_matches("async ")
            .strip_prefix("fn ")
            .and_then(|rest| rest.split(['(', '<']).next());
        let is_test = above.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
        if let (Some(name), true) = (name, is_test) {
            let ids = above.iter().flat_map(|line| named_by(line)).collect();
            let ignored = above.iter().any(|line| line.starts_with("#[ignore"));
            found.insert(name.to_owned(), (ids, ignored));
        }
        above.clear();
    }
    found
}

fn breach_of(id: &str, proof: &Proof) -> Option<String> {
    match proof {
        Proof::Reason => None,
        Proof::Program(file) => match fs::read_to_string(root().join(file)) {
            Err(_) => Some(format!("{id}: there is no {file}")),
            Ok(text) if text.lines().any(|line| named_by(line.trim()).iter().any(|named| named == id)) => None,
            Ok(_) => Some(format!("{id}: {file} does not name it at the beginning of a comment")),
        },
        Proof::Test(file, name) => {
            let Ok(text) = fs::read_to_string(root().join(file)) else {
                return Some(format!("{id}: there is no {file}"));
            };
            match tests_of(&text).get(name) {
                None => Some(format!("{id}: {file} has no test {name}")),
                Some((_, true)) => Some(format!("{id}: {name} is ignored")),
                Some((ids, _)) if !ids.contains(id) => Some(format!("{id}: the comment above {name} does not name it")),
                Some(_) => None,
            }
        }
    }
}

fn below(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

#[test]
fn every_row_is_proved_or_says_why_not() {
    let rows = rows();
    let mut breaches = Vec::new();
    let told: BTreeSet<String> = rows.iter().map(|(id, _)| id.clone()).collect();
    breaches.extend(expected().difference(&told).map(|id| format!("{id} is missing")));
    breaches.extend(told.difference(&expected()).map(|id| format!("{id} is no row of ours")));
    if rows.len() != told.len() {
        breaches.push("an id stands twice".to_owned());
    }
    for (id, proofs) in &rows {
        match proofs {
            Err(fault) => breaches.push(format!("{id} {fault}")),
            Ok(proofs) => breaches.extend(proofs.iter().filter_map(|proof| breach_of(id, proof))),
        }
    }
    none("TRUST.md has one row for each attack and fault, with its proof or the reason why there is none.", &breaches);
}

#[test]
fn every_test_that_names_a_row_stands_in_the_table() {
    let mut listed = BTreeSet::new();
    for (id, proofs) in rows() {
        for proof in proofs.unwrap_or_default() {
            if let Proof::Test(file, test) = proof {
                listed.insert((id.clone(), file, test));
            }
        }
    }
    let (mut files, mut breaches, mut seen) = (Vec::new(), Vec::new(), 0);
    for folder in ["src", "tests"] {
        below(&root().join(folder), "rs", &mut files);
    }
    for path in files {
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        for (test, (ids, _)) in tests_of(&fs::read_to_string(&path).unwrap()) {
            for id in ids {
                seen += 1;
                if !listed.contains(&(id.clone(), file.clone(), test.clone())) {
                    breaches.push(format!("{id}: `{file}::{test}`"));
                }
            }
        }
    }
    assert!(seen > 50, "only {seen} names of rows were found above tests");
    none("A test that names a row stands in TRUST.md as a proof of it.", &breaches);
}

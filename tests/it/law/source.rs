//! The sources as the law reads them: where a file stands, its code without comments and strings, its strings, and the
//! paths that it names, made absolute.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The rooms, lowest first; a room uses lower rooms only. The last two stand on one step: `dev` serves what `app` is.
pub const ROOMS: &[&[&str]] = &[
    &["platform"],
    &["identity"],
    &["audit"],
    &["catalogues"],
    &["regulations"],
    &["organisations"],
    &["posts"],
    &["cadres"],
    &["training"],
    &["eligibility"],
    &["rotations"],
    &["reorganisations"],
    &["reports", "calendar"],
    &["integration"],
    &["demo"],
    &["app", "dev"],
    &["lib", "main"],
];

/// What a file of a room holds, by its name or that of the folder that it was split into; lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Model,
    Rules,
    Store,
    Service,
    Api,
    /// `mod.rs`, and what a room has beyond the five: `caller.rs`, `founding.rs`.
    Other,
}

/// A path that a file names: `crate::posts::store::find`, or `diesel::dsl::now`.
#[derive(Clone, Debug)]
pub struct Named {
    pub line: usize,
    pub parts: Vec<String>,
}

impl Named {
    pub fn text(&self) -> String {
        self.parts.join("::")
    }

    /// The segment at a place, or nothing.
    pub fn at(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", String::as_str)
    }
}

/// One file below `src` or `tests`.
pub struct Source {
    /// `src/posts/api/titles.rs`.
    pub path: String,
    /// `posts`, `api`, `titles`: where it stands in the crate.
    pub module: Vec<String>,
    pub text: String,
    /// The text with blanks for comments and for what is between quotes; of the same length in lines.
    pub code: String,
    /// What was between quotes, with the line where it begins.
    pub strings: Vec<(usize, String)>,
    /// Absolute where they are of this crate.
    pub named: Vec<Named>,
}

impl Source {
    /// `posts`; `app`, `main` for files at the top.
    pub fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    pub fn kind(&self) -> Kind {
        match self.module.get(1).map(String::as_str) {
            Some("model") => Kind::Model,
            Some("rules") => Kind::Rules,
            Some("store") => Kind::Store,
            Some("service") => Kind::Service,
            Some("api") => Kind::Api,
            _ => Kind::Other,
        }
    }

    /// Tests beside the code may use what they like.
    pub fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.ends_with("/tests.rs")
    }

    /// The lines of the code that have this word, each as `path:line: text`.
    pub fn lines_with(&self, word: &str) -> Vec<String> {
        let lines = self.code.lines().zip(self.text.lines()).enumerate();
        lines
            .filter(|(_, (code, _))| has_word(code, word))
            .map(|(index, (_, text))| format!("{}:{}: {}", self.path, index + 1, text.trim()))
            .collect()
    }

    fn of(path: String, text: String) -> Self {
        let (code, strings) = strip(&text);
        let code = without_tests(&code);
        let module = module(&path);
        let is_root = path.ends_with("/mod.rs") || has_child_folder(&path);
        let named = named(&code, &module, is_root);
        Self { path, module, text, code, strings, named }
    }
}

/// Whether a line has the text where no letter or digit touches an end of it that is one.
pub fn has_word(line: &str, word: &str) -> bool {
    let inner = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
        let (first, last) = (word.chars().next(), word.chars().next_back());
        !(inner(before) && inner(first) || inner(after) && inner(last))
    })
}

/// Every file below `src`.
pub fn sources() -> Vec<Source> {
    let found = below("src");
    assert!(found.len() > 60, "only {} files below src", found.len());
    found
}

/// Every `.rs` file below a folder of the package, sorted by path.
pub fn below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let relative = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| Source::of(relative(path), fs::read_to_string(path).unwrap())).collect()
}

fn module(path: &str) -> Vec<String> {
    let inner = path.split_once('/').unwrap().1.trim_end_matches(".rs");
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    if inner == "lib" { Vec::new() } else { inner.split('/').map(str::to_owned).collect() }
}

fn has_child_folder(path: &str) -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path.trim_end_matches(".rs")).is_dir() || path == "src/lib.rs"
}

/// Blanks comments and what is between quotes; gives the quoted texts.
fn strip(text: &str) -> (String, Vec<(usize, String)>) {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let (mut code, mut strings, mut line, mut i) = (String::new(), Vec::new(), 1, 0);
    while i < chars.len() {
        let start = i;
        let word_before = i > 0 && (at(i - 1).is_alphanumeric() || at(i - 1) == '_');
        let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
        let end = if at(i) == '/' && at(i + 1) == '/' {
            (i..chars.len()).find(|n| at(*n) == '\n').unwrap_or(chars.len())
        } else if at(i) == '/' && at(i + 1) == '*' {
            comment_end(&chars, i)
        } else if at(i) == 'r' && !word_before && at(i + 1 + hashes) == '"' {
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body = i + 2 + hashes;
            let end = (body..chars.len()).find(|n| chars[*n..].starts_with(&close)).unwrap_or(chars.len());
            strings.push((line, chars[body..end].iter().collect()));
            end + close.len()
        } else if at(i) == '"' {
            let mut end = i + 1;
            while end < chars.len() && at(end) != '"' {
                end += if at(end) == '\\' { 2 } else { 1 };
            }
            strings.push((line, chars[i + 1..end.min(chars.len())].iter().collect()));
            end + 1
        } else if at(i) == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            let from = if at(i + 1) == '\\' { i + 3 } else { i + 2 };
            (from..chars.len()).find(|n| at(*n) == '\'').unwrap_or(chars.len()) + 1
        } else {
            code.push(at(i));
            line += usize::from(at(i) == '\n');
            i += 1;
            continue;
        };
        for c in &chars[start..end.min(chars.len())] {
            code.push(if *c == '\n' { '\n' } else { ' ' });
            line += usize::from(*c == '\n');
        }
        i = end;
    }
    (code, strings)
}

fn comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0, start);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

/// Blanks `#[cfg(test)] mod tests { ... }`.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]\nmod tests {";
    let Some(start) = code.find(MARK) else { return code.to_owned() };
    let mut depth = 0;
    let end = code[start..].char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        (c == '}' && depth == 0).then_some(start + at + 1)
    });
    let end = end.unwrap_or(code.len());
    let blank: String = code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    format!("{}{blank}{}", &code[..start], &code[end..])
}

/// Names, `::`, and single signs, each with its line.
fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut line = 1;
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        if c.is_alphanumeric() || c == '_' {
            let mut word = c.to_string();
            while let Some(more) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                word.push(more);
            }
            found.push((line, word));
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            found.push((line, "::".to_owned()));
        } else if !c.is_whitespace() {
            found.push((line, c.to_string()));
        }
    }
    found
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The paths of `use` declarations and of the code, absolute where they are of this crate.
fn named(code: &str, module: &[String], has_children: bool) -> Vec<Named> {
    let tokens = tokens(code);
    let word = |index: usize| tokens.get(index).map_or("", |(_, text)| text.as_str());
    let mut children = Vec::new();
    for i in 0..tokens.len() {
        if has_children && word(i) == "mod" && is_name(word(i + 1)) && word(i + 2) == ";" {
            children.push(word(i + 1).to_owned());
        }
    }
    let mut imports: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut used, mut inline, mut i) = (Vec::new(), Vec::new(), 0);
    while i < tokens.len() {
        if word(i) == "use" && word(i + 1) != "<" && (is_name(word(i + 1)) || word(i + 1) == "::") {
            i = use_tree(&tokens, i + 1, &[], &mut used);
        } else if is_name(word(i)) && word(i + 1) == "::" && (i == 0 || word(i - 1) != "::") {
            let line = tokens[i].0;
            let mut parts = vec![word(i).to_owned()];
            while word(i + 1) == "::" && is_name(word(i + 2)) {
                parts.push(word(i + 2).to_owned());
                i += 2;
            }
            inline.push(Named { line, parts });
            i += 1;
        } else {
            i += 1;
        }
    }
    let mut found = Vec::new();
    for (alias, path) in used {
        let path = Named { parts: absolute(&path.parts, module, &children, &BTreeMap::new()), ..path };
        imports.insert(alias, path.parts.clone());
        found.push(path);
    }
    for path in inline {
        found.push(Named { parts: absolute(&path.parts, module, &children, &imports), ..path });
    }
    found
}

/// Reads one tree of a `use`; gives the place after it.
fn use_tree(tokens: &[(usize, String)], mut i: usize, prefix: &[String], found: &mut Vec<(String, Named)>) -> usize {
    let word = |index: usize| tokens.get(index).map_or("", |(_, text)| text.as_str());
    let mut parts = prefix.to_vec();
    loop {
        match word(i) {
            "{" => {
                i += 1;
                while word(i) != "}" && i < tokens.len() {
                    i = use_tree(tokens, i, &parts, found);
                    i += usize::from(word(i) == ",");
                }
                return i + 1;
            }
            // `store::{self}` is `store`.
            "self" if !parts.is_empty() => {}
            name => parts.push(name.to_owned()),
        }
        i += 1;
        if word(i) != "::" {
            break;
        }
        i += 1;
    }
    let mut alias = parts.last().cloned().unwrap_or_default();
    let line = tokens.get(i.saturating_sub(1)).map_or(0, |(line, _)| *line);
    if word(i) == "as" {
        word(i + 1).clone_into(&mut alias);
        i += 2;
    }
    found.push((alias, Named { line, parts }));
    i
}

fn absolute(
    parts: &[String],
    module: &[String],
    children: &[String],
    imports: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let first = parts.first().map_or("", String::as_str);
    let in_crate = |module: &[String], rest: &[String]| [&["crate".to_owned()], module, rest].concat();
    if first == "self" {
        return in_crate(module, &parts[1..]);
    }
    if first == "super" {
        let ups = parts.iter().take_while(|part| *part == "super").count();
        return in_crate(&module[..module.len().saturating_sub(ups)], &parts[ups..]);
    }
    if children.iter().any(|child| child == first) {
        return in_crate(module, parts);
    }
    match imports.get(first) {
        Some(import) => [import.as_slice(), &parts[1..]].concat(),
        None => parts.to_vec(),
    }
}

#[test]
fn sources_are_read_right() {
    let text = "use super::{store::{self, Filter as F}, model};\n// use crate::x;\nlet s = \"crate::y \\\" z\"; let c = '\"';\n\
                fn f<'a>() { store::list(F::new(), r#\"INSERT \"x\"\"#, crate::posts::open) }\n\
                #[cfg(test)]\nmod tests {\n use crate::z; }\n";
    let (code, strings) = strip(text);
    assert_eq!(code.lines().count(), text.lines().count());
    assert_eq!(strings, [(3, "crate::y \\\" z".to_owned()), (4, "INSERT \"x\"".to_owned())]);
    let module = ["posts".to_owned(), "api".to_owned()];
    let found: Vec<String> =
        named(&without_tests(&code), &module, false).iter().map(|n| format!("{} {}", n.line, n.text())).collect();
    assert_eq!(
        found,
        [
            "1 crate::posts::store",
            "1 crate::posts::store::Filter",
            "1 crate::posts::model",
            "4 crate::posts::store::list",
            "4 crate::posts::store::Filter::new",
            "4 crate::posts::open",
        ]
    );
    assert!(has_word("x = now() + 1", "now()") && !has_word("known()", "now()") && !has_word("spawner", "spawn"));
}

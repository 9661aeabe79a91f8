//! Vietnamese text: what may be stored, how it is found, how people's names are ordered.
//!
//! Stored text is NFC. Everything else here is a *key*: computed from stored text, kept beside it, compared, never
//! shown. Keys of text and of a query are made by the same function, so they cannot disagree. What is NOT here: whether
//! a text may be empty or how long it may be (the value's own type says so), and collation (the database's ICU `vi`).
//!
//! ```
//! use canbo::platform::text::{clean, search_key};
//! assert_eq!(clean("  Lò  Thị Hoà ")?, "Lò Thị Hoà");
//! assert_eq!(search_key("Lò Thị Hoà"), search_key("lo thi hòa"));
//! # Ok::<(), canbo::platform::text::TextFault>(())
//! ```

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

mod search;
#[cfg(test)]
mod tests;

pub use search::Search;

/// Why a text is refused: it holds something that a reader cannot see and that would change what they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// A control character (category Cc, U+0000 included; see [`clean_long`] for the exceptions).
    #[error("the text contains a control character")]
    Control,
    /// A character that reorders what is displayed, so that two different names can look the same.
    #[error("the text contains a bidirectional control character")]
    Bidi,
}

/// A one-line text as it is stored: NFC, trimmed, each run of white space one plain space (names pasted from office
/// documents carry no-break spaces). An empty result is no fault; the caller knows whether it may be.
///
/// # Errors
/// [`TextFault`] for any control character, even at the ends: a line break in a name is a mistake of the sender.
pub fn clean(raw: &str) -> Result<String, TextFault> {
    refuse(raw, |_| false)?;
    Ok(raw.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect())
}

/// A text of several lines as it is stored: NFC, trimmed, lines ended by `\n` alone; tabs and inner spaces are kept.
///
/// # Errors
/// [`TextFault`] for any control character other than `\n`, `\t` and the `\r` of `\r\n`.
pub fn clean_long(raw: &str) -> Result<String, TextFault> {
    let lines = raw.replace("\r\n", "\n");
    refuse(&lines, |c| matches!(c, '\n' | '\t'))?;
    Ok(lines.trim().nfc().collect())
}

/// Whether a text holds a character that no text may have: a control character other than tab and line ends, or one that
/// reorders what is displayed.
pub fn is_unseen(text: &str) -> bool {
    refuse(text, |c| matches!(c, '\n' | '\t' | '\r')).is_err()
}

fn refuse(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), TextFault> {
    for c in text.chars() {
        if c.is_control() && !allowed(c) {
            return Err(TextFault::Control);
        }
        if is_bidi(c) {
            return Err(TextFault::Bidi);
        }
    }
    Ok(())
}

/// Whether a character reorders what is displayed.
pub fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The key that search compares: lower case, no marks at all, `đ` as `d`, words separated by one space.
/// Where the tone mark stood (hòa, hoà) is gone with the mark.
#[must_use]
pub fn search_key(text: &str) -> String {
    let letters = decomposed(text)
        .chars()
        .filter(|&c| !is_combining_mark(c))
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect::<String>();
    letters.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The key that ranks a hit with the same marks before one that only shares the letters: like [`search_key`], marks
/// kept, the tone mark of each word moved to its first vowel.
///
/// Spellers disagree on where the mark goes (hoà and hòa, thuý and thúy) but not on which mark it is, and a syllable has
/// only one. The first vowel is not always the correct place; it is one that a half-typed word already has, so that the
/// key of a prefix is a prefix of the key.
#[must_use]
pub fn marked_key(text: &str) -> String {
    let text = decomposed(text);
    words(&text).map(tone_first).collect::<Vec<_>>().join(" ").nfc().collect()
}

/// The first letters of the words, as in [`search_key`]: "Nguyễn Văn An" gives "nva".
#[must_use]
pub fn initials(name: &str) -> String {
    search_key(name).split(' ').filter_map(|word| word.chars().next()).collect()
}

/// A full name in its three parts, each possibly empty. A single word is a given name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameParts {
    /// Họ: the first word.
    pub family: String,
    /// Tên đệm: whatever stands between, separated by single spaces.
    pub middle: String,
    /// Tên: the last word, by which people are addressed and sorted.
    pub given: String,
}

/// Splits a full name by position. Family names of two words (Tôn Thất) are not recognised, as in printed lists.
#[must_use]
pub fn name_parts(full: &str) -> NameParts {
    let mut words = full.split_whitespace();
    let given = words.next_back().unwrap_or_default().to_owned();
    let family = words.next().unwrap_or_default().to_owned();
    NameParts { family, middle: words.collect::<Vec<_>>().join(" "), given }
}

/// A key whose order under the ICU collation `vi` is the Vietnamese order of people: given name, middle name, family
/// name; in each, letters first (a ă â ... d đ), then tones (ngang, huyền, hỏi, ngã, sắc, nặng).
///
/// The tones are written out as digits after the letters of their part. ICU compares the letters of a whole string
/// before any tone of it, so with plain names the family name would outrank the tone of the given name (Bùi Văn Án
/// before Trần Văn An). The separator is the tab: ICU ranks it below the space, the digits and the letters, while it
/// ignores most control characters (U+0001, U+001F) altogether.
#[must_use]
pub fn name_sort_key(full: &str) -> String {
    let NameParts { family, middle, given } = name_parts(full);
    [given, middle, family].iter().map(|part| part_sort_key(part)).collect::<Vec<_>>().join("\t")
}

fn part_sort_key(part: &str) -> String {
    let part = decomposed(part);
    let (mut letters, mut tones) = (Vec::new(), String::new());
    for word in words(&part) {
        letters.push(word.chars().filter(|&c| tone_rank(c).is_none()).nfc().collect::<String>());
        tones.push(word.chars().find_map(tone_rank).unwrap_or('0'));
    }
    format!("{}\t{tones}", letters.join(" "))
}

/// Lower case NFD. The eth and the African d look like `đ` when capital (Ð, Ɖ against Đ), and files converted from
/// the old Vietnamese fonts hold them in its place.
fn decomposed(text: &str) -> String {
    text.to_lowercase().nfd().map(|c| if matches!(c, 'ð' | 'ɖ') { 'đ' } else { c }).collect()
}

fn words(decomposed: &str) -> impl Iterator<Item = &str> {
    decomposed.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)).filter(|word| !word.is_empty())
}

/// A word with two tone marks is no Vietnamese syllable and stays as it is.
fn tone_first(word: &str) -> String {
    let mut tones = word.chars().filter(|&c| tone_rank(c).is_some());
    let (Some(tone), None) = (tones.next(), tones.next()) else { return word.to_owned() };
    let (mut out, mut vowel_seen, mut placed) = (String::with_capacity(word.len()), false, false);
    for c in word.chars().filter(|&c| c != tone) {
        // After the vowel's own marks (breve, circumflex, horn): a tone before them would not compose.
        if vowel_seen && !placed && !is_combining_mark(c) {
            out.push(tone);
            placed = true;
        }
        vowel_seen |= matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
        out.push(c);
    }
    if !placed {
        out.push(tone);
    }
    out
}

/// The five tone marks in dictionary order; `0` is left for the level tone, which has no mark.
fn tone_rank(c: char) -> Option<char> {
    match c {
        '\u{300}' => Some('1'), // huyền
        '\u{309}' => Some('2'), // hỏi
        '\u{303}' => Some('3'), // ngã
        '\u{301}' => Some('4'), // sắc
        '\u{323}' => Some('5'), // nặng
        _ => None,
    }
}

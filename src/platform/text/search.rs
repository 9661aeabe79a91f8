//! What somebody looks for, as patterns of columns that hold a space before each word of a key.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{decomposed, marked_key, search_key, tone_rank, words};

/// Words of a search that count; each is a condition of the statement.
const MOST_WORDS: usize = 16;

/// Patterns of what begins a word. Words of keys have letters and digits alone: nothing in them means something in a
/// pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// One a word, marks aside; all of them are to fit. None: nothing is found.
    pub words: Vec<String>,
    /// Of the initials, instead, for a single word.
    pub initials: Option<String>,
    /// One a word of the marked key: who fits them all has the same marks.
    pub marked: Vec<String>,
    /// The same as regular expressions of the lower-case text itself, for what keeps no marked key.
    pub spelled: Vec<String>,
}

impl Search {
    /// Texts in which every word of `q` begins a word, or that begin with the initials that it is.
    #[must_use]
    pub fn of(q: &str) -> Self {
        let patterns = |key: &str| -> Vec<String> {
            let words = key.split(' ').filter(|word| !word.is_empty());
            words.take(MOST_WORDS).map(|word| format!("% {word}%")).collect()
        };
        let key = search_key(q);
        let folded = patterns(&key);
        let initials = (folded.len() == 1).then(|| format!(" #{key}%"));
        let spelled = |word: &str| format!("(^|[^[:alnum:]])({})", spellings(word).join("|"));
        let spelled = words(&decomposed(q)).take(MOST_WORDS).map(spelled).collect();
        Self { words: folded, initials, marked: patterns(&marked_key(q)), spelled }
    }
}

/// The ways to write a word: with its tone mark on each of its vowels.
fn spellings(word: &str) -> Vec<String> {
    let bare: Vec<char> = word.chars().filter(|&c| tone_rank(c).is_none()).collect();
    let mut tones = word.chars().filter(|&c| tone_rank(c).is_some());
    let (Some(tone), None) = (tones.next(), tones.next()) else { return vec![word.nfc().collect()] };
    let vowels = bare.iter().enumerate().filter(|(_, c)| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'));
    let written = |(at, _): (usize, &char)| {
        // After the vowel's own marks (breve, circumflex, horn): a tone before them would not compose.
        let marks = bare.iter().skip(at + 1).take_while(|&&c| is_combining_mark(c)).count();
        let (before, after) = bare.split_at_checked(at + 1 + marks).unwrap_or((&bare, &[]));
        before.iter().chain([&tone]).chain(after).copied().nfc().collect()
    };
    vowels.map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_patterns_and_one_word_may_be_initials() {
        let search = Search::of(" Nguyễn  VĂN ");
        assert_eq!((search.words, search.initials), (vec!["% nguyen%".to_owned(), "% van%".to_owned()], None));
        assert_eq!(search.marked, ["% ngũyên%", "% văn%"]);
        assert_eq!(Search::of("nva").initials.as_deref(), Some(" #nva%"));
        for nothing in ["%_", "", " - ", "\\%"] {
            assert!(Search::of(nothing).words.is_empty(), "punctuation finds nobody: {nothing}");
        }
        assert_eq!(Search::of("a%b_c\\").words, ["% a%", "% b%", "% c%"]);
        assert_eq!(Search::of(&"an ".repeat(40)).words.len(), MOST_WORDS);
    }

    #[test]
    fn every_spelling_of_a_word_has_the_same_marked_key() {
        for (word, written) in [
            ("hòa", &["hòa", "hoà"][..]),
            ("Thuý", &["thúy", "thuý"]),
            ("khoẻ", &["khỏe", "khoẻ"]),
            ("Nguyễn", &["ngũyên", "nguỹên", "nguyễn"]),
            ("điện", &["địên", "điện"]),
            ("của", &["của", "cuả"]),
            ("lò", &["lò"]),
            ("thu", &["thu"]),
            ("đông", &["đông"]),
        ] {
            let spelled = spellings(&decomposed(word));
            assert_eq!(spelled, written, "{word}");
            assert!(spelled.iter().all(|one| marked_key(one) == marked_key(word)), "{word}");
        }
        assert_eq!(Search::of("Hòa Bình").spelled, ["(^|[^[:alnum:]])(hòa|hoà)", "(^|[^[:alnum:]])(bình)"]);
    }
}

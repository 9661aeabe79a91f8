//! Passwords that others guess: those that many people choose, and words that belong to the person or the place.
//!
//! Compared without case, marks, spaces and signs, so that `Điện Biên 2026!` is the province with a year. NOT here: how
//! long a password is.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::platform::text::search_key;

/// What many people choose, most frequent first: see `data/README.md`.
const COMMON: &str = include_str!("../../data/passwords/common.txt");
/// A word shorter than this is in too many good passwords.
const SHORTEST_WORD: usize = 4;
/// What must remain of a password without such a word, digits not counted.
const LEAST_REST: usize = 6;
/// Different characters that a password has at least.
const LEAST_VARIETY: usize = 4;

static FOLDED: LazyLock<HashSet<String>> =
    LazyLock::new(|| COMMON.lines().map(fold).filter(|text| !text.is_empty()).collect());

/// Letters and digits alone, lower case, without marks.
fn fold(text: &str) -> String {
    search_key(text).replace(' ', "")
}

/// The words that a text stands for: the whole of it, and without its first word (`xã`, `tỉnh`), which names a kind.
fn words(text: &str) -> Vec<String> {
    let key = search_key(text);
    let whole = key.replace(' ', "");
    let rest = key.split_once(' ').map(|(_, rest)| rest.replace(' ', "")).unwrap_or_default();
    [whole, rest].into_iter().filter(|word| word.chars().count() >= SHORTEST_WORD).collect()
}

/// Whether a password is one that others try first. `context`: names of the person, the units, the service.
pub fn is_guessable(password: &str, context: &[String]) -> bool {
    if password.chars().collect::<HashSet<_>>().len() < LEAST_VARIETY {
        return true;
    }
    let folded = fold(password);
    let core = folded.trim_matches(|c: char| c.is_ascii_digit());
    if COMMON.lines().any(|common| common == password)
        || FOLDED.contains(&folded)
        || core.chars().count() >= SHORTEST_WORD && FOLDED.contains(core)
    {
        return true;
    }
    let rest_is_short = |word: &str| {
        let rest = folded.replace(word, "");
        rest.chars().filter(|c| !c.is_ascii_digit()).count() < LEAST_REST
    };
    context.iter().flat_map(|text| words(text)).any(|word| folded.contains(&word) && rest_is_short(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P07: what many choose and what belongs to the place or the person is guessable, however it is dressed up.
    #[test]
    fn what_others_try_first() {
        assert!(COMMON.lines().count() >= 3000);
        let context: Vec<String> =
            ["Tỉnh Điện Biên", "Xã Na Sang", "Lò Văn An", "lo.van.an", "canbo"].map(str::to_owned).into();
        for bad in [
            "password123",
            "PASSWORD2026",
            "1234567890",
            "qwertyuiop",
            "aaaaaaaaaaaa",
            "Điện Biên 2026!",
            "dienbien@123456",
            "tinhdienbien",
            "NaSang2025nasang",
            "lovanan1990",
            "LÒ VĂN AN!!",
            "canbo-2026-canbo",
        ] {
            assert!(is_guessable(bad, &context), "{bad}");
        }
        for good in ["mot mat khau dai", "hòa bình ấm no", "Điện Biên mùa ban nở trắng", "🐘🐬🐿🦜🐘🐬🐿🦜🐘🐬"]
        {
            assert!(!is_guessable(good, &context), "{good}");
        }
    }

    /// P07: each of the three thousand most frequent is refused.
    #[test]
    fn the_most_frequent_are_all_known() {
        for common in COMMON.lines().take(3000) {
            assert!(is_guessable(common, &[]), "{common}");
            assert!(is_guessable(&common.to_uppercase(), &[]) || fold(common).is_empty(), "{common}");
        }
    }
}

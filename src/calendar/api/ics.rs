//! Events as an iCalendar object (RFC 5545): what calendar programs read.
//!
//! Written here and not by a library: it is one kind of component with six properties, and those that there are fold lines
//! by characters where the standard counts octets.

use chrono::{DateTime, NaiveDate, Utc};

use crate::calendar::model::CalendarEvent;
use crate::platform::http::request::Language;

/// Octets of a line, without its end.
const LINE: usize = 75;

/// A text value: what has a meaning in one is escaped, and a line break is `\n`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            // No other control character may stand in a text.
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Adds a content line, folded before it is too long; a character is never split.
fn line(calendar: &mut String, content: &str) {
    let mut used = 0;
    for character in content.chars() {
        if used + character.len_utf8() > LINE {
            calendar.push_str("\r\n ");
            used = 1;
        }
        calendar.push(character);
        used += character.len_utf8();
    }
    calendar.push_str("\r\n");
}

fn date(day: NaiveDate) -> String {
    day.format("%Y%m%d").to_string()
}

/// The events as all-day entries that keep nobody busy. The id of an entry is the same whenever it is asked for, also when
/// the day has changed: a program that has it moves it.
pub fn calendar(events: &[CalendarEvent], now: DateTime<Utc>, language: Language) -> String {
    let mut text = String::new();
    for content in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//canbo//calendar//VI", "CALSCALE:GREGORIAN"] {
        line(&mut text, content);
    }
    for event in events {
        let summary = match language {
            Language::Vietnamese => &event.text_vi,
            Language::English => &event.text_en,
        };
        line(&mut text, "BEGIN:VEVENT");
        line(&mut text, &format!("UID:{}-{}@canbo", event.kind.name(), event.id));
        line(&mut text, &format!("DTSTAMP:{}", now.format("%Y%m%dT%H%M%SZ")));
        line(&mut text, &format!("DTSTART;VALUE=DATE:{}", date(event.day)));
        line(&mut text, &format!("SUMMARY:{}", escaped(summary)));
        if let Some(citation) = &event.citation {
            line(&mut text, &format!("DESCRIPTION:{}", escaped(citation)));
        }
        line(&mut text, &format!("CATEGORIES:{}", event.kind.name()));
        line(&mut text, "TRANSP:TRANSPARENT");
        line(&mut text, "END:VEVENT");
    }
    line(&mut text, "END:VCALENDAR");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        for (text, expected) in [
            ("Ma Thì Hồ", "Ma Thì Hồ"),
            ("a, b; c\\d", "a\\, b\\; c\\\\d"),
            ("một\nhai", "một\\nhai"),
            ("a\r\nb\u{7}", "a\\nb"),
        ] {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
    }

    /// No line is longer than 75 octets, none splits a character, and what is unfolded is what was folded.
    #[test]
    fn lines_are_folded_by_octets() {
        for content in [
            String::new(),
            "x".repeat(75),
            "x".repeat(76),
            "ộ".repeat(25),
            "ộ".repeat(200),
            format!("{}ộ", "x".repeat(73)),
            format!("SUMMARY:{}", "Lò Văn An, Ủy ban nhân dân xã Na Sang; ".repeat(9)),
        ] {
            let mut text = String::new();
            line(&mut text, &content);
            let lines: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
            assert!(lines.iter().all(|line| line.len() <= 75), "{content}: {lines:?}");
            assert!(lines.iter().skip(1).all(|line| line.starts_with(' ')));
            assert_eq!(text.replace("\r\n ", "").trim_end_matches("\r\n"), content);
            // As few as there can be: only what a character leaves is unused.
            assert!(lines.iter().rev().skip(1).all(|line| line.len() > 75 - 4), "{content}: {lines:?}");
        }
    }
}

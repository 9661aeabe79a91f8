//! Log lines through env_logger: for people, or one JSON object a line. No value can break out of its line.

use std::io::Write;

use env_logger::fmt::Formatter;
use log::kv::{Key, Value, VisitSource};
use log::{Level, Record};
use serde_json::{Map, json};

use super::config::LogFormat;
use super::text::is_bidi;

/// Starts logging; a second call changes nothing.
pub fn start(filter: &str, format: LogFormat) {
    let _ = env_logger::Builder::new()
        .parse_filters(filter)
        .format(move |out, record| match format {
            _ if record.level() > Level::Info && !is_ours(record.target()) => Ok(()),
            LogFormat::Line => line(out, record),
            LogFormat::Json => object(out, record),
        })
        .try_init();
}

/// Whether a line may be written. What libraries say below `info` may hold the parameters of statements and the heads of
/// requests: names, numbers, tokens. It is not written, whatever the filter says.
fn is_ours(target: &str) -> bool {
    let room = target.split("::").next().unwrap_or_default();
    matches!(room, "canbo" | "access")
}

/// Control characters, and those that end or reorder lines, are shown, not obeyed.
fn tame(text: &str) -> String {
    let obeyed = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_bidi(c);
    text.chars().flat_map(|c| if obeyed(c) { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] }).collect()
}

fn line(out: &mut Formatter, record: &Record<'_>) -> std::io::Result<()> {
    let time = out.timestamp_millis();
    writeln!(out, "{time} {:<5} {}: {}", record.level(), record.target(), tame(&record.args().to_string()))
}

struct Fields(Map<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        let value = value
            .to_u64()
            .map(|n| json!(n))
            .or_else(|| value.to_f64().map(|n| json!(n)))
            .unwrap_or_else(|| json!(value.to_string()));
        self.0.insert(key.to_string(), value);
        Ok(())
    }
}

fn object(out: &mut Formatter, record: &Record<'_>) -> std::io::Result<()> {
    let mut fields = Fields(Map::new());
    fields.0.insert("time".to_owned(), json!(out.timestamp_millis().to_string()));
    fields.0.insert("level".to_owned(), json!(record.level().as_str()));
    fields.0.insert("target".to_owned(), json!(record.target()));
    fields.0.insert("message".to_owned(), json!(record.args().to_string()));
    let _ = record.key_values().visit(&mut fields);
    writeln!(out, "{}", serde_json::Value::Object(fields.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(tame("a\r\nb\u{1b}[31m"), "a\\u{d}\\u{a}b\\u{1b}[31m");
        assert_eq!(tame("\u{202e}a\u{2028}"), "\\u{202e}a\\u{2028}");
        assert_eq!(tame("Lò Văn Ánh"), "Lò Văn Ánh");
    }
}

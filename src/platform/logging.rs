//! Log lines through env_logger: for people, or one JSON object a line. No value can break out of its line.

use std::io::Write;

use env_logger::fmt::Formatter;
use log::Record;
use log::kv::{Key, Value, VisitSource};
use serde_json::{Map, json};

use super::config::LogFormat;

/// Starts logging; a second call changes nothing.
pub fn start(filter: &str, format: LogFormat) {
    let _ = env_logger::Builder::new()
        .parse_filters(filter)
        .format(move |out, record| match format {
            LogFormat::Line => line(out, record),
            LogFormat::Json => object(out, record),
        })
        .try_init();
}

/// Control characters are shown, not obeyed.
fn tame(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
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
        assert_eq!(tame("a\r\nb\u{1b}[31m"), "a\\r\\nb\\u{1b}[31m");
        assert_eq!(tame("Lò Văn Ánh"), "Lò Văn Ánh");
    }
}

//! Which of several forms of an answer `Accept` prefers.

use actix_web::HttpRequest;
use actix_web::http::header;

/// The place of the form that a request prefers, of those that there are, the usual one first; `None` where it takes none of
/// them. Of forms that it likes as much, the first.
pub fn preferred(req: &HttpRequest, forms: &[(&str, &str)]) -> Option<usize> {
    let lines = req.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let ranges: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    chosen(&ranges, forms)
}

fn chosen(ranges: &[&str], forms: &[(&str, &str)]) -> Option<usize> {
    if ranges.iter().all(|range| range.trim().is_empty()) {
        return Some(0);
    }
    let weighed = forms.iter().map(|(kind, subtype)| weight(ranges, kind, subtype)).enumerate();
    let mut best = None;
    for (place, weight) in weighed.filter(|(_, weight)| *weight > 0.0) {
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((place, weight));
        }
    }
    best.map(|(place, _)| place)
}

/// The weight of a media type: that of the most exact range that holds it.
fn weight(ranges: &[&str], kind: &str, subtype: &str) -> f32 {
    let exactness = |name: &str| {
        let (left, right) = name.split_once('/').unwrap_or((name, "*"));
        match (left.trim(), right.trim()) {
            (l, r) if l.eq_ignore_ascii_case(kind) && r.eq_ignore_ascii_case(subtype) => Some(2),
            (l, "*") if l.eq_ignore_ascii_case(kind) => Some(1),
            ("*", "*") => Some(0),
            _ => None,
        }
    };
    let held = ranges.iter().filter_map(|range| {
        let mut parts = range.split(';');
        let exactness = exactness(parts.next().unwrap_or_default())?;
        let quality = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        Some((exactness, quality.unwrap_or(0.0)))
    });
    held.max_by_key(|(exactness, _)| *exactness).map_or(0.0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_what_accept_prefers() {
        for (accept, expected) in [
            ("", Some(0)),
            ("*/*", Some(0)),
            ("application/json", Some(0)),
            ("text/csv", Some(1)),
            ("Text/CSV; charset=utf-8", Some(1)),
            ("text/*", Some(1)),
            ("text/csv, application/json", Some(0)),
            ("application/json;q=0.5, text/csv", Some(1)),
            ("text/html, */*;q=0.8", Some(0)),
            ("application/json;q=0, */*", Some(1)),
            ("text/html", None),
            ("application/pdf, image/*", None),
            ("text/csv;q=0", None),
        ] {
            let forms = [("application", "json"), ("text", "csv")];
            assert_eq!(chosen(&accept.split(',').collect::<Vec<_>>(), &forms), expected, "{accept}");
        }
    }
}

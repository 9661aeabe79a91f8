//! W3C Trace Context: the trace that a request belongs to.

use crate::platform::id::Ids;

/// A trace and this service's part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub id: String,
    /// 16 hexadecimal digits, of this request alone.
    pub span: String,
    flags: u8,
}

impl Trace {
    /// Goes on with the caller's trace; one that is not well-formed is ignored, and a new one begins.
    pub fn of(header: Option<&str>, ids: &Ids) -> Self {
        let span = hex(&ids.bytes::<8>());
        match header.and_then(parse) {
            Some((id, flags)) => Self { id, span, flags },
            None => Self { id: hex(&ids.bytes::<16>()), span, flags: 0 },
        }
    }

    /// As `traceresponse` says it.
    pub fn response(&self) -> String {
        format!("00-{}-{}-{:02x}", self.id, self.span, self.flags)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

fn digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Trace and flags of `version-trace-parent-flags`. A later version may have more parts.
fn parse(text: &str) -> Option<(String, u8)> {
    let mut parts = text.splitn(5, '-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let more = parts.next().is_some();
    let good = digits(version, 2) && digits(trace, 32) && digits(parent, 16) && digits(flags, 2);
    let zero = |text: &str| text.bytes().all(|b| b == b'0');
    if !good || version == "ff" || version == "00" && more || zero(trace) || zero(parent) {
        return None;
    }
    // Whether it is sampled, and whether its id is random: what else there is, nobody has defined.
    let flags = u8::from_str_radix(flags, 16).ok()? & 3;
    Some((trace.to_owned(), flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_parents_are_followed() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(parse(good), Some(("4bf92f3577b34da6a3ce929d0e0e4736".to_owned(), 1)));
        assert!(parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes").is_some());
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        let ids = Ids::random();
        assert_eq!(Trace::of(Some(good), &ids).id, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_ne!(Trace::of(Some(good), &ids).span, "00f067aa0ba902b7");
        assert_ne!(Trace::of(Some("bad"), &ids).id, Trace::of(None, &ids).id);
        assert_eq!(Trace::of(None, &ids).response().len(), 55);
    }
}

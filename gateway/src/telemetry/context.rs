//! Which trace something belongs to: the `traceparent` of W3C Trace Context (level 1), read and written.
//!
//! Only ids: no clock and no exporter. Who does something on whose behalf is [`super::Caller`]'s affair.
use std::fmt;

/// The header that carries it.
pub const HEADER: &str = "traceparent";

/// A span within a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TraceContext {
    /// The trace; never 0.
    pub trace_id: u128,
    /// The span; never 0.
    pub span_id: u64,
    /// The span in which it was begun; `None`: the trace begins here.
    pub parent: Option<u64>,
    /// Somebody keeps the trace.
    pub sampled: bool,
}

impl TraceContext {
    /// The context of something that a request brings about: within the trace that its header names, else in a new one.
    pub fn of_header(header: Option<&str>) -> Self {
        match header.and_then(Self::read) {
            Some(caller) => caller.child(),
            None => Self { trace_id: random_u128(), span_id: random_u64(), parent: None, sampled: true },
        }
    }

    /// A span within this one.
    pub fn child(&self) -> Self {
        Self { span_id: random_u64(), parent: Some(self.span_id), ..*self }
    }

    /// The trace's id as it is written: 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// Reads a header; `None` where it is not one of this or a later version.
    pub fn read(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let version = parts.next().filter(|version| version.len() == 2 && *version != "ff" && is_hex(version))?;
        let trace = parts.next().filter(|trace| trace.len() == 32 && is_hex(trace))?;
        let span = parts.next().filter(|span| span.len() == 16 && is_hex(span))?;
        let flags = parts.next().filter(|flags| flags.len() == 2 && is_hex(flags))?;
        // Later versions may have more to say.
        if version == "00" && parts.next().is_some() {
            return None;
        }
        let trace_id = u128::from_str_radix(trace, 16).ok().filter(|id| *id != 0)?;
        let span_id = u64::from_str_radix(span, 16).ok().filter(|id| *id != 0)?;
        let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        Some(Self { trace_id, span_id, parent: None, sampled })
    }
}

/// The header's value.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

/// Capitals are not allowed.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn random_u128() -> u128 {
    rand::random::<u128>().max(1)
}

fn random_u64() -> u64 {
    rand::random::<u64>().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_taken_as_the_standard_says() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let span = "00f067aa0ba902b7";
        let cases = [
            (format!("00-{trace}-{span}-01"), Some(true)),
            (format!("00-{trace}-{span}-00"), Some(false)),
            (format!("00-{trace}-{span}-03"), Some(true)),
            (format!("cc-{trace}-{span}-01-what-comes-later"), Some(true)),
            (format!("00-{trace}-{span}-01-more"), None),
            (format!("ff-{trace}-{span}-01"), None),
            (format!("00-{}-{span}-01", trace.to_uppercase()), None),
            (format!("00-{}-{span}-01", "0".repeat(32)), None),
            (format!("00-{trace}-{}-01", "0".repeat(16)), None),
            (format!("00-{trace}-{span}"), None),
            (format!("0-{trace}-{span}-01"), None),
            (format!("00-{trace}x-{span}-01"), None),
            (String::new(), None),
        ];
        for (header, sampled) in cases {
            assert_eq!(TraceContext::read(&header).map(|context| context.sampled), sampled, "{header}");
        }
    }

    #[test]
    fn a_request_goes_on_with_its_callers_trace_or_begins_one() {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let known = TraceContext::of_header(Some(header));
        assert_eq!(known.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(known.parent, Some(0x00f0_67aa_0ba9_02b7));
        assert_ne!(known.span_id, 0x00f0_67aa_0ba9_02b7);
        let own = TraceContext::of_header(Some("nonsense"));
        assert_eq!(own.parent, None);
        assert_ne!(own.trace_id, known.trace_id);
        let child = own.child();
        assert_eq!((child.trace_id, child.parent), (own.trace_id, Some(own.span_id)));
        assert_eq!(
            TraceContext::read(&child.to_string()),
            Some(TraceContext { parent: None, ..child }),
            "what is written is read"
        );
    }
}

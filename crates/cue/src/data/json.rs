//! JSON text of data, byte for byte as the reference writes it, and data from parsed JSON.
//!
//! Bytes become base64, HTML characters stay as they are, U+2028 and U+2029 and controls are escaped as Go does.

use std::fmt::Write as _;

use base64::Engine as _;
use serde_json::Value as Json;

use super::Data;
use crate::num::Num;

/// Runs what recurses with the data, growing the stack when it runs low.
fn deep<T>(f: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(32 << 10, 1 << 20, f)
}

impl From<&Json> for Data {
    fn from(v: &Json) -> Self {
        match v {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(n) => Num::from_json_text(&n.to_string()).map_or(Self::Null, Self::Num),
            Json::String(s) => Self::str(s.as_str()),
            Json::Array(items) => deep(|| Self::list(items.iter().map(Self::from))),
            Json::Object(fields) => {
                deep(|| Self::fields(fields.iter().map(|(k, v)| (k.as_str(), Self::from(v)))))
            }
        }
    }
}

impl Data {
    /// Compact JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    /// JSON indented by four spaces, as the command line prints it (without a final newline).
    pub fn to_json_pretty(&self, indent: &str) -> String {
        let mut out = String::new();
        self.write_pretty(&mut out, indent, 0);
        out
    }

    /// The same tree as a `serde_json` value; numbers beyond 64 bits become floating point.
    pub fn to_serde(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Num(n) => serde_number(n),
            Self::Str(s) => Json::String(s.to_string()),
            Self::Bytes(b) => Json::String(base64::engine::general_purpose::STANDARD.encode(b)),
            Self::List(items) => deep(|| Json::Array(items.iter().map(Self::to_serde).collect())),
            Self::Struct(fields) => deep(|| {
                Json::Object(fields.iter().map(|(k, v)| (k.to_string(), v.to_serde())).collect())
            }),
        }
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Self::List(_) | Self::Struct(_) => {
                deep(|| self.write_composite(out));
            }
            scalar => scalar.write_scalar(out),
        }
    }

    fn write_composite(&self, out: &mut String) {
        match self {
            Self::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Struct(fields) => {
                out.push('{');
                for (i, (name, value)) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_string(out, name);
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
            scalar => scalar.write_scalar(out),
        }
    }

    fn write_pretty(&self, out: &mut String, indent: &str, depth: usize) {
        let line = |out: &mut String, depth: usize| {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        };
        match self {
            Self::List(items) if !items.is_empty() => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    line(out, depth + 1);
                    deep(|| item.write_pretty(out, indent, depth + 1));
                }
                line(out, depth);
                out.push(']');
            }
            Self::Struct(fields) if !fields.is_empty() => {
                out.push('{');
                for (i, (name, value)) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    line(out, depth + 1);
                    write_string(out, name);
                    out.push_str(": ");
                    deep(|| value.write_pretty(out, indent, depth + 1));
                }
                line(out, depth);
                out.push('}');
            }
            flat => flat.write_json(out),
        }
    }

    fn write_scalar(&self, out: &mut String) {
        match self {
            Self::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::Num(n) => {
                let _ = write!(out, "{n}");
            }
            Self::Str(s) => write_string(out, s),
            Self::Bytes(b) => {
                out.push('"');
                out.push_str(&base64::engine::general_purpose::STANDARD.encode(b));
                out.push('"');
            }
            _ => out.push_str("null"),
        }
    }
}

fn serde_number(n: &Num) -> Json {
    if n.is_int() {
        if let Some(v) = n.to_i64() {
            return Json::from(v);
        }
        if let Ok(v) = n.to_string().parse::<u64>() {
            return Json::from(v);
        }
    }
    Json::from(n.to_f64())
}

fn needs_escape(c: char) -> bool {
    matches!(c, '"' | '\\' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}')
}

/// A JSON string with the escapes of Go's encoder (HTML escaping off).
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        if !needs_escape(c) {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

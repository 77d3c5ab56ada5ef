//! `encoding/toml`: tables with sorted keys as the reference's encoder writes them; any TOML read.

use std::fmt::Write as _;

use toml::de::{DeTable, DeValue};

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;
use crate::num::Num;

pub(super) const PACKAGE: Package = Package {
    path: "encoding/toml",
    functions: &[
        data("Marshal", &[TOP], Kind::STRING, |a| {
            let mut out = String::new();
            write(&mut out, &a[0], &mut Vec::new(), true)?;
            text(out)
        }),
        data("Unmarshal", &[TEXT], Kind::TOP, unmarshal),
    ],
    values: "",
};

type Done = Result<(), CallError>;

/// A value that gets a header of its own.
fn is_table(d: &Data) -> bool {
    match d {
        Data::Struct(_) => true,
        Data::List(items) => {
            !items.is_empty() && items.iter().all(|i| matches!(i, Data::Struct(_)))
        }
        _ => false,
    }
}

fn write(out: &mut String, d: &Data, path: &mut Vec<String>, header: bool) -> Done {
    stacker::maybe_grow(32 << 10, 1 << 20, || match d {
        Data::Struct(_) => write_table(out, d, path, header),
        Data::List(items) if is_table(d) => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push('\n');
                }
                let _ = writeln!(out, "[[{}]]", path.join("."));
                write_table(out, item, path, false)?;
            }
            Ok(())
        }
        other => write_inline(out, other),
    })
}

fn sorted(d: &Data) -> Vec<(&str, &Data)> {
    let Data::Struct(fields) = d else { return Vec::new() };
    let mut all: Vec<(&str, &Data)> = fields.iter().map(|(k, v)| (&**k, v)).collect();
    all.retain(|(_, v)| !matches!(v, Data::Null));
    all.sort_by_key(|(k, _)| *k);
    all
}

fn write_table(out: &mut String, d: &Data, path: &mut Vec<String>, header: bool) -> Done {
    if header && !path.is_empty() {
        let _ = writeln!(out, "[{}]", path.join("."));
    }
    let (tables, plain): (Vec<_>, Vec<_>) = sorted(d).into_iter().partition(|(_, v)| is_table(v));
    for (name, value) in &plain {
        let _ = write!(out, "{} = ", key(name));
        write_inline(out, value)?;
        out.push('\n');
    }
    for (i, (name, value)) in tables.iter().enumerate() {
        if i > 0 || !plain.is_empty() {
            out.push('\n');
        }
        path.push(key(name));
        write(out, value, path, true)?;
        path.pop();
    }
    Ok(())
}

fn key(name: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !name.is_empty() && name.bytes().all(bare) { name.to_owned() } else { string(name) }
}

fn string(s: &str) -> String {
    let control = |c: char| c == '\u{7f}' || (u32::from(c) < 0x20 && c != '\t');
    if !s.contains(|c| c == '\'' || control(c)) {
        return format!("'{s}'");
    }
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if control(c) => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn write_inline(out: &mut String, d: &Data) -> Done {
    stacker::maybe_grow(32 << 10, 1 << 20, || {
        match d {
            Data::Null => {
                return Err(CallError::fatal("toml: encoding a nil interface is not supported"));
            }
            Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Data::Num(n) => out.push_str(&number(n)),
            Data::Str(s) => out.push_str(&string(s)),
            Data::Bytes(b) => {
                let all: Vec<String> = b.iter().map(u8::to_string).collect();
                let _ = write!(out, "[{}]", all.join(", "));
            }
            Data::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    write_inline(out, item)?;
                }
                out.push(']');
            }
            Data::Struct(_) => {
                out.push('{');
                for (i, (name, value)) in sorted(d).into_iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    let _ = write!(out, "{} = ", key(name));
                    write_inline(out, value)?;
                }
                out.push('}');
            }
        }
        Ok(())
    })
}

fn number(n: &Num) -> String {
    if n.is_int() {
        return match n.to_i64() {
            Some(i) => i.to_string(),
            None => string(&n.to_string()),
        };
    }
    let v = n.to_f64();
    if v.fract() == 0.0 { format!("{v:.1}") } else { v.to_string() }
}

fn unmarshal(a: &[Data]) -> CallResult {
    let source = String::from_utf8_lossy(octets(a, 0));
    let table =
        DeTable::parse(&source).map_err(|e| CallError::fatal(format!("toml: {}", e.message())))?;
    read_table(table.get_ref())
}

/// The fields of a table in the order of the text.
fn read_table(table: &DeTable<'_>) -> CallResult {
    let mut fields: Vec<_> = table.iter().collect();
    fields.sort_by_key(|(key, _)| key.span().start);
    let mut out = Vec::with_capacity(fields.len());
    for (key, value) in fields {
        let value = stacker::maybe_grow(64 << 10, 1 << 20, || read(value.get_ref()))?;
        out.push((key.get_ref().as_ref(), value));
    }
    Ok(Data::fields(out))
}

fn read(value: &DeValue<'_>) -> CallResult {
    let bad = |text: &str| CallError::fatal(format!("toml: cannot read number {text:?}"));
    match value {
        DeValue::String(s) => text(s.as_ref()),
        DeValue::Integer(n) => {
            let prefix = match n.radix() {
                16 => "0x",
                8 => "0o",
                2 => "0b",
                _ => "",
            };
            signed(&format!("{prefix}{}", n.as_str().trim_start_matches('+')))
                .ok_or_else(|| bad(n.as_str()))
        }
        DeValue::Float(n) => signed(n.as_str()).ok_or_else(|| bad(n.as_str())),
        DeValue::Boolean(b) => truth(*b),
        DeValue::Datetime(d) => text(d.to_string()),
        DeValue::Array(items) => {
            let all: Result<Vec<Data>, CallError> = items
                .iter()
                .map(|i| stacker::maybe_grow(64 << 10, 1 << 20, || read(i.get_ref())))
                .collect();
            Ok(Data::list(all?))
        }
        DeValue::Table(table) => read_table(table),
    }
}

fn signed(text: &str) -> Option<Data> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let n = crate::compile::number(unsigned).ok()?;
    Some(Data::Num(if text.starts_with('-') { n.negated() } else { n.spelled(unsigned) }))
}

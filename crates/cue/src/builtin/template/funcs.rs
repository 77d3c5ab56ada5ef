//! The functions every template has.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::fmt;
use super::value::{Value, int, is_true, type_name};
use crate::builtin::html;
use crate::builtin::net::url::{Part, escape};
use crate::data::Data;
use crate::label_text::is_print;

const NAMES: [&str; 18] = [
    "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or",
    "print", "printf", "println", "slice",
];

/// Result of a function.
pub(super) enum Done {
    Ok(Value),
    Error(String),
    Budget,
}

/// Whether there is such a function.
pub(super) fn exists(name: &str) -> bool {
    NAMES.contains(&name) || name == "urlquery"
}

fn text(s: String) -> Done {
    Done::Ok(Some(Data::str(s)))
}

fn truth(b: Result<bool, String>) -> Done {
    match b {
        Ok(b) => Done::Ok(Some(Data::Bool(b))),
        Err(why) => Done::Error(why),
    }
}

/// Calls a function; `and` and `or` are the caller's, who need not evaluate all arguments.
pub(super) fn call(name: &str, args: Vec<Value>) -> Done {
    let least = match name {
        "print" | "println" | "html" | "js" | "urlquery" => 0,
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" if args.len() == 1 => {
            return Done::Error("missing argument for comparison".to_owned());
        }
        _ => 1,
    };
    if args.len() < least {
        return Done::Error(format!(
            "wrong number of args: want at least {least} got {}",
            args.len()
        ));
    }
    match name {
        "not" => truth(Ok(!is_true(&args[0]))),
        "print" => text(fmt::sprint(&args)),
        "println" => text(fmt::sprintln(&args)),
        "printf" => match &args[0] {
            Some(Data::Str(format)) => match fmt::sprintf(format, &args[1..]) {
                Some(s) => text(s),
                None => Done::Budget,
            },
            _ => Done::Error("wrong type for value; expected string".to_owned()),
        },
        "html" => text(html::escape(&joined(&args)).replace('\0', "\u{fffd}")),
        "js" => text(js_escape(&joined(&args))),
        "urlquery" => text(escape(&joined(&args), Part::Query)),
        "len" => len(&args[0]),
        "index" => index(&args),
        "slice" => slice(&args),
        "eq" => truth(eq(&args)),
        "ne" => truth(equal(&args[0], &args[1]).map(|b| !b)),
        "lt" => truth(order(&args).map(Ordering::is_lt)),
        "le" => truth(order(&args).map(Ordering::is_le)),
        "gt" => truth(order(&args).map(Ordering::is_gt)),
        "ge" => truth(order(&args).map(Ordering::is_ge)),
        _ => Done::Error("call of non-function".to_owned()),
    }
}

/// The text that escaping functions work on.
fn joined(args: &[Value]) -> String {
    if let [Some(Data::Str(s))] = args {
        return s.to_string();
    }
    let shown = |v: &Value| match v {
        None => Some(Data::str("<no value>")),
        v => v.clone(),
    };
    fmt::sprint(&args.iter().map(shown).collect::<Vec<_>>())
}

/// Text as it may stand inside a string of JavaScript, in HTML too.
pub(super) fn js_escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c if u32::from(c) < 0x20 || (!c.is_ascii() && !is_print(c)) => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

fn len(v: &Value) -> Done {
    Done::Ok(match v {
        Some(Data::Str(s)) => int(s.len()),
        Some(Data::Bytes(b)) => int(b.len()),
        Some(Data::List(l)) => int(l.len()),
        Some(Data::Struct(s)) => int(s.len()),
        None => return Done::Error("len of nil pointer".to_owned()),
        other => return Done::Error(format!("len of type {}", type_name(other))),
    })
}

fn position(v: &Value, len: usize) -> Result<usize, String> {
    match v {
        Some(Data::Num(n)) if n.is_int() => match n.to_i64() {
            Some(i) => usize::try_from(i)
                .ok()
                .filter(|i| *i < len)
                .ok_or_else(|| format!("index out of range: {i}")),
            None => Err("index out of range".to_owned()),
        },
        None => Err("cannot index slice/array with nil".to_owned()),
        other => Err(format!("cannot index slice/array with type {}", type_name(other))),
    }
}

fn index(args: &[Value]) -> Done {
    let mut v = args[0].clone();
    for at in &args[1..] {
        let next = match &v {
            None => Err("index of nil pointer".to_owned()),
            Some(Data::List(items)) => position(at, items.len()).map(|i| Some(items[i].clone())),
            Some(Data::Str(s)) => position(at, s.len()).map(|i| int(usize::from(s.as_bytes()[i]))),
            Some(Data::Bytes(b)) => position(at, b.len()).map(|i| int(usize::from(b[i]))),
            Some(Data::Struct(_)) => match at {
                Some(Data::Str(name)) => Ok(v.as_ref().and_then(|d| d.get(name).cloned())),
                other => Err(format!("value has type {}; should be string", type_name(other))),
            },
            other => Err(format!("can't index item of type {}", type_name(other))),
        };
        match next {
            Ok(next) => v = next.filter(|d| !matches!(d, Data::Null)),
            Err(why) => return Done::Error(why),
        }
    }
    Done::Ok(v)
}

fn slice(args: &[Value]) -> Done {
    let bounds = |len: usize, cap: usize| -> Result<(usize, usize), String> {
        let mut at = [0, len, cap];
        for (i, v) in args[1..].iter().enumerate() {
            *at.get_mut(i).ok_or("too many slice indexes")? = position(v, cap + 1)?;
        }
        if at[0] > at[1] || at[1] > at[2] {
            return Err(format!("invalid slice index: {} > {}", at[0], at[1]));
        }
        Ok((at[0], at[1]))
    };
    let sliced = match &args[0] {
        None => Err("slice of untyped nil".to_owned()),
        Some(Data::Str(_)) if args.len() > 3 => Err("cannot 3-index slice a string".to_owned()),
        Some(Data::Str(s)) => bounds(s.len(), s.len())
            .map(|(i, j)| Data::str(String::from_utf8_lossy(&s.as_bytes()[i..j]).into_owned())),
        Some(Data::List(l)) => {
            bounds(l.len(), l.len()).map(|(i, j)| Data::list(l[i..j].iter().cloned()))
        }
        Some(Data::Bytes(b)) => bounds(b.len(), b.len()).map(|(i, j)| Data::bytes(&b[i..j])),
        other => Err(format!("can't slice item of type {}", type_name(other))),
    };
    match sliced {
        Ok(d) => Done::Ok(Some(d)),
        Err(why) => Done::Error(why),
    }
}

fn eq(args: &[Value]) -> Result<bool, String> {
    for other in &args[1..] {
        if equal(&args[0], other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (None, None) => Ok(true),
        (Some(Data::List(_) | Data::Struct(_) | Data::Bytes(_)), _) => {
            Err(format!("non-comparable type {}", type_name(a)))
        }
        (None, _) | (_, None) => Ok(false),
        (_, Some(Data::List(_) | Data::Struct(_) | Data::Bytes(_))) => {
            Err(format!("non-comparable type {}", type_name(b)))
        }
        (Some(x), Some(y)) if type_name(a) == type_name(b) => Ok(match (x, y) {
            (Data::Num(x), Data::Num(y)) => x.cmp_value(y) == Ordering::Equal,
            (x, y) => x == y,
        }),
        _ => Err("incompatible types for comparison".to_owned()),
    }
}

fn order(args: &[Value]) -> Result<Ordering, String> {
    match (&args[0], args.get(1).unwrap_or(&None)) {
        (Some(Data::Num(a)), Some(Data::Num(b))) if a.is_int() == b.is_int() => Ok(a.cmp_value(b)),
        (Some(Data::Str(a)), Some(Data::Str(b))) => Ok(a.as_bytes().cmp(b.as_bytes())),
        (Some(Data::Num(_) | Data::Str(_)), Some(Data::Num(_) | Data::Str(_) | Data::Bool(_))) => {
            Err("incompatible types for comparison".to_owned())
        }
        _ => Err("invalid type for comparison".to_owned()),
    }
}

//! What an untagged plain scalar is: null, a truth value, a number, a date, or text.

use crate::builtin::is_time;

/// Type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Str,
    Binary,
}

/// The type of a plain scalar.
pub(super) fn resolve(text: &str) -> Tag {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Tag::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Tag::Bool,
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" => return Tag::Float,
        "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => return Tag::Float,
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' if text[1..].bytes().all(|b| b != b'_') && is_float(text) => Tag::Float,
        b'0'..=b'9' | b'+' | b'-' => number(text),
        _ => Tag::Str,
    }
}

fn number(text: &str) -> Tag {
    if is_timestamp(text) {
        return Tag::Timestamp;
    }
    let plain = text.replace('_', "");
    if is_int(&plain) {
        Tag::Int
    } else if is_float(&plain) {
        Tag::Float
    } else {
        Tag::Str
    }
}

/// Whole numbers of 64 bits: decimal, or with a prefix for their base.
fn is_int(text: &str) -> bool {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with('+') {
        return false;
    }
    match u64::from_str_radix(digits, radix) {
        Ok(n) if negative => n <= 1 << 63,
        Ok(_) => true,
        Err(_) => false,
    }
}

/// A number in the range of binary floating point.
fn is_float(text: &str) -> bool {
    has_float_form(text) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// `[-+]? ( . digits | digits [ . digits ] ) [ e [-+] digits ]`
fn has_float_form(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    let mut rest = &rest[whole..];
    if let Some(after) = rest.strip_prefix('.') {
        let fraction = digits(after);
        if whole + fraction == 0 {
            return false;
        }
        rest = &after[fraction..];
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

fn is_timestamp(text: &str) -> bool {
    const LAYOUTS: [&str; 4] = [
        "2006-1-2T15:4:5.999999999Z07:00",
        "2006-1-2t15:4:5.999999999Z07:00",
        "2006-1-2 15:4:5.999999999",
        "2006-1-2",
    ];
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    year == 4 && text[4..].starts_with('-') && LAYOUTS.iter().any(|layout| is_time(layout, text))
}

/// Text that older readers take for something else: words for truth values, numbers to base 60, dates, hex.
pub(super) fn is_legacy(text: &str) -> bool {
    const WORDS: [&str; 27] = [
        "y", "Y", "yes", "Yes", "YES", "n", "N", "t", "T", "f", "F", "no", "No", "NO", "true",
        "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF", ".Nan",
    ];
    WORDS.contains(&text) || is_hex(text) || is_date_like(text)
}

fn is_hex(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or("");
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Digits, signs, colons, points and blanks around a dash, a colon or one `t`; perhaps `z` at the end.
fn is_date_like(text: &str) -> bool {
    let body = text.strip_suffix(['z', 'Z']).unwrap_or(text).as_bytes();
    let common = |b: &u8| b.is_ascii_digit() || b"-+:. \t".contains(b);
    if body.len() < 3 {
        return false;
    }
    match body.iter().position(|b| matches!(b, b't' | b'T')) {
        Some(at) => {
            let (left, right) = (&body[..at], &body[at + 1..]);
            !left.is_empty() && !right.is_empty() && left.iter().chain(right).all(common)
        }
        None => {
            let inner = &body[1..body.len() - 1];
            body.iter().all(common) && inner.iter().any(|b| matches!(b, b'-' | b':'))
        }
    }
}

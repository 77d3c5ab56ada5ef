//! `strconv`

use num_bigint::BigInt;
use num_traits::{Signed as _, ToPrimitive as _};

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;
use crate::num::{Decimal, Num};

const S: Kind = Kind::STRING;
const I: Kind = Kind::INT;

pub(super) const PACKAGE: Package = Package {
    path: "strconv",
    functions: &[
        data("Unquote", &[STR], S, unquote),
        data("ParseBool", &[STR], Kind::BOOL, parse_bool),
        data("FormatBool", &[BOOL], S, |a| {
            text(if a[0] == Data::Bool(true) { "true" } else { "false" })
        }),
        data("ParseFloat", &[STR, INT], Kind::NUMBER, parse_float),
        data("ParseUint", &[STR, INT, INT], I, |a| parse_int("ParseUint", a, false)),
        data("ParseInt", &[STR, INT, INT], I, |a| parse_int("ParseInt", a, true)),
        data("Atoi", &[STR], I, |a| {
            parse_int("Atoi", &[a[0].clone(), Data::int(10), Data::int(64)], true)
        }),
        data("FormatFloat", &[NUM, INT, INT, INT], S, format_float),
        data("FormatUint", &[INT, INT], S, format_int),
        data("FormatInt", &[INT, INT], S, format_int),
        data("Quote", &[STR], S, |a| text(quote(str_at(a, 0), '"', false))),
        data("QuoteToASCII", &[STR], S, |a| text(quote(str_at(a, 0), '"', true))),
        data("QuoteToGraphic", &[STR], S, |a| text(quote(str_at(a, 0), '"', false))),
        data("QuoteRune", &[INT], S, |a| text(quote(&rune(a)?, '\'', false))),
        data("QuoteRuneToASCII", &[INT], S, |a| text(quote(&rune(a)?, '\'', true))),
        data("QuoteRuneToGraphic", &[INT], S, |a| text(quote(&rune(a)?, '\'', false))),
        data("IsPrint", &[INT], Kind::BOOL, |a| {
            truth(rune(a)?.chars().all(|c| c == ' ' || (printable(c) && !c.is_whitespace())))
        }),
        data("IsGraphic", &[INT], Kind::BOOL, |a| truth(rune(a)?.chars().all(printable))),
    ],
    values: "IntSize: 64",
};

fn invalid(name: &str, s: &str, why: &str) -> CallError {
    CallError::fatal(format!("strconv.{name}: parsing {s:?}: {why}"))
}

fn unquote(a: &[Data]) -> CallResult {
    match crate::compile::unquote(str_at(a, 0)) {
        Ok(s) => text(s),
        Err(_) => Err(CallError::fatal("invalid syntax")),
    }
}

fn parse_bool(a: &[Data]) -> CallResult {
    match str_at(a, 0) {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => truth(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => truth(false),
        s => Err(invalid("ParseBool", s, "invalid syntax")),
    }
}

fn parse_float(a: &[Data]) -> CallResult {
    let s = str_at(a, 0);
    let bad = || invalid("ParseFloat", s, "invalid syntax");
    let v: f64 = match int_at(a, 1)? {
        32 => f64::from(s.parse::<f32>().map_err(|_| bad())?),
        _ => s.parse().map_err(|_| bad())?,
    };
    if v.is_infinite() && s.bytes().any(|b| b.is_ascii_digit()) {
        return Err(invalid("ParseFloat", s, "value out of range"));
    }
    Num::from_f64(v).map(|n| Data::Num(whole(n))).ok_or_else(bad)
}

/// Go's floats print without a fraction when they have none.
fn whole(n: Num) -> Num {
    let d = n.decimal().stripped();
    if d.exponent() >= 0 {
        n.decimal()
            .to_integer()
            .map_or(n.clone(), |v| Num::float(Decimal::new(d.is_negative(), v, 0)))
    } else {
        Num::float(d)
    }
}

fn parse_int(name: &str, a: &[Data], signed: bool) -> CallResult {
    let s = str_at(a, 0);
    let (base, bits) = (int_at(a, 1)?, int_at(a, 2)?);
    let bits = if bits == 0 { 64 } else { bits };
    let bad = || invalid(name, s, "invalid syntax");
    let (neg, mut body) = match s.as_bytes().first() {
        Some(b'-') if signed => (true, &s[1..]),
        Some(b'+') if signed => (false, &s[1..]),
        _ => (false, s),
    };
    let mut radix = u32::try_from(base).unwrap_or(1);
    if base == 0 {
        let lower = body.to_ascii_lowercase();
        let (r, skip) = match &lower {
            l if l.starts_with("0x") => (16, 2),
            l if l.starts_with("0b") => (2, 2),
            l if l.starts_with("0o") => (8, 2),
            l if l.starts_with('0') && l.len() > 1 => (8, 1),
            _ => (10, 0),
        };
        radix = r;
        body = &body[skip..];
    }
    if !(2..=36).contains(&radix) || !(0..=64).contains(&bits) {
        return Err(invalid(name, s, "invalid base or bit size"));
    }
    let digits: String = if base == 0 { body.replace('_', "") } else { body.to_owned() };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(bad());
    }
    let abs = BigInt::parse_bytes(digits.as_bytes(), radix).ok_or_else(bad)?;
    let v = if neg { -abs } else { abs };
    let (lo, hi) = if signed {
        (-(BigInt::from(1) << (bits - 1)), BigInt::from(1) << (bits - 1))
    } else {
        (BigInt::from(0), BigInt::from(1) << bits)
    };
    if v < lo || v >= hi {
        return Err(invalid(name, s, "value out of range"));
    }
    let n = v.to_i64().map_or_else(
        || Num::big_int(Decimal::new(v.is_negative(), v.magnitude().clone(), 0)),
        Num::int,
    );
    Ok(Data::Num(n))
}

fn format_int(a: &[Data]) -> CallResult {
    let base = int_at(a, 1)?;
    let radix = u32::try_from(base).ok().filter(|b| (2..=62).contains(b));
    let Some(radix) = radix else { return Err(CallError::fatal("invalid base")) };
    let Data::Num(n) = &a[0] else { return text("") };
    let d = n.decimal();
    let abs = d.to_integer().unwrap_or_default();
    let sign = if d.is_negative() { "-" } else { "" };
    if radix > 36 {
        return text(format!("{sign}{}", large_base(abs, radix)));
    }
    text(format!("{sign}{}", abs.to_str_radix(radix)))
}

fn large_base(mut v: num_bigint::BigUint, radix: u32) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut out = Vec::new();
    loop {
        let digit = (&v % radix).to_usize().unwrap_or(0);
        out.push(DIGITS[digit]);
        v /= radix;
        if v == num_bigint::BigUint::default() {
            break;
        }
    }
    out.reverse();
    String::from_utf8_lossy(&out).into_owned()
}

fn format_float(a: &[Data]) -> CallResult {
    let v = match &a[0] {
        Data::Num(n) => n.to_f64(),
        _ => 0.0,
    };
    let prec = usize::try_from(int_at(a, 2)?).ok().map(|p| p.min(400));
    let exponent = |s: String| {
        let (m, e) = s.split_once('e').unwrap_or((&s, "0"));
        let e: i32 = e.parse().unwrap_or(0);
        format!("{m}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs())
    };
    let out = match u8::try_from(int_at(a, 1)?).unwrap_or(0) {
        b'f' => prec.map_or_else(|| format!("{v}"), |p| format!("{v:.p$}")),
        b'e' => exponent(prec.map_or_else(|| format!("{v:e}"), |p| format!("{v:.p$e}"))),
        b'E' => {
            exponent(prec.map_or_else(|| format!("{v:e}"), |p| format!("{v:.p$e}"))).to_uppercase()
        }
        b'g' | b'G' => {
            let exp = if v == 0.0 { 0 } else { v.abs().log10().floor() as i32 };
            let limit = prec.map_or(21, |p| p.max(1) as i32);
            if exp < -4 || exp >= limit { exponent(format!("{v:e}")) } else { general(v, prec) }
        }
        other => return Err(CallError::fatal(format!("unsupported float format {other}"))),
    };
    text(out)
}

fn general(v: f64, prec: Option<usize>) -> String {
    let Some(p) = prec else { return format!("{v}") };
    let exp = if v == 0.0 { 0 } else { v.abs().log10().floor() as i32 };
    let digits = usize::try_from(p.max(1) as i32 - 1 - exp).unwrap_or(0);
    let s = format!("{v:.digits$}");
    if s.contains('.') { s.trim_end_matches('0').trim_end_matches('.').to_owned() } else { s }
}

fn rune(a: &[Data]) -> Result<String, CallError> {
    let c = u32::try_from(int_at(a, 0)?).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
    Ok(c.to_string())
}

fn printable(c: char) -> bool {
    !c.is_control() && c != '\u{feff}' && !('\u{e000}'..='\u{f8ff}').contains(&c)
}

/// Go's quoting of strings and runes.
fn quote(s: &str, q: char, ascii: bool) -> String {
    crate::label_text::go_quote(s, q, |c| match c {
        c if c.is_ascii() => !c.is_ascii_control(),
        c => !ascii && printable(c),
    })
}

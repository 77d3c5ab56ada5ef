//! Values of literals as the compiler needs them: strings, bytes, numbers, the pieces of an interpolation.

use std::borrow::Cow;

use num_bigint::BigUint;
use num_traits::Zero as _;

use crate::eval::val::Val;
use crate::num::{Decimal, Num};
use crate::syntax::ast;

/// The quotes around a string.
#[derive(Clone, Copy, Debug)]
struct Quotes {
    hashes: usize,
    quote: char,
    multi: bool,
}

impl Quotes {
    fn read(text: &str) -> Option<(Self, &str)> {
        let hashes = text.len() - text.trim_start_matches('#').len();
        let rest = &text[hashes..];
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let triple: String = [quote; 3].iter().collect();
        let multi = rest.starts_with(&triple) && !(hashes == 0 && rest.len() == 2);
        let skip = if multi { 3 } else { 1 };
        Some((Self { hashes, quote, multi }, &rest[skip..]))
    }

    fn closing(self) -> String {
        let n = if self.multi { 3 } else { 1 };
        let mut s: String = std::iter::repeat_n(self.quote, n).collect();
        s.extend(std::iter::repeat_n('#', self.hashes));
        s
    }

    fn value(self, raw: Vec<u8>) -> Result<Val, String> {
        if self.quote == '\'' {
            return Ok(Val::Bytes(raw.into()));
        }
        String::from_utf8(raw).map(|s| Val::Str(s.into())).map_err(|_| "invalid UTF-8".to_owned())
    }
}

/// The text of a double-quoted string without interpolations.
pub(super) fn string(text: &str) -> Result<String, String> {
    match self::text(text)? {
        Val::Str(s) => Ok(s.to_string()),
        _ => Err("not a string".to_owned()),
    }
}

/// The value of a string or bytes literal.
pub(super) fn text(text: &str) -> Result<Val, String> {
    let text = without_returns(text);
    let (q, rest) = Quotes::read(&text).ok_or("invalid quotes")?;
    let body = rest.strip_suffix(&q.closing()).ok_or("missing closing quotes")?;
    let indent = if q.multi { indentation(body)? } else { String::new() };
    let body = if q.multi { strip_frame(body)? } else { body };
    q.value(unescape(q, body, &indent, true)?)
}

/// Carriage returns written as such count nowhere in a literal; few texts have any.
fn without_returns(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace('\r', "").into() } else { text.into() }
}

/// The string pieces of an interpolation, and whether they are bytes.
pub(super) fn pieces(i: &ast::Interpolation) -> Result<(bool, Vec<Val>), String> {
    let lits: Vec<_> = i.parts.iter().step_by(2).map(|x| without_returns(piece_text(x))).collect();
    let (Some(first), Some(last)) = (lits.first(), lits.last()) else {
        return Err("no pieces".to_owned());
    };
    let (q, _) = Quotes::read(first).ok_or("invalid quotes")?;
    let last_body = last.strip_suffix(&q.closing()).ok_or("missing closing quotes")?;
    let indent = if q.multi { indentation(last_body)? } else { String::new() };
    let opener = format!("\\{}(", "#".repeat(q.hashes));
    let mut out = Vec::with_capacity(lits.len());
    for (at, lit) in lits.iter().enumerate() {
        let mut body: &str = lit;
        if at == 0 {
            body = Quotes::read(body).ok_or("invalid quotes")?.1;
            if q.multi {
                body = body.strip_prefix('\n').ok_or("missing newline")?;
            }
        } else {
            body = body.strip_prefix(')').ok_or("unmatched ')'")?;
        }
        if at + 1 == lits.len() {
            body = body.strip_suffix(&q.closing()).ok_or("missing closing quotes")?;
            if q.multi {
                body = strip_last_line(body)?;
            }
        } else {
            body = body.strip_suffix(&opener).ok_or("missing '('")?;
        }
        out.push(q.value(unescape(q, body, &indent, at == 0)?)?);
    }
    Ok((q.quote == '\'', out))
}

fn piece_text(x: &ast::Expr) -> &str {
    match x {
        ast::Expr::Lit(l) => &l.text,
        _ => "",
    }
}

/// White space before the closing quotes.
fn indentation(body: &str) -> Result<String, String> {
    let line = body.rsplit('\n').next().unwrap_or("");
    if line.chars().all(|c| c == ' ' || c == '\t') {
        Ok(line.to_owned())
    } else {
        Err("non-matching multiline quotes".to_owned())
    }
}

fn strip_frame(body: &str) -> Result<&str, String> {
    strip_last_line(body.strip_prefix('\n').ok_or("missing newline after quotes")?)
}

/// Without the line of the closing quotes and the newline before it.
fn strip_last_line(body: &str) -> Result<&str, String> {
    match body.rfind('\n') {
        Some(at) => Ok(&body[..at]),
        None if body.chars().all(|c| c == ' ' || c == '\t') => Ok(""),
        None => Err("missing newline before quotes".to_owned()),
    }
}

/// Resolves escapes and removes the indentation of multi-line strings.
fn unescape(q: Quotes, body: &str, indent: &str, at_line_start: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(body.len());
    let intro = format!("\\{}", "#".repeat(q.hashes));
    let mut rest = body;
    if q.multi && at_line_start {
        rest = strip_indent(rest, indent)?;
    }
    while let Some(c) = rest.chars().next() {
        if let Some(tail) = rest.strip_prefix(&intro) {
            rest = escape(q, tail, &mut out)?;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' if q.multi => {
                out.push(b'\n');
                rest = strip_indent(rest, indent)?;
            }
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(out)
}

fn strip_indent<'a>(line: &'a str, indent: &str) -> Result<&'a str, String> {
    if line.is_empty() || line.starts_with('\n') {
        return Ok(line);
    }
    line.strip_prefix(indent).ok_or_else(|| "invalid whitespace".to_owned())
}

/// What a letter stands for after a backslash, in CUE's literals as in Go's.
pub(crate) fn simple_escape(c: char) -> Option<u8> {
    Some(match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        _ => return None,
    })
}

/// What is said of an escape that is none, and of half a pair (`cue/literal/string.go`).
const INVALID: &str = "invalid syntax";
const UNMATCHED: &str = "unmatched surrogate pair";

fn escape<'a>(q: Quotes, tail: &'a str, out: &mut Vec<u8>) -> Result<&'a str, String> {
    let bad = || INVALID.to_owned();
    let c = tail.chars().next().ok_or_else(bad)?;
    let rest = &tail[c.len_utf8()..];
    if let Some(simple) = simple_escape(c) {
        out.push(simple);
        return Ok(rest);
    }
    let simple = match c {
        '/' => b'/',
        '"' | '\'' if c == q.quote => c as u8,
        'u' | 'U' => return unicode(c, rest, out),
        'x' if q.quote == '\'' => {
            let digits = rest.get(..2).ok_or_else(bad)?;
            out.push(u8::from_str_radix(digits, 16).map_err(|_| bad())?);
            return Ok(&rest[2..]);
        }
        '0'..='7' if q.quote == '\'' => {
            let digits = tail.get(..3).ok_or_else(bad)?;
            out.push(u8::from_str_radix(digits, 8).map_err(|_| bad())?);
            return Ok(&tail[3..]);
        }
        _ => return Err(bad()),
    };
    out.push(simple);
    Ok(rest)
}

fn hex(rest: &str, n: usize) -> Result<(u32, &str), String> {
    let digits = rest.get(..n).ok_or(INVALID)?;
    let v = u32::from_str_radix(digits, 16).map_err(|_| INVALID.to_owned())?;
    Ok((v, &rest[n..]))
}

fn unicode<'a>(c: char, rest: &'a str, out: &mut Vec<u8>) -> Result<&'a str, String> {
    let (mut v, mut rest) = hex(rest, if c == 'u' { 4 } else { 8 })?;
    if (0xD800..0xDC00).contains(&v) {
        let (low, tail) = rest.strip_prefix("\\u").map(|r| hex(r, 4)).ok_or(UNMATCHED)??;
        if !(0xDC00..0xE000).contains(&low) {
            return Err(UNMATCHED.to_owned());
        }
        v = 0x10000 + ((v - 0xD800) << 10) + (low - 0xDC00);
        rest = tail;
    }
    let wrong = if (0xDC00..0xE000).contains(&v) { UNMATCHED } else { INVALID };
    let ch = char::from_u32(v).ok_or(wrong)?;
    out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(rest)
}

/// The value of a number literal.
pub(super) fn number(text: &str) -> Result<Num, String> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0b", 2)] {
        if let Some(d) = digits.strip_prefix(prefix) {
            let v = BigUint::parse_bytes(d.as_bytes(), radix).ok_or("invalid number")?;
            return Ok(Num::big_int(Decimal::new(false, v, 0)));
        }
    }
    let (base, factor) = multiplier(&digits);
    let dec = Decimal::parse(base).ok_or("invalid number")?;
    match factor {
        Some(f) => {
            let scaled = Decimal::new(false, dec.coefficient() * f, dec.exponent());
            let whole = scaled.to_integer().ok_or("number cannot be represented as int")?;
            Ok(Num::big_int(Decimal::new(false, whole, 0)))
        }
        None if base.contains(['.', 'e', 'E']) => Ok(Num::float(dec)),
        None => Ok(Num::big_int(dec)),
    }
}

/// The factor of a suffix such as `Ki`.
fn multiplier(text: &str) -> (&str, Option<BigUint>) {
    let (body, binary) = text.strip_suffix('i').map_or((text, false), |b| (b, true));
    let power = |c| match c {
        'K' => Some(1),
        'M' => Some(2),
        'G' => Some(3),
        'T' => Some(4),
        'P' => Some(5),
        _ => None,
    };
    match body.chars().last().and_then(power) {
        Some(p) => {
            let base = if binary { 1024u32 } else { 1000 };
            let factor = (0..p).fold(BigUint::from(1u32), |f, _| f * base);
            debug_assert!(!factor.is_zero());
            (&body[..body.len() - 1], Some(factor))
        }
        None => (text, None),
    }
}

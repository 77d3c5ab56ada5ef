//! Go's formatting of values: `Print`, `Println`, `Printf`.

use std::fmt::Write as _;

use super::value::{Value, sorted, type_name};
use crate::data::Data;
use crate::label_text::{go_quote, is_print};

/// Widest field a format may ask for.
const WIDEST: usize = 1_000_000;

/// A value as `Print` shows it.
pub(super) fn print(out: &mut String, v: &Value) {
    let plain = Spec { verb: 'v', ..Spec::default() };
    plain.write(out, v);
}

/// Values side by side, a space where neither neighbour is text.
pub(super) fn sprint(args: &[Value]) -> String {
    let mut out = String::new();
    let mut text_before = true;
    for (i, v) in args.iter().enumerate() {
        let is_text = matches!(v, Some(Data::Str(_)));
        if i > 0 && !is_text && !text_before {
            out.push(' ');
        }
        print(&mut out, v);
        text_before = is_text;
    }
    out
}

/// Values with spaces between them and a line end.
pub(super) fn sprintln(args: &[Value]) -> String {
    let mut out = String::new();
    for (i, v) in args.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        print(&mut out, v);
    }
    out.push('\n');
    out
}

#[derive(Clone, Copy, Default)]
struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
    verb: char,
}

/// A format filled in. None when it asks for more than there is room for.
pub(super) fn sprintf(format: &str, args: &[Value]) -> Option<String> {
    let mut out = String::new();
    let mut used = 0;
    let mut indexed = false;
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(c) = chars.peek() {
            match c {
                '+' => spec.plus = true,
                '-' => spec.minus = true,
                '#' => spec.sharp = true,
                ' ' => spec.space = true,
                '0' => spec.zero = true,
                _ => break,
            }
            chars.next();
        }
        spec.width = size(&mut chars, args, &mut used, &mut spec.minus)?;
        if chars.next_if_eq(&'.').is_some() {
            let mut ignored = false;
            spec.precision = Some(size(&mut chars, args, &mut used, &mut ignored)?.unwrap_or(0));
        }
        if chars.next_if_eq(&'[').is_some() {
            let at: String = chars.by_ref().take_while(|c| *c != ']').collect();
            match at.parse::<usize>() {
                Ok(n) if n > 0 && n <= args.len() => used = n - 1,
                _ => {
                    let verb = chars.next().unwrap_or(' ');
                    let _ = write!(out, "%!{verb}(BADINDEX)");
                    continue;
                }
            }
            indexed = true;
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => {
                spec.verb = verb;
                match args.get(used) {
                    None => {
                        let _ = write!(out, "%!{verb}(MISSING)");
                    }
                    Some(v) => spec.padded(&mut out, v),
                }
                used += 1;
            }
        }
    }
    if used < args.len() && !indexed {
        out.push_str("%!(EXTRA ");
        for (i, v) in args[used..].iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            out.push_str(type_name(v));
            if v.is_some() {
                out.push('=');
                print(&mut out, v);
            }
        }
        out.push(')');
    }
    Some(out)
}

/// A number in a format, or `*` for one among the arguments. None (outer) when it is too large.
fn size(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    args: &[Value],
    used: &mut usize,
    minus: &mut bool,
) -> Option<Option<usize>> {
    if chars.next_if_eq(&'*').is_some() {
        let n = match args.get(*used) {
            Some(Some(Data::Num(n))) => n.to_i64(),
            _ => None,
        };
        *used += 1;
        *minus |= n.is_some_and(|n| n < 0);
        let n = n.map(|n| n.unsigned_abs() as usize);
        return n.is_none_or(|n| n <= WIDEST).then_some(n);
    }
    let mut n: Option<usize> = None;
    while let Some(d) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        n = Some(n.unwrap_or(0) * 10 + d as usize);
        if n > Some(WIDEST) {
            return None;
        }
    }
    Some(n)
}

impl Spec {
    fn padded(&self, out: &mut String, v: &Value) {
        let composite = matches!(v, Some(Data::List(_) | Data::Struct(_)));
        if composite {
            return self.write(out, v);
        }
        let mut text = String::new();
        self.write(&mut text, v);
        self.pad(out, &text, matches!(v, Some(Data::Num(_))));
    }

    fn pad(&self, out: &mut String, text: &str, number: bool) {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let fill = |out: &mut String, c| out.extend(std::iter::repeat_n(c, missing));
        if self.minus {
            out.push_str(text);
            return fill(out, ' ');
        }
        if !self.zero {
            fill(out, ' ');
            return out.push_str(text);
        }
        let sign = usize::from(number && text.starts_with(['+', '-']));
        out.push_str(&text[..sign]);
        fill(out, '0');
        out.push_str(&text[sign..]);
    }

    fn write(&self, out: &mut String, v: &Value) {
        match v {
            None | Some(Data::Null) if self.verb == 'v' => out.push_str("<nil>"),
            _ if self.verb == 'T' => out.push_str(type_name(v)),
            None | Some(Data::Null) => {
                let _ = write!(out, "%!{}(<nil>)", self.verb);
            }
            Some(Data::Bool(b)) if matches!(self.verb, 'v' | 't') => out.push_str(&b.to_string()),
            Some(Data::Num(n)) if n.is_int() => self.int(out, &n.to_string(), n.to_i64(), v),
            Some(Data::Num(n)) => self.float(out, n.to_f64(), v),
            Some(Data::Str(s)) => self.text(out, s.as_bytes(), v),
            Some(Data::Bytes(b)) if matches!(self.verb, 's' | 'q' | 'x' | 'X') => {
                self.text(out, b, v)
            }
            Some(Data::Bytes(b)) => {
                self.items(out, "[", b.iter().map(|b| Some(Data::int(i64::from(*b)))));
            }
            Some(Data::List(items)) => self.items(out, "[", items.iter().map(|d| Some(d.clone()))),
            Some(Data::Struct(fields)) => self.fields(out, fields),
            Some(Data::Bool(_)) => self.bad(out, v),
        }
    }

    fn bad(&self, out: &mut String, v: &Value) {
        let _ = write!(out, "%!{}({}=", self.verb, type_name(v));
        print(out, v);
        out.push(')');
    }

    fn items(&self, out: &mut String, open: &str, items: impl Iterator<Item = Value>) {
        out.push_str(open);
        for (i, item) in items.enumerate() {
            if i > 0 {
                out.push(' ');
            }
            stacker::maybe_grow(32 << 10, 1 << 20, || self.inside(out, &item));
        }
        out.push(']');
    }

    /// A value inside a list or map: nothing is shown as such whatever the verb.
    fn inside(&self, out: &mut String, v: &Value) {
        match v {
            None | Some(Data::Null) => self.pad(out, "<nil>", false),
            v => self.padded(out, v),
        }
    }

    fn fields(&self, out: &mut String, fields: &[(std::sync::Arc<str>, Data)]) {
        out.push_str("map[");
        for (i, (name, value)) in sorted(fields).into_iter().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            self.padded(out, &Some(Data::Str(name)));
            out.push(':');
            stacker::maybe_grow(32 << 10, 1 << 20, || self.inside(out, &Some(value)));
        }
        out.push(']');
    }

    fn sign(&self, out: &mut String, negative: bool) {
        if negative {
            out.push('-');
        } else if self.plus {
            out.push('+');
        } else if self.space {
            out.push(' ');
        }
    }

    fn int(&self, out: &mut String, decimal: &str, small: Option<i64>, v: &Value) {
        let negative = decimal.starts_with('-');
        let digits = decimal.trim_start_matches('-');
        let abs = small.map(i64::unsigned_abs);
        let body = match (self.verb, abs) {
            ('v' | 'd', _) => digits.to_owned(),
            ('b', Some(n)) => format!("{n:b}"),
            ('o', Some(n)) => format!("{}{n:o}", if self.sharp { "0" } else { "" }),
            ('O', Some(n)) => format!("0o{n:o}"),
            ('x', Some(n)) => format!("{}{n:x}", if self.sharp { "0x" } else { "" }),
            ('X', Some(n)) => format!("{}{n:X}", if self.sharp { "0X" } else { "" }),
            ('c', Some(n)) => return out.push(character(n)),
            ('q', Some(n)) => return quote(out, &character(n).to_string(), '\'', self.plus),
            ('U', Some(n)) => return out.push_str(&format!("U+{n:04X}")),
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 's' | 't', _) | (_, None) => {
                return self.bad(out, v);
            }
            _ => return self.bad(out, v),
        };
        self.sign(out, negative);
        let width = self.precision.unwrap_or(0);
        let _ = write!(out, "{body:0>width$}");
    }

    fn float(&self, out: &mut String, value: f64, v: &Value) {
        self.sign(out, value.is_sign_negative());
        let value = value.abs();
        match self.verb {
            'v' | 'g' | 'G' => out.push_str(&general(value, self.precision, self.verb)),
            'f' | 'F' => {
                let _ = write!(out, "{value:.*}", self.precision.unwrap_or(6));
            }
            'e' | 'E' => out.push_str(&exponent(value, self.precision.or(Some(6)), self.verb)),
            _ => {
                out.truncate(out.trim_end_matches(['-', '+', ' ']).len());
                self.bad(out, v);
            }
        }
    }

    fn text(&self, out: &mut String, bytes: &[u8], v: &Value) {
        let text = String::from_utf8_lossy(bytes);
        let cut: String = match self.precision {
            Some(n) => text.chars().take(n).collect(),
            None => text.into_owned(),
        };
        match self.verb {
            'v' if self.sharp => quote(out, &cut, '"', false),
            'v' | 's' => out.push_str(&cut),
            'q' if self.sharp && !cut.contains(['`', '\n']) => {
                let _ = write!(out, "`{cut}`");
            }
            'q' => quote(out, &cut, '"', self.plus),
            'x' | 'X' => {
                for b in bytes.iter().take(self.precision.unwrap_or(bytes.len())) {
                    let _ = match self.verb {
                        'x' => write!(out, "{b:02x}"),
                        _ => write!(out, "{b:02X}"),
                    };
                }
            }
            _ => self.bad(out, v),
        }
    }
}

fn character(n: u64) -> char {
    u32::try_from(n).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}

/// A quoted literal of Go.
fn quote(out: &mut String, s: &str, quote: char, ascii: bool) {
    out.push_str(&go_quote(s, quote, |c| is_print(c) && (c.is_ascii() || !ascii)));
}

/// `d.ddde±dd`, shortest where no precision is asked for.
fn exponent(v: f64, precision: Option<usize>, verb: char) -> String {
    let text = match precision {
        Some(p) => format!("{v:.p$e}"),
        None => format!("{v:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    let e = if verb.is_uppercase() { 'E' } else { 'e' };
    format!("{mantissa}{e}{sign}{digits:0>2}")
}

/// Plain notation for moderate exponents, otherwise scientific; trailing zeros dropped.
fn general(v: f64, precision: Option<usize>, verb: char) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let digits = precision.map(|p| p.max(1));
    let text = match digits {
        Some(p) => format!("{v:.*e}", p - 1),
        None => format!("{v:e}"),
    };
    let (mantissa, exp) = text.split_once('e').unwrap_or((&text, "0"));
    let exp: i64 = exp.parse().unwrap_or(0);
    let significant: String = mantissa.chars().filter(|c| *c != '.').collect();
    let significant = significant.trim_end_matches('0');
    let count = significant.len() as i64;
    let most = match digits.map(|p| p as i64) {
        None => 6,
        Some(p) if p > count && count > exp => count,
        Some(p) => p,
    };
    if exp < -4 || exp >= most {
        let shown = significant.len().saturating_sub(1);
        return exponent(v, Some(shown), verb);
    }
    let places = (significant.len() as i64 - 1 - exp).max(0) as usize;
    format!("{v:.places$}")
}

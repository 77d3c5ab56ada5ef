//! Tokens of the interim parser: commas at line ends, strings split at their interpolations.

use crate::syntax::{Pos, Rel, SourceId, SyntaxError};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum T {
    Ident(String),
    Num(String, bool),
    Str(String),
    Interp(Vec<(usize, String)>, Vec<(usize, usize)>),
    Op(&'static str),
    Attr(String),
    Comma(bool),
    Eof,
}

#[derive(Clone, Debug)]
pub(super) struct Tok {
    pub(super) t: T,
    pub(super) at: usize,
}

const OPS: &[&str] = &[
    "_|_", "...", "&&", "||", "==", "!=", "<=", ">=", "=~", "!~", "+", "-", "*", "/", "&", "|",
    "!", "=", "<", ">", "(", ")", "[", "]", "{", "}", ":", ".", "?", ",",
];

pub(super) fn lex(src: &str, base: usize, out: &mut Vec<Tok>) -> Result<(), SyntaxError> {
    let b = src.as_bytes();
    let mut i = 0;
    let err = |i: usize, m: &str| SyntaxError {
        pos: Pos::new(SourceId(0), (base + i) as u32, Rel::None),
        message: m.into(),
    };
    fn ends(out: &[Tok]) -> bool {
        match out.last().map(|t| &t.t) {
            Some(T::Ident(_) | T::Num(..) | T::Str(_) | T::Interp(..) | T::Attr(_)) => true,
            Some(T::Op(o)) => matches!(*o, ")" | "]" | "}" | "?" | "..." | "_|_"),
            _ => false,
        }
    }
    while i < b.len() {
        let c = src[i..].chars().next().unwrap_or(' ');
        if c == '\n' || src[i..].starts_with("//") {
            if ends(out) {
                out.push(Tok { t: T::Comma(true), at: base + i });
            }
            if c == '\n' {
                i += 1
            } else {
                while i < b.len() && b[i] != b'\n' {
                    i += 1
                }
            }
            continue;
        }
        if c.is_whitespace() {
            i += c.len_utf8();
            continue;
        }
        let at = base + i;
        if c == '@' {
            let mut d = 0;
            let s = i;
            while i < b.len() {
                if b[i] == b'(' {
                    d += 1
                }
                if b[i] == b')' {
                    d -= 1;
                    if d == 0 {
                        i += 1;
                        break;
                    }
                }
                i += 1
            }
            out.push(Tok { t: T::Attr(src[s..i].into()), at });
            continue;
        }
        let hashes = src[i..].len() - src[i..].trim_start_matches('#').len();
        let q = b.get(i + hashes).copied();
        if matches!(q, Some(b'"' | b'\'')) {
            let q = q.unwrap_or(b'"') as char;
            let (t, n) = lex_str(src, i, hashes, q)
                .ok_or_else(|| err(i, "string literal not terminated"))?;
            out.push(Tok {
                t: match t {
                    T::Interp(p, e) => T::Interp(
                        p.into_iter().map(|(o, s)| (o + base, s)).collect(),
                        e.into_iter().map(|(a, z)| (a + base, z + base)).collect(),
                    ),
                    t => t,
                },
                at,
            });
            i = n;
            continue;
        }
        if c.is_alphabetic() || c == '_' && !src[i..].starts_with("_|_") || c == '#' || c == '$' {
            let s = i;
            while i < b.len() {
                let c = src[i..].chars().next().unwrap_or(' ');
                if c.is_alphanumeric()
                    || c == '_'
                    || c == '$'
                    || c == '#' && (i == s || (i == s + 1 && b[s] == b'_'))
                {
                    i += c.len_utf8()
                } else {
                    break;
                }
            }
            out.push(Tok { t: T::Ident(src[s..i].into()), at });
            continue;
        }
        if c.is_ascii_digit() || c == '.' && b.get(i + 1).is_some_and(u8::is_ascii_digit) {
            let s = i;
            let hex = src[i..].starts_with("0x") || src[i..].starts_with("0X");
            while i < b.len() {
                let c = b[i];
                if c.is_ascii_alphanumeric()
                    || c == b'_'
                    || c == b'.' && !src[i..].starts_with("...")
                    || (c == b'+' || c == b'-') && !hex && matches!(b[i - 1], b'e' | b'E')
                {
                    i += 1
                } else {
                    break;
                }
            }
            let t = &src[s..i];
            let float = !hex
                && !t.starts_with("0b")
                && (t.contains('.') || t.contains(['e', 'E']))
                && !t.ends_with(['K', 'M', 'G', 'T', 'P', 'i']);
            out.push(Tok { t: T::Num(t.into(), float), at });
            continue;
        }
        let Some(op) = OPS.iter().find(|o| src[i..].starts_with(**o)) else {
            return Err(err(i, "illegal character"));
        };
        i += op.len();
        out.push(Tok { t: if *op == "," { T::Comma(false) } else { T::Op(op) }, at });
    }
    if ends(out) {
        out.push(Tok { t: T::Comma(true), at: base + i });
    }
    Ok(())
}

fn lex_str(src: &str, start: usize, hashes: usize, q: char) -> Option<(T, usize)> {
    let b = src.as_bytes();
    let mut i = start + hashes;
    let tri: String = [q; 3].iter().collect();
    let multi = src[i..].starts_with(&tri);
    let close: String = (if multi { tri } else { q.to_string() }) + &"#".repeat(hashes);
    i += if multi { 3 } else { 1 };
    let esc = format!("\\{}", "#".repeat(hashes));
    let (mut parts, mut exprs, mut from) = (Vec::new(), Vec::new(), start);
    loop {
        if i >= b.len() {
            return None;
        }
        if src[i..].starts_with(&close) {
            i += close.len();
            parts.push((from, src[from..i].to_string()));
            break;
        }
        if src[i..].starts_with(&esc) {
            i += esc.len();
            if b.get(i) == Some(&b'(') {
                i += 1;
                parts.push((from, src[from..i].to_string()));
                let s = i;
                let mut d = 1;
                while i < b.len() {
                    match b[i] {
                        b'(' => d += 1,
                        b')' => {
                            d -= 1;
                            if d == 0 {
                                break;
                            }
                        }
                        b'"' | b'\'' => {
                            let (_, n) = lex_str(src, i, 0, b[i] as char)?;
                            i = n;
                            continue;
                        }
                        _ => {}
                    }
                    i += 1
                }
                exprs.push((s, i));
                from = i;
                i += 1;
                continue;
            }
            i += src[i..].chars().next()?.len_utf8();
            continue;
        }
        if !multi && b[i] == b'\n' {
            return None;
        }
        i += src[i..].chars().next()?.len_utf8();
    }
    Some((if exprs.is_empty() { T::Str(parts.remove(0).1) } else { T::Interp(parts, exprs) }, i))
}

//! The reference's pattern syntax in that of the `regex` crate.
//!
//! What differs: classes such as `\d` know ASCII only, braces that are no repetition are text, `[` and doubled
//! operators in a class are text, `\Q...\E` quotes, a backslash may stand before any punctuation, octal escapes exist,
//! and a repetition is of at most a thousand.

use std::fmt::Write as _;

/// Most times that a repetition may ask for.
const REPEATS: u32 = 1_000;

/// The pattern for the `regex` crate; an error where the reference refuses what that crate would take.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut last = Last::Start;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        let mut now = Last::Atom;
        rest = match c {
            '\\' => {
                if let Some(quoted) = tail.strip_prefix('Q') {
                    let (text, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
                    text.chars().for_each(|c| literal(&mut out, c));
                    after
                } else {
                    escape(&mut out, tail, false)?
                }
            }
            '[' => class(&mut out, tail)?,
            '{' => match repetition(tail) {
                Some((least, most, len)) => {
                    if least > REPEATS || most.is_some_and(|m| m > REPEATS || m < least) {
                        return Err("invalid repeat count".to_owned());
                    }
                    if last == Last::Repeat {
                        return Err("invalid nested repetition operator".to_owned());
                    }
                    now = Last::Repeat;
                    out.push('{');
                    out.push_str(&tail[..len]);
                    lazy(&mut out, &tail[len..])
                }
                None => {
                    out.push_str("\\{");
                    tail
                }
            },
            '*' | '+' | '?' => {
                if last == Last::Repeat {
                    return Err("invalid nested repetition operator".to_owned());
                }
                now = Last::Repeat;
                out.push(c);
                lazy(&mut out, tail)
            }
            '(' => {
                now = Last::Start;
                out.push('(');
                group(&mut out, tail)?
            }
            '}' | ']' => {
                out.push('\\');
                out.push(c);
                tail
            }
            c => {
                out.push(c);
                tail
            }
        };
        last = now;
    }
    Ok(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Start,
    Atom,
    Repeat,
}

/// The mark of a lazy repetition.
fn lazy<'a>(out: &mut String, rest: &'a str) -> &'a str {
    match rest.strip_prefix('?') {
        Some(after) => {
            out.push('?');
            after
        }
        None => rest,
    }
}

/// What follows `(`: flags other than the four known ones are refused.
fn group<'a>(out: &mut String, rest: &'a str) -> Result<&'a str, String> {
    let Some(flags) = rest.strip_prefix('?') else { return Ok(rest) };
    if flags.starts_with("P<") || flags.starts_with('<') {
        return Ok(rest);
    }
    let end = flags.find([':', ')']).ok_or("missing closing )")?;
    if flags[..end].chars().any(|c| !"imsU-".contains(c)) {
        return Err("invalid or unsupported Perl syntax".to_owned());
    }
    out.push('?');
    out.push_str(&flags[..end]);
    Ok(&flags[end..])
}

/// `n}`, `n,}` or `n,m}`: the bounds and the length.
fn repetition(rest: &str) -> Option<(u32, Option<u32>, usize)> {
    let end = rest.find('}')?;
    let (least, most) = match rest[..end].split_once(',') {
        Some((least, most)) => (least, Some(most)),
        None => (&rest[..end], None),
    };
    let number = |s: &str| {
        let plain = !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let padded = s.len() > 1 && s.starts_with('0');
        (plain && !padded).then(|| s.parse().unwrap_or(u32::MAX))
    };
    let most = match most {
        None | Some("") => None,
        Some(most) => Some(number(most)?),
    };
    Some((number(least)?, most, end + 1))
}

fn literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        // Escaped by number: `\<` and `\>` mean something else.
        let _ = write!(out, "\\x{:02x}", u32::from(c));
    } else {
        out.push(c);
    }
}

/// An escape, after its backslash; the rest behind it.
fn escape<'a>(out: &mut String, rest: &'a str, in_class: bool) -> Result<&'a str, String> {
    let c = rest.chars().next().ok_or("trailing backslash at end of expression")?;
    let tail = &rest[c.len_utf8()..];
    let set = match c {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => "\\t\\n\\x0c\\r ",
        _ => "",
    };
    if !set.is_empty() {
        match (c.is_ascii_uppercase(), in_class) {
            (true, _) => {
                let _ = write!(out, "[^{set}]");
            }
            (false, true) => out.push_str(set),
            (false, false) => {
                let _ = write!(out, "[{set}]");
            }
        }
        return Ok(tail);
    }
    match c {
        'b' if !in_class => out.push_str("(?-u:\\b)"),
        'B' if !in_class => out.push_str("(?-u:\\B)"),
        'A' | 'z' if !in_class => {
            out.push('\\');
            out.push(c);
        }
        'a' | 'f' | 'n' | 'r' | 't' | 'v' => {
            out.push('\\');
            out.push(c);
        }
        'p' | 'P' => return property(out, c, tail),
        'x' => {
            let (digits, after) = match tail.strip_prefix('{') {
                Some(braced) => braced.split_once('}').ok_or("invalid escape sequence")?,
                None => tail.split_at_checked(2).ok_or("invalid escape sequence")?,
            };
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
            if !plain {
                return Err("invalid escape sequence".to_owned());
            }
            let _ = write!(out, "\\x{{{digits}}}");
            return Ok(after);
        }
        '0'..='7' => {
            let len = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
            if c != '0' && len < 2 {
                return Err("invalid escape sequence".to_owned());
            }
            let code = u32::from_str_radix(&rest[..len], 8).map_err(|e| e.to_string())?;
            let _ = write!(out, "\\x{{{code:x}}}");
            return Ok(&rest[len..]);
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        }
        _ => return Err("invalid escape sequence".to_owned()),
    }
    Ok(tail)
}

/// `\pL`, `\p{Greek}`, `\p{^Greek}`.
fn property<'a>(out: &mut String, p: char, rest: &'a str) -> Result<&'a str, String> {
    let (name, after) = match rest.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or("invalid character class range")?,
        None => {
            let len = rest.chars().next().map_or(0, char::len_utf8);
            rest.split_at(len)
        }
    };
    let (name, flipped) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let negative = (p == 'P') != flipped;
    // Any is no property of the crate.
    let p = if negative { 'P' } else { 'p' };
    let _ = write!(out, "\\{p}{{{name}}}");
    Ok(after)
}

/// A class, after its bracket; the rest behind it.
fn class<'a>(out: &mut String, rest: &'a str) -> Result<&'a str, String> {
    out.push('[');
    let mut rest = rest;
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut first = true;
    loop {
        let c = rest.chars().next().ok_or("missing closing ]")?;
        let tail = &rest[c.len_utf8()..];
        rest = match c {
            ']' if !first => {
                out.push(']');
                return Ok(tail);
            }
            '[' if tail.starts_with(':') && tail.contains(":]") => {
                let end = tail.find(":]").unwrap_or(0) + 2;
                out.push('[');
                out.push_str(&tail[..end]);
                &tail[end..]
            }
            '\\' => escape(out, tail, true)?,
            '-' => {
                // Text at either end, else the sign of a range.
                let edge = first || tail.starts_with(']');
                out.push_str(if edge { "\\-" } else { "-" });
                tail
            }
            c if c.is_ascii_punctuation() => {
                literal(out, c);
                tail
            }
            c => {
                out.push(c);
                tail
            }
        };
        first = false;
    }
}

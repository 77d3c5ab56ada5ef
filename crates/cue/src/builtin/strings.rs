//! `strings`

mod case;

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

const S: Kind = Kind::STRING;
const B: Kind = Kind::BOOL;
const I: Kind = Kind::INT;
const L: Kind = Kind::LIST;

pub(super) const PACKAGE: Package = Package {
    path: "strings",
    functions: &[
        data("ByteAt", &[TEXT, INT], I, byte_at),
        data("ByteSlice", &[TEXT, INT, INT], Kind(Kind::STRING.0 | Kind::BYTES.0), byte_slice),
        data("Runes", &[STR], L, |a| {
            Ok(Data::list(str_at(a, 0).chars().map(|c| Data::int(i64::from(u32::from(c))))))
        }),
        data("MinRunes", &[STR, INT], B, |a| {
            truth(str_at(a, 0).chars().count() as i64 >= int_at(a, 1)?)
        }),
        data("MaxRunes", &[STR, INT], B, |a| {
            truth(str_at(a, 0).chars().count() as i64 <= int_at(a, 1)?)
        }),
        data("ToTitle", &[STR], S, |a| text(first_of_words(str_at(a, 0), case::title))),
        data("ToCamel", &[STR], S, |a| text(first_of_words(str_at(a, 0), case::lower))),
        data("SliceRunes", &[STR, INT, INT], S, slice_runes),
        data("Compare", &[STR, STR], I, |a| {
            int(str_at(a, 0).as_bytes().cmp(str_at(a, 1).as_bytes()) as i64)
        }),
        data("Count", &[STR, STR], I, count),
        data("Contains", &[STR, STR], B, |a| truth(str_at(a, 0).contains(str_at(a, 1)))),
        data("ContainsAny", &[STR, STR], B, |a| {
            truth(str_at(a, 0).contains(|c| str_at(a, 1).contains(c)))
        }),
        data("LastIndex", &[STR, STR], I, |a| index(str_at(a, 0).rfind(str_at(a, 1)))),
        data("IndexAny", &[STR, STR], I, |a| {
            index(str_at(a, 0).find(|c| str_at(a, 1).contains(c)))
        }),
        data("LastIndexAny", &[STR, STR], I, |a| {
            index(str_at(a, 0).rfind(|c| str_at(a, 1).contains(c)))
        }),
        data("SplitN", &[STR, STR, INT], L, |a| {
            texts(split(str_at(a, 0), str_at(a, 1), int_at(a, 2)?, false))
        }),
        data("SplitAfterN", &[STR, STR, INT], L, |a| {
            texts(split(str_at(a, 0), str_at(a, 1), int_at(a, 2)?, true))
        }),
        data("Split", &[STR, STR], L, |a| texts(split(str_at(a, 0), str_at(a, 1), -1, false))),
        data("SplitAfter", &[STR, STR], L, |a| texts(split(str_at(a, 0), str_at(a, 1), -1, true))),
        data("Fields", &[STR], L, |a| texts(str_at(a, 0).split_whitespace())),
        data("Join", &[STRINGS, STR], S, |a| text(strings(a, 0).join(str_at(a, 1)))),
        data("HasPrefix", &[STR, STR], B, |a| truth(str_at(a, 0).starts_with(str_at(a, 1)))),
        data("HasSuffix", &[STR, STR], B, |a| truth(str_at(a, 0).ends_with(str_at(a, 1)))),
        data("Repeat", &[STR, INT], S, repeat),
        data("ToUpper", &[STR], S, |a| {
            text(str_at(a, 0).chars().map(case::upper).collect::<String>())
        }),
        data("ToLower", &[STR], S, |a| {
            text(str_at(a, 0).chars().map(case::lower).collect::<String>())
        }),
        data("Trim", &[STR, STR], S, |a| {
            text(str_at(a, 0).trim_matches(|c| str_at(a, 1).contains(c)))
        }),
        data("TrimLeft", &[STR, STR], S, |a| {
            text(str_at(a, 0).trim_start_matches(|c| str_at(a, 1).contains(c)))
        }),
        data("TrimRight", &[STR, STR], S, |a| {
            text(str_at(a, 0).trim_end_matches(|c| str_at(a, 1).contains(c)))
        }),
        data("TrimSpace", &[STR], S, |a| text(str_at(a, 0).trim())),
        data("TrimPrefix", &[STR, STR], S, |a| {
            text(str_at(a, 0).strip_prefix(str_at(a, 1)).unwrap_or(str_at(a, 0)))
        }),
        data("TrimSuffix", &[STR, STR], S, |a| {
            text(str_at(a, 0).strip_suffix(str_at(a, 1)).unwrap_or(str_at(a, 0)))
        }),
        data("Replace", &[STR, STR, STR, INT], S, replace),
        data("Index", &[STR, STR], I, |a| index(str_at(a, 0).find(str_at(a, 1)))),
    ],
    values: "",
};

fn index(at: Option<usize>) -> CallResult {
    int(at.map_or(-1, |i| i as i64))
}

fn byte_at(a: &[Data]) -> CallResult {
    let i = int_at(a, 1)?;
    let found = usize::try_from(i).ok().and_then(|i| octets(a, 0).get(i));
    found.map_or_else(|| Err(CallError::fatal("index out of range")), |b| int(i64::from(*b)))
}

fn byte_slice(a: &[Data]) -> CallResult {
    let all = octets(a, 0);
    let (from, to) = (usize::try_from(int_at(a, 1)?), usize::try_from(int_at(a, 2)?));
    match (from, to) {
        (Ok(from), Ok(to)) if from <= to && to <= all.len() => Ok(Data::bytes(&all[from..to])),
        _ => Err(CallError::fatal("index out of range")),
    }
}

fn slice_runes(a: &[Data]) -> CallResult {
    let all: Vec<char> = str_at(a, 0).chars().collect();
    let (from, to) = (usize::try_from(int_at(a, 1)?), usize::try_from(int_at(a, 2)?));
    match (from, to) {
        (Ok(from), Ok(to)) if from <= to && to <= all.len() => {
            text(all[from..to].iter().collect::<String>())
        }
        _ => Err(CallError::fatal("index out of range")),
    }
}

fn first_of_words(s: &str, change: impl Fn(char) -> char) -> String {
    let mut prev = ' ';
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if prev.is_whitespace() {
            out.push(change(c));
        } else {
            out.push(c);
        }
        prev = c;
    }
    out
}

fn count(a: &[Data]) -> CallResult {
    let (s, sub) = (str_at(a, 0), str_at(a, 1));
    int(if sub.is_empty() { s.chars().count() as i64 + 1 } else { s.matches(sub).count() as i64 })
}

fn repeat(a: &[Data]) -> CallResult {
    let n = usize::try_from(int_at(a, 1)?)
        .map_err(|_| CallError::fatal("strings: negative Repeat count"))?;
    if n.saturating_mul(str_at(a, 0).len()) > 64 << 20 {
        return Err(CallError::budget("repeated string too long"));
    }
    text(str_at(a, 0).repeat(n))
}

fn replace(a: &[Data]) -> CallResult {
    let (s, from, to) = (str_at(a, 0), str_at(a, 1), str_at(a, 2));
    let n = int_at(a, 3)?;
    let limit = usize::try_from(n).unwrap_or(usize::MAX);
    text(if n < 0 { s.replace(from, to) } else { s.replacen(from, to, limit) })
}

/// Splits as Go does: at most `n` parts (all when negative), characters when the separator is empty.
fn split<'a>(s: &'a str, sep: &str, n: i64, keep: bool) -> Vec<&'a str> {
    if n == 0 {
        return Vec::new();
    }
    let limit = usize::try_from(n).unwrap_or(usize::MAX);
    let mut out = Vec::new();
    let mut rest = s;
    while out.len() + 1 < limit {
        let (len, skip) = if sep.is_empty() {
            match rest.chars().next() {
                Some(c) if c.len_utf8() < rest.len() => (c.len_utf8(), 0),
                _ => break,
            }
        } else {
            match rest.find(sep) {
                Some(at) => (at, sep.len()),
                None => break,
            }
        };
        out.push(&rest[..len + if keep { skip } else { 0 }]);
        rest = &rest[len + skip..];
    }
    if !(sep.is_empty() && s.is_empty()) {
        out.push(rest);
    }
    out
}

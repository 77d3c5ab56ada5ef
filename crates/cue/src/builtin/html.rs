//! `html`: escaping of the five characters with meaning, and unescaping of all named and numeric references.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::args::*;
use crate::func::Package;
use crate::kind::Kind;

const S: Kind = Kind::STRING;
/// Longest name that counts without its semicolon.
const SHORT: usize = 6;

pub(super) const PACKAGE: Package = Package {
    path: "html",
    functions: &[
        data("Escape", &[STR], S, |a| text(escape(str_at(a, 0)))),
        data("Unescape", &[STR], S, |a| text(unescape(str_at(a, 0)))),
    ],
    values: "",
};

/// The text with `& ' < > "` as references.
pub(super) fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&#39;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    out
}

/// Names without the ampersand, with the semicolon where it belongs to them.
static NAMES: LazyLock<FxHashMap<&'static str, &'static str>> =
    LazyLock::new(|| entities::ENTITIES.iter().map(|e| (&e.entity[1..], e.characters)).collect());

fn unescape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut rest = s;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (read, used) = match after.strip_prefix('#') {
            Some(digits) => numeric(digits).map(|(c, n)| (c.to_string(), n + 1)),
            None => named(after),
        }
        .unwrap_or_else(|| ("&".to_owned(), 0));
        out.push_str(&read);
        rest = &after[used..];
    }
    out + rest
}

/// The character of a numeric reference after its `#`, and the bytes read.
fn numeric(s: &str) -> Option<(char, usize)> {
    let hex = s.starts_with(['x', 'X']);
    let skip = usize::from(hex);
    let is_digit = |c: char| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
    let digits = &s[skip..];
    let digits = &digits[..digits.find(|c| !is_digit(c)).unwrap_or(digits.len())];
    if hex && s[skip..].starts_with(';') {
        return Some(('\u{fffd}', skip + 1));
    }
    if s.len() < 2 || digits.is_empty() {
        return None;
    }
    let value = u32::from_str_radix(digits, if hex { 16 } else { 10 }).unwrap_or(u32::MAX);
    let end = skip + digits.len();
    let end = end + usize::from(s[end..].starts_with(';'));
    let c = match value {
        0x80..=0x9f => windows_1252(value),
        0 => '\u{fffd}',
        v => char::from_u32(v).unwrap_or('\u{fffd}'),
    };
    Some((c, end))
}

/// What pages that number their characters by Windows' table mean.
fn windows_1252(code: u32) -> char {
    const TABLE: [char; 32] = [
        '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}',
        '\u{2021}', '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}',
        '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}',
        '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}',
        '\u{178}',
    ];
    TABLE[(code - 0x80) as usize]
}

fn named(s: &str) -> Option<(String, usize)> {
    let end = s.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(s.len());
    let full = end + usize::from(s[end..].starts_with(';'));
    if let Some(found) = NAMES.get(&s[..full]) {
        return Some(((*found).to_owned(), full));
    }
    let longest = full.saturating_sub(1).min(SHORT);
    (2..=longest).rev().find_map(|n| Some(((*NAMES.get(s.get(..n)?)?).to_owned(), n)))
}

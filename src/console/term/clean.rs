//! Foreign text made safe to show: one line, no control, no invisible trick, honest text unchanged.
//!
//! Whatever a terminal or an eye could misread is replaced by a stand-in: its code in white square
//! brackets, `⟦1B⟧`. The opening bracket itself is written as its code too, so a stand-in can never be
//! confused with text that looked so from the start. What is copied or exported is the original; this
//! type is for eyes only.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Characters of one text that are looked at; the rest is cut with an ellipsis.
const LONGEST: usize = 4096;
/// Marks that may sit on one base character.
const MOST_MARKS: usize = 4;
/// Repeated stand-ins are counted from this many on.
const MOST_REPEATS: usize = 3;

/// Text that may be painted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean(String);

impl Clean {
    /// Cleans a text. Our own words pass unchanged.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        let mut cleaner = Cleaner::default();
        let mut chars = raw.chars().take(LONGEST).peekable();
        while let Some(c) = chars.next() {
            cleaner.push(c, chars.peek().copied());
        }
        cleaner.flush();
        if raw.chars().nth(LONGEST).is_some() {
            cleaner.out.push('…');
        }
        Self(cleaner.out)
    }

    /// Words of our own; the compiler knows them, so nobody else wrote them.
    #[must_use]
    pub fn own(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// A number in digits.
    #[must_use]
    pub fn number(number: impl Into<i128>) -> Self {
        Self(number.into().to_string())
    }

    /// Parts that are clean already, one after the other, with nothing between them. Cleaning a clean
    /// text again would write its stand-ins as stand-ins.
    #[must_use]
    pub fn join<'a, const N: usize>(parts: [Part<'a>; N]) -> Self {
        Self(parts.iter().map(Part::as_str).collect())
    }

    /// Nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its lines when no line may be longer than so many columns, at most `most` of them; broken at
    /// spaces where there are any.
    #[must_use]
    pub fn wrap(&self, columns: usize, most: usize) -> Vec<Self> {
        let mut lines = Vec::new();
        let mut rest = self.0.as_str();
        while !rest.is_empty() && lines.len() < most {
            let last = lines.len() + 1 == most;
            let (line, after) = if last { (rest, "") } else { break_at(rest, columns) };
            lines.push(Self(Self(line.to_owned()).cut(columns)));
            rest = after.trim_start();
        }
        lines
    }

    /// The text with its middle left out when it is longer than so many columns.
    #[must_use]
    pub fn middle(&self, columns: usize) -> Self {
        if self.width() <= columns || columns < 3 {
            return Self(self.cut(columns));
        }
        let head = (columns - 1) / 2;
        let start: String = fitting(self.0.graphemes(true), head).concat();
        Self(format!("{start}…{}", self.end(columns - 1 - head)))
    }

    /// The last columns of the text.
    #[must_use]
    pub fn end(&self, columns: usize) -> Self {
        let mut clusters = fitting(self.0.graphemes(true).rev(), columns);
        clusters.reverse();
        Self(clusters.concat())
    }

    /// The lines of a text, each cleaned by itself; tabs become the spaces to the next stop.
    #[must_use]
    pub fn lines(raw: &str) -> Vec<Self> {
        raw.split('\n').map(|line| Self::new(&untabbed(line.trim_end_matches('\r')))).collect()
    }

    /// A text of several lines in one: ends of lines and what indents them become one space.
    #[must_use]
    pub fn sentence(raw: &str) -> Self {
        let lines: Vec<&str> = raw.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        Self::new(&lines.join(" "))
    }

    /// What stands before some bytes of the text, and those; nothing where a character would be cut.
    #[must_use]
    pub fn part(&self, from: usize, to: usize) -> Option<(Self, Self)> {
        let (head, part) = (self.0.get(..from)?, self.0.get(from..to)?);
        Some((Self(head.to_owned()), Self(part.to_owned())))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// The text cut to so many columns, an ellipsis at the end where something is missing. Never cuts a
    /// grapheme cluster in half.
    #[must_use]
    pub fn cut(&self, columns: usize) -> String {
        if self.0.width() <= columns {
            return self.0.clone();
        }
        let mut cut = String::new();
        let mut used = 0;
        for cluster in self.0.graphemes(true) {
            if used + cluster.width() > columns.saturating_sub(1) {
                break;
            }
            used += cluster.width();
            cut.push_str(cluster);
        }
        if columns > 0 {
            cut.push('…');
        }
        cut
    }
}

/// Kept as it is shown.
impl Serialize for Clean {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// What was kept may have been changed since: it is clean as it stands, or it is cleaned.
impl<'de> Deserialize<'de> for Clean {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        // Stand-ins are clean; what is left must not need any.
        let rest: String = text.chars().filter(|c| !matches!(c, '⟦' | '⟧')).collect();
        let whole = text.chars().count() <= LONGEST + 1 && Self::new(&rest).0 == rest;
        Ok(if whole { Self(text) } else { Self::new(&text) })
    }
}

/// A part of a joined text: words of our own, or a text that is clean.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Words of our own.
    Own(&'static str),
    /// A clean text.
    Clean(&'a Clean),
}

impl Part<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Own(words) => words,
            Self::Clean(text) => text.as_str(),
        }
    }
}

impl From<&'static str> for Part<'_> {
    fn from(words: &'static str) -> Self {
        Self::Own(words)
    }
}

impl<'a> From<&'a Clean> for Part<'a> {
    fn from(text: &'a Clean) -> Self {
        Self::Clean(text)
    }
}

/// Joins clean texts and words of our own into one clean text: `clean![&name, " in ", &cluster]`.
#[macro_export]
macro_rules! clean {
    ($($part:expr),+ $(,)?) => {
        $crate::console::term::clean::Clean::join(
            [$($crate::console::term::clean::Part::from($part)),+]
        )
    };
}

/// The longest head of at most so many columns that ends at a space, and what follows it.
fn break_at(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    let mut end = 0;
    let mut space = None;
    for (at, cluster) in text.grapheme_indices(true) {
        if cluster == " " {
            space = Some(at);
        }
        used += cluster.width();
        if used > columns {
            let cut = space.filter(|at| *at > 0).unwrap_or(end.max(1));
            return text.split_at(if text.is_char_boundary(cut) { cut } else { text.len() });
        }
        end = at + cluster.len();
    }
    (text, "")
}

/// As many clusters from one end of a text as fit into so many columns.
fn fitting<'a>(clusters: impl Iterator<Item = &'a str>, columns: usize) -> Vec<&'a str> {
    let mut used = 0;
    clusters
        .take_while(|cluster| {
            used += cluster.width();
            used <= columns
        })
        .collect()
}

impl std::fmt::Display for Clean {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Clean {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

#[derive(Default)]
struct Cleaner {
    out: String,
    last: Option<char>,
    marks: usize,
    repeats: usize,
    held: Option<char>,
}

impl Cleaner {
    fn push(&mut self, c: char, next: Option<char>) {
        if is_mark(c) {
            self.marks += 1;
        } else {
            self.marks = 0;
        }
        let lone_mark = is_mark(c) && self.last.is_none_or(|l| l.is_whitespace() || l.is_control());
        let shown = !must_not_show(c) && !lone_mark && self.marks <= MOST_MARKS;
        if shown && (!is_joiner(c) || self.joins(c, next)) {
            self.flush();
            self.out.push(c);
        } else {
            self.stand_in(c);
        }
        self.last = Some(c);
    }

    /// Joiners and selectors are honest between letters of scripts that need them, and after pictures.
    fn joins(&self, c: char, next: Option<char>) -> bool {
        let foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !must_not_show(c));
        match c {
            '\u{200D}' | '\u{200C}' => foreign(self.last) && foreign(next) && !self.joined(),
            '\u{FE0F}' => self.last.is_some_and(|l| !l.is_ascii()) || next == Some('\u{20E3}'),
            _ => foreign(self.last),
        }
    }

    fn joined(&self) -> bool {
        self.last.is_some_and(is_joiner) && self.last != Some('\u{FE0F}')
    }

    fn stand_in(&mut self, c: char) {
        if self.held == Some(c) {
            self.repeats += 1;
            return;
        }
        self.flush();
        self.held = Some(c);
        self.repeats = 1;
    }

    fn flush(&mut self) {
        let Some(c) = self.held.take() else { return };
        let code = format!("⟦{:02X}⟧", u32::from(c));
        if self.repeats > MOST_REPEATS {
            self.out.push_str(&format!("⟦{:02X}×{}⟧", u32::from(c), self.repeats));
        } else {
            self.out.push_str(&code.repeat(self.repeats));
        }
    }
}

/// Controls, directions, invisible characters, look-alike spaces, and what no font agrees on.
fn must_not_show(c: char) -> bool {
    matches!(u32::from(c),
        0x00..=0x1F | 0x7F..=0xA0 | 0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x1680
        | 0x17B4 | 0x17B5 | 0x180B..=0x180F
        | 0x2000..=0x200B | 0x200E | 0x200F | 0x2028..=0x202F | 0x205F..=0x206F
        | 0x27E6 | 0x2800 | 0x2E3A | 0x2E3B | 0x3000 | 0x3164
        | 0xFDD0..=0xFDEF | 0xFDFD | 0xFE00..=0xFE0D | 0xFEFF | 0xFFA0
        | 0xFFF0..=0xFFFC | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0x10FFFF
    ) || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Characters that are honest only in company.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}')
}

/// Marks that take no column of their own.
fn is_mark(c: char) -> bool {
    !is_joiner(c) && !must_not_show(c) && unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

fn untabbed(line: &str) -> String {
    if !line.contains('\t') {
        return line.to_owned();
    }
    let mut out = String::new();
    for part in line.split_inclusive('\t') {
        match part.strip_suffix('\t') {
            Some(text) => {
                out.push_str(text);
                out.push_str(&" ".repeat(8 - out.width() % 8));
            }
            None => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_made_visible() {
        for (raw, shown) in [
            ("plain text", "plain text"),
            ("\x1b[31mred", "⟦1B⟧[31mred"),
            ("a\nb", "a⟦0A⟧b"),
            ("a\u{9b}2Jb", "a⟦9B⟧2Jb"),
            ("pay\u{200b}ments", "pay⟦200B⟧ments"),
            ("pay\u{200d}ments", "pay⟦200D⟧ments"),
            ("⟦1B⟧", "⟦27E6⟧1B⟧"),
            ("\u{2400}\u{241b}", "\u{2400}\u{241b}"),
            ("\u{202e}\u{202e}\u{202e}\u{202e}x", "⟦202E×4⟧x"),
            ("👨\u{200d}👩 ok", "👨\u{200d}👩 ok"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("❤\u{fe0f} beat", "❤\u{fe0f} beat"),
            ("क्षेत्र", "क्षेत्र"),
            ("\u{301}start", "⟦301⟧start"),
            ("支付服务", "支付服务"),
            ("x\u{a0}y", "x⟦A0⟧y"),
        ] {
            assert_eq!(Clean::new(raw).as_str(), shown, "{raw:?}");
        }
    }

    #[test]
    fn joined_texts_are_not_cleaned_twice() {
        let name = Clean::new("a\x1bb");
        assert_eq!(clean![&name, " in ", &Clean::own("eu")].as_str(), "a⟦1B⟧b in eu");
    }

    #[test]
    fn long_texts_are_wrapped_at_spaces() {
        for (text, columns, expected) in [
            ("one two three", 8, vec!["one two", "three"]),
            ("abcdefghij", 4, vec!["abcd", "efgh", "ij"]),
            ("one two three four", 5, vec!["one", "two", "thre…"]),
            ("支付服务", 5, vec!["支付", "服务"]),
            ("", 5, vec![]),
        ] {
            let lines = Clean::new(text).wrap(columns, 3);
            let lines: Vec<&str> = lines.iter().map(Clean::as_str).collect();
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn cuts_keep_clusters_whole() {
        assert_eq!(Clean::new("abcdef").cut(4), "abc…");
        assert_eq!(Clean::new("支付服务").cut(4), "支…");
        assert_eq!(Clean::new("abc").cut(3), "abc");
        assert_eq!(Clean::new("abc").cut(0), "");
        assert_eq!(Clean::new("shop/checkout").middle(9).as_str(), "shop…kout");
        assert_eq!(Clean::new("支付服务").middle(5).as_str(), "支…务");
    }

    #[test]
    fn lines_are_cleaned_one_by_one() {
        let lines: Vec<String> =
            Clean::lines("a\tb\r\nc\x1b").iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["a       b", "c⟦1B⟧"]);
    }
}

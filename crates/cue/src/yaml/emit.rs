//! Data as YAML: block style, two spaces a level, never folded.
//!
//! Which quotes a text gets is decided as libyaml does: plain where it reads back as the same text, single quotes
//! where its characters allow them, double quotes otherwise; several lines stand as a literal block.

use std::fmt::Write as _;

use base64::Engine as _;

use super::resolve::{Tag, is_legacy, resolve};
use crate::data::Data;
use crate::num::Num;

/// A key longer than this, or of several lines, gets a `?` in front.
const SIMPLE_KEY: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// The text of one document.
pub(crate) fn emit(data: &Data) -> String {
    let mut w = Writer { out: String::new() };
    w.node(data, 0, Place::Root);
    if !w.out.ends_with('\n') {
        w.out.push('\n');
    }
    w.out
}

/// Where a node stands: the first line of a collection may follow an indicator on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Value,
}

struct Writer {
    out: String,
}

impl Writer {
    fn node(&mut self, data: &Data, indent: usize, place: Place) {
        stacker::maybe_grow(32 << 10, 1 << 20, || match data {
            Data::Struct(fields) if !fields.is_empty() => self.mapping(fields, indent, place),
            Data::List(items) if !items.is_empty() => self.sequence(items, indent, place),
            flat => {
                if place != Place::Root {
                    self.out.push(' ');
                }
                self.scalar(flat, if place == Place::Root { 2 } else { indent }, place);
            }
        });
    }

    /// Begins the line of an entry; the first entry may stay on the line of an indicator.
    fn entry(&mut self, indent: usize, first: bool, place: Place) {
        if first && place == Place::Item {
            self.out.push(' ');
            return;
        }
        self.line(indent);
    }

    fn line(&mut self, indent: usize) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn sequence(&mut self, items: &[Data], indent: usize, place: Place) {
        for (i, item) in items.iter().enumerate() {
            self.entry(indent, i == 0, place);
            self.out.push('-');
            self.node(item, indent + 2, Place::Item);
        }
    }

    fn mapping(&mut self, fields: &[(std::sync::Arc<str>, Data)], indent: usize, place: Place) {
        for (i, (key, value)) in fields.iter().enumerate() {
            self.entry(indent, i == 0, place);
            let simple = key.len() <= SIMPLE_KEY && !key.contains(is_break);
            if simple {
                self.text(key, style(key, true), indent + 2);
                self.out.push(':');
                self.node(value, indent + 2, Place::Value);
            } else {
                self.out.push_str("? ");
                self.text(key, style(key, false), indent + 2);
                self.line(indent);
                self.out.push(':');
                self.node(value, indent + 2, Place::Item);
            }
        }
    }

    fn scalar(&mut self, data: &Data, indent: usize, place: Place) {
        match data {
            Data::Null => self.out.push_str("null"),
            Data::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Data::Num(n) => {
                let spelling = n.spelling().filter(|_| place == Place::Item);
                match spelling {
                    Some(text) => self.out.push_str(text),
                    None => self.out.push_str(&number(n)),
                }
            }
            Data::Str(s) => self.text(s, style(s, false), indent),
            Data::Bytes(b) => {
                let code = base64::engine::general_purpose::STANDARD.encode(b);
                self.out.push_str("!!binary");
                if !b.is_empty() {
                    self.out.push(' ');
                    self.text(&code, binary_style(b, &code), indent);
                }
            }
            Data::List(_) => self.out.push_str("[]"),
            Data::Struct(_) => self.out.push_str("{}"),
        }
    }

    fn text(&mut self, s: &str, style: Style, indent: usize) {
        match style {
            Style::Plain => self.out.push_str(s),
            Style::Single => self.single(s, indent),
            Style::Double => self.double(s),
            Style::Literal => self.literal(s, indent),
        }
    }

    fn single(&mut self, s: &str, indent: usize) {
        self.out.push('\'');
        let mut after_break = false;
        for c in s.chars() {
            if is_break(c) {
                self.out.push(c);
                after_break = true;
                continue;
            }
            if std::mem::take(&mut after_break) {
                self.out.extend(std::iter::repeat_n(' ', indent));
            }
            if c == '\'' {
                self.out.push('\'');
            }
            self.out.push(c);
        }
        self.out.push('\'');
    }

    /// A byte-order mark in front has every character escaped, as upstream does.
    fn double(&mut self, s: &str) {
        let marked = s.starts_with('\u{feff}');
        self.out.push('"');
        for c in s.chars() {
            let plain = is_printable(c) && !is_break(c) && c != '"' && c != '\\';
            if plain && !marked {
                self.out.push(c);
                continue;
            }
            self.out.push('\\');
            let short = match c {
                '\0' => '0',
                '\u{7}' => 'a',
                '\u{8}' => 'b',
                '\t' => 't',
                '\n' => 'n',
                '\u{b}' => 'v',
                '\u{c}' => 'f',
                '\r' => 'r',
                '\u{1b}' => 'e',
                '"' | '\\' => c,
                '\u{85}' => 'N',
                '\u{a0}' => '_',
                '\u{2028}' => 'L',
                '\u{2029}' => 'P',
                _ => {
                    let _ = match u32::from(c) {
                        v if v <= 0xff => write!(self.out, "x{v:02X}"),
                        v if v <= 0xffff => write!(self.out, "u{v:04X}"),
                        v => write!(self.out, "U{v:08X}"),
                    };
                    continue;
                }
            };
            self.out.push(short);
        }
        self.out.push('"');
    }

    fn literal(&mut self, s: &str, indent: usize) {
        self.out.push('|');
        if s.starts_with([' ', '\n']) || s.starts_with(is_break) {
            self.out.push('2');
        }
        match s.strip_suffix(is_break) {
            None => self.out.push('-'),
            Some(rest) if rest.is_empty() || rest.ends_with(is_break) => self.out.push('+'),
            Some(_) => {}
        }
        let mut previous = None;
        for c in s.chars() {
            match previous {
                _ if is_break(c) => {}
                None => self.line(indent),
                Some(p) if is_break(p) => self.out.extend(std::iter::repeat_n(' ', indent)),
                Some(_) => {}
            }
            self.out.push(c);
            previous = Some(c);
        }
    }
}

/// A number as JSON has it, but a float always looks like one and an int never quite.
fn number(n: &Num) -> String {
    let text = n.to_string();
    match n.is_int() {
        true => text.replace('E', "e"),
        false if text.contains(['.', 'E']) => text,
        false => text + ".",
    }
}

/// The block style of text of several lines, even though its code stands on one; code of more than
/// 70 characters counts as several lines.
fn binary_style(bytes: &[u8], code: &str) -> Style {
    let lines = match std::str::from_utf8(bytes) {
        Ok(text) => text.contains('\n'),
        Err(_) => code.len() > 70,
    };
    if lines { Style::Literal } else { Style::Plain }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Printable as libyaml's Go port sees it: nothing beyond the basic plane, no tabs.
fn is_printable(c: char) -> bool {
    matches!(c,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// What the characters of a text allow.
#[derive(Default)]
struct Traits {
    special: bool,
    tabs: bool,
    breaks: bool,
    leading: bool,
    trailing_space: bool,
    trailing_break: bool,
    break_space: bool,
    space_break: bool,
    indicators: bool,
}

impl Traits {
    fn of(s: &str) -> Self {
        let mut t =
            Self { indicators: s.starts_with("---") || s.starts_with("..."), ..Self::default() };
        let mut chars = s.chars().peekable();
        let (mut previous, mut first) = (None::<char>, true);
        while let Some(c) = chars.next() {
            let followed = chars.peek().is_none_or(|n| matches!(n, ' ' | '\t'));
            let preceded = previous.is_none_or(|p| matches!(p, ' ' | '\t') || is_break(p));
            t.indicators |= match c {
                '#' => first || preceded,
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`' => first,
                '?' | '-' => first && followed,
                ':' => followed,
                _ => false,
            };
            t.tabs |= c == '\t';
            t.special |= c != '\t' && !is_printable(c);
            if c == ' ' {
                t.leading |= first;
                t.trailing_space |= chars.peek().is_none();
                t.break_space |= previous.is_some_and(is_break);
            } else if is_break(c) {
                t.breaks = true;
                t.leading |= first;
                t.trailing_break |= chars.peek().is_none();
                t.space_break |= previous == Some(' ');
            }
            previous = Some(c);
            first = false;
        }
        t
    }

    fn odd(&self) -> bool {
        self.space_break || self.tabs || self.special
    }

    fn plain(&self) -> bool {
        let edges = self.leading || self.trailing_space || self.trailing_break;
        !(edges || self.break_space || self.odd() || self.breaks || self.indicators)
    }

    fn single(&self) -> bool {
        !(self.break_space || self.odd())
    }

    fn block(&self) -> bool {
        !(self.trailing_space || self.space_break || self.special)
    }
}

/// The style of a text, as a value or as a key on one line.
fn style(s: &str, key: bool) -> Style {
    if is_legacy(s) || (!s.contains('\n') && resolve(s) != Tag::Str) {
        return Style::Double;
    }
    let t = Traits::of(s);
    if s.contains('\n') {
        return if t.block() && !key { Style::Literal } else { Style::Double };
    }
    if t.plain() {
        Style::Plain
    } else if t.single() && !(key && t.breaks) {
        Style::Single
    } else {
        Style::Double
    }
}

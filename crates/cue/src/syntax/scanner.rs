//! Text to tokens, one at a time.
//!
//! A byte cursor over UTF-8 text. Strings with interpolations come in pieces: the piece up to `\(`
//! is one token, the parser reads the expression and then asks for the rest of the string; open
//! quotes wait on a stack meanwhile. A line end after a token that may end a declaration is
//! delivered as an implied comma. Errors are collected, scanning always goes on.

use super::ast::{is_digit, is_letter};
use super::error::SyntaxError;
use super::source::{Pos, Rel, SourceId};
use super::token::{Tok, Token};

mod attribute;
mod number;
mod string;

/// How a string literal is delimited.
#[derive(Clone, Copy)]
struct Quote {
    byte: u8,
    /// 1, or 3 for multi-line strings.
    count: u32,
    hashes: u32,
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    src: &'a [u8],
    source: SourceId,
    at: usize,
    line: u32,
    spaces: u32,
    lines: u32,
    /// A line end here becomes a comma.
    insert_comma: bool,
    quotes: Vec<Quote>,
    attribute_depth: usize,
    pub(super) errors: Vec<SyntaxError>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: SourceId, text: &'a str) -> Scanner<'a> {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut scanner = Scanner {
            text,
            src: text.as_bytes(),
            source,
            at,
            line: 1,
            spaces: 0,
            lines: 0,
            insert_comma: false,
            quotes: Vec::new(),
            attribute_depth: 0,
            errors: Vec::new(),
        };
        scanner.check_characters();
        scanner
    }

    /// NUL and a later byte order mark are refused wherever they stand, also in strings.
    fn check_characters(&mut self) {
        if self.src.contains(&0) {
            for (i, _) in self.text.match_indices('\0').take(10) {
                self.error(i, "illegal character NUL");
            }
        }
        if !self.text.is_ascii() {
            for (i, _) in self.text.match_indices('\u{feff}').filter(|(i, _)| *i > 0).take(10) {
                self.error(i, "illegal byte order mark");
            }
        }
    }

    pub(super) fn error(&mut self, offset: usize, message: impl Into<String>) {
        let pos = Pos::new(self.source, to_u32(offset), Rel::None);
        self.errors.push(SyntaxError::new(pos, message));
    }

    fn peek(&self) -> Option<u8> {
        self.src.get(self.at).copied()
    }

    fn peek_at(&self, n: usize) -> Option<u8> {
        self.src.get(self.at + n).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek_char(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn skip_whitespace(&mut self) {
        while let Some(b) = self.peek() {
            match b {
                b' ' | b'\t' => self.spaces += 1,
                b'\n' if self.insert_comma => {
                    self.lines += 1;
                    return;
                }
                b'\n' => {
                    self.lines += 1;
                    self.line += 1;
                }
                b'\r' => {}
                _ => return,
            }
            self.at += 1;
        }
    }

    fn rel(&self) -> Rel {
        match (self.lines, self.spaces) {
            (2.., _) => Rel::Section,
            (1, _) => Rel::Newline,
            (0, 1..) => Rel::Blank,
            (0, 0) => Rel::NoSpace,
        }
    }

    /// The next token, comments included.
    pub(super) fn scan(&mut self) -> Token {
        self.skip_whitespace();
        let (start, line) = (self.at, self.line);
        let rel = self.rel();
        let Some(byte) = self.peek() else {
            return self.end_of_text(start, rel);
        };
        if self.insert_comma && (byte == b'\n' || byte == b'/' && self.peek_at(1) == Some(b'/')) {
            if let Some(comma) = self.implied_comma(start, line, byte) {
                return comma;
            }
            return self.scan();
        }
        let (kind, ends) = self.token(byte);
        self.insert_comma = ends && kind != Tok::Interpolation;
        self.lines = 0;
        self.spaces = 0;
        self.make(kind, rel, start, line)
    }

    fn make(&self, kind: Tok, rel: Rel, start: usize, line: u32) -> Token {
        let (start, end) = (to_u32(start), to_u32(self.at));
        Token { kind, rel, implied: false, start, end, line, end_line: self.line }
    }

    fn end_of_text(&mut self, start: usize, rel: Rel) -> Token {
        if self.insert_comma {
            self.insert_comma = false;
            return Token { implied: true, ..self.make(Tok::Comma, Rel::Elided, start, self.line) };
        }
        self.lines = 0;
        self.spaces = 0;
        self.make(Tok::Eof, rel, start, self.line)
    }

    /// The comma for a line end or a comment; none when the next line goes on with `,` or `:`.
    fn implied_comma(&mut self, start: usize, line: u32, byte: u8) -> Option<Token> {
        self.insert_comma = false;
        if byte == b'\n' {
            self.at += 1;
            self.line += 1;
            self.skip_whitespace();
            if matches!(self.peek(), Some(b',' | b':')) {
                return None;
            }
        }
        let (start, end) = (to_u32(start), to_u32(start));
        let rel = Rel::Elided;
        Some(Token { kind: Tok::Comma, rel, implied: true, start, end, line, end_line: line })
    }

    /// Reads one token; the flag tells whether a line end after it is a comma.
    fn token(&mut self, byte: u8) -> (Tok, bool) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'$' => (self.word(), true),
            b'0'..=b'9' => (self.number(false), true),
            b'"' | b'\'' => (self.quoted(0), true),
            b'#' => self.hash(),
            b'_' => self.underscore(),
            b'@' => (self.attribute(), true),
            b'/' if self.peek_at(1) == Some(b'/') => (self.comment(), false),
            b'.' => self.dot(),
            0x80.. => self.unicode(),
            _ => self.operator(byte),
        }
    }

    fn word(&mut self) -> Tok {
        let start = self.at;
        self.identifier();
        let word = &self.src[start..self.at];
        let short = (2..=5).contains(&word.len());
        if short { Tok::keyword(word).unwrap_or(Tok::Ident) } else { Tok::Ident }
    }

    /// Letters, digits, `_` and `$`.
    fn identifier(&mut self) {
        loop {
            match self.peek() {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$') => self.at += 1,
                Some(0x80..) => match self.peek_char() {
                    Some(c) if is_letter(c) || is_digit(c) => self.at += c.len_utf8(),
                    _ => return,
                },
                _ => return,
            }
        }
    }

    /// The rest of an identifier that may start with `#`; a digit may not follow that directly.
    fn field_identifier(&mut self) {
        if self.eat(b'#') && self.peek_char().is_some_and(is_digit) {
            return;
        }
        self.identifier();
    }

    fn hash(&mut self) -> (Tok, bool) {
        let hashes = self.src[self.at..].iter().take_while(|b| **b == b'#').count();
        match self.peek_at(hashes) {
            Some(b'"' | b'\'') => {
                self.at += hashes;
                (self.quoted(to_u32(hashes)), true)
            }
            _ if hashes == 1 => {
                self.field_identifier();
                (Tok::Ident, true)
            }
            _ => {
                self.at += hashes;
                (Tok::Illegal, false)
            }
        }
    }

    fn underscore(&mut self) -> (Tok, bool) {
        self.at += 1;
        if !self.eat(b'|') {
            if !self.eat(b'_') {
                self.field_identifier();
            } else {
                self.after_second_underscore();
            }
            return (Tok::Ident, true);
        }
        if self.eat(b'_') {
            return (Tok::Bottom, true);
        }
        self.error(self.at - 2, "illegal token '_|'; expected '_'");
        (Tok::Illegal, true)
    }

    /// `__#x` is one identifier too.
    fn after_second_underscore(&mut self) {
        self.field_identifier();
    }

    fn comment(&mut self) -> Tok {
        let rest = &self.src[self.at..];
        self.at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        Tok::Comment
    }

    fn dot(&mut self) -> (Tok, bool) {
        if self.src[self.at..].starts_with(b"...") {
            self.at += 3;
            return (Tok::Ellipsis, true);
        }
        self.at += 1;
        match self.peek() {
            Some(b'0'..=b'9') => (self.number(true), true),
            Some(b'.') => {
                self.at += 1;
                self.error(self.at - 2, "illegal token '..'; expected '.'");
                (Tok::Illegal, false)
            }
            _ => (Tok::Period, false),
        }
    }

    fn unicode(&mut self) -> (Tok, bool) {
        match self.peek_char() {
            Some(c) if is_letter(c) => {
                self.identifier();
                (Tok::Ident, true)
            }
            other => self.illegal(other.unwrap_or('\0')),
        }
    }

    fn illegal(&mut self, c: char) -> (Tok, bool) {
        if c != '\u{feff}' {
            self.error(self.at, format!("illegal character {}", shown(c)));
        }
        self.at += c.len_utf8();
        (Tok::Illegal, self.insert_comma)
    }

    fn operator(&mut self, byte: u8) -> (Tok, bool) {
        let (kind, len) = match (byte, self.peek_at(1)) {
            (b':', _) => (Tok::Colon, 1),
            (b',', _) => (Tok::Comma, 1),
            (b'{', _) => (Tok::LBrace, 1),
            (b'}', _) => (Tok::RBrace, 1),
            (b'(', _) => (Tok::LParen, 1),
            (b')', _) => (Tok::RParen, 1),
            (b'[', _) => (Tok::LBrack, 1),
            (b']', _) => (Tok::RBrack, 1),
            (b'?', _) => (Tok::Option, 1),
            (b';', _) => (Tok::Semicolon, 1),
            (b'+', _) => (Tok::Add, 1),
            (b'-', _) => (Tok::Sub, 1),
            (b'*', _) => (Tok::Mul, 1),
            (b'/', _) => (Tok::Quo, 1),
            (b'<', Some(b'-')) => (Tok::Arrow, 2),
            (b'<', Some(b'=')) => (Tok::Le, 2),
            (b'<', _) => (Tok::Lt, 1),
            (b'>', Some(b'=')) => (Tok::Ge, 2),
            (b'>', _) => (Tok::Gt, 1),
            (b'=', Some(b'~')) => (Tok::Match, 2),
            (b'=', Some(b'=')) => (Tok::Eq, 2),
            (b'=', _) => (Tok::Bind, 1),
            (b'!', Some(b'~')) => (Tok::NotMatch, 2),
            (b'!', Some(b'=')) => (Tok::Ne, 2),
            (b'!', _) => (Tok::Not, 1),
            (b'&', Some(b'&')) => (Tok::LogAnd, 2),
            (b'&', _) => (Tok::And, 1),
            (b'|', Some(b'|')) => (Tok::LogOr, 2),
            (b'|', _) => (Tok::Or, 1),
            (other, _) => return self.illegal(char::from(other)),
        };
        self.at += len;
        let ends =
            matches!(kind, Tok::RBrace | Tok::RParen | Tok::RBrack | Tok::Option | Tok::Semicolon);
        (kind, ends)
    }
}

/// A character as messages show it: code point and, when printable, the character.
fn shown(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if c.is_control() { code } else { format!("{code} '{c}'") }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

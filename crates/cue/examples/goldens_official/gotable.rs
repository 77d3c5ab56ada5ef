//! Tables of tests in Go source: rows of literals, as far as they are literals.
//!
//! Understands strings (joined by `+`), comments and nested braces; nothing else of Go.

/// A cell: the octets of a string, or the source of anything else.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(Vec<u8>),
    Other(String),
}

impl Cell {
    /// The string, if it is one and is UTF-8.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            Self::Other(_) => None,
        }
    }
}

/// The rows of the first table behind a marker.
pub(crate) fn rows(source: &str, marker: &str) -> Vec<Vec<Cell>> {
    let Some((_, rest)) = source.split_once(marker) else { return Vec::new() };
    let starts = ["}{", "string{", "elt{"].iter().filter_map(|s| Some(rest.find(s)? + s.len()));
    let Some(start) = starts.min() else { return Vec::new() };
    let mut reader = Reader { rest: &rest[start..] };
    let mut rows = Vec::new();
    loop {
        reader.blank();
        if reader.rest.is_empty() || reader.eat("}") {
            return rows;
        }
        if reader.eat("{") {
            rows.push(reader.row());
        } else {
            rows.push(vec![reader.cell()]);
        }
        reader.blank();
        reader.eat(",");
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, word: &str) -> bool {
        let hit = self.rest.strip_prefix(word);
        self.rest = hit.unwrap_or(self.rest);
        hit.is_some()
    }

    fn blank(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with("//") {
                return;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn row(&mut self) -> Vec<Cell> {
        let mut cells = Vec::new();
        loop {
            self.blank();
            if self.rest.is_empty() || self.eat("}") {
                return cells;
            }
            self.key();
            cells.push(self.cell());
            self.blank();
            self.eat(",");
        }
    }

    /// `name:` before a cell.
    fn key(&mut self) {
        let name = self.rest.len() - self.rest.trim_start_matches(char::is_alphanumeric).len();
        if name > 0 && self.rest[name..].starts_with(':') {
            self.rest = &self.rest[name + 1..];
        }
    }

    fn cell(&mut self) -> Cell {
        let mut bytes = Vec::new();
        let mut other = String::new();
        loop {
            self.blank();
            match self.rest.chars().next() {
                Some('"' | '`') => bytes.extend(self.string()),
                Some('+') if !bytes.is_empty() || other.is_empty() => self.rest = &self.rest[1..],
                Some(',' | '}') | None => break,
                Some(_) => other.push_str(&self.word()),
            }
        }
        if other.is_empty() { Cell::Text(bytes) } else { Cell::Other(other) }
    }

    /// Anything up to the end of a cell.
    fn word(&mut self) -> String {
        let (mut depth, mut end) = (0, self.rest.len());
        for (i, c) in self.rest.char_indices() {
            match c {
                '(' | '{' | '[' => depth += 1,
                ')' | '}' | ']' if depth > 0 => depth -= 1,
                ',' | '}' | '\n' if depth == 0 => {
                    end = i;
                    break;
                }
                _ => {}
            }
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn string(&mut self) -> Vec<u8> {
        if self.eat("`") {
            let (text, rest) = self.rest.split_once('`').unwrap_or((self.rest, ""));
            self.rest = rest;
            return text.replace('\r', "").into_bytes();
        }
        self.eat("\"");
        let mut out = Vec::new();
        while let Some(c) = self.rest.chars().next() {
            self.rest = &self.rest[c.len_utf8()..];
            match c {
                '"' => break,
                '\\' => self.escape(&mut out),
                c => out.extend(c.to_string().bytes()),
            }
        }
        out
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let Some(c) = self.rest.chars().next() else { return };
        self.rest = &self.rest[c.len_utf8()..];
        match c {
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            'r' => out.push(b'\r'),
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'v' => out.push(11),
            'x' => out.extend(self.code(2, 16).and_then(|n| u8::try_from(n).ok())),
            'u' => self.rune(4, out),
            'U' => self.rune(8, out),
            '0'..='7' => {
                let first = c.to_digit(8).unwrap_or(0);
                let rest = self.code(2, 8).unwrap_or(0);
                out.extend(u8::try_from(first * 64 + rest).ok());
            }
            c => out.extend(c.to_string().bytes()),
        }
    }

    fn rune(&mut self, digits: usize, out: &mut Vec<u8>) {
        let c = self.code(digits, 16).and_then(char::from_u32);
        out.extend(c.into_iter().flat_map(|c| c.to_string().into_bytes()));
    }

    fn code(&mut self, digits: usize, base: u32) -> Option<u32> {
        let (text, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        u32::from_str_radix(text, base).ok()
    }
}

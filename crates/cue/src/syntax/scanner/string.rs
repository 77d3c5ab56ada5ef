//! String and bytes tokens, whole or in pieces between interpolations.

use super::{Quote, Scanner, Tok, shown, to_u32};

impl Scanner<'_> {
    /// A literal whose `hashes` leading `#` were read; the cursor is at the quote.
    pub(super) fn quoted(&mut self, hashes: u32) -> Tok {
        let start = self.at - hashes as usize;
        let byte = self.src[self.at];
        self.at += 1;
        let run = self.src[self.at..].iter().take(2).take_while(|b| **b == byte).count();
        self.at += run;
        match run {
            0 => self.string_rest(start, Quote { byte, count: 1, hashes }),
            1 => self.after_two_quotes(start, Quote { byte, count: 1, hashes }),
            _ => self.multi_line(start, Quote { byte, count: 3, hashes }),
        }
    }

    /// Two quotes are the empty string, or the first character is a quote: `#""hello""#`.
    fn after_two_quotes(&mut self, start: usize, quote: Quote) -> Tok {
        let want = quote.hashes as usize;
        let found = self.src[self.at..].iter().take(want).take_while(|b| **b == b'#').count();
        self.at += found;
        if found == want { Tok::String } else { self.string_rest(start, quote) }
    }

    fn multi_line(&mut self, start: usize, quote: Quote) -> Tok {
        let rest = &self.src[self.at..];
        let skip = if rest.starts_with(b"\r\n") { 2 } else { 1 };
        if !rest.starts_with(b"\n") && !rest.starts_with(b"\r\n") {
            let shown = self.text.get(start..self.at).unwrap_or_default().to_owned();
            self.error(start, format!("expected newline after multiline quote {shown}"));
            return Tok::String;
        }
        self.at += skip;
        self.line += 1;
        self.string_rest(start, quote)
    }

    /// Goes on with the innermost open string at its `)`; gives the offset where the piece starts, and
    /// whether it ends the string or leads to another expression.
    pub(in crate::syntax) fn resume(&mut self) -> Option<(u32, Tok)> {
        let quote = self.quotes.pop()?;
        let start = self.at - 1;
        let kind = self.string_rest(start, quote);
        self.insert_comma = kind != Tok::Interpolation;
        self.lines = 0;
        self.spaces = 0;
        Some((to_u32(start), kind))
    }

    /// Offset just behind what was read.
    pub(in crate::syntax) fn offset(&self) -> u32 {
        to_u32(self.at)
    }

    /// Line of the cursor.
    pub(in crate::syntax) fn line(&self) -> u32 {
        self.line
    }

    fn string_rest(&mut self, start: usize, quote: Quote) -> Tok {
        loop {
            let rest = &self.src[self.at..];
            let skip = rest.iter().position(|b| *b == quote.byte || *b == b'\\' || *b == b'\n');
            let Some(skip) = skip else {
                self.at = self.src.len();
                self.error(start, "string literal not terminated");
                return Tok::String;
            };
            self.at += skip;
            match self.src[self.at] {
                b'\n' if quote.count == 3 => {
                    self.line += 1;
                    self.at += 1;
                }
                b'\n' => {
                    self.error(start, "string literal not terminated");
                    return Tok::String;
                }
                b'\\' => {
                    self.at += 1;
                    if self.escape(quote) {
                        self.quotes.push(quote);
                        return Tok::Interpolation;
                    }
                }
                _ => {
                    self.at += 1;
                    if self.closes(quote) {
                        return Tok::String;
                    }
                }
            }
        }
    }

    /// Reads what follows the first closing quote; on a mismatch the bytes that matched are text.
    fn closes(&mut self, quote: Quote) -> bool {
        let want = (quote.count - 1 + quote.hashes) as usize;
        for i in 0..want {
            let byte = if i < quote.count as usize - 1 { quote.byte } else { b'#' };
            if self.peek() != Some(byte) {
                // The run of quotes may hold the closing ones further on.
                self.at -= i;
                return false;
            }
            self.at += 1;
        }
        true
    }

    /// Reads an escape; true when it opens an interpolation, the parenthesis included.
    fn escape(&mut self, quote: Quote) -> bool {
        let want = quote.hashes as usize;
        let found = self.src[self.at..].iter().take(want).take_while(|b| **b == b'#').count();
        if found < want {
            return false;
        }
        self.at += want;
        match self.peek() {
            Some(b'(') => {
                self.at += 1;
                return true;
            }
            Some(b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'/') => self.at += 1,
            Some(b) if b == quote.byte => self.at += 1,
            Some(b'0'..=b'7') => self.code(3, 8, 255),
            Some(b'x') => self.prefixed_code(2, 255),
            Some(b'u') => self.prefixed_code(4, 0x10ffff),
            Some(b'U') => self.prefixed_code(8, 0x10ffff),
            Some(_) => self.error(self.at, "unknown escape sequence"),
            None => self.error(self.at, "escape sequence not terminated"),
        }
        false
    }

    fn prefixed_code(&mut self, digits: usize, max: u32) {
        self.at += 1;
        self.code(digits, 16, max);
    }

    fn code(&mut self, digits: usize, base: u32, max: u32) {
        let start = self.at;
        let mut value = 0u32;
        for _ in 0..digits {
            let Some(d) = self.peek().and_then(|b| char::from(b).to_digit(base)) else {
                let message = match self.peek_char() {
                    None => "escape sequence not terminated".to_owned(),
                    Some(c) => format!("illegal character {} in escape sequence", shown(c)),
                };
                self.error(self.at, message);
                return;
            };
            value = value.wrapping_mul(base).wrapping_add(d);
            self.at += 1;
        }
        if value > max {
            self.error(start, "escape sequence is invalid Unicode code point");
        }
    }
}

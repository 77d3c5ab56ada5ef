//! Attributes: `@name(tokens)` is one token with balanced brackets.

use super::{Scanner, Tok};

/// Deepest nesting of brackets inside an attribute.
const MAX_DEPTH: usize = 1000;

impl Scanner<'_> {
    pub(super) fn attribute(&mut self) -> Tok {
        self.at += 1;
        self.identifier();
        let before = (self.insert_comma, self.attribute_depth);
        self.insert_comma = false;
        if self.scan().kind == Tok::LParen {
            self.attribute_body();
        } else {
            self.error(self.at, "invalid attribute: expected '('");
        }
        (self.insert_comma, self.attribute_depth) = before;
        Tok::Attribute
    }

    /// Reads up to the parenthesis that closes the attribute.
    fn attribute_body(&mut self) {
        let mut open = vec![Tok::RParen];
        while let Some(close) = open.last().copied() {
            match self.scan().kind {
                kind if kind == close => {
                    open.pop();
                }
                Tok::Eof => {
                    self.error(self.at, format!("attribute missing '{}'", close.as_str()));
                    return;
                }
                Tok::Interpolation => {
                    self.error(self.at, "interpolation not allowed in attribute");
                    self.quotes.pop();
                    self.recover_parenthesis();
                }
                Tok::LParen => open.push(Tok::RParen),
                Tok::LBrace => open.push(Tok::RBrace),
                Tok::LBrack => open.push(Tok::RBrack),
                kind @ (Tok::RParen | Tok::RBrack | Tok::RBrace) => {
                    self.error(self.at, format!("unexpected '{}'", kind.as_str()));
                }
                _ => {}
            }
            if open.len() > MAX_DEPTH {
                self.error(self.at, "attribute is nested too deeply");
                self.at = self.src.len();
                return;
            }
        }
    }

    /// Skips to the parenthesis that closes an interpolation, at most to the end of the line.
    fn recover_parenthesis(&mut self) {
        let mut open = 1;
        while let Some(b) = self.peek() {
            match b {
                b'\n' => return,
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return;
            }
            self.at += 1;
        }
    }
}

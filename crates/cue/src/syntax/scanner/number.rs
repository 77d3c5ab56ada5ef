//! Number tokens. What they are worth is the business of the literal reader.

use super::{Scanner, Tok};

impl Scanner<'_> {
    /// A number; `dot` when its leading point was read already.
    pub(super) fn number(&mut self, dot: bool) -> Tok {
        if dot {
            self.mantissa(10);
            return self.exponent(Tok::Float);
        }
        if self.peek() == Some(b'0') {
            return self.leading_zero();
        }
        self.mantissa(10);
        self.fraction()
    }

    fn leading_zero(&mut self) -> Tok {
        let start = self.at;
        self.at += 1;
        let (base, name) = match self.peek() {
            Some(b'x' | b'X') => (16, "hexadecimal"),
            Some(b'b') => (2, "binary"),
            Some(b'o') => (8, "octal"),
            _ => return self.zero_or_fraction(start),
        };
        self.at += 1;
        self.mantissa(base);
        if self.at - start <= 2 {
            self.error(start, format!("illegal {name} number"));
        }
        Tok::Int
    }

    fn zero_or_fraction(&mut self, start: usize) -> Tok {
        let digits = matches!(self.peek(), Some(b'0'..=b'9'));
        if digits {
            self.mantissa(10);
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return self.fraction();
        }
        if digits {
            self.error(start, "illegal integer number");
        }
        Tok::Int
    }

    fn fraction(&mut self) -> Tok {
        let mut kind = Tok::Int;
        if self.peek() == Some(b'.') {
            if self.peek_at(1) == Some(b'.') {
                return kind;
            }
            kind = Tok::Float;
            self.at += 1;
            self.mantissa(10);
        }
        self.exponent(kind)
    }

    fn exponent(&mut self, kind: Tok) -> Tok {
        match self.peek() {
            Some(b'K' | b'M' | b'G' | b'T' | b'P') => {
                self.at += 1;
                self.eat(b'i');
                Tok::Int
            }
            Some(b'e' | b'E') => {
                self.at += 1;
                if matches!(self.peek(), Some(b'+' | b'-')) {
                    self.at += 1;
                }
                self.mantissa(10);
                Tok::Float
            }
            _ => kind,
        }
    }

    fn mantissa(&mut self, base: u32) {
        let mut last = 0;
        while let Some(b) = self.peek() {
            if b != b'_' && char::from(b).to_digit(base).is_none() {
                break;
            }
            if b == b'_' && last == b'_' {
                self.error(self.at, "illegal '_' in number");
            }
            last = b;
            self.at += 1;
        }
        if last == b'_' {
            self.error(self.at - 1, "illegal '_' in number");
        }
    }
}

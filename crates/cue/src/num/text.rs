//! Text of decimals: General Decimal Arithmetic's to-scientific-string, and its reading.
//!
//! Plain notation when the exponent is at most zero and the adjusted exponent at least -6, else `d.dddE±n`.

use std::fmt;

use num_bigint::BigUint;

use super::{Decimal, Num, Repr};

/// Below this adjusted exponent a fraction is printed in scientific notation.
const PLAIN_LIMIT: i64 = -6;
/// Zeros keep plain notation down to this exponent.
const ZERO_LIMIT: i32 = -2000;

impl Decimal {
    /// Reads `[-+]digits[.digits][e[-+]digits]`; `None` when the text is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (neg, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exp) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, frac) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && frac.is_empty()
            || !(whole.bytes().chain(frac.bytes())).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let coeff = BigUint::parse_bytes(format!("{whole}{frac}").as_bytes(), 10)?;
        let exp = exp.checked_sub(i32::try_from(frac.len()).ok()?)?;
        Some(Self::new(neg, coeff, exp))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.neg {
            f.write_str("-")?;
        }
        let digits = self.coeff.to_string();
        let adjusted = i64::from(self.exp) + digits.len() as i64 - 1;
        let zeros = self.is_zero() && (ZERO_LIMIT..0).contains(&self.exp);
        if zeros {
            return plain(f, &digits, self.exp);
        }
        if self.exp <= 0 && adjusted >= PLAIN_LIMIT {
            plain(f, &digits, self.exp)
        } else {
            scientific(f, &digits, adjusted)
        }
    }
}

fn plain(f: &mut fmt::Formatter<'_>, digits: &str, exp: i32) -> fmt::Result {
    let fraction = exp.unsigned_abs() as usize;
    match digits.len().checked_sub(fraction) {
        _ if fraction == 0 => f.write_str(digits),
        Some(point) if point > 0 => write!(f, "{}.{}", &digits[..point], &digits[point..]),
        _ => write!(f, "0.{digits:0>fraction$}"),
    }
}

fn scientific(f: &mut fmt::Formatter<'_>, digits: &str, adjusted: i64) -> fmt::Result {
    f.write_str(&digits[..1])?;
    if digits.len() > 1 {
        write!(f, ".{}", &digits[1..])?;
    }
    write!(f, "E{adjusted:+}")
}

impl fmt::Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(v) => write!(f, "{v}"),
            Repr::Dec { dec, .. } => dec.dec.fmt(f),
        }
    }
}

//! Arithmetic of decimals under CUE's context: 34 digits, half up.
//!
//! Additions align exponents exactly before rounding; division always gives a float and strips trailing zeros,
//! giving one back where the result would otherwise lose its fraction.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use thiserror::Error;

use super::{Decimal, MAX_EXPONENT, Num, PRECISION, Repr};

/// Why an operation has no result. The texts are the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ArithError {
    /// Division by zero with `/`.
    #[error("failed arithmetic: division by zero")]
    DivisionByZero,
    /// `0/0`.
    #[error("failed arithmetic: division undefined")]
    DivisionUndefined,
    /// Integer division by zero.
    #[error("division by zero")]
    IntDivisionByZero,
    /// The result's exponent leaves the supported range.
    #[error("failed arithmetic: exponent out of range")]
    ExponentOutOfRange,
}

/// The four integer divisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOp {
    /// Euclidean quotient.
    Div,
    /// Euclidean remainder.
    Mod,
    /// Truncated quotient.
    Quo,
    /// Truncated remainder.
    Rem,
}

/// `10^n`.
pub(super) fn pow10(n: u64) -> BigUint {
    BigUint::from(10u32).pow(u32::try_from(n).unwrap_or(u32::MAX))
}

fn digits(v: &BigUint) -> u64 {
    if v.is_zero() {
        return 1;
    }
    // log10(2) as a fraction gives a floor that is at most one too small
    let guess = (v.bits() - 1) * 30103 / 100_000;
    if *v >= pow10(guess + 1) {
        guess + 2
    } else if *v >= pow10(guess) {
        guess + 1
    } else {
        guess
    }
}

fn checked(d: Decimal) -> Result<Decimal, ArithError> {
    let adjusted = i64::from(d.exp) + digits(&d.coeff) as i64 - 1;
    if adjusted.abs() > MAX_EXPONENT { Err(ArithError::ExponentOutOfRange) } else { Ok(d) }
}

fn round(neg: bool, mut coeff: BigUint, exp: i64) -> Result<Decimal, ArithError> {
    let mut exp = exp;
    let n = digits(&coeff);
    if n > PRECISION {
        let unit = pow10(n - PRECISION);
        let (q, r) = coeff.div_rem(&unit);
        coeff = if r * 2u32 >= unit { q + 1u32 } else { q };
        exp += (n - PRECISION) as i64;
        if digits(&coeff) > PRECISION {
            coeff /= 10u32;
            exp += 1;
        }
    }
    let exp = i32::try_from(exp).map_err(|_| ArithError::ExponentOutOfRange)?;
    checked(Decimal::new(neg, coeff, exp))
}

fn signed(d: &Decimal) -> BigInt {
    BigInt::from_biguint(if d.neg { Sign::Minus } else { Sign::Plus }, d.coeff.clone())
}

fn aligned(a: &Decimal, b: &Decimal) -> Result<(BigInt, BigInt, i32), ArithError> {
    let gap = i64::from(a.exp) - i64::from(b.exp);
    if gap.abs() > MAX_EXPONENT {
        return Err(ArithError::ExponentOutOfRange);
    }
    let scale = BigInt::from(pow10(gap.unsigned_abs()));
    Ok(match gap.cmp(&0) {
        Ordering::Less => (signed(a), signed(b) * scale, a.exp),
        Ordering::Equal => (signed(a), signed(b), a.exp),
        Ordering::Greater => (signed(a) * scale, signed(b), b.exp),
    })
}

pub(super) fn cmp(a: &Decimal, b: &Decimal) -> Ordering {
    let sign = |d: &Decimal| {
        if d.is_zero() {
            0
        } else if d.neg {
            -1
        } else {
            1
        }
    };
    let (sa, sb) = (sign(a), sign(b));
    if sa != sb || sa == 0 {
        return sa.cmp(&sb);
    }
    let adjusted = |d: &Decimal| i64::from(d.exp) + digits(&d.coeff) as i64;
    let by_size = adjusted(a).cmp(&adjusted(b));
    let by_abs = if by_size != Ordering::Equal {
        by_size
    } else {
        match aligned(a, b) {
            Ok((x, y, _)) => x.abs().cmp(&y.abs()),
            Err(_) => a.exp.cmp(&b.exp),
        }
    };
    if sa < 0 { by_abs.reverse() } else { by_abs }
}

impl Decimal {
    /// Sum, rounded.
    pub fn add(&self, other: &Self) -> Result<Self, ArithError> {
        let (x, y, exp) = aligned(self, other)?;
        let sum = x + y;
        let neg = if sum.is_zero() { self.neg && other.neg } else { sum.is_negative() };
        round(neg, sum.magnitude().clone(), exp.into())
    }

    /// Difference, rounded.
    pub fn sub(&self, other: &Self) -> Result<Self, ArithError> {
        let minus = Self::new(!other.neg, other.coeff.clone(), other.exp);
        self.add(&minus)
    }

    /// Product, rounded.
    pub fn mul(&self, other: &Self) -> Result<Self, ArithError> {
        let exp = i64::from(self.exp) + i64::from(other.exp);
        round(self.neg != other.neg, &self.coeff * &other.coeff, exp)
    }

    /// Quotient: 34 digits, then trailing zeros are stripped, one of them given back where a fraction was lost.
    pub fn quo(&self, other: &Self) -> Result<Self, ArithError> {
        let exact = self.quo_exact(other)?;
        Ok(exact.strip_keeping_float())
    }

    /// Quotient of 34 digits with its trailing zeros kept.
    fn quo_exact(&self, other: &Self) -> Result<Self, ArithError> {
        if other.is_zero() {
            return Err(if self.is_zero() {
                ArithError::DivisionUndefined
            } else {
                ArithError::DivisionByZero
            });
        }
        let neg = self.neg != other.neg;
        let shift = i64::from(self.exp) - i64::from(other.exp);
        if self.is_zero() {
            return round(neg, BigUint::zero(), shift);
        }
        let gap = digits(&self.coeff) as i64 - digits(&other.coeff) as i64;
        let mut dividend = self.coeff.clone();
        let mut divisor = other.coeff.clone();
        if gap < 0 {
            dividend *= pow10(gap.unsigned_abs());
        } else {
            divisor *= pow10(gap as u64);
        }
        let mut adjust = -gap;
        if dividend < divisor {
            dividend *= 10u32;
            adjust += 1;
        }
        dividend *= pow10(PRECISION - 1);
        let (mut q, r) = dividend.div_rem(&divisor);
        if !r.is_zero() && r * 2u32 >= divisor {
            q += 1u32;
        }
        round(neg, q, shift - adjust - (PRECISION as i64 - 1))
    }

    /// Removes trailing zeros; a result that lost its fraction and has a non-negative exponent gets one zero back.
    pub fn strip_keeping_float(&self) -> Self {
        let had_fraction = self.exp < 0;
        let mut d = self.stripped();
        if had_fraction && d.exp >= 0 {
            d.coeff *= 10u32;
            d.exp -= 1;
        }
        d
    }

    /// The same value without trailing zeros.
    pub fn stripped(&self) -> Self {
        if self.is_zero() {
            return Self::new(false, BigUint::zero(), 0);
        }
        let mut d = self.clone();
        loop {
            let (q, r) = d.coeff.div_rem(&BigUint::from(10u32));
            if !r.is_zero() {
                return d;
            }
            d.coeff = q;
            d.exp += 1;
        }
    }

    /// The value with its sign flipped; zero loses its sign.
    pub fn negated(&self) -> Self {
        Self::new(!self.neg && !self.is_zero(), self.coeff.clone(), self.exp)
    }

    fn floor_ceil(&self, up: bool) -> Self {
        if self.exp >= 0 {
            return self.clone();
        }
        let unit = pow10(self.exp.unsigned_abs().into());
        let (mut q, r) = self.coeff.div_rem(&unit);
        if !r.is_zero() && self.neg != up {
            q += BigUint::one();
        }
        Self::new(self.neg && !q.is_zero(), q, 0)
    }

    /// Largest integer not above the value.
    pub fn floor(&self) -> Self {
        self.floor_ceil(false)
    }

    /// Smallest integer not below the value.
    pub fn ceil(&self) -> Self {
        self.floor_ceil(true)
    }
}

impl Num {
    fn combine(
        &self,
        other: &Self,
        f: impl Fn(&Decimal, &Decimal) -> Result<Decimal, ArithError>,
    ) -> Result<Self, ArithError> {
        let d = f(&self.decimal(), &other.decimal())?;
        Ok(keep_exponent(d, self.is_int() && other.is_int()))
    }

    /// Sum; int when both are.
    pub fn add(&self, other: &Self) -> Result<Self, ArithError> {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) if a.checked_add(*b).is_some() => Ok(Self::int(a + b)),
            _ => self.combine(other, Decimal::add),
        }
    }

    /// Difference; int when both are.
    pub fn sub(&self, other: &Self) -> Result<Self, ArithError> {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) if a.checked_sub(*b).is_some() => Ok(Self::int(a - b)),
            _ => self.combine(other, Decimal::sub),
        }
    }

    /// Product; int when both are.
    pub fn mul(&self, other: &Self) -> Result<Self, ArithError> {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) if a.checked_mul(*b).is_some_and(|v| v != 0) => {
                Ok(Self::int(a * b))
            }
            _ => self.combine(other, Decimal::mul),
        }
    }

    /// Quotient; always a float.
    pub fn quo(&self, other: &Self) -> Result<Self, ArithError> {
        Ok(Self::float(self.decimal().quo(&other.decimal())?))
    }

    /// Negation, of the same kind.
    pub fn negated(&self) -> Self {
        match &self.0 {
            Repr::Int(v) if *v != i64::MIN => Self::int(-v),
            _ => keep_exponent(self.decimal().negated(), self.is_int()),
        }
    }

    /// Integer division of either flavour. Operands must be integral.
    pub fn int_op(&self, op: IntOp, other: &Self) -> Result<Self, ArithError> {
        let whole = |n: &Self| {
            let d = n.decimal();
            d.to_integer()
                .map(|v| BigInt::from_biguint(if d.neg { Sign::Minus } else { Sign::Plus }, v))
        };
        let (Some(x), Some(y)) = (whole(self), whole(other)) else {
            return Err(ArithError::ExponentOutOfRange);
        };
        if y.is_zero() {
            return Err(ArithError::IntDivisionByZero);
        }
        let (q, r) = (&x / &y, &x % &y);
        let out = match op {
            IntOp::Quo => q,
            IntOp::Rem => r,
            IntOp::Mod => {
                if r.is_negative() {
                    r + y.abs()
                } else {
                    r
                }
            }
            IntOp::Div => {
                if !r.is_negative() {
                    q
                } else if y.is_positive() {
                    q - 1
                } else {
                    q + 1
                }
            }
        };
        // small operands leave a zero its sign
        let small = x.bits() <= 64 && y.bits() <= 64 && out.is_zero();
        let signed_zero = match op {
            IntOp::Quo => small && x.is_negative() != y.is_negative(),
            IntOp::Rem => small && x.is_negative(),
            IntOp::Div | IntOp::Mod => false,
        };
        let neg = out.is_negative() || signed_zero;
        Ok(Self::big_int(Decimal::new(neg, out.magnitude().clone(), 0)))
    }
}

/// An int that arithmetic left with a positive exponent keeps it: it prints as `1E+2`.
fn keep_exponent(d: Decimal, int: bool) -> Num {
    Num::with_kind(d, int)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(op: fn(&Num, &Num) -> Result<Num, ArithError>, a: &str, b: &str, want: &str) {
        let n = |s: &str| Num::from_json_text(s).expect("test input is a number");
        let got = op(&n(a), &n(b)).map_or_else(|e| e.to_string(), |v| v.to_string());
        assert_eq!(got, want, "{a} {b}");
    }

    #[test]
    fn arithmetic_follows_the_reference() {
        check(Num::quo, "4", "2", "2.0");
        check(Num::quo, "100", "10", "10");
        check(Num::quo, "1000", "10", "1.0E+2");
        check(Num::quo, "6000000", "2", "3.0E+6");
        check(Num::quo, "1", "3", "0.3333333333333333333333333333333333");
        check(Num::quo, "1", "0", "failed arithmetic: division by zero");
        check(Num::add, "0.1", "0.2", "0.3");
        check(Num::add, "1e3", "0", "1000");
        check(Num::mul, "1e2", "1", "1E+2");
        check(Num::mul, "0.0", "-1", "-0.0");
        check(
            Num::add,
            "12345678901234567890123456789012345678",
            "0",
            "1.234567890123456789012345678901235E+37",
        );
        check(|a, b| a.int_op(IntOp::Div, b), "-5", "3", "-2");
        check(|a, b| a.int_op(IntOp::Mod, b), "-5", "3", "1");
        check(|a, b| a.int_op(IntOp::Quo, b), "-5", "3", "-1");
        check(|a, b| a.int_op(IntOp::Rem, b), "-5", "3", "-2");
    }

    #[test]
    fn text_is_scientific_only_outside_the_plain_range() {
        for (text, want) in [
            ("1e3", "1E+3"),
            ("1e-7", "1E-7"),
            ("3.10", "3.10"),
            ("0.000001", "0.000001"),
            (".5", "0.5"),
        ] {
            assert_eq!(Decimal::parse(text).expect("test input").to_string(), want);
        }
    }
}

//! Exponential, logarithm, powers and roots on decimals, right to the last of 34 digits.
//!
//! Everything is computed on whole numbers scaled by a power of ten with enough digits to spare, and rounded once.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;
use num_traits::{One as _, Signed as _, ToPrimitive as _, Zero as _};

use crate::num::{Decimal, PRECISION};

/// Digits after the point while computing.
const SCALE: u32 = 90;
/// Digits that a result keeps.
const DIGITS: u64 = PRECISION;
/// Largest power of ten of a result.
const LARGEST: i64 = 100_000;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// Not a real number.
    Invalid,
    /// Infinite.
    Infinite,
    /// Too large or too small.
    Range,
}

type Out = Result<Decimal, Failed>;

fn ten_to(n: u32) -> BigInt {
    BigInt::from(10u32).pow(n)
}

fn digits(n: &BigUint) -> u64 {
    n.to_string().len() as u64
}

/// A scaled number.
#[derive(Clone)]
struct Fixed {
    value: BigInt,
    scale: u32,
}

impl Fixed {
    fn of(d: &Decimal, scale: u32) -> Result<Self, Failed> {
        let signed = BigInt::from_biguint(
            if d.is_negative() { Sign::Minus } else { Sign::Plus },
            d.coefficient().clone(),
        );
        let shift = i64::from(d.exponent()) + i64::from(scale);
        let by = u32::try_from(shift.unsigned_abs()).ok().filter(|n| i64::from(*n) <= 2 * LARGEST);
        let by = by.ok_or(Failed::Range)?;
        let value = if shift >= 0 { signed * ten_to(by) } else { signed.div_floor(&ten_to(by)) };
        Ok(Self { value, scale })
    }

    /// Rounded, half up, to `DIGITS` digits, with exactly that many.
    fn rounded(&self, exponent: i64) -> Out {
        if self.value.is_zero() {
            return Ok(Decimal::from(0));
        }
        let magnitude = self.value.magnitude();
        let have = digits(magnitude);
        let exponent = exponent - i64::from(self.scale);
        let (coefficient, exponent) = if have <= DIGITS {
            let missing = (DIGITS - have) as u32;
            (magnitude * BigUint::from(10u32).pow(missing), exponent - i64::from(missing))
        } else {
            let excess = (have - DIGITS) as u32;
            let unit = BigUint::from(10u32).pow(excess);
            let (mut q, r) = magnitude.div_rem(&unit);
            if r * 2u32 >= unit {
                q += 1u32;
            }
            if digits(&q) > DIGITS {
                (q / 10u32, exponent + i64::from(excess) + 1)
            } else {
                (q, exponent + i64::from(excess))
            }
        };
        if exponent.abs() > LARGEST {
            return Err(Failed::Range);
        }
        Ok(Decimal::new(self.value.is_negative(), coefficient, exponent as i32))
    }
}

/// `2 * artanh(n / d)`, scaled: a logarithm of `(d + n) / (d - n)`.
fn log_series(n: &BigInt, d: &BigInt, one: &BigInt) -> BigInt {
    let z = n * one / d;
    let square = &z * &z / one;
    let (mut sum, mut power, mut k) = (BigInt::zero(), z, 1u32);
    while !power.is_zero() {
        sum += &power / k;
        power = &power * &square / one;
        k += 2;
    }
    sum * 2
}

fn ln_2(one: &BigInt) -> BigInt {
    log_series(&BigInt::one(), &BigInt::from(3), one)
}

fn ln_10(one: &BigInt) -> BigInt {
    // 10 = 2^3 * 5/4
    ln_2(one) * 3 + log_series(&BigInt::one(), &BigInt::from(9), one)
}

/// The natural logarithm of a positive number, scaled.
fn ln_fixed(d: &Decimal, scale: u32) -> BigInt {
    let one = ten_to(scale);
    let length = digits(d.coefficient()) as i64;
    // d = m * 10^e with m in [1, 10)
    let e = i64::from(d.exponent()) + length - 1;
    let coefficient = BigInt::from(d.coefficient().clone());
    let shift = length - 1;
    let mut m = if shift <= i64::from(scale) {
        coefficient * ten_to((i64::from(scale) - shift) as u32)
    } else {
        coefficient / ten_to((shift - i64::from(scale)) as u32)
    };
    let mut twos = 0;
    while &m * 2 > &one * 3 {
        m /= 2;
        twos += 1;
    }
    log_series(&(&m - &one), &(&m + &one), &one) + ln_2(&one) * twos + ln_10(&one) * e
}

/// The natural logarithm.
pub(super) fn ln(d: &Decimal) -> Out {
    if d.is_zero() {
        return Err(Failed::Infinite);
    }
    if d.is_negative() {
        return Err(Failed::Invalid);
    }
    // Close to 1 the result is small: more digits are needed for as many that count.
    for scale in [SCALE, 4 * SCALE, 16 * SCALE] {
        let value = ln_fixed(d, scale);
        if value.is_zero() || digits(value.magnitude()) >= DIGITS + 10 {
            return Fixed { value, scale }.rounded(0);
        }
    }
    Err(Failed::Range)
}

/// The logarithm to base 10.
pub(super) fn log10(d: &Decimal) -> Out {
    ln(d)?;
    let one = ten_to(SCALE);
    let value = ln_fixed(d, SCALE) * &one / ln_10(&one);
    settled(value).rounded(0)
}

/// The logarithm to base 2: a quotient of two rounded logarithms, as the reference computes it.
pub(super) fn log2(d: &Decimal) -> Out {
    ln(d)?.quo(&ln(&Decimal::from(2))?).map_err(|_| Failed::Invalid)
}

/// A value within the error of computing of a whole number is that number.
fn settled(value: BigInt) -> Fixed {
    let one = ten_to(SCALE);
    let near: BigInt = (&value + &one / 2u32).div_floor(&one) * &one;
    let close = (&value - &near).abs() < ten_to(SCALE / 4);
    Fixed { value: if close { near } else { value }, scale: SCALE }
}

/// `e` to a scaled power: the scaled mantissa and the power of ten it is to be multiplied with.
fn exp_fixed(x: &BigInt) -> Result<(BigInt, i64), Failed> {
    const HALVINGS: u32 = 12;
    let one = ten_to(SCALE);
    let ln_10 = ln_10(&one);
    let tens = x.div_floor(&ln_10);
    let exponent = tens.to_i64().filter(|e| e.abs() <= LARGEST).ok_or(Failed::Range)?;
    let r = (x - tens * ln_10) >> HALVINGS;
    let (mut sum, mut term, mut k) = (one.clone(), one.clone(), 1u32);
    while !term.is_zero() {
        term = term * &r / &one / k;
        sum += &term;
        k += 1;
    }
    for _ in 0..HALVINGS {
        sum = &sum * &sum / &one;
    }
    Ok((sum, exponent))
}

/// `e` to the power `d`.
pub(super) fn exp(d: &Decimal) -> Out {
    let x = Fixed::of(d, SCALE)?;
    let (value, exponent) = exp_fixed(&x.value)?;
    Fixed { value, scale: SCALE }.rounded(exponent)
}

/// The cube root.
pub(super) fn cbrt(d: &Decimal) -> Out {
    if d.is_zero() {
        return Ok(Decimal::from(0));
    }
    // The coefficient gets enough digits, and an exponent that three divides.
    let spare = (3 * (DIGITS + 10)).saturating_sub(digits(d.coefficient())) as i64;
    let spare = spare + (i64::from(d.exponent()) - spare).rem_euclid(3);
    let scaled = d.coefficient() * BigUint::from(10u32).pow(spare as u32);
    let root = scaled.cbrt();
    let value = BigInt::from_biguint(if d.is_negative() { Sign::Minus } else { Sign::Plus }, root);
    Fixed { value, scale: 0 }.rounded((i64::from(d.exponent()) - spare) / 3)
}

/// A number to a power.
pub(super) fn pow(x: &Decimal, y: &Decimal) -> Out {
    let whole = y.to_i64();
    if x.is_zero() {
        return match whole {
            _ if y.is_zero() => Err(Failed::Invalid),
            _ if y.is_negative() => Err(Failed::Infinite),
            _ => Ok(Decimal::from(0)),
        };
    }
    if let Some(n) = whole {
        let power = whole_power(x, n.unsigned_abs())?;
        return if n < 0 { inverse(&power) } else { Ok(power) };
    }
    if x.is_negative() || y.to_integer().is_some() {
        return Err(if x.is_negative() { Failed::Invalid } else { Failed::Range });
    }
    let exponent = Fixed::of(y, SCALE)?.value * ln_fixed(x, SCALE) / ten_to(SCALE);
    let (value, exponent) = exp_fixed(&exponent)?;
    if exponent == 0 {
        settled(value).rounded(0)
    } else {
        Fixed { value, scale: SCALE }.rounded(exponent)
    }
}

/// By squaring; exact as long as the digits fit, and rounded only at the end.
fn whole_power(x: &Decimal, n: u64) -> Out {
    let keep = |c: BigUint, e: i64| -> Result<(BigUint, i64), Failed> {
        let excess = digits(&c).saturating_sub(3 * DIGITS);
        let e = e + excess as i64;
        if e.abs() > LARGEST {
            return Err(Failed::Range);
        }
        Ok((if excess > 0 { c / BigUint::from(10u32).pow(excess as u32) } else { c }, e))
    };
    let (mut c, mut e) = (BigUint::one(), 0i64);
    let (mut base, mut base_e) = keep(x.coefficient().clone(), i64::from(x.exponent()))?;
    let mut n_left = n;
    while n_left > 0 {
        if n_left & 1 == 1 {
            (c, e) = keep(c * &base, e + base_e)?;
        }
        n_left >>= 1;
        if n_left > 0 {
            (base, base_e) = keep(&base * &base, 2 * base_e)?;
        }
    }
    let negative = x.is_negative() && n % 2 == 1;
    if digits(&c) <= DIGITS {
        let e = i32::try_from(e).map_err(|_| Failed::Range)?;
        return Ok(Decimal::new(negative, c, e));
    }
    let value = BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, c);
    Fixed { value, scale: 0 }.rounded(e)
}

fn inverse(d: &Decimal) -> Out {
    let have = digits(d.coefficient()) as u32;
    let scale = have + SCALE;
    let sign = if d.is_negative() { Sign::Minus } else { Sign::Plus };
    let value = ten_to(scale) / BigInt::from_biguint(sign, d.coefficient().clone());
    Fixed { value, scale }.rounded(-i64::from(d.exponent()))
}

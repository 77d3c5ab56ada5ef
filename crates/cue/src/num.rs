//! Decimal numbers as CUE has them: coefficient times a power of ten, of any size.
//!
//! Literals are exact; `+ - * /` round half up to [`PRECISION`] significant digits, as the reference's decimal
//! context does. Trailing zeros are part of a number (`1.50` prints `1.50`), so nothing here normalises silently.
//! This file must not know of values, nodes or expressions.

mod arith;
mod text;

use std::cmp::Ordering;
use std::sync::Arc;

use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};

pub use arith::{ArithError, IntOp};

/// Significant digits kept by arithmetic (literals keep all of theirs).
pub const PRECISION: u64 = 34;
/// Largest magnitude of an exponent that arithmetic may produce.
pub const MAX_EXPONENT: i64 = 100_000;

/// `(-1)^neg * coeff * 10^exp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    pub(crate) neg: bool,
    pub(crate) coeff: BigUint,
    pub(crate) exp: i32,
}

/// A CUE number: an int or a float. The kind is part of the value (`1` and `1.0` do not unify).
#[derive(Clone, Debug)]
pub struct Num(Repr);

#[derive(Clone, Debug)]
enum Repr {
    /// An int that fits a machine word; the common case costs no allocation.
    Int(i64),
    Dec {
        dec: Arc<Spelled>,
        int: bool,
    },
}

/// A decimal, and how it was written where that differs from how it prints.
#[derive(Clone, Debug)]
struct Spelled {
    dec: Decimal,
    text: Option<Box<str>>,
}

impl From<Decimal> for Spelled {
    fn from(dec: Decimal) -> Self {
        Self { dec, text: None }
    }
}

impl Decimal {
    /// Builds `(-1)^neg * coeff * 10^exp` without rounding.
    pub fn new(neg: bool, coeff: BigUint, exp: i32) -> Self {
        Self { neg, coeff, exp }
    }

    /// Whether the value is zero, whatever its sign and exponent.
    pub fn is_zero(&self) -> bool {
        self.coeff.is_zero()
    }

    /// Whether the sign is negative (true for `-0.0` too).
    pub fn is_negative(&self) -> bool {
        self.neg
    }

    /// The unsigned coefficient.
    pub fn coefficient(&self) -> &BigUint {
        &self.coeff
    }

    /// The power of ten.
    pub fn exponent(&self) -> i32 {
        self.exp
    }

    /// Numeric order; `1` equals `1.0`.
    pub fn cmp_value(&self, other: &Self) -> Ordering {
        arith::cmp(self, other)
    }

    /// The value as `f64`, nearest.
    pub fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The value as `i64` when it is integral and fits.
    pub fn to_i64(&self) -> Option<i64> {
        let whole = self.to_integer()?;
        let abs = whole.to_i128()?;
        i64::try_from(if self.neg { -abs } else { abs }).ok()
    }

    /// The absolute value as an integer when it is integral and of sane size.
    pub fn to_integer(&self) -> Option<BigUint> {
        if self.is_zero() {
            return Some(BigUint::zero());
        }
        if self.exp >= 0 {
            return (i64::from(self.exp) <= MAX_EXPONENT)
                .then(|| &self.coeff * arith::pow10(self.exp as u64));
        }
        let scale = arith::pow10(self.exp.unsigned_abs().into());
        let (q, r) = num_integer::Integer::div_rem(&self.coeff, &scale);
        r.is_zero().then_some(q)
    }
}

impl Num {
    /// An int.
    pub fn int(v: i64) -> Self {
        Self(Repr::Int(v))
    }

    /// A float.
    pub fn float(dec: Decimal) -> Self {
        Self(Repr::Dec { dec: Arc::new(dec.into()), int: false })
    }

    /// An int of any size; `dec` must be integral.
    pub fn big_int(dec: Decimal) -> Self {
        let plain = dec.exp == 0 && !(dec.neg && dec.is_zero());
        if let (true, Some(v)) = (plain, dec.to_i64()) {
            return Self::int(v);
        }
        Self(Repr::Dec { dec: Arc::new(dec.into()), int: true })
    }

    /// A number of the given kind.
    pub fn with_kind(dec: Decimal, int: bool) -> Self {
        if int { Self::big_int(dec) } else { Self::float(dec) }
    }

    /// A float from binary floating point, printed as shortest decimal; `None` for NaN and infinities.
    pub fn from_f64(v: f64) -> Option<Self> {
        if !v.is_finite() {
            return None;
        }
        let text =
            if v.fract() == 0.0 && v.abs() < 1e21 { format!("{v:.1}") } else { format!("{v:e}") };
        Decimal::parse(&text).map(Self::float)
    }

    /// The number together with the text it was written as, which some outputs keep.
    #[must_use]
    pub(crate) fn spelled(self, text: &str) -> Self {
        if text.starts_with('-') || self.to_string() == text {
            return self;
        }
        let (dec, int) = (self.decimal().into_owned(), self.is_int());
        Self(Repr::Dec { dec: Arc::new(Spelled { dec, text: Some(text.into()) }), int })
    }

    /// How the number was written, where that is known and differs from how it prints.
    pub(crate) fn spelling(&self) -> Option<&str> {
        match &self.0 {
            Repr::Int(_) => None,
            Repr::Dec { dec, .. } => dec.text.as_deref(),
        }
    }

    /// Reads JSON number text: an int when it has neither fraction nor exponent.
    pub fn from_json_text(text: &str) -> Option<Self> {
        let int = !text.contains(['.', 'e', 'E']);
        if let (true, Ok(v)) = (int, text.parse()) {
            return Some(Self::int(v));
        }
        Decimal::parse(text).map(|d| Self::with_kind(d, int))
    }

    /// Whether the kind is int.
    pub fn is_int(&self) -> bool {
        match &self.0 {
            Repr::Int(_) => true,
            Repr::Dec { int, .. } => *int,
        }
    }

    /// The number as `i64` when integral and in range, whatever its kind.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(v) => Some(*v),
            Repr::Dec { dec, .. } => dec.dec.to_i64(),
        }
    }

    /// The number as `f64`, nearest.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Int(v) => *v as f64,
            Repr::Dec { dec, .. } => dec.dec.to_f64(),
        }
    }

    /// The number as a decimal.
    pub fn decimal(&self) -> std::borrow::Cow<'_, Decimal> {
        match &self.0 {
            Repr::Int(v) => std::borrow::Cow::Owned(Decimal::from(*v)),
            Repr::Dec { dec, .. } => std::borrow::Cow::Borrowed(&dec.dec),
        }
    }

    /// Whether the value is below zero or a negative zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Int(v) => *v < 0,
            Repr::Dec { dec, .. } => dec.dec.neg,
        }
    }

    /// Numeric order, ignoring kind.
    pub fn cmp_value(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a.cmp(b),
            _ => self.decimal().cmp_value(&other.decimal()),
        }
    }
}

/// Same kind and same numeric value (`1.0` equals `1.00`).
impl PartialEq for Num {
    fn eq(&self, other: &Self) -> bool {
        self.is_int() == other.is_int() && self.cmp_value(other) == Ordering::Equal
    }
}

impl From<i64> for Decimal {
    fn from(v: i64) -> Self {
        Self::new(v < 0, BigUint::from(v.unsigned_abs()), 0)
    }
}

impl From<i64> for Num {
    fn from(v: i64) -> Self {
        Self::int(v)
    }
}

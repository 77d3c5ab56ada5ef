//! `math/bits`: bits of ints of any size, negative ones in two's complement of endless width.

use num_bigint::{BigInt, Sign};

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Function, Package};
use crate::kind::Kind;
use crate::num::{Decimal, Num};

const I: Kind = Kind::INT;
/// Bits a result may have.
const WIDTH: u64 = 1 << 20;

const fn pair(name: &'static str, f: fn(&[Data]) -> CallResult) -> Function {
    data(name, &[INT, INT], I, f)
}

pub(super) const PACKAGE: Package = Package {
    path: "math/bits",
    functions: &[
        pair("Lsh", |a| {
            let n = count(a, 1)?;
            if n > WIDTH {
                return Err(CallError::budget("shifted too far"));
            }
            big(big_at(a, 0) << n)
        }),
        pair("Rsh", |a| big(big_at(a, 0) >> count(a, 1)?.min(u64::from(u32::MAX)))),
        pair("At", |a| {
            let i = count(a, 1)?;
            if i > u64::from(i32::MAX.unsigned_abs()) {
                return Err(CallError::fatal("bit index too large"));
            }
            int(i64::from(big_at(a, 0).bit(i)))
        }),
        data("Set", &[INT, INT, INT], I, set),
        pair("And", |a| big(big_at(a, 0) & big_at(a, 1))),
        pair("Or", |a| big(big_at(a, 0) | big_at(a, 1))),
        pair("Xor", |a| big(big_at(a, 0) ^ big_at(a, 1))),
        pair("Clear", |a| big(big_at(a, 0) & !big_at(a, 1))),
        data("OnesCount", &[INT], I, |a| {
            let ones: u32 = big_at(a, 0).magnitude().iter_u64_digits().map(u64::count_ones).sum();
            int(i64::from(ones))
        }),
        data("Len", &[INT], I, |a| int(big_at(a, 0).magnitude().bits() as i64)),
    ],
    values: "",
};

/// An int argument of any size.
pub(super) fn big_at(a: &[Data], i: usize) -> BigInt {
    let Some(Data::Num(n)) = a.get(i) else { return BigInt::default() };
    let d = n.decimal();
    let sign = if d.is_negative() { Sign::Minus } else { Sign::Plus };
    BigInt::from_biguint(sign, d.to_integer().unwrap_or_default())
}

/// An int result of any size.
pub(super) fn big(v: BigInt) -> CallResult {
    let (sign, magnitude) = v.into_parts();
    Ok(Data::Num(Num::big_int(Decimal::new(sign == Sign::Minus, magnitude, 0))))
}

fn count(a: &[Data], i: usize) -> Result<u64, CallError> {
    u64::try_from(big_at(a, i)).map_err(|_| {
        let shown = big_at(a, i);
        CallError::fatal(format!("cannot use {shown} (type int) as uint64 in argument {i}"))
    })
}

fn set(a: &[Data]) -> CallResult {
    let i = u64::try_from(int_at(a, 1)?).map_err(|_| CallError::fatal("negative bit index"))?;
    let bit = count(a, 2)?;
    if bit > 1 {
        return Err(CallError::fatal("set bit is not 0 or 1"));
    }
    if i > WIDTH {
        return Err(CallError::budget("bit index too large"));
    }
    let mut v = big_at(a, 0);
    v.set_bit(i, bit == 1);
    big(v)
}

//! `math`: rounding and exact arithmetic on decimals, elementary functions in binary floating point.

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;
use crate::num::{Decimal, Num};

const N: Kind = Kind::NUMBER;
const I: Kind = Kind::INT;

pub(super) const PACKAGE: Package = Package {
    path: "math",
    functions: &[
        data("Floor", &[NUM], I, |a| whole(num(a, 0).decimal().floor())),
        data("Ceil", &[NUM], I, |a| whole(num(a, 0).decimal().ceil())),
        data("Trunc", &[NUM], I, |a| whole(toward_zero(&num(a, 0).decimal()))),
        data("Round", &[NUM], I, |a| whole(nearest(&num(a, 0).decimal(), false))),
        data("RoundToEven", &[NUM], I, |a| whole(nearest(&num(a, 0).decimal(), true))),
        data("MultipleOf", &[NUM, NUM], Kind::BOOL, multiple),
        data("Abs", &[NUM], N, |a| {
            let n = num(a, 0);
            Ok(Data::Num(if n.is_negative() { n.negated() } else { n }))
        }),
        data("Acosh", &[NUM], N, |a| float(f(a, 0).acosh())),
        data("Asin", &[NUM], N, |a| float(f(a, 0).asin())),
        data("Acos", &[NUM], N, |a| float(f(a, 0).acos())),
        data("Asinh", &[NUM], N, |a| float(f(a, 0).asinh())),
        data("Atan", &[NUM], N, |a| float(f(a, 0).atan())),
        data("Atan2", &[NUM, NUM], N, |a| float(f(a, 0).atan2(f(a, 1)))),
        data("Atanh", &[NUM], N, |a| float(f(a, 0).atanh())),
        data("Copysign", &[NUM, NUM], N, |a| float(f(a, 0).copysign(f(a, 1)))),
        data("Dim", &[NUM, NUM], N, |a| {
            let d = num(a, 0).sub(&num(a, 1)).map_err(|e| CallError::fatal(e.to_string()))?;
            decimal(if d.is_negative() { Decimal::from(0) } else { d.decimal().into_owned() })
        }),
        data("Hypot", &[NUM, NUM], N, |a| float(f(a, 0).hypot(f(a, 1)))),
        data("Ldexp", &[NUM, INT], N, |a| {
            float(f(a, 0) * 2f64.powi(i32::try_from(int_at(a, 1)?).unwrap_or(0)))
        }),
        data("Mod", &[NUM, NUM], N, |a| float(f(a, 0) % f(a, 1))),
        data("Pow", &[NUM, NUM], N, pow),
        data("Pow10", &[INT], N, |a| exact_pow(&Num::int(10), int_at(a, 0)?)),
        data("Signbit", &[NUM], Kind::BOOL, |a| truth(num(a, 0).is_negative())),
        data("Cos", &[NUM], N, |a| float(f(a, 0).cos())),
        data("Sin", &[NUM], N, |a| float(f(a, 0).sin())),
        data("Sinh", &[NUM], N, |a| float(f(a, 0).sinh())),
        data("Cosh", &[NUM], N, |a| float(f(a, 0).cosh())),
        data("Sqrt", &[NUM], N, |a| float(f(a, 0).sqrt())),
        data("Tan", &[NUM], N, |a| float(f(a, 0).tan())),
        data("Tanh", &[NUM], N, |a| float(f(a, 0).tanh())),
        data("Log1p", &[NUM], N, |a| float(f(a, 0).ln_1p())),
        data("Expm1", &[NUM], N, |a| float(f(a, 0).exp_m1())),
    ],
    values: "
MaxExp:        2147483647
MinExp:        -2147483648
MaxPrec:       4294967295
ToNearestEven: 0
ToNearestAway: 1
ToZero:        2
AwayFromZero:  3
ToNegativeInf: 4
ToPositiveInf: 5
Below:         -1
Exact:         0
Above:         1
MaxBase:       62
E:             2.71828182845904523536028747135266249775724709369995957496696763
Pi:            3.14159265358979323846264338327950288419716939937510582097494459
Phi:           1.61803398874989484820458683436563811772030917980576286213544861
Sqrt2:         1.41421356237309504880168872420969807856967187537694807317667974
SqrtE:         1.64872127070012814684865078781416357165377610071014801157507931
SqrtPi:        1.77245385090551602729816748334114518279754945612238712821380779
SqrtPhi:       1.27201964951406896425242246173749149171560804184009624861664038
Ln2:           0.693147180559945309417232121458176568075500134360255254120680009
Log2E:         1.442695040888963407359924681001892137426645954152985934135449408
Ln10:          2.3025850929940456840179914546843642076011014886287729760333278
Log10E:        0.43429448190325182765112891891660508229439700580366656611445378
",
};

fn num(a: &[Data], i: usize) -> Num {
    match &a[i] {
        Data::Num(n) => n.clone(),
        _ => Num::int(0),
    }
}

fn f(a: &[Data], i: usize) -> f64 {
    num(a, i).to_f64()
}

/// A floating point result; whole values print without a fraction.
fn float(v: f64) -> CallResult {
    let n = Num::from_f64(v).ok_or_else(|| CallError::incomplete("result is not a number"))?;
    let d = n.decimal().stripped();
    Ok(Data::Num(match d.to_integer().filter(|_| d.exponent() >= 0) {
        Some(v) => Num::float(Decimal::new(d.is_negative(), v, 0)),
        None => Num::float(d),
    }))
}

/// A decimal result: an int where it is one.
fn decimal(d: Decimal) -> CallResult {
    Ok(Data::Num(match d.to_integer() {
        Some(v) => Num::big_int(Decimal::new(d.is_negative(), v, 0)),
        None => Num::float(d),
    }))
}

fn whole(d: Decimal) -> CallResult {
    let v = d.to_integer().ok_or_else(|| CallError::fatal("number out of range"))?;
    Ok(Data::Num(Num::big_int(Decimal::new(d.is_negative(), v, 0))))
}

fn toward_zero(d: &Decimal) -> Decimal {
    if d.is_negative() { d.ceil() } else { d.floor() }
}

fn nearest(d: &Decimal, even: bool) -> Decimal {
    let low = toward_zero(d);
    let abs = |d: &Decimal| Decimal::new(false, d.coefficient().clone(), d.exponent());
    let Ok(rest) = abs(d).sub(&abs(&low)) else { return low };
    let half = Decimal::new(false, 5u32.into(), -1);
    let odd = low.coefficient().bit(0);
    let up = match rest.cmp_value(&half) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => !even || odd,
    };
    if up {
        Decimal::new(d.is_negative(), abs(&low).coefficient() + 1u32, low.exponent())
    } else {
        low
    }
}

fn multiple(a: &[Data]) -> CallResult {
    let q = num(a, 0)
        .decimal()
        .quo(&num(a, 1).decimal())
        .map_err(|e| CallError::fatal(e.to_string()))?;
    truth(q.to_integer().is_some())
}

fn exact_pow(base: &Num, exp: i64) -> CallResult {
    if exp.unsigned_abs() > 100_000 {
        return Err(CallError::budget("exponent too large"));
    }
    let mut out = Decimal::from(1);
    for _ in 0..exp.unsigned_abs() {
        out = out.mul(&base.decimal()).map_err(|e| CallError::fatal(e.to_string()))?;
    }
    if exp < 0 {
        out = Decimal::from(1).quo(&out).map_err(|e| CallError::fatal(e.to_string()))?;
    }
    let d = out;
    Ok(Data::Num(match d.to_integer().filter(|_| d.exponent() >= 0) {
        Some(v) => Num::big_int(Decimal::new(d.is_negative(), v, 0)),
        None => Num::float(d),
    }))
}

fn pow(a: &[Data]) -> CallResult {
    match num(a, 1).to_i64().filter(|_| num(a, 1).is_int()) {
        Some(e) if e >= 0 => exact_pow(&num(a, 0), e),
        _ => float(f(a, 0).powf(f(a, 1))),
    }
}

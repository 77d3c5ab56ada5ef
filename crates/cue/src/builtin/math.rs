//! `math`: rounding and exact arithmetic on decimals, elementary functions in binary floating point.

mod float;
mod precise;

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One as _, Signed as _, ToPrimitive as _, Zero as _};

use super::args::*;
use super::bits::big_at;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;
use crate::num::{Decimal, MAX_EXPONENT, Num};

const N: Kind = Kind::NUMBER;
const I: Kind = Kind::INT;

/// A function of one number in floating point.
macro_rules! float {
    ($name:literal, $a:ident => $value:expr) => {
        data($name, &[NUM], N, |$a| real_of($a, || $value))
    };
}

/// A function of two.
macro_rules! float2 {
    ($name:literal, $a:ident => $value:expr) => {
        data($name, &[NUM, NUM], N, |$a| real_of($a, || $value))
    };
}

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
            decimal(if n.is_negative() { n.negated() } else { n }.decimal().into_owned())
        }),
        float!("Acosh", a => float::acosh(f(a, 0))),
        float!("Asin", a => float::asin(f(a, 0))),
        float!("Acos", a => float::acos(f(a, 0))),
        float!("Asinh", a => float::asinh(f(a, 0))),
        float!("Atan", a => float::atan(f(a, 0))),
        float2!("Atan2", a => float::atan2(f(a, 0), f(a, 1))),
        float!("Atanh", a => libm::atanh(f(a, 0))),
        data("Cbrt", &[NUM], N, |a| precise(precise::cbrt(&num(a, 0).decimal()))),
        data("Copysign", &[NUM, NUM], N, |a| {
            let (x, y) = (num(a, 0), num(a, 1));
            decimal(
                if x.is_negative() == y.is_negative() { x } else { x.negated() }
                    .decimal()
                    .into_owned(),
            )
        }),
        data("Dim", &[NUM, NUM], N, |a| {
            let d = num(a, 0).sub(&num(a, 1)).map_err(|e| CallError::fatal(e.to_string()))?;
            decimal(if d.is_negative() { Decimal::from(0) } else { d.decimal().into_owned() })
        }),
        float!("Erf", a => libm::erf(f(a, 0))),
        float!("Erfc", a => libm::erfc(f(a, 0))),
        float!("Erfinv", a => float::erfinv(f(a, 0))),
        float!("Erfcinv", a => float::erfinv(1.0 - f(a, 0))),
        data("Exp", &[NUM], N, |a| precise(precise::exp(&num(a, 0).decimal()))),
        data("Exp2", &[NUM], N, |a| precise(precise::pow(&Decimal::from(2), &num(a, 0).decimal()))),
        float!("Expm1", a => libm::expm1(f(a, 0))),
        float!("Gamma", a => float::gamma(f(a, 0))),
        float2!("Hypot", a => float::hypot(f(a, 0), f(a, 1))),
        float!("J0", a => libm::j0(f(a, 0))),
        float!("Y0", a => libm::y0(f(a, 0))),
        float!("J1", a => libm::j1(f(a, 0))),
        float!("Y1", a => libm::y1(f(a, 0))),
        data("Jn", &[INT, NUM], N, |a| real(libm::jn(order(a)?, f(a, 1)))),
        data("Yn", &[INT, NUM], N, |a| real(libm::yn(order(a)?, f(a, 1)))),
        data("Ldexp", &[NUM, INT], N, |a| {
            let exponent = int_at(a, 1)?.clamp(-5_000, 5_000) as i32;
            real(libm::ldexp(f(a, 0), exponent))
        }),
        data("Log", &[NUM], N, |a| precise(precise::ln(&num(a, 0).decimal()))),
        data("Log10", &[NUM], N, |a| precise(precise::log10(&num(a, 0).decimal()))),
        data("Log2", &[NUM], N, |a| precise(precise::log2(&num(a, 0).decimal()))),
        float!("Log1p", a => libm::log1p(f(a, 0))),
        float!("Logb", a => exponent_of(f(a, 0)).map_or(f64::NEG_INFINITY, f64::from)),
        data("Ilogb", &[NUM], I, |a| {
            int(exponent_of(f(a, 0)).map_or(i64::from(i32::MIN), i64::from))
        }),
        float2!("Mod", a => f(a, 0) % f(a, 1)),
        data("Pow", &[NUM, NUM], N, |a| {
            precise(precise::pow(&num(a, 0).decimal(), &num(a, 1).decimal()))
        }),
        data("Pow10", &[INT], N, |a| {
            let n = int_at(a, 0)?;
            if n.abs() > MAX_EXPONENT {
                return Err(CallError::budget("exponent too large"));
            }
            decimal(Decimal::new(false, 1u32.into(), n as i32))
        }),
        float2!("Remainder", a => libm::remainder(f(a, 0), f(a, 1))),
        data("Signbit", &[NUM], Kind::BOOL, |a| truth(num(a, 0).is_negative())),
        float!("Cos", a => float::cos(f(a, 0))),
        float!("Sin", a => float::sin(f(a, 0))),
        float!("Sinh", a => float::sinh(f(a, 0))),
        float!("Cosh", a => float::cosh(f(a, 0))),
        float!("Sqrt", a => f(a, 0).sqrt()),
        float!("Tan", a => float::tan(f(a, 0))),
        float!("Tanh", a => float::tanh(f(a, 0))),
        data("Jacobi", &[INT, INT], I, |a| {
            let (x, y) = (big_at(a, 0), big_at(a, 1));
            if y.is_even() {
                return Err(CallError::fatal(format!(
                    "big: invalid 2nd argument to Int.Jacobi: need odd integer but got {y}"
                )));
            }
            int(jacobi(x, y))
        }),
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

/// The result of a function of floating point numbers; arguments beyond those are refused.
fn real_of(a: &[Data], f: impl FnOnce() -> f64) -> CallResult {
    for (i, d) in a.iter().enumerate() {
        if matches!(d, Data::Num(n) if n.to_f64().is_infinite()) {
            let why = format!("cannot use {} as float64 in argument {i}", d.to_json());
            return Err(CallError::fatal(format!("{why}: value was rounded up")));
        }
    }
    real(f())
}

/// A floating point result: its shortest digits, without trailing zeros.
fn real(v: f64) -> CallResult {
    let n = Num::from_f64(v).ok_or_else(|| CallError::incomplete("result is not a number"))?;
    Ok(Data::Num(Num::float(n.decimal().stripped())))
}

/// A result of decimals.
fn precise(out: Result<Decimal, precise::Failed>) -> CallResult {
    match out {
        Ok(d) => decimal(d),
        Err(precise::Failed::Invalid) => Err(CallError::fatal("invalid operation")),
        Err(precise::Failed::Infinite) => Err(CallError::incomplete("result is infinite")),
        Err(precise::Failed::Range) => Err(CallError::fatal("exponent out of range")),
    }
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

/// The order of a Bessel function.
fn order(a: &[Data]) -> Result<i32, CallError> {
    let n = int_at(a, 0)?;
    match i32::try_from(n) {
        Ok(n) if n.abs() <= 100_000 => Ok(n),
        _ => Err(CallError::budget("order too large")),
    }
}

/// The power of two a number begins with; None for zero.
fn exponent_of(v: f64) -> Option<i32> {
    (v != 0.0).then(|| libm::ilogb(v))
}

/// The Jacobi symbol; `y` is odd.
fn jacobi(x: BigInt, y: BigInt) -> i64 {
    let (mut a, mut b, mut sign) = (x, y, 1);
    if b.is_negative() {
        if a.is_negative() {
            sign = -1;
        }
        b = -b;
    }
    loop {
        if b.is_one() {
            return sign;
        }
        if a.is_zero() {
            return 0;
        }
        a = a.mod_floor(&b);
        if a.is_zero() {
            return 0;
        }
        let twos = a.trailing_zeros().unwrap_or(0);
        let low = |v: &BigInt, mask: u32| (v & BigInt::from(mask)).to_u32().unwrap_or(0);
        if twos % 2 == 1 && matches!(low(&b, 7), 3 | 5) {
            sign = -sign;
        }
        let c = a >> twos;
        if low(&b, 3) == 3 && low(&c, 3) == 3 {
            sign = -sign;
        }
        (a, b) = (b, c);
    }
}

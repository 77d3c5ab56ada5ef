//! Elementary functions in binary floating point.
//!
//! The last digit is part of a result, so these are the approximations that the reference's runtime uses (those of
//! the Cephes library and of Hart & Cheney), not whatever the platform has.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, PI, SQRT_2};

/// Arguments of trigonometric functions from which a simple reduction loses too much.
const LARGE: f64 = 536_870_912.0;

/// A polynomial, the highest power first.
fn poly(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().skip(1).fold(coefficients[0], |sum, c| sum * x + c)
}

/// The exponential: the argument less multiples of ln 2, a short series, four squarings (N. Shibata's method).
pub(super) fn exp(x: f64) -> f64 {
    const LN_2_HIGH: f64 = 0.693_147_180_559_663;
    const LN_2_LOW: f64 = 2.823_529_056_303_157_7e-13;
    const SERIES: [f64; 7] = [
        1.984_126_984_126_984e-4,
        1.388_888_888_888_889e-3,
        8.333_333_333_333_333e-3,
        4.166_666_666_666_666_4e-2,
        1.666_666_666_666_666_6e-1,
        0.5,
        1.0,
    ];
    if x.is_nan() || x > 7.097_827_128_933_84e2 {
        return x + f64::INFINITY;
    }
    if x < -746.0 {
        return 0.0;
    }
    let n = (x * std::f64::consts::LOG2_E).round_ties_even();
    let r = (-LN_2_LOW).mul_add(n, (-LN_2_HIGH).mul_add(n, x)) * 0.0625;
    let series = SERIES.iter().fold(2.480_158_730_158_73e-5, |t: f64, c| t.mul_add(r, *c));
    let mut y = r * series;
    for _ in 0..3 {
        y *= y + 2.0;
    }
    libm::ldexp((y + 2.0).mul_add(y, 1.0), n as i32)
}

/// A positive number to a power, the whole part by squaring.
fn pow(x: f64, y: f64) -> f64 {
    let (mut whole, mut rest) = (y.abs().trunc(), y.abs().fract());
    let mut out = 1.0;
    if rest != 0.0 {
        if rest > 0.5 {
            rest -= 1.0;
            whole += 1.0;
        }
        out = exp(rest * libm::log(x));
    }
    let (mut base, mut exponent) = libm::frexp(x);
    let mut power = 0;
    let mut left = whole as u64;
    while left != 0 && exponent.abs() <= 1 << 12 {
        if left & 1 == 1 {
            out *= base;
            power += exponent;
        }
        base *= base;
        exponent <<= 1;
        if base < 0.5 {
            base += base;
            exponent -= 1;
        }
        left >>= 1;
    }
    if y < 0.0 { libm::ldexp(1.0 / out, -power) } else { libm::ldexp(out, power) }
}

/// The octant of an angle, made even, and the rest.
fn reduce(x: f64) -> (u64, f64) {
    const PARTS: [f64; 3] =
        [7.853_981_256_484_985e-1, 3.774_894_707_930_798e-8, 2.695_151_429_079_059_5e-15];
    let mut octant = (x * (4.0 / PI)) as u64;
    octant += octant & 1;
    let y = octant as f64;
    (octant, ((x - y * PARTS[0]) - y * PARTS[1]) - y * PARTS[2])
}

fn sine_series(z: f64) -> f64 {
    const C: [f64; 6] = [
        1.589_623_015_765_465_6e-10,
        -2.505_074_776_285_780_7e-8,
        2.755_731_362_138_572_2e-6,
        -1.984_126_982_958_954e-4,
        8.333_333_333_322_118e-3,
        -1.666_666_666_666_663e-1,
    ];
    let zz = z * z;
    z + z * zz * poly(zz, &C)
}

fn cosine_series(z: f64) -> f64 {
    const C: [f64; 6] = [
        -1.135_853_652_138_768_2e-11,
        2.087_570_084_197_473e-9,
        -2.755_731_417_929_674e-7,
        2.480_158_728_885_170_4e-5,
        -1.388_888_888_887_305_6e-3,
        4.166_666_666_666_659_5e-2,
    ];
    let zz = z * z;
    1.0 - 0.5 * zz + zz * zz * poly(zz, &C)
}

pub(super) fn sin(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() || x.abs() >= LARGE {
        return libm::sin(x);
    }
    let (octant, z) = reduce(x.abs());
    let octant = octant & 7;
    let negative = (x < 0.0) != (octant > 3);
    let y = if matches!(octant & 3, 1 | 2) { cosine_series(z) } else { sine_series(z) };
    if negative { -y } else { y }
}

pub(super) fn cos(x: f64) -> f64 {
    if !x.is_finite() || x.abs() >= LARGE {
        return libm::cos(x);
    }
    let (octant, z) = reduce(x.abs());
    let octant = octant & 7;
    let half = octant & 3;
    let negative = (octant > 3) != (half > 1);
    let y = if matches!(half, 1 | 2) { sine_series(z) } else { cosine_series(z) };
    if negative { -y } else { y }
}

pub(super) fn tan(x: f64) -> f64 {
    const P: [f64; 3] =
        [-1.309_369_391_813_837_9e4, 1.153_516_648_385_874_2e6, -1.795_652_519_764_848_8e7];
    const Q: [f64; 5] = [
        1.0,
        1.368_129_634_706_929_6e4,
        -1.320_892_344_402_109_7e6,
        2.500_838_018_233_579e7,
        -5.386_957_559_294_546_4e7,
    ];
    if x == 0.0 || !x.is_finite() || x.abs() >= LARGE {
        return libm::tan(x);
    }
    let (octant, z) = reduce(x.abs());
    let zz = z * z;
    let y = if zz > 1e-14 { z + z * (zz * poly(zz, &P) / poly(zz, &Q)) } else { z };
    let y = if octant & 2 == 2 { -1.0 / y } else { y };
    if x < 0.0 { -y } else { y }
}

fn atan_small(x: f64) -> f64 {
    const P: [f64; 5] = [
        -8.750_608_600_031_904e-1,
        -1.615_753_718_733_365_2e1,
        -7.500_855_792_314_705e1,
        -1.228_866_684_490_136_1e2,
        -6.485_021_904_942_025e1,
    ];
    const Q: [f64; 6] = [
        1.0,
        2.485_846_490_142_306_2e1,
        1.650_270_098_316_988_5e2,
        4.328_810_604_912_902_7e2,
        4.853_903_996_359_137e2,
        1.945_506_571_482_614e2,
    ];
    let z = x * x;
    x * (z * poly(z, &P) / poly(z, &Q)) + x
}

fn atan_positive(x: f64) -> f64 {
    const MORE_BITS: f64 = 6.123_233_995_736_766e-17;
    const TAN_3_PI_8: f64 = 2.414_213_562_373_095;
    if x <= 0.66 {
        atan_small(x)
    } else if x > TAN_3_PI_8 {
        FRAC_PI_2 - atan_small(1.0 / x) + MORE_BITS
    } else {
        FRAC_PI_4 + atan_small((x - 1.0) / (x + 1.0)) + 0.5 * MORE_BITS
    }
}

pub(super) fn atan(x: f64) -> f64 {
    if x == 0.0 {
        x
    } else if x > 0.0 {
        atan_positive(x)
    } else {
        -atan_positive(-x)
    }
}

pub(super) fn atan2(y: f64, x: f64) -> f64 {
    if y == 0.0 || x == 0.0 || !x.is_finite() || !y.is_finite() {
        return libm::atan2(y, x);
    }
    let q = atan(y / x);
    match (x < 0.0, q <= 0.0) {
        (true, true) => q + PI,
        (true, false) => q - PI,
        (false, _) => q,
    }
}

pub(super) fn asin(x: f64) -> f64 {
    let abs = x.abs();
    if x == 0.0 {
        return x;
    }
    if abs.is_nan() || abs > 1.0 {
        return f64::NAN;
    }
    let rest = (1.0 - abs * abs).sqrt();
    let y =
        if abs > 0.7 { FRAC_PI_2 - atan_positive(rest / abs) } else { atan_positive(abs / rest) };
    if x < 0.0 { -y } else { y }
}

pub(super) fn acos(x: f64) -> f64 {
    FRAC_PI_2 - asin(x)
}

pub(super) fn sinh(x: f64) -> f64 {
    const P: [f64; 4] = [
        -2.630_563_213_397_497e1,
        -2.894_211_355_989_564e3,
        -8.991_272_022_039_509e4,
        -6.307_673_640_497_717e5,
    ];
    const Q: [f64; 4] =
        [1.0, -1.736_789_535_582_337e2, 1.521_517_378_790_019e4, -6.307_673_640_497_717e5];
    let abs = x.abs();
    let y = if abs > 21.0 {
        exp(abs) * 0.5
    } else if abs > 0.5 {
        let e = exp(abs);
        (e - 1.0 / e) * 0.5
    } else {
        let sq = abs * abs;
        poly(sq, &P) * abs / poly(sq, &Q)
    };
    if x < 0.0 { -y } else { y }
}

pub(super) fn cosh(x: f64) -> f64 {
    let e = exp(x.abs());
    if x.abs() > 21.0 { e * 0.5 } else { (e + 1.0 / e) * 0.5 }
}

pub(super) fn tanh(x: f64) -> f64 {
    const MAX_LOG: f64 = 8.802_969_193_111_305e1;
    const P: [f64; 3] =
        [-9.643_991_794_250_523e-1, -9.928_772_310_019_185e1, -1.614_687_684_417_084_5e3];
    const Q: [f64; 4] =
        [1.0, 1.128_116_784_916_329_3e2, 2.235_488_390_601_004_5e3, 4.844_063_053_251_255e3];
    let abs = x.abs();
    if abs > 0.5 * MAX_LOG {
        return 1f64.copysign(x);
    }
    if abs >= 0.625 {
        let s = exp(2.0 * abs);
        return (1.0 - 2.0 / (s + 1.0)).copysign(x);
    }
    let s = x * x;
    if x == 0.0 { x } else { x + x * s * poly(s, &P) / poly(s, &Q) }
}

pub(super) fn acosh(x: f64) -> f64 {
    const LARGE: f64 = 268_435_456.0;
    if x.is_nan() || x < 1.0 {
        f64::NAN
    } else if x >= LARGE {
        libm::log(x) + LN_2
    } else if x > 2.0 {
        libm::log(2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt()))
    } else {
        let t = x - 1.0;
        libm::log1p(t + (2.0 * t + t * t).sqrt())
    }
}

pub(super) fn asinh(x: f64) -> f64 {
    const LARGE: f64 = 268_435_456.0;
    let abs = x.abs();
    let y = if abs > LARGE {
        libm::log(abs) + LN_2
    } else if abs > 2.0 {
        libm::log(2.0 * abs + 1.0 / ((abs * abs + 1.0).sqrt() + abs))
    } else if abs < 1.0 / LARGE {
        abs
    } else {
        libm::log1p(abs + abs * abs / (1.0 + (1.0 + abs * abs).sqrt()))
    };
    y.copysign(x)
}

pub(super) fn hypot(p: f64, q: f64) -> f64 {
    let (p, q) = if p.abs() < q.abs() { (q.abs(), p.abs()) } else { (p.abs(), q.abs()) };
    if p == 0.0 {
        return 0.0;
    }
    let q = q / p;
    p * (1.0 + q * q).sqrt()
}

/// The gamma function for large arguments, as two factors.
fn stirling(x: f64) -> (f64, f64) {
    const SQRT_TWO_PI: f64 = 2.506_628_274_631_000_7;
    const S: [f64; 5] = [
        7.873_113_957_930_937e-4,
        -2.295_499_616_133_781_3e-4,
        -2.681_326_178_057_812_4e-3,
        3.472_222_216_054_586_6e-3,
        8.333_333_333_334_822e-2,
    ];
    if x > 200.0 {
        return (f64::INFINITY, 1.0);
    }
    let w = 1.0 / x;
    let w = 1.0 + w * poly(w, &S);
    let e = exp(x);
    if x > 1.430_160_8e2 {
        let v = pow(x, 0.5 * x - 0.25);
        return (v, SQRT_TWO_PI * w * (v / e));
    }
    (pow(x, x - 0.5) / e, SQRT_TWO_PI * w)
}

pub(super) fn gamma(x: f64) -> f64 {
    const EULER: f64 = 5.772_156_649_015_329e-1;
    const P: [f64; 7] = [
        1.601_195_224_767_518_5e-4,
        1.191_351_470_065_863_8e-3,
        1.042_137_975_617_615_8e-2,
        4.763_678_004_571_372e-2,
        2.074_482_276_484_359_8e-1,
        4.942_148_268_014_971e-1,
        1.0,
    ];
    const Q: [f64; 8] = [
        -2.315_818_733_241_201_4e-5,
        5.396_055_804_933_034e-4,
        -4.456_419_138_517_973e-3,
        1.181_397_852_220_604_3e-2,
        3.582_363_986_054_986_5e-2,
        -2.345_917_957_182_433_5e-1,
        7.143_049_170_302_73e-2,
        1.0,
    ];
    if x.is_nan() || x == f64::NEG_INFINITY || (x < 0.0 && x.fract() == 0.0) {
        return f64::NAN;
    }
    if x == 0.0 || x == f64::INFINITY {
        return 1.0 / x.abs().recip().recip().copysign(x);
    }
    if x.abs() > 33.0 {
        return large_gamma(x);
    }
    let (mut x, mut z) = (x, 1.0);
    let small = |z: f64, x: f64| z / ((1.0 + EULER * x) * x);
    while x >= 3.0 {
        x -= 1.0;
        z *= x;
    }
    while x < 0.0 {
        if x > -1e-9 {
            return small(z, x);
        }
        z /= x;
        x += 1.0;
    }
    while x < 2.0 {
        if x < 1e-9 {
            return small(z, x);
        }
        z /= x;
        x += 1.0;
    }
    if x == 2.0 {
        return z;
    }
    x -= 2.0;
    z * poly(x, &P) / poly(x, &Q)
}

fn large_gamma(x: f64) -> f64 {
    if x >= 0.0 {
        let (a, b) = stirling(x);
        return a * b;
    }
    let q = x.abs();
    let floor = q.floor();
    let sign = if floor % 2.0 == 0.0 { -1.0 } else { 1.0 };
    let rest = if q - floor > 0.5 { q - (floor + 1.0) } else { q - floor };
    let z = (q * sin(PI * rest)).abs();
    if z == 0.0 {
        return f64::INFINITY.copysign(sign);
    }
    let (a, b) = stirling(q);
    let d = z * a * b;
    sign * if d.is_infinite() { PI / z / a / b } else { PI / d }
}

/// The inverse of the error function.
pub(super) fn erfinv(x: f64) -> f64 {
    const A: [f64; 8] = [
        8.870_940_696_254_552e2,
        1.181_949_334_706_229_5e4,
        2.378_204_138_211_438_5e4,
        1.623_586_251_516_757_5e4,
        4.854_886_889_384_388e3,
        6.970_626_653_438_96e2,
        4.707_268_811_238_398e1,
        1.197_532_311_567_091_3,
    ];
    const B: [f64; 8] = [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ];
    const C: [f64; 8] = [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ];
    const D: [f64; 8] = [
        1.485_985_001_984_035_5e-9,
        7.744_145_906_515_771e-4,
        2.149_416_038_425_287_8e-2,
        2.094_506_521_051_275e-1,
        9.754_783_200_178_743e-1,
        2.370_766_162_602_453_4,
        2.903_651_444_541_994_8,
        SQRT_2,
    ];
    const E: [f64; 8] = [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ];
    const F: [f64; 8] = [
        2.891_024_605_872_965_5e-15,
        2.010_321_207_683_943e-7,
        2.611_088_405_080_593_5e-5,
        1.112_800_997_078_859_7e-3,
        2.103_693_768_272_069e-2,
        1.936_480_946_950_659_1e-1,
        8.482_908_416_595_164e-1,
        SQRT_2,
    ];
    let abs = x.abs();
    if abs.is_nan() || abs > 1.0 {
        return f64::NAN;
    }
    if abs == 1.0 {
        return f64::INFINITY.copysign(x);
    }
    let y = if abs <= 0.85 {
        let r = 0.180_625 - 0.25 * abs * abs;
        abs * poly(r, &A) / poly(r, &B)
    } else {
        let r = (LN_2 - libm::log(1.0 - abs)).sqrt();
        if r <= 5.0 {
            poly(r - 1.6, &C) / poly(r - 1.6, &D)
        } else {
            poly(r - 5.0, &E) / poly(r - 5.0, &F)
        }
    };
    if x < 0.0 { -y } else { y }
}

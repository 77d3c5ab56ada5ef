//! Kubernetes quantities: `500m`, `1.5Gi`, `2e3`, and the one way each is written back.
//!
//! Invariant: `parse(canonical(q)) == q`; values finer than a nano are rounded up, as upstream does.

use std::cmp::Ordering;
use std::fmt;

/// Nanos that one unit holds.
const NANO: i128 = 1_000_000_000;

const BINARY: &[(&str, i128)] = &[
    ("Ei", 1 << 60),
    ("Pi", 1 << 50),
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
];

/// Decimal suffixes with their nanos, largest first.
const DECIMAL: &[(&str, i128)] = &[
    ("E", 1_000_000_000_000_000_000 * NANO),
    ("P", 1_000_000_000_000_000 * NANO),
    ("T", 1_000_000_000_000 * NANO),
    ("G", 1_000_000_000 * NANO),
    ("M", 1_000_000 * NANO),
    ("k", 1_000 * NANO),
    ("", NANO),
    ("m", NANO / 1_000),
    ("u", NANO / 1_000_000),
    ("n", 1),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Binary,
    Decimal,
    Exponent,
}

/// An amount with the notation it is written in.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

impl Quantity {
    /// Reads a quantity; none when the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (scale, format) = scale(suffix)?;
        let nanos = scaled(number, scale)?;
        Some(Self { nanos: if negative { -nanos } else { nanos }, format })
    }

    /// The amount in thousandths, rounded up.
    pub fn millis(&self) -> i64 {
        i64::try_from(ceil_div(self.nanos, NANO / 1000)).unwrap_or(i64::MAX)
    }

    /// The amount in whole units, rounded up.
    pub fn value(&self) -> i64 {
        i64::try_from(ceil_div(self.nanos, NANO)).unwrap_or(i64::MAX)
    }
}

fn ceil_div(a: i128, b: i128) -> i128 {
    a.div_euclid(b) + i128::from(a.rem_euclid(b) != 0)
}

/// Nanos of one unit of a suffix.
fn scale(suffix: &str) -> Option<(i128, Format)> {
    if let Some((_, factor)) = BINARY.iter().find(|(s, _)| *s == suffix) {
        return Some((factor * NANO, Format::Binary));
    }
    if let Some((_, nanos)) = DECIMAL.iter().find(|(s, _)| *s == suffix) {
        return Some((*nanos, Format::Decimal));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let nanos = match exponent {
        -9..=18 => 10_i128.pow(u32::try_from(exponent + 9).ok()?),
        _ => return None,
    };
    Some((nanos, Format::Exponent))
}

/// `number` times `scale`, rounded up to a nano.
fn scaled(number: &str, scale: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || number.len() > 30 {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let value: i128 = digits.parse().ok()?;
    let divisor = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    value.checked_mul(scale).map(|product| ceil_div(product, divisor)).or_else(|| {
        let whole = whole.parse::<i128>().unwrap_or(0).checked_mul(scale)?;
        Some(whole)
    })
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let binary_fits = self.nanos % NANO == 0 && self.nanos.abs() >= 1024 * NANO;
        match self.format {
            Format::Binary if binary_fits => self.write_binary(f),
            Format::Exponent => self.write_exponent(f),
            Format::Binary | Format::Decimal => self.write_decimal(f),
        }
    }
}

impl Quantity {
    fn write_binary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.nanos / NANO;
        match BINARY.iter().find(|(_, factor)| units % factor == 0) {
            Some((suffix, factor)) => write!(f, "{}{suffix}", units / factor),
            None => write!(f, "{units}"),
        }
    }

    fn write_decimal(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DECIMAL.iter().find(|(_, nanos)| self.nanos % nanos == 0) {
            Some((suffix, nanos)) => write!(f, "{}{suffix}", self.nanos / nanos),
            None => write!(f, "{}n", self.nanos),
        }
    }

    fn write_exponent(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = (-3..=6).rev().map(|i| i * 3).find(|exponent: &i32| {
            u32::try_from(exponent + 9).is_ok_and(|power| self.nanos % 10_i128.pow(power) == 0)
        });
        match step {
            Some(0) => write!(f, "{}", self.nanos / NANO),
            Some(exponent) => {
                let power = u32::try_from(exponent + 9).unwrap_or_default();
                write!(f, "{}e{exponent}", self.nanos / 10_i128.pow(power))
            }
            None => write!(f, "{}e-9", self.nanos),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_canonically() {
        for (given, expected) in [
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("100m", "100m"),
            ("0", "0"),
            ("128974848", "128974848"),
            ("129e6", "129e6"),
            ("129M", "129M"),
            ("1000k", "1M"),
            ("0.0001", "100u"),
            ("512Ki", "512Ki"),
            ("0.5Mi", "512Ki"),
            ("512", "512"),
            ("-1.5", "-1500m"),
            ("1e3", "1e3"),
        ] {
            let quantity = Quantity::parse(given).expect(given);
            assert_eq!(quantity.to_string(), expected, "{given}");
            assert_eq!(Quantity::parse(expected), Some(quantity), "{given}");
        }
        for bad in ["", "1x", "abc", "1.2.3", "m", "1 Gi"] {
            assert!(Quantity::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn whole_and_milli_values_round_up() {
        let quantity = Quantity::parse("1500u").expect("quantity");
        assert_eq!((quantity.millis(), quantity.value()), (2, 1));
    }
}

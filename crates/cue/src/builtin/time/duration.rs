//! Durations: `1h2m3.5s`, and the nanoseconds they are.

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Nanoseconds of a duration.
pub(super) fn parse(s: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {s:?}");
    let (negative, mut rest) = match s.strip_prefix(['-', '+']) {
        Some(rest) => (s.starts_with('-'), rest),
        None => (false, s),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let whole = digits(rest);
        rest = &rest[whole.len()..];
        let mut fraction = "";
        let point = rest.strip_prefix('.');
        if let Some(after) = point {
            fraction = digits(after);
            rest = &after[fraction.len()..];
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        if name.is_empty() {
            return Err(format!("time: missing unit in duration {s:?}"));
        }
        let Some((_, unit)) = UNITS.iter().find(|(n, _)| *n == name) else {
            return Err(format!("time: unknown unit {name:?} in duration {s:?}"));
        };
        let part = amount(whole, fraction, *unit).ok_or_else(invalid)?;
        total = total.checked_add(part).filter(|t| *t <= 1 << 63).ok_or_else(invalid)?;
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn digits(s: &str) -> &str {
    &s[..s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len())]
}

fn amount(whole: &str, fraction: &str, unit: u64) -> Option<u64> {
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(unit)?;
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in fraction.bytes().map(|b| u64::from(b - b'0')) {
        // Digits that no longer fit cannot change the result.
        let Some(next) = value.checked_mul(10).and_then(|v| v.checked_add(digit)) else { break };
        value = next;
        scale *= 10.0;
    }
    if value > 0 {
        total = total.checked_add((value as f64 * (unit as f64 / scale)) as u64)?;
    }
    (total <= 1 << 63).then_some(total)
}

/// The text of a duration: the largest unit is hours, below a second the one that leaves a whole number in front.
pub(super) fn format(nanos: i64) -> String {
    let abs = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let text = match abs {
        0 => return "0s".to_owned(),
        n if n < 1_000 => format!("{n}ns"),
        n if n < 1_000_000 => with_fraction(n, 1_000) + "\u{b5}s",
        n if n < 1_000_000_000 => with_fraction(n, 1_000_000) + "ms",
        n => {
            let seconds = n / 1_000_000_000;
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let rest = with_fraction(n % 60_000_000_000, 1_000_000_000);
            match (hours, minutes) {
                (0, 0) => format!("{rest}s"),
                (0, m) => format!("{m}m{rest}s"),
                (h, m) => format!("{h}h{m}m{rest}s"),
            }
        }
    };
    sign.to_owned() + &text
}

fn with_fraction(n: u64, unit: u64) -> String {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", n % unit);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { (n / unit).to_string() } else { format!("{}.{fraction}", n / unit) }
}

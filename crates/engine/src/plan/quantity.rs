//! Amounts of resources, which a server writes in its own way: `0.5` comes back as `500m`.
//!
//! Source: `pkg/api/resource` of apimachinery.

use serde_json::Value;

/// Whether two values are the same amount.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    match (nanos(a), nanos(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// An amount in thousand-millionths; nothing when it is none, or too large to be compared.
fn nanos(value: &Value) -> Option<i128> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')));
    let (digits, suffix) = text.split_at(end.unwrap_or(text.len()));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() > 24 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let scaled: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (factor, exponent) = scale(suffix)?;
    let exponent = exponent + 9 - i32::try_from(fraction.len()).ok()?;
    let scaled = scaled.checked_mul(factor)?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    if exponent >= 0 { scaled.checked_mul(power) } else { Some(scaled / power) }
}

/// The factor and the power of ten of a suffix.
fn scale(suffix: &str) -> Option<(i128, i32)> {
    const DECIMAL: [(&str, i32); 9] = [
        ("n", -9),
        ("u", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
        ("P", 15),
    ];
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if let Some((_, power)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some((1, *power));
    }
    if let Some(at) = BINARY.iter().position(|known| *known == suffix) {
        return Some((1_i128 << (10 * (at + 1)), 0));
    }
    match suffix.strip_prefix(['e', 'E'])? {
        "" => Some((1, 18)),
        exponent => Some((1, exponent.parse().ok().filter(|e: &i32| e.abs() <= 18)?)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::same;

    fn check(a: Value, b: Value, expected: bool) {
        assert_eq!(same(&a, &b), expected, "{a} {b}");
    }

    #[test]
    fn amounts_are_compared_by_what_they_are() {
        check(json!("0.5"), json!("500m"), true);
        check(json!(1), json!("1000m"), true);
        check(json!("1Gi"), json!("1024Mi"), true);
        check(json!("1e3"), json!("1k"), true);
        check(json!("1E"), json!("1000P"), true);
        check(json!("0.5"), json!("501m"), false);
        check(json!("1G"), json!("1Gi"), false);
        for nonsense in ["", "x", "1x", ".", "1e99", "99999999999999999999999999"] {
            check(json!(nonsense), json!(nonsense), false);
        }
    }
}

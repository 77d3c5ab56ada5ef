//! Values that are an integer or a percentage, such as `maxSurge`.
//!
//! Pure arithmetic; what is rounded up and what down is the caller's to say.

use serde_json::Value;

/// The whole number of a value, which may be a number or its text.
pub fn int_value(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A number, or a percentage of `total` rounded up or down; none when it is neither.
pub fn scaled(value: &Value, total: i64, round_up: bool) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let percent: i64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    let product = percent.checked_mul(total)?;
    Some(if round_up { (product + 99).div_euclid(100) } else { product.div_euclid(100) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_scale() {
        for (value, total, up, expected) in [
            (Value::from("25%"), 3, true, Some(1)),
            (Value::from("25%"), 3, false, Some(0)),
            (Value::from("100%"), 4, true, Some(4)),
            (Value::from("0%"), 4, true, Some(0)),
            (Value::from(2), 4, true, Some(2)),
            (Value::from("2"), 4, true, None),
        ] {
            assert_eq!(scaled(&value, total, up), expected, "{value}");
        }
    }
}

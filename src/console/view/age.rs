//! How long ago, in at most four columns.

use jiff::Timestamp;

use crate::console::term::clean::Clean;

/// `42s`, `5m`, `3h`, `12d`, `3y`; nothing when the moment is not known.
#[must_use]
pub fn age(now: Timestamp, then: Option<Timestamp>) -> Clean {
    let Some(then) = then else { return Clean::default() };
    let seconds = (now.as_second() - then.as_second()).max(0);
    span(seconds)
}

/// A number of seconds in at most four columns.
#[must_use]
pub fn span(seconds: i64) -> Clean {
    let (number, unit) = match seconds {
        0..=119 => (seconds, "s"),
        120..=7_199 => (seconds / 60, "m"),
        7_200..=172_799 => (seconds / 3_600, "h"),
        172_800..=62_899_199 => (seconds / 86_400, "d"),
        _ => (seconds / 31_449_600, "y"),
    };
    crate::clean![&Clean::number(number), unit]
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_short() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (7200, "2h"),
            (172_800, "2d"),
            (62_899_200, "2y"),
        ] {
            assert_eq!(span(seconds).as_str(), text);
        }
    }
}

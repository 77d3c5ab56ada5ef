//! A point in time as Kubernetes writes it: RFC 3339 in UTC with second precision, or `null`.
//!
//! Invariant: what is written can be read back unchanged. Knows no clock; the caller says what time
//! it is.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time, or none. None is written as `null`, the way a zero time is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub Option<Timestamp>);

impl Time {
    /// The time that is not set.
    pub const ZERO: Self = Self(None);

    /// A set time, cut to whole seconds.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self(Timestamp::from_second(moment.as_second()).ok())
    }

    /// Whether no time is set.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_none()
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(moment) => write!(f, "{}", moment.strftime("%Y-%m-%dT%H:%M:%SZ")),
            None => Ok(()),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(_) => serializer.collect_str(self),
            None => serializer.serialize_none(),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        if text.is_empty() {
            return Ok(Self::ZERO);
        }
        text.parse().map(|moment| Self(Some(moment))).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn times_keep_their_text_and_zero_is_null() {
        for text in ["null", r#""2024-05-01T10:20:30Z""#] {
            let time: Time = serde_json::from_str(text).expect(text);
            assert_eq!(serde_json::to_string(&time).expect(text), text);
        }
        assert!(serde_json::from_str::<Time>(r#""yesterday""#).is_err());
    }
}

//! The elements of field paths, in the order and spelling of `fieldsV1`.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value};

/// A scalar inside a path: the value of a key, or an item of a set.
#[derive(Clone, Debug)]
pub(crate) enum Scalar {
    Int(i64),
    Float(f64),
    Text(String),
    Bool(bool),
    /// Anything else, as its JSON text.
    Json(String),
}

impl Scalar {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.clone()),
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(i), _) => Self::Int(i),
                (None, Some(f)) => Self::Float(f),
                (None, None) => Self::Json(n.to_string()),
            },
            other => Self::Json(other.to_string()),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Int(i) => Value::from(*i),
            Self::Float(f) => Value::from(*f),
            Self::Text(text) => Value::from(text.clone()),
            Self::Bool(b) => Value::from(*b),
            Self::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Int(_) | Self::Float(_) => 0,
            Self::Text(_) => 1,
            Self::Bool(_) => 2,
            Self::Json(_) => 3,
        }
    }
}

impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Int(a), Self::Float(b)) => (*a as f64).total_cmp(b),
            (Self::Float(a), Self::Int(b)) => a.total_cmp(&(*b as f64)),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scalar {}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    /// A field of an object.
    Field(String),
    /// An item of a list whose items are told apart by keys, sorted by name.
    Key(Vec<(String, Scalar)>),
    /// An item of a set.
    Value(Scalar),
    /// An item by its position.
    Index(i64),
}

impl Element {
    /// Reads the spelling of `fieldsV1`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self::Field(rest.to_owned())),
            "v" => Some(Self::Value(Scalar::of(&serde_json::from_str(rest).ok()?))),
            "i" => rest.parse().ok().map(Self::Index),
            "k" => {
                let map: Map<String, Value> = serde_json::from_str(rest).ok()?;
                let mut keys: Vec<(String, Scalar)> =
                    map.iter().map(|(k, v)| (k.clone(), Scalar::of(v))).collect();
                keys.sort();
                Some(Self::Key(keys))
            }
            _ => None,
        }
    }

    /// The spelling of `fieldsV1`.
    pub(crate) fn spell(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Value(value) => format!("v:{}", value.to_json()),
            Self::Index(i) => format!("i:{i}"),
            Self::Key(keys) => {
                let map: Map<String, Value> =
                    keys.iter().map(|(k, v)| (k.clone(), v.to_json())).collect();
                format!("k:{}", Value::Object(map))
            }
        }
    }
}

/// How messages print a step.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Value(value) => write!(f, "[={}]", value.to_json()),
            Self::Index(i) => write!(f, "[{i}]"),
            Self::Key(keys) => {
                let parts: Vec<String> =
                    keys.iter().map(|(k, v)| format!("{k}={}", v.to_json())).collect();
                write!(f, "[{}]", parts.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_round_trips() {
        let texts =
            ["f:spec", "k:{\"containerPort\":80,\"protocol\":\"TCP\"}", "v:\"x\"", "v:1", "i:3"];
        for text in texts {
            assert_eq!(Element::parse(text).unwrap().spell(), text);
        }
        assert!(Element::parse("x:1").is_none() && Element::parse("k:[").is_none());
        let key = Element::parse("k:{\"name\":\"a\"}").unwrap();
        assert_eq!(key.to_string(), "[name=\"a\"]");
    }
}

//! What a CustomResourceDefinition says about one served version.

use jiff::Timestamp;
use serde_json::Value;

use crate::api::table::{JsonPath, age};

/// A printer column of a custom resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) format: String,
    pub(crate) description: String,
    pub(crate) priority: i64,
    pub(crate) path: JsonPath,
}

impl Column {
    /// The cell of an object.
    pub(crate) fn cell(&self, object: &Value, now: Timestamp) -> Value {
        let Some(value) = self.path.first(object) else { return Value::Null };
        match (self.kind.as_str(), value) {
            (_, Value::Null) => Value::Null,
            ("date", Value::String(time)) => Value::String(age(time, now)),
            ("string", Value::String(text)) => Value::String(text.clone()),
            ("string", other) => Value::String(other.to_string()),
            ("integer", Value::Number(n)) => n.as_i64().map_or(Value::Null, Value::from),
            ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => value.clone(),
            _ => Value::Null,
        }
    }
}

/// One served version of a custom resource.
#[derive(Clone, Debug)]
pub(crate) struct CustomVersion {
    pub(crate) columns: Vec<Column>,
    /// Dotted paths that field selectors may name.
    pub(crate) selectable: Vec<String>,
}

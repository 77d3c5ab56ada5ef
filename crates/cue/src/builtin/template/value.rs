//! Values of a template as Go's reflection sees decoded data: nothing, or data.

use std::sync::Arc;

use crate::data::Data;
use crate::num::Num;

/// A value; None is Go's invalid value, which a missing key and a null give.
pub(super) type Value = Option<Data>;

/// Whether a value counts as true: not empty, not zero.
pub(super) fn is_true(v: &Value) -> bool {
    match v {
        None | Some(Data::Null) => false,
        Some(Data::Bool(b)) => *b,
        Some(Data::Num(n)) => n.to_f64() != 0.0,
        Some(Data::Str(s)) => !s.is_empty(),
        Some(Data::Bytes(b)) => !b.is_empty(),
        Some(Data::List(l)) => !l.is_empty(),
        Some(Data::Struct(s)) => !s.is_empty(),
    }
}

/// Go's name of a value's type.
pub(super) fn type_name(v: &Value) -> &'static str {
    match v {
        None | Some(Data::Null) => "<nil>",
        Some(Data::Bool(_)) => "bool",
        Some(Data::Num(n)) if !n.is_int() => "float64",
        Some(Data::Num(n)) if n.to_i64().is_none() => "*big.Int",
        Some(Data::Num(_)) => "int64",
        Some(Data::Str(_)) => "string",
        Some(Data::Bytes(_)) => "[]uint8",
        Some(Data::List(_)) => "[]interface {}",
        Some(Data::Struct(_)) => "map[string]interface {}",
    }
}

/// The fields of a struct sorted by name, as maps are walked.
pub(super) fn sorted(fields: &[(Arc<str>, Data)]) -> Vec<(Arc<str>, Data)> {
    let mut all = fields.to_vec();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// An int, as a value.
pub(super) fn int(i: usize) -> Value {
    Some(Data::Num(Num::int(i as i64)))
}

/// Digs a null out of what a pipeline found.
pub(super) fn settled(v: Value) -> Value {
    v.filter(|d| !matches!(d, Data::Null))
}

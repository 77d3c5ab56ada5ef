//! Reading arguments and describing functions, shared by all packages.
//!
//! The kinds of arguments were checked by the evaluator; readers fall back to a neutral value where they cannot.

use std::sync::Arc;

use crate::data::Data;
use crate::func::{Body, CallError, CallResult, Function, Param};
use crate::kind::Kind;

pub(super) const STR: Param = Param::Data(Kind::STRING);
pub(super) const INT: Param = Param::Data(Kind::INT);
pub(super) const NUM: Param = Param::Data(Kind::NUMBER);
pub(super) const BOOL: Param = Param::Data(Kind::BOOL);
pub(super) const LIST: Param = Param::Data(Kind::LIST);
pub(super) const STRINGS: Param = Param::Elems(Kind::STRING);
pub(super) const NUMBERS: Param = Param::Elems(Kind::NUMBER);
pub(super) const TOP: Param = Param::Data(Kind::TOP);
pub(super) const TEXT: Param = Param::Data(Kind(Kind::STRING.0 | Kind::BYTES.0));

/// A function over data.
pub(super) const fn data(
    name: &'static str,
    params: &'static [Param],
    result: Kind,
    body: fn(&[Data]) -> CallResult,
) -> Function {
    Function { name, params, result, body: Body::Data(body) }
}

pub(super) fn str_at(args: &[Data], i: usize) -> &str {
    args.get(i).and_then(Data::as_str).unwrap_or("")
}

/// The octets of a string or of bytes.
pub(super) fn octets(args: &[Data], i: usize) -> &[u8] {
    match args.get(i) {
        Some(Data::Str(s)) => s.as_bytes(),
        Some(Data::Bytes(b)) => b,
        _ => &[],
    }
}

/// An int argument of 64 bits.
pub(super) fn int_at(args: &[Data], i: usize) -> Result<i64, CallError> {
    match args.get(i) {
        Some(Data::Num(n)) => {
            n.to_i64().ok_or_else(|| CallError::fatal(format!("int {n} overflows int64")))
        }
        _ => Ok(0),
    }
}

pub(super) fn items(args: &[Data], i: usize) -> &[Data] {
    match args.get(i) {
        Some(Data::List(l)) => l,
        _ => &[],
    }
}

/// A list of strings.
pub(super) fn strings(args: &[Data], i: usize) -> Vec<Arc<str>> {
    let text = |d: &Data| match d {
        Data::Str(s) => Some(s.clone()),
        _ => None,
    };
    items(args, i).iter().filter_map(text).collect()
}

pub(super) fn text(s: impl Into<Arc<str>>) -> CallResult {
    Ok(Data::Str(s.into()))
}

pub(super) fn int(i: i64) -> CallResult {
    Ok(Data::int(i))
}

pub(super) fn truth(b: bool) -> CallResult {
    Ok(Data::Bool(b))
}

pub(super) fn texts<S: Into<Arc<str>>>(all: impl IntoIterator<Item = S>) -> CallResult {
    Ok(Data::list(all.into_iter().map(|s| Data::Str(s.into()))))
}

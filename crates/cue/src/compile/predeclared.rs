//! Names that need no declaration: types, ranges, functions. Each also exists with `__` in front.

use std::sync::Arc;

use crate::eval::val::{Bottom, Bound, Code, Val};
use crate::ir::{CoreFn, FuncId, Op};
use crate::kind::Kind;
use crate::num::{Decimal, Num};

/// Integer ranges: name, lowest, highest.
pub(crate) const RANGES: [(&str, &str, &str); 12] = [
    ("rune", "0", "1114111"),
    ("int8", "-128", "127"),
    ("int16", "-32768", "32767"),
    ("int32", "-2147483648", "2147483647"),
    ("int64", "-9223372036854775808", "9223372036854775807"),
    (
        "int128",
        "-170141183460469231731687303715884105728",
        "170141183460469231731687303715884105727",
    ),
    ("uint8", "0", "255"),
    ("uint16", "0", "65535"),
    ("uint32", "0", "4294967295"),
    ("uint64", "0", "18446744073709551615"),
    ("uint128", "0", "340282366920938463463374607431768211455"),
    ("uint", "0", ""),
];

/// Floating point ranges: name, highest; the lowest is its negation.
pub(crate) const FLOATS: [(&str, &str); 2] = [
    ("float32", "3.40282346638528859811704183484516925440e+38"),
    ("float64", "1.797693134862315708145274237317043567981e+308"),
];

/// The value of a predeclared name.
pub(super) fn lookup(name: &str) -> Option<Val> {
    let name = name.strip_prefix("__").unwrap_or(name);
    let core = |f| Val::Func(FuncId::Core(f));
    Some(match name {
        "string" => Val::Kind(Kind::STRING),
        "bytes" => Val::Kind(Kind::BYTES),
        "bool" => Val::Kind(Kind::BOOL),
        "int" => Val::Kind(Kind::INT),
        "float" => Val::Kind(Kind::FLOAT),
        "number" => Val::Kind(Kind::NUMBER),
        "len" => core(CoreFn::Len),
        "close" => core(CoreFn::Close),
        "and" => core(CoreFn::And),
        "or" => core(CoreFn::Or),
        "div" => core(CoreFn::Div),
        "mod" => core(CoreFn::Mod),
        "quo" => core(CoreFn::Quo),
        "rem" => core(CoreFn::Rem),
        "error" => core(CoreFn::Error),
        "matchN" => core(CoreFn::MatchN),
        "matchIf" => core(CoreFn::MatchIf),
        "no_sharing" => {
            let mut b = Bottom::bare(Code::Eval);
            b.no_share = true;
            Val::Bottom(Arc::new(b))
        }
        _ => return range(name),
    })
}

fn bound(op: Op, text: &str, int: bool) -> Option<Val> {
    let val = Val::Num(Num::with_kind(Decimal::parse(text)?, int));
    Some(Val::Bound(Arc::new(Bound { op, val })))
}

fn range(name: &str) -> Option<Val> {
    if let Some((_, lo, hi)) = RANGES.iter().find(|r| r.0 == name) {
        let mut parts = vec![Val::Kind(Kind::INT), bound(Op::Ge, lo, true)?];
        parts.extend(bound(Op::Le, hi, true));
        return Some(Val::Conj(parts.into()));
    }
    let (_, limit) = FLOATS.iter().find(|r| r.0 == name)?;
    let parts = [bound(Op::Ge, &format!("-{limit}"), false)?, bound(Op::Le, limit, false)?];
    Some(Val::Conj(parts.into()))
}

//! `struct`

use super::args::*;
use crate::data::Data;
use crate::func::{Arg, Body, Call, CallError, CallResult, Function, Package, Param};
use crate::kind::Kind;

const fn counting(name: &'static str, f: fn(&mut dyn Call) -> CallResult) -> Function {
    const PARAMS: &[Param] = &[Param::Schema(Kind::STRUCT), INT];
    Function { name, params: PARAMS, result: Kind::BOOL, body: Body::Call(f) }
}

pub(super) const PACKAGE: Package = Package {
    path: "struct",
    functions: &[
        counting("MinFields", |c| fields(c, true)),
        counting("MaxFields", |c| fields(c, false)),
    ],
    values: "",
};

fn fields(call: &mut dyn Call, at_least: bool) -> CallResult {
    let (Some(Arg::Schema(s)), Some(Arg::Data(n))) =
        (call.args().first().cloned(), call.args().get(1).cloned())
    else {
        return truth(false);
    };
    let n = match &n {
        Data::Num(n) => n.to_i64().unwrap_or(0),
        _ => 0,
    };
    let (count, most) = call.count_fields(s);
    let count = count as i64;
    let open = most.is_none_or(|most| most as i64 >= n);
    match (at_least, count.cmp(&n)) {
        (true, std::cmp::Ordering::Less) => {
            Err(CallError::unmet(format!("len(fields) < MinFields({n}) ({count} < {n})"), open))
        }
        (false, std::cmp::Ordering::Greater) => {
            Err(CallError::unmet(format!("len(fields) > MaxFields({n}) ({count} > {n})"), false))
        }
        _ => truth(true),
    }
}

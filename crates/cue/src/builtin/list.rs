//! `list`

use std::cmp::Ordering;

use super::args::*;
use crate::data::Data;
use crate::func::{
    Arg, Body, Call, CallError, CallErrorKind, CallResult, Function, ListFn, Package, Param,
};
use crate::kind::Kind;
use crate::num::Num;

const L: Kind = Kind::LIST;
const B: Kind = Kind::BOOL;
const ANY: Param = Param::Schema(Kind::TOP);
const SHAPE: Param = Param::Schema(Kind::LIST);

const fn shape(name: &'static str, params: &'static [Param], f: ListFn) -> Function {
    Function { name, params, result: L, body: Body::List(f) }
}

const fn asking(
    name: &'static str,
    params: &'static [Param],
    result: Kind,
    f: fn(&mut dyn Call) -> CallResult,
) -> Function {
    Function { name, params, result, body: Body::Call(f) }
}

pub(super) const PACKAGE: Package = Package {
    path: "list",
    functions: &[
        shape("Drop", &[LIST, INT], ListFn::Drop),
        shape("FlattenN", &[TOP, INT], ListFn::Flatten),
        shape("Repeat", &[LIST, INT], ListFn::Repeat),
        shape("Concat", &[LIST], ListFn::Concat),
        shape("Take", &[LIST, INT], ListFn::Take),
        shape("Slice", &[LIST, INT, INT], ListFn::Slice),
        shape("Reverse", &[LIST], ListFn::Reverse),
        asking("MinItems", &[SHAPE, INT], B, min_items),
        asking("MaxItems", &[SHAPE, INT], B, max_items),
        data("UniqueItems", &[LIST], B, unique),
        data("Contains", &[LIST, TOP], B, |a| truth(items(a, 0).contains(&a[1]))),
        asking("MatchN", &[SHAPE, ANY, ANY], B, match_n),
        data("Avg", &[LIST], Kind::NUMBER, avg),
        data("Max", &[LIST], Kind::NUMBER, |a| extreme(a, Ordering::Greater)),
        data("Min", &[LIST], Kind::NUMBER, |a| extreme(a, Ordering::Less)),
        data("Product", &[LIST], Kind::NUMBER, |a| fold(a, Num::int(1), Num::mul)),
        data("Range", &[NUM, NUM, NUM], L, range),
        data("Sum", &[LIST], Kind::NUMBER, |a| fold(a, Num::int(0), Num::add)),
        asking("Sort", &[SHAPE, ANY], L, sort),
        asking("SortStable", &[SHAPE, ANY], L, sort),
        data("SortStrings", &[LIST], L, |a| {
            let mut all = strings(a, 0)?;
            all.sort();
            texts(all)
        }),
        asking("IsSorted", &[LIST, ANY], B, is_sorted),
        data("IsSortedStrings", &[LIST], B, |a| truth(strings(a, 0)?.is_sorted())),
    ],
    values: "
Comparer: {
	T:    _
	x:    T
	y:    T
	less: bool
}
Ascending: {
	Comparer
	T:    number | string
	x:    T
	y:    T
	less: x < y
}
Descending: {
	Comparer
	T:    number | string
	x:    T
	y:    T
	less: x > y
}
",
};

fn schema(call: &dyn Call, i: usize) -> u32 {
    match call.args().get(i) {
        Some(Arg::Schema(s)) => *s,
        _ => 0,
    }
}

fn datum(call: &dyn Call, i: usize) -> Data {
    match call.args().get(i) {
        Some(Arg::Data(d)) => d.clone(),
        _ => Data::Null,
    }
}

fn min_items(call: &mut dyn Call) -> CallResult {
    let n = int_at(&[datum(call, 1)], 0)?;
    let list = schema(call, 0);
    let count = call.elements(list)?.len() as i64;
    if count >= n {
        return truth(true);
    }
    let why = format!("len(list) < MinItems({n}) ({count} < {n})");
    Err(CallError::unmet(why, call.is_open_list(list)))
}

fn max_items(call: &mut dyn Call) -> CallResult {
    let n = int_at(&[datum(call, 1)], 0)?;
    let count = call.elements(schema(call, 0))?.len() as i64;
    if count <= n {
        return truth(true);
    }
    Err(CallError::unmet(format!("len(list) > MaxItems({n}) ({count} > {n})"), false))
}

fn unique(a: &[Data]) -> CallResult {
    let all = items(a, 0);
    for (i, x) in all.iter().enumerate() {
        if let Some(j) = all[i + 1..].iter().position(|y| same(x, y)) {
            let at = format!("at position {i} and {}", i + 1 + j);
            let composite = x.kind().meets(Kind::COMPOSITE);
            let shown = if composite {
                format!("equal values {at}")
            } else {
                format!("equal value ({}) {at}", x.to_json())
            };
            return Err(CallError::unmet(shown, false));
        }
    }
    truth(true)
}

/// Equality of values: fields in any order.
fn same(a: &Data, b: &Data) -> bool {
    match (a, b) {
        (Data::List(a), Data::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| same(x, y))
        }
        (Data::Struct(x), Data::Struct(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}

fn match_n(call: &mut dyn Call) -> CallResult {
    let (list, bound, wanted) = (schema(call, 0), schema(call, 1), schema(call, 2));
    let mut n = 0;
    for e in call.elements(list)? {
        if call.joins(wanted, e)? {
            n += 1;
        }
    }
    match call.unify(bound, &Data::int(n), false) {
        Ok(()) => truth(true),
        Err(_) => {
            let why = format!("number of matched elements is {n}: does not satisfy the bound");
            Err(CallError::unmet(why, false))
        }
    }
}

fn numbers(a: &[Data]) -> Result<Vec<Num>, CallError> {
    let number = |(at, d): (usize, &Data)| match d {
        Data::Num(n) => Ok(n.clone()),
        other => Err(CallError::fatal(format!(
            "invalid list element {at} in argument 0 to call: cannot use value {} (type {}) as number",
            other.to_json(),
            other.kind()
        ))),
    };
    items(a, 0).iter().enumerate().map(number).collect()
}

fn arith<E: std::fmt::Display>(n: Result<Num, E>) -> Result<Num, CallError> {
    n.map_err(|e| CallError::fatal(e.to_string()))
}

fn fold<E: std::fmt::Display>(
    a: &[Data],
    start: Num,
    f: fn(&Num, &Num) -> Result<Num, E>,
) -> CallResult {
    let mut sum = start;
    for n in numbers(a)? {
        sum = arith(f(&sum, &n))?;
    }
    Ok(Data::Num(shown(sum)))
}

/// An integral result is an int whatever went into it.
fn shown(n: Num) -> Num {
    let d = n.decimal();
    let whole = d.to_integer().filter(|_| d.exponent() >= 0);
    match whole {
        Some(v) => Num::big_int(crate::num::Decimal::new(d.is_negative(), v, 0)),
        None => n.clone(),
    }
}

fn avg(a: &[Data]) -> CallResult {
    let all = numbers(a)?;
    if all.is_empty() {
        return Err(CallError::fatal("empty list"));
    }
    let mut sum = Num::int(0);
    for n in &all {
        sum = arith(sum.add(n))?;
    }
    let mean = arith(sum.quo(&Num::int(all.len() as i64)))?;
    Ok(Data::Num(shown(mean)))
}

fn extreme(a: &[Data], want: Ordering) -> CallResult {
    let all = numbers(a)?;
    let mut best: Option<Num> = None;
    for n in all {
        if best.as_ref().is_none_or(|b| n.cmp_value(b) == want) {
            best = Some(n);
        }
    }
    best.map_or_else(|| Err(CallError::fatal("empty list")), |n| Ok(Data::Num(n)))
}

fn range(a: &[Data]) -> CallResult {
    let num = |i: usize| match &a[i] {
        Data::Num(n) => n.clone(),
        _ => Num::int(0),
    };
    let (start, limit, step) = (num(0), num(1), num(2));
    let zero = Num::int(0);
    let up = match step.cmp_value(&zero) {
        Ordering::Equal => return Err(CallError::fatal("step must be non zero")),
        Ordering::Greater => Ordering::Less,
        Ordering::Less => Ordering::Greater,
    };
    if start.cmp_value(&limit) == up.reverse() {
        let why = if up == Ordering::Less {
            "end must be greater than start when step is positive"
        } else {
            "end must be less than start when step is negative"
        };
        return Err(CallError::fatal(why));
    }
    let mut out = Vec::new();
    let mut n = start;
    while n.cmp_value(&limit) == up {
        out.push(Data::Num(n.clone()));
        n = arith(n.add(&step))?;
        if out.len() > 1_000_000 {
            return Err(CallError::budget("list too long"));
        }
    }
    Ok(Data::list(out))
}

fn less(call: &mut dyn Call, cmp: u32, x: &Data, y: &Data) -> Result<bool, CallError> {
    match call.field_of(cmp, &[("x", x), ("y", y)], "less")? {
        Data::Bool(b) => Ok(b),
        _ => Err(CallError::fatal("less is no bool")),
    }
}

fn sort(call: &mut dyn Call) -> CallResult {
    let cmp = schema(call, 1);
    let list = schema(call, 0);
    let Ok(elements) = call.elements(list) else { return call.to_data(list) };
    let mut all = Vec::with_capacity(elements.len());
    for e in elements {
        // What has no value yet cannot be compared.
        all.push(call.to_data(e).map_err(|e| match e.kind {
            CallErrorKind::Incomplete => CallError::fatal(e.message),
            _ => e,
        })?);
    }
    Ok(Data::list(merge_sort(all, &mut |x, y| less(call, cmp, x, y))?))
}

/// Sorts stably; a comparison may fail, and may contradict itself.
fn merge_sort(
    all: Vec<Data>,
    less: &mut dyn FnMut(&Data, &Data) -> Result<bool, CallError>,
) -> Result<Vec<Data>, CallError> {
    let mut from: Vec<Data> = all;
    let mut width = 1;
    while width < from.len() {
        let mut to = Vec::with_capacity(from.len());
        for pair in from.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([x, more_left @ ..], [y, more_right @ ..]) = (left, right) {
                if less(y, x)? {
                    to.push(y.clone());
                    right = more_right;
                } else {
                    to.push(x.clone());
                    left = more_left;
                }
            }
            to.extend_from_slice(left);
            to.extend_from_slice(right);
        }
        from = to;
        width *= 2;
    }
    Ok(from)
}

fn is_sorted(call: &mut dyn Call) -> CallResult {
    let cmp = schema(call, 1);
    let Data::List(all) = datum(call, 0) else { return truth(true) };
    for pair in all.windows(2) {
        if less(call, cmp, &pair[1], &pair[0])? {
            return truth(false);
        }
    }
    truth(true)
}

//! `list`

use std::cmp::Ordering;

use super::args::*;
use crate::data::Data;
use crate::func::{
    Arg, Body, Call, CallError, CallResult, Demand, Function, ListFn, Package, Param,
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
        asking("UniqueItems", &[SHAPE], B, unique),
        data("Contains", &[LIST, TOP], B, |a| truth(items(a, 0).contains(&a[1]))),
        asking("MatchN", &[SHAPE, ANY, ANY], B, match_n),
        data("Avg", &[NUMBERS], Kind::NUMBER, avg),
        data("Max", &[NUMBERS], Kind::NUMBER, |a| extreme(a, Ordering::Greater)),
        data("Min", &[NUMBERS], Kind::NUMBER, |a| extreme(a, Ordering::Less)),
        data("Product", &[NUMBERS], Kind::NUMBER, |a| fold(a, Num::int(1), Num::mul)),
        data("Range", &[NUM, NUM, NUM], L, range),
        data("Sum", &[NUMBERS], Kind::NUMBER, |a| fold(a, Num::int(0), Num::add)),
        shape("Sort", &[SHAPE, ANY], ListFn::Sort),
        shape("SortStable", &[SHAPE, ANY], ListFn::Sort),
        data("SortStrings", &[STRINGS], L, |a| {
            let mut all = strings(a, 0);
            all.sort();
            texts(all)
        }),
        asking("IsSorted", &[LIST, ANY], B, is_sorted),
        data("IsSortedStrings", &[STRINGS], B, |a| truth(strings(a, 0).is_sorted())),
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

fn unique(call: &mut dyn Call) -> CallResult {
    let list = schema(call, 0);
    let all = call.elements(list)?;
    let mut found = None;
    'search: for (i, x) in all.iter().enumerate() {
        for (j, y) in all.iter().enumerate().skip(i + 1) {
            if call.same(*x, *y)? {
                let fixed = call.is_final(*y);
                found = Some((i, j, fixed));
                if fixed {
                    break 'search;
                }
            }
        }
    }
    let Some((i, j, fixed)) = found else { return truth(true) };
    let at = format!("at position {i} and {j}");
    let shown = match call.to_data(all[i]) {
        Ok(d) if !d.kind().meets(Kind::COMPOSITE) => format!("equal value ({}) {at}", d.to_json()),
        _ => format!("equal values {at}"),
    };
    Err(CallError::unmet(shown, !fixed))
}

fn match_n(call: &mut dyn Call) -> CallResult {
    let (list, bound, wanted) = (schema(call, 0), schema(call, 1), schema(call, 2));
    let mut n = 0;
    for e in call.elements(list)? {
        if call.joins(wanted, e)? {
            n += 1;
        }
    }
    match call.unify(bound, &Data::int(n), Demand::Nothing) {
        Ok(()) => truth(true),
        Err(_) => {
            let why = format!("number of matched elements is {n}: does not satisfy the bound");
            Err(CallError::unmet(why, false))
        }
    }
}

fn numbers(a: &[Data]) -> Vec<Num> {
    let number = |d: &Data| match d {
        Data::Num(n) => Some(n.clone()),
        _ => None,
    };
    items(a, 0).iter().filter_map(number).collect()
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
    for n in numbers(a) {
        sum = arith(f(&sum, &n))?;
    }
    Ok(Data::Num(shown(sum)))
}

/// An integral result is an int whatever went into it.
fn shown(n: Num) -> Num {
    let d = n.decimal();
    let whole = d.to_integer();
    match whole {
        Some(v) => Num::big_int(crate::num::Decimal::new(d.is_negative(), v, 0)),
        None => n.clone(),
    }
}

fn avg(a: &[Data]) -> CallResult {
    let all = numbers(a);
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
    let all = numbers(a);
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
        out.push(Data::Num(shown(n.clone())));
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

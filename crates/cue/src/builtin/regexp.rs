//! `regexp`

use regex::{Captures, Regex};

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, Package};
use crate::kind::Kind;
use crate::re2;

const S: Kind = Kind::STRING;
const L: Kind = Kind::LIST;

pub(super) const PACKAGE: Package = Package {
    path: "regexp",
    functions: &[
        data("Find", &[STR, STR], S, |a| {
            compile(a)?.find(str_at(a, 1)).map_or_else(|| Err(no_match()), |m| text(m.as_str()))
        }),
        data("FindAll", &[STR, STR, INT], L, |a| {
            let all: Vec<String> = compile(a)?
                .find_iter(str_at(a, 1))
                .take(limit(a)?)
                .map(|m| m.as_str().into())
                .collect();
            if all.is_empty() { Err(no_match()) } else { texts(all) }
        }),
        data("FindAllNamedSubmatch", &[STR, STR, INT], L, |a| {
            let re = compile(a)?;
            let all: Vec<Data> =
                re.captures_iter(str_at(a, 1)).take(limit(a)?).map(|c| named(&re, &c)).collect();
            if all.is_empty() { Err(no_match()) } else { Ok(Data::list(all)) }
        }),
        data("FindAllSubmatch", &[STR, STR, INT], L, |a| {
            let all: Vec<Data> = compile(a)?
                .captures_iter(str_at(a, 1))
                .take(limit(a)?)
                .map(|c| groups(&c))
                .collect();
            if all.is_empty() { Err(no_match()) } else { Ok(Data::list(all)) }
        }),
        data("FindNamedSubmatch", &[STR, STR], Kind::STRUCT, |a| {
            let re = compile(a)?;
            re.captures(str_at(a, 1)).map_or_else(|| Err(no_match()), |c| Ok(named(&re, &c)))
        }),
        data("FindSubmatch", &[STR, STR], L, |a| {
            compile(a)?.captures(str_at(a, 1)).map_or_else(|| Err(no_match()), |c| Ok(groups(&c)))
        }),
        data("ReplaceAll", &[STR, STR, STR], S, |a| {
            text(compile(a)?.replace_all(str_at(a, 1), str_at(a, 2)).into_owned())
        }),
        data("ReplaceAllLiteral", &[STR, STR, STR], S, |a| {
            text(compile(a)?.replace_all(str_at(a, 1), regex::NoExpand(str_at(a, 2))).into_owned())
        }),
        data("Valid", &[STR], Kind::BOOL, |a| compile(a).and_then(|_| truth(true))),
        data("Match", &[STR, STR], Kind::BOOL, |a| truth(compile(a)?.is_match(str_at(a, 1)))),
        data("QuoteMeta", &[STR], S, |a| text(quote_meta(str_at(a, 0)))),
    ],
    values: "",
};

fn no_match() -> CallError {
    CallError::fatal("no match")
}

fn compile(a: &[Data]) -> Result<Regex, CallError> {
    let pattern = str_at(a, 0);
    re2::compile(pattern, re2::SIZE)
        .map_err(|e| CallError::fatal(format!("error parsing regexp: {e}")))
}

fn limit(a: &[Data]) -> Result<usize, CallError> {
    Ok(usize::try_from(int_at(a, 2)?).unwrap_or(usize::MAX))
}

fn groups(c: &Captures<'_>) -> Data {
    Data::list(c.iter().map(|m| Data::str(m.map_or("", |m| m.as_str()))))
}

fn named(re: &Regex, c: &Captures<'_>) -> Data {
    let group = |n: &str| Data::str(c.name(n).map_or("", |m| m.as_str()));
    Data::fields(re.capture_names().flatten().map(|n| (n, group(n))))
}

/// Escapes what Go escapes, nothing more.
fn quote_meta(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

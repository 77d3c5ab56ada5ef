//! `encoding/json`

use super::args::*;
use crate::data::Data;
use crate::func::{Arg, Body, Call, CallError, CallResult, Demand, Function, Package, Param};
use crate::kind::Kind;

mod read;

pub(crate) use read::read;

pub(super) const PACKAGE: Package = Package {
    path: "encoding/json",
    functions: &[
        data("Valid", &[TEXT], Kind::BOOL, |a| truth(parse(a).is_ok())),
        data("Compact", &[TEXT], Kind::STRING, |a| text(read::reformat(source(a)?, None)?)),
        data("Indent", &[TEXT, STR, STR], Kind::STRING, |a| {
            text(read::reformat(source(a)?, Some((str_at(a, 1), str_at(a, 2))))?)
        }),
        data("HTMLEscape", &[TEXT], Kind::STRING, |a| text(html_escape(source(a)?))),
        data("Marshal", &[TOP], Kind::STRING, |a| text(a[0].to_json())),
        data("MarshalStream", &[TOP], Kind::STRING, stream),
        data("UnmarshalStream", &[TEXT], Kind::TOP, |a| Ok(Data::list(read::all(source(a)?)?))),
        data("Unmarshal", &[TEXT], Kind::TOP, parse),
        Function {
            name: "Validate",
            params: &[TEXT, Param::Schema(Kind::TOP)],
            result: Kind::BOOL,
            body: Body::Call(validate),
        },
    ],
    values: "",
};

fn source(a: &[Data]) -> Result<&str, CallError> {
    std::str::from_utf8(octets(a, 0)).map_err(|_| CallError::fatal("json: invalid JSON"))
}

fn parse(a: &[Data]) -> CallResult {
    read(source(a)?).map_err(|_| CallError::fatal("json: invalid JSON"))
}

fn stream(a: &[Data]) -> CallResult {
    let Data::List(all) = &a[0] else {
        return Err(CallError::fatal("cannot use value as list"));
    };
    text(all.iter().map(|d| d.to_json() + "\n").collect::<String>())
}

fn html_escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            c => out.push(c),
        }
    }
    out
}

fn validate(call: &mut dyn Call) -> CallResult {
    let (Some(Arg::Data(d)), Some(Arg::Schema(s))) =
        (call.args().first().cloned(), call.args().get(1).cloned())
    else {
        return truth(false);
    };
    let value = parse(&[d])?;
    call.unify(s, &value, Demand::Final)?;
    truth(true)
}

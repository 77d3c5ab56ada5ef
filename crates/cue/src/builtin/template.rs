//! `text/template`: Go's templates over data. Nothing a template says can run for ever or call anything else.

mod exec;
mod fmt;
mod funcs;
mod lex;
mod parse;
mod value;

use super::args::*;
use super::html;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

const S: Kind = Kind::STRING;

pub(super) const PACKAGE: Package = Package {
    path: "text/template",
    functions: &[
        data("Execute", &[STR, TOP], S, execute),
        data("HTMLEscape", &[STR], S, |a| {
            text(html::escape(str_at(a, 0)).replace('\0', "\u{fffd}"))
        }),
        data("JSEscape", &[STR], S, |a| text(funcs::js_escape(str_at(a, 0)))),
    ],
    values: "",
};

fn execute(a: &[Data]) -> CallResult {
    let templates =
        parse::parse(str_at(a, 0)).map_err(|why| CallError::fatal(format!("template: {why}")))?;
    match exec::execute(&templates, &a[1]) {
        Ok(out) => text(out),
        Err(exec::Failed::Error(why)) => Err(CallError::fatal(format!("template: {why}"))),
        Err(exec::Failed::Budget) => Err(CallError::budget("template does too much")),
    }
}

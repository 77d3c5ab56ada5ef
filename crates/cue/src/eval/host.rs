//! Calling functions of packages: arguments to data, questions about schemas, results back to values.

use std::sync::Arc;

use super::node::*;
use super::val::*;
use super::validate::Check;
use super::{ArcType, Eval, R, Stop};
use crate::data::Data;
use crate::func::{Arg as CallArg, Body, Call, CallError, CallResult, Param};
use crate::ir::{FuncId, Pos};
use crate::label::Label;

struct Running<'a> {
    eval: &'a mut Eval,
    args: Vec<CallArg>,
    schemas: Vec<Val>,
    is_validator: bool,
    stop: Option<Stop>,
}

impl Eval {
    pub(super) fn call_package(&mut self, i: u32, vals: Vec<Val>) -> R<Option<Val>> {
        let prog = self.prog.clone();
        let f = &prog.functions[i as usize].1;
        let id = FuncId::Package(i);
        if let Body::List(op) = f.body {
            return self.call_list(id, op, &vals);
        }
        let mut args = Vec::with_capacity(vals.len());
        let mut schemas = Vec::new();
        for (v, p) in vals.into_iter().zip(f.params) {
            match p {
                Param::Schema(_) => {
                    args.push(CallArg::Schema(schemas.len() as u32));
                    schemas.push(v);
                }
                Param::Data(_) | Param::Default(_) => match self.data_of(&v)? {
                    Ok(d) => args.push(CallArg::Data(d)),
                    Err(b) => return Ok(Some(Val::Bottom(self.argument_error(id, &v, b)))),
                },
            }
        }
        let out = match &f.body {
            Body::Call(body) => {
                let is_validator = self.is_validator;
                let mut call = Running { eval: self, args, schemas, is_validator, stop: None };
                let out = body(&mut call);
                if let Some(stop) = call.stop {
                    return Err(stop);
                }
                out
            }
            Body::Data(body) => body(&data_args(args)),
            Body::Host(body) => body(&data_args(args)),
            Body::List(_) => return Ok(None),
        };
        match out {
            Ok(d) => self.data_val(&d).map(Some),
            Err(e) => self.call_failed(id, e),
        }
    }

    fn argument_error(&mut self, f: FuncId, v: &Val, b: Arc<Bottom>) -> Arc<Bottom> {
        if !b.is_incomplete() {
            return b;
        }
        let args = [Arg::Text(self.func_name(f).into()), Arg::Val(v.clone())];
        self.err(b.code, "error in call to {}: non-concrete value {}", args)
    }
}

fn data_args(args: Vec<CallArg>) -> Vec<Data> {
    let data = |a| match a {
        CallArg::Data(d) => d,
        CallArg::Schema(_) => Data::Null,
    };
    args.into_iter().map(data).collect()
}

impl Running<'_> {
    fn schema(&self, at: u32) -> Val {
        self.schemas.get(at as usize).cloned().unwrap_or(Val::Top)
    }

    /// Runs `f`; a stop ends the call and is passed on afterwards.
    fn guard<T>(
        &mut self,
        f: impl FnOnce(&mut Eval) -> R<Result<T, CallError>>,
    ) -> Result<T, CallError> {
        match f(self.eval) {
            Ok(out) => out,
            Err(stop) => {
                self.stop = Some(stop);
                Err(CallError::budget("evaluation stopped"))
            }
        }
    }
}

fn failure(eval: &Eval, b: &Arc<Bottom>) -> CallError {
    let text = eval.message_text(b);
    if b.is_incomplete() { CallError::incomplete(text) } else { CallError::fatal(text) }
}

impl Call for Running<'_> {
    fn args(&self) -> &[CallArg] {
        &self.args
    }

    fn is_validator(&self) -> bool {
        self.is_validator
    }

    fn unify(&mut self, schema: u32, value: &Data, concrete: bool) -> Result<(), CallError> {
        let schema = self.schema(schema);
        self.guard(|e| {
            let value = e.data_val(value)?;
            let v = e.join(&value, &schema)?;
            let check = if concrete { Check::CONCRETE } else { Check::default() };
            Ok(match e.validate(v, check)? {
                None => Ok(()),
                Some(b) => Err(failure(e, &b)),
            })
        })
    }

    fn field_of(&mut self, schema: u32, given: &[(&str, &Data)], name: &str) -> CallResult {
        let schema = self.schema(schema);
        self.guard(|e| {
            let fields = Data::fields(given.iter().map(|(k, v)| (*k, (*v).clone())));
            let given = e.data_node(&fields, NodeId::NONE, Label::NONE, Pos::NONE)?;
            let v = e.join(&Val::Node(given), &schema)?;
            let v = e.deref(v);
            let label = e.str_label(name);
            match e.arc(v, label) {
                Some(a) if e.node(a).arc_type == ArcType::Member => {
                    Ok(e.data_of(&Val::Node(a))?.map_err(|b| failure(e, &b)))
                }
                _ => Ok(Err(match e.bottom(v) {
                    Some(b) => failure(e, &b),
                    None => CallError::fatal(format!("undefined field: {name}")),
                })),
            }
        })
    }

    fn elements(&mut self, schema: u32) -> Result<Vec<u32>, CallError> {
        let Val::Node(n) = self.schema(schema) else {
            return Err(CallError::fatal("not a list"));
        };
        let elems = self.guard(|e| {
            e.finalize(n)?;
            let n = e.default_node(n)?;
            let n = e.deref(n);
            Ok(if e.is_list(n) { Ok(e.elems(n)) } else { Err(CallError::fatal("not a list")) })
        })?;
        let first = self.schemas.len() as u32;
        self.schemas.extend(elems.into_iter().map(Val::Node));
        Ok((first..self.schemas.len() as u32).collect())
    }

    fn is_open_list(&mut self, schema: u32) -> bool {
        match self.schema(schema) {
            Val::Node(n) => {
                let n = self.eval.deref(n);
                matches!(self.eval.node(n).base, Some(Val::ListMark { open: true }))
            }
            _ => true,
        }
    }

    fn count_fields(&mut self, schema: u32) -> (usize, Option<usize>) {
        let Val::Node(n) = self.schema(schema) else { return (0, Some(0)) };
        let e = &self.eval;
        let v = e.deref(n);
        let regular = |a: &&NodeId| e.node(**a).label.is_regular();
        let all = || e.node(v).arcs.iter().filter(regular);
        let members = all().filter(|a| e.node(**a).arc_type == ArcType::Member).count();
        let closed = e.is_closed_struct(v) && !e.node(v).has_ellipsis;
        (members, (closed && e.node(v).patterns.is_empty()).then(|| all().count()))
    }

    fn joins(&mut self, a: u32, b: u32) -> Result<bool, CallError> {
        let (a, b) = (self.schema(a), self.schema(b));
        self.guard(|e| {
            let v = e.join(&a, &b)?;
            Ok(Ok(e.validate(v, Check::FINAL)?.is_none()))
        })
    }

    fn to_data(&mut self, schema: u32) -> CallResult {
        let schema = self.schema(schema);
        self.guard(|e| Ok(e.data_of(&schema)?.map_err(|b| failure(e, &b))))
    }
}

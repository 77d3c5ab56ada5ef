//! Calling functions of packages: arguments to data, questions about schemas, results back to values.

use std::sync::Arc;

use super::node::*;
use super::val::*;
use super::validate::Check;
use super::{ArcType, Eval, R, Stop};
use crate::data::Data;
use crate::func::{Arg as CallArg, Body, Call, CallError, CallResult, Demand, Param};
use crate::ir::{FuncId, Pos};
use crate::kind::Kind;
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
        for (at, (v, p)) in vals.into_iter().zip(f.params).enumerate() {
            match p {
                Param::Elems(kind) => match self.elems_data(&v, *kind, at)? {
                    Ok(d) => args.push(CallArg::Data(d)),
                    Err(b) => return Ok(Some(Val::Bottom(b))),
                },
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

    /// A list of concrete values of one kind.
    fn elems_data(&mut self, v: &Val, kind: Kind, at: usize) -> R<Result<Data, Arc<Bottom>>> {
        let list = match v {
            Val::Node(n) => self.deref(*n),
            _ => NodeId::NONE,
        };
        if let Some(b) = self.bottom(list) {
            return Ok(Err(b));
        }
        if !self.is_list(list) {
            let args = [Arg::Int(i64::try_from(at).unwrap_or(i64::MAX))];
            let fmt = "non-concrete list for argument {}";
            return Ok(Err(self.err(Code::Incomplete, fmt, args)));
        }
        let elems = self.elems(list);
        let mut items = Vec::with_capacity(elems.len());
        for (i, e) in elems.into_iter().enumerate() {
            self.finalize(e)?;
            let own = self.default_node(e)?;
            match self.unwrap(&Val::Node(own)) {
                Some(Val::Bottom(b)) if b.is_incomplete() => return Ok(Err(b)),
                Some(Val::Num(_)) if kind == Kind::NUMBER => {}
                Some(Val::Str(_)) if kind == Kind::STRING => {}
                _ => return Ok(Err(self.bad_element(e, kind, (i, at)))),
            }
            match self.data_of(&Val::Node(own))? {
                Ok(d) => items.push(d),
                Err(b) => return Ok(Err(b)),
            }
        }
        Ok(Ok(Data::list(items)))
    }

    fn bad_element(&mut self, e: NodeId, kind: Kind, (i, at): (usize, usize)) -> Arc<Bottom> {
        let own = self.node_kind(e);
        let index = |i: usize| Arg::Int(i64::try_from(i).unwrap_or(i64::MAX));
        let (value, kind_name) = (Arg::Val(Val::Node(e)), Arg::Kind(kind));
        if own.meets(kind) {
            let args = [value, index(i), kind_name, index(at)];
            let fmt = "non-concrete value {} for element {} of {} list argument {}";
            return self.err(Code::Incomplete, fmt, args);
        }
        let args = [index(i), index(at), value, Arg::Kind(own), kind_name];
        let fmt = "invalid list element {} in argument {} to call: cannot use value {} ({}) as {}";
        self.err(Code::Eval, fmt, args)
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
    /// A schema by its number.
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

    fn unify(&mut self, schema: u32, value: &Data, demand: Demand) -> Result<(), CallError> {
        let schema = self.schema(schema);
        self.guard(|e| {
            let value = e.data_val(value)?;
            let v = e.join(&value, &schema)?;
            if let Some(b) = e.bottom(v) {
                return Ok(Err(failure(e, &b)));
            }
            let check = match demand {
                Demand::Nothing => Check::default(),
                Demand::Final => Check::FINAL,
                Demand::Concrete => Check::CONCRETE,
            };
            Ok(match e.validate(v, check)? {
                None => Ok(()),
                Some(b) if demand == Demand::Concrete => Err(CallError::fatal(e.message_text(&b))),
                Some(b) => Err(failure(e, &b)),
            })
        })
    }

    fn same(&mut self, a: u32, b: u32) -> Result<bool, CallError> {
        let (a, b) = (self.schema(a), self.schema(b));
        self.guard(|e| {
            for v in [&a, &b] {
                if let Val::Node(n) = v {
                    e.finalize(*n)?;
                }
            }
            Ok(Ok(e.equal(&a, &b, super::equal::REGULAR_ONLY)?))
        })
    }

    fn is_final(&self, schema: u32) -> bool {
        self.eval.is_final(&self.schema(schema), false)
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

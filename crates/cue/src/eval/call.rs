//! Calls: evaluating arguments, checking them against the parameters, validators, conversion of results.

use std::sync::Arc;

use super::sched::*;
use super::val::*;
use super::{Eval, R};
use crate::func::{CallErrorKind, Param};
use crate::ir::{CoreFn, ExprId, FuncId};
use crate::kind::Kind;

impl Eval {
    pub(super) fn func_params(&self, f: FuncId) -> Vec<Param> {
        match f {
            FuncId::Core(c) => super::corefn::params(c).to_vec(),
            FuncId::Package(i) => self.prog.functions[i as usize].1.params.to_vec(),
        }
    }

    pub(super) fn func_param_kind(&self, f: FuncId, at: usize) -> Kind {
        match self.func_params(f).get(at) {
            Some(Param::Data(k) | Param::Schema(k)) => *k,
            Some(Param::Default(_)) => Kind::STRING,
            Some(Param::Elems(_)) => Kind::LIST,
            None => Kind::TOP,
        }
    }

    fn func_result(&self, f: FuncId) -> Kind {
        match f {
            FuncId::Core(c) => super::corefn::result(c),
            FuncId::Package(i) => self.prog.functions[i as usize].1.result,
        }
    }

    /// Whether the function takes values that are not concrete.
    pub(super) fn func_is_open(&self, f: FuncId) -> bool {
        self.func_params(f).iter().skip(1).any(|p| matches!(p, Param::Schema(_)))
    }

    pub(crate) fn func_name(&self, f: FuncId) -> String {
        match f {
            FuncId::Core(c) => super::corefn::name(c).to_owned(),
            FuncId::Package(i) => {
                let (path, f) = &self.prog.functions[i as usize];
                format!("{path}.{}", f.name)
            }
        }
    }

    fn result_validates(&self, f: FuncId) -> bool {
        let r = self.func_result(f);
        r == Kind::BOOL || r.is_bottom()
    }

    /// A function of one argument that returns a truth value is a validator as it stands.
    pub(super) fn bare_validator(&self, f: FuncId) -> Option<Val> {
        (self.func_params(f).len() == 1 && self.result_validates(f))
            .then(|| Val::Valid(Arc::new(Validator { func: f, args: Box::default(), call: None })))
    }

    pub(super) fn makes_validator(&self, f: FuncId, args: usize) -> bool {
        let params = self.func_params(f);
        self.result_validates(f)
            && args + 1 == params.len()
            && !matches!(params.last(), Some(Param::Default(_)))
    }

    pub(super) fn eval_call(
        &mut self,
        x: ExprId,
        fun: ExprId,
        args: &[ExprId],
        flags: Flags,
    ) -> R<Option<Val>> {
        match self.eval_value(fun, Flags::SCALAR)? {
            Some(Val::Func(f)) => self.call_func(x, f, args, flags),
            Some(Val::Valid(v)) if v.call.is_some() => {
                self.add_err(
                    Code::Eval,
                    "cannot call previously called validator {}",
                    [Arg::Expr(fun)],
                );
                Ok(None)
            }
            Some(Val::Valid(v)) => self.call_func(x, v.func, args, flags),
            None | Some(Val::Bottom(_)) => {
                if self.errs.as_ref().is_none_or(|b| b.is_incomplete()) {
                    let args = [Arg::Expr(fun), Arg::Kind(Kind::BOTTOM)];
                    self.add_err(Code::Eval, "cannot call non-function {} (type {})", args);
                }
                Ok(None)
            }
            Some(other) => {
                let kind = self.kind(&other);
                let args = [Arg::Expr(fun), Arg::Kind(kind)];
                self.add_err(Code::Eval, "cannot call non-function {} (type {})", args);
                Ok(None)
            }
        }
    }

    fn call_func(
        &mut self,
        x: ExprId,
        func: FuncId,
        args: &[ExprId],
        flags: Flags,
    ) -> R<Option<Val>> {
        if let FuncId::Core(c @ (CoreFn::And | CoreFn::Error)) = func {
            return if self.check_arity(func, args.len()) {
                self.call_raw(c, args[0])
            } else {
                Ok(None)
            };
        }
        let saved = (self.ci.from_def, self.ci.from_embed);
        (self.ci.from_def, self.ci.from_embed) = (false, false);
        let vals = self.eval_args(func, args, flags)?;
        let out = match vals {
            _ if self.errs.is_some() => None,
            vals if self.makes_validator(func, vals.len()) => {
                Some(Val::Valid(Arc::new(Validator { func, args: vals.into(), call: Some(x) })))
            }
            vals => self.call(func, vals)?,
        };
        (self.ci.from_def, self.ci.from_embed) = saved;
        Ok(out)
    }

    fn eval_args(&mut self, func: FuncId, args: &[ExprId], flags: Flags) -> R<Vec<Val>> {
        let open = self.func_is_open(func) && !matches!(func, FuncId::Package(_));
        let params = self.func_params(func);
        // The first parameter of a validator is what it validates.
        let first = usize::from(self.makes_validator(func, args.len()));
        let mut vals = Vec::with_capacity(args.len());
        let mut cond = flags.cond;
        for (i, &a) in args.iter().enumerate() {
            let saved = self.errs.take();
            let schema = open || matches!(params.get(first + i), Some(Param::Schema(_)));
            let v = if schema {
                self.eval(a, Flags::new(cond, flags.mode))?
            } else {
                cond |= FIELD_SET | SCALAR;
                if flags.mode == RunMode::Finalize {
                    cond |= DISJUNCTION;
                }
                self.eval_value(a, Flags::new(cond, flags.mode))?
            };
            match v {
                Some(Val::Bottom(b)) => self.add_bottom(b),
                Some(v) => vals.push(v),
                None if self.errs.is_none() => {
                    let args = [Arg::Int(i as i64), Arg::Text(self.func_name(func).into())];
                    self.add_err(
                        Code::Incomplete,
                        "argument {} to function {} is incomplete",
                        args,
                    );
                }
                None => {}
            }
            let own = self.errs.take();
            self.errs = combine(saved, own);
        }
        Ok(vals)
    }

    fn check_arity(&mut self, f: FuncId, have: usize) -> bool {
        let params = self.func_params(f);
        let want = params.len();
        let given = |p: &Param| matches!(p, Param::Default(_));
        if have == want || (have < want && params[have..].iter().all(given)) {
            return true;
        }
        let many = if have > want { "too many" } else { "not enough" };
        let fmt = format!("{many} arguments in call to {{}} (have {{}}, want {{}})");
        let args =
            [Arg::Text(self.func_name(f).into()), Arg::Int(have as i64), Arg::Int(want as i64)];
        self.add_err(Code::Eval, &fmt, args);
        false
    }

    /// Calls a function on evaluated arguments. None after an error was added, or when a validator is content.
    pub(super) fn call(&mut self, f: FuncId, mut vals: Vec<Val>) -> R<Option<Val>> {
        self.step()?;
        if !self.check_arity(f, vals.len()) {
            return Ok(None);
        }
        for p in self.func_params(f).iter().skip(vals.len()) {
            if let Param::Default(text) = p {
                vals.push(Val::Str((*text).into()));
            }
        }
        for (i, v) in vals.iter().enumerate() {
            let want = self.func_param_kind(f, i);
            if let Some(b) = self.unwrap(v).and_then(|v| v.as_bottom().cloned()) {
                return Ok(Some(Val::Bottom(b)));
            }
            let kind = self.kind(v);
            if !want.meets(kind) {
                let name = self.func_name(f).into();
                let args = [
                    Arg::Val(v.clone()),
                    Arg::Kind(kind),
                    Arg::Kind(want),
                    Arg::Int(i as i64 + 1),
                    Arg::Text(name),
                ];
                self.add_err(
                    Code::Eval,
                    "cannot use {} (type {}) as {} in argument {} to {}",
                    args,
                );
                return Ok(None);
            }
        }
        match f {
            FuncId::Core(c) => self.call_core(c, vals),
            FuncId::Package(i) => self.call_package(i, vals),
        }
    }

    /// Applies a validator to a value. None when it holds.
    pub(super) fn run_validator(
        &mut self,
        v: &Arc<Validator>,
        value: &Val,
    ) -> R<Option<Arc<Bottom>>> {
        let mut vals = vec![self.validated(v.func, value)?];
        vals.extend(v.args.iter().cloned());
        let saved = (self.is_validator, self.errs.take(), self.ci.from_def, self.ci.from_embed);
        self.is_validator = true;
        (self.ci.from_def, self.ci.from_embed) = (false, false);
        let out = self.call(v.func, vals)?;
        let errs = self.errs.take();
        (self.is_validator, self.errs, self.ci.from_def, self.ci.from_embed) = saved;
        let cause = match out {
            Some(Val::Bottom(b)) => combine(errs, Some(b)),
            Some(Val::Bool(true)) => return Ok(None),
            None if errs.is_none() => return Ok(None),
            _ => errs,
        };
        let name = self.func_name(v.func);
        let args = if self.func_is_open(v.func) || v.args.is_empty() {
            name
        } else {
            let args: Vec<String> = v.args.iter().map(|a| self.val_text(a)).collect();
            format!("{name}({})", args.join(", "))
        };
        let code = cause.as_ref().map_or(Code::Eval, |b| b.code);
        let msg = self.msg(
            "invalid value {} (does not satisfy {})",
            [Arg::Val(value.clone()), Arg::Text(args.into())],
        );
        let mut b = Bottom::new(code, msg);
        if let Some(cause) = cause {
            let why = self.message_text(&cause);
            let mut head = (*b.msgs[0]).clone();
            head.fmt = format!("{}: {{}}", head.fmt).into();
            head.args.push(Arg::Text(why.into()));
            b.msgs[0] = Arc::new(head);
        }
        Ok(Some(Arc::new(b)))
    }

    fn validated(&mut self, f: FuncId, value: &Val) -> R<Val> {
        let scalar = self.unwrap(value).filter(|v| !matches!(v, Val::Node(_)));
        let open = matches!(f, FuncId::Core(_));
        Ok(match scalar {
            Some(v) if !open => v,
            _ => value.clone(),
        })
    }

    /// Turns a failed call into an error value.
    pub(super) fn call_failed(&mut self, f: FuncId, e: crate::func::CallError) -> R<Option<Val>> {
        let code = match e.kind {
            CallErrorKind::Unmet | CallErrorKind::UnmetYet if !self.is_validator => {
                return Ok(Some(Val::Bool(false)));
            }
            CallErrorKind::Fatal | CallErrorKind::Unmet => Code::Eval,
            CallErrorKind::Incomplete | CallErrorKind::UnmetYet => Code::Incomplete,
            CallErrorKind::Budget => return Err(self.spent("function")),
        };
        if matches!(e.kind, CallErrorKind::Unmet | CallErrorKind::UnmetYet) {
            return Ok(self.err_val(code, "{}", [Arg::Text(e.message.into())]));
        }
        let args = [Arg::Text(self.func_name(f).into()), Arg::Text(e.message.into())];
        Ok(self.err_val(code, "error in call to {}: {}", args))
    }
}

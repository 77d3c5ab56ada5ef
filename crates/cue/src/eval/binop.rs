//! Binary operators on concrete values, and comparison with the literal `_|_`.

use std::cmp::Ordering;

use super::equal::REGULAR_ONLY;
use super::node::*;
use super::sched::*;
use super::val::*;
use super::{Eval, R};
use crate::ir::{ExprId, Op};
use crate::kind::Kind;
use crate::num::{ArithError, IntOp, Num};

impl Eval {
    pub(super) fn binop(&mut self, op: Op, left: &Val, right: &Val) -> R<Val> {
        for (side, v) in [("left", left), ("right", right)] {
            if let Some(b) = self.operand_error(op, side, v, left)? {
                return Ok(Val::Bottom(b));
            }
        }
        if let Some(b) = self.compare(op, left, right) {
            return Ok(Val::Bool(b));
        }
        let lists = |e: &Self| e.kind(left) == Kind::LIST && e.kind(right) == Kind::LIST;
        match op {
            Op::Eq if lists(self) => return self.equal(left, right, REGULAR_ONLY).map(Val::Bool),
            Op::Ne if lists(self) => {
                return self.equal(left, right, REGULAR_ONLY).map(|b| Val::Bool(!b));
            }
            Op::BoolAnd | Op::BoolOr => return Ok(self.logic(op, left, right)),
            Op::Match | Op::NotMatch => return self.match_op(op, left, right),
            _ => {}
        }
        if let Some(v) = self.arithmetic(op, left, right)? {
            return Ok(v);
        }
        let (lk, rk) = (self.kind(left), self.kind(right));
        let args = [
            Arg::Val(left.clone()),
            Arg::Val(right.clone()),
            Arg::Text(op.text().into()),
            Arg::Kind(lk),
            Arg::Kind(rk),
        ];
        Ok(Val::Bottom(self.err(
            Code::Eval,
            "invalid operands {} and {} to '{}' (type {} and {})",
            args,
        )))
    }

    /// Operands must be concrete all the way down.
    fn operand_error(
        &mut self,
        op: Op,
        side: &str,
        v: &Val,
        left: &Val,
    ) -> R<Option<std::sync::Arc<Bottom>>> {
        let b = match v {
            Val::Bottom(b) => return Ok(Some(b.clone())),
            Val::Node(n) => {
                let n = *n;
                if self.node_kind(n).meets(Kind::COMPOSITE) {
                    self.finalize(n)?;
                }
                match self.validate(n, super::validate::Check::CONCRETE)? {
                    Some(b) => b,
                    None => return Ok(None),
                }
            }
            v if self.is_concrete(v) => return Ok(None),
            v => self.err(Code::Incomplete, "non-concrete value '{}'", [Arg::Val(v.clone())]),
        };
        let text = self.message_text(&b);
        let args =
            [Arg::Text(op.text().into()), Arg::Kind(self.kind(left)), Arg::Text(text.into())];
        let fmt = format!("invalid {side}-hand value to '{{}}' (type {{}}): {{}}");
        Ok(Some(self.err(b.code, &fmt, args)))
    }

    /// Comparison of scalars of comparable kinds.
    pub(super) fn compare(&mut self, op: Op, left: &Val, right: &Val) -> Option<bool> {
        let order = match (left, right) {
            (Val::Num(a), Val::Num(b)) => a.cmp_value(b),
            (Val::Str(a), Val::Str(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Val::Bytes(a), Val::Bytes(b)) => a.cmp(b),
            (Val::Bool(a), Val::Bool(b)) if matches!(op, Op::Eq | Op::Ne) => a.cmp(b),
            (Val::Null, Val::Null) if matches!(op, Op::Eq | Op::Ne) => Ordering::Equal,
            (Val::Null, other) | (other, Val::Null) if matches!(op, Op::Eq | Op::Ne) => {
                let _ = other;
                Ordering::Less
            }
            _ => return None,
        };
        Some(match op {
            Op::Eq => order == Ordering::Equal,
            Op::Ne => order != Ordering::Equal,
            Op::Lt => order == Ordering::Less,
            Op::Le => order != Ordering::Greater,
            Op::Gt => order == Ordering::Greater,
            Op::Ge => order != Ordering::Less,
            _ => return None,
        })
    }

    fn logic(&mut self, op: Op, left: &Val, right: &Val) -> Val {
        let a = self.as_bool(Some(left.clone()));
        if self.errs.is_none() && (op == Op::BoolAnd) != a {
            return Val::Bool(op == Op::BoolOr);
        }
        let b = self.as_bool(Some(right.clone()));
        match self.take_err() {
            Some(b) => Val::Bottom(b),
            None => Val::Bool(if op == Op::BoolAnd { a && b } else { a || b }),
        }
    }

    pub(super) fn match_op(&mut self, op: Op, left: &Val, right: &Val) -> R<Val> {
        let pattern = match right {
            Val::Str(s) => s.clone(),
            Val::Bytes(b) => String::from_utf8_lossy(b).as_ref().into(),
            v => {
                self.type_error(v, Kind::STRING | Kind::BYTES);
                return Ok(self.take_err().map_or(Val::Null, Val::Bottom));
            }
        };
        let Val::Str(text) = left else {
            self.type_error(left, Kind::STRING);
            return Ok(self.take_err().map_or(Val::Null, Val::Bottom));
        };
        let limit = self.limits.regex_bytes;
        let re = self
            .regexes
            .entry(pattern.clone())
            .or_insert_with(|| crate::re2::compile(&pattern, limit));
        match re {
            Ok(re) => Ok(Val::Bool(re.is_match(text) == (op == Op::Match))),
            Err(e) => {
                let e: std::sync::Arc<str> = e.as_str().into();
                Ok(Val::Bottom(self.err(Code::Eval, "invalid regexp: {}", [Arg::Text(e)])))
            }
        }
    }

    fn arithmetic(&mut self, op: Op, left: &Val, right: &Val) -> R<Option<Val>> {
        let out = match (op, left, right) {
            (Op::Add, Val::Num(a), Val::Num(b)) => self.number(a.add(b)),
            (Op::Sub, Val::Num(a), Val::Num(b)) => self.number(a.sub(b)),
            (Op::Mul, Val::Num(a), Val::Num(b)) => self.number(a.mul(b)),
            (Op::Quo, Val::Num(a), Val::Num(b)) => self.number(a.quo(b)),
            (Op::IntDiv | Op::IntMod | Op::IntQuo | Op::IntRem, Val::Num(a), Val::Num(b))
                if a.is_int() && b.is_int() =>
            {
                let op = match op {
                    Op::IntDiv => IntOp::Div,
                    Op::IntMod => IntOp::Mod,
                    Op::IntQuo => IntOp::Quo,
                    _ => IntOp::Rem,
                };
                self.number(a.int_op(op, b))
            }
            (Op::Add, Val::Str(a), Val::Str(b)) => {
                self.check_text(a.len() + b.len())?;
                Val::Str(format!("{a}{b}").into())
            }
            (Op::Add, Val::Bytes(a), Val::Bytes(b)) => {
                self.check_text(a.len() + b.len())?;
                Val::Bytes([&a[..], &b[..]].concat().into())
            }
            (Op::Mul, Val::Str(s), Val::Num(n)) | (Op::Mul, Val::Num(n), Val::Str(s))
                if n.is_int() =>
            {
                return self.repeat(n, s.len(), |count| Val::Str(s.repeat(count).into())).map(Some);
            }
            (Op::Mul, Val::Bytes(s), Val::Num(n)) | (Op::Mul, Val::Num(n), Val::Bytes(s))
                if n.is_int() =>
            {
                return self
                    .repeat(n, s.len(), |count| Val::Bytes(s.repeat(count).into()))
                    .map(Some);
            }
            _ => return self.list_arithmetic(op, left, right),
        };
        Ok(Some(out))
    }

    /// Lists add and multiply only in contexts that keep the arithmetic of older versions.
    fn list_arithmetic(&mut self, op: Op, left: &Val, right: &Val) -> R<Option<Val>> {
        let kinds = (self.kind(left), self.kind(right));
        if self.prog.list_arithmetic {
            match (op, kinds) {
                (Op::Add, (Kind::LIST, Kind::LIST)) => return self.joined_lists(left, right),
                (Op::Mul, (Kind::LIST, Kind::INT)) => return self.repeated_list(left, right),
                (Op::Mul, (Kind::INT, Kind::LIST)) => return self.repeated_list(right, left),
                _ => {}
            }
        }
        let see = "see https://cuelang.org/e/v0.11-list-arithmetic";
        let text = match (op, kinds) {
            (Op::Add, (Kind::LIST, Kind::LIST)) => {
                format!("Addition of lists is superseded by list.Concat; {see}")
            }
            (Op::Mul, (Kind::LIST, Kind::INT) | (Kind::INT, Kind::LIST)) => {
                format!("Multiplication of lists is superseded by list.Repeat; {see}")
            }
            (Op::Sub, _) => {
                for v in [left, right] {
                    self.type_error(&v.clone(), Kind::NUMBER);
                }
                return Ok(self.take_err().map(Val::Bottom));
            }
            _ => return Ok(None),
        };
        Ok(self.err_val(Code::Eval, &text, []))
    }

    fn number(&mut self, n: Result<Num, ArithError>) -> Val {
        match n {
            Ok(n) => Val::Num(n),
            Err(e) => Val::Bottom(self.err(Code::Eval, &e.to_string(), [])),
        }
    }

    fn check_text(&self, len: usize) -> R<()> {
        if len as u64 > self.limits.text { Err(self.spent("text")) } else { Ok(()) }
    }

    fn repeat(&mut self, n: &Num, len: usize, f: impl FnOnce(usize) -> Val) -> R<Val> {
        if n.is_negative() {
            return Ok(Val::Bottom(self.err(
                Code::Eval,
                "cannot convert negative number to uint64",
                [],
            )));
        }
        match n
            .to_i64()
            .and_then(|n| usize::try_from(n).ok())
            .and_then(|n| n.checked_mul(len).map(|size| (n, size)))
        {
            Some((n, size)) => {
                self.check_text(size)?;
                Ok(f(if len == 0 { 0 } else { n }))
            }
            None => Err(self.spent("text")),
        }
    }

    /// `x == _|_` and `x != _|_`.
    pub(super) fn compare_bottom(&mut self, x: ExprId, op: Op, _flags: Flags) -> R<Option<Val>> {
        let env = self.env;
        self.in_validator += 1;
        let (out, _) = self.scoped(env, |e| e.is_bottom(env, x))?;
        self.in_validator -= 1;
        match out {
            Ok(bottom) => Ok(Some(Val::Bool(bottom == (op == Op::Eq)))),
            Err(cycle) => {
                self.add_bottom(cycle);
                Ok(None)
            }
        }
    }

    fn is_bottom(&mut self, env: EnvId, x: ExprId) -> R<Result<bool, std::sync::Arc<Bottom>>> {
        let v = self.eval(x, Flags::new(NEED_TASKS_DONE, RunMode::Finalize))?;
        let u = self.default_of(v.clone()).flatten();
        let mut u = u.and_then(|u| self.unwrap(&u));
        if u.as_ref().is_some_and(|u| self.kind(u).meets(Kind::COMPOSITE)) {
            u.clone_from(&v);
        }
        match u {
            None => Ok(Ok(false)),
            Some(Val::Bottom(b)) => {
                match b.code {
                    Code::Cycle => return Ok(Err(b)),
                    Code::Incomplete => {
                        self.eval(x, Flags::new(ALL, RunMode::Ignore))?;
                        self.recheck_later(env, x, true);
                    }
                    _ => {}
                }
                Ok(Ok(true))
            }
            Some(Val::Node(n)) => {
                if self.has_depth_cycle(n) {
                    self.recheck_later(env, x, true);
                    return Ok(Ok(true));
                }
                self.finalize(n)?;
                if !self.is_defined(n)? {
                    self.recheck_later(env, x, true);
                    return Ok(Ok(true));
                }
                let inner = self.deref(n);
                let fatal = self
                    .unwrap(&Val::Node(inner))
                    .and_then(|v| v.as_bottom().map(|b| !b.is_incomplete()));
                Ok(Ok(fatal == Some(true)))
            }
            Some(v) => {
                self.recheck_later(env, x, false);
                let open = !self.is_concrete(&v);
                self.eval(x, Flags::new(NEED_TASKS_DONE, RunMode::Yield))?;
                Ok(Ok(open))
            }
        }
    }

    fn recheck_later(&mut self, env: EnvId, expr: ExprId, expect_error: bool) {
        let n = self.env_node(env);
        if self.state(n).is_some() {
            self.st(n).post_checks.push(PostCheck { env, expr, expect_error });
        }
    }
}

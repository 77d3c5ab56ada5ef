//! Expressions.

use std::sync::Arc;

use super::super::node::*;
use super::super::val::*;
use super::{D, Direct, Off, Phase, aside, leave};
use crate::eval::ArcType;
use crate::func::Param;
use crate::ir::{CoreFn, Expr, ExprId, FuncId, Op};
use crate::kind::Kind;
use crate::label::Label;

impl Direct<'_> {
    /// The value of an expression: a plain value, or a struct or list whose fields are known.
    pub(super) fn eval(&mut self, x: ExprId, env: EnvId) -> D<Val> {
        if let Expr::Val(v) = self.prog.expr(x) {
            return Ok(v.clone());
        }
        self.step()?;
        self.deeper(|d| d.eval_expr(x, env))
    }

    fn eval_expr(&mut self, x: ExprId, env: EnvId) -> D<Val> {
        let prog = self.prog;
        match prog.expr(x) {
            Expr::Val(v) => Ok(v.clone()),
            _ if self.is_reference(x) => {
                let arc = self.resolve(x, env)?;
                self.read(arc)
            }
            Expr::Struct(_) | Expr::List(_) | Expr::Disj { .. } => self.inline(x, env),
            Expr::Binary { op: Op::And, .. } => self.inline(x, env),
            Expr::Binary { op, x, y } => self.binary(*op, *x, *y, env),
            Expr::Unary { op, x } => {
                let v = self.scalar(*x, env)?;
                match (op, v) {
                    (Op::Sub, Val::Num(n)) => Ok(Val::Num(n.negated())),
                    (Op::Add, v @ Val::Num(_)) => Ok(v),
                    (Op::Not, Val::Bool(b)) => Ok(Val::Bool(!b)),
                    _ => aside(),
                }
            }
            Expr::Bound { op, x } => {
                let val = self.scalar(*x, env)?;
                match val {
                    Val::Num(_) | Val::Str(_) | Val::Bytes(_) => {
                        Ok(Val::Bound(Arc::new(Bound { op: *op, val })))
                    }
                    _ => aside(),
                }
            }
            Expr::Interp { bytes: false, parts } => self.interpolate(parts, env),
            Expr::Call { fun, args } => self.call(x, *fun, args, env),
            Expr::LabelRef { up } => {
                let at = (0..*up).fold(env, |e, _| self.e.envs[e.at()].up);
                let label = self.e.envs[at.at()].label;
                if label.is_none() { leave() } else { Ok(self.e.label_value(label)) }
            }
            _ => aside(),
        }
    }

    /// What a node holds.
    pub(super) fn read(&mut self, arc: NodeId) -> D<Val> {
        let mut v = self.e.deref(arc);
        // A node that turns out to be the same as another one hands on to it.
        while self.phase(v) == Phase::New {
            self.foreign(|d| d.expand(v))?;
            v = self.e.deref(v);
        }
        // Whether a field that is still required counts is told by the scheduler.
        if self.e.node(v).arc_type == ArcType::Required {
            return leave();
        }
        match (self.phase(v), &self.e.node(v).base) {
            (Phase::Aside, _) => aside(),
            (Phase::Entering, _) | (_, None) => leave(),
            (Phase::Growing, _) => leave(),
            (_, Some(base)) if base.is_mark() => Ok(Val::Node(v)),
            (_, Some(Val::Bottom(_) | Val::Node(_))) => leave(),
            (_, Some(base)) => Ok(base.clone()),
        }
    }

    /// A value with its default taken, which is concrete.
    pub(super) fn scalar(&mut self, x: ExprId, env: EnvId) -> D<Val> {
        let v = self.eval(x, env)?;
        self.concrete(v)
    }

    fn concrete(&mut self, v: Val) -> D<Val> {
        let v = self.settled(v)?;
        if self.e.is_concrete(&v) { Ok(v) } else { aside() }
    }

    /// A value with its default taken.
    fn settled(&self, v: Val) -> D<Val> {
        let mut v = v;
        while let Val::Disj(d) = &v {
            if d.defaults != 1 {
                return aside();
            }
            v = match &d.vals[0] {
                Val::Node(n) => self.node_value(*n)?,
                other => other.clone(),
            };
        }
        Ok(v)
    }

    /// The value of a finished node.
    fn node_value(&self, n: NodeId) -> D<Val> {
        let n = self.e.deref(n);
        match &self.e.node(n).base {
            Some(b) if b.is_mark() => Ok(Val::Node(n)),
            Some(b) => Ok(b.clone()),
            None => leave(),
        }
    }

    /// The value of an expression as a node outside the tree.
    fn inline(&mut self, x: ExprId, env: EnvId) -> D<Val> {
        let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        n.dynamic = true;
        n.conjuncts.push(Conj { env, elem: Elem::Expr(x), ci: CloseInfo::NONE });
        let n = self.e.new_node(n)?;
        self.read(n)
    }

    fn binary(&mut self, op: Op, x: ExprId, y: ExprId, env: EnvId) -> D<Val> {
        if matches!(op, Op::Eq | Op::Ne) {
            for (bottom, other) in [(x, y), (y, x)] {
                if self.e.is_literal_bottom(bottom) {
                    let is_bottom = self.is_bottom(other, env)?;
                    return Ok(Val::Bool(is_bottom == (op == Op::Eq)));
                }
            }
        }
        let (left, right) = (self.scalar(x, env)?, self.scalar(y, env)?);
        for v in [&left, &right] {
            if let Val::Node(n) = v {
                self.whole(*n)?;
            }
        }
        let out = self.e.binop(op, &left, &right)?;
        self.checked(Some(out))
    }

    /// What a part of the scheduler's way returned; where it complains it has to say so itself.
    fn checked(&mut self, v: Option<Val>) -> D<Val> {
        match (self.e.errs.take(), v) {
            (None, Some(v)) if v.as_bottom().is_none() => Ok(v),
            _ => aside(),
        }
    }

    /// Whether an expression has no value, as comparison with the literal `_|_` asks.
    fn is_bottom(&mut self, x: ExprId, env: EnvId) -> D<bool> {
        if !self.is_reference(x) {
            return aside();
        }
        let v = match self.eval(x, env) {
            Ok(v) => v,
            Err(Off::Missing | Off::Shapeless) => return Ok(true),
            Err(off) => return Err(off),
        };
        match self.settled(v)? {
            Val::Node(n) => {
                let within = self.growing.iter().any(|g| self.is_within(g.node, n));
                if within {
                    return leave();
                }
                self.whole(n)?;
                Ok(false)
            }
            // It may still become anything.
            v if self.e.kind(&v) == Kind::TOP => leave(),
            v => Ok(!self.e.is_concrete(&v)),
        }
    }

    fn interpolate(&mut self, parts: &[ExprId], env: EnvId) -> D<Val> {
        let mut text = String::new();
        for &p in parts {
            match self.scalar(p, env)? {
                Val::Str(s) => text.push_str(&s),
                Val::Num(n) => text.push_str(&n.to_string()),
                Val::Bool(b) => text.push_str(if b { "true" } else { "false" }),
                _ => return aside(),
            }
            if text.len() as u64 > self.e.limits.text {
                return leave();
            }
        }
        Ok(Val::Str(text.into()))
    }

    fn call(&mut self, x: ExprId, fun: ExprId, args: &[ExprId], env: EnvId) -> D<Val> {
        let f = self.function(fun, env)?;
        if matches!(
            f,
            FuncId::Core(
                CoreFn::And
                    | CoreFn::Or
                    | CoreFn::Error
                    | CoreFn::Close
                    | CoreFn::MatchN
                    | CoreFn::MatchIf
            )
        ) {
            return aside();
        }
        let params = self.e.func_params(f);
        if params.iter().any(|p| matches!(p, Param::Schema(_))) {
            return aside();
        }
        let mut vals = Vec::with_capacity(args.len());
        for &a in args {
            let v = self.scalar(a, env)?;
            if let Val::Node(n) = v {
                self.whole(n)?;
            }
            vals.push(v);
        }
        if self.e.makes_validator(f, vals.len()) {
            return Ok(Val::Valid(Arc::new(Validator {
                func: f,
                args: vals.into(),
                call: Some(x),
            })));
        }
        let out = self.e.call(f, vals)?;
        match self.checked(out)? {
            Val::Node(n) if !self.e.node(n).is_data => leave(),
            v => Ok(v),
        }
    }

    /// The function that an expression names. Those of packages are found without the package's node.
    fn function(&mut self, fun: ExprId, env: EnvId) -> D<FuncId> {
        let prog = self.prog;
        match prog.expr(fun) {
            Expr::Val(Val::Func(f)) => Ok(*f),
            Expr::Selector { x, sel } => {
                let Expr::Import(pkg) = prog.expr(*x) else { return leave() };
                let functions = &prog.packages[pkg.at()].functions;
                let found = functions.iter().find(|(label, _)| label == sel);
                found.map(|(_, f)| *f).ok_or(Off::Leave)
            }
            _ => match self.eval(fun, env)? {
                Val::Func(f) => Ok(f),
                _ => leave(),
            },
        }
    }

    /// Whether a concrete value meets a validator.
    pub(super) fn satisfies(&mut self, check: &Arc<Validator>, v: &Val) -> D<bool> {
        let out = self.e.run_validator(check, v)?;
        match (self.e.errs.take(), out) {
            (None, None) => Ok(true),
            (None, Some(b)) if !b.is_incomplete() => Ok(false),
            _ => leave(),
        }
    }

    /// Whether a concrete value lies within a bound.
    pub(super) fn within(&mut self, bound: &Arc<Bound>, v: &Val) -> D<bool> {
        let out = self.e.check_bound(bound, v)?;
        match (self.e.errs.take(), out) {
            (None, None) => Ok(true),
            (None, Some(b)) if !b.is_incomplete() => Ok(false),
            _ => leave(),
        }
    }

    pub(super) fn kind_of(&self, v: &Val) -> Kind {
        self.e.kind(v)
    }
}

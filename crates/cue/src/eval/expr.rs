//! Evaluating expressions to values.

use std::sync::Arc;

use super::node::*;
use super::sched::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::{Expr, ExprId, Op};
use crate::kind::Kind;

/// What is said in front of an error inside an interpolation.
pub(super) const INTERPOLATION: &str = "invalid interpolation: ";

impl Eval {
    /// The value of an expression. Errors are both returned and added.
    pub(super) fn eval(&mut self, x: ExprId, flags: Flags) -> R<Option<Val>> {
        self.eval_ci(x, flags).map(|(v, _)| v)
    }

    /// The default of an expression, with nodes of scalars replaced by the scalars.
    pub(super) fn eval_value(&mut self, x: ExprId, flags: Flags) -> R<Option<Val>> {
        let v = self.eval(x, flags)?;
        let v = self.default_of(v).flatten();
        Ok(v.and_then(|v| self.unwrap(&v)))
    }

    /// As [`Self::eval`], also returning the origin of what a reference led to.
    pub(super) fn eval_ci(&mut self, x: ExprId, flags: Flags) -> R<(Option<Val>, CloseInfo)> {
        self.step()?;
        self.deeper(|e| e.eval_guarded(x, flags))
    }

    fn eval_guarded(&mut self, x: ExprId, flags: Flags) -> R<(Option<Val>, CloseInfo)> {
        let saved = (self.pos, self.errs.take(), self.ci);
        let pos = self.prog.expr_pos[x.at()];
        if !pos.is_none() {
            self.pos = pos;
        }
        let mut v = self.eval_bare(x, flags)?;
        let ci = self.ci;
        if let Some(Val::Node(n)) = v
            && let Some(b) = self.bottom(n)
            && !b.is_incomplete()
        {
            v = Some(Val::Bottom(b));
        }
        if let Some(Val::Bottom(b)) = &v {
            let same = self.errs.as_ref().is_some_and(|e| Arc::ptr_eq(e, b));
            if !same {
                let errs = self.errs.take();
                self.errs = combine(errs, Some(b.clone()));
            }
        }
        let own = self.errs.take();
        self.errs = combine(own, saved.1);
        if let Some(b) = &self.errs {
            v = Some(Val::Bottom(b.clone()));
        }
        self.pos = saved.0;
        self.ci = saved.2;
        Ok((v, ci))
    }

    fn eval_bare(&mut self, x: ExprId, flags: Flags) -> R<Option<Val>> {
        if let Expr::Val(v) = self.prog.expr(x) {
            return Ok(Some(v.clone()));
        }
        if self.is_reference(x) { self.eval_reference(x, flags) } else { self.evaluate(x, flags) }
    }

    fn eval_reference(&mut self, x: ExprId, flags: Flags) -> R<Option<Val>> {
        let Some(orig) = self.resolve(x, flags)? else { return Ok(None) };
        if self.errs.is_some() {
            return Ok(None);
        }
        let arc = self.deref_non_shared(orig);
        if self.get_state(arc)? {
            let (ci, _) = self.detect_cycle(arc, arc, EnvId::NONE, x, self.ci);
            self.ci = ci;
        }
        if self.get_state(arc)? {
            let needs = flags.cond | ARC_TYPE;
            match flags.mode {
                RunMode::Finalize => {
                    self.unify(arc, needs, RunMode::Attempt, true)?;
                    self.freeze(arc, needs);
                }
                RunMode::Attempt => {
                    self.unify(arc, needs, RunMode::Attempt, true)?;
                }
                RunMode::Yield => return self.await_reference(x, orig, arc, flags),
                RunMode::Ignore => {}
            }
        }
        let arc = self.deref(arc);
        self.read_node(arc, x, flags)
    }

    fn await_reference(
        &mut self,
        x: ExprId,
        orig: NodeId,
        arc: NodeId,
        flags: Flags,
    ) -> R<Option<Val>> {
        self.unify(arc, flags.cond | ARC_TYPE, RunMode::Yield, true)?;
        let evaluating = self.node(arc).status == Status::Evaluating;
        if evaluating && orig != arc && self.node(arc).is_disjunct {
            if flags.cond == SCALAR && self.state(orig).is_some() && !self.meets(orig, SCALAR) {
                if let Some(&t) = self.stack.last() {
                    self.st(orig).default_attempt = self.tasks[t.at()].node;
                }
                self.wait_current::<()>(orig, flags.cond | ARC_TYPE)?;
            }
            return Ok(self.err_val(Code::Cycle, "unresolved disjunction: {}", [Arg::Expr(x)]));
        }
        let breaks =
            self.state(arc).is_some_and(|s| s.has_field_value) || !self.is_placeholder(arc);
        if evaluating && !breaks {
            self.add_err(Code::Cycle, "cycle with field: {}", [Arg::Expr(x)]);
            let arc = self.deref(arc);
            return self.read_node(arc, x, flags);
        }
        self.read_node(arc, x, flags)
    }

    /// The value of a node as an expression sees it.
    fn read_node(&mut self, v: NodeId, x: ExprId, flags: Flags) -> R<Option<Val>> {
        if self.is_undefined(v) {
            self.unify(v, flags.cond, flags.mode, true)?;
            if self.node(v).arc_type == ArcType::Pending {
                return Ok(self.pending_error(v, x));
            }
        }
        if let Some(st) = self.state(v) {
            if let Some(b) = st.errs.as_ref().filter(|b| !b.is_incomplete()) {
                return Ok(Some(Val::Bottom(b.clone())));
            }
            if let (Some(s), true) = (&st.scalar, self.is_placeholder(v)) {
                return Ok(Some(s.clone()));
            }
        }
        match self.node(v).base.clone() {
            Some(Val::Bottom(b)) if b.is_incomplete() => {
                self.add_bottom(b);
                Ok(None)
            }
            Some(Val::Bottom(b)) => Ok(Some(Val::Bottom(b))),
            None if self.state(v).is_some() => Ok(Some(self.validators(v))),
            None => Ok(None),
            Some(_) => Ok(Some(Val::Node(v))),
        }
    }

    fn pending_error(&mut self, v: NodeId, x: ExprId) -> Option<Val> {
        if self.node(v).status != Status::Evaluating {
            let label = self.node(v).label;
            self.add_err(Code::Incomplete, "undefined field: {}", [Arg::Label(label)]);
            return None;
        }
        let mut v = v;
        while !self.node(v).parent.is_none() && self.node(v).arc_type == ArcType::Pending {
            v = self.node(v).parent;
        }
        let b = self.err(Code::Cycle, "cycle with field {}", [Arg::Expr(x)]);
        self.node_mut(v).base = Some(Val::Bottom(b.clone()));
        Some(Val::Bottom(b))
    }

    fn is_undefined(&self, v: NodeId) -> bool {
        let n = self.node(v);
        n.arc_type != ArcType::Member || n.base.as_ref().is_none_or(Val::is_placeholder)
    }

    /// The node an expression stands for, its fields' existence settled; a plain value where there is no node.
    pub(super) fn unify_node(&mut self, x: ExprId, flags: Flags) -> R<Option<Val>> {
        let saved = (self.pos, self.errs.take());
        let pos = self.prog.expr_pos[x.at()];
        if !pos.is_none() {
            self.pos = pos;
        }
        let mut v = self.deeper(|e| e.unify_node_bare(x, flags))?;
        if let Some(Val::Node(n)) = v
            && let Some(b) = self.bottom(n)
            && !b.is_incomplete()
        {
            v = Some(Val::Bottom(b));
        }
        if let Some(Val::Bottom(b)) = &v {
            self.add_bottom(b.clone());
        }
        let own = self.errs.take();
        self.errs = combine(own, saved.1);
        if let Some(b) = &self.errs {
            v = Some(Val::Bottom(b.clone()));
        }
        self.pos = saved.0;
        Ok(v)
    }

    fn unify_node_bare(&mut self, x: ExprId, flags: Flags) -> R<Option<Val>> {
        if let Expr::Val(v) = self.prog.expr(x) {
            return Ok(Some(v.clone()));
        }
        if !self.is_reference(x) {
            return self.evaluate(x, flags);
        }
        let Some(v) = self.resolve(x, flags)? else { return Ok(None) };
        if self.errs.is_some() {
            return Ok(None);
        }
        let v = self.deref(v);
        if self.get_state(v)? {
            if !self.ci.is_cyclic || self.node(v).label.is_let() {
                self.st(v).has_non_cycle = true;
            }
            self.process(v, ARC_TYPE, RunMode::Yield)?;
            if !self.st(v).disjuncts.is_empty() {
                self.unify(v, ARC_TYPE, RunMode::Yield, false)?;
            }
        }
        Ok(Some(Val::Node(v)))
    }

    /// Everything that is neither a plain value nor a reference.
    fn evaluate(&mut self, x: ExprId, flags: Flags) -> R<Option<Val>> {
        let prog = self.prog.clone();
        match prog.expr(x) {
            Expr::Struct(_) | Expr::List(_) => {
                let v = self.inline_expr(x)?;
                self.complete_arcs_only(v)?;
                Ok(Some(Val::Node(v)))
            }
            Expr::Disj { .. } => {
                let v = self.inline_expr(x)?;
                self.finalize(v)?;
                Ok(Some(Val::Node(v)))
            }
            Expr::Bound { op, x } => self.eval_bound(*op, *x),
            Expr::Unary { op, x: operand } => self.eval_unary(*op, *operand, x),
            Expr::Binary { op: Op::And, .. } => self.eval_and(x),
            Expr::Binary { op, x: l, y: r } => self.eval_binary(*op, *l, *r, flags),
            Expr::Interp { bytes, parts } => self.eval_interp(*bytes, parts),
            Expr::Call { fun, args } => self.eval_call(x, *fun, args, flags),
            Expr::Slice { x, lo, hi } => self.eval_slice(*x, *lo, *hi),
            Expr::LabelRef { up } => {
                let label = self.envs[self.env_up(*up).at()].label;
                Ok(Some(if label.is_none() {
                    Val::Kind(Kind::STRING)
                } else {
                    self.label_value(label)
                }))
            }
            _ => Ok(None),
        }
    }

    fn inline_expr(&mut self, x: ExprId) -> R<NodeId> {
        let c = Conj { env: self.env, elem: Elem::Expr(x), ci: self.ci };
        self.inline_node(vec![c])
    }

    fn eval_and(&mut self, x: ExprId) -> R<Option<Val>> {
        let ci = CloseInfo { links: self.ci.links, ..CloseInfo::NONE };
        let v = self.inline_node(vec![Conj { env: self.env, elem: Elem::Expr(x), ci }])?;
        let dynamic = self.node(self.env_node(self.env)).dynamic;
        if (self.in_detached == 0 && dynamic) || self.in_validator > 0 {
            self.finalize(v)?;
        } else {
            self.complete_arcs_only(v)?;
        }
        Ok(Some(Val::Node(v)))
    }

    fn eval_bound(&mut self, op: Op, x: ExprId) -> R<Option<Val>> {
        let v = self.eval_value(x, Flags::SCALAR)?;
        let Some(v) = v.filter(|v| v.as_bottom().is_none()) else { return Ok(v_or_none(self)) };
        let kind = self.kind(&v);
        let equality = matches!(op, Op::Ne | Op::Eq);
        let args = [Arg::Expr(x), Arg::Text(op.text().into())];
        let scalar = Kind::NUMBER | Kind::STRING | Kind::BYTES;
        let composite = Kind::NULL | Kind::COMPOSITE;
        if kind == Kind::NULL || kind == Kind::STRUCT || kind == Kind::LIST {
            if !equality {
                let args = [Arg::Kind(kind), Arg::Text(op.text().into())];
                return Ok(self.err_val(Code::Eval, "cannot use {} for bound {}", args));
            }
        } else if ![Kind::INT, Kind::FLOAT, Kind::NUMBER, Kind::STRING, Kind::BYTES].contains(&kind)
        {
            let mask = if equality { scalar | composite } else { scalar };
            if kind.meets(mask) {
                self.add_err(Code::Incomplete, "non-concrete value {} for bound {}", args);
                return Ok(None);
            }
            let args = [Arg::Val(v), Arg::Kind(kind), Arg::Text(op.text().into())];
            return Ok(self.err_val(Code::Eval, "invalid value {} (type {}) for bound {}", args));
        }
        if !self.is_concrete(&v) {
            self.add_err(Code::Incomplete, "non-concrete value {} for bound {}", args);
            return Ok(None);
        }
        Ok(Some(Val::Bound(Arc::new(Bound { op, val: v }))))
    }

    fn eval_unary(&mut self, op: Op, operand: ExprId, whole: ExprId) -> R<Option<Val>> {
        if !self.prog.can_be_concrete(operand) {
            let args = [Arg::Expr(operand), Arg::Text(op.text().into())];
            self.add_err(Code::Eval, "invalid operand {} ('{}' requires concrete value)", args);
            return Ok(None);
        }
        let v = self.eval_value(operand, Flags::SCALAR)?;
        let expected = match (op, &v) {
            (_, None) => return Ok(None),
            (_, Some(Val::Bottom(_))) => return Ok(v),
            (Op::Sub, Some(Val::Num(n))) => return Ok(Some(Val::Num(n.negated()))),
            (Op::Add, Some(Val::Num(_))) => return Ok(v),
            (Op::Not, Some(Val::Bool(b))) => return Ok(Some(Val::Bool(!b))),
            (Op::Not, _) => Kind::BOOL,
            _ => Kind::NUMBER,
        };
        let kind = v.as_ref().map_or(Kind::BOTTOM, |v| self.kind(v));
        if kind.meets(expected) {
            let args = [Arg::Expr(operand), Arg::Text(op.text().into()), Arg::Kind(kind)];
            self.add_err(Code::Incomplete, "operand {} of '{}' not concrete (was {})", args);
            return Ok(None);
        }
        let args = [Arg::Expr(whole), Arg::Text(op.text().into()), Arg::Kind(kind)];
        Ok(self.err_val(Code::Eval, "invalid operation {} ({} {})", args))
    }

    fn eval_binary(&mut self, op: Op, x: ExprId, y: ExprId, flags: Flags) -> R<Option<Val>> {
        if matches!(op, Op::Eq | Op::Ne) {
            if self.is_literal_bottom(x) {
                return self.compare_bottom(y, op, flags);
            }
            if self.is_literal_bottom(y) {
                return self.compare_bottom(x, op, flags);
            }
        }
        let left = self.concrete(x, op)?;
        let right = self.concrete(y, op)?;
        let errs = [&left, &right].map(|v| v.as_ref().and_then(Val::as_bottom).cloned());
        let [a, b] = errs;
        if let Some(b) = combine(a, b) {
            return Ok(Some(Val::Bottom(b)));
        }
        if let Some(b) = self.take_err() {
            return Ok(Some(Val::Bottom(b)));
        }
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        self.binop(op, &left, &right).map(Some)
    }

    pub(super) fn is_literal_bottom(&self, x: ExprId) -> bool {
        matches!(self.prog.expr(x), Expr::Val(Val::Bottom(b)) if b.code == Code::Literal)
    }

    /// An operand of an arithmetic or comparison operator.
    fn concrete(&mut self, x: ExprId, op: Op) -> R<Option<Val>> {
        let env = self.env;
        let (w, err) = self.scoped(env, |e| e.eval(x, Flags::SCALAR))?;
        let Some(w) = self.default_of(w) else { return Ok(None) };
        let v = w.as_ref().and_then(|w| self.unwrap(w));
        match v {
            Some(v) if self.is_concrete(&v) => Ok(Some(v)),
            _ => {
                if v.is_none()
                    && let Some(b) = err
                {
                    return Ok(Some(Val::Bottom(b)));
                }
                let shown = w.map_or(Arg::Expr(x), Arg::Val);
                let args = [shown, Arg::Text(op.text().into())];
                Ok(self.err_val(Code::Incomplete, "non-concrete value {} in operand to {}", args))
            }
        }
    }

    fn eval_interp(&mut self, bytes: bool, parts: &[ExprId]) -> R<Option<Val>> {
        let mut text = String::new();
        let mut raw = Vec::new();
        for &p in parts {
            let v = self.eval_value(p, Flags::SCALAR)?;
            match (bytes, v) {
                (true, Some(Val::Bytes(b))) => raw.extend_from_slice(&b),
                (true, v) => raw.extend_from_slice(self.as_text(v)?.as_bytes()),
                (false, v) => text.push_str(&self.as_text(v)?),
            }
            if (text.len() + raw.len()) as u64 > self.limits.text {
                return Err(self.spent("text"));
            }
        }
        if let Some(err) = self.take_err() {
            let mut b =
                Bottom { msgs: err.msgs.clone(), node: self.vertex, ..Bottom::bare(err.code) };
            for m in &mut b.msgs {
                let mut wrapped = (**m).clone();
                wrapped.fmt = format!("{INTERPOLATION}{}", wrapped.fmt).into();
                *m = Arc::new(wrapped);
            }
            return Ok(Some(Val::Bottom(Arc::new(b))));
        }
        Ok(Some(if bytes { Val::Bytes(raw.into()) } else { Val::Str(text.into()) }))
    }

    /// A scalar as interpolation shows it. Empty after an error was added.
    pub(super) fn as_text(&mut self, v: Option<Val>) -> R<String> {
        let v = v.and_then(|v| self.unwrap(&v));
        Ok(match v {
            None | Some(Val::Bottom(_)) => String::new(),
            Some(Val::Str(s)) => s.to_string(),
            Some(Val::Bytes(b)) => String::from_utf8_lossy(&b).into_owned(),
            Some(Val::Num(n)) => n.to_string(),
            Some(Val::Bool(b)) => b.to_string(),
            Some(v) => {
                self.no_text(&v)?;
                String::new()
            }
        })
    }

    /// Complains of a value that is no text and cannot be written as one.
    fn no_text(&mut self, v: &Val) -> R<()> {
        let kinds = Kind::STRING | Kind::NUMBER | Kind::BYTES | Kind::BOOL;
        let kind = self.kind(v);
        if kind.meets(kinds) {
            let args = [Arg::Val(v.clone()), Arg::Kind(kind)];
            self.add_err(Code::Incomplete, "non-concrete value {} (type {})", args);
            return Ok(());
        }
        if let Val::Node(n) = v {
            // The message shows what is in it.
            self.finalize(*n)?;
        }
        self.type_error(v, kinds);
        Ok(())
    }

    pub(super) fn as_bool(&mut self, v: Option<Val>) -> bool {
        match v.and_then(|v| self.unwrap(&v)) {
            Some(Val::Bool(b)) => b,
            None | Some(Val::Bottom(_)) => false,
            Some(v) => {
                self.type_error(&v, Kind::BOOL);
                false
            }
        }
    }

    pub(super) fn type_error(&mut self, v: &Val, want: Kind) {
        if v.as_bottom().is_some() {
            return;
        }
        let kind = self.kind(v);
        if !self.is_concrete(v) && kind.meets(want) {
            self.add_err(
                Code::Incomplete,
                "incomplete {}: {}",
                [Arg::Kind(want), Arg::Val(v.clone())],
            );
        } else {
            let args = [Arg::Val(v.clone()), Arg::Kind(kind), Arg::Kind(want)];
            self.add_err(Code::Eval, "cannot use {} (type {}) as type {}", args);
        }
    }

    fn eval_slice(&mut self, x: ExprId, lo: Option<ExprId>, hi: Option<ExprId>) -> R<Option<Val>> {
        let v = self.eval_value(x, Flags::new(FIELD_SET, RunMode::Yield))?;
        let len = match &v {
            None => {
                self.add_err(Code::Incomplete, "non-concrete slice subject {}", [Arg::Expr(x)]);
                return Ok(None);
            }
            Some(Val::Bottom(_)) => return Ok(v),
            Some(Val::Node(n)) if self.is_list(*n) => self.node(*n).arcs.len(),
            Some(Val::Bytes(b)) => b.len(),
            Some(v) => {
                let args = [Arg::Val(v.clone()), Arg::Kind(self.kind(v))];
                return Ok(self.err_val(Code::Eval, "cannot slice {} (type {})", args));
            }
        };
        let lo = self.slice_index(lo, 0)?;
        let hi = self.slice_index(hi, len)?;
        let (Some(lo), Some(hi)) = (lo, hi) else { return Ok(None) };
        if hi > len {
            return Ok(self.err_val(Code::Eval, "index {} out of range", [Arg::Int(hi as i64)]));
        }
        if lo > hi {
            let args = [Arg::Int(lo as i64), Arg::Int(hi as i64)];
            return Ok(self.err_val(Code::Eval, "invalid slice index: {} > {}", args));
        }
        match v {
            Some(Val::Bytes(b)) => Ok(Some(Val::Bytes(b[lo..hi].into()))),
            Some(Val::Node(n)) => self.slice_list(n, lo, hi).map(|n| Some(Val::Node(n))),
            _ => Ok(None),
        }
    }

    fn slice_index(&mut self, x: Option<ExprId>, otherwise: usize) -> R<Option<usize>> {
        let Some(x) = x else { return Ok(Some(otherwise)) };
        match self.eval_value(x, Flags::SCALAR)? {
            Some(Val::Num(n)) => match n.to_i64().and_then(|i| usize::try_from(i).ok()) {
                Some(i) => Ok(Some(i)),
                None => {
                    self.add_err(
                        Code::Eval,
                        "cannot convert {} to uint64",
                        [Arg::Val(Val::Num(n))],
                    );
                    Ok(None)
                }
            },
            None | Some(Val::Bottom(_)) => Ok(None),
            Some(v) => {
                self.type_error(&v, Kind::INT);
                Ok(None)
            }
        }
    }

    fn slice_list(&mut self, n: NodeId, lo: usize, hi: usize) -> R<NodeId> {
        let mut list = Node::new(NodeId::NONE, crate::label::Label::NONE, ArcType::Member);
        list.dynamic = true;
        list.base = Some(Val::ListMark { open: false });
        list.status = Status::Finalized;
        let list = self.new_node(list)?;
        let arcs = self.node(n).arcs[lo..hi].to_vec();
        for (i, a) in arcs.into_iter().enumerate() {
            let mut copy = Node::new(list, crate::label::Label::int(i as u32), ArcType::Member);
            copy.base = Some(Val::Node(a));
            copy.conjuncts.clone_from(&self.node(a).conjuncts);
            copy.status = self.node(a).status;
            copy.is_shared = true;
            let copy = self.new_node(copy)?;
            self.node_mut(list).arcs.push(copy);
        }
        Ok(list)
    }
}

/// A failed operand contributes the errors that were added.
fn v_or_none(e: &Eval) -> Option<Val> {
    e.errs.clone().map(Val::Bottom)
}

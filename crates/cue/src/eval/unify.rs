//! Completing a node: its tasks, its value, its fields, its checks, in this order.

use std::sync::Arc;

use super::node::*;
use super::sched::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::Op;
use crate::kind::Kind;

impl Eval {
    /// Brings a node as far as `needs` ask and `mode` allows. True when they hold.
    pub(super) fn unify(
        &mut self,
        v: NodeId,
        needs: Cond,
        mode: RunMode,
        check_typos: bool,
    ) -> R<bool> {
        if mode == RunMode::Ignore {
            return Ok(false);
        }
        if !self.get_state(v)? {
            return Ok(true);
        }
        self.step()?;
        let saved = self.st(v).eval_depth;
        let out = self.deeper(|e| e.unify_inner(v, needs, mode, check_typos));
        self.st(v).eval_depth = saved;
        out
    }

    fn unify_inner(&mut self, v: NodeId, needs: Cond, mode: RunMode, check_typos: bool) -> R<bool> {
        let parent = self.node(v).parent;
        if !self.rooted(v) || self.all_child_conjuncts_known(parent) || mode == RunMode::Finalize {
            self.signal(v, ANCESTORS_DONE)?;
        }
        let own_needs = needs & !SUB_FIELDS;
        if self.node(v).base.is_none() {
            self.node_mut(v).base = Some(self.placeholder());
        }
        self.update_scalar(v)?;
        if own_needs == SCALAR | ARC_TYPE && self.meets(v, own_needs) {
            return Ok(true);
        }
        let again =
            self.node(v).status == Status::Evaluating && self.st(v).eval_depth == self.eval_depth;
        if again && mode == RunMode::Attempt && needs & FIELD_SET == 0 {
            return Ok(false);
        }
        self.node_mut(v).status = Status::Evaluating;
        self.st(v).eval_depth = self.eval_depth;
        self.settle_pending(v, needs, check_typos)?;
        self.process(v, own_needs, mode)?;
        if self.node(v).arc_type != ArcType::Pending
            && self.meets(v, ANCESTORS_DONE)
            && !self.st(v).sched.tasks_left()
        {
            self.signal(v, ARC_TYPE)?;
        }
        let saved = std::mem::replace(&mut self.vertex, v);
        let out = self.unify_value(v, needs, mode, check_typos);
        self.vertex = saved;
        out
    }

    fn settle_pending(&mut self, v: NodeId, needs: Cond, check_typos: bool) -> R<()> {
        if self.node(v).arc_type != ArcType::Pending {
            return Ok(());
        }
        self.process(v, PENDING, RunMode::Attempt)?;
        if self.node(v).arc_type == ArcType::Pending {
            let mut at = 0;
            while let Some(&a) = self.node(v).arcs.get(at) {
                at += 1;
                self.unify(a, needs, RunMode::Attempt, check_typos)?;
            }
        }
        Ok(())
    }

    fn unify_value(&mut self, v: NodeId, needs: Cond, mode: RunMode, check_typos: bool) -> R<bool> {
        let w = self.deref_disjunct(v);
        if w != v {
            return self.adopt_disjunct(v, w, needs);
        }
        self.update_scalar(v)?;
        if let Some(by) = self.st(v).a_struct.clone() {
            let ci = self.st(v).a_struct_id;
            let pos = match by {
                Arg::Struct(lit) => self.prog.structs.get(lit.at()).map_or(self.pos, |s| s.pos),
                _ => self.pos,
            };
            self.update_kind(v, Kind::STRUCT, by, pos, ci);
        }
        if !self.meets(v, needs & !SUB_FIELDS) && mode != RunMode::Finalize {
            return Ok(false);
        }
        self.drop_placeholder(v);
        if !self.st(v).is_shared {
            self.validate_value(v)?;
        }
        if let Some(Val::Node(w)) = self.node(v).base
            && self.st(v).share_cycle == CycleType::None
        {
            if self.has_depth_cycle(w) {
                self.report_cycle(v);
                return Ok(true);
            }
            self.unify(w, needs, mode, check_typos)?;
        }
        self.unify_fields(v, needs, mode, check_typos)?;
        if let Some(err) = self.node_err(v) {
            self.st(v).errs = None;
            let own = self.node(v).base.as_ref().and_then(Val::as_bottom).cloned();
            let all = combine(own, Some(err));
            self.node_mut(v).base = all.map(Val::Bottom);
        }
        self.finalize_disjunctions(v)?;
        if mode == RunMode::Attempt {
            return Ok(self.meets(v, needs));
        }
        let mask = self.st(v).sched.completed & needs;
        if mask != 0 {
            self.signal(v, mask)?;
        }
        let w = self.deref(v);
        if w != v {
            return self.follow(v, w, needs, mode, check_typos);
        }
        if self.st(v).sched.completed & SUB_FIELDS == 0 {
            return Ok(self.meets(v, needs));
        }
        let block_close = self.st(v).has_top && !self.st(v).has_struct;
        if self.st(v).is_def && !block_close {
            self.node_mut(v).closed_rec = true;
        }
        if check_typos {
            self.eval_depth += 1;
            self.check_typos(v);
            self.eval_depth -= 1;
        }
        self.node_mut(v).status = Status::Finalized;
        Ok(self.meets(v, needs))
    }

    fn adopt_disjunct(&mut self, v: NodeId, w: NodeId, needs: Cond) -> R<bool> {
        let (closed, status, errs) = {
            let w = self.node(w);
            (w.closed_rec, w.status, w.child_errors.clone())
        };
        let n = self.node_mut(v);
        n.closed_rec = closed;
        n.status = status;
        n.child_errors = combine(n.child_errors.take(), errs);
        n.arcs.clear();
        Ok(status == Status::Finalized || self.meets(w, needs))
    }

    fn drop_placeholder(&mut self, v: NodeId) {
        if self.st(v).is_shared {
            let orig = &mut self.st(v).orig_base;
            if orig.as_ref().is_some_and(Val::is_placeholder) {
                *orig = None;
            }
        } else if self.is_placeholder(v) {
            self.node_mut(v).base = None;
        }
    }

    fn unify_fields(&mut self, v: NodeId, needs: Cond, mode: RunMode, check_typos: bool) -> R<()> {
        if self.st(v).sched.completed & SUB_FIELDS != 0 {
            return Ok(());
        }
        if needs & SUB_FIELDS != 0 {
            let cyclic = self.assert_structural_cycle(v);
            if !cyclic && self.node(v).status != Status::Finalized && !self.st(v).kind.is_bottom() {
                self.complete_arcs(v, needs, mode, check_typos)?;
            }
            if mode == RunMode::Finalize {
                self.signal(v, SUB_FIELDS)?;
            }
            if self.node(v).base.is_none() {
                let b = self.validators(v);
                self.node_mut(v).base = Some(b);
            }
            self.run_checks(v)?;
        } else if needs & FIELD_SET != 0 {
            self.eval_arc_types(v, mode)?;
        }
        Ok(())
    }

    fn run_checks(&mut self, v: NodeId) -> R<()> {
        let concrete = self.value(v).is_some_and(|x| self.is_concrete(&x));
        if !concrete {
            return Ok(());
        }
        for c in std::mem::take(&mut self.st(v).checks) {
            let Elem::Val(check) = &c.elem else { continue };
            let value = Val::Node(v);
            if let Some(b) = self.validate_with(&c, check, &value)? {
                self.add_bottom_to(v, Some(b));
            }
        }
        Ok(())
    }

    /// Runs one check of a node in the environment it came from.
    fn validate_with(&mut self, c: &Conj, check: &Val, value: &Val) -> R<Option<Arc<Bottom>>> {
        let saved = (self.env, self.ci);
        (self.env, self.ci) = (c.env, c.ci);
        let out = match check {
            Val::Bound(b) => {
                let value = self.unwrap(value).unwrap_or_else(|| value.clone());
                self.check_bound(b, &value)
            }
            Val::Valid(x) => self.run_validator(x, value),
            _ => Ok(None),
        };
        (self.env, self.ci) = saved;
        out
    }

    fn follow(
        &mut self,
        v: NodeId,
        w: NodeId,
        needs: Cond,
        mode: RunMode,
        check_typos: bool,
    ) -> R<bool> {
        let n = self.node_mut(v);
        n.arcs.clear();
        n.child_errors = None;
        if self.st(v).sched.completed & SUB_FIELDS == 0 {
            if self.node(w).status == Status::Unprocessed {
                self.unify(w, needs, mode, false)?;
            }
            return Ok(self.meets(v, needs));
        }
        let (closed, ellipsis, status) = {
            let w = self.node(w);
            (w.closed_rec, w.has_ellipsis, w.status)
        };
        let n = self.node_mut(v);
        n.closed_rec |= closed;
        n.has_ellipsis |= ellipsis;
        n.status = status;
        self.finalize_sharing(v)?;
        if self.has_ancestor(v, w) {
            self.report_cycle(v);
            return Ok(true);
        }
        self.unify(w, needs, mode, check_typos)?;
        Ok(true)
    }

    fn all_child_conjuncts_known(&self, v: NodeId) -> bool {
        if v.is_none() {
            return true;
        }
        let n = self.node(v);
        if n.status == Status::Finalized || (n.state.is_none() && n.status != Status::Unprocessed) {
            return true;
        }
        n.state.is_some() && self.meets(v, FIELD_CONJUNCTS | ANCESTORS_DONE)
    }

    /// Runs the tasks that determine a node's own fields, ancestors first.
    pub(super) fn complete_tasks(&mut self, v: NodeId, mode: RunMode) -> R<()> {
        if std::mem::replace(&mut self.st(v).completing, true) {
            return Ok(());
        }
        let out = self.deeper(|e| e.complete_tasks_inner(v, mode));
        self.st(v).completing = false;
        out
    }

    fn complete_tasks_inner(&mut self, v: NodeId, mode: RunMode) -> R<()> {
        let (parent, dynamic, is_let) = {
            let n = self.node(v);
            (n.parent, n.dynamic, n.label.is_let())
        };
        if !is_let && !parent.is_none() && self.node(parent).state.is_some() {
            let done = self.st(v).sched.completed & ANCESTORS_DONE != 0;
            if !dynamic && !done && self.in_progress(parent) {
                self.complete_tasks(parent, mode)?;
            }
        }
        if dynamic || is_let || self.all_child_conjuncts_known(parent) {
            self.signal(v, ANCESTORS_DONE)?;
        }
        if self.st(v).sched.tasks_left() {
            self.process(v, VALUE | FIELD_CONJUNCTS, mode)?;
            self.update_scalar(v)?;
        }
        Ok(())
    }

    fn update_scalar(&mut self, v: NodeId) -> R<()> {
        let Some(scalar) = self.st(v).scalar.clone() else { return Ok(()) };
        if self.is_err(v) && !self.is_placeholder(v) {
            return Ok(());
        }
        let to_disjunct = match self.node(v).base {
            Some(Val::Node(w)) => self.node(w).is_disjunct,
            _ => false,
        };
        if !to_disjunct {
            self.node_mut(v).base = Some(scalar);
        }
        self.signal(v, SCALAR)
    }

    fn complete_arcs(&mut self, v: NodeId, needs: Cond, mode: RunMode, check_typos: bool) -> R<()> {
        self.complete_tasks(v, RunMode::Finalize)?;
        self.eval_depth += 1;
        let check_typos = check_typos && !self.st(v).has_disjunction;
        let mut at = 0;
        while let Some(&a) = self.node(v).arcs.get(at) {
            at += 1;
            self.unify(a, needs, mode, check_typos)?;
            let (arc_type, label) = (self.node(a).arc_type, self.node(a).label);
            if arc_type == ArcType::Pending {
                self.node_mut(a).arc_type = ArcType::NotPresent;
                continue;
            }
            let misplaced = arc_type <= ArcType::Required && label.is_str();
            if misplaced
                && !self.st(v).kind.meets(Kind::STRUCT)
                && !self.is_err(v)
                && !self.is_err(a)
            {
                let with = self.value(v).unwrap_or(Val::Top);
                self.report_field_mismatch(v, label, with);
            }
        }
        let mut arcs = std::mem::take(&mut self.node_mut(v).arcs);
        arcs.retain(|a| self.node(*a).arc_type != ArcType::NotPresent);
        self.node_mut(v).arcs.clone_from(&arcs);
        for a in arcs {
            if !self.node(a).label.is_let()
                && self.node(a).arc_type <= ArcType::Required
                && let Some(b) = self.bottom(a)
            {
                self.add_child_error(v, &b);
            }
        }
        self.run_post_checks(v)?;
        self.finalize_sharing(v)?;
        // What came as data is there from the start.
        let (live, written) = (&self.live_lits, self.prog.structs.len());
        let mut structs = std::mem::take(&mut self.nodes[v.at()].structs);
        structs.retain(|s| s.lit.at() >= written || live.contains(&s.lit));
        self.nodes[v.at()].structs = structs;
        self.eval_depth -= 1;
        Ok(())
    }

    /// Comparisons with `_|_` must come out as they did when they were first made.
    fn run_post_checks(&mut self, v: NodeId) -> R<()> {
        for at in 0..self.st(v).post_checks.len() {
            let c = self.st(v).post_checks[at];
            let (x, _) = self.scoped(c.env, |e| {
                let x = e.eval(c.expr, Flags::new(ALL, RunMode::Ignore))?;
                Ok(e.default_of(x).flatten())
            })?;
            let is_error = x.and_then(|x| self.unwrap(&x)).is_none_or(|x| x.as_bottom().is_some());
            if is_error != c.expect_error {
                let fmt = "circular dependency in evaluation of conditionals: {} changed after evaluation";
                let mut msg = self.msg(fmt, [Arg::Expr(c.expr)]);
                msg.node = v;
                let own = self.node(v).base.as_ref().and_then(Val::as_bottom).cloned();
                let all = combine(own, Some(Arc::new(Bottom::new(Code::Cycle, msg))));
                self.node_mut(v).base = all.map(Val::Bottom);
            }
        }
        Ok(())
    }

    pub(super) fn complete_pending(&mut self, v: NodeId, mode: RunMode) -> R<()> {
        let mut at = 0;
        while let Some(&a) = self.node(v).arcs.get(at) {
            at += 1;
            if self.get_state(a)? {
                self.deeper(|e| e.complete_pending(a, mode))?;
            }
        }
        self.process(v, PENDING, mode).map(drop)
    }

    fn eval_arc_types(&mut self, v: NodeId, mode: RunMode) -> R<()> {
        let mut at = 0;
        while let Some(&a) = self.node(v).arcs.get(at) {
            at += 1;
            if self.node(a).arc_type == ArcType::Pending {
                self.unify(a, ARC_TYPE, mode, false)?;
                if self.node(a).arc_type == ArcType::Pending {
                    self.node_mut(a).arc_type = ArcType::NotPresent;
                }
            }
        }
        Ok(())
    }

    /// Gives a node without scalar its struct mark or its constraints, and checks a concrete one against its bounds.
    fn validate_value(&mut self, v: NodeId) -> R<()> {
        let st = self.st(v);
        let (a_struct, kind, has_top) = (st.a_struct.is_some(), st.kind, st.has_top);
        let mut mark = a_struct;
        if !mark && !self.node(v).structs.is_empty() {
            let member = |a: &NodeId| {
                let a = self.node(*a);
                a.label.is_regular() && a.arc_type != ArcType::Optional
            };
            mark = (kind.meets(Kind::STRUCT) && !has_top) || self.node(v).arcs.iter().any(member);
        }
        if self.node(v).base.is_none() && mark {
            self.node_mut(v).base = Some(Val::StructMark);
        }
        let value = self.value(self.deref(v));
        match value {
            Some(x) if self.is_concrete(&x) => {
                let (lo, hi) = (self.st(v).lower.clone(), self.st(v).upper.clone());
                for b in [lo, hi].into_iter().flatten() {
                    if x.as_bottom().is_none()
                        && let Some(e) = self.check_bound(&b, &x)?
                    {
                        self.add_bottom_to(v, Some(e));
                    }
                }
            }
            _ => {
                let b = self.validators(v);
                self.node_mut(v).base = Some(b);
            }
        }
        Ok(())
    }

    /// What is known of a node that is not concrete: bounds, checks, kind.
    pub(super) fn validators(&mut self, v: NodeId) -> Val {
        let st = self.st(v);
        let (own, lower, upper, checks) =
            (st.kind, st.lower.clone(), st.upper.clone(), st.checks.clone());
        let mut kind = Kind::TOP;
        let mut vals = Vec::new();
        for b in [&lower, &upper].into_iter().flatten() {
            kind &= self.kind(&Val::Bound(b.clone()));
            vals.push(Val::Bound(b.clone()));
        }
        for c in checks {
            let Elem::Val(x) = c.elem else { continue };
            if let Val::Bound(b) = &x
                && b.op == Op::Ne
                && [&upper, &lower]
                    .into_iter()
                    .flatten()
                    .any(|y| self.simplify_bounds(own, y, b).is_some())
            {
                continue;
            }
            kind &= self.kind(&x);
            vals.push(x);
        }
        if kind & !own != Kind::BOTTOM {
            vals.push(Val::Kind(own));
        }
        match vals.len() {
            0 => Val::Kind(own),
            1 => vals.swap_remove(0),
            _ => Val::Conj(vals.into()),
        }
    }

    /// Completes a node entirely; leftovers become errors.
    pub(crate) fn finalize(&mut self, v: NodeId) -> R<()> {
        let errs = self.errs.take();
        self.unify(v, ALL, RunMode::Finalize, true)?;
        self.errs = errs;
        Ok(())
    }

    /// Completes the set of fields of a node, not the fields themselves.
    pub(super) fn complete_arcs_only(&mut self, v: NodeId) -> R<()> {
        self.unify(v, FIELD_SET, RunMode::Finalize, true).map(drop)
    }
}

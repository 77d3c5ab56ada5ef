//! Meeting a value into the record of a node: scalars, kinds, bounds, validators, finished nodes.

use std::sync::Arc;

use super::close::{HAS_TOP, OPEN_VALIDATOR};
use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::{Op, Pos};
use crate::kind::Kind;

impl Eval {
    /// Meets `k` into the kind of a node; a contradiction is reported against what set the kind first.
    pub(super) fn update_kind(
        &mut self,
        node: NodeId,
        k: Kind,
        by: Arg,
        pos: Pos,
        ci: CloseInfo,
    ) -> bool {
        self.update_info(node, k, ci, 0);
        let st = self.st(node);
        let own = st.kind;
        if own.is_bottom() || k.is_bottom() {
            return false;
        }
        let meet = own & k;
        if meet.is_bottom() {
            match st.kind_expr.clone() {
                Some(first) => {
                    let at = (st.kind_pos, pos);
                    self.report_kinds(node, (first, own), (by.clone(), k), at);
                }
                None => {
                    let args = [by.clone(), Arg::Kind(own), Arg::Kind(k)];
                    self.add_err_to(
                        node,
                        "conflicting value {} (mismatched types {} and {})",
                        args,
                    );
                }
            }
        }
        let st = self.st(node);
        if st.kind != meet || st.kind_expr.is_none() {
            st.kind_expr = Some(by);
            st.kind_pos = pos;
        }
        st.kind = meet;
        !meet.is_bottom()
    }

    fn report_kinds(&mut self, node: NodeId, a: (Arg, Kind), b: (Arg, Kind), at: (Pos, Pos)) {
        let vals = [a.0, b.0, Arg::Kind(a.1), Arg::Kind(b.1)];
        let mut msg = self.msg("conflicting values {} and {} (mismatched types {} and {})", vals);
        msg.pos = Pos::NONE;
        msg.more.extend([at.0, at.1].into_iter().filter(|p| !p.is_none()));
        msg.node = node;
        self.add_bottom_to(node, Some(Arc::new(Bottom::new(Code::Eval, msg))));
    }

    pub(super) fn insert_value(
        &mut self,
        node: NodeId,
        env: EnvId,
        v: Val,
        ci: CloseInfo,
    ) -> R<()> {
        self.update_info(node, Kind::TOP, ci, 0);
        match &v {
            Val::Node(x) => return self.insert_node(node, env, *x, ci),
            Val::Bottom(b) if b.no_share => return self.unshare(node),
            Val::Bottom(b) => {
                self.add_bottom_to(node, Some(b.clone()));
                return Ok(());
            }
            Val::Func(f) => {
                if let Some(v) = self.bare_validator(*f) {
                    return self.insert_value(node, env, v, ci);
                }
            }
            _ => {}
        }
        let kind = self.kind(&v);
        let pos = self.pos;
        if !self.update_kind(node, kind, Arg::Val(v.clone()), pos, ci) {
            return Ok(());
        }
        self.insert_plain(node, env, v, ci)?;
        self.meet_bounds(node, env, ci)
    }

    fn insert_plain(&mut self, node: NodeId, env: EnvId, v: Val, ci: CloseInfo) -> R<()> {
        match v {
            Val::Disj(d) => {
                self.update_cyclic(node, ci)?;
                let ci = ci.optional();
                let mode = |i| Mode::of_term(d.has_defaults, i < d.defaults);
                let terms = d
                    .vals
                    .iter()
                    .enumerate()
                    .map(|(i, v)| (Elem::Val(v.clone()), mode(i)))
                    .collect();
                self.schedule_disjunction(node, PendingDisj { env, ci, terms });
                Ok(())
            }
            Val::Conj(vals) => {
                for v in vals.iter() {
                    self.insert_value(node, env, v.clone(), ci)?;
                }
                Ok(())
            }
            Val::Top => {
                self.update_cyclic(node, ci)?;
                self.st(node).has_top = true;
                self.update_info(node, Kind::TOP, ci, HAS_TOP);
                Ok(())
            }
            Val::Kind(k) => {
                self.update_cyclic(node, ci)?;
                if k != Kind::TOP {
                    self.update_info(node, Kind::TOP, ci, HAS_TOP);
                }
                Ok(())
            }
            Val::Bound(b) => {
                self.update_cyclic(node, ci)?;
                self.insert_bound(node, env, b, ci)
            }
            Val::Valid(v) => self.insert_validator(node, env, v, ci),
            scalar => self.insert_scalar(node, scalar, ci),
        }
    }

    fn insert_scalar(&mut self, node: NodeId, v: Val, ci: CloseInfo) -> R<()> {
        self.update_cyclic(node, ci)?;
        let pos = self.pos;
        match self.st(node).scalar.clone() {
            Some(y) => {
                if !self.equal_scalars(&v, &y) {
                    let at = (pos, self.st(node).scalar_pos);
                    self.report_conflict(node, &v, &y, at);
                }
                Ok(())
            }
            None => {
                let st = self.st(node);
                st.scalar = Some(v);
                st.scalar_pos = pos;
                self.signal(node, super::sched::SCALAR)
            }
        }
    }

    fn insert_bound(&mut self, node: NodeId, env: EnvId, b: Arc<Bound>, ci: CloseInfo) -> R<()> {
        let kind = self.st(node).kind;
        let known = match b.op {
            Op::Lt | Op::Le => self.st(node).upper.take(),
            Op::Gt | Op::Ge => self.st(node).lower.take(),
            _ => return self.insert_check_bound(node, env, b, ci),
        };
        let upper = matches!(b.op, Op::Lt | Op::Le);
        let b = match known {
            Some(y) => match self.simplify_bounds(kind, &b, &y) {
                Some(Val::Bound(b)) => b,
                Some(other) => return self.insert_value(node, env, other, ci),
                None => b,
            },
            None => b,
        };
        let st = self.st(node);
        *(if upper { &mut st.upper } else { &mut st.lower }) = Some(b);
        Ok(())
    }

    fn insert_check_bound(
        &mut self,
        node: NodeId,
        env: EnvId,
        b: Arc<Bound>,
        ci: CloseInfo,
    ) -> R<()> {
        let kind = self.st(node).kind;
        let mut covered = false;
        let checks = std::mem::take(&mut self.st(node).checks);
        let mut kept = Vec::with_capacity(checks.len() + 1);
        for c in checks {
            if let Elem::Val(Val::Bound(y)) = &c.elem
                && let Some(Val::Bound(z)) = self.simplify_bounds(kind, &b, y)
            {
                if Arc::ptr_eq(&z, &b) {
                    continue;
                }
                covered |= Arc::ptr_eq(&z, y);
            }
            kept.push(c);
        }
        if !covered {
            kept.push(Conj { env, elem: Elem::Val(Val::Bound(b)), ci });
        }
        self.st(node).checks = kept;
        Ok(())
    }

    fn insert_validator(
        &mut self,
        node: NodeId,
        env: EnvId,
        v: Arc<Validator>,
        ci: CloseInfo,
    ) -> R<()> {
        let val = Val::Valid(v.clone());
        let kind = self.kind(&val);
        if kind.meets(Kind::COMPOSITE) {
            let open = if self.func_is_open(v.func) { OPEN_VALIDATOR } else { 0 };
            self.update_info(node, Kind::TOP, ci, open | HAS_TOP);
        }
        for at in 0..self.st(node).checks.len() {
            if let Elem::Val(Val::Valid(y)) = self.st(node).checks[at].elem.clone()
                && self.same_validator(&v, &y)?
            {
                return Ok(());
            }
        }
        self.st(node).checks.push(Conj { env, elem: Elem::Val(val.clone()), ci });
        if kind == Kind::TOP {
            self.st(node).has_top = true;
        }
        let pos = self.pos;
        self.update_kind(node, kind, Arg::Val(val), pos, ci);
        Ok(())
    }

    fn same_validator(&mut self, a: &Arc<Validator>, b: &Arc<Validator>) -> R<bool> {
        if Arc::ptr_eq(a, b) {
            return Ok(true);
        }
        if a.func != b.func || a.args.len() != b.args.len() {
            return Ok(false);
        }
        for (x, y) in a.args.iter().zip(b.args.iter()) {
            for v in [x, y] {
                if let Val::Node(n) = v {
                    self.finalize(*n)?;
                }
            }
            if !self.equal(x, y, super::equal::STRUCTURAL)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn meet_bounds(&mut self, node: NodeId, env: EnvId, ci: CloseInfo) -> R<()> {
        let st = self.st(node);
        let (Some(lo), Some(hi)) = (st.lower.clone(), st.upper.clone()) else { return Ok(()) };
        let kind = st.kind;
        if let Some(v) = self.simplify_bounds(kind, &lo, &hi) {
            let st = self.st(node);
            st.lower = None;
            st.upper = None;
            self.insert_value(node, env, v, ci)?;
        }
        Ok(())
    }

    fn insert_node(&mut self, node: NodeId, env: EnvId, x: NodeId, ci: CloseInfo) -> R<()> {
        let mut ci = ci;
        if self.node(x).closed_once {
            self.node_mut(node).closed_once = true;
            if !self.is_from_disjunction(x) {
                ci = self.add_resolver(node, x, ci, false);
            }
        }
        if matches!(self.node(x).base, Some(Val::StructMark)) {
            self.mark_struct(node, Arg::Val(Val::Node(x)), ci);
        }
        if !self.is_data(x) {
            self.update_cyclic(node, ci)?;
            let c = Conj { env, elem: Elem::Val(Val::Node(x)), ci };
            return self.schedule_vertex(node, c, x, ci);
        }
        match self.node(x).base.clone() {
            Some(Val::ListMark { .. }) => {
                self.update_cyclic(node, ci)?;
                self.add_task(TaskKind::ListNode, node, env, Elem::Val(Val::Node(x)), ci);
                Ok(())
            }
            Some(Val::StructMark) => {
                for a in self.node(x).arcs.clone() {
                    if self.node(a).arc_type == ArcType::Member {
                        let c = Conj { env: EnvId::NONE, elem: Elem::Val(Val::Node(a)), ci };
                        let label = self.node(a).label;
                        self.insert_arc(node, label, ArcType::Member, c, ci, true)?;
                    }
                }
                let structs = self.node(x).structs.clone();
                self.node_mut(node).structs.extend(structs);
                Ok(())
            }
            Some(v) => self.insert_value(node, env, v, ci),
            None => Ok(()),
        }
    }

    fn is_from_disjunction(&self, v: NodeId) -> bool {
        if matches!(self.node(v).base, Some(Val::Disj(_))) {
            return true;
        }
        let mut v = v;
        loop {
            if self.node(v).is_disjunct {
                return true;
            }
            match self.node(v).base {
                Some(Val::Node(w)) => v = w,
                _ => return false,
            }
        }
    }
}

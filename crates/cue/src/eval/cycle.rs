//! Reference and structural cycles.
//!
//! Detection is per conjunct: each carries the references it came through. A reference that reaches an ancestor, or
//! repeats a target without new structure, is postponed until some other conjunct proves that there is new structure;
//! a node left with nothing but such conjuncts is a structural cycle.

use super::node::*;
use super::val::*;
use super::{Eval, R};
use crate::ir::ExprId;

impl Eval {
    /// Checks following `expr` from `node` to `arc`. True: the conjunct adds nothing now and is to be skipped.
    pub(super) fn detect_cycle(
        &mut self,
        node: NodeId,
        arc: NodeId,
        env: EnvId,
        expr: ExprId,
        ci: CloseInfo,
    ) -> (CloseInfo, bool) {
        let mut ci = ci;
        if self.has_ancestor(node, arc) {
            self.st(node).has_ancestor_cycle = true;
            let blocked = !self.st(node).has_non_cycle;
            return self.mark_cyclic(node, arc, env, expr, ci, blocked);
        }
        let (non_cyclic, non_cycle, depth) = {
            let st = self.st(node);
            (st.has_non_cyclic, st.has_non_cycle, st.depth)
        };
        if non_cyclic && ci.cycle == CycleType::Maybe {
            return (ci, false);
        }
        let mut at = ci.links;
        while !at.is_none() {
            let link = self.links[at.at()];
            at = link.next;
            if self.same_node(link.arc, arc) {
                if self.same_node(link.node, node) {
                    return (ci, true);
                }
                if ci.cycle == CycleType::Optional && non_cyclic {
                    ci.cycle = CycleType::Maybe;
                    if link.depth == depth {
                        return (ci, true);
                    }
                    ci.links = LinkId::NONE;
                    return (ci, false);
                }
                if non_cycle && non_cyclic && link.depth != depth {
                    return (ci, false);
                }
                return self.mark_cyclic(node, arc, env, expr, ci, !non_cyclic && !non_cycle);
            }
            if self.same_node(link.node, node)
                && link.expr == Some(expr)
                && self.node(arc).non_rooted
            {
                return self.mark_cyclic(node, arc, env, expr, ci, !non_cyclic && !non_cycle);
            }
        }
        let link = Link {
            expr: Some(expr),
            arc: self.identity(arc),
            node: self.identity(node),
            next: ci.links,
            depth,
        };
        self.links.push(link);
        ci.links = LinkId(self.links.len() as u32 - 1);
        (ci, false)
    }

    fn mark_cyclic(
        &mut self,
        node: NodeId,
        arc: NodeId,
        env: EnvId,
        expr: ExprId,
        mut ci: CloseInfo,
        blocked: bool,
    ) -> (CloseInfo, bool) {
        ci.cycle = CycleType::Cyclic;
        ci.is_cyclic = true;
        self.st(node).has_any_cyclic = true;
        if blocked && !env.is_none() {
            self.st(node).cyclic.push((Conj { env, elem: Elem::Expr(expr), ci }, arc));
            return (ci, true);
        }
        (ci, false)
    }

    pub(super) fn mark_non_cyclic(&mut self, node: NodeId, ci: CloseInfo) {
        if matches!(ci.cycle, CycleType::None | CycleType::Optional) {
            self.st(node).has_non_cyclic = true;
        }
    }

    pub(super) fn has_depth_cycle(&self, v: NodeId) -> bool {
        self.node(v).status != Status::Finalized
            && self.state(v).is_some_and(|s| s.eval_depth > 0 && s.eval_depth < self.eval_depth)
    }

    pub(super) fn has_ancestor(&self, node: NodeId, arc: NodeId) -> bool {
        if self.has_depth_cycle(arc) {
            return true;
        }
        let target = self.identity(arc);
        let mut p = self.node(node).parent;
        while !p.is_none() {
            if self.identity(p) == target {
                return true;
            }
            p = self.node(p).parent;
        }
        false
    }

    /// New structure was proven: postponed conjuncts may enter.
    pub(super) fn update_cyclic(&mut self, node: NodeId, ci: CloseInfo) -> R<()> {
        self.st(node).has_field_value = true;
        if ci.is_cyclic {
            return Ok(());
        }
        let st = self.st(node);
        st.has_non_cycle = true;
        for (c, arc) in std::mem::take(&mut st.cyclic) {
            let ci = c.ci;
            if arc.is_none() {
                self.schedule_conjunct(node, c, ci)?;
            } else {
                self.schedule_vertex(node, c, arc, ci)?;
            }
        }
        Ok(())
    }

    /// Reports a node that has nothing but cyclic conjuncts.
    pub(super) fn assert_structural_cycle(&mut self, node: NodeId) -> bool {
        let st = self.st(node);
        st.cyclic.clear();
        let only = (st.has_ancestor_cycle && !st.has_non_cycle)
            || (st.has_any_cyclic && !st.has_non_cyclic);
        if only {
            self.report_cycle(node);
        }
        only
    }

    pub(super) fn report_cycle(&mut self, node: NodeId) {
        let mut msg = self.msg("structural cycle", []);
        msg.node = node;
        let b = Arc::new(Bottom::new(Code::Structural, msg));
        let own = self.node(node).base.as_ref().and_then(Val::as_bottom).cloned();
        let all = combine(own, Some(b));
        let n = self.node_mut(node);
        n.base = all.map(Val::Bottom);
        n.arcs.clear();
    }
}

use std::sync::Arc;

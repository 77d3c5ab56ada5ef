//! Sharing: a node whose only conjunct is a plain reference points at its target instead of copying it.

use super::node::*;
use super::val::Val;
use super::{Eval, R};

impl Eval {
    /// Takes back the sharing of a node: it needs a structure of its own.
    pub(super) fn unshare(&mut self, node: NodeId) -> R<()> {
        let st = self.st(node);
        st.no_sharing = true;
        if !st.is_shared {
            return Ok(());
        }
        st.is_shared = false;
        let base = st.orig_base.take();
        let shared = st.shared.clone();
        let ids = st.shared_ids.clone();
        let target = match self.node(node).base {
            Some(Val::Node(v)) => v,
            _ => NodeId::NONE,
        };
        let n = self.node_mut(node);
        n.is_shared = false;
        n.base = base;
        if let (Some(c), false) = (shared, target.is_none()) {
            for id in ids {
                self.schedule_vertex(node, c.clone(), target, id)?;
            }
        }
        self.release_shared_ids(node);
        Ok(())
    }

    pub(super) fn finalize_sharing(&mut self, node: NodeId) -> R<()> {
        self.release_shared_ids(node);
        if !self.st(node).is_shared {
            return Ok(());
        }
        let Some(Val::Node(v)) = self.node(node).base else { return Ok(()) };
        if self.st(node).share_cycle == CycleType::None {
            self.finalize(v)?;
        } else if self.node(v).status != Status::Finalized {
            self.to_finalize.push(v);
        }
        let attached = self.state(v).map_or(NodeId::NONE, |s| s.attached);
        if !attached.is_none() {
            self.node_mut(v).parent = attached;
            self.st(node).is_shared = false;
        }
        Ok(())
    }

    pub(super) fn add_shared(&mut self, node: NodeId, ci: CloseInfo) {
        let st = self.st(node);
        if st.shared_ids.is_empty() || st.share_cycle < ci.cycle {
            st.share_cycle = ci.cycle;
        }
        st.shared_ids.push(ci);
    }

    fn release_shared_ids(&mut self, node: NodeId) {
        if std::mem::replace(&mut self.st(node).share_decremented, true) {
            return;
        }
        let kind = self.node_kind(node);
        for id in self.st(node).shared_ids.clone() {
            self.update_info(node, kind, id, 0);
        }
    }

    pub(super) fn share(&mut self, node: NodeId, c: Conj, arc: NodeId, ci: CloseInfo) -> R<()> {
        let base = self.node(node).base.clone();
        let st = self.st(node);
        st.orig_base = base;
        st.is_shared = true;
        st.shared = Some(c);
        let n = self.node_mut(node);
        n.base = Some(Val::Node(arc));
        n.is_shared = true;
        self.add_shared(node, ci);
        let may_attach = !self.node(arc).label.is_let() && !self.node(arc).anonymous;
        if may_attach && self.is_detached(arc) && self.get_state(arc)? {
            self.st(arc).attached = node;
        }
        Ok(())
    }

    fn is_detached(&self, v: NodeId) -> bool {
        let mut v = v;
        while !v.is_none() {
            if self.rooted(v) {
                return false;
            }
            let attached = self.state(v).map_or(NodeId::NONE, |s| s.attached);
            v = if attached.is_none() { self.node(v).parent } else { attached };
        }
        true
    }

    /// Shares `arc` when nothing speaks against it.
    pub(super) fn share_if_possible(
        &mut self,
        node: NodeId,
        c: &Conj,
        arc: NodeId,
        ci: CloseInfo,
    ) -> R<bool> {
        let (n, a) = (self.node(node), self.node(arc));
        let refused = !n.arcs.is_empty()
            || a.non_rooted
            || a.dynamic
            || (ci.cycle == CycleType::Cyclic && (n.non_rooted || n.dynamic))
            || (n.closed_rec && !a.closed_rec)
            || a.label.is_let()
            || matches!(a.base, Some(Val::Func(_)))
            || self.errs.is_some()
            || self.state(node).is_some_and(|s| s.no_sharing || s.is_shared);
        if !refused {
            self.share(node, c.clone(), arc, ci)?;
        }
        Ok(!refused)
    }
}

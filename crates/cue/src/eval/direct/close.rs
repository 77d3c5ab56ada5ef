//! Closedness, as far as it can be decided directly: what a definition that a node refers to refuses.

use smallvec::SmallVec;

use super::super::close::{HAS_ELLIPSIS, HAS_STRUCT, HAS_TOP, always_allowed};
use super::super::node::*;
use super::enter::Draft;
use super::{D, Direct, Off, leave};
use crate::eval::ArcType;
use crate::ir::ExprId;

/// A requirement: whatever is a field must have come through the origin of this number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Req {
    id: u32,
    /// It holds for the node itself only, not for what lies below its fields.
    once: bool,
    /// A `...` within lets other fields of the node itself through. What lies below its fields stays closed.
    open: bool,
}

impl Direct<'_> {
    /// The origin of what comes through a reference.
    pub(super) fn joined_origin(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        arc: NodeId,
        x: ExprId,
        ci: CloseInfo,
    ) -> D<CloseInfo> {
        let mut ci = ci;
        let mut at = ci.links;
        while !at.is_none() {
            let link = self.e.links[at.at()];
            if link.arc == arc {
                return leave();
            }
            at = link.next;
        }
        if self.is_within(v, arc) {
            return leave();
        }
        let depth = 0;
        self.e.links.push(Link { expr: Some(x), arc, node: v, next: ci.links, depth });
        ci.links = LinkId(self.e.links.len() as u32 - 1);
        let a = self.e.node(arc);
        if self.e.names_def(x) || a.label.is_def() {
            draft.is_def = true;
            ci.from_def = true;
            if ci.from_embed || self.reqs.contains_key(&v) {
                draft.is_closed_part = true;
            } else {
                ci.def_id = self.require(v, ci.def_id, false);
            }
        } else if a.closed_rec || a.closed_once {
            draft.is_closed_part = true;
        }
        Ok(ci)
    }

    /// The origin of a literal that `close` closes.
    pub(super) fn closed_origin(&mut self, v: NodeId, ci: CloseInfo) -> D<CloseInfo> {
        if ci.from_embed || self.reqs.contains_key(&v) {
            return leave();
        }
        self.e.node_mut(v).closed_once = true;
        let def_id = self.require(v, ci.def_id, true);
        Ok(CloseInfo { def_id, ..ci })
    }

    /// Opens a requirement at a node and returns its number.
    fn require(&mut self, v: NodeId, within: u32, once: bool) -> u32 {
        let id = self.e.next_def_id();
        self.e.containments[id as usize] = within;
        self.reqs.entry(v).or_default().push(Req { id, once, open: false });
        id
    }

    /// Settles which requirements hold for the fields of a node: its own and those of its parent that say something
    /// here.
    pub(super) fn note_requirements(&mut self, v: NodeId, draft: &Draft) {
        if self.reqs.is_empty() {
            return;
        }
        let parent = self.e.node(v).parent;
        let mut all: SmallVec<[Req; 2]> = self.reqs.get(&parent).cloned().unwrap_or_default();
        all.retain(|r| !r.once);
        all.extend(self.reqs.get(&v).into_iter().flatten().copied());
        all.retain(|r| {
            let mut flags = 0;
            let mut any = false;
            for (id, own) in &draft.infos {
                if self.contains(r.id, *id) {
                    any = true;
                    flags |= own;
                }
            }
            r.open = flags & HAS_ELLIPSIS != 0;
            any && (flags & HAS_TOP == 0 || flags & HAS_STRUCT != 0)
        });
        if all.is_empty() {
            self.reqs.remove(&v);
        } else {
            self.reqs.insert(v, all);
        }
    }

    fn contains(&self, id: u32, child: u32) -> bool {
        let mut at = child;
        while at != 0 {
            if at == id {
                return true;
            }
            at = self.e.containments[at as usize];
        }
        false
    }

    /// Whether a node has fields that closedness could refuse.
    pub(super) fn has_refusable(&self, v: NodeId) -> bool {
        self.e.node(v).arcs.iter().any(|a| !always_allowed(self.e.node(*a).label))
    }

    /// Refuses the fields that a requirement has no word of.
    pub(super) fn check_closed(&mut self, v: NodeId) -> D<()> {
        let Some(reqs) = self.reqs.get(&v) else { return Ok(()) };
        for &a in &self.e.node(v).arcs {
            let n = self.e.node(a);
            if always_allowed(n.label) || n.arc_type > ArcType::Optional {
                continue;
            }
            let shown = |r: &Req| n.conjuncts.iter().any(|c| self.contains(r.id, c.ci.def_id));
            if !reqs.iter().all(|r| r.open || shown(r)) {
                // An optional field that is refused becomes an error without being one of the node.
                return if n.arc_type == ArcType::Optional { leave() } else { Err(Off::Conflict) };
            }
        }
        Ok(())
    }
}

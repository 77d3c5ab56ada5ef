//! Closedness by evidence: which fields a definition or `close` refuses.
//!
//! Every reference to something closed opens a requirement with an id; every conjunct carries the id it came through.
//! When a node is complete, each of its fields must show, for every live requirement, a conjunct whose id is contained
//! in it. Nothing is refused before a node is complete, so the order of evaluation cannot matter.

use super::node::*;
use super::val::{Val, combine};
use super::{ArcType, Eval, R};
use crate::kind::Kind;
use crate::label::Label;

/// What opened a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReqKind {
    Embedding,
    Reference,
    Struct,
}

/// A requirement opened at a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefInfo {
    target: NodeId,
    id: u32,
    parent: u32,
    embed: u32,
    ignore: bool,
    kind: ReqKind,
    recursive: bool,
}

/// The closedness side of the conjuncts that share an id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConjunctInfo {
    id: u32,
    embed: u32,
    kind: Kind,
    flags: u8,
}

/// `from` also counts as `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Replace {
    from: u32,
    to: u32,
}

/// A requirement as it applies to the fields of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReqSet {
    id: u32,
    parent: u32,
    embed: u32,
    kind: ReqKind,
    once: bool,
    ignored: bool,
    removed: bool,
}

pub(super) const HAS_ELLIPSIS: u8 = 1;
pub(super) const HAS_TOP: u8 = 2;
pub(super) const HAS_STRUCT: u8 = 4;
pub(super) const OPEN_VALIDATOR: u8 = 8;

/// Labels that closedness never refuses.
pub(super) fn always_allowed(label: Label) -> bool {
    label.is_hidden() || label.is_def() || label.is_let()
}

impl Eval {
    pub(super) fn next_def_id(&mut self) -> u32 {
        self.containments.push(0);
        self.containments.len() as u32 - 1
    }

    pub(super) fn add_replacement(&mut self, node: NodeId, from: u32, to: u32) {
        if from == to {
            return;
        }
        if from < to && self.containments[to as usize] == 0 {
            self.containments[to as usize] = from;
            return;
        }
        let st = self.st(node);
        st.computed_close = false;
        st.req_sets.clear();
        st.replaces.push(Replace { from, to });
    }

    pub(super) fn update_info(&mut self, node: NodeId, kind: Kind, ci: CloseInfo, flags: u8) {
        let infos = &mut self.st(node).infos;
        match infos.iter_mut().find(|c| c.id == ci.def_id) {
            Some(c) => {
                c.kind &= kind;
                c.flags |= flags;
            }
            None => infos.push(ConjunctInfo { id: ci.def_id, embed: ci.embed, kind, flags }),
        }
    }

    /// Opens (or joins) the requirement of a reference to `target` and returns the origin of what comes through it.
    pub(super) fn add_resolver(
        &mut self,
        node: NodeId,
        target: NodeId,
        mut ci: CloseInfo,
        force_ignore: bool,
    ) -> CloseInfo {
        let (closed_once, closed_rec) =
            (self.node(target).closed_once, self.node(target).closed_rec);
        if ((ci.from_def && ci.from_embed) || closed_once) && !force_ignore {
            self.activate_outer(node, ci.outer, closed_rec);
        }
        let ignore = if force_ignore {
            true
        } else if ci.embed != 0 || ci.outer == 0 {
            !(ci.from_def || closed_once)
        } else {
            ci.from_embed
        };
        let known = self.st(node).reqs.iter().find(|x| x.target == target).map(|x| x.id);
        let id = match known {
            Some(id) if ci.embed == 0 => id,
            _ => {
                let next = self.next_def_id();
                if let Some(id) = known {
                    self.add_replacement(node, next, id);
                }
                self.st(node).reqs.push(RefInfo {
                    target,
                    id: next,
                    parent: ci.outer,
                    embed: ci.embed,
                    ignore,
                    kind: ReqKind::Reference,
                    recursive: closed_rec,
                });
                next
            }
        };
        let from = ci.def_id;
        ci.def_id = id;
        self.add_replacement(node, from, id);
        ci
    }

    fn activate_outer(&mut self, node: NodeId, outer: u32, recursive: bool) {
        let mut outer = outer;
        for x in self.st(node).reqs.iter_mut().rev() {
            if outer != 0 && x.id == outer {
                x.ignore = false;
                x.recursive |= recursive;
                outer = x.parent;
            }
        }
    }

    fn new_req(&mut self, node: NodeId, mut ci: CloseInfo, kind: ReqKind) -> CloseInfo {
        let id = self.next_def_id();
        self.add_replacement(node, ci.def_id, id);
        let parent = ci.def_id;
        ci.def_id = id;
        match kind {
            ReqKind::Embedding => ci.embed = id,
            _ => ci.outer = id,
        }
        let (embed, recursive, target) = (ci.embed, ci.from_def, self.empty);
        self.st(node).reqs.push(RefInfo {
            target,
            id,
            parent,
            embed,
            ignore: true,
            kind,
            recursive,
        });
        ci
    }

    /// Marks what comes from an embedding. A call or arithmetic needs no group of its own.
    pub(super) fn embed_scope(
        &mut self,
        node: NodeId,
        ci: CloseInfo,
        needs_group: bool,
    ) -> CloseInfo {
        let mut ci = ci;
        ci.from_embed = true;
        if needs_group { self.new_req(node, ci, ReqKind::Embedding) } else { ci }
    }

    /// Marks the literal around embeddings, which they close together.
    pub(super) fn struct_scope(&mut self, node: NodeId, ci: CloseInfo, is_file: bool) -> CloseInfo {
        if ci.outer != 0 || ci.from_embed || is_file { ci } else { self.split_scope(node, ci) }
    }

    pub(super) fn split_scope(&mut self, node: NodeId, ci: CloseInfo) -> CloseInfo {
        self.new_req(node, ci, ReqKind::Struct)
    }

    /// Refuses the fields of a complete node that lack evidence.
    pub(super) fn check_typos(&mut self, node: NodeId) {
        let v = self.deref(node);
        if self.node(v).arcs.is_empty() {
            return;
        }
        if self.node(v).base.as_ref().and_then(Val::as_bottom).is_some_and(|b| !b.close_check) {
            return;
        }
        let mut required = self.req_sets(node);
        self.drop_below_ellipsis(node, &mut required);
        if required.iter().all(|s| s.ignored || s.removed) {
            return;
        }
        let mut err = None;
        for at in 0..self.node(v).arcs.len() {
            let a = self.node(v).arcs[at];
            let label = self.node(a).label;
            let a = self.deref_disjunct(a);
            if self.node(a).state.is_none() {
                continue;
            }
            if self.node(a).base.as_ref().and_then(Val::as_bottom).is_some_and(|b| !b.close_check) {
                continue;
            }
            if always_allowed(label) || self.has_evidence(a, &required) {
                continue;
            }
            if let Some(b) = self.not_allowed(a)
                && self.node(a).arc_type <= ArcType::Required
            {
                err = combine(err, Some(b));
            }
        }
        if let Some(b) = err {
            self.add_child_error(node, &b);
        }
    }

    fn drop_below_ellipsis(&self, node: NodeId, sets: &mut [ReqSet]) {
        let infos = self.state(node).map_or(&[][..], |s| &s.infos);
        for set in sets {
            if self.ellipsis_in(node, set, infos) != 0 {
                set.removed = true;
            }
        }
    }

    fn has_evidence(&self, arc: NodeId, sets: &[ReqSet]) -> bool {
        sets.iter().all(|s| s.ignored || s.removed || self.has_evidence_for(arc, sets, s))
    }

    fn has_evidence_for(&self, arc: NodeId, sets: &[ReqSet], set: &ReqSet) -> bool {
        let Some(st) = self.state(arc) else { return true };
        if st.infos.iter().any(|c| self.contains_id(arc, set.id, c.id)) {
            return true;
        }
        let find = |id: u32| sets.iter().find(|s| id != 0 && s.id == id);
        let Some(embed) = find(set.embed) else { return false };
        let outer = find(set.parent);
        if outer.is_some_and(|o| o.removed) {
            return true;
        }
        for c in &st.infos {
            if self.contains_id(arc, embed.id, c.embed) {
                continue;
            }
            match outer {
                Some(o) if set.parent != 0 => {
                    if self.contains_id(arc, o.id, c.id) {
                        return true;
                    }
                }
                _ => return true,
            }
        }
        false
    }

    /// Whether `child` lies inside `id`, as seen from a node and its ancestors.
    fn contains_id(&self, node: NodeId, id: u32, child: u32) -> bool {
        // Most often the answer lies in the containments alone.
        let mut up = child;
        while up != 0 {
            if up == id {
                return true;
            }
            up = self.containments[up as usize];
        }
        if id == child {
            return true;
        }
        let mut redirects: smallvec::SmallVec<[Replace; 16]> = Default::default();
        let mut p = node;
        while let Some(st) = self.state(p) {
            redirects.extend(st.replaces.iter().copied());
            p = self.node(p).parent;
            if p.is_none() {
                break;
            }
        }
        !redirects.is_empty() && self.reaches(&redirects, id, child)
    }

    /// Whether `id` is found from `child` through containments and replacements.
    fn reaches(&self, redirects: &[Replace], id: u32, child: u32) -> bool {
        let mut seen: smallvec::SmallVec<[u32; 16]> = Default::default();
        seen.push(child);
        let mut at = 0;
        while let Some(&p) = seen.get(at) {
            at += 1;
            if p == id {
                return true;
            }
            let up = self.containments[p as usize];
            let others = redirects.iter().filter(|r| r.to == p).map(|r| r.from);
            for q in std::iter::once(up).chain(others) {
                if q != 0 && !seen.contains(&q) {
                    seen.push(q);
                }
            }
        }
        false
    }

    /// The requirements that hold for the fields of a node, its ancestors' included.
    fn req_sets(&mut self, node: NodeId) -> Vec<ReqSet> {
        let mut open: smallvec::SmallVec<[NodeId; 16]> = Default::default();
        let mut v = node;
        while let Some(st) = self.state(v).filter(|s| !s.computed_close) {
            open.push(v);
            v = if st.drop_parent_reqs { NodeId::NONE } else { self.node(v).parent };
        }
        for v in open.into_iter().rev() {
            self.compute_req_sets(v);
        }
        self.state(node).map_or(Vec::new(), |s| s.req_sets.clone())
    }

    /// As [`Self::req_sets`], those of the parent being known.
    fn compute_req_sets(&mut self, node: NodeId) {
        let parent = self.node(node).parent;
        let Some(st) = self.state(node) else { return };
        let mut sets = st.req_sets.clone();
        if !parent.is_none() && !st.drop_parent_reqs {
            sets.extend(self.state(parent).iter().flat_map(|s| s.req_sets.iter().copied()));
            for s in &mut sets {
                s.ignored |= s.once;
            }
        }
        let inherited = sets.len();
        let reqs = self.st(node).reqs.clone();
        for y in &reqs {
            self.add_req_set(&mut sets, y, inherited);
        }
        if always_allowed(self.node(node).label) {
            let infos = self.st(node).infos.clone();
            sets.retain(|s| infos.iter().any(|c| self.contains_id(node, s.id, c.id)));
        }
        let parent_infos = self.state(parent).map_or_else(Default::default, |s| s.infos.clone());
        self.drop_open(node, &mut sets, &parent_infos);
        let st = self.st(node);
        st.computed_close = true;
        st.req_sets = sets;
    }

    fn add_req_set(&self, sets: &mut Vec<ReqSet>, y: &RefInfo, inherited: usize) {
        if (y.ignore && y.kind == ReqKind::Reference) || sets.iter().any(|x| x.id == y.id) {
            return;
        }
        let mut once = false;
        if y.kind != ReqKind::Embedding {
            once = self.node(y.target).closed_once || (!y.ignore && !y.recursive);
        }
        let (id, parent, embed, kind) = (y.id, y.parent, y.embed, y.kind);
        sets.push(ReqSet { id, parent, embed, kind, once, ignored: y.ignore, removed: false });
        if y.parent != 0 && !y.ignore {
            let mut outer = y.parent;
            for x in sets[..inherited].iter_mut().rev() {
                if outer != 0 && x.id == outer {
                    x.once = if x.ignored { !y.recursive } else { x.once && !y.recursive };
                    x.ignored = false;
                    outer = x.parent;
                }
            }
        }
    }

    /// Drops requirements whose only word at this node is `_`, and those that `...` of the parent let through.
    fn drop_open(&self, node: NodeId, sets: &mut Vec<ReqSet>, parent_infos: &[ConjunctInfo]) {
        let infos = self.state(node).map_or(&[][..], |s| &s.infos);
        sets.retain_mut(|set| {
            let mut flags = 0;
            let mut any = false;
            for c in infos {
                if self.contains_id(node, set.id, c.id) {
                    any = true;
                    flags |= if c.id < set.id { c.flags & !HAS_STRUCT } else { c.flags };
                }
            }
            if (flags & HAS_TOP != 0 && flags & HAS_STRUCT == 0) || flags & OPEN_VALIDATOR != 0 {
                return false;
            }
            if any && set.kind != ReqKind::Struct {
                return true;
            }
            let open = self.ellipsis_in(node, set, parent_infos);
            if open != 0 && (!any || !infos.iter().any(|c| self.contains_id(node, open, c.id))) {
                set.removed = true;
            }
            true
        });
    }

    fn ellipsis_in(&self, node: NodeId, set: &ReqSet, infos: &[ConjunctInfo]) -> u32 {
        let hit =
            |c: &&ConjunctInfo| c.flags & HAS_ELLIPSIS != 0 && self.contains_id(node, set.id, c.id);
        infos.iter().find(hit).map_or(0, |c| c.id)
    }

    /// Adds to a node what a duplicate disjunct knows about closedness.
    pub(super) fn merge_close_info(&mut self, to: NodeId, from: NodeId) -> R<()> {
        let Some(src) = self.state(from) else { return Ok(()) };
        let (infos, replaces) = (src.infos.clone(), src.replaces.clone());
        let st = self.st(to);
        for c in infos {
            if !st.infos.iter().any(|x| x.id == c.id) {
                st.infos.push(c);
            }
        }
        for r in replaces {
            if !st.replaces.contains(&r) {
                st.replaces.push(r);
            }
        }
        for at in 0..self.node(from).arcs.len() {
            let wa = self.node(from).arcs[at];
            if let Some(va) = self.arc(to, self.node(wa).label)
                && va != wa
                && self.node(va).state.is_some()
            {
                self.deeper(|e| e.merge_close_info(va, wa))?;
            }
        }
        Ok(())
    }
}

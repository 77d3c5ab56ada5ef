//! Fields of nodes: creating them, adding conjuncts to them, telling those who copied the node earlier.

use super::node::*;
use super::sched::FIELD_SET;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::label::Label;

impl Eval {
    pub(super) fn update_arc_type(&mut self, v: NodeId, t: ArcType) -> R<()> {
        let n = self.node(v);
        if t >= n.arc_type || n.arc_type == ArcType::NotPresent {
            return Ok(());
        }
        let parent = n.parent;
        let frozen = self.state(v).is_some_and(|s| s.sched.frozen & super::sched::ARC_TYPE != 0);
        if n.status == Status::Finalized && frozen {
            let label = n.label;
            self.report_field_cycle(parent, self.pos, label)?;
            return Ok(());
        }
        let unshare = !parent.is_none()
            && self.node(parent).arc_type == ArcType::Pending
            && self.node(parent).state.is_some();
        if unshare {
            self.unshare(parent)?;
        }
        self.node_mut(v).arc_type = t;
        Ok(())
    }

    /// The field of the given label, created when missing. True when it is new.
    fn get_arc(&mut self, node: NodeId, label: Label, arc_type: ArcType) -> R<(NodeId, bool)> {
        if let Some(a) = self.arc(node, label) {
            if label.is_let() {
                self.node_mut(a).multi_let = true;
            }
            self.update_arc_type(a, arc_type)?;
            return Ok((a, false));
        }
        let n = self.node(node);
        let mut arc = Node::new(node, label, arc_type);
        arc.non_rooted = n.dynamic || n.non_rooted;
        arc.anonymous = n.anonymous || n.label.is_let();
        if self.st(node).sched.frozen & FIELD_SET != 0 {
            let fmt = "adding field {} not allowed as field set was already referenced";
            self.add_err(Code::Eval, fmt, [Arg::Label(label)]);
            arc.arc_type = ArcType::NotPresent;
        }
        let arc = self.new_node(arc)?;
        self.node_mut(node).arcs.push(arc);
        Ok((arc, true))
    }

    fn same_env(&self, a: EnvId, b: EnvId) -> bool {
        a == b || {
            let (a, b) = (&self.envs[a.at()], &self.envs[b.at()]);
            a.up == b.up && a.node == b.node
        }
    }

    fn same_elem(&self, a: &Elem, b: &Elem) -> bool {
        match (a, b) {
            (Elem::Expr(a), Elem::Expr(b)) => a == b,
            (Elem::Decl(a), Elem::Decl(b)) => a == b,
            (Elem::Comp(a), Elem::Comp(b)) => a == b,
            (Elem::Val(a), Elem::Val(b)) => a.same(b),
            (Elem::Terms(a), Elem::Terms(b)) => std::sync::Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    pub(super) fn find_conjunct(&self, v: NodeId, c: &Conj) -> Option<CloseInfo> {
        let hit = |x: &&Conj| self.same_elem(&x.elem, &c.elem) && self.same_env(x.env, c.env);
        self.node(v).conjuncts.iter().find(hit).map(|x| x.ci)
    }

    /// Adds a conjunct to a field and to everything that copied the field before. True when it was new.
    pub(super) fn insert_conjunct(
        &mut self,
        v: NodeId,
        c: Conj,
        ci: CloseInfo,
        arc_type: ArcType,
        check: bool,
    ) -> R<bool> {
        if !self.bare_state(v)? {
            return Ok(false);
        }
        self.mark_non_cyclic(v, ci);
        self.update_arc_type(v, arc_type)?;
        let known = if check { self.find_conjunct(v, &c) } else { None };
        let added = known.is_none();
        match known {
            None => self.node_mut(v).conjuncts.push(c.clone()),
            Some(k) if k.def_id != 0 => self.add_replacement(v, ci.def_id, k.def_id),
            Some(_) => {}
        }
        if self.in_progress(v) {
            self.schedule_conjunct(v, c.clone(), ci)?;
        }
        for at in 0..self.st(v).notify.len() {
            let (to, to_ci) = self.st(v).notify[at];
            if self.node(to).state.is_some() && self.node(to).status != Status::Finalized {
                self.schedule_conjunct(to, c.clone(), to_ci)?;
            }
        }
        Ok(added)
    }

    /// Adds a conjunct to the field of a node, and to a new field the patterns that match it.
    pub(super) fn insert_arc(
        &mut self,
        node: NodeId,
        label: Label,
        arc_type: ArcType,
        c: Conj,
        ci: CloseInfo,
        check: bool,
    ) -> R<NodeId> {
        self.step()?;
        let (v, new) = self.get_arc(node, label, arc_type)?;
        let saved = std::mem::replace(&mut self.vertex, v);
        let added = self.insert_conjunct(v, c, ci, arc_type, check)?;
        if added && new {
            for at in 0..self.node(node).patterns.len() {
                let (pattern, constraint) = self.node(node).patterns[at].clone();
                if self.match_pattern(&pattern, label)? {
                    for c in self.node(constraint).conjuncts.clone() {
                        self.add_constraint(node, v, arc_type, c, check)?;
                    }
                }
            }
        }
        self.vertex = saved;
        Ok(v)
    }

    /// Creates a field for a conjunct without patterns or duplicate checks.
    pub(super) fn insert_unchecked(
        &mut self,
        node: NodeId,
        label: Label,
        arc_type: ArcType,
        c: Conj,
    ) -> R<NodeId> {
        let (v, _) = self.get_arc(node, label, arc_type)?;
        let ci = c.ci;
        self.insert_conjunct(v, c, ci, arc_type, false)?;
        Ok(v)
    }

    fn add_constraint(
        &mut self,
        node: NodeId,
        arc: NodeId,
        arc_type: ArcType,
        mut c: Conj,
        check: bool,
    ) -> R<()> {
        let label = self.node(arc).label;
        let mut env = self.envs[c.env.at()].clone();
        env.label = label;
        env.lets.clear();
        self.envs.push(env);
        c.env = EnvId(self.envs.len() as u32 - 1);
        let (arc, _) = self.get_arc(node, label, arc_type)?;
        let ci = c.ci;
        self.insert_conjunct(arc, c, ci, arc_type, check)?;
        Ok(())
    }

    /// Adds a pattern to a node and applies it to the fields that exist.
    pub(super) fn insert_pattern(&mut self, node: NodeId, pattern: Val, c: Conj) -> R<()> {
        if !self.insert_constraint(node, &pattern, &c)? {
            return Ok(());
        }
        let mut at = 0;
        while let Some(&a) = self.node(node).arcs.get(at) {
            at += 1;
            if self.match_pattern(&pattern, self.node(a).label)? {
                let arc_type = self.node(a).arc_type;
                self.add_constraint(node, a, arc_type, c.clone(), true)?;
            }
        }
        Ok(())
    }

    fn insert_constraint(&mut self, node: NodeId, pattern: &Val, c: &Conj) -> R<bool> {
        let mut found = None;
        for at in 0..self.node(node).patterns.len() {
            let (p, constraint) = self.node(node).patterns[at].clone();
            if self.equal(&p, pattern, 0)? {
                found = Some(constraint);
                break;
            }
        }
        let constraint = match found {
            Some(v) => {
                if let Some(known) = self.find_conjunct(v, c) {
                    self.add_replacement(node, c.ci.def_id, known.def_id);
                    return Ok(false);
                }
                v
            }
            None => {
                let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
                n.is_pattern = true;
                let v = self.new_node(n)?;
                self.node_mut(node).patterns.push((pattern.clone(), v));
                v
            }
        };
        self.node_mut(constraint).conjuncts.push(c.clone());
        Ok(true)
    }

    /// Whether a field of this label could still appear.
    pub(super) fn accepts(&mut self, v: NodeId, label: Label) -> R<bool> {
        if super::close::always_allowed(label) {
            return Ok(true);
        }
        let v = self.deref(v);
        if let Some(Val::Disj(d)) = self.node(v).base.clone() {
            for x in &d.vals {
                if let Val::Node(x) = x
                    && self.accepts(*x, label)?
                {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let kind = self.node_kind(v);
        if label.is_int() {
            return Ok(match self.node(v).base {
                Some(Val::ListMark { open }) => {
                    open || (label.index() as usize) < self.elems(v).len()
                }
                _ => kind.meets(crate::kind::Kind::LIST),
            });
        }
        let n = self.node(v);
        if !kind.meets(crate::kind::Kind::STRUCT)
            && label.is_str()
            && (!kind.is_bottom() || n.structs.is_empty())
        {
            return Ok(false);
        }
        if n.has_ellipsis || !self.is_closed_struct(v) || self.arc(v, label).is_some() {
            return Ok(true);
        }
        for (pattern, _) in self.node(v).patterns.clone() {
            if self.match_pattern(&pattern, label)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

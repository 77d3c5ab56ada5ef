//! Fields of a node and the patterns that apply to them.

use super::super::node::*;
use super::super::val::*;
use super::{D, Direct, Phase, leave};
use crate::eval::ArcType;
use crate::label::Label;

impl Direct<'_> {
    /// Adds a conjunct to the field of a label, and to a new field the patterns that match it.
    pub(super) fn add_field(
        &mut self,
        v: NodeId,
        label: Label,
        arc_type: ArcType,
        c: Conj,
    ) -> D<NodeId> {
        self.step()?;
        let (arc, new) = self.field(v, label, arc_type)?;
        if !new && !self.is_new_conjunct(arc, &c)? {
            return Ok(arc);
        }
        self.e.node_mut(arc).conjuncts.push(c);
        if new {
            for at in 0..self.e.node(v).patterns.len() {
                let (pattern, constraint) = self.e.node(v).patterns[at].clone();
                if self.matches(&pattern, label)? {
                    for c in self.e.node(constraint).conjuncts.clone() {
                        self.constrain(arc, arc_type, c)?;
                    }
                }
            }
        }
        Ok(arc)
    }

    fn field(&mut self, v: NodeId, label: Label, arc_type: ArcType) -> D<(NodeId, bool)> {
        if let Some(arc) = self.e.arc(v, label) {
            if self.phase(arc) != Phase::New {
                return leave();
            }
            let n = self.e.node_mut(arc);
            n.multi_let |= label.is_let();
            n.arc_type = n.arc_type.min(arc_type);
            return Ok((arc, false));
        }
        let n = self.e.node(v);
        let mut arc = Node::new(v, label, arc_type);
        arc.non_rooted = n.dynamic || n.non_rooted;
        arc.anonymous = n.anonymous || n.label.is_let();
        arc.closed_rec = label.is_def() || n.closed_rec;
        let arc = self.e.new_node(arc)?;
        self.e.node_mut(v).arcs.push(arc);
        Ok((arc, true))
    }

    fn is_new_conjunct(&self, arc: NodeId, c: &Conj) -> D<bool> {
        match self.e.find_conjunct(arc, c) {
            None => Ok(true),
            Some(known) if known.def_id == c.ci.def_id => Ok(false),
            Some(_) => leave(),
        }
    }

    fn matches(&mut self, pattern: &Val, label: Label) -> D<bool> {
        if matches!(pattern, Val::Node(_) | Val::Bottom(_)) {
            return leave();
        }
        let hit = self.e.match_pattern(pattern, label)?;
        if self.e.errs.take().is_some() { leave() } else { Ok(hit) }
    }

    /// Adds what a pattern says to a field that it matches.
    fn constrain(&mut self, arc: NodeId, arc_type: ArcType, mut c: Conj) -> D<()> {
        let n = self.e.node_mut(arc);
        n.arc_type = n.arc_type.min(arc_type);
        let mut env = self.e.envs[c.env.at()].clone();
        env.label = self.e.node(arc).label;
        env.lets.clear();
        self.e.envs.push(env);
        c.env = EnvId(self.e.envs.len() as u32 - 1);
        if self.is_new_conjunct(arc, &c)? {
            self.e.node_mut(arc).conjuncts.push(c);
        }
        Ok(())
    }

    /// Adds a pattern to a node and applies it to the fields there are.
    pub(super) fn add_pattern(&mut self, v: NodeId, pattern: Val, c: Conj) -> D<()> {
        if matches!(pattern, Val::Node(_) | Val::Bottom(_)) {
            return leave();
        }
        let mut found = None;
        for at in 0..self.e.node(v).patterns.len() {
            let (p, constraint) = self.e.node(v).patterns[at].clone();
            if self.e.equal(&p, &pattern, 0)? {
                found = Some(constraint);
                break;
            }
        }
        let constraint = match found {
            Some(known) if !self.is_new_conjunct(known, &c)? => return Ok(()),
            Some(known) => known,
            None => {
                let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
                n.is_pattern = true;
                let n = self.e.new_node(n)?;
                self.e.node_mut(v).patterns.push((pattern.clone(), n));
                n
            }
        };
        self.e.node_mut(constraint).conjuncts.push(c.clone());
        for at in 0..self.e.node(v).arcs.len() {
            let a = self.e.node(v).arcs[at];
            let (label, arc_type) = (self.e.node(a).label, self.e.node(a).arc_type);
            if self.matches(&pattern, label)? {
                if self.phase(a) != Phase::New {
                    return leave();
                }
                self.constrain(a, arc_type, c.clone())?;
            }
        }
        Ok(())
    }
}

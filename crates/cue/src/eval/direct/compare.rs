//! Comparisons of list elements: what a comparer says of two of them, of which nothing is kept.
//!
//! A sort asks thousands of times, and a node under the scheduler with its record is much for a truth value.

use super::super::node::*;
use super::super::val::*;
use super::super::{ArcType, Eval, R};
use super::{Direct, Off};
use crate::label::Label;

impl Eval {
    /// The truth value of the field `wanted` of a comparer whose `fields` are the given finished nodes. None where it
    /// cannot be told directly.
    pub(in super::super) fn compared_directly(
        &mut self,
        fields: [(Label, NodeId); 2],
        by: &Val,
        wanted: Label,
    ) -> R<Option<bool>> {
        let Val::Node(by) = *by else { return Ok(None) };
        let by = self.deref(by);
        if self.node(by).closed_rec || self.node(by).closed_once {
            return Ok(None);
        }
        let first = self.nodes.len();
        let mut node = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        let free = |c: &Conj| Conj { ci: CloseInfo::NONE, ..c.clone() };
        node.conjuncts = self.node(by).conjuncts.iter().map(free).collect();
        let node = self.new_node(node)?;
        for (label, value) in fields {
            let mut field = Node::new(node, label, ArcType::Member);
            let elem = Elem::Val(Val::Node(value));
            field.conjuncts.push(Conj { env: EnvId::NONE, elem, ci: CloseInfo::NONE });
            let field = self.new_node(field)?;
            self.node_mut(node).arcs.push(field);
        }
        let prog = self.prog.clone();
        let errs = self.errs.take();
        let mut direct = Direct::new(self, &prog);
        (direct.first, direct.comparing) = (first, true);
        let found = direct.lookup(node, wanted).and_then(|arc| direct.read(arc));
        self.errs = errs;
        match found {
            Ok(Val::Bool(b)) => Ok(Some(b)),
            Err(Off::Stop(stop)) => Err(stop),
            _ => Ok(None),
        }
    }
}

//! Looking up a field of a node that may still be under evaluation.

use super::node::*;
use super::sched::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::Pos;
use crate::label::Label;

impl Eval {
    /// The field `label` of `v`, brought as far as `flags` ask. None after an error was added.
    pub(super) fn lookup(
        &mut self,
        v: NodeId,
        pos: Pos,
        label: Label,
        flags: Flags,
    ) -> R<Option<NodeId>> {
        let task = self.stack.last().copied();
        let v = self.deref(v);
        let has_state = self.get_state(v)?;
        if has_state {
            if self.has_node_err(v)
                && let Some(err) = self.node_err(v)
                && !err.node.is_none()
                && self.root_of(err.node) != self.root_of(v)
            {
                self.add_bottom(err);
            }
            self.complete_tasks(v, RunMode::Attempt)?;
        }
        if task.is_some_and(|t| self.tasks[t.at()].state != TaskState::Running) {
            return Ok(None);
        }
        let (arc, returned) = match self.arc(v, label) {
            Some(returned) => {
                let arc = self.deref_non_rooted(returned);
                if self.node(arc).arc_type == ArcType::Member {
                    return Ok(Some(returned));
                }
                (arc, returned)
            }
            None if !has_state || self.meets(v, NEED_TASKS_DONE) => {
                self.report_field_index(v, pos, label)?;
                return Ok(None);
            }
            None => {
                let arc = self.new_node(Node::new(v, label, ArcType::Pending))?;
                self.node_mut(v).arcs.push(arc);
                (arc, arc)
            }
        };
        let open = self.get_state(arc)?
            && !(self.meets(arc, NEED_TASKS_DONE) && self.meets(arc, ARC_TYPE));
        if open && !self.settle_arc(arc, task, flags)? {
            return Ok(Some(returned));
        }
        match self.node(arc).arc_type {
            ArcType::Member | ArcType::Required => return Ok(Some(returned)),
            ArcType::Optional => {
                let mut b = (*self.err(
                    Code::Incomplete,
                    "cannot reference optional field: {}",
                    [Arg::Label(label)],
                ))
                .clone();
                b.node = v;
                self.add_bottom(std::sync::Arc::new(b));
            }
            ArcType::NotPresent | ArcType::Pending => self.report_field_index(v, pos, label)?,
        }
        Ok(None)
    }

    /// Finds out whether a field exists. False: still open, and the caller must take it as it is.
    fn settle_arc(&mut self, arc: NodeId, task: Option<TaskId>, flags: Flags) -> R<bool> {
        self.complete_pending(arc, RunMode::Attempt)?;
        self.complete_tasks(arc, RunMode::Yield)?;
        let needs = flags.cond | ARC_TYPE;
        match flags.mode {
            RunMode::Ignore | RunMode::Attempt => {
                if let Some(t) = task {
                    let (node, ci) = (self.tasks[t.at()].node, self.tasks[t.at()].ci);
                    self.add_notify(arc, node, ci);
                }
                return Ok(self.node(arc).arc_type != ArcType::Pending);
            }
            RunMode::Yield => {
                self.process(arc, needs, RunMode::Yield)?;
            }
            RunMode::Finalize => {
                if needs == ARC_TYPE | FIELD_SET {
                    self.unify(arc, needs, RunMode::Finalize, false)?;
                } else if !self.unify(arc, needs, RunMode::Attempt, false)? {
                    self.process(arc, needs, RunMode::Yield)?;
                }
                if self.node(arc).arc_type == ArcType::Pending {
                    self.node_mut(arc).arc_type = ArcType::NotPresent;
                }
            }
        }
        Ok(true)
    }

    fn root_of(&self, v: NodeId) -> NodeId {
        let mut v = v;
        while !self.node(v).parent.is_none() {
            v = self.node(v).parent;
        }
        v
    }
}

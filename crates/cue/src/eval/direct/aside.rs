//! Fields that the direct way leaves to the scheduler while it completes all others.
//!
//! What waits for a value that is not there yet is incomplete and nothing worse, and how that is told is the
//! scheduler's matter. Such a node is put back to where it was before the attempt; whatever refers to it is left with
//! it. Errors of any other kind concern the nodes around as well: they end the attempt.

use super::super::node::*;
use super::super::val::Val;
use super::{D, Direct, Off, Phase, aside, leave};

impl Direct<'_> {
    /// Puts a node back to where it was when its evaluation was given up.
    pub(super) fn or_aside(&mut self, v: NodeId, done: D<()>) -> D<()> {
        if matches!(done, Err(Off::Aside)) {
            // The fields of a struct may be known elsewhere by now.
            if !self.e.node(v).structs.is_empty() {
                return leave();
            }
            let closed = self.e.node(v).label.is_def() || self.is_below_closed(v);
            let n = self.e.node_mut(v);
            n.arcs.clear();
            n.patterns.clear();
            n.base = None;
            n.closed_rec = closed;
            (n.closed_once, n.has_ellipsis, n.is_shared) = (false, false, false);
            self.reqs.remove(&v);
            self.e.errs = None;
            self.set_phase(v, Phase::Aside);
        }
        done
    }

    fn is_below_closed(&self, v: NodeId) -> bool {
        let parent = self.e.node(v).parent;
        !parent.is_none() && self.e.node(parent).closed_rec
    }

    /// Goes on after a field that was put aside. Terms of disjunctions are not tried with parts missing.
    pub(super) fn pass_over(&mut self, field: NodeId, done: D<()>) -> D<()> {
        match done {
            Err(Off::Aside) if self.phase(field) == Phase::Aside && self.trials.is_empty() => {
                self.asides.push(field);
                Ok(())
            }
            done => done,
        }
    }

    /// Completes a node that has to be known with all below it.
    pub(super) fn whole(&mut self, v: NodeId) -> D<()> {
        self.foreign(|d| d.finish(v))?;
        if self.asides.iter().any(|a| self.is_within(*a, v)) { aside() } else { Ok(()) }
    }

    /// Whether what the scheduler made of a field stands although the nodes around it were done directly. What closes
    /// these was noted in another way, and a disjunction beside an expression that fails depends on which came first.
    fn stands(&self, field: NodeId) -> bool {
        let parent = self.e.node(field).parent;
        let n = self.e.node(field);
        let decided = match n.base {
            Some(Val::Disj(_)) => true,
            Some(Val::Node(w)) => self.e.node(w).is_disjunct,
            _ => false,
        };
        let plain = self.e.node(self.e.deref(field)).arcs.is_empty();
        !decided && (plain || !self.reqs.contains_key(&parent))
    }

    /// Lets the scheduler complete what was put aside, when nothing is under work any more.
    pub(super) fn complete_asides(&mut self) -> D<()> {
        if self.asides.is_empty() {
            return Ok(());
        }
        let mut at = 0;
        while at < self.phases.len() {
            if self.phases[at] == Phase::Known {
                let done = self.finish(NodeId((self.first + at) as u32));
                if self.phases[at] != Phase::Aside {
                    done?;
                }
            }
            at += 1;
        }
        for field in std::mem::take(&mut self.asides) {
            self.e.finalize(field)?;
            if !self.stands(field) {
                return leave();
            }
            match self.e.bottom(field) {
                Some(b) if b.is_incomplete() => {
                    self.e.add_child_error(self.e.node(field).parent, &b)
                }
                Some(_) => return leave(),
                None => {}
            }
        }
        Ok(())
    }
}

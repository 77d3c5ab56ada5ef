//! Validation of a finished value: collecting its errors, and what is left open when concreteness is demanded.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};

/// What validation demands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Check {
    pub(crate) concrete: bool,
    pub(crate) is_final: bool,
    pub(crate) all_errors: bool,
}

impl Check {
    pub(crate) const CONCRETE: Self = Self { concrete: true, is_final: true, all_errors: false };
    pub(crate) const FINAL: Self = Self { concrete: false, is_final: true, all_errors: false };
}

struct Walk {
    check: Check,
    err: Option<Arc<Bottom>>,
    in_definition: u32,
    visited: FxHashSet<NodeId>,
}

impl Walk {
    fn concrete(&self) -> bool {
        self.check.concrete && self.in_definition == 0
    }

    fn is_final(&self) -> bool {
        (self.check.concrete || self.check.is_final) && self.in_definition == 0
    }

    fn add(&mut self, b: Arc<Bottom>) {
        if !self.check.all_errors || !b.child_error {
            self.err = combine(self.err.take(), Some(b));
        }
    }
}

impl Eval {
    /// The errors of a finished tree.
    pub(crate) fn validate(&mut self, v: NodeId, check: Check) -> R<Option<Arc<Bottom>>> {
        let mut walk = Walk { check, err: None, in_definition: 0, visited: FxHashSet::default() };
        let errs = self.errs.take();
        self.validate_node(&mut walk, v)?;
        self.errs = errs;
        Ok(walk.err)
    }

    fn validate_node(&mut self, walk: &mut Walk, v: NodeId) -> R<()> {
        self.step()?;
        let mut x = self.deref(v);
        if x != v && (walk.in_definition > 0 || !walk.visited.insert(x)) {
            return Ok(());
        }
        if let Some(b) = self.bottom(x) {
            let counts = match b.code {
                Code::Cycle | Code::Incomplete => walk.is_final(),
                _ => true,
            };
            if counts {
                walk.add(b.clone());
            }
            if !b.has_recursive {
                return Ok(());
            }
        } else if walk.concrete() {
            x = self.default_node(x)?;
            x = self.deref(x);
            if !self.is_concrete(&Val::Node(x)) {
                let value = self.value(x).unwrap_or(Val::Top);
                let mut msg = self.msg("incomplete value {}", [Arg::Val(value)]);
                msg.node = v;
                walk.add(Arc::new(Bottom::new(Code::Incomplete, msg)));
            }
        }
        let mut at = 0;
        while let Some(&a) = self.node(x).arcs.get(at) {
            at += 1;
            let label = self.node(a).label;
            if self.node(a).arc_type == ArcType::Required
                && walk.check.is_final
                && walk.in_definition == 0
            {
                let mut msg = self.msg("field is required but not present", []);
                msg.node = a;
                walk.add(Arc::new(Bottom::new(Code::Incomplete, msg)));
                continue;
            }
            if label.is_let() || !self.is_defined(a)? {
                continue;
            }
            if !walk.check.all_errors && walk.err.is_some() {
                break;
            }
            let nested = u32::from(!label.is_regular());
            walk.in_definition += nested;
            self.deeper(|e| e.validate_node(walk, a))?;
            walk.in_definition -= nested;
        }
        Ok(())
    }
}

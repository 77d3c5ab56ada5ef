//! From all that is said of a node to its value.

use std::sync::Arc;

use smallvec::SmallVec;

use super::super::node::*;
use super::super::val::*;
use super::enter::Draft;
use super::{D, Direct, Off, Phase, aside, leave};
use crate::eval::ArcType;
use crate::ir::Op;
use crate::kind::Kind;

impl Direct<'_> {
    /// Gives a node its value when all its conjuncts have been entered.
    pub(super) fn conclude(&mut self, v: NodeId, mut draft: Draft) -> D<()> {
        if let Some(w) = draft.shared {
            let n = self.e.node_mut(v);
            n.base = Some(Val::Node(w));
            n.is_shared = true;
            self.set_phase(v, Phase::Known);
            return Ok(());
        }
        if let Some(x) = draft.data.take() {
            let own = self.e.node(v);
            let all = own.arcs.is_empty()
                && own.patterns.is_empty()
                && own.structs.is_empty()
                && draft.kind == Kind::TOP
                && draft.list.is_none()
                && draft.disjunctions.is_empty()
                && draft.checks.is_empty()
                && !draft.is_closed_part;
            if all {
                // What a call made stands nowhere yet: it is this node's own.
                let is_own = self.e.node(x).parent.is_none();
                if is_own {
                    self.e.node_mut(x).parent = v;
                    for a in self.e.node(x).arcs.clone() {
                        self.foreign(|d| d.finish(a))?;
                    }
                }
                let n = self.e.node_mut(v);
                n.base = Some(Val::Node(x));
                n.is_shared = !is_own;
                self.set_phase(v, Phase::Known);
                return Ok(());
            }
            self.enter_fields_of(v, &mut draft, x, CloseInfo::NONE)?;
        }
        if !draft.disjunctions.is_empty() {
            return self.decide(v, draft);
        }
        let base = self.value_of(v, &mut draft)?;
        let known = !base.is_mark();
        if draft.is_def && (draft.has_struct || !draft.has_top) {
            self.e.node_mut(v).closed_rec = true;
        }
        if draft.is_closed_part && (base.is_mark() || self.has_refusable(v)) {
            return leave();
        }
        self.note_requirements(v, &draft);
        self.e.node_mut(v).base = Some(base);
        let misplaced = |a: &NodeId| {
            let a = self.e.node(*a);
            a.arc_type <= ArcType::Required && a.label.is_str()
        };
        if !draft.kind.meets(Kind::STRUCT) && self.e.node(v).arcs.iter().any(misplaced) {
            return Err(Off::Conflict);
        }
        self.set_phase(v, Phase::Known);
        if known && self.e.node(v).arcs.is_empty() {
            self.e.node_mut(v).status = Status::Finalized;
            self.set_phase(v, Phase::Done);
        }
        Ok(())
    }

    /// The value that a draft without disjunctions amounts to.
    fn value_of(&mut self, v: NodeId, draft: &mut Draft) -> D<Val> {
        if draft.is_struct {
            draft.kind &= Kind::STRUCT;
        }
        if draft.kind.is_bottom() {
            return Err(Off::Conflict);
        }
        if let Some(scalar) = draft.scalar.clone() {
            self.check_scalar(draft, &scalar)?;
            return Ok(scalar);
        }
        if let Some(open) = draft.list_is_open() {
            return match draft.checks.is_empty() {
                true => Ok(Val::ListMark { open }),
                false => aside(),
            };
        }
        let n = self.e.node(v);
        let member = |a: &NodeId| {
            let a = self.e.node(*a);
            a.label.is_regular() && a.arc_type != ArcType::Optional
        };
        let is_struct = draft.is_struct
            || (!n.structs.is_empty()
                && ((draft.kind.meets(Kind::STRUCT) && !draft.has_top)
                    || n.arcs.iter().any(member)));
        if is_struct {
            return match draft.checks.is_empty() {
                true => Ok(Val::StructMark),
                false => aside(),
            };
        }
        // What a literal of embeddings that came to nothing says beside a kind depends on what came first.
        if !n.structs.is_empty() {
            return leave();
        }
        self.constraint(draft)
    }

    pub(super) fn check_scalar(&mut self, draft: &Draft, scalar: &Val) -> D<()> {
        for bound in &draft.bounds {
            if !self.within(bound, scalar)? {
                return Err(Off::Conflict);
            }
        }
        for check in &draft.checks {
            if !self.satisfies(check, scalar)? {
                return Err(Off::Conflict);
            }
        }
        Ok(())
    }

    /// What is known of a value that is not concrete.
    pub(super) fn constraint(&mut self, draft: &Draft) -> D<Val> {
        if !draft.checks.is_empty() {
            return aside();
        }
        let bounds = self.narrowed(draft)?;
        let mut vals: SmallVec<[Val; 3]> = bounds.into_iter().map(Val::Bound).collect();
        let kind = vals.iter().fold(Kind::TOP, |k, v| k & self.kind_of(v));
        if vals.is_empty() || !(kind & !draft.kind).is_bottom() {
            vals.push(Val::Kind(draft.kind));
        }
        match &vals[..] {
            [one] => Ok(one.clone()),
            _ => Ok(Val::Conj(vals.as_slice().into())),
        }
    }

    /// The bounds of a value, at most one from below and one from above.
    fn narrowed(&mut self, draft: &Draft) -> D<SmallVec<[Arc<Bound>; 2]>> {
        if draft.bounds.len() < 2 {
            return Ok(draft.bounds.clone());
        }
        let (mut lower, mut upper) = (None, None);
        for bound in &draft.bounds {
            let side = match bound.op {
                Op::Gt | Op::Ge => &mut lower,
                Op::Lt | Op::Le => &mut upper,
                _ => return aside(),
            };
            let known = side.take();
            *side = match known.map(|y| self.e.simplify_bounds(draft.kind, bound, &y)) {
                None => Some(Arc::clone(bound)),
                Some(Some(Val::Bound(narrower))) => Some(narrower),
                Some(_) => return leave(),
            };
        }
        if let (Some(lower), Some(upper)) = (&lower, &upper)
            && self.e.simplify_bounds(draft.kind, lower, upper).is_some()
        {
            return Err(Off::Conflict);
        }
        Ok([lower, upper].into_iter().flatten().collect())
    }
}

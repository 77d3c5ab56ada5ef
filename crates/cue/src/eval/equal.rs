//! Equality of values: for `==` on lists, for merging disjuncts, for patterns and validators.

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};

/// Compare schemas, not the values their defaults give.
pub(super) const STRUCTURAL: u8 = 1;
/// Compare regular fields only.
pub(super) const REGULAR_ONLY: u8 = 2;

impl Eval {
    pub(crate) fn equal(&mut self, v: &Val, w: &Val, flags: u8) -> R<bool> {
        let (v, w) = if flags & STRUCTURAL == 0 {
            (self.plain_default(v)?, self.plain_default(w)?)
        } else {
            (v.clone(), w.clone())
        };
        match (&v, &w) {
            (Val::Node(a), Val::Node(b)) => {
                let (a, b) = (*a, *b);
                self.deeper(|e| e.equal_nodes(a, b, flags))
            }
            (Val::Node(_), _) | (_, Val::Node(_)) => Ok(false),
            _ => self.equal_terminal(&v, &w, flags),
        }
    }

    fn plain_default(&mut self, v: &Val) -> R<Val> {
        Ok(match v {
            Val::Node(n) => Val::Node(self.default_node(*n)?),
            Val::Disj(d) if d.defaults == 1 => d.vals[0].clone(),
            other => other.clone(),
        })
    }

    fn equal_nodes(&mut self, x: NodeId, y: NodeId, flags: u8) -> R<bool> {
        self.step()?;
        if self.node(x).arc_type != self.node(y).arc_type {
            return Ok(false);
        }
        let (x, y) = (self.deref(x), self.deref(y));
        if x == y {
            return Ok(true);
        }
        if self.node_kind(x) != self.node_kind(y) {
            return Ok(false);
        }
        let structural = flags & STRUCTURAL != 0;
        if structural
            && (self.is_closed_struct(x) != self.is_closed_struct(y)
                || self.is_closed_list(x) != self.is_closed_list(y))
        {
            return Ok(false);
        }
        let max = if structural { ArcType::Optional } else { ArcType::Required };
        let counts = |e: &Self, v: NodeId| -> Vec<NodeId> {
            let skip = flags & REGULAR_ONLY != 0;
            let keep =
                |a: &NodeId| e.node(*a).arc_type <= max && (!skip || e.node(*a).label.is_regular());
            e.node(v).arcs.iter().copied().filter(keep).collect()
        };
        let (xs, ys) = (counts(self, x), counts(self, y));
        if xs.len() != ys.len() {
            return Ok(false);
        }
        for a in xs {
            let label = self.node(a).label;
            let Some(b) = ys.iter().copied().find(|b| self.node(*b).label == label) else {
                return Ok(false);
            };
            if self.node(a).arc_type != self.node(b).arc_type
                || !self.equal(&Val::Node(a), &Val::Node(b), flags)?
            {
                return Ok(false);
            }
        }
        match (self.node(x).base.clone(), self.node(y).base.clone()) {
            (Some(v), Some(w)) if !v.is_mark() && !w.is_mark() => {
                self.equal_terminal(&v, &w, flags)
            }
            (None, None) => Ok(true),
            (v, w) => Ok(v.is_none_or(|v| v.is_mark()) && w.is_none_or(|w| w.is_mark())),
        }
    }

    pub(super) fn equal_scalars(&self, a: &Val, b: &Val) -> bool {
        match (a, b) {
            (Val::Null, Val::Null) => true,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Num(a), Val::Num(b)) => a.cmp_value(b) == std::cmp::Ordering::Equal,
            (Val::Str(a), Val::Str(b)) => a == b,
            (Val::Bytes(a), Val::Bytes(b)) => a == b,
            (Val::Func(a), Val::Func(b)) => a == b,
            _ => false,
        }
    }

    fn equal_terminal(&mut self, v: &Val, w: &Val, flags: u8) -> R<bool> {
        if v.same(w) {
            return Ok(true);
        }
        Ok(match (v, w) {
            (Val::Bottom(_), Val::Bottom(_)) | (Val::Top, Val::Top) => true,
            (Val::Bound(a), Val::Bound(b)) => a.op == b.op && self.equal(&a.val, &b.val, flags)?,
            (Val::Kind(a), Val::Kind(b)) => a == b,
            (Val::Conj(a), Val::Conj(b)) => self.equal_all(a, b, flags)?,
            (Val::Disj(a), Val::Disj(b)) => self.equal_all(&a.vals, &b.vals, flags)?,
            (Val::Node(a), Val::Node(b)) => self.equal_nodes(*a, *b, flags)?,
            _ => self.equal_scalars(v, w),
        })
    }

    fn equal_all(&mut self, a: &[Val], b: &[Val], flags: u8) -> R<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (x, y) in a.iter().zip(b) {
            if !self.equal(x, y, flags)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

//! Questions about nodes and values that every other part asks: following pointers, kinds, concreteness, defaults.
//!
//! A node's value may be another node: a shared target, or the one disjunct that survived.

use std::sync::Arc;

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::kind::Kind;
use crate::label::Label;

impl Task {
    pub(super) fn vacant() -> Self {
        Self {
            kind: TaskKind::Expr,
            state: TaskState::Done,
            completes: 0,
            defunct: true,
            blocked_on: NodeId::NONE,
            block_cond: 0,
            err: None,
            node: NodeId::NONE,
            env: EnvId::NONE,
            ci: CloseInfo::NONE,
            x: Elem::Val(Val::Top),
            cell: CellId::NONE,
            leaf: CompInstId::NONE,
        }
    }
}

impl CompInst {
    pub(super) fn vacant() -> Self {
        Self {
            comp: crate::ir::CompId(0),
            value: CompValue::Expr(crate::ir::ExprId(0)),
            arc_type: ArcType::Member,
            kind: Kind::TOP,
            cell: CellId::NONE,
            parent: CompInstId::NONE,
            arc: NodeId::NONE,
        }
    }
}

impl Cell {
    pub(super) fn vacant() -> Self {
        Self {
            comp: crate::ir::CompId(0),
            node: NodeId::NONE,
            envs: Vec::new(),
            done: false,
            structs: Vec::new(),
        }
    }
}

/// Runs what may recurse through values within values, growing the stack when it runs low.
fn deep<T>(f: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 << 10, 1 << 20, f)
}

impl Eval {
    /// Follows every pointer.
    pub(crate) fn deref(&self, mut v: NodeId) -> NodeId {
        while let Some(Val::Node(w)) = self.node(v).base {
            v = w;
        }
        v
    }

    /// Follows pointers to disjuncts only.
    pub(super) fn deref_disjunct(&self, mut v: NodeId) -> NodeId {
        while let Some(Val::Node(w)) = self.node(v).base {
            if !self.node(w).is_disjunct {
                break;
            }
            v = w;
        }
        v
    }

    /// Follows shared pointers only.
    pub(super) fn deref_non_disjunct(&self, mut v: NodeId) -> NodeId {
        while let Some(Val::Node(w)) = self.node(v).base {
            if self.node(w).is_disjunct {
                break;
            }
            v = w;
        }
        v
    }

    pub(super) fn deref_non_rooted(&self, mut v: NodeId) -> NodeId {
        while let Some(Val::Node(w)) = self.node(v).base {
            if self.node(w).is_disjunct || (self.node(v).is_shared && !self.node(w).label.is_let())
            {
                break;
            }
            v = w;
        }
        v
    }

    pub(super) fn deref_non_shared(&self, v: NodeId) -> NodeId {
        if self.state(v).is_some_and(|s| s.is_shared) { v } else { self.deref(v) }
    }

    /// The node that a node and its copies in disjuncts stand for.
    pub(super) fn identity(&self, v: NodeId) -> NodeId {
        let v = self.deref(v);
        self.state(v).map_or(v, |s| s.underlying)
    }

    pub(super) fn same_node(&self, a: NodeId, b: NodeId) -> bool {
        self.identity(a) == self.identity(b)
    }

    /// A node as seen from inside the disjuncts being tried.
    pub(super) fn overlaid(&self, v: NodeId) -> NodeId {
        for (root, map) in self.overlays.iter().rev() {
            if *root == v {
                continue;
            }
            if let Some(&x) = map.get(&v) {
                return x;
            }
        }
        v
    }

    /// The value proper: the node itself when it is a struct or list.
    pub(crate) fn value(&self, v: NodeId) -> Option<Val> {
        match &self.node(v).base {
            None => None,
            Some(b) if b.is_mark() => Some(Val::Node(v)),
            Some(b) => Some(b.clone()),
        }
    }

    pub(super) fn is_placeholder(&self, v: NodeId) -> bool {
        self.node(v).base.as_ref().is_some_and(Val::is_placeholder)
    }

    pub(super) fn placeholder(&self) -> Val {
        Val::Bottom(self.placeholder.clone())
    }

    /// The error a node holds, if any.
    pub(crate) fn bottom(&self, v: NodeId) -> Option<Arc<Bottom>> {
        let v = self.deref(v);
        self.node(v).base.as_ref().and_then(Val::as_bottom).cloned()
    }

    pub(super) fn is_err(&self, v: NodeId) -> bool {
        self.bottom(v).is_some()
    }

    /// The scalar, error or node behind a value.
    pub(crate) fn unwrap(&self, v: &Val) -> Option<Val> {
        let Val::Node(n) = v else { return Some(v.clone()) };
        let n = self.deref(*n);
        if let (Some(st), true) = (self.state(n), self.is_placeholder(n)) {
            if let Some(e) = st.errs.as_ref().filter(|e| !e.is_incomplete()) {
                return Some(Val::Bottom(e.clone()));
            }
            if let Some(s) = &st.scalar {
                return Some(s.clone());
            }
        }
        self.value(n)
    }

    pub(crate) fn kind(&self, v: &Val) -> Kind {
        match v {
            Val::Null => Kind::NULL,
            Val::Bool(_) => Kind::BOOL,
            Val::Num(n) if n.is_int() => Kind::INT,
            Val::Num(_) => Kind::FLOAT,
            Val::Str(_) => Kind::STRING,
            Val::Bytes(_) => Kind::BYTES,
            Val::Top => Kind::TOP,
            Val::Kind(k) => *k,
            Val::Bound(b) => self.bound_kind(b),
            Val::Valid(v) => self.func_param_kind(v.func, 0),
            Val::Func(_) => Kind::FUNC,
            Val::Conj(vs) => deep(|| vs.iter().fold(Kind::TOP, |k, v| k & self.kind(v))),
            Val::Disj(d) => deep(|| d.vals.iter().fold(Kind::BOTTOM, |k, v| k | self.kind(v))),
            Val::Bottom(_) => Kind::BOTTOM,
            Val::Node(n) => self.node_kind(*n),
            Val::StructMark => Kind::STRUCT,
            Val::ListMark { .. } => Kind::LIST,
        }
    }

    pub(crate) fn node_kind(&self, v: NodeId) -> Kind {
        let mut v = v;
        loop {
            let n = self.node(v);
            if let Some(st) = n.state.as_deref().filter(|s| s.kind.is_bottom()) {
                return st.kind;
            }
            match &n.base {
                Some(Val::Node(w)) => v = *w,
                Some(b) if !b.is_placeholder() => return self.kind(b),
                _ => return n.state.as_deref().map_or(Kind::TOP, |s| s.kind),
            }
        }
    }

    pub(crate) fn concreteness(&self, v: &Val) -> Concreteness {
        match v {
            Val::Bottom(_) => Concreteness::Bottom,
            Val::Top => Concreteness::Any,
            Val::Kind(_) => Concreteness::Type,
            Val::Bound(_) | Val::Valid(_) | Val::Conj(_) | Val::Disj(_) => Concreteness::Constraint,
            Val::Node(n) => {
                let base = self.node(self.deref(*n)).base.as_ref();
                base.map_or(Concreteness::Concrete, |b| self.concreteness(b))
            }
            _ => Concreteness::Concrete,
        }
    }

    pub(crate) fn is_concrete(&self, v: &Val) -> bool {
        self.concreteness(v) <= Concreteness::Concrete
    }

    pub(crate) fn is_list(&self, v: NodeId) -> bool {
        matches!(self.node(v).base, Some(Val::ListMark { .. }))
    }

    pub(super) fn is_closed_list(&self, v: NodeId) -> bool {
        matches!(self.node(v).base, Some(Val::ListMark { open: false }))
    }

    pub(super) fn is_closed_struct(&self, v: NodeId) -> bool {
        let n = self.node(v);
        match &n.base {
            Some(Val::Node(_)) => n.closed_rec && !n.has_ellipsis,
            Some(Val::StructMark | Val::Disj(_)) => n.closed_rec || n.closed_once,
            _ => false,
        }
    }

    /// Whether more information could change a value no more.
    pub(super) fn is_final(&self, v: &Val, closed: bool) -> bool {
        deep(|| match v {
            Val::Node(n) => {
                let v = self.deref(*n);
                let n = self.node(v);
                let closed = closed || n.closed_once || n.closed_rec || self.is_closed_list(v);
                match &n.base {
                    Some(b) if !b.is_mark() => self.is_final(b, closed),
                    _ => closed && n.arcs.iter().all(|a| self.is_final_arc(*a)),
                }
            }
            Val::Bottom(b) => !b.is_incomplete(),
            other => self.is_concrete(other),
        })
    }

    fn is_final_arc(&self, a: NodeId) -> bool {
        let n = self.node(a);
        let open = n.arc_type > ArcType::Member && !self.is_err(a);
        !n.label.is_regular() || (!open && self.is_final(&Val::Node(a), false))
    }

    /// The elements of a list.
    pub(crate) fn elems(&self, v: NodeId) -> Vec<NodeId> {
        let v = self.deref(v);
        self.node(v).arcs.iter().copied().filter(|a| self.node(*a).label.is_int()).collect()
    }

    pub(super) fn is_data(&self, v: NodeId) -> bool {
        let n = self.node(v);
        n.is_data || n.conjuncts.is_empty()
    }

    pub(super) fn rooted(&self, v: NodeId) -> bool {
        let n = self.node(v);
        !n.non_rooted && !n.label.is_let() && !n.dynamic
    }

    pub(crate) fn arc(&self, v: NodeId, label: Label) -> Option<NodeId> {
        self.node(v).arcs.iter().copied().find(|a| self.node(*a).label == label)
    }

    /// Whether a member field exists, completing it when that is still open.
    pub(crate) fn is_defined(&mut self, v: NodeId) -> R<bool> {
        if self.node(v).arc_type == ArcType::Member {
            return Ok(true);
        }
        let parent = self.node(v).parent;
        if !parent.is_none() && self.node(parent).status == Status::Finalized {
            return Ok(false);
        }
        self.finalize(v)?;
        Ok(self.node(v).arc_type == ArcType::Member)
    }

    /// The default of a value; `Err` in the option sense (None) when a disjunction stays open.
    pub(super) fn default_of(&mut self, v: Option<Val>) -> Option<Option<Val>> {
        let mut v = v;
        loop {
            let disj = match &v {
                Some(Val::Node(n)) => match &self.node(*n).base {
                    Some(Val::Disj(d)) => d.clone(),
                    Some(Val::Node(w)) => {
                        v = Some(Val::Node(*w));
                        continue;
                    }
                    _ => return Some(v),
                },
                Some(Val::Disj(d)) => d.clone(),
                _ => return Some(v),
            };
            if disj.defaults != 1 {
                let kind = self.kind(&Val::Disj(disj.clone()));
                let args = [Arg::Val(Val::Disj(disj)), Arg::Kind(kind)];
                self.add_err(Code::Incomplete, "unresolved disjunction {} (type {})", args);
                return None;
            }
            v = disj.vals.first().cloned();
        }
    }

    /// The node that stands for a node's default: itself when it has none.
    pub(crate) fn default_node(&mut self, v: NodeId) -> R<NodeId> {
        let v = self.deref(v);
        let Some(Val::Disj(d)) = self.node(v).base.clone() else { return Ok(v) };
        match d.defaults {
            0 => Ok(v),
            1 => match &d.vals[0] {
                Val::Node(w) => {
                    let w = *w;
                    self.default_node(w)
                }
                other => {
                    let other = other.clone();
                    self.plain_node(v, other)
                }
            },
            n => {
                let narrowed =
                    Disj { vals: d.vals[..n].to_vec(), defaults: 0, has_defaults: false };
                self.plain_node(v, Val::Disj(Arc::new(narrowed)))
            }
        }
    }

    /// A finished node of the given value at the place of another.
    pub(crate) fn plain_node(&mut self, at: NodeId, base: Val) -> R<NodeId> {
        let mut node = Node::new(self.node(at).parent, self.node(at).label, ArcType::Member);
        node.status = Status::Finalized;
        node.base = Some(base);
        self.new_node(node)
    }

    pub(super) fn set_value(&mut self, v: NodeId, base: Val) {
        let n = self.node_mut(v);
        n.base = Some(base);
        n.status = Status::Finalized;
    }
}

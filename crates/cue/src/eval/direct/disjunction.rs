//! Disjunctions: a term that is a plain value is met with what else is said of the node; any other is tried on a node
//! of its own.

use super::super::node::*;
use super::super::val::*;
use super::enter::Draft;
use super::{D, Direct, Off, Phase, leave};
use crate::ir::{Expr, ExprId};

/// A term that survived.
struct Survivor {
    val: Val,
    mode: Mode,
}

impl Direct<'_> {
    /// Multiplies out the disjunctions of a node.
    pub(super) fn decide(&mut self, v: NodeId, draft: Draft) -> D<()> {
        let [disj] = &draft.disjunctions[..] else { return leave() };
        let bare = self.e.node(v).arcs.is_empty()
            && self.e.node(v).structs.is_empty()
            && draft.list.is_none()
            && !draft.is_struct;
        let (env, mut flat) = (disj.env, true);
        for (term, _) in &disj.terms {
            flat = flat && self.is_flat(term, env)?;
        }
        if !bare || !flat {
            return self.try_terms(v, &disj.clone());
        }
        let disj = disj.clone();
        let mut alive: Vec<Survivor> = Vec::new();
        for (term, mode) in &disj.terms {
            let val = self.flat_term(term, disj.env)?;
            match self.meet(&draft, val) {
                Ok(val) => self.keep(&mut alive, Survivor { val, mode: *mode })?,
                Err(Off::Conflict) => {}
                Err(off) => return Err(off),
            }
        }
        self.conclude_terms(v, alive)
    }

    /// Whether a term is a plain value, as written or by name.
    fn is_flat(&mut self, term: &Elem, env: EnvId) -> D<bool> {
        let Elem::Expr(x) = *term else { return Ok(false) };
        match self.prog.expr(x) {
            Expr::Val(v) => Ok(!matches!(
                v,
                Val::Bottom(_) | Val::Disj(_) | Val::Func(_) | Val::Node(_) | Val::Top
            )),
            Expr::Interp { .. } | Expr::Unary { .. } => Ok(true),
            _ if self.is_reference(x) => self.names_plain(x, env),
            _ => Ok(false),
        }
    }

    /// Whether a reference leads to a scalar that nothing but plain values was said of: no disjunction, whose default
    /// would count here.
    fn names_plain(&mut self, x: ExprId, env: EnvId) -> D<bool> {
        let arc = self.foreign(|d| d.resolve(x, env))?;
        let value = self.foreign(|d| d.read(arc))?;
        let n = self.e.node(self.e.deref(arc));
        let plain = |c: &Conj| match &c.elem {
            Elem::Val(v) => !matches!(v, Val::Disj(_)),
            elem => {
                self.e.elem_expr(elem).is_some_and(|x| matches!(self.prog.expr(x), Expr::Val(_)))
            }
        };
        let scalar = !matches!(value, Val::Node(_)) && self.e.is_concrete(&value);
        Ok(scalar && !n.is_disjunct && n.conjuncts.iter().all(plain))
    }

    fn flat_term(&mut self, term: &Elem, env: EnvId) -> D<Val> {
        let Elem::Expr(x) = term else { return leave() };
        self.foreign(|d| d.eval(*x, env))
    }

    /// Meets a plain value with the rest of what is said of a node.
    fn meet(&mut self, draft: &Draft, val: Val) -> D<Val> {
        let mut own = Draft {
            kind: draft.kind,
            scalar: draft.scalar.clone(),
            bounds: draft.bounds.clone(),
            checks: draft.checks.clone(),
            ..Draft::default()
        };
        self.enter_value(NodeId::NONE, &mut own, val, CloseInfo::NONE, false)?;
        match own.scalar.clone() {
            Some(scalar) => {
                self.check_scalar(&own, &scalar)?;
                Ok(scalar)
            }
            None => self.constraint(&own),
        }
    }

    /// Adds a survivor unless an equal one is there already.
    fn keep(&mut self, alive: &mut Vec<Survivor>, new: Survivor) -> D<()> {
        for own in alive.iter_mut() {
            if self.e.equal(&own.val, &new.val, super::super::equal::STRUCTURAL)? {
                if new.mode == Mode::Default {
                    own.mode = Mode::Default;
                }
                return Ok(());
            }
        }
        alive.push(new);
        Ok(())
    }

    /// Makes the survivors the value of the node.
    fn conclude_terms(&mut self, v: NodeId, mut alive: Vec<Survivor>) -> D<()> {
        if alive.iter().all(|s| s.mode != Mode::Default) {
            alive.iter_mut().for_each(|s| s.mode = Mode::Maybe);
        }
        if alive.len() == 1 {
            let one = alive.swap_remove(0).val;
            let plain = !matches!(one, Val::Node(_));
            self.e.node_mut(v).base = Some(one);
            self.set_phase(v, Phase::Known);
            if plain {
                self.e.node_mut(v).status = Status::Finalized;
                self.set_phase(v, Phase::Done);
            }
            return Ok(());
        }
        if alive.is_empty() {
            return Err(Off::Conflict);
        }
        let mut vals: Vec<Val> = alive.iter().map(|s| s.val.clone()).collect();
        let (mut defaults, mut has_defaults) = (0, false);
        for (i, s) in alive.iter().enumerate() {
            match s.mode {
                Mode::Default => {
                    vals[i] = vals[defaults].clone();
                    vals[defaults] = s.val.clone();
                    defaults += 1;
                    has_defaults = true;
                }
                Mode::NotDefault => has_defaults = true,
                Mode::Maybe => {}
            }
        }
        let disj = Disj { vals, defaults, has_defaults };
        let n = self.e.node_mut(v);
        n.base = Some(Val::Disj(std::sync::Arc::new(disj)));
        n.arcs.clear();
        n.status = Status::Finalized;
        self.set_phase(v, Phase::Done);
        Ok(())
    }

    /// Tries each term in the place of the disjunction, on a node of its own.
    fn try_terms(&mut self, v: NodeId, disj: &PendingDisj) -> D<()> {
        let Some(at) = self.place_of_disjunction(v) else { return leave() };
        let mut alive: Vec<Survivor> = Vec::new();
        for (term, mode) in &disj.terms {
            let own = self.e.node(v);
            let mut copy = Node::new(own.parent, own.label, own.arc_type);
            copy.dynamic = own.dynamic;
            copy.anonymous = own.anonymous;
            copy.non_rooted = own.non_rooted;
            copy.closed_rec = own.label.is_def() || own.closed_rec;
            copy.is_disjunct = true;
            copy.conjuncts = own.conjuncts.clone();
            copy.conjuncts[at] = Conj { env: disj.env, elem: term.clone(), ci: disj.ci };
            let copy = self.e.new_node(copy)?;
            let growing = self.growing.len();
            match self.finish(copy) {
                // A term with terms of its own brings modes of its own.
                Ok(()) if !self.e.node(copy).base.as_ref().is_some_and(Val::is_mark) => {
                    return leave();
                }
                Ok(()) => alive.push(Survivor { val: Val::Node(copy), mode: *mode }),
                Err(Off::Conflict) => {
                    self.growing.truncate(growing);
                    self.e.errs = None;
                }
                Err(off) => return Err(off),
            }
        }
        let mut distinct: Vec<Survivor> = Vec::new();
        let several = alive.len() > 1;
        for one in alive {
            if several && !self.is_comparable(&one.val) {
                return leave();
            }
            self.keep(&mut distinct, one)?;
        }
        self.e.node_mut(v).arcs.clear();
        self.conclude_terms(v, distinct)
    }

    /// Which conjunct of a node is its one disjunction.
    fn place_of_disjunction(&self, v: NodeId) -> Option<usize> {
        let is_disjunction = |c: &Conj| {
            let x = self.e.elem_expr(&c.elem);
            x.is_some_and(|x| matches!(self.prog.expr(x), Expr::Disj { .. }))
        };
        self.e.node(v).conjuncts.iter().position(is_disjunction)
    }

    /// Whether a survivor can be compared with others although its optional fields are not evaluated.
    fn is_comparable(&self, val: &Val) -> bool {
        let Val::Node(n) = val else { return true };
        let n = self.e.deref(*n);
        let scalar = |a: &NodeId| {
            let a = self.e.node(self.e.deref(*a));
            a.base.as_ref().is_some_and(|b| !b.is_mark())
        };
        let n = self.e.node(n);
        !matches!(n.base, Some(Val::StructMark)) && n.arcs.iter().all(scalar)
    }
}

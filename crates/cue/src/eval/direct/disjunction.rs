//! Disjunctions: terms that are plain values are met with what else is said of the node; any other is tried on a node
//! of its own.

use smallvec::SmallVec;

use super::super::disjunct::combine_modes;
use super::super::equal::STRUCTURAL;
use super::super::node::*;
use super::super::val::*;
use super::enter::Draft;
use super::{D, Direct, Off, Phase, leave};
use crate::ir::{Expr, ExprId};
use crate::kind::Kind;

/// A disjunction that waits until all else is said of its node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    x: ExprId,
    env: EnvId,
}

/// Which term stands in the place of a disjunction on a node of trial; none while it is left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pick {
    choice: Choice,
    term: Option<ExprId>,
}

pub(super) type Picks = SmallVec<[Pick; 2]>;

/// One way of choosing terms that has not failed so far.
struct Branch<T> {
    what: T,
    mode: Mode,
    /// Mode of the term chosen last.
    term: Mode,
}

impl<T> Branch<T> {
    fn new(what: T) -> Self {
        Self { what, mode: Mode::Maybe, term: Mode::Maybe }
    }
}

impl<'p> Direct<'p> {
    /// Enters a disjunction: on a node of trial the term that is being tried, on any other it waits.
    pub(super) fn enter_disjunction(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        x: ExprId,
        (env, ci): (EnvId, CloseInfo),
    ) -> D<()> {
        draft.info(ci, 0);
        let choice = Choice { x, env };
        let picks = self.trials.get(&v);
        let pick = picks.and_then(|p| p.iter().find(|p| p.choice == choice));
        match pick.map(|p| p.term) {
            Some(Some(term)) => self.enter_expr(v, draft, term, (env, ci), false),
            Some(None) => Ok(()),
            None => {
                if !draft.disjunctions.contains(&choice) {
                    draft.disjunctions.push(choice);
                }
                Ok(())
            }
        }
    }

    /// Multiplies out the disjunctions of a node.
    pub(super) fn decide(&mut self, v: NodeId, draft: Draft) -> D<()> {
        // A term with terms of its own brings modes of its own.
        if self.trials.contains_key(&v) {
            return leave();
        }
        let mut flat = !self.has_refusable(v) && draft.list.is_none() && !draft.is_struct;
        for choice in &draft.disjunctions {
            for (term, _) in self.terms(*choice)?.0 {
                flat = flat && self.is_flat(*term, choice.env)?;
            }
        }
        if flat { self.meet_terms(v, draft) } else { self.try_terms(v, draft.disjunctions) }
    }

    fn terms(&self, choice: Choice) -> D<(&'p [(ExprId, bool)], bool)> {
        match self.prog.expr(choice.x) {
            Expr::Disj { terms, has_defaults } => Ok((terms, *has_defaults)),
            _ => leave(),
        }
    }

    /// Meets plain terms with the rest of what is said of a node.
    fn meet_terms(&mut self, v: NodeId, mut draft: Draft) -> D<()> {
        let choices = std::mem::take(&mut draft.disjunctions);
        let mut alive = vec![Branch::new((draft, Val::Top))];
        for choice in choices {
            alive = self.cross(
                &alive,
                choice,
                |d, (draft, _), term| {
                    let term = d.foreign(|d| d.eval(term, choice.env))?;
                    d.meet(draft, term)
                },
                |(_, val)| val.clone(),
            )?;
        }
        let mut alive: Vec<_> = alive.into_iter().map(|b| (b.what.1, b.mode)).collect();
        if !self.e.node(v).structs.is_empty() {
            self.keep_definitions(v, &mut alive)?;
        }
        self.conclude_terms(v, alive)
    }

    /// Plain values of a node that has definitions or hidden fields beside: where several are left, each is a node that
    /// has them.
    fn keep_definitions(&mut self, v: NodeId, alive: &mut [(Val, Mode)]) -> D<()> {
        // What a literal without fields says beside a kind depends on what came first.
        if alive.iter().any(|(val, _)| self.e.kind(val).meets(Kind::STRUCT)) {
            return leave();
        }
        if alive.len() > 1 {
            self.deeper(|d| d.finish_fields(v))?;
            for (val, _) in alive {
                let mut own = self.e.node(v).clone();
                own.base = Some(val.clone());
                own.is_disjunct = true;
                own.status = Status::Finalized;
                *val = Val::Node(self.e.new_node(own)?);
            }
        }
        Ok(())
    }

    /// Every branch with every term of one more disjunction, as far as they agree. Modes combine as the scheduler has
    /// them: the more decided one counts, but a side whose defaults all failed has none.
    fn cross<T>(
        &mut self,
        from: &[Branch<T>],
        choice: Choice,
        mut attempt: impl FnMut(&mut Self, &T, ExprId) -> D<T>,
        value: impl Fn(&T) -> Val,
    ) -> D<Vec<Branch<T>>> {
        let (terms, has_defaults) = self.terms(choice)?;
        let mut met = Vec::new();
        let (mut left_drops, mut right_drops) = (true, true);
        for own in from {
            for (x, marked) in terms {
                let what = match attempt(self, &own.what, *x) {
                    Ok(what) => what,
                    Err(Off::Conflict) => continue,
                    Err(off) => return Err(off),
                };
                let term = Mode::of_term(has_defaults, *marked);
                left_drops &= own.mode != Mode::Default && own.term != Mode::Default;
                right_drops &= term != Mode::Default;
                met.push(Branch { what, mode: own.mode, term });
            }
        }
        let mut alive: Vec<Branch<T>> = Vec::with_capacity(met.len());
        for mut new in met {
            new.mode = combine_modes(new.mode, new.term, left_drops, right_drops);
            self.keep(&mut alive, new, &value)?;
        }
        if alive.is_empty() { Err(Off::Conflict) } else { Ok(alive) }
    }

    /// Adds a branch unless an equal one is there already.
    fn keep<T>(
        &mut self,
        alive: &mut Vec<Branch<T>>,
        new: Branch<T>,
        value: impl Fn(&T) -> Val,
    ) -> D<()> {
        let val = value(&new.what);
        for own in alive.iter_mut() {
            let other = value(&own.what);
            if self.differ_at_sight(&val, &other) {
                continue;
            }
            if !self.is_comparable(&val) || !self.is_comparable(&other) {
                return leave();
            }
            if self.e.equal(&other, &val, STRUCTURAL)? {
                if new.mode == Mode::Default {
                    own.mode = Mode::Default;
                }
                return Ok(());
            }
        }
        alive.push(new);
        Ok(())
    }

    /// Whether a term is a plain value, as written or by name.
    fn is_flat(&mut self, x: ExprId, env: EnvId) -> D<bool> {
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

    /// Whether a reference leads to a scalar, or to what a scalar has to be, that nothing but plain values was said of:
    /// no disjunction, whose default would count here.
    fn names_plain(&mut self, x: ExprId, env: EnvId) -> D<bool> {
        let arc = self.foreign(|d| d.resolve(x, env))?;
        let value = self.foreign(|d| d.read(arc))?;
        let n = self.e.node(self.e.deref(arc));
        let plain = |c: &Conj| match &c.elem {
            Elem::Val(v) => !matches!(v, Val::Disj(_)),
            elem => self
                .e
                .elem_expr(elem)
                .is_some_and(|x| matches!(self.prog.expr(x), Expr::Val(_) | Expr::Bound { .. })),
        };
        let scalar = match &value {
            Val::Node(_) | Val::Disj(_) | Val::Func(_) => false,
            other => !self.e.kind(other).meets(Kind::COMPOSITE),
        };
        Ok(scalar && !n.is_disjunct && n.conjuncts.iter().all(plain))
    }

    /// Meets a plain value with the rest of what is said of a node.
    fn meet(&mut self, draft: &Draft, val: Val) -> D<(Draft, Val)> {
        let mut own = Draft {
            kind: draft.kind,
            scalar: draft.scalar.clone(),
            bounds: draft.bounds.clone(),
            checks: draft.checks.clone(),
            ..Draft::default()
        };
        self.enter_value(NodeId::NONE, &mut own, val, CloseInfo::NONE, false)?;
        let val = match own.scalar.clone() {
            Some(scalar) => {
                self.check_scalar(&own, &scalar)?;
                scalar
            }
            None => self.constraint(&own)?,
        };
        Ok((own, val))
    }

    /// Makes the survivors the value of the node.
    fn conclude_terms(&mut self, v: NodeId, mut alive: Vec<(Val, Mode)>) -> D<()> {
        if alive.len() == 1 {
            let one = alive.swap_remove(0).0;
            let plain = !matches!(one, Val::Node(_));
            self.e.node_mut(v).base = Some(one);
            self.set_phase(v, Phase::Known);
            if plain && self.e.node(v).arcs.is_empty() {
                self.e.node_mut(v).status = Status::Finalized;
                self.set_phase(v, Phase::Done);
            }
            return Ok(());
        }
        let (mut defaults, mut has_defaults) = (0, false);
        let mut vals: Vec<Val> = alive.iter().map(|(val, _)| val.clone()).collect();
        for (i, (val, mode)) in alive.into_iter().enumerate() {
            match mode {
                Mode::Default => {
                    vals[i] = std::mem::replace(&mut vals[defaults], val);
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

    /// Tries the terms in the places of the disjunctions, each choice on a node of its own.
    fn try_terms(&mut self, v: NodeId, choices: SmallVec<[Choice; 1]>) -> D<()> {
        let picks: Picks = choices.iter().map(|c| Pick { choice: *c, term: None }).collect();
        let mut alive = vec![Branch::new((picks, v))];
        for (at, choice) in choices.into_iter().enumerate() {
            alive = self.cross(
                &alive,
                choice,
                |d, (picks, _), term| {
                    let mut picks = picks.clone();
                    picks[at].term = Some(term);
                    let node = d.try_picks(v, picks.clone())?;
                    Ok((picks, node))
                },
                |(_, node)| Val::Node(*node),
            )?;
        }
        self.e.node_mut(v).arcs.clear();
        let alive = alive.into_iter().map(|b| (Val::Node(b.what.1), b.mode)).collect();
        self.conclude_terms(v, alive)
    }

    /// A copy of a node on which the given terms stand in for its disjunctions.
    fn try_picks(&mut self, v: NodeId, picks: Picks) -> D<NodeId> {
        let own = self.e.node(v);
        let mut copy = Node::new(own.parent, own.label, own.arc_type);
        copy.dynamic = own.dynamic;
        copy.anonymous = own.anonymous;
        copy.non_rooted = own.non_rooted;
        copy.closed_rec = own.label.is_def() || own.closed_rec;
        copy.is_disjunct = true;
        copy.conjuncts = own.conjuncts.clone();
        let copy = self.e.new_node(copy)?;
        self.trials.insert(copy, picks);
        let done = self.finish(copy);
        if matches!(done, Err(Off::Conflict)) {
            self.e.errs = None;
        }
        self.trials.remove(&copy);
        done.map(|()| copy)
    }

    /// Whether two values differ whatever their optional fields come to.
    fn differ_at_sight(&self, a: &Val, b: &Val) -> bool {
        let (Val::Node(a), Val::Node(b)) = (a, b) else { return false };
        let (a, b) = (self.e.deref(*a), self.e.deref(*b));
        let (x, y) = (self.e.node(a), self.e.node(b));
        match (&x.base, &y.base) {
            (Some(Val::StructMark), Some(Val::StructMark)) => {
                x.arcs.len() != y.arcs.len()
                    || x.arcs.iter().any(|l| self.e.arc(b, self.e.node(*l).label).is_none())
            }
            (Some(one), Some(other)) => one.is_mark() != other.is_mark(),
            _ => false,
        }
    }

    /// Whether a value can be compared with others although its optional fields are not evaluated.
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

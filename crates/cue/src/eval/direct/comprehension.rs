//! What of a node needs evaluation: joined and embedded expressions, comprehensions, dynamic fields.

use super::super::close::HAS_STRUCT;
use super::super::node::*;
use super::super::val::*;
use super::enter::Draft;
use super::{D, Direct, Item, Off, Pending, leave};
use crate::eval::ArcType;
use crate::ir::{Clause, Comp, CompId, Decl, DeclId, Expr, ExprId, StructId};
use crate::label::Label;

impl Direct<'_> {
    /// Adds one item to a node.
    pub(super) fn grow(&mut self, v: NodeId, draft: &mut Draft, p: Pending) -> D<()> {
        match p.item {
            Item::Expr { x, alone } => self.grow_expr(v, draft, x, alone, p),
            Item::List(x) => self.enter_list(v, draft, x, (p.env, p.ci)),
            Item::Comp(comp) => self.grow_comp(v, draft, comp, p),
            Item::Dynamic(d) => {
                let Decl::Dynamic { arc, key, .. } = self.prog.decl(d) else {
                    return leave();
                };
                let label = present(self.label(key, p.env))?;
                if label.is_int() {
                    return leave();
                }
                let c = Conj { env: p.env, elem: Elem::Decl(d), ci: p.ci };
                self.add_field(v, label, arc, c).map(drop)
            }
            Item::Pattern(d) => {
                let Decl::Pattern { filter, .. } = self.prog.decl(d) else {
                    return leave();
                };
                let pattern = present(self.eval(filter, p.env))?;
                let c = Conj { env: p.env, elem: Elem::Decl(d), ci: p.ci };
                self.add_pattern(v, pattern, c)
            }
        }
    }

    fn grow_expr(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        x: ExprId,
        alone: bool,
        p: Pending,
    ) -> D<()> {
        if !self.is_reference(x) {
            let val = present(self.eval(x, p.env))?;
            return self.enter_value(v, draft, val, p.ci, alone);
        }
        let found = present(self.resolve(x, p.env))?;
        let arc = self.e.deref_non_disjunct(found);
        self.join(v, draft, arc, (x, alone), p)
    }

    /// Makes `v` the same as `arc`, or adds what is said of `arc`.
    fn join(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        arc: NodeId,
        (x, alone): (ExprId, bool),
        p: Pending,
    ) -> D<()> {
        // A value that is said to be itself is for the scheduler.
        if self.e.deref(arc) == v {
            return leave();
        }
        if alone && self.may_share(v, arc) {
            draft.shared = Some(arc);
            return Ok(());
        }
        let a = self.e.node(arc);
        if a.status == Status::Finalized && (a.is_data || a.conjuncts.is_empty()) {
            return self.enter_data(v, draft, arc, p.ci, alone);
        }
        let ci = self.joined_origin(v, draft, arc, x, p.ci)?;
        let conjuncts = self.e.node(arc).conjuncts.clone();
        let alone = alone && conjuncts.len() == 1;
        for c in conjuncts {
            if c.ci.from_def {
                self.e.node_mut(v).closed_rec = true;
            }
            let ci = CloseInfo { guard: c.ci.guard, ..ci };
            self.enter(v, draft, Conj { ci, ..c }, alone)?;
        }
        Ok(())
    }

    fn may_share(&self, v: NodeId, arc: NodeId) -> bool {
        let (n, a) = (self.e.node(v), self.e.node(arc));
        n.arcs.is_empty()
            && n.patterns.is_empty()
            && !a.non_rooted
            && !a.dynamic
            && (a.closed_rec || !n.closed_rec)
            && !a.label.is_let()
            && !n.is_disjunct
            && !matches!(a.base, Some(Val::Func(_)))
    }

    /// Enters the body of a comprehension once for each environment.
    fn grow_comp(&mut self, v: NodeId, draft: &mut Draft, comp: CompId, p: Pending) -> D<()> {
        let prog = self.prog;
        let body = prog.comps[comp.at()].body;
        for env in self.environments(p.env, comp)? {
            let ci = CloseInfo { from_embed: true, ..p.ci };
            let Expr::Struct(lit) = *prog.expr(body) else {
                self.enter_expr(v, draft, body, (env, ci), false)?;
                continue;
            };
            self.enter_body(v, draft, lit, (env, p.env), ci)?;
        }
        Ok(())
    }

    /// Enters a literal that a comprehension yields in `env`. Its fixed fields count once for the order of fields,
    /// however often it is yielded: where the comprehension stands.
    pub(super) fn enter_body(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        lit: StructId,
        (env, guard): (EnvId, EnvId),
        ci: CloseInfo,
    ) -> D<()> {
        let prog = self.prog;
        draft.has_struct = true;
        draft.info(ci, HAS_STRUCT);
        let own = &prog.structs[lit.at()];
        let is_fixed = |d: &DeclId| matches!(prog.decl(*d), Decl::Field { .. } | Decl::Let { .. });
        let child = self.e.new_env(env, v);
        let guarded = CloseInfo { guard, ..ci };
        let Some((fixed, rest)) = own.split else {
            let fixed = !own.decls.is_empty() && own.decls.iter().all(is_fixed);
            let (place, ci) = if fixed { (guard, guarded) } else { (child, ci) };
            self.note_struct(v, lit, place);
            return self.enter_decls(v, draft, lit, child, ci);
        };
        self.note_struct(v, fixed, guard);
        self.enter_decls(v, draft, fixed, child, guarded)?;
        let Expr::Struct(rest) = *prog.expr(rest) else { return leave() };
        let child = self.e.new_env(env, v);
        self.note_struct(v, rest, child);
        self.enter_decls(v, draft, rest, child, ci)
    }

    /// The environments that a comprehension yields.
    pub(super) fn environments(&mut self, env: EnvId, comp: CompId) -> D<Vec<EnvId>> {
        let prog = self.prog;
        let mut envs = Vec::new();
        self.clause(&prog.comps[comp.at()], 0, env, &mut envs)?;
        Ok(envs)
    }

    fn clause(&mut self, comp: &Comp, at: usize, env: EnvId, envs: &mut Vec<EnvId>) -> D<()> {
        self.step()?;
        match comp.clauses.get(at) {
            None => envs.push(env),
            Some(Clause::If(cond)) => match present(self.scalar(*cond, env))? {
                Val::Bool(true) => self.deeper(|d| d.clause(comp, at + 1, env, envs))?,
                Val::Bool(false) => {}
                _ => return leave(),
            },
            Some(Clause::Let { label, value }) => {
                let mut arc = Node::new(NodeId::NONE, *label, ArcType::Member);
                arc.dynamic = true;
                arc.anonymous = true;
                arc.conjuncts.push(Conj { env, elem: Elem::Expr(*value), ci: CloseInfo::NONE });
                let arc = self.e.new_node(arc)?;
                let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
                n.status = Status::Finalized;
                n.base = Some(Val::StructMark);
                n.arcs.push(arc);
                let n = self.e.new_node(n)?;
                let env = self.e.new_env(env, n);
                self.deeper(|d| d.clause(comp, at + 1, env, envs))?;
            }
            Some(Clause::For { key, value, src }) => {
                self.rounds(comp, at, (*key, *value, *src), env, envs)?;
            }
        }
        Ok(())
    }

    fn rounds(
        &mut self,
        comp: &Comp,
        at: usize,
        (key, value, src): (Option<Label>, Option<Label>, ExprId),
        env: EnvId,
        envs: &mut Vec<EnvId>,
    ) -> D<()> {
        let Val::Node(n) = present(self.scalar(src, env))? else { return leave() };
        if self.is_mixed(n) {
            return leave();
        }
        for i in 0..self.e.node(n).arcs.len() {
            let a = self.e.node(n).arcs[i];
            if !self.e.node(a).label.is_regular() {
                continue;
            }
            match self.e.node(a).arc_type {
                ArcType::Member => {}
                ArcType::Optional => continue,
                _ => return leave(),
            }
            let saved = std::mem::replace(&mut self.e.env, env);
            let inner = self.e.loop_env(a, key, value);
            self.e.env = saved;
            let inner = inner?;
            self.deeper(|d| d.clause(comp, at + 1, inner, envs))?;
        }
        Ok(())
    }
}

impl Direct<'_> {
    /// Whether a comprehension put fields among others: the scheduler has them where the comprehension
    /// stands, and loops see that order.
    fn is_mixed(&self, n: NodeId) -> bool {
        let guarded = |a: &NodeId| self.e.node(*a).conjuncts.iter().any(|c| !c.ci.guard.is_none());
        let arcs = &self.e.node(n).arcs;
        arcs.iter().any(guarded) && !arcs.iter().all(guarded)
    }
}

/// A value that has to be there.
fn present<T>(found: D<T>) -> D<T> {
    found.map_err(|off| match off {
        Off::Missing => Off::Aside,
        Off::Shapeless => Off::Leave,
        other => other,
    })
}

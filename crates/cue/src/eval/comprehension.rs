//! Comprehensions: yielding environments, and pushing the fields of a body down to the fields of the node.
//!
//! A field with a fixed label exists as a pending arc whose existence depends on the clauses. All fields of one body
//! share a [`Cell`], so the clauses are evaluated once.

use super::node::*;
use super::sched::{ARC_TYPE, FIELD_SET, Flags, NEED_FIELD_SET, RunMode};
use super::val::*;
use super::{ArcType, Eval, R, Stop};
use crate::ir::{Clause, Comp, CompId, Decl, Expr, ExprId};
use crate::kind::Kind;
use crate::label::Label;

impl Eval {
    pub(super) fn fresh_comp(&mut self, comp: CompId) -> CompInstId {
        let value = CompValue::Expr(self.prog.comps[comp.at()].body);
        self.new_comp(CompInst { comp, value, ..CompInst::vacant() })
    }

    pub(super) fn insert_comprehension(
        &mut self,
        node: NodeId,
        env: EnvId,
        inst: CompInstId,
        ci: CloseInfo,
    ) -> R<()> {
        let c = self.comps[inst.at()];
        let cell = if c.cell.is_none() {
            self.cells.push(Cell { comp: c.comp, node, ..Cell::vacant() });
            CellId(self.cells.len() as u32 - 1)
        } else {
            c.cell
        };
        let mut ci = ci.optional();
        let mut x = match c.value {
            CompValue::Expr(x) => Elem::Expr(x),
            CompValue::Decl(d) => Elem::Decl(d),
        };
        let body = self.elem_expr(&x);
        let prog = self.prog.clone();
        if let Some(Expr::Struct(lit)) = body.map(|b| prog.expr(b)) {
            ci = self.struct_scope(node, ci, false);
            let (kind, fixed) = self.push_down(node, env, *lit, inst, cell, ci)?;
            self.comps[inst.at()].kind = kind;
            let lit = &prog.structs[lit.at()];
            if fixed > 0 {
                if fixed == lit.decls.len() {
                    if kind == Kind::TOP {
                        self.comps[inst.at()].kind = Kind::STRUCT;
                    }
                    return Ok(());
                }
                if let Some((_, rest)) = lit.split {
                    x = Elem::Expr(rest);
                }
            }
        }
        let t = self.add_task(TaskKind::Comprehension, node, env, x, ci);
        let task = &mut self.tasks[t.at()];
        task.cell = cell;
        task.leaf = inst;
        Ok(())
    }

    /// Creates the pending fields of a body. Returns the kind they imply and their number.
    fn push_down(
        &mut self,
        node: NodeId,
        env: EnvId,
        lit: crate::ir::StructId,
        inst: CompInstId,
        cell: CellId,
        ci: CloseInfo,
    ) -> R<(Kind, usize)> {
        let prog = self.prog.clone();
        let target = self.deref_disjunct(node);
        let comp = self.comps[inst.at()].comp;
        let mut kind = Kind::TOP;
        let mut fixed = 0;
        for &d in &prog.structs[lit.at()].decls {
            let (label, arc_type, is_let) = match prog.decl(d) {
                Decl::Field { label, arc, .. } => (label, arc, false),
                Decl::Let { label, .. } => (label, ArcType::Member, true),
                _ => continue,
            };
            fixed += 1;
            if label.is_int() {
                kind &= Kind::LIST;
            } else if label.is_str() {
                kind &= Kind::STRUCT;
            }
            let value = CompValue::Decl(d);
            let sub = CompInst {
                comp,
                value,
                arc_type,
                kind: Kind::BOTTOM,
                cell,
                parent: inst,
                arc: target,
            };
            let c = Conj { env, elem: Elem::Comp(self.new_comp(sub)), ci };
            if is_let {
                let arc = self.insert_unchecked(node, label, ArcType::Member, c)?;
                self.node_mut(arc).multi_let = true;
            } else {
                self.insert_arc(node, label, ArcType::Pending, c, ci, false)?;
            }
        }
        if fixed > 0 {
            let all = &prog.structs[lit.at()];
            let own = if fixed < all.decls.len() { all.split.map_or(lit, |s| s.0) } else { lit };
            let live = self.cells[cell.at()].done && !self.cells[cell.at()].envs.is_empty();
            self.add_struct(target, own, env, live);
            if !self.cells[cell.at()].done {
                self.cells[cell.at()].structs.push(own);
            } else if live && (kind == Kind::STRUCT || kind == Kind::LIST) {
                let pos = prog.structs[own.at()].pos;
                self.update_kind(node, kind, Arg::Struct(own), pos, ci);
            }
        }
        Ok((kind, fixed))
    }

    /// Runs a comprehension (once) and enters what it yields into the node of the task.
    pub(super) fn process_comprehension(&mut self, t: TaskId) -> R<Option<std::sync::Arc<Bottom>>> {
        let task = &self.tasks[t.at()];
        let (node, env, ci, x, cell, leaf) =
            (task.node, task.env, task.ci, task.x.clone(), task.cell, task.leaf);
        if !self.cells[cell.at()].done {
            let c = &self.cells[cell.at()];
            let (comp, home) = (c.comp, c.node);
            let (envs, err) = self.yield_envs(home, env, comp)?;
            if let Some(err) = err {
                if err.is_incomplete() {
                    return Ok(Some(err));
                }
                self.cells[cell.at()].done = true;
                if !home.is_none() {
                    self.add_bottom_to(home, Some(err));
                }
                return Ok(None);
            }
            let lits = std::mem::take(&mut self.cells[cell.at()].structs);
            if !envs.is_empty() {
                self.live_lits.extend(lits);
            }
            let c = &mut self.cells[cell.at()];
            c.envs = envs;
            c.done = true;
        }
        let envs = self.cells[cell.at()].envs.clone();
        if envs.is_empty() {
            self.update_arc_type(node, ArcType::NotPresent)?;
            return Ok(None);
        }
        if let Some(stop) = self.confirm_fields(t, node, leaf, cell, ci)? {
            return Ok(Some(stop));
        }
        for env in envs {
            if self.node(node).arc_type == ArcType::NotPresent {
                let label = self.node(node).label;
                let b = self.report_field_cycle(node, self.pos, label)?;
                self.tasks[t.at()].err = Some(b);
                return Err(Stop::Yield);
            }
            let env = self.link_children(env, leaf);
            self.schedule_conjunct(node, Conj { env, elem: x.clone(), ci }, ci)?;
        }
        Ok(None)
    }

    /// The pending fields from the yielded one up to the comprehension's node now exist.
    fn confirm_fields(
        &mut self,
        t: TaskId,
        node: NodeId,
        leaf: CompInstId,
        cell: CellId,
        ci: CloseInfo,
    ) -> R<Option<std::sync::Arc<Bottom>>> {
        let (mut v, mut at) = (node, leaf);
        while !self.comps[at.at()].parent.is_none() {
            let c = self.comps[at.at()];
            v = self.overlaid(v);
            self.update_arc_type(v, c.arc_type)?;
            if self.node(v).arc_type == ArcType::NotPresent {
                let (parent, label) = (self.node(v).parent, self.node(v).label);
                let pos = self.prog.comps[c.comp.at()].pos;
                let b = self.report_field_cycle(parent, pos, label)?;
                let home = self.cells[cell.at()].node;
                self.add_bottom_to(home, Some(b.clone()));
                self.tasks[t.at()].err = Some(b.clone());
                return Ok(Some(b));
            }
            if c.kind == Kind::STRUCT || c.kind == Kind::LIST {
                let w = self.deref_disjunct(v);
                if self.bare_state(w)? {
                    let pos = self.elem_pos(&Elem::Comp(at));
                    let by = match self.elem_expr(&Elem::Comp(at)) {
                        Some(x) => Arg::Written(x),
                        None => Arg::Kind(c.kind),
                    };
                    self.update_kind(w, c.kind, by, pos, ci);
                }
            }
            v = c.arc;
            at = c.parent;
        }
        Ok(None)
    }

    fn link_children(&mut self, env: EnvId, inst: CompInstId) -> EnvId {
        let mut arcs: smallvec::SmallVec<[NodeId; 4]> = Default::default();
        let mut c = self.comps[inst.at()];
        while !c.parent.is_none() {
            arcs.push(c.arc);
            c = self.comps[c.parent.at()];
        }
        arcs.into_iter().rev().fold(env, |env, arc| self.new_env(env, arc))
    }

    /// The environments a comprehension yields, or why it does not.
    pub(super) fn yield_envs(
        &mut self,
        home: NodeId,
        env: EnvId,
        comp: CompId,
    ) -> R<(Vec<EnvId>, Option<std::sync::Arc<Bottom>>)> {
        let prog = self.prog.clone();
        let comp = &prog.comps[comp.at()];
        let saved_vertex = self.vertex;
        if !home.is_none() {
            self.vertex = home;
        }
        let mut envs = Vec::new();
        let (_, err) = self.scoped(env, |e| e.yield_clause(comp, 0, &mut envs))?;
        self.vertex = saved_vertex;
        Ok((envs, err))
    }

    /// Runs `f` in an environment with errors of its own, which are returned.
    pub(super) fn scoped<T>(
        &mut self,
        env: EnvId,
        f: impl FnOnce(&mut Self) -> R<T>,
    ) -> R<(T, Option<std::sync::Arc<Bottom>>)> {
        let saved = (self.env, self.errs.take(), self.pos, self.ci);
        self.env = env;
        let out = f(self)?;
        let err = self.errs.take();
        (self.env, self.errs, self.pos, self.ci) = saved;
        Ok((out, err))
    }

    /// False stops the loop around the clause.
    fn yield_clause(&mut self, comp: &Comp, at: usize, envs: &mut Vec<EnvId>) -> R<()> {
        self.step()?;
        match comp.clauses.get(at) {
            None => envs.push(self.env),
            Some(Clause::If(cond)) => {
                let v = self.eval_value(*cond, Flags::SCALAR)?;
                if self.as_bool(v) {
                    self.yield_next(comp, at, self.env, envs)?;
                }
            }
            Some(Clause::Let { label, value }) => {
                let mut arc = Node::new(NodeId::NONE, *label, ArcType::Member);
                arc.dynamic = true;
                arc.anonymous = true;
                arc.conjuncts.push(Conj { env: self.env, elem: Elem::Expr(*value), ci: self.ci });
                let arc = self.new_node(arc)?;
                let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
                n.arcs.push(arc);
                let n = self.new_node(n)?;
                let env = self.new_env(self.env, n);
                self.yield_next(comp, at, env, envs)?;
            }
            Some(Clause::For { key, value, src }) => {
                self.yield_for(comp, at, (*key, *value, *src), envs)?
            }
        }
        Ok(())
    }

    fn yield_next(&mut self, comp: &Comp, at: usize, env: EnvId, envs: &mut Vec<EnvId>) -> R<bool> {
        let (_, err) = self.scoped(env, |e| e.deeper(|e| e.yield_clause(comp, at + 1, envs)))?;
        if let Some(b) = err {
            self.add_bottom(b);
            return Ok(false);
        }
        Ok(self.errs.is_none())
    }

    fn yield_for(
        &mut self,
        comp: &Comp,
        at: usize,
        (key, value, src): (Option<Label>, Option<Label>, ExprId),
        envs: &mut Vec<EnvId>,
    ) -> R<()> {
        let n = self.for_source(src)?;
        if self.get_state(n)? {
            self.freeze(n, FIELD_SET);
        }
        let mut i = 0;
        while let Some(&a) = self.node(n).arcs.get(i) {
            i += 1;
            let label = self.node(a).label;
            if !label.is_regular() {
                continue;
            }
            if self.get_state(a)? {
                self.process(a, ARC_TYPE, RunMode::Attempt)?;
            }
            match self.node(a).arc_type {
                ArcType::Member => {}
                ArcType::Required => {
                    let fmt = "missing required field in for comprehension: {}";
                    self.add_err(Code::Incomplete, fmt, [Arg::Label(label)]);
                    continue;
                }
                _ => continue,
            }
            let env = self.loop_env(a, key, value)?;
            if !self.yield_next(comp, at, env, envs)? {
                break;
            }
        }
        Ok(())
    }

    /// The environment of one round of a loop: a small node with the loop's variables.
    pub(super) fn loop_env(
        &mut self,
        item: NodeId,
        key: Option<Label>,
        value: Option<Label>,
    ) -> R<EnvId> {
        let mut n = Node::new(self.env_node(self.env), Label::NONE, ArcType::Member);
        n.status = Status::Finalized;
        n.dynamic = true;
        n.anonymous = true;
        if let Some(label) = value {
            let mut v = Node::new(NodeId::NONE, label, ArcType::Pending);
            v.base = Some(Val::Node(item));
            v.dynamic = true;
            v.anonymous = true;
            n.arcs.push(self.new_node(v)?);
        }
        if let Some(label) = key {
            let mut k = Node::new(NodeId::NONE, label, ArcType::Member);
            k.dynamic = true;
            k.anonymous = true;
            k.status = Status::Finalized;
            let val = self.label_value(self.node(item).label);
            k.conjuncts.push(Conj {
                env: self.env,
                elem: Elem::Val(val.clone()),
                ci: CloseInfo::NONE,
            });
            k.base = Some(val);
            n.arcs.push(self.new_node(k)?);
        }
        let n = self.new_node(n)?;
        Ok(self.new_env(self.env, n))
    }

    /// The struct or list that a `for` ranges over; the empty node after an error.
    fn for_source(&mut self, x: ExprId) -> R<NodeId> {
        self.in_detached += 1;
        let v = self.unify_node(x, Flags::new(NEED_FIELD_SET, RunMode::Attempt))?;
        self.in_detached -= 1;
        if let Some(Val::Node(n)) = v {
            self.unify(n, NEED_FIELD_SET, RunMode::Finalize, true)?;
        }
        let Some(v) = self.default_of(v) else { return Ok(self.empty) };
        let (node, v) = self.node_and_value(v);
        match v {
            None => {
                self.add_err(Code::Incomplete, "cannot range over {} (incomplete)", [Arg::Expr(x)])
            }
            Some(Val::Bottom(b)) => self.add_bottom(b),
            Some(Val::Node(n)) => {
                let kind = self.node_kind(n);
                if !kind.meets(Kind::COMPOSITE) || kind == Kind::STRUCT || kind == Kind::LIST {
                    return Ok(n);
                }
                let args = [Arg::Expr(x), Arg::Kind(kind)];
                self.add_err(Code::Incomplete, "cannot range over {} (incomplete type {})", args);
            }
            Some(v) => {
                let kind = self.kind(&v);
                let args = [Arg::Expr(x), Arg::Kind(kind)];
                if kind.meets(Kind::COMPOSITE) {
                    self.add_err(
                        Code::Incomplete,
                        "cannot range over {} (incomplete type {})",
                        args,
                    );
                } else if node.is_none() {
                    self.add_err(
                        Code::Eval,
                        "cannot range over {} (found {}, want list or struct)",
                        args,
                    );
                } else {
                    return Ok(node);
                }
            }
        }
        Ok(self.empty)
    }

    /// A value as the node it is (if it is one) and what the node holds.
    fn node_and_value(&self, v: Option<Val>) -> (NodeId, Option<Val>) {
        let Some(v) = v else { return (NodeId::NONE, None) };
        let v = match self.unwrap(&v) {
            Some(w) if w.is_placeholder() => v,
            Some(w) => w,
            None => return (NodeId::NONE, None),
        };
        match v {
            Val::Node(n) if !self.is_placeholder(n) => (n, self.value(n)),
            Val::Node(n) => (n, Some(Val::Node(n))),
            other => (NodeId::NONE, Some(other)),
        }
    }
}

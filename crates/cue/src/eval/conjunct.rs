//! Entering conjuncts into a node: literals are taken apart at once, everything else becomes a task.

use super::close::{HAS_ELLIPSIS, HAS_STRUCT};
use super::node::*;
use super::sched::{ANCESTORS_DONE, ARC_TYPE, FIELD_CONJUNCTS, SCALAR};
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::{Decl, Expr, ExprId, Op, StructId};
use crate::kind::Kind;

impl Eval {
    pub(super) fn in_progress(&self, v: NodeId) -> bool {
        self.node(v).status != Status::Finalized && self.state(v).is_some_and(|s| s.initialized)
    }

    /// Gives an unfinished node its record. False when it is finished.
    pub(super) fn bare_state(&mut self, v: NodeId) -> R<bool> {
        if self.node(v).status == Status::Finalized {
            return Ok(false);
        }
        if self.node(v).state.is_none() {
            self.st(v);
            let parent = self.node(v).parent;
            if !parent.is_none()
                && let Some(p) = self.state(parent)
            {
                let depth = p.depth + 1;
                self.st(v).depth = depth;
                self.block_on(v, ANCESTORS_DONE);
            }
            self.block_on(v, SCALAR | ARC_TYPE);
            let closed =
                self.node(v).label.is_def() || (!parent.is_none() && self.node(parent).closed_rec);
            self.node_mut(v).closed_rec |= closed;
        }
        Ok(true)
    }

    /// As [`Self::bare_state`], with the node's conjuncts entered.
    pub(super) fn get_state(&mut self, v: NodeId) -> R<bool> {
        if !self.bare_state(v)? {
            return Ok(false);
        }
        if !self.st(v).initialized {
            self.st(v).initialized = true;
            self.node_mut(v).base = Some(self.placeholder());
            let saved = std::mem::replace(&mut self.vertex, v);
            let mut at = 0;
            while let Some(c) = self.node(v).conjuncts.get(at).cloned() {
                at += 1;
                let mut ci = c.ci;
                if self.ci.is_cyclic {
                    (ci.cycle, ci.is_cyclic, ci.links) =
                        (self.ci.cycle, self.ci.is_cyclic, self.ci.links);
                }
                self.schedule_conjunct(v, c, ci)?;
            }
            self.vertex = saved;
        }
        Ok(true)
    }

    /// The expression behind an element, if it is one.
    pub(super) fn elem_expr(&self, elem: &Elem) -> Option<ExprId> {
        match elem {
            Elem::Expr(x) => Some(*x),
            Elem::Decl(d) => match self.prog.decl(*d) {
                Decl::Field { value, .. }
                | Decl::Let { value, .. }
                | Decl::Dynamic { value, .. }
                | Decl::Pattern { value, .. } => Some(value),
                Decl::Embed(x) => Some(x),
                Decl::Ellipsis | Decl::Comp(_) => None,
            },
            Elem::Comp(c) => match self.comps[c.at()].value {
                CompValue::Expr(x) => Some(x),
                CompValue::Decl(d) => self.elem_expr(&Elem::Decl(d)),
            },
            Elem::Val(_) | Elem::Terms(_) => None,
        }
    }

    pub(super) fn schedule_conjunct(&mut self, node: NodeId, c: Conj, ci: CloseInfo) -> R<()> {
        self.step()?;
        self.deeper(|e| e.enter_conjunct(node, c, ci))
    }

    fn enter_conjunct(&mut self, node: NodeId, c: Conj, ci: CloseInfo) -> R<()> {
        if c.ci.from_def {
            self.node_mut(node).closed_rec = true;
        }
        self.mark_non_cyclic(node, ci);
        let env = c.env;
        match &c.elem {
            Elem::Comp(inst) => self.insert_comprehension(node, env, *inst, ci),
            Elem::Val(Val::Node(v)) if !self.is_data(*v) => {
                let v = *v;
                self.schedule_vertex(node, c, v, ci)
            }
            Elem::Val(Val::Node(data)) if self.adds_only(node, *data, ci) => {
                let data = *data;
                self.share(node, c, data, ci)
            }
            Elem::Val(v) => {
                let v = v.clone();
                self.unshare(node)?;
                self.insert_value(node, env, v, ci)
            }
            Elem::Terms(vals) => {
                let terms = vals.iter().map(|v| (Elem::Val(v.clone()), Mode::Maybe)).collect();
                self.unshare(node)?;
                let ci = ci.optional();
                self.schedule_disjunction(node, PendingDisj { env, ci, terms });
                self.update_info(node, Kind::TOP, ci, 0);
                Ok(())
            }
            elem => match self.elem_expr(elem) {
                Some(x) => self.schedule_expr(node, env, x, ci),
                None => Ok(()),
            },
        }
    }

    /// Whether finished data is all that a node has beside `_`, so that the node can be the data itself.
    fn adds_only(&self, node: NodeId, data: NodeId, ci: CloseInfo) -> bool {
        let (n, st) = (self.node(node), self.state(node));
        self.is_finished_data(data)
            && self.node(data).base.as_ref().is_some_and(Val::is_mark)
            && (ci.def_id, ci.embed, ci.outer, ci.from_def) == (0, 0, 0, false)
            && n.arcs.is_empty()
            && n.patterns.is_empty()
            && n.structs.is_empty()
            && !n.closed_rec
            && !n.non_rooted
            && !n.dynamic
            && !n.is_disjunct
            && st.is_some_and(|s| !s.is_shared && s.knows_nothing())
    }

    fn schedule_expr(&mut self, node: NodeId, env: EnvId, x: ExprId, ci: CloseInfo) -> R<()> {
        let prog = self.prog.clone();
        let elem = Elem::Expr(x);
        match prog.expr(x) {
            Expr::Val(v) => {
                self.unshare(node)?;
                let saved = std::mem::replace(&mut self.pos, prog.expr_pos[x.at()]);
                let out = self.insert_value(node, env, v.clone(), ci);
                self.pos = saved;
                out
            }
            Expr::Binary { op: Op::And, x, y } => {
                for x in [*x, *y] {
                    self.schedule_conjunct(node, Conj { env, elem: Elem::Expr(x), ci }, ci)?;
                }
                Ok(())
            }
            Expr::Struct(lit) => {
                self.unshare(node)?;
                self.schedule_struct(node, env, *lit, ci)
            }
            Expr::List(_) => {
                self.unshare(node)?;
                self.update_cyclic(node, ci)?;
                let env = self.new_env(env, node);
                let pos = prog.expr_pos[x.at()];
                self.update_kind(node, Kind::LIST, Arg::Written(x), pos, ci);
                self.add_task(TaskKind::ListLit, node, env, elem, ci);
                Ok(())
            }
            Expr::Disj { terms, has_defaults } => {
                self.unshare(node)?;
                let id = ci.optional();
                let mode = |marked| Mode::of_term(*has_defaults, marked);
                let terms = terms.iter().map(|(x, m)| (Elem::Expr(*x), mode(*m))).collect();
                self.schedule_disjunction(node, PendingDisj { env, ci: id, terms });
                self.update_info(node, Kind::TOP, id, 0);
                Ok(())
            }
            Expr::FieldRef { .. }
            | Expr::ValueRef { .. }
            | Expr::DynRef { .. }
            | Expr::LetRef { .. }
            | Expr::Import(_)
            | Expr::Selector { .. }
            | Expr::Index { .. } => {
                self.add_task(TaskKind::Resolver, node, env, elem, ci);
                Ok(())
            }
            _ => self.schedule_evaluator(node, env, x, ci),
        }
    }

    fn schedule_evaluator(&mut self, node: NodeId, env: EnvId, x: ExprId, ci: CloseInfo) -> R<()> {
        self.unshare(node)?;
        let elem = Elem::Expr(x);
        let is_binary = matches!(self.prog.expr(x), Expr::Binary { .. });
        let st = self.st(node);
        if !is_binary && ci.cycle == CycleType::Cyclic && !st.has_non_cycle && !st.has_non_cyclic {
            st.has_ancestor_cycle = true;
            st.cyclic.push((Conj { env, elem, ci }, NodeId::NONE));
            return Ok(());
        }
        self.add_task(TaskKind::Expr, node, env, elem, ci);
        Ok(())
    }

    fn schedule_struct(&mut self, node: NodeId, env: EnvId, id: StructId, ci: CloseInfo) -> R<()> {
        self.update_cyclic(node, ci)?;
        self.update_info(node, Kind::STRUCT, ci, HAS_STRUCT);
        let child = self.new_env(env, node);
        self.st(node).has_struct = true;
        self.add_struct(node, id, child, true);
        let prog = self.prog.clone();
        let lit = &prog.structs[id.at()];
        let embeds =
            |d: &crate::ir::DeclId| matches!(prog.decl(*d), Decl::Comp(_) | Decl::Embed(_));
        let has_embed = lit.decls.iter().any(embeds);
        let ci =
            if has_embed && !lit.synthetic { self.struct_scope(node, ci, lit.is_file) } else { ci };
        let mut ellipsis = false;
        for &d in &lit.decls {
            ellipsis |= matches!(prog.decl(d), Decl::Ellipsis);
            self.schedule_decl(node, child, (id, d), ci)?;
        }
        if ellipsis {
            self.node_mut(node).has_ellipsis = true;
            self.update_info(node, Kind::TOP, ci, HAS_ELLIPSIS);
        }
        if !has_embed {
            self.mark_struct(node, Arg::Struct(id), ci);
        }
        Ok(())
    }

    pub(super) fn mark_struct(&mut self, node: NodeId, by: Arg, ci: CloseInfo) {
        let st = self.st(node);
        st.a_struct = Some(by);
        st.a_struct_id = ci;
    }

    fn schedule_decl(
        &mut self,
        node: NodeId,
        env: EnvId,
        (lit, d): (StructId, crate::ir::DeclId),
        ci: CloseInfo,
    ) -> R<()> {
        let elem = Elem::Decl(d);
        match self.prog.decl(d) {
            Decl::Field { arc, label, .. } => {
                if label.is_str() && arc == ArcType::Member {
                    self.mark_struct(node, Arg::Struct(lit), ci);
                }
                let ci = ci.sub_field();
                let ci = if arc == ArcType::Optional { ci.optional() } else { ci };
                self.insert_arc(node, label, arc, Conj { env, elem, ci }, ci, true).map(drop)
            }
            Decl::Let { label, .. } => {
                let ci = ci.sub_field();
                self.insert_arc(node, label, ArcType::Member, Conj { env, elem, ci }, ci, true)
                    .map(drop)
            }
            Decl::Comp(comp) => {
                let ci = self.embed_scope(node, ci, true);
                let inst = self.fresh_comp(comp);
                self.insert_comprehension(node, env, inst, ci)
            }
            Decl::Dynamic { arc, .. } => {
                let ci = ci.sub_field();
                if arc == ArcType::Member {
                    self.mark_struct(node, Arg::Struct(lit), ci);
                }
                self.add_task(TaskKind::Dynamic, node, env, elem, ci);
                Ok(())
            }
            Decl::Pattern { .. } => {
                self.add_task(TaskKind::Pattern, node, env, elem, ci.sub_field().optional());
                Ok(())
            }
            Decl::Embed(x) => {
                let needs_group =
                    !matches!(self.prog.expr(x), Expr::Binary { op, .. } if *op != Op::And);
                let ci = self.embed_scope(node, ci, needs_group);
                self.schedule_conjunct(node, Conj { env, elem: Elem::Expr(x), ci }, ci)
            }
            Decl::Ellipsis => Ok(()),
        }
    }

    /// Remembers a literal for the order of fields. Those of a comprehension count only once it yields (`live`).
    pub(super) fn add_struct(&mut self, node: NodeId, lit: StructId, env: EnvId, live: bool) {
        if live {
            self.live_lits.insert(lit);
        }
        let info = StructInfo { lit, env };
        if !self.node(node).structs.contains(&info) {
            self.node_mut(node).structs.push(info);
        }
    }

    /// Whether a reference names a definition anywhere in its path.
    pub(super) fn names_def(&self, mut x: ExprId) -> bool {
        loop {
            match self.prog.expr(x) {
                Expr::FieldRef { label, .. } => return label.is_def(),
                Expr::Selector { sel, .. } if sel.is_def() => return true,
                Expr::Selector { x: inner, .. } | Expr::Index { x: inner, .. } => x = *inner,
                _ => return false,
            }
        }
    }

    /// Adds the conjuncts of another node, or shares it.
    pub(super) fn schedule_vertex(
        &mut self,
        node: NodeId,
        c: Conj,
        arc: NodeId,
        ci: CloseInfo,
    ) -> R<()> {
        let mut ci = ci;
        if !self.node(arc).closed_rec && !self.node(arc).closed_once && ci.embed != 0 {
            ci.from_def = false;
        }
        if self.same_node(node, arc) {
            if self.st(node).is_shared {
                self.add_shared(node, ci);
            }
            return Ok(());
        }
        if self.share_if_possible(node, &c, arc, ci)? {
            self.get_state(arc)?;
            return Ok(());
        }
        if self.is_finished_data(arc) {
            return self.insert_value(node, c.env, Val::Node(arc), ci);
        }
        let named = self.elem_expr(&c.elem).is_some_and(|x| self.names_def(x));
        let is_def = named || self.node(arc).label.is_def() || ci.top_def;
        if is_def {
            self.st(node).is_def = true;
            ci.from_def = true;
            ci.top_def = false;
        }
        let ci = self.add_resolver(node, arc, ci, !is_def);
        if self.st(node).arc_map.contains(&arc) {
            return Ok(());
        }
        self.st(node).arc_map.push(arc);
        let parent = self.node(arc).parent;
        let n = self.node(node);
        if !parent.is_none() && (!n.non_rooted || n.dynamic) {
            let p = self.get_state(parent)?;
            let a = self.bare_state(arc)?;
            if p && a && !self.meets(parent, ANCESTORS_DONE | FIELD_CONJUNCTS) {
                self.add_notify(arc, node, ci);
            }
        }
        let mut at = 0;
        while let Some(c) = self.node(arc).conjuncts.get(at).cloned() {
            at += 1;
            self.schedule_conjunct(node, c, ci)?;
        }
        if self.bare_state(arc)? {
            self.st(node).to_complete = true;
        }
        Ok(())
    }

    /// Whether a node is a value that nothing is written for, such as an element of a function's result.
    fn is_finished_data(&self, v: NodeId) -> bool {
        let n = self.node(v);
        n.status == Status::Finalized && n.conjuncts.is_empty() && n.base.is_some()
    }

    /// Subscribes `to` to conjuncts that `from` receives later.
    pub(super) fn add_notify(&mut self, from: NodeId, to: NodeId, ci: CloseInfo) {
        if self.node(from).status == Status::Finalized
            || (self.in_progress(from) && self.meets(from, ANCESTORS_DONE))
            || self.st(from).notify.iter().any(|(v, _)| *v == to)
        {
            return;
        }
        self.st(from).notify.push((to, ci));
    }
}

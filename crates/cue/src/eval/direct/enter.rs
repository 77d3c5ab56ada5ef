//! Entering conjuncts into a node: literals are taken apart at once, what needs evaluation waits.

use std::sync::Arc;

use smallvec::SmallVec;

use super::super::close::{HAS_ELLIPSIS, HAS_STRUCT, HAS_TOP};
use super::super::node::*;
use super::super::val::*;
use super::disjunction::Choice;
use super::{D, Direct, Item, Off, Pending, leave};
use crate::eval::ArcType;
use crate::ir::{CoreFn, Decl, Expr, ExprId, FuncId, Op, StructId};
use crate::kind::Kind;

/// What is known of a node while it is being put together.
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) scalar: Option<Val>,
    pub(super) bounds: SmallVec<[Arc<Bound>; 2]>,
    pub(super) checks: SmallVec<[Arc<Validator>; 1]>,
    pub(super) disjunctions: SmallVec<[Choice; 1]>,
    /// Finished data that may be all there is.
    pub(super) data: Option<NodeId>,
    /// The node this one is the same as.
    pub(super) shared: Option<NodeId>,
    pub(super) has_top: bool,
    pub(super) has_struct: bool,
    pub(super) is_struct: bool,
    pub(super) is_def: bool,
    /// Something closed was joined in a way of which only a scalar may come: what several definitions, embedded ones or
    /// parts of them refuse together is told by evidence only.
    pub(super) is_closed_part: bool,
    pub(super) list: Option<super::list::Length>,
    /// What each origin said: flags as closedness knows them.
    pub(super) infos: SmallVec<[(u32, u8); 2]>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            kind: Kind::TOP,
            scalar: None,
            bounds: SmallVec::new(),
            checks: SmallVec::new(),
            disjunctions: SmallVec::new(),
            data: None,
            shared: None,
            has_top: false,
            has_struct: false,
            is_struct: false,
            is_def: false,
            is_closed_part: false,
            list: None,
            infos: SmallVec::new(),
        }
    }
}

impl Draft {
    pub(super) fn info(&mut self, ci: CloseInfo, flags: u8) {
        match self.infos.iter_mut().find(|(id, _)| *id == ci.def_id) {
            Some((_, own)) => *own |= flags,
            None => self.infos.push((ci.def_id, flags)),
        }
    }
}

impl Direct<'_> {
    /// Enters one conjunct. `alone`: there is no other.
    pub(super) fn enter(&mut self, v: NodeId, draft: &mut Draft, c: Conj, alone: bool) -> D<()> {
        if c.ci.from_def {
            self.e.node_mut(v).closed_rec = true;
        }
        match c.elem {
            Elem::Val(val) => self.enter_value(v, draft, val, c.ci, alone),
            Elem::Comp(_) | Elem::Terms(_) => leave(),
            elem => {
                let Some(x) = self.e.elem_expr(&elem) else { return leave() };
                if c.ci.guard.is_none() {
                    return self.enter_expr(v, draft, x, (c.env, c.ci), alone);
                }
                let ci = CloseInfo { guard: EnvId::NONE, ..c.ci };
                match self.prog.expr(x) {
                    Expr::Struct(lit) => self.enter_body(v, draft, *lit, (c.env, c.ci.guard), ci),
                    _ => self.enter_expr(v, draft, x, (c.env, ci), alone),
                }
            }
        }
    }

    pub(super) fn enter_expr(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        x: ExprId,
        (env, ci): (EnvId, CloseInfo),
        alone: bool,
    ) -> D<()> {
        match self.prog.expr(x) {
            Expr::Val(val) => self.enter_value(v, draft, val.clone(), ci, alone),
            _ => self.deeper(|d| d.enter_parts(v, draft, x, (env, ci), alone)),
        }
    }

    fn enter_parts(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        x: ExprId,
        (env, ci): (EnvId, CloseInfo),
        alone: bool,
    ) -> D<()> {
        match self.prog.expr(x) {
            Expr::Binary { op: Op::And, x, y } => {
                self.enter_expr(v, draft, *x, (env, ci), false)?;
                self.enter_expr(v, draft, *y, (env, ci), false)
            }
            Expr::Struct(lit) => self.enter_struct(v, draft, *lit, env, ci),
            Expr::Call { fun, args } if self.is_close(*fun) => {
                let [x] = args[..] else { return leave() };
                let Expr::Struct(lit) = *self.prog.expr(x) else { return leave() };
                let ci = self.closed_origin(v, ci)?;
                self.enter_struct(v, draft, lit, env, ci)
            }
            Expr::List(_) => {
                self.wait(Pending { item: Item::List(x), env, ci });
                Ok(())
            }
            Expr::Disj { .. } => self.enter_disjunction(v, draft, x, (env, ci)),
            _ => {
                self.wait(Pending { item: Item::Expr { x, alone }, env, ci });
                Ok(())
            }
        }
    }

    fn is_close(&self, fun: ExprId) -> bool {
        matches!(self.prog.expr(fun), Expr::Val(Val::Func(FuncId::Core(CoreFn::Close))))
    }

    /// Puts off what needs evaluation.
    fn wait(&mut self, pending: Pending) {
        if let Some(own) = self.growing.last_mut() {
            own.items.push(pending);
        }
    }

    fn enter_struct(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        lit: StructId,
        env: EnvId,
        ci: CloseInfo,
    ) -> D<()> {
        draft.info(ci, HAS_STRUCT);
        draft.has_struct = true;
        let child = self.e.new_env(env, v);
        self.note_struct(v, lit, child);
        self.enter_decls(v, draft, lit, child, ci)
    }

    /// Remembers a literal for the order of fields.
    pub(super) fn note_struct(&mut self, v: NodeId, lit: StructId, env: EnvId) {
        let info = StructInfo { lit, env };
        let structs = &mut self.e.node_mut(v).structs;
        if !structs.contains(&info) {
            structs.push(info);
        }
    }

    /// Enters the declarations of a literal.
    pub(super) fn enter_decls(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        lit: StructId,
        env: EnvId,
        ci: CloseInfo,
    ) -> D<()> {
        let prog = self.prog;
        let guarded = !ci.guard.is_none();
        let mut has_embed = false;
        for &d in &prog.structs[lit.at()].decls {
            match prog.decl(d) {
                Decl::Field { arc, label, .. } => {
                    if label.is_str() && arc == ArcType::Member && !guarded {
                        draft.is_struct = true;
                    }
                    let c = Conj { env, elem: Elem::Decl(d), ci: ci.sub_field() };
                    self.add_field(v, label, arc, c)?;
                }
                Decl::Let { label, .. } => {
                    let c = Conj { env, elem: Elem::Decl(d), ci: ci.sub_field() };
                    let arc = self.add_field(v, label, ArcType::Member, c)?;
                    if guarded {
                        self.e.node_mut(arc).multi_let = true;
                    }
                }
                Decl::Comp(comp) => {
                    has_embed = true;
                    self.wait(Pending { item: Item::Comp(comp), env, ci });
                }
                Decl::Dynamic { arc, .. } => {
                    draft.is_struct |= arc == ArcType::Member;
                    self.wait(Pending { item: Item::Dynamic(d), env, ci: ci.sub_field() });
                }
                Decl::Pattern { filter, .. } => {
                    let ci = ci.sub_field();
                    match prog.expr(filter) {
                        Expr::Val(p) => {
                            let c = Conj { env, elem: Elem::Decl(d), ci };
                            self.add_pattern(v, p.clone(), c)?;
                        }
                        _ => self.wait(Pending { item: Item::Pattern(d), env, ci }),
                    }
                }
                Decl::Embed(x) => {
                    has_embed = true;
                    let ci = CloseInfo { from_embed: true, ..ci };
                    self.enter_expr(v, draft, x, (env, ci), false)?;
                }
                Decl::Ellipsis => {
                    self.e.node_mut(v).has_ellipsis = true;
                    draft.info(ci, HAS_ELLIPSIS);
                }
            }
        }
        if !has_embed && !guarded {
            draft.is_struct = true;
        }
        Ok(())
    }

    /// Meets a value into a node.
    pub(super) fn enter_value(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        val: Val,
        ci: CloseInfo,
        alone: bool,
    ) -> D<()> {
        match val {
            Val::Node(x) => return self.enter_data(v, draft, x, ci, alone),
            Val::Bottom(_) | Val::Func(_) | Val::Disj(_) => return leave(),
            Val::StructMark | Val::ListMark { .. } => return leave(),
            Val::Conj(vals) => {
                for val in vals.iter() {
                    self.deeper(|d| d.enter_value(v, draft, val.clone(), ci, false))?;
                }
                return Ok(());
            }
            Val::Top => {
                draft.has_top = true;
                draft.info(ci, HAS_TOP);
                return Ok(());
            }
            _ => {}
        }
        draft.kind &= self.e.kind(&val);
        if draft.kind.is_bottom() {
            return Err(Off::Conflict);
        }
        draft.info(ci, 0);
        match val {
            Val::Kind(_) => draft.info(ci, HAS_TOP),
            Val::Bound(b) => draft.bounds.push(b),
            Val::Valid(c) => {
                draft.has_top |= self.e.kind(&Val::Valid(c.clone())) == Kind::TOP;
                draft.checks.push(c);
            }
            scalar => match &draft.scalar {
                Some(own) if !self.e.equal_scalars(&scalar, own) => return Err(Off::Conflict),
                Some(_) => {}
                None => draft.scalar = Some(scalar),
            },
        }
        Ok(())
    }

    /// Meets a finished node into another one.
    pub(super) fn enter_data(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        x: NodeId,
        ci: CloseInfo,
        alone: bool,
    ) -> D<()> {
        let x = self.e.deref(x);
        let n = self.e.node(x);
        let scalar = n.base.as_ref().is_some_and(|b| !b.is_mark() && self.e.is_concrete(b));
        let data = n.is_data || n.conjuncts.is_empty() || scalar;
        let finished = n.status == Status::Finalized && data;
        if !finished {
            let stands = self.comparing && n.status == Status::Finalized && self.is_only_data(v);
            if !stands || matches!(n.base, Some(Val::Bottom(_)) | None) {
                return leave();
            }
            draft.shared = Some(x);
            return Ok(());
        }
        match n.base.clone() {
            Some(Val::StructMark | Val::ListMark { .. }) => {
                if n.closed_once || n.closed_rec {
                    return leave();
                }
                let own = self.e.node(v);
                let free = ci.def_id == 0 && !own.closed_rec && !own.non_rooted && !own.dynamic;
                if (alone || self.is_only_data(v)) && free && !own.is_disjunct {
                    draft.data = Some(x);
                    return Ok(());
                }
                self.enter_fields_of(v, draft, x, ci)
            }
            Some(val) => self.enter_value(v, draft, val, ci, false),
            None => leave(),
        }
    }

    /// Whether all that is said of a node beside one piece of data is `_`.
    fn is_only_data(&self, v: NodeId) -> bool {
        let mut data = 0;
        let open = |c: &Conj| match &c.elem {
            Elem::Val(Val::Node(_)) => {
                data += 1;
                true
            }
            elem => self
                .e
                .elem_expr(elem)
                .is_some_and(|x| matches!(self.prog.expr(x), Expr::Val(Val::Top))),
        };
        self.e.node(v).conjuncts.iter().all(open) && data == 1
    }

    /// Adds the fields or elements of data.
    pub(super) fn enter_fields_of(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        x: NodeId,
        ci: CloseInfo,
    ) -> D<()> {
        if let Some(Val::ListMark { open }) = self.e.node(x).base {
            return self.enter_list_data(v, draft, x, open, ci);
        }
        draft.is_struct = true;
        draft.info(ci, 0);
        for at in 0..self.e.node(x).arcs.len() {
            let a = self.e.node(x).arcs[at];
            let (label, arc_type) = (self.e.node(a).label, self.e.node(a).arc_type);
            if arc_type == ArcType::Member {
                let c = Conj { env: EnvId::NONE, elem: Elem::Val(Val::Node(a)), ci };
                self.add_field(v, label, ArcType::Member, c)?;
            }
        }
        let structs = self.e.node(x).structs.clone();
        self.e.node_mut(v).structs.extend(structs);
        Ok(())
    }
}

//! Making and collecting error values. Texts are templates with arguments; they are rendered only when read.

use std::sync::Arc;

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::Pos;
use crate::label::Label;

impl Eval {
    pub(super) fn msg(&self, fmt: &str, args: impl IntoIterator<Item = Arg>) -> Msg {
        Msg {
            fmt: fmt.into(),
            args: args.into_iter().collect(),
            node: self.vertex,
            pos: self.pos,
            more: Default::default(),
        }
    }

    pub(super) fn err(
        &self,
        code: Code,
        fmt: &str,
        args: impl IntoIterator<Item = Arg>,
    ) -> Arc<Bottom> {
        Arc::new(Bottom::new(code, self.msg(fmt, args)))
    }

    pub(super) fn err_val(
        &self,
        code: Code,
        fmt: &str,
        args: impl IntoIterator<Item = Arg>,
    ) -> Option<Val> {
        Some(Val::Bottom(self.err(code, fmt, args)))
    }

    /// Adds an error to the expression being computed.
    pub(super) fn add_err(&mut self, code: Code, fmt: &str, args: impl IntoIterator<Item = Arg>) {
        let b = self.err(code, fmt, args);
        self.add_bottom(b);
    }

    pub(super) fn add_bottom(&mut self, b: Arc<Bottom>) {
        let errs = self.errs.take();
        self.errs = combine(errs, Some(b));
    }

    /// Adds an error to a node.
    pub(super) fn add_bottom_to(&mut self, node: NodeId, b: Option<Arc<Bottom>>) {
        if b.is_some() {
            let errs = self.st(node).errs.take();
            self.st(node).errs = combine(errs, b);
        }
    }

    pub(super) fn add_err_to(
        &mut self,
        node: NodeId,
        fmt: &str,
        args: impl IntoIterator<Item = Arg>,
    ) {
        let b = self.err(Code::Eval, fmt, args);
        self.add_bottom_to(node, Some(b));
    }

    pub(super) fn take_err(&mut self) -> Option<Arc<Bottom>> {
        self.errs.take()
    }

    pub(super) fn has_node_err(&self, node: NodeId) -> bool {
        let n = self.node(node);
        n.child_errors.is_some()
            || (n.status > Status::Evaluating && self.is_err(node))
            || self.errs.is_some()
            || self.state(node).is_some_and(|s| s.errs.is_some())
    }

    /// Moves the expression's errors to the node and returns all of the node's.
    pub(super) fn node_err(&mut self, node: NodeId) -> Option<Arc<Bottom>> {
        let errs = self.errs.take();
        self.add_bottom_to(node, errs);
        self.st(node).errs.clone()
    }

    /// Records that a child failed; a fatal one makes the node itself an error that keeps its fields.
    pub(super) fn add_child_error(&mut self, node: NodeId, child: &Arc<Bottom>) {
        let errs = self.node_mut(node).child_errors.take();
        self.node_mut(node).child_errors = combine(errs, Some(child.clone()));
        if child.is_incomplete() {
            return;
        }
        let own = self.node(node).base.as_ref().and_then(Val::as_bottom).cloned();
        let b = match own {
            Some(own) if !own.close_check => {
                let mut own = (*own).clone();
                own.has_recursive = true;
                own.code = own.code.min(child.code);
                own
            }
            _ => Bottom {
                has_recursive: true,
                child_error: true,
                close_check: child.close_check,
                msgs: child.msgs.clone(),
                node,
                ..Bottom::bare(child.code)
            },
        };
        self.node_mut(node).base = Some(Val::Bottom(Arc::new(b)));
    }

    pub(super) fn report_field_index(&mut self, node: NodeId, pos: Pos, label: Label) -> R<()> {
        let fmt = if label.is_int() {
            "index out of range [{}] with length {}"
        } else {
            "undefined field: {}"
        };
        self.report_field(node, pos, label, fmt).map(drop)
    }

    pub(super) fn report_field_cycle(
        &mut self,
        node: NodeId,
        pos: Pos,
        label: Label,
    ) -> R<Arc<Bottom>> {
        self.report_field(node, pos, label, "cyclic reference to field {}")
    }

    fn report_field(&mut self, node: NodeId, pos: Pos, label: Label, fmt: &str) -> R<Arc<Bottom>> {
        let code = if self.accepts(node, label)? { Code::Incomplete } else { Code::Eval };
        let arg = if label.is_int() { Arg::Int(label.index().into()) } else { Arg::Label(label) };
        let len = self.elems(node).len() as i64;
        let mut msg = self.msg(fmt, [arg, Arg::Int(len)]);
        if !pos.is_none() {
            msg.pos = pos;
        }
        let mut b = Bottom::new(code, msg);
        b.node = node;
        let b = Arc::new(b);
        self.add_bottom(b.clone());
        Ok(b)
    }

    pub(super) fn report_conflict(&mut self, node: NodeId, a: &Val, b: &Val, at: (Pos, Pos)) {
        let (ka, kb) = (self.kind(a), self.kind(b));
        let vals = [Arg::Val(a.clone()), Arg::Val(b.clone())];
        let mut msg = if ka == kb {
            self.msg("conflicting values {} and {}", vals)
        } else {
            let kinds = [Arg::Kind(ka), Arg::Kind(kb)];
            let fmt = "conflicting values {} and {} (mismatched types {} and {})";
            self.msg(fmt, vals.into_iter().chain(kinds))
        };
        msg.pos = Pos::NONE;
        msg.more.extend([at.0, at.1].into_iter().filter(|p| !p.is_none()));
        msg.node = node;
        self.add_bottom_to(node, Some(Arc::new(Bottom::new(Code::Eval, msg))));
    }

    pub(super) fn report_field_mismatch(&mut self, node: NodeId, label: Label, with: Val) {
        self.add_err_to(
            node,
            "cannot combine regular field {} with {}",
            [Arg::Label(label), Arg::Val(with)],
        );
    }

    /// Makes a field that closedness refuses an error. None when it does not matter.
    pub(super) fn not_allowed(&mut self, arc: NodeId) -> Option<Arc<Bottom>> {
        if self.node(arc).arc_type == ArcType::Pending || self.errs.is_some() {
            return None;
        }
        let mut msg = self.msg("field not allowed", []);
        msg.node = arc;
        let at: Vec<Pos> =
            self.node(arc).conjuncts.iter().map(|c| self.elem_pos(&c.elem)).collect();
        msg.more.extend(at.into_iter().filter(|p| !p.is_none()));
        msg.pos = msg.more.first().copied().unwrap_or(msg.pos);
        let mut b = Bottom::new(Code::Eval, msg);
        b.close_check = true;
        let b = Arc::new(b);
        self.set_value(arc, Val::Bottom(b.clone()));
        if self.node(arc).state.is_some() {
            self.st(arc).kind = crate::kind::Kind::BOTTOM;
        }
        Some(b)
    }

    /// Where a conjunct is written.
    pub(super) fn elem_pos(&self, elem: &Elem) -> Pos {
        match elem {
            Elem::Expr(x) => self.prog.expr_pos[x.at()],
            Elem::Decl(d) => self.prog.decl_pos[d.at()],
            Elem::Comp(c) => self.prog.comps[self.comps[c.at()].comp.at()].pos,
            Elem::Val(_) | Elem::Terms(_) => Pos::NONE,
        }
    }
}

//! Expressions.

use std::sync::Arc;

use super::scope::Frame;
use super::{Compiler, literal};
use crate::eval::val::{Bottom, Code, Msg, Val};
use crate::ir::{Elem, Expr, ExprId, Op, Pos};
use crate::label::Label;
use crate::syntax::ast::{self, BinaryOp, LitKind, Spanned as _, UnaryOp};

/// Nesting beyond which a program is refused.
const MAX_DEPTH: u32 = 2000;

impl Compiler<'_> {
    pub(super) fn expr(&mut self, x: &ast::Expr) -> ExprId {
        let pos = self.pos(x.pos());
        if self.depth >= MAX_DEPTH {
            self.complain(pos, "expression nested too deeply");
            return self.top(pos);
        }
        self.depth += 1;
        let id = stacker::maybe_grow(128 << 10, 2 << 20, || self.expr_inner(x, pos));
        self.depth -= 1;
        if let Some(end) = x.end().offset() {
            self.prog.expr_end[id.at()] = end;
        }
        id
    }

    fn top(&mut self, pos: Pos) -> ExprId {
        self.prog.add_expr(Expr::Val(Val::Top), pos)
    }

    fn expr_inner(&mut self, x: &ast::Expr, pos: Pos) -> ExprId {
        let expr = match x {
            ast::Expr::Ident(id) => return self.resolve(id),
            ast::Expr::Paren(p) => return self.expr(&p.x),
            ast::Expr::Lit(l) => self.lit(l, pos),
            ast::Expr::Interpolation(i) => return self.interpolation(i),
            ast::Expr::Bottom(_) => Expr::Val(explicit_bottom(pos)),
            ast::Expr::Struct(s) => {
                let lit = self.struct_lit(&s.elts, pos, false);
                Expr::Struct(lit)
            }
            ast::Expr::List(l) => self.list(l),
            ast::Expr::Selector(s) => {
                let x = self.expr(&s.x);
                match self.selector_label(&s.sel) {
                    Some(sel) => Expr::Selector { x, sel },
                    None => return self.top(pos),
                }
            }
            ast::Expr::Index(i) => {
                let x = self.expr(&i.x);
                Expr::Index { x, index: self.expr(&i.index) }
            }
            ast::Expr::Slice(s) => {
                let x = self.expr(&s.x);
                let lo = s.low.as_ref().map(|x| self.expr(x));
                let hi = s.high.as_ref().map(|x| self.expr(x));
                Expr::Slice { x, lo, hi }
            }
            ast::Expr::Call(c) => {
                let fun = self.expr(&c.fun);
                let args = c.args.iter().map(|a| self.expr(a)).collect();
                Expr::Call { fun, args }
            }
            ast::Expr::Unary(u) => self.unary(u, pos),
            ast::Expr::Binary(b) => self.binary(b),
            ast::Expr::Alias(_)
            | ast::Expr::Comprehension(_)
            | ast::Expr::Ellipsis(_)
            | ast::Expr::Bad(_) => {
                self.complain(pos, "invalid expression");
                return self.top(pos);
            }
        };
        self.prog.add_expr(expr, pos)
    }

    fn selector_label(&mut self, sel: &ast::Label) -> Option<Label> {
        match sel {
            ast::Label::Ident(id) => Some(self.ident_label(&id.name)),
            ast::Label::Lit(l) => self.lit_label(l),
            other => {
                let pos = self.pos(other.pos());
                self.complain(pos, "invalid selector");
                None
            }
        }
    }

    fn lit(&mut self, l: &ast::BasicLit, pos: Pos) -> Expr {
        let val = match l.kind {
            LitKind::Null => Ok(Val::Null),
            LitKind::True => Ok(Val::Bool(true)),
            LitKind::False => Ok(Val::Bool(false)),
            LitKind::Int | LitKind::Float => {
                literal::number(&l.text).map(Val::Num).map_err(|e| format!("parse error: {e}"))
            }
            LitKind::String => literal::text(&l.text).map_err(|e| format!("invalid string: {e}")),
        };
        Expr::Val(val.unwrap_or_else(|e| {
            self.complain(pos, e);
            Val::Top
        }))
    }

    pub(super) fn interpolation(&mut self, i: &ast::Interpolation) -> ExprId {
        let pos = self.pos(i.pos());
        let (bytes, pieces) = match literal::pieces(i) {
            Ok(p) => p,
            Err(e) => {
                self.complain(pos, format!("invalid interpolation: {e}"));
                return self.top(pos);
            }
        };
        let mut parts = Vec::with_capacity(i.parts.len());
        let mut pieces = pieces.into_iter();
        for (at, p) in i.parts.iter().enumerate() {
            if at % 2 == 0 {
                let val = pieces.next().unwrap_or_else(|| Val::Str("".into()));
                parts.push(self.prog.add_expr(Expr::Val(val), pos));
            } else {
                parts.push(self.expr(p));
            }
        }
        let id = self.prog.add_expr(Expr::Interp { bytes, parts: parts.into() }, pos);
        if let Some(end) = i.end().offset() {
            self.prog.expr_end[id.at()] = end;
        }
        id
    }

    fn list(&mut self, l: &ast::ListLit) -> Expr {
        self.push_frame(Frame::new(1));
        let mut elems = Vec::with_capacity(l.elts.len());
        for e in &l.elts {
            match e {
                ast::Expr::Comprehension(c) => {
                    elems.extend(self.comprehension(c, true).map(Elem::Comp))
                }
                ast::Expr::Ellipsis(e) => {
                    elems.push(Elem::Ellipsis(e.typ.as_ref().map(|t| self.expr(t))))
                }
                x => elems.push(Elem::Expr(self.expr(x))),
            }
        }
        self.pop_frame();
        Expr::List(elems.into())
    }

    fn unary(&mut self, u: &ast::UnaryExpr, pos: Pos) -> Expr {
        let (op, bound) = match u.op {
            UnaryOp::Plus => (Op::Add, false),
            UnaryOp::Neg => (Op::Sub, false),
            UnaryOp::Not => (Op::Not, false),
            UnaryOp::Lt => (Op::Lt, true),
            UnaryOp::Le => (Op::Le, true),
            UnaryOp::Gt => (Op::Gt, true),
            UnaryOp::Ge => (Op::Ge, true),
            UnaryOp::Ne => (Op::Ne, true),
            UnaryOp::Match => (Op::Match, true),
            UnaryOp::NotMatch => (Op::NotMatch, true),
            UnaryOp::Default => {
                self.complain(pos, "preference mark not allowed at this position");
                return Expr::Val(Val::Top);
            }
        };
        let x = self.expr(&u.x);
        if bound {
            return self.constant_bound(op, x).unwrap_or(Expr::Bound { op, x });
        }
        Expr::Unary { op, x }
    }

    /// A bound by a literal needs no evaluation.
    fn constant_bound(&self, op: Op, x: ExprId) -> Option<Expr> {
        let Expr::Val(v @ (Val::Num(_) | Val::Str(_) | Val::Bytes(_))) = self.prog.expr(x) else {
            return None;
        };
        Some(Expr::Val(Val::Bound(Arc::new(crate::eval::val::Bound { op, val: v.clone() }))))
    }

    fn binary(&mut self, b: &ast::BinaryExpr) -> Expr {
        let op = match b.op {
            BinaryOp::Or => return self.disjunction(b),
            BinaryOp::And => Op::And,
            BinaryOp::LogOr => Op::BoolOr,
            BinaryOp::LogAnd => Op::BoolAnd,
            BinaryOp::Eq => Op::Eq,
            BinaryOp::Ne => Op::Ne,
            BinaryOp::Lt => Op::Lt,
            BinaryOp::Le => Op::Le,
            BinaryOp::Gt => Op::Gt,
            BinaryOp::Ge => Op::Ge,
            BinaryOp::Match => Op::Match,
            BinaryOp::NotMatch => Op::NotMatch,
            BinaryOp::Add => Op::Add,
            BinaryOp::Sub => Op::Sub,
            BinaryOp::Mul => Op::Mul,
            BinaryOp::Quo => Op::Quo,
            BinaryOp::IntDiv => Op::IntDiv,
            BinaryOp::IntMod => Op::IntMod,
            BinaryOp::IntQuo => Op::IntQuo,
            BinaryOp::IntRem => Op::IntRem,
        };
        let x = self.expr(&b.x);
        let y = self.expr(&b.y);
        if op != Op::And {
            self.check_operand(op, x);
            self.check_operand(op, y);
        }
        Expr::Binary { op, x, y }
    }

    /// A type or bound can never be an operand.
    fn check_operand(&mut self, op: Op, x: ExprId) {
        if !self.prog.can_be_concrete(x) {
            let (pos, end) = (self.prog.expr_pos[x.at()], self.prog.expr_end[x.at()] as usize);
            let source = self.prog.sources.get(usize::from(pos.file).wrapping_sub(1));
            let text =
                source.and_then(|s| s.text.get(pos.offset as usize..end)).unwrap_or("_").to_owned();
            self.complain(
                pos,
                format!("invalid operand {text} ('{}' requires concrete value)", op.text()),
            );
        }
    }

    fn disjunction(&mut self, b: &ast::BinaryExpr) -> Expr {
        let mut terms = Vec::new();
        let mut has_defaults = false;
        self.terms(&b.x, false, &mut terms, &mut has_defaults);
        self.terms(&b.y, false, &mut terms, &mut has_defaults);
        Expr::Disj { terms: terms.into(), has_defaults }
    }

    fn terms(
        &mut self,
        x: &ast::Expr,
        mark: bool,
        terms: &mut Vec<(ExprId, bool)>,
        has_defaults: &mut bool,
    ) {
        match x {
            ast::Expr::Binary(b) if b.op == BinaryOp::Or => {
                stacker::maybe_grow(128 << 10, 2 << 20, || {
                    self.terms(&b.x, mark, terms, has_defaults);
                    self.terms(&b.y, mark, terms, has_defaults);
                });
            }
            ast::Expr::Unary(u) if u.op == UnaryOp::Default => {
                *has_defaults = true;
                self.terms(&u.x, true, terms, has_defaults);
            }
            x => {
                let id = self.expr(x);
                terms.push((id, mark));
            }
        }
    }
}

fn explicit_bottom(pos: Pos) -> Val {
    let msg = Msg {
        fmt: "explicit error (_|_ literal) in source".into(),
        args: Default::default(),
        node: crate::eval::node::NodeId::NONE,
        pos,
        more: Default::default(),
    };
    Val::Bottom(Arc::new(Bottom::new(Code::Literal, msg)))
}

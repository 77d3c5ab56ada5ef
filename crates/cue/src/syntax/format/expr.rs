//! Expressions.
//!
//! Blanks around binary operators show how strongly they bind: in a mix of products and sums the products have none.

use super::printer::Last;
use super::space::Space;
use super::walk::Formatter;
use crate::syntax::ast::{
    Alias, BinaryExpr, BinaryOp, CallExpr, Ellipsis, Expr, Ident, Interpolation, Label, ListLit,
    ParenExpr, SelectorExpr, SliceExpr, Spanned as _, StructLit, UnaryOp, is_valid_ident,
};

/// Binding strength of unary operators, and of what needs no parentheses at all.
const UNARY: u8 = 8;
const HIGHEST: u8 = 9;

impl<'a> Formatter<'a> {
    pub(super) fn expr(&mut self, x: &'a Expr) {
        self.expr_in(x, 0, 1);
    }

    /// An expression below an operator of strength `outer`, `depth` levels down.
    fn expr_in(&mut self, x: &'a Expr, outer: u8, depth: usize) {
        stacker::maybe_grow(64 << 10, 1 << 20, || {
            match x {
                Expr::Struct(lit) => self.before_struct(lit),
                x => self.before(x.comments()),
            }
            self.bare(x, outer, depth);
            self.after();
        });
    }

    /// An expression without its comments.
    pub(super) fn bare(&mut self, x: &'a Expr, outer: u8, depth: usize) {
        match x {
            Expr::Bad(x) => {
                self.pos(x.from);
                self.word("_|_");
            }
            Expr::Bottom(x) => {
                self.pos(x.pos);
                self.token("_|_");
            }
            Expr::Alias(x) => self.alias(x),
            Expr::Ident(x) => self.name(x),
            Expr::Binary(x) => self.binary(x, outer, cutoff(x, depth), depth),
            Expr::Unary(x) if UNARY < outer => {
                let op = x.op;
                self.token("(");
                self.space(Space::FIXED);
                self.unary(op, x.op_pos, &x.x, depth);
                self.token(")");
            }
            Expr::Unary(x) => self.unary(x.op, x.op_pos, &x.x, depth),
            Expr::Lit(x) => {
                self.pos(x.pos);
                self.p.literal(x);
            }
            Expr::Interpolation(x) => self.interpolation(x, depth),
            Expr::Paren(x) => self.paren(x, depth),
            Expr::Selector(x) => {
                self.selector(x, depth);
            }
            Expr::Index(x) => {
                self.expr_in(&x.x, HIGHEST, 1);
                self.pos(x.lbrack);
                self.token("[");
                self.expr_in(&x.index, 0, depth + 1);
                self.pos(x.rbrack);
                self.token("]");
            }
            Expr::Slice(x) => self.slice(x, depth),
            Expr::Call(x) => self.call(x, depth),
            Expr::Struct(x) => self.struct_lit(x),
            Expr::List(x) => self.list(x),
            Expr::Ellipsis(x) => self.ellipsis(x),
            Expr::Comprehension(x) => self.comprehension(x),
        }
    }

    /// A name with its comments.
    pub(super) fn ident(&mut self, ident: &'a Ident) {
        self.before(&ident.comments);
        self.name(ident);
        self.after();
    }

    fn name(&mut self, ident: &Ident) {
        self.pos(ident.pos);
        let name = if is_valid_ident(&ident.name) { &*ident.name } else { "*bad identifier*" };
        self.p.text(name);
    }

    /// A name in the place of a label.
    pub(super) fn ident_label(&mut self, ident: &'a Ident) {
        self.before(&ident.comments);
        self.pos(ident.pos);
        self.word(&ident.name);
        self.after();
    }

    pub(super) fn alias(&mut self, alias: &'a Alias) {
        self.ident_label(&alias.ident);
        self.pos(alias.equal);
        self.token("=");
        self.expr(&alias.expr);
    }

    pub(super) fn ellipsis(&mut self, ellipsis: &'a Ellipsis) {
        self.pos(ellipsis.pos);
        self.token("...");
        if let Some(typ) = &ellipsis.typ
            && typ.as_ident().is_none_or(|i| i.name != "_")
        {
            self.expr(typ);
        }
    }

    fn unary(&mut self, op: UnaryOp, pos: crate::syntax::Pos, x: &'a Expr, depth: usize) {
        self.pos(pos);
        self.token(op.as_str());
        self.space(Space::FIXED);
        self.expr_in(x, UNARY, depth);
    }

    pub(super) fn interpolation(&mut self, x: &'a Interpolation, depth: usize) {
        self.open();
        for part in &x.parts {
            self.expr_in(part, 0, depth + 1);
        }
        self.after();
    }

    pub(super) fn paren(&mut self, x: &'a ParenExpr, depth: usize) {
        if matches!(x.x, Expr::Paren(_)) {
            return self.expr_in(&x.x, 0, depth);
        }
        self.pos(x.lparen);
        self.token("(");
        self.expr_in(&x.x, 0, shallower(depth));
        self.pos(x.rparen);
        self.token(")");
    }

    /// True when the selection goes on on a line of its own, which is indented still.
    fn selector(&mut self, x: &'a SelectorExpr, depth: usize) -> bool {
        self.expr_in(&x.x, HIGHEST, depth);
        self.token(".");
        let new_line = x.sel.pos().is_newline();
        self.space(if new_line { Space::INDENT | Space::BREAK } else { Space::NO_BLANK });
        match &x.sel {
            Label::Ident(ident) => self.ident(ident),
            Label::Lit(lit) => {
                self.before(&lit.comments);
                self.pos(lit.pos);
                self.p.literal(lit);
                self.after();
            }
            _ => {}
        }
        if new_line {
            self.space(Space::UNINDENT);
        }
        new_line
    }

    fn slice(&mut self, x: &'a SliceExpr, depth: usize) {
        self.expr_in(&x.x, HIGHEST, 1);
        self.pos(x.lbrack);
        self.token("[");
        if let Some(low) = &x.low {
            self.expr_in(low, 0, depth + 1);
        }
        let binary = |x: &Option<Expr>| matches!(x, Some(Expr::Binary(_)));
        let both = x.low.is_some() && x.high.is_some();
        if depth <= 1 && both && (binary(&x.low) || binary(&x.high)) {
            self.space(Space::BLANK);
            self.token(":");
            self.space(Space::BLANK);
        } else {
            self.token(":");
        }
        if let Some(high) = &x.high {
            self.expr_in(high, 0, depth + 1);
        }
        self.pos(x.rbrack);
        self.token("]");
    }

    fn call(&mut self, x: &'a CallExpr, depth: usize) {
        let depth = depth + usize::from(x.args.len() > 1);
        let indented = match &x.fun {
            Expr::Selector(fun) => self.selector(fun, depth),
            fun => {
                self.expr_in(fun, HIGHEST, depth);
                false
            }
        };
        self.pos(x.lparen);
        self.token("(");
        self.open();
        for arg in &x.args {
            match arg {
                Expr::Struct(lit) => self.before_struct(lit),
                arg => self.before(arg.comments()),
            }
            self.bare(arg, 0, depth);
            self.space(Space::COMMA | Space::BLANK);
            self.after();
        }
        self.after();
        self.space(Space::LAST_COMMA | Space::NO_BLANK);
        self.pos(x.rparen);
        self.token(")");
        if indented {
            self.space(Space::UNINDENT);
        }
    }

    fn struct_lit(&mut self, x: &'a StructLit) {
        let mut inside = self.line_break();
        let mut space = Space::NO_BLANK;
        if x.elts.is_empty() {
            if !x.comments.groups().iter().any(|g| g.position == 1) {
                inside = Space::BLANK | Space::FIXED;
            }
        } else if x.rbrace.rel() == crate::syntax::Rel::None
            || x.elts[0].pos().rel() == crate::syntax::Rel::None
        {
            space |= Space::NEWLINE | Space::FIXED;
        }
        self.pos(x.lbrace);
        self.token("{");
        let line = self.p.line;
        self.space(space | inside | Space::INDENT);
        self.p.brace_on_line = true;
        self.decl_list(&x.elts);
        self.space(Space::UNINDENT);
        let mut space = Space::NO_BLANK;
        if self.p.line != line {
            space |= Space::NEWLINE;
            if self.p.last != Last::Closing {
                space |= Space::FIXED;
            }
        }
        self.space(space);
        self.pos(x.rbrace);
        self.token("}");
    }

    pub(super) fn list(&mut self, x: &'a ListLit) {
        let mut space = Space::NO_BLANK | Space::INDENT;
        if x.elts.is_empty() && !x.comments.groups().iter().any(|g| g.position == 1) {
            space |= Space::BLANK | Space::FIXED;
        }
        self.pos(x.lbrack);
        self.token("[");
        self.space(space);
        self.open();
        for element in &x.elts {
            self.element(element);
        }
        self.after();
        self.space(Space::LAST_COMMA | Space::NO_BLANK);
        self.comments_here();
        self.space(Space::UNINDENT | Space::NO_BLANK);
        self.pos(x.rbrack);
        self.token("]");
    }

    /// An element and its comma; comments after it must not swallow the comma.
    fn element(&mut self, x: &'a Expr) {
        match x {
            Expr::Struct(lit) => self.before_struct(lit),
            x => self.before(x.comments()),
        }
        let placed = x.pos().is_valid();
        let later = placed.then(|| self.postpone_comments(x.comments(), x.pos()));
        match x {
            Expr::Alias(alias) => {
                self.ident(&alias.ident);
                self.pos(alias.equal);
                self.token("=");
                self.expr(&alias.expr);
            }
            x => stacker::maybe_grow(64 << 10, 1 << 20, || self.bare(x, 0, 1)),
        }
        self.space(Space::COMMA | Space::BLANK);
        if let Some(later) = later {
            self.set_comments(later);
        }
        self.after();
    }

    fn binary(&mut self, x: &'a BinaryExpr, outer: u8, cutoff: u8, depth: usize) {
        let strength = x.op.precedence();
        if strength < outer {
            self.token("(");
            self.space(Space::FIXED);
            let depth = shallower(depth);
            self.open();
            self.binary(x, 0, self::cutoff(x, depth), depth);
            self.after();
            self.token(")");
            return;
        }
        let mut blank = strength < cutoff;
        self.expr_in(&x.x, strength, depth + usize::from(!same_strength(&x.x, strength)));
        self.space(Space::FIXED);
        if blank {
            self.space(Space::BLANK);
        }
        self.pos(x.op_pos);
        self.token(x.op.as_str());
        if x.y.pos().is_newline() {
            self.space(Space::BREAK);
            blank = false;
        } else {
            self.space(Space::FIXED);
        }
        if blank {
            self.space(Space::BLANK);
        }
        self.expr_in(&x.y, strength + 1, depth + 1);
    }
}

fn shallower(depth: usize) -> usize {
    depth.saturating_sub(1).max(1)
}

fn same_strength(x: &Expr, strength: u8) -> bool {
    matches!(x, Expr::Binary(b) if b.op.precedence() == strength)
}

/// What a chain of operators mixes.
#[derive(Default)]
struct Mix {
    sums: bool,
    products: bool,
    /// An operator that would run into the one after it.
    clash: u8,
}

fn mix(x: &BinaryExpr, found: &mut Mix) {
    let strength = x.op.precedence();
    found.sums |= strength == 6;
    found.products |= strength == 7;
    if let Expr::Binary(left) = &x.x
        && left.op.precedence() >= strength
    {
        stacker::maybe_grow(32 << 10, 1 << 20, || mix(left, found));
    }
    match &x.y {
        Expr::Binary(right) if right.op.precedence() > strength => {
            stacker::maybe_grow(32 << 10, 1 << 20, || mix(right, found));
        }
        Expr::Unary(right) => match (x.op, right.op) {
            (BinaryOp::Quo, UnaryOp::Default) => found.clash = 8,
            (BinaryOp::Add, UnaryOp::Plus) | (BinaryOp::Sub, UnaryOp::Neg) => {
                found.clash = found.clash.max(6);
            }
            _ => {}
        },
        _ => {}
    }
}

/// Operators of this strength or more get no blanks.
fn cutoff(x: &BinaryExpr, depth: usize) -> u8 {
    let mut found = Mix::default();
    mix(x, &mut found);
    match (found.clash, found.sums && found.products, depth) {
        (clash, _, _) if clash > 0 => clash + 1,
        (_, true, 1) => 7,
        (_, false, 1) => 8,
        _ => 6,
    }
}

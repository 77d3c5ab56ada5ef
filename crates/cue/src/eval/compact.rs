//! Expressions in messages: on one line, without blanks, as the reference quotes them: `{a:int,b?:[...string]}`.
//!
//! They are written from the program, so what a reference leads to is not followed.

use super::val::Val;
use super::{ArcType, Eval};
use crate::ir::{Clause, CompId, Decl, DeclId, Elem, Expr, ExprId, StructId};
use crate::label::{Label, visible};

/// Nesting beyond which an expression is cut.
const DEPTH: u32 = 32;
/// Bytes beyond which an expression is cut.
const WIDTH: usize = 2000;

struct Compact<'a> {
    eval: &'a Eval,
    out: String,
    depth: u32,
}

impl Eval {
    /// An expression on one line.
    pub(super) fn compact_expr(&self, x: ExprId) -> String {
        let mut c = Compact { eval: self, out: String::new(), depth: 0 };
        c.expr(x);
        c.out
    }

    /// A struct literal on one line.
    pub(super) fn compact_struct(&self, lit: StructId) -> String {
        let mut c = Compact { eval: self, out: String::new(), depth: 0 };
        c.literal(lit);
        c.out
    }
}

impl Compact<'_> {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn label(&mut self, label: Label) {
        let text = self.eval.label_text(label);
        self.text(&text);
    }

    fn full(&self) -> bool {
        self.depth > DEPTH || self.out.len() > WIDTH
    }

    fn expr(&mut self, x: ExprId) {
        if self.full() {
            return self.text("...");
        }
        self.depth += 1;
        let eval = self.eval;
        match eval.prog.expr(x) {
            Expr::Val(v) => self.value(v),
            Expr::Struct(lit) => self.literal(*lit),
            Expr::List(elems) => {
                self.text("[");
                self.separated(elems.iter(), ",", |c, e| c.elem(*e));
                self.text("]");
            }
            Expr::Bound { op, x } | Expr::Unary { op, x } => {
                self.text(op.text());
                self.expr(*x);
            }
            Expr::Binary { op, x, y } => {
                self.text("(");
                self.expr(*x);
                self.text(&format!(" {} ", op.text()));
                self.expr(*y);
                self.text(")");
            }
            Expr::Disj { terms, .. } => {
                self.text("(");
                self.separated(terms.iter(), "|", |c, (x, default)| {
                    c.text(if *default { "*" } else { "" });
                    c.expr(*x);
                });
                self.text(")");
            }
            Expr::Interp { bytes, parts } => self.interpolation(*bytes, parts),
            Expr::Call { fun, args } => {
                self.expr(*fun);
                self.text("(");
                self.separated(args.iter(), ", ", |c, x| c.expr(*x));
                self.text(")");
            }
            Expr::Slice { x, lo, hi } => {
                self.expr(*x);
                self.text("[");
                lo.iter().for_each(|x| self.expr(*x));
                self.text(":");
                hi.iter().for_each(|x| self.expr(*x));
                self.text("]");
            }
            Expr::FieldRef { label, .. } | Expr::LetRef { label, .. } => {
                let name = visible(eval.symbol(*label));
                self.text(name);
            }
            Expr::ValueRef { .. } | Expr::LabelRef { .. } => {
                let name = eval.expr_text(x);
                self.text(&name);
            }
            Expr::DynRef { label, .. } => self.expr(*label),
            Expr::Import(pkg) => {
                let path = eval.prog.packages[pkg.at()].path.clone();
                self.text(&crate::label_text::quote_label(&path));
            }
            Expr::Selector { x, sel } => {
                self.expr(*x);
                self.text(".");
                self.label(*sel);
            }
            Expr::Index { x, index } => {
                self.expr(*x);
                self.text("[");
                self.expr(*index);
                self.text("]");
            }
        }
        self.depth -= 1;
    }

    fn value(&mut self, v: &Val) {
        let text = self.eval.val_text(v);
        self.text(&text);
    }

    fn separated<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        sep: &str,
        mut write: impl FnMut(&mut Self, T),
    ) {
        for (i, item) in items.enumerate() {
            if i > 0 {
                self.text(sep);
            }
            if self.full() {
                return self.text("...");
            }
            write(self, item);
        }
    }

    fn elem(&mut self, e: Elem) {
        match e {
            Elem::Expr(x) => self.expr(x),
            Elem::Comp(c) => self.comprehension(c),
            Elem::Ellipsis(x) => {
                self.text("...");
                x.iter().for_each(|x| self.expr(*x));
            }
        }
    }

    fn literal(&mut self, lit: StructId) {
        self.text("{");
        // Literals of data are no part of the program.
        let decls = self.eval.prog.structs.get(lit.at()).map_or(&[][..], |s| &s.decls);
        self.separated(decls.iter(), ",", |c, d| c.decl(*d));
        self.text("}");
    }

    fn decl(&mut self, d: DeclId) {
        match self.eval.prog.decl(d) {
            Decl::Field { arc, label, value } => {
                self.label(label);
                self.field(arc, value);
            }
            Decl::Let { label, value } => self.binding(label, "=", value),
            Decl::Dynamic { arc, key, value } => {
                self.expr(key);
                self.field(arc, value);
            }
            Decl::Pattern { filter, value } => {
                self.text("[");
                self.expr(filter);
                self.text("]:");
                self.expr(value);
            }
            Decl::Ellipsis => self.text("..."),
            Decl::Embed(x) => self.expr(x),
            Decl::Comp(c) => self.comprehension(c),
        }
    }

    fn field(&mut self, arc: ArcType, value: ExprId) {
        self.text(arc.mark());
        self.text(":");
        self.expr(value);
    }

    fn binding(&mut self, label: Label, equal: &str, value: ExprId) {
        self.text("let ");
        self.label(label);
        self.text(equal);
        self.expr(value);
    }

    fn comprehension(&mut self, c: CompId) {
        let comp = &self.eval.prog.comps[c.at()];
        for clause in &comp.clauses {
            match *clause {
                Clause::For { key, value, src } => {
                    self.text("for ");
                    self.variable(key);
                    self.text(", ");
                    self.variable(value);
                    self.text(" in ");
                    self.expr(src);
                }
                Clause::If(x) => {
                    self.text("if ");
                    self.expr(x);
                }
                Clause::Let { label, value } => self.binding(label, " = ", value),
            }
            self.text(" ");
        }
        self.expr(comp.body);
    }

    fn variable(&mut self, label: Option<Label>) {
        match label {
            Some(label) => self.label(label),
            None => self.text("_"),
        }
    }

    fn interpolation(&mut self, bytes: bool, parts: &[ExprId]) {
        let quote = if bytes { "'" } else { "\"" };
        self.text(quote);
        for (i, part) in parts.iter().enumerate() {
            let eval = self.eval;
            match eval.prog.expr(*part) {
                Expr::Val(Val::Str(s)) if i % 2 == 0 => self.text(s),
                Expr::Val(Val::Bytes(b)) if i % 2 == 0 => self.text(&String::from_utf8_lossy(b)),
                _ => {
                    self.text("\\(");
                    self.expr(*part);
                    self.text(")");
                }
            }
        }
        self.text(quote);
    }
}

//! Comments that were handed to slots while parsing, put onto the nodes that hold the slots.
//!
//! One walk over the finished tree. Nesting was bounded by the parser, so recursion is safe; chains
//! of operators and selectors, which may be long, are walked in a loop along their left side.

use super::ast::{Clause, CommentGroup, Comments, Decl, Expr, Field, File, Label};

struct Install {
    handed: Vec<Vec<CommentGroup>>,
}

/// Installs the comments of a file.
pub(super) fn file(file: &mut File, handed: Vec<Vec<CommentGroup>>) {
    let mut install = Install { handed };
    install.node(&mut file.comments);
    file.decls.iter_mut().for_each(|decl| install.decl(decl));
}

/// Installs the comments of an expression.
pub(super) fn expr(expr: &mut Expr, handed: Vec<Vec<CommentGroup>>) {
    Install { handed }.expr(expr);
}

impl Install {
    fn node(&mut self, comments: &mut Comments) {
        let slot = comments.slot() as usize;
        if slot != 0
            && let Some(groups) = self.handed.get_mut(slot)
            && !groups.is_empty()
        {
            comments.set(std::mem::take(groups));
        }
    }

    fn decl(&mut self, decl: &mut Decl) {
        if let Some(comments) = decl.comments_mut() {
            self.node(comments);
        }
        match decl {
            Decl::Field(field) => self.field(field),
            Decl::Embed(embed) => self.expr(&mut embed.expr),
            Decl::Let(clause) => {
                self.node(&mut clause.ident.comments);
                self.expr(&mut clause.expr);
            }
            Decl::Comprehension(comprehension) => {
                comprehension.clauses.iter_mut().for_each(|clause| self.clause(clause));
                self.expr(&mut comprehension.value);
            }
            Decl::Alias(alias) => {
                self.node(&mut alias.ident.comments);
                self.expr(&mut alias.expr);
            }
            Decl::Package(package) => self.node(&mut package.name.comments),
            Decl::Import(import) => {
                for spec in &mut import.specs {
                    self.node(&mut spec.comments);
                    if let Some(name) = &mut spec.name {
                        self.node(&mut name.comments);
                    }
                    self.node(&mut spec.path.comments);
                }
            }
            Decl::Ellipsis(_) | Decl::Attribute(_) | Decl::Bad(_) | Decl::Comment(_) => {}
        }
    }

    fn field(&mut self, field: &mut Field) {
        self.label(&mut field.label);
        self.expr(&mut field.value);
        field.attrs.iter_mut().for_each(|attribute| self.node(&mut attribute.comments));
    }

    fn label(&mut self, label: &mut Label) {
        self.node(label.comments_mut());
        match label {
            Label::Paren(paren) => self.expr(&mut paren.x),
            Label::List(list) => list.elts.iter_mut().for_each(|element| self.expr(element)),
            Label::Alias(alias) => {
                self.node(&mut alias.ident.comments);
                self.expr(&mut alias.expr);
            }
            Label::Interpolation(node) => node.parts.iter_mut().for_each(|part| self.expr(part)),
            Label::Ident(_) | Label::Lit(_) => {}
        }
    }

    fn clause(&mut self, clause: &mut Clause) {
        self.node(clause.comments_mut());
        match clause {
            Clause::For(x) => {
                if let Some(key) = &mut x.key {
                    self.node(&mut key.comments);
                }
                self.node(&mut x.value.comments);
                self.expr(&mut x.source);
            }
            Clause::If(x) => self.expr(&mut x.condition),
            Clause::Let(x) => {
                self.node(&mut x.ident.comments);
                self.expr(&mut x.expr);
            }
        }
    }

    /// An expression: its left side in a loop, everything else below it by recursion.
    fn expr(&mut self, expr: &mut Expr) {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.along(expr));
    }

    fn along(&mut self, expr: &mut Expr) {
        let mut expr = expr;
        loop {
            self.node(expr.comments_mut());
            expr = match expr {
                Expr::Binary(x) => {
                    self.expr(&mut x.y);
                    &mut x.x
                }
                Expr::Selector(x) => {
                    self.label(&mut x.sel);
                    &mut x.x
                }
                Expr::Index(x) => {
                    self.expr(&mut x.index);
                    &mut x.x
                }
                Expr::Slice(x) => {
                    x.low.iter_mut().chain(&mut x.high).for_each(|bound| self.expr(bound));
                    &mut x.x
                }
                Expr::Call(x) => {
                    x.args.iter_mut().for_each(|argument| self.expr(argument));
                    &mut x.fun
                }
                Expr::Unary(x) => &mut x.x,
                Expr::Paren(x) => &mut x.x,
                Expr::Alias(x) => {
                    self.node(&mut x.ident.comments);
                    &mut x.expr
                }
                other => return self.below(other),
            };
        }
    }

    fn below(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Struct(x) => x.elts.iter_mut().for_each(|decl| self.decl(decl)),
            Expr::List(x) => x.elts.iter_mut().for_each(|element| self.expr(element)),
            Expr::Interpolation(x) => x.parts.iter_mut().for_each(|part| self.expr(part)),
            Expr::Comprehension(x) => {
                x.clauses.iter_mut().for_each(|clause| self.clause(clause));
                self.expr(&mut x.value);
            }
            Expr::Ellipsis(x) => {
                if let Some(typ) = &mut x.typ {
                    self.expr(typ);
                }
            }
            _ => {}
        }
    }
}

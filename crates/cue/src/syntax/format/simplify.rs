//! Labels without quotes, where no name would then mean something else.

use rustc_hash::FxHashMap;

use crate::syntax::ast::{Clause, Decl, Expr, File, Ident, Label, LitKind, is_valid_ident};

/// Rewrites the labels of a file.
pub(super) fn file(file: &mut File) {
    let mut scopes = Scopes::default();
    scopes.decls(&mut file.decls);
}

/// Names of the fields of each enclosing struct, and whether the label may lose its quotes.
#[derive(Default)]
struct Scopes(Vec<FxHashMap<String, bool>>);

fn exposed(label: &Label) -> Option<String> {
    let Label::Lit(lit) = label else { return None };
    if lit.kind != LitKind::String || !lit.text.starts_with('"') || lit.text.starts_with("\"\"\"") {
        return None;
    }
    let name = crate::compile::unquote(&lit.text).ok()?;
    let plain = is_valid_ident(&name) && !name.starts_with(['#', '_']);
    plain.then_some(name)
}

impl Scopes {
    fn decls(&mut self, decls: &mut [Decl]) {
        let mut names = FxHashMap::default();
        for decl in decls.iter() {
            if let Decl::Field(field) = decl {
                match &field.label {
                    Label::Ident(ident) => {
                        names.insert(ident.name.to_string(), true);
                    }
                    Label::Alias(alias) => {
                        names.insert(alias.ident.name.to_string(), true);
                        names.extend(alias.expr.as_ident().map(|i| (i.name.to_string(), true)));
                    }
                    label => {
                        names.extend(exposed(label).map(|name| (name, true)));
                    }
                }
            }
        }
        self.0.push(names);
        for decl in decls.iter_mut() {
            self.decl(decl);
        }
        let names = self.0.pop().unwrap_or_default();
        for decl in decls {
            if let Decl::Field(field) = decl
                && let Some(name) = exposed(&field.label)
                && names.get(&name) == Some(&true)
            {
                field.label = Label::Ident(Ident::new(name));
            }
        }
    }

    /// A name is used: it must go on meaning what it means.
    fn used(&mut self, name: &str) {
        if let Some(known) = self.0.iter_mut().rev().find_map(|s| s.get_mut(name)) {
            *known = false;
        }
    }

    fn decl(&mut self, decl: &mut Decl) {
        match decl {
            Decl::Field(field) => self.expr(&mut field.value),
            Decl::Embed(embed) => self.expr(&mut embed.expr),
            Decl::Let(clause) => {
                self.used(&clause.ident.name);
                self.expr(&mut clause.expr);
            }
            Decl::Alias(alias) => self.expr(&mut alias.expr),
            Decl::Comprehension(x) => {
                x.clauses.iter_mut().for_each(|c| self.clause(c));
                self.expr(&mut x.value);
            }
            _ => {}
        }
    }

    fn clause(&mut self, clause: &mut Clause) {
        match clause {
            Clause::For(x) => {
                if let Some(key) = &x.key {
                    self.used(&key.name);
                }
                self.used(&x.value.name);
                self.expr(&mut x.source);
            }
            Clause::If(x) => self.expr(&mut x.condition),
            Clause::Let(x) => {
                self.used(&x.ident.name);
                self.expr(&mut x.expr);
            }
        }
    }

    fn expr(&mut self, x: &mut Expr) {
        stacker::maybe_grow(64 << 10, 1 << 20, || match x {
            Expr::Ident(ident) => self.used(&ident.name),
            Expr::Struct(lit) => self.decls(&mut lit.elts),
            Expr::List(list) => list.elts.iter_mut().for_each(|e| self.expr(e)),
            Expr::Interpolation(x) => x.parts.iter_mut().for_each(|e| self.expr(e)),
            Expr::Paren(x) => self.expr(&mut x.x),
            Expr::Selector(x) => self.expr(&mut x.x),
            Expr::Index(x) => {
                self.expr(&mut x.x);
                self.expr(&mut x.index);
            }
            Expr::Slice(x) => {
                self.expr(&mut x.x);
                x.low.iter_mut().chain(&mut x.high).for_each(|e| self.expr(e));
            }
            Expr::Call(x) => {
                self.expr(&mut x.fun);
                x.args.iter_mut().for_each(|e| self.expr(e));
            }
            Expr::Unary(x) => self.expr(&mut x.x),
            Expr::Binary(x) => {
                self.expr(&mut x.x);
                self.expr(&mut x.y);
            }
            Expr::Alias(x) => self.expr(&mut x.expr),
            Expr::Comprehension(x) => {
                x.clauses.iter_mut().for_each(|c| self.clause(c));
                self.expr(&mut x.value);
            }
            Expr::Ellipsis(x) => {
                if let Some(typ) = &mut x.typ {
                    self.expr(typ);
                }
            }
            Expr::Lit(_) | Expr::Bottom(_) | Expr::Bad(_) => {}
        });
    }
}

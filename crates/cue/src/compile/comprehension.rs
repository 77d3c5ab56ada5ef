//! Comprehensions: each `for` and `let` clause opens a scope for what follows.

use super::Compiler;
use super::scope::{Entry, Frame, What};
use crate::ir::{Clause, Comp, CompId};
use crate::label::Label;
use crate::syntax::ast::{self, Spanned as _};

impl Compiler<'_> {
    pub(super) fn comprehension(
        &mut self,
        c: &ast::Comprehension,
        in_list: bool,
    ) -> Option<CompId> {
        let pos = self.pos(c.pos());
        let mut clauses = Vec::with_capacity(c.clauses.len());
        let depth = self.frames.len();
        for clause in &c.clauses {
            clauses.push(self.clause(clause, in_list));
        }
        let first = matches!(clauses.first(), Some(Clause::For { .. } | Clause::If(_)));
        let body = match &c.value {
            ast::Expr::Struct(_) => Some(self.expr(&c.value)),
            _ => None,
        };
        while self.frames.len() > depth {
            self.pop_frame();
        }
        if !first {
            self.complain(pos, "first comprehension clause must be 'if' or 'for'");
            return None;
        }
        let Some(body) = body else {
            self.complain(pos, "comprehension value must be struct");
            return None;
        };
        self.prog.comps.push(Comp { clauses: clauses.into(), body, pos });
        Some(CompId(self.prog.comps.len() as u32 - 1))
    }

    fn clause(&mut self, clause: &ast::Clause, in_list: bool) -> Clause {
        match clause {
            ast::Clause::If(c) => Clause::If(self.expr(&c.condition)),
            ast::Clause::For(c) => {
                let src = self.expr(&c.source);
                let mut frame = Frame::new(1);
                let key = c.key.as_ref().and_then(|k| self.variable(&mut frame, k, !in_list));
                let value = self.variable(&mut frame, &c.value, !in_list);
                self.push_frame(frame);
                Clause::For { key, value, src }
            }
            ast::Clause::Let(c) => {
                let outer = std::mem::take(&mut self.for_variable);
                let value = self.expr(&c.expr);
                let varies = self.for_variable;
                self.for_variable |= outer;
                let mut frame = Frame::new(1);
                let label = self.variable(&mut frame, &c.ident, !in_list && varies);
                self.push_frame(frame);
                Clause::Let { label: label.unwrap_or(Label::NONE), value }
            }
        }
    }

    fn variable(&mut self, frame: &mut Frame, id: &ast::Ident, varies: bool) -> Option<Label> {
        if id.name == "_" {
            return None;
        }
        let label = self.ident_label(&id.name);
        let pos = self.pos(id.pos);
        self.bind_in(frame, &id.name, Entry::new(What::Variable { label, varies }, pos));
        Some(label)
    }
}

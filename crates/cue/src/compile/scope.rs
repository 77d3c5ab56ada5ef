//! Scopes: what a name means where it is used.
//!
//! A frame is a literal, a list, a clause of a comprehension (each one environment at run time, `up` = 1) or the
//! names that a field's alias adds for its value (no environment, `up` = 0).

use rustc_hash::{FxHashMap, FxHashSet};

use super::Compiler;
use crate::ir::{Expr, ExprId, PkgId, Pos};
use crate::label::Label;
use crate::syntax::ast;

/// What a name is bound to.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A field of the frame's node.
    Field(Label),
    /// A field whose label is computed.
    Dynamic(ExprId),
    /// The field that a pattern matched.
    Matched,
    /// The label that a pattern matched.
    MatchedLabel,
    /// The value of the field itself.
    Value,
    Let(Label),
    Import(PkgId),
    /// A variable of a comprehension.
    Variable {
        label: Label,
        varies: bool,
    },
}

/// A name in a frame.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) what: What,
    pub(super) pos: Pos,
    pub(super) used: bool,
    /// Its own definition is being compiled: the name is not visible there.
    pub(super) hidden: bool,
    /// Declared as alias, let or import: must be used.
    pub(super) must_use: bool,
}

impl Entry {
    pub(super) fn new(what: What, pos: Pos) -> Self {
        let must_use = !matches!(what, What::Field(_) | What::Variable { .. } | What::MatchedLabel);
        Self { what, pos, used: false, hidden: false, must_use }
    }

    pub(super) fn alias(what: What, pos: Pos) -> Self {
        Self { must_use: true, ..Self::new(what, pos) }
    }
}

/// One scope.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) up: u32,
    names: FxHashMap<String, Entry>,
    order: Vec<String>,
}

impl Frame {
    pub(super) fn new(up: u32) -> Self {
        Self { up, ..Self::default() }
    }

    /// Adds a name; an alias is not replaced by a field.
    pub(super) fn insert(&mut self, name: &str, entry: Entry) {
        if self.names.get(name).is_some_and(|e| e.must_use) {
            return;
        }
        if self.names.insert(name.to_owned(), entry).is_none() {
            self.order.push(name.to_owned());
        }
    }

    pub(super) fn get(&mut self, name: &str) -> Option<&mut Entry> {
        self.names.get_mut(name)
    }
}

impl Entry {
    /// A name for a value, not a field: it may not be shared with a field of this or an outer scope.
    fn is_alias(&self) -> bool {
        match self.what {
            What::Let(_) | What::Dynamic(_) => true,
            What::Matched | What::MatchedLabel | What::Value => true,
            What::Field(_) => self.must_use,
            What::Import(_) | What::Variable { .. } => false,
        }
    }
}

impl Compiler<'_> {
    /// Adds a name to a scope that is about to be entered.
    pub(super) fn bind_in(&mut self, frame: &mut Frame, name: &str, entry: Entry) {
        if !self.clashes(name, &entry, false) {
            frame.insert(name, entry);
        }
    }

    /// Complains about a name that is an alias here and a field there, or an alias twice in one scope.
    pub(super) fn clashes(&mut self, name: &str, entry: &Entry, in_innermost: bool) -> bool {
        if name == "_" {
            return false;
        }
        let mut inside_out = self.frames.iter().enumerate().rev();
        let found = inside_out
            .find_map(|(i, f)| Some((i, f.names.get(name).filter(|known| !known.hidden)?)));
        let Some((at, known)) = found else { return false };
        let same_scope = in_innermost && at + 1 == self.frames.len();
        let import = matches!(known.what, What::Import(_));
        let text = if known.is_alias() != entry.is_alias() {
            format!("cannot have both alias and field with name {name:?} in same scope")
        } else if known.is_alias() && same_scope && !import {
            format!("alias {name:?} redeclared in same scope")
        } else {
            return false;
        };
        self.refuse(entry.pos, text);
        true
    }

    pub(super) fn push_frame(&mut self, frame: Frame) {
        self.frames.push(frame);
    }

    pub(super) fn pop_frame(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        for name in &frame.order {
            let Some(e) = frame.names.get(name).filter(|e| e.must_use && !e.used) else { continue };
            let text = match e.what {
                What::Import(pkg) => {
                    let path = &self.prog.packages[pkg.at()].path;
                    format!("imported and not used: {path:?}")
                }
                _ => format!("unreferenced alias or let clause {name}"),
            };
            self.complain(e.pos, text);
        }
    }

    /// The expression of a name.
    pub(super) fn resolve(&mut self, id: &ast::Ident) -> ExprId {
        let pos = self.pos(id.pos);
        if id.name == "_" {
            return self.leaf(Expr::Val(crate::eval::val::Val::Top), id);
        }
        let mut up = 0;
        for k in (0..self.frames.len()).rev() {
            if let Some(e) = self.frames[k].get(&id.name).filter(|e| !e.hidden) {
                e.used = true;
                let what = e.what.clone();
                if let What::Let(label) = what {
                    self.note_let(label, pos);
                }
                return self.bound(id, what, up);
            }
            up += self.frames[k].up;
        }
        let label = self.ident_label(&id.name);
        if self.package_names.contains(&label) {
            return self.leaf(Expr::FieldRef { up, label }, id);
        }
        match super::predeclared::lookup(&id.name) {
            Some(v) => self.leaf(Expr::Val(v), id),
            None => {
                self.complain(pos, format!("reference {:?} not found", id.name.as_str()));
                self.leaf(Expr::Val(crate::eval::val::Val::Top), id)
            }
        }
    }

    /// Remembers that the let being compiled refers to another one. Lets that lead back to themselves have no value.
    fn note_let(&mut self, label: Label, pos: Pos) {
        let Some(&from) = self.open_lets.last() else { return };
        if self.settled_lets.contains(&label) {
            return;
        }
        if self.leads_to(label, from) {
            return self.complain(pos, "cyclic references in let clause or alias");
        }
        let uses = self.let_uses.entry(from).or_default();
        if !uses.contains(&label) {
            uses.push(label);
        }
    }

    /// Whether a let is another one or refers to it, itself or through others.
    fn leads_to(&self, label: Label, target: Label) -> bool {
        let mut seen = FxHashSet::default();
        let mut open = vec![label];
        while let Some(l) = open.pop() {
            if l == target {
                return true;
            }
            if seen.insert(l) {
                open.extend(self.let_uses.get(&l).into_iter().flatten());
            }
        }
        false
    }

    fn bound(&mut self, id: &ast::Ident, what: What, up: u32) -> ExprId {
        let expr = match what {
            What::Field(label) => Expr::FieldRef { up, label },
            What::Variable { label, varies } => {
                self.for_variable |= varies;
                Expr::FieldRef { up, label }
            }
            What::Dynamic(label) => Expr::DynRef { up, label },
            What::Matched => {
                let label = self.leaf(Expr::LabelRef { up: 0 }, id);
                Expr::DynRef { up, label }
            }
            What::MatchedLabel => Expr::LabelRef { up },
            What::Value => Expr::ValueRef { up },
            What::Let(label) => Expr::LetRef { up, label },
            What::Import(pkg) => Expr::Import(pkg),
        };
        self.leaf(expr, id)
    }

    pub(super) fn leaf(&mut self, expr: Expr, id: &ast::Ident) -> ExprId {
        let pos = self.pos(id.pos);
        let x = self.prog.add_expr(expr, pos);
        self.prog.expr_end[x.at()] = pos.offset + id.name.len() as u32;
        x
    }
}

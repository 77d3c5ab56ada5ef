//! Declarations of struct literals.

use super::scope::{Entry, Frame, What};
use super::{Compiler, literal};
use crate::ir::{ArcType, Decl, DeclId, ExprId, Pos, StructId, StructLit};
use crate::label::Label;
use crate::syntax::ast::{self, Spanned as _};

impl Compiler<'_> {
    /// A literal and its scope. A file's scope is pushed by whoever compiles the file.
    pub(super) fn struct_lit(&mut self, decls: &[ast::Decl], pos: Pos, is_file: bool) -> StructId {
        if !is_file {
            self.push_frame(Frame::new(1));
        }
        for d in decls {
            self.declare(d);
        }
        for d in decls {
            self.declare_dynamic(d);
        }
        let mut ids = Vec::with_capacity(decls.len());
        for d in decls {
            ids.extend(self.decl(d));
        }
        if !is_file {
            self.pop_frame();
        }
        self.prog.add_split_struct(StructLit {
            decls: ids.into(),
            pos,
            is_file,
            synthetic: false,
            split: None,
        })
    }

    fn bind(&mut self, name: &str, entry: Entry) {
        if self.clashes(name, &entry, true) {
            return;
        }
        if let Some(f) = self.frames.last_mut() {
            f.insert(name, entry);
        }
    }

    /// Enters the names a declaration gives to its scope.
    fn declare(&mut self, d: &ast::Decl) {
        match d {
            ast::Decl::Field(f) => self.declare_field(f),
            ast::Decl::Let(l) => {
                let label = self.let_label(&l.ident.name);
                let pos = self.pos(l.let_pos);
                self.bind(&l.ident.name, Entry::new(What::Let(label), pos));
            }
            _ => {}
        }
    }

    fn declare_field(&mut self, f: &ast::Field) {
        match &f.label {
            ast::Label::Ident(id) if id.name != "_" => {
                let label = self.ident_label(&id.name);
                let pos = self.pos(id.pos);
                self.bind(&id.name, Entry::new(What::Field(label), pos));
            }
            ast::Label::Alias(a) => {
                let pos = self.pos(a.ident.pos);
                match &a.expr {
                    ast::Expr::Ident(id) => {
                        let label = self.ident_label(&id.name);
                        self.bind(&a.ident.name, Entry::alias(What::Field(label), pos));
                        self.bind(&id.name, Entry::new(What::Field(label), pos));
                    }
                    ast::Expr::Lit(l) => {
                        if let Some(label) = self.lit_label(l) {
                            self.bind(&a.ident.name, Entry::alias(What::Field(label), pos));
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Aliases of computed labels need the scope complete, since their label is an expression in it.
    fn declare_dynamic(&mut self, d: &ast::Decl) {
        let ast::Decl::Field(f) = d else { return };
        let ast::Label::Alias(a) = &f.label else { return };
        if matches!(a.expr, ast::Expr::Paren(_) | ast::Expr::Interpolation(_)) {
            let key = self.expr(&a.expr);
            let pos = self.pos(a.ident.pos);
            self.bind(&a.ident.name, Entry::new(What::Dynamic(key), pos));
        }
    }

    fn decl(&mut self, d: &ast::Decl) -> Option<DeclId> {
        let (decl, pos) = match d {
            ast::Decl::Field(f) => return self.field(f),
            ast::Decl::Let(l) => (self.let_decl(l)?, l.let_pos),
            ast::Decl::Comprehension(c) => (Decl::Comp(self.comprehension(c, false)?), c.pos()),
            ast::Decl::Embed(e) => (Decl::Embed(self.expr(&e.expr)), e.expr.pos()),
            ast::Decl::Ellipsis(e) => {
                if let Some(t) = &e.typ {
                    self.expr(t);
                }
                (Decl::Ellipsis, e.pos)
            }
            ast::Decl::Alias(a) => {
                let pos = self.pos(a.ident.pos);
                self.complain(
                    pos,
                    "old-style alias no longer supported: use let clause; use cue fix to update.",
                );
                return None;
            }
            ast::Decl::Bad(b) => {
                let pos = self.pos(b.from);
                self.complain(pos, "invalid declaration");
                return None;
            }
            ast::Decl::Attribute(_)
            | ast::Decl::Package(_)
            | ast::Decl::Import(_)
            | ast::Decl::Comment(_) => {
                return None;
            }
        };
        let pos = self.pos(pos);
        Some(self.prog.add_decl(decl, pos))
    }

    fn let_decl(&mut self, l: &ast::LetClause) -> Option<Decl> {
        let top = self.frames.len() - 1;
        let hide = |c: &mut Self, hidden: bool| {
            let e = c.frames[top].get(&l.ident.name)?;
            e.hidden = hidden;
            match e.what {
                What::Let(label) => Some(label),
                _ => None,
            }
        };
        let label = hide(self, true)?;
        let outer = std::mem::take(&mut self.for_variable);
        self.path.push("let[]".to_owned());
        self.open_lets.push(label);
        let value = self.expr(&l.expr);
        self.open_lets.pop();
        if !self.let_uses.contains_key(&label) {
            self.settled_lets.insert(label);
        }
        self.path.pop();
        self.for_variable |= outer;
        hide(self, false);
        Some(Decl::Let { label, value })
    }

    fn field(&mut self, f: &ast::Field) -> Option<DeclId> {
        let (label, alias) = match &f.label {
            ast::Label::Alias(a) => (label_of(&a.expr), Some(&a.ident)),
            l => (Some(LabelRef::from(l)), None),
        };
        let Some(label) = label else {
            let pos = self.pos(f.label.pos());
            self.complain(pos, "alias expression is not a valid label");
            return None;
        };
        let arc = match f.constraint {
            ast::Constraint::None => ArcType::Member,
            ast::Constraint::Optional => ArcType::Optional,
            ast::Constraint::Required => ArcType::Required,
        };
        let pos = self.pos(f.pos());
        let docs = self.take_docs(f);
        let decl = match label {
            LabelRef::Pattern(list) => self.pattern(f, list, alias)?,
            LabelRef::Computed(x) => {
                let value = self.field_value(f, "?");
                let key = match x {
                    Computed::Paren(p) => self.expr(&p.x),
                    Computed::Interp(i) => self.interpolation(i),
                };
                Decl::Dynamic { arc, key, value }
            }
            LabelRef::Ident(id) => {
                if id.name == "_" {
                    self.complain(pos, "cannot use _ as label");
                    return None;
                }
                let label = self.ident_label(&id.name);
                let value = self.field_value(f, &id.name);
                Decl::Field { arc, label, value }
            }
            LabelRef::Lit(l) => {
                let label = self.lit_label(l)?;
                let text = literal::string(&l.text).unwrap_or_else(|_| l.text.to_string());
                let value = self.field_value(f, &crate::label_text::quote_label(&text));
                Decl::Field { arc, label, value }
            }
        };
        let id = self.prog.add_decl(decl, pos);
        self.keep(id, f, docs);
        Some(id)
    }

    /// The comment lines of a field, markers such as `// +patchKey=name` included; those of a chain
    /// go on to its innermost field.
    fn take_docs(&mut self, f: &ast::Field) -> Vec<String> {
        let mut lines = std::mem::take(&mut self.chain_docs);
        let groups = f.comments.groups().iter().chain(f.label.comments().groups());
        for g in groups.filter(|g| !g.line) {
            lines.extend(g.list.iter().map(|c| c.text.to_string()));
        }
        if matches!(&f.value, ast::Expr::Struct(body) if !body.has_braces()) {
            self.chain_docs = lines;
            return Vec::new();
        }
        lines
    }

    fn keep(&mut self, id: DeclId, f: &ast::Field, docs: Vec<String>) {
        if !docs.is_empty() {
            self.prog.docs.insert(id, docs.into());
        }
        if !f.attrs.is_empty() {
            let texts: Vec<String> = f.attrs.iter().map(|a| a.text.to_string()).collect();
            self.prog.attrs.insert(id, texts.into());
        }
    }

    fn field_value(&mut self, f: &ast::Field, name: &str) -> ExprId {
        self.path.push(name.to_owned());
        let value = match &f.value {
            ast::Expr::Alias(a) => {
                let mut frame = Frame::new(0);
                let pos = self.pos(a.ident.pos);
                self.bind_in(&mut frame, &a.ident.name, Entry::new(What::Value, pos));
                self.push_frame(frame);
                let value = self.expr(&a.expr);
                self.pop_frame();
                value
            }
            x => self.expr(x),
        };
        self.path.pop();
        value
    }

    fn pattern(
        &mut self,
        f: &ast::Field,
        list: &ast::ListLit,
        field_alias: Option<&ast::Ident>,
    ) -> Option<Decl> {
        let pos = self.pos(list.lbrack);
        let [elem] = &list.elts[..] else {
            self.complain(pos, "list label must have one element");
            return None;
        };
        let mut frame = Frame::new(0);
        if let Some(id) = field_alias {
            self.bind_in(&mut frame, &id.name, Entry::new(What::Matched, pos));
        }
        let filter = match elem {
            ast::Expr::Alias(a) => {
                self.bind_in(&mut frame, &a.ident.name, Entry::new(What::MatchedLabel, pos));
                self.expr(&a.expr)
            }
            x => self.expr(x),
        };
        self.push_frame(frame);
        let value = self.field_value(f, "[]");
        self.pop_frame();
        Some(Decl::Pattern { filter, value })
    }

    /// The label of a literal; None after a complaint.
    pub(super) fn lit_label(&mut self, l: &ast::BasicLit) -> Option<Label> {
        let pos = self.pos(l.pos);
        match l.kind {
            ast::LitKind::String => match literal::string(&l.text) {
                Ok(s) => Some(self.prog.symbols.string(&s)),
                Err(e) => {
                    self.complain(pos, format!("invalid string label: {e}"));
                    None
                }
            },
            ast::LitKind::Int => match l.text.parse::<u32>() {
                Ok(i) if i < crate::label::MAX_INDEX => Some(Label::int(i)),
                _ => {
                    self.complain(pos, "invalid int label");
                    None
                }
            },
            ast::LitKind::Float => {
                self.complain(pos, format!("float {} cannot be used as label", l.text));
                None
            }
            _ => Some(self.prog.symbols.string(&l.text)),
        }
    }
}

enum LabelRef<'a> {
    Ident(&'a ast::Ident),
    Lit(&'a ast::BasicLit),
    Computed(Computed<'a>),
    Pattern(&'a ast::ListLit),
}

enum Computed<'a> {
    Paren(&'a ast::ParenExpr),
    Interp(&'a ast::Interpolation),
}

impl<'a> From<&'a ast::Label> for LabelRef<'a> {
    fn from(l: &'a ast::Label) -> Self {
        match l {
            ast::Label::Ident(id) => Self::Ident(id),
            ast::Label::Lit(l) => Self::Lit(l),
            ast::Label::Interpolation(i) => Self::Computed(Computed::Interp(i)),
            ast::Label::Paren(p) => Self::Computed(Computed::Paren(p)),
            ast::Label::List(l) => Self::Pattern(l),
            ast::Label::Alias(a) => match label_of(&a.expr) {
                Some(l) => l,
                None => Self::Ident(&a.ident),
            },
        }
    }
}

fn label_of(x: &ast::Expr) -> Option<LabelRef<'_>> {
    Some(match x {
        ast::Expr::Ident(id) => LabelRef::Ident(id),
        ast::Expr::Lit(l) => LabelRef::Lit(l),
        ast::Expr::Interpolation(i) => LabelRef::Computed(Computed::Interp(i)),
        ast::Expr::Paren(p) => LabelRef::Computed(Computed::Paren(p)),
        ast::Expr::List(l) => LabelRef::Pattern(l),
        _ => return None,
    })
}

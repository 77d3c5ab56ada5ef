//! Declarations.

use super::space::Space;
use super::walk::Formatter;
use crate::label_text::quote;
use crate::syntax::ast::{
    BasicLit, Clause, Comments, Comprehension, Constraint, Decl, EmbedDecl, Expr, Field,
    ImportDecl, ImportSpec, Label, LetClause, LitKind, Spanned as _, is_valid_ident,
};
use crate::syntax::source::{Pos, Rel};

impl<'a> Formatter<'a> {
    pub(super) fn decl_list(&mut self, list: &'a [Decl]) {
        self.open();
        let mut depth = 0;
        let mut others = None;
        for (i, decl) in list.iter().enumerate() {
            if i > 0 {
                self.between(&list[i - 1], decl, depth);
            }
            if self.simplify
                && let Some(comments) = open_end(decl)
            {
                others = Some(comments);
                continue;
            }
            self.decl(decl);
            depth = if let Decl::Field(f) = decl { nesting(f) } else { 0 };
            let breaks = list.get(i + 1).is_some_and(has_block_value);
            let sep = if breaks { self.line_break() } else { self.parent_sep() };
            self.space(sep);
        }
        if let Some(comments) = others {
            self.before(comments);
            self.token("...");
            self.after();
            let sep = self.parent_sep();
            self.space(sep);
        }
        self.after();
    }

    fn between(&mut self, before: &Decl, decl: &Decl, depth: usize) {
        self.space(Space::DECL_COMMA);
        let own = if let Decl::Field(f) = decl { nesting(f) } else { 0 };
        if self.parent_sep() == Space::NEWLINE && (depth == 0 || own != depth) {
            let line_break = self.line_break();
            self.space(line_break);
        }
        if has_docs(decl) {
            match before {
                Decl::Field(f) if !is_definition(&f.label) => {}
                _ => self.space(Space::SECTION),
            }
        }
    }

    pub(super) fn decl(&mut self, decl: &'a Decl) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.decl_inside(decl));
    }

    fn decl_inside(&mut self, decl: &'a Decl) {
        match decl {
            Decl::Field(field) => {
                self.before(&field.comments);
                self.field(field);
            }
            Decl::Embed(embed) => {
                self.before(&embed.comments);
                self.embedding(embed);
            }
            Decl::Let(clause) => {
                self.before(&clause.comments);
                self.let_decl(clause);
            }
            Decl::Comprehension(comprehension) => {
                self.before(&comprehension.comments);
                self.own_line(comprehension.pos());
                self.comprehension(comprehension);
            }
            Decl::Ellipsis(ellipsis) => {
                self.before(&ellipsis.comments);
                self.ellipsis(ellipsis);
            }
            Decl::Attribute(attribute) => {
                self.before(&attribute.comments);
                self.pos(attribute.pos);
                self.p.text(&attribute.text);
            }
            Decl::Alias(alias) => {
                self.before(&alias.comments);
                self.own_line(alias.ident.pos);
                self.ident(&alias.ident);
                self.space(Space::BLANK);
                self.pos(alias.equal);
                self.token("=");
                self.space(Space::BLANK);
                self.expr(&alias.expr);
                self.space(Space::DECL_COMMA);
            }
            Decl::Package(package) => {
                self.before(&package.comments);
                self.pos(package.pos);
                self.word("package");
                self.space(Space::BLANK);
                self.p.text(&package.name.name);
                self.space(Space::SECTION | Space::FIXED);
            }
            Decl::Import(import) => {
                self.before(&import.comments);
                self.import(import);
            }
            Decl::Bad(bad) => {
                self.before(&bad.comments);
                self.pos(bad.from);
                self.word("*bad decl*");
                self.space(Space::DECL_COMMA);
            }
            Decl::Comment(group) => {
                self.open();
                self.comment_group(group);
                self.space(Space::SECTION);
            }
        }
        self.after();
    }

    /// A declaration that begins a line, unless its text did not.
    fn own_line(&mut self, pos: Pos) {
        if pos.rel() == Rel::None || pos.is_newline() {
            self.space(Space::BREAK);
        }
    }

    fn embedding(&mut self, embed: &'a EmbedDecl) {
        self.own_line(embed.expr.pos());
        self.expr(&embed.expr);
        self.space(Space::NEWLINE);
    }

    fn let_decl(&mut self, clause: &'a LetClause) {
        self.own_line(clause.let_pos);
        self.pos(clause.let_pos);
        self.token("let");
        self.space(Space::BLANK | Space::FIXED);
        self.ident(&clause.ident);
        self.space(Space::BLANK | Space::FIXED);
        self.pos(clause.equal);
        self.token("=");
        self.space(Space::BLANK);
        self.expr(&clause.expr);
        self.space(Space::DECL_COMMA);
    }

    fn field(&mut self, field: &'a Field) {
        self.label(&field.label, field.constraint);
        self.space(Space::NO_BLANK | Space::FIXED);
        self.pos(field.colon);
        self.token(":");
        self.comments_here();
        if let Some(inner) = self.inline(field) {
            self.inline_field(inner);
            return;
        }
        let block = needs_break(&field.value);
        let tab = if block || self.p.brace_on_line { Space::BLANK } else { Space::CELL };
        self.space(tab);
        if matches!(field.value, Expr::Struct(_) | Expr::List(_)) {
            self.expr(&field.value);
        } else {
            self.space(Space::INDENT);
            self.expr(&field.value);
            self.p.unindent();
        }
        let mut space = tab;
        for attribute in &field.attrs {
            self.before(&attribute.comments);
            self.space(space);
            self.pos(attribute.pos);
            self.p.text(&attribute.text);
            self.after();
            space = Space::BLANK;
        }
        if block {
            self.space(Space::BREAK);
        }
    }

    fn inline_field(&mut self, decl: &'a Decl) {
        let Decl::Field(inner) = decl else { return };
        let new_line = inner.label.pos().is_newline() && !self.simplify;
        if new_line {
            self.space(Space::INDENT | Space::BREAK);
            self.decl(decl);
            self.p.indent = self.p.indent.saturating_sub(1);
            return;
        }
        self.space(Space::BLANK | Space::FIXED);
        self.decl(decl);
    }

    /// The only field of a field's value, where braces around it can be left out.
    fn inline(&self, field: &'a Field) -> Option<&'a Decl> {
        let short = self.simplify && is_regular(&field.label);
        if !short && !field.label.pos().is_valid() {
            return None;
        }
        let Expr::Struct(body) = &field.value else { return None };
        let [only @ Decl::Field(inner)] = &body.elts[..] else { return None };
        let braces = body.lbrace.is_valid();
        let kept = !self.simplify || field_has_docs(field);
        let refused = (braces && kept)
            || !field.attrs.is_empty()
            || !inner.attrs.is_empty()
            || field_has_docs(inner);
        (!refused).then_some(only)
    }

    pub(super) fn label(&mut self, label: &'a Label, constraint: Constraint) {
        self.before(label.comments());
        match label {
            Label::Alias(alias) => {
                self.enclosed(|f| f.alias(alias));
            }
            Label::Ident(ident) => {
                self.pos(ident.pos);
                if is_valid_ident(&ident.name) {
                    self.word(&ident.name);
                } else {
                    self.word(&quote(&ident.name));
                }
            }
            Label::Lit(lit) => {
                self.pos(lit.pos);
                self.word(&plain_label(lit));
            }
            Label::List(list) => self.enclosed(|f| f.list(list)),
            Label::Paren(paren) => self.enclosed(|f| f.paren(paren, 1)),
            Label::Interpolation(x) => self.enclosed(|f| f.interpolation(x, 1)),
        }
        match constraint {
            Constraint::None => {}
            Constraint::Optional => self.token("?"),
            Constraint::Required => self.token("!"),
        }
        self.after();
    }

    /// A node inside its own label node: its comments were taken already.
    fn enclosed(&mut self, print: impl FnOnce(&mut Self)) {
        self.open();
        print(self);
        self.after();
    }

    fn import(&mut self, import: &'a ImportDecl) {
        self.pos(import.pos);
        self.word("import");
        if import.specs.is_empty() {
            self.space(Space::BLANK);
            self.pos(import.lparen);
            self.token("(");
            self.pos(import.rparen);
            self.token(")");
            self.space(Space::NEWLINE);
        } else if import.specs.len() == 1
            && import.specs[0].comments.is_empty()
            && !import.lparen.is_valid()
        {
            self.space(Space::BLANK);
            self.import_specs(&import.specs);
        } else {
            self.space(Space::BLANK);
            self.pos(import.lparen);
            self.token("(");
            self.space(Space::NEWLINE | Space::INDENT);
            self.import_specs(&import.specs);
            self.space(Space::UNINDENT | Space::NEWLINE);
            self.pos(import.rparen);
            self.token(")");
            self.space(Space::NEWLINE);
        }
        self.space(Space::SECTION | Space::FIXED);
    }

    fn import_specs(&mut self, specs: &'a [ImportSpec]) {
        self.open();
        for spec in specs {
            self.before(&spec.comments);
            match &spec.name {
                Some(name) => {
                    self.ident_label(name);
                    self.space(Space::BLANK);
                }
                None => {
                    self.count();
                    self.comments_here();
                }
            }
            self.before(&spec.path.comments);
            self.pos(spec.path.pos);
            self.p.literal(&spec.path);
            self.after();
            self.space(Space::NEWLINE);
            self.after();
        }
        self.after();
    }

    pub(super) fn comprehension(&mut self, comprehension: &'a Comprehension) {
        self.open();
        for (i, clause) in comprehension.clauses.iter().enumerate() {
            self.before(clause.comments());
            if i > 0 {
                self.space(Space::BLANK);
            }
            self.clause(clause);
            self.after();
        }
        self.after();
        self.space(Space::BLANK | Space::FIXED);
        self.expr(&comprehension.value);
    }

    fn clause(&mut self, clause: &'a Clause) {
        match clause {
            Clause::For(x) => {
                self.pos(x.for_pos);
                self.word("for");
                self.space(Space::BLANK | Space::INDENT);
                match &x.key {
                    Some(key) => {
                        self.ident_label(key);
                        self.pos(x.comma);
                        self.token(",");
                        self.space(Space::BLANK);
                    }
                    None => {
                        self.count();
                        self.comments_here();
                    }
                }
                self.ident_label(&x.value);
                self.space(Space::BLANK);
                self.pos(x.in_pos);
                self.word("in");
                self.space(Space::BLANK);
                self.expr(&x.source);
            }
            Clause::If(x) => {
                self.pos(x.if_pos);
                self.word("if");
                self.space(Space::BLANK | Space::INDENT);
                self.expr(&x.condition);
            }
            Clause::Let(x) => {
                self.pos(x.let_pos);
                self.token("let");
                self.space(Space::BLANK | Space::FIXED | Space::INDENT);
                self.ident(&x.ident);
                self.space(Space::BLANK | Space::FIXED);
                self.pos(x.equal);
                self.token("=");
                self.space(Space::BLANK);
                self.expr(&x.expr);
            }
        }
        self.p.unindent();
    }
}

/// The comments of a declaration that only says that there may be other fields.
fn open_end(decl: &Decl) -> Option<&Comments> {
    let any = |x: &Expr| x.as_ident().is_some_and(|i| i.name == "_");
    match decl {
        Decl::Ellipsis(ellipsis) => Some(&ellipsis.comments),
        Decl::Field(field) => {
            let Label::List(list) = &field.label else { return None };
            let [Expr::Ident(pattern)] = &list.elts[..] else { return None };
            let all = pattern.name == "string" || pattern.name == "_";
            (all && any(&field.value)).then_some(&field.comments)
        }
        _ => None,
    }
}

/// How many fields deep a chain goes; 0 when it does not end in one.
fn nesting(field: &Field) -> usize {
    let mut depth = 1;
    let mut value = &field.value;
    while let Expr::Struct(body) = value {
        match &body.elts[..] {
            [Decl::Field(inner)] => {
                depth += 1;
                value = &inner.value;
            }
            [_] => return depth,
            _ => return depth - 1,
        }
    }
    depth
}

/// A field whose value is a block: alignment ends before it.
fn has_block_value(decl: &Decl) -> bool {
    let Decl::Field(field) = decl else { return false };
    match &field.value {
        Expr::Struct(body) => body.lbrace.is_valid() || body.elts.len() != 1,
        Expr::List(_) => true,
        _ => false,
    }
}

fn field_has_docs(field: &Field) -> bool {
    !field.comments.is_empty() || !field.label.comments().is_empty()
}

fn has_docs(decl: &Decl) -> bool {
    if decl.comments().is_some_and(|c| !c.is_empty()) || matches!(decl, Decl::Comment(_)) {
        return true;
    }
    match decl {
        Decl::Field(field) => !field.label.comments().is_empty(),
        Decl::Alias(alias) => !alias.ident.comments.is_empty(),
        Decl::Let(clause) => !clause.ident.comments.is_empty(),
        _ => false,
    }
}

fn is_definition(label: &Label) -> bool {
    let ident = match label {
        Label::Ident(ident) => Some(ident),
        Label::Alias(alias) => alias.expr.as_ident(),
        _ => None,
    };
    ident.is_some_and(|i| i.name.starts_with('#') || i.name.starts_with("_#"))
}

/// A value that ends alignment: braces, brackets, or several lines.
fn needs_break(x: &Expr) -> bool {
    stacker::maybe_grow(32 << 10, 1 << 20, || match x {
        Expr::Struct(_) | Expr::List(_) => true,
        Expr::Lit(lit) => lit.text.contains('\n'),
        Expr::Paren(x) => needs_break(&x.x),
        Expr::Unary(x) => needs_break(&x.x),
        Expr::Binary(x) => needs_break(&x.x) || needs_break(&x.y),
        Expr::Index(x) => needs_break(&x.x),
        Expr::Selector(x) => needs_break(&x.x),
        Expr::Call(x) => x.args.iter().any(needs_break),
        _ => false,
    })
}

/// A label of a form that labels may have.
fn plain_label(lit: &BasicLit) -> String {
    let odd = lit.kind == LitKind::String
        && (lit.text.starts_with("\"\"\"") || lit.text.starts_with('#'));
    match crate::compile::unquote(&lit.text) {
        Ok(text) if odd => quote(&text),
        _ => lit.text.to_string(),
    }
}

/// Neither a definition nor hidden.
fn is_regular(label: &Label) -> bool {
    let name = match label {
        Label::Ident(ident) => Some(ident),
        Label::Alias(alias) => alias.expr.as_ident(),
        _ => None,
    };
    name.is_none_or(|ident| !ident.name.starts_with(['#', '_']))
}

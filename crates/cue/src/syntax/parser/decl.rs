//! Files and what stands between braces: fields, embeddings, `let`, comprehensions, attributes.

use super::super::ast::{
    Alias, Attribute, Bad, BasicLit, Clause, Comments, Comprehension, Constraint, Decl, Ellipsis,
    EmbedDecl, Expr, Field, File, ForClause, Ident, IfClause, ImportDecl, ImportSpec, Label,
    LetClause, LitKind, Package, StructLit,
};
use super::super::source::Pos;
use super::super::token::Tok;
use super::Parser;

/// What begins like a label: perhaps one, else an expression, or a whole declaration.
enum Start {
    Label(Label),
    Expr(Expr),
    Decl(Decl),
    Nothing,
}

impl Parser<'_> {
    pub(super) fn file(&mut self) -> File {
        self.handing.open_list();
        let mut decls = Vec::new();
        while self.tok() == Tok::Attribute {
            decls.push(Decl::Attribute(Box::new(self.attribute())));
            self.consume_comma();
        }
        if self.at_word("package")
            && let Some(package) = self.package()
        {
            decls.push(Decl::Package(Box::new(package)));
        }
        while self.tok() == Tok::Attribute {
            decls.push(Decl::Attribute(Box::new(self.attribute())));
            self.consume_comma();
        }
        while self.at_word("import") {
            match self.import() {
                Some(import) => decls.push(Decl::Import(Box::new(import))),
                None => break,
            }
        }
        self.decls(&mut decls, Tok::Eof);
        while self.tok() != Tok::Eof {
            self.error_expected("operand");
            self.next();
            self.decls(&mut decls, Tok::Eof);
        }
        self.handing.close_list();
        let mut file = File { decls, comments: Comments::default() };
        // Opened last: a comment at the very top belongs to the first declaration, not to the file.
        self.handing.open();
        self.handing.close(&mut file.comments);
        file
    }

    /// Whether the keyword stands here and is no label.
    fn at_word(&self, word: &str) -> bool {
        if self.tok() != Tok::Ident || self.lit() != word {
            return false;
        }
        let rest = self.text.get(self.token.end as usize..).unwrap_or_default();
        let rest = rest.trim_start_matches([' ', '\t', '\r']);
        !rest.starts_with([':', '?', '!', '=', ',', '&', '|'])
    }

    fn package(&mut self) -> Option<Package> {
        self.handing.open();
        let pos = self.pos();
        self.next();
        let name = self.ident();
        if is_definition(&name.name) || name.name.starts_with("__") {
            self.error(name.pos, format!("invalid package name {}", name.name));
        }
        self.consume_comma();
        let mut package = Package { pos, name, comments: Comments::default() };
        self.handing.close(&mut package.comments);
        Some(package)
    }

    fn import(&mut self) -> Option<ImportDecl> {
        self.handing.open();
        let pos = self.pos();
        self.next();
        let (mut lparen, mut rparen) = (Pos::NONE, Pos::NONE);
        let mut specs = Vec::new();
        if self.tok() == Tok::LParen {
            lparen = self.pos();
            self.handing.open_list();
            self.next();
            while self.tok() != Tok::RParen && self.tok() != Tok::Eof {
                specs.push(self.import_spec());
                if self.at_comma("import list", &[Tok::RParen]) {
                    self.next();
                }
            }
            self.handing.close_list();
            rparen = self.expect(Tok::RParen);
        } else {
            specs.push(self.import_spec());
        }
        self.consume_comma();
        let mut import = ImportDecl { pos, lparen, specs, rparen, comments: Comments::default() };
        self.handing.close(&mut import.comments);
        Some(import)
    }

    fn import_spec(&mut self) -> ImportSpec {
        self.handing.open();
        let name = (self.tok() == Tok::Ident).then(|| self.ident());
        if let Some(name) = name.as_ref().filter(|n| is_definition(&n.name)) {
            self.error(name.pos, "cannot import package as definition identifier");
        }
        let path = if self.tok() == Tok::String {
            self.literal()
        } else {
            let pos = self.pos();
            self.error(pos, "missing import path; require quoted string");
            if self.tok() != Tok::RParen && self.tok() != Tok::Eof && self.tok() != Tok::Comma {
                self.next();
            }
            BasicLit { pos, ..BasicLit::new(LitKind::String, "\"\"") }
        };
        let mut spec = ImportSpec { name, path, comments: Comments::default() };
        self.handing.close(&mut spec.comments);
        spec
    }

    pub(super) fn consume_comma(&mut self) {
        if self.at_comma("struct literal", &[Tok::RBrace, Tok::Eof]) {
            self.next();
        }
    }

    /// Declarations up to the closing token, which stays.
    pub(super) fn decls(&mut self, decls: &mut Vec<Decl>, end: Tok) {
        while self.tok() != end && self.tok() != Tok::Eof && self.tok() != Tok::RBrace {
            let before = self.token.start;
            let decl = match self.tok() {
                Tok::Attribute => {
                    let attribute = self.attribute();
                    self.consume_comma();
                    Decl::Attribute(Box::new(attribute))
                }
                Tok::Ellipsis => self.ellipsis(),
                _ => self.apart(Self::field),
            };
            decls.push(decl);
            if self.token.start == before && self.tok() != Tok::Eof {
                // Nothing was read: the token fits nowhere.
                self.next();
            }
        }
    }

    fn ellipsis(&mut self) -> Decl {
        self.handing.open();
        let pos = self.pos();
        self.next();
        let mut ellipsis = Ellipsis { pos, typ: None, comments: Comments::default() };
        self.handing.close(&mut ellipsis.comments);
        self.consume_comma();
        Decl::Ellipsis(Box::new(ellipsis))
    }

    pub(super) fn attribute(&mut self) -> Attribute {
        self.handing.open();
        let (pos, text) = (self.pos(), self.word());
        self.next();
        let mut attribute = Attribute { pos, text, comments: Comments::default() };
        self.handing.close(&mut attribute.comments);
        attribute
    }

    fn attributes(&mut self) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        self.handing.open_list();
        while self.tok() == Tok::Attribute {
            attributes.push(self.attribute());
        }
        self.handing.close_list();
        attributes
    }

    fn field(&mut self) -> Decl {
        self.handing.open();
        let label = match self.start(false) {
            Start::Decl(mut decl) => {
                match decl.comments_mut() {
                    Some(comments) => self.handing.close(comments),
                    None => self.handing.cancel(),
                }
                return decl;
            }
            Start::Label(label) if self.is_colon() => label,
            Start::Label(label) => return self.embedding(Some(label.into())),
            Start::Expr(expr) => return self.embedding(Some(expr)),
            Start::Nothing => return self.embedding(None),
        };
        self.one_element(&label);
        let constraint = self.constraint();
        let colon = self.expect(Tok::Colon);
        let (value, attrs) = self.value();
        self.consume_comma();
        let comments = Comments::default();
        let mut field = Field { label, constraint, colon, value, attrs, comments };
        self.handing.close(&mut field.comments);
        Decl::Field(Box::new(field))
    }

    /// The colon, or a marker that only stands before one.
    fn is_colon(&self) -> bool {
        match self.tok() {
            Tok::Colon | Tok::Option => true,
            Tok::Not => {
                let rest = self.text.get(self.token.end as usize..).unwrap_or_default();
                rest.trim_start().starts_with(':')
            }
            _ => false,
        }
    }

    fn constraint(&mut self) -> Constraint {
        let constraint = match self.tok() {
            Tok::Option => Constraint::Optional,
            Tok::Not => Constraint::Required,
            _ => return Constraint::None,
        };
        self.next();
        constraint
    }

    fn one_element(&mut self, label: &Label) {
        let list = match label {
            Label::List(list) => list,
            Label::Alias(alias) => match &alias.expr {
                Expr::List(list) => list,
                _ => return,
            },
            _ => return,
        };
        if list.elts.len() != 1 {
            self.error(list.lbrack, "square bracket must have exactly one element");
        }
    }

    /// The value after a colon: an expression, or further labels down to one (`a: b: c`). The
    /// attributes belong to the innermost field.
    fn value(&mut self) -> (Expr, Vec<Attribute>) {
        if !self.enter() {
            self.leave();
            let pos = self.pos();
            self.give_up();
            return (self.bad(pos), Vec::new());
        }
        let value = self.nested(Self::value_inside);
        self.leave();
        value
    }

    fn value_inside(&mut self) -> (Expr, Vec<Attribute>) {
        let line = self.token.line;
        let label = match self.start(true) {
            Start::Label(label) if self.is_colon() => label,
            other => {
                let expr = match other {
                    Start::Label(label) => label.into(),
                    Start::Expr(expr) => expr,
                    Start::Decl(_) | Start::Nothing => self.rhs(),
                };
                let attrs = self.attributes();
                return (expr, attrs);
            }
        };
        self.one_element(&label);
        let constraint = self.constraint();
        let colon = self.expect(Tok::Colon);
        let (value, attrs) = self.value();
        let comments = Comments::default();
        let field = Field { label, constraint, colon, value, attrs, comments };
        let elts = vec![Decl::Field(Box::new(field))];
        self.cover();
        let one_line = self.last_line == line;
        (Expr::Struct(Box::new(StructLit { elts, one_line, ..StructLit::default() })), Vec::new())
    }

    fn embedding(&mut self, read: Option<Expr>) -> Decl {
        let expr = match read {
            Some(expr) => expr,
            None => self.rhs(),
        };
        if let Expr::Alias(mut alias) = expr {
            self.error(alias.ident.pos, "old-style alias no longer supported: use let clause");
            self.consume_comma();
            self.handing.close(&mut alias.comments);
            return Decl::Alias(alias);
        }
        self.consume_comma();
        let mut embed = EmbedDecl { expr, comments: Comments::default() };
        self.handing.close(&mut embed.comments);
        Decl::Embed(Box::new(embed))
    }

    /// Reads what a declaration, or a value (`rhs`), begins with.
    fn start(&mut self, rhs: bool) -> Start {
        let expr = match self.tok() {
            Tok::For | Tok::If if rhs || self.keyword_is_label() => self.expr(),
            Tok::For | Tok::If => return Start::Decl(self.comprehension_decl()),
            Tok::Let if !rhs && !self.keyword_is_label() => {
                let clause = self.let_clause(true);
                return Start::Decl(Decl::Let(Box::new(clause)));
            }
            Tok::Ident
            | Tok::String
            | Tok::Interpolation
            | Tok::LParen
            | Tok::Null
            | Tok::True
            | Tok::False
            | Tok::In
            | Tok::Func
            | Tok::Let
            | Tok::LBrack => self.expr(),
            _ => return Start::Nothing,
        };
        self.label_of(expr, rhs)
    }

    /// A keyword before a colon, a marker or `=`, or that stands alone, is a name.
    fn keyword_is_label(&self) -> bool {
        let rest = self.text.get(self.token.end as usize..).unwrap_or_default();
        let rest = rest.trim_start_matches([' ', '\t', '\r']);
        rest.starts_with(':')
            || rest.starts_with('?')
            || rest.starts_with("!:")
            || (rest.starts_with('=') && !rest.starts_with("=="))
            || rest.starts_with([',', '\n'])
            || rest.starts_with("//")
            || rest.is_empty()
    }

    fn label_of(&mut self, expr: Expr, rhs: bool) -> Start {
        match expr {
            Expr::Ident(ident) => self.named(ident, rhs),
            Expr::Lit(lit) if !matches!(lit.kind, LitKind::Int | LitKind::Float) => {
                Start::Label(Label::Lit(lit))
            }
            Expr::Interpolation(x) => Start::Label(Label::Interpolation(x)),
            Expr::Paren(x) => Start::Label(Label::Paren(x)),
            Expr::List(x) => Start::Label(Label::List(x)),
            other => Start::Expr(other),
        }
    }

    fn named(&mut self, ident: Ident, rhs: bool) -> Start {
        if ident.name.starts_with("__") && !rhs {
            self.error(ident.pos, "identifiers starting with '__' are reserved");
        }
        match self.alias(ident) {
            Expr::Ident(ident) => Start::Label(Label::Ident(ident)),
            Expr::Alias(alias) => {
                let labelled = matches!(
                    alias.expr,
                    Expr::Ident(_)
                        | Expr::Lit(_)
                        | Expr::Interpolation(_)
                        | Expr::Paren(_)
                        | Expr::List(_)
                );
                if labelled && self.is_colon() {
                    Start::Label(Label::Alias(alias))
                } else {
                    Start::Expr(Expr::Alias(alias))
                }
            }
            other => Start::Expr(other),
        }
    }

    /// `X=expr`, if an equal sign follows.
    pub(super) fn alias(&mut self, ident: Ident) -> Expr {
        if self.tok() != Tok::Bind {
            return Expr::Ident(ident);
        }
        let equal = self.pos();
        self.next();
        let expr = self.rhs();
        Expr::Alias(Box::new(Alias { ident, equal, expr, comments: Comments::default() }))
    }

    /// `let x = …`; as a declaration with the comma behind it, whose line may end with a comment on the let.
    pub(super) fn let_clause(&mut self, declares: bool) -> LetClause {
        self.handing.open();
        let let_pos = self.pos();
        self.next();
        let ident = self.ident();
        let equal = self.expect(Tok::Bind);
        let expr = self.rhs();
        if declares {
            self.consume_comma();
        }
        let mut clause = LetClause { let_pos, ident, equal, expr, comments: Comments::default() };
        self.handing.close(&mut clause.comments);
        clause
    }

    fn comprehension_decl(&mut self) -> Decl {
        let comprehension = self.comprehension(true);
        Decl::Comprehension(Box::new(comprehension))
    }

    /// Clauses, then the struct they yield; as a declaration with the comma behind it.
    pub(super) fn comprehension(&mut self, declares: bool) -> Comprehension {
        self.handing.open();
        let clauses = self.clauses();
        let value = if self.tok() == Tok::LBrace {
            self.handing.open();
            let mut value = self.struct_lit();
            self.handing.close(value.comments_mut());
            value
        } else {
            self.error_expected("'{'");
            let pos = self.pos();
            self.bad(pos)
        };
        if declares && self.at_comma("struct literal", &[Tok::RBrace]) {
            self.next();
        }
        let mut comprehension = Comprehension { clauses, value, comments: Comments::default() };
        self.handing.close(&mut comprehension.comments);
        comprehension
    }

    fn clauses(&mut self) -> Vec<Clause> {
        let mut clauses = Vec::new();
        loop {
            let clause = match self.tok() {
                Tok::For => Clause::For(Box::new(self.for_clause())),
                Tok::If => Clause::If(Box::new(self.if_clause())),
                Tok::Let => Clause::Let(Box::new(self.let_clause(false))),
                _ => return clauses,
            };
            clauses.push(clause);
            if self.tok() == Tok::Comma {
                // A clause may stand on a line of its own.
                self.next();
            }
        }
    }

    fn for_clause(&mut self) -> ForClause {
        self.handing.open();
        let for_pos = self.pos();
        self.next();
        let first = self.ident();
        let (mut key, mut value, mut comma) = (None, first, Pos::NONE);
        if self.tok() == Tok::Comma {
            comma = self.expect(Tok::Comma);
            key = Some(std::mem::replace(&mut value, self.ident()));
        }
        let in_pos = self.expect(Tok::In);
        let source = self.rhs();
        let comments = Comments::default();
        let mut clause = ForClause { for_pos, key, comma, value, in_pos, source, comments };
        self.handing.close(&mut clause.comments);
        clause
    }

    fn if_clause(&mut self) -> IfClause {
        self.handing.open();
        let if_pos = self.pos();
        self.next();
        let condition = self.rhs();
        let mut clause = IfClause { if_pos, condition, comments: Comments::default() };
        self.handing.close(&mut clause.comments);
        clause
    }

    pub(super) fn bad(&mut self, from: Pos) -> Expr {
        let to = self.pos();
        Expr::Bad(Box::new(Bad { from, to, comments: Comments::default() }))
    }

    /// `{...}`
    pub(super) fn struct_lit(&mut self) -> Expr {
        if !self.enter() {
            self.leave();
            let pos = self.pos();
            self.give_up();
            return self.bad(pos);
        }
        let (lbrace, line) = (self.pos(), self.token.line);
        self.next();
        let mut elts = Vec::new();
        if self.tok() != Tok::RBrace {
            self.handing.open_list();
            self.nested(|parser| parser.decls(&mut elts, Tok::RBrace));
            self.handing.close_list();
        }
        let one_line = self.token.line == line;
        let rbrace = self.expect_closing(Tok::RBrace, "struct literal");
        // Comments inside belong to the fields, or to what the literal is the value of.
        let lit = StructLit { lbrace, elts, rbrace, one_line, comments: Comments::default() };
        self.leave();
        self.cover();
        Expr::Struct(Box::new(lit))
    }
}

fn is_definition(name: &str) -> bool {
    name.starts_with('#') || name.starts_with("_#")
}

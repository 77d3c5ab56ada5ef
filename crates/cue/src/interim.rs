//! The parser the evaluator uses until the one of [`crate::syntax`] is complete. It reads the whole language but keeps
//! no comments, and stops at the first error.

mod lexer;

use crate::syntax::ast::*;
use crate::syntax::{Pos, Rel, SourceId, SyntaxError};

use lexer::{T, Tok, lex};

struct P<'a> {
    src: &'a str,
    toks: Vec<Tok>,
    i: usize,
}
type X<V> = Result<V, SyntaxError>;

pub(crate) fn parse(src: &str) -> (File, Vec<SyntaxError>) {
    let mut toks = Vec::new();
    if let Err(e) = lex(src, 0, &mut toks) {
        return (File::default(), vec![e]);
    }
    toks.push(Tok { t: T::Eof, at: src.len() });
    let mut p = P { src, toks, i: 0 };
    match p.file() {
        Ok(f) => (f, vec![]),
        Err(e) => (File::default(), vec![e]),
    }
}

impl P<'_> {
    fn t(&self) -> &T {
        &self.toks[self.i].t
    }
    fn pos(&self) -> Pos {
        Pos::new(SourceId(0), self.toks[self.i].at as u32, Rel::Blank)
    }
    fn next(&mut self) -> T {
        let t = self.toks[self.i].t.clone();
        if self.i + 1 < self.toks.len() {
            self.i += 1
        }
        t
    }
    fn err<V>(&self, m: &str) -> X<V> {
        Err(SyntaxError { pos: self.pos(), message: m.into() })
    }
    fn is(&self, o: &str) -> bool {
        matches!(self.t(), T::Op(x) if *x == o)
    }
    fn eat(&mut self, o: &str) -> bool {
        let r = self.is(o);
        if r {
            self.next();
        }
        r
    }
    fn want(&mut self, o: &str) -> X<Pos> {
        let p = self.pos();
        if self.eat(o) { Ok(p) } else { self.err(&format!("expected '{o}'")) }
    }
    fn id(&self, s: &str) -> bool {
        matches!(self.t(), T::Ident(x) if x == s)
    }
    fn commas(&mut self) {
        while matches!(self.t(), T::Comma(_)) {
            self.next();
        }
    }
    fn ident(&mut self) -> X<Ident> {
        let pos = self.pos();
        match self.next() {
            T::Ident(s) => Ok(Ident { pos, ..Ident::new(s) }),
            _ => {
                self.i -= 1;
                self.err("expected identifier")
            }
        }
    }
    fn file(&mut self) -> X<File> {
        let mut f = File::default();
        self.commas();
        while matches!(self.t(), T::Attr(_)) {
            self.next();
            self.commas();
        }
        if self.id("package") && matches!(self.toks[self.i + 1].t, T::Ident(_)) {
            let pos = self.pos();
            self.next();
            let name = self.ident()?;
            f.decls.push(Decl::Package(Box::new(Package {
                pos,
                name,
                comments: Comments::default(),
            })));
            self.commas();
        }
        while self.id("import")
            && matches!(self.toks[self.i + 1].t, T::Str(_) | T::Ident(_) | T::Op("("))
        {
            let pos = self.pos();
            self.next();
            let mut specs = vec![];
            if self.eat("(") {
                self.commas();
                while !self.eat(")") {
                    specs.push(self.spec()?);
                    self.commas();
                }
            } else {
                specs.push(self.spec()?)
            }
            f.decls.push(Decl::Import(Box::new(ImportDecl {
                pos,
                lparen: Pos::NONE,
                specs,
                rparen: Pos::NONE,
                comments: Comments::default(),
            })));
            self.commas();
        }
        f.decls.extend(self.decls(&T::Eof)?);
        Ok(f)
    }
    fn spec(&mut self) -> X<ImportSpec> {
        let name = if matches!(self.t(), T::Ident(_)) { Some(self.ident()?) } else { None };
        let pos = self.pos();
        match self.next() {
            T::Str(s) => Ok(ImportSpec {
                name,
                path: BasicLit { pos, ..BasicLit::new(LitKind::String, s) },
                comments: Comments::default(),
            }),
            _ => self.err("expected path"),
        }
    }
    fn decls(&mut self, end: &T) -> X<Vec<Decl>> {
        let mut v = vec![];
        self.commas();
        while self.t() != end {
            v.extend(self.decl()?);
            if self.t() != end && !matches!(self.t(), T::Comma(_)) {
                return self.err("expected comma or newline");
            }
            self.commas();
        }
        Ok(v)
    }
    fn is_label_next(&self) -> bool {
        matches!(self.toks[self.i + 1].t, T::Op(":" | "=" | "?"))
            || matches!(self.toks[self.i + 1].t, T::Comma(_) | T::Eof)
            || self.toks[self.i + 1].t == T::Op("!") && self.toks[self.i + 2].t == T::Op(":")
    }
    fn decl(&mut self) -> X<Option<Decl>> {
        let pos = self.pos();
        if let T::Attr(s) = self.t().clone() {
            self.next();
            return Ok(Some(Decl::Attribute(Box::new(Attribute {
                pos,
                text: s.into(),
                comments: Comments::default(),
            }))));
        }
        if self.eat("...") {
            let typ = if matches!(self.t(), T::Comma(_) | T::Op("}") | T::Eof) {
                None
            } else {
                Some(self.expr(1)?)
            };
            return Ok(Some(Decl::Ellipsis(Box::new(Ellipsis {
                pos,
                typ,
                comments: Comments::default(),
            }))));
        }
        if self.id("let") && matches!(self.toks[self.i + 1].t, T::Ident(_)) {
            return Ok(Some(Decl::Let(Box::new(self.let_clause()?))));
        }
        if (self.id("for") || self.id("if")) && !self.is_label_next() {
            return Ok(Some(Decl::Comprehension(Box::new(self.comp()?))));
        }
        let x = self.value()?;
        self.field_or_embed(x, pos).map(Some)
    }
    fn value(&mut self) -> X<Expr> {
        // X=expr
        if matches!(self.t(), T::Ident(_)) && self.toks[self.i + 1].t == T::Op("=") {
            let ident = self.ident()?;
            let equal = self.pos();
            self.next();
            let expr = self.expr(1)?;
            return Ok(Expr::Alias(Box::new(Alias {
                ident,
                equal,
                expr,
                comments: Comments::default(),
            })));
        }
        self.expr(1)
    }
    fn field_or_embed(&mut self, x: Expr, _pos: Pos) -> X<Decl> {
        let constraint = if self.is("?") {
            Constraint::Optional
        } else if self.is("!") && self.toks[self.i + 1].t == T::Op(":") {
            Constraint::Required
        } else {
            Constraint::None
        };
        if constraint != Constraint::None {
            self.next();
        }
        if self.is(":") {
            let colon = self.pos();
            self.next();
            let label = match x {
                Expr::Ident(i) => Label::Ident(i),
                Expr::Lit(l) => Label::Lit(l),
                Expr::Interpolation(i) => Label::Interpolation(i),
                Expr::Paren(p) => Label::Paren(p),
                Expr::List(l) => Label::List(l),
                Expr::Alias(a) => Label::Alias(a),
                _ => return self.err("invalid label"),
            };
            let at = self.pos();
            let v = self.value()?;
            let nested = self.is(":")
                || self.is("?")
                || self.is("!") && self.toks[self.i + 1].t == T::Op(":");
            let value = if nested {
                let d = self.field_or_embed(v, at)?;
                Expr::Struct(Box::new(StructLit { elts: vec![d], ..StructLit::default() }))
            } else {
                v
            };
            let mut attrs = vec![];
            while let T::Attr(s) = self.t().clone() {
                let pos = self.pos();
                self.next();
                attrs.push(Attribute { pos, text: s.into(), comments: Comments::default() })
            }
            return Ok(Decl::Field(Box::new(Field {
                label,
                constraint,
                colon,
                value,
                attrs,
                comments: Comments::default(),
            })));
        }
        if matches!(x, Expr::Alias(_)) {
            return self.err("alias not allowed");
        }
        Ok(Decl::Embed(Box::new(EmbedDecl { expr: x, comments: Comments::default() })))
    }
    fn let_clause(&mut self) -> X<LetClause> {
        let let_pos = self.pos();
        self.next();
        let ident = self.ident()?;
        let equal = self.want("=")?;
        let expr = self.expr(1)?;
        Ok(LetClause { let_pos, ident, equal, expr, comments: Comments::default() })
    }
    fn comp(&mut self) -> X<Comprehension> {
        let mut clauses = vec![];
        loop {
            let pos = self.pos();
            if self.id("for") {
                self.next();
                let a = self.ident()?;
                let (key, value, comma) = if matches!(self.t(), T::Comma(_)) {
                    let c = self.pos();
                    self.next();
                    let b = self.ident()?;
                    (Some(a), b, c)
                } else {
                    (None, a, Pos::NONE)
                };
                let in_pos = self.pos();
                if !self.id("in") {
                    return self.err("expected 'in'");
                }
                self.next();
                let source = self.expr(1)?;
                clauses.push(Clause::For(Box::new(ForClause {
                    for_pos: pos,
                    key,
                    comma,
                    value,
                    in_pos,
                    source,
                    comments: Comments::default(),
                })))
            } else if self.id("if") {
                self.next();
                let condition = self.expr(1)?;
                clauses.push(Clause::If(Box::new(IfClause {
                    if_pos: pos,
                    condition,
                    comments: Comments::default(),
                })))
            } else if self.id("let") {
                clauses.push(Clause::Let(Box::new(self.let_clause()?)))
            } else {
                break;
            }
            self.commas();
        }
        if !self.is("{") {
            return self.err("expected '{'");
        }
        let value = self.expr(9)?;
        Ok(Comprehension { clauses, value, comments: Comments::default() })
    }
    fn expr(&mut self, prec: u8) -> X<Expr> {
        let mut x = self.unary()?;
        loop {
            let op = match self.t() {
                T::Op(o) => match *o {
                    "|" => BinaryOp::Or,
                    "&" => BinaryOp::And,
                    "||" => BinaryOp::LogOr,
                    "&&" => BinaryOp::LogAnd,
                    "==" => BinaryOp::Eq,
                    "!=" => BinaryOp::Ne,
                    "<" => BinaryOp::Lt,
                    "<=" => BinaryOp::Le,
                    ">" => BinaryOp::Gt,
                    ">=" => BinaryOp::Ge,
                    "=~" => BinaryOp::Match,
                    "!~" => BinaryOp::NotMatch,
                    "+" => BinaryOp::Add,
                    "-" => BinaryOp::Sub,
                    "*" => BinaryOp::Mul,
                    "/" => BinaryOp::Quo,
                    _ => break,
                },
                T::Ident(s) => match s.as_str() {
                    "div" => BinaryOp::IntDiv,
                    "mod" => BinaryOp::IntMod,
                    "quo" => BinaryOp::IntQuo,
                    "rem" => BinaryOp::IntRem,
                    _ => break,
                },
                _ => break,
            };
            if op.precedence() < prec {
                break;
            }
            let op_pos = self.pos();
            self.next();
            let y = self.expr(op.precedence() + 1)?;
            x = Expr::Binary(Box::new(BinaryExpr {
                x,
                op_pos,
                op,
                y,
                comments: Comments::default(),
            }));
        }
        Ok(x)
    }
    fn unary(&mut self) -> X<Expr> {
        let op = match self.t() {
            T::Op("+") => UnaryOp::Plus,
            T::Op("-") => UnaryOp::Neg,
            T::Op("!") => UnaryOp::Not,
            T::Op("*") => UnaryOp::Default,
            T::Op("<") => UnaryOp::Lt,
            T::Op("<=") => UnaryOp::Le,
            T::Op(">") => UnaryOp::Gt,
            T::Op(">=") => UnaryOp::Ge,
            T::Op("!=") => UnaryOp::Ne,
            T::Op("=~") => UnaryOp::Match,
            T::Op("!~") => UnaryOp::NotMatch,
            _ => return self.primary(),
        };
        let op_pos = self.pos();
        self.next();
        let x = self.unary()?;
        Ok(Expr::Unary(Box::new(UnaryExpr { op_pos, op, x, comments: Comments::default() })))
    }
    fn primary(&mut self) -> X<Expr> {
        let mut x = self.operand()?;
        loop {
            if self.eat(".") {
                let pos = self.pos();
                let sel = match self.next() {
                    T::Ident(s) => Label::Ident(Ident { pos, ..Ident::new(s) }),
                    T::Str(s) => Label::Lit(BasicLit { pos, ..BasicLit::new(LitKind::String, s) }),
                    _ => return self.err("expected selector"),
                };
                x = Expr::Selector(Box::new(SelectorExpr { x, sel, comments: Comments::default() }))
            } else if self.is("[") {
                let lbrack = self.pos();
                self.next();
                let lo = if self.is(":") { None } else { Some(self.expr(1)?) };
                if self.eat(":") {
                    let high = if self.is("]") { None } else { Some(self.expr(1)?) };
                    self.commas();
                    let rbrack = self.want("]")?;
                    x = Expr::Slice(Box::new(SliceExpr {
                        x,
                        lbrack,
                        low: lo,
                        high,
                        rbrack,
                        comments: Comments::default(),
                    }))
                } else {
                    self.commas();
                    let rbrack = self.want("]")?;
                    let Some(index) = lo else { return self.err("index") };
                    x = Expr::Index(Box::new(IndexExpr {
                        x,
                        lbrack,
                        index,
                        rbrack,
                        comments: Comments::default(),
                    }))
                }
            } else if self.is("(") {
                let lparen = self.pos();
                self.next();
                let mut args = vec![];
                self.commas();
                while !self.is(")") {
                    args.push(self.expr(1)?);
                    if !self.is(")") && !matches!(self.t(), T::Comma(_)) {
                        return self.err("expected ','");
                    }
                    self.commas();
                }
                let rparen = self.want(")")?;
                x = Expr::Call(Box::new(CallExpr {
                    fun: x,
                    lparen,
                    args,
                    rparen,
                    comments: Comments::default(),
                }))
            } else {
                return Ok(x);
            }
        }
    }
    fn operand(&mut self) -> X<Expr> {
        let pos = self.pos();
        let lit = |k, s: String| Expr::Lit(BasicLit { pos, ..BasicLit::new(k, s) });
        Ok(match self.next() {
            T::Ident(s) => match s.as_str() {
                "null" => lit(LitKind::Null, s),
                "true" => lit(LitKind::True, s),
                "false" => lit(LitKind::False, s),
                _ => {
                    if s.starts_with("__") && s != "__no_sharing" {
                        self.i -= 1;
                        return self.err("identifiers starting with '__' are reserved");
                    }
                    Expr::Ident(Ident { pos, ..Ident::new(s) })
                }
            },
            T::Num(s, f) => lit(if f { LitKind::Float } else { LitKind::Int }, s),
            T::Str(s) => lit(LitKind::String, s),
            T::Interp(parts, exprs) => {
                let mut v = vec![];
                for (k, (at, s)) in parts.into_iter().enumerate() {
                    v.push(Expr::Lit(BasicLit {
                        pos: Pos::new(SourceId(0), at as u32, Rel::None),
                        ..BasicLit::new(LitKind::String, s)
                    }));
                    if let Some(&(a, z)) = exprs.get(k) {
                        let mut toks = vec![];
                        lex(&self.src[a..z], a, &mut toks)?;
                        if matches!(toks.last(), Some(Tok { t: T::Comma(true), .. })) {
                            toks.pop();
                        }
                        toks.push(Tok { t: T::Eof, at: z });
                        let mut p = P { src: self.src, toks, i: 0 };
                        v.push(p.expr(1)?);
                        if *p.t() != T::Eof {
                            return p.err("unexpected token in interpolation");
                        }
                    }
                }
                Expr::Interpolation(Box::new(Interpolation {
                    parts: v,
                    comments: Comments::default(),
                }))
            }
            T::Op("_|_") => Expr::Bottom(Box::new(Bottom { pos, comments: Comments::default() })),
            T::Op("(") => {
                let x = self.expr(1)?;
                if matches!(self.t(), T::Comma(true)) {
                    self.next();
                }
                let rparen = self.want(")")?;
                Expr::Paren(Box::new(ParenExpr {
                    lparen: pos,
                    x,
                    rparen,
                    comments: Comments::default(),
                }))
            }
            T::Op("{") => {
                let elts = self.decls(&T::Op("}"))?;
                let rbrace = self.want("}")?;
                Expr::Struct(Box::new(StructLit {
                    lbrace: pos,
                    elts,
                    rbrace,
                    ..StructLit::default()
                }))
            }
            T::Op("[") => {
                let mut elts = vec![];
                while !self.is("]") {
                    let p = self.pos();
                    if self.eat("...") {
                        let typ = if self.is("]") || matches!(self.t(), T::Comma(_)) {
                            None
                        } else {
                            Some(self.expr(1)?)
                        };
                        elts.push(Expr::Ellipsis(Box::new(Ellipsis {
                            pos: p,
                            typ,
                            comments: Comments::default(),
                        })))
                    } else if (self.id("for") || self.id("if")) && !self.is_label_next() {
                        elts.push(Expr::Comprehension(Box::new(self.comp()?)))
                    } else {
                        elts.push(self.value()?)
                    }
                    match self.t() {
                        T::Comma(nl) => {
                            let nl = *nl;
                            self.next();
                            if nl && !self.is("]") && !self.id("for") && !self.id("if") {
                                return self.err("missing ',' before newline in list literal");
                            }
                        }
                        T::Op("]") => {}
                        _ => return self.err("missing ',' in list literal"),
                    }
                }
                let rbrack = self.want("]")?;
                Expr::List(Box::new(ListLit {
                    lbrack: pos,
                    elts,
                    rbrack,
                    comments: Comments::default(),
                }))
            }
            _ => {
                self.i = self.i.saturating_sub(1);
                return self.err("expected operand");
            }
        })
    }
}

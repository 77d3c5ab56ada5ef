//! Expressions: operands, selectors, calls, operators, lists and interpolations.

use super::super::ast::{
    BasicLit, BinaryExpr, BinaryOp, Bottom, CallExpr, Comments, Ellipsis, Expr, IndexExpr,
    Interpolation, Label, ListLit, LitKind, ParenExpr, SelectorExpr, SliceExpr, UnaryExpr, UnaryOp,
};
use super::super::source::{Pos, Rel};
use super::super::token::Tok;
use super::Parser;

impl Parser<'_> {
    /// The whole text as one expression.
    pub(super) fn whole_expr(&mut self) -> Expr {
        let expr = match self.rhs() {
            Expr::Ident(ident) => self.alias(ident),
            other => other,
        };
        if self.tok() == Tok::Comma && self.token.implied {
            self.next();
        }
        if self.tok() != Tok::Eof {
            self.error_expected("'EOF'");
        }
        expr
    }

    /// An expression where a value is wanted.
    pub(super) fn rhs(&mut self) -> Expr {
        self.expr()
    }

    pub(super) fn expr(&mut self) -> Expr {
        if !self.enter() {
            self.leave();
            let pos = self.pos();
            self.give_up();
            return self.bad(pos);
        }
        self.handing.open();
        self.handing.open_list();
        let mut expr = self.nested(|parser| parser.apart(|parser| parser.binary(1)));
        self.handing.close_list();
        self.handing.close(expr.comments_mut());
        self.leave();
        expr
    }

    fn operator(&self) -> Option<BinaryOp> {
        if self.tok() != Tok::Ident {
            return self.tok().binary();
        }
        match self.lit() {
            "div" => Some(BinaryOp::IntDiv),
            "mod" => Some(BinaryOp::IntMod),
            "quo" => Some(BinaryOp::IntQuo),
            "rem" => Some(BinaryOp::IntRem),
            _ => None,
        }
    }

    /// Operators of at least this strength. Chains are read in a loop, so that a long one nests to
    /// the left without deep calls; the tree it makes is bounded by `MAX_HEIGHT`.
    fn binary(&mut self, weakest: u8) -> Expr {
        let mut x = self.unary();
        while let Some(op) = self.operator() {
            let strength = op.precedence();
            if strength < weakest {
                break;
            }
            if !self.raise() {
                self.give_up();
                break;
            }
            self.handing.open_after(1);
            let op_pos = self.pos();
            self.next();
            self.handing.open_list();
            let y = self.apart(|parser| parser.binary(strength + 1));
            self.handing.close_list();
            let comments = Comments::default();
            let mut binary = BinaryExpr { x, op_pos, op, y, comments };
            self.handing.close(&mut binary.comments);
            x = Expr::Binary(Box::new(binary));
        }
        x
    }

    fn unary(&mut self) -> Expr {
        let op = match self.tok() {
            Tok::Add => UnaryOp::Plus,
            Tok::Sub => UnaryOp::Neg,
            Tok::Not => UnaryOp::Not,
            Tok::Mul => UnaryOp::Default,
            Tok::Lt => UnaryOp::Lt,
            Tok::Le => UnaryOp::Le,
            Tok::Gt => UnaryOp::Gt,
            Tok::Ge => UnaryOp::Ge,
            Tok::Ne => UnaryOp::Ne,
            Tok::Match => UnaryOp::Match,
            Tok::NotMatch => UnaryOp::NotMatch,
            _ => return self.primary(),
        };
        if !self.enter() {
            self.leave();
            let pos = self.pos();
            self.give_up();
            return self.bad(pos);
        }
        self.handing.open();
        let op_pos = self.pos();
        self.next();
        let x = self.nested(Self::unary);
        self.cover();
        let mut unary = UnaryExpr { op_pos, op, x, comments: Comments::default() };
        self.handing.close(&mut unary.comments);
        self.leave();
        Expr::Unary(Box::new(unary))
    }

    fn primary(&mut self) -> Expr {
        let mut x = self.operand();
        loop {
            x = match self.tok() {
                Tok::Period => self.selector(x),
                Tok::LBrack => self.index_or_slice(x),
                Tok::LParen => self.call(x),
                _ => return x,
            };
            self.cover();
        }
    }

    fn selector(&mut self, x: Expr) -> Expr {
        self.handing.open();
        self.next();
        let sel = match self.tok() {
            Tok::String if is_name(self.lit()) => Label::Lit(self.literal()),
            tok if tok == Tok::Ident || tok.is_keyword() => Label::Ident(self.ident()),
            _ => {
                self.error_expected("selector");
                Label::Ident(super::super::ast::Ident::new("_"))
            }
        };
        let mut selector = SelectorExpr { x, sel, comments: Comments::default() };
        self.handing.close(&mut selector.comments);
        Expr::Selector(Box::new(selector))
    }

    fn index_or_slice(&mut self, x: Expr) -> Expr {
        self.handing.open_after(1);
        let lbrack = self.pos();
        self.next();
        let mut bounds: [Option<Expr>; 2] = [None, None];
        let mut colons = 0;
        if self.tok() != Tok::Colon {
            bounds[0] = Some(self.rhs());
        }
        if self.tok() == Tok::Colon {
            colons = 1;
            self.next();
            if self.tok() != Tok::RBrack && self.tok() != Tok::Eof {
                bounds[1] = Some(self.rhs());
            }
        }
        let rbrack = self.expect(Tok::RBrack);
        let comments = Comments::default();
        let [low, high] = bounds;
        if colons > 0 {
            let mut slice = SliceExpr { x, lbrack, low, high, rbrack, comments };
            self.handing.close(&mut slice.comments);
            return Expr::Slice(Box::new(slice));
        }
        let index = match low {
            Some(index) => index,
            None => self.bad(lbrack),
        };
        let mut node = IndexExpr { x, lbrack, index, rbrack, comments };
        self.handing.close(&mut node.comments);
        Expr::Index(Box::new(node))
    }

    fn call(&mut self, fun: Expr) -> Expr {
        self.handing.open();
        self.handing.open_list();
        let lparen = self.pos();
        self.next();
        let mut args = Vec::new();
        while self.tok() != Tok::RParen && self.tok() != Tok::Eof {
            args.push(self.rhs());
            if !self.at_comma("argument list", &[Tok::RParen]) {
                break;
            }
            self.next();
        }
        let rparen = self.expect_closing(Tok::RParen, "argument list");
        self.handing.close_list();
        let mut call = CallExpr { fun, lparen, args, rparen, comments: Comments::default() };
        self.handing.close(&mut call.comments);
        Expr::Call(Box::new(call))
    }

    fn operand(&mut self) -> Expr {
        match self.tok() {
            Tok::Ident => Expr::Ident(self.ident()),
            Tok::LBrace => self.struct_lit(),
            Tok::LBrack => self.list(),
            Tok::LParen => self.paren(),
            Tok::Bottom => self.bottom(),
            Tok::Interpolation => self.interpolation(),
            Tok::Null | Tok::True | Tok::False | Tok::Int | Tok::Float | Tok::String => {
                Expr::Lit(self.literal())
            }
            tok if tok.is_keyword() => Expr::Ident(self.ident()),
            _ => {
                let pos = self.pos();
                self.error_expected("operand");
                if ![Tok::RBrace, Tok::RBrack, Tok::RParen, Tok::Comma, Tok::Eof, Tok::Colon]
                    .contains(&self.tok())
                {
                    self.next();
                }
                self.bad(pos)
            }
        }
    }

    pub(super) fn literal(&mut self) -> BasicLit {
        self.handing.open();
        let kind = match self.tok() {
            Tok::Null => LitKind::Null,
            Tok::True => LitKind::True,
            Tok::False => LitKind::False,
            Tok::Int => LitKind::Int,
            Tok::Float => LitKind::Float,
            _ => LitKind::String,
        };
        let (pos, text) = (self.pos(), self.word());
        self.next();
        let mut lit = BasicLit { pos, kind, text, comments: Comments::default() };
        self.handing.close(&mut lit.comments);
        lit
    }

    fn bottom(&mut self) -> Expr {
        self.handing.open();
        let pos = self.pos();
        self.next();
        let mut bottom = Bottom { pos, comments: Comments::default() };
        self.handing.close(&mut bottom.comments);
        Expr::Bottom(Box::new(bottom))
    }

    fn paren(&mut self) -> Expr {
        self.handing.open();
        let lparen = self.pos();
        self.next();
        self.handing.open_list();
        let x = match self.rhs() {
            Expr::Ident(ident) => self.alias(ident),
            other => other,
        };
        self.handing.close_list();
        let rparen = self.expect_closing(Tok::RParen, "parentheses");
        let mut paren = ParenExpr { lparen, x, rparen, comments: Comments::default() };
        self.handing.close(&mut paren.comments);
        self.cover();
        Expr::Paren(Box::new(paren))
    }

    /// Pieces and expressions in turn; the scanner goes on with the string at each `)`.
    fn interpolation(&mut self) -> Expr {
        self.handing.open();
        self.handing.open_list();
        let mut parts = vec![Expr::Lit(self.literal())];
        loop {
            parts.push(self.rhs());
            if self.tok() != Tok::RParen {
                self.error(self.pos(), "expected ')' for string interpolation");
                self.give_up();
                break;
            }
            let Some((piece, more)) = self.next_piece() else { break };
            parts.push(Expr::Lit(piece));
            if !more {
                break;
            }
        }
        self.handing.close_list();
        let mut node = Interpolation { parts, comments: Comments::default() };
        self.handing.close(&mut node.comments);
        self.cover();
        Expr::Interpolation(Box::new(node))
    }

    /// The piece of the string after an expression, and whether another expression follows.
    fn next_piece(&mut self) -> Option<(BasicLit, bool)> {
        self.handing.open();
        let Some((start, kind)) = self.scanner.resume() else {
            self.handing.cancel();
            return None;
        };
        let text = self.slice(start, self.scanner.offset());
        let pos = Pos::new(self.source, start, Rel::NoSpace);
        self.token.end_line = self.scanner.line();
        self.next();
        let (kind, more) = (LitKind::String, kind == Tok::Interpolation);
        let mut lit = BasicLit { pos, kind, text: text.into(), comments: Comments::default() };
        self.handing.close(&mut lit.comments);
        Some((lit, more))
    }

    /// `[...]`
    fn list(&mut self) -> Expr {
        if !self.enter() {
            self.leave();
            let pos = self.pos();
            self.give_up();
            return self.bad(pos);
        }
        let lbrack = self.pos();
        self.next();
        let mut elts = Vec::new();
        self.handing.open_list();
        while ![Tok::RBrack, Tok::Ellipsis, Tok::Eof].contains(&self.tok()) {
            self.handing.open();
            let mut element = self.apart(Self::element);
            let more = self.at_comma("list literal", &[Tok::RBrack]);
            if more {
                let (line_end, pos) = (self.token.implied, self.pos());
                self.next();
                // As in JSON, the last element needs no comma before a line end.
                if line_end && self.tok() != Tok::RBrack {
                    self.error(pos, "missing ',' before newline in list literal");
                }
            }
            self.handing.close(element.comments_mut());
            elts.push(element);
            if !more {
                break;
            }
        }
        self.handing.close_list();
        if self.tok() == Tok::Ellipsis {
            elts.push(self.open_end());
            if self.at_comma("list literal", &[Tok::RBrack]) {
                self.next();
            }
        }
        let rbrack = self.expect_closing(Tok::RBrack, "list literal");
        let list = ListLit { lbrack, elts, rbrack, comments: Comments::default() };
        self.leave();
        self.cover();
        Expr::List(Box::new(list))
    }

    fn element(&mut self) -> Expr {
        if matches!(self.tok(), Tok::For | Tok::If) {
            return Expr::Comprehension(Box::new(self.comprehension(false)));
        }
        match self.rhs() {
            Expr::Ident(ident) => self.alias(ident),
            other => other,
        }
    }

    fn open_end(&mut self) -> Expr {
        let pos = self.pos();
        self.next();
        let typ = (self.tok() != Tok::Comma && self.tok() != Tok::RBrack).then(|| self.rhs());
        Expr::Ellipsis(Box::new(Ellipsis { pos, typ, comments: Comments::default() }))
    }
}

/// Whether a literal can be a name: neither bytes nor a text of several lines can.
fn is_name(literal: &str) -> bool {
    let quoted = literal.trim_start_matches('#');
    quoted.starts_with('"') && !quoted.starts_with("\"\"\"")
}

//! First and last place of every node.

use super::*;

/// A node that knows where it stands.
pub trait Spanned {
    /// Place of the first token.
    fn pos(&self) -> Pos;
    /// Place just past the last token.
    fn end(&self) -> Pos;
    /// Both.
    fn span(&self) -> Span {
        Span { start: self.pos(), end: self.end() }
    }
}

macro_rules! spanned {
    ($($ty:ty: |$x:ident| $pos:expr, $end:expr;)*) => {$(
        impl Spanned for $ty {
            fn pos(&self) -> Pos { let $x = self; $pos }
            fn end(&self) -> Pos { let $x = self; $end }
        }
    )*};
}

spanned! {
    Ident: |x| x.pos, x.pos.after(x.name.len());
    BasicLit: |x| x.pos, x.pos.after(x.text.len());
    Bottom: |x| x.pos, x.pos.after("_|_".len());
    Bad: |x| x.from, x.to;
    Interpolation: |x| x.parts.first().map_or(Pos::NONE, Spanned::pos),
        x.parts.last().map_or(Pos::NONE, Spanned::end);
    StructLit: |x| if x.lbrace.is_valid() { x.lbrace } else { x.elts.first().map_or(Pos::NONE, Spanned::pos) },
        if x.rbrace.is_valid() { x.rbrace.after(1) } else { x.elts.last().map_or(Pos::NONE, Spanned::end) };
    ListLit: |x| x.lbrack, x.rbrack.after(1);
    ParenExpr: |x| x.lparen, x.rparen.after(1);
    SelectorExpr: |x| x.x.pos(), x.sel.end();
    IndexExpr: |x| x.x.pos(), x.rbrack.after(1);
    SliceExpr: |x| x.x.pos(), x.rbrack.after(1);
    CallExpr: |x| x.fun.pos(), x.rparen.after(1);
    UnaryExpr: |x| x.op_pos, x.x.end();
    BinaryExpr: |x| x.x.pos(), x.y.end();
    Alias: |x| x.ident.pos, x.expr.end();
    Comprehension: |x| x.clauses.first().map_or(Pos::NONE, Spanned::pos), x.value.end();
    Ellipsis: |x| x.pos, x.typ.as_ref().map_or(x.pos.after(3), Spanned::end);
    LetClause: |x| x.let_pos, x.expr.end();
    ForClause: |x| x.for_pos, x.source.end();
    IfClause: |x| x.if_pos, x.condition.end();
    Attribute: |x| x.pos, x.pos.after(x.text.len());
    Package: |x| x.pos, x.name.end();
    ImportSpec: |x| x.name.as_ref().map_or(x.path.pos, |n| n.pos), x.path.end();
    ImportDecl: |x| x.pos,
        if x.rparen.is_some() { x.rparen.after(1) } else { x.specs.first().map_or(Pos::NONE, Spanned::end) };
    EmbedDecl: |x| x.expr.pos(), x.expr.end();
    Field: |x| x.label.pos(), x.attrs.last().map_or_else(|| x.value.end(), Spanned::end);
    CommentGroup: |x| CommentGroup::pos(x), x.list.last().map_or(Pos::NONE, |c| c.slash.after(c.text.len()));
    File: |x| x.decls.first().map_or(Pos::NONE, Spanned::pos), x.decls.last().map_or(Pos::NONE, Spanned::end);
}

impl<T: Spanned> Spanned for Box<T> {
    fn pos(&self) -> Pos {
        (**self).pos()
    }
    fn end(&self) -> Pos {
        (**self).end()
    }
}

/// Runs what recurses along a chain of expressions, growing the stack when it runs low.
fn deep(f: impl FnOnce() -> Pos) -> Pos {
    stacker::maybe_grow(32 << 10, 1 << 20, f)
}

macro_rules! spanned_enum {
    ($($ty:ident: $($variant:ident)*;)*) => {$(
        impl Spanned for $ty {
            fn pos(&self) -> Pos {
                match self { $($ty::$variant(x) => deep(|| Spanned::pos(x)),)* }
            }
            fn end(&self) -> Pos {
                match self { $($ty::$variant(x) => deep(|| Spanned::end(x)),)* }
            }
        }
    )*};
}

macro_rules! commented_enum {
    ($($ty:ident: $($variant:ident)*;)*) => {$(
        impl $ty {
            /// Comments of the node.
            pub fn comments(&self) -> &Comments {
                match self { $($ty::$variant(x) => &x.comments,)* }
            }
            /// Comments of the node, to be changed.
            pub fn comments_mut(&mut self) -> &mut Comments {
                match self { $($ty::$variant(x) => &mut x.comments,)* }
            }
        }
    )*};
}

spanned_enum! {
    Decl: Field Embed Let Comprehension Ellipsis Attribute Alias Package Import Bad Comment;
    Expr: Ident Lit Interpolation Bottom Struct List Paren Selector Index Slice Call Unary Binary
        Alias Comprehension Ellipsis Bad;
    Label: Ident Lit Interpolation Paren List Alias;
    Clause: For If Let;
}

commented_enum! {
    Expr: Ident Lit Interpolation Bottom Struct List Paren Selector Index Slice Call Unary Binary
        Alias Comprehension Ellipsis Bad;
    Label: Ident Lit Interpolation Paren List Alias;
    Clause: For If Let;
}

impl Decl {
    /// Comments of the declaration; none for a comment standing alone.
    pub fn comments(&self) -> Option<&Comments> {
        Some(match self {
            Decl::Field(x) => &x.comments,
            Decl::Embed(x) => &x.comments,
            Decl::Let(x) => &x.comments,
            Decl::Comprehension(x) => &x.comments,
            Decl::Ellipsis(x) => &x.comments,
            Decl::Attribute(x) => &x.comments,
            Decl::Alias(x) => &x.comments,
            Decl::Package(x) => &x.comments,
            Decl::Import(x) => &x.comments,
            Decl::Bad(x) => &x.comments,
            Decl::Comment(_) => return None,
        })
    }

    /// Comments of the declaration, to be changed.
    pub fn comments_mut(&mut self) -> Option<&mut Comments> {
        Some(match self {
            Decl::Field(x) => &mut x.comments,
            Decl::Embed(x) => &mut x.comments,
            Decl::Let(x) => &mut x.comments,
            Decl::Comprehension(x) => &mut x.comments,
            Decl::Ellipsis(x) => &mut x.comments,
            Decl::Attribute(x) => &mut x.comments,
            Decl::Alias(x) => &mut x.comments,
            Decl::Package(x) => &mut x.comments,
            Decl::Import(x) => &mut x.comments,
            Decl::Bad(x) => &mut x.comments,
            Decl::Comment(_) => return None,
        })
    }
}

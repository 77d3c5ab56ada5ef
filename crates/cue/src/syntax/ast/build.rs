//! Small constructors for generated trees.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::*;

impl Ident {
    /// A name without a place.
    pub fn new(name: impl Into<EcoString>) -> Ident {
        Ident { pos: Pos::NONE, name: name.into(), comments: Comments::default() }
    }
}

impl BasicLit {
    /// A literal without a place; `text` is CUE syntax.
    pub fn new(kind: LitKind, text: impl Into<EcoString>) -> BasicLit {
        BasicLit { pos: Pos::NONE, kind, text: text.into(), comments: Comments::default() }
    }

    /// `true` or `false`.
    pub fn bool(value: bool) -> BasicLit {
        if value {
            BasicLit::new(LitKind::True, "true")
        } else {
            BasicLit::new(LitKind::False, "false")
        }
    }

    /// `null`.
    pub fn null() -> BasicLit {
        BasicLit::new(LitKind::Null, "null")
    }
}

impl Field {
    /// A plain field without places.
    pub fn new(label: Label, value: Expr) -> Field {
        Field {
            label,
            constraint: Constraint::None,
            colon: Pos::NONE,
            value,
            attrs: Vec::new(),
            comments: Comments::default(),
        }
    }
}

impl StructLit {
    /// A struct in braces.
    pub fn new(elts: Vec<Decl>) -> StructLit {
        StructLit { lbrace: Pos::relative(Rel::NoSpace), elts, ..StructLit::default() }
    }
}

impl ListLit {
    /// A list without places.
    pub fn new(elts: Vec<Expr>) -> ListLit {
        ListLit { elts, ..ListLit::default() }
    }
}

impl Expr {
    /// A name.
    pub fn ident(name: impl Into<EcoString>) -> Expr {
        Expr::Ident(Ident::new(name))
    }

    /// `x op y`
    pub fn binary(op: BinaryOp, x: Expr, y: Expr) -> Expr {
        let comments = Comments::default();
        Expr::Binary(Box::new(BinaryExpr { x, op_pos: Pos::NONE, op, y, comments }))
    }

    /// `op x`
    pub fn unary(op: UnaryOp, x: Expr) -> Expr {
        Expr::Unary(Box::new(UnaryExpr { op_pos: Pos::NONE, op, x, comments: Comments::default() }))
    }

    /// `(x)`
    pub fn paren(x: Expr) -> Expr {
        let comments = Comments::default();
        Expr::Paren(Box::new(ParenExpr { lparen: Pos::NONE, x, rparen: Pos::NONE, comments }))
    }

    /// `x.sel`
    pub fn selector(x: Expr, sel: Label) -> Expr {
        Expr::Selector(Box::new(SelectorExpr { x, sel, comments: Comments::default() }))
    }

    /// `fun(args)`
    pub fn call(fun: Expr, args: Vec<Expr>) -> Expr {
        let comments = Comments::default();
        Expr::Call(Box::new(CallExpr { fun, lparen: Pos::NONE, args, rparen: Pos::NONE, comments }))
    }
}

impl From<Label> for Expr {
    fn from(label: Label) -> Expr {
        match label {
            Label::Ident(x) => Expr::Ident(x),
            Label::Lit(x) => Expr::Lit(x),
            Label::Interpolation(x) => Expr::Interpolation(x),
            Label::Paren(x) => Expr::Paren(x),
            Label::List(x) => Expr::List(x),
            Label::Alias(x) => Expr::Alias(x),
        }
    }
}

/// True when `name` can be written as an identifier: an optional `#`, `_` or `_#`, then letters,
/// digits, `_` and `$`, where the first of these is no digit.
pub fn is_valid_ident(name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let rest = name.strip_prefix('_').unwrap_or(name);
    let consumed = rest.len() != name.len();
    let after_hash = rest.strip_prefix('#');
    if consumed && rest.is_empty() || after_hash == Some("") {
        return true;
    }
    let body = after_hash.unwrap_or(rest);
    let mut first = !consumed || after_hash.is_some();
    for c in body.chars() {
        let ok = is_letter(c) || c == '_' || c == '$' || (is_digit(c) && !first);
        if !ok {
            return false;
        }
        first = false;
    }
    true
}

/// Letters of identifiers.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
        || !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Letter
}

/// Decimal digits of identifiers.
pub(crate) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || !c.is_ascii() && c.general_category() == GeneralCategory::DecimalNumber
}

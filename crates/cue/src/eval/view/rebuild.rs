//! A tree without places and comments: what the evaluator knows of an expression. Only the clauses of
//! comprehensions stay where they are.
//!
//! Parentheses go, numbers and strings are spelled the one way, chains of `&` and `|` are flat and sorted: types,
//! scalars, other expressions, literals of structs and lists.

use crate::label_text::text_literal;
use crate::syntax::Pos;
use crate::syntax::ast::*;

/// The tree of an expression.
pub(super) fn expr(x: &Expr) -> Expr {
    stacker::maybe_grow(128 << 10, 1 << 20, || inner(x))
}

fn boxed<T>(x: T) -> Box<T> {
    Box::new(x)
}

fn inner(x: &Expr) -> Expr {
    let comments = Comments::default();
    match x {
        Expr::Ident(x) => Expr::Ident(Ident::new(x.name.clone())),
        Expr::Lit(x) => Expr::Lit(literal(x)),
        Expr::Interpolation(x) => Expr::Interpolation(boxed(interpolation(x))),
        Expr::Bottom(_) => {
            let mut lit = Bottom::default();
            lit.comments.add(super::remark("explicit error (_|_ literal) in source"));
            Expr::Bottom(boxed(lit))
        }
        Expr::Struct(x) => Expr::Struct(boxed(structure(x))),
        Expr::List(x) => Expr::List(boxed(ListLit::new(x.elts.iter().map(expr).collect()))),
        Expr::Paren(x) => expr(&x.x),
        Expr::Selector(x) => Expr::selector(expr(&x.x), label(&x.sel)),
        Expr::Index(x) => Expr::Index(boxed(IndexExpr {
            x: expr(&x.x),
            lbrack: Pos::NONE,
            index: expr(&x.index),
            rbrack: Pos::NONE,
            comments,
        })),
        Expr::Slice(x) => Expr::Slice(boxed(SliceExpr {
            x: expr(&x.x),
            lbrack: Pos::NONE,
            low: x.low.as_ref().map(expr),
            high: x.high.as_ref().map(expr),
            rbrack: Pos::NONE,
            comments,
        })),
        Expr::Call(x) => Expr::call(expr(&x.fun), x.args.iter().map(expr).collect()),
        Expr::Unary(x) => match (x.op, expr(&x.x)) {
            (UnaryOp::Neg, Expr::Lit(lit)) if number(&lit) && !lit.text.starts_with('-') => {
                Expr::Lit(BasicLit::new(lit.kind, format!("-{}", lit.text)))
            }
            (UnaryOp::Plus, Expr::Lit(lit)) if number(&lit) => Expr::Lit(lit),
            (op, x) => Expr::unary(op, x),
        },
        Expr::Binary(x) if matches!(x.op, BinaryOp::And | BinaryOp::Or) => chain(x),
        Expr::Binary(x) => Expr::binary(x.op, expr(&x.x), expr(&x.y)),
        Expr::Comprehension(x) => Expr::Comprehension(boxed(comprehension(x))),
        Expr::Ellipsis(x) => Expr::Ellipsis(boxed(ellipsis(x))),
        other => other.clone(),
    }
}

fn number(lit: &BasicLit) -> bool {
    matches!(lit.kind, LitKind::Int | LitKind::Float)
}

/// Operands of a chain, sorted; `|` keeps its order, since its terms are one list.
fn chain(x: &BinaryExpr) -> Expr {
    let mut flat = Vec::new();
    flatten(x.op, &x.x, &mut flat);
    flatten(x.op, &x.y, &mut flat);
    if x.op == BinaryOp::And {
        flat.retain(|x| x.as_ident().is_none_or(|i| i.name != "_"));
        flat.sort_by_key(rank);
    }
    let op = x.op;
    flat.into_iter()
        .reduce(|left, right| Expr::binary(op, left, right))
        .unwrap_or_else(|| Expr::ident("_"))
}

fn flatten(op: BinaryOp, x: &Expr, out: &mut Vec<Expr>) {
    let mut at = x;
    let mut right = Vec::new();
    loop {
        match at {
            // Alternatives in parentheses are a list of their own.
            Expr::Paren(x) if op == BinaryOp::And => at = &x.x,
            Expr::Binary(x) if x.op == op => {
                right.push(&x.y);
                at = &x.x;
            }
            _ => break,
        }
    }
    out.push(expr(at));
    for y in right.into_iter().rev() {
        stacker::maybe_grow(128 << 10, 1 << 20, || flatten(op, y, out));
    }
}

fn rank(x: &Expr) -> u8 {
    match x {
        Expr::Ident(x) => match &*x.name {
            "int" | "string" | "bool" | "number" | "float" | "bytes" | "null" => 1,
            _ => 2,
        },
        Expr::Lit(_) => 10,
        Expr::Unary(x) if bound(x.op) && matches!(x.x, Expr::Lit(_)) => 20,
        Expr::Struct(_) | Expr::List(_) => 200,
        _ => 25,
    }
}

fn bound(op: UnaryOp) -> bool {
    !matches!(op, UnaryOp::Plus | UnaryOp::Neg | UnaryOp::Not | UnaryOp::Default)
}

fn literal(x: &BasicLit) -> BasicLit {
    let text = if number(x) {
        crate::compile::number(&x.text).ok().map(|n| super::number_text(&n))
    } else if x.kind == LitKind::String && !x.text.contains('\'') {
        let name = crate::compile::unquote(&x.text).ok();
        name.filter(|s| !s.contains('\n')).map(|s| text_literal(&s, None))
    } else {
        None
    };
    match text {
        Some(text) => BasicLit::new(x.kind, text),
        None => BasicLit::new(x.kind, x.text.clone()),
    }
}

fn interpolation(x: &Interpolation) -> Interpolation {
    let part = |(i, part): (usize, &Expr)| match part {
        Expr::Lit(lit) if i % 2 == 0 => Expr::Lit(BasicLit::new(lit.kind, lit.text.clone())),
        other => expr(other),
    };
    Interpolation {
        parts: x.parts.iter().enumerate().map(part).collect(),
        comments: Comments::default(),
    }
}

/// The struct that declarations of a file make.
pub(super) fn decls(decls: &[Decl]) -> Expr {
    let elts = decls.iter().filter_map(decl).collect();
    Expr::Struct(boxed(StructLit { elts, ..StructLit::default() }))
}

fn structure(x: &StructLit) -> StructLit {
    StructLit { elts: x.elts.iter().filter_map(decl).collect(), ..StructLit::default() }
}

fn decl(x: &Decl) -> Option<Decl> {
    let comments = Comments::default();
    Some(match x {
        Decl::Field(x) => Decl::Field(boxed(field(x))),
        Decl::Embed(x) => Decl::Embed(boxed(EmbedDecl { expr: expr(&x.expr), comments })),
        Decl::Let(x) => Decl::Let(boxed(binding(x))),
        Decl::Comprehension(x) => Decl::Comprehension(boxed(comprehension(x))),
        Decl::Ellipsis(x) => Decl::Ellipsis(boxed(ellipsis(x))),
        _ => return None,
    })
}

fn field(x: &Field) -> Field {
    let mut field = Field::new(label(&x.label), expr(&x.value));
    field.constraint = x.constraint;
    let attribute = |a: &Attribute| Attribute {
        pos: Pos::NONE,
        text: a.text.clone(),
        comments: Comments::default(),
    };
    field.attrs = x.attrs.iter().map(attribute).collect();
    field
}

fn label(x: &Label) -> Label {
    match x {
        Label::Ident(x) => Label::Ident(Ident::new(x.name.clone())),
        Label::Lit(x) => match crate::compile::unquote(&x.text) {
            Ok(name) if is_valid_ident(&name) && !name.starts_with(['_', '#']) => {
                Label::Ident(Ident::new(name))
            }
            Ok(name) if x.kind == LitKind::String => {
                Label::Lit(BasicLit::new(LitKind::String, text_literal(&name, None)))
            }
            _ => Label::Lit(literal(x)),
        },
        Label::Interpolation(x) => Label::Interpolation(boxed(interpolation(x))),
        Label::Paren(x) => Label::Paren(boxed(ParenExpr {
            lparen: Pos::NONE,
            x: expr(&x.x),
            rparen: Pos::NONE,
            comments: Comments::default(),
        })),
        Label::List(x) => Label::List(boxed(ListLit::new(x.elts.iter().map(expr).collect()))),
        Label::Alias(x) => Label::Alias(boxed(Alias {
            ident: Ident::new(x.ident.name.clone()),
            equal: Pos::NONE,
            expr: expr(&x.expr),
            comments: Comments::default(),
        })),
    }
}

fn binding(x: &LetClause) -> LetClause {
    LetClause {
        let_pos: Pos::NONE,
        ident: Ident::new(x.ident.name.clone()),
        equal: Pos::NONE,
        expr: expr(&x.expr),
        comments: Comments::default(),
    }
}

fn ellipsis(x: &Ellipsis) -> Ellipsis {
    Ellipsis { typ: x.typ.as_ref().map(expr), ..Ellipsis::default() }
}

fn comprehension(x: &Comprehension) -> Comprehension {
    let clause = |c: &Clause| match c {
        Clause::For(x) => Clause::For(boxed(ForClause {
            for_pos: x.for_pos,
            key: x.key.as_ref().map(|k| Ident::new(k.name.clone())),
            comma: Pos::NONE,
            value: Ident::new(x.value.name.clone()),
            in_pos: Pos::NONE,
            source: expr(&x.source),
            comments: Comments::default(),
        })),
        Clause::If(x) => Clause::If(boxed(IfClause {
            if_pos: x.if_pos,
            condition: expr(&x.condition),
            comments: Comments::default(),
        })),
        Clause::Let(x) => Clause::Let(boxed(binding(x))),
    };
    Comprehension {
        clauses: x.clauses.iter().map(clause).collect(),
        value: expr(&x.value),
        comments: Comments::default(),
    }
}

//! The packages that expressions shown as they are written refer to.

use std::collections::BTreeSet;

use crate::eval::Eval;
use crate::syntax::ast::{Clause, Decl, Expr, File, ImportSpec, Label};
use crate::syntax::{Mode, SourceId, parse_file};

/// Names that something is selected from.
pub(super) type Heads = BTreeSet<String>;

pub(super) fn heads(x: &Expr, out: &mut Heads) {
    stacker::maybe_grow(128 << 10, 1 << 20, || expr(x, out));
}

fn expr(x: &Expr, out: &mut Heads) {
    match x {
        Expr::Selector(x) => match &x.x {
            Expr::Ident(head) => {
                out.insert(head.name.to_string());
            }
            other => heads(other, out),
        },
        Expr::Binary(x) => {
            heads(&x.x, out);
            heads(&x.y, out);
        }
        Expr::Unary(x) => heads(&x.x, out),
        Expr::Paren(x) => heads(&x.x, out),
        Expr::Alias(x) => heads(&x.expr, out),
        Expr::Index(x) => {
            heads(&x.x, out);
            heads(&x.index, out);
        }
        Expr::Slice(x) => {
            heads(&x.x, out);
            x.low.iter().chain(&x.high).for_each(|x| heads(x, out));
        }
        Expr::Call(x) => {
            heads(&x.fun, out);
            x.args.iter().for_each(|x| heads(x, out));
        }
        Expr::Interpolation(x) => x.parts.iter().for_each(|x| heads(x, out)),
        Expr::List(x) => x.elts.iter().for_each(|x| heads(x, out)),
        Expr::Struct(x) => x.elts.iter().for_each(|d| decl(d, out)),
        Expr::Ellipsis(x) => x.typ.iter().for_each(|x| heads(x, out)),
        Expr::Comprehension(x) => {
            x.clauses.iter().for_each(|c| clause(c, out));
            heads(&x.value, out);
        }
        _ => {}
    }
}

fn clause(x: &Clause, out: &mut Heads) {
    match x {
        Clause::For(x) => heads(&x.source, out),
        Clause::If(x) => heads(&x.condition, out),
        Clause::Let(x) => heads(&x.expr, out),
    }
}

fn decl(x: &Decl, out: &mut Heads) {
    match x {
        Decl::Field(x) => {
            match &x.label {
                Label::Paren(x) => heads(&x.x, out),
                Label::List(x) => x.elts.iter().for_each(|x| heads(x, out)),
                Label::Alias(x) => heads(&x.expr, out),
                Label::Interpolation(x) => x.parts.iter().for_each(|x| heads(x, out)),
                Label::Ident(_) | Label::Lit(_) => {}
            }
            heads(&x.value, out);
        }
        Decl::Embed(x) => heads(&x.expr, out),
        Decl::Let(x) => heads(&x.expr, out),
        Decl::Comprehension(x) => {
            x.clauses.iter().for_each(|c| clause(c, out));
            heads(&x.value, out);
        }
        Decl::Ellipsis(x) => x.typ.iter().for_each(|x| heads(x, out)),
        _ => {}
    }
}

/// The imports of a program's files that bring one of the names, each with its path and its own name if it has one.
pub(super) fn used(eval: &Eval, heads: &Heads) -> Vec<(String, Option<String>)> {
    let mut out = Vec::new();
    if heads.is_empty() || (eval.prog.packages.is_empty() && eval.prog.functions.is_empty()) {
        return out;
    }
    for source in &eval.prog.sources {
        let file: File = parse_file(SourceId::default(), &source.text, Mode::All).tree;
        for d in &file.decls {
            let Decl::Import(import) = d else { continue };
            out.extend(import.specs.iter().filter_map(|spec| wanted(spec, heads)));
        }
    }
    out
}

fn wanted(spec: &ImportSpec, heads: &Heads) -> Option<(String, Option<String>)> {
    let path = crate::compile::unquote(&spec.path.text).ok()?;
    let last = path.rsplit(['/', ':']).next().unwrap_or(&path);
    let own = spec.name.as_ref().map(|n| n.name.to_string());
    let known = heads.contains(own.as_deref().unwrap_or(last));
    known.then_some((path, own))
}

//! Finished values as trees to be shown to people: what `export`, `eval` and the libraries print.
//!
//! A [`View`] says what is shown. A value that is not known yet is shown as it is written: the expressions that were
//! to make it, sorted and joined.

mod bounds;
mod define;
mod packages;
mod rebuild;

use std::collections::BTreeMap;

use super::expr::INTERPOLATION;
use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::{self, FuncId, Op};
use crate::label::{Label, LabelKind};
use crate::label_text::{bytes_literal, text_literal};
use crate::num::Num;
use crate::syntax::ast::{
    Attribute, BasicLit, BinaryOp, Bottom as BottomLit, Comment, CommentGroup, Comments,
    Constraint, Decl, Ellipsis, EmbedDecl, Expr, Field, Ident, ListLit, LitKind, StructLit,
    UnaryOp, is_valid_ident,
};
use crate::syntax::{Mode, Pos, SourceId, ast, parse_expr, parse_file};
use crate::view::View;

impl Eval {
    /// The definition of a value as a tree, and the packages that it names.
    pub(crate) fn definition(&mut self, v: NodeId, view: View) -> R<(Expr, Imports)> {
        let mut viewer = Viewer::new(self, view);
        let tree = viewer.definition(v)?;
        Ok((tree, viewer.imports()))
    }

    /// A value as a tree, and the packages that it names.
    pub(crate) fn view(&mut self, v: NodeId, view: View) -> R<(Expr, Imports)> {
        let mut viewer = Viewer::new(self, view);
        let tree = viewer.node(v)?;
        Ok((tree, viewer.imports()))
    }
}

/// Paths of packages, each with the name it has in the text if that is another.
pub(crate) type Imports = BTreeMap<String, Option<String>>;

struct Viewer<'e> {
    eval: &'e mut Eval,
    view: View,
    /// Fields and elements around the value at work.
    depth: usize,
    imports: Imports,
    heads: packages::Heads,
}

/// How conjuncts of unfinished values are sorted before their places are compared.
fn rank(eval: &Eval, elem: &Elem) -> u8 {
    let of_value = |v: &Val| match v {
        Val::Top => 0,
        Val::Kind(_) => 1,
        Val::Bound(_) => 20,
        Val::Node(_) => 100,
        v if v.is_mark() => 100,
        _ => 10,
    };
    match elem {
        Elem::Val(v) => of_value(v),
        Elem::Terms(_) => 25,
        elem => match eval.elem_expr(elem).map(|x| eval.prog.expr(x)) {
            Some(ir::Expr::Val(v)) => of_value(v),
            Some(ir::Expr::Struct(_) | ir::Expr::List(_)) => 200,
            Some(_) => 25,
            None => 100,
        },
    }
}

impl<'e> Viewer<'e> {
    fn new(eval: &'e mut Eval, view: View) -> Self {
        Self { eval, view, depth: 0, imports: Imports::new(), heads: packages::Heads::new() }
    }

    fn imports(mut self) -> Imports {
        self.imports.extend(packages::used(self.eval, &self.heads));
        self.imports
    }
}

impl Viewer<'_> {
    fn node(&mut self, v: NodeId) -> R<Expr> {
        self.eval.finalize(v)?;
        let v = self.eval.deref(v);
        if self.depth >= crate::data::MAX_NESTING as usize {
            return Err(self.eval.spent("data nesting"));
        }
        self.eval.step()?;
        self.depth += 1;
        let out = stacker::maybe_grow(256 << 10, 4 << 20, || self.inner(v));
        self.depth -= 1;
        out
    }

    fn inner(&mut self, v: NodeId) -> R<Expr> {
        let composite = self.extra_fields(v);
        match self.eval.node(v).base.clone() {
            Some(Val::StructMark) => self.composite(v),
            Some(Val::ListMark { .. }) if !composite => self.list(v),
            Some(Val::ListMark { .. }) => self.composite(v),
            Some(Val::Bottom(b)) => {
                let n = self.eval.node(v);
                if n.arc_type == ArcType::Optional {
                    self.as_written(v)
                } else if self.view.errors && b.child_error && b.node == v {
                    let first = n.arcs.first().map(|a| self.eval.node(*a).label);
                    match first {
                        Some(l) if l.is_int() && !composite => self.list(v),
                        _ => self.composite(v),
                    }
                } else if !b.is_incomplete() || n.conjuncts.is_empty() {
                    Ok(self.bottom(&b))
                } else {
                    self.as_written(v)
                }
            }
            None => self.as_written(v),
            Some(_) if composite => self.composite(v),
            Some(val) => self.value(&val, Some(v)),
        }
    }

    /// Whether a value that is no struct has fields to show.
    fn extra_fields(&self, v: NodeId) -> bool {
        self.eval.node(v).arcs.iter().any(|a| match self.eval.node(*a).label.kind() {
            Some(LabelKind::Def) => self.view.definitions,
            Some(LabelKind::Hidden | LabelKind::HiddenDef) => self.view.hidden,
            _ => false,
        })
    }

    fn value(&mut self, val: &Val, of: Option<NodeId>) -> R<Expr> {
        Ok(match val {
            Val::Null => Expr::Lit(BasicLit::null()),
            Val::Bool(b) => Expr::Lit(BasicLit::bool(*b)),
            Val::Num(n) => match self.literal(of) {
                Some(lit) => lit,
                None => {
                    let kind = if n.is_int() { LitKind::Int } else { LitKind::Float };
                    Expr::Lit(BasicLit::new(kind, number_text(n)))
                }
            },
            Val::Str(s) => match self.literal(of) {
                Some(lit) => lit,
                None => text(&text_literal(s, Some(self.depth.saturating_sub(1)))),
            },
            Val::Bytes(b) => match self.literal(of) {
                Some(lit) => lit,
                None => text(&bytes_literal(b, Some(self.depth.saturating_sub(1)))),
            },
            Val::Top => Expr::ident("_"),
            Val::Func(f) => self.function(*f),
            Val::Kind(_) | Val::StructMark | Val::ListMark { .. } => {
                reread(&self.eval.val_text(val))
            }
            Val::Bound(b) => self.bound(b)?,
            Val::Valid(x) => {
                let fun = self.function(x.func);
                let mut args = Vec::new();
                for a in &x.args {
                    args.push(self.value(a, None)?);
                }
                if args.is_empty() && x.call.is_none() { fun } else { Expr::call(fun, args) }
            }
            Val::Conj(vals) => self.conjunction(vals)?,
            Val::Disj(d) => self.disjunction(d)?,
            Val::Bottom(b) => self.bottom(b),
            Val::Node(n) => self.node(*n)?,
        })
    }

    fn function(&mut self, f: FuncId) -> Expr {
        match f {
            FuncId::Core(_) => Expr::ident(self.eval.func_name(f)),
            FuncId::Package(i) => {
                let (path, f) = &self.eval.prog.functions[i as usize];
                self.imports.insert(path.to_string(), None);
                let package = path.rsplit('/').next().unwrap_or(path);
                Expr::selector(Expr::ident(package), ast::Label::Ident(Ident::new(f.name)))
            }
        }
    }

    fn bound(&mut self, b: &Bound) -> R<Expr> {
        let x = self.value(&b.val, None)?;
        Ok(match unary(b.op) {
            Some(op) => Expr::unary(op, x),
            None => x,
        })
    }

    fn disjunction(&mut self, d: &Disj) -> R<Expr> {
        let (shown, marked) = match (self.view.defaults, d.defaults) {
            (true, 1) => return self.value(&d.vals[0], None),
            (true, n) if n > 1 => (&d.vals[..n], 0),
            _ => (&d.vals[..], d.defaults),
        };
        let mut terms = Vec::new();
        for (i, val) in shown.iter().enumerate() {
            self.depth += 1;
            let term = self.value(val, None);
            self.depth -= 1;
            let term = term?;
            terms.push(if i < marked { Expr::unary(UnaryOp::Default, term) } else { term });
        }
        Ok(chain(BinaryOp::Or, terms).unwrap_or_else(|| Expr::ident("_")))
    }

    /// The literal that a list element or an embedded value is written as.
    fn literal(&self, of: Option<NodeId>) -> Option<Expr> {
        let written = |c: &Conj| match &c.elem {
            Elem::Expr(x) => match self.eval.prog.expr(*x) {
                ir::Expr::Val(Val::Num(_) | Val::Str(_) | Val::Bytes(_)) => {
                    match parsed(&self.eval.expr_text(*x)) {
                        Some(Expr::Lit(lit)) => {
                            Some(Expr::Lit(BasicLit::new(lit.kind, lit.text.clone())))
                        }
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        };
        self.eval.node(of?).conjuncts.iter().find_map(written)
    }

    fn bottom(&self, b: &Bottom) -> Expr {
        let mut lit = BottomLit::default();
        if let Some(m) = b.msgs.first() {
            let path = self.eval.path_text(m.node);
            let mut text = self.eval.msg_text(m);
            if !path.is_empty() {
                // What was wrapped keeps its path to itself.
                text = match text.strip_prefix(INTERPOLATION) {
                    Some(inner) => format!("{INTERPOLATION}{path}: {inner}"),
                    None => format!("{path}: {text}"),
                };
            }
            if b.msgs.len() > 1 {
                text = format!("{text} (and {} more errors)", b.msgs.len() - 1);
            }
            lit.comments.add(remark(&text));
        }
        Expr::Bottom(Box::new(lit))
    }

    fn list(&mut self, v: NodeId) -> R<Expr> {
        let mut elts = Vec::new();
        for item in self.eval.elems(v) {
            let mut item = self.node(item)?;
            if self.view.docs {
                item.comments_mut().take();
            }
            elts.push(item);
        }
        if !self.view.defaults
            && let Some(Val::ListMark { open: true }) = self.eval.node(v).base
        {
            let typ = match self.eval.rest_type(v) {
                Some(rest) => match self.node(rest)? {
                    Expr::Ident(any) if any.name == "_" => None,
                    typ => Some(typ),
                },
                None => None,
            };
            elts.push(Expr::Ellipsis(Box::new(Ellipsis { typ, ..Ellipsis::default() })));
        }
        Ok(Expr::List(Box::new(ListLit::new(elts))))
    }

    /// A struct; also a scalar or list that has definitions or hidden fields beside it.
    fn composite(&mut self, v: NodeId) -> R<Expr> {
        let mut elts = Vec::new();
        let base = self.eval.node(v).base.clone();
        let is_list = self.eval.node(v).arcs.iter().any(|a| self.eval.node(*a).label.is_int());
        let regular = match &base {
            Some(Val::StructMark) => true,
            Some(Val::Bottom(b)) => self.view.errors && b.child_error,
            Some(Val::ListMark { .. }) | None => false,
            Some(val) => {
                let x = self.value(val, None)?;
                elts.push(embed(x));
                false
            }
        };
        for arc in self.eval.ordered_arcs(v) {
            if let Some(field) = self.field(arc, regular)? {
                elts.push(Decl::Field(Box::new(field)));
            }
        }
        if matches!(base, Some(Val::ListMark { .. })) || (is_list && regular) {
            let list = self.list(v)?;
            elts.push(embed(list));
        }
        Ok(Expr::Struct(Box::new(StructLit { elts, ..StructLit::default() })))
    }

    fn field(&mut self, arc: NodeId, regular: bool) -> R<Option<Field>> {
        let (label, arc_type) = (self.eval.node(arc).label, self.eval.node(arc).arc_type);
        let shown = match label.kind() {
            Some(LabelKind::Str) => regular,
            Some(LabelKind::Def) => self.view.definitions,
            Some(LabelKind::Hidden | LabelKind::HiddenDef) => self.view.hidden,
            _ => false,
        };
        if !shown || arc_type > ArcType::Optional {
            return Ok(None);
        }
        if arc_type == ArcType::Optional && !self.view.optional {
            return Ok(None);
        }
        let value = self.node(arc)?;
        let mut field = Field::new(self.label(label), value);
        field.constraint = match arc_type {
            ArcType::Required => Constraint::Required,
            ArcType::Optional => Constraint::Optional,
            _ => Constraint::None,
        };
        if self.view.attributes {
            let mut texts = self.eval.node_attrs(arc);
            texts.dedup();
            field.attrs = texts.iter().map(|t| attribute(t)).collect();
        }
        if self.view.docs {
            field.comments = Comments::doc_lines(&self.eval.node_docs(arc));
        }
        Ok(Some(field))
    }

    fn label(&self, label: Label) -> ast::Label {
        let name = self.eval.symbol(label);
        if label.is_str() {
            let plain = is_valid_ident(name) && !name.starts_with(['_', '#']);
            if !plain {
                let text = text_literal(name, None);
                return ast::Label::Lit(BasicLit::new(LitKind::String, text));
            }
        }
        ast::Label::Ident(Ident::new(crate::label::visible(name)))
    }

    /// The expressions that were to make a value, joined.
    fn as_written(&mut self, v: NodeId) -> R<Expr> {
        let mut conjuncts = self.eval.node(v).conjuncts.clone();
        let eval = &*self.eval;
        conjuncts.sort_by_key(|c| (rank(eval, &c.elem), eval.elem_pos(&c.elem)));
        let mut terms = Vec::new();
        for c in &conjuncts {
            terms.extend(self.conjunct(&c.elem)?);
        }
        Ok(chain(BinaryOp::And, terms).unwrap_or_else(|| Expr::ident("_")))
    }

    fn conjunct(&mut self, elem: &Elem) -> R<Option<Expr>> {
        Ok(match elem {
            Elem::Val(val) => Some(self.value(val, None)?),
            Elem::Terms(vals) => {
                let mut terms = Vec::new();
                for val in vals.iter() {
                    terms.push(self.value(val, None)?);
                }
                chain(BinaryOp::Or, terms)
            }
            Elem::Comp(inst) => {
                let cell = &self.eval.cells[self.eval.comps[inst.at()].cell.at()];
                if cell.envs.is_empty() {
                    return Ok(None);
                }
                self.eval.elem_expr(elem).map(|x| self.written(x))
            }
            elem => self.eval.elem_expr(elem).map(|x| self.written(x)),
        })
    }

    /// An expression from its text, which starts inside its parentheses and may be a field without braces.
    fn quoted(&self, x: ir::ExprId) -> Expr {
        let text = self.eval.expr_text(x);
        if let Some(tree) = parsed(&text).or_else(|| parsed(&format!("({text}"))) {
            return rebuild::expr(&tree);
        }
        let file = parse_file(SourceId::default(), &text, Mode::All);
        match file.errors.is_empty() {
            true => rebuild::decls(&file.tree.decls),
            false => Expr::ident("_"),
        }
    }

    fn written(&mut self, x: ir::ExprId) -> Expr {
        let tree = self.written_bare(x);
        packages::heads(&tree, &mut self.heads);
        tree
    }

    fn written_bare(&self, x: ir::ExprId) -> Expr {
        let prog = &self.eval.prog;
        let file = usize::from(prog.expr_pos[x.at()].file).checked_sub(1);
        let file = file.filter(|_| prog.roots.contains(&x)).and_then(|i| prog.sources.get(i));
        let Some(file) = file else { return self.quoted(x) };
        let file = parse_file(SourceId::default(), &file.text, Mode::All);
        match file.errors.is_empty() {
            true => rebuild::decls(&file.tree.decls),
            false => Expr::ident("_"),
        }
    }
}

/// A comment behind an error.
fn remark(text: &str) -> CommentGroup {
    let comment = Comment { slash: Pos::NONE, text: format!("// {text}").into() };
    CommentGroup { doc: false, line: true, position: 2, list: vec![comment] }
}

fn embed(expr: Expr) -> Decl {
    Decl::Embed(Box::new(EmbedDecl { expr, comments: Comments::default() }))
}

fn attribute(text: &str) -> Attribute {
    Attribute { pos: Pos::NONE, text: text.into(), comments: Comments::default() }
}

fn chain(op: BinaryOp, terms: Vec<Expr>) -> Option<Expr> {
    terms.into_iter().reduce(|left, right| Expr::binary(op, left, right))
}

fn unary(op: Op) -> Option<UnaryOp> {
    match parsed(&format!("{}1", op.text())) {
        Some(Expr::Unary(x)) => Some(x.op),
        _ => None,
    }
}

fn number_text(n: &Num) -> String {
    let mut text = n.to_string();
    if !n.is_int() && !text.contains(['e', 'E', '.']) {
        text.push('.');
    }
    text
}

fn text(literal: &str) -> Expr {
    Expr::Lit(BasicLit::new(LitKind::String, literal))
}

fn parsed(text: &str) -> Option<Expr> {
    let parsed = parse_expr(SourceId::default(), text, Mode::All);
    parsed.errors.is_empty().then_some(parsed.tree)
}

/// The text of a plain value as a tree.
fn reread(text: &str) -> Expr {
    parsed(text).map_or_else(|| Expr::ident("_"), |tree| rebuild::expr(&tree))
}

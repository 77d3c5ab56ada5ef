//! Finished values as syntax: references resolved, defaults and open lists kept, doc comments on the
//! fields they describe.
//!
//! Made for rewriting values as trees and evaluating them again. Only regular fields are exported:
//! definitions, hidden and optional fields cannot be seen from the outside.

use std::sync::Arc;

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::label_text::quote;
use crate::syntax::ast::{
    BasicLit, BinaryOp, Comments, Constraint, Decl, Ellipsis, Expr, Field, Ident, Label, ListLit,
    LitKind, StructLit, UnaryOp, is_valid_ident,
};
use crate::syntax::{Mode, SourceId, parse_expr};

/// A tree, or the error that stands in the way of it.
type Exported = Result<Expr, Arc<Bottom>>;

impl Eval {
    /// The syntax of a node's value.
    pub(crate) fn export(&mut self, v: NodeId) -> R<Exported> {
        self.nested_data(|e| e.export_node(v))
    }

    fn export_node(&mut self, v: NodeId) -> R<Exported> {
        self.finalize(v)?;
        let v = self.deref(v);
        match self.node(v).base.clone() {
            Some(Val::StructMark) => self.export_struct(v),
            Some(Val::ListMark { open }) => self.export_list(v, open),
            Some(base) => self.export_val(&base),
            None => Ok(Ok(Expr::ident("_"))),
        }
    }

    fn export_val(&mut self, val: &Val) -> R<Exported> {
        match val {
            Val::Node(n) => self.export(*n),
            Val::Bottom(b) => Ok(Err(b.clone())),
            Val::Disj(disj) => self.export_disjunction(disj),
            Val::Conj(vals) => self.export_joined(vals, BinaryOp::And),
            other => Ok(Ok(reread(&self.val_text(other)))),
        }
    }

    fn export_disjunction(&mut self, disj: &Disj) -> R<Exported> {
        let mut joined: Option<Expr> = None;
        for (index, val) in disj.vals.iter().enumerate() {
            let term = match self.export_val(val)? {
                Ok(term) => Expr::paren(term),
                Err(b) => return Ok(Err(b)),
            };
            let term =
                if index < disj.defaults { Expr::unary(UnaryOp::Default, term) } else { term };
            joined = Some(match joined {
                Some(left) => Expr::binary(BinaryOp::Or, left, term),
                None => term,
            });
        }
        Ok(Ok(joined.unwrap_or_else(|| Expr::ident("_"))))
    }

    fn export_joined(&mut self, vals: &[Val], op: BinaryOp) -> R<Exported> {
        let mut joined: Option<Expr> = None;
        for val in vals {
            let term = match self.export_val(val)? {
                Ok(term) => Expr::paren(term),
                Err(b) => return Ok(Err(b)),
            };
            joined = Some(match joined {
                Some(left) => Expr::binary(op, left, term),
                None => term,
            });
        }
        Ok(Ok(joined.unwrap_or_else(|| Expr::ident("_"))))
    }

    fn export_struct(&mut self, v: NodeId) -> R<Exported> {
        let mut elts = Vec::new();
        for arc in self.ordered_arcs(v) {
            if !self.node(arc).label.is_str() || self.node(arc).arc_type > ArcType::Required {
                continue;
            }
            if self.node(arc).arc_type == ArcType::Member && !self.is_defined(arc)? {
                continue;
            }
            let value = match self.export(arc)? {
                Ok(value) => value,
                Err(b) => return Ok(Err(b)),
            };
            let name = self.symbol_arc(self.node(arc).label);
            let mut field = Field::new(label(&name), value);
            if self.node(arc).arc_type == ArcType::Required {
                field.constraint = Constraint::Required;
            }
            field.comments = Comments::doc_lines(&self.node_docs(arc));
            elts.push(Decl::Field(Box::new(field)));
        }
        Ok(Ok(Expr::Struct(Box::new(StructLit::new(elts)))))
    }

    fn export_list(&mut self, v: NodeId, open: bool) -> R<Exported> {
        let mut elts = Vec::new();
        for item in self.elems(v) {
            match self.export(item)? {
                Ok(item) => elts.push(item),
                Err(b) => return Ok(Err(b)),
            }
        }
        if open {
            let typ = match self.rest_type(v) {
                None => None,
                Some(node) => match self.export(node)? {
                    Ok(typ) => Some(typ),
                    Err(b) => return Ok(Err(b)),
                },
            };
            elts.push(Expr::Ellipsis(Box::new(Ellipsis { typ, ..Ellipsis::default() })));
        }
        Ok(Ok(Expr::List(Box::new(ListLit::new(elts)))))
    }

    /// What further elements of an open list have to be, where something is said of them.
    pub(super) fn rest_type(&self, v: NodeId) -> Option<NodeId> {
        let pattern = self.node(v).patterns.iter().find(|(p, _)| matches!(p, Val::Bound(_)));
        pattern.map(|(_, node)| *node)
    }
}

/// The text of a plain value as a tree.
fn reread(text: &str) -> Expr {
    let parsed = parse_expr(SourceId::default(), text, Mode::All);
    if parsed.errors.is_empty() { parsed.tree } else { Expr::ident("_") }
}

fn label(name: &str) -> Label {
    let plain = is_valid_ident(name) && !name.starts_with(['_', '#']);
    if plain {
        return Label::Ident(Ident::new(name));
    }
    Label::Lit(BasicLit::new(LitKind::String, quote(name)))
}

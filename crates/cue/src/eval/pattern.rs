//! Whether a pattern constraint `[p]: v` applies to a label.

use super::node::*;
use super::sched::{RunMode, SCALAR};
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::Op;
use crate::kind::Kind;
use crate::label::Label;
use crate::num::Num;

impl Eval {
    pub(super) fn match_pattern(&mut self, pattern: &Val, label: Label) -> R<bool> {
        if !label.is_regular() {
            return Ok(false);
        }
        let value = self.label_value(label);
        self.match_value(pattern, label, &value)
    }

    /// A label as a value: string or int.
    pub(super) fn label_value(&self, label: Label) -> Val {
        if label.is_int() {
            Val::Num(Num::int(label.index().into()))
        } else {
            Val::Str(self.symbol_arc(label))
        }
    }

    fn match_value(&mut self, pattern: &Val, label: Label, value: &Val) -> R<bool> {
        if let Val::Node(v) = pattern {
            self.unify(*v, SCALAR, RunMode::Finalize, false)?;
        }
        let Some(pattern) = self.unwrap(pattern) else { return Ok(false) };
        let kind = if label.is_str() { Kind::STRING } else { Kind::INT };
        if !self.kind(&pattern).meets(kind) && pattern.as_bottom().is_none() {
            return Ok(false);
        }
        match &pattern {
            Val::Bottom(b) => {
                if b.placeholder {
                    self.add_err(Code::Eval, "cyclic pattern constraint", []);
                } else if self.errs.is_none() {
                    self.add_bottom(b.clone());
                }
                Ok(false)
            }
            Val::Top => Ok(true),
            Val::Kind(k) => Ok(k.contains(kind)),
            Val::Num(_) | Val::Str(_) => self.equal(&pattern, value, 0),
            Val::Bound(b) if matches!(b.op, Op::Match | Op::NotMatch) => {
                match self.match_op(b.op, value, &b.val)? {
                    Val::Bottom(invalid) => {
                        self.add_bottom(invalid);
                        Ok(false)
                    }
                    out => Ok(matches!(out, Val::Bool(true))),
                }
            }
            Val::Bound(b) => Ok(self.check_bound(b, value)?.is_none()),
            Val::Conj(vals) => {
                for v in vals.iter() {
                    if !self.match_value(v, label, value)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Val::Disj(d) => {
                for v in &d.vals {
                    if self.match_value(v, label, value)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => self.unifies(&pattern, value),
        }
    }

    /// Whether two values meet without error.
    fn unifies(&mut self, a: &Val, b: &Val) -> R<bool> {
        let env = self.env;
        let ci = self.ci;
        let conj = |v: &Val| Conj { env, elem: Elem::Val(v.clone()), ci };
        let v = self.inline_node(vec![conj(a), conj(b)])?;
        self.finalize(v)?;
        Ok(!self.is_err(v))
    }

    /// A node outside the tree, for the value of an expression.
    pub(super) fn inline_node(&mut self, conjuncts: Vec<Conj>) -> R<NodeId> {
        let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        n.dynamic = true;
        n.anonymous = self.in_detached > 0;
        n.conjuncts = conjuncts.into();
        self.new_node(n)
    }
}

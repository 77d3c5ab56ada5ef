//! References: from an expression to the node it names.

use super::node::*;
use super::sched::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::{Expr, ExprId, PkgId, Pos};
use crate::kind::Kind;
use crate::label::{Label, LabelKind, MAX_INDEX};

impl Eval {
    /// The node a reference names. None after an error was added.
    pub(super) fn resolve(&mut self, x: ExprId, flags: Flags) -> R<Option<NodeId>> {
        let pos = self.prog.expr_pos[x.at()];
        match *self.prog.expr(x) {
            Expr::FieldRef { up, label } => {
                let n = self.env_node(self.env_up(up));
                self.lookup(n, pos, label, flags)
            }
            Expr::ValueRef { up } => {
                Ok(Some(if up == 0 { self.vertex } else { self.env_node(self.env_up(up - 1)) }))
            }
            Expr::DynRef { up, label } => {
                let env = self.env_up(up);
                let (v, _) = self.scoped(env, |e| e.eval_value(label, Flags::SCALAR))?;
                let Some(label) = v.and_then(|v| self.label_of(label, &v)) else { return Ok(None) };
                self.lookup(self.env_node(env), pos, label, flags)
            }
            Expr::LetRef { up, label } => self.resolve_let(up, label, pos, flags),
            Expr::Import(pkg) => self.import(pkg).map(Some),
            Expr::Selector { x: operand, sel } => {
                let n = self.operand_node(x, operand, sel.is_regular())?;
                if n == self.empty { Ok(Some(n)) } else { self.lookup(n, pos, sel, flags) }
            }
            Expr::Index { x: operand, index } => {
                let n = self.operand_node(x, operand, true)?;
                let i = self.eval_value(index, Flags::SCALAR)?;
                if n == self.empty {
                    return Ok(Some(n));
                }
                let label = i.and_then(|i| self.label_of(index, &i));
                match label {
                    Some(label) if self.errs.is_none() => self.lookup(n, pos, label, flags),
                    _ => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// A let is looked up like a field; where it depends on loop variables it is evaluated once per environment.
    fn resolve_let(&mut self, up: u32, label: Label, pos: Pos, flags: Flags) -> R<Option<NodeId>> {
        let env = self.env_up(up);
        let n = self.env_node(env);
        let Some(arc) = self.lookup(n, pos, label, flags)? else { return Ok(None) };
        let bottom = self.bottom(arc);
        if !self.node(arc).multi_let && bottom.as_ref().is_none_or(|b| b.placeholder) {
            return Ok(Some(arc));
        }
        if let Some((_, known)) = self.envs[env.at()].lets.iter().find(|(a, _)| *a == arc) {
            return Ok(Some(*known));
        }
        let Some(mut c) = self.node(arc).conjuncts.first().cloned() else { return Ok(Some(arc)) };
        if let Some(x) = self.elem_expr(&c.elem) {
            c.elem = Elem::Expr(x);
        }
        c.env = env;
        let mut own = Node::new(self.node(arc).parent, label, ArcType::Member);
        own.dynamic = bottom.is_some_and(|b| b.code == Code::Structural);
        own.conjuncts.push(c);
        let own = self.new_node(own)?;
        self.envs[env.at()].lets.push((arc, own));
        Ok(Some(own))
    }

    /// The root of an imported package, evaluated on first use.
    pub(super) fn import(&mut self, pkg: PkgId) -> R<NodeId> {
        if let Some(&n) = self.imports.get(&pkg) {
            return Ok(n);
        }
        let root = self.new_node(Node::new(NodeId::NONE, Label::NONE, ArcType::Member))?;
        self.imports.insert(pkg, root);
        let prog = self.prog.clone();
        let package = &prog.packages[pkg.at()];
        let env = self.new_env(EnvId::NONE, NodeId::NONE);
        for &x in &package.files {
            self.node_mut(root).conjuncts.push(Conj {
                env,
                elem: Elem::Expr(x),
                ci: CloseInfo::NONE,
            });
        }
        for &(label, func) in &package.functions {
            let mut f = Node::new(root, label, ArcType::Member);
            f.conjuncts.push(Conj { env, elem: Elem::Val(Val::Func(func)), ci: CloseInfo::NONE });
            f.base = Some(Val::Func(func));
            f.status = Status::Finalized;
            let f = self.new_node(f)?;
            self.node_mut(root).arcs.push(f);
        }
        if package.files.is_empty() {
            let n = self.node_mut(root);
            n.base = Some(Val::StructMark);
            n.status = Status::Finalized;
        }
        Ok(root)
    }

    /// The operand of a selector or index as a node; the empty node after an error.
    fn operand_node(&mut self, whole: ExprId, x: ExprId, scalar: bool) -> R<NodeId> {
        let is_ref = self.is_reference(x);
        let from_def = self.ci.from_def;
        if !is_ref {
            self.ci.from_def = false;
        }
        let v = self.unify_node(x, Flags::new(NEED_FIELD_SET, RunMode::Yield))?;
        let out = self.operand_value(whole, x, v, scalar);
        if !is_ref {
            self.ci.from_def = from_def;
        }
        out
    }

    fn operand_value(
        &mut self,
        whole: ExprId,
        x: ExprId,
        v: Option<Val>,
        scalar: bool,
    ) -> R<NodeId> {
        let Some(mut v) = self.default_of(v) else { return Ok(self.empty) };
        if scalar && let Some(inner) = &v {
            match self.unwrap(inner) {
                Some(w) if w.is_placeholder() => {}
                w => v = w,
            }
        }
        let node = match v {
            Some(Val::Node(n)) => n,
            _ => NodeId::NONE,
        };
        if !node.is_none() && !self.is_placeholder(node) {
            v = self.value(node);
        }
        match v {
            None => {
                let args = [Arg::Expr(whole), Arg::Expr(x)];
                self.add_err(Code::Incomplete, "{} undefined ({} is incomplete)", args);
            }
            Some(Val::Bottom(b)) => self.add_bottom(b),
            Some(Val::Node(n)) => {
                if self.node(n).non_rooted {
                    self.complete_arcs_only(n)?;
                }
                return Ok(node);
            }
            Some(v) => {
                let kind = self.kind(&v);
                if kind.meets(Kind::STRUCT) {
                    let args = [Arg::Expr(whole), Arg::Expr(x), Arg::Kind(kind)];
                    self.add_err(
                        Code::Incomplete,
                        "{} undefined as {} is incomplete (type {})",
                        args,
                    );
                } else if node.is_none() {
                    let args = [Arg::Expr(x), Arg::Kind(kind)];
                    self.add_err(
                        Code::Eval,
                        "invalid operand {} (found {}, want list or struct)",
                        args,
                    );
                } else {
                    return Ok(node);
                }
            }
        }
        Ok(self.empty)
    }

    pub(super) fn is_reference(&self, x: ExprId) -> bool {
        matches!(
            self.prog.expr(x),
            Expr::FieldRef { .. }
                | Expr::ValueRef { .. }
                | Expr::DynRef { .. }
                | Expr::LetRef { .. }
                | Expr::Import(_)
                | Expr::Selector { .. }
                | Expr::Index { .. }
        )
    }

    /// The label that the value of `src` makes: a string or a small non-negative int. None after an error was added.
    pub(super) fn label_of(&mut self, src: ExprId, v: &Val) -> Option<Label> {
        match self.unwrap(v) {
            Some(Val::Str(s)) => return Some(self.str_label(&s)),
            Some(Val::Num(n)) if n.is_int() => match n.to_i64() {
                Some(i) if i < 0 => self.negative_index(src, i),
                Some(i) if i < i64::from(MAX_INDEX) => {
                    return Some(Label::new(LabelKind::Int, i as u32));
                }
                _ => self.add_err(Code::Eval, "invalid index {}", [Arg::Val(v.clone())]),
            },
            Some(Val::Bottom(b)) => self.add_bottom(b),
            other => self.no_label(src, other.unwrap_or(Val::Top)),
        }
        None
    }

    fn negative_index(&mut self, src: ExprId, i: i64) {
        let literal = matches!(self.prog.expr(src), Expr::Val(_) | Expr::Unary { .. });
        if literal {
            let args = [Arg::Int(i)];
            self.add_err(Code::Eval, "invalid index {} (index must be non-negative)", args);
        } else {
            let args = [Arg::Expr(src), Arg::Int(i)];
            self.add_err(Code::Eval, "index {} out of range [{}]", args);
        }
    }

    fn no_label(&mut self, src: ExprId, v: Val) {
        let kind = self.kind(&v);
        let wanted = match kind {
            Kind::INT | Kind::NUMBER if !matches!(v, Val::Num(_)) => "int",
            Kind::STRING => "string",
            _ => {
                let args = [Arg::Expr(src), Arg::Kind(kind)];
                return self.add_err(Code::Eval, "invalid index {} (invalid type {})", args);
            }
        };
        let args = [Arg::Val(v), Arg::Text(wanted.into())];
        let fmt = "invalid non-ground value {} (must be concrete {})";
        self.add_err(Code::Incomplete, fmt, args);
    }
}

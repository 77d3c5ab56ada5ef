//! References: from an expression to the node it names.

use super::super::node::*;
use super::super::val::*;
use super::{D, Direct, Item, Off, Pending, Phase, aside, leave};
use crate::eval::ArcType;
use crate::ir::{CompId, Decl, Expr, ExprId, Op};
use crate::kind::Kind;
use crate::label::{Label, LabelKind, MAX_INDEX};

/// Literals within literals beyond which anything may be defined.
const DEPTH: u32 = 16;

impl Direct<'_> {
    fn up(&self, env: EnvId, count: u32) -> EnvId {
        (0..count).fold(env, |e, _| self.e.envs[e.at()].up)
    }

    pub(super) fn is_reference(&self, x: ExprId) -> bool {
        self.e.is_reference(x)
    }

    /// The field a reference names.
    pub(super) fn resolve(&mut self, x: ExprId, env: EnvId) -> D<NodeId> {
        let prog = self.prog;
        match *prog.expr(x) {
            Expr::FieldRef { up, label } => {
                let n = self.e.env_node(self.up(env, up));
                self.lookup(n, label)
            }
            Expr::LetRef { up, label } => self.resolve_let(self.up(env, up), label),
            Expr::ValueRef { up } if up > 0 => Ok(self.e.env_node(self.up(env, up - 1))),
            Expr::Import(pkg) => Ok(self.e.import(pkg)?),
            Expr::Selector { x, sel } => {
                let n = self.deeper(|d| d.operand(x, env))?;
                self.lookup(n, sel)
            }
            Expr::Index { x, index } => {
                let n = self.deeper(|d| d.operand(x, env))?;
                let label = self.label(index, env)?;
                self.lookup(n, label)
            }
            _ => leave(),
        }
    }

    /// The label that an expression makes.
    pub(super) fn label(&mut self, x: ExprId, env: EnvId) -> D<Label> {
        match self.scalar(x, env)? {
            Val::Str(s) => Ok(self.e.str_label(&s)),
            Val::Num(n) if n.is_int() => match n.to_i64() {
                Some(i) if (0..i64::from(MAX_INDEX)).contains(&i) => {
                    Ok(Label::new(LabelKind::Int, i as u32))
                }
                _ => leave(),
            },
            _ => leave(),
        }
    }

    /// A let that depends on a comprehension is evaluated once per environment.
    fn resolve_let(&mut self, env: EnvId, label: Label) -> D<NodeId> {
        let n = self.e.env_node(env);
        let arc = self.lookup(n, label)?;
        if !self.e.node(arc).multi_let {
            return Ok(arc);
        }
        if let Some((_, known)) = self.e.envs[env.at()].lets.iter().find(|(a, _)| *a == arc) {
            return Ok(*known);
        }
        let Some(mut c) = self.e.node(arc).conjuncts.first().cloned() else {
            return leave();
        };
        if let Some(x) = self.e.elem_expr(&c.elem) {
            c.elem = Elem::Expr(x);
        }
        c.env = env;
        let mut own = Node::new(self.e.node(arc).parent, label, ArcType::Member);
        own.conjuncts.push(c);
        let own = self.e.new_node(own)?;
        self.e.envs[env.at()].lets.push((arc, own));
        Ok(own)
    }

    /// The struct or list that a selector or an index is applied to.
    fn operand(&mut self, x: ExprId, env: EnvId) -> D<NodeId> {
        if self.is_reference(x) {
            let arc = self.resolve(x, env)?;
            let v = self.e.deref(arc);
            if self.phase(v) == Phase::Growing {
                return Ok(v);
            }
            let val = self.read(arc)?;
            return self.composite(val);
        }
        let val = self.eval(x, env)?;
        self.composite(val)
    }

    fn composite(&mut self, val: Val) -> D<NodeId> {
        match val {
            Val::Node(n) => Ok(n),
            Val::Disj(d) if d.defaults == 1 => match d.vals[0] {
                Val::Node(n) => Ok(self.e.deref(n)),
                _ => leave(),
            },
            Val::Top => Err(Off::Shapeless),
            Val::Kind(k) if k.meets(Kind::STRUCT) => Err(Off::Shapeless),
            _ => leave(),
        }
    }

    /// The field of a label, all its conjuncts known.
    pub(super) fn lookup(&mut self, n: NodeId, label: Label) -> D<NodeId> {
        let mut n = self.e.deref(n);
        match self.phase(n) {
            Phase::New => {
                self.foreign(|d| d.expand(n))?;
                n = self.e.deref(n);
                if self.phase(n) == Phase::New {
                    self.foreign(|d| d.expand(n))?;
                }
            }
            Phase::Aside => return aside(),
            Phase::Entering => return leave(),
            Phase::Growing if self.may_grow(n, label) => return leave(),
            Phase::Growing | Phase::Known | Phase::Finishing | Phase::Done => {}
        }
        let Some(found) = self.e.arc(n, label) else {
            return match self.e.node(n).base {
                Some(Val::Disj(_) | Val::Bottom(_) | Val::Node(_)) => leave(),
                _ => Err(Off::Missing),
            };
        };
        let arc = self.e.deref_non_rooted(found);
        match self.e.node(arc).arc_type {
            ArcType::Member | ArcType::Required => Ok(found),
            ArcType::Optional => Err(Off::Missing),
            // A variable of a loop stands for the item.
            ArcType::Pending if arc != found => Ok(found),
            ArcType::Pending | ArcType::NotPresent => leave(),
        }
    }

    /// Whether what is still to be added to a growing node could concern a field.
    fn may_grow(&self, n: NodeId, label: Label) -> bool {
        let Some(own) = self.growing.iter().rfind(|g| g.node == n) else { return true };
        // The item at work has not added its fields yet.
        let from = own.next.saturating_sub(1);
        let left = &own.items[from..];
        left.iter().any(|p| self.may_define(p, label))
            && !left
                .iter()
                .all(|p| matches!(p.item, Item::Expr { x, .. } if self.names_flat(x, p.env)))
    }

    /// Whether a reference leads to a field of which nothing is said so far that could have fields.
    fn names_flat(&self, x: ExprId, env: EnvId) -> bool {
        let Expr::FieldRef { up, label } = *self.prog.expr(x) else { return false };
        let Some(arc) = self.e.arc(self.e.deref(self.e.env_node(self.up(env, up))), label) else {
            return false;
        };
        let flat =
            |c: &Conj| self.e.elem_expr(&c.elem).is_some_and(|x| self.is_fieldless(x, DEPTH));
        self.e.node(arc).conjuncts.iter().all(flat)
    }

    /// Whether an expression as it is written can be nothing but a scalar or what a scalar has to be.
    fn is_fieldless(&self, x: ExprId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match self.prog.expr(x) {
            Expr::Val(v) => !matches!(v, Val::Node(_)) && !self.e.kind(v).meets(Kind::COMPOSITE),
            Expr::Disj { terms, .. } => terms.iter().all(|(x, _)| self.is_fieldless(*x, depth)),
            Expr::Binary { op: Op::And, x, y } => {
                self.is_fieldless(*x, depth) && self.is_fieldless(*y, depth)
            }
            Expr::Interp { .. } => true,
            _ => false,
        }
    }

    fn may_define(&self, pending: &Pending, label: Label) -> bool {
        match pending.item {
            Item::Expr { .. } | Item::List(_) => true,
            Item::Pattern(_) => label.is_regular(),
            Item::Dynamic(_) => label.is_str(),
            Item::Comp(comp) => self.comp_may_define(comp, label, DEPTH),
        }
    }

    fn comp_may_define(&self, comp: CompId, label: Label, depth: u32) -> bool {
        self.body_may_define(self.prog.comps[comp.at()].body, label, depth)
    }

    fn body_may_define(&self, body: ExprId, label: Label, depth: u32) -> bool {
        let Expr::Struct(lit) = self.prog.expr(body) else { return true };
        let Some(depth) = depth.checked_sub(1) else { return true };
        self.prog.structs[lit.at()].decls.iter().any(|d| match self.prog.decl(*d) {
            Decl::Field { label: own, .. } | Decl::Let { label: own, .. } => own == label,
            Decl::Dynamic { .. } => label.is_str(),
            Decl::Pattern { .. } => label.is_regular(),
            Decl::Ellipsis => false,
            Decl::Embed(x) => self.body_may_define(x, label, depth),
            Decl::Comp(comp) => self.comp_may_define(comp, label, depth),
        })
    }
}

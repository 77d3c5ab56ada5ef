//! The functions that need no import: `len close and or div mod quo rem error matchN matchIf`.

use std::sync::Arc;

use super::node::*;
use super::sched::*;
use super::val::*;
use super::validate::Check;
use super::{ArcType, Eval, R};
use crate::func::Param;
use crate::ir::{CoreFn, Expr, ExprId, Op};
use crate::kind::Kind;
use crate::label::Label;
use crate::num::Num;

const SIZED: Kind = Kind(Kind::STRUCT.0 | Kind::BYTES.0 | Kind::STRING.0 | Kind::LIST.0);

pub(super) fn params(f: CoreFn) -> &'static [Param] {
    match f {
        CoreFn::Len => &[Param::Data(SIZED)],
        CoreFn::Close => &[Param::Data(Kind::STRUCT)],
        CoreFn::And => &[Param::Data(Kind::LIST)],
        CoreFn::Or => &[Param::Schema(Kind::LIST)],
        CoreFn::Div | CoreFn::Mod | CoreFn::Quo | CoreFn::Rem => {
            &[Param::Data(Kind::INT), Param::Data(Kind::INT)]
        }
        CoreFn::Error => &[Param::Data(Kind::STRING)],
        CoreFn::MatchN => {
            &[Param::Schema(Kind::TOP), Param::Schema(Kind::INT), Param::Schema(Kind::LIST)]
        }
        CoreFn::MatchIf => {
            const ANY: Param = Param::Schema(Kind::TOP);
            &[ANY, ANY, ANY, ANY]
        }
    }
}

pub(super) fn result(f: CoreFn) -> Kind {
    match f {
        CoreFn::Close => Kind::STRUCT,
        CoreFn::Error => Kind::BOTTOM,
        CoreFn::MatchN | CoreFn::MatchIf => Kind::BOOL,
        _ => Kind::INT,
    }
}

pub(super) fn name(f: CoreFn) -> &'static str {
    match f {
        CoreFn::Len => "len",
        CoreFn::Close => "close",
        CoreFn::And => "and",
        CoreFn::Or => "or",
        CoreFn::Div => "div",
        CoreFn::Mod => "mod",
        CoreFn::Quo => "quo",
        CoreFn::Rem => "rem",
        CoreFn::Error => "error",
        CoreFn::MatchN => "matchN",
        CoreFn::MatchIf => "matchIf",
    }
}

impl Eval {
    /// The functions that look at their argument before it is evaluated.
    pub(super) fn call_raw(&mut self, f: CoreFn, arg: ExprId) -> R<Option<Val>> {
        if f == CoreFn::Error {
            return self.call_error(arg);
        }
        let (v, ci) = self.eval_ci(arg, Flags::new(SCALAR, RunMode::Finalize))?;
        self.ci = ci;
        let elems = self.list_elems(v)?;
        Ok(Some(if elems.is_empty() {
            Val::Top
        } else {
            Val::Conj(elems.into_iter().map(Val::Node).collect())
        }))
    }

    /// The elements of a list value, unevaluated.
    fn list_elems(&mut self, v: Option<Val>) -> R<Vec<NodeId>> {
        let v = match v {
            Some(Val::Node(n)) if matches!(self.node(self.deref(n)).base, Some(Val::Disj(_))) => {
                self.default_of(Some(Val::Node(n))).flatten()
            }
            v => v,
        };
        match v {
            Some(Val::Node(n)) if self.is_list(self.deref(n)) => Ok(self.elems(n)),
            Some(v) => {
                let shown = self.unwrap(&v).unwrap_or(v);
                self.type_error(&shown, Kind::LIST);
                Ok(Vec::new())
            }
            None => Ok(Vec::new()),
        }
    }

    fn call_error(&mut self, arg: ExprId) -> R<Option<Val>> {
        let prog = self.prog.clone();
        let mut text = String::new();
        if let Expr::Interp { parts, .. } = prog.expr(arg) {
            for &p in parts {
                let saved = self.errs.take();
                let v = self.eval(p, Flags::new(SCALAR, RunMode::Finalize))?;
                let failed = self.errs.take().is_some();
                self.errs = saved;
                let shown = v.filter(|_| !failed).and_then(|v| self.unwrap(&v));
                match shown {
                    Some(Val::Bottom(_)) | None => text.push_str(&self.expr_text(p)),
                    Some(v @ (Val::Str(_) | Val::Bytes(_) | Val::Num(_) | Val::Bool(_))) => {
                        text.push_str(&self.as_text(Some(v))?);
                    }
                    Some(v) => text.push_str(&self.val_text(&v)),
                }
            }
        } else {
            let v = self.eval(arg, Flags::new(SCALAR, RunMode::Finalize))?;
            text = self.as_text(v)?;
        }
        Ok(self.err_val(Code::User, "{}", [Arg::Text(text.into())]))
    }

    pub(super) fn call_core(&mut self, f: CoreFn, vals: Vec<Val>) -> R<Option<Val>> {
        match f {
            CoreFn::Len => self.call_len(&vals[0]),
            CoreFn::Close => self.call_close(&vals[0]),
            CoreFn::Or => self.call_or(&vals[0]),
            CoreFn::Div => self.int_call(Op::IntDiv, &vals),
            CoreFn::Mod => self.int_call(Op::IntMod, &vals),
            CoreFn::Quo => self.int_call(Op::IntQuo, &vals),
            CoreFn::Rem => self.int_call(Op::IntRem, &vals),
            CoreFn::MatchN => self.call_match_n(&vals),
            CoreFn::MatchIf => self.call_match_if(&vals),
            CoreFn::And | CoreFn::Error => Ok(None),
        }
    }

    fn int_call(&mut self, op: Op, vals: &[Val]) -> R<Option<Val>> {
        for v in vals {
            if !matches!(v, Val::Num(_)) {
                self.type_error(v, Kind::NUMBER);
            }
        }
        if self.errs.is_some() { Ok(None) } else { self.binop(op, &vals[0], &vals[1]).map(Some) }
    }

    fn call_len(&mut self, v: &Val) -> R<Option<Val>> {
        let n = match v {
            Val::Str(s) => s.len(),
            Val::Bytes(b) => b.len(),
            Val::Node(n) if self.is_list(*n) => self.elems(*n).len(),
            Val::Node(n) if matches!(self.node(*n).base, Some(Val::StructMark)) => {
                let mut count = 0;
                for a in self.node(*n).arcs.clone() {
                    count += usize::from(self.node(a).label.is_regular() && self.is_defined(a)?);
                }
                count
            }
            v => {
                let kind = self.kind(v);
                let args = [Arg::Val(v.clone()), Arg::Kind(kind)];
                return Ok(self.err_val(
                    Code::Incomplete,
                    "incomplete argument {} (type {})",
                    args,
                ));
            }
        };
        Ok(Some(Val::Num(Num::int(n as i64))))
    }

    fn call_close(&mut self, v: &Val) -> R<Option<Val>> {
        let Val::Node(n) = *v else {
            return Ok(self.err_val(Code::Eval, "struct argument must be concrete", []));
        };
        let conjuncts = self.node(n).conjuncts.clone();
        let w = self.inline_node(conjuncts.into_vec())?;
        self.get_state(w)?;
        let ci = self.ci;
        let c = Conj { env: EnvId::NONE, elem: Elem::Val(v.clone()), ci: CloseInfo::NONE };
        self.share(w, c, n, ci)?;
        self.node_mut(w).closed_once = true;
        Ok(Some(Val::Node(w)))
    }

    fn call_or(&mut self, v: &Val) -> R<Option<Val>> {
        let elems = self.list_elems(Some(v.clone()))?;
        if elems.is_empty() {
            return Ok(match self.errs {
                Some(_) => None,
                None => self.err_val(Code::Incomplete, "empty list in call to or", []),
            });
        }
        let mut node = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        let terms = elems.into_iter().map(Val::Node).collect();
        node.conjuncts.push(Conj { env: EnvId::NONE, elem: Elem::Terms(terms), ci: self.ci });
        let node = self.new_node(node)?;
        self.unify(node, ALL, RunMode::Finalize, true)?;
        Ok(Some(Val::Node(node)))
    }

    /// A node of two values joined, in the place of the node being validated.
    pub(super) fn join(&mut self, a: &Val, b: &Val) -> R<NodeId> {
        let at = self.vertex;
        let (parent, label) = (self.node(at).parent, self.node(at).label);
        let v = self.new_node(Node::new(parent, label, ArcType::Member))?;
        self.bare_state(v)?;
        for x in [a, b] {
            self.add_joined(v, x);
        }
        self.st(v).drop_parent_reqs = true;
        let non_cyclic = self.state(at).is_some_and(|s| s.has_non_cyclic);
        self.st(v).has_non_cyclic |= non_cyclic;
        self.finalize(v)?;
        Ok(v)
    }

    fn add_joined(&mut self, v: NodeId, x: &Val) {
        let mut ci = self.ci;
        ci.from_def = false;
        if let Val::Node(n) = x {
            ci = self.split_scope(v, ci);
            let mut p = *n;
            while !p.is_none() {
                ci.top_def |= self.node(p).label.is_def();
                p = self.node(p).parent;
            }
        }
        self.node_mut(v).conjuncts.push(Conj { env: EnvId::NONE, elem: Elem::Val(x.clone()), ci });
    }

    fn valid_join(&mut self, a: &Val, b: &Val) -> R<Option<Arc<Bottom>>> {
        let v = self.join(a, b)?;
        self.validate(v, Check::FINAL)
    }

    fn validator_self(&mut self, v: &Val, name: &str) -> R<Result<Val, Option<Val>>> {
        if !self.is_validator {
            let fmt = format!("{name} is a validator and should not be used as a function");
            return Ok(Err(self.err_val(Code::Eval, &fmt, [])));
        }
        let own = match v {
            Val::Node(n) => Val::Node(self.data_copy(*n)?),
            v => v.clone(),
        };
        let failed = match &own {
            Val::Node(n) => self.is_err(*n),
            v => v.as_bottom().is_some(),
        };
        Ok(if failed { Err(Some(Val::Bool(false))) } else { Ok(own) })
    }

    fn call_match_n(&mut self, vals: &[Val]) -> R<Option<Val>> {
        let own = match self.validator_self(&vals[0], "matchN")? {
            Ok(v) => v,
            Err(v) => return Ok(v),
        };
        let list = self.default_of(Some(vals[2].clone())).flatten();
        if let Some(Val::Node(n)) = list {
            self.finalize(n)?;
        }
        let (mut count, mut possible) = (0, 0);
        let mut errs = Vec::new();
        for check in self.list_elems(list)? {
            match self.valid_join(&own, &Val::Node(check))? {
                None => count += 1,
                Some(e) => {
                    possible += i64::from(e.is_incomplete());
                    errs.push(e);
                }
            }
        }
        let Some(b) = self.check_count(&vals[1], count, count + possible)? else {
            return Ok(Some(Val::Bool(true)));
        };
        for e in errs {
            if !b.is_incomplete() || e.is_incomplete() {
                self.add_bottom(e);
            }
        }
        Ok(Some(Val::Bottom(b)))
    }

    /// Whether the number of matches meets the demand; a miss is open while more could match.
    fn check_count(&mut self, bound: &Val, count: i64, max: i64) -> R<Option<Arc<Bottom>>> {
        let num = |n| Val::Num(Num::int(n));
        if !self.meets_value(vec![bound.clone(), num(count)])? {
            let plain = self.unwrap(bound).unwrap_or_else(|| bound.clone());
            let open = match &plain {
                Val::Num(n) => n.to_i64().is_some_and(|i| i > count && i <= max),
                Val::Bound(_) => {
                    let side = |op, n| Val::Bound(Arc::new(Bound { op, val: num(n) }));
                    self.meets_value(vec![plain.clone(), side(Op::Ge, count), side(Op::Le, max)])?
                }
                _ => true,
            };
            let code = if open { Code::Incomplete } else { Code::Eval };
            return Ok(Some(self.err(
                code,
                "{} matched, expected {}",
                [Arg::Int(count), Arg::Val(plain)],
            )));
        }
        Ok(None)
    }

    fn meets_value(&mut self, vals: Vec<Val>) -> R<bool> {
        let ci = self.ci;
        let mut node = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        node.conjuncts =
            vals.into_iter().map(|v| Conj { env: EnvId::NONE, elem: Elem::Val(v), ci }).collect();
        let node = self.new_node(node)?;
        self.finalize(node)?;
        Ok(!self.is_err(node))
    }

    fn call_match_if(&mut self, vals: &[Val]) -> R<Option<Val>> {
        let own = match self.validator_self(&vals[0], "matchIf")? {
            Ok(v) => v,
            Err(v) => return Ok(v),
        };
        let holds = self.valid_join(&own, &vals[1])?.is_none();
        let chosen = if holds { &vals[2] } else { &vals[3] };
        Ok(Some(match self.valid_join(&own, chosen)? {
            None => Val::Bool(true),
            Some(b) => Val::Bottom(b),
        }))
    }
}

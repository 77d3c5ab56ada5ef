//! Bounds: `< <= > >= != =~ !~` against values and against each other.

use std::cmp::Ordering;
use std::sync::Arc;

use super::val::*;
use super::{Eval, R};
use crate::ir::Op;
use crate::kind::Kind;
use crate::num::{Decimal, Num};

impl Eval {
    pub(super) fn bound_kind(&self, b: &Bound) -> Kind {
        let k = self.kind(&b.val);
        match k {
            Kind::INT | Kind::FLOAT | Kind::NUMBER => Kind::NUMBER,
            Kind::NULL if b.op == Op::Ne => Kind::TOP & !Kind::NULL,
            _ => k,
        }
    }

    /// Checks a concrete value against a bound. None when it holds.
    pub(super) fn check_bound(&mut self, b: &Arc<Bound>, v: &Val) -> R<Option<Arc<Bottom>>> {
        if let Val::Bottom(e) = v {
            return Ok(Some(e.clone()));
        }
        Ok(match self.binop(b.op, v, &b.val.clone())? {
            Val::Bottom(e) => Some(e),
            Val::Bool(true) => None,
            _ => {
                let args = [Arg::Val(v.clone()), Arg::Val(Val::Bound(b.clone()))];
                Some(self.err(Code::Eval, "invalid value {} (out of bound {})", args))
            }
        })
    }

    fn holds(&mut self, op: Op, a: &Val, b: &Val) -> bool {
        if let (Op::Match | Op::NotMatch, Val::Str(_), Val::Str(_)) = (op, a, b) {
            return matches!(self.match_op(op, a, b), Ok(Val::Bool(true)));
        }
        matches!(self.compare(op, a, b), Some(true))
    }

    /// What two bounds on a value of kind `k` amount to: one of them, a contradiction, or None to keep both.
    pub(super) fn simplify_bounds(
        &mut self,
        k: Kind,
        x: &Arc<Bound>,
        y: &Arc<Bound>,
    ) -> Option<Val> {
        let (cmp, xc) = class(x.op);
        let (_, yc) = class(y.op);
        if xc == yc {
            return match x.op {
                Op::Ne | Op::Match | Op::NotMatch | Op::Eq => {
                    self.holds(Op::Eq, &x.val, &y.val).then(|| Val::Bound(x.clone()))
                }
                _ => Some(Val::Bound(if self.holds(cmp, &x.val, &y.val) { x } else { y }.clone())),
            };
        }
        if xc == -yc && xc != 0 {
            let (lo, hi) = if xc == -1 { (y, x) } else { (x, y) };
            return self.opposite(k, lo, hi);
        }
        if x.op == Op::Ne {
            return (!self.holds(y.op, &x.val, &y.val)).then(|| Val::Bound(y.clone()));
        }
        if y.op == Op::Ne {
            return (!self.holds(x.op, &y.val, &x.val)).then(|| Val::Bound(x.clone()));
        }
        None
    }

    fn opposite(&mut self, k: Kind, lo: &Arc<Bound>, hi: &Arc<Bound>) -> Option<Val> {
        let order = match (&lo.val, &hi.val) {
            (Val::Str(a), Val::Str(b)) if k == Kind::STRING => a.cmp(b),
            (Val::Bytes(a), Val::Bytes(b)) if k == Kind::BYTES => a.cmp(b),
            (Val::Num(a), Val::Num(b)) => return self.opposite_numbers(k, lo, hi, a, b),
            _ => return None,
        };
        let touching = lo.op == Op::Ge && hi.op == Op::Le;
        if order == Ordering::Less || (order == Ordering::Equal && touching) {
            return None;
        }
        let args = [Arg::Val(Val::Bound(hi.clone())), Arg::Val(Val::Bound(lo.clone()))];
        let fmt = if k == Kind::STRING {
            "incompatible string bounds {} and {}"
        } else {
            "incompatible bytes bounds {} and {}"
        };
        self.err_val(Code::Eval, fmt, args)
    }

    fn opposite_numbers(
        &mut self,
        k: Kind,
        x: &Arc<Bound>,
        y: &Arc<Bound>,
        a: &Num,
        b: &Num,
    ) -> Option<Val> {
        let whole = !k.meets(Kind::FLOAT);
        let (mut lo, mut hi) = (a.decimal().into_owned(), b.decimal().into_owned());
        if whole {
            lo = if x.op == Op::Ge { lo.ceil() } else { lo.floor() };
            hi = if y.op == Op::Le { hi.floor() } else { hi.ceil() };
        }
        let gap = hi.sub(&lo).ok()?;
        let incompatible = |e: &Self| {
            let args = [Arg::Val(Val::Bound(y.clone())), Arg::Val(Val::Bound(x.clone()))];
            let fmt = if k == Kind::INT {
                "incompatible integer bounds {} and {}"
            } else {
                "incompatible number bounds {} and {}"
            };
            e.err_val(Code::Eval, fmt, args)
        };
        if gap.is_negative() && !gap.is_zero() {
            return incompatible(self);
        }
        if gap.is_zero() {
            let touching = x.op == Op::Ge && y.op == Op::Le;
            return if touching { None } else { incompatible(self) };
        }
        let one = gap.cmp_value(&Decimal::from(1)) == Ordering::Equal;
        if one && whole && x.op == Op::Gt && y.op == Op::Lt {
            let args = [Arg::Val(Val::Bound(x.clone())), Arg::Val(Val::Bound(y.clone()))];
            return self.err_val(Code::Eval, "incompatible integer bounds {} and {}", args);
        }
        None
    }
}

/// The comparison that keeps the first of two like bounds, and the direction of a bound.
fn class(op: Op) -> (Op, i8) {
    match op {
        Op::Gt => (Op::Ge, 1),
        Op::Ge => (Op::Gt, 1),
        Op::Lt => (Op::Le, -1),
        Op::Le => (Op::Lt, -1),
        Op::Match => (Op::Match, 2),
        Op::NotMatch => (Op::NotMatch, 3),
        _ => (Op::Ne, 0),
    }
}

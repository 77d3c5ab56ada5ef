//! Values that are joined constraints: a range that has a name is shown by it.

use super::*;
use crate::compile::predeclared::{FLOATS, RANGES};
use crate::num::{Decimal, Num};

/// A named range: its name, lowest and highest number.
type Named = (&'static str, Num, Num);

/// Ranges that a printed range of integers is named by.
fn integers() -> impl Iterator<Item = Named> {
    let shown = RANGES.iter().filter(|(name, ..)| !["rune", "uint"].contains(name));
    shown.filter_map(|(name, lo, hi)| Some((*name, number_of(lo)?, number_of(hi)?)))
}

/// Ranges that a printed range of floats is named by.
fn floats() -> impl Iterator<Item = Named> {
    let named = |(name, hi): &(&'static str, &str)| {
        Some((*name, number_of(&format!("-{hi}"))?, number_of(hi)?))
    };
    FLOATS.iter().filter_map(named)
}

fn number_of(text: &str) -> Option<Num> {
    Decimal::parse(text).map(|d| Num::with_kind(d, false))
}

fn is_zero(n: &Num) -> bool {
    n.decimal().is_zero()
}

/// A bound on numbers.
#[derive(Clone)]
struct Limit {
    bound: Bound,
    at: Num,
}

#[derive(Default)]
struct Range {
    is_int: bool,
    min: Option<Limit>,
    max: Option<Limit>,
}

impl Range {
    /// Takes a constraint in; false when it is no part of a range.
    fn add(&mut self, v: &Val) -> bool {
        use std::cmp::Ordering::{Greater, Less};
        let b = match v {
            Val::Kind(k) if *k == crate::kind::Kind::INT => {
                self.is_int = true;
                return true;
            }
            Val::Bound(b) => b,
            _ => return false,
        };
        let Val::Num(n) = &b.val else { return false };
        let limit = Limit { bound: (**b).clone(), at: n.clone() };
        let slot = match b.op {
            Op::Gt | Op::Ge => &mut self.min,
            Op::Lt | Op::Le => &mut self.max,
            _ => return false,
        };
        let order = slot.as_ref().map(|old| old.at.cmp_value(n));
        let wins = match b.op {
            Op::Gt => order != Some(Greater),
            Op::Ge => order.is_none_or(|o| o == Less),
            Op::Lt => order != Some(Less),
            _ => order.is_none_or(|o| o == Greater),
        };
        if wins {
            *slot = Some(limit);
        }
        true
    }

    /// The name of a range that covers one end or both, which are then dropped.
    fn named(&mut self, names: impl Iterator<Item = Named>) -> Option<&'static str> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        for (name, lo, hi) in names {
            let (Some(min), Some(max)) = (&self.min, &self.max) else { return None };
            if !is_zero(&min.at) && min.bound.op == Op::Ge && min.at.cmp_value(&lo) == Equal {
                match max.at.cmp_value(&hi) {
                    Equal => {
                        if max.bound.op == Op::Le {
                            self.max = None;
                        }
                        self.min = None;
                        return Some(name);
                    }
                    Less => {
                        self.min = None;
                        return Some(name);
                    }
                    Greater => {}
                }
            } else if max.bound.op == Op::Le && max.at.cmp_value(&hi) == Equal {
                let low = min.at.cmp_value(&lo);
                if low == Less {
                    continue;
                }
                if low == Equal && min.bound.op == Op::Ge {
                    self.min = None;
                }
                self.max = None;
                return Some(name);
            }
        }
        None
    }
}

impl Viewer<'_> {
    pub(super) fn conjunction(&mut self, vals: &[Val]) -> R<Expr> {
        let mut range = Range::default();
        let mut rest: Vec<&Val> = vals.iter().filter(|v| !range.add(v)).collect();
        let mut terms = self.range(range)?;
        if terms.is_empty() {
            rest = vals.iter().collect();
        }
        rest.sort_by_key(|v| rank(self.eval, &Elem::Val((*v).clone())));
        for v in rest {
            terms.push(self.value(v, None)?);
        }
        Ok(chain(BinaryOp::And, terms).unwrap_or_else(|| Expr::ident("_")))
    }

    /// A range with both ends, by name where there is one.
    fn range(&mut self, mut range: Range) -> R<Vec<Expr>> {
        let mut terms = Vec::new();
        let (Some(min), Some(_)) = (&range.min, &range.max) else { return Ok(terms) };
        let (negative, zero) = (min.at.is_negative(), is_zero(&min.at));
        let closed = min.bound.op == Op::Ge;
        let integer = if range.is_int { range.named(integers()) } else { None };
        match integer {
            Some(name) => terms.push(Expr::ident(name)),
            None => {
                let mut open = true;
                if range.is_int {
                    terms.push(Expr::ident(if negative { "int" } else { "uint" }));
                    if !negative && zero && closed {
                        range.min = None;
                        open = false;
                    }
                }
                if open && let Some(name) = range.named(floats()) {
                    terms.push(Expr::ident(name));
                }
            }
        }
        for limit in [range.min, range.max].into_iter().flatten() {
            terms.push(self.bound(&limit.bound)?);
        }
        Ok(terms)
    }
}

//! Lists: literals, data, and how long a list is.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::node::*;
use super::super::val::*;
use super::enter::Draft;
use super::{D, Direct, Off, leave};
use crate::eval::ArcType;
use crate::ir::{Elem as ListElem, Expr, ExprId, Op};
use crate::kind::Kind;
use crate::label::{Label, MAX_INDEX};
use crate::num::Num;

/// What is known of the length of a list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Length {
    len: usize,
    closed: bool,
}

impl Draft {
    pub(super) fn list_is_open(&self) -> Option<bool> {
        self.list.map(|l| !l.closed)
    }

    /// Meets a length into that of the list; false when they cannot agree.
    fn meet_length(&mut self, len: usize, closed: bool) -> D<()> {
        self.kind &= Kind::LIST;
        if self.kind.is_bottom() {
            return Err(Off::Conflict);
        }
        let own = self.list.get_or_insert_with(Length::default);
        match len.cmp(&own.len) {
            Ordering::Less if closed => return Err(Off::Conflict),
            Ordering::Greater if own.closed => return Err(Off::Conflict),
            Ordering::Greater => *own = Length { len, closed },
            Ordering::Equal => own.closed |= closed,
            Ordering::Less => {}
        }
        Ok(())
    }
}

impl Direct<'_> {
    pub(super) fn enter_list(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        x: ExprId,
        (env, ci): (EnvId, CloseInfo),
    ) -> D<()> {
        let prog = self.prog;
        let Expr::List(elems) = prog.expr(x) else { return leave() };
        let env = self.e.new_env(env, v);
        draft.info(ci, 0);
        let mut len = 0;
        let mut open = false;
        for (at, elem) in elems.iter().enumerate() {
            match *elem {
                ListElem::Expr(x) => {
                    self.add_elem(v, &mut len, Conj { env, elem: Elem::Expr(x), ci })?;
                }
                ListElem::Comp(comp) => {
                    let body = prog.comps[comp.at()].body;
                    for env in self.environments(env, comp)? {
                        self.add_elem(v, &mut len, Conj { env, elem: Elem::Expr(body), ci })?;
                    }
                }
                ListElem::Ellipsis(x) => {
                    if at + 1 != elems.len() {
                        return leave();
                    }
                    let elem = x.map_or(Elem::Val(Val::Top), Elem::Expr);
                    let from = Val::Num(Num::int(len as i64));
                    let pattern = Val::Bound(Arc::new(Bound { op: Op::Ge, val: from }));
                    self.add_pattern(v, pattern, Conj { env, elem, ci })?;
                    open = true;
                }
            }
        }
        draft.meet_length(len, !open)
    }

    fn add_elem(&mut self, v: NodeId, len: &mut usize, c: Conj) -> D<()> {
        let Some(label) = u32::try_from(*len).ok().filter(|i| *i < MAX_INDEX) else {
            return leave();
        };
        *len += 1;
        self.add_field(v, Label::int(label), ArcType::Member, c).map(drop)
    }

    /// Meets a list of data.
    pub(super) fn enter_list_data(
        &mut self,
        v: NodeId,
        draft: &mut Draft,
        x: NodeId,
        open: bool,
        ci: CloseInfo,
    ) -> D<()> {
        draft.info(ci, 0);
        let elems = self.e.elems(x);
        draft.meet_length(elems.len(), !open)?;
        for a in elems {
            let label = self.e.node(a).label;
            if !self.e.node(a).conjuncts.is_empty() {
                return leave();
            }
            let c = Conj { env: EnvId::NONE, elem: Elem::Val(Val::Node(a)), ci };
            self.add_field(v, label, ArcType::Member, c)?;
        }
        Ok(())
    }
}

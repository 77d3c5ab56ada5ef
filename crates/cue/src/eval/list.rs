//! Lists: literals, comprehensions in them, `...`, and finished lists meeting a node.

use std::cmp::Ordering;
use std::sync::Arc;

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::ir::{Elem as ListElem, Expr, Op};
use crate::kind::Kind;
use crate::label::{Label, MAX_INDEX};
use crate::num::Num;

impl Eval {
    pub(super) fn task_list_lit(&mut self, t: TaskId) -> R<()> {
        let task = &self.tasks[t.at()];
        let (node, env, ci) = (task.node, task.env, task.ci);
        let Elem::Expr(x) = task.x else { return Ok(()) };
        let prog = self.prog.clone();
        let Expr::List(elems) = prog.expr(x) else { return Ok(()) };
        self.update_cyclic(node, ci)?;
        let mut index = 0;
        let mut open = false;
        for (at, elem) in elems.iter().enumerate() {
            match *elem {
                ListElem::Expr(x) => {
                    self.insert_elem(node, &mut index, Conj { env, elem: Elem::Expr(x), ci })?;
                }
                ListElem::Comp(comp) => {
                    let (envs, err) = self.yield_envs(NodeId::NONE, env, comp)?;
                    let body = prog.comps[comp.at()].body;
                    for env in envs {
                        self.insert_elem(
                            node,
                            &mut index,
                            Conj { env, elem: Elem::Expr(body), ci },
                        )?;
                    }
                    if err.is_some() {
                        self.add_bottom_to(node, err);
                        return Ok(());
                    }
                }
                ListElem::Ellipsis(x) => {
                    if at + 1 != elems.len() {
                        self.add_err_to(node, "ellipsis must be last element in list", []);
                        return Ok(());
                    }
                    let elem = x.map_or(Elem::Val(Val::Top), Elem::Expr);
                    let from = Val::Num(Num::int(index as i64));
                    let pattern = Val::Bound(Arc::new(Bound { op: Op::Ge, val: from }));
                    self.insert_pattern(node, pattern, Conj { env, elem, ci: ci.optional() })?;
                    open = true;
                }
            }
            let st = self.st(node);
            let max = st.max_list_len;
            if st.list_is_closed && index > max {
                self.list_length_error(node, max, elems.len());
                return Ok(());
            }
        }
        match self.meet_length(node, index, !open) {
            Some((a, b)) => self.list_length_error(node, a, b),
            None => self.update_list_type(node, !open, Arg::Written(x), ci),
        }
        Ok(())
    }

    fn insert_elem(&mut self, node: NodeId, index: &mut usize, c: Conj) -> R<()> {
        let Some(label) = u32::try_from(*index).ok().filter(|i| *i < MAX_INDEX) else {
            return Err(self.spent("list length"));
        };
        *index += 1;
        let ci = c.ci;
        self.insert_arc(node, Label::int(label), ArcType::Member, c, ci, true).map(drop)
    }

    /// Meets a length into what is known of a list's; the two lengths when they cannot agree.
    fn meet_length(&mut self, node: NodeId, len: usize, closed: bool) -> Option<(usize, usize)> {
        let st = self.st(node);
        let max = st.max_list_len;
        match len.cmp(&max) {
            Ordering::Less if closed => return Some((len, max)),
            Ordering::Greater if st.list_is_closed => return Some((max, len)),
            Ordering::Greater => {
                st.list_is_closed = closed;
                st.max_list_len = len;
            }
            Ordering::Equal => st.list_is_closed |= closed,
            Ordering::Less => {}
        }
        None
    }

    fn list_length_error(&mut self, node: NodeId, a: usize, b: usize) {
        let args = [Arg::Int(a as i64), Arg::Int(b as i64)];
        self.add_err_to(node, "incompatible list lengths ({} and {})", args);
    }

    pub(super) fn task_list_node(&mut self, t: TaskId) -> R<()> {
        let task = &self.tasks[t.at()];
        let (node, ci) = (task.node, task.ci);
        let Elem::Val(Val::Node(l)) = task.x else { return Ok(()) };
        let elems = self.elems(l);
        let closed = self.is_closed_list(l);
        let max = self.st(node).max_list_len;
        let clash = self.meet_length(node, elems.len(), closed);
        // As for a literal, what does not fit is still seen up to the first element too many; not so for slices.
        let shown = match clash {
            Some(_) if self.node(l).is_data => max + 1,
            Some(_) => 0,
            None => usize::MAX,
        };
        for a in elems.into_iter().take(shown) {
            let label = self.node(a).label;
            // An element of data came the way its list came, and is judged by that.
            if self.node(a).conjuncts.is_empty() {
                let c = Conj { env: EnvId::NONE, elem: Elem::Val(Val::Node(a)), ci };
                self.insert_arc(node, label, ArcType::Member, c, ci, true)?;
                continue;
            }
            for c in self.node(a).conjuncts.clone() {
                self.insert_arc(node, label, ArcType::Member, Conj { ci, ..c }, ci, true)?;
            }
        }
        match clash {
            Some((a, b)) => self.list_length_error(node, a, b),
            None => self.update_list_type(node, closed, Arg::Val(Val::Node(l)), ci),
        }
        Ok(())
    }

    fn update_list_type(&mut self, node: NodeId, closed: bool, by: Arg, ci: CloseInfo) {
        if self.st(node).kind.is_bottom() {
            self.node_mut(node).status = Status::Finalized;
            return;
        }
        let open = match self.node(node).base {
            Some(Val::ListMark { open }) => open && !closed,
            _ => !closed,
        };
        self.node_mut(node).base = Some(Val::ListMark { open });
        if self.st(node).kind != Kind::LIST {
            let pos = self.pos;
            self.update_kind(node, Kind::LIST, by, pos, ci);
        }
    }
}

//! Functions that rearrange lists. Their elements stay what they are: values, schemas, open fields.

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::func::{CallError, CallErrorKind, ListFn};
use crate::ir::FuncId;
use crate::label::{Label, MAX_INDEX};

impl Eval {
    pub(super) fn call_list(&mut self, id: FuncId, op: ListFn, vals: &[Val]) -> R<Option<Val>> {
        let ints: Vec<i64> = vals
            .iter()
            .filter_map(|v| match self.unwrap(v) {
                Some(Val::Num(n)) => n.to_i64(),
                _ => None,
            })
            .collect();
        if let Some(b) = self.endless(&vals[0])? {
            return Ok(Some(Val::Bottom(b)));
        }
        let elems = match self.elements_of(&vals[0])? {
            Ok(elems) => elems,
            Err(e) => return self.call_failed(id, e),
        };
        let out = match op {
            ListFn::Concat => self.concat(&elems)?,
            ListFn::Flatten => self.flatten(&elems, ints.first().copied().unwrap_or(0))?,
            ListFn::Sort => self.sorted(elems, &vals[1])?,
            op => rearrange(op, elems, &ints),
        };
        match out {
            Ok(elems) => self.list_of(elems).map(|n| Some(Val::Node(n))),
            Err(e) => self.call_failed(id, e),
        }
    }

    /// The structural cycle that a value is: it stays one through every function.
    fn endless(&mut self, v: &Val) -> R<Option<std::sync::Arc<Bottom>>> {
        let Val::Node(n) = *v else { return Ok(None) };
        self.finalize(n)?;
        let found = self.bottom(n).filter(|b| b.code == Code::Structural);
        let own = |b: std::sync::Arc<Bottom>| {
            std::sync::Arc::new(Bottom { msgs: b.msgs.clone(), node: n, ..Bottom::bare(b.code) })
        };
        Ok(found.map(own))
    }

    fn elements_of(&mut self, v: &Val) -> R<Result<Vec<NodeId>, CallError>> {
        let Val::Node(n) = *v else {
            let kind = self.kind(v);
            return Ok(Err(CallError::fatal(format!("cannot use value of type {kind} as list"))));
        };
        self.finalize(n)?;
        let n = self.default_node(n)?;
        let n = self.deref(n);
        if let Some(b) = self.bottom(n).filter(|b| b.is_incomplete() || !b.has_recursive) {
            let text = self.message_text(&b);
            return Ok(Err(if b.is_incomplete() {
                CallError::incomplete(text)
            } else {
                CallError::fatal(text)
            }));
        }
        if self.is_list(n) {
            return Ok(Ok(self.elems(n)));
        }
        let val = self.value(n).unwrap_or(Val::Top);
        let text = format!("cannot use {} as list", self.val_text(&val));
        let open = !self.is_concrete(&val) && self.kind(&val).meets(crate::kind::Kind::LIST);
        Ok(Err(if open { CallError::incomplete(text) } else { CallError::fatal(text) }))
    }

    /// `left + right`, as older versions had it.
    pub(super) fn joined_lists(&mut self, left: &Val, right: &Val) -> R<Option<Val>> {
        let mut all = Vec::new();
        for side in [left, right] {
            match self.elements_of(side)? {
                Ok(elems) => all.extend(elems),
                Err(e) => return Ok(self.list_failed(e)),
            }
        }
        self.list_of(all).map(|n| Some(Val::Node(n)))
    }

    /// `list * times`, as older versions had it.
    pub(super) fn repeated_list(&mut self, list: &Val, times: &Val) -> R<Option<Val>> {
        let times = match self.unwrap(times) {
            Some(Val::Num(n)) => n.to_i64().unwrap_or(i64::MAX),
            _ => 0,
        };
        let repeated = match self.elements_of(list)? {
            Ok(elems) => rearrange(ListFn::Repeat, elems, &[times]),
            Err(e) => Err(e),
        };
        match repeated {
            Ok(elems) => self.list_of(elems).map(|n| Some(Val::Node(n))),
            Err(e) => Ok(self.list_failed(e)),
        }
    }

    fn list_failed(&mut self, e: CallError) -> Option<Val> {
        let code = match e.kind {
            CallErrorKind::Incomplete => Code::Incomplete,
            CallErrorKind::UnmetYet => Code::Incomplete,
            CallErrorKind::Fatal | CallErrorKind::Unmet | CallErrorKind::Budget => Code::Eval,
        };
        self.err_val(code, &e.message, [])
    }

    fn concat(&mut self, lists: &[NodeId]) -> R<Result<Vec<NodeId>, CallError>> {
        let mut out = Vec::new();
        for l in lists {
            match self.elements_of(&Val::Node(*l))? {
                Ok(elems) => out.extend(elems),
                Err(e) => return Ok(Err(e)),
            }
        }
        Ok(Ok(out))
    }

    fn flatten(&mut self, elems: &[NodeId], depth: i64) -> R<Result<Vec<NodeId>, CallError>> {
        let mut out = Vec::new();
        for &e in elems {
            let own = self.default_node(e)?;
            let own = self.deref(own);
            if depth == 0 || !self.is_list(own) {
                out.push(e);
                continue;
            }
            let inner = self.elems(own);
            match self.deeper(|e| e.flatten(&inner, depth - 1))? {
                Ok(elems) => out.extend(elems),
                Err(e) => return Ok(Err(e)),
            }
        }
        Ok(Ok(out))
    }

    /// Sorts stably by a struct whose `less` compares its `x` and `y`; a comparison may fail, and may contradict itself.
    fn sorted(&mut self, elems: Vec<NodeId>, comparer: &Val) -> R<Result<Vec<NodeId>, CallError>> {
        let mut from = elems;
        let mut width = 1;
        while width < from.len() {
            let mut to = Vec::with_capacity(from.len());
            for pair in from.chunks(2 * width) {
                let (mut left, mut right) = pair.split_at(width.min(pair.len()));
                while let ([x, more_left @ ..], [y, more_right @ ..]) = (left, right) {
                    match self.comes_first(*y, *x, comparer)? {
                        Ok(true) => {
                            to.push(*y);
                            right = more_right;
                        }
                        Ok(false) => {
                            to.push(*x);
                            left = more_left;
                        }
                        Err(e) => return Ok(Err(e)),
                    }
                }
                to.extend_from_slice(left);
                to.extend_from_slice(right);
            }
            from = to;
            width *= 2;
        }
        Ok(Ok(from))
    }

    fn comes_first(&mut self, x: NodeId, y: NodeId, by: &Val) -> R<Result<bool, CallError>> {
        let less = self.str_label("less");
        let fields = [(self.str_label("x"), x), (self.str_label("y"), y)];
        if let Some(less) = self.compared_directly(fields, by, less)? {
            return Ok(Ok(less));
        }
        let mut pair = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        pair.is_data = true;
        pair.status = Status::Finalized;
        pair.base = Some(Val::StructMark);
        let pair = self.new_node(pair)?;
        for (label, own) in fields {
            let field = self.plain_data(label, Val::Node(own))?;
            self.node_mut(field).parent = pair;
            self.node_mut(pair).arcs.push(field);
        }
        let v = self.join(&Val::Node(pair), by)?;
        let v = self.deref(v);
        let Some(less) = self.arc(v, less) else {
            let text =
                self.bottom(v).map_or("undefined field: less".into(), |b| self.message_text(&b));
            return Ok(Err(CallError::fatal(text)));
        };
        self.finalize(less)?;
        Ok(match self.unwrap(&Val::Node(less)) {
            Some(Val::Bool(b)) => Ok(b),
            Some(Val::Bottom(b)) => Err(CallError::fatal(self.message_text(&b))),
            _ => Err(CallError::fatal("less is no bool")),
        })
    }

    fn list_of(&mut self, elems: Vec<NodeId>) -> R<NodeId> {
        let mut list = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
        list.is_data = true;
        list.status = Status::Finalized;
        list.base = Some(Val::ListMark { open: false });
        let list = self.new_node(list)?;
        for (i, e) in elems.into_iter().enumerate() {
            let Some(at) = u32::try_from(i).ok().filter(|i| *i < MAX_INDEX) else {
                return Err(self.spent("list length"));
            };
            let mut n = Node::new(list, Label::int(at), ArcType::Member);
            let elem = Elem::Val(Val::Node(e));
            n.conjuncts.push(Conj { env: EnvId::NONE, elem, ci: CloseInfo::NONE });
            let n = self.new_node(n)?;
            self.node_mut(list).arcs.push(n);
        }
        Ok(list)
    }
}

fn rearrange(op: ListFn, mut elems: Vec<NodeId>, ints: &[i64]) -> Result<Vec<NodeId>, CallError> {
    let int = |i: usize| ints.get(i).copied().unwrap_or(0);
    let size = |i: i64, what: &str| {
        usize::try_from(i).map_err(|_| CallError::fatal(format!("negative {what}")))
    };
    match op {
        ListFn::Drop => Ok(elems.split_off(size(int(0), "index")?.min(elems.len()))),
        ListFn::Take => {
            elems.truncate(size(int(0), "index")?);
            Ok(elems)
        }
        ListFn::Repeat => {
            let n = size(int(0), "count")?;
            if n.saturating_mul(elems.len()) > 1_000_000 {
                return Err(CallError::budget("list too long"));
            }
            Ok(elems.repeat(n))
        }
        ListFn::Reverse => {
            elems.reverse();
            Ok(elems)
        }
        ListFn::Slice => {
            let (i, j) = (size(int(0), "index")?, int(1));
            if int(0) > j {
                return Err(CallError::fatal(format!("invalid index: {i} > {j}")));
            }
            let j = usize::try_from(j).unwrap_or(0);
            if j > elems.len() {
                return Err(CallError::fatal("slice bounds out of range"));
            }
            Ok(elems[i..j].to_vec())
        }
        ListFn::Concat | ListFn::Flatten | ListFn::Sort => Ok(elems),
    }
}

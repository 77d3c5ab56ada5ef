//! A finished tree as the evaluator sees it: kinds, marks of closedness and presence, classes of errors beside what is left.
//!
//! The notation is that of the reference's debug printer, so that results can be compared: `a?: (#struct){ … }`. It is
//! no CUE. Shared nodes are named by path, as `~(a.b)`. Lets are left out: they are no part of a value.

use super::node::*;
use super::val::*;
use super::{ArcType, Eval};
use crate::kind::Kind;
use crate::label_text::bytes_literal;

struct Dump<'a> {
    eval: &'a Eval,
    out: String,
    indent: usize,
    stack: Vec<NodeId>,
}

impl Eval {
    /// The tree below a finished node.
    pub(crate) fn dump(&self, v: NodeId) -> String {
        let mut dump = Dump { eval: self, out: String::new(), indent: 0, stack: Vec::new() };
        dump.node(v);
        dump.out
    }
}

impl Dump<'_> {
    fn line(&mut self, text: &str) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.indent));
        self.out.push_str(text);
    }

    fn shared(&mut self, v: NodeId) {
        let path = self.eval.path_text(v);
        self.out.push_str(&format!("~({path})"));
    }

    fn node(&mut self, v: NodeId) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.node_inner(v));
    }

    fn node_inner(&mut self, v: NodeId) {
        let e = self.eval;
        let at = e.deref_disjunct(v);
        let x = e.deref(at);
        let n = e.node(x);
        let internal = n.non_rooted || n.anonymous || n.dynamic;
        let named = e.node(at).is_shared && !internal && at != x && !n.arcs.is_empty();
        if named || self.stack.contains(&x) {
            return self.shared(x);
        }
        self.stack.push(x);
        let kind = n.base.as_ref().map_or(Kind::BOTTOM, |b| e.kind(b));
        let closed = e.is_closed_struct(x) || e.is_closed_list(x);
        let mark = if closed && (kind == Kind::STRUCT || kind == Kind::LIST) { "#" } else { "" };
        self.out.push_str(&format!("({mark}{kind}){{"));
        self.body(x);
        self.stack.pop();
    }

    fn body(&mut self, x: NodeId) {
        let n = self.eval.node(x);
        self.indent += 1;
        let mut arcs = true;
        match &n.base {
            Some(Val::Bottom(b)) => arcs = self.error(b),
            Some(Val::StructMark | Val::ListMark { .. }) | None => {}
            Some(v) if n.arcs.is_empty() => {
                self.out.push(' ');
                self.val(v);
                self.out.push_str(" }");
                self.indent -= 1;
                return;
            }
            Some(v) => {
                self.line("");
                self.val(v);
            }
        }
        if arcs {
            n.arcs.iter().for_each(|a| self.arc(*a));
        }
        self.indent -= 1;
        self.line("}");
    }

    fn arc(&mut self, a: NodeId) {
        let n = self.eval.node(a);
        if n.arc_type > ArcType::Optional || n.label.is_let() {
            return;
        }
        let label = self.eval.label_text(n.label);
        self.line(&format!("{label}{}: ", n.arc_type.mark()));
        self.node(a);
    }

    /// Writes an error; whether the fields beside it count.
    fn error(&mut self, b: &Bottom) -> bool {
        let code = match b.code {
            Code::Eval => "eval",
            Code::User | Code::Literal => "user",
            Code::Structural => "structural cycle",
            Code::Incomplete => "incomplete",
            Code::Cycle => "cycle",
        };
        let head = format!("// [{code}]");
        if b.child_error || b.msgs.is_empty() {
            self.line(&head);
        } else {
            for (i, m) in b.msgs.iter().enumerate() {
                let path = self.eval.path_text(m.node);
                let colon = if path.is_empty() { "" } else { ": " };
                let lead = if i == 0 { &head } else { "//" };
                let text = self.eval.msg_text(m).replace('\n', " ");
                self.line(&format!("{lead} {path}{colon}{text}"));
            }
        }
        b.child_error || !matches!(b.code, Code::Cycle | Code::Structural)
    }

    fn val(&mut self, v: &Val) {
        match v {
            Val::Bytes(b) => self.out.push_str(&bytes_literal(b, None)),
            Val::Node(n) => self.node(*n),
            Val::Bound(b) => {
                self.out.push_str(b.op.text());
                self.val(&b.val);
            }
            Val::Valid(v) => {
                let name = self.eval.func_name(v.func);
                self.out.push_str(&name);
                self.joined("(", v.args.iter().map(|v| (v, "")));
            }
            Val::Conj(vals) => self.joined("&(", vals.iter().map(|v| (v, ""))),
            Val::Disj(d) => {
                let mark = |i| if i < d.defaults { "*" } else { "" };
                self.joined("|(", d.vals.iter().enumerate().map(|(i, v)| (v, mark(i))));
            }
            scalar => {
                let text = self.eval.val_text(scalar);
                self.out.push_str(&text);
            }
        }
    }

    fn joined<'v>(&mut self, open: &str, vals: impl Iterator<Item = (&'v Val, &'static str)>) {
        self.out.push_str(open);
        for (i, (v, mark)) in vals.enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            self.out.push_str(mark);
            self.val(v);
        }
        self.out.push(')');
    }
}

//! Text of values, expressions, paths and messages, made only when someone reads an error.

use std::sync::Arc;

use super::node::*;
use super::val::*;
use super::{ArcType, Eval};
use crate::ir::ExprId;
use crate::kind::Kind;
use crate::label::Label;
use crate::label_text::quote;

/// Nesting beyond which values in messages are cut.
const DEPTH: u32 = 8;
/// Steps beyond which the path in the error of a budget is cut.
const PATH: usize = 32;
/// Bytes beyond which a rendered value is cut.
const WIDTH: usize = 2000;

impl Eval {
    /// The path of a node from its root.
    pub(crate) fn path_of(&self, v: NodeId) -> Vec<Label> {
        let mut path = Vec::new();
        let mut v = v;
        while !v.is_none() {
            let n = self.node(v);
            if n.parent.is_none() {
                break;
            }
            let is_value = matches!(self.node(n.parent).base, Some(Val::Node(w)) if w == v);
            if !n.label.is_none() && !is_value {
                path.push(n.label);
            }
            v = n.parent;
        }
        path.reverse();
        path
    }

    pub(crate) fn path_text(&self, v: NodeId) -> Arc<str> {
        let parts: Vec<String> = self.path_of(v).into_iter().map(|l| self.label_text(l)).collect();
        parts.join(".").into()
    }

    /// The path of a node, cut where it is too long to be read.
    pub(crate) fn short_path(&self, v: NodeId) -> String {
        let path = self.path_of(v);
        let shown = path.iter().take(PATH).map(|l| self.label_text(*l));
        let text = shown.collect::<Vec<_>>().join(".");
        if path.len() > PATH { text + "..." } else { text }
    }

    pub(crate) fn val_text(&self, v: &Val) -> String {
        let mut out = String::new();
        self.write_val(&mut out, v, 0);
        out
    }

    fn write_val(&self, out: &mut String, v: &Val, depth: u32) {
        if out.len() > WIDTH || depth > DEPTH {
            out.push_str("...");
            return;
        }
        match v {
            Val::Null => out.push_str("null"),
            Val::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Val::Num(n) => out.push_str(&n.to_string()),
            Val::Str(s) => out.push_str(&quote(s)),
            Val::Bytes(b) => {
                let text = String::from_utf8_lossy(b);
                out.push('\'');
                out.push_str(&text.replace('\'', "\\'"));
                out.push('\'');
            }
            Val::Top => out.push('_'),
            Val::Kind(k) => out.push_str(&k.to_string()),
            Val::Bound(b) => {
                out.push_str(b.op.text());
                self.write_val(out, &b.val, depth + 1);
            }
            Val::Valid(v) => self.write_validator(out, v, depth),
            Val::Func(f) => out.push_str(&self.func_name(*f)),
            Val::Conj(vals) => self.write_joined(out, vals.iter().map(|v| (v, "")), " & ", depth),
            Val::Disj(d) => {
                let mark = |i| if i < d.defaults { "*" } else { "" };
                self.write_joined(
                    out,
                    d.vals.iter().enumerate().map(|(i, v)| (v, mark(i))),
                    " | ",
                    depth,
                );
            }
            Val::Bottom(_) => out.push_str("_|_"),
            Val::Node(n) => self.write_node(out, *n, depth),
            Val::StructMark => out.push_str("struct"),
            Val::ListMark { .. } => out.push_str("list"),
        }
    }

    fn write_validator(&self, out: &mut String, v: &Validator, depth: u32) {
        out.push_str(&self.func_name(v.func));
        out.push('(');
        self.write_joined(out, v.args.iter().map(|v| (v, "")), ", ", depth);
        out.push(')');
    }

    fn write_joined<'a>(
        &self,
        out: &mut String,
        vals: impl Iterator<Item = (&'a Val, &'a str)>,
        sep: &str,
        depth: u32,
    ) {
        for (i, (v, mark)) in vals.enumerate() {
            if out.len() > WIDTH {
                return out.push_str("...");
            }
            if i > 0 {
                out.push_str(sep);
            }
            out.push_str(mark);
            self.write_val(out, v, depth + 1);
        }
    }

    fn write_node(&self, out: &mut String, n: NodeId, depth: u32) {
        let n = self.deref(n);
        match &self.node(n).base {
            Some(Val::StructMark) => self.write_fields(out, n, depth),
            Some(Val::ListMark { .. }) => self.write_arcs(out, ('[', ']'), self.elems(n), depth),
            Some(Val::Bottom(_)) => self.write_failed(out, n, depth),
            Some(v) => self.write_val(out, v, depth),
            None => match self.state(n).and_then(|s| s.scalar.as_ref()) {
                Some(v) => self.write_val(out, v, depth),
                None => out.push_str(&Kind::TOP.to_string()),
            },
        }
    }

    /// What a node was before it failed: messages tell of the value that was refused.
    fn write_failed(&self, out: &mut String, n: NodeId, depth: u32) {
        let elems = self.elems(n);
        let scalar = self.state(n).and_then(|s| s.scalar.as_ref());
        match scalar {
            Some(v) => self.write_val(out, v, depth),
            None if !elems.is_empty() => self.write_arcs(out, ('[', ']'), elems, depth),
            None if self.node(n).structs.is_empty() => out.push_str("_|_"),
            None => self.write_fields(out, n, depth),
        }
    }

    /// The fields of a struct; lets are none.
    fn write_fields(&self, out: &mut String, n: NodeId, depth: u32) {
        let fields = self.node(n).arcs.iter().filter(|a| !self.node(**a).label.is_let());
        self.write_arcs(out, ('{', '}'), fields.copied().collect(), depth);
    }

    fn write_arcs(
        &self,
        out: &mut String,
        (open, close): (char, char),
        arcs: Vec<NodeId>,
        depth: u32,
    ) {
        out.push(open);
        let mut first = true;
        for a in arcs {
            if out.len() > WIDTH {
                out.push_str("...");
                break;
            }
            let n = self.node(a);
            if n.arc_type > ArcType::Optional {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            if !n.label.is_int() {
                out.push_str(&self.label_text(n.label));
                out.push_str(n.arc_type.mark());
                out.push(':');
            }
            self.write_val(out, &Val::Node(a), depth + 1);
        }
        out.push(close);
    }

    /// An expression as it is written in its source.
    pub(crate) fn expr_text(&self, x: ExprId) -> String {
        let pos = self.prog.expr_pos[x.at()];
        let end = self.prog.expr_end[x.at()] as usize;
        let source = usize::from(pos.file).checked_sub(1).and_then(|i| self.prog.sources.get(i));
        let text = source.and_then(|s| s.text.get(pos.offset as usize..end));
        text.map_or_else(|| "_".to_owned(), str::to_owned)
    }

    fn arg_text(&self, arg: &Arg) -> String {
        match arg {
            Arg::Val(v) => self.val_text(v),
            Arg::Expr(x) => self.expr_text(*x),
            Arg::Written(x) => self.compact_expr(*x),
            Arg::Struct(lit) => self.compact_struct(*lit),
            Arg::Label(l) => self.label_text(*l),
            Arg::Kind(k) => k.to_string(),
            Arg::Text(t) => t.to_string(),
            Arg::Int(i) => i.to_string(),
        }
    }

    pub(crate) fn msg_text(&self, m: &Msg) -> String {
        let mut out = String::new();
        let mut args = m.args.iter();
        let mut rest = &*m.fmt;
        while let Some(at) = rest.find("{}") {
            out.push_str(&rest[..at]);
            if let Some(a) = args.next() {
                out.push_str(&self.arg_text(a));
            }
            rest = &rest[at + 2..];
        }
        out.push_str(rest);
        out
    }

    /// The first message of an error, without its path.
    pub(crate) fn message_text(&self, b: &Bottom) -> String {
        b.msgs.first().map_or_else(|| "error".to_owned(), |m| self.msg_text(m))
    }
}

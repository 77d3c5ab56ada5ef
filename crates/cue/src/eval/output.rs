//! Finished values given out: one walk, defaults taken and fields in the order of export, into data or into text.

use std::fmt::Write as _;
use std::sync::Arc;

use super::node::*;
use super::val::*;
use super::{ArcType, Eval, R};
use crate::data::{Data, MAX_NESTING, write_string};
use crate::ir::Expr;
use crate::kind::Kind;
use crate::num::Num;

/// What takes a value, part by part.
trait Sink {
    /// Whether numbers of lists tell how they were written.
    const SPELLED: bool;

    fn scalar(&mut self, val: &Val);
    fn open(&mut self, list: bool);
    fn key(&mut self, name: &Arc<str>);
    fn close(&mut self);
}

/// Data under construction: what is complete, and the lists and structs around the place.
#[derive(Default)]
struct Builder {
    around: Vec<Composite>,
    key: Option<Arc<str>>,
    done: Option<Data>,
}

struct Composite {
    /// The key under which it will stand.
    key: Option<Arc<str>>,
    parts: Parts,
}

enum Parts {
    List(Vec<Data>),
    Struct(Vec<(Arc<str>, Data)>),
}

impl Builder {
    fn put(&mut self, data: Data) {
        match self.around.last_mut().map(|c| &mut c.parts) {
            Some(Parts::List(items)) => items.push(data),
            Some(Parts::Struct(fields)) => {
                fields.push((self.key.take().unwrap_or_else(|| "".into()), data));
            }
            None => self.done = Some(data),
        }
    }
}

impl Sink for Builder {
    const SPELLED: bool = true;

    fn scalar(&mut self, val: &Val) {
        self.put(scalar(val));
    }

    fn open(&mut self, list: bool) {
        let parts = if list { Parts::List(Vec::new()) } else { Parts::Struct(Vec::new()) };
        self.around.push(Composite { key: self.key.take(), parts });
    }

    fn key(&mut self, name: &Arc<str>) {
        self.key = Some(name.clone());
    }

    fn close(&mut self) {
        let Some(Composite { key, parts }) = self.around.pop() else { return };
        self.key = key;
        self.put(match parts {
            Parts::List(items) => Data::List(items.into()),
            Parts::Struct(fields) => Data::Struct(fields.into()),
        });
    }
}

/// A scalar as data; anything else is null.
fn scalar(val: &Val) -> Data {
    match val {
        Val::Bool(b) => Data::Bool(*b),
        Val::Num(n) => Data::Num(n.clone()),
        Val::Str(s) => Data::Str(s.clone()),
        Val::Bytes(b) => Data::Bytes(b.clone()),
        _ => Data::Null,
    }
}

/// Compact JSON, and what closes the lists and structs around the place.
#[derive(Default)]
struct JsonText {
    text: String,
    closing: Vec<char>,
}

impl JsonText {
    /// A comma between what stands before and what follows. Texts end with a quotation mark, so the last character tells.
    fn separate(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'[' | b'{' | b':')) {
            self.text.push(',');
        }
    }
}

impl Sink for JsonText {
    const SPELLED: bool = false;

    fn scalar(&mut self, val: &Val) {
        self.separate();
        match val {
            Val::Str(s) => write_string(&mut self.text, s),
            Val::Num(n) => {
                let _ = write!(self.text, "{n}");
            }
            other => self.text.push_str(&scalar(other).to_json()),
        }
    }

    fn open(&mut self, list: bool) {
        self.separate();
        let (open, close) = if list { ('[', ']') } else { ('{', '}') };
        self.text.push(open);
        self.closing.push(close);
    }

    fn key(&mut self, name: &Arc<str>) {
        self.separate();
        write_string(&mut self.text, name);
        self.text.push(':');
    }

    fn close(&mut self) {
        self.text.extend(self.closing.pop());
    }
}

/// Whether a value could be given out; the error that stands in the way otherwise.
type Given = Result<(), Arc<Bottom>>;

impl Eval {
    /// A value as data, defaults taken; the error that stands in the way otherwise.
    pub(crate) fn data_of(&mut self, v: &Val) -> R<Result<Data, Arc<Bottom>>> {
        let mut built = Builder::default();
        let given = self.give(v, &mut built)?;
        Ok(given.map(|()| built.done.unwrap_or(Data::Null)))
    }

    /// A value as compact JSON, as [`Self::data_of`] would have it.
    pub(crate) fn json_of(&mut self, v: &Val) -> R<Result<String, Arc<Bottom>>> {
        let mut json = JsonText::default();
        let given = self.give(v, &mut json)?;
        Ok(given.map(|()| json.text))
    }

    fn give(&mut self, v: &Val, to: &mut impl Sink) -> R<Given> {
        self.step()?;
        match v {
            Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) | Val::Bytes(_) => to.scalar(v),
            Val::Bottom(b) => return Ok(Err(b.clone())),
            Val::Node(n) => return self.give_node(*n, to),
            Val::Disj(d) if d.defaults == 1 => return self.give(&d.vals[0], to),
            other => return Ok(Err(self.incomplete_value(Arg::Val(other.clone())))),
        }
        Ok(Ok(()))
    }

    fn incomplete_value(&self, what: Arg) -> Arc<Bottom> {
        self.err(Code::Incomplete, "cannot convert incomplete value {} to JSON", [what])
    }

    fn give_node(&mut self, v: NodeId, to: &mut impl Sink) -> R<Given> {
        let saved = std::mem::replace(&mut self.vertex, v);
        let out = self.nested_data(|e| e.give_value(v, to));
        self.vertex = saved;
        out
    }

    /// Runs `f` inside one more list or struct of a result.
    pub(super) fn nested_data<T>(&mut self, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        if self.data_depth >= MAX_NESTING {
            return Err(self.spent("data nesting"));
        }
        self.data_depth += 1;
        let out = self.deeper(f);
        self.data_depth -= 1;
        out
    }

    fn give_value<S: Sink>(&mut self, v: NodeId, to: &mut S) -> R<Given> {
        self.finalize(v)?;
        let x = self.default_node(v)?;
        let x = self.deref(x);
        match self.node(x).base.clone() {
            Some(Val::StructMark) => self.give_struct(x, to),
            Some(Val::ListMark { .. }) => self.give_list(x, to),
            Some(Val::Func(f)) => {
                let args = [Arg::Text(self.func_name(f).into())];
                Ok(Err(self.err(Code::Incomplete, "cannot convert function {} to JSON", args)))
            }
            Some(base) => self.give(&base, to),
            None => Ok(Err(self.incomplete_value(Arg::Kind(Kind::TOP)))),
        }
    }

    fn give_list<S: Sink>(&mut self, x: NodeId, to: &mut S) -> R<Given> {
        to.open(true);
        for a in self.elems(x) {
            if S::SPELLED
                && let Some(n) = self.as_written(a)?
            {
                to.scalar(&Val::Num(n));
                continue;
            }
            if let Err(b) = self.give_node(a, to)? {
                return Ok(Err(b));
            }
        }
        to.close();
        Ok(Ok(()))
    }

    /// The number of a list element with its text, where a literal stands there.
    fn as_written(&mut self, element: NodeId) -> R<Option<Num>> {
        let literal = self.node(element).conjuncts.iter().find_map(|c| match &c.elem {
            Elem::Expr(x) if matches!(self.prog.expr(*x), Expr::Val(Val::Num(_))) => Some(*x),
            _ => None,
        });
        let Some(x) = literal else { return Ok(None) };
        self.finalize(element)?;
        let Some(Val::Num(n)) = self.unwrap(&Val::Node(element)) else { return Ok(None) };
        let text = self.expr_text(x);
        let suffixed = !text.starts_with('0') && text.ends_with(|c: char| c.is_ascii_alphabetic());
        Ok((!suffixed).then(|| n.spelled(&text)))
    }

    fn give_struct(&mut self, x: NodeId, to: &mut impl Sink) -> R<Given> {
        to.open(false);
        for a in self.ordered_arcs(x) {
            let label = self.node(a).label;
            if !label.is_str() {
                continue;
            }
            if self.node(a).arc_type == ArcType::Required {
                let mut msg = self.msg("field is required but not present", []);
                msg.node = a;
                return Ok(Err(Arc::new(Bottom::new(Code::Incomplete, msg))));
            }
            if !self.is_defined(a)? {
                continue;
            }
            match self.symbol_name(label) {
                Some(name) => to.key(name),
                None => to.key(&"".into()),
            }
            if let Err(b) = self.give_node(a, to)? {
                return Ok(Err(b));
            }
        }
        to.close();
        Ok(Ok(()))
    }
}

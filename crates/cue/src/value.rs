//! Values: what a run found, and questions to it.
//!
//! A value keeps its run alive. Questions may evaluate more (a value filled or joined is a new node of the same run),
//! so they go through a lock; each has its own budget.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::context::{Context, stopped};
use crate::data::Data;
use crate::error::{Class, Error, Message, Messages, Position};
use crate::eval::node::{CloseInfo, Conj, Elem, EnvId, Node, NodeId};
use crate::eval::val::{Bottom, Code, Val};
use crate::eval::validate::Check;
use crate::eval::{ArcType, Eval, R};
use crate::ir::Pos;
use crate::kind::Kind;
use crate::label::{Label, LabelKind, visible};
use crate::path::{Path, Selector};

mod access;
mod fields;
mod syntax;

pub use fields::{Field, Fields};

/// What [`Value::validate`] demands.
#[derive(Clone, Copy, Debug)]
pub struct Validate(Check);

impl Default for Validate {
    fn default() -> Self {
        Self(Check { all_errors: true, ..Check::default() })
    }
}

impl Validate {
    /// Nothing may be left open.
    #[must_use]
    pub fn concrete(mut self, on: bool) -> Self {
        self.0.concrete = on;
        self.0.is_final |= on;
        self
    }

    /// Required fields must be present; incomplete errors count.
    #[must_use]
    pub fn is_final(mut self, on: bool) -> Self {
        self.0.is_final = on;
        self
    }

    /// Stops at the first error.
    #[must_use]
    pub fn first_only(mut self, on: bool) -> Self {
        self.0.all_errors = !on;
        self
    }
}

/// A value of a run.
#[derive(Clone, Debug)]
pub struct Value {
    run: Arc<Mutex<Eval>>,
    node: NodeId,
    ctx: Context,
    /// Set when there is no such field.
    missing: Option<Arc<Error>>,
}

impl Value {
    pub(crate) fn new(run: Arc<Mutex<Eval>>, node: NodeId, ctx: Context) -> Self {
        Self { run, node, ctx, missing: None }
    }

    pub(crate) fn of_data(mut eval: Eval, data: &Data) -> Self {
        let node =
            eval.data_node(data, NodeId::NONE, Label::NONE, Pos::NONE).unwrap_or(NodeId::NONE);
        Self::new(Arc::new(Mutex::new(eval)), node, Context::default())
    }

    fn lock(&self) -> MutexGuard<'_, Eval> {
        let mut run = match self.run.lock() {
            Ok(run) => run,
            Err(poisoned) => poisoned.into_inner(),
        };
        run.renew_budget();
        run
    }

    /// Asks the run; a missing value answers with its error.
    fn ask<T>(&self, f: impl FnOnce(&mut Eval, NodeId) -> R<T>) -> Result<T, Error> {
        if let Some(e) = &self.missing {
            return Err((**e).clone());
        }
        let mut run = self.lock();
        let out = f(&mut run, self.node);
        out.map_err(|stop| stopped(&run, stop))
    }

    /// As [`Self::ask`], when the question is about optional fields too.
    fn ask_all<T>(&self, f: impl FnOnce(&mut Eval, NodeId) -> R<T>) -> Result<T, Error> {
        self.ask(|e, v| {
            e.settle()?;
            f(e, v)
        })
    }

    fn at(&self, node: NodeId) -> Self {
        Self { node, missing: None, ..self.clone() }
    }

    fn failed(&self, e: Error) -> Self {
        Self { missing: Some(Arc::new(e)), ..self.clone() }
    }

    /// The value at a path. When there is none, [`Self::exists`] is false and [`Self::err`] says why.
    pub fn lookup_path(&self, path: &Path) -> Self {
        let found = self.ask(|e, mut v| {
            for step in &path.0 {
                let own = e.default_node(v)?;
                let own = e.deref(own);
                let label = label(e, step);
                match e.arc(own, label) {
                    Some(a) if e.node(a).arc_type <= ArcType::Required => v = a,
                    _ => return Ok(None),
                }
            }
            Ok(Some(v))
        });
        match found {
            Ok(Some(v)) => self.at(v),
            Ok(None) => self.failed(Error::NotFound { path: path.to_string() }),
            Err(e) => self.failed(e),
        }
    }

    /// As [`Self::lookup_path`], from text.
    pub fn lookup(&self, path: &str) -> Self {
        match Path::parse(path) {
            Ok(p) => self.lookup_path(&p),
            Err(e) => self.failed(e),
        }
    }

    /// Whether there is a field here at all; one that holds an error exists.
    pub fn exists(&self) -> bool {
        self.missing.is_none()
    }

    /// The error that this value is.
    pub fn err(&self) -> Option<Error> {
        match self.ask(|e, v| Ok(e.bottom(v).map(|b| render(e, &b)))) {
            Ok(e) => e,
            Err(e) => Some(e),
        }
    }

    /// The tree as the evaluator sees it, for tools and tests: kinds, closedness, optional fields, errors in their places.
    /// The notation is the reference's debug form and no CUE.
    pub fn dump(&self) -> String {
        match self.ask_all(|e, v| Ok(e.dump(v))) {
            Ok(text) => text,
            Err(e) => format!("(_|_){{\n  // {e}\n}}"),
        }
    }

    /// The kind of a concrete value; bottom for anything else.
    pub fn kind(&self) -> Kind {
        let kind = |e: &mut Eval, v: NodeId| {
            let v = e.deref(v);
            let val = e.value(v).unwrap_or(Val::Top);
            Ok(if e.is_concrete(&val) { e.kind(&val) } else { Kind::BOTTOM })
        };
        self.ask(kind).unwrap_or(Kind::BOTTOM)
    }

    /// The kinds that the value, concrete or not, can have.
    pub fn incomplete_kind(&self) -> Kind {
        self.ask(|e, v| Ok(e.node_kind(e.deref(v)))).unwrap_or(Kind::BOTTOM)
    }

    /// Whether the value itself (not its fields) is known: a scalar, a struct or a list.
    pub fn is_concrete(&self) -> bool {
        let concrete = |e: &mut Eval, v: NodeId| {
            let v = e.default_node(v)?;
            let v = e.deref(v);
            let val = e.value(v).unwrap_or(Val::Top);
            Ok(val.as_bottom().is_none() && e.is_concrete(&val))
        };
        self.ask(concrete).unwrap_or(false)
    }

    /// The default of a disjunction; anything else is itself.
    #[must_use]
    pub fn default(&self) -> Self {
        match self.ask(Eval::default_node) {
            Ok(v) => self.at(v),
            Err(e) => self.failed(e),
        }
    }

    /// Checks the whole value.
    ///
    /// # Errors
    /// Everything that is wrong with it, under the worst class.
    pub fn validate(&self, v: Validate) -> Result<(), Error> {
        let found = self.ask(|e, n| {
            let Some(b) = e.validate(n, v.0)? else { return Ok(None) };
            e.settle()?;
            Ok(Some(render(e, &b)))
        })?;
        found.map_or(Ok(()), Err)
    }

    /// The value with `data` joined at a path.
    #[must_use]
    pub fn fill_path(&self, path: &Path, data: impl Into<Data>) -> Self {
        let data = data.into();
        let filled = self.ask(|e, v| {
            let mut data = e.data_val(&data)?;
            for step in path.0.iter().rev() {
                data = Val::Node(wrap(e, step, data)?);
            }
            joined(e, &[Val::Node(v), data])
        });
        self.or_failed(filled)
    }

    /// The value with another value of the same run joined at a path.
    ///
    /// # Errors
    /// [`Error::Foreign`] when `value` belongs to another run and is not concrete.
    pub fn fill_value(&self, path: &Path, value: &Value) -> Result<Self, Error> {
        if !Arc::ptr_eq(&self.run, &value.run) {
            return Ok(self.fill_path(path, value.to_data()?));
        }
        let filled = self.ask(|e, v| {
            let mut own = Val::Node(value.node);
            for step in path.0.iter().rev() {
                own = Val::Node(wrap(e, step, own)?);
            }
            joined(e, &[Val::Node(v), own])
        });
        Ok(self.or_failed(filled))
    }

    /// The meet of two values. A value of another run must be concrete.
    ///
    /// # Errors
    /// As [`Self::fill_value`].
    pub fn unify(&self, other: &Value) -> Result<Self, Error> {
        self.fill_value(&Path::default(), other)
    }

    fn or_failed(&self, node: Result<NodeId, Error>) -> Self {
        match node {
            Ok(v) => self.at(v),
            Err(e) => self.failed(e),
        }
    }

    /// Where the value is written, the first place first.
    pub fn positions(&self) -> Vec<Position> {
        let places = |e: &mut Eval, v: NodeId| {
            Ok(e.node_positions(v).into_iter().filter_map(|p| place(e, p)).collect())
        };
        self.ask(places).unwrap_or_default()
    }

    /// Path from the root of the run.
    pub fn path(&self) -> Path {
        let path = |e: &mut Eval, v: NodeId| {
            Ok(Path(e.path_of(v).into_iter().filter_map(|l| selector(e, l)).collect()))
        };
        self.ask(path).unwrap_or_default()
    }

    /// The context the value was made with.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// Visits the value and all below it, definitions and hidden fields included, depth first. `before` decides
    /// whether to go below a value.
    pub fn walk(&self, before: &mut dyn FnMut(&Value) -> bool, after: &mut dyn FnMut(&Value)) {
        if before(self) {
            for child in self.children() {
                stacker::maybe_grow(64 << 10, 1 << 20, || child.walk(before, after));
            }
        }
        after(self);
    }

    fn children(&self) -> Vec<Value> {
        if let Some(items) = self.list() {
            return items;
        }
        let all = Fields::regular().definitions(true).hidden(true);
        self.fields(all).into_iter().map(|f| f.value).collect()
    }
}

/// The label of a step.
fn label(e: &mut Eval, step: &Selector) -> Label {
    match step {
        Selector::Str(s) => e.str_label(s),
        Selector::Def(s) | Selector::Hidden(s) => e.ident_label(s, "_"),
        Selector::Index(i) => Label::int(*i),
    }
}

fn selector(e: &Eval, l: Label) -> Option<Selector> {
    let name = |e: &Eval| visible(e.symbol(l)).to_owned();
    Some(match l.kind()? {
        LabelKind::Str => Selector::Str(e.symbol(l).to_owned()),
        LabelKind::Int => Selector::Index(l.index()),
        LabelKind::Def => Selector::Def(name(e)),
        LabelKind::Hidden | LabelKind::HiddenDef => Selector::Hidden(name(e)),
        LabelKind::Let => return None,
    })
}

/// A struct or list with one field.
fn wrap(e: &mut Eval, step: &Selector, inner: Val) -> R<NodeId> {
    let label = label(e, step);
    let field = e.plain_data(label, inner)?;
    e.single_field(field)
}

fn joined(e: &mut Eval, vals: &[Val]) -> R<NodeId> {
    let mut n = Node::new(NodeId::NONE, Label::NONE, ArcType::Member);
    let conj = |v: &Val| Conj { env: EnvId::NONE, elem: Elem::Val(v.clone()), ci: CloseInfo::NONE };
    n.conjuncts = vals.iter().map(conj).collect();
    let n = e.new_node(n)?;
    e.finalize(n)?;
    Ok(n)
}

fn place(e: &Eval, pos: Pos) -> Option<Position> {
    let source = e.prog.sources.get(usize::from(pos.file).checked_sub(1)?)?;
    Some(crate::source::position(&source.name, &source.text, pos.offset))
}

/// An error value as an error of this crate.
pub(crate) fn render(e: &Eval, b: &Bottom) -> Error {
    let class = match b.code {
        Code::Eval => Class::Eval,
        Code::User | Code::Literal => Class::User,
        Code::Structural => Class::StructuralCycle,
        Code::Incomplete => Class::Incomplete,
        Code::Cycle => Class::Cycle,
    };
    let message = |m: &Arc<crate::eval::val::Msg>| Message {
        path: e.path_text(m.node).to_string(),
        text: e.msg_text(m),
        positions: std::iter::once(m.pos)
            .chain(m.more.iter().copied())
            .filter_map(|p| place(e, p))
            .collect(),
    };
    let mut messages: Vec<Message> = b.msgs.iter().map(message).collect();
    for m in &mut messages {
        m.positions.dedup();
    }
    Error::Cue { class, messages: Messages(messages) }
}

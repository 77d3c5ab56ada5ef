//! Contexts, templates and runs: compile once, evaluate many.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use crate::compile::{Complaint, Input, compile};
use crate::data::Data;
use crate::error::{Class, Error, Message, Messages};
use crate::eval::node::{CloseInfo, Conj, Elem, EnvId, NodeId};
use crate::eval::val::Val;
use crate::eval::{Eval, Stop};
use crate::func::{Body, CallResult, Function, Param};
use crate::ir::{Pos, Program};
use crate::kind::Kind;
use crate::label::Label;
use crate::limits::Limits;
use crate::registry::Registry;
use crate::value::Value;

/// A named source text.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name shown in messages.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
}

impl Source {
    /// A source.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// What programs are compiled with: importable packages, host functions, limits. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Context {
    pub(crate) registry: Arc<Registry>,
    pub(crate) limits: Limits,
    pub(crate) list_arithmetic: bool,
}

/// Builds a [`Context`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    limits: Limits,
    list_arithmetic: bool,
}

impl Builder {
    /// Limits of every run.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Keeps `+` and `*` on lists, which the language has given up, for texts written before that.
    #[must_use]
    pub fn list_arithmetic(mut self, on: bool) -> Self {
        self.list_arithmetic = on;
        self
    }

    /// The context, with the standard packages.
    pub fn build(self) -> Context {
        Context {
            registry: Arc::default(),
            limits: self.limits,
            list_arithmetic: self.list_arithmetic,
        }
    }
}

impl Context {
    /// Starts a context.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Makes CUE sources importable under `path`.
    ///
    /// # Errors
    /// The syntax errors of the sources.
    pub fn register_package(&mut self, path: &str, sources: &[Source]) -> Result<(), Error> {
        let inputs = parse_all(sources)?;
        Arc::make_mut(&mut self.registry).add_sources(path, inputs);
        Ok(())
    }

    /// Makes a Rust function importable as `name` of the package `path`. It must be pure.
    pub fn register_function(
        &mut self,
        path: &str,
        name: &'static str,
        params: &'static [Param],
        result: Kind,
        body: impl Fn(&[Data]) -> CallResult + Send + Sync + 'static,
    ) {
        let function = Function { name, params, result, body: Body::Host(Arc::new(body)) };
        Arc::make_mut(&mut self.registry).add_function(path, function);
    }

    /// Compiles the files of one package.
    ///
    /// # Errors
    /// Class syntax for text that is not CUE, class eval for unresolved names, unused imports and the like.
    pub fn compile(&self, sources: &[Source]) -> Result<Template, Error> {
        let inputs = parse_all(sources)?;
        let mut prog =
            compile(&inputs, &self.registry).map_err(|errs| complaints(&inputs, errs))?;
        prog.list_arithmetic = self.list_arithmetic;
        Ok(Template::new(prog, self.clone()))
    }

    /// Compiles and evaluates one text.
    ///
    /// # Errors
    /// As [`Self::compile`] and [`Evaluation::run`].
    pub fn eval_str(&self, text: &str) -> Result<Value, Error> {
        self.compile(&[Source::new("in.cue", text)])?.eval().run()
    }
}

fn parse_all(sources: &[Source]) -> Result<Vec<Input>, Error> {
    let mut inputs = Vec::with_capacity(sources.len());
    let mut messages = Vec::new();
    for s in sources {
        let (input, errs) = crate::source::parse(&s.name, &s.text);
        messages.extend(errs);
        inputs.push(input);
    }
    if messages.is_empty() {
        Ok(inputs)
    } else {
        Err(Error::Cue { class: Class::Syntax, messages: Messages(messages) })
    }
}

pub(crate) fn complaints(inputs: &[Input], errs: Vec<Complaint>) -> Error {
    let place = |pos: Pos| {
        let input = inputs.get(usize::from(pos.file).checked_sub(1)?)?;
        Some(crate::source::position(&input.name, &input.text, pos.offset))
    };
    let message = |c: Complaint| Message {
        positions: place(c.pos).into_iter().collect(),
        path: c.path,
        text: c.message,
    };
    let refused = errs.iter().any(|c| c.syntax);
    let class = if refused { Class::Syntax } else { Class::Eval };
    let kept = errs.into_iter().filter(|c| c.syntax == refused);
    Error::Cue { class, messages: Messages(kept.map(message).collect()) }
}

/// A compiled program. Cheap to clone, shared between threads.
#[derive(Clone, Debug)]
pub struct Template {
    prog: Arc<Program>,
    ctx: Context,
    /// Runs since the direct way last came to an end.
    detours: Arc<AtomicU32>,
}

/// Runs in a row after which the direct way is tried only now and then.
const MOST_DETOURS: u32 = 3;
/// How often it is tried then: once in so many runs.
const RETRY: u32 = 32;

impl Template {
    pub(crate) fn new(prog: Program, ctx: Context) -> Self {
        Self { prog: Arc::new(prog), ctx, detours: Arc::default() }
    }

    /// Whether a run should try the direct way: not while all recent ones had to leave it.
    fn tries_direct(&self) -> bool {
        let detours = self.detours.load(Ordering::Relaxed);
        if detours < MOST_DETOURS {
            return true;
        }
        self.detours.fetch_add(1, Ordering::Relaxed);
        detours.is_multiple_of(RETRY)
    }

    fn note_direct(&self, done: bool) {
        if !done {
            self.detours.fetch_add(1, Ordering::Relaxed);
        } else if self.detours.load(Ordering::Relaxed) > 0 {
            self.detours.store(0, Ordering::Relaxed);
        }
    }

    /// Starts an evaluation.
    pub fn eval(&self) -> Evaluation {
        Evaluation { template: self.clone(), inputs: Vec::new(), limits: self.ctx.limits.clone() }
    }
}

/// An evaluation to be run: a template and its inputs.
#[derive(Clone, Debug)]
pub struct Evaluation {
    template: Template,
    inputs: Vec<(String, Data)>,
    limits: Limits,
}

impl Evaluation {
    /// Gives the field `name` of the root a value, as if `name: <JSON>` stood at the end of the (last) file.
    #[must_use]
    pub fn fill(mut self, name: &str, value: impl Into<Data>) -> Self {
        self.inputs.push((name.to_owned(), value.into()));
        self
    }

    /// Other limits than the context's.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Evaluates everything. CUE errors are part of the value.
    ///
    /// # Errors
    /// [`Error::Budget`] when a limit was reached.
    pub fn run(self) -> Result<Value, Error> {
        if !self.template.tries_direct() {
            return self.scheduled();
        }
        let mut eval = Eval::new(self.template.prog.clone(), self.limits.clone());
        let root = start(&mut eval, &self.inputs).map_err(|stop| stopped(&eval, stop))?;
        let done = eval.direct(root).map_err(|stop| stopped(&eval, stop))?;
        self.template.note_direct(done);
        if !done {
            return self.scheduled();
        }
        Ok(Value::new(Arc::new(Mutex::new(eval)), root, self.template.ctx))
    }

    /// Evaluates under the scheduler.
    fn scheduled(self) -> Result<Value, Error> {
        let mut eval = Eval::new(self.template.prog.clone(), self.limits);
        let root = start(&mut eval, &self.inputs);
        let root = root.and_then(|root| eval.finalize(root).map(|()| root));
        let root = root.map_err(|stop| stopped(&eval, stop))?;
        Ok(Value::new(Arc::new(Mutex::new(eval)), root, self.template.ctx))
    }
}

fn start(eval: &mut Eval, inputs: &[(String, Data)]) -> Result<NodeId, Stop> {
    let root = eval.new_root()?;
    let file = eval.prog.roots.last().map_or(0, |x| eval.prog.expr_pos[x.at()].file);
    if !inputs.is_empty() {
        let fields = Data::fields(inputs.iter().cloned());
        let offset = eval.input_pos;
        let data = eval.data_node(&fields, NodeId::NONE, Label::NONE, Pos { file, offset })?;
        let elem = Elem::Val(Val::Node(data));
        eval.node_mut(root).conjuncts.push(Conj { env: EnvId::NONE, elem, ci: CloseInfo::NONE });
    }
    Ok(root)
}

/// Why a run ended early, as an error that names the field.
pub(crate) fn stopped(eval: &Eval, stop: Stop) -> Error {
    match stop {
        Stop::Budget(what, node) => Error::Budget { what, path: eval.short_path(node) },
        Stop::Yield => Error::Budget { what: "suspended tasks", path: String::new() },
    }
}

impl From<&serde_json::Value> for Value {
    fn from(v: &serde_json::Value) -> Self {
        let eval = Eval::new(Arc::new(Program::default()), Limits::default());
        Self::of_data(eval, &Data::from(v))
    }
}

impl From<serde_json::Value> for Data {
    fn from(v: serde_json::Value) -> Self {
        Self::from(&v)
    }
}

#[cfg(test)]
mod tests;

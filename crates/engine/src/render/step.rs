//! A workflow step's template: the calls it wants made, in upstream's order of traversal.
//!
//! The step engine evaluates, asks for the first call that was not made yet, makes it, fills the
//! reply in and asks again. Invariant: nothing here makes a call.

use mizzen_cue::kind::Kind;
use mizzen_cue::{Fields, Path, Value as Cue};
use serde_json::{Map, Value};

use super::compile::{Compiler, Use};
use super::definition::Definition;
use super::error::RenderError;
use super::expression;
use super::failure::Failure;
use super::number::normalised;
use super::printed;

/// One call that a template asks for: a struct with a concrete `#do`.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Where it stands in the evaluated value, such as `apply` or `steps[0].check`.
    pub path: String,
    /// `#do`.
    pub action: String,
    /// `#provider`.
    pub provider: String,
    /// What the provider is given: `$params` of the current style, or the whole struct of the older
    /// one, which has none. A failure when it is not concrete yet.
    pub params: Result<Value, Failure>,
    /// The older style: parameters and results are fields of the struct itself.
    pub legacy: bool,
}

impl Action {
    /// Where the provider's reply is filled in.
    #[must_use]
    pub fn reply_path(&self) -> String {
        if self.legacy { self.path.clone() } else { format!("{}.$returns", self.path) }
    }
}

/// A step's template with its values filled in, and with the replies that calls gave so far.
#[derive(Clone, Debug)]
pub struct StepValue {
    name: String,
    value: Cue,
}

impl StepValue {
    /// Evaluates a step's template over its context and parameters.
    ///
    /// What conflicts in the value is told by [`Self::error`], and by the call that it is in: those before it
    /// are made, as upstream makes them (`Resolve` in `cue/cuex/compiler.go` of kubevela/pkg).
    ///
    /// # Errors
    /// When the text does not compile.
    pub fn evaluate(
        compiler: &Compiler,
        definition: &Definition,
        context: &Map<String, Value>,
        parameter: Option<&Value>,
    ) -> Result<Self, RenderError> {
        let told = |failure| step_error(&definition.name, failure);
        let purpose = Use::of(definition.kind, true);
        let template = compiler.template(purpose, &definition.template).map_err(told)?;
        let empty = Value::Object(Map::new());
        let parameter = normalised(parameter.unwrap_or(&empty));
        let context = Value::Object(context.clone());
        let run = template.eval().fill("parameter", &parameter).fill("context", &context).run();
        let value = run.map_err(Failure::from).map_err(told)?;
        Ok(Self { name: definition.name.clone(), value })
    }

    /// Every call in the order of traversal: children before parents, `@step(n)` respected.
    #[must_use]
    pub fn actions(&self) -> Vec<Action> {
        calls(&self.value).into_iter().map(|call| self.action(call)).collect()
    }

    /// The first call whose path is not among `done`.
    #[must_use]
    pub fn next(&self, done: &[String]) -> Option<Action> {
        let call = calls(&self.value).into_iter().find(|call| !done.contains(&call.path))?;
        Some(self.action(call))
    }

    fn action(&self, call: Call) -> Action {
        let at = self.value.lookup(&call.path);
        let legacy = !at.lookup("$params").exists();
        // The whole struct must be concrete, as upstream hands it over as JSON.
        let params = at.to_serde().map_err(Failure::from);
        let params = params.map(|mut given| if legacy { given } else { given["$params"].take() });
        Action { path: call.path, action: call.action, provider: call.provider, params, legacy }
    }

    /// Unifies a provider's reply at `path` (see [`Action::reply_path`]) and evaluates again.
    ///
    /// # Errors
    /// When the path is none.
    pub fn fill(&mut self, path: &str, reply: &Value) -> Result<(), RenderError> {
        let told = |failure| step_error(&self.name, failure);
        let path = Path::parse(path).map_err(Failure::from).map_err(told)?;
        self.value = self.value.fill_path(&path, reply);
        Ok(())
    }

    /// The value at a path as CUE text.
    #[must_use]
    pub fn text(&self, path: &str) -> String {
        printed::file(&self.value.lookup(path))
    }

    /// What conflicts in the value, if anything.
    #[must_use]
    pub fn error(&self) -> Option<Failure> {
        self.value.err().map(Failure::from)
    }

    /// A value by path, or by a CUE expression over the top-level fields, as `valueFrom` writes it.
    ///
    /// # Errors
    /// When it does not exist or is not concrete.
    pub fn lookup(&self, compiler: &Compiler, text: &str) -> Result<Value, RenderError> {
        let told = |failure| step_error(&self.name, failure);
        let found = self.value.lookup(text);
        if found.exists() {
            return found.to_serde().map_err(Failure::from).map_err(told);
        }
        if Path::parse(text).is_ok() {
            return Err(RenderError::NoVariable { path: text.to_owned() });
        }
        expression::evaluate(compiler, text, &self.fields()).map_err(told)
    }

    /// The top-level fields that are concrete.
    fn fields(&self) -> Map<String, Value> {
        let fields = self.value.fields(Fields::regular());
        let concrete = fields.into_iter().filter_map(|field| {
            let value = field.value.to_serde().ok()?;
            Some((field.name().to_owned(), value))
        });
        concrete.collect()
    }
}

fn step_error(name: &str, failure: Failure) -> RenderError {
    RenderError::Step { name: name.to_owned(), reason: Box::new(failure) }
}

/// Where a call stands and what it calls.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) action: String,
    pub(crate) provider: String,
}

/// Deepest nesting that is searched for calls.
const MOST_DEPTH: usize = 64;

/// All calls of a value, children before parents.
pub(crate) fn calls(value: &Cue) -> Vec<Call> {
    let mut found = Vec::new();
    search(value, "", MOST_DEPTH, &mut found);
    found
}

fn search(value: &Cue, path: &str, depth: usize, found: &mut Vec<Call>) {
    if depth == 0 {
        return;
    }
    if let Some(items) = value.list() {
        for (index, item) in items.iter().enumerate() {
            search(item, &format!("{path}[{index}]"), depth - 1, found);
        }
        return;
    }
    // A struct in which something conflicts has its fields still, and the calls in them.
    if matches!(value.incomplete_kind(), Kind::STRUCT | Kind::BOTTOM) {
        for field in in_order(value.fields(Fields::regular().optional(true).hidden(true))) {
            let selector = Path(vec![field.selector.clone()]).to_string();
            let below = if path.is_empty() { selector } else { format!("{path}.{selector}") };
            if !below.contains('#') {
                search(&field.value, &below, depth - 1, found);
            }
        }
    }
    if let Some(action) = text_at(value, "#do").filter(|action| !action.is_empty()) {
        let provider = text_at(value, "#provider").unwrap_or_default();
        found.push(Call { path: path.to_owned(), action, provider });
    }
}

fn text_at(value: &Cue, path: &str) -> Option<String> {
    value.lookup(path).as_str()
}

/// Fields with a step number first, by number; then the others as they stand.
fn in_order(mut fields: Vec<mizzen_cue::Field>) -> Vec<mizzen_cue::Field> {
    let number = |field: &mizzen_cue::Field| -> u32 {
        let text = field.value.attribute("step");
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(u32::MAX)
    };
    fields.sort_by_key(number);
    fields
}

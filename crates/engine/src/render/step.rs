//! A workflow step's template: the calls it wants made, in upstream's order of traversal.
//!
//! The step engine evaluates, asks for the first call that was not made yet, makes it, fills the
//! reply in and asks again. Invariant: nothing here makes a call.

use serde_json::Value;

use super::definition::Definition;
use super::error::RenderError;

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
    /// one, which has none. An error text when it is not concrete yet.
    pub params: Result<Value, String>,
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
}

impl StepValue {
    /// Evaluates a step's template over its context and parameters.
    ///
    /// # Errors
    /// When the text does not compile or the values conflict.
    pub fn evaluate(
        definition: &Definition,
        context: &Value,
        parameter: &Value,
    ) -> Result<Self, RenderError> {
        let _ = (context, parameter);
        Err(unlinked(&definition.name))
    }

    /// Every call in the order of traversal: children before parents, `@step(n)` respected.
    #[must_use]
    pub fn actions(&self) -> Vec<Action> {
        Vec::new()
    }

    /// Unifies a provider's reply at `path` (see [`Action::reply_path`]) and evaluates again.
    ///
    /// # Errors
    /// When the reply conflicts with what the template says of it.
    pub fn fill(&mut self, path: &str, reply: Value) -> Result<(), RenderError> {
        let _ = (path, reply);
        Err(unlinked(&self.name))
    }

    /// A value by path or by CUE expression, as `valueFrom` of an output writes it.
    ///
    /// # Errors
    /// When it does not exist or is not concrete.
    pub fn lookup(&self, expression: &str) -> Result<Value, RenderError> {
        let _ = expression;
        Err(unlinked(&self.name))
    }
}

fn unlinked(name: &str) -> RenderError {
    RenderError::Unsupported {
        name: name.to_owned(),
        what: "evaluating templates (the CUE evaluator is not linked yet)".to_owned(),
    }
}

//! The border to templates: what the engine needs of a step's CUE text, and nothing of CUE.

use serde_json::Value;

use crate::render::step::Action;

/// A step's template, evaluated over its context and parameters.
pub trait Program {
    /// The calls in upstream's order of traversal, of the value as it stands.
    fn actions(&self) -> Vec<Action>;

    /// Fills a reply in and evaluates again.
    ///
    /// # Errors
    /// A sentence when the reply cannot be put there.
    fn fill(&mut self, path: &str, reply: Value) -> Result<(), String>;

    /// What conflicts in the value as it stands, as a sentence.
    fn error(&self) -> Option<String>;

    /// What a call is asked with, as CUE text; readers of messages know it in upstream's form.
    fn text(&self, path: &str) -> String;

    /// A value by path or expression, as `valueFrom` of an output names it.
    ///
    /// # Errors
    /// A sentence when it does not exist or is not concrete.
    fn lookup(&self, expression: &str) -> Result<Value, String>;
}

/// Where templates come from, and the evaluator of conditions.
pub trait Programs: Sync {
    /// Evaluates the template of a step type.
    ///
    /// # Errors
    /// A sentence when there is no such type, or its text does not compile.
    fn evaluate(
        &self,
        step_type: &str,
        context: &Value,
        parameter: &Value,
    ) -> Result<Box<dyn Program>, String>;

    /// Evaluates an expression over top-level values (`status`, `inputs`, `context`, `parameter`).
    ///
    /// # Errors
    /// A sentence when it does not compile, does not exist or is not concrete.
    fn expression(&self, expression: &str, scope: &Value) -> Result<Value, String>;
}

//! Step templates from definitions: the border to CUE, carried out by the renderer.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::program::{Program, Programs};
use crate::render::step::{Action, StepValue};
use crate::render::{Compiler, DefinitionKind, Definitions, expression};

/// The templates of a set of definitions, such as those that an ApplicationRevision holds.
#[derive(Clone, Debug)]
pub struct Templates {
    definitions: Definitions,
}

impl Templates {
    /// Templates of these definitions.
    #[must_use]
    pub fn new(definitions: Definitions) -> Self {
        Self { definitions }
    }
}

impl Programs for Templates {
    fn evaluate(
        &self,
        step_type: &str,
        context: &Value,
        parameter: &Value,
    ) -> Result<Box<dyn Program>, String> {
        let said = |error: crate::render::RenderError| error.to_string();
        let found = self.definitions.find(DefinitionKind::WorkflowStep, step_type);
        let definition = found.map_err(said)?;
        let empty = Map::new();
        let context = context.as_object().unwrap_or(&empty);
        let compiler = self.definitions.compiler();
        let value = StepValue::evaluate(compiler, definition, context, Some(parameter));
        Ok(Box::new(Template { compiler: Arc::clone(compiler), value: value.map_err(said)? }))
    }

    fn expression(&self, expression: &str, scope: &Value) -> Result<Value, String> {
        let empty = Map::new();
        let scope = scope.as_object().unwrap_or(&empty);
        expression::evaluate(self.definitions.compiler(), expression, scope)
            .map_err(|why| why.to_string())
    }
}

/// An evaluated template.
struct Template {
    compiler: Arc<Compiler>,
    value: StepValue,
}

impl Program for Template {
    fn actions(&self) -> Vec<Action> {
        self.value.actions()
    }

    fn fill(&mut self, path: &str, reply: Value) -> Result<(), String> {
        self.value.fill(path, &reply).map_err(|error| error.to_string())
    }

    fn error(&self) -> Option<String> {
        self.value.error().map(|why| why.to_string())
    }

    fn text(&self, path: &str) -> String {
        self.value.text(path)
    }

    fn lookup(&self, expression: &str) -> Result<Value, String> {
        self.value.lookup(&self.compiler, expression).map_err(|error| error.to_string())
    }
}

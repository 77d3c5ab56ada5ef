//! What live objects mean: health, message and details, as the definitions' status texts say.
//!
//! Pure: live objects in, verdict out. Invariant: a text that fails never fails its caller; it makes
//! the object unhealthy or the message empty, and says why in `error`.

mod details;
pub mod service;

use indexmap::IndexMap;
use mizzen_cue::Value as Cue;
use serde_json::{Map, Value, json};

use crate::render::compile::{Compiler, Use};
use crate::render::failure::Failure;
use crate::render::number::normalised;
use crate::render::{Definition, ErrorClass};

/// What a definition's status texts are evaluated over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatusInput {
    /// Component name.
    pub name: String,
    /// Application name.
    pub app_name: String,
    /// ApplicationRevision name.
    pub app_revision: String,
    /// The live workload; absent for traits.
    pub output: Option<Value>,
    /// Live auxiliaries by their key in `outputs`.
    pub outputs: Map<String, Value>,
    /// The properties of the component, or of the trait.
    pub parameter: Value,
}

/// What the texts said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// `isHealth`; true when the definition has no health policy.
    pub healthy: bool,
    /// `message`; empty when there is none or it could not be evaluated.
    pub message: String,
    /// The exported details.
    pub details: IndexMap<String, String>,
    /// Why the health policy could not be evaluated.
    pub error: Option<String>,
}

/// Evaluates a definition's status texts: details, then health, then message.
#[must_use]
pub fn evaluate(compiler: &Compiler, definition: &Definition, input: &StatusInput) -> Status {
    let mut subject = Subject { compiler, context: input.context(), input };
    let mut status = Status::default();
    let text = definition.status_text("details");
    let (details, typed) = subject.run(text).map(|value| details::of(&value)).unwrap_or_default();
    status.details = details;
    subject.tell("details", Value::Object(typed));
    match subject.health(definition.status_text("healthPolicy")) {
        Ok(healthy) => status.healthy = healthy,
        Err(failure) => status.error = Some(failure.to_string()),
    }
    subject.tell("healthy", Value::Bool(status.healthy));
    status.message = subject.message(definition.status_text("customStatus"));
    status
}

impl StatusInput {
    fn context(&self) -> Map<String, Value> {
        let context = json!({
            "appName": self.app_name,
            "appRevision": self.app_revision,
            "name": self.name,
            "parameter": normalised(&self.parameter),
        });
        let mut context = context.as_object().cloned().unwrap_or_default();
        if let Some(output) = &self.output {
            context.insert("output".to_owned(), normalised(output));
        }
        if !self.outputs.is_empty() {
            let outputs = Value::Object(self.outputs.clone());
            context.insert("outputs".to_owned(), normalised(&outputs));
        }
        context
    }
}

struct Subject<'a> {
    compiler: &'a Compiler,
    context: Map<String, Value>,
    input: &'a StatusInput,
}

impl Subject<'_> {
    /// Makes an earlier text's result visible to the later ones.
    fn tell(&mut self, key: &str, value: Value) {
        let status = self.context.entry("status").or_insert_with(|| json!({}));
        status[key] = value;
    }

    /// The value of a text; an error of the whole text is a failure, a missing field is not.
    fn run(&self, text: &str) -> Result<Cue, Failure> {
        let context = normalised(&Value::Object(self.context.clone()));
        let parameter = normalised(&self.input.parameter);
        let parameter = if parameter.is_null() { json!({}) } else { parameter };
        // One text, as upstream has it: what a text may not know yet depends on what stands beside it.
        let text = format!("{text}\ncontext: {context}\nparameter: {parameter}\n");
        let value = self.compiler.once(Use::Status, text)?;
        match value.err() {
            Some(error) => Err(Failure::from(error)),
            None => Ok(value),
        }
    }

    fn health(&self, text: &str) -> Result<bool, Failure> {
        if text.trim().is_empty() {
            return Ok(true);
        }
        let value = self.run(text)?.lookup("isHealth").default();
        match value.as_bool() {
            Some(healthy) => Ok(healthy),
            None => Err(value.err().map_or_else(
                || Failure::new(ErrorClass::Incomplete, "isHealth is no concrete bool"),
                Failure::from,
            )),
        }
    }

    fn message(&self, text: &str) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        let value = self.run(text).map(|value| value.lookup("message").default());
        value.ok().and_then(|value| value.as_str()).unwrap_or_default()
    }
}

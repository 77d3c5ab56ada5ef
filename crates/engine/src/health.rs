//! What live objects mean: health, message and details, as the definitions' status texts say.
//!
//! Pure: live objects in, verdict out. Invariant: a text that fails never fails its caller; it makes
//! the object unhealthy or the message empty, and says why in `error`.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::render::Definition;

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
pub fn evaluate(definition: &Definition, input: &StatusInput) -> Status {
    let _ = input;
    let policy = definition.status_text("healthPolicy");
    Status {
        healthy: policy.is_empty(),
        error: (!policy.is_empty()).then(|| "the CUE evaluator is not linked yet".to_owned()),
        ..Status::default()
    }
}

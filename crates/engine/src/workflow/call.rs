//! What a step asks of the world, and what the world answers.

use serde_json::Value;

/// One request of a template that only a cluster, or another service, can answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Id of the step that asks.
    pub step_id: String,
    /// Name of the step that asks.
    pub step_name: String,
    /// Where the request stands in the step's value, such as `apply`.
    pub path: String,
    /// Family of the request, such as `kube` or `multicluster`.
    pub provider: String,
    /// The request, such as `apply` or `deploy`.
    pub action: String,
    /// Its parameters.
    pub params: Value,
    /// Whether the parameters are fields of the struct itself (the older style).
    pub legacy: bool,
}

/// The answer to a [`Call`].
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It is done; the value, if any, is filled in at the call's reply path.
    Done(Option<Value>),
    /// It is under way: the value is filled in all the same, the step stays running with this
    /// message, and later calls of the template are still made.
    Wait {
        /// What is filled in.
        value: Option<Value>,
        /// What is waited for.
        message: String,
    },
    /// It went wrong; the step is tried again later.
    Failed(String),
}

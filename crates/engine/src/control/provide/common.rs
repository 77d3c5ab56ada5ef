//! Calls that are answered alike whoever's workflow asks: they read, ask the world, or reckon.
//!
//! Invariant: nothing here knows whose workflow runs; what is written for a run, and how it is kept,
//! belongs to the callers.

use serde_json::{Value, json};

use super::time;
use crate::apply::Writer;
use crate::control::web::Web;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::workflow::{Call, Reply};

/// What such calls need.
pub(in crate::control) struct Common<'a> {
    pub(in crate::control) fleet: &'a Fleet,
    pub(in crate::control) writer: &'a Writer,
    pub(in crate::control) web: &'a dyn Web,
}

impl Common<'_> {
    /// Answers a call of these families.
    ///
    /// # Errors
    /// When it goes wrong, or nobody here knows the call.
    pub(in crate::control) async fn provide(&self, call: &Call) -> Result<Reply, Error> {
        let params = &call.params;
        match (call.provider.as_str(), call.action.as_str()) {
            ("kube" | "op" | "ql", "read") => self.read(params).await,
            ("kube" | "op" | "ql", "list") => self.list(params, call.legacy).await,
            ("http" | "op", "do") => self.request(params, call.legacy).await,
            ("config", "read") | ("op", "read-config") => self.read_config(params).await,
            ("config", "list") | ("op", "list-config") => self.list_configs(params).await,
            ("config", "delete") | ("op", "delete-config") => self.delete_config(params).await,
            ("time" | "op", "timestamp") => time::timestamp(params),
            ("time" | "op", "date") => time::date(params),
            ("util" | "op", "string") => Ok(Reply::Done(Some(json!({"str": params["bt"]})))),
            ("util" | "op", "patch-k8s-object") => Ok(merged(params)),
            (provider, action) => Err(Error::Invalid(format!(
                "the call {provider}.{action} is not supported by this controller yet"
            ))),
        }
    }
}

/// An object with a patch merged into it.
fn merged(params: &Value) -> Reply {
    let mut result = params["value"].clone();
    json_patch::merge(&mut result, &params["patch"]);
    Reply::Done(Some(json!({ "result": result })))
}

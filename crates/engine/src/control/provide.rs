//! The calls that step templates make, and who answers each.
//!
//! The names are upstream's: `op` is the one provider of the older style, which knows every action.
//! Source: the `Providers` tables of kubevela and kubevela/workflow.

mod bindings;
mod components;
mod config;
mod http;
mod kube;
mod places;
mod query;
mod time;

use serde_json::{Value, json};

use super::work::Work;
use crate::error::Error;
use crate::workflow::{Call, Reply};

impl Work<'_> {
    /// Answers a call.
    pub(super) async fn provide(&mut self, call: &Call) -> Result<Reply, Error> {
        let params = &call.params;
        match (call.provider.as_str(), call.action.as_str()) {
            ("oam" | "op", "component-apply") => self.component(params).await,
            ("oam" | "op", "component-render") => self.component_rendered(params),
            ("oam" | "op", "load") => Ok(self.components_by_name()),
            ("oam" | "op", "load-comps-in-order") => Ok(self.components_in_order()),
            ("oam" | "op", "load-policies") => Ok(self.policies_by_name()),
            ("multicluster" | "op", "deploy") => self.deploy_all(params).await,
            ("multicluster" | "op", "list-clusters") => Ok(self.cluster_names()),
            ("multicluster" | "op", "get-placements-from-topology-policies") => self.places(params),
            ("multicluster" | "op", "make-placement-decisions") => self.decisions(params),
            ("multicluster" | "op", "patch-application") => self.patched_application(params),
            ("kube" | "op" | "ql", "apply") => self.apply(params).await,
            ("kube" | "op" | "ql", "apply-in-parallel") => self.apply_all(params).await,
            ("kube" | "op" | "ql", "patch") => self.patch_object(params).await,
            ("kube" | "op" | "ql", "read") => self.read(params).await,
            ("kube" | "op" | "ql", "list") => self.list(params, call.legacy).await,
            ("kube" | "op" | "ql", "delete") => self.delete(params).await,
            ("http" | "op", "do") => self.request(params, call.legacy).await,
            ("config", "create") | ("op", "create-config") => self.create_config(params).await,
            ("config", "read") | ("op", "read-config") => self.read_config(params).await,
            ("config", "list") | ("op", "list-config") => self.list_configs(params).await,
            ("config", "delete") | ("op", "delete-config") => self.delete_config(params).await,
            ("query" | "ql", "collectServiceEndpoints") => self.endpoints(params).await,
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

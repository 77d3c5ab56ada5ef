//! The calls that step templates make, and who answers each.
//!
//! The names are upstream's: `op` is the one provider of the older style, which knows every action.
//! Source: the `Providers` tables of kubevela and kubevela/workflow.

mod bindings;
pub(super) mod common;
mod components;
pub(super) mod config;
mod http;
pub(super) mod kube;
mod places;
mod query;
mod time;

use super::work::Work;
use crate::error::Error;
use crate::workflow::{Call, Reply};
use common::Common;

impl Work<'_> {
    /// Answers a call.
    pub(super) async fn provide(&mut self, call: &Call) -> Result<Reply, Error> {
        let params = &call.params;
        match (call.provider.as_str(), call.action.as_str()) {
            ("oam" | "op", "component-apply") => self.component(params).await,
            ("oam" | "op", "component-render") => self.component_rendered(params).await,
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
            ("kube" | "op" | "ql", "delete") => self.delete(params).await,
            ("config", "create") | ("op", "create-config") => self.create_config(params).await,
            ("query" | "ql", "collectServiceEndpoints") => self.endpoints(params).await,
            _ => self.common().provide(call).await,
        }
    }

    fn common(&self) -> Common<'_> {
        Common { fleet: self.fleet, writer: self.writer, web: self.web }
    }
}

//! The components and policies of the application, as templates ask for them.
//!
//! Source: `pkg/workflow/providers/oam/apply.go` of kubevela.

use mizzen_oam::application::Component;
use serde_json::{Map, Value, json};

use crate::control::work::Work;
use crate::error::Error;
use crate::render::{Extras, Role, Target, render_component};
use crate::workflow::Reply;

impl Work<'_> {
    /// A component as it would be delivered.
    pub(super) async fn component_rendered(&mut self, params: &Value) -> Result<Reply, Error> {
        let component: Component = serde_json::from_value(params["value"].clone())
            .map_err(|why| Error::Invalid(format!("component: {why}")))?;
        self.learn(&component).await?;
        let text = |key: &str| params[key].as_str().unwrap_or_default().to_owned();
        let target = Target { cluster: text("cluster"), namespace: text("namespace") };
        let extras = Extras {
            step_patch: params["patch"].as_object().cloned(),
            cluster_version: self.version.clone(),
            ..Extras::default()
        };
        let rendered =
            render_component(&self.definitions, self.appfile, &component, &target, &extras)?;
        let mut value = json!({"outputs": {}});
        for manifest in rendered.manifests {
            match manifest.role {
                Role::Workload => value["output"] = manifest.object,
                Role::Auxiliary { resource } | Role::Trait { resource, .. } => {
                    value["outputs"][resource] = manifest.object;
                }
            }
        }
        Ok(Reply::Done(Some(value)))
    }

    /// The components by name.
    pub(super) fn components_by_name(&self) -> Reply {
        let all: Map<String, Value> =
            self.appfile.components.iter().map(|c| (c.name.clone(), plain(c))).collect();
        Reply::Done(Some(json!({ "value": all })))
    }

    /// The components as they stand.
    pub(super) fn components_in_order(&self) -> Reply {
        let all: Vec<Value> = self.appfile.components.iter().map(plain).collect();
        Reply::Done(Some(json!({ "value": all })))
    }

    /// The policies by name.
    pub(super) fn policies_by_name(&self) -> Reply {
        let all: Map<String, Value> =
            self.appfile.policies.iter().map(|p| (p.name.clone(), json!(p))).collect();
        Reply::Done(Some(json!({ "value": all })))
    }
}

/// A component without what only the workflow passes on.
fn plain(component: &Component) -> Value {
    let stripped = Component { inputs: Vec::new(), outputs: Vec::new(), ..component.clone() };
    json!(stripped)
}

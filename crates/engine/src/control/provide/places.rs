//! Where things go: clusters, topology policies, and the older environments.
//!
//! Source: `pkg/workflow/providers/multicluster` of kubevela.

use mizzen_oam::LOCAL_CLUSTER;
use mizzen_oam::application::AppPolicy;
use serde_json::{Value, json};

use super::bindings;
use crate::control::work::Work;
use crate::error::Error;
use crate::render::deployment::policies;
use crate::render::overriding::overridden;
use crate::render::placement::placements;
use crate::workflow::Reply;

impl Work<'_> {
    /// The names of all clusters.
    pub(super) fn cluster_names(&self) -> Reply {
        let names: Vec<&str> = self.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        Reply::Done(Some(json!({"outputs": {"clusters": names}})))
    }

    /// The places that topology policies name.
    pub(super) fn places(&self, params: &Value) -> Result<Reply, Error> {
        let policies = policies(self.appfile, params).map_err(Error::Invalid)?;
        let targets = placements(&policies.iter().collect::<Vec<_>>(), self.clusters)?;
        let places: Vec<Value> = targets
            .iter()
            .map(|target| json!({"cluster": target.cluster, "namespace": target.namespace}))
            .collect();
        Ok(Reply::Done(Some(json!({ "placements": places }))))
    }

    /// The place of an environment: its cluster by name or by labels, and its namespace.
    pub(super) fn decisions(&mut self, params: &Value) -> Result<Reply, Error> {
        let placement = &params["inputs"]["placement"];
        let namespace = placement["namespaceSelector"]["name"].as_str().unwrap_or_default();
        let selector = &placement["clusterSelector"];
        let name = selector["name"].as_str().filter(|name| !name.is_empty());
        let cluster = match (name, selector["labels"].as_object()) {
            (Some(name), _) => name.to_owned(),
            (None, None) => LOCAL_CLUSTER.to_owned(),
            (None, Some(labels)) => {
                let fits = self.clusters.iter().find(|cluster| {
                    labels.iter().all(|(key, value)| {
                        cluster.labels.get(key).map(String::as_str) == value.as_str()
                    })
                });
                let missing = || {
                    let env = params["inputs"]["envName"].as_str().unwrap_or_default();
                    Error::Invalid(format!("no cluster has the labels of environment {env}"))
                };
                fits.ok_or_else(missing)?.name.clone()
            }
        };
        let known = cluster == LOCAL_CLUSTER || self.clusters.iter().any(|c| c.name == cluster);
        if !known {
            return Err(Error::NoCluster { cluster });
        }
        let decisions = [json!({"cluster": cluster, "namespace": namespace})];
        let text = |key: &str| params["inputs"][key].as_str().unwrap_or_default();
        let environment = (text("policyName"), text("envName"));
        let latest = self.app.status.latest_revision.as_ref();
        let revision = latest.map(|latest| latest.name.as_str()).unwrap_or_default();
        bindings::record(&mut self.policies, environment, &decisions, revision);
        Ok(Reply::Done(Some(json!({"outputs": {"decisions": decisions}}))))
    }

    /// The application with the components of an environment.
    pub(super) fn patched_application(&self, params: &Value) -> Result<Reply, Error> {
        let inputs = &params["inputs"];
        let mut properties = json!({
            "components": inputs["patch"]["components"].as_array().cloned().unwrap_or_default(),
        });
        // A selector that is there and empty selects nothing.
        if let Some(names) = inputs["selector"]["components"].as_array() {
            properties["selector"] = json!(names);
        }
        let policy = AppPolicy {
            name: inputs["envName"].as_str().unwrap_or_default().to_owned(),
            policy_type: "override".to_owned(),
            properties: Some(properties),
        };
        let components = overridden(&self.appfile.components, &[&policy])?;
        let application = json!({"spec": {"components": components}});
        Ok(Reply::Done(Some(json!({ "outputs": application }))))
    }
}

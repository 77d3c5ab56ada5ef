//! What a `deploy` step delivers, and where: the components of the application, overridden and placed.
//!
//! One reading for whoever delivers and whoever foresees. Source:
//! `pkg/workflow/providers/multicluster/deploy.go` of kubevela.

use mizzen_oam::application::{AppPolicy, Component};
use serde_json::Value;

use super::appfile::{Appfile, Target};
use super::overriding::overridden;
use super::placement::{KnownCluster, placements};

/// The policies that a call names, and those written in it.
///
/// # Errors
/// A sentence when there is no such policy, or one in the call cannot be read.
pub fn policies(app: &Appfile, params: &Value) -> Result<Vec<AppPolicy>, String> {
    let mut policies = Vec::new();
    let names = params["policies"].as_array().into_iter().flatten();
    for name in names.filter_map(Value::as_str) {
        policies.push(app.policy(name).ok_or_else(|| format!("policy {name} not found"))?.clone());
    }
    for inline in params["inlinePolicies"].as_array().into_iter().flatten() {
        let policy = serde_json::from_value(inline.clone());
        policies.push(policy.map_err(|why| format!("inline policy: {why}"))?);
    }
    Ok(policies)
}

/// Every component in every place, place by place.
///
/// # Errors
/// A sentence, as [`policies`], or when a policy does not fit the application or the clusters.
pub fn deployments(
    app: &Appfile,
    clusters: &[KnownCluster],
    params: &Value,
) -> Result<Vec<(Component, Target)>, String> {
    let policies = policies(app, params)?;
    let policies: Vec<&AppPolicy> = policies.iter().collect();
    let said = |error: super::RenderError| error.to_string();
    let components = overridden(&app.components, &policies).map_err(said)?;
    let targets = placements(&policies, clusters).map_err(said)?;
    let each = |target: &Target| {
        let target = target.clone();
        components.clone().into_iter().map(move |component| (component, target.clone()))
    };
    Ok(targets.iter().flat_map(each).collect())
}

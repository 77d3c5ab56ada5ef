//! Where components go: topology policies over a list of known clusters, as a pure function.
//!
//! Invariant: the order of placements is the order of clusters given or listed, without duplicates.

use mizzen_oam::application::AppPolicy;
use mizzen_oam::meta::StringMap;
use mizzen_oam::policy::Topology;
use mizzen_oam::{LOCAL_CLUSTER, labels};
use serde_json::Value;

use super::appfile::Target;
use super::error::RenderError;

/// A cluster that components may be delivered to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownCluster {
    /// Its name; `local` is the hub.
    pub name: String,
    /// Its labels.
    pub labels: StringMap,
}

/// The places that the topology policies among `policies` name; the hub where there is none.
///
/// `clusters` is in the order in which selectors list them: the hub first, then newest first.
///
/// # Errors
/// A policy with unknown keys, an unknown cluster, or a selector that finds nothing.
pub fn placements(
    policies: &[&AppPolicy],
    clusters: &[KnownCluster],
) -> Result<Vec<Target>, RenderError> {
    let topologies = policies.iter().filter(|policy| policy.policy_type == "topology");
    let mut found: Vec<Target> = Vec::new();
    let mut any = false;
    for policy in topologies {
        any = true;
        for target in of_policy(policy, clusters)? {
            if !found.contains(&target) {
                found.push(target);
            }
        }
    }
    Ok(if any { found } else { vec![Target::default()] })
}

fn of_policy(policy: &AppPolicy, clusters: &[KnownCluster]) -> Result<Vec<Target>, RenderError> {
    let bad = |reason: String| RenderError::Policy { name: policy.name.clone(), reason };
    let topology: Topology = strict(policy, TOPOLOGY_KEYS)?;
    let target = |cluster: &str| Target {
        cluster: cluster.to_owned(),
        namespace: topology.namespace.clone(),
    };
    if let Some(names) = &topology.clusters {
        let known = |name: &str| name == LOCAL_CLUSTER || clusters.iter().any(|c| c.name == name);
        if let Some(unknown) = names.iter().find(|name| !known(name)) {
            return Err(bad(format!("failed to get cluster {unknown}: not found; join it first")));
        }
        return Ok(names.iter().map(|name| target(name)).collect());
    }
    let Some(selector) = &topology.cluster_label_selector else {
        return Ok(vec![target(LOCAL_CLUSTER)]);
    };
    let fits = clusters.iter().filter(|cluster| selected(cluster, selector));
    let targets: Vec<_> = fits.map(|cluster| target(&cluster.name)).collect();
    if targets.is_empty() && !topology.allow_empty {
        return Err(bad("failed to find any cluster matches given labels".to_owned()));
    }
    Ok(targets)
}

/// Labels of the platform do not count, except the one that marks the hub.
fn selected(cluster: &KnownCluster, selector: &StringMap) -> bool {
    selector.iter().all(|(key, value)| {
        let countable = !key.starts_with(labels::CLUSTER_PREFIX) || key == labels::CONTROL_PLANE;
        countable && cluster.labels.get(key) == Some(value)
    })
}

const TOPOLOGY_KEYS: &[&str] =
    &["clusters", "clusterLabelSelector", "allowEmpty", "clusterSelector", "namespace"];

/// The properties of a policy as a type; keys that the type does not have are refused.
pub(crate) fn strict<T: serde::de::DeserializeOwned + Default>(
    policy: &AppPolicy,
    keys: &[&str],
) -> Result<T, RenderError> {
    let bad = |reason: String| RenderError::Policy {
        name: policy.name.clone(),
        reason: format!("failed to parse {} policy: {reason}", policy.policy_type),
    };
    let Some(properties) = &policy.properties else { return Ok(T::default()) };
    let unknown =
        properties.as_object().and_then(|map| map.keys().find(|key| !keys.contains(&key.as_str())));
    if let Some(key) = unknown {
        return Err(bad(format!("unknown field `{key}`; it knows {}", keys.join(", "))));
    }
    let wanted: Value = properties.clone();
    serde_json::from_value(wanted).map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(properties: Value, expected: Result<&[&str], &str>) {
        let policy = AppPolicy {
            name: "t".into(),
            policy_type: "topology".into(),
            properties: Some(properties),
        };
        let cluster = |name: &str, pairs: &[(&str, &str)]| KnownCluster {
            name: name.into(),
            labels: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        };
        let clusters = [
            cluster("local", &[(labels::CONTROL_PLANE, "true")]),
            cluster("b", &[("zone", "x")]),
            cluster("a", &[("zone", "x"), ("cluster.core.oam.dev/q", "1")]),
        ];
        match (placements(&[&policy], &clusters), expected) {
            (Ok(targets), Ok(names)) => {
                let told: Vec<_> = targets.iter().map(|t| t.cluster.as_str()).collect();
                assert_eq!(told, names);
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (result, _) => panic!("unexpected {result:?}"),
        }
    }

    #[test]
    fn clusters_by_name_and_by_label() {
        check(json!({"clusters": ["a", "local", "a"]}), Ok(&["a", "local"]));
        check(json!({"clusters": ["z"]}), Err("failed to get cluster z"));
        check(json!({"clusterLabelSelector": {"zone": "x"}}), Ok(&["b", "a"]));
        check(json!({"clusterLabelSelector": {}}), Ok(&["local", "b", "a"]));
        check(
            json!({"clusterLabelSelector": {"cluster.core.oam.dev/q": "1"}}),
            Err("failed to find"),
        );
        check(json!({"clusterLabelSelector": {"zone": "q"}, "allowEmpty": true}), Ok(&[]));
        check(json!({"namespace": "n"}), Ok(&["local"]));
        check(json!({"cluster": []}), Err("unknown field `cluster`"));
    }
}

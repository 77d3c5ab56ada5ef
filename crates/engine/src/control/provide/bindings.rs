//! Where environments went: what the older `env-binding` policy keeps in the application's status.
//!
//! Source: `WritePlacementDecisions` in `pkg/policy/envbinding/placement.go` of kubevela.

use mizzen_oam::status::PolicyStatus;
use serde_json::{Value, json};

/// The type of the policy.
const ENV_BINDING: &str = "env-binding";

/// Records the places of an environment, and the revision that their clusters have.
pub(super) fn record(
    statuses: &mut Vec<PolicyStatus>,
    (policy, env): (&str, &str),
    places: &[Value],
    revision: &str,
) {
    let same = |s: &PolicyStatus| s.name == policy && s.policy_type == ENV_BINDING;
    let index = statuses.iter().position(same).unwrap_or_else(|| {
        statuses.push(PolicyStatus {
            name: policy.to_owned(),
            policy_type: ENV_BINDING.to_owned(),
            status: None,
        });
        statuses.len() - 1
    });
    let status = statuses[index].status.take().unwrap_or_default();
    let mut envs = entries(&status["envs"]);
    set(&mut envs, "env", env, json!({"env": env, "placements": places}));
    let mut clusters = entries(&status["clusterConnections"]);
    for cluster in places.iter().filter_map(|place| place["cluster"].as_str()) {
        let connection = json!({"clusterName": cluster, "lastActiveRevision": revision});
        set(&mut clusters, "clusterName", cluster, connection);
    }
    statuses[index].status = Some(json!({"envs": envs, "clusterConnections": clusters}));
}

fn entries(list: &Value) -> Vec<Value> {
    list.as_array().cloned().unwrap_or_default()
}

/// Puts an entry in the place of the one of the same name.
fn set(list: &mut Vec<Value>, key: &str, name: &str, entry: Value) {
    match list.iter_mut().find(|known| known[key] == name) {
        Some(known) => *known = entry,
        None => list.push(entry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_environment_and_cluster_has_one_entry() {
        let mut statuses = Vec::new();
        let place =
            |cluster: &str, namespace: &str| json!({"cluster": cluster, "namespace": namespace});
        record(&mut statuses, ("envs", "stage"), &[place("local", "a")], "app-v1");
        record(&mut statuses, ("envs", "live"), &[place("eu-1", "")], "app-v1");
        record(&mut statuses, ("envs", "stage"), &[place("local", "b")], "app-v2");
        record(&mut statuses, ("others", "stage"), &[place("local", "b")], "app-v2");
        assert_eq!(statuses.len(), 2);
        assert_eq!(
            statuses[0].status,
            Some(json!({
                "envs": [
                    {"env": "stage", "placements": [place("local", "b")]},
                    {"env": "live", "placements": [place("eu-1", "")]},
                ],
                "clusterConnections": [
                    {"clusterName": "local", "lastActiveRevision": "app-v2"},
                    {"clusterName": "eu-1", "lastActiveRevision": "app-v1"},
                ],
            }))
        );
    }
}

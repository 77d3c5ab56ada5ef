//! Objects as clusters have them: the open application, and a pod of it.

use serde_json::{Value, json};

use crate::world::{ago, waiting};

/// The open application as the hub has it.
pub(crate) fn whole() -> Value {
    let mut object = waiting();
    object["spec"]["components"][0]["properties"] =
        json!({"image": "shop/checkout:2.1", "port": 8080, "cmd": "set -e\nserve\n"});
    object["spec"]["components"][0]["traits"] = json!([{"type": "scaler"}, {"type": "gateway"}]);
    object["spec"]["policies"] = json!([{"name": "everywhere", "type": "topology"}]);
    object["metadata"]["managedFields"] = json!([
        {"manager": "kubectl-client-side-apply", "operation": "Update", "time": ago(200_000),
            "fieldsV1": {"f:spec": {"f:components": {}, "f:workflow": {}}}},
        {"manager": "mizzen", "operation": "Update", "time": ago(700),
            "fieldsV1": {"f:spec": {"f:policies": {}}}}]);
    object
}

/// A pod of it that crashes.
pub(crate) fn pod() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "checkout-6c9f84b7d-zk4qp", "namespace": "shop",
            "creationTimestamp": ago(1_300), "labels": {"app.oam.dev/component": "checkout",
                "app.oam.dev/name": "checkout"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "checkout-6c9f84b7d"}],
            "managedFields": [{"manager": "kubelet", "time": ago(30), "subresource": "status",
                "fieldsV1": {"f:status": {"f:phase": {}, "f:containerStatuses": {}}}}]},
        "spec": {"nodeName": "stage-1-b", "serviceAccountName": "checkout",
            "volumes": [{"name": "tls", "secret": {"secretName": "checkout-tls"}}],
            "containers": [{"name": "checkout", "image": "shop/checkout:2.1",
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"},
                    "limits": {"memory": "256Mi"}},
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080},
                    "periodSeconds": 10}}]},
        "status": {"phase": "Running", "podIP": "10.2.0.9", "startTime": ago(1_300),
            "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady",
                "message": "containers with unready status: [checkout]",
                "lastTransitionTime": ago(41)}],
            "containerStatuses": [{"name": "checkout", "ready": false, "restartCount": 7,
                "state": {"waiting": {"reason": "CrashLoopBackOff",
                    "message": "back-off 5m0s restarting failed container"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error",
                    "finishedAt": ago(41)}}}]}})
}

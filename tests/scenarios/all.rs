//! The scenarios, written once: every backend must tell the same story. Each works in a namespace of
//! its own.

use serde_json::{Value, json};

use super::backend::{Backend, Cluster, namespace};
use super::{delivery, gates, killed};

/// Plays every scenario.
pub(crate) async fn play(backend: &Backend) {
    backend.install().await;
    kinds_are_served_as_upstream_defines_them(backend).await;
    members_join_and_leave(backend).await;
    workloads_roll_out_and_back(&backend.hub).await;
    two_managers_share_an_object(&backend.hub).await;
    owners_take_what_they_own_along(&backend.hub).await;
    let running = backend.controller();
    backend.join("us-1");
    tokio::join!(
        delivery::an_application_is_delivered(backend),
        delivery::what_is_not_wanted_is_collected(backend),
        delivery::drift_is_repaired(backend),
        delivery::apply_once_leaves_drift(backend),
        delivery::a_delivery_is_rolled_back(backend),
        delivery::a_failing_step_ends_the_run(backend),
        delivery::a_paused_application_is_left_alone(backend),
        gates::a_gate_waits_for_a_person(backend),
        gates::a_published_version_is_taken_back(backend),
    );
    drop(running);
    killed::a_killed_controller_is_no_loss(backend).await;
}

async fn kinds_are_served_as_upstream_defines_them(backend: &Backend) {
    namespace(&backend.hub, "kinds").await;
    let apps = "/apis/core.oam.dev/v1beta1/namespaces/kinds/applications";
    let app = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": "shop"},
        "spec": {"components": [
            {"name": "web", "type": "webservice", "properties": {"image": "nginx", "free": {"form": [1]}}},
        ]},
    });
    backend.hub.apply(&format!("{apps}/shop"), &app).await;
    let stored = backend.hub.get(&format!("{apps}/shop")).await;
    assert_eq!(stored["spec"], app["spec"], "free-form properties are kept");
    let status = json!({"status": {"status": "running", "services": [
        {"name": "web", "healthy": true, "workloadDefinition": {"apiVersion": "apps/v1", "kind": "Deployment"}},
    ]}});
    let (code, answer) =
        backend.hub.send("PATCH", &format!("{apps}/shop/status"), Some(&status)).await;
    assert_eq!(code, 200, "{answer}");
    let bad = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": "bad"}, "spec": {"components": [{"name": "web"}]},
    });
    let (code, answer) = backend.hub.send("POST", apps, Some(&bad)).await;
    assert_eq!(code, 422, "{answer}");
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(message.contains("spec.components[0].type: Required value"), "{message}");
    let listed = backend.run(&["status", "-n", "kinds"]);
    assert!(listed.contains("shop") && listed.contains("running"), "{listed}");
    backend.run(&["delete", "shop", "-n", "kinds"]);
    backend.hub.until(&format!("{apps}/shop"), "it is gone", Value::is_null).await;
}

async fn members_join_and_leave(backend: &Backend) {
    for (name, _) in &backend.members {
        backend.join(name);
    }
    let listed = backend.run(&["cluster", "list"]);
    for (name, _) in &backend.members {
        assert!(listed.contains(name.as_str()), "{listed}");
        let secret = format!("/api/v1/namespaces/vela-system/secrets/{name}");
        let stored = backend.hub.get(&secret).await;
        assert!(stored["data"]["endpoint"].is_string(), "{stored}");
        assert_eq!(stored["metadata"]["labels"]["tier"], "edge");
    }
    let (last, _) = backend.members.last().expect("there are members");
    backend.run(&["cluster", "detach", last]);
    let secret = format!("/api/v1/namespaces/vela-system/secrets/{last}");
    assert_eq!(backend.hub.get(&secret).await["reason"], "NotFound");
}

fn deployment(image: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    })
}

async fn workloads_roll_out_and_back(hub: &Cluster) {
    namespace(hub, "rollout").await;
    let path = "/apis/apps/v1/namespaces/rollout/deployments/web";
    let available = |replicas: i64, image: &'static str| {
        move |seen: &Value| {
            let status = &seen["status"];
            seen["spec"]["template"]["spec"]["containers"][0]["image"] == image
                && status["observedGeneration"] == seen["metadata"]["generation"]
                && status["updatedReplicas"] == replicas
                && status["availableReplicas"] == replicas
                && status["replicas"] == replicas
        }
    };
    hub.apply(path, &deployment("nginx:1.25", 2)).await;
    hub.until(path, "two replicas are available", available(2, "nginx:1.25")).await;
    hub.apply(path, &deployment("nginx:1.27", 3)).await;
    let seen =
        hub.until(path, "three new replicas are available", available(3, "nginx:1.27")).await;
    assert_eq!(seen["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
    let sets = hub.get("/apis/apps/v1/namespaces/rollout/replicasets").await;
    let mut told: Vec<(i64, String)> = sets["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|set| {
            let image = set["spec"]["template"]["spec"]["containers"][0]["image"].as_str();
            assert_eq!(set["metadata"]["ownerReferences"][0]["name"], "web");
            (set["spec"]["replicas"].as_i64().unwrap_or(-1), image.unwrap_or_default().to_owned())
        })
        .collect();
    told.sort();
    assert_eq!(told, [(0, "nginx:1.25".to_owned()), (3, "nginx:1.27".to_owned())]);
    hub.apply(path, &deployment("nginx:1.25", 1)).await;
    let seen = hub.until(path, "the old image is back", available(1, "nginx:1.25")).await;
    assert_eq!(seen["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "3");
}

async fn two_managers_share_an_object(hub: &Cluster) {
    namespace(hub, "shared").await;
    let path = "/api/v1/namespaces/shared/configmaps/common";
    let object = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "common"}, "data": data});
    let apply = async |manager: &str, data: Value| {
        hub.send("PATCH", &format!("{path}?fieldManager={manager}"), Some(&object(data))).await
    };
    assert_eq!(apply("one", json!({"a": "1", "b": "1"})).await.0, 201);
    assert_eq!(apply("two", json!({"c": "2"})).await.0, 200);
    let (code, answer) = apply("two", json!({"a": "2", "c": "2"})).await;
    assert_eq!(code, 409, "{answer}");
    assert_eq!(answer["message"], "Apply failed with 1 conflict: conflict with \"one\": .data.a");
    let (code, answer) = apply("one", json!({"a": "1"})).await;
    assert_eq!(
        (code, &answer["data"]),
        (200, &json!({"a": "1", "c": "2"})),
        "b had no other owner"
    );
}

async fn owners_take_what_they_own_along(hub: &Cluster) {
    namespace(hub, "owners").await;
    let maps = "/api/v1/namespaces/owners/configmaps";
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner"}});
    let owner = hub.apply(&format!("{maps}/owner"), &owner).await;
    let owned = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "owned", "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap",
            "name": "owner", "uid": owner["metadata"]["uid"]}]}});
    hub.apply(&format!("{maps}/owned"), &owned).await;
    assert_eq!(hub.send("DELETE", &format!("{maps}/owner"), None).await.0, 200);
    hub.until(&format!("{maps}/owned"), "the owned one is gone", Value::is_null).await;
}

//! Deliveries to members, with a gate that a person opens.

use mizzen_engine::operate;
use serde_json::{Value, json};

use super::apps::{
    app_path, application, ask, delivered, deploy, deployment_path, event, in_phase, topology,
    tracker_path, webservice,
};
use super::backend::{Backend, namespace};

/// First one member, then a gate, then the other; deleting takes everything along everywhere.
pub(crate) async fn a_gate_waits_for_a_person(backend: &Backend) {
    let ns = "gate";
    let (hub, eu, us) = (&backend.hub, backend.member("eu-1"), backend.member("us-1"));
    for cluster in [hub, eu, us] {
        namespace(cluster, ns).await;
    }
    let more = json!({
        "policies": [topology("europe", &["eu-1"]), topology("america", &["us-1"])],
        "workflow": {"steps": [
            deploy("first", &["europe"]),
            {"name": "look", "type": "suspend"},
            deploy("then", &["america"]),
        ]},
    });
    let app = application("shop", &json!([webservice("web", "nginx:1.25")]), more);
    hub.apply(&app_path(ns, "shop"), &app).await;
    in_phase(hub, ns, "shop", "shop-v1", "workflowSuspending").await;
    let path = deployment_path(ns, "web");
    assert_eq!(eu.get(&path).await["status"]["readyReplicas"], 2);
    assert_eq!(us.get(&path).await["reason"], "NotFound", "the gate holds");
    ask(backend, ns, "shop", "two hours without errors", async |app| {
        let gates = operate::gates(app);
        assert_eq!(gates.len(), 1, "{gates:?}");
        assert_eq!((gates[0].name.as_str(), gates[0].step_type.as_str()), ("look", "suspend"));
        operate::approve(app, None).expect("there is a gate")
    })
    .await;
    let seen = delivered(hub, ns, "shop", 1).await;
    let mut clusters: Vec<&str> = seen["status"]["services"]
        .as_array()
        .expect("services")
        .iter()
        .filter_map(|service| service["cluster"].as_str())
        .collect();
    clusters.sort_unstable();
    assert_eq!(clusters, ["eu-1", "us-1"]);
    for member in [eu, us] {
        let live = member.get(&path).await;
        assert_eq!(
            (&live["status"]["readyReplicas"], &live["metadata"]["generation"]),
            (&json!(2), &json!(1))
        );
    }
    assert_eq!(hub.get(&path).await["reason"], "NotFound", "the hub is no place of it");
    let said = event(hub, ns, "shop", "Approved").await;
    assert!(said.contains("ada") && said.contains("two hours without errors"), "{said}");
    a_member_is_kept_too(backend, ns).await;
    backend.run(&["delete", "shop", "-n", ns]);
    hub.until(&app_path(ns, "shop"), "it is gone", Value::is_null).await;
    hub.until(&tracker_path("shop-v1-gate"), "it is gone", Value::is_null).await;
    for member in [eu, us] {
        member.until(&path, "it is gone", Value::is_null).await;
    }
}

/// Drift on a member is repaired like that on the hub.
async fn a_member_is_kept_too(backend: &Backend, ns: &str) {
    let us = backend.member("us-1");
    let path = deployment_path(ns, "web");
    let patch = json!({"spec": {"replicas": 9}});
    let (code, answer) = us.send("PATCH", &format!("{path}?tried=by-hand"), Some(&patch)).await;
    assert_eq!(code, 200, "{answer}");
    us.until(&path, "it is as delivered", |live| live["spec"]["replicas"] == 2).await;
    let said = event(&backend.hub, ns, "shop", "DriftRepaired").await;
    assert!(said.contains("in cluster us-1"), "{said}");
}

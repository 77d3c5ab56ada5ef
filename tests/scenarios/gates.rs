//! Deliveries to members, with a gate that a person opens.

use mizzen_engine::operate;
use mizzen_oam::annotations::{CONTROLLER_REQUIREMENT, PUBLISH_VERSION};
use serde_json::{Value, json};

use super::apps::{
    app_path, application, ask, delivered, deploy, deployment_path, event, in_phase, revision_path,
    topology, tracker_path, webservice,
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

/// At a gate a published version is taken back: what was delivered before is there again, and its
/// workflow does not run again.
pub(crate) async fn a_published_version_is_taken_back(backend: &Backend) {
    let (hub, ns) = (&backend.hub, "published");
    namespace(hub, ns).await;
    let path = app_path(ns, "shop");
    let publish = async |version: &str, image: &str| {
        let steps = json!({"workflow": {"steps": [
            {"name": "web", "type": "apply-component", "properties": {"component": "web"}},
            {"name": "look", "type": "suspend"},
        ]}});
        let mut app = application("shop", &json!([webservice("web", image)]), steps);
        app["metadata"]["annotations"] = json!({PUBLISH_VERSION: version});
        hub.apply(&path, &app).await;
    };
    publish("one", "nginx:1.25").await;
    in_phase(hub, ns, "shop", "shop-v1", "workflowSuspending").await;
    ask(backend, ns, "shop", "fine", async |app| operate::approve(app, None).expect("a gate"))
        .await;
    let before = delivered(hub, ns, "shop", 1).await;
    publish("two", "nginx:1.27").await;
    in_phase(hub, ns, "shop", "shop-v2", "workflowSuspending").await;
    let client = &hub.client;
    ask(backend, ns, "shop", "too slow", async |app| {
        let history = operate::history(client, app).await.expect("a history");
        operate::rollback(app, &history, None).expect("there is a version before")
    })
    .await;
    hub.until(&deployment_path(ns, "web"), "it runs the old image", |live| {
        live["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.25"
            && live["status"]["updatedReplicas"] == 2
            && live["status"]["availableReplicas"] == 2
    })
    .await;
    let after = in_phase(hub, ns, "shop", "shop-v1", "running").await;
    assert_eq!(after["metadata"]["annotations"][PUBLISH_VERSION], "one");
    assert_eq!(after["metadata"]["annotations"][CONTROLLER_REQUIREMENT], Value::Null);
    let run = |app: &Value| app["status"]["workflow"]["startTime"].clone();
    assert_eq!(run(&after), run(&before), "its workflow did not run again");
    hub.until(&tracker_path("shop-two-published"), "it is collected", Value::is_null).await;
    let newer = hub.get(&revision_path(ns, "shop-v2")).await;
    assert_eq!(newer["reason"], "NotFound", "{newer:#}");
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

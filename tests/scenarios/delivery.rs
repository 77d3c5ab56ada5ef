//! Applications are delivered, kept, changed, rolled back and deleted, on the hub's own cluster.

use mizzen_engine::operate;
use serde_json::{Value, json};

use super::apps::{
    app_path, application, ask, delivered, deployment_path, event, in_phase, revision_path,
    service_path, tracker_path, webservice,
};
use super::backend::{Backend, Cluster, namespace};

/// Status, tracker and revision of a delivered application.
pub(crate) async fn an_application_is_delivered(backend: &Backend) {
    let hub = &backend.hub;
    let ns = "deliver";
    namespace(hub, ns).await;
    let app = application("shop", &json!([webservice("web", "nginx:1.25")]), json!({}));
    hub.apply(&app_path(ns, "shop"), &app).await;
    let seen = delivered(hub, ns, "shop", 1).await;
    let status = &seen["status"];
    assert_eq!(status["services"][0]["message"], "Ready:2/2");
    assert_eq!(status["workflow"]["finished"], true);
    assert_eq!(status["workflow"]["steps"][0]["phase"], "succeeded");
    for name in ["Parsed", "Revision", "Policy", "Render", "Workflow", "Ready"] {
        let all = status["conditions"].as_array().expect("conditions");
        let well = |c: &Value| c["type"] == name && c["status"] == "True";
        assert!(all.iter().any(well), "{name}: {status:#}");
    }
    let live = hub.get(&deployment_path(ns, "web")).await;
    assert_eq!(live["spec"]["replicas"], 2);
    assert_eq!(live["metadata"]["labels"]["app.oam.dev/name"], "shop");
    assert_eq!(live["metadata"]["labels"]["app.oam.dev/appRevision"], "shop-v1");
    assert_eq!(live["metadata"]["generation"], 1, "it was written once");
    let revision = hub.get(&revision_path(ns, "shop-v1")).await;
    assert_eq!(revision["status"]["succeeded"], true);
    assert!(revision["spec"]["componentDefinitions"]["webservice"].is_object());
    let tracker = hub.get(&tracker_path("shop-v1-deliver")).await;
    let managed = tracker["spec"]["managedResources"].as_array().expect("managed resources");
    let mut kinds: Vec<&str> = managed.iter().filter_map(|entry| entry["kind"].as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["Deployment", "Service"]);
    assert_eq!(event(hub, ns, "shop", "Deployed").await, "Deployed successfully");
    let listed = backend.run(&["status", "shop", "-n", ns]);
    assert!(listed.contains("running"), "{listed}");
}

/// What a later revision does not want any more goes; a deleted application takes everything along.
pub(crate) async fn what_is_not_wanted_is_collected(backend: &Backend) {
    let hub = &backend.hub;
    let ns = "collect";
    namespace(hub, ns).await;
    let (web, back) = (webservice("web", "nginx:1.25"), webservice("back", "nginx:1.25"));
    let both = application("shop", &json!([web, back]), json!({}));
    hub.apply(&app_path(ns, "shop"), &both).await;
    delivered(hub, ns, "shop", 1).await;
    let one = application("shop", &json!([web]), json!({}));
    hub.apply(&app_path(ns, "shop"), &one).await;
    hub.until(&deployment_path(ns, "back"), "it is collected", Value::is_null).await;
    hub.until(&service_path(ns, "back"), "it is collected", Value::is_null).await;
    hub.until(&tracker_path("shop-v1-collect"), "it is released", Value::is_null).await;
    let seen = delivered(hub, ns, "shop", 2).await;
    assert_eq!(seen["status"]["services"].as_array().map(Vec::len), Some(1), "{seen:#}");
    ask(backend, ns, "shop", "no longer sold", async |app| {
        operate::remove(app, operate::Objects::Delete).expect("it can be deleted")
    })
    .await;
    hub.until(&app_path(ns, "shop"), "it is gone", Value::is_null).await;
    for path in [
        deployment_path(ns, "web"),
        service_path(ns, "web"),
        tracker_path("shop-v2-collect"),
        revision_path(ns, "shop-v1"),
        revision_path(ns, "shop-v2"),
    ] {
        hub.until(&path, "it is gone", Value::is_null).await;
    }
}

fn image(live: &Value) -> &str {
    live["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default()
}

async fn edit(cluster: &Cluster, path: &str, patch: &Value) {
    let (code, answer) = cluster
        .send("PATCH", &format!("{path}?fieldManager=midnight-shift&force=true"), Some(patch))
        .await;
    assert_eq!(code, 200, "{answer}");
}

fn by_hand(replicas: i64, image: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
        "replicas": replicas,
        "template": {"spec": {"containers": [{"name": "web", "image": image}]}}}})
}

/// Drift is repaired, and who caused it is said.
pub(crate) async fn drift_is_repaired(backend: &Backend) {
    let hub = &backend.hub;
    let ns = "drift";
    namespace(hub, ns).await;
    let app = application("shop", &json!([webservice("web", "nginx:1.25")]), json!({}));
    hub.apply(&app_path(ns, "shop"), &app).await;
    delivered(hub, ns, "shop", 1).await;
    let path = deployment_path(ns, "web");
    edit(hub, &path, &by_hand(7, "nginx:0")).await;
    hub.until(&path, "it is as delivered", |live| {
        live["spec"]["replicas"] == 2 && image(live) == "nginx:1.25"
    })
    .await;
    let said = event(hub, ns, "shop", "DriftRepaired").await;
    assert!(said.contains("midnight-shift"), "{said}");
    assert!(said.contains("Deployment drift/web"), "{said}");
    let (code, answer) = hub.send("DELETE", &service_path(ns, "web"), None).await;
    assert_eq!(code, 200, "{answer}");
    hub.until(&service_path(ns, "web"), "it is there again", Value::is_object).await;
}

/// What is applied once only belongs to whoever changes it; the rest is kept.
pub(crate) async fn apply_once_leaves_drift(backend: &Backend) {
    let hub = &backend.hub;
    let ns = "once";
    namespace(hub, ns).await;
    let policy = json!({"policies": [{"name": "once", "type": "apply-once", "properties": {
        "enable": true, "rules": [{"selector": {"oamTypes": ["WORKLOAD"]},
            "strategy": {"path": ["spec.replicas"]}}]}}]});
    let app = application("shop", &json!([webservice("web", "nginx:1.25")]), policy);
    hub.apply(&app_path(ns, "shop"), &app).await;
    delivered(hub, ns, "shop", 1).await;
    let path = deployment_path(ns, "web");
    edit(hub, &path, &by_hand(3, "nginx:0")).await;
    let live =
        hub.until(&path, "the image is as delivered", |live| image(live) == "nginx:1.25").await;
    assert_eq!(live["spec"]["replicas"], 3, "replicas are left as they are");
}

/// Back to the revision before.
pub(crate) async fn a_delivery_is_rolled_back(backend: &Backend) {
    let hub = &backend.hub;
    let ns = "back";
    namespace(hub, ns).await;
    for (number, image) in [(1, "nginx:1.25"), (2, "nginx:1.27")] {
        let app = application("shop", &json!([webservice("web", image)]), json!({}));
        hub.apply(&app_path(ns, "shop"), &app).await;
        delivered(hub, ns, "shop", number).await;
    }
    let client = &hub.client;
    ask(backend, ns, "shop", "too slow", async |app| {
        let history = operate::history(client, app).await.expect("a history");
        operate::rollback(app, &history, None).expect("there is a revision before")
    })
    .await;
    hub.until(&deployment_path(ns, "web"), "it runs the old image", |live| {
        image(live) == "nginx:1.25" && live["status"]["updatedReplicas"] == 2
    })
    .await;
    delivered(hub, ns, "shop", 1).await;
}

/// A step that fails ends the run, what waits for it is not run, and the status says why.
pub(crate) async fn a_failing_step_ends_the_run(backend: &Backend) {
    let hub = &backend.hub;
    let ns = "fails";
    namespace(hub, ns).await;
    let text = "import \"vela/builtin\"\nfail: builtin.#Fail & {$params: message: \"the budget is spent\"}\nparameter: {}";
    let definition = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "WorkflowStepDefinition",
        "metadata": {"name": "give-up"},
        "spec": {"schematic": {"cue": {"template": text}}},
    });
    let path =
        format!("/apis/core.oam.dev/v1beta1/namespaces/{ns}/workflowstepdefinitions/give-up");
    hub.apply(&path, &definition).await;
    let steps = json!({"workflow": {"steps": [
        {"name": "check", "type": "give-up"},
        {"name": "web", "type": "apply-component", "properties": {"component": "web"}},
        {"name": "tidy", "type": "apply-component", "if": "always", "properties": {"component": "tidy"}},
    ]}});
    let components = json!([webservice("web", "nginx:1.25"), webservice("tidy", "nginx:1.25")]);
    hub.apply(&app_path(ns, "shop"), &application("shop", &components, steps)).await;
    let seen = in_phase(hub, ns, "shop", "shop-v1", "workflowFailed").await;
    let steps = &seen["status"]["workflow"]["steps"];
    assert_eq!((&steps[0]["phase"], &steps[0]["reason"]), (&json!("failed"), &json!("Action")));
    assert_eq!(steps[0]["message"], "the budget is spent");
    assert_eq!(steps[1]["phase"], "skipped", "{steps:#}");
    assert_eq!(steps[2]["phase"], "succeeded", "{steps:#}");
    assert_eq!(hub.get(&deployment_path(ns, "web")).await["reason"], "NotFound");
    let revision = hub.get(&revision_path(ns, "shop-v1")).await;
    assert_eq!(revision["status"]["succeeded"], false);
}

/// A paused application is left alone until the label goes.
pub(crate) async fn a_paused_application_is_left_alone(backend: &Backend) {
    let hub = &backend.hub;
    let ns = "paused";
    namespace(hub, ns).await;
    let mut app = application("held", &json!([webservice("held", "nginx:1.25")]), json!({}));
    app["metadata"]["labels"] = json!({"controller.core.oam.dev/pause": "true"});
    hub.apply(&app_path(ns, "held"), &app).await;
    let other = application("other", &json!([webservice("other", "nginx:1.25")]), json!({}));
    hub.apply(&app_path(ns, "other"), &other).await;
    delivered(hub, ns, "other", 1).await;
    let held = hub.get(&app_path(ns, "held")).await;
    assert!(held["metadata"]["finalizers"].is_null() && held["status"].is_null(), "{held:#}");
    app["metadata"]["labels"] = json!({});
    hub.apply(&app_path(ns, "held"), &app).await;
    delivered(hub, ns, "held", 1).await;
}

//! What the delivery scenarios share: applications, where things are, and what "delivered" means.

use mizzen_engine::operate::{self, Actor, Intent};
use serde_json::{Value, json};

use super::backend::{Backend, Cluster, Items};

/// The place of an application.
pub(crate) fn app_path(namespace: &str, name: &str) -> String {
    format!("/apis/core.oam.dev/v1beta1/namespaces/{namespace}/applications/{name}")
}

/// The place of a revision.
pub(crate) fn revision_path(namespace: &str, name: &str) -> String {
    format!("/apis/core.oam.dev/v1beta1/namespaces/{namespace}/applicationrevisions/{name}")
}

/// The place of a tracker.
pub(crate) fn tracker_path(name: &str) -> String {
    format!("/apis/core.oam.dev/v1beta1/resourcetrackers/{name}")
}

/// The place of a Deployment.
pub(crate) fn deployment_path(namespace: &str, name: &str) -> String {
    format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
}

/// The place of a Service.
pub(crate) fn service_path(namespace: &str, name: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/services/{name}")
}

/// An application of some components, with more of its spec.
pub(crate) fn application(name: &str, components: &Value, more: Value) -> Value {
    let mut app = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": name}, "spec": {"components": components},
    });
    let Value::Object(more) = more else { return app };
    for (key, value) in more {
        app["spec"][key] = value;
    }
    app
}

/// A webservice of an image with two replicas and an exposed port.
pub(crate) fn webservice(name: &str, image: &str) -> Value {
    json!({
        "name": name, "type": "webservice",
        "properties": {"image": image, "ports": [{"port": 80, "expose": true}]},
        "traits": [{"type": "scaler", "properties": {"replicas": 2}}],
    })
}

/// A topology policy that names clusters.
pub(crate) fn topology(name: &str, clusters: &[&str]) -> Value {
    json!({"name": name, "type": "topology", "properties": {"clusters": clusters}})
}

/// A deploy step of some policies.
pub(crate) fn deploy(name: &str, policies: &[&str]) -> Value {
    json!({"name": name, "type": "deploy", "properties": {"policies": policies}})
}

/// Waits until an application is delivered in a revision and well.
pub(crate) async fn delivered(hub: &Cluster, namespace: &str, name: &str, number: i64) -> Value {
    let revision = format!("{name}-v{number}");
    let seen = in_phase(hub, namespace, name, &revision, "running").await;
    let services = seen["status"]["services"].as_array().expect("services");
    assert!(services.iter().all(|service| service["healthy"] == true), "{seen:#}");
    seen
}

/// Waits until an application is in a phase, in a revision.
pub(crate) async fn in_phase(
    hub: &Cluster,
    namespace: &str,
    name: &str,
    revision: &str,
    phase: &str,
) -> Value {
    let path = app_path(namespace, name);
    let what = format!("it is {phase} in {revision}");
    hub.until(&path, &what, |app| {
        app["status"]["status"] == phase
            && app["status"]["latestRevision"]["name"] == revision
            && app["status"]["observedGeneration"] == app["metadata"]["generation"]
    })
    .await
}

/// Waits for an event of a reason about an application; its message.
pub(crate) async fn event(hub: &Cluster, namespace: &str, name: &str, reason: &str) -> String {
    let matching = |items: &Items| {
        let mut all = items.values();
        let about = |event: &&Value| {
            event["reason"] == reason
                && event["involvedObject"]["kind"] == "Application"
                && event["involvedObject"]["name"] == name
        };
        all.find(about).map(|event| event["message"].as_str().unwrap_or_default().to_owned())
    };
    let collection = format!("/api/v1/namespaces/{namespace}/events");
    let what = format!("there is an event {reason} about {name}");
    let seen = hub.until_all(&collection, "", &what, |items| matching(items).is_some()).await;
    matching(&seen).unwrap_or_default()
}

/// Carries out what a person asks of an application.
pub(crate) async fn ask(
    backend: &Backend,
    namespace: &str,
    name: &str,
    why: &str,
    intent: impl AsyncFnOnce(&mizzen_oam::Application) -> Intent,
) {
    let client = &backend.hub.client;
    let app = operate::application(client, namespace, name).await.expect("the application");
    let intent = intent(&app).await;
    let actor = Actor { name: "ada".to_owned(), why: why.to_owned() };
    let now = jiff::Timestamp::now();
    operate::carry_out(client, &intent, &actor, now).await.expect("the operation");
}

//! What is played while controllers are killed: three deliveries with what people do meanwhile.

use mizzen_engine::operate;
use serde_json::{Value, json};

use super::world::{World, deployment_path};

/// A story: the name of its namespace too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    /// One webservice with a trait, on the hub's own cluster.
    Single,
    /// Two members with a gate between.
    Gate,
    /// An update that takes a component away.
    Update,
}

/// The application of every story.
pub(crate) const APP: &str = "shop";

impl Story {
    /// Plays the story up to its end, whoever controls.
    pub(crate) async fn play(self, world: &World, namespace: &str) {
        match self {
            Self::Single => single(world, namespace).await,
            Self::Gate => gate(world, namespace).await,
            Self::Update => update(world, namespace).await,
        }
    }
}

async fn single(world: &World, namespace: &str) {
    world.up(namespace, &application(&json!([webservice("web")]), &json!({}))).await;
    world.phase(namespace, APP, 1, "running").await;
}

async fn gate(world: &World, namespace: &str) {
    let policy = |name: &str, cluster: &str| json!({"name": name, "type": "topology", "properties": {"clusters": [cluster]}});
    let deploy = |name: &str, policy: &str| json!({"name": name, "type": "deploy", "properties": {"policies": [policy]}});
    let more = json!({
        "policies": [policy("europe", "eu-1"), policy("america", "us-1")],
        "workflow": {"steps": [deploy("first", "europe"), {"name": "look", "type": "suspend"},
            deploy("then", "america")]},
    });
    world.up(namespace, &application(&json!([webservice("web")]), &more)).await;
    world.phase(namespace, APP, 1, "workflowSuspending").await;
    let there = world.member("us-1").get(&deployment_path(namespace, "web")).await;
    assert!(there.is_err(), "the gate holds");
    world.ask(namespace, APP, |app| operate::approve(app, None).unwrap()).await;
    world.phase(namespace, APP, 1, "running").await;
}

async fn update(world: &World, namespace: &str) {
    let two = json!([webservice("web"), webservice("back")]);
    world.up(namespace, &application(&two, &json!({}))).await;
    world.phase(namespace, APP, 1, "running").await;
    world.up(namespace, &application(&json!([webservice("web")]), &json!({}))).await;
    let back = deployment_path(namespace, "back");
    world.until("hub", &back, "it is collected", Value::is_null).await;
    world.phase(namespace, APP, 2, "running").await;
}

/// The application of some components.
pub(crate) fn application(components: &Value, more: &Value) -> Value {
    let mut app = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": APP}, "spec": {"components": components},
    });
    for (key, value) in more.as_object().unwrap() {
        app["spec"][key] = value.clone();
    }
    app
}

/// A webservice with a trait and an exposed port.
pub(crate) fn webservice(name: &str) -> Value {
    json!({
        "name": name, "type": "webservice",
        "properties": {"image": "nginx:1.25", "ports": [{"port": 80, "expose": true}]},
        "traits": [{"type": "scaler", "properties": {"replicas": 2}}],
    })
}

//! What waits is looked at with every change of its objects, and delivered again at most once a second.

use serde_json::json;
use tokio::time::Duration;

use super::cutter::Line;
use super::stories::{application, webservice};
use super::world::{World, deployment_path};

const NAMESPACE: &str = "waits";
/// Changes of what waits, all within a second.
const CHANGES: usize = 8;

/// Two steps write one Deployment, each in its own way, until it is well; it never is.
#[tokio::test(start_paused = true)]
async fn writers_that_undo_each_other_do_so_once_a_second() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let line = Line::default();
    let _controller = world.controller(line.client(world.client(), None));
    let mut component = webservice("web");
    component["properties"]["annotations"] = json!({"sim.mizzen.dev/all": "notready"});
    let mut app = application(&json!([component]), &json!({}));
    let scaled = |replicas: i64| {
        let scaler = json!([{"type": "scaler", "properties": {"replicas": replicas}}]);
        json!({"components": [{"name": "web", "traits": scaler}]})
    };
    app["spec"]["policies"] = json!([
        {"name": "here", "type": "topology", "properties": {"clusters": ["local"]}},
        {"name": "one", "type": "override", "properties": scaled(1)},
        {"name": "three", "type": "override", "properties": scaled(3)},
    ]);
    let step = |name: &str| json!({"name": name, "type": "deploy", "properties": {"policies": ["here", name]}});
    app["spec"]["workflow"] =
        json!({"mode": {"steps": "DAG"}, "steps": [step("one"), step("three")]});
    world.up(NAMESPACE, &app).await;
    let path = deployment_path(NAMESPACE, "web");
    world.until("hub", &path, "both wrote", |live| live["spec"]["replicas"] == 3).await;
    let calls = |method: &str| {
        let of_it = |call: &&String| call.starts_with(method) && call.contains("deployments/web");
        line.calls().iter().filter(of_it).count()
    };
    let (looks, writes) = (calls("GET"), calls("PATCH"));
    for number in 0..CHANGES {
        let labels = json!({"metadata": {"labels": {"touched": number.to_string()}}});
        world.api().merge(&path, &labels).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (looks, writes) = (calls("GET") - looks, calls("PATCH") - writes);
    assert!(looks >= CHANGES, "it was looked at {looks} times");
    assert!(writes == 0, "{writes} writes within the second");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(calls("PATCH") > writes, "they do not wait for the next change");
}

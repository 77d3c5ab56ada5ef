//! When all is well nothing is asked, however many applications there are; when something changes,
//! it is noticed at once.

use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use super::cutter::Line;
use super::stories::{application, webservice};
use super::world::{World, app_path, deployment_path};

const NAMESPACE: &str = "idle";
/// How long nothing happens.
const HOURS: u64 = 6;

async fn deliver(world: &World, count: usize) {
    for number in 0..count {
        let name = format!("app-{number}");
        let mut app = application(&json!([webservice("web")]), &json!({}));
        app["metadata"]["name"] = json!(name);
        app["spec"]["components"][0]["name"] = json!(name);
        world.up(NAMESPACE, &app).await;
    }
    for number in 0..count {
        world.phase(NAMESPACE, &format!("app-{number}"), 1, "running").await;
    }
    world.settle().await;
}

/// The calls while nothing happens.
async fn idle(line: &Line) -> Vec<String> {
    let before = line.calls().len();
    tokio::time::sleep(Duration::from_secs(HOURS * 3600)).await;
    line.calls().split_off(before)
}

#[tokio::test(start_paused = true)]
async fn an_idle_controller_only_watches() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let line = Line::default();
    let _controller = world.controller(line.client(world.client(), None));
    let mut counts = Vec::new();
    for count in [2, 12] {
        deliver(&world, count).await;
        let calls = idle(&line).await;
        let other: Vec<&String> =
            calls.iter().filter(|call| !call.contains("watch=true")).collect();
        assert!(other.is_empty(), "with {count} applications it asks {other:#?}");
        counts.push(calls.len());
    }
    // Applications, WorkflowRuns, Deployments and Services: four watches, each begun anew every five
    // minutes.
    let most = 4 * (HOURS as usize * 3600 / 290 + 1);
    assert!(counts.iter().all(|count| *count <= most), "{counts:?} requests, at most {most}");
}

#[tokio::test(start_paused = true)]
async fn drift_is_repaired_at_once() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let _controller = world.controller(world.client());
    deliver(&world, 3).await;
    let path = deployment_path(NAMESPACE, "app-1");
    world.api().merge(&path, &json!({"spec": {"replicas": 7}})).await.unwrap();
    let drifted = Instant::now();
    world.until("hub", &path, "it is as delivered", |live| live["spec"]["replicas"] == 2).await;
    assert!(drifted.elapsed() < Duration::from_millis(200), "it took {:?}", drifted.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_forgotten() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let line = Line::default();
    let _controller = world.controller(line.client(world.client(), None));
    deliver(&world, 6).await;
    for number in 0..6 {
        let path = app_path(NAMESPACE, &format!("app-{number}"));
        world.api().delete(&path, &Value::Null).await.unwrap();
    }
    for number in 0..6 {
        let path = app_path(NAMESPACE, &format!("app-{number}"));
        world.until("hub", &path, "it is gone", Value::is_null).await;
    }
    world.settle().await;
    let calls = idle(&line).await;
    let other: Vec<&String> = calls.iter().filter(|call| !call.contains("watch=true")).collect();
    assert!(other.is_empty(), "{other:#?}");
}

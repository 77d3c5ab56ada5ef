//! What may go wrong between the controller and its clusters, one thing at a time: it comes to the same
//! end, and nobody else waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mizzen_hub::{Fault, FaultRequest, Status};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use super::cutter::Line;
use super::stories::{APP, Story, application, webservice};
use super::sweep;
use super::world::{World, app_path, deployment_path};

const NAMESPACE: &str = "faults";

/// Plays the single delivery once for each call that `which` picks, with a fault at that call.
async fn each(which: fn(&str) -> bool, fault: fn() -> Fault) {
    let world = World::new().await;
    world.namespace(sweep::NAMESPACE).await;
    let (calls, expected) = sweep::play(&world, Story::Single, None).await;
    let picked = calls.iter().filter(|call| which(call)).count();
    let mut wrong = Vec::new();
    for number in 1..=picked {
        let count = Arc::new(AtomicUsize::new(0));
        world.hub.root().set_faults(move |request| {
            let ours = request.headers.get("user-agent").is_none() && which(&line(request));
            let hit = ours && count.fetch_add(1, Ordering::Relaxed) + 1 == number;
            hit.then(fault)
        });
        let (_, state) = sweep::play(&world, Story::Single, None).await;
        wrong.extend(sweep::differences(&expected, &state, &format!("fault at {number}")));
    }
    assert!(wrong.is_empty(), "{} of {picked}:\n{}", wrong.len(), wrong.join("\n"));
}

fn line(request: &FaultRequest<'_>) -> String {
    format!("{} {}", request.method, request.path)
}

fn writes(call: &str) -> bool {
    !call.starts_with("GET")
}

fn any(_: &str) -> bool {
    true
}

fn busy() -> Fault {
    let mut status = Status::failure(429, "TooManyRequests", "too many requests");
    status.details.retry_after = 3;
    Fault::Answer(status)
}

#[tokio::test(start_paused = true)]
async fn a_conflict_at_any_write_changes_nothing() {
    each(writes, || Fault::Conflict).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_at_any_write_changes_nothing() {
    each(writes, || Fault::LoseReply).await;
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_server_at_any_call_changes_nothing() {
    each(any, || Fault::Answer(Status::failure(500, "InternalError", "etcd is away"))).await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_when_it_says() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let busy_until = Instant::now() + Duration::from_secs(4);
    world.hub.root().set_faults(move |request| {
        let creates = request.path.ends_with("/deployments") && request.method == "POST";
        (creates && Instant::now() < busy_until).then(busy)
    });
    let line = Line::default();
    let _controller = world.controller(line.client(world.client(), None));
    world.up(NAMESPACE, &application(&json!([webservice("web")]), &json!({}))).await;
    world.phase(NAMESPACE, APP, 1, "running").await;
    let creates = |call: &&String| call.starts_with("POST") && call.contains("/deployments");
    let tried = line.calls().iter().filter(creates).count();
    assert!(tried <= 4, "it was asked {tried} times within four seconds");
    let app = world.api().get(&app_path(NAMESPACE, APP)).await.unwrap();
    assert_eq!(app["status"]["workflow"]["steps"][0]["phase"], "succeeded");
}

#[tokio::test(start_paused = true)]
async fn one_bad_application_starves_nobody() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let line = Line::default();
    let _controller = world.controller(line.client(world.client(), None));
    for number in 0..6 {
        let mut bad = application(&json!([webservice("web")]), &json!({}));
        bad["metadata"]["name"] = json!(format!("bad-{number}"));
        bad["spec"]["components"][0]["type"] = json!("no-such-type");
        world.up(NAMESPACE, &bad).await;
    }
    world.settle().await;
    let before = line.calls().len();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let asked = line.calls().len() - before;
    assert!(asked < 6 * 30 * 12, "six hopeless applications cost {asked} requests an hour");
    let start = Instant::now();
    world.up(NAMESPACE, &application(&json!([webservice("web")]), &json!({}))).await;
    world.phase(NAMESPACE, APP, 1, "running").await;
    assert!(start.elapsed() < Duration::from_secs(10), "it took {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn broken_watches_miss_nothing() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let _controller = world.controller(world.client());
    world.up(NAMESPACE, &application(&json!([webservice("web")]), &json!({}))).await;
    world.phase(NAMESPACE, APP, 1, "running").await;
    world.settle().await;
    for forgotten in [false, true] {
        // The watches end, and the server may not remember where they were.
        world.hub.root().cut_watches();
        world.hub.root().set_faults(move |request| {
            let resumes = request.verb == "watch" && request.headers.get("user-agent").is_none();
            let gone = || Status::failure(410, "Expired", "too old resource version");
            (forgotten && resumes).then(|| Fault::Answer(gone()))
        });
        drift(&world, "hub", 9).await;
        let path = format!("/api/v1/namespaces/{NAMESPACE}/services/web");
        world.api().delete(&path, &Value::Null).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        world.hub.root().clear_faults();
        repaired(&world, "hub").await;
        world.until("hub", &path, "it is there again", Value::is_object).await;
    }
}

async fn drift(world: &World, cluster: &str, replicas: i64) {
    let path = deployment_path(NAMESPACE, "web");
    let patch = json!({"spec": {"replicas": replicas}});
    world.member(cluster).merge(&path, &patch).await.unwrap();
}

async fn repaired(world: &World, cluster: &str) {
    let path = deployment_path(NAMESPACE, "web");
    let holds = |live: &Value| live["spec"]["replicas"] == 2;
    world.until(cluster, &path, "it is as delivered", holds).await;
}

/// An application in both members at once.
fn everywhere(name: &str) -> Value {
    let more = json!({
        "policies": [{"name": "all", "type": "topology",
            "properties": {"clusters": ["eu-1", "us-1"]}}],
        "workflow": {"steps": [{"name": "all", "type": "deploy",
            "properties": {"policies": ["all"]}}]},
    });
    let mut app = application(&json!([webservice("web")]), &more);
    app["metadata"]["name"] = json!(name);
    app
}

#[tokio::test(start_paused = true)]
async fn a_member_that_is_down_delays_only_itself() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let _controller = world.controller(world.client());
    world.settle().await;
    world.cluster("us-1").set_down(true);
    world.up(NAMESPACE, &everywhere(APP)).await;
    let path = deployment_path(NAMESPACE, "web");
    world.until("eu-1", &path, "Europe runs", |live| live["status"]["readyReplicas"] == 2).await;
    let app = world
        .until("hub", &app_path(NAMESPACE, APP), "it says who is missing", |app| {
            app["status"]["workflow"]["steps"][0]["message"]
                .as_str()
                .is_some_and(|message| message.contains("us-1"))
        })
        .await;
    assert_eq!(app["status"]["status"], "runningWorkflow");
    tokio::time::sleep(Duration::from_secs(30)).await;
    world.cluster("us-1").set_down(false);
    world.phase(NAMESPACE, APP, 1, "running").await;
}

#[tokio::test(start_paused = true)]
async fn drift_on_a_member_that_was_away_is_repaired_when_it_is_back() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let controller = world.controller(world.client());
    world.up(NAMESPACE, &everywhere(APP)).await;
    world.phase(NAMESPACE, APP, 1, "running").await;
    world.settle().await;
    drift(&world, "us-1", 9).await;
    world.cluster("us-1").set_down(true);
    // Another controller, which has never seen the member up.
    controller.kill().await;
    let _second = world.controller(world.client());
    tokio::time::sleep(Duration::from_secs(600)).await;
    world.cluster("us-1").set_down(false);
    let back = Instant::now();
    repaired(&world, "us-1").await;
    assert!(back.elapsed() < Duration::from_secs(61), "it took {:?}", back.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_member_that_hangs_holds_nobody_up() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    world
        .cluster("us-1")
        .set_faults(|request| request.headers.get("user-agent").is_none().then_some(Fault::Hang));
    let _controller = world.controller(world.client());
    for number in 0..8 {
        world.up(NAMESPACE, &everywhere(&format!("stuck-{number}"))).await;
    }
    world.settle().await;
    for number in 0..3 {
        let mut app = application(&json!([webservice("here")]), &json!({}));
        let name = format!("fine-{number}");
        app["metadata"]["name"] = json!(name);
        app["spec"]["components"][0]["name"] = json!(name);
        let start = Instant::now();
        world.up(NAMESPACE, &app).await;
        world.phase(NAMESPACE, &name, 1, "running").await;
        assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());
        world.settle().await;
    }
}

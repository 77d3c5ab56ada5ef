//! Two controllers and one lease.

use mizzen_engine::control::{Controller, Options};
use mizzen_hub::LocalApi;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use super::cutter::{Cut, Line, Moment};
use super::stories::{APP, application, webservice};
use super::world::{Running, World, deployment_path};

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/vela-system/leases/kubevela";
const NAMESPACE: &str = "led";

fn start(world: &World, identity: &str, line: &Line, cut: Option<Cut>) -> Running {
    let options =
        Options { identity: Some(identity.to_owned()), definitions: false, ..Options::default() };
    world.controller_as(line.client(world.client(), cut), options)
}

async fn led_by(world: &World, identity: &str) {
    let what = format!("{identity} leads");
    world.until("hub", LEASE, &what, |lease| lease["spec"]["holderIdentity"] == identity).await;
}

/// Delivers an image and waits until it is everywhere it should be.
async fn deliver(world: &World, image: &str, number: i64) {
    let mut component = webservice("web");
    component["properties"]["image"] = json!(image);
    world.up(NAMESPACE, &application(&json!([component]), &json!({}))).await;
    world.phase(NAMESPACE, APP, number, "running").await;
    let live = world.api().get(&deployment_path(NAMESPACE, "web")).await.unwrap();
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["image"], image);
}

/// The calls of a controller that write, but for those that ask for the lease.
fn writes(line: &Line) -> usize {
    let calls = line.calls();
    calls.iter().filter(|call| !call.starts_with("GET") && !call.contains("/leases")).count()
}

async fn world() -> World {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    world
}

#[tokio::test(start_paused = true)]
async fn the_other_takes_over_when_the_leader_is_killed() {
    let world = world().await;
    let (one, two) = (Line::default(), Line::default());
    let first = start(&world, "one", &one, None);
    led_by(&world, "one").await;
    let _second = start(&world, "two", &two, None);
    deliver(&world, "nginx:1", 1).await;
    assert_eq!(writes(&two), 0, "only the leader writes");
    first.kill().await;
    let killed = Instant::now();
    led_by(&world, "two").await;
    let waited = killed.elapsed();
    assert!(waited <= Duration::from_secs(15 + 2 + 2), "it took {waited:?}");
    deliver(&world, "nginx:2", 2).await;
    let lease = world.api().get(LEASE).await.unwrap();
    assert_eq!(lease["spec"]["leaseTransitions"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_cut_off_stops_before_the_other_starts() {
    let world = world().await;
    let (one, two) = (Line::default(), Line::default());
    let first = start(&world, "one", &one, Some(Cut { call: 120, moment: Moment::After }));
    led_by(&world, "one").await;
    let _second = start(&world, "two", &two, None);
    deliver(&world, "nginx:1", 1).await;
    one.stopped().await;
    let ended = first.ended().await.expect_err("the lease was lost");
    assert!(ended.to_string().contains("could not be renewed in time"), "{ended}");
    assert_eq!(writes(&two), 0, "nobody leads yet");
    let calls = one.calls().len();
    led_by(&world, "two").await;
    deliver(&world, "nginx:2", 2).await;
    assert_eq!(one.calls().len(), calls, "it asks for nothing any more");
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_lease_was_taken_stops() {
    let world = world().await;
    let one = Line::default();
    let first = start(&world, "one", &one, None);
    led_by(&world, "one").await;
    let api: LocalApi = world.api();
    let other = json!({"spec": {"holderIdentity": "upstream", "leaseDurationSeconds": 3600}});
    api.merge(LEASE, &other).await.unwrap();
    let ended = first.ended().await.expect_err("the lease was lost");
    assert_eq!(ended.to_string(), "the lease was taken by upstream");
    let before = writes(&one);
    world.up(NAMESPACE, &application(&json!([webservice("web")]), &json!({}))).await;
    world.settle().await;
    assert_eq!(writes(&one), before);
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_the_lease_is_no_loss() {
    let world = world().await;
    let first = start(&world, "one", &Line::default(), None);
    led_by(&world, "one").await;
    let note = json!({"metadata": {"annotations": {"note": "seen"}}});
    world.api().merge(LEASE, &note).await.unwrap();
    world.settle().await;
    deliver(&world, "nginx:1", 1).await;
    first.kill().await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_given_back_is_taken_at_once() {
    let world = world().await;
    let options =
        Options { identity: Some("one".to_owned()), definitions: false, ..Options::default() };
    let one = Controller::new(world.client(), options, world.clock()).unwrap();
    let one = std::sync::Arc::new(one);
    let first = Running::of(tokio::spawn(one.clone().run()));
    led_by(&world, "one").await;
    let _second = start(&world, "two", &Line::default(), None);
    world.settle().await;
    first.kill().await;
    one.step_down().await.unwrap();
    let given = Instant::now();
    led_by(&world, "two").await;
    let waited = given.elapsed();
    assert!(waited <= Duration::from_secs(2), "it took {waited:?}");
}

#[tokio::test(start_paused = true)]
async fn clocks_that_differ_change_nothing() {
    let world = world().await;
    let _first = start(&world, "one", &Line::default(), None);
    led_by(&world, "one").await;
    let options =
        Options { identity: Some("two".to_owned()), definitions: false, ..Options::default() };
    let clock = world.clock();
    let ahead = std::sync::Arc::new(move || clock() + jiff::SignedDuration::from_hours(1));
    let two = Controller::new(world.client(), options, ahead).unwrap();
    let _second = Running::of(tokio::spawn(std::sync::Arc::new(two).run()));
    world.settle().await;
    let lease: Value = world.api().get(LEASE).await.unwrap();
    assert_eq!(lease["spec"]["holderIdentity"], "one");
    assert_eq!(lease["spec"]["leaseTransitions"], 0);
}

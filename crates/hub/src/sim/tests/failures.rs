//! Containers that fail on demand, and what the cluster says of them.

use serde_json::{Value, json};

use super::harness::Bench;
use crate::json::{int, items, text};
use crate::schema::{Schema, row};
use crate::sim::Timing;
use crate::sim::object::holds;

async fn pod(image: &str, spec: Value) -> Bench {
    let bench = Bench::start(Timing::default()).await;
    let mut object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "main", "image": image}]}});
    for (key, value) in spec.as_object().into_iter().flatten() {
        object["spec"][key] = value.clone();
    }
    bench.create("pods", object).await;
    bench
}

/// The status cell of `kubectl get pods`.
fn cell(pod: &Value) -> String {
    let schema = Schema::builtin();
    let kind = schema.kind("v1", "Pod").expect("pods are built in");
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    row(kind, pod, now).cells[2].as_str().unwrap_or_default().to_owned()
}

async fn until_cell(bench: &Bench, expected: &str) -> Value {
    bench.until("pods/p", |p| cell(p) == expected).await
}

#[tokio::test(start_paused = true)]
async fn a_crash_backs_off_longer_each_time() {
    let bench = pod("app:sim-crash", json!({})).await;
    until_cell(&bench, "Error").await;
    let got = until_cell(&bench, "CrashLoopBackOff").await;
    let state = &got["status"]["containerStatuses"][0];
    assert_eq!(int(state, &["restartCount"]), Some(1));
    assert_eq!(int(state, &["lastState", "terminated", "exitCode"]), Some(1));
    assert!(
        text(state, &["state", "waiting", "message"])
            .starts_with("back-off 10s restarting failed container=main")
    );
    assert_eq!(text(&got, &["status", "phase"]), "Running");
    bench
        .until("pods/p", |p| {
            let state = &p["status"]["containerStatuses"][0];
            text(state, &["state", "waiting", "message"]).starts_with("back-off 2m40s")
        })
        .await;
    let told = bench.events("Pod").await;
    assert!(
        told.iter().any(|e| e
            .starts_with("BackOff: Back-off restarting failed container main in pod p_default(")),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn failures_show_in_the_status_cell() {
    for (image, expected) in [
        ("app:sim-oom", "OOMKilled"),
        ("app:sim-pullfail", "ErrImagePull"),
        ("app:sim-pullfail", "ImagePullBackOff"),
        ("app:sim-badname", "InvalidImageName"),
        ("app:sim-createfail", "CreateContainerError"),
        ("app:sim-evict", "Evicted"),
        ("app:sim-unschedulable", "Pending"),
        ("app:sim-pull-1m", "ContainerCreating"),
        ("sim.mizzen.dev/crash-exit-3", "CrashLoopBackOff"),
        ("app:1", "Running"),
    ] {
        let bench = pod(image, json!({})).await;
        until_cell(&bench, expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn readiness_follows_the_behaviour() {
    let bench = pod("app:sim-slow-30s", json!({})).await;
    let running = bench.until("pods/p", |p| cell(p) == "Running").await;
    assert!(!holds(&running, "Ready"));
    bench.until("pods/p", |p| holds(p, "Ready")).await;

    let bench = pod("app:sim-flaky-5s", json!({})).await;
    bench.until("pods/p", |p| holds(p, "Ready")).await;
    bench.until("pods/p", |p| cell(p) == "Running" && !holds(p, "Ready")).await;
    bench.until("pods/p", |p| holds(p, "Ready")).await;

    let bench = pod("app:sim-unhealthy-20s", json!({})).await;
    bench
        .until("pods/p", |p| {
            int(&p["status"]["containerStatuses"][0], &["restartCount"]) == Some(1)
        })
        .await;
    let told = bench.events("Pod").await;
    assert!(told.iter().any(|e| e.starts_with("Unhealthy: Liveness probe failed")), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_missing_reference_holds_a_container_up() {
    let env = json!([{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}]);
    let bench =
        pod("app:1", json!({"containers": [{"name": "main", "image": "app:1", "env": env}]})).await;
    until_cell(&bench, "CreateContainerConfigError").await;
    bench.create("configmaps", json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "v"}})).await;
    until_cell(&bench, "Running").await;

    let volumes = json!([{"name": "v", "secret": {"secretName": "s"}}]);
    let bench = pod("app:1", json!({"volumes": volumes})).await;
    bench.pass(60).await;
    assert_eq!(cell(&bench.get("pods/p").await), "ContainerCreating");
    let told = bench.events("Pod").await;
    assert!(
        told.contains(
            &"FailedMount: MountVolume.SetUp failed for volume \"v\" : secret \"s\" not found"
                .to_owned()
        ),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn init_containers_run_in_order() {
    let init = json!([{"name": "one", "image": "tool:1"}, {"name": "two", "image": "tool:2"}]);
    let bench = pod("app:1", json!({"initContainers": init})).await;
    until_cell(&bench, "Init:0/2").await;
    until_cell(&bench, "Init:1/2").await;
    let got = until_cell(&bench, "Running").await;
    let ended: Vec<&str> = items(&got, &["status", "initContainerStatuses"])
        .iter()
        .map(|c| text(c, &["state", "terminated", "reason"]))
        .collect();
    assert_eq!(ended, ["Completed", "Completed"]);

    let init = json!([{"name": "one", "image": "tool:sim-crash"}]);
    let bench = pod("app:1", json!({"initContainers": init})).await;
    until_cell(&bench, "Init:Error").await;
    until_cell(&bench, "Init:CrashLoopBackOff").await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_fits_nowhere_says_why() {
    let bench = pod("app:1", json!({"nodeSelector": {"disk": "fast"}})).await;
    let got = bench.until("pods/p", |p| !items(p, &["status", "conditions"]).is_empty()).await;
    let condition = &got["status"]["conditions"][0];
    assert_eq!(condition["reason"], "Unschedulable");
    assert_eq!(
        text(condition, &["message"]),
        "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    );
    let path = "/api/v1/nodes/hub-node-2";
    bench
        .api
        .merge(path, &json!({"metadata": {"labels": {"disk": "fast"}}}))
        .await
        .expect("labelled");
    let got = until_cell(&bench, "Running").await;
    assert_eq!(text(&got, &["spec", "nodeName"]), "hub-node-2");
}

#[tokio::test(start_paused = true)]
async fn an_image_changed_in_place_restarts_the_container() {
    let bench = pod("app:sim-pullfail", json!({})).await;
    until_cell(&bench, "ImagePullBackOff").await;
    bench.patch("pods/p", json!({"spec": {"containers": [{"name": "main", "image": "app:1", "imagePullPolicy": "IfNotPresent",
        "resources": {}, "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}]}})).await;
    until_cell(&bench, "Running").await;
}

//! Deployments: roll out, roll back, pause, scale, recreate, give up.

use serde_json::{Value, json};

use super::harness::{Bench, image, rolled_out, workload};
use crate::json::{int, items, meta, text};
use crate::sim::Timing;
use crate::sim::object::{condition, holds};

fn reason<'a>(object: &'a Value, kind: &str) -> &'a str {
    condition(object, kind).map_or("", |c| text(c, &["reason"]))
}

fn revision(object: &Value) -> &str {
    text(object, &["metadata", "annotations", "deployment.kubernetes.io/revision"])
}

async fn deployed(timing: Timing, name_image: &str, spec: Value) -> Bench {
    let bench = Bench::start(timing).await;
    let replicas = spec["replicas"].as_i64().unwrap_or(1);
    bench.create("deployments", workload("Deployment", "web", name_image, spec)).await;
    bench.until("deployments/web", |d| rolled_out(d, replicas)).await;
    bench
}

#[tokio::test(start_paused = true)]
async fn a_deployment_becomes_available() {
    let bench = deployed(Timing::default(), "nginx:1", json!({"replicas": 3})).await;
    let got = bench
        .until("deployments/web", |d| reason(d, "Progressing") == "NewReplicaSetAvailable")
        .await;
    assert_eq!(int(&got, &["metadata", "generation"]), Some(1));
    assert_eq!(int(&got, &["status", "observedGeneration"]), Some(1));
    assert_eq!(revision(&got), "1");
    let set = bench.get("replicasets").await["items"][0].clone();
    let name = meta(&set, "name").to_owned();
    let conditions: Vec<String> = items(&got, &["status", "conditions"])
        .iter()
        .map(|c| {
            let part = |key: &str| text(c, &[key]).to_owned();
            format!("{} {} {}: {}", part("type"), part("status"), part("reason"), part("message"))
        })
        .collect();
    assert_eq!(
        conditions,
        [
            "Available True MinimumReplicasAvailable: Deployment has minimum availability."
                .to_owned(),
            format!(
                "Progressing True NewReplicaSetAvailable: ReplicaSet {name:?} has successfully progressed."
            ),
        ]
    );
    let pods = bench.pods().await;
    assert_eq!(pods.len(), 3);
    assert!(pods.iter().all(|p| text(p, &["status", "phase"]) == "Running" && holds(p, "Ready")));
    assert!(pods.iter().all(|p| meta(p, "name").starts_with(&format!("{name}-"))));
    let mut nodes: Vec<&str> = pods.iter().map(|p| text(p, &["spec", "nodeName"])).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["hub-node-1", "hub-node-2", "hub-node-3"], "replicas spread");
    let expected = [format!("ScalingReplicaSet: Scaled up replica set {name} from 0 to 3")];
    assert_eq!(bench.events("Deployment").await, expected);
    let made: Vec<String> =
        bench.events("ReplicaSet").await.iter().map(|e| e[..30].to_owned()).collect();
    assert_eq!(made, vec![format!("SuccessfulCreate: Created pod: {name}-")[..30].to_owned(); 3]);
}

#[tokio::test(start_paused = true)]
async fn a_pods_story_is_told_in_events() {
    let bench = deployed(Timing::default(), "shop/api:1", json!({"replicas": 1})).await;
    let events = bench.events("Pod").await;
    let pod = meta(&bench.pods().await[0], "name").to_owned();
    let node = text(&bench.pods().await[0], &["spec", "nodeName"]).to_owned();
    assert_eq!(events.len(), 5, "{events:?}");
    assert_eq!(events[0], format!("Scheduled: Successfully assigned default/{pod} to {node}"));
    assert_eq!(events[1], "Pulling: Pulling image \"shop/api:1\"");
    assert!(
        events[2].starts_with("Pulled: Successfully pulled image \"shop/api:1\" in 1200ms"),
        "{events:?}"
    );
    assert_eq!(events[3..], ["Created: Container created", "Started: Container started"]);
}

#[tokio::test(start_paused = true)]
async fn a_rolling_update_goes_step_by_step() {
    let bench = deployed(Timing::default(), "nginx:1", json!({"replicas": 4})).await;
    let before = bench.changes().len();
    bench.patch("deployments/web", image("nginx:2")).await;
    let got = bench.until("deployments/web", |d| rolled_out(d, 4)).await;
    assert_eq!(revision(&got), "2");
    let mut trace: Vec<String> = Vec::new();
    for change in &bench.changes()[before..] {
        if &*change.collection.resource != "replicasets" {
            continue;
        }
        let count = |path: &[&str]| int(&change.object, path).unwrap_or(0);
        let (available, wanted) =
            (count(&["status", "availableReplicas"]), count(&["spec", "replicas"]));
        let set = format!("r{}", revision(&change.object));
        let line = format!("{set} {available}/{wanted}");
        if trace.iter().rev().find(|l| l.starts_with(&set)) != Some(&line) {
            trace.push(line);
        }
    }
    let expected = "r2 0/1 | r1 4/3 | r2 0/2 | r1 3/3 | r2 2/2 | r1 3/1 | r2 2/4 | r1 1/1 | \
                    r2 3/4 | r1 1/0 | r1 0/0 | r2 4/4";
    assert_eq!(trace.join(" | "), expected);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_renumbers_the_old_replica_set() {
    let bench = deployed(Timing::instant(), "nginx:1", json!({"replicas": 2})).await;
    bench.patch("deployments/web", image("nginx:2")).await;
    bench.until("deployments/web", |d| rolled_out(d, 2)).await;
    bench.patch("deployments/web", image("nginx:1")).await;
    let got = bench.until("deployments/web", |d| rolled_out(d, 2) && revision(d) == "3").await;
    assert_eq!(revision(&got), "3");
    let sets = bench.get("replicasets").await;
    let mut seen: Vec<String> = items(&sets, &["items"])
        .iter()
        .map(|s| {
            let history = "deployment.kubernetes.io/revision-history";
            let past = text(s, &["metadata", "annotations", history]);
            format!("{} [{past}] {}", revision(s), int(s, &["spec", "replicas"]).unwrap_or(-1))
        })
        .collect();
    seen.sort();
    assert_eq!(seen, ["2 [] 0", "3 [1] 2"]);
}

#[tokio::test(start_paused = true)]
async fn history_is_limited() {
    let spec = json!({"replicas": 1, "revisionHistoryLimit": 1});
    let bench = deployed(Timing::instant(), "nginx:1", spec).await;
    for tag in 2..6 {
        bench.patch("deployments/web", image(&format!("nginx:{tag}"))).await;
        bench.until("deployments/web", |d| rolled_out(d, 1)).await;
    }
    let list = bench.until("replicasets", |l| items(l, &["items"]).len() == 2).await;
    assert_eq!(items(&list, &["items"]).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn scaling_changes_no_template() {
    let bench = deployed(Timing::default(), "nginx:1", json!({"replicas": 2})).await;
    bench.patch("deployments/web", json!({"spec": {"replicas": 5}})).await;
    let got = bench.until("deployments/web", |d| rolled_out(d, 5)).await;
    assert_eq!(revision(&got), "1");
    bench.patch("deployments/web", json!({"spec": {"replicas": 0}})).await;
    bench.until("deployments/web", |d| rolled_out(d, 0)).await;
    bench.until("pods", |l| items(l, &["items"]).is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_paused_deployment_waits() {
    let bench = deployed(Timing::instant(), "nginx:1", json!({"replicas": 2})).await;
    bench.patch("deployments/web", json!({"spec": {"paused": true}})).await;
    bench.until("deployments/web", |d| reason(d, "Progressing") == "DeploymentPaused").await;
    bench.patch("deployments/web", image("nginx:2")).await;
    bench.pass(600).await;
    assert_eq!(items(&bench.get("replicasets").await, &["items"]).len(), 1);
    bench.patch("deployments/web", json!({"spec": {"paused": null}})).await;
    bench.until("deployments/web", |d| rolled_out(d, 2) && revision(d) == "2").await;
}

#[tokio::test(start_paused = true)]
async fn a_recreation_stops_everything_first() {
    let spec = json!({"replicas": 3, "strategy": {"type": "Recreate", "rollingUpdate": null}});
    let bench = deployed(Timing::default(), "nginx:1", spec).await;
    bench.patch("deployments/web", image("nginx:2")).await;
    bench.until("deployments/web", |d| int(d, &["status", "replicas"]).is_none()).await;
    bench.until("deployments/web", |d| rolled_out(d, 3) && revision(d) == "2").await;
    let images: Vec<String> = bench
        .pods()
        .await
        .iter()
        .map(|p| text(&p["spec"]["containers"][0], &["image"]).to_owned())
        .collect();
    assert_eq!(images, ["nginx:2"; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_rollout_gives_up_at_its_deadline() {
    let spec = json!({"replicas": 4, "progressDeadlineSeconds": 60});
    let bench = deployed(Timing::default(), "nginx:1", spec).await;
    bench.patch("deployments/web", image("nginx:sim-notready")).await;
    let got = bench
        .until("deployments/web", |d| reason(d, "Progressing") == "ProgressDeadlineExceeded")
        .await;
    let stuck = condition(&got, "Progressing").expect("progressing");
    assert_eq!(stuck["status"], "False");
    assert!(text(stuck, &["message"]).ends_with("has timed out progressing."));
    assert!(holds(&got, "Available"), "three old pods are enough");
    assert_eq!(int(&got, &["status", "availableReplicas"]), Some(3));
    assert_eq!(int(&got, &["status", "updatedReplicas"]), Some(2));
    bench.patch("deployments/web", image("nginx:1")).await;
    bench.until("deployments/web", |d| rolled_out(d, 4) && holds(d, "Progressing")).await;
}

#[tokio::test(start_paused = true)]
async fn deleting_a_deployment_takes_everything_along() {
    let bench = deployed(Timing::default(), "nginx:1", json!({"replicas": 2})).await;
    let path = "/apis/apps/v1/namespaces/default/deployments/web";
    bench.api.delete(path, &Value::Null).await.expect("deleted");
    bench.until("replicasets", |l| items(l, &["items"]).is_empty()).await;
    bench.until("pods", |l| items(l, &["items"]).is_empty()).await;
}

//! StatefulSets and DaemonSets.

use serde_json::{Value, json};

use super::harness::{Bench, image, workload};
use crate::json::{int, items, meta, text};
use crate::sim::Timing;

fn count(object: &Value, field: &str) -> i64 {
    int(object, &["status", field]).unwrap_or(0)
}

async fn stateful(spec: Value) -> Bench {
    let bench = Bench::start(Timing::default()).await;
    let replicas = spec["replicas"].as_i64().unwrap_or(1);
    let mut body = workload("StatefulSet", "db", "postgres:1", spec);
    body["spec"]["serviceName"] = json!("db");
    bench.create("statefulsets", body).await;
    bench.until("statefulsets/db", |s| count(s, "availableReplicas") == replicas).await;
    bench
}

/// The order in which pods were first seen or deleted.
fn order(bench: &Bench, kind: crate::store::ChangeKind, skip: usize) -> Vec<String> {
    bench
        .changes()
        .iter()
        .skip(skip)
        .filter(|c| &*c.collection.resource == "pods" && c.kind == kind)
        .map(|c| c.key.name.clone())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn pods_come_and_go_in_order() {
    let bench = stateful(json!({"replicas": 3})).await;
    assert_eq!(order(&bench, crate::store::ChangeKind::Added, 0), ["db-0", "db-1", "db-2"]);
    let before = bench.changes().len();
    bench.patch("statefulsets/db", image("postgres:2")).await;
    let got = bench
        .until("statefulsets/db", |s| {
            text(s, &["status", "currentRevision"]) == text(s, &["status", "updateRevision"])
                && count(s, "updatedReplicas") == 3
                && count(s, "observedGeneration") == 2
        })
        .await;
    assert_eq!(count(&got, "readyReplicas"), 3);
    assert_eq!(order(&bench, crate::store::ChangeKind::Deleted, before), ["db-2", "db-1", "db-0"]);
    assert_eq!(items(&bench.get("controllerrevisions").await, &["items"]).len(), 2);
    bench.patch("statefulsets/db", json!({"spec": {"replicas": 1}})).await;
    bench.until("pods", |l| items(l, &["items"]).len() == 1).await;
    assert_eq!(meta(&bench.pods().await[0], "name"), "db-0");
    let labels = &bench.pods().await[0]["metadata"]["labels"];
    assert_eq!(labels["statefulset.kubernetes.io/pod-name"], "db-0");
    assert_eq!(labels["apps.kubernetes.io/pod-index"], "0");
}

#[tokio::test(start_paused = true)]
async fn a_partition_holds_an_update_back() {
    let bench = stateful(json!({"replicas": 3})).await;
    bench
        .patch(
            "statefulsets/db",
            json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 2}}}}),
        )
        .await;
    bench.patch("statefulsets/db", image("postgres:2")).await;
    let got = bench
        .until("statefulsets/db", |s| {
            count(s, "updatedReplicas") == 1 && count(s, "readyReplicas") == 3
        })
        .await;
    assert_eq!(count(&got, "currentReplicas"), 2);
    let images: Vec<String> = bench
        .pods()
        .await
        .iter()
        .map(|p| text(&p["spec"]["containers"][0], &["image"]).to_owned())
        .collect();
    assert_eq!(images, ["postgres:1", "postgres:1", "postgres:2"]);
}

#[tokio::test(start_paused = true)]
async fn claims_are_made_and_bound() {
    let claim = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}}});
    let bench = stateful(json!({"replicas": 2, "volumeClaimTemplates": [claim]})).await;
    let claims = bench.get("persistentvolumeclaims").await;
    let seen: Vec<String> = items(&claims, &["items"])
        .iter()
        .map(|c| format!("{} {}", meta(c, "name"), text(c, &["status", "phase"])))
        .collect();
    assert_eq!(seen, ["data-db-0 Bound", "data-db-1 Bound"]);
    let volumes = bench.get("persistentvolumes").await;
    assert!(items(&volumes, &["items"]).iter().all(|v| text(v, &["status", "phase"]) == "Bound"));
}

#[tokio::test(start_paused = true)]
async fn a_daemon_runs_on_every_node() {
    let bench = Bench::start(Timing::default()).await;
    bench.create("daemonsets", workload("DaemonSet", "log", "agent:1", json!({}))).await;
    let done = |s: &Value, n: i64, generation: i64| {
        count(s, "numberAvailable") == n
            && count(s, "updatedNumberScheduled") == n
            && count(s, "observedGeneration") == generation
    };
    let got = bench.until("daemonsets/log", |s| done(s, 3, 1)).await;
    assert_eq!(count(&got, "desiredNumberScheduled"), 3);
    let mut nodes: Vec<String> =
        bench.pods().await.iter().map(|p| text(p, &["spec", "nodeName"]).to_owned()).collect();
    nodes.sort();
    assert_eq!(nodes, ["hub-node-1", "hub-node-2", "hub-node-3"]);

    bench.patch("daemonsets/log", image("agent:2")).await;
    bench.until("daemonsets/log", |s| done(s, 3, 2)).await;

    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "late"}});
    bench.api.create("/api/v1/nodes", &node).await.expect("a node");
    bench.until("daemonsets/log", |s| done(s, 4, 2)).await;
    let pin = json!({"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "hub-node-1"}}}}});
    bench.patch("daemonsets/log", pin).await;
    bench.until("daemonsets/log", |s| done(s, 1, 3)).await;
    bench.until("pods", |l| items(l, &["items"]).len() == 1).await;
}

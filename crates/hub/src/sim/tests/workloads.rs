//! The workload controllers: what they converge to, and the way there.

use serde_json::json;

use super::harness::{Bench, image, rolled_out, workload};
use crate::json::{int, items, meta, text};
use crate::sim::Timing;
use crate::sim::object::{condition, holds};

#[tokio::test(start_paused = true)]
async fn a_deployment_becomes_available() {
    let bench = Bench::start(Timing::default()).await;
    bench
        .create("deployments", workload("Deployment", "web", "nginx:1", json!({"replicas": 3})))
        .await;
    let got = bench
        .until("deployments/web", |d| {
            holds(d, "Progressing") && int(d, &["status", "availableReplicas"]) == Some(3)
        })
        .await;
    assert_eq!(int(&got, &["status", "observedGeneration"]), Some(1));
    let done = condition(&got, "Progressing").expect("progressing");
    assert_eq!(text(done, &["reason"]), "NewReplicaSetAvailable");
    assert_eq!(text(&got, &["metadata", "annotations", "deployment.kubernetes.io/revision"]), "1");
    let pods = bench.pods().await;
    assert_eq!(pods.len(), 3);
    assert!(pods.iter().all(|p| text(p, &["status", "phase"]) == "Running"));
    let events = bench.events("Deployment").await;
    let set = meta(&bench.get("replicasets").await["items"][0], "name").to_owned();
    assert_eq!(events, [format!("ScalingReplicaSet: Scaled up replica set {set} from 0 to 3")]);
}

#[tokio::test(start_paused = true)]
async fn a_rolling_update_keeps_its_bounds() {
    let bench = Bench::start(Timing::default()).await;
    let body = workload("Deployment", "web", "nginx:1", json!({"replicas": 4}));
    bench.create("deployments", body).await;
    bench.until("deployments/web", |d| int(d, &["status", "availableReplicas"]) == Some(4)).await;
    bench.patch("deployments/web", image("nginx:2")).await;
    let got = bench.until("deployments/web", |d| rolled_out(d, 4)).await;
    assert_eq!(text(&got, &["metadata", "annotations", "deployment.kubernetes.io/revision"]), "2");
    let sets = bench.get("replicasets").await;
    let sizes: Vec<i64> =
        items(&sets, &["items"]).iter().filter_map(|s| int(s, &["spec", "replicas"])).collect();
    assert_eq!(sizes.iter().sum::<i64>(), 4, "{sizes:?}");
}

//! Whatever a rolling update does, it keeps to its surge and to what may be missing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::harness::{Bench, image, rolled_out, workload};
use crate::json::{int, text};
use crate::schema::scaled;
use crate::sim::Timing;
use crate::sim::object::{deleting, finished, hash32, holds};
use crate::store::ChangeKind;

/// A number below `limit` that follows from a seed.
fn pick(seed: u32, what: &str, limit: u32) -> u32 {
    hash32(&format!("{seed}{what}")) / 7 % limit
}

fn share(seed: u32, what: &str) -> Value {
    match pick(seed, what, 4) {
        0 => json!(1),
        1 => json!(2),
        2 => json!("25%"),
        _ => json!("50%"),
    }
}

#[tokio::test(start_paused = true)]
async fn rolling_updates_keep_their_bounds() {
    for seed in 0..12 {
        check(seed).await;
    }
}

async fn check(seed: u32) {
    let replicas = i64::from(pick(seed, "replicas", 7) + 1);
    let (surge, missing) = (share(seed, "surge"), share(seed, "missing"));
    let old = ["app:1", "app:sim-slow-7s", "app:sim-flaky-9s"][pick(seed, "old", 3) as usize];
    let new = ["app:2", "app:2-sim-slow-20s", "app:2-sim-pull-4s"][pick(seed, "new", 3) as usize];
    let bench = Bench::start(Timing::default()).await;
    let rolling = json!({"rollingUpdate": {"maxSurge": surge, "maxUnavailable": missing}});
    let spec = json!({"replicas": replicas, "strategy": rolling});
    bench.create("deployments", workload("Deployment", "web", old, spec)).await;
    bench.pass(30).await;
    bench.patch("deployments/web", image(new)).await;
    let got = bench.until("deployments/web", |d| rolled_out(d, replicas)).await;
    assert_eq!(int(&got, &["status", "replicas"]), Some(replicas));

    let most = replicas + scaled(&surge, replicas, true).unwrap_or(0);
    let least = replicas - scaled(&missing, replicas, false).unwrap_or(0).min(replicas);
    let steady = !old.contains("flaky");
    let mut pods: BTreeMap<String, bool> = BTreeMap::new();
    let mut reached = false;
    for change in bench.changes().iter().filter(|c| &*c.collection.resource == "pods") {
        let pod = &change.object;
        if change.kind == ChangeKind::Deleted || deleting(pod) || finished(pod) {
            pods.remove(&change.key.name);
        } else {
            pods.insert(change.key.name.clone(), holds(pod, "Ready"));
        }
        let present = i64::try_from(pods.len()).expect("few pods");
        let ready = i64::try_from(pods.values().filter(|r| **r).count()).expect("few pods");
        let at = text(pod, &["metadata", "resourceVersion"]);
        assert!(present <= most, "seed {seed}: {present} pods at {at}, allowed {most}");
        reached |= ready == replicas;
        if steady && reached {
            assert!(ready >= least, "seed {seed}: {ready} ready at {at}, needed {least}");
        }
    }
    assert!(reached, "seed {seed}");
}

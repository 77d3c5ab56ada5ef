//! The ReplicaSet controller: as many pods as wanted, the least useful ones deleted first.
//!
//! Pods are found by owner; a pod that no longer carries the selector's labels is released, one
//! without an owner that carries them is adopted.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::json::{int, items, meta, set_meta, text};
use crate::sim::object::{
    active, available_at, deleting, owner_reference, pod_from_template, ready_since, selects,
};
use crate::sim::plan::{Actor, Ctx, Plan, note};
use crate::sim::world::{Kind, controller};

const COMPONENT: &str = "replicaset-controller";

/// How many pods one step creates at most.
const BURST: i64 = 500;

/// Plans the next step of a ReplicaSet.
pub(crate) fn reconcile(ctx: &Ctx<'_>, set: &Value, plan: &mut Plan) {
    let pods = ctx.world.controlled(meta(set, "uid"), Kind::Pod);
    let kept = claim(ctx, set, &pods, plan);
    if !deleting(set) {
        manage(set, &kept, plan);
    }
    sync_status(ctx, set, &pods, plan);
}

/// Releases and adopts pods; the active pods that are the set's own.
fn claim(ctx: &Ctx<'_>, set: &Value, pods: &[Arc<Value>], plan: &mut Plan) -> Vec<Arc<Value>> {
    let selector = &set["spec"]["selector"];
    let mine = |pod: &Value| selects(selector, &pod["metadata"]["labels"]);
    for pod in pods.iter().filter(|pod| active(pod) && !mine(pod)) {
        let mut object = (**pod).clone();
        let uid = meta(set, "uid");
        if let Some(list) = object["metadata"]["ownerReferences"].as_array_mut() {
            list.retain(|owner| owner["uid"] != uid);
        }
        plan.replace(Kind::Pod, object, Actor::Manager);
    }
    if !deleting(set) {
        for pod in ctx.world.inside(Kind::Pod, meta(set, "namespace")) {
            if controller(pod).is_none() && active(pod) && mine(pod) {
                let mut object = (**pod).clone();
                let owners = items(pod, &["metadata", "ownerReferences"]).iter().cloned();
                let owners: Vec<Value> =
                    owners.chain([owner_reference(Kind::ReplicaSet, set)]).collect();
                set_meta(&mut object, "ownerReferences", owners);
                plan.replace(Kind::Pod, object, Actor::Manager);
            }
        }
    }
    pods.iter().filter(|pod| active(pod) && mine(pod)).cloned().collect()
}

fn manage(set: &Value, pods: &[Arc<Value>], plan: &mut Plan) {
    let wanted = int(set, &["spec", "replicas"]).unwrap_or(1);
    let present = i64::try_from(pods.len()).unwrap_or(i64::MAX);
    if present < wanted {
        for _ in 0..(wanted - present).min(BURST) {
            let mut pod = pod_from_template(Kind::ReplicaSet, set, &set["spec"]["template"]);
            set_meta(&mut pod, "generateName", format!("{}-", meta(set, "name")));
            let told = note(COMPONENT, Kind::ReplicaSet, set, "SuccessfulCreate", "Created pod: ");
            plan.create(Kind::Pod, pod, Actor::Manager, Some(told));
        }
        return;
    }
    let surplus = usize::try_from(present - wanted).unwrap_or(0);
    let mut order: Vec<&Arc<Value>> = pods.iter().collect();
    order.sort_by_cached_key(|pod| usefulness(pod, pods));
    for pod in order.into_iter().take(surplus) {
        plan.delete(Kind::Pod, pod, json!({}), Actor::Manager);
        let text = format!("Deleted pod: {}", meta(pod, "name"));
        plan.tell(note(COMPONENT, Kind::ReplicaSet, set, "SuccessfulDelete", text));
    }
}

/// The least useful pods sort first.
type Rank =
    (bool, u8, bool, i64, Reverse<usize>, Reverse<String>, Reverse<i64>, Reverse<String>, String);

fn usefulness(pod: &Value, all: &[Arc<Value>]) -> Rank {
    let node = text(pod, &["spec", "nodeName"]);
    let phase = match text(pod, &["status", "phase"]) {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let cost =
        text(pod, &["metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost"]);
    let together = all.iter().filter(|p| text(p, &["spec", "nodeName"]) == node).count();
    let restarts = items(pod, &["status", "containerStatuses"])
        .iter()
        .filter_map(|c| c["restartCount"].as_i64())
        .max();
    let since = ready_since(pod);
    (
        !node.is_empty(),
        phase,
        since.is_some(),
        cost.parse().unwrap_or(0),
        Reverse(together),
        Reverse(since.map(|at| at.to_string()).unwrap_or_default()),
        Reverse(restarts.unwrap_or(0)),
        Reverse(meta(pod, "creationTimestamp").to_owned()),
        meta(pod, "name").to_owned(),
    )
}

fn sync_status(ctx: &Ctx<'_>, set: &Value, pods: &[Arc<Value>], plan: &mut Plan) {
    let min_ready = int(set, &["spec", "minReadySeconds"]).unwrap_or(0);
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    let (mut present, mut labelled, mut ready, mut available, mut terminating) = (0, 0, 0, 0, 0);
    for pod in pods {
        if deleting(pod) {
            terminating += 1;
            continue;
        }
        if !active(pod) {
            continue;
        }
        present += 1;
        let has = |(key, value): (&String, &Value)| pod["metadata"]["labels"][key] == *value;
        labelled += i64::from(labels.as_object().is_none_or(|l| l.iter().all(has)));
        ready += i64::from(ready_since(pod).is_some());
        match available_at(pod, min_ready) {
            Some(at) if at <= ctx.now => available += 1,
            Some(at) => plan.wake_at(at),
            None => {}
        }
    }
    let mut status = json!({"replicas": present});
    for (field, count) in [
        ("fullyLabeledReplicas", labelled),
        ("readyReplicas", ready),
        ("availableReplicas", available),
    ] {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    status["terminatingReplicas"] = json!(terminating);
    status["observedGeneration"] = set["metadata"]["generation"].clone();
    if let Some(conditions) = set["status"].get("conditions") {
        status["conditions"] = conditions.clone();
    }
    plan.status(Kind::ReplicaSet, set, status, Actor::Manager);
}

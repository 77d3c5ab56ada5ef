//! The DaemonSet controller: one pod on every node that its template fits.
//!
//! Pure. Rolling updates delete as many outdated pods as maxUnavailable allows, or with maxSurge
//! place the new pod beside the old one first.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::json::{as_object, int, meta, object_mut, set_meta, text};
use crate::schema::scaled;
use crate::sim::object::{available_at, deleting, finished, pod_from_template, ready_since};
use crate::sim::plan::{Actor, Ctx, Plan, note};
use crate::sim::revision::Revisions;
use crate::sim::scheduler::fits;
use crate::sim::world::Kind;

const COMPONENT: &str = "daemonset-controller";
const HASH: &str = "controller-revision-hash";

/// Tolerations that every daemon pod gets.
const TOLERATED: &[(&str, &str)] = &[
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

struct View<'a> {
    ctx: &'a Ctx<'a>,
    set: &'a Value,
    hash: String,
    nodes: Vec<String>,
    pods: BTreeMap<String, Vec<Arc<Value>>>,
}

/// Plans the next step of a DaemonSet.
pub(crate) fn reconcile(ctx: &Ctx<'_>, set: &Value, plan: &mut Plan) {
    let Some(revisions) = Revisions::ensure(ctx, Kind::DaemonSet, set, plan) else { return };
    let hash = text(revisions.update(), &["metadata", "labels", "controller.kubernetes.io/hash"]);
    let view = View::read(ctx, set, hash);
    if !deleting(set) {
        view.manage(plan);
        view.roll(plan);
        revisions.truncate(set, &[revisions.update_name()], plan);
    }
    view.sync_status(plan);
}

/// The node that a daemon pod is meant for.
fn target(pod: &Value) -> &str {
    let bound = text(pod, &["spec", "nodeName"]);
    if !bound.is_empty() {
        return bound;
    }
    let terms = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        ["nodeSelectorTerms"];
    terms[0]["matchFields"][0]["values"][0].as_str().unwrap_or_default()
}

impl<'a> View<'a> {
    fn read(ctx: &'a Ctx<'a>, set: &'a Value, hash: &str) -> Self {
        let mut sample = json!({"spec": set["spec"]["template"]["spec"]});
        tolerate(&mut sample);
        let eligible = ctx.world.all(Kind::Node).filter(|node| fits(&sample, node).is_ok());
        let nodes = eligible.map(|node| meta(node, "name").to_owned()).collect();
        let mut pods: BTreeMap<String, Vec<Arc<Value>>> = BTreeMap::new();
        for pod in ctx.world.controlled(meta(set, "uid"), Kind::Pod) {
            pods.entry(target(&pod).to_owned()).or_default().push(pod);
        }
        Self { ctx, set, hash: hash.to_owned(), nodes, pods }
    }

    fn on(&self, node: &str) -> &[Arc<Value>] {
        self.pods.get(node).map_or(&[], Vec::as_slice)
    }

    fn updated(&self, pod: &Value) -> bool {
        text(pod, &["metadata", "labels", HASH]) == self.hash
    }

    fn available(&self, pod: &Value) -> bool {
        let seconds = int(self.set, &["spec", "minReadySeconds"]).unwrap_or(0);
        !deleting(pod) && available_at(pod, seconds).is_some_and(|at| at <= self.ctx.now)
    }

    /// Pods where there are none, none where there should be none, failed ones replaced.
    fn manage(&self, plan: &mut Plan) {
        for node in &self.nodes {
            for pod in self.on(node).iter().filter(|pod| finished(pod) && !deleting(pod)) {
                let name = meta(pod, "name");
                let text = format!(
                    "Found failed daemon pod {}/{name} on node {node}, will try to kill it",
                    meta(pod, "namespace")
                );
                plan.tell(note(COMPONENT, Kind::DaemonSet, self.set, "FailedDaemonPod", text));
                self.delete(pod, plan);
            }
            if self.on(node).is_empty() {
                self.create(node, plan);
            }
        }
        for (node, pods) in &self.pods {
            if !self.nodes.contains(node) {
                pods.iter().filter(|pod| !deleting(pod)).for_each(|pod| self.delete(pod, plan));
            }
        }
    }

    fn bounds(&self) -> (i64, i64) {
        let rolling = &self.set["spec"]["updateStrategy"]["rollingUpdate"];
        let wanted = i64::try_from(self.nodes.len()).unwrap_or(0);
        let surge = scaled(&rolling["maxSurge"], wanted, true).unwrap_or(0);
        let missing = scaled(&rolling["maxUnavailable"], wanted, true).unwrap_or(1);
        if surge == 0 && missing == 0 { (0, 1) } else { (surge, missing) }
    }

    fn roll(&self, plan: &mut Plan) {
        if text(self.set, &["spec", "updateStrategy", "type"]) == "OnDelete" {
            return;
        }
        let (surge, missing) = self.bounds();
        let unavailable = |node: &&String| !self.on(node).iter().any(|pod| self.available(pod));
        let mut room =
            missing - i64::try_from(self.nodes.iter().filter(unavailable).count()).unwrap_or(0);
        let mut extra = surge
            - i64::try_from(self.nodes.iter().filter(|n| self.on(n).len() > 1).count())
                .unwrap_or(0);
        for node in &self.nodes {
            let old = self.on(node).iter().find(|pod| !self.updated(pod) && !deleting(pod));
            let new = self.on(node).iter().find(|pod| self.updated(pod));
            let Some(old) = old else { continue };
            if surge > 0 {
                match new {
                    Some(new) if self.available(new) => self.delete(old, plan),
                    Some(_) => {}
                    None if extra > 0 => {
                        extra -= 1;
                        self.create(node, plan);
                    }
                    None => {}
                }
            } else if !self.available(old) {
                self.delete(old, plan);
            } else if room > 0 {
                room -= 1;
                self.delete(old, plan);
            }
        }
    }

    fn create(&self, node: &str, plan: &mut Plan) {
        let mut pod = pod_from_template(Kind::DaemonSet, self.set, &self.set["spec"]["template"]);
        set_meta(&mut pod, "generateName", format!("{}-", meta(self.set, "name")));
        let labels = as_object(
            object_mut(&mut pod, "metadata").entry("labels").or_insert_with(|| json!({})),
        );
        labels.insert(HASH.into(), json!(self.hash));
        pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = json!({
            "nodeSelectorTerms": [{"matchFields":
                [{"key": "metadata.name", "operator": "In", "values": [node]}]}]});
        tolerate(&mut pod);
        let told = note(COMPONENT, Kind::DaemonSet, self.set, "SuccessfulCreate", "Created pod: ");
        plan.create(Kind::Pod, pod, Actor::Manager, Some(told));
    }

    fn delete(&self, pod: &Value, plan: &mut Plan) {
        plan.delete(Kind::Pod, pod, json!({}), Actor::Manager);
        let text = format!("Deleted pod: {}", meta(pod, "name"));
        plan.tell(note(COMPONENT, Kind::DaemonSet, self.set, "SuccessfulDelete", text));
    }

    fn sync_status(&self, plan: &mut Plan) {
        let count = |test: &dyn Fn(&Value) -> bool| -> i64 {
            let nodes = self.nodes.iter().filter(|node| self.on(node).iter().any(|pod| test(pod)));
            i64::try_from(nodes.count()).unwrap_or(0)
        };
        let desired = i64::try_from(self.nodes.len()).unwrap_or(0);
        let available = count(&|pod| self.available(pod));
        let stray = self.pods.keys().filter(|node| !self.nodes.contains(node)).count();
        let mut status = json!({
            "currentNumberScheduled": count(&|_| true),
            "numberMisscheduled": stray,
            "desiredNumberScheduled": desired,
            "numberReady": count(&|pod| ready_since(pod).is_some()),
            "observedGeneration": self.set["metadata"]["generation"],
        });
        for (field, number) in [
            ("updatedNumberScheduled", count(&|pod| self.updated(pod) && !deleting(pod))),
            ("numberAvailable", available),
            ("numberUnavailable", desired - available),
        ] {
            if number > 0 {
                status[field] = json!(number);
            }
        }
        plan.status(Kind::DaemonSet, self.set, status, Actor::Manager);
    }
}

fn tolerate(pod: &mut Value) {
    let spec = object_mut(pod, "spec");
    let list = spec.entry("tolerations").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        for (key, effect) in TOLERATED {
            list.push(json!({"key": key, "operator": "Exists", "effect": effect}));
        }
    }
}

//! The Deployment controller: one ReplicaSet a template, and the steps from old to new.
//!
//! Pure: one call looks at the present state and plans the next step; the writes it causes bring the
//! next call. Invariant: it never asks for more pods than replicas and surge allow together, nor
//! takes away an available pod below what maxUnavailable leaves.

mod replica_sets;
mod rolling;
mod status;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::json::{int, meta, text};
use crate::schema::scaled;
use crate::sim::object::deleting;
use crate::sim::plan::{Actor, Ctx, Note, Plan, note};
use crate::sim::world::Kind;

const COMPONENT: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";

/// A Deployment and its ReplicaSets as one call sees them.
struct View<'a> {
    ctx: &'a Ctx<'a>,
    deployment: &'a Value,
    new: Option<Arc<Value>>,
    old: Vec<Arc<Value>>,
}

/// Plans the next step of a Deployment.
pub(crate) fn reconcile(ctx: &Ctx<'_>, deployment: &Value, plan: &mut Plan) {
    let view = View::read(ctx, deployment);
    if deleting(deployment) {
        return view.sync_status(plan);
    }
    let paused = deployment["spec"]["paused"] == true;
    if view.note_pause(paused, plan) {
        return;
    }
    if paused || view.is_scaling() {
        if !view.scale(plan) {
            view.sync_status(plan);
        }
        return;
    }
    let done = match text(deployment, &["spec", "strategy", "type"]) {
        "Recreate" => view.recreate(plan),
        _ => view.roll(plan),
    };
    if !done {
        view.sync_rollout(plan);
        view.clean_up(plan);
    }
}

impl<'a> View<'a> {
    fn read(ctx: &'a Ctx<'a>, deployment: &'a Value) -> Self {
        let mut sets = ctx.world.controlled(meta(deployment, "uid"), Kind::ReplicaSet);
        sets.sort_by_key(|set| {
            (meta(set, "creationTimestamp").to_owned(), meta(set, "name").to_owned())
        });
        let template = &deployment["spec"]["template"];
        let at = sets.iter().position(|set| same_template(&set["spec"]["template"], template));
        let new = at.map(|index| sets.remove(index));
        Self { ctx, deployment, new, old: sets }
    }

    fn replicas(&self) -> i64 {
        int(self.deployment, &["spec", "replicas"]).unwrap_or(1)
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.old.iter().chain(&self.new)
    }

    fn rolling(&self) -> bool {
        text(self.deployment, &["spec", "strategy", "type"]) != "Recreate"
    }

    /// How many pods may be there beyond the replicas, and how many may be missing.
    fn bounds(&self) -> (i64, i64) {
        if !self.rolling() {
            return (0, 0);
        }
        let rolling = &self.deployment["spec"]["strategy"]["rollingUpdate"];
        bounds(rolling, self.replicas())
    }

    fn max_unavailable(&self) -> i64 {
        self.bounds().1.min(self.replicas())
    }

    fn tell(&self, reason: &'static str, message: String) -> Note {
        note(COMPONENT, Kind::Deployment, self.deployment, reason, message)
    }

    /// Scales a ReplicaSet; true when that needed a write.
    fn scale_set(&self, set: &Value, to: i64, plan: &mut Plan) -> bool {
        let from = spec_replicas(set);
        let mut object = set.clone();
        self.annotate_size(&mut object);
        object["spec"]["replicas"] = json!(to);
        if object == *set {
            return false;
        }
        plan.replace(Kind::ReplicaSet, object, Actor::Manager);
        if from != to {
            let way = if to > from { "up" } else { "down" };
            let message =
                format!("Scaled {way} replica set {} from {from} to {to}", meta(set, "name"));
            plan.tell(self.tell("ScalingReplicaSet", message));
        }
        true
    }

    fn annotate_size(&self, set: &mut Value) {
        let replicas = self.replicas();
        let annotations = crate::json::as_object(
            crate::json::object_mut(set, "metadata")
                .entry("annotations")
                .or_insert_with(|| json!({})),
        );
        annotations.insert(DESIRED.into(), json!(replicas.to_string()));
        annotations.insert(MAXIMUM.into(), json!((replicas + self.bounds().0).to_string()));
    }
}

/// The surge and the missing that a rolling update may have; not both are zero.
fn bounds(rolling: &Value, replicas: i64) -> (i64, i64) {
    let surge = scaled(&rolling["maxSurge"], replicas, true).unwrap_or(0);
    let missing = scaled(&rolling["maxUnavailable"], replicas, false).unwrap_or(0);
    if surge == 0 && missing == 0 { (0, 1) } else { (surge, missing) }
}

fn spec_replicas(set: &Value) -> i64 {
    int(set, &["spec", "replicas"]).unwrap_or(0)
}

fn status_of(set: &Value, field: &str) -> i64 {
    int(set, &["status", field]).unwrap_or(0)
}

fn revision_of(object: &Value) -> i64 {
    text(object, &["metadata", "annotations", REVISION]).parse().unwrap_or(0)
}

/// Whether two templates are equal apart from the label that the controller adds.
fn same_template(one: &Value, other: &Value) -> bool {
    let strip = |template: &Value| {
        let mut template = template.clone();
        if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
            labels.shift_remove("pod-template-hash");
        }
        template
    };
    strip(one) == strip(other)
}

//! The StatefulSet controller: pods with ordinals, one after another, each with its claims.
//!
//! Pure. With OrderedReady one pod is created, replaced or deleted at a time, and only when those
//! before it are ready; updates go from the highest ordinal down to the partition.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::json::{as_object, int, items, meta, object_mut, set_meta, text};
use crate::sim::object::{
    available_at, deleting, finished, owner_reference, pod_from_template, ready_since,
};
use crate::sim::plan::{Actor, Ctx, Plan, note};
use crate::sim::revision::{Revisions, template_of};
use crate::sim::world::Kind;

const COMPONENT: &str = "statefulset-controller";
const HASH: &str = "controller-revision-hash";

struct View<'a> {
    ctx: &'a Ctx<'a>,
    set: &'a Value,
    pods: BTreeMap<i64, Arc<Value>>,
    revisions: Revisions,
    start: i64,
    replicas: i64,
}

/// Plans the next step of a StatefulSet.
pub(crate) fn reconcile(ctx: &Ctx<'_>, set: &Value, plan: &mut Plan) {
    let Some(revisions) = Revisions::ensure(ctx, Kind::StatefulSet, set, plan) else { return };
    let pods = ctx.world.controlled(meta(set, "uid"), Kind::Pod);
    let view = View {
        ctx,
        set,
        pods: pods.into_iter().filter_map(|pod| Some((ordinal(&pod)?, pod))).collect(),
        revisions,
        start: int(set, &["spec", "ordinals", "start"]).unwrap_or(0),
        replicas: int(set, &["spec", "replicas"]).unwrap_or(1),
    };
    if !deleting(set) {
        view.manage(plan);
    }
    view.sync_status(plan);
}

fn ordinal(pod: &Value) -> Option<i64> {
    meta(pod, "name").rsplit_once('-')?.1.parse().ok()
}

impl View<'_> {
    fn ordered(&self) -> bool {
        text(self.set, &["spec", "podManagementPolicy"]) != "Parallel"
    }

    fn current_revision(&self) -> &str {
        let current = text(self.set, &["status", "currentRevision"]);
        if self.revisions.named(current).is_some() { current } else { self.revisions.update_name() }
    }

    fn partition(&self) -> i64 {
        int(self.set, &["spec", "updateStrategy", "rollingUpdate", "partition"]).unwrap_or(0)
    }

    fn healthy(&self, pod: &Value) -> bool {
        !deleting(pod) && self.available(pod)
    }

    fn available(&self, pod: &Value) -> bool {
        let seconds = int(self.set, &["spec", "minReadySeconds"]).unwrap_or(0);
        available_at(pod, seconds).is_some_and(|at| at <= self.ctx.now)
    }

    /// One pass: missing pods, surplus pods, outdated pods; the first obstacle ends an ordered pass.
    fn manage(&self, plan: &mut Plan) {
        let end = self.start + self.replicas;
        for number in self.start..end {
            match self.pods.get(&number) {
                None => {
                    self.create(number, plan);
                    if self.ordered() {
                        return;
                    }
                }
                Some(pod) if finished(pod) && !deleting(pod) => {
                    self.delete(pod, plan);
                    if self.ordered() {
                        return;
                    }
                }
                Some(pod) if !self.healthy(pod) && self.ordered() => return self.mend(pod, plan),
                Some(_) => {}
            }
        }
        let surplus: Vec<_> =
            self.pods.iter().rev().filter(|(n, _)| **n < self.start || **n >= end).collect();
        for (_, pod) in &surplus {
            if !deleting(pod) {
                self.delete(pod, plan);
            }
            if self.ordered() {
                return;
            }
        }
        if text(self.set, &["spec", "updateStrategy", "type"]) != "OnDelete" {
            self.update(end, plan);
        }
    }

    /// Deletes the highest outdated pod once all above it are healthy.
    fn update(&self, end: i64, plan: &mut Plan) {
        let lowest = self.start + self.partition();
        for number in (lowest..end).rev() {
            let Some(pod) = self.pods.get(&number) else { return };
            if revision_of(pod) != self.revisions.update_name() {
                if !deleting(pod) {
                    self.delete(pod, plan);
                }
                return;
            }
            if !self.healthy(pod) {
                return;
            }
        }
    }

    /// An unhealthy pod holds an ordered set up, also its own update, until a person deletes it; all
    /// there is to do is to look again when it may have become available.
    fn mend(&self, pod: &Value, plan: &mut Plan) {
        let seconds = int(self.set, &["spec", "minReadySeconds"]).unwrap_or(0);
        if let Some(at) = available_at(pod, seconds).filter(|at| *at > self.ctx.now) {
            plan.wake_at(at);
        }
    }

    /// The revision a pod of this ordinal is created with: below the partition the current one.
    fn revision_for(&self, number: i64) -> &str {
        let rolling = text(self.set, &["spec", "updateStrategy", "type"]) != "OnDelete";
        if rolling && number < self.start + self.partition() {
            self.current_revision()
        } else {
            self.revisions.update_name()
        }
    }

    fn create(&self, number: i64, plan: &mut Plan) {
        let name = format!("{}-{number}", meta(self.set, "name"));
        let revision = self.revision_for(number);
        let template = self.revisions.named(revision).map(|r| template_of(r).clone());
        let mut template = template.unwrap_or_else(|| self.set["spec"]["template"].clone());
        if let Some(map) = template.as_object_mut() {
            map.shift_remove("$patch");
        }
        let mut pod = pod_from_template(Kind::StatefulSet, self.set, &template);
        set_meta(&mut pod, "name", name.clone());
        let labels = as_object(
            object_mut(&mut pod, "metadata").entry("labels").or_insert_with(|| json!({})),
        );
        labels.insert("statefulset.kubernetes.io/pod-name".into(), json!(name));
        labels.insert("apps.kubernetes.io/pod-index".into(), json!(number.to_string()));
        labels.insert(HASH.into(), json!(revision));
        let spec = object_mut(&mut pod, "spec");
        spec.insert("hostname".into(), json!(name));
        if let Some(service) = self.set["spec"].get("serviceName") {
            spec.insert("subdomain".into(), service.clone());
        }
        self.claims(number, &mut pod, plan);
        let set_name = meta(self.set, "name");
        let text = format!("create Pod {name} in StatefulSet {set_name} successful");
        plan.create(Kind::Pod, pod, Actor::Manager, None);
        plan.tell(note(COMPONENT, Kind::StatefulSet, self.set, "SuccessfulCreate", text));
    }

    /// Makes the claims of a pod and mounts them in place of the templates' names.
    fn claims(&self, number: i64, pod: &mut Value, plan: &mut Plan) {
        let namespace = meta(self.set, "namespace");
        for template in items(self.set, &["spec", "volumeClaimTemplates"]) {
            let volume = meta(template, "name");
            let name = format!("{volume}-{}-{number}", meta(self.set, "name"));
            let volumes = object_mut(pod, "spec").entry("volumes").or_insert_with(|| json!([]));
            if let Some(list) = volumes.as_array_mut() {
                list.retain(|v| v["name"] != volume);
                list.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": name}}));
            }
            if self.ctx.world.named(Kind::PersistentVolumeClaim, namespace, &name).is_some() {
                continue;
            }
            let mut claim = template.clone();
            claim["apiVersion"] = json!("v1");
            claim["kind"] = json!("PersistentVolumeClaim");
            set_meta(&mut claim, "name", name);
            set_meta(&mut claim, "namespace", namespace);
            let labels = self.set["spec"]["selector"]["matchLabels"].clone();
            if labels.is_object() {
                set_meta(&mut claim, "labels", labels);
            }
            if let Some(map) = claim.as_object_mut() {
                map.shift_remove("status");
            }
            let when =
                text(self.set, &["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"]);
            if when == "Delete" {
                set_meta(
                    &mut claim,
                    "ownerReferences",
                    json!([owner_reference(Kind::StatefulSet, self.set)]),
                );
            }
            plan.create(Kind::PersistentVolumeClaim, claim, Actor::Manager, None);
        }
    }

    fn delete(&self, pod: &Value, plan: &mut Plan) {
        let (name, set_name) = (meta(pod, "name"), meta(self.set, "name"));
        plan.delete(Kind::Pod, pod, json!({}), Actor::Manager);
        let text = format!("delete Pod {name} in StatefulSet {set_name} successful");
        plan.tell(note(COMPONENT, Kind::StatefulSet, self.set, "SuccessfulDelete", text));
    }

    fn sync_status(&self, plan: &mut Plan) {
        let update = self.revisions.update_name();
        let mut current = self.current_revision();
        let live: Vec<&Arc<Value>> = self.pods.values().filter(|pod| !finished(pod)).collect();
        let count = |test: &dyn Fn(&Value) -> bool| -> i64 {
            i64::try_from(live.iter().filter(|pod| test(pod)).count()).unwrap_or(0)
        };
        let at = |revision: &str| count(&|pod| !deleting(pod) && revision_of(pod) == revision);
        let ready = count(&|pod| ready_since(pod).is_some());
        let updated = at(update);
        let complete =
            updated == self.replicas && ready == self.replicas && count(&|_| true) == self.replicas;
        if complete && self.partition() == 0 {
            current = update;
        }
        let mut status = json!({
            "observedGeneration": self.set["metadata"]["generation"],
            "replicas": count(&|_| true),
        });
        for (field, number) in [
            ("readyReplicas", ready),
            ("currentReplicas", at(current)),
            ("updatedReplicas", updated),
        ] {
            if number > 0 {
                status[field] = json!(number);
            }
        }
        status["currentRevision"] = json!(current);
        status["updateRevision"] = json!(update);
        status["collisionCount"] = json!(0);
        status["availableReplicas"] = json!(count(&|pod| self.available(pod)));
        plan.status(Kind::StatefulSet, self.set, status, Actor::Manager);
        self.revisions.truncate(self.set, &[current, update], plan);
    }
}

fn revision_of(pod: &Value) -> &str {
    text(pod, &["metadata", "labels", HASH])
}

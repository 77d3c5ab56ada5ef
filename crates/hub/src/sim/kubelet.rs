//! The kubelet of the simulated nodes: what becomes of a pod once it has a node.
//!
//! Pure and without memory: the next state follows from the pod's spec, its status and the present
//! moment, so a restarted simulation goes on where it was. One call moves every container as far as
//! time allows and says when to look again.

mod container;
mod status;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::json::{int, items, meta, text};
use crate::sim::behaviour::Behaviour;
use crate::sim::object::{deleting, finished};
use crate::sim::plan::{Actor, Ctx, Note, Plan, note, warning};
use crate::sim::world::Kind;
use container::Step;

const COMPONENT: &str = "kubelet";

/// Plans the next step of a pod that has a node.
pub(crate) fn reconcile(ctx: &Ctx<'_>, pod: &Value, plan: &mut Plan) {
    let host = text(pod, &["spec", "nodeName"]);
    if ctx.world.named(Kind::Node, "", host).is_none() {
        return;
    }
    let kubelet = Kubelet { ctx, pod, host };
    if deleting(pod) {
        kubelet.terminate(plan);
    } else if !finished(pod) {
        kubelet.advance(plan);
    }
}

/// A pod on its node.
pub(crate) struct Kubelet<'a> {
    ctx: &'a Ctx<'a>,
    pod: &'a Value,
    host: &'a str,
}

impl Kubelet<'_> {
    fn note(&self, reason: &'static str, message: impl Into<String>) -> Note {
        Note { host: self.host.to_owned(), ..note(COMPONENT, Kind::Pod, self.pod, reason, message) }
    }

    fn warn(&self, reason: &'static str, message: impl Into<String>) -> Note {
        Note {
            host: self.host.to_owned(),
            ..warning(COMPONENT, Kind::Pod, self.pod, reason, message)
        }
    }

    /// The same event about one container.
    fn about(&self, note: Note, list: &str, container: &str) -> Note {
        let mut note = note;
        note.about["fieldPath"] = json!(format!("spec.{list}{{{container}}}"));
        note
    }

    /// Stops the containers and removes the pod when its grace, or what stopping takes, is over.
    fn terminate(&self, plan: &mut Plan) {
        let pod = self.pod;
        let Ok(end) = meta(pod, "deletionTimestamp").parse::<Timestamp>() else { return };
        let grace = int(pod, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
        let begin = end.checked_sub(SignedDuration::from_secs(grace)).unwrap_or(end);
        let takes = SignedDuration::try_from(self.ctx.options.timing.stop).unwrap_or_default();
        let due = begin.checked_add(takes).unwrap_or(end).min(end);
        let running: Vec<&str> = items(pod, &["status", "containerStatuses"])
            .iter()
            .filter(|c| c["state"]["running"].is_object())
            .map(|c| text(c, &["name"]))
            .collect();
        if due > self.ctx.now {
            plan.wake_at(due);
            return;
        }
        for name in running {
            let note = self.note("Killing", format!("Stopping container {name}"));
            plan.tell(self.about(note, "containers", name));
        }
        plan.delete(Kind::Pod, pod, json!({"gracePeriodSeconds": 0}), Actor::Kubelet);
    }

    /// Moves all containers as far as time allows.
    fn advance(&self, plan: &mut Plan) {
        if self.evict(plan) {
            return;
        }
        let started = text(self.pod, &["status", "startTime"]).parse().unwrap_or(self.ctx.now);
        let mut progress = status::Progress::new(self.ctx.now, started);
        let missing = self.missing_volume_source();
        if let Some(problem) = &missing {
            plan.tell(self.warn("FailedMount", problem.clone()));
            plan.wake_at(self.ctx.after(std::time::Duration::from_secs(30)));
        }
        let mounted = missing.is_none();
        let ready_at = self.run_init_containers(mounted, started, &mut progress, plan);
        self.run_containers(ready_at.filter(|_| mounted), &mut progress, plan);
        let status = progress.pod_status(self.ctx, self.pod, self.host);
        if let Some(at) = progress.wake {
            plan.wake_at(at);
        }
        plan.status(Kind::Pod, self.pod, status, Actor::Kubelet);
    }

    fn policy(&self) -> &str {
        match text(self.pod, &["spec", "restartPolicy"]) {
            "" => "Always",
            policy => policy,
        }
    }

    /// Runs the init containers one after another; when the last one ended, if it did.
    fn run_init_containers(
        &self,
        mounted: bool,
        started: Timestamp,
        progress: &mut status::Progress,
        plan: &mut Plan,
    ) -> Option<Timestamp> {
        let mut at = mounted.then_some(started);
        for spec in items(self.pod, &["spec", "initContainers"]) {
            let sidecar = text(spec, &["restartPolicy"]) == "Always";
            let policy = match (sidecar, self.policy()) {
                (true, _) => "Always",
                (false, "Always") => "OnFailure",
                (false, policy) => policy,
            };
            let step = Step { kubelet: self, spec, list: "initContainers", policy, sidecar };
            let outcome = step.advance(at, progress, plan);
            at = match outcome {
                container::Outcome::Done(end) => Some(end),
                container::Outcome::Busy => None,
            };
        }
        at
    }

    fn run_containers(
        &self,
        at: Option<Timestamp>,
        progress: &mut status::Progress,
        plan: &mut Plan,
    ) {
        for spec in items(self.pod, &["spec", "containers"]) {
            let policy = self.policy();
            let step = Step { kubelet: self, spec, list: "containers", policy, sidecar: false };
            step.advance(at, progress, plan);
        }
    }

    /// Fails the pod when a behaviour says so.
    fn evict(&self, plan: &mut Plan) -> bool {
        let after = Behaviour::all(self.pod).find_map(|b| match b {
            Behaviour::Evict(after) => Some(after),
            _ => None,
        });
        let started = text(self.pod, &["status", "startTime"]).parse::<Timestamp>();
        let (Some(after), Ok(started)) = (after, started) else { return false };
        let due = started.checked_add(after).unwrap_or(started);
        if due > self.ctx.now {
            plan.wake_at(due);
            return false;
        }
        let message = "The node was low on resource: memory. ";
        let mut status = self.pod["status"].clone();
        status["phase"] = json!("Failed");
        status["reason"] = json!("Evicted");
        status["message"] = json!(message);
        status["containerStatuses"] = json!([]);
        plan.status(Kind::Pod, self.pod, status, Actor::Kubelet);
        plan.tell(self.warn("Evicted", message));
        true
    }

    /// Why a volume cannot be mounted, if so.
    fn missing_volume_source(&self) -> Option<String> {
        for volume in items(self.pod, &["spec", "volumes"]) {
            let sources = [
                (Kind::ConfigMap, &volume["configMap"], "name"),
                (Kind::Secret, &volume["secret"], "secretName"),
            ];
            for (kind, source, key) in sources {
                if source.is_object() && source["optional"] != true {
                    let name = text(source, &[key]);
                    if self.missing(kind, name) {
                        let what = kind.name().to_lowercase();
                        return Some(format!(
                            "MountVolume.SetUp failed for volume {:?} : {what} {name:?} not found",
                            text(volume, &["name"])
                        ));
                    }
                }
            }
        }
        None
    }

    fn missing(&self, kind: Kind, name: &str) -> bool {
        self.object(kind, name).is_none()
    }

    fn object(&self, kind: Kind, name: &str) -> Option<&Arc<Value>> {
        self.ctx.world.named(kind, meta(self.pod, "namespace"), name)
    }

    /// Why a container's environment cannot be made, if so.
    fn missing_reference(&self, container: &Value) -> Option<String> {
        let find = |kind: Kind, reference: &Value| -> Option<String> {
            if !reference.is_object() || reference["optional"] == true {
                return None;
            }
            let (name, key) = (text(reference, &["name"]), text(reference, &["key"]));
            let what = kind.name().to_lowercase();
            let Some(object) = self.object(kind, name) else {
                return Some(format!("{what} {name:?} not found"));
            };
            let absent = !key.is_empty()
                && object["data"][key].is_null()
                && object["binaryData"][key].is_null();
            absent.then(|| {
                format!(
                    "couldn't find key {key} in {} {}/{name}",
                    kind.name(),
                    meta(self.pod, "namespace")
                )
            })
        };
        let env = items(container, &["env"]).iter().find_map(|e| {
            let from = &e["valueFrom"];
            find(Kind::ConfigMap, &from["configMapKeyRef"])
                .or_else(|| find(Kind::Secret, &from["secretKeyRef"]))
        });
        env.or_else(|| {
            items(container, &["envFrom"]).iter().find_map(|e| {
                find(Kind::ConfigMap, &e["configMapRef"])
                    .or_else(|| find(Kind::Secret, &e["secretRef"]))
            })
        })
    }
}

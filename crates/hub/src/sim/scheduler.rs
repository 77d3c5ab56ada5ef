//! The scheduler: a node for each pod that has none, or the reason why none fits.
//!
//! Pure. Filters by selector, affinity, taints and requests; among the nodes left it takes the one
//! with the fewest pods, ties broken by a hash of the pod's name so that replicas spread.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::json::{items, meta, text};
use crate::schema::Quantity;
use crate::sim::behaviour::Behaviour;
use crate::sim::object::{active, deleting, finished, hash32, set_condition};
use crate::sim::plan::{Actor, Ctx, Plan, note, warning};
use crate::sim::world::{Id, Kind};

const COMPONENT: &str = "default-scheduler";

/// Binds a pod, or says why not.
pub(crate) fn reconcile(ctx: &Ctx<'_>, pod: &Value, plan: &mut Plan) {
    let other = text(pod, &["spec", "schedulerName"]);
    let gated = !items(pod, &["spec", "schedulingGates"]).is_empty();
    if deleting(pod) || finished(pod) || (!other.is_empty() && other != COMPONENT) || gated {
        return;
    }
    if ctx
        .options
        .held
        .as_ref()
        .is_some_and(|(key, value)| text(pod, &["metadata", "labels", key]) == value)
    {
        return;
    }
    let nodes: Vec<&Arc<Value>> = ctx.world.all(Kind::Node).collect();
    if let Some(waiting) = unbound_claims(ctx, pod).filter(|_| ctx.options.volumes) {
        return refuse(ctx, pod, &waiting, plan);
    }
    let load = Load::read(ctx);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut candidates: Vec<&str> = Vec::new();
    for node in &nodes {
        match fits(pod, node).and_then(|()| load.has_room(pod, node)) {
            Ok(()) => candidates.push(meta(node, "name")),
            Err(reason) => *reasons.entry(reason).or_default() += 1,
        }
    }
    if Behaviour::all(pod).any(|b| b == Behaviour::Unschedulable) {
        candidates.clear();
        reasons = BTreeMap::from([("Insufficient cpu".to_owned(), nodes.len())]);
    }
    let seed = hash32(meta(pod, "name"));
    let best =
        candidates.iter().min_by_key(|node| (load.pods(node), hash32(&format!("{node}{seed}"))));
    match best {
        Some(node) => {
            plan.actions.push(crate::sim::plan::Action::Bind {
                id: Id::of(Kind::Pod, pod),
                node: (*node).to_owned(),
            });
            let (namespace, name) = (meta(pod, "namespace"), meta(pod, "name"));
            let text = format!("Successfully assigned {namespace}/{name} to {node}");
            plan.tell(note(COMPONENT, Kind::Pod, pod, "Scheduled", text));
        }
        None => refuse(ctx, pod, &explain(nodes.len(), &reasons), plan),
    }
}

/// The scheduler's sentence for a pod that fits nowhere.
fn explain(nodes: usize, reasons: &BTreeMap<String, usize>) -> String {
    if nodes == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let parts: Vec<String> = reasons.iter().map(|(why, count)| format!("{count} {why}")).collect();
    format!(
        "0/{nodes} nodes are available: {}. preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling.",
        parts.join(", ")
    )
}

fn refuse(ctx: &Ctx<'_>, pod: &Value, why: &str, plan: &mut Plan) {
    let known = crate::sim::object::condition(pod, "PodScheduled")
        .is_some_and(|c| c["message"] == why && c["status"] == "False");
    if known {
        return;
    }
    let mut status = pod["status"].clone();
    if let Some(list) = status["conditions"].as_array_mut() {
        list.retain(|c| c["type"] != "PodScheduled");
    }
    set_condition(&mut status, "PodScheduled", false, "Unschedulable", why, ctx.now, false);
    plan.status(Kind::Pod, pod, status, Actor::Scheduler);
    plan.tell(warning(COMPONENT, Kind::Pod, pod, "FailedScheduling", why));
}

/// Why a pod's claims hold it up, if they do.
fn unbound_claims(ctx: &Ctx<'_>, pod: &Value) -> Option<String> {
    let namespace = meta(pod, "namespace");
    for volume in items(pod, &["spec", "volumes"]) {
        let name = text(volume, &["persistentVolumeClaim", "claimName"]);
        if name.is_empty() {
            continue;
        }
        match ctx.world.named(Kind::PersistentVolumeClaim, namespace, name) {
            None => return Some(format!("persistentvolumeclaim {name:?} not found")),
            Some(claim) if text(claim, &["status", "phase"]) != "Bound" => {
                return Some("pod has unbound immediate PersistentVolumeClaims".to_owned());
            }
            Some(_) => {}
        }
    }
    None
}

/// Whether a node fits a pod by selector, affinity and taints.
pub(crate) fn fits(pod: &Value, node: &Value) -> Result<(), String> {
    let labels = &node["metadata"]["labels"];
    let selector = pod["spec"]["nodeSelector"].as_object().into_iter().flatten();
    let selected = selector.into_iter().all(|(key, value)| labels[key] == *value);
    if !selected || !affinity(pod, node) {
        return Err("node(s) didn't match Pod's node affinity/selector".to_owned());
    }
    let tolerations = items(pod, &["spec", "tolerations"]);
    let mut taints = items(node, &["spec", "taints"]).to_vec();
    if node["spec"]["unschedulable"] == true {
        let taint = json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
        if !tolerations.iter().any(|t| tolerates(t, &taint)) {
            return Err("node(s) were unschedulable".to_owned());
        }
    }
    taints.retain(|t| t["effect"] != "PreferNoSchedule");
    match taints.iter().find(|taint| !tolerations.iter().any(|t| tolerates(t, taint))) {
        Some(taint) => Err(format!(
            "node(s) had untolerated taint {{{}: {}}}",
            text(taint, &["key"]),
            text(taint, &["value"])
        )),
        None => Ok(()),
    }
}

fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let key = text(toleration, &["key"]);
    let effect = text(toleration, &["effect"]);
    let exists = text(toleration, &["operator"]) == "Exists";
    (effect.is_empty() || taint["effect"] == effect)
        && ((key.is_empty() && exists) || taint["key"] == key)
        && (exists || text(toleration, &["value"]) == text(taint, &["value"]))
}

fn affinity(pod: &Value, node: &Value) -> bool {
    let required =
        &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let terms = items(required, &["nodeSelectorTerms"]);
    required.is_null() || terms.iter().any(|term| term_matches(term, node))
}

fn term_matches(term: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let expressions = items(term, &["matchExpressions"]);
    let fields = items(term, &["matchFields"]);
    let name = json!(meta(node, "name"));
    (!expressions.is_empty() || !fields.is_empty())
        && expressions.iter().all(|e| requirement(e, &labels[text(e, &["key"])]))
        && fields.iter().all(|e| requirement(e, &name))
}

fn requirement(expression: &Value, value: &Value) -> bool {
    let values = items(expression, &["values"]);
    let number = |v: &Value| v.as_str().and_then(|t| t.parse::<i64>().ok());
    let pair = || number(value).zip(values.first().and_then(number));
    match text(expression, &["operator"]) {
        "In" => values.contains(value),
        "NotIn" => !values.contains(value),
        "Exists" => !value.is_null(),
        "DoesNotExist" => value.is_null(),
        "Gt" => pair().is_some_and(|(have, limit)| have > limit),
        "Lt" => pair().is_some_and(|(have, limit)| have < limit),
        _ => false,
    }
}

/// What the nodes carry.
struct Load {
    nodes: BTreeMap<String, (usize, i64, i64)>,
}

impl Load {
    fn read(ctx: &Ctx<'_>) -> Self {
        let mut nodes: BTreeMap<String, (usize, i64, i64)> = BTreeMap::new();
        for pod in ctx.world.all(Kind::Pod).filter(|pod| active(pod) || deleting(pod)) {
            let node = text(pod, &["spec", "nodeName"]);
            if !node.is_empty() && !finished(pod) {
                let (cpu, memory) = requests(pod);
                let entry = nodes.entry(node.to_owned()).or_default();
                *entry = (entry.0 + 1, entry.1 + cpu, entry.2 + memory);
            }
        }
        Self { nodes }
    }

    fn of(&self, node: &str) -> (usize, i64, i64) {
        self.nodes.get(node).copied().unwrap_or_default()
    }

    fn pods(&self, node: &str) -> usize {
        self.of(node).0
    }

    fn has_room(&self, pod: &Value, node: &Value) -> Result<(), String> {
        let (pods, used_cpu, used_memory) = self.of(meta(node, "name"));
        let (cpu, memory) = requests(pod);
        let limit = |name: &str| Quantity::parse(text(node, &["status", "allocatable", name]));
        if limit("pods").is_some_and(|l| i64::try_from(pods).unwrap_or(i64::MAX) >= l.value()) {
            return Err("Too many pods".to_owned());
        }
        if cpu > 0 && limit("cpu").is_some_and(|l| used_cpu + cpu > l.millis()) {
            return Err("Insufficient cpu".to_owned());
        }
        if memory > 0 && limit("memory").is_some_and(|l| used_memory + memory > l.value()) {
            return Err("Insufficient memory".to_owned());
        }
        Ok(())
    }
}

/// The requests of a pod: cpu in thousandths, memory in bytes.
fn requests(pod: &Value) -> (i64, i64) {
    let mut sum = (0, 0);
    for container in items(pod, &["spec", "containers"]) {
        let amount =
            |name: &str| Quantity::parse(text(container, &["resources", "requests", name]));
        sum.0 += amount("cpu").map_or(0, |q| q.millis());
        sum.1 += amount("memory").map_or(0, |q| q.value());
    }
    sum
}

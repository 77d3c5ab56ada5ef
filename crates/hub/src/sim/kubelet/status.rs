//! The status of a pod from the states of its containers: phase, conditions, addresses.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::format_seconds;
use crate::json::{items, meta, text};
use crate::sim::object::hash32;
use crate::sim::plan::Ctx;
use crate::sim::world::Kind;

/// What one call found out about a pod's containers.
pub(crate) struct Progress {
    now: Timestamp,
    started: Timestamp,
    init: Vec<Value>,
    main: Vec<Value>,
    pub(crate) wake: Option<Timestamp>,
}

impl Progress {
    pub(super) fn new(now: Timestamp, started: Timestamp) -> Self {
        Self { now, started, init: Vec::new(), main: Vec::new(), wake: None }
    }

    pub(super) fn wake_at(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |old| old.min(at)));
    }

    pub(super) fn add(&mut self, list: &str, status: Value) {
        if list == "containers" { self.main.push(status) } else { self.init.push(status) }
    }

    /// The whole status.
    pub(super) fn pod_status(&self, ctx: &Ctx<'_>, pod: &Value, host: &str) -> Value {
        let phase = self.phase(pod);
        let mut status = json!({
            "observedGeneration": pod["metadata"]["generation"],
            "phase": phase,
            "conditions": self.conditions(pod, phase),
        });
        let address = node_address(ctx, host);
        status["hostIP"] = json!(address);
        status["hostIPs"] = json!([{"ip": address}]);
        let running = self
            .main
            .iter()
            .chain(&self.init)
            .any(|c| !c["imageID"].as_str().unwrap_or("").is_empty());
        if let Some(ip) = pod_address(ctx, pod, &address, running) {
            status["podIP"] = json!(ip);
            status["podIPs"] = json!([{"ip": ip}]);
        }
        status["startTime"] = json!(format_seconds(self.started));
        if !self.init.is_empty() {
            status["initContainerStatuses"] = json!(self.init);
        }
        status["containerStatuses"] = json!(self.main);
        let class = &pod["status"]["qosClass"];
        status["qosClass"] = if class.is_null() { json!("BestEffort") } else { class.clone() };
        status
    }

    fn phase(&self, pod: &Value) -> &'static str {
        let policy = text(pod, &["spec", "restartPolicy"]);
        let exit = |c: &Value| c["state"]["terminated"]["exitCode"].as_i64();
        if self.init.iter().any(|c| exit(c).is_some_and(|code| code != 0)) && policy == "Never" {
            return "Failed";
        }
        let ended: Vec<i64> = self.main.iter().filter_map(exit).collect();
        let never_ran = |c: &Value| {
            c["state"]["waiting"].is_object()
                && c["lastState"].as_object().is_none_or(|s| s.is_empty())
        };
        if self.main.iter().any(never_ran) {
            "Pending"
        } else if ended.len() < self.main.len() || policy == "Always" || policy.is_empty() {
            "Running"
        } else if ended.iter().all(|code| *code == 0) {
            "Succeeded"
        } else if policy == "Never" {
            "Failed"
        } else {
            "Running"
        }
    }

    fn conditions(&self, pod: &Value, phase: &str) -> Value {
        let unready: Vec<&str> =
            self.main.iter().filter(|c| c["ready"] != true).map(|c| text(c, &["name"])).collect();
        let waiting: Vec<&str> = self
            .init
            .iter()
            .filter(|c| c["state"]["terminated"]["exitCode"] != 0 && c["started"] != true)
            .map(|c| text(c, &["name"]))
            .collect();
        let done = phase == "Succeeded";
        let sandbox = self.main.iter().chain(&self.init).any(|c| !text(c, &["imageID"]).is_empty());
        let ended = done || phase == "Failed";
        let names = |list: &[&str]| format!("containers with unready status: [{}]", list.join(" "));
        let ready = unready.is_empty() && !ended;
        let not_ready = match (ready, done, phase == "Failed") {
            (true, ..) => None,
            (_, true, _) => Some(("PodCompleted", String::new())),
            (_, _, true) => Some(("PodFailed", String::new())),
            _ => Some(("ContainersNotReady", names(&unready))),
        };
        let initialized = if waiting.is_empty() {
            done.then(|| ("PodCompleted", String::new()))
        } else {
            Some((
                "ContainersNotInitialized",
                format!("containers with incomplete status: [{}]", waiting.join(" ")),
            ))
        };
        let gated = ready && !gates_open(pod);
        let pod_ready = if gated {
            Some((
                "ReadinessGatesNotReady",
                "the status of pod readiness gate is not \"True\"".to_owned(),
            ))
        } else {
            not_ready.clone()
        };
        let mut list = vec![
            self.condition(pod, "PodReadyToStartContainers", sandbox && !ended, None),
            self.condition(pod, "Initialized", waiting.is_empty(), initialized),
            self.condition(pod, "Ready", ready && !gated, pod_ready),
            self.condition(pod, "ContainersReady", ready, not_ready),
            self.condition(pod, "PodScheduled", true, None),
        ];
        let own = |kind: &Value| list.iter().any(|c| c["type"] == *kind);
        let others: Vec<Value> = items(pod, &["status", "conditions"])
            .iter()
            .filter(|c| !own(&c["type"]))
            .cloned()
            .collect();
        list.extend(others);
        json!(list)
    }

    fn condition(
        &self,
        pod: &Value,
        kind: &str,
        value: bool,
        why: Option<(&'static str, String)>,
    ) -> Value {
        let state = if value { "True" } else { "False" };
        let old = crate::sim::object::condition(pod, kind).filter(|c| c["status"] == state);
        let time = old
            .map_or_else(|| json!(format_seconds(self.now)), |c| c["lastTransitionTime"].clone());
        let mut condition = json!({"type": kind, "observedGeneration": pod["metadata"]["generation"],
            "status": state, "lastProbeTime": null, "lastTransitionTime": time});
        if let Some((reason, message)) = why {
            condition["reason"] = json!(reason);
            if !message.is_empty() {
                condition["message"] = json!(message);
            }
        }
        condition
    }
}

fn gates_open(pod: &Value) -> bool {
    items(pod, &["spec", "readinessGates"])
        .iter()
        .all(|gate| crate::sim::object::holds(pod, text(gate, &["conditionType"])))
}

fn node_address(ctx: &Ctx<'_>, host: &str) -> String {
    let node = ctx.world.named(Kind::Node, "", host);
    let addresses = node.map_or(&[][..], |node| items(node, &["status", "addresses"]));
    let internal = addresses.iter().find(|a| a["type"] == "InternalIP");
    internal.map_or_else(String::new, |a| text(a, &["address"]).to_owned())
}

/// The address of a pod: that of its node, or one of 10.244.0.0/16 that no other pod has.
fn pod_address(ctx: &Ctx<'_>, pod: &Value, host: &str, running: bool) -> Option<String> {
    let known = text(pod, &["status", "podIP"]);
    if !known.is_empty() {
        return Some(known.to_owned());
    }
    if pod["spec"]["hostNetwork"] == true {
        return Some(host.to_owned());
    }
    if !running {
        return None;
    }
    let seed = hash32(meta(pod, "uid"));
    let at = |step: u32| {
        let index = seed.wrapping_add(step) % (254 * 255);
        format!("10.244.{}.{}", index / 254 + 1, index % 254 + 1)
    };
    let taken = |ip: &str| ctx.world.all(Kind::Pod).any(|p| text(p, &["status", "podIP"]) == ip);
    (0..254 * 255).map(at).find(|ip| !taken(ip))
}

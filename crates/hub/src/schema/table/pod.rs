//! The row of a pod, whose status cell is an algorithm of its own.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, items, name, number, or_none, text};
use crate::schema::time::{human_duration, parse_time};

/// Cells of a pod.
pub(super) fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let summary = Summary::of(pod);
    let status = &pod["status"];
    let ips = items(status, "podIPs").first().map_or(&status["podIP"], |ip| &ip["ip"]);
    let gates = items(&pod["spec"], "readinessGates");
    let passed = gates
        .iter()
        .filter(|gate| {
            items(status, "conditions")
                .iter()
                .any(|c| c["type"] == gate["conditionType"] && c["status"] == "True")
        })
        .count();
    vec![
        name(pod),
        json!(format!("{}/{}", summary.ready, summary.total)),
        json!(summary.reason),
        json!(summary.restarts(now)),
        age(pod, now),
        or_none(text(ips).to_owned()),
        or_none(text(&pod["spec"]["nodeName"]).to_owned()),
        or_none(text(&status["nominatedNodeName"]).to_owned()),
        or_none(if gates.is_empty() { String::new() } else { format!("{passed}/{}", gates.len()) }),
    ]
}

/// A pod that ended is marked as completed, with its phase as the reason.
pub(super) fn conditions(pod: &Value) -> Vec<Value> {
    let message = match text(&pod["status"]["phase"]) {
        "Succeeded" => "The pod has completed successfully.",
        "Failed" => "The pod failed.",
        _ => return Vec::new(),
    };
    vec![json!({"type": "Completed", "status": "True", "reason": pod["status"]["phase"],
        "message": message})]
}

struct Summary {
    reason: String,
    ready: usize,
    total: usize,
    restarts: i64,
    last_restart: Option<Timestamp>,
}

impl Summary {
    fn of(pod: &Value) -> Self {
        let status = &pod["status"];
        let phase = text(&status["phase"]);
        let reason = match text(&status["reason"]) {
            "" => phase,
            reason => reason,
        };
        let mut summary = Self {
            reason: reason.to_owned(),
            ready: 0,
            total: items(&pod["spec"], "containers").len(),
            restarts: 0,
            last_restart: None,
        };
        if let Some(gated) = super::condition(pod, "PodScheduled")
            && gated["reason"] == "SchedulingGated"
        {
            "SchedulingGated".clone_into(&mut summary.reason);
        }
        if !summary.initializing(pod) {
            summary.main_containers(pod);
        }
        summary.deletion(pod);
        summary
    }

    /// Notes a container's restarts.
    fn note_restarts(&mut self, container: &Value) {
        self.restarts += number(&container["restartCount"]);
        let finished = parse_time(&container["lastState"]["terminated"]["finishedAt"]);
        self.last_restart = self.last_restart.max(finished);
    }

    /// Walks the init containers; true when one of them is not done.
    fn initializing(&mut self, pod: &Value) -> bool {
        let specs = items(&pod["spec"], "initContainers");
        let sidecar = |name: &Value| {
            specs.iter().any(|s| s["name"] == *name && s["restartPolicy"] == "Always")
        };
        self.total += specs.iter().filter(|s| s["restartPolicy"] == "Always").count();
        for (index, container) in items(&pod["status"], "initContainerStatuses").iter().enumerate()
        {
            self.note_restarts(container);
            let state = &container["state"];
            let sidecar = sidecar(&container["name"]);
            if sidecar && container["started"] == true {
                self.ready += usize::from(container["ready"] == true);
                continue;
            }
            if state["terminated"].is_object() && number(&state["terminated"]["exitCode"]) == 0 {
                continue;
            }
            self.reason = init_reason(state, index, specs.len());
            return true;
        }
        false
    }

    fn main_containers(&mut self, pod: &Value) {
        let mut running = false;
        for container in items(&pod["status"], "containerStatuses").iter().rev() {
            self.note_restarts(container);
            let state = &container["state"];
            let waiting = text(&state["waiting"]["reason"]);
            if !waiting.is_empty() {
                waiting.clone_into(&mut self.reason);
            } else if state["terminated"].is_object() {
                self.reason = terminated_reason(&state["terminated"]);
            } else if container["ready"] == true && state["running"].is_object() {
                running = true;
                self.ready += 1;
            }
        }
        if self.reason == "Completed" && running {
            let ready = super::condition(pod, "Ready").is_some_and(|c| c["status"] == "True");
            if ready { "Running" } else { "NotReady" }.clone_into(&mut self.reason);
        }
    }

    fn deletion(&mut self, pod: &Value) {
        if pod["metadata"]["deletionTimestamp"].is_null() {
            return;
        }
        if pod["status"]["reason"] == "NodeLost" {
            "Unknown".clone_into(&mut self.reason);
        } else if !matches!(text(&pod["status"]["phase"]), "Succeeded" | "Failed") {
            "Terminating".clone_into(&mut self.reason);
        }
    }

    fn restarts(&self, now: Timestamp) -> String {
        match self.last_restart {
            Some(at) if self.restarts > 0 => format!(
                "{} ({} ago)",
                self.restarts,
                human_duration(now.as_second() - at.as_second())
            ),
            _ => self.restarts.to_string(),
        }
    }
}

fn init_reason(state: &Value, index: usize, total: usize) -> String {
    let waiting = text(&state["waiting"]["reason"]);
    if state["terminated"].is_object() {
        format!("Init:{}", terminated_reason(&state["terminated"]))
    } else if !waiting.is_empty() && waiting != "PodInitializing" {
        format!("Init:{waiting}")
    } else {
        format!("Init:{index}/{total}")
    }
}

fn terminated_reason(terminated: &Value) -> String {
    match (text(&terminated["reason"]), number(&terminated["signal"])) {
        ("", 0) => format!("ExitCode:{}", number(&terminated["exitCode"])),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

//! How an object is, by what its own controller wrote into its status.
//!
//! Source: the rules of `kubectl rollout status` for workloads, the phases and container states of
//! Pods, and the conditions convention of the Kubernetes API for everything else.

use serde_json::Value;

/// How something is; the most urgent first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Broken.
    Degraded,
    /// On its way.
    Progressing,
    /// Nobody knows.
    #[default]
    Unknown,
    /// Well.
    Healthy,
}

/// How something is, and what there is to say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How it is.
    pub health: Health,
    /// A few words.
    pub text: String,
}

fn verdict(health: Health, text: impl Into<String>) -> Verdict {
    Verdict { health, text: text.into() }
}

/// How an object is.
#[must_use]
pub fn judge(object: &Value) -> Verdict {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return verdict(Health::Progressing, "is being deleted");
    }
    match object["kind"].as_str().unwrap_or_default() {
        "Deployment" => deployment(object),
        "StatefulSet" | "ReplicaSet" => replicas(object, "readyReplicas"),
        "DaemonSet" => daemon_set(object),
        "Pod" => pod(object),
        "Job" => job(object),
        "Service" => service(object),
        "PersistentVolumeClaim" => claim(object),
        "ConfigMap" | "Secret" | "ServiceAccount" | "Namespace" | "ReplicaSetList" => {
            verdict(Health::Healthy, "")
        }
        "Rollout" if is_of(object, "rollouts.kruise.io/") => rollout(object),
        _ => conditions(object),
    }
}

fn is_of(object: &Value, group: &str) -> bool {
    object["apiVersion"].as_str().is_some_and(|version| version.starts_with(group))
}

/// A rollout in steps. The phase comes first: one that was cancelled keeps the step it was at.
fn rollout(object: &Value) -> Verdict {
    let (status, strategy) = (&object["status"], &object["spec"]["strategy"]);
    let canary = &status["canaryStatus"];
    let steps = strategy["canary"]["steps"].as_array().map_or(&[][..], Vec::as_slice);
    let index = canary["currentStepIndex"].as_u64().unwrap_or(0);
    let step = usize::try_from(index).ok().and_then(|at| steps.get(at.checked_sub(1)?));
    let share = step.map(|step| {
        let weight = step["weight"].as_u64().map(|weight| format!("{weight} %"));
        weight.or_else(|| step["replicas"].as_str().map(str::to_owned)).unwrap_or_default()
    });
    let at = format!("step {index} of {}, {}", steps.len(), share.unwrap_or_default());
    let at = at.trim_end_matches(", ");
    let cancels = condition(object, "Progressing").is_some_and(|it| it["reason"] == "Cancelling");
    match (status["phase"].as_str(), canary["currentStepState"].as_str().unwrap_or_default()) {
        (Some("Healthy"), _) => verdict(Health::Healthy, "rolled out"),
        (Some("Progressing"), _) if cancels => verdict(Health::Progressing, "going back"),
        (Some("Progressing"), _) if strategy["paused"] == true => {
            verdict(Health::Progressing, format!("{at}: held"))
        }
        (Some("Progressing"), "StepPaused") => {
            verdict(Health::Progressing, format!("{at}: waits for approval"))
        }
        (Some("Progressing"), state) => verdict(Health::Progressing, format!("{at}: {state}")),
        (Some(other), _) => verdict(Health::Unknown, other),
        (None, _) => verdict(Health::Unknown, "not observed yet"),
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn is_stale(object: &Value) -> bool {
    number(&object["status"]["observedGeneration"]) < number(&object["metadata"]["generation"])
}

fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|c| c["type"] == name)
}

fn deployment(object: &Value) -> Verdict {
    let progressing = condition(object, "Progressing");
    if let Some(late) = progressing.filter(|c| c["reason"] == "ProgressDeadlineExceeded") {
        return verdict(Health::Degraded, late["message"].as_str().unwrap_or_default());
    }
    if object["spec"]["paused"] == true {
        return verdict(Health::Progressing, "paused");
    }
    let (wanted, status) = (wanted(object), &object["status"]);
    let updated = number(&status["updatedReplicas"]);
    if is_stale(object) {
        verdict(Health::Progressing, "not observed yet")
    } else if updated < wanted {
        verdict(Health::Progressing, format!("{updated}/{wanted} updated"))
    } else if number(&status["replicas"]) > updated {
        let old = number(&status["replicas"]) - updated;
        verdict(Health::Progressing, format!("{old} old to go"))
    } else {
        ready(number(&status["availableReplicas"]), wanted)
    }
}

fn wanted(object: &Value) -> i64 {
    object["spec"]["replicas"].as_i64().unwrap_or(1)
}

fn ready(ready: i64, wanted: i64) -> Verdict {
    let health = if ready >= wanted { Health::Healthy } else { Health::Progressing };
    verdict(health, format!("{ready}/{wanted} ready"))
}

fn replicas(object: &Value, field: &str) -> Verdict {
    if is_stale(object) && object["status"]["observedGeneration"].is_i64() {
        return verdict(Health::Progressing, "not observed yet");
    }
    ready(number(&object["status"][field]), wanted(object))
}

fn daemon_set(object: &Value) -> Verdict {
    let status = &object["status"];
    ready(number(&status["numberAvailable"]), number(&status["desiredNumberScheduled"]))
}

fn pod(object: &Value) -> Verdict {
    let status = &object["status"];
    let containers = || {
        let lists = ["initContainerStatuses", "containerStatuses"].into_iter();
        lists.flat_map(|list| status[list].as_array().into_iter().flatten())
    };
    for container_status in containers() {
        let found = container(container_status);
        if found.health == Health::Degraded {
            let name = container_status["name"].as_str().unwrap_or_default();
            return verdict(Health::Degraded, format!("{name}: {}", found.text));
        }
    }
    match status["phase"].as_str().unwrap_or_default() {
        "Succeeded" => verdict(Health::Healthy, "completed"),
        "Failed" => {
            let why = status["reason"].as_str().unwrap_or("failed");
            verdict(Health::Degraded, why)
        }
        "Running" => {
            let total = status["containerStatuses"].as_array().map_or(0, Vec::len) as i64;
            let up = containers().filter(|c| c["ready"] == true).count() as i64;
            ready(up.min(total), total)
        }
        _ => pending(object),
    }
}

fn pending(object: &Value) -> Verdict {
    let unscheduled = condition(object, "PodScheduled").filter(|c| c["status"] == "False");
    match unscheduled {
        Some(c) => verdict(Health::Degraded, c["message"].as_str().unwrap_or("not scheduled")),
        None => verdict(Health::Progressing, "starting"),
    }
}

/// Reasons of waiting that mean no harm.
const HARMLESS: &[&str] = &["ContainerCreating", "PodInitializing", ""];

/// How a container is, by its status in the Pod.
#[must_use]
pub(crate) fn container(status: &Value) -> Verdict {
    let restarts = match number(&status["restartCount"]) {
        0 => String::new(),
        1 => ", 1 restart".to_owned(),
        count => format!(", {count} restarts"),
    };
    let state = &status["state"];
    if let Some(reason) = state["waiting"]["reason"].as_str() {
        let health =
            if HARMLESS.contains(&reason) { Health::Progressing } else { Health::Degraded };
        return verdict(health, format!("{reason}{restarts}"));
    }
    if state["terminated"].is_object() {
        let code = number(&state["terminated"]["exitCode"]);
        let health = if code == 0 { Health::Healthy } else { Health::Degraded };
        let reason = state["terminated"]["reason"].as_str().unwrap_or("ended");
        return verdict(health, format!("{reason}, exit code {code}{restarts}"));
    }
    if status["ready"] == true {
        verdict(Health::Healthy, format!("ready{restarts}"))
    } else {
        verdict(Health::Progressing, format!("not ready{restarts}"))
    }
}

fn job(object: &Value) -> Verdict {
    if let Some(failed) = condition(object, "Failed").filter(|c| c["status"] == "True") {
        return verdict(Health::Degraded, failed["message"].as_str().unwrap_or("failed"));
    }
    let wanted = object["spec"]["completions"].as_i64().unwrap_or(1);
    let done = number(&object["status"]["succeeded"]);
    let health = if done >= wanted { Health::Healthy } else { Health::Progressing };
    verdict(health, format!("{done}/{wanted} completed"))
}

fn service(object: &Value) -> Verdict {
    let address = object["spec"]["clusterIP"].as_str().unwrap_or_default();
    let balanced = object["spec"]["type"] == "LoadBalancer";
    let ingress = object["status"]["loadBalancer"]["ingress"].as_array();
    if balanced && ingress.is_none_or(Vec::is_empty) {
        return verdict(Health::Progressing, "waits for a load balancer");
    }
    verdict(Health::Healthy, address)
}

fn claim(object: &Value) -> Verdict {
    match object["status"]["phase"].as_str() {
        Some("Bound") => verdict(Health::Healthy, "bound"),
        Some("Lost") => verdict(Health::Degraded, "lost its volume"),
        _ => verdict(Health::Progressing, "waits for a volume"),
    }
}

/// Kinds of others: by the conditions `Ready` or `Available`, if they have one.
fn conditions(object: &Value) -> Verdict {
    let known = ["Ready", "Available"].iter().find_map(|name| condition(object, name));
    match known {
        None => verdict(Health::Healthy, ""),
        Some(c) if c["status"] == "True" => verdict(Health::Healthy, "ready"),
        Some(c) => {
            let why = c["message"].as_str().filter(|m| !m.is_empty()).or(c["reason"].as_str());
            verdict(Health::Progressing, why.unwrap_or("not ready"))
        }
    }
}

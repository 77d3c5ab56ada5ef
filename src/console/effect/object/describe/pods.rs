//! What is worth telling of a pod: where it runs, and of each container what it does, why it stopped last
//! and when, and what it was given.

use serde_json::Value;

use super::{Facts, list, moment, pairs, text};
use crate::console::model::State;

/// Tells of a pod.
pub(super) fn tell(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Runs");
    let phase = text(&status["phase"]);
    let state = match phase.as_str() {
        "Running" | "Succeeded" => State::Healthy,
        "Failed" => State::Degraded,
        "Pending" => State::Progressing,
        _ => State::Unknown,
    };
    let said = [phase, text(&status["reason"]), text(&status["message"])];
    let said: Vec<String> = said.into_iter().filter(|part| !part.is_empty()).collect();
    facts.told("phase", said.join(": "), Some(state), moment(&status["startTime"]));
    facts.put("node", text(&spec["nodeName"]));
    facts.put("address", text(&status["podIP"]));
    facts.put("identity", text(&spec["serviceAccountName"]));
    facts.put("class", text(&status["qosClass"]));
    for (specs, statuses) in
        [("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")]
    {
        for container in list(&spec[specs]) {
            let same = |it: &&Value| it["name"] == container["name"];
            let found = list(&status[statuses]).find(same).unwrap_or(&Value::Null);
            tell_container(facts, container, found);
        }
    }
    uses(facts, spec);
}

fn tell_container(facts: &mut Facts, container: &Value, status: &Value) {
    facts.heading(&format!("Container {}", text(&container["name"])));
    facts.put("image", text(&container["image"]));
    let (said, state, since) = doing(status);
    facts.told("does", said, Some(state), since);
    let restarts = status["restartCount"].as_i64().unwrap_or(0);
    let last = &status["lastState"]["terminated"];
    if restarts > 0 {
        let said = format!("{restarts}, the last run ended with {}", end(last));
        facts.told("restarts", said, Some(State::Degraded), moment(&last["finishedAt"]));
    }
    let resources = &container["resources"];
    facts.put("asks for", pairs(&resources["requests"]));
    facts.put("at most", pairs(&resources["limits"]));
    let ports: Vec<String> =
        list(&container["ports"]).map(|port| text(&port["containerPort"])).collect();
    facts.put("ports", ports.join(", "));
    for (name, probe) in [("ready when", "readinessProbe"), ("alive while", "livenessProbe")] {
        facts.put(name, asked(&container[probe]));
    }
}

/// What a container does, how well, and since when.
fn doing(status: &Value) -> (String, State, Option<jiff::Timestamp>) {
    let state = &status["state"];
    if let Some(running) = state.get("running") {
        let ready = status["ready"] == true;
        let (said, how) = match ready {
            true => ("runs and is ready", State::Healthy),
            false => ("runs and is not ready", State::Progressing),
        };
        return (said.to_owned(), how, moment(&running["startedAt"]));
    }
    if let Some(waiting) = state.get("waiting") {
        let said = format!("waits: {} {}", text(&waiting["reason"]), text(&waiting["message"]));
        let starts = ["ContainerCreating", "PodInitializing"];
        let how = match starts.contains(&waiting["reason"].as_str().unwrap_or_default()) {
            true => State::Progressing,
            false => State::Degraded,
        };
        return (said.trim_end().to_owned(), how, None);
    }
    if let Some(over) = state.get("terminated") {
        let how = if over["exitCode"] == 0 { State::Healthy } else { State::Degraded };
        return (format!("ended with {}", end(over)), how, moment(&over["finishedAt"]));
    }
    ("has not begun".to_owned(), State::Progressing, None)
}

/// `exit code 137, OOMKilled: message`.
fn end(over: &Value) -> String {
    let mut said = match over["exitCode"].as_i64() {
        Some(code) => format!("exit code {code}"),
        None => "an unknown exit code".to_owned(),
    };
    for (key, before) in [("reason", ", "), ("message", ": ")] {
        let part = text(&over[key]);
        if !part.is_empty() {
            said = format!("{said}{before}{part}");
        }
    }
    said
}

/// How a container is asked whether it is well.
fn asked(probe: &Value) -> String {
    let every = match text(&probe["periodSeconds"]) {
        seconds if seconds.is_empty() => String::new(),
        seconds => format!(", every {seconds} s"),
    };
    let http = &probe["httpGet"];
    if http.is_object() {
        return format!(
            "GET {} on port {} answers{every}",
            text(&http["path"]),
            text(&http["port"])
        );
    }
    if probe["tcpSocket"].is_object() {
        return format!("port {} is open{every}", text(&probe["tcpSocket"]["port"]));
    }
    let words: Vec<String> = list(&probe["exec"]["command"]).map(text).collect();
    if words.is_empty() { String::new() } else { format!("`{}` succeeds{every}", words.join(" ")) }
}

/// What else it needs to be there.
fn uses(facts: &mut Facts, spec: &Value) {
    let mut used: Vec<(&str, String)> = Vec::new();
    for volume in list(&spec["volumes"]) {
        used.push(("ConfigMap", text(&volume["configMap"]["name"])));
        used.push(("Secret", text(&volume["secret"]["secretName"])));
        used.push(("volume claim", text(&volume["persistentVolumeClaim"]["claimName"])));
    }
    for container in list(&spec["containers"]) {
        for from in list(&container["envFrom"]) {
            used.push(("ConfigMap", text(&from["configMapRef"]["name"])));
            used.push(("Secret", text(&from["secretRef"]["name"])));
        }
        for variable in list(&container["env"]) {
            let from = &variable["valueFrom"];
            used.push(("ConfigMap", text(&from["configMapKeyRef"]["name"])));
            used.push(("Secret", text(&from["secretKeyRef"]["name"])));
        }
    }
    used.retain(|(_, name)| !name.is_empty());
    used.sort();
    used.dedup();
    if !used.is_empty() {
        facts.heading("Uses");
    }
    for (kind, name) in used {
        facts.put(kind, name);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::told;

    #[test]
    fn a_pod_that_crashes_says_why_it_stopped() {
        let pod = json!({"kind": "Pod", "metadata": {"name": "web-1"},
            "spec": {"nodeName": "n1", "volumes": [{"secret": {"secretName": "tls"}}],
                "containers": [{"name": "web", "image": "web:2",
                    "resources": {"limits": {"memory": "64Mi"}},
                    "readinessProbe": {"httpGet": {"path": "/healthz", "port": 80}},
                    "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings"}}}]}]},
            "status": {"phase": "Running", "containerStatuses": [{"name": "web", "restartCount": 4,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
                "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled",
                    "finishedAt": "2026-03-01T11:58:00Z"}}}]}});
        let told = told(&pod);
        for line in [
            "Container web: ",
            "does: waits: CrashLoopBackOff back-off 40s [degraded]",
            "restarts: 4, the last run ended with exit code 137, OOMKilled [degraded]",
            "at most: memory=64Mi",
            "ready when: GET /healthz on port 80 answers",
            "ConfigMap: settings",
            "Secret: tls",
        ] {
            assert!(told.iter().any(|known| known == line), "{line}: {told:#?}");
        }
    }
}

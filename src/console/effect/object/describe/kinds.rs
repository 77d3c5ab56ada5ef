//! What is worth telling of the kinds that applications are made of; of any other kind its plain fields.

use serde_json::Value;

use super::{Facts, list, moment, of, pairs, pods, text};
use crate::console::model::State;

/// Tells of an object what its kind is about.
pub(super) fn tell(facts: &mut Facts, object: &Value) {
    let (spec, status) = (&object["spec"], &object["status"]);
    match object["kind"].as_str().unwrap_or_default() {
        "Pod" => pods::tell(facts, spec, status),
        "Deployment" | "StatefulSet" | "ReplicaSet" => replicated(facts, spec, status),
        "DaemonSet" => daemons(facts, spec, status),
        "Job" => job(facts, spec, status),
        "CronJob" => cron_job(facts, spec, status),
        "Service" => service(facts, spec, status),
        "Ingress" => ingress(facts, spec, status),
        "ConfigMap" | "Secret" => data(facts, object),
        "HorizontalPodAutoscaler" => autoscaler(facts, spec, status),
        "PersistentVolumeClaim" => claim(facts, spec, status),
        "Application" => application(facts, spec, status),
        _ => {
            plain(facts, "Asked for", spec);
            plain(facts, "As it is", status);
        }
    }
}

/// The fields of a value that are no objects.
fn plain(facts: &mut Facts, heading: &str, value: &Value) {
    let fields = value.as_object().into_iter().flatten();
    let fields: Vec<_> = fields.filter(|(_, value)| !text(value).is_empty()).collect();
    if !fields.is_empty() {
        facts.heading(heading);
    }
    for (name, value) in fields {
        facts.put(name, text(value));
    }
}

fn replicated(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Replicas");
    let want = spec["replicas"].as_i64().unwrap_or(1);
    let count = |name: &str| status[name].as_i64().unwrap_or(0);
    let (said, state) = of(count("readyReplicas"), want);
    facts.told("ready", said, state, None);
    if !status["updatedReplicas"].is_null() {
        let (said, state) = of(count("updatedReplicas"), want);
        facts.told("updated", said, state, None);
    }
    let strategy = [&spec["strategy"]["type"], &spec["updateStrategy"]["type"]];
    facts.put("strategy", strategy.map(text).concat());
    if spec["paused"] == true {
        facts.told("paused", "nothing is rolled out until it goes on", Some(State::Held), None);
    }
    template(facts, spec);
}

/// What selects pods, and what runs in them.
fn template(facts: &mut Facts, spec: &Value) {
    facts.put("selector", pairs(&spec["selector"]["matchLabels"]));
    let pod = &spec["template"]["spec"];
    facts.put("identity", text(&pod["serviceAccountName"]));
    facts.heading("Containers");
    for container in list(&pod["initContainers"]).chain(list(&pod["containers"])) {
        facts.put(&text(&container["name"]), text(&container["image"]));
    }
}

fn daemons(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Nodes");
    let count = |name: &str| status[name].as_i64().unwrap_or(0);
    let (said, state) = of(count("numberReady"), count("desiredNumberScheduled"));
    facts.told("ready", said, state, None);
    template(facts, spec);
}

fn job(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Runs");
    let count = |name: &str| status[name].as_i64().unwrap_or(0);
    let (said, _) = of(count("succeeded"), spec["completions"].as_i64().unwrap_or(1));
    facts.put("succeeded", said);
    if count("failed") > 0 {
        let said = format!("{} of {} tries", count("failed"), text(&spec["backoffLimit"]));
        facts.told("failed", said, Some(State::Degraded), None);
    }
    facts.told("began", "", None, moment(&status["startTime"]));
    facts.told("ended", "", None, moment(&status["completionTime"]));
    template(facts, spec);
}

fn cron_job(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Runs");
    facts.put("schedule", text(&spec["schedule"]));
    facts.put("in the zone", text(&spec["timeZone"]));
    if spec["suspend"] == true {
        facts.told("suspended", "it does not run", Some(State::Held), None);
    }
    facts.put("running now", list(&status["active"]).count().to_string());
    facts.told("last began", "", None, moment(&status["lastScheduleTime"]));
    facts.told("last succeeded", "", None, moment(&status["lastSuccessfulTime"]));
    template(facts, &spec["jobTemplate"]["spec"]);
}

fn service(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Reached at");
    facts.put("type", text(&spec["type"]));
    facts.put("address", text(&spec["clusterIP"]));
    for entry in list(&status["loadBalancer"]["ingress"]) {
        facts.put("outside", [&entry["ip"], &entry["hostname"]].map(text).concat());
    }
    for port in list(&spec["ports"]) {
        let target = match text(&port["targetPort"]) {
            target if target.is_empty() => text(&port["port"]),
            target => target,
        };
        let said = format!("{} {} to {target}", text(&port["port"]), text(&port["protocol"]));
        facts.put(&format!("port {}", text(&port["name"])), said);
    }
    facts.put("selector", pairs(&spec["selector"]));
}

fn ingress(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Routes");
    facts.put("class", text(&spec["ingressClassName"]));
    for entry in list(&status["loadBalancer"]["ingress"]) {
        facts.put("outside", [&entry["ip"], &entry["hostname"]].map(text).concat());
    }
    for rule in list(&spec["rules"]) {
        let host = match text(&rule["host"]) {
            host if host.is_empty() => "any host".to_owned(),
            host => host,
        };
        for path in list(&rule["http"]["paths"]) {
            let service = &path["backend"]["service"];
            let port = [&service["port"]["number"], &service["port"]["name"]].map(text).concat();
            let said = format!("{} to {}:{port}", text(&path["path"]), text(&service["name"]));
            facts.put(&host, said);
        }
    }
    for tls in list(&spec["tls"]) {
        let hosts: Vec<String> = list(&tls["hosts"]).map(text).collect();
        facts.put("certificate", format!("{} for {}", text(&tls["secretName"]), hosts.join(", ")));
    }
}

/// The keys of what is kept, and how long each value is; never a value of a Secret.
fn data(facts: &mut Facts, object: &Value) {
    facts.heading("Keys");
    facts.put("type", text(&object["type"]));
    for field in ["data", "binaryData", "stringData"] {
        for (key, value) in
            object[field].as_object().into_iter().flatten().take(super::MOST_ENTRIES)
        {
            let length = text(value).len();
            let said = match object["kind"] == "Secret" {
                true => format!("{length} bytes, as it is encoded"),
                false => match text(value) {
                    value if value.len() <= 60 && !value.contains('\n') => value,
                    _ => format!("{length} bytes"),
                },
            };
            facts.put(key, said);
        }
    }
}

fn autoscaler(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Scale");
    let target = &spec["scaleTargetRef"];
    facts.put("of", format!("{} {}", text(&target["kind"]), text(&target["name"])));
    let least = text(&spec["minReplicas"]);
    facts.put("between", format!("{least} and {}", text(&spec["maxReplicas"])));
    let (now, want) = (text(&status["currentReplicas"]), text(&status["desiredReplicas"]));
    facts.put("now", format!("{now}, wants {want}"));
    for metric in list(&spec["metrics"]) {
        let resource = &metric["resource"];
        let want = &resource["target"]["averageUtilization"];
        facts.put(&text(&resource["name"]), format!("{} % wanted", text(want)));
    }
}

fn claim(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Storage");
    let phase = text(&status["phase"]);
    let state = if phase == "Bound" { State::Healthy } else { State::Progressing };
    facts.told("phase", phase, Some(state), None);
    facts.put("asked for", text(&spec["resources"]["requests"]["storage"]));
    facts.put("has", text(&status["capacity"]["storage"]));
    facts.put("class", text(&spec["storageClassName"]));
    facts.put("volume", text(&spec["volumeName"]));
    facts.put("access", list(&spec["accessModes"]).map(text).collect::<Vec<_>>().join(", "));
}

fn application(facts: &mut Facts, spec: &Value, status: &Value) {
    facts.heading("Delivery");
    facts.put("phase", text(&status["status"]));
    facts.put("revision", text(&status["latestRevision"]["name"]));
    let workflow = &status["workflow"];
    let done = |step: &&Value| step["phase"] == "succeeded";
    let steps = list(&workflow["steps"]).count();
    if steps > 0 {
        let said =
            format!("{} of {steps} steps done", list(&workflow["steps"]).filter(done).count());
        facts.put("workflow", said);
        facts.told("began", "", None, moment(&workflow["startTime"]));
        facts.told("ended", "", None, moment(&workflow["endTime"]));
    }
    for step in list(&workflow["steps"]).filter(|step| !done(step)) {
        let said = [&step["phase"], &step["reason"], &step["message"]].map(text);
        let said = said.iter().filter(|part| !part.is_empty()).map(String::as_str);
        let said = said.collect::<Vec<_>>().join(": ");
        facts.put(&format!("step {}", text(&step["name"])), said);
    }
    facts.heading("Components");
    for component in list(&spec["components"]) {
        let traits: Vec<String> = list(&component["traits"]).map(|it| text(&it["type"])).collect();
        let with =
            if traits.is_empty() { String::new() } else { format!(" with {}", traits.join(", ")) };
        facts.put(&text(&component["name"]), format!("{}{with}", text(&component["type"])));
    }
    for policy in list(&spec["policies"]) {
        facts.put("policy", format!("{} ({})", text(&policy["name"]), text(&policy["type"])));
    }
    let mut services = list(&status["services"]).peekable();
    if services.peek().is_some() {
        facts.heading("Health");
    }
    for service in services {
        let healthy = service["healthy"] == true;
        let state = if healthy { State::Healthy } else { State::Degraded };
        let name = format!("{} in {}", text(&service["name"]), text(&service["cluster"]));
        let said = match text(&service["message"]) {
            said if said.is_empty() && healthy => "healthy".to_owned(),
            said if said.is_empty() => "not healthy".to_owned(),
            said => said,
        };
        facts.told(&name, said, Some(state), None);
    }
}

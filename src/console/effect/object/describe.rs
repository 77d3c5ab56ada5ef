//! A summary of any object for a person: whose it is, what it is for, how well it is, who wrote what in it,
//! and what happened to it. Pure: an object and the events about it become facts.

mod kinds;
mod pods;

use jiff::Timestamp;
use mizzen_oam::labels;
use serde_json::Value;

use crate::console::model::State;
use crate::console::model::detail::EventRow;
use crate::console::model::object::Fact;
use crate::console::term::clean::Clean;

/// Events that are told.
const MOST_EVENTS: usize = 12;
/// Fields of a writer that are named.
const MOST_FIELDS: usize = 4;
/// Entries of a list or a map that are told.
const MOST_ENTRIES: usize = 40;

/// The facts about an object in a cluster.
pub(super) fn facts(object: &Value, cluster: &str, events: &[EventRow]) -> Vec<Fact> {
    let mut facts = Facts::default();
    identity(&mut facts, object, cluster);
    kinds::tell(&mut facts, object);
    conditions(&mut facts, object);
    writers(&mut facts, object);
    happened(&mut facts, events);
    facts.0
}

/// Facts in the making.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn heading(&mut self, name: &str) {
        self.0.push(Fact { name: Clean::new(name), ..Fact::default() });
    }

    /// A fact, unless it says nothing.
    fn put(&mut self, name: &str, value: impl Into<String>) {
        self.told(name, value, None, None);
    }

    fn told(
        &mut self,
        name: &str,
        value: impl Into<String>,
        state: Option<State>,
        when: Option<Timestamp>,
    ) {
        let value: String = value.into();
        if !value.is_empty() || when.is_some() {
            let (name, value) = (Clean::new(name), Clean::sentence(&value));
            self.0.push(Fact { name, value, state, when });
        }
    }
}

/// The text of a scalar; nothing for what is none.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten().take(MOST_ENTRIES)
}

/// `k=v` of a map of texts.
fn pairs(value: &Value) -> String {
    let fields = value.as_object().into_iter().flatten().take(MOST_ENTRIES);
    let pairs: Vec<String> = fields.map(|(key, value)| format!("{key}={}", text(value))).collect();
    pairs.join(", ")
}

/// `a of b`, healthy when nothing is missing.
fn of(have: i64, want: i64) -> (String, Option<State>) {
    let state = if have >= want { State::Healthy } else { State::Degraded };
    (format!("{have} of {want}"), Some(state))
}

fn identity(facts: &mut Facts, object: &Value, cluster: &str) {
    let meta = &object["metadata"];
    let (kind, name) = (text(&object["kind"]), text(&meta["name"]));
    facts.heading(&format!("{kind} {name}"));
    facts.put("version", text(&object["apiVersion"]));
    facts.put("namespace", text(&meta["namespace"]));
    facts.put("cluster", cluster);
    facts.told("made", "", None, moment(&meta["creationTimestamp"]));
    let leaving = moment(&meta["deletionTimestamp"]);
    if leaving.is_some() {
        let held = list(&meta["finalizers"]).map(text).collect::<Vec<_>>().join(", ");
        facts.told("leaves", format!("held by {held}"), Some(State::Degraded), leaving);
    }
    for owner in list(&meta["ownerReferences"]) {
        facts.put("owner", format!("{} {}", text(&owner["kind"]), text(&owner["name"])));
    }
    let label = |name: &str| text(&meta["labels"][name]);
    facts.put("application", label(labels::APP_NAME));
    facts.put("component", label(labels::APP_COMPONENT));
    let (seen, now) = (&object["status"]["observedGeneration"], &meta["generation"]);
    if let (Some(seen), Some(now)) = (seen.as_i64(), now.as_i64())
        && seen < now
    {
        let text = format!("what is asked for now is generation {now}; its controller saw {seen}");
        facts.told("behind", text, Some(State::Progressing), None);
    }
    facts.put("labels", pairs(&meta["labels"]));
    let notes = meta["annotations"].as_object().map_or(0, serde_json::Map::len);
    if notes > 0 {
        facts.put("annotations", format!("{notes}, the object as YAML has them"));
    }
}

/// Conditions of which true is bad news.
const BAD: &[&str] =
    &["pressure", "failure", "failed", "stalled", "unavailable", "unreachable", "disrupted"];

fn conditions(facts: &mut Facts, object: &Value) {
    let mut all = list(&object["status"]["conditions"]).peekable();
    if all.peek().is_none() {
        return;
    }
    facts.heading("Conditions");
    for condition in all {
        let kind = text(&condition["type"]);
        let low = kind.to_ascii_lowercase();
        let bad = BAD.iter().any(|word| low.contains(word));
        let state = match (text(&condition["status"]).as_str(), bad) {
            ("True", false) | ("False", true) => State::Healthy,
            ("True", true) | ("False", false) => State::Degraded,
            _ => State::Unknown,
        };
        let parts = ["status", "reason", "message"].map(|key| text(&condition[key]));
        let said = parts.iter().filter(|part| !part.is_empty());
        let said = said.map(String::as_str).collect::<Vec<_>>().join(": ");
        let since = moment(&condition["lastTransitionTime"]);
        facts.told(&kind, said, Some(state), since);
    }
}

/// Who wrote what, the last one first.
fn writers(facts: &mut Facts, object: &Value) {
    let mut all: Vec<&Value> = list(&object["metadata"]["managedFields"]).collect();
    if all.is_empty() {
        return;
    }
    facts.heading("Written by");
    all.sort_by_key(|entry| std::cmp::Reverse(moment(&entry["time"])));
    for entry in all {
        let mut groups = Vec::new();
        leaves(&entry["fieldsV1"], "", &mut groups);
        let count = groups.len();
        groups.truncate(MOST_FIELDS);
        let mut said = groups.join(", ");
        if count > MOST_FIELDS {
            said = format!("{said} and {} more", count - MOST_FIELDS);
        }
        facts.told(&text(&entry["manager"]), said, None, moment(&entry["time"]));
    }
}

/// The fields of a set of them, two levels deep: enough to know what somebody cares about.
fn leaves(fields: &Value, path: &str, into: &mut Vec<String>) {
    for (key, inner) in fields.as_object().into_iter().flatten() {
        let Some(name) = key.strip_prefix("f:") else { continue };
        let here = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let deeper =
            inner.as_object().is_some_and(|all| all.keys().any(|key| key.starts_with("f:")));
        if deeper && path.is_empty() {
            leaves(inner, &here, into);
        } else {
            into.push(here);
        }
    }
}

fn happened(facts: &mut Facts, events: &[EventRow]) {
    if events.is_empty() {
        return;
    }
    facts.heading("Events");
    let mut events: Vec<&EventRow> = events.iter().collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.last));
    for event in events.into_iter().take(MOST_EVENTS) {
        let state = if event.warning { State::Degraded } else { State::Healthy };
        let times = match event.count {
            0 | 1 => String::new(),
            count => format!(" ({count} times)"),
        };
        let said = format!("{}{times}", event.message);
        facts.told(event.reason.as_str(), said, Some(state), event.last);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Facts as lines: `name: value [state]`.
    pub(super) fn told(object: &Value) -> Vec<String> {
        let line = |fact: &Fact| {
            let state = fact.state.map(|state| format!(" [{}]", state.word()));
            format!("{}: {}{}", fact.name, fact.value, state.unwrap_or_default())
        };
        facts(object, "eu-1", &[]).iter().map(line).collect()
    }

    #[test]
    fn a_deployment_says_how_it_is_and_who_wrote_it() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "generation": 3,
                "labels": {"app.oam.dev/name": "shop", "app.oam.dev/component": "web"},
                "managedFields": [
                    {"manager": "kubevela", "time": "2026-03-01T11:00:00Z",
                        "fieldsV1": {"f:spec": {"f:template": {"f:spec": {}}, "f:paused": {}}}},
                    {"manager": "kubectl-scale", "time": "2026-03-01T11:58:00Z",
                        "fieldsV1": {"f:spec": {"f:replicas": {}}}}]},
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}},
                "template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}},
            "status": {"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 3,
                "conditions": [{"type": "Available", "status": "False",
                    "reason": "MinimumReplicasUnavailable", "message": "too few"},
                    {"type": "ReplicaFailure", "status": "True", "reason": "Quota"}]}});
        let told = told(&object);
        for line in [
            "Deployment web: ",
            "cluster: eu-1",
            "application: shop",
            "ready: 1 of 3 [degraded]",
            "updated: 3 of 3 [ok]",
            "selector: app=web",
            "web: web:2",
            "Available: False: MinimumReplicasUnavailable: too few [degraded]",
            "ReplicaFailure: True: Quota [degraded]",
        ] {
            assert!(told.iter().any(|known| known == line), "{line}: {told:#?}");
        }
        let at = |line: &str| told.iter().position(|known| known == line);
        let (first, second) =
            (at("kubectl-scale: spec.replicas"), at("kubevela: spec.template, spec.paused"));
        assert!(first.is_some() && first < second, "the last writer first: {told:#?}");
        assert!(told.iter().any(|line| line.starts_with("behind: ")), "{told:#?}");
    }

    #[test]
    fn nothing_in_any_object_is_taken_for_granted() {
        for object in [
            json!({}),
            json!(null),
            json!({"kind": "Pod", "metadata": 1, "spec": [], "status": "x"}),
            json!({"kind": "Pod", "status": {"containerStatuses": [1, {}, {"state": []}]}}),
            json!({"kind": "Service", "spec": {"ports": [{}], "selector": []}}),
            json!({"kind": "Application", "status": {"workflow": {"steps": {}}}}),
        ] {
            assert!(!facts(&object, "", &[]).is_empty());
        }
    }
}

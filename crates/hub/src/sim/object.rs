//! Small helpers on objects that every controller needs: owners, conditions, pods from templates.
//!
//! Pure functions over values; nothing here knows the store or the clock.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::format_seconds;
use crate::json::{items, meta, text};
use crate::sim::world::Kind;

/// A controlling owner reference to an object.
pub(crate) fn owner_reference(kind: Kind, owner: &Value) -> Value {
    json!({
        "apiVersion": kind.api_version(),
        "kind": kind.name(),
        "name": meta(owner, "name"),
        "uid": meta(owner, "uid"),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// A pod as a template describes it, controlled by an owner. It has no name yet.
pub(crate) fn pod_from_template(kind: Kind, owner: &Value, template: &Value) -> Value {
    let mut metadata = json!({});
    for key in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template["metadata"].get(key).filter(|v| !v.is_null()) {
            metadata[key] = value.clone();
        }
    }
    metadata["namespace"] = json!(meta(owner, "namespace"));
    metadata["ownerReferences"] = json!([owner_reference(kind, owner)]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
}

/// Whether an object is being deleted.
pub(crate) fn deleting(object: &Value) -> bool {
    !meta(object, "deletionTimestamp").is_empty()
}

/// A pod that neither ended nor is being deleted.
pub(crate) fn active(pod: &Value) -> bool {
    !deleting(pod) && !finished(pod)
}

/// A pod that ended.
pub(crate) fn finished(pod: &Value) -> bool {
    matches!(text(pod, &["status", "phase"]), "Succeeded" | "Failed")
}

/// A condition of an object.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(object, &["status", "conditions"]).iter().find(|c| c["type"] == kind)
}

/// Whether a condition holds.
pub(crate) fn holds(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|c| c["status"] == "True")
}

/// When a pod became ready; none while it is not.
pub(crate) fn ready_since(pod: &Value) -> Option<Timestamp> {
    let ready = condition(pod, "Ready").filter(|c| c["status"] == "True")?;
    text(ready, &["lastTransitionTime"]).parse().ok()
}

/// When a ready pod counts as available.
pub(crate) fn available_at(pod: &Value, min_ready_seconds: i64) -> Option<Timestamp> {
    let since = ready_since(pod)?;
    since.checked_add(jiff::SignedDuration::from_secs(min_ready_seconds)).ok()
}

/// Sets a condition: the transition time moves with the status, the update time (where the kind has
/// one) with every change. Nothing happens when status, reason and message are already there.
pub(crate) fn set_condition(
    status: &mut Value,
    kind: &str,
    value: bool,
    reason: &str,
    message: &str,
    now: Timestamp,
    with_update_time: bool,
) {
    let state = if value { "True" } else { "False" };
    let time = format_seconds(now);
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(list) = status["conditions"].as_array_mut() else { return };
    let old = list.iter().position(|c| c["type"] == kind);
    let mut transition = time.clone();
    if let Some(index) = old {
        let current = &list[index];
        if current["status"] == state && current["reason"] == reason {
            return;
        }
        if current["status"] == state {
            transition = text(current, &["lastTransitionTime"]).to_owned();
        }
    }
    let mut new = json!({"type": kind, "status": state});
    if with_update_time {
        new["lastUpdateTime"] = json!(time);
    }
    new["lastTransitionTime"] = json!(transition);
    new["reason"] = json!(reason);
    new["message"] = json!(message);
    if let Some(index) = old {
        list.remove(index);
    }
    list.push(new);
}

/// Whether labels meet a label selector; a missing or empty one selects nothing.
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    crate::schema::selector_matches(selector, labels)
}

/// A small stable hash.
pub(crate) fn hash32(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A number in the alphabet of generated names.
pub(crate) fn safe_text(mut number: u32, length: usize) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut out = String::new();
    for _ in 0..length {
        out.push(char::from(ALPHABET[(number % 27) as usize]));
        number /= 27;
    }
    out
}

/// The hash of a pod template, as names and labels carry it.
pub(crate) fn template_hash(template: &Value, collisions: i64) -> String {
    let mut text = template.to_string();
    if collisions > 0 {
        text.push_str(&collisions.to_string());
    }
    let high = hash32(&format!("{text}#"));
    format!("{}{}", safe_text(hash32(&text), 5), safe_text(high, 4))
}

//! Between the shape an object is stored in and the shape of a served version.
//!
//! Most versions differ in `apiVersion` alone. Two kinds are exceptions: Events, whose two groups are
//! one set of objects, stored as core/v1, and HorizontalPodAutoscalers, stored as autoscaling/v2.

mod scaler;

use serde_json::{Map, Value, json};

use crate::catalog::Resource;

/// Pairs of field names: core/v1 and events.k8s.io/v1.
const EVENT_FIELDS: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn is_old_scaler(resource: &Resource) -> bool {
    resource.is("autoscaling", "horizontalpodautoscalers") && resource.version == "v1"
}

fn is_new_event(resource: &Resource) -> bool {
    resource.group == "events.k8s.io"
}

/// The served shape of a stored object, with `kind` and `apiVersion` of the resource in front.
pub(crate) fn serve(resource: &Resource, stored: &Value) -> Value {
    let mut served = Map::new();
    served.insert("kind".into(), json!(resource.kind));
    served.insert("apiVersion".into(), json!(resource.api_version()));
    let rename = is_new_event(resource);
    for (key, value) in stored.as_object().into_iter().flatten() {
        if key == "kind" || key == "apiVersion" {
            continue;
        }
        let pair = EVENT_FIELDS.iter().find(|(old, _)| rename && old == key);
        let name = pair.map_or(key.as_str(), |(_, new)| new);
        served.insert(name.to_owned(), value.clone());
    }
    let mut served = Value::Object(served);
    if is_old_scaler(resource) {
        scaler::to_v1(&mut served);
    }
    if let Some(custom) = &resource.custom {
        crate::crd::defaulting::apply(&mut served, &custom.schema);
        order_custom(&mut served);
    }
    served
}

/// Custom resources are written with sorted keys, as Go writes maps.
fn order_custom(served: &mut Value) {
    if let Value::Object(map) = served {
        map.sort_keys();
    }
}

/// The stored shape of an object that was sent to a resource.
pub(crate) fn store(resource: &Resource, mut sent: Value) -> Value {
    if is_old_scaler(resource) {
        scaler::to_v2(&mut sent);
    }
    if !is_new_event(resource) {
        return sent;
    }
    let Some(map) = sent.as_object_mut() else { return sent };
    for (old, new) in EVENT_FIELDS {
        if let Some(value) = map.shift_remove(*new) {
            map.insert((*old).to_owned(), value);
        }
    }
    map.insert("apiVersion".into(), json!("v1"));
    sent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn events_have_two_shapes() {
        let catalog = Catalog::builtin(&crate::schema::Schema::builtin());
        let new = catalog.find("events.k8s.io", "v1", "events").unwrap();
        let sent = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "note": "n",
            "regarding": {"name": "a"}});
        let stored = store(new, sent);
        assert_eq!(stored["message"], "n");
        assert_eq!(stored["involvedObject"]["name"], "a");
        let served = serve(new, &stored);
        assert_eq!(served["note"], "n");
        assert_eq!(served["apiVersion"], "events.k8s.io/v1");
        let old = catalog.find("", "v1", "events").unwrap();
        assert_eq!(serve(old, &stored)["message"], "n");
    }
}

//! HorizontalPodAutoscalers of autoscaling/v1, which are stored in the shape of v2.
//!
//! v1 knows one metric, the use of CPU; what else v2 has travels in annotations, so that whoever reads
//! and writes v1 loses nothing. Invariant: an object that was served in v1 and comes back unchanged is
//! the one that is stored. Source: `pkg/apis/autoscaling/v1/conversion.go` of Kubernetes.

use serde_json::{Value, json};

use crate::json;

/// Fields of v2 that v1 has not, and the annotations in which they travel.
const CARRIED: [(&str, &str, &str); 4] = [
    ("spec", "metrics", "autoscaling.alpha.kubernetes.io/metrics"),
    ("spec", "behavior", "autoscaling.alpha.kubernetes.io/behavior"),
    ("status", "conditions", "autoscaling.alpha.kubernetes.io/conditions"),
    ("status", "currentMetrics", "autoscaling.alpha.kubernetes.io/current-metrics"),
];

/// The one metric that v1 has: the field of a part, the list of v2, and the number inside an entry.
const CPU: [(&str, &str, &str, &str); 2] = [
    ("spec", "targetCPUUtilizationPercentage", "metrics", "/resource/target/averageUtilization"),
    (
        "status",
        "currentCPUUtilizationPercentage",
        "currentMetrics",
        "/resource/current/averageUtilization",
    ),
];

fn is_cpu(metric: &Value, number: &str) -> bool {
    metric["type"] == "Resource"
        && metric["resource"]["name"] == "cpu"
        && metric.pointer(number).is_some_and(Value::is_number)
}

/// The shape of v1 of an object in that of v2.
pub(super) fn to_v1(object: &mut Value) {
    for (part, field, list, number) in CPU {
        let Some(fields) = object.get_mut(part).and_then(Value::as_object_mut) else { continue };
        let Some(metrics) = fields.get_mut(list).and_then(Value::as_array_mut) else { continue };
        if let Some(at) = metrics.iter().position(|metric| is_cpu(metric, number)) {
            let value = metrics.remove(at).pointer(number).cloned().unwrap_or_default();
            fields.insert(field.to_owned(), value);
        }
    }
    for (part, field, annotation) in CARRIED {
        let Some(fields) = object.get_mut(part).and_then(Value::as_object_mut) else { continue };
        match fields.shift_remove(field) {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) if list.is_empty() => {}
            Some(value) => object["metadata"]["annotations"][annotation] = value.to_string().into(),
        }
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        for field in ["currentReplicas", "desiredReplicas"] {
            status.entry(field).or_insert_with(|| json!(0));
        }
    }
}

/// The shape of v2 of an object in that of v1. What an annotation says that cannot be read is passed
/// over, as the annotation goes either way.
pub(super) fn to_v2(object: &mut Value) {
    for (part, field, annotation) in CARRIED {
        let annotations =
            object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
        let carried = annotations.and_then(|annotations| annotations.shift_remove(annotation));
        let text = carried.as_ref().and_then(Value::as_str).unwrap_or_default();
        if let Ok(value) = serde_json::from_str::<Value>(text)
            && (value.is_array() || value.is_object())
        {
            json::object_mut(object, part).insert(field.to_owned(), value);
        }
    }
    if object.pointer("/metadata/annotations").is_some_and(|all| all == &json!({})) {
        json::object_mut(object, "metadata").shift_remove("annotations");
    }
    for (part, field, list, _) in CPU {
        let Some(given) = object.get_mut(part).and_then(Value::as_object_mut) else { continue };
        let Some(value) = given.shift_remove(field).filter(|value| !value.is_null()) else {
            continue;
        };
        let metric = match part {
            "spec" => json!({"name": "cpu", "target": {"type": "Utilization",
                "averageUtilization": value}}),
            _ => json!({"name": "cpu", "current": {"averageUtilization": value}}),
        };
        let metrics = given.entry(list).or_insert_with(|| json!([]));
        if let Some(metrics) = metrics.as_array_mut() {
            metrics.insert(0, json!({"type": "Resource", "resource": metric}));
        }
    }
    if object.get("apiVersion").is_some() {
        object["apiVersion"] = json!("autoscaling/v2");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_on_the_way_through_v1() {
        let cpu = json!({"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 75}}});
        let memory = json!({"type": "Resource", "resource": {"name": "memory",
            "target": {"type": "AverageValue", "averageValue": "1Gi"}}});
        let stored = json!({"apiVersion": "autoscaling/v2", "metadata": {"name": "a"},
            "spec": {"maxReplicas": 3, "metrics": [cpu, memory],
                "behavior": {"scaleDown": {"stabilizationWindowSeconds": 5}}}});
        let mut served = stored.clone();
        to_v1(&mut served);
        assert_eq!(served["spec"], json!({"maxReplicas": 3, "targetCPUUtilizationPercentage": 75}));
        to_v2(&mut served);
        assert_eq!(served, stored);
    }

    #[test]
    fn v1_says_one_target() {
        let mut sent = json!({"apiVersion": "autoscaling/v1",
            "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 60}});
        to_v2(&mut sent);
        let target = &sent["spec"]["metrics"][0]["resource"]["target"];
        assert_eq!(target, &json!({"type": "Utilization", "averageUtilization": 60}));
        assert_eq!(sent["apiVersion"], "autoscaling/v2");
    }
}

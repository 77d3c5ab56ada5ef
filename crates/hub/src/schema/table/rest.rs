//! Rows of the remaining kinds that have a printer.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{I, Printer, S, age, condition, items, name, number, or_none, text};
use crate::schema::time::translate_age;

/// The printer of a kind, if it is one of these.
pub(super) fn printer(group: &str, kind: &str) -> Option<Printer> {
    core(group, kind).or_else(|| access(group, kind)).or_else(|| other(group, kind))
}

fn core(group: &str, kind: &str) -> Option<Printer> {
    if !group.is_empty() && group != "events.k8s.io" {
        return None;
    }
    Some(match kind {
        "Namespace" => Printer {
            columns: &[("Name", S, 0), ("Status", S, 0), ("Age", S, 0)],
            cells: |o, now| vec![name(o), json!(text(&o["status"]["phase"])), age(o, now)],
        },
        "ServiceAccount" => Printer {
            columns: &[("Name", S, 0), ("Age", S, 0)],
            cells: |o, now| vec![name(o), age(o, now)],
        },
        "Secret" => Printer {
            columns: &[("Name", S, 0), ("Type", S, 0), ("Data", S, 0), ("Age", S, 0)],
            cells: |o, now| vec![name(o), o["type"].clone(), json!(size(&o["data"])), age(o, now)],
        },
        "ConfigMap" => Printer {
            columns: &[("Name", S, 0), ("Data", S, 0), ("Age", S, 0)],
            cells: |o, now| {
                vec![name(o), json!(size(&o["data"]) + size(&o["binaryData"])), age(o, now)]
            },
        },
        "PersistentVolumeClaim" => Printer { columns: CLAIM, cells: claim },
        "PersistentVolume" => Printer { columns: VOLUME, cells: volume },
        "Event" => Printer { columns: EVENT, cells: event },
        "ResourceQuota" => Printer {
            columns: &[("Name", S, 0), ("Request", S, 0), ("Limit", S, 0), ("Age", S, 0)],
            cells: quota,
        },
        _ => return None,
    })
}

fn size(map: &Value) -> usize {
    map.as_object().map_or(0, serde_json::Map::len)
}

const CLAIM: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Status", S, 0),
    ("Volume", S, 0),
    ("Capacity", S, 0),
    ("Access Modes", S, 0),
    ("StorageClass", S, 0),
    ("VolumeAttributesClass", S, 0),
    ("Age", S, 0),
    ("VolumeMode", S, 1),
];

fn claim(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let bound = !text(&spec["volumeName"]).is_empty();
    let phase = if object["metadata"]["deletionTimestamp"].is_null() {
        text(&status["phase"])
    } else {
        "Terminating"
    };
    vec![
        name(object),
        json!(phase),
        json!(text(&spec["volumeName"])),
        json!(if bound { text(&status["capacity"]["storage"]) } else { "" }),
        json!(if bound { access_modes(status) } else { String::new() }),
        json!(text(&spec["storageClassName"])),
        json!(match text(&spec["volumeAttributesClassName"]) {
            "" => "<unset>",
            class => class,
        }),
        age(object, now),
        json!(match text(&spec["volumeMode"]) {
            "" => "<unset>",
            mode => mode,
        }),
    ]
}

fn access_modes(owner: &Value) -> String {
    let short = |mode: &Value| match text(mode) {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => "",
    };
    items(owner, "accessModes").iter().map(short).collect::<Vec<_>>().join(",")
}

const VOLUME: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Capacity", S, 0),
    ("Access Modes", S, 0),
    ("Reclaim Policy", S, 0),
    ("Status", S, 0),
    ("Claim", S, 0),
    ("StorageClass", S, 0),
    ("VolumeAttributesClass", S, 0),
    ("Reason", S, 0),
    ("Age", S, 0),
    ("VolumeMode", S, 1),
];

fn volume(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let claim = match &spec["claimRef"] {
        Value::Object(_) => {
            format!("{}/{}", text(&spec["claimRef"]["namespace"]), text(&spec["claimRef"]["name"]))
        }
        _ => String::new(),
    };
    let terminating = !object["metadata"]["deletionTimestamp"].is_null();
    vec![
        name(object),
        json!(text(&spec["capacity"]["storage"])),
        json!(access_modes(spec)),
        json!(text(&spec["persistentVolumeReclaimPolicy"])),
        json!(if terminating { "Terminating" } else { text(&status["phase"]) }),
        json!(claim),
        json!(text(&spec["storageClassName"])),
        json!("<unset>"),
        json!(text(&status["reason"])),
        age(object, now),
        json!(text(&spec["volumeMode"])),
    ]
}

const EVENT: &[(&str, &str, i32)] = &[
    ("Last Seen", S, 0),
    ("Type", S, 0),
    ("Reason", S, 0),
    ("Object", S, 0),
    ("Subobject", S, 1),
    ("Source", S, 1),
    ("Message", S, 0),
    ("First Seen", S, 1),
    ("Count", S, 1),
    ("Name", S, 1),
];

/// An event in either of its two shapes.
fn event(object: &Value, now: Timestamp) -> Vec<Value> {
    let either = |new: &str, old: &str| -> Value {
        if object[new].is_null() { object[old].clone() } else { object[new].clone() }
    };
    let subject = either("regarding", "involvedObject");
    let first = either("deprecatedFirstTimestamp", "firstTimestamp");
    let last = either("deprecatedLastTimestamp", "lastTimestamp");
    let seen = |time: &Value| {
        let time = if time.is_null() { &object["eventTime"] } else { time };
        translate_age(time, now)
    };
    let last = match &object["series"]["lastObservedTime"] {
        Value::Null => last,
        observed => observed.clone(),
    };
    let kind = text(&subject["kind"]).to_lowercase();
    let count = match object["series"]["count"].as_i64() {
        Some(count) => count,
        None => number(&either("deprecatedCount", "count")).max(1),
    };
    vec![
        json!(seen(&last)),
        object["type"].clone(),
        object["reason"].clone(),
        json!(format!("{kind}/{}", text(&subject["name"]))),
        json!(text(&subject["fieldPath"])),
        json!(source(object)),
        json!(text(&either("note", "message")).trim()),
        json!(seen(&first)),
        json!(count),
        name(object),
    ]
}

fn source(object: &Value) -> String {
    let source =
        if object["source"].is_null() { &object["deprecatedSource"] } else { &object["source"] };
    let component = match text(&source["component"]) {
        "" => text(&object["reportingComponent"]),
        component => component,
    };
    let component = match component {
        "" => text(&object["reportingController"]),
        component => component,
    };
    match text(&source["host"]) {
        "" => component.to_owned(),
        host => format!("{component}, {host}"),
    }
}

fn quota(object: &Value, now: Timestamp) -> Vec<Value> {
    let (used, hard) = (&object["status"]["used"], &object["status"]["hard"]);
    let mut requests = Vec::new();
    let mut limits = Vec::new();
    for (resource, limit) in hard.as_object().into_iter().flatten() {
        let line = format!("{resource}: {}/{}", text(&used[resource]), text(limit));
        if resource.starts_with("limits.") { limits.push(line) } else { requests.push(line) }
    }
    vec![name(object), json!(requests.join(", ")), json!(limits.join(", ")), age(object, now)]
}

fn access(group: &str, kind: &str) -> Option<Printer> {
    if group != "rbac.authorization.k8s.io" {
        return None;
    }
    Some(match kind {
        "RoleBinding" | "ClusterRoleBinding" => Printer {
            columns: &[
                ("Name", S, 0),
                ("Role", S, 0),
                ("Age", S, 0),
                ("Users", S, 1),
                ("Groups", S, 1),
                ("ServiceAccounts", S, 1),
            ],
            cells: binding,
        },
        _ => Printer {
            columns: &[("Name", S, 0), ("Created At", "date", 0)],
            cells: |o, _| vec![name(o), o["metadata"]["creationTimestamp"].clone()],
        },
    })
}

fn binding(object: &Value, now: Timestamp) -> Vec<Value> {
    let role = &object["roleRef"];
    let of = |kind: &str| {
        let list: Vec<String> = items(object, "subjects")
            .iter()
            .filter(|s| s["kind"] == kind)
            .map(|s| match text(&s["namespace"]) {
                "" => text(&s["name"]).to_owned(),
                namespace => format!("{namespace}/{}", text(&s["name"])),
            })
            .collect();
        json!(list.join(", "))
    };
    vec![
        name(object),
        json!(format!("{}/{}", text(&role["kind"]), text(&role["name"]))),
        age(object, now),
        of("User"),
        of("Group"),
        of("ServiceAccount"),
    ]
}

fn other(group: &str, kind: &str) -> Option<Printer> {
    Some(match (group, kind) {
        ("autoscaling", "HorizontalPodAutoscaler") => Printer { columns: SCALER, cells: scaler },
        ("autoscaling", "Scale") => Printer {
            columns: &[("Name", S, 0), ("Desired", I, 0), ("Available", I, 0), ("Age", S, 0)],
            cells: |o, now| {
                let (want, have) =
                    (number(&o["spec"]["replicas"]), number(&o["status"]["replicas"]));
                vec![name(o), json!(want), json!(have), age(o, now)]
            },
        },
        ("coordination.k8s.io", "Lease") => Printer {
            columns: &[("Name", S, 0), ("Holder", S, 0), ("Age", S, 0)],
            cells: |o, now| vec![name(o), json!(text(&o["spec"]["holderIdentity"])), age(o, now)],
        },
        ("policy", "PodDisruptionBudget") => Printer { columns: BUDGET, cells: budget },
        ("storage.k8s.io", "StorageClass") => Printer { columns: CLASS, cells: class },
        ("scheduling.k8s.io", "PriorityClass") => Printer {
            columns: &[
                ("Name", S, 0),
                ("Value", I, 0),
                ("Global-Default", "boolean", 0),
                ("Age", S, 0),
                ("PreemptionPolicy", S, 0),
            ],
            cells: |o, now| {
                let global = o["globalDefault"] == true;
                let policy = text(&o["preemptionPolicy"]);
                vec![name(o), json!(number(&o["value"])), json!(global), age(o, now), json!(policy)]
            },
        },
        ("apiregistration.k8s.io", "APIService") => Printer {
            columns: &[("Name", S, 0), ("Service", S, 0), ("Available", S, 0), ("Age", S, 0)],
            cells: api_service,
        },
        _ => return None,
    })
}

const SCALER: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Reference", S, 0),
    ("Targets", S, 0),
    ("MinPods", S, 0),
    ("MaxPods", S, 0),
    ("Replicas", S, 0),
    ("Age", S, 0),
];

fn scaler(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let target = &spec["scaleTargetRef"];
    let metrics: Vec<String> = items(spec, "metrics")
        .iter()
        .enumerate()
        .map(|(index, metric)| metric_text(metric, &status["currentMetrics"][index]))
        .collect();
    let min = spec["minReplicas"].as_i64().map_or_else(|| "<unset>".to_owned(), |n| n.to_string());
    vec![
        name(object),
        json!(format!("{}/{}", text(&target["kind"]), text(&target["name"]))),
        or_none(metrics.join(", ")),
        json!(min),
        json!(number(&spec["maxReplicas"])),
        json!(number(&status["currentReplicas"])),
        age(object, now),
    ]
}

fn metric_text(metric: &Value, current: &Value) -> String {
    let (wanted, now) = (&metric["resource"]["target"], &current["resource"]["current"]);
    let resource = text(&metric["resource"]["name"]);
    match wanted["averageUtilization"].as_i64() {
        Some(percent) => {
            let now = now["averageUtilization"].as_i64();
            let now = now.map_or_else(|| "<unknown>".to_owned(), |n| format!("{n}%"));
            format!("{resource}: {now}/{percent}%")
        }
        None => {
            let now = match text(&now["averageValue"]) {
                "" => "<unknown>",
                now => now,
            };
            format!("{now}/{}", text(&wanted["averageValue"]))
        }
    }
}

const BUDGET: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Min Available", S, 0),
    ("Max Unavailable", S, 0),
    ("Allowed Disruptions", I, 0),
    ("Age", S, 0),
];

fn budget(object: &Value, now: Timestamp) -> Vec<Value> {
    let shown = |value: &Value| match value {
        Value::Null => json!("N/A"),
        Value::String(text) => json!(text),
        number => json!(number.to_string()),
    };
    let spec = &object["spec"];
    vec![
        name(object),
        shown(&spec["minAvailable"]),
        shown(&spec["maxUnavailable"]),
        json!(number(&object["status"]["disruptionsAllowed"])),
        age(object, now),
    ]
}

const CLASS: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Provisioner", S, 0),
    ("ReclaimPolicy", S, 0),
    ("VolumeBindingMode", S, 0),
    ("AllowVolumeExpansion", S, 0),
    ("Age", S, 0),
];

fn class(object: &Value, now: Timestamp) -> Vec<Value> {
    let default =
        object["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true";
    let mark = if default { " (default)" } else { "" };
    vec![
        json!(format!("{}{mark}", text(&object["metadata"]["name"]))),
        object["provisioner"].clone(),
        json!(text(&object["reclaimPolicy"])),
        json!(text(&object["volumeBindingMode"])),
        json!(object["allowVolumeExpansion"] == true),
        age(object, now),
    ]
}

fn api_service(object: &Value, now: Timestamp) -> Vec<Value> {
    let service = match &object["spec"]["service"] {
        Value::Object(_) => {
            let service = &object["spec"]["service"];
            format!("{}/{}", text(&service["namespace"]), text(&service["name"]))
        }
        _ => "Local".to_owned(),
    };
    let available = match condition(object, "Available") {
        Some(c) if c["status"] == "True" => "True".to_owned(),
        Some(c) => format!("{} ({})", text(&c["status"]), text(&c["reason"])),
        None => "Unknown".to_owned(),
    };
    vec![name(object), json!(service), json!(available), age(object, now)]
}

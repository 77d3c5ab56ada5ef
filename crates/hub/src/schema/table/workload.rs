//! Rows of the kinds that own pods, and of pods' templates.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    I, Printer, S, age, condition, containers, items, labels, name, number, or_none, selector, text,
};
use crate::schema::time::{human_duration, parse_time, translate_age};

/// The printer of a kind, if it is one of these.
pub(super) fn printer(group: &str, kind: &str) -> Option<Printer> {
    Some(match (group, kind) {
        ("", "Pod") => Printer { columns: POD, cells: super::pod::cells },
        ("apps", "Deployment") => Printer { columns: DEPLOYMENT, cells: deployment },
        ("apps", "ReplicaSet") | ("", "ReplicationController") => {
            Printer { columns: REPLICA_SET, cells: replica_set }
        }
        ("apps", "StatefulSet") => Printer { columns: STATEFUL_SET, cells: stateful_set },
        ("apps", "DaemonSet") => Printer { columns: DAEMON_SET, cells: daemon_set },
        ("apps", "ControllerRevision") => Printer { columns: REVISION, cells: revision },
        ("", "PodTemplate") => Printer { columns: POD_TEMPLATE, cells: pod_template },
        ("batch", "Job") => Printer { columns: JOB, cells: job },
        ("batch", "CronJob") => Printer { columns: CRON_JOB, cells: cron_job },
        _ => return None,
    })
}

const POD: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Ready", S, 0),
    ("Status", S, 0),
    ("Restarts", S, 0),
    ("Age", S, 0),
    ("IP", S, 1),
    ("Node", S, 1),
    ("Nominated Node", S, 1),
    ("Readiness Gates", S, 1),
];

const DEPLOYMENT: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Ready", S, 0),
    ("Up-to-date", S, 0),
    ("Available", S, 0),
    ("Age", S, 0),
    ("Containers", S, 1),
    ("Images", S, 1),
    ("Selector", S, 1),
];

fn deployment(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let (names, images) = containers(&spec["template"]["spec"]);
    vec![
        name(object),
        json!(format!("{}/{}", number(&status["readyReplicas"]), number(&spec["replicas"]))),
        json!(number(&status["updatedReplicas"])),
        json!(number(&status["availableReplicas"])),
        age(object, now),
        names,
        images,
        selector(&spec["selector"]),
    ]
}

const REPLICA_SET: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Desired", I, 0),
    ("Current", I, 0),
    ("Ready", I, 0),
    ("Age", S, 0),
    ("Containers", S, 1),
    ("Images", S, 1),
    ("Selector", S, 1),
];

fn replica_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let (names, images) = containers(&spec["template"]["spec"]);
    let selects = if object["kind"] == "ReplicationController" {
        or_none(labels(&spec["selector"]))
    } else {
        selector(&spec["selector"])
    };
    vec![
        name(object),
        json!(number(&spec["replicas"])),
        json!(number(&status["replicas"])),
        json!(number(&status["readyReplicas"])),
        age(object, now),
        names,
        images,
        selects,
    ]
}

const STATEFUL_SET: &[(&str, &str, i32)] =
    &[("Name", S, 0), ("Ready", S, 0), ("Age", S, 0), ("Containers", S, 1), ("Images", S, 1)];

fn stateful_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let (names, images) = containers(&spec["template"]["spec"]);
    let ready = format!("{}/{}", number(&status["readyReplicas"]), number(&spec["replicas"]));
    vec![name(object), json!(ready), age(object, now), names, images]
}

const DAEMON_SET: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Desired", I, 0),
    ("Current", I, 0),
    ("Ready", I, 0),
    ("Up-to-date", I, 0),
    ("Available", I, 0),
    ("Node Selector", S, 0),
    ("Age", S, 0),
    ("Containers", S, 1),
    ("Images", S, 1),
    ("Selector", S, 1),
];

fn daemon_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let (names, images) = containers(&spec["template"]["spec"]);
    vec![
        name(object),
        json!(number(&status["desiredNumberScheduled"])),
        json!(number(&status["currentNumberScheduled"])),
        json!(number(&status["numberReady"])),
        json!(number(&status["updatedNumberScheduled"])),
        json!(number(&status["numberAvailable"])),
        or_none(labels(&spec["template"]["spec"]["nodeSelector"])),
        age(object, now),
        names,
        images,
        selector(&spec["selector"]),
    ]
}

const REVISION: &[(&str, &str, i32)] =
    &[("Name", S, 0), ("Controller", S, 0), ("Revision", I, 0), ("Age", S, 0)];

fn revision(object: &Value, now: Timestamp) -> Vec<Value> {
    let owner =
        items(&object["metadata"], "ownerReferences").iter().find(|o| o["controller"] == true);
    let controller = owner.map_or_else(
        || "<none>".to_owned(),
        |o| {
            let kind = text(&o["kind"]).to_lowercase();
            let group = text(&o["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
            let dot = if group.is_empty() { "" } else { "." };
            format!("{kind}{dot}{group}/{}", text(&o["name"]))
        },
    );
    vec![name(object), json!(controller), json!(number(&object["revision"])), age(object, now)]
}

const JOB: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Status", S, 0),
    ("Completions", S, 0),
    ("Duration", S, 0),
    ("Age", S, 0),
    ("Containers", S, 1),
    ("Images", S, 1),
    ("Selector", S, 1),
];

fn job(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let (names, images) = containers(&spec["template"]["spec"]);
    let succeeded = number(&status["succeeded"]);
    let completions = match (spec["completions"].as_i64(), number(&spec["parallelism"])) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let duration = match (parse_time(&status["startTime"]), parse_time(&status["completionTime"])) {
        (None, _) => String::new(),
        (Some(start), end) => human_duration(end.unwrap_or(now).as_second() - start.as_second()),
    };
    vec![
        name(object),
        json!(job_status(object)),
        json!(completions),
        json!(duration),
        age(object, now),
        names,
        images,
        selector(&spec["selector"]),
    ]
}

fn job_status(object: &Value) -> &'static str {
    let holds = |kind: &str| condition(object, kind).is_some_and(|c| c["status"] == "True");
    match () {
        () if holds("Complete") => "Complete",
        () if holds("Failed") => "Failed",
        () if !object["metadata"]["deletionTimestamp"].is_null() => "Terminating",
        () if holds("Suspended") => "Suspended",
        () if holds("FailureTarget") => "FailureTarget",
        () if holds("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

const CRON_JOB: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Schedule", S, 0),
    ("Timezone", S, 0),
    ("Suspend", "boolean", 0),
    ("Active", I, 0),
    ("Last Schedule", S, 0),
    ("Age", S, 0),
    ("Containers", S, 1),
    ("Images", S, 1),
    ("Selector", S, 1),
];

fn cron_job(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let job = &spec["jobTemplate"]["spec"];
    let (names, images) = containers(&job["template"]["spec"]);
    let last = &status["lastScheduleTime"];
    vec![
        name(object),
        spec["schedule"].clone(),
        or_none(text(&spec["timeZone"]).to_owned()),
        json!(if spec["suspend"] == true { "True" } else { "False" }),
        json!(items(status, "active").len()),
        json!(if last.is_null() { "<none>".to_owned() } else { translate_age(last, now) }),
        age(object, now),
        names,
        images,
        selector(&job["selector"]),
    ]
}

const POD_TEMPLATE: &[(&str, &str, i32)] =
    &[("Name", S, 0), ("Containers", S, 0), ("Images", S, 0), ("Pod Labels", S, 0)];

fn pod_template(object: &Value, _: Timestamp) -> Vec<Value> {
    let template = &object["template"];
    let (names, images) = containers(&template["spec"]);
    vec![name(object), names, images, or_none(labels(&template["metadata"]["labels"]))]
}

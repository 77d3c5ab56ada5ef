//! The rows of a sheet: what is written, and what follows in each cluster. Each row has everything that
//! differs, and the few lines of it that a person looks at first.

use mizzen_engine::operate::{Stage, Write};
use mizzen_engine::plan::{self, Action, Change, Plan};
use serde_json::Value;

use crate::console::effect::{compare, read};
use crate::console::model::detail::{DiffKind, DiffLine};
use crate::console::model::sheet::PlanRow;
use crate::console::term::clean::Clean;

/// Lines of one value that a sheet shows.
const MOST_LINES: usize = 200;
/// Lines of one row that are shown first.
const FIRST_LINES: usize = 6;

/// Every action that changes something, cluster by cluster.
pub(super) fn actions(plan: &Plan) -> Vec<PlanRow> {
    let of = |cluster| plan.in_cluster(cluster).filter(|a| a.verb != plan::Verb::Keep);
    plan.clusters().into_iter().flat_map(of).map(action).collect()
}

fn action(action: &Action) -> PlanRow {
    let changes = &action.diff.changes;
    let made = changes.first().filter(|_| action.verb == plan::Verb::Create);
    let (diff, first) = match made.and_then(|change| change.after.as_ref()) {
        Some(object) => (lines(DiffKind::Add, "", object), facts(object)),
        None => {
            let first = changes.iter().filter(|change| !is_bookkeeping(change));
            (changes.iter().flat_map(change).collect(), first.flat_map(change).collect())
        }
    };
    PlanRow {
        cluster: action.object.cluster.clone(),
        verb: action.verb.word().to_owned(),
        object: Clean::new(&format!("{} {}", action.object.kind, action.object.path())),
        reason: Clean::new(&action.reason.to_string()),
        first: first.into_iter().take(FIRST_LINES).collect(),
        diff: diff.into_iter().take(MOST_LINES).collect(),
    }
}

fn change(change: &Change) -> Vec<DiffLine> {
    let side = |kind, value: &Option<Value>| {
        value.iter().flat_map(|value| lines(kind, &change.path, value)).collect::<Vec<_>>()
    };
    [side(DiffKind::Remove, &change.before), side(DiffKind::Add, &change.after)].concat()
}

/// What the engine writes beside what a person asked for.
pub(crate) fn is_bookkeeping(change: &Change) -> bool {
    change.path.contains("metadata.") && change.path.contains("oam.dev/")
}

/// What a person asks of a new object first.
fn facts(object: &Value) -> Vec<DiffLine> {
    let spec = &object["spec"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut told = Vec::new();
    if !spec["replicas"].is_null() {
        told.push(format!("replicas: {}", short(&spec["replicas"])));
    }
    for container in list(&spec["template"]["spec"]["containers"]) {
        told.push(format!("image: {}", short(&container["image"])));
    }
    for port in list(&spec["ports"]) {
        told.push(format!("port: {}", short(&port["port"])));
    }
    for rule in list(&spec["rules"]) {
        told.push(format!("host: {}", short(&rule["host"])));
    }
    told.iter()
        .map(|text| DiffLine { kind: DiffKind::Add, text: Clean::new(text), ..DiffLine::default() })
        .collect()
}

/// A write of an intent; `shown` is the application as it was read.
pub(super) fn write(stage: &Stage, shown: &Value) -> PlanRow {
    let object = &stage.object;
    if let Write::Action(planned) = &stage.write {
        return action(planned);
    }
    let known = if object.kind == "Application" { shown } else { &Value::Null };
    let (verb, diff) = match &stage.write {
        Write::Json { operations, .. } => ("patch", patch(operations, known)),
        Write::Create(value) => ("create", lines(DiffKind::Add, "", value)),
        Write::Delete { .. } => ("delete", Vec::new()),
        Write::AdoptGeneration | Write::Action(_) | Write::ForgetVariables(_) => {
            ("patch", Vec::new())
        }
    };
    PlanRow {
        cluster: object.cluster.clone(),
        verb: verb.to_owned(),
        object: Clean::new(&format!("{} {}", object.kind, object.path())),
        reason: Clean::new(stage.name),
        first: diff.iter().take(FIRST_LINES).cloned().collect(),
        diff,
    }
}

/// What the operations of a patch change in an object, as far as it is known.
fn patch(operations: &[Value], known: &Value) -> Vec<DiffLine> {
    let change = |operation: &Value| {
        let pointer = operation["path"].as_str().unwrap_or_default();
        let path = pointer.trim_start_matches('/');
        let (before, after) = (known.pointer(pointer), &operation["value"]);
        match (operation["op"].as_str(), before) {
            (Some("add" | "replace"), Some(before)) => changed(path, before, after),
            (Some("add" | "replace"), None) => lines(DiffKind::Add, path, after),
            (Some("remove"), _) => {
                vec![DiffLine {
                    kind: DiffKind::Remove,
                    text: Clean::new(path),
                    ..DiffLine::default()
                }]
            }
            _ => Vec::new(),
        }
    };
    operations.iter().flat_map(change).collect()
}

fn changed(path: &str, before: &Value, after: &Value) -> Vec<DiffLine> {
    if is_short(before) && is_short(after) {
        return [lines(DiffKind::Remove, path, before), lines(DiffKind::Add, path, after)].concat();
    }
    let head = DiffLine {
        kind: DiffKind::Head,
        text: Clean::new(&format!("{path}:")),
        ..DiffLine::default()
    };
    let diff = compare::lines(before, after).into_iter().take(MOST_LINES);
    std::iter::once(head).chain(diff).collect()
}

fn is_short(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn lines(kind: DiffKind, path: &str, value: &Value) -> Vec<DiffLine> {
    if is_short(value) {
        let text = Clean::new(&format!("{path}: {}", short(value)));
        return vec![DiffLine { kind, text, ..DiffLine::default() }];
    }
    let head = (!path.is_empty()).then(|| DiffLine {
        kind,
        text: Clean::new(&format!("{path}:")),
        ..DiffLine::default()
    });
    let body = read::text(value).into_iter().take(MOST_LINES);
    head.into_iter()
        .chain(body.map(|text| DiffLine { kind, text, ..DiffLine::default() }))
        .collect()
}

pub(super) fn short(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

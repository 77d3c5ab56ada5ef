//! Delivered against live: for every object that was delivered, the fields that were delivered beside
//! what they are now. Fields that only the cluster set are no difference.

use std::sync::Arc;

use mizzen_engine::plan::ObjectId;
use mizzen_oam::tracker::ManagedResource;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use tokio::sync::mpsc;

use super::world::World;
use super::{read, resources, words};
use crate::console::model::AppKey;
use crate::console::model::detail::{DiffKind, DiffLine};
use crate::console::term::clean::Clean;
use crate::console::update::{Msg, PartUpdate};

/// Lines around a difference.
const AROUND: usize = 3;

/// Compares once and hands the result over.
pub async fn once(world: Arc<dyn World>, tx: mpsc::Sender<Msg>, key: AppKey) {
    let lines = compare(&world, &key).await.map_err(|why| Clean::new(&why));
    // The console is gone when nobody listens.
    let _ = tx.send(Msg::Part(key, PartUpdate::Diff(lines))).await;
}

async fn compare(world: &Arc<dyn World>, key: &AppKey) -> Result<Vec<DiffLine>, String> {
    let mut lines = Vec::new();
    let mut same = 0;
    for tracker in resources::records(world, key).await? {
        for entry in tracker.spec.managed_resources.iter().filter(|entry| !entry.deleted) {
            let Some(delivered) = &entry.raw else { continue };
            let found = object(world, entry, delivered).await;
            if found.is_empty() {
                same += 1;
            }
            lines.extend(found);
        }
    }
    let head = format!("left: delivered   right: live   {same} objects without a difference");
    lines.insert(0, DiffLine { kind: DiffKind::Head, text: Clean::new(&head) });
    Ok(lines)
}

async fn object(
    world: &Arc<dyn World>,
    entry: &ManagedResource,
    delivered: &Value,
) -> Vec<DiffLine> {
    let id = ObjectId::of(delivered, entry.cluster());
    let title = format!("{} {} in {}", id.kind, id.name, id.cluster);
    let live = match resources::api(world.as_ref(), &id).await {
        Ok(api) => api.get_opt(&id.name).await.map_err(|error| words::api(&error)),
        Err(why) => Err(why),
    };
    let line = |kind, text: &str| DiffLine { kind, text: Clean::new(text) };
    match live {
        Err(why) => vec![line(DiffKind::Head, &format!("{title}: cannot be read: {why}"))],
        Ok(None) => vec![line(DiffKind::Head, &format!("{title}: does not exist any more"))],
        Ok(Some(live)) => {
            let live = serde_json::to_value(live).unwrap_or_default();
            let who = editors(&live);
            let diff = lines(delivered, &shaped(&live, delivered));
            if diff.is_empty() {
                return diff;
            }
            let head = line(DiffKind::Head, &format!("{title}{who}"));
            std::iter::once(head).chain(diff).collect()
        }
    }
}

/// Who wrote it last besides the controllers, as the field owners say.
fn editors(live: &Value) -> String {
    let owners = live["metadata"]["managedFields"].as_array().into_iter().flatten();
    let strangers: Vec<(&str, &str)> = owners
        .filter_map(|owner| Some((owner["manager"].as_str()?, owner["time"].as_str()?)))
        .filter(|(manager, _)| !["kubevela", "kube-controller-manager", "mizzen"].contains(manager))
        .collect();
    match strangers.iter().max_by_key(|(_, time)| *time) {
        Some((manager, time)) => format!(", edited by {manager} at {time}"),
        None => String::new(),
    }
}

/// The live value cut to the shape of what was delivered. Secret data is compared, never shown.
fn shaped(live: &Value, delivered: &Value) -> Value {
    match (live, delivered) {
        (Value::Object(live), Value::Object(delivered)) => delivered
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), shaped(live.get(key)?, value))))
            .collect(),
        (Value::Array(live), Value::Array(delivered)) => {
            let shape = |index: usize| delivered.get(index).unwrap_or(&Value::Null);
            live.iter().enumerate().map(|(index, value)| shaped(value, shape(index))).collect()
        }
        (live, _) => live.clone(),
    }
}

/// The lines in which two values differ, with a few around them.
pub(super) fn lines(delivered: &Value, live: &Value) -> Vec<DiffLine> {
    if delivered == live {
        return Vec::new();
    }
    let yaml = |value: &Value| -> String {
        let lines: Vec<String> =
            read::text(&redacted(value)).iter().map(ToString::to_string).collect();
        lines.join("\n") + "\n"
    };
    let (left, right) = (yaml(delivered), yaml(live));
    let diff = TextDiff::from_lines(&left, &right);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let kind = match change.tag() {
                ChangeTag::Equal => DiffKind::Same,
                ChangeTag::Delete => DiffKind::Remove,
                ChangeTag::Insert => DiffKind::Add,
            };
            let text = Clean::new(change.value().trim_end_matches('\n'));
            lines.push(DiffLine { kind, text });
        }
    }
    lines
}

/// The values of a Secret are replaced by their length and a short fingerprint: a difference stays a
/// difference.
fn redacted(value: &Value) -> Value {
    if value["kind"] != "Secret" {
        return value.clone();
    }
    let mut value = value.clone();
    for field in ["data", "stringData"] {
        for (_, secret) in value[field].as_object_mut().into_iter().flatten() {
            let text = secret.as_str().unwrap_or_default();
            *secret = Value::String(format!("redacted, {} bytes, {}", text.len(), mark(text)));
        }
    }
    value
}

fn mark(text: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("#{:04x}", hasher.finish() & 0xFFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_cluster_added_is_no_difference() {
        let delivered = json!({"spec": {"replicas": 2, "list": [{"a": 1}]}});
        let live = json!({"spec": {"replicas": 3, "extra": true, "list": [{"a": 1, "b": 2}]},
            "status": {}});
        assert_eq!(shaped(&live, &delivered), json!({"spec": {"replicas": 3, "list": [{"a": 1}]}}));
        let told: Vec<String> = lines(&delivered, &shaped(&live, &delivered))
            .iter()
            .filter(|line| line.kind != DiffKind::Same)
            .map(|line| line.text.to_string())
            .collect();
        assert_eq!(told, ["  replicas: 2", "  replicas: 3"]);
    }

    #[test]
    fn secrets_are_compared_and_not_shown() {
        let secret = |text: &str| json!({"kind": "Secret", "data": {"key": text}});
        let told = lines(&secret("aGVsbG8="), &secret("d29ybGQ="));
        assert!(told.iter().any(|line| line.kind == DiffKind::Add));
        assert!(told.iter().all(|line| !line.text.as_str().contains("aGVsbG8=")));
    }
}

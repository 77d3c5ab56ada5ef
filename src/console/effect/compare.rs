//! Delivered against live: for every object that was delivered, the fields that were delivered beside
//! what they are now. Fields that only the cluster set are no difference.

use mizzen_engine::operate;
use mizzen_engine::plan::{Action, Editor, Reason, Verb, quantity};
use mizzen_engine::track::garbage::object_id;
use mizzen_oam::tracker::ManagedResource;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::read;
use super::resources::Picture;
use crate::console::model::detail::{DiffKind, DiffLine};
use crate::console::term::clean::Clean;

/// Lines around a difference.
const AROUND: usize = 3;

/// The comparison of every object that was delivered.
pub(super) fn told(picture: &Picture) -> Vec<DiffLine> {
    let mut lines = Vec::new();
    let (mut same, mut unknown) = (0_u32, 0_u32);
    for entry in &picture.records {
        match object(picture, entry) {
            None => unknown += 1,
            Some(found) if found.is_empty() => same += 1,
            Some(found) => lines.extend(found),
        }
    }
    let mut head = format!("- delivered   + live   {same} without a difference");
    if unknown > 0 {
        head = format!("{head}, {unknown} not recorded");
    }
    lines.insert(0, head_line(&head));
    lines
}

fn head_line(text: &str) -> DiffLine {
    DiffLine { kind: DiffKind::Head, text: Clean::new(text) }
}

/// One object: nothing when there is nothing to compare with, no lines when it is as delivered.
fn object(picture: &Picture, entry: &ManagedResource) -> Option<Vec<DiffLine>> {
    let id = object_id(entry);
    let title = format!("{} {} in {}", id.kind, id.name, id.cluster);
    let live = match picture.live(&id) {
        Err(why) => return Some(vec![head_line(&format!("{title}: cannot be read: {why}"))]),
        Ok(None) => return Some(vec![head_line(&format!("{title}: does not exist any more"))]),
        Ok(Some(live)) => live,
    };
    let delivered = operate::delivered(entry, Some(live))?;
    let action = operate::compared(entry, Some(live), &picture.rules);
    if action.as_ref().is_some_and(|action| action.verb == Verb::Keep) {
        return Some(Vec::new());
    }
    let diff = lines(&delivered, &shaped(live, &delivered));
    let heads = std::iter::once(head_line(&title)).chain(editors(action.as_ref()));
    Some(heads.chain(diff).collect())
}

/// Who changed it and when, as the owners of the fields say.
fn editors(action: Option<&Action>) -> Vec<DiffLine> {
    let Some(Action { reason: Reason::Drifted { by }, .. }) = action else { return Vec::new() };
    let one = |editor: &Editor| {
        let fields = editor.fields.join(", ");
        head_line(&format!("  changed by {} at {}: {fields}", editor.manager, editor.time))
    };
    by.iter().map(one).collect()
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
        // A server writes amounts in its own way.
        (live, delivered) if quantity::same(live, delivered) => delivered.clone(),
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

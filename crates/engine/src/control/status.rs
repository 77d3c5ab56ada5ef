//! The status of an application: what changed is written, and nothing when nothing did.

use mizzen_oam::condition::{Condition, set_condition};
use mizzen_oam::status::{AppStatus, ClusterObjectReference};
use mizzen_oam::{Application, Time};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::apply::{Patch, Writer};
use crate::error::Error;
use crate::operate::Subject;
use crate::plan::object::cluster_or_local;
use crate::track::Trackers;

/// Conditions that survive a new run.
const LASTING: [&str; 4] = ["Parsed", "Revision", "Policy", "Render"];

/// Sets a condition to well.
pub(super) fn well(status: &mut AppStatus, name: &str, now: Time) {
    let condition = if name == "Ready" {
        Condition::success(name, now)
    } else {
        Condition::available(name, now)
    };
    set_condition(&mut status.conditions, condition);
}

/// Sets a condition, and `Ready` with it, to what went wrong.
pub(super) fn wrong(status: &mut AppStatus, name: &str, message: &str, now: Time) {
    for name in [name, "Ready"] {
        set_condition(&mut status.conditions, Condition::error(name, message.to_owned(), now));
    }
}

/// Sets a condition that complained to well.
pub(super) fn well_again(status: &mut AppStatus, name: &str, now: Time) {
    if status.conditions.iter().any(|it| it.condition_type == name && it.status == "False") {
        well(status, name, now);
    }
}

/// Takes a complaint back that is true no more. Upstream lets it stand for good.
pub(super) fn mended(status: &mut AppStatus, name: &str) {
    status.conditions.retain(|condition| condition.condition_type != name);
}

/// The end of a run could not be written down everywhere: the next look ends it again.
pub(super) fn unfinished(status: &mut AppStatus) {
    if let Some(run) = &mut status.workflow {
        run.finished = false;
        run.end_time = Time::default();
    }
}

/// Forgets what belongs to the run before.
pub(super) fn begin_run(status: &mut AppStatus) {
    status.services.clear();
    status.applied_resources.clear();
    status.conditions.retain(|condition| LASTING.contains(&condition.condition_type.as_str()));
}

/// Lists what the tracker of the generation in use records and the status does not: a controller that
/// died had applied it. Objects that no component asked for are never listed.
pub(super) fn complete(status: &mut AppStatus, trackers: &Trackers) {
    let recorded = trackers.current.iter().flat_map(|tracker| &tracker.spec.managed_resources);
    for entry in recorded.filter(|entry| !entry.deleted && !entry.component.is_empty()) {
        let known = |other: &ClusterObjectReference| {
            let (a, b) = (&other.object, entry.object());
            cluster_or_local(&other.cluster) == entry.cluster()
                && (&a.kind, &a.namespace, &a.name) == (&b.kind, &b.namespace, &b.name)
        };
        if !status.applied_resources.iter().any(known) {
            let mut missing = entry.reference.clone();
            "workflow".clone_into(&mut missing.creator);
            status.applied_resources.push(missing);
        }
    }
}

/// What a patch cannot clear, as upstream writes it: a new run keeps the entries of the one before
/// until it has its own.
const STICKY: [&str; 2] = ["services", "appliedResources"];

/// Writes the status that differs from the stored one. `object` is the application as it is stored.
pub(super) async fn write(
    writer: &Writer,
    app: &mut Application,
    object: &mut Value,
    stored: &mut Value,
) -> Result<(), Error> {
    app.status.observed_generation = app.metadata.generation;
    let wanted = with_sticky(stored, as_stored(app, &app.status)?, &STICKY);
    if let Some(body) = change(object, stored, &wanted) {
        *object = writer.patch(&app.id(), "status", Patch::Merge, &body, false).await?;
        *stored = wanted;
    }
    Ok(())
}

/// The merge patch that makes the wanted status of the stored one; none where they are the same.
///
/// It fits only the object that the look began with: what a person decided meanwhile stands in the same
/// fields, and would be undone. The look is then made again.
pub(super) fn change(object: &Value, stored: &Value, wanted: &Value) -> Option<Value> {
    let patch = difference(stored, wanted);
    let differs = patch.as_object().is_some_and(|fields| !fields.is_empty());
    let version = &object["metadata"]["resourceVersion"];
    differs.then(|| json!({"metadata": {"resourceVersion": version}, "status": patch}))
}

/// Writes the whole status, which clears what is no longer in it.
pub(super) async fn put(
    writer: &Writer,
    app: &Application,
    object: &mut Value,
    stored: &mut Value,
) -> Result<(), Error> {
    object["status"] = as_stored(app, &app.status)?;
    *object = writer.replace(&app.id(), "status", object, false).await?;
    *stored = without_nulls(object["status"].clone());
    Ok(())
}

/// A status in the form in which it is stored.
pub(super) fn as_stored(of: &impl Subject, status: &impl Serialize) -> Result<Value, Error> {
    let status = serde_json::to_value(status).map_err(|error| Error::Unreadable {
        what: format!("the status of {}/{}", of.meta().namespace, of.meta().name),
        why: error.to_string(),
    })?;
    Ok(without_nulls(status))
}

/// A wanted status with what stays from the stored one until there is another value.
pub(super) fn with_sticky(stored: &Value, mut wanted: Value, sticky: &[&str]) -> Value {
    for key in sticky.iter().filter(|key| !stored[**key].is_null()) {
        if wanted[*key].is_null() {
            wanted[*key] = stored[*key].clone();
        }
    }
    wanted
}

/// A status as it is stored: times that are not set are not there.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// The JSON merge patch that makes `wanted` of `stored`.
fn difference(stored: &Value, wanted: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (stored, wanted) else {
        return wanted.clone();
    };
    let mut patch = Map::new();
    for (key, value) in after {
        match before.get(key) {
            Some(known) if known == value => {}
            Some(known) if known.is_object() && value.is_object() => {
                patch.insert(key.clone(), difference(known, value));
            }
            _ => drop(patch.insert(key.clone(), value.clone())),
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_sent() {
        let before = json!({"a": 1, "b": {"c": 1, "d": 2}, "list": [1], "gone": true});
        let after = json!({"a": 1, "b": {"c": 3}, "list": [1, 2], "new": {}});
        let patch = difference(&before, &after);
        assert_eq!(
            patch,
            json!({"b": {"c": 3, "d": null}, "list": [1, 2], "new": {}, "gone": null})
        );
        assert_eq!(difference(&after, &after), json!({}));
    }
}

//! Who owns which field after an update or an apply, and when an apply conflicts.
//!
//! The rules are those of structured-merge-diff's updater and of the field manager around it.

use serde_json::Value;

use super::managers::{self, Entry, Managed};
use super::set::Set;
use super::shape::Shape;
use super::walk::{self, Difference};
use crate::json;
use crate::status::{Cause, Status};

/// Who writes, through which endpoint, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) manager: &'a str,
    pub(crate) api_version: &'a str,
    pub(crate) subresource: &'a str,
    pub(crate) now: &'a str,
    /// Fields that nobody comes to own through this endpoint.
    pub(crate) ignored: &'a Set,
}

/// The manager that moves from applying on the client's side to the server's.
const KUBECTL: &str = "kubectl";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Fields that nobody owns.
const STRIPPED: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    json::remove_meta(&mut object, "managedFields");
    object
}

/// Writes the managers of an object after a create, update or patch. `live` is the state before
/// (an empty object of the kind for a create); `created` says that there was none.
pub(crate) fn update(
    shape: Shape<'_>,
    writer: &Writer<'_>,
    live: &Value,
    new: &mut Value,
    created: bool,
) {
    let before = match managers::read(live) {
        Managed::Entries(entries) => entries,
        Managed::Unsaid | Managed::Reset => Vec::new(),
    };
    let entries = match managers::read(new) {
        Managed::Reset => return drop(json::remove_meta(new, "managedFields")),
        Managed::Entries(entries) => entries,
        Managed::Unsaid => before.clone(),
    };
    if entries.is_empty() && !created {
        json::remove_meta(new, "managedFields");
        return;
    }
    let difference = walk::compare(shape, &bare(live), &bare(new)).without(writer.ignored);
    let entries = own_update(entries, writer, &difference);
    managers::write(new, entries);
}

/// The entries after the writer's update.
fn own_update(mut entries: Vec<Entry>, writer: &Writer<'_>, difference: &Difference) -> Vec<Entry> {
    let stripped = Set::of_fields(STRIPPED);
    let taken = difference.modified.union(&difference.added);
    let mine = |e: &Entry| e.is(writer.manager, false, writer.subresource, writer.api_version);
    for entry in entries.iter_mut().filter(|e| !mine(e)) {
        entry.fields = entry.fields.difference(&taken).difference(&difference.removed);
    }
    if difference.is_empty() {
        return entries;
    }
    let own = match entries.iter().position(mine) {
        Some(at) => &mut entries[at],
        None => {
            entries.push(new_entry(writer, false));
            let last = entries.len() - 1;
            &mut entries[last]
        }
    };
    let fields = own.fields.difference(&difference.removed).union(&taken).difference(&stripped);
    if own.fields != fields || !taken.is_empty() {
        own.time = writer.now.to_owned();
    }
    own.fields = fields;
    entries
}

fn new_entry(writer: &Writer<'_>, applied: bool) -> Entry {
    Entry {
        manager: writer.manager.to_owned(),
        applied,
        api_version: writer.api_version.to_owned(),
        time: writer.now.to_owned(),
        subresource: writer.subresource.to_owned(),
        fields: Set::default(),
    }
}

/// The state after an apply, with its managers; `live` is an empty object of the kind for a create.
///
/// # Errors
/// 409 when another manager owns a field that would change, unless forced.
pub(crate) fn apply(
    shape: Shape<'_>,
    writer: &Writer<'_>,
    live: &Value,
    config: &Value,
    created: bool,
    force: bool,
) -> Result<Value, Status> {
    let mut entries = match managers::read(live) {
        Managed::Entries(entries) => entries,
        Managed::Unsaid | Managed::Reset if created => Vec::new(),
        Managed::Unsaid | Managed::Reset => vec![before_first_apply(shape, writer, live)],
    };
    let (live_bare, config) = (bare(live), bare(config));
    let merged = walk::merge(shape, &live_bare, &config);
    let stripped = Set::of_fields(STRIPPED);
    let fields = walk::fields(shape, &config).without(writer.ignored).difference(&stripped);
    let mine = |e: &Entry| e.is(writer.manager, true, writer.subresource, writer.api_version);
    let last = entries.iter().position(mine).map(|at| entries.remove(at));
    let mut own = new_entry(writer, true);
    own.fields = fields;
    let merged = match &last {
        Some(last) => prune(shape, &merged, &entries, &own.fields, &last.fields),
        None => merged,
    };
    let difference = walk::compare(shape, &live_bare, &merged).without(writer.ignored);
    let taken = difference.modified.union(&difference.added);
    let allowed = client_side_fields(shape, writer, &live_bare);
    let conflicts: Vec<(&Entry, Set)> = entries
        .iter()
        .map(|e| (e, e.fields.intersection(&taken).difference(&allowed)))
        .filter(|(_, fields)| !fields.is_empty())
        .collect();
    if !force && !conflicts.is_empty() {
        return Err(conflict(&conflicts));
    }
    for entry in &mut entries {
        entry.fields = entry.fields.difference(&taken).difference(&difference.removed);
    }
    if let Some(last) = last
        && last.fields == own.fields
        && difference.is_empty()
    {
        own.time = last.time;
    }
    entries.push(own);
    let mut merged = merged;
    renew_last_applied(writer, &live_bare, &config, &mut merged);
    managers::write(&mut merged, entries);
    Ok(merged)
}

/// What kubectl applied on the client's side it may change on the server's side without a conflict,
/// as far as nobody changed it since.
fn client_side_fields(shape: Shape<'_>, writer: &Writer<'_>, live: &Value) -> Set {
    let text = json::text(live, &["metadata", "annotations", LAST_APPLIED]);
    let Ok(last) = serde_json::from_str::<Value>(text) else { return Set::default() };
    if writer.manager != KUBECTL {
        return Set::default();
    }
    let difference = walk::compare(shape, &last, live);
    walk::fields(shape, &last)
        .difference(&difference.modified)
        .difference(&difference.added)
        .difference(&difference.removed)
}

/// Keeps the annotation of the client's side true, so that it can go on from here.
fn renew_last_applied(writer: &Writer<'_>, live: &Value, config: &Value, merged: &mut Value) {
    let path = ["metadata", "annotations", LAST_APPLIED];
    if writer.manager != KUBECTL || json::at(live, &path).is_none() {
        return;
    }
    let mut config = config.clone();
    if let Some(map) = config.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        map.shift_remove(LAST_APPLIED);
    }
    if let Some(map) = merged.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        map.insert(LAST_APPLIED.to_owned(), Value::String(format!("{config}\n")));
    }
}

/// What was there before anybody was tracked belongs to one manager of that name.
fn before_first_apply(shape: Shape<'_>, writer: &Writer<'_>, live: &Value) -> Entry {
    let stripped = Set::of_fields(STRIPPED);
    let fields = walk::fields(shape, &bare(live)).without(writer.ignored).difference(&stripped);
    let mut entry = new_entry(writer, false);
    entry.manager = "before-first-apply".to_owned();
    entry.subresource = String::new();
    entry.fields = fields;
    entry
}

/// Removes what the manager applied before and does not apply now, unless another one owns it.
fn prune(shape: Shape<'_>, merged: &Value, others: &[Entry], own: &Set, last: &Set) -> Value {
    let last = last.with_named_fields(shape);
    let pruned = walk::remove(shape, merged, &last);
    let owned = others.iter().fold(own.clone(), |all, entry| all.union(&entry.fields));
    let owned = owned.with_named_fields(shape);
    let merged_set = walk::fields(shape, merged).with_named_fields(shape);
    let pruned_set = walk::fields(shape, &pruned).with_named_fields(shape);
    let pruned = walk::remove(shape, merged, &merged_set.difference(&pruned_set.union(&owned)));
    let pruned_set = walk::fields(shape, &pruned).with_named_fields(shape);
    let gone = merged_set.difference(&pruned_set).intersection(&last);
    let mut pruned = walk::remove(shape, merged, &gone);
    walk::mend(&mut pruned, merged);
    pruned
}

fn who(entry: &Entry) -> String {
    let mut text = format!("conflict with {:?}", entry.manager);
    if !entry.subresource.is_empty() {
        text.push_str(&format!(" with subresource {:?}", entry.subresource));
    }
    if !entry.applied {
        text.push_str(&format!(" using {}", entry.api_version));
    }
    text
}

fn conflict(conflicts: &[(&Entry, Set)]) -> Status {
    let mut causes: Vec<Cause> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    let mut sorted: Vec<(String, Vec<String>)> =
        conflicts.iter().map(|(entry, fields)| (who(entry), fields.paths())).collect();
    sorted.sort();
    for (who, paths) in &sorted {
        for path in paths {
            causes.push(Cause::new("FieldManagerConflict", path, who));
        }
        let who = who.replacen("conflict", "conflicts", 1);
        lines.push(format!("{who}:\n- {}", paths.join("\n- ")));
    }
    let message = match causes.as_slice() {
        [one] => format!("Apply failed with 1 conflict: {}: {}", one.message, one.field),
        many => format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n")),
    };
    let mut status = Status::failure(409, "Conflict", message);
    status.details.causes = causes;
    status
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

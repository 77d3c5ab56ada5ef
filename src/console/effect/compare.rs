//! Delivered against live: for every object that was delivered, the fields that were delivered beside
//! what they are now, and who wrote each that differs. Fields that only the cluster set are no difference;
//! they are counted, and shown when they are asked for. What a policy lets be stands apart.

mod shape;
mod yaml;

use mizzen_engine::operate;
use mizzen_engine::plan::editors::editors;
use mizzen_engine::plan::{self, Rules, Verb};
use mizzen_engine::track::garbage::object_id;
use mizzen_oam::tracker::ManagedResource;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::resources::Picture;
use crate::console::model::detail::{Comparison, DiffKind, DiffLine};
use crate::console::term::clean::Clean;
use shape::{Folded, bare, shaped};
use yaml::Line;

/// Lines around a difference.
const AROUND: usize = 3;

/// One object that is not as it was delivered.
#[derive(Default)]
struct Object {
    /// Whether a policy lets it be.
    allowed: bool,
    lines: Vec<DiffLine>,
    whole: Vec<DiffLine>,
    patch: String,
    folded: Folded,
}

/// The comparison of every object that was delivered.
pub(super) fn told(picture: &Picture) -> Comparison {
    let (mut objects, mut same, mut unknown) = (Vec::new(), 0_u32, 0_u32);
    for entry in &picture.records {
        match object(picture, entry) {
            None => unknown += 1,
            Some(None) => same += 1,
            Some(Some(found)) => objects.push(found),
        }
    }
    let fields = objects.iter().map(|object| object.folded.fields).sum::<u32>();
    let lists = objects.iter().map(|object| object.folded.lists).sum::<u32>();
    let mut head = format!("- delivered   + live   {same} without a difference");
    if unknown > 0 {
        head = format!("{head}, {unknown} not recorded");
    }
    let mut folded = head.clone();
    if fields > 0 {
        folded = format!("{folded}, {fields} fields of the cluster hidden");
    }
    if lists > 0 {
        folded = format!("{folded}, {lists} lists in another order");
    }
    let mut told = Comparison { lines: vec![head_line(&folded)], ..Comparison::default() };
    told.whole.push(head_line(&head));
    let (allowed, drifted): (Vec<_>, Vec<_>) = objects.into_iter().partition(|it| it.allowed);
    add(&mut told, drifted);
    if !allowed.is_empty() {
        let apart = "expected: a policy of the application lets what follows be";
        told.lines.push(head_line(apart));
        told.whole.push(head_line(apart));
        add(&mut told, allowed);
    }
    told
}

fn add(told: &mut Comparison, objects: Vec<Object>) {
    for object in objects {
        told.lines.extend(object.lines);
        told.whole.extend(object.whole);
        told.patch.push_str(&object.patch);
    }
}

fn head_line(text: &str) -> DiffLine {
    DiffLine { kind: DiffKind::Head, text: Clean::new(text), ..DiffLine::default() }
}

/// One object: nothing when there is nothing to compare with, no comparison when it is as delivered.
fn object(picture: &Picture, entry: &ManagedResource) -> Option<Option<Object>> {
    let id = object_id(entry);
    let title = format!("{} {} in {}", id.kind, id.name, id.cluster);
    let allowed = |live: Option<&Value>| {
        let once = &picture.once;
        let lenient = Rules { apply_once: once.clone(), ..picture.rules.clone() };
        let kept =
            || operate::compared(entry, live, &lenient).is_some_and(|a| a.verb == Verb::Keep);
        once.whole_objects() || once.enable && kept()
    };
    let said = |text: String, allowed| {
        let lines = vec![head_line(&text)];
        Some(Some(Object { allowed, whole: lines.clone(), lines, ..Object::default() }))
    };
    let live = match picture.live(&id) {
        Err(why) => return said(format!("{title}: cannot be read: {why}"), false),
        Ok(None) => return said(format!("{title}: does not exist any more"), allowed(None)),
        Ok(Some(live)) => live,
    };
    let delivered = operate::delivered(entry, Some(live))?;
    let action = operate::compared(entry, Some(live), &picture.rules);
    if action.as_ref().is_some_and(|action| action.verb == Verb::Keep) {
        return Some(None);
    }
    let mut found = compared(&delivered, live, &title);
    found.allowed = allowed(Some(live));
    Some(Some(found))
}

fn compared(delivered: &Value, live: &Value, title: &str) -> Object {
    let mut folded = Folded::default();
    let bare = bare(live);
    let near = shaped(&bare, delivered, &mut folded);
    let (left, near, all) = (redacted(delivered), redacted(&near), redacted(&bare));
    let lines = |right: &Value| {
        let owned = Sides::new(&left, right).lines(live);
        std::iter::once(head_line(title)).chain(owned).collect()
    };
    Object {
        allowed: false,
        lines: lines(&near),
        whole: lines(&all),
        patch: Sides::new(&left, &near).patch(title),
        folded,
    }
}

/// The lines of two values, to be compared.
struct Sides {
    left: Vec<Line>,
    right: Vec<Line>,
}

impl Sides {
    fn new(left: &Value, right: &Value) -> Self {
        Self { left: yaml::lines(left, right), right: yaml::lines(right, right) }
    }

    fn texts(&self) -> (Vec<&str>, Vec<&str>) {
        let texts = |lines: &'_ [Line]| -> Vec<_> { (0..lines.len()).collect() };
        let (left, right) = (texts(&self.left), texts(&self.right));
        (
            left.into_iter().map(|at| self.left[at].text.as_str()).collect(),
            right.into_iter().map(|at| self.right[at].text.as_str()).collect(),
        )
    }

    /// The lines in which they differ, with a few around them; beside each who wrote it, and when.
    fn lines(&self, live: &Value) -> Vec<DiffLine> {
        let (left, right) = self.texts();
        let diff = TextDiff::from_slices(&left, &right);
        let mut lines = Vec::new();
        for group in diff.grouped_ops(AROUND) {
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let (kind, path) = match change.tag() {
                    ChangeTag::Equal => (DiffKind::Same, None),
                    ChangeTag::Delete => (DiffKind::Remove, None),
                    ChangeTag::Insert => {
                        (DiffKind::Add, change.new_index().map(|at| self.right[at].path.as_str()))
                    }
                };
                let text = Clean::new(change.value());
                let (who, when) = path.and_then(|path| writer(live, path)).unwrap_or_default();
                lines.push(DiffLine { kind, text, who, when });
            }
        }
        lines
    }

    /// What `patch` would take.
    fn patch(&self, title: &str) -> String {
        let text = |lines: &[Line]| lines.iter().map(|line| format!("{}\n", line.text)).collect();
        let (left, right): (String, String) = (text(&self.left), text(&self.right));
        let name = title.replace(' ', "-");
        let (from, to) = (format!("delivered/{name}"), format!("live/{name}"));
        TextDiff::from_lines(&left, &right).unified_diff().header(&from, &to).to_string()
    }
}

/// Who wrote a field of a live object last, and when.
fn writer(live: &Value, path: &str) -> Option<(Clean, Option<jiff::Timestamp>)> {
    let change =
        plan::Change { path: path.to_owned(), before: Some(Value::Bool(true)), after: None };
    let found = editors(live, &plan::Diff { changes: vec![change] });
    let last = found.iter().max_by(|a, b| a.time.cmp(&b.time))?;
    Some((Clean::new(&last.manager), last.time.parse().ok()))
}

/// The lines in which two values differ, with a few around them.
pub(super) fn lines(before: &Value, after: &Value) -> Vec<DiffLine> {
    if before == after {
        return Vec::new();
    }
    Sides::new(&redacted(before), &redacted(after)).lines(&Value::Null)
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
    // It holds the values too.
    if let Some(notes) = value["metadata"]["annotations"].as_object_mut() {
        notes.retain(|key, _| !key.ends_with("last-applied-configuration"));
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
    use serde_json::json;

    use super::*;

    fn deployment() -> (Value, Value) {
        let delivered = json!({"kind": "Deployment", "spec": {"replicas": 2, "paused": false}});
        let live = json!({"kind": "Deployment", "spec": {"replicas": 5, "paused": false,
            "revisionHistoryLimit": 10}, "status": {"replicas": 5},
            "metadata": {"uid": "u", "managedFields": [
                {"manager": "kubectl-scale", "operation": "Update", "subresource": "scale",
                    "time": "2026-03-01T11:58:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]}});
        (delivered, live)
    }

    #[test]
    fn a_changed_line_says_who_wrote_it_and_when() {
        let (delivered, live) = deployment();
        let found = compared(&delivered, &live, "Deployment web in eu-1");
        let told: Vec<String> = found
            .lines
            .iter()
            .map(|line| format!("{:?} {} {}", line.kind, line.text, line.who))
            .collect();
        assert_eq!(
            told,
            [
                "Head Deployment web in eu-1 ",
                "Same kind: Deployment ",
                "Same spec: ",
                "Remove   replicas: 2 ",
                "Add   replicas: 5 kubectl-scale",
                "Same   paused: false ",
            ]
        );
        assert!(found.lines[4].when.is_some());
        assert_eq!(found.folded.fields, 1, "what the cluster completed is counted");
        assert!(found.whole.iter().any(|line| line.text.as_str().contains("revisionHistory")));
        assert!(found.patch.contains("--- delivered/Deployment-web-in-eu-1"), "{}", found.patch);
        assert!(found.patch.contains("-  replicas: 2\n+  replicas: 5\n"), "{}", found.patch);
    }

    #[test]
    fn secrets_are_compared_and_not_shown() {
        let secret = |text: &str| json!({"kind": "Secret", "data": {"key": text}});
        let told = lines(&secret("aGVsbG8="), &secret("d29ybGQ="));
        assert!(told.iter().any(|line| line.kind == DiffKind::Add));
        assert!(told.iter().all(|line| !line.text.as_str().contains("aGVsbG8=")));
    }
}

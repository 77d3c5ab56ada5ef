//! Two sides of which neither runs: their wishes, then every object of either. Pure.

use std::collections::BTreeMap;

use mizzen_engine::plan::ObjectId;
use mizzen_oam::labels;
use serde_json::Value;

use super::lines::{Sides, redacted};
use super::shape::Shaper;
use super::sides::Shown;
use super::{Object, gathered, head_line};
use crate::console::model::compare::Question;
use crate::console::model::detail::Comparison;

/// What the controller writes on objects for itself; it differs with every revision.
const BOOKKEEPING: &[&str] =
    &[labels::APP_REVISION, labels::APP_REVISION_HASH, labels::RENDER_HASH];

/// The comparison.
pub(super) fn told(left: &Shown, right: &Shown, question: &Question) -> Comparison {
    let mut objects = Vec::new();
    let mut same = 0;
    if let (Some(before), Some(after)) = (&left.wishes, &right.wishes) {
        match compared(before, after, "Application", question) {
            Some(found) => objects.push(found),
            None => same += 1,
        }
    }
    let mut all: BTreeMap<&ObjectId, (Option<&Value>, Option<&Value>)> = BTreeMap::new();
    for (id, object) in &left.objects {
        all.entry(id).or_default().0 = Some(object);
    }
    for (id, object) in &right.objects {
        all.entry(id).or_default().1 = Some(object);
    }
    for (id, pair) in all {
        let title = format!("{} {} in {}", id.kind, id.name, id.cluster);
        let sides = [question.pair.left().word(), question.pair.right().word()];
        let found = match pair {
            (Some(before), Some(after)) => compared(before, after, &title, question),
            (Some(only), None) => Some(alone(only, &title, sides[0], true, question)),
            (None, Some(only)) => Some(alone(only, &title, sides[1], false, question)),
            (None, None) => None,
        };
        match found {
            Some(found) => objects.push(found),
            None => same += 1,
        }
    }
    let notes: Vec<String> = left.notes.iter().chain(&right.notes).cloned().collect();
    gathered(question, objects, same, &notes)
}

/// What differs in one object; nothing where nothing does.
fn compared(before: &Value, after: &Value, title: &str, question: &Question) -> Option<Object> {
    let (plain, whole) = (without_bookkeeping(before), without_bookkeeping(after));
    let mut shaper =
        Shaper { in_order: question.in_order, keeps_fields: true, ..Shaper::default() };
    let whole = shaper.shaped(&whole, &plain);
    let (left, right) = (redacted(&plain), redacted(&whole));
    let found = Sides::new(&left, &right, question.ignore_blanks);
    let lines = found.lines(&Value::Null);
    if lines.is_empty() {
        return None;
    }
    let under = |lines| std::iter::once(head_line(title)).chain(lines).collect();
    let all = Sides::new(&redacted(before), &redacted(after), question.ignore_blanks);
    Some(Object {
        lines: under(lines),
        whole: under(all.lines(&Value::Null)),
        patch: patch(&found, title, question),
        folded: shaper.folded,
        allowed: false,
    })
}

/// An object that only one side has.
fn alone(object: &Value, title: &str, side: &str, left: bool, question: &Question) -> Object {
    let object = redacted(&without_bookkeeping(object));
    let found = Sides::alone(&object, left);
    let lines: Vec<_> = std::iter::once(head_line(&format!("{title}: only {side} has it")))
        .chain(found.lines(&Value::Null))
        .collect();
    let patch = patch(&found, title, question);
    Object { whole: lines.clone(), lines, patch, ..Object::default() }
}

fn patch(found: &Sides, title: &str, question: &Question) -> String {
    let name = title.replace(' ', "-");
    let (left, right) = (question.pair.left().word(), question.pair.right().word());
    found.patch(&format!("{left}/{name}"), &format!("{right}/{name}"))
}

fn without_bookkeeping(object: &Value) -> Value {
    let mut object = object.clone();
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return object;
    };
    if let Some(Value::Object(labels)) = metadata.get_mut("labels") {
        labels.retain(|key, _| !BOOKKEEPING.contains(&key.as_str()));
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::console::model::compare::Pair;
    use crate::console::model::detail::DiffKind;

    fn shown(wishes: Value, objects: &[(&str, Value)]) -> Shown {
        let objects =
            objects.iter().map(|(cluster, object)| (ObjectId::of(object, cluster), object.clone()));
        Shown { wishes: Some(wishes), objects: objects.collect(), notes: Vec::new() }
    }

    fn object(name: &str, image: &str, revision: &str) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name,
            "labels": {"app.oam.dev/appRevision": revision}}, "spec": {"image": image}})
    }

    #[test]
    fn wishes_come_first_then_what_came_of_them() {
        let left = shown(
            json!({"spec": {"image": "a:1"}}),
            &[("eu", object("web", "a:1", "v1")), ("eu", object("old", "o:1", "v1"))],
        );
        let right = shown(
            json!({"spec": {"image": "a:2"}}),
            &[("eu", object("web", "a:2", "v2")), ("eu", object("job", "j:1", "v2"))],
        );
        let pair = Pair::parse("shop-v1,shop-v2").expect("a pair");
        let question = Question { pair, ..Question::default() };
        let found = told(&left, &right, &question);
        let heads: Vec<&str> = found
            .lines
            .iter()
            .filter(|line| line.kind == DiffKind::Head)
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(
            heads,
            [
                "- shop-v1   + shop-v2   0 without a difference",
                "Application",
                "Deployment job in eu: only shop-v2 has it",
                "Deployment old in eu: only shop-v1 has it",
                "Deployment web in eu"
            ]
        );
        let changed = |kind| {
            let lines = found.lines.iter().filter(move |line| line.kind == kind);
            lines.map(|line| line.text.as_str().trim().to_owned()).collect::<Vec<_>>()
        };
        assert!(changed(DiffKind::Remove).contains(&"image: a:1".to_owned()));
        assert!(changed(DiffKind::Remove).iter().all(|line| line != "null"));
        assert!(found.patch.contains("--- shop-v1/Deployment-web-in-eu"), "{}", found.patch);
        assert!(!found.patch.contains("appRevision"), "bookkeeping is no difference");
        assert!(found.whole.iter().any(|line| line.text.as_str().contains("appRevision")));
    }

    #[test]
    fn what_is_the_same_is_counted() {
        let side = |revision| shown(json!({"spec": {}}), &[("eu", object("web", "a", revision))]);
        let found = told(&side("v1"), &side("v2"), &Question::default());
        assert_eq!(found.lines.len(), 1);
        assert!(found.lines[0].text.as_str().ends_with("2 without a difference"));
    }
}

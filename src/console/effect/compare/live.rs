//! A side against what runs. Fields that only the cluster set are no difference; what a policy lets be
//! stands apart.

use mizzen_engine::operate;
use mizzen_engine::plan::{Rules, Verb};
use mizzen_engine::track::garbage::object_id;
use mizzen_oam::tracker::ManagedResource;
use serde_json::Value;

use super::lines::{Sides, redacted};
use super::shape::{Shaper, bare};
use super::{Object, gathered, head_line};
use crate::console::effect::resources::Picture;
use crate::console::model::compare::Question;
use crate::console::model::detail::Comparison;

/// The comparison of every object that is recorded.
pub(in crate::console::effect) fn told(picture: &Picture, question: &Question) -> Comparison {
    let (mut objects, mut same, mut unknown) = (Vec::new(), 0_u32, 0_u32);
    for entry in &picture.records {
        match object(picture, entry, question) {
            None => unknown += 1,
            Some(None) => same += 1,
            Some(Some(found)) => objects.push(found),
        }
    }
    let unknown = (unknown > 0).then(|| format!("{unknown} not recorded"));
    let notes: Vec<String> = unknown.into_iter().chain(picture.notes.clone()).collect();
    gathered(question, objects, same, &notes)
}

/// One object: nothing when there is nothing to compare with, no comparison when it is as recorded.
fn object(
    picture: &Picture,
    entry: &ManagedResource,
    question: &Question,
) -> Option<Option<Object>> {
    let id = object_id(entry);
    let title = format!("{} {} in {}", id.kind, id.name, id.cluster);
    let allowed = |live: Option<&Value>| {
        let once = &picture.once;
        let lenient = Rules { apply_once: once.clone(), ..picture.rules.clone() };
        let kept =
            || operate::compared(entry, live, &lenient).is_some_and(|a| a.verb == Verb::Keep);
        once.whole_objects() || once.enable && kept()
    };
    let said = |text: String, allowed| Some(Some(Object { allowed, ..Object::said(&text) }));
    let live = match picture.live(&id) {
        Err(why) => return said(format!("{title}: cannot be read: {why}"), false),
        Ok(None) => return said(format!("{title}: does not exist"), allowed(None)),
        Ok(Some(live)) => live,
    };
    let delivered = operate::delivered(entry, Some(live))?;
    let action = operate::compared(entry, Some(live), &picture.rules);
    if action.as_ref().is_some_and(|action| action.verb == Verb::Keep) {
        return Some(None);
    }
    let mut found = compared(&delivered, live, &title, question);
    found.allowed = allowed(Some(live));
    Some(Some(found))
}

fn compared(delivered: &Value, live: &Value, title: &str, question: &Question) -> Object {
    let mut shaper = Shaper { in_order: question.in_order, ..Shaper::default() };
    let bare = bare(live);
    let near = shaper.shaped(&bare, delivered);
    let (left, near, all) = (redacted(delivered), redacted(&near), redacted(&bare));
    let lines = |right: &Value| {
        let owned = Sides::new(&left, right, question.ignore_blanks).lines(live);
        std::iter::once(head_line(title)).chain(owned).collect()
    };
    let name = title.replace(' ', "-");
    let (from, to) = (format!("{}/{name}", question.pair.left().word()), format!("live/{name}"));
    Object {
        allowed: false,
        lines: lines(&near),
        whole: lines(&all),
        patch: Sides::new(&left, &near, false).patch(&from, &to),
        folded: shaper.folded,
    }
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
        let found = compared(&delivered, &live, "Deployment web in eu-1", &Question::default());
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
        assert_eq!(found.lines[4].differs, Some((12, 13)));
        assert_eq!(found.folded.fields, 1, "what the cluster completed is counted");
        assert!(found.whole.iter().any(|line| line.text.as_str().contains("revisionHistory")));
        assert!(found.patch.contains("--- applied/Deployment-web-in-eu-1"), "{}", found.patch);
        assert!(found.patch.contains("-  replicas: 2\n+  replicas: 5\n"), "{}", found.patch);
    }
}

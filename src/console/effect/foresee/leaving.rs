//! What goes when a run has ended well: objects that an earlier delivery recorded and this one does
//! not want any more.

use std::collections::BTreeSet;

use mizzen_engine::forecast::{End, Forecast};
use mizzen_engine::operate::{History, Intent, Verb};
use mizzen_engine::plan::{self, Action, Diff, ObjectId, Reason, Request, Rules, Seen};
use mizzen_engine::track::garbage::{is_ours, object_id};
use mizzen_oam::Application;
use mizzen_oam::tracker::tracker_type::VERSIONED;
use serde_json::Value;

/// The objects that go after a forecast; none while it ends at a gate or cannot be seen to its end.
pub(super) fn leaving(
    intent: &Intent,
    history: &History,
    forecast: &Forecast,
    rules: &Rules,
) -> Vec<ObjectId> {
    if forecast.end != End::Finished || rules.garbage_collect.keep_legacy_resource {
        return Vec::new();
    }
    let objects = forecast.steps.iter().flat_map(|step| &step.objects);
    let mut stays: BTreeSet<String> =
        objects.map(|(cluster, object)| ObjectId::of(object, cluster).key()).collect();
    // What the run has delivered before the gate stays, although the forecast begins after it.
    let latest = intent.shown.status.latest_revision.as_ref();
    let own = latest.filter(|_| intent.verb != Verb::Rollback);
    let own = own.and_then(|latest| history.tracker(&latest.name));
    let kept = own.iter().flat_map(|tracker| &tracker.spec.managed_resources);
    stays.extend(kept.map(|entry| object_id(entry).key()));
    let recorded = history
        .trackers
        .iter()
        .filter(|tracker| tracker.spec.tracker_type == VERSIONED)
        .flat_map(|tracker| &tracker.spec.managed_resources)
        .filter(|entry| !entry.deleted && !entry.skip_gc)
        .map(object_id);
    let mut leaving: Vec<ObjectId> = recorded.filter(|id| !stays.contains(&id.key())).collect();
    leaving.sort();
    leaving.dedup();
    leaving
}

/// The deletion of an object that is there and belongs to the application.
pub(super) fn action(app: &Application, id: &ObjectId, live: &Value) -> Option<Action> {
    is_ours(app, live).then(|| Action {
        object: id.clone(),
        component: String::new(),
        verb: plan::Verb::Delete,
        reason: Reason::NotWanted,
        request: Some(Request::Delete { propagation: None }),
        seen: Some(Seen::of(live)),
        diff: Diff::default(),
        record: None,
    })
}

#[cfg(test)]
mod tests {
    use mizzen_engine::forecast::Foreseen;
    use serde_json::json;

    use super::*;

    fn history(names: &[(&str, &[&str])]) -> History {
        let tracker = |(revision, objects): &(&str, &[&str])| {
            let managed: Vec<Value> = objects
                .iter()
                .map(|name| {
                    json!({"apiVersion": "v1", "kind": "Service", "namespace": "prod",
                    "name": name, "cluster": "eu-1"})
                })
                .collect();
            serde_json::from_value(json!({
                "metadata": {"name": revision, "labels": {"app.oam.dev/appRevision": revision}},
                "spec": {"type": "versioned", "managedResources": managed},
            }))
            .expect("a tracker")
        };
        History { revisions: Vec::new(), trackers: names.iter().map(tracker).collect() }
    }

    fn check(verb: Verb, end: End, rules: &Rules, expected: &[&str]) {
        let shown = serde_json::from_value(json!({
            "metadata": {"name": "shop", "namespace": "prod"}, "spec": {"components": []},
            "status": {"latestRevision": {"name": "shop-v2", "revision": 2, "revisionHash": ""}},
        }))
        .expect("an application");
        let intent =
            Intent { verb, shown, subject: String::new(), says: Vec::new(), stages: Vec::new() };
        let service = |name: &str| {
            let object = json!({"apiVersion": "v1", "kind": "Service",
                "metadata": {"name": name, "namespace": "prod"}});
            ("eu-1".to_owned(), object)
        };
        let objects = vec![service("a")];
        let forecast = Forecast { steps: vec![Foreseen { step: "s".into(), objects }], end };
        let history = history(&[("shop-v1", &["a", "old"]), ("shop-v2", &["b"])]);
        let found = leaving(&intent, &history, &forecast, rules);
        let names: Vec<&str> = found.iter().map(|id| id.name.as_str()).collect();
        assert_eq!(names, expected, "{verb:?}");
    }

    #[test]
    fn what_nobody_wants_any_more_goes_when_the_run_is_over() {
        let rules = Rules::default();
        check(Verb::Approve, End::Finished, &rules, &["old"]);
        check(Verb::Rollback, End::Finished, &rules, &["b", "old"]);
        check(Verb::Approve, End::Gate("g".into()), &rules, &[]);
        let mut keeping = Rules::default();
        keeping.garbage_collect.keep_legacy_resource = true;
        check(Verb::Approve, End::Finished, &keeping, &[]);
    }
}

//! Plans of single objects, as a table: what is live, which rules hold, what is done.

use serde_json::{Value, json};

use super::write::{Occasion, plan};
use super::{ObjectId, Request, Rules, Verb};

fn rules(policies: Value) -> Rules {
    let app = json!({"metadata": {"namespace": "n", "name": "a"},
        "spec": {"components": [], "policies": policies}});
    Rules::of(&serde_json::from_value(app).expect("an application")).expect("rules")
}

fn all(policy: &str) -> Value {
    json!([{"type": policy, "properties": {"rules": [{"selector": {"resourceTypes": ["Widget"]}}]}}])
}

fn manifest() -> Value {
    json!({"apiVersion": "x.io/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "n",
        "labels": {"app.oam.dev/name": "a", "app.oam.dev/namespace": "n"}}, "spec": {"size": 1}})
}

/// The object as it is live after its creation by us.
fn live() -> Value {
    let object = ObjectId::of(&manifest(), "");
    let action = plan(&object, &manifest(), None, &rules(json!([])), Occasion::Delivery);
    let Some(Request::Create(mut body)) = action.request else { panic!("{action:?}") };
    body["metadata"]["resourceVersion"] = "1".into();
    body
}

fn owned_by(owner: Option<&str>, shared: &str) -> Value {
    let mut object = live();
    match owner {
        Some(name) => object["metadata"]["labels"]["app.oam.dev/name"] = name.into(),
        None => object["metadata"]["labels"] = json!({}),
    }
    object["metadata"]["annotations"]["app.oam.dev/shared-by"] = shared.into();
    object
}

#[test]
fn what_is_done_depends_on_what_is_live_and_on_the_rules() {
    let mut drifted = live();
    drifted["spec"]["size"] = 2.into();
    let none = || json!([]);
    use Occasion::{Delivery, StateKeep};
    use Verb::{Adopt, Create, Keep, Patch, Refuse};
    for (line, (live, policies, occasion, expected)) in [
        (None, none(), Delivery, Create),
        (None, all("read-only"), Delivery, Refuse),
        (None, none(), StateKeep, Create),
        (Some(live()), none(), Delivery, Keep),
        (Some(live()), none(), StateKeep, Keep),
        (Some(drifted.clone()), none(), Delivery, Keep),
        (Some(drifted.clone()), none(), StateKeep, Patch),
        (Some(drifted.clone()), all("read-only"), StateKeep, Keep),
        (Some(owned_by(Some("b"), "")), none(), Delivery, Refuse),
        (Some(owned_by(Some("b"), "")), all("take-over"), Delivery, Refuse),
        (Some(owned_by(Some("b"), "")), all("shared-resource"), Delivery, Refuse),
        (Some(owned_by(Some("b"), "n/b")), all("shared-resource"), Delivery, Adopt),
        (Some(owned_by(Some("b"), "n/b,n/a")), all("shared-resource"), Delivery, Keep),
        (Some(owned_by(None, "")), none(), Delivery, Refuse),
        (Some(owned_by(None, "")), all("take-over"), Delivery, Adopt),
    ]
    .into_iter()
    .enumerate()
    {
        let object = ObjectId::of(&manifest(), "");
        let action = plan(&object, &manifest(), live.as_ref(), &rules(policies), occasion);
        assert_eq!(action.verb, expected, "line {line}: {action:?}");
    }
}

#[test]
fn a_repair_touches_the_drifted_field_only() {
    let mut drifted = live();
    drifted["spec"]["size"] = 2.into();
    drifted["spec"]["theirs"] = true.into();
    let object = ObjectId::of(&manifest(), "");
    let action = plan(&object, &manifest(), Some(&drifted), &rules(json!([])), Occasion::StateKeep);
    assert_eq!(action.request, Some(Request::MergePatch(json!({"spec": {"size": 1}}))));
    assert_eq!(action.diff.changes[0].path, "spec.size");
}

#[test]
fn a_field_applied_once_is_left_alone() {
    let policy = json!([{"type": "apply-once", "properties": {"enable": true, "rules": [
        {"selector": {"resourceTypes": ["Widget"]}, "strategy": {"path": ["spec.size"]}}]}}]);
    let mut drifted = live();
    drifted["spec"]["size"] = 7.into();
    let object = ObjectId::of(&manifest(), "");
    let rules = rules(policy);
    let action = plan(&object, &manifest(), Some(&drifted), &rules, Occasion::StateKeep);
    let patch = format!("{:?}", action.request);
    assert!(!patch.contains("String(\"size\"") || !patch.contains("Number(1)"), "{patch}");
    let gone = plan(&object, &manifest(), None, &rules, Occasion::StateKeep);
    assert_eq!(gone.verb, Verb::Keep);
}

#[test]
fn an_amount_in_other_words_is_no_drift() {
    let manifest = |cpu: &str| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "w", "namespace": "n",
                "labels": {"app.oam.dev/name": "a", "app.oam.dev/namespace": "n"}},
            "spec": {"template": {"spec": {"containers": [
                {"name": "w", "resources": {"limits": {"cpu": cpu}}}]}}}})
    };
    let object = ObjectId::of(&manifest("0.5"), "");
    let made = plan(&object, &manifest("0.5"), None, &rules(json!([])), Occasion::Delivery);
    let Some(Request::Create(mut live)) = made.request else { panic!("{:?}", made.verb) };
    live["metadata"]["resourceVersion"] = "1".into();
    for (cpu, expected) in [("500m", Verb::Keep), ("600m", Verb::Patch)] {
        live["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] =
            cpu.into();
        let rules = rules(json!([]));
        let action = plan(&object, &manifest("0.5"), Some(&live), &rules, Occasion::StateKeep);
        assert_eq!(action.verb, expected, "{cpu}");
    }
}

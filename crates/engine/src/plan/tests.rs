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

#[test]
fn how_an_object_is_updated_is_a_matter_of_policy() {
    let update = |strategy: Value| {
        json!([{"type": "resource-update", "properties": {"rules": [
            {"selector": {"resourceTypes": ["Widget"]}, "strategy": strategy}]}}])
    };
    let mut changed = manifest();
    changed["spec"]["size"] = 2.into();
    let check = |policies: Value, wanted: &Value, expected: &str| {
        let object = ObjectId::of(wanted, "");
        let live = live();
        let action = plan(&object, wanted, Some(&live), &rules(policies), Occasion::Delivery);
        let told = match &action.request {
            Some(Request::Replace(body)) => {
                format!("replace {}", body["metadata"]["resourceVersion"])
            }
            Some(Request::Recreate(_)) => "recreate".to_owned(),
            Some(Request::MergePatch(_)) => "patch".to_owned(),
            other => format!("{:?} {} {other:?}", action.verb, action.reason),
        };
        assert!(told.contains(expected), "{told}, expected {expected}");
    };
    check(update(json!({})), &changed, "patch");
    check(update(json!({"op": "replace"})), &changed, "replace \"1\"");
    check(update(json!({"recreateFields": ["spec.size"]})), &changed, "recreate");
    check(update(json!({"recreateFields": ["metadata.name"]})), &changed, "patch");
    check(
        update(json!({"recreateFields": ["spec.none"]})),
        &changed,
        "unable to get path spec.none from existing object",
    );
    let elsewhere = json!([{"type": "resource-update", "properties": {"rules": [
        {"selector": {"resourceTypes": ["Gadget"]}, "strategy": {"op": "replace"}}]}}]);
    check(elsewhere, &changed, "patch");
}

#[test]
fn a_policy_of_sharing_takes_nothing_over() {
    let both = json!([
        {"type": "take-over", "properties": {"rules": [{"selector": {"resourceNames": ["w"]}}]}},
        {"type": "shared-resource", "properties": {"rules": [{"selector": {"resourceNames": ["w"]}}]}},
    ]);
    for (policies, expected) in [(all("shared-resource"), Verb::Refuse), (both, Verb::Adopt)] {
        let mut free = owned_by(None, "");
        free["metadata"]["annotations"] = json!({});
        let object = ObjectId::of(&manifest(), "");
        let action = plan(&object, &manifest(), Some(&free), &rules(policies), Occasion::Delivery);
        assert_eq!(action.verb, expected, "{action:?}");
    }
    let object = ObjectId::of(&manifest(), "");
    let rules = rules(all("shared-resource"));
    let made = plan(&object, &manifest(), None, &rules, Occasion::Delivery);
    let Some(Request::Create(body)) = made.request else { panic!("{:?}", made.verb) };
    assert_eq!(body["metadata"]["annotations"]["app.oam.dev/shared-by"], "n/a");
}

#[test]
fn what_is_left_alone_depends_on_the_occasion() {
    for (affect, on_update, on_keep) in [
        ("", Verb::Keep, Verb::Keep),
        ("always", Verb::Keep, Verb::Keep),
        ("onUpdate", Verb::Keep, Verb::Patch),
        ("onStateKeep", Verb::Patch, Verb::Keep),
    ] {
        let policies = json!([{"type": "apply-once", "properties": {"enable": true, "rules": [
            {"selector": {"resourceTypes": ["Widget"]},
                "strategy": {"path": ["spec.size"], "affect": affect}}]}}]);
        let mut drifted = live();
        drifted["spec"]["size"] = 7.into();
        let object = ObjectId::of(&manifest(), "");
        let rules = rules(policies);
        for (occasion, expected) in
            [(Occasion::Delivery, on_update), (Occasion::StateKeep, on_keep)]
        {
            let mut wanted = manifest();
            wanted["spec"]["other"] = json!(occasion == Occasion::Delivery);
            let action = plan(&object, &wanted, Some(&drifted), &rules, occasion);
            let Some(Request::MergePatch(patch)) = &action.request else { panic!("{action:?}") };
            let touches = patch["spec"]["size"] == 1;
            assert_eq!(touches, expected == Verb::Patch, "{affect} {occasion:?}: {action:?}");
        }
    }
}

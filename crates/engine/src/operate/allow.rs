//! Allow: what somebody changed may stay. A policy of type `apply-once` names the fields that are left as
//! they are from now on; it is a change of the application's wishes like any other.

use std::collections::BTreeSet;

use mizzen_oam::policy::{ApplyOnce, ApplyOnceRule, ApplyOnceStrategy, Selector};
use mizzen_oam::{Application, annotations};
use serde_json::{Value, json};

use super::error::OperateError;
use super::facts::{add, refused, replace, same_wishes, test};
use super::intent::{Intent, Verb};
use crate::plan::{Action, Plan};

/// The policy that is made where there is none.
const NAME: &str = "allowed-drift";

/// The intent to let be what drifted.
///
/// # Errors
/// [`OperateError::Refused`] when nothing drifted that a rule could name, or a policy lets it be already.
pub fn allow(app: &Application, plan: &Plan) -> Result<Intent, OperateError> {
    let drifted = plan.actions.iter().filter(|action| action.request.is_some());
    let found: Vec<(&Action, Vec<String>)> =
        drifted.map(|action| (action, paths(action))).filter(|(_, p)| !p.is_empty()).collect();
    if found.is_empty() {
        let why = "no field drifted; an object that is gone cannot be let be";
        return Err(refused(Verb::Allow, app, why));
    }
    let at = app.spec.policies.iter().position(|policy| policy.policy_type == "apply-once");
    let known = at.and_then(|at| app.spec.policies[at].properties.clone());
    let mut once: ApplyOnce = match known.map(serde_json::from_value) {
        None => ApplyOnce::default(),
        Some(Ok(once)) => once,
        Some(Err(error)) => {
            let why = format!("its apply-once policy cannot be read: {error}");
            return Err(refused(Verb::Allow, app, why));
        }
    };
    if once.whole_objects() {
        return Err(refused(Verb::Allow, app, "a policy lets every object be already"));
    }
    once.enable = true;
    let mut rules = once.rules.take().unwrap_or_default();
    let mut intent = Intent::new(Verb::Allow, app, "");
    for (action, paths) in &found {
        put(&mut rules, action, paths);
        let (id, fields) = (&action.object, paths.join(", "));
        intent = intent.say(format!("{} {}: {fields} is left as it is", id.kind, id.name));
    }
    once.rules = Some(rules);
    let when = match app.metadata.annotation(annotations::PUBLISH_VERSION) {
        "" => "its spec changes, so its workflow runs again",
        _ => "it counts once the application is published under a new version",
    };
    Ok(intent.say(when).patch("set the policy", None, operations(app, at, &once)))
}

fn operations(app: &Application, at: Option<usize>, once: &ApplyOnce) -> Vec<Value> {
    let mut operations = same_wishes(app);
    let policy = json!({"name": NAME, "type": "apply-once", "properties": once});
    match at {
        Some(at) => {
            operations.push(test(&format!("/spec/policies/{at}/type"), "apply-once"));
            operations.push(replace(&format!("/spec/policies/{at}/properties"), json!(once)));
        }
        None if app.spec.policies.is_empty() => {
            operations.push(add("/spec/policies", json!([policy])));
        }
        None => operations.push(add("/spec/policies/-", policy)),
    }
    operations
}

/// The fields of an object that drifted, as its owner wrote them.
fn paths(action: &Action) -> Vec<String> {
    let ours = |path: &str| path.starts_with("metadata.") && path.contains("oam.dev/");
    let changes = action.diff.changes.iter().filter(|change| change.before.is_some());
    let paths: BTreeSet<String> =
        changes.map(|change| change.path.clone()).filter(|path| !ours(path)).collect();
    paths.into_iter().collect()
}

/// The first rule about an object counts, so it takes over what another said of it.
fn put(rules: &mut Vec<ApplyOnceRule>, action: &Action, paths: &[String]) {
    let id = &action.object;
    let selector = Selector {
        resource_types: vec![id.kind.clone()],
        resource_names: vec![id.name.clone()],
        ..Selector::default()
    };
    let object = json!({"kind": id.kind, "metadata": {"name": id.name}});
    let known = rules.iter().find(|rule| rule.selector.matches(&object));
    let mut strategy = known.and_then(|rule| rule.strategy.clone()).unwrap_or_default();
    let fresh = paths.iter().filter(|path| !strategy.path.contains(path)).cloned();
    strategy.path.extend(fresh.collect::<Vec<_>>());
    let strategy = Some(ApplyOnceStrategy { ..strategy });
    rules.retain(|rule| rule.selector != selector);
    rules.insert(0, ApplyOnceRule { selector, strategy });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::write::plan;
    use crate::plan::{ObjectId, Occasion, Rules, manifest};

    fn drifted() -> Plan {
        let delivered = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "prod"}, "spec": {"replicas": 2}});
        let mut live = manifest::with_last_applied(&manifest::with_render_hash(delivered.clone()));
        live["metadata"]["uid"] = json!("u");
        live["metadata"]["labels"]["app.oam.dev/name"] = json!("shop");
        live["metadata"]["labels"]["app.oam.dev/namespace"] = json!("prod");
        live["spec"]["replicas"] = json!(5);
        live["metadata"]["managedFields"] = json!([{"manager": "kubectl-edit",
            "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
        let id = ObjectId::of(&delivered, "eu-1");
        let rules = Rules { owner: "prod/shop".to_owned(), ..Rules::default() };
        Plan { actions: vec![plan(&id, &delivered, Some(&live), &rules, Occasion::StateKeep)] }
    }

    fn app(policies: &Value) -> Application {
        serde_json::from_value(json!({
            "metadata": {"name": "shop", "namespace": "prod", "uid": "u1", "generation": 3},
            "spec": {"components": [], "policies": policies},
        }))
        .expect("an application")
    }

    fn written(policies: &Value) -> Value {
        let intent = allow(&app(policies), &drifted()).expect("something drifted");
        let super::super::Write::Json { operations, .. } = &intent.stages[0].write else {
            panic!("it is a patch");
        };
        operations.last().expect("a last operation").clone()
    }

    #[test]
    fn a_policy_is_made_or_extended() {
        let made = written(&json!([]));
        assert_eq!(made["path"], "/spec/policies");
        let rule = &made["value"][0]["properties"]["rules"][0];
        assert_eq!(rule["selector"]["resourceNames"], json!(["web"]));
        assert_eq!(rule["strategy"]["path"], json!(["spec.replicas"]));
        let other = json!({"name": "t", "type": "topology"});
        assert_eq!(written(&json!([other]))["path"], "/spec/policies/-");
        let known = json!({"name": "once", "type": "apply-once", "properties": {"enable": true,
            "rules": [{"selector": {"resourceTypes": ["Deployment"]},
                "strategy": {"path": ["spec.paused"]}}]}});
        let extended = written(&json!([other, known]));
        assert_eq!(extended["path"], "/spec/policies/1/properties");
        assert_eq!(
            extended["value"]["rules"][0]["strategy"]["path"],
            json!(["spec.paused", "spec.replicas"])
        );
    }

    #[test]
    fn what_needs_no_rule_is_refused() {
        let all = json!([{"name": "once", "type": "apply-once", "properties": {"enable": true}}]);
        for (app, plan, why) in [
            (app(&all), drifted(), "lets every object be already"),
            (app(&json!([])), Plan { actions: Vec::new() }, "no field drifted"),
        ] {
            let error = allow(&app, &plan).expect_err("there is nothing to allow");
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}

//! Runs of workflows over the built-in step definitions: what they ask for, and how they end.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use mizzen_engine::render::{Appfile, Definitions, RevisionRef};
use mizzen_engine::workflow::{Call, Done, Pass, Progress, Reply, Run, RunPhase, Spec, Templates};
use mizzen_oam::Application;
use serde_json::{Map, Value, json};

fn templates() -> Templates {
    Templates::new(Definitions::builtin().unwrap())
}

fn spec(workflow: &Value) -> Spec {
    let app: Application = serde_json::from_value(json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "default"},
        "spec": {
            "components": [{"name": "web", "type": "webservice", "properties": {"image": "a"}}],
            "policies": [{"name": "eu", "type": "topology", "properties": {"clusters": ["eu-1"]}}],
            "workflow": workflow,
        },
    }))
    .unwrap();
    Spec::of(&Appfile::new(&app, RevisionRef::default(), None).unwrap()).unwrap()
}

/// One pass; calls are answered by `world`, by provider and action.
fn pass(
    spec: &Spec,
    run: Run,
    templates: &Templates,
    world: &mut dyn FnMut(&Call) -> Reply,
) -> Done {
    let context: Map<String, Value> =
        json!({"name": "shop", "namespace": "default"}).as_object().cloned().unwrap();
    let mut count = 0;
    let id = || {
        count += 1;
        format!("id{count}")
    };
    let now = "2024-01-01T00:00:00Z".parse().unwrap();
    let mut pass = Pass::new(spec, run, templates, &context, now, id);
    loop {
        match pass.advance() {
            Progress::Done(done) => return *done,
            Progress::Call(call) => {
                let reply = world(&call);
                pass.reply(&call, reply);
            }
        }
    }
}

fn phases(done: &Done) -> BTreeMap<String, String> {
    done.run.all_steps().map(|step| (step.name.clone(), step.phase.clone())).collect()
}

#[test]
fn a_deploy_step_asks_for_its_policies_and_a_gate_waits() {
    let templates = templates();
    let spec = spec(&json!({"steps": [
        {"name": "europe", "type": "deploy", "properties": {"policies": ["eu"]}},
        {"name": "gate", "type": "suspend"},
        {"name": "again", "type": "deploy", "properties": {"policies": ["eu"], "auto": false}},
    ]}));
    let mut asked = Vec::new();
    let mut world = |call: &Call| {
        asked.push((call.provider.clone(), call.action.clone(), call.params["policies"].clone()));
        Reply::Done(None)
    };
    let first = pass(&spec, Run::default(), &templates, &mut world);
    assert_eq!(first.phase, RunPhase::Suspending);
    assert_eq!(phases(&first)["gate"], "suspending");

    let resumed = resume(first.run);
    let second = pass(&spec, resumed, &templates, &mut world);
    assert_eq!(second.phase, RunPhase::Suspending, "{:?}", second.run.status.steps);
    assert_eq!(phases(&second)["again"], "suspending");

    let third = pass(&spec, resume(second.run), &templates, &mut world);
    assert_eq!(third.phase, RunPhase::Succeeded, "{:?}", third.run.status.steps);
    let deploy = ("multicluster".to_owned(), "deploy".to_owned(), json!(["eu"]));
    assert_eq!(asked, [deploy.clone(), deploy]);
}

/// What an approval writes.
fn resume(mut run: Run) -> Run {
    run.status.suspend = false;
    for step in &mut run.status.steps {
        if step.step.phase == "suspending" {
            step.step.phase = "running".to_owned();
        }
    }
    run
}

#[test]
fn objects_are_applied_and_values_pass_on() {
    let templates = templates();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"},
        "data": {"a": "1"}});
    let spec = spec(&json!({"steps": [
        {"name": "make", "type": "apply-object", "properties": {"value": map},
            "outputs": [{"name": "given", "valueFrom": "apply.$returns.value.data.a"}]},
        {"name": "say", "type": "print-message-in-status",
            "if": "status.make.succeeded && inputs.given == \"1\"",
            "inputs": [{"from": "given", "parameterKey": "message"}]},
        {"name": "never", "type": "suspend", "if": "status.make.failed"},
    ]}));
    let mut world = |call: &Call| {
        assert_eq!((call.provider.as_str(), call.action.as_str()), ("kube", "apply"));
        Reply::Done(Some(json!({"value": call.params["value"]})))
    };
    let done = pass(&spec, Run::default(), &templates, &mut world);
    let steps = format!("{:#?}", done.run.status.steps);
    assert_eq!(done.phase, RunPhase::Succeeded, "{steps}");
    assert_eq!(phases(&done)["never"], "skipped", "{steps}");
    assert_eq!(done.run.context.var("given"), Some(&json!("1")), "{steps}");
    assert_eq!(done.run.step(None, "say").unwrap().message, "1", "{steps}");
}

#[test]
fn a_step_of_no_type_and_wrong_values_fail_with_a_sentence() {
    let templates = templates();
    for (step, expected) in [
        (json!({"name": "x", "type": "unheard-of"}), "unheard-of"),
        (json!({"name": "x", "type": "deploy", "properties": {"policies": 3}}), "policies"),
    ] {
        let spec = spec(&json!({"steps": [step]}));
        let mut world = |_: &Call| Reply::Done(None);
        let done = pass(&spec, Run::default(), &templates, &mut world);
        let status = done.run.step(None, "x").unwrap();
        assert_eq!(status.phase, "failed");
        assert!(status.message.contains(expected), "{}", status.message);
    }
}

#[test]
fn an_output_that_is_not_there_is_null_and_the_call_that_takes_it_in_says_so() {
    let templates = templates();
    let spec = spec(&json!({"steps": [
        {"name": "get", "type": "read-object", "properties": {"name": "none"},
            "outputs": [
                {"name": "data", "valueFrom": "output.value.data.a"},
                {"name": "kind", "valueFrom": "output.value.kind"},
                {"name": "more", "valueFrom": "output.value.data.b"},
            ]},
        {"name": "say", "type": "print-message-in-status",
            "inputs": [{"from": "data", "parameterKey": "message"}]},
    ]}));
    let mut world = |call: &Call| {
        assert_eq!((call.provider.as_str(), call.action.as_str()), ("kube", "read"));
        Reply::Done(Some(json!({"value": {"kind": "ConfigMap"}, "err": "not found"})))
    };
    let done = pass(&spec, Run::default(), &templates, &mut world);
    let message = |name: &str| done.run.step(None, name).unwrap().message.clone();
    let missing = |name: &str| {
        format!(
            "failed to get output from output.value.data.{name}: \
             failed to lookup value: var(path=output.$returns.value.data.{name}) not exist\n"
        )
    };
    assert_eq!(message("get"), missing("a") + &missing("b"));
    assert_eq!(done.run.context.var("kind"), Some(&json!("ConfigMap")));
    let conflict = "msg.$params.message: conflicting values string and null (mismatched types string and null)";
    let expected = format!(
        "function call error for msg: cue: marshal error: {conflict} (value: _|_ // {conflict})"
    );
    assert_eq!(message("say"), expected);
}

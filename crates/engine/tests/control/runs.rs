//! WorkflowRuns: what they apply, how they wait, fail and are steered, beside applications.

use mizzen_engine::operate::{self, Intent, Subject};
use mizzen_oam::WorkflowRun;
use serde_json::{Value, json};

use super::world::World;

const NAMESPACE: &str = "runs";

fn path(name: &str) -> String {
    format!("/apis/core.oam.dev/v1alpha1/namespaces/{NAMESPACE}/workflowruns/{name}")
}

fn config_map(name: &str) -> String {
    format!("/api/v1/namespaces/{NAMESPACE}/configmaps/{name}")
}

/// A world with the step types of these tests.
async fn world() -> World {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let message = "import \"vela/builtin\"\nmsg: builtin.#Message & {$params: parameter}\nparameter: message: string\n";
    let put = "import \"vela/kube\"\nput: kube.#Apply & {$params: value: parameter.value}\nparameter: value: {...}\n";
    let fail = "import \"vela/builtin\"\nfail: builtin.#Fail & {$params: message: context.why}\n";
    for (name, template) in [("say", message), ("put", put), ("give-up", fail)] {
        define(&world, name, template).await;
    }
    world
}

async fn define(world: &World, name: &str, template: &str) {
    let definition = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "WorkflowStepDefinition",
        "metadata": {"name": name},
        "spec": {"schematic": {"cue": {"template": template}}},
    });
    let path = "/apis/core.oam.dev/v1beta1/namespaces/runs/workflowstepdefinitions";
    world.api().create(path, &definition).await.unwrap();
}

async fn create(world: &World, spec: Value) {
    let run = json!({
        "apiVersion": "core.oam.dev/v1alpha1", "kind": "WorkflowRun",
        "metadata": {"name": "run"}, "spec": spec,
    });
    let path = path("");
    world.api().create(path.trim_end_matches('/'), &run).await.unwrap();
}

async fn phase(world: &World, phase: &str) -> Value {
    let is = |run: &Value| run["status"]["status"] == phase;
    world.until("hub", &path("run"), phase, is).await;
    world.api().get(&path("run")).await.unwrap()
}

async fn ask<S: Subject>(world: &World, intent: &Intent<S>) {
    let now = "2024-01-01T10:00:00Z".parse().unwrap();
    operate::write(&world.client(), intent, now).await.unwrap();
}

async fn run(world: &World) -> WorkflowRun {
    operate::workflow_run(&world.client(), NAMESPACE, "run").await.unwrap()
}

fn steps(run: &Value) -> Vec<String> {
    let steps = run["status"]["steps"].as_array().unwrap().iter();
    let word = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    steps
        .map(|step| [word(step, "name"), word(step, "phase"), word(step, "message")].join(" "))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn objects_of_a_run_carry_its_labels_and_outlive_it() {
    let world = world().await;
    let _running = world.controller(world.client());
    let object = |a: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "made", "namespace": NAMESPACE}, "data": {"a": a}})
    };
    let step = |name: &str, a: &str| json!({"name": name, "type": "put", "properties": {"value": object(a)}});
    create(&world, json!({"workflowSpec": {"steps": [step("one", "1"), step("two", "2")]}})).await;
    let done = phase(&world, "succeeded").await;
    assert_eq!(done["status"]["finished"], true);
    assert_eq!(done["status"]["conditions"][0]["reason"], "Available");
    let made = world.api().get(&config_map("made")).await.unwrap();
    assert_eq!(made["data"]["a"], "2");
    assert_eq!(made["metadata"]["labels"]["workflowrun.oam.dev/name"], "run");
    let note = &made["metadata"]["annotations"]["workflow.oam.dev/last-applied-configuration"];
    assert!(note.as_str().is_some_and(|text| text.contains(r#""a":"2""#)), "{note}");
    world.api().delete(&path("run"), &json!({})).await.unwrap();
    world.until("hub", &path("run"), "it is gone", Value::is_null).await;
    assert!(world.api().get(&config_map("made")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_run_waits_until_it_is_resumed() {
    let world = world().await;
    let _running = world.controller(world.client());
    let say = |name: &str| json!({"name": name, "type": "say", "properties": {"message": name}});
    create(&world, json!({"workflowSpec": {"steps": [say("a"), {"name": "hold", "type": "suspend"}, say("b")]}}))
        .await;
    let held = phase(&world, "suspending").await;
    assert_eq!(steps(&held), ["a succeeded a", "hold suspending Suspended by field suspend"]);
    ask(&world, &operate::approve(&run(&world).await, None).unwrap()).await;
    let done = phase(&world, "succeeded").await;
    assert_eq!(steps(&done), ["a succeeded a", "hold succeeded ", "b succeeded b"]);
    assert!(operate::terminate(&run(&world).await).unwrap_err().is_refusal());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_can_be_ended_and_begun_anew() {
    let world = world().await;
    let _running = world.controller(world.client());
    let say = json!({"name": "b", "type": "say", "properties": {"message": "b"}});
    create(&world, json!({"workflowSpec": {"steps": [{"name": "hold", "type": "suspend"}, say]}}))
        .await;
    let held = phase(&world, "suspending").await;
    ask(&world, &operate::terminate(&run(&world).await).unwrap()).await;
    let ended = phase(&world, "terminated").await;
    assert_eq!(steps(&ended)[1], "b skipped ");
    ask(&world, &operate::restart(&run(&world).await).unwrap()).await;
    let again = phase(&world, "suspending").await;
    let id = |run: &Value| run["status"]["contextBackend"]["uid"].clone();
    assert_ne!(id(&held), id(&again));
    assert_eq!(steps(&again).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_runs_again_with_what_follows() {
    let world = world().await;
    let _running = world.controller(world.client());
    let say = |name: &str| json!({"name": name, "type": "say", "properties": {"message": name}});
    let spec = json!({"context": {"why": "no"},
        "workflowSpec": {"steps": [say("a"), {"name": "bad", "type": "give-up"}, say("last")]}});
    create(&world, spec).await;
    let failed = phase(&world, "failed").await;
    assert_eq!(steps(&failed), ["a succeeded a", "bad failed no", "last skipped "]);
    let id = |run: &Value, at: usize| run["status"]["steps"][at]["id"].clone();
    let before = run(&world).await;
    let spec = operate::spec(&world.client(), &before).await.unwrap();
    ask(&world, &operate::restart_from(&before, &spec, "bad").unwrap()).await;
    let anew = |run: &Value| {
        run["status"]["status"] == "failed"
            && id(run, 1) != id(&failed, 1)
            && run["status"]["finished"] == true
    };
    world.until("hub", &path("run"), "it failed again", anew).await;
    let again = world.api().get(&path("run")).await.unwrap();
    assert_eq!(id(&again, 0), id(&failed, 0));
    assert_eq!(steps(&again), steps(&failed));
}

#[tokio::test(start_paused = true)]
async fn what_a_run_refers_to_may_come_later() {
    let world = world().await;
    let _running = world.controller(world.client());
    create(&world, json!({"workflowRef": "flow", "context": {"why": "because"}})).await;
    let complaint = phase(&world, "initializing").await;
    let condition = &complaint["status"]["conditions"][0];
    assert_eq!(condition["message"], "Workflow.core.oam.dev \"flow\" not found");
    let take = json!([{"from": "context.why", "parameterKey": "message"}]);
    let flow = json!({
        "apiVersion": "core.oam.dev/v1alpha1", "kind": "Workflow", "metadata": {"name": "flow"},
        "mode": {"steps": "DAG"},
        "steps": [{"name": "two", "type": "say", "dependsOn": ["one"], "properties": {"message": "2"}},
            {"name": "one", "type": "say", "inputs": take}],
    });
    let all = format!("/apis/core.oam.dev/v1alpha1/namespaces/{NAMESPACE}/workflows");
    world.api().create(&all, &flow).await.unwrap();
    let done = phase(&world, "succeeded").await;
    assert_eq!(steps(&done), ["one succeeded because", "two succeeded 2"]);
    assert_eq!(done["status"]["mode"], json!({"steps": "DAG", "subSteps": "DAG"}));
    assert_eq!(done["status"]["conditions"][0]["status"], "True");
}

#[tokio::test(start_paused = true)]
async fn a_finished_run_asks_for_nothing() {
    let world = world().await;
    let _running = world.controller(world.client());
    create(&world, json!({"workflowSpec": {"steps": [{"name": "a", "type": "say", "properties": {"message": "x"}}]}}))
        .await;
    phase(&world, "succeeded").await;
    let before = world.cluster("hub").revision();
    world.settle().await;
    let after = world.cluster("hub").revision();
    assert_eq!(before, after);
}

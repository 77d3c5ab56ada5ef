//! Operations on a hub: what they write, and that they refuse when the world moved.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use kube::Client;
use mizzen_engine::operate::{self, Actor, Intent, OPERATIONS, Objects, OperateError};
use mizzen_hub::{Hub, LocalApi, User};
use mizzen_oam::Application;
use serde_json::{Value, json};

const APPS: &str = "/apis/core.oam.dev/v1beta1/namespaces/default/applications";
const REVISIONS: &str = "/apis/core.oam.dev/v1beta1/namespaces/default/applicationrevisions";
const TRACKERS: &str = "/apis/core.oam.dev/v1beta1/resourcetrackers";

struct World {
    api: LocalApi,
    client: Client,
    _hub: Hub,
}

impl World {
    /// A hub with the CRDs and one application whose status is `status`.
    async fn new(annotations: Value, status: Value) -> Self {
        let hub = Hub::builder().cluster("hub").seed(7).build().await.unwrap();
        let api = hub.root().local(User::admin(), "test");
        for crd in mizzen_oam::crd::all() {
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            api.create(path, &crd).await.unwrap();
        }
        let app = json!({
            "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
            "metadata": {"name": "shop", "annotations": annotations},
            "spec": {"components": [component("a:2")]},
        });
        api.create(APPS, &app).await.unwrap();
        let client = Client::new(hub.root().service(), "default");
        let world = Self { api, client, _hub: hub };
        world.status(status).await;
        world
    }

    async fn status(&self, status: Value) {
        let patch = json!({"status": status});
        self.api.merge(&format!("{APPS}/shop/status"), &patch).await.unwrap();
    }

    async fn revision(&self, name: &str, image: &str, version: &str, succeeded: bool) {
        let annotations = match version {
            "" => json!({}),
            version => json!({"app.oam.dev/publishVersion": version}),
        };
        let revision = json!({
            "apiVersion": "core.oam.dev/v1beta1", "kind": "ApplicationRevision",
            "metadata": {"name": name, "labels": {"app.oam.dev/name": "shop"},
                "annotations": annotations},
            "spec": {"compression": {}, "application": {
                "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
                "metadata": {"name": "shop"},
                "spec": {"components": [component(image)]},
                "status": {},
            }},
        });
        self.api.create(REVISIONS, &revision).await.unwrap();
        let run = json!({"appRevision": version, "mode": "DAG-DAG", "suspend": false,
            "terminated": false, "finished": true,
            "startTime": "2024-01-01T00:00:00Z", "endTime": null});
        let status = json!({"status": {"succeeded": succeeded, "workflow": run}});
        self.api.merge(&format!("{REVISIONS}/{name}/status"), &status).await.unwrap();
    }

    async fn app(&self) -> Application {
        operate::application(&self.client, "default", "shop").await.unwrap()
    }

    async fn live(&self) -> Value {
        self.api.get(&format!("{APPS}/shop")).await.unwrap()
    }

    async fn carry(&self, intent: &Intent) -> Result<operate::Outcome, OperateError> {
        let actor = Actor { name: "ada".to_owned(), why: "looks good".to_owned() };
        let now = "2024-01-01T10:00:00Z".parse().unwrap();
        operate::carry_out(&self.client, intent, &actor, now).await
    }
}

fn component(image: &str) -> Value {
    json!({"name": "web", "type": "webservice", "properties": {"image": image}})
}

fn step(id: &str, name: &str, step_type: &str, phase: &str) -> Value {
    json!({"id": id, "name": name, "type": step_type, "phase": phase,
        "firstExecuteTime": "2024-01-01T00:00:01Z", "lastExecuteTime": "2024-01-01T00:00:02Z"})
}

fn run(phase: &str, suspend: bool, steps: &Value) -> Value {
    json!({
        "status": "workflowSuspending",
        "latestRevision": {"name": "shop-v2", "revision": 2},
        "workflow": {
            "appRevision": "shop-v2", "mode": "StepByStep-DAG", "status": phase,
            "suspend": suspend, "terminated": false, "finished": phase == "succeeded",
            "startTime": "2024-01-01T00:00:00Z", "endTime": null, "steps": steps,
        },
    })
}

fn waiting() -> Value {
    let canary = step("a1", "canary", "deploy", "succeeded");
    run("suspending", true, &json!([canary, step("b2", "gate", "suspend", "suspending")]))
}

fn done() -> Value {
    run("succeeded", false, &json!([]))
}

#[tokio::test]
async fn an_approval_resumes_the_step_and_is_recorded() {
    let world = World::new(json!({}), waiting()).await;
    world.revision("shop-v2", "a:2", "", false).await;
    let app = world.app().await;
    assert_eq!(operate::gates(&app)[0].name, "gate");
    let intent = operate::approve(&app, Some("gate")).unwrap();
    let outcome = world.carry(&intent).await.unwrap();
    assert_eq!(outcome.warnings, Vec::<String>::new());
    let live = world.live().await;
    assert_eq!(live["status"]["workflow"]["suspend"], false);
    assert_eq!(live["status"]["workflow"]["steps"][1]["phase"], "running");
    let revision = world.api.get(&format!("{REVISIONS}/shop-v2")).await.unwrap();
    let annotation = revision["metadata"]["annotations"][OPERATIONS].as_str().unwrap();
    let recorded = operate::operations(annotation);
    assert_eq!((recorded[0].by.as_str(), recorded[0].reason.as_str()), ("ada", "looks good"));
    let events = world.api.get("/api/v1/namespaces/default/events").await.unwrap();
    assert_eq!(events["items"][0]["reason"], "Approved");
    assert!(operate::approve(&world.app().await, None).unwrap_err().is_refusal());
}

#[tokio::test]
async fn an_approval_is_bound_to_what_was_shown() {
    // What happens between reading and writing, and what the refusal has to name.
    let worker = json!({"name": "web", "type": "worker"});
    let passed = json!([step("zz", "gate", "suspend", "succeeded")]);
    for (subresource, patch, expected) in [
        ("", json!({"spec": {"components": [worker]}}), "generation"),
        ("/status", json!({"status": {"workflow": {"appRevision": "v3"}}}), "revision of the run"),
        ("/status", json!({"status": {"workflow": {"steps": passed}}}), "step gate"),
        ("/status", json!({"status": {"workflow": {"suspend": false}}}), "look again"),
    ] {
        let world = World::new(json!({}), waiting()).await;
        let intent = operate::approve(&world.app().await, None).unwrap();
        world.api.merge(&format!("{APPS}/shop{subresource}"), &patch).await.unwrap();
        let before = world.live().await;
        let refusal = world.carry(&intent).await.unwrap_err();
        assert!(matches!(refusal, OperateError::Moved { .. }), "{refusal}");
        assert!(refusal.to_string().contains(expected), "{refusal}");
        assert_eq!(world.live().await, before, "nothing is written");
    }
}

#[tokio::test]
async fn holding_terminating_and_restarting_write_what_upstream_writes() {
    let running = run("executing", false, &json!([step("a1", "roll", "deploy", "running")]));
    let world = World::new(json!({}), running.clone()).await;
    world.carry(&operate::hold(&world.app().await, None).unwrap()).await.unwrap();
    let live = world.live().await;
    assert_eq!(live["status"]["workflow"]["suspend"], true);
    assert_eq!(live["status"]["workflow"]["steps"][0]["phase"], "suspending");

    world.status(running).await;
    world.carry(&operate::terminate(&world.app().await).unwrap()).await.unwrap();
    let live = world.live().await;
    let run = &live["status"]["workflow"];
    assert_eq!((&run["terminated"], &run["suspend"]), (&json!(true), &json!(false)));
    assert_eq!(run["steps"][0]["phase"], "failed");
    assert_eq!(run["steps"][0]["reason"], "Terminate");

    world.carry(&operate::restart(&world.app().await).unwrap()).await.unwrap();
    assert!(world.live().await["status"].get("workflow").is_none());
    let again = operate::restart(&world.app().await).unwrap_err();
    assert!(again.is_refusal(), "{again}");
}

#[tokio::test]
async fn a_rollback_without_versions_sets_the_old_spec() {
    let world = World::new(json!({}), done()).await;
    world.revision("shop-v1", "a:1", "", true).await;
    world.revision("shop-v2", "a:2", "", true).await;
    let app = world.app().await;
    let history = operate::history(&world.client, &app).await.unwrap();
    let intent = operate::rollback(&app, &history, None).unwrap();
    assert_eq!(intent.subject, "shop-v1");
    world.carry(&intent).await.unwrap();
    assert_eq!(world.live().await["spec"]["components"][0], component("a:1"));
    let same = operate::rollback(&app, &history, Some("shop-v2")).unwrap_err();
    assert!(same.to_string().contains("nothing would change"), "{same}");
}

#[tokio::test]
async fn a_rollback_of_a_published_version_restores_what_was_stored() {
    let world = World::new(json!({"app.oam.dev/publishVersion": "two"}), done()).await;
    world.revision("shop-v1", "a:1", "one", true).await;
    world.revision("shop-v2", "a:2", "two", true).await;
    let tracker = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "ResourceTracker",
        "metadata": {"name": "shop-v1-default", "labels": {
            "app.oam.dev/name": "shop", "app.oam.dev/namespace": "default",
            "app.oam.dev/appRevision": "shop-v1"}},
        "spec": {"type": "versioned", "applicationGeneration": 1, "compression": {},
            "managedResources": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web",
                "namespace": "default", "cluster": "eu-1", "component": "web"}]},
    });
    world.api.create(TRACKERS, &tracker).await.unwrap();
    let app = world.app().await;
    let history = operate::history(&world.client, &app).await.unwrap();
    world.carry(&operate::rollback(&app, &history, None).unwrap()).await.unwrap();
    let live = world.live().await;
    assert_eq!(live["spec"]["components"][0], component("a:1"));
    assert_eq!(live["metadata"]["annotations"], json!({"app.oam.dev/publishVersion": "one"}));
    assert_eq!(live["status"]["workflow"]["appRevision"], "one");
    assert_eq!(live["status"]["latestRevision"]["name"], "shop-v1");
    assert_eq!(live["status"]["appliedResources"][0]["cluster"], "eu-1");
    let tracker = world.api.get(&format!("{TRACKERS}/shop-v1-default")).await.unwrap();
    assert_eq!(tracker["spec"]["applicationGeneration"], live["metadata"]["generation"]);
    let left = world.api.get(REVISIONS).await.unwrap();
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_failed_rollback_gives_the_application_back() {
    let world = World::new(json!({"app.oam.dev/publishVersion": "two"}), done()).await;
    world.revision("shop-v1", "a:1", "one", true).await;
    let app = world.app().await;
    let mut history = operate::history(&world.client, &app).await.unwrap();
    let mut tracker = mizzen_oam::ResourceTracker::default();
    tracker.metadata.name = "gone".to_owned();
    tracker.metadata.labels.insert("app.oam.dev/appRevision".to_owned(), "shop-v1".to_owned());
    tracker.spec.tracker_type = "versioned".to_owned();
    history.trackers.push(tracker);
    let failure = world.carry(&operate::rollback(&app, &history, None).unwrap()).await.unwrap_err();
    assert!(failure.to_string().contains("stopped at stage adopt the tracker"), "{failure}");
    let annotations = world.live().await["metadata"]["annotations"].clone();
    assert_eq!(annotations, json!({"app.oam.dev/publishVersion": "one"}), "it is not frozen");
}

#[tokio::test]
async fn old_revisions_are_published_again_and_applications_deleted() {
    let world = World::new(json!({"app.oam.dev/publishVersion": "two"}), done()).await;
    world.revision("shop-v1", "a:1", "one", true).await;
    world.revision("shop-v2", "a:2", "two", true).await;
    let app = world.app().await;
    let history = operate::history(&world.client, &app).await.unwrap();
    let same = operate::republish(&app, &history, "shop-v1", "two").unwrap_err();
    assert!(same.is_refusal(), "{same}");
    world.carry(&operate::republish(&app, &history, "shop-v1", "three").unwrap()).await.unwrap();
    let live = world.live().await;
    assert_eq!(live["metadata"]["annotations"], json!({"app.oam.dev/publishVersion": "three"}));
    assert_eq!(live["status"]["latestRevision"]["name"], "shop-v3");
    assert!(live["status"].get("workflow").is_none());
    let copy = world.api.get(&format!("{REVISIONS}/shop-v3")).await.unwrap();
    assert_eq!(copy["metadata"]["annotations"]["app.oam.dev/publishVersion"], "three");

    let intent = operate::remove(&world.app().await, Objects::Orphan).unwrap();
    world.carry(&intent).await.unwrap();
    let live = world.live().await;
    assert_eq!(live["metadata"]["finalizers"], json!(["app.oam.dev/orphan-resource"]));
    assert!(live["metadata"]["deletionTimestamp"].is_string());
}

#[tokio::test]
async fn a_failed_step_runs_again_with_what_follows_and_its_variables_are_forgotten() {
    let mut status = run(
        "failed",
        false,
        &json!([
            step("a1", "build", "request", "succeeded"),
            step("b2", "roll", "deploy", "failed"),
            step("c3", "tell", "notification", "skipped"),
        ]),
    );
    status["workflow"]["terminated"] = json!(true);
    status["workflow"]["finished"] = json!(true);
    status["workflow"]["contextBackend"] = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "name": "workflow-shop-context", "namespace": "default"});
    let world = World::new(json!({}), status).await;
    let context = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "workflow-shop-context"},
        "data": {"vars": "image: \"a:2\"\nplace: \"eu\"\n"}});
    world.api.create("/api/v1/namespaces/default/configmaps", &context).await.unwrap();
    let steps = json!({"spec": {"workflow": {"steps": [
        {"name": "build", "type": "request", "outputs": [{"name": "image", "valueFrom": "x"}]},
        {"name": "roll", "type": "deploy", "outputs": [{"name": "place", "valueFrom": "y"}]},
        {"name": "tell", "type": "notification"},
    ]}}});
    world.api.merge(&format!("{APPS}/shop"), &steps).await.unwrap();
    let app = world.app().await;
    let spec = operate::spec(&world.client, &app).await.unwrap();
    assert!(operate::restart_from(&app, &spec, "build").unwrap_err().is_refusal());
    world.carry(&operate::restart_from(&app, &spec, "roll").unwrap()).await.unwrap();
    let run = world.live().await["status"]["workflow"].clone();
    assert_eq!(run["steps"].as_array().map(Vec::len), Some(1));
    assert_eq!((&run["terminated"], &run["finished"]), (&json!(false), &json!(false)));
    let path = "/api/v1/namespaces/default/configmaps/workflow-shop-context";
    let context = world.api.get(path).await.unwrap();
    assert_eq!(context["data"]["vars"], "image: \"a:2\"\n");
}

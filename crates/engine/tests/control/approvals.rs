//! What a person decides while the controller is at work is never undone by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Request;
use kube::Client;
use kube::client::Body;
use mizzen_engine::operate::{self, Actor};
use serde_json::{Value, json};
use tower::service_fn;

use super::stories::{APP, application, webservice};
use super::world::{World, app_path, deployment_path};

const NAMESPACE: &str = "approvals";

/// A client that, once armed, lets a person approve just before the controller writes a status.
fn interrupted(world: &World, armed: Arc<AtomicBool>) -> Client {
    let (to, clock) = (world.client(), world.clock());
    let service = service_fn(move |request: Request<Body>| {
        let (to, clock, armed) = (to.clone(), clock.clone(), armed.clone());
        async move {
            let path = request.uri().path();
            let status = path.ends_with(&format!("/applications/{APP}/status"));
            if status && armed.swap(false, Ordering::Relaxed) {
                let app = operate::application(&to, NAMESPACE, APP).await.unwrap();
                let intent = operate::approve(&app, Some("look")).unwrap();
                let actor = Actor { name: "ada".to_owned(), why: "it is time".to_owned() };
                operate::carry_out(&to, &intent, &actor, clock()).await.unwrap();
            }
            to.send(request).await
        }
    });
    Client::new(service, "default")
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_meets_a_write_of_the_controller_stays() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let armed = Arc::new(AtomicBool::new(false));
    let _controller = world.controller(interrupted(&world, armed.clone()));
    world.settle().await;
    // A gate, and beside it a step that makes progress while the gate waits.
    world.cluster("us-1").set_down(true);
    let more = json!({
        "policies": [{"name": "us", "type": "topology", "properties": {"clusters": ["us-1"]}}],
        "workflow": {"mode": {"steps": "DAG"}, "steps": [
            {"name": "look", "type": "suspend"},
            {"name": "us", "type": "deploy", "properties": {"policies": ["us"]}},
        ]},
    });
    world.up(NAMESPACE, &application(&json!([webservice("web")]), &more)).await;
    world.phase(NAMESPACE, APP, 1, "workflowSuspending").await;
    world.cluster("us-1").set_down(false);
    armed.store(true, Ordering::Relaxed);
    let touch = json!({"metadata": {"labels": {"touched": "yes"}}});
    world.api().merge(&app_path(NAMESPACE, APP), &touch).await.unwrap();
    world.phase(NAMESPACE, APP, 1, "running").await;
    assert!(!armed.load(Ordering::Relaxed), "the approval came in between");
    let live: Value = world.member("us-1").get(&deployment_path(NAMESPACE, "web")).await.unwrap();
    assert_eq!(live["metadata"]["generation"], 1);
}

//! What the controller's feature gates change.

use mizzen_engine::control::{Features, Options};
use serde_json::{Value, json};

use super::stories::{APP, application, webservice};
use super::world::{World, app_path, deployment_path};

const NAMESPACE: &str = "gates";

fn options(gates: &str) -> Options {
    let features = Features::parse(gates).unwrap();
    Options { definitions: false, features, ..Options::default() }
}

/// The one object of a list.
async fn only(world: &World, path: &str) -> Value {
    let list = world.api().get(path).await.unwrap();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    list["items"][0].clone()
}

#[tokio::test(start_paused = true)]
async fn what_is_packed_is_delivered_kept_and_deleted_like_everything_else() {
    let oam = "/apis/core.oam.dev/v1beta1";
    for kind in ["Gzip", "Zstd"] {
        let world = World::new().await;
        world.namespace(NAMESPACE).await;
        let gates = format!("{kind}ResourceTracker=true,{kind}ApplicationRevision=true");
        let controller = world.controller_as(world.client(), options(&gates));
        let mut web = webservice("web");
        web["traits"] = json!([{"type": "scaler", "properties": {"replicas": 2}}]);
        world.up(NAMESPACE, &application(&json!([web]), &json!({}))).await;
        world.phase(NAMESPACE, APP, 1, "running").await;
        world.settle().await;
        let tracker = only(&world, &format!("{oam}/resourcetrackers")).await;
        let revisions = format!("{oam}/namespaces/{NAMESPACE}/applicationrevisions");
        let revision = only(&world, &revisions).await;
        for object in [&tracker, &revision] {
            assert_eq!(object["spec"]["compression"]["type"], kind.to_lowercase(), "{object}");
        }
        assert!(tracker["spec"]["managedResources"].is_null(), "{tracker}");
        assert_eq!(revision["spec"]["application"]["spec"], json!({"components": []}));

        // A controller that packs nothing knows them too: it keeps the state, and deletes it.
        controller.kill().await;
        let _second = world.controller_as(world.client(), options(""));
        let path = deployment_path(NAMESPACE, "web");
        world.api().merge(&path, &json!({"spec": {"replicas": 5}})).await.unwrap();
        world.until("hub", &path, "it is as delivered", |it| it["spec"]["replicas"] == 2).await;
        world.api().delete(&app_path(NAMESPACE, APP), &Value::Null).await.unwrap();
        world.until("hub", &path, "it is gone", Value::is_null).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_that_is_detached_is_in_no_tracker_any_more() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let _controller = world.controller(world.client());
    let policies = json!({"policies": [{"name": "all", "type": "topology",
        "properties": {"clusters": ["eu-1", "us-1"]}}]});
    world.up(NAMESPACE, &application(&json!([webservice("web")]), &policies)).await;
    world.phase(NAMESPACE, APP, 1, "running").await;
    let members = mizzen_engine::member::Membership::new(world.client(), "person");
    let users = members.users("us-1").await.unwrap();
    assert_eq!(users.into_iter().collect::<Vec<_>>(), [format!("{NAMESPACE}/{APP}")]);
    members.detach("us-1").await.unwrap();
    assert!(members.users("us-1").await.unwrap().is_empty());
    assert_eq!(members.users("eu-1").await.unwrap().len(), 1);
    assert!(members.detach("us-1").await.is_err(), "it is a stranger");
    let path = deployment_path(NAMESPACE, "web");
    world.api().delete(&app_path(NAMESPACE, APP), &Value::Null).await.unwrap();
    world.until("hub", &app_path(NAMESPACE, APP), "it is gone", Value::is_null).await;
    world.until("eu-1", &path, "it is gone", Value::is_null).await;
    assert!(world.member("us-1").get(&path).await.is_ok(), "it stays where it is");
}

#[tokio::test(start_paused = true)]
async fn copies_of_objects_are_delivered_as_their_revision_keeps_them() {
    let world = World::with(&["ref-objects", "deploy"]).await;
    world.namespace(NAMESPACE).await;
    let maps = format!("/api/v1/namespaces/{NAMESPACE}/configmaps");
    for (name, label) in [("a", "yes"), ("b", "yes"), ("c", "no")] {
        let map =
            json!({"metadata": {"name": name, "labels": {"pick": label}}, "data": {"k": name}});
        world.api().create(&maps, &map).await.unwrap();
    }
    let _controller = world.controller(world.client());
    let copies = json!({"name": "copies", "type": "ref-objects", "properties": {"objects": [
        {"resource": "configmap", "labelSelector": {"pick": "yes"}}]}});
    let policies = json!({"policies": [{"name": "there", "type": "topology",
        "properties": {"clusters": ["eu-1"]}}]});
    world.up(NAMESPACE, &application(&json!([copies]), &policies)).await;
    world.phase(NAMESPACE, APP, 1, "running").await;
    for (name, there) in [("a", true), ("b", true), ("c", false)] {
        let copy = world.member("eu-1").get(&format!("{maps}/{name}")).await;
        assert_eq!(copy.is_ok(), there, "{name}");
    }
    let missing = json!({"name": "copies", "type": "ref-objects", "properties": {"objects": [
        {"resource": "configmap", "name": "nothing"}]}});
    world.up(NAMESPACE, &application(&json!([missing]), &policies)).await;
    let path = app_path(NAMESPACE, APP);
    let said = "failed to load ref object ConfigMap gates/nothing: not found";
    world
        .until("hub", &path, "it says what is missing", |app| {
            let conditions = app["status"]["conditions"].as_array();
            conditions.into_iter().flatten().any(|condition| {
                condition["message"].as_str().is_some_and(|text| text.contains(said))
            })
        })
        .await;
}

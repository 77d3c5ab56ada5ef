//! Deletion to the end: owners, finalizers, namespaces, definitions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use futures::StreamExt;
use mizzen_hub::{Hub, LocalApi, User};
use serde_json::{Value, json};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn api() -> (Hub, LocalApi) {
    let hub = Hub::builder().seed(7).build().await.unwrap();
    let api = hub.root().local(User::admin(), "test");
    (hub, api)
}

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
}

fn owned(name: &str, owner: &Value, blocks: bool) -> Value {
    let mut object = map(name);
    object["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "v1", "kind": "ConfigMap", "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "blockOwnerDeletion": blocks}]);
    object
}

/// Follows the collection until an object is deleted.
async fn gone(api: &LocalApi, path: &str, name: &str) {
    let mut events = api.watch(&format!("{path}?resourceVersion=1")).await.unwrap();
    while let Some((kind, object)) = events.next().await {
        if kind == "DELETED" && object["metadata"]["name"] == name {
            return;
        }
    }
    panic!("the watch of {path} ended before {name} was deleted");
}

#[tokio::test]
async fn dependents_follow_their_owner() {
    let (_hub, api) = api().await;
    let owner = api.create(MAPS, &map("owner")).await.unwrap();
    let child = api.create(MAPS, &owned("child", &owner, false)).await.unwrap();
    api.create(MAPS, &owned("grandchild", &child, false)).await.unwrap();
    let done = api.delete(&format!("{MAPS}/owner"), &Value::Null).await.unwrap();
    assert_eq!(done["status"], "Success");
    gone(&api, MAPS, "grandchild").await;
}

#[tokio::test]
async fn foreground_waits_for_dependents() {
    let (_hub, api) = api().await;
    let owner = api.create(MAPS, &map("owner")).await.unwrap();
    let mut child = owned("child", &owner, true);
    child["metadata"]["finalizers"] = json!(["x.io/hold"]);
    api.create(MAPS, &child).await.unwrap();
    let options = json!({"propagationPolicy": "Foreground"});
    let going = api.delete(&format!("{MAPS}/owner"), &options).await.unwrap();
    assert_eq!(going["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    let mut events =
        api.watch(&format!("{MAPS}?fieldSelector=metadata.name%3Dchild")).await.unwrap();
    while let Some((_, object)) = events.next().await {
        if object["metadata"].get("deletionTimestamp").is_some() {
            break;
        }
    }
    assert!(api.get(&format!("{MAPS}/owner")).await.is_ok(), "the owner waits");
    api.merge(&format!("{MAPS}/child"), &json!({"metadata": {"finalizers": null}})).await.unwrap();
    gone(&api, MAPS, "owner").await;
}

#[tokio::test]
async fn orphans_stay() {
    let (_hub, api) = api().await;
    let owner = api.create(MAPS, &map("owner")).await.unwrap();
    api.create(MAPS, &owned("child", &owner, false)).await.unwrap();
    let options = json!({"propagationPolicy": "Orphan"});
    api.delete(&format!("{MAPS}/owner"), &options).await.unwrap();
    gone(&api, MAPS, "owner").await;
    let child = api.get(&format!("{MAPS}/child")).await.unwrap();
    assert!(child["metadata"].get("ownerReferences").is_none());
}

#[tokio::test]
async fn namespaces_are_emptied() {
    let (_hub, api) = api().await;
    let spaces = "/api/v1/namespaces";
    let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}});
    let made = api.create(spaces, &space).await.unwrap();
    assert_eq!(made["status"]["phase"], "Active");
    assert_eq!(made["metadata"]["labels"]["kubernetes.io/metadata.name"], "team");
    let inside = "/api/v1/namespaces/team/configmaps";
    let mut held = map("held");
    held["metadata"]["finalizers"] = json!(["x.io/hold"]);
    api.create(inside, &held).await.unwrap();
    let going = api.delete(&format!("{spaces}/team"), &Value::Null).await.unwrap();
    assert_eq!(going["status"]["phase"], "Terminating");
    let refused = api.create(inside, &map("late")).await.unwrap_err();
    assert_eq!(refused.code, 403);
    assert_eq!(refused.details.causes[0].reason, "NamespaceTerminating");
    let released = json!({"metadata": {"finalizers": null}});
    api.merge(&format!("{inside}/held"), &released).await.unwrap();
    gone(&api, spaces, "team").await;
    let kept = api.delete(&format!("{spaces}/default"), &Value::Null).await.unwrap_err();
    assert_eq!(kept.code, 403);
}

#[tokio::test]
async fn definitions_go_with_their_instances() {
    let (hub, api) = api().await;
    let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.x.io"},
        "spec": {"group": "x.io", "scope": "Cluster",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema":
                {"openAPIV3Schema": {"type": "object"}}}]}});
    api.create(crds, &definition).await.unwrap();
    let thing = json!({"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "a"}});
    api.create("/apis/x.io/v1/things", &thing).await.unwrap();
    api.delete(&format!("{crds}/things.x.io"), &Value::Null).await.unwrap();
    gone(&api, crds, "things.x.io").await;
    assert!(hub.root().stored("x.io", "things", "", "a").is_none());
    assert_eq!(api.get("/apis/x.io/v1/things").await.unwrap_err().code, 404);
}

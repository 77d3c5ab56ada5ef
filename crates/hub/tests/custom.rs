//! Custom resources through the plain in-process API: established at once, pruned, defaulted,
//! validated, with their subresources.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use mizzen_hub::{Hub, LocalApi, User};
use serde_json::{Value, json};

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS: &str = "/apis/x.io/v1/namespaces/default/things";

async fn api() -> LocalApi {
    let hub = Hub::builder().seed(7).build().await.unwrap();
    hub.root().local(User::admin(), "test")
}

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.x.io"},
        "spec": {
            "group": "x.io",
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing", "shortNames": ["th"]},
            "versions": [
                {"name": "v1", "served": true, "storage": true,
                 "subresources": {"status": {}},
                 "additionalPrinterColumns": [
                    {"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
                 "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "required": ["name"], "properties": {
                        "name": {"type": "string"},
                        "size": {"type": "integer", "default": 3, "maximum": 9},
                        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}},
                    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}},
                {"name": "v1beta1", "served": true, "storage": false, "deprecated": true,
                 "schema": {"openAPIV3Schema": {"type": "object",
                    "x-kubernetes-preserve-unknown-fields": true}}}],
        },
    })
}

fn thing(spec: Value) -> Value {
    json!({"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec})
}

#[tokio::test]
async fn a_definition_is_served_when_its_create_returns() {
    let api = api().await;
    api.create(CRDS, &definition()).await.unwrap();
    let stored = api.get(&format!("{CRDS}/things.x.io")).await.unwrap();
    assert_eq!(stored["status"]["acceptedNames"]["singular"], "thing");
    assert_eq!(stored["status"]["conditions"][1]["type"], "Established");
    assert_eq!(stored["status"]["storedVersions"], json!(["v1"]));
    let group = api.get("/apis/x.io").await.unwrap();
    assert_eq!(group["preferredVersion"]["version"], "v1");
    let list = api.get("/apis/x.io/v1").await.unwrap();
    assert_eq!(list["resources"][0]["shortNames"], json!(["th"]));
    assert_eq!(list["resources"][1]["name"], "things/status");
}

#[tokio::test]
async fn objects_are_pruned_defaulted_and_validated() {
    let api = api().await;
    api.create(CRDS, &definition()).await.unwrap();
    let sent = thing(json!({"name": "n", "gone": 1, "free": {"kept": [1]}}));
    let made = api.create(THINGS, &sent).await.unwrap();
    assert_eq!(made["spec"], json!({"name": "n", "free": {"kept": [1]}, "size": 3}));
    assert_eq!(made["metadata"]["generation"], 1);

    let strict = format!("{THINGS}?fieldValidation=Strict");
    let refused = api.create(&strict, &sent).await.unwrap_err();
    assert_eq!(
        refused.message,
        "Thing in version \"v1\" cannot be handled as a Thing: strict decoding error: unknown \
         field \"spec.gone\""
    );
    let mut bad = thing(json!({"size": "big"}));
    bad["metadata"]["name"] = json!("b");
    let refused = api.create(THINGS, &bad).await.unwrap_err();
    assert_eq!(refused.code, 422);
    assert!(refused.message.contains("spec.name: Required value"), "{}", refused.message);
    assert!(
        refused.message.contains("spec.size in body must be of type integer: \"string\""),
        "{}",
        refused.message
    );
}

#[tokio::test]
async fn status_is_written_apart_and_does_not_count() {
    let api = api().await;
    api.create(CRDS, &definition()).await.unwrap();
    let mut sent = thing(json!({"name": "n"}));
    sent["status"] = json!({"phase": "ignored"});
    let mut made = api.create(THINGS, &sent).await.unwrap();
    assert!(made.get("status").is_none());
    made["status"] = json!({"phase": "ok"});
    made["spec"]["name"] = json!("ignored");
    let path = format!("{THINGS}/a");
    let done = api.replace(&format!("{path}/status"), &made).await.unwrap();
    assert_eq!(done["status"]["phase"], "ok");
    assert_eq!(done["spec"]["name"], "n");
    assert_eq!(done["metadata"]["generation"], 1);
    let merged = api.merge(&path, &json!({"spec": {"size": 4}})).await.unwrap();
    assert_eq!(merged["metadata"]["generation"], 2);
    assert_eq!(merged["status"]["phase"], "ok");
    let old = api.get("/apis/x.io/v1beta1/namespaces/default/things/a").await.unwrap();
    assert_eq!(old["apiVersion"], "x.io/v1beta1");
}

#[tokio::test]
async fn a_wrong_definition_is_refused() {
    let api = api().await;
    let mut wrong = definition();
    wrong["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = json!({});
    let refused = api.create(CRDS, &wrong).await.unwrap_err();
    assert_eq!(refused.code, 422);
    assert!(refused.message.contains("must not be empty for specified object fields"));
}

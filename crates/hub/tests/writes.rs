//! Writes of built-in kinds through the plain in-process API: apply, strategic merge, dry run,
//! generated names, and the words of refusals.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use http::Method;
use mizzen_hub::{Cluster, Hub, LocalApi, Status, User};
use serde_json::{Value, json};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn cluster() -> Cluster {
    Hub::builder().seed(7).build().await.unwrap().root()
}

fn api(cluster: &Cluster) -> LocalApi {
    cluster.local(User::admin(), "test/1.0")
}

fn deployment(replicas: i64, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
        },
    })
}

async fn apply(api: &LocalApi, query: &str, config: &Value) -> Result<Value, Status> {
    let path = format!("{DEPLOYMENTS}/web?{query}");
    api.call(Method::PATCH, &path, "application/apply-patch+yaml", Some(config)).await
}

#[tokio::test]
async fn apply_creates_then_changes_then_rests() {
    let cluster = cluster().await;
    let api = api(&cluster);
    let made = apply(&api, "fieldManager=a", &deployment(2, "i:1")).await.unwrap();
    assert_eq!(made["spec"]["strategy"]["type"], "RollingUpdate");
    let entry = &made["metadata"]["managedFields"][0];
    assert_eq!((&entry["manager"], &entry["operation"]), (&json!("a"), &json!("Apply")));
    assert_eq!(entry["fieldsV1"]["f:spec"]["f:replicas"], json!({}));
    assert!(entry["fieldsV1"]["f:spec"].get("f:strategy").is_none(), "defaults are not owned");
    let revision = cluster.revision();
    let again = apply(&api, "fieldManager=a", &deployment(2, "i:1")).await.unwrap();
    assert_eq!(again, made);
    assert_eq!(cluster.revision(), revision, "an equal apply writes nothing");
    let next = apply(&api, "fieldManager=a", &deployment(3, "i:2")).await.unwrap();
    assert_eq!(next["metadata"]["generation"], 2);
    assert_eq!(next["spec"]["template"]["spec"]["containers"][0]["image"], "i:2");
}

#[tokio::test]
async fn apply_conflicts_with_who_changed_a_field() {
    let cluster = cluster().await;
    let api = api(&cluster);
    api.create(DEPLOYMENTS, &deployment(1, "i:1")).await.unwrap();
    let refused = apply(&api, "fieldManager=a", &deployment(2, "i:1")).await.unwrap_err();
    assert_eq!(refused.code, 409);
    assert_eq!(
        refused.message,
        "Apply failed with 1 conflict: conflict with \"test\" using apps/v1: .spec.replicas"
    );
    let forced = apply(&api, "fieldManager=a&force=true", &deployment(2, "i:1")).await.unwrap();
    assert_eq!(forced["spec"]["replicas"], 2);
    let missing = apply(&api, "", &deployment(2, "i:1")).await.unwrap_err();
    assert_eq!(missing.code, 422);
    assert!(missing.message.contains("fieldManager: Required value: is required for apply patch"));
}

#[tokio::test]
async fn strategic_merge_by_container_name() {
    let cluster = cluster().await;
    let api = api(&cluster);
    api.create(DEPLOYMENTS, &deployment(1, "i:1")).await.unwrap();
    let patch = json!({"spec": {"template": {"spec": {"containers": [
        {"name": "main", "image": "i:2"}, {"name": "side", "image": "s"}]}}}});
    let path = format!("{DEPLOYMENTS}/web");
    let kind = "application/strategic-merge-patch+json";
    let done = api.call(Method::PATCH, &path, kind, Some(&patch)).await.unwrap();
    let containers = done["spec"]["template"]["spec"]["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 2);
    assert_eq!(containers[0]["image"], "i:2");
    assert_eq!(containers[0]["imagePullPolicy"], "IfNotPresent");
}

#[tokio::test]
async fn dry_runs_and_generated_names() {
    let cluster = cluster().await;
    let api = api(&cluster);
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x-"}});
    let before = cluster.revision();
    let dry = api.create(&format!("{MAPS}?dryRun=All"), &map).await.unwrap();
    assert!(dry["metadata"]["name"].as_str().unwrap().starts_with("x-"));
    assert_eq!(cluster.revision(), before);
    let one = api.create(MAPS, &map).await.unwrap();
    let two = api.create(MAPS, &map).await.unwrap();
    assert_ne!(one["metadata"]["name"], two["metadata"]["name"]);
    let bad = api.create(&format!("{MAPS}?dryRun=foo"), &map).await.unwrap_err();
    assert_eq!(bad.code, 422);
}

async fn refused(api: &LocalApi, path: &str, body: Value, code: u16, part: &str) {
    let status = api.create(path, &body).await.unwrap_err();
    assert_eq!(status.code, code, "{body}: {}", status.message);
    assert!(status.message.contains(part), "{body}: {}", status.message);
}

#[tokio::test]
async fn bad_input_is_a_sentence() {
    let cluster = cluster().await;
    let api = api(&cluster);
    let map =
        |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    refused(&api, MAPS, json!([1]), 400, "unrecognized").await;
    refused(&api, MAPS, json!({"kind": "Secret"}), 400, "Secret").await;
    refused(&api, MAPS, json!({"apiVersion": "v2"}), 400, "no kind \"ConfigMap\" is registered")
        .await;
    refused(&api, MAPS, map("Upper"), 422, "metadata.name: Invalid value: \"Upper\"").await;
    refused(&api, MAPS, map(""), 422, "name or generateName is required").await;
    let elsewhere = json!({"metadata": {"name": "a", "namespace": "other"}});
    refused(&api, MAPS, elsewhere, 400, "does not match the namespace").await;
    let nowhere = "/api/v1/namespaces/nowhere/configmaps";
    refused(&api, nowhere, map("a"), 404, "namespaces \"nowhere\" not found").await;
    let versioned = json!({"metadata": {"name": "a", "resourceVersion": "5"}});
    refused(&api, MAPS, versioned, 500, "resourceVersion should not be set").await;
    let wrong = json!({"metadata": {"name": "a"}, "data": {"k": 1}});
    refused(&api, MAPS, wrong, 400, "cannot unmarshal number").await;
    let strict = format!("{MAPS}?fieldValidation=Strict");
    let extra = json!({"metadata": {"name": "a"}, "dat": {}});
    refused(&api, &strict, extra, 400, "strict decoding error: unknown field \"dat\"").await;
    let missing = api.get("/api/v1/nonsense").await.unwrap_err();
    assert_eq!(missing.message, "the server could not find the requested resource");
    let put = api.replace(MAPS, &map("a")).await.unwrap_err();
    assert_eq!(put.code, 405);
}

//! `mizzen cluster`: members join, are labelled, and leave.

use serde_json::{Value, json};

use super::world::World;

const SECRETS: &str = "/api/v1/namespaces/vela-system/secrets";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_leaves_and_joins_again() {
    let world = World::ready().await;
    let said = world.mizzen(&["cluster", "label", "eu-1", "tier=edge", "region=eu"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = world.mizzen(&["cluster", "label", "eu-1", "tier-"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let secret = format!("{SECRETS}/eu-1");
    let labels =
        world.api("hub").get(&secret).await.expect("a member")["metadata"]["labels"].clone();
    assert!(labels["region"] == "eu" && labels["tier"].is_null(), "{labels}");
    let said = world.mizzen(&["cluster", "label", "eu-1", "cluster.core.oam.dev/a=b"]);
    assert!(said.code != Some(0) && said.err.contains("the gateway's own"), "{said:?}");

    let tracker = json!({"apiVersion": "core.oam.dev/v1beta1", "kind": "ResourceTracker",
        "metadata": {"name": "shop", "labels": {"app.oam.dev/name": "shop",
            "app.oam.dev/namespace": "default"}},
        "spec": {"type": "versioned", "applicationGeneration": 1, "managedResources": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "cluster": "eu-1"},
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "b", "cluster": "us-1"}]}});
    let trackers = "/apis/core.oam.dev/v1beta1/resourcetrackers";
    world.api("hub").create(trackers, &tracker).await.expect("a tracker");
    let said = world.mizzen(&["cluster", "detach", "eu-1"]);
    let refused = said.code != Some(0) && said.err.contains("default/shop");
    assert!(refused && said.err.contains("--leave-objects"), "{said:?}");
    let said = world.mizzen(&["cluster", "detach", "eu-1", "--leave-objects"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    world.until(&secret, Value::is_null).await;
    let left = world.api("hub").get(&format!("{trackers}/shop")).await.expect("a tracker");
    let names: Vec<&Value> = left["spec"]["managedResources"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| &r["name"])
        .collect();
    assert_eq!(names, ["b"]);

    let file = world.kubeconfig().display().to_string();
    let words = ["cluster", "join", &file, "--member-context", "eu-1", "--labels", "region=eu"];
    let said = world.mizzen(&words);
    assert_eq!(said.code, Some(0), "{said:?}");
    let stored = world.api("hub").get(&secret).await.expect("a member again");
    let version = &stored["metadata"]["annotations"]["cluster.core.oam.dev/cluster-version"];
    assert!(version.as_str().is_some_and(|text| text.contains("gitVersion")), "{stored}");
    assert_eq!(stored["metadata"]["labels"]["region"], "eu");
    let namespace = world.api("eu-1").get("/api/v1/namespaces/vela-system").await;
    assert!(namespace.is_ok(), "the system's namespace is made there");
    let said = world.mizzen(&words);
    assert!(said.code != Some(0) && said.err.contains("a member already"), "{said:?}");
}

//! `mizzen repair`: the plan and who changed what; nothing written without `--yes`; exit codes.

use serde_json::{Value, json};

use super::world::World;

const SHOP: &str = "
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
    - name: web
      type: webservice
      properties: {image: 'nginx:1.25', ports: [{port: 80, expose: true}]}
      traits: [{type: scaler, properties: {replicas: 1}}]
  policies:
    - name: places
      type: topology
      properties: {clusters: [local, eu-1]}
";
const APP: &str = "/apis/core.oam.dev/v1beta1/namespaces/default/applications/shop";
const WEB: &str = "/apis/apps/v1/namespaces/default/deployments/web";
const SERVICE: &str = "/api/v1/namespaces/default/services/web";

/// An application that was delivered, and nobody who keeps it so.
async fn delivered() -> World {
    let world = World::ready().await;
    let controller = world.start(&["controller", "--install"]);
    let file = world.file("shop.yaml", SHOP);
    let said = world.mizzen(&["up", "-f", &file]);
    assert_eq!(said.code, Some(0), "{said:?}");
    world.until(APP, |app| app["status"]["status"] == "running").await;
    assert_eq!(controller.stop("TERM").code, Some(0));
    world
}

async fn scale(world: &World, cluster: &str, replicas: i64) {
    let path = format!("{WEB}?fieldManager=kubectl-edit");
    let patch = json!({"spec": {"replicas": replicas}});
    world.api(cluster).merge(&path, &patch).await.expect("an edit");
}

async fn replicas(world: &World, cluster: &str) -> Value {
    world.api(cluster).get(WEB).await.expect("it exists")["spec"]["replicas"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_drifted_is_shown_first_and_put_back_when_asked() {
    let world = delivered().await;
    let said = world.mizzen(&["repair", "shop"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("default/shop: what was looked at is as it was"), "{said:?}");

    scale(&world, "eu-1", 5).await;
    world.api("hub").delete(SERVICE, &json!({})).await.expect("a deletion");
    let said = world.mizzen(&["repair", "shop"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    for part in
        ["by kubectl-edit at ", "spec.replicas", "- 5", "+ 1", "create", "existed and is gone"]
    {
        assert!(said.out.contains(part), "{part:?} is missing: {said:?}");
    }
    assert!(said.err.contains("2 objects are not as delivered; nothing was written"), "{said:?}");
    assert_eq!(replicas(&world, "eu-1").await, 5);

    let said = world.mizzen(&["repair", "shop", "-o", "json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let plan: Vec<Value> = serde_json::from_str(&said.out).expect("JSON");
    let patched = plan.iter().find(|action| action["verb"] == "patch").expect("a patch");
    assert_eq!((&patched["cluster"], &patched["name"]), (&json!("eu-1"), &json!("web")));
    assert_eq!(patched["changes"][0]["path"], "spec.replicas");

    let said = world.mizzen(&["repair", "shop", "--yes", "--reason", "the sale is over"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("done: repair default/shop"), "{said:?}");
    assert_eq!(replicas(&world, "eu-1").await, 1);
    world.api("hub").get(SERVICE).await.expect("it is there again");
    let events = world.api("hub").get("/api/v1/namespaces/default/events").await.expect("events");
    assert!(events.to_string().contains("the sale is over"), "{events}");
    assert_eq!(world.mizzen(&["repair", "shop", "--yes"]).code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_down_is_an_error_and_keeps_nothing_else_from_repair() {
    let world = delivered().await;
    scale(&world, "hub", 4).await;
    world.down("eu-1");
    let said = world.mizzen(&["repair", "shop"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.out.contains("spec.replicas"), "{said:?}");
    assert!(said.err.contains("cluster eu-1 is not looked at"), "{said:?}");
    let said = world.mizzen(&["repair", "shop", "--yes"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("not every cluster could be looked at"), "{said:?}");
    assert_eq!(replicas(&world, "hub").await, 1);

    let said = world.mizzen(&["repair", "nowhere"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("nowhere"), "{said:?}");
}

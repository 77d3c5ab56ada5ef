//! The hub as a whole: files, gateways, prefixes, seeds, idleness.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use futures::StreamExt;
use mizzen_hub::{Builder, Gateway, Hub, User};
use serde_json::{Value, json};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const GATEWAY: &str = "/apis/g.io/v1/gateways";

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
}

#[tokio::test]
async fn a_hub_in_files_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("deep/hub");
    let hub = Hub::builder().path(&place).cluster("one").build().await.unwrap();
    let token = hub.admin_token().to_owned();
    let made = hub.root().local(User::admin(), "t").create(MAPS, &map("a")).await.unwrap();
    let revision = hub.root().revision();
    hub.shutdown().await;
    drop(hub);
    let hub = again(Hub::builder().path(&place).cluster("one")).await;
    assert_eq!(hub.admin_token(), token);
    assert!(hub.root().revision() >= revision);
    let api = hub.root().local(User::admin(), "t");
    assert_eq!(api.get(&format!("{MAPS}/a")).await.unwrap(), made);
    let next = api.create(MAPS, &map("b")).await.unwrap();
    let version = next["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(version > revision);
}

/// The file is free a moment after the hub that had it is gone.
async fn again(builder: Builder) -> Hub {
    loop {
        match builder.clone().build().await {
            Ok(hub) => return hub,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn members_are_reached_through_prefix_and_gateway() {
    let gateway = Gateway::new(GATEWAY).members_by_secret("default", "g.io/member");
    let hub = Hub::builder().clusters(["hub", "eu-1"]).gateway(gateway).build().await.unwrap();
    let api = hub.root().local(User::admin(), "t");
    api.create(&format!("/clusters/eu-1{MAPS}"), &map("a")).await.unwrap();
    let through = format!("{GATEWAY}/eu-1/proxy{MAPS}/a");
    assert_eq!(api.get(&through).await.unwrap_err().code, 404, "no member yet");
    let secret = json!({"metadata": {"name": "eu-1", "labels": {"g.io/member": "x"}}});
    api.create("/api/v1/namespaces/default/secrets", &secret).await.unwrap();
    assert_eq!(api.get(&through).await.unwrap()["metadata"]["name"], "a");
    let mut events = api.watch(&format!("{GATEWAY}/eu-1/proxy{MAPS}")).await.unwrap();
    assert_eq!(events.next().await.unwrap().1["metadata"]["name"], "a");
    hub.cluster("eu-1").unwrap().set_down(true);
    assert!(api.get(&through).await.is_err());
    assert!(events.next().await.is_none(), "a watch breaks with its cluster");
    assert_eq!(api.get("/clusters/nowhere/version").await.unwrap_err().code, 404);
}

#[tokio::test]
async fn equal_seeds_give_equal_worlds() {
    let mut worlds = Vec::new();
    for _ in 0..2 {
        let clock = mizzen_hub::Clock::at("2026-01-02T03:04:05Z".parse().unwrap());
        let hub = Hub::builder().seed(3).clock(clock).build().await.unwrap();
        let api = hub.root().local(User::admin(), "t");
        let mut made = api.create(MAPS, &map("a")).await.unwrap();
        made["metadata"].as_object_mut().unwrap().remove("managedFields");
        worlds.push(made);
    }
    assert_eq!(worlds[0], worlds[1]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_hub_does_nothing() {
    let hub = Hub::builder().build().await.unwrap();
    let cluster = hub.root();
    let api = cluster.local(User::admin(), "t");
    let query = "?allowWatchBookmarks=true&timeoutSeconds=600";
    let mut events = api.watch(&format!("{MAPS}{query}")).await.unwrap();
    assert_eq!(events.next().await.unwrap().0, "BOOKMARK");
    let (revision, requests) = (cluster.revision(), cluster.request_count());
    assert!(events.next().await.is_none(), "nothing is told in ten idle minutes");
    assert_eq!((cluster.revision(), cluster.request_count()), (revision, requests));
}

#[tokio::test]
async fn wrong_clusters_are_refused() {
    for names in [vec!["a", "a"], vec!["Not A Name"]] {
        assert!(Hub::builder().clusters(names).build().await.is_err());
    }
}

//! The hub through `kube::Client`, in process and over HTTPS.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{
    DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams,
};
use kube::runtime::watcher;
use kube::{Api, Client};
use mizzen_hub::{Fault, Hub};

fn client(hub: &Hub, cluster: &str) -> Client {
    Client::new(hub.cluster(cluster).unwrap().service(), "default")
}

async fn hub() -> Hub {
    Hub::builder().clusters(["hub", "eu-1"]).seed(1).build().await.unwrap()
}

fn map(name: &str, value: &str) -> ConfigMap {
    let mut map = ConfigMap::default();
    map.metadata.name = Some(name.to_owned());
    map.data = Some(BTreeMap::from([("k".to_owned(), value.to_owned())]));
    map
}

#[tokio::test]
async fn create_read_update_delete() {
    let hub = hub().await;
    let api: Api<ConfigMap> = Api::default_namespaced(client(&hub, "hub"));
    let made = api.create(&PostParams::default(), &map("a", "1")).await.unwrap();
    assert!(made.metadata.uid.is_some() && made.metadata.resource_version.is_some());
    let again = api.create(&PostParams::default(), &map("a", "1")).await.unwrap_err();
    assert!(matches!(&again, kube::Error::Api(s) if s.is_already_exists()), "{again}");

    let mut next = made.clone();
    next.data = map("a", "2").data;
    let updated = api.replace("a", &PostParams::default(), &next).await.unwrap();
    assert_ne!(updated.metadata.resource_version, made.metadata.resource_version);
    let stale = api.replace("a", &PostParams::default(), &next).await.unwrap_err();
    assert!(matches!(&stale, kube::Error::Api(s) if s.is_conflict()), "{stale}");
    let same = api.replace("a", &PostParams::default(), &updated).await.unwrap();
    assert_eq!(same.metadata.resource_version, updated.metadata.resource_version);

    let patch = serde_json::json!({"data": {"k": null, "x": "y"}});
    let patched = api.patch("a", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    assert_eq!(patched.data, Some(BTreeMap::from([("x".to_owned(), "y".to_owned())])));

    assert!(api.delete("a", &DeleteParams::default()).await.unwrap().is_right());
    let gone = api.get("a").await.unwrap_err();
    assert!(matches!(&gone, kube::Error::Api(s) if s.is_not_found()), "{gone}");
    assert!(gone.to_string().contains("configmaps \"a\" not found"), "{gone}");
}

#[tokio::test]
async fn watches_see_every_change_once() {
    let hub = hub().await;
    let api: Api<ConfigMap> = Api::default_namespaced(client(&hub, "hub"));
    let list = api.list(&ListParams::default()).await.unwrap();
    let version = list.metadata.resource_version.unwrap();
    let mut events = api.watch(&WatchParams::default(), &version).await.unwrap().boxed();
    api.create(&PostParams::default(), &map("a", "1")).await.unwrap();
    let patch = serde_json::json!({"data": {"k": "2"}});
    api.patch("a", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    api.delete("a", &DeleteParams::default()).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.push(match events.try_next().await.unwrap().unwrap() {
            WatchEvent::Added(_) => "added",
            WatchEvent::Modified(_) => "modified",
            WatchEvent::Deleted(_) => "deleted",
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(seen, ["added", "modified", "deleted"]);
}

async fn first_init(config: watcher::Config) -> Vec<String> {
    let hub = hub().await;
    let api: Api<Namespace> = Api::all(client(&hub, "hub"));
    let mut stream = watcher(api, config).boxed();
    let mut names = Vec::new();
    loop {
        match stream.next().await.unwrap().unwrap() {
            watcher::Event::InitApply(ns) => names.push(ns.metadata.name.unwrap()),
            watcher::Event::InitDone => return names,
            _ => {}
        }
    }
}

#[tokio::test]
async fn watchers_start_by_list_and_by_stream() {
    let expected = ["default", "kube-node-lease", "kube-public", "kube-system"];
    assert_eq!(first_init(watcher::Config::default().page_size(2)).await, expected);
    assert_eq!(first_init(watcher::Config::default().streaming_lists()).await, expected);
}

#[tokio::test]
async fn clusters_are_apart_and_can_be_down() {
    let hub = hub().await;
    let here: Api<ConfigMap> = Api::default_namespaced(client(&hub, "hub"));
    let there: Api<ConfigMap> = Api::default_namespaced(client(&hub, "eu-1"));
    here.create(&PostParams::default(), &map("a", "1")).await.unwrap();
    assert!(there.get_opt("a").await.unwrap().is_none());
    hub.cluster("eu-1").unwrap().set_down(true);
    assert!(there.get("a").await.unwrap_err().to_string().contains("eu-1"));
    hub.cluster("eu-1").unwrap().set_down(false);
    assert!(there.get_opt("a").await.unwrap().is_none());
}

#[tokio::test]
async fn faults_happen_on_demand() {
    let hub = hub().await;
    let cluster = hub.root();
    let api: Api<ConfigMap> = Api::default_namespaced(client(&hub, "hub"));
    cluster.set_faults(|request| (request.verb == "create").then_some(Fault::LoseReply));
    assert!(api.create(&PostParams::default(), &map("a", "1")).await.is_err());
    cluster.clear_faults();
    assert!(api.get_opt("a").await.unwrap().is_some(), "a lost reply loses no write");
    cluster.set_faults(|request| (request.verb == "get").then_some(Fault::Forbidden));
    let refused = api.get("a").await.unwrap_err();
    assert!(matches!(&refused, kube::Error::Api(s) if s.is_forbidden()), "{refused}");
    assert_eq!(cluster.request_count(), cluster.requests_after(0).len() as u64);
}

#[tokio::test]
async fn the_listener_serves_every_cluster() {
    let hub = hub().await;
    let listener = hub.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let config = kube::config::Kubeconfig::from_yaml(&listener.kubeconfig()).unwrap();
    for name in ["hub", "eu-1"] {
        let options = kube::config::KubeConfigOptions {
            context: Some(name.to_owned()),
            ..Default::default()
        };
        let config = kube::Config::from_custom_kubeconfig(config.clone(), &options).await.unwrap();
        let api: Api<ConfigMap> = Api::default_namespaced(Client::try_from(config).unwrap());
        api.create(&PostParams::default(), &map(name, "1")).await.unwrap();
    }
    let there: Api<ConfigMap> = Api::default_namespaced(client(&hub, "eu-1"));
    let names: Vec<_> =
        there.list(&ListParams::default()).await.unwrap().items.into_iter().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].metadata.name.as_deref(), Some("eu-1"));
    listener.shutdown().await;
}

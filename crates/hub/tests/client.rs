//! The hub through `kube::Client`, in process and over HTTPS.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ObjectReference};
use k8s_openapi::api::events::v1::Event as EventV1;
use kube::api::{
    DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams,
};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
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

#[tokio::test]
async fn events_are_recorded_in_either_group() {
    let hub = hub().await;
    let client = client(&hub, "hub");
    let reporter = Reporter { controller: "test".into(), instance: None };
    let recorder = Recorder::new(client.clone(), reporter);
    let subject = ObjectReference {
        api_version: Some("v1".into()),
        kind: Some("ConfigMap".into()),
        name: Some("a".into()),
        namespace: Some("default".into()),
        uid: Some("u".into()),
        ..Default::default()
    };
    let event = Event {
        type_: EventType::Normal,
        reason: "Tested".into(),
        note: Some("all is well".into()),
        action: "Test".into(),
        secondary: None,
    };
    recorder.publish(&event, &subject).await.unwrap();
    recorder.publish(&event, &subject).await.unwrap();
    let new: Api<EventV1> = Api::default_namespaced(client.clone());
    let found = new.list(&ListParams::default()).await.unwrap().items;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].note.as_deref(), Some("all is well"));
    assert_eq!(found[0].series.as_ref().map(|s| s.count), Some(2));
    let old: Api<k8s_openapi::api::core::v1::Event> = Api::default_namespaced(client);
    let query = ListParams::default().fields("involvedObject.name=a,reason=Tested");
    let found = old.list(&query).await.unwrap().items;
    assert_eq!(found[0].message.as_deref(), Some("all is well"));
}

#[tokio::test]
async fn typed_apply_and_status_and_metadata() {
    let hub = hub().await;
    let client = client(&hub, "hub");
    let api: Api<Deployment> = Api::default_namespaced(client.clone());
    let wanted: Deployment = serde_json::from_value(serde_json::json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "main", "image": "i"}]}}},
    }))
    .unwrap();
    let apply = PatchParams::apply("test").force();
    let made = api.patch("web", &apply, &Patch::Apply(&wanted)).await.unwrap();
    let again = api.patch("web", &apply, &Patch::Apply(&wanted)).await.unwrap();
    assert_eq!(made, again);
    let status = serde_json::json!({"status": {"replicas": 1, "readyReplicas": 1}});
    let done =
        api.patch_status("web", &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
    assert_eq!(done.status.unwrap().ready_replicas, Some(1));
    assert_eq!(done.metadata.generation, Some(1));
    let meta = api.get_metadata("web").await.unwrap();
    assert_eq!(meta.metadata.name.as_deref(), Some("web"));
    let scale = api.get_scale("web").await.unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(1));
    let order: Vec<String> = hub
        .root()
        .stored("apps", "deployments", "default", "web")
        .and_then(|d| d["metadata"].as_object().map(|m| m.keys().cloned().collect()))
        .unwrap();
    let expected = [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "managedFields",
    ];
    assert_eq!(order, expected);
}

#[tokio::test]
async fn leases_are_taken_once() {
    let hub = hub().await;
    let api: Api<Lease> = Api::default_namespaced(client(&hub, "hub"));
    let lease: Lease = serde_json::from_value(serde_json::json!({
        "metadata": {"name": "l"},
        "spec": {"holderIdentity": "a", "renewTime": "2026-01-02T03:04:05.000006Z"}}))
    .unwrap();
    let made = api.replace("l", &PostParams::default(), &lease).await.unwrap();
    let mut first = made.clone();
    first.spec.as_mut().unwrap().holder_identity = Some("b".into());
    api.replace("l", &PostParams::default(), &first).await.unwrap();
    let late = api.replace("l", &PostParams::default(), &first).await.unwrap_err();
    assert!(matches!(&late, kube::Error::Api(s) if s.is_conflict()), "{late}");
}

#[tokio::test]
async fn discovery_of_kube() {
    let hub = hub().await;
    let client = client(&hub, "hub");
    let found = kube::discovery::Discovery::new(client.clone()).run().await.unwrap();
    let gathered = kube::discovery::Discovery::new(client).run_aggregated().await.unwrap();
    for found in [found, gathered] {
        assert!(found.groups().any(|g| g.name() == "apps"));
    }
}

//! Lists and watches by their options: pages, revisions, selectors, shapes, and their refusals.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use futures::StreamExt;
use http::{Request, header};
use http_body_util::{BodyExt, Empty};
use mizzen_hub::{Cluster, Hub, LocalApi, User};
use serde_json::{Value, json};
use tower::ServiceExt;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn filled() -> (Cluster, LocalApi) {
    let hub = Hub::builder().seed(7).build().await.unwrap();
    let api = hub.root().local(User::admin(), "t");
    for i in 0..7 {
        let labels = if i % 2 == 0 { json!({"even": "yes"}) } else { json!({}) };
        let map = json!({"metadata": {"name": format!("m{i}"), "labels": labels}});
        api.create(MAPS, &map).await.unwrap();
    }
    (hub.root(), api)
}

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["metadata"]["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_come_from_one_revision() {
    let (_, api) = filled().await;
    let first = api.get(&format!("{MAPS}?limit=3")).await.unwrap();
    assert_eq!(names(&first), ["m0", "m1", "m2"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 4);
    api.delete(&format!("{MAPS}/m4"), &Value::Null).await.unwrap();
    let token = first["metadata"]["continue"].as_str().unwrap();
    let second = api.get(&format!("{MAPS}?limit=9&continue={token}")).await.unwrap();
    assert_eq!(names(&second), ["m3", "m4", "m5", "m6"], "as it was");
    let revision = &first["metadata"]["resourceVersion"];
    assert_eq!(&second["metadata"]["resourceVersion"], revision);
    let mixed = format!("{MAPS}?continue={token}&resourceVersion=5");
    assert_eq!(api.get(&mixed).await.unwrap_err().code, 400);
    assert_eq!(api.get(&format!("{MAPS}?continue=x")).await.unwrap_err().code, 400);
    let selected = api.get(&format!("{MAPS}?limit=2&labelSelector=even")).await.unwrap();
    assert!(selected["metadata"].get("remainingItemCount").is_none());
}

#[tokio::test]
async fn revisions_and_their_match() {
    let (cluster, api) = filled().await;
    let now = cluster.revision();
    let count = |list: Value| list["items"].as_array().unwrap().len();
    let ask = |query: String| {
        let api = api.clone();
        async move { api.get(&format!("{MAPS}?{query}")).await }
    };
    assert_eq!(count(ask(format!("resourceVersion={}", now - 2)).await.unwrap()), 7);
    let exact = format!("resourceVersion={}&resourceVersionMatch=Exact", now - 2);
    assert_eq!(count(ask(exact).await.unwrap()), 5);
    let table = [
        ("resourceVersionMatch=Exact", 422),
        ("resourceVersion=0&resourceVersionMatch=Exact", 422),
        ("resourceVersion=1&resourceVersionMatch=Sometimes", 422),
        ("resourceVersion=x", 400),
        ("sendInitialEvents=true", 422),
        ("limit=x", 400),
        ("labelSelector=a+b", 400),
        ("fieldSelector=spec.foo%3D1", 400),
        ("watch=true&resourceVersionMatch=NotOlderThan", 422),
        ("watch=true&sendInitialEvents=true", 422),
    ];
    for (query, code) in table {
        assert_eq!(ask(query.to_owned()).await.unwrap_err().code, code, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_revision_not_reached_is_waited_for_and_then_refused() {
    let (cluster, api) = filled().await;
    let ahead = cluster.revision() + 1;
    let path = format!("{MAPS}?resourceVersion={ahead}");
    let refused = api.get(&path).await.unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (504, "Timeout"));
    assert_eq!(refused.details.causes[0].reason, "ResourceVersionTooLarge");
    let late = json!({"metadata": {"name": "late"}});
    let (list, _) = tokio::join!(api.get(&path), api.create(MAPS, &late));
    assert_eq!(names(&list.unwrap()).len(), 8);
}

#[tokio::test]
async fn a_watch_with_a_selector_sees_objects_enter_and_leave() {
    let (cluster, api) = filled().await;
    let from = cluster.revision();
    let path = format!("{MAPS}?labelSelector=even%3Dyes&resourceVersion={from}");
    let mut events = api.watch(&path).await.unwrap();
    let label = |value: Value| json!({"metadata": {"labels": {"even": value}}});
    api.merge(&format!("{MAPS}/m1"), &label(json!("yes"))).await.unwrap();
    api.merge(&format!("{MAPS}/m1"), &label(json!("no"))).await.unwrap();
    api.delete(&format!("{MAPS}/m0"), &Value::Null).await.unwrap();
    for expected in [("ADDED", "m1", "yes"), ("DELETED", "m1", "yes"), ("DELETED", "m0", "yes")] {
        let (kind, object) = events.next().await.unwrap();
        let meta = &object["metadata"];
        let seen = (meta["name"].as_str().unwrap(), meta["labels"]["even"].as_str().unwrap());
        assert_eq!((kind.as_str(), seen.0, seen.1), expected);
    }
}

/// One answer with an Accept header.
async fn accept(cluster: &Cluster, path: &str, accept: &str) -> (u16, String, Value) {
    let request = Request::get(path).header(header::ACCEPT, accept);
    let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
    let response = cluster.service().oneshot(request).await.unwrap();
    let code = response.status().as_u16();
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (code, kind, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn shapes() {
    let (cluster, _) = filled().await;
    let shape = |name: &str| format!("application/json;as={name};g=meta.k8s.io;v=v1");
    let (_, _, table) = accept(&cluster, MAPS, &shape("Table")).await;
    assert_eq!(table["kind"], "Table");
    assert_eq!(table["columnDefinitions"][1]["name"], "Data");
    assert_eq!(table["rows"][0]["cells"][0], "m0");
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    let (_, _, partial) = accept(&cluster, MAPS, &shape("PartialObjectMetadataList")).await;
    assert_eq!(partial["items"][0]["kind"], "PartialObjectMetadata");
    let (code, kind, _) = accept(&cluster, MAPS, "application/yaml").await;
    assert_eq!((code, kind.as_str()), (200, "application/yaml"));
    let (code, ..) = accept(&cluster, MAPS, "application/vnd.kubernetes.protobuf").await;
    assert_eq!(code, 406);
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let (_, kind, document) = accept(&cluster, "/apis", aggregated).await;
    assert_eq!(kind, aggregated);
    assert_eq!(document["items"][1]["metadata"]["name"], "apps");
    let (code, kind, _) = accept(&cluster, "/nonsense", "").await;
    assert_eq!((code, kind.as_str()), (404, "text/plain; charset=utf-8"));
}

//! Services, Ingresses, namespaces, ReplicaSets on their own, logs.

use futures::StreamExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::harness::{Bench, rolled_out, workload};
use crate::json::{int, items, meta, text};
use crate::sim::Timing;

#[tokio::test(start_paused = true)]
async fn a_service_follows_its_pods() {
    let bench = Bench::start(Timing::default()).await;
    let mut body = workload("Deployment", "web", "nginx:1", json!({"replicas": 2}));
    body["spec"]["template"]["spec"]["containers"][0]["ports"] =
        json!([{"name": "http", "containerPort": 8080}]);
    bench.create("deployments", body).await;
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
    let made = bench.create("services", service).await;
    assert!(text(&made, &["spec", "clusterIP"]).starts_with("10.96."), "{made}");
    let ready = |list: &Value| {
        items(&list["items"][0], &["endpoints"])
            .iter()
            .filter(|e| e["conditions"]["ready"] == true)
            .count()
    };
    let list = bench.until("endpointslices", |l| ready(l) == 2).await;
    let slice = &list["items"][0];
    assert_eq!(slice["ports"][0]["port"], 8080);
    assert_eq!(slice["metadata"]["labels"]["kubernetes.io/service-name"], "web");
    bench
        .until("services/web", |s| !items(s, &["status", "loadBalancer", "ingress"]).is_empty())
        .await;
    bench.patch("deployments/web", json!({"spec": {"replicas": 0}})).await;
    bench.until("endpointslices", |l| items(&l["items"][0], &["endpoints"]).is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn an_ingress_gets_its_address() {
    let bench = Bench::start(Timing::default()).await;
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"},
        "spec": {"rules": [{"host": "a.example", "http": {"paths": [{"path": "/", "pathType": "Prefix",
            "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]}});
    bench.create("ingresses", ingress).await;
    let got = bench
        .until("ingresses/web", |i| !items(i, &["status", "loadBalancer", "ingress"]).is_empty())
        .await;
    assert_eq!(got["status"]["loadBalancer"]["ingress"][0]["ip"], "172.18.255.1");
}

#[tokio::test(start_paused = true)]
async fn every_namespace_is_furnished() {
    let bench = Bench::start(Timing::default()).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}});
    bench.api.create("/api/v1/namespaces", &namespace).await.expect("a namespace");
    bench.pass(1).await;
    for path in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
        let path = format!("/api/v1/namespaces/prod/{path}");
        assert!(bench.api.get(&path).await.is_ok(), "{path}");
        bench.api.delete(&path, &Value::Null).await.expect("deleted");
        bench.pass(1).await;
        assert!(bench.api.get(&path).await.is_ok(), "{path} comes back");
    }
}

#[tokio::test(start_paused = true)]
async fn a_replica_set_releases_and_adopts() {
    let bench = Bench::start(Timing::instant()).await;
    bench
        .create("replicasets", workload("ReplicaSet", "rs", "app:1", json!({"replicas": 2})))
        .await;
    bench.until("replicasets/rs", |s| int(s, &["status", "availableReplicas"]) == Some(2)).await;
    let name = meta(&bench.pods().await[0], "name").to_owned();
    let path = format!("pods/{name}");
    bench.patch(&path, json!({"metadata": {"labels": {"app": "other"}}})).await;
    bench.until(&path, |p| items(p, &["metadata", "ownerReferences"]).is_empty()).await;
    bench.until("pods", |l| items(l, &["items"]).len() == 3).await;
    bench.patch(&path, json!({"metadata": {"labels": {"app": "rs"}}})).await;
    bench.until("pods", |l| items(l, &["items"]).len() == 2).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_cluster_makes_no_request() {
    let bench = Bench::start(Timing::default()).await;
    bench
        .create("deployments", workload("Deployment", "web", "nginx:1", json!({"replicas": 2})))
        .await;
    bench.until("deployments/web", |d| rolled_out(d, 2)).await;
    bench.pass(30).await;
    let before = bench.requests();
    bench.pass(1800).await;
    assert_eq!(bench.requests(), before);
}

async fn log(bench: &Bench, query: &str) -> Result<String, String> {
    let text = bench.follow(&format!("/api/v1/namespaces/default/pods/p/log{query}")).await;
    let status: Value = serde_json::from_str(&text).unwrap_or_default();
    if status["kind"] == "Status" {
        return Err(status["message"].as_str().unwrap_or_default().to_owned());
    }
    Ok(text)
}

#[tokio::test(start_paused = true)]
async fn logs_are_read_and_followed() {
    let bench = Bench::start(Timing::default()).await;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "main", "image": "app:sim-crash-after-8s"}]}});
    bench.create("pods", pod).await;
    let waiting = log(&bench, "").await.expect_err("not yet");
    assert_eq!(waiting, "container \"main\" in pod \"p\" is waiting to start: ContainerCreating");
    bench.until("pods/p", |p| text(p, &["status", "phase"]) == "Running").await;
    bench.pass(5).await;
    let all = log(&bench, "").await.expect("a log");
    let tail = log(&bench, "?tailLines=1").await.expect("a log");
    assert!(all.lines().count() > 3, "{all}");
    assert_eq!(tail.lines().count(), 1);
    assert!(all.ends_with(&tail));
    assert!(
        log(&bench, "?timestamps=true&tailLines=1")
            .await
            .expect("a log")
            .starts_with("2026-01-01T00:00:0")
    );
    assert_eq!(
        log(&bench, "?container=x").await.expect_err("no such"),
        "container x is not valid for pod p"
    );
    let text = "previous terminated container \"main\" in pod \"p\" not found";
    assert_eq!(log(&bench, "?previous=true").await.expect_err("none yet"), text);

    let followed = bench.follow("/api/v1/namespaces/default/pods/p/log?follow=true").await;
    assert!(followed.starts_with(&all), "{followed}");
    assert!(followed.ends_with("exit status 1\n"), "{followed}");
    bench
        .until("pods/p", |p| {
            int(&p["status"]["containerStatuses"][0], &["restartCount"]) == Some(1)
        })
        .await;
    assert_eq!(log(&bench, "?previous=true").await.expect("the first run"), followed);
}

impl Bench {
    /// Reads a stream to its end.
    async fn follow(&self, path: &str) -> String {
        let request = http::Request::get(path).body(http_body_util::Empty::<bytes::Bytes>::new());
        let response =
            tower::ServiceExt::oneshot(self.service(), request.expect("a request")).await;
        let mut stream = response.expect("a response").into_body().into_data_stream();
        let mut text = String::new();
        while let Some(Ok(chunk)) = stream.next().await {
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        text
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_holds_evictions_back() {
    let bench = Bench::start(Timing::default()).await;
    let body = workload("Deployment", "web", "nginx:1", json!({"replicas": 3}));
    bench.create("deployments", body).await;
    bench.until("deployments/web", |d| rolled_out(d, 3)).await;
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}});
    let collection = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    bench.api.create(collection, &budget).await.expect("a budget");
    bench.pass(1).await;
    let got = bench.api.get(&format!("{collection}/web")).await.expect("the budget");
    assert_eq!(int(&got, &["status", "disruptionsAllowed"]), Some(1), "{got}");

    let pods = bench.pods().await;
    let evict = async |pod: &Value| {
        let name = meta(pod, "name");
        let body =
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
        let path = format!("/api/v1/namespaces/default/pods/{name}/eviction");
        bench.api.create(&path, &body).await
    };
    evict(&pods[0]).await.expect("one may go");
    let refused = evict(&pods[1]).await.expect_err("two may not");
    assert_eq!((refused.code, refused.reason.as_str()), (429, "TooManyRequests"));
    assert_eq!(
        refused.to_json()["details"]["causes"][0]["message"],
        "The disruption budget web needs 2 healthy pods and has 3 currently"
    );
}

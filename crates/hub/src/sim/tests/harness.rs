//! A hub with one simulated cluster whose clock stands still unless everybody waits.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::hub::Hub;
use crate::identity::User;
use crate::json::{int, items, meta, text};
use crate::local::LocalApi;
use crate::sim::{Options, Simulation, Timing};
use crate::store::Change;

/// Simulated time that a test waits at most.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);

/// A running cluster and a person who uses it.
pub(crate) struct Bench {
    pub(crate) api: LocalApi,
    cluster: crate::cluster::Cluster,
    _hub: Hub,
    _simulation: Simulation,
}

impl Bench {
    /// A cluster of three nodes at the beginning of 2026.
    pub(crate) async fn start(timing: Timing) -> Self {
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let hub = Hub::builder().seed(7).clock(Clock::at(at)).build().await.expect("a hub");
        let cluster = hub.root();
        let options = Options { timing, ..Options::default() };
        let simulation = Simulation::start(&cluster, options);
        let api = cluster.local(User::admin(), "kubectl-create");
        Self { api, cluster, _hub: hub, _simulation: simulation }
    }

    /// Creates an object of the namespace `default`.
    pub(crate) async fn create(&self, collection: &str, mut object: Value) -> Value {
        object["metadata"]["namespace"] = json!("default");
        self.api.create(&full(collection), &object).await.expect("it is created")
    }

    /// Merges a patch into an object.
    pub(crate) async fn patch(&self, path: &str, patch: Value) -> Value {
        self.api.merge(&full(path), &patch).await.expect("it is patched")
    }

    /// An object or a list.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.api.get(&full(path)).await.expect("it is there")
    }

    /// Waits until what is at a path passes a test.
    pub(crate) async fn until(&self, path: &str, test: impl Fn(&Value) -> bool) -> Value {
        let mut moved = self.cluster.revisions();
        let waiting = async {
            loop {
                moved.borrow_and_update();
                if let Ok(value) = self.api.get(&full(path)).await
                    && test(&value)
                {
                    return value;
                }
                moved.changed().await.expect("the cluster lives");
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(value) => value,
            Err(_) => {
                let value = self.api.get(&full(path)).await;
                let requests = self.cluster.requests_after(0);
                let last = &requests[requests.len().saturating_sub(30)..];
                panic!("{path} never came to pass: {value:#?}\nafter {last:#?}")
            }
        }
    }

    /// Waits until an object is gone.
    pub(crate) async fn gone(&self, path: &str) {
        let mut moved = self.cluster.revisions();
        let waiting = async {
            while self.api.get(&full(path)).await.is_ok() {
                moved.changed().await.expect("the cluster lives");
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it goes");
    }

    /// Every change since the beginning, oldest first.
    pub(crate) fn changes(&self) -> Vec<Arc<Change>> {
        self.cluster.inner.store.all_changes(0).expect("all are kept").0
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> u64 {
        self.cluster.request_count()
    }

    /// The cluster as a service.
    pub(crate) fn service(&self) -> crate::service::ClusterService {
        self.cluster.service()
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// The names of the pods with their table status, sorted.
    pub(crate) async fn pods(&self) -> Vec<Value> {
        items(&self.get("pods").await, &["items"]).to_vec()
    }

    /// `reason: message` of the events about objects of a kind, oldest first.
    pub(crate) async fn events(&self, kind: &str) -> Vec<String> {
        let list = self.get("events").await;
        let mut events: Vec<&Value> = items(&list, &["items"])
            .iter()
            .filter(|e| text(e, &["involvedObject", "kind"]) == kind)
            .collect();
        events.sort_by_key(|e| {
            let name = meta(e, "name").rsplit('.').next().unwrap_or_default().to_owned();
            (name.len(), name)
        });
        events
            .iter()
            .map(|e| format!("{}: {}", text(e, &["reason"]), text(e, &["message"])))
            .collect()
    }
}

/// Whether a Deployment has rolled out to so many replicas, as `kubectl rollout status` decides.
pub(crate) fn rolled_out(deployment: &Value, replicas: i64) -> bool {
    let count = |field: &str| int(deployment, &["status", field]).unwrap_or(0);
    count("observedGeneration") >= int(deployment, &["metadata", "generation"]).unwrap_or(0)
        && ["replicas", "updatedReplicas", "availableReplicas"].iter().all(|f| count(f) == replicas)
        && int(deployment, &["spec", "replicas"]) == Some(replicas)
}

/// `deployments/web` as a path of the namespace `default`.
fn full(path: &str) -> String {
    let plural = path.split('/').next().unwrap_or_default();
    let root = match plural {
        "deployments" | "replicasets" | "statefulsets" | "daemonsets" | "controllerrevisions" => {
            "/apis/apps/v1"
        }
        "jobs" | "cronjobs" => "/apis/batch/v1",
        "ingresses" => "/apis/networking.k8s.io/v1",
        "endpointslices" => "/apis/discovery.k8s.io/v1",
        "nodes" | "persistentvolumes" | "namespaces" => return format!("/api/v1/{path}"),
        _ => "/api/v1",
    };
    format!("{root}/namespaces/default/{path}")
}

/// A workload of one container.
pub(crate) fn workload(kind: &str, name: &str, image: &str, spec: Value) -> Value {
    let mut object = json!({
        "apiVersion": if kind == "Job" { "batch/v1" } else { "apps/v1" },
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
        },
    });
    for (key, value) in spec.as_object().into_iter().flatten() {
        object["spec"][key] = value.clone();
    }
    object
}

/// The patch that changes the image of a workload.
pub(crate) fn image(image: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}})
}

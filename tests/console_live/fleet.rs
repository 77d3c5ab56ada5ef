//! A hub with a member that works and one that is down, and an application that waits at a gate. The
//! objects are what a controller leaves behind; no controller runs.

use kube::Client;
use mizzen_hub::sim::{Options, Simulation};
use mizzen_hub::{Fault, Gateway, Hub, LocalApi, User};
use serde_json::{Value, json};

const APPS: &str = "/apis/core.oam.dev/v1beta1/namespaces/shop/applications";
const TRACKERS: &str = "/apis/core.oam.dev/v1beta1/resourcetrackers";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";
const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GATEWAY: &str = "/apis/cluster.core.oam.dev/v1alpha1/clustergateways";

pub(crate) struct Fleet {
    hub: Hub,
    _simulation: Simulation,
}

impl Fleet {
    pub(crate) async fn start() -> Self {
        let gateway = Gateway::new(GATEWAY)
            .members_by_secret("vela-system", "cluster.core.oam.dev/cluster-credential-type");
        let hub = Hub::builder().clusters(["hub", "eu-1", "us-1"]).gateway(gateway).seed(1);
        let hub = hub.build().await.expect("a hub in memory");
        let member = hub.cluster("eu-1").expect("it was given to the builder");
        let simulation = Simulation::start(&member, Options::default());
        let fleet = Self { hub, _simulation: simulation };
        fleet.fill().await;
        fleet.hub.cluster("us-1").expect("it was given to the builder").set_down(true);
        fleet
    }

    async fn fill(&self) {
        let hub = self.api("hub");
        for crd in mizzen_oam::crd::all() {
            make(&hub, CRDS, crd).await;
        }
        for (cluster, namespace) in [("hub", "vela-system"), ("hub", "shop"), ("eu-1", "shop")] {
            let object =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            make(&self.api(cluster), "/api/v1/namespaces", object).await;
        }
        for member in ["eu-1", "us-1"] {
            let label = "cluster.core.oam.dev/cluster-credential-type";
            let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": member,
                "namespace": "vela-system", "labels": {label: "X509Certificate"}}});
            make(&hub, "/api/v1/namespaces/vela-system/secrets", object).await;
        }
        make(&self.api("eu-1"), DEPLOYMENTS, deployment()).await;
        make(&hub, TRACKERS, tracker()).await;
        make(&hub, APPS, application()).await;
        let status = json!({"status": status("run-1", "Suspended by field suspend")});
        hub.merge(&format!("{APPS}/checkout/status"), &status).await.expect("a status");
    }

    fn api(&self, cluster: &str) -> LocalApi {
        let cluster = self.hub.cluster(cluster).expect("it was given to the builder");
        cluster.local(User::admin(), "test")
    }

    /// A client of the hub, as the console gets one.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.hub.root().service(), "default")
    }

    pub(crate) async fn hub(&self, path: &str) -> Value {
        self.api("hub").get(path).await.expect("it can be read")
    }

    pub(crate) async fn application(&self) -> Value {
        self.hub(&format!("{APPS}/checkout")).await
    }

    /// Requests that the hub has seen, but for those that look whether the dead member is back.
    pub(crate) fn requests(&self) -> usize {
        let all = self.hub.root().requests_after(0);
        all.iter().filter(|request| !request.path.contains("/us-1/")).count()
    }

    /// From now on this goes wrong with every request to the hub and its members; nothing with nothing.
    pub(crate) fn fail(&self, fault: Option<Fault>) {
        for cluster in self.hub.clusters() {
            match fault.clone() {
                Some(fault) => cluster.set_faults(move |_| Some(fault.clone())),
                None => cluster.clear_faults(),
            }
            cluster.cut_watches();
        }
    }

    /// Someone edits a Deployment by hand.
    pub(crate) async fn drift(&self) {
        let path = format!("{DEPLOYMENTS}/web?fieldManager=kubectl-edit");
        let patch = json!({"spec": {"replicas": 3}});
        self.api("eu-1").merge(&path, &patch).await.expect("an edit");
    }

    /// The step that waits says something else.
    pub(crate) async fn say(&self, message: &str) {
        let status = json!({"status": status("run-1", message)});
        let path = format!("{APPS}/checkout/status");
        self.api("hub").merge(&path, &status).await.expect("a status");
    }

    /// Another run waits at the same gate.
    pub(crate) async fn restart_run(&self) {
        let status = json!({"status": status("run-2", "Suspended by field suspend")});
        let path = format!("{APPS}/checkout/status");
        self.api("hub").merge(&path, &status).await.expect("a status");
    }
}

async fn make(api: &LocalApi, path: &str, object: Value) {
    if let Err(why) = api.create(path, &object).await {
        panic!("{path}: {why:?}\n{object}");
    }
}

fn labels() -> Value {
    json!({"app.oam.dev/name": "checkout", "app.oam.dev/namespace": "shop"})
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": labels()},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "shop/web:2"}]}}}})
}

fn tracker() -> Value {
    let entry = |cluster: &str| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "shop",
            "cluster": cluster, "component": "web", "raw": deployment()})
    };
    json!({"apiVersion": "core.oam.dev/v1beta1", "kind": "ResourceTracker",
        "metadata": {"name": "checkout-v1-shop", "labels": labels()},
        "spec": {"type": "versioned", "applicationGeneration": 1,
            "managedResources": [entry("eu-1"), entry("us-1")]}})
}

fn application() -> Value {
    json!({"apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": "checkout", "namespace": "shop"},
        "spec": {"components": [{"name": "web", "type": "webservice",
            "properties": {"image": "shop/web:2"}}],
            "workflow": {"steps": [{"name": "check", "type": "suspend"}]}}})
}

fn status(run: &str, message: &str) -> Value {
    let at = "2026-03-01T12:00:00Z";
    json!({"status": "workflowSuspending",
        "workflow": {"appRevision": "checkout-v1", "mode": "StepByStep-DAG", "status": "suspending",
            "suspend": true, "terminated": false, "finished": false, "startTime": at, "endTime": null,
            "steps": [{"id": run, "name": "check", "type": "suspend", "phase": "suspending",
                "reason": "Suspend", "message": message, "firstExecuteTime": at,
                "lastExecuteTime": at}]}})
}

//! A hub with two members on simulated time, and what the tests ask of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use mizzen_engine::control::{Clock, Controller, Options};
use mizzen_engine::fleet::GATEWAY;
use mizzen_engine::operate::{self, Actor, Intent};
use mizzen_engine::render::Definitions;
use mizzen_hub::sim::{self, Simulation, Timing};
use mizzen_hub::{Cluster, Gateway, Hub, LocalApi, User};
use mizzen_oam::{Application, SYSTEM_NAMESPACE, labels};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// How long a condition may take, in simulated time.
const PATIENCE: Duration = Duration::from_secs(3600);
/// The members.
pub(crate) const MEMBERS: [&str; 2] = ["eu-1", "us-1"];
/// The definitions that the stories use; installing all of them would take its time in every test.
const DEFINITIONS: [&str; 5] = ["webservice", "scaler", "deploy", "suspend", "apply-component"];

/// A hub and its members.
pub(crate) struct World {
    pub(crate) hub: Hub,
    _simulations: Vec<Simulation>,
}

/// A running controller; it ends with this value.
pub(crate) struct Running(JoinHandle<Result<(), mizzen_engine::Error>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Running {
    /// A controller that runs in a task.
    pub(crate) fn of(task: JoinHandle<Result<(), mizzen_engine::Error>>) -> Self {
        Self(task)
    }

    /// What the controller ended with.
    pub(crate) async fn ended(mut self) -> Result<(), mizzen_engine::Error> {
        (&mut self.0).await.unwrap()
    }

    /// Kills the controller, wherever it is, and waits until nothing of it is left.
    pub(crate) async fn kill(mut self) {
        self.0.abort();
        let ended = (&mut self.0).await;
        assert!(ended.is_err_and(|error| error.is_cancelled()), "it ended by itself");
    }
}

impl World {
    /// A fresh world.
    pub(crate) async fn new() -> Self {
        Self::with(&DEFINITIONS).await
    }

    /// A fresh world with these definitions.
    pub(crate) async fn with(definitions: &[&str]) -> Self {
        let gateway = Gateway::new(GATEWAY)
            .members_by_secret(SYSTEM_NAMESPACE, labels::CLUSTER_CREDENTIAL_TYPE);
        let start: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        let hub = Hub::builder()
            .cluster("hub")
            .clusters(MEMBERS)
            .gateway(gateway)
            .seed(7)
            .clock(mizzen_hub::Clock::at(start))
            .build()
            .await
            .unwrap();
        let options = sim::Options { timing: Timing::instant(), ..sim::Options::default() };
        let simulations =
            hub.clusters().iter().map(|c| Simulation::start(c, options.clone())).collect();
        let world = Self { hub, _simulations: simulations };
        world.install(definitions).await;
        world
    }

    async fn install(&self, definitions: &[&str]) {
        let api = self.api();
        for crd in mizzen_oam::crd::all() {
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            api.create(path, &crd).await.unwrap();
        }
        self.namespace(SYSTEM_NAMESPACE).await;
        let builtin = Definitions::builtin().unwrap();
        for definition in builtin.iter().filter(|d| definitions.contains(&d.name.as_str())) {
            let plural = format!("{}s", definition.kind.object_kind().to_lowercase());
            let path = format!("/apis/core.oam.dev/v1beta1/namespaces/{SYSTEM_NAMESPACE}/{plural}");
            api.create(&path, &definition.to_object(SYSTEM_NAMESPACE)).await.unwrap();
        }
        for member in MEMBERS {
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {
                "name": member, "labels": {labels::CLUSTER_CREDENTIAL_TYPE: "X509Certificate"}}});
            let path = format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/secrets");
            api.create(&path, &secret).await.unwrap();
        }
    }

    /// The hub's own cluster as a person reaches it.
    pub(crate) fn api(&self) -> LocalApi {
        person(&self.hub.root())
    }

    /// A member as a person reaches it.
    pub(crate) fn member(&self, name: &str) -> LocalApi {
        person(&self.cluster(name))
    }

    /// A cluster; `local` and `hub` are the hub's own.
    pub(crate) fn cluster(&self, name: &str) -> Cluster {
        self.hub.cluster(name).unwrap()
    }

    /// A client as a person has it.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.hub.root().service(), "default")
    }

    /// The clock of the world.
    pub(crate) fn clock(&self) -> Clock {
        let clock = self.hub.root().clock().clone();
        Arc::new(move || clock.now())
    }

    /// Starts a controller that alone is there.
    pub(crate) fn controller(&self, client: Client) -> Running {
        // Definitions have tests of their own; here every call counts.
        let options = Options { definitions: false, ..Options::default() };
        self.controller_as(client, options)
    }

    /// Starts a controller.
    pub(crate) fn controller_as(&self, client: Client, options: Options) -> Running {
        let controller = Controller::new(client, options, self.clock()).unwrap();
        Running(tokio::spawn(Arc::new(controller).run()))
    }

    /// Makes a namespace in every cluster.
    pub(crate) async fn namespace(&self, name: &str) {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        for cluster in self.hub.clusters() {
            person(cluster).create("/api/v1/namespaces", &object).await.unwrap();
        }
    }

    /// Applies an application, as a person's file says it.
    pub(crate) async fn up(&self, namespace: &str, app: &Value) {
        let name = app["metadata"]["name"].as_str().unwrap();
        let path = app_path(namespace, name);
        self.api().apply(&path, "person", app).await.unwrap();
    }

    /// Waits until what is at a path of a cluster looks as it should; what is not there is `null`.
    pub(crate) async fn until(
        &self,
        cluster: &str,
        path: &str,
        what: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let cluster = self.cluster(cluster);
        let api = person(&cluster);
        let mut revisions = cluster.revisions();
        let mut seen = Value::Null;
        let wait = async {
            loop {
                seen = api.get(path).await.unwrap_or_default();
                if holds(&seen) {
                    return;
                }
                revisions.changed().await.unwrap();
            }
        };
        let done = tokio::time::timeout(PATIENCE, wait).await;
        assert!(done.is_ok(), "{path}: waited in vain until {what}; there is {seen}");
        seen
    }

    /// Waits until an application is in a phase, in a revision.
    pub(crate) async fn phase(&self, namespace: &str, name: &str, number: i64, phase: &str) {
        let revision = format!("{name}-v{number}");
        let what = format!("it is {phase} in {revision}");
        self.until("hub", &app_path(namespace, name), &what, |app| {
            app["status"]["status"] == phase
                && app["status"]["latestRevision"]["name"] == revision
                && app["status"]["observedGeneration"] == app["metadata"]["generation"]
        })
        .await;
    }

    /// Carries out what a person asks of an application.
    pub(crate) async fn ask(
        &self,
        namespace: &str,
        name: &str,
        intent: impl FnOnce(&Application) -> Intent,
    ) {
        let client = self.client();
        let app = operate::application(&client, namespace, name).await.unwrap();
        let actor = Actor { name: "ada".to_owned(), why: "it is time".to_owned() };
        let now = self.clock()();
        operate::carry_out(&client, &intent(&app), &actor, now).await.unwrap();
    }

    /// Lets simulated time pass: whatever was still to happen happens.
    pub(crate) async fn settle(&self) {
        tokio::time::sleep(Duration::from_secs(400)).await;
    }
}

fn person(cluster: &Cluster) -> LocalApi {
    cluster.local(User::admin(), "person")
}

/// The place of an application.
pub(crate) fn app_path(namespace: &str, name: &str) -> String {
    format!("/apis/core.oam.dev/v1beta1/namespaces/{namespace}/applications/{name}")
}

/// The place of a Deployment.
pub(crate) fn deployment_path(namespace: &str, name: &str) -> String {
    format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
}

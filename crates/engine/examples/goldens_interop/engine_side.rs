//! Our side of a scenario: definitions, CRDs and the controller on a fresh hub. The one place that
//! knows how the engine is started.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use mizzen_engine::control::{Controller, Options};
use mizzen_engine::render::{Definition, Definitions};
use mizzen_hub::sim::{self, Simulation, Timing};
use mizzen_hub::{Hub, LocalApi, Projection, User};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::loopback::Loopback;

/// Where the recordings' members were.
pub(crate) const ENDPOINTS: [&str; 2] = ["https://127.0.0.1:19473", "https://127.0.0.1:19463"];

/// A running controller with the simulations of its clusters; dropping it stops all.
pub(crate) struct Running {
    controller: JoinHandle<()>,
    _simulations: Vec<Simulation>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

/// The members as a gateway lists them.
pub(crate) fn virtual_clusters() -> Projection {
    Projection {
        group: "cluster.core.oam.dev".to_owned(),
        version: "v1alpha1".to_owned(),
        kind: "VirtualCluster".to_owned(),
        plural: "virtualclusters".to_owned(),
        short_names: Vec::new(),
        columns: Vec::new(),
        source: ["", "secrets", "vela-system"].map(str::to_owned),
        objects: mizzen_engine::member::virtual_clusters,
    }
}

/// Installs CRDs and definitions on the hub and starts the controller. Definitions are ours, or those
/// of a folder of authored files.
pub(crate) async fn start(
    hub: &Hub,
    options: Options,
    upstream: Option<&Path>,
) -> Result<Running, String> {
    let api = hub.root().local(User::admin(), "installer");
    for crd in mizzen_oam::crd::all() {
        make(&api, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &crd).await?;
    }
    system_namespace(&api).await?;
    for definition in definitions(upstream)? {
        let object = definition.to_object("vela-system");
        let plural = format!("{}s", definition.kind.object_kind().to_lowercase());
        let path = format!("/apis/core.oam.dev/v1beta1/namespaces/vela-system/{plural}");
        make(&api, &path, &object).await?;
    }
    let simulations = hub.clusters().iter().map(|c| Simulation::start(c, plane())).collect();
    let clock = hub.root().clock().clone();
    let client = Client::new(hub.root().service(), "default");
    let now = Arc::new(move || clock.now());
    let options = Options {
        prompt: false,
        resync: options.resync.or(Some(Duration::from_secs(300))),
        web: Some(Arc::new(Loopback::default())),
        ..options
    };
    let controller = Controller::new(client, options, now)
        .map_err(|error| format!("starting the controller: {error}"))?;
    let controller = tokio::spawn(async move {
        if let Err(error) = Arc::new(controller).run().await {
            eprintln!("the controller ended: {error}");
        }
    });
    Ok(Running { controller, _simulations: simulations })
}

/// The members as the recordings' fleet had them once they were joined and labelled.
pub(crate) async fn join(hub: &Hub) -> Result<(), String> {
    let api = hub.root().local(User::admin(), "vela");
    system_namespace(&api).await?;
    let version = json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3",
        "platform": "linux/amd64"});
    for (name, labels, endpoint) in [
        ("m1", json!({"region": "east"}), ENDPOINTS[0]),
        ("m2", json!({"region": "west", "tier": "edge"}), ENDPOINTS[1]),
    ] {
        let mut secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "labels": labels,
                "annotations": {"cluster.core.oam.dev/cluster-version": version.to_string()},
            },
            "type": "Opaque",
            "stringData": {"endpoint": endpoint, "token": "token"},
        });
        secret["metadata"]["labels"]["cluster.core.oam.dev/cluster-credential-type"] =
            json!("ServiceAccountToken");
        make(&api, "/api/v1/namespaces/vela-system/secrets", &secret).await?;
    }
    Ok(())
}

async fn system_namespace(api: &LocalApi) -> Result<(), String> {
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "vela-system"}});
    let made = api.create("/api/v1/namespaces", &namespace).await;
    made.map(drop).or_else(|status| match status.code {
        409 => Ok(()),
        _ => Err(status.message.clone()),
    })
}

/// The planes of the recordings: nobody gave addresses or volumes, no pod waited for
/// either, and pods with a label were never scheduled.
fn plane() -> sim::Options {
    let held = Some(("interop/hold".to_owned(), "true".to_owned()));
    // Their pods were ready within a second, before a run that waits was visited again. Moments are kept
    // in whole seconds: this is the next one.
    let timing = Timing {
        pull: Duration::ZERO,
        start: Duration::ZERO,
        ready: Duration::from_secs(1),
        ..Timing::default()
    };
    sim::Options { addresses: false, volumes: false, held, timing, ..sim::Options::default() }
}

async fn make(api: &LocalApi, path: &str, object: &Value) -> Result<(), String> {
    let made = api.create(path, object).await;
    made.map(drop).map_err(|status| format!("{path}: {}", status.message))
}

fn definitions(upstream: Option<&Path>) -> Result<Vec<Definition>, String> {
    let builtin = Definitions::builtin().map_err(|error| error.to_string())?;
    let Some(folder) = upstream else {
        return Ok(builtin.iter().map(|definition| (**definition).clone()).collect());
    };
    let mut found = Vec::new();
    for part in ["internal", "deprecated"] {
        authored(&folder.join("vela-templates/definitions").join(part), &builtin, &mut found)?;
    }
    Ok(found)
}

fn authored(folder: &Path, base: &Definitions, found: &mut Vec<Definition>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        if path.is_dir() {
            authored(&path, base, found)?;
        } else if path.extension().is_some_and(|end| end == "cue") {
            let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
            let name = path.display().to_string();
            let definition =
                mizzen_engine::render::authoring::definition(base.compiler(), &name, &text);
            found.push(definition.map_err(|error| format!("{name}: {error}"))?);
        }
    }
    Ok(())
}

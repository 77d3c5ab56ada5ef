//! The scenarios on the embedded hub, behind its real listener and with its real gateway.

#[path = "scenarios/all.rs"]
mod all;
#[path = "scenarios/apps.rs"]
mod apps;
#[path = "scenarios/backend.rs"]
mod backend;
#[path = "scenarios/delivery.rs"]
mod delivery;
#[path = "scenarios/gates.rs"]
mod gates;
#[path = "scenarios/killed.rs"]
mod killed;

use std::net::SocketAddr;

use backend::{Backend, Cluster};
use mizzen_engine::fleet::GATEWAY;
use mizzen_hub::sim::{Options, Simulation, Timing};
use mizzen_hub::{Gateway, Hub};
use mizzen_oam::{SYSTEM_NAMESPACE, labels};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenarios_on_the_embedded_hub() {
    let gateway =
        Gateway::new(GATEWAY).members_by_secret(SYSTEM_NAMESPACE, labels::CLUSTER_CREDENTIAL_TYPE);
    let clusters = ["hub", "eu-1", "us-1"];
    let hub = Hub::builder().clusters(clusters).gateway(gateway).build().await.expect("a hub");
    let options = Options { timing: Timing::instant(), ..Options::default() };
    let simulations: Vec<Simulation> =
        hub.clusters().iter().map(|c| Simulation::start(c, options.clone())).collect();
    let listener = hub.serve(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a listener");
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = folder.path().join("kubeconfig");
    listener.write_kubeconfig(&kubeconfig).expect("a kubeconfig");
    let mut members = Vec::new();
    for name in ["eu-1", "us-1"] {
        members.push((name.to_owned(), Cluster::of(kubeconfig.clone(), name).await));
    }
    let root = Cluster::of(kubeconfig, "hub").await;
    let gateway = root.client.clone();
    all::play(&Backend { hub: root, members, gateway }).await;
    drop(simulations);
}

//! The scenarios on the embedded hub, behind its real listener.

#[path = "scenarios/all.rs"]
mod all;
#[path = "scenarios/backend.rs"]
mod backend;

use std::net::SocketAddr;

use backend::{Backend, Cluster};
use mizzen_hub::Hub;
use mizzen_hub::sim::{Options, Simulation};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenarios_on_the_embedded_hub() {
    let hub = Hub::builder().clusters(["hub", "eu-1", "us-1"]).build().await.expect("a hub");
    let simulations: Vec<Simulation> = hub
        .clusters()
        .iter()
        .map(|cluster| Simulation::start(cluster, Options::default()))
        .collect();
    let listener = hub.serve(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a listener");
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = folder.path().join("kubeconfig");
    listener.write_kubeconfig(&kubeconfig).expect("a kubeconfig");
    let mut members = Vec::new();
    for name in ["eu-1", "us-1"] {
        members.push((name.to_owned(), Cluster::of(kubeconfig.clone(), name).await));
    }
    let backend = Backend { hub: Cluster::of(kubeconfig, "hub").await, members };
    all::play(&backend).await;
    drop(simulations);
}

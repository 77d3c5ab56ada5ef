//! The scenarios on the genuine control plane, whose folder `cargo xtask cluster` hands over.

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
#[path = "scenarios/gateway.rs"]
mod gateway;
#[path = "scenarios/killed.rs"]
mod killed;
#[path = "scenarios/probes.rs"]
mod probes;

use std::net::SocketAddr;
use std::path::PathBuf;

use backend::{Backend, Cluster};
use mizzen_hub::Hub;

/// Where the fleet's kubeconfig files are; without it, a test is skipped out loud.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("MIZZEN_GENUINE").map(PathBuf::from);
    if folder.is_none() {
        eprintln!(
            "SKIPPED: the genuine control plane: `cargo xtask test` runs it where Go is present"
        );
    }
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenarios_on_the_genuine_control_plane() {
    let Some(folder) = folder() else { return };
    let file = |name: &str| folder.join(format!("{name}.kubeconfig"));
    let mut members = Vec::new();
    for name in ["eu-1", "us-1"] {
        members.push((name.to_owned(), Cluster::of(file(name), name).await));
    }
    let hub = Cluster::of(file("hub"), "hub").await;
    let clients = members.iter().map(|(name, it)| (name.clone(), it.client.clone())).collect();
    let gateway = gateway::with_members(hub.client.clone(), clients);
    all::play(&Backend { hub, members, gateway }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_hub_answers_as_the_genuine_server() {
    let Some(folder) = folder() else { return };
    let genuine = Cluster::of(folder.join("eu-1.kubeconfig"), "eu-1").await;
    let hub = Hub::builder().clusters(["hub"]).build().await.expect("a hub");
    let listener = hub.serve(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a listener");
    let kubeconfig = tempfile::tempdir().expect("a folder");
    let file = kubeconfig.path().join("kubeconfig");
    listener.write_kubeconfig(&file).expect("a kubeconfig");
    let embedded = Cluster::of(file, "hub").await;
    probes::are_answered_alike(&genuine, &embedded).await;
}

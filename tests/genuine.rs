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

use std::path::PathBuf;

use backend::{Backend, Cluster};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenarios_on_the_genuine_control_plane() {
    let Some(folder) = std::env::var_os("MIZZEN_GENUINE").map(PathBuf::from) else {
        eprintln!(
            "SKIPPED: the genuine control plane: `cargo xtask test` runs it where Go is present"
        );
        return;
    };
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

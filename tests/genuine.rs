//! The scenarios on the genuine control plane, whose folder `cargo xtask cluster` hands over.

#[path = "scenarios/all.rs"]
mod all;
#[path = "scenarios/backend.rs"]
mod backend;

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
    all::play(&Backend { hub: Cluster::of(file("hub"), "hub").await, members }).await;
}

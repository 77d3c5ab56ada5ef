//! `mizzen demo`: a small world at work. A hub with two members and a third that is down, the
//! applications of `examples/`, and what happens to them on its own: a rollout that waits at a gate,
//! a container that crashes, a person who edits a Deployment by hand. Nothing in the engine or the
//! hub knows of any of it.

use std::path::PathBuf;

use clap::Args;

use super::apply::apply;
use super::hub::{World, builder, interrupted, make_folder};
use super::input;
use super::stop::Stop;

/// The members; the last one is down.
const MEMBERS: [&str; 3] = ["eu-1", "us-1", "ap-1"];
/// The member that does not answer.
const DOWN: &str = "ap-1";

/// What is applied, in this order.
const EXAMPLES: &[(&str, &str)] = &[
    ("00-namespaces.yaml", include_str!("../../examples/00-namespaces.yaml")),
    ("shop.yaml", include_str!("../../examples/shop.yaml")),
    ("checkout.yaml", include_str!("../../examples/checkout.yaml")),
    ("reports.yaml", include_str!("../../examples/reports.yaml")),
    ("edge.yaml", include_str!("../../examples/edge.yaml")),
];

/// How the demo runs.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the kubeconfig's path and run until interrupted
    #[arg(long)]
    no_console: bool,
    /// Folder for the kubeconfig; without it, a folder for temporary files
    #[arg(long)]
    path: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let folder = arguments.path.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("mizzen-demo-{}", std::process::id()))
    });
    make_folder(&folder)?;
    let world = World::start(builder(&MEMBERS), arguments.listen, &MEMBERS).await?;
    let path = folder.join("kubeconfig");
    world.listener.write_kubeconfig(&path)?;
    println!("{}", path.display());
    let client = world.client();
    for (name, text) in EXAMPLES {
        for object in input::parse(name, text)? {
            apply(&client, "default", &object, true).await?;
        }
    }
    if let Some(cluster) = world.hub.cluster(DOWN) {
        cluster.set_down(true);
    }
    interrupted().await?;
    world.listener.shutdown().await;
    if arguments.path.is_none()
        && let Err(why) = std::fs::remove_dir_all(&folder)
    {
        tracing::warn!(%why, "the demo's folder could not be removed");
    }
    Ok(())
}

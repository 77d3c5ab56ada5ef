//! `mizzen demo`: a small world at work. A hub with two members and a third that is down, the
//! applications of `examples/`, and what happens to them on its own: a rollout that waits at a gate,
//! a container that crashes, a person who edits a Deployment by hand. Nothing in the engine or the
//! hub knows of any of it.

mod story;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use kube::Client;
use mizzen_engine::control::Options;
use mizzen_oam::SYSTEM_NAMESPACE;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::apply::apply;
use super::console::show;
use super::controller::controller;
use super::hub::{World, builder, interrupted, make_folder};
use super::input;
use super::stop::Stop;
use crate::console::effect::live::Live;
use crate::console::effect::world as console;
use crate::console::run::Connect;
use crate::console::start;

/// The members; the last one is down.
const MEMBERS: [&str; 3] = ["eu-1", "us-1", "ap-1"];
/// The member that does not answer.
const DOWN: &str = "ap-1";

/// Between two runs of the controller, should one end.
const PAUSE: Duration = Duration::from_secs(2);

/// A trait that the platform team wrote itself.
const GUARDED: &str = include_str!("../../examples/definitions/guarded.cue");

/// What is applied, in this order.
const EXAMPLES: &[(&str, &str)] = &[
    ("00-namespaces.yaml", include_str!("../../examples/00-namespaces.yaml")),
    ("shop.yaml", include_str!("../../examples/shop.yaml")),
    ("checkout.yaml", include_str!("../../examples/checkout.yaml")),
    ("reports.yaml", include_str!("../../examples/reports.yaml")),
    ("edge.yaml", include_str!("../../examples/edge.yaml")),
    ("search.yaml", include_str!("../../examples/search.yaml")),
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
    listen: SocketAddr,
    #[command(flatten)]
    console: start::Arguments,
}

impl Arguments {
    /// Whether the console is shown.
    pub(super) fn shows_console(&self) -> bool {
        !self.no_console
    }
}

pub(super) async fn run(arguments: Arguments, started: Instant) -> Result<(), Stop> {
    let folder = arguments.path.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("mizzen-demo-{}", std::process::id()))
    });
    let outcome = if arguments.no_console {
        until_interrupted(&arguments, &folder).await
    } else {
        with_console(&arguments, &folder, started).await
    };
    if arguments.path.is_none()
        && let Err(why) = std::fs::remove_dir_all(&folder)
    {
        tracing::warn!(%why, "the demo's folder could not be removed");
    }
    outcome
}

async fn until_interrupted(arguments: &Arguments, folder: &Path) -> Result<(), Stop> {
    let demo = start_world(arguments.listen, folder).await?;
    println!("{}", folder.join("kubeconfig").display());
    let story = story::tell(&demo.world.hub);
    let end = interrupted();
    tokio::pin!(end);
    tokio::select! {
        ended = &mut end => ended?,
        () = story => end.await?,
    }
    demo.world.listener.shutdown().await;
    Ok(())
}

/// The world comes up beside the console's first frame.
async fn with_console(arguments: &Arguments, folder: &Path, started: Instant) -> Result<(), Stop> {
    let (listen, place) = (arguments.listen, folder.to_owned());
    let (keep, kept) = oneshot::channel::<Demo>();
    let connect: Connect = Box::pin(async move {
        let demo = start_world(listen, &place).await.map_err(Stop::text)?;
        let person = std::env::var("USER").unwrap_or_else(|_| "demo".to_owned());
        let live: Arc<dyn console::World> =
            Arc::new(Live::new("demo", &person, demo.world.client()));
        // The console may have ended meanwhile; then the world goes with this future.
        keep.send(demo).map_err(|_| "the console has ended".to_owned())?;
        Ok(live)
    });
    // For the other terminal: it stays on the main screen while the console has the alternate one.
    println!("{}", folder.join("kubeconfig").display());
    // The world lives, and its story goes on, as long as the console is shown.
    let background = async move {
        if let Ok(demo) = kept.await {
            story::tell(&demo.world.hub).await;
            std::future::pending::<()>().await;
        }
        std::future::pending().await
    };
    tokio::select! {
        shown = show(&arguments.console, started, connect) => shown,
        never = background => never,
    }
}

/// The world with what delivers in it.
struct Demo {
    world: World,
    /// Dropping it stops the controller.
    _controller: JoinSet<()>,
}

/// Starts hub, members, controller and applications, and lets one member go down.
async fn start_world(listen: SocketAddr, folder: &Path) -> Result<Demo, Stop> {
    make_folder(folder)?;
    let world = World::start(builder(&MEMBERS), listen, &MEMBERS).await?;
    world.listener.write_kubeconfig(&folder.join("kubeconfig"))?;
    let client = world.client();
    let guarded = input::definition("guarded.cue", GUARDED)?;
    apply(&client, SYSTEM_NAMESPACE, &guarded, true).await?;
    for (name, text) in EXAMPLES {
        for object in input::parse(name, text)? {
            apply(&client, "default", &object, true).await?;
        }
    }
    if let Some(cluster) = world.hub.cluster(DOWN) {
        cluster.set_down(true);
    }
    let mut controller = JoinSet::new();
    controller.spawn(deliver(client));
    Ok(Demo { world, _controller: controller })
}

/// The controller of the demo, which begins anew should it ever end.
async fn deliver(client: Client) {
    loop {
        let options = Options { identity: Some("demo".to_owned()), ..Options::default() };
        let ended = match controller(client.clone(), options) {
            Ok(controller) => controller.run().await.map_err(Stop::from),
            Err(stop) => Err(stop),
        };
        if let Err(stop) = ended {
            tracing::error!(why = stop.text(), "the demo's controller ended");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

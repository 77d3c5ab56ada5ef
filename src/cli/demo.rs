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
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::{Api, Client};
use mizzen_engine::control::Options;
use mizzen_oam::SYSTEM_NAMESPACE;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::apply::apply;
use super::bootstrap;
use super::console::show;
use super::controller::controller;
use super::hub::{World, builder, interrupted, make_folder};
use super::input;
use super::say::say;
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
    /// Folder for the kubeconfig and the state of the clusters, which the next demo with it goes on
    /// from; without it, everything is in memory and goes with the demo
    #[arg(long)]
    path: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    #[command(flatten)]
    console: start::Arguments,
}

impl Arguments {
    fn place(&self, folder: &Path) -> Place {
        Place { folder: folder.to_owned(), listen: self.listen, kept: self.path.is_some() }
    }

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
    let mut demo = start_world(arguments.place(folder)).await?;
    demo.complete().await?;
    say!("{}", folder.join("kubeconfig").display());
    let story = demo.story();
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
    let place = arguments.place(folder);
    let (keep, kept) = oneshot::channel::<Demo>();
    let connect: Connect = Box::pin(async move {
        let demo = start_world(place).await.map_err(Stop::text)?;
        let person = std::env::var("USER").unwrap_or_else(|_| "demo".to_owned());
        let live: Arc<dyn console::World> =
            Arc::new(Live::new("demo", &person, demo.world.client()));
        // The console may have ended meanwhile; then the world goes with this future.
        keep.send(demo).map_err(|_| "the console has ended".to_owned())?;
        Ok(live)
    });
    // For the other terminal: it stays on the main screen while the console has the alternate one.
    say!("{}", folder.join("kubeconfig").display());
    // The world lives, and its story goes on, as long as the console is shown.
    let background = async move {
        if let Ok(mut demo) = kept.await {
            demo.complete().await?;
            demo.story().await;
            std::future::pending::<()>().await;
        }
        std::future::pending().await
    };
    tokio::select! {
        shown = show(&arguments.console, None, started, connect) => shown,
        failed = background => failed,
    }
}

/// Where the demo keeps its files and listens.
struct Place {
    folder: PathBuf,
    listen: SocketAddr,
    /// Whether the clusters are kept for the next time.
    kept: bool,
}

/// The world with what delivers in it.
struct Demo {
    world: World,
    /// Whether the world is new, so that the story is still to be told.
    new: bool,
    /// Dropping it stops the controller.
    controller: JoinSet<()>,
}

impl Demo {
    /// Brings what applications need to be delivered, and lets the controller begin.
    async fn complete(&mut self) -> Result<(), Stop> {
        let client = self.world.client();
        bootstrap::install(&client, true).await?;
        let guarded = input::definition("guarded.cue", GUARDED)?;
        apply(&client, SYSTEM_NAMESPACE, &guarded, true).await?;
        self.controller.spawn(deliver(client));
        Ok(())
    }

    /// What people do in a new world.
    async fn story(&self) {
        if self.new {
            story::tell(&self.world.hub).await;
        }
    }
}

/// Starts hub, members and applications, one member down: as little as there is to see something.
async fn start_world(place: Place) -> Result<Demo, Stop> {
    make_folder(&place.folder)?;
    let mut builder = builder(&MEMBERS);
    if place.kept {
        builder = builder.path(&place.folder);
    }
    let world = World::serve(builder, place.listen).await?;
    if let Some(cluster) = world.hub.cluster(DOWN) {
        cluster.set_down(true);
    }
    world.listener.write_kubeconfig(&place.folder.join("kubeconfig"))?;
    let client = world.client();
    bootstrap::applications(&client).await?;
    world.register(&MEMBERS).await?;
    let new = is_new(&client).await?;
    if new {
        populate(&client).await?;
    }
    Ok(Demo { world, new, controller: JoinSet::new() })
}

/// Whether nobody has lived here before.
async fn is_new(client: &Client) -> Result<bool, Stop> {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "Application");
    let apps: Api<DynamicObject> = Api::all_with(client.clone(), &ApiResource::from_gvk(&gvk));
    let found = apps.list_metadata(&ListParams::default().limit(1)).await?;
    Ok(found.items.is_empty())
}

async fn populate(client: &Client) -> Result<(), Stop> {
    for (name, text) in EXAMPLES {
        for object in input::parse(name, text)? {
            apply(client, "default", &object, true).await?;
        }
    }
    Ok(())
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

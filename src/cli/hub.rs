//! `mizzen hub`: the embedded Kubernetes API with simulated members, for one machine.

mod load;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use kube::Client;
use mizzen_engine::member::{Credential, Member, Membership};
use mizzen_hub::sim::{Options, Simulation};
use mizzen_hub::{Builder, Gateway, Hub, Listener};
use mizzen_oam::{SYSTEM_NAMESPACE, labels};

use super::apply::MANAGER;
use super::bootstrap;
use super::gateway::{self, GATEWAY};
use super::say::say;
use super::stop::Stop;

/// The name of the hub's own cluster.
pub(super) const ROOT: &str = "hub";

/// What to do with the embedded hub.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Serve a hub with members until interrupted
    Serve(Serve),
    /// Serve exported objects as they are, until interrupted
    Load(load::Load),
    /// Print the path of the kubeconfig that `hub serve` writes
    Kubeconfig(Place),
}

/// Where the hub keeps its files.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// Folder of stores, certificates and the kubeconfig; without it, the user's data folder
    #[arg(long)]
    path: Option<PathBuf>,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    place: Place,
    /// Keep everything in memory only; the kubeconfig is still written
    #[arg(long)]
    memory: bool,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:6443")]
    listen: SocketAddr,
    /// Names of the members
    #[arg(long, value_delimiter = ',', default_value = "eu-1,us-1")]
    members: Vec<String>,
    /// Authorize requests by RBAC
    #[arg(long)]
    rbac: bool,
}

pub(super) async fn run(verb: Verb) -> Result<(), Stop> {
    match verb {
        Verb::Serve(arguments) => serve(&arguments).await,
        Verb::Load(arguments) => load::run(arguments).await,
        Verb::Kubeconfig(place) => {
            say!("{}", place.folder()?.join("kubeconfig").display());
            Ok(())
        }
    }
}

impl Place {
    pub(super) fn folder(&self) -> Result<PathBuf, Stop> {
        if let Some(path) = &self.path {
            return Ok(path.clone());
        }
        let folders = directories::ProjectDirs::from("", "", "mizzen")
            .ok_or_else(|| Stop::Failed("there is no home folder; name one with --path".into()))?;
        Ok(folders.data_dir().join("hub"))
    }
}

async fn serve(arguments: &Serve) -> Result<(), Stop> {
    let folder = arguments.place.folder()?;
    make_folder(&folder)?;
    let members: Vec<&str> = arguments.members.iter().map(String::as_str).collect();
    let mut builder = builder(&members).rbac(arguments.rbac);
    if !arguments.memory {
        builder = builder.path(&folder);
    }
    let world = World::serve(builder, arguments.listen).await?;
    bootstrap::install(&world.client(), true).await?;
    world.register(&members).await?;
    let path = folder.join("kubeconfig");
    world.listener.write_kubeconfig(&path)?;
    say!("kubeconfig: {}", path.display());
    say!("serving {} with members {}", world.listener.url(), members.join(", "));
    interrupted().await?;
    world.listener.shutdown().await;
    Ok(())
}

/// Creates a folder that only its owner may enter: what clusters store holds credentials.
pub(super) fn make_folder(folder: &Path) -> Result<(), Stop> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|why| Stop::failed(&format!("creating {}", folder.display()), why))
}

/// A hub with members that are reached through the gateway path, and listed as its gateway lists them.
pub(super) fn builder(members: &[&str]) -> Builder {
    let gateway =
        Gateway::new(GATEWAY).members_by_secret(SYSTEM_NAMESPACE, labels::CLUSTER_CREDENTIAL_TYPE);
    let hub = Hub::builder().cluster(ROOT).clusters(members.iter().copied());
    hub.gateway(gateway).projection(gateway::virtual_clusters())
}

/// Waits for an interrupt or a request to end.
pub(super) async fn interrupted() -> Result<(), Stop> {
    let failed = |why| Stop::failed("waiting for an interrupt", why);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut end = signal(SignalKind::terminate()).map_err(failed)?;
        tokio::select! {
            done = tokio::signal::ctrl_c() => done.map_err(failed),
            _ = end.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(failed)
}

/// A served hub whose clusters live.
pub(super) struct World {
    pub(super) hub: Hub,
    pub(super) listener: Listener,
    /// Running controllers of the clusters; dropping them stops them.
    _simulations: Vec<Simulation>,
}

impl World {
    /// Builds the hub, serves it and simulates its clusters.
    pub(super) async fn serve(builder: Builder, listen: SocketAddr) -> Result<Self, Stop> {
        let hub = builder.build().await?;
        let listener = hub.serve(listen).await?;
        let certificate = listener.authority().to_owned();
        let options = Options { certificate, ..Options::default() };
        let simulations =
            hub.clusters().iter().map(|c| Simulation::start(c, options.clone())).collect();
        Ok(Self { hub, listener, _simulations: simulations })
    }

    /// Builds a hub in which nothing moves by itself, and serves it.
    pub(super) async fn still(builder: Builder, listen: SocketAddr) -> Result<Self, Stop> {
        let hub = builder.still().build().await?;
        let listener = hub.serve(listen).await?;
        Ok(Self { hub, listener, _simulations: Vec::new() })
    }

    /// Makes clusters of this world members of its hub.
    pub(super) async fn register(&self, members: &[&str]) -> Result<(), Stop> {
        let membership = Membership::new(self.client(), MANAGER);
        for name in members {
            membership.register(&self.member(name)).await?;
        }
        Ok(())
    }

    /// The hub as its administrator, without a connection.
    pub(super) fn client(&self) -> Client {
        Client::new(self.hub.root().service(), "default")
    }

    fn member(&self, name: &str) -> Member {
        let region = name.split('-').next().unwrap_or(name);
        Member {
            name: name.to_owned(),
            endpoint: format!("{}/clusters/{name}", self.listener.url()),
            authority: self.listener.authority().to_owned(),
            credential: Credential::Token(self.hub.admin_token().to_owned()),
            labels: [("region".to_owned(), region.to_owned())].into(),
            ..Member::default()
        }
    }
}

//! A hub: several clusters in one process, the first of which answers at the root of the listener.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::watch;

use crate::access::Access;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::cluster::{Cluster, Inner};
use crate::error::HubError;
use crate::fault::Faults;
use crate::gateway::Gateway;
use crate::identity::User;
use crate::listener::Listener;
use crate::names::Names;
use crate::projection::Projection;
use crate::record::Recorder;
use crate::schema::Schema;
use crate::store::{Store, lock};

/// What the clusters of a hub share.
pub(crate) struct HubInner {
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) admin_token: String,
}

impl HubInner {
    pub(crate) fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|c| c.name() == name)
    }
}

/// Several Kubernetes-compatible clusters in one process; cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub(crate) inner: Arc<HubInner>,
}

/// What a hub is made of.
#[derive(Clone, Debug)]
pub struct Builder {
    folder: Option<PathBuf>,
    clusters: Vec<String>,
    gateways: Vec<Gateway>,
    projections: Vec<Projection>,
    seed: Option<u64>,
    clock: Option<Clock>,
    rbac: bool,
    still: bool,
    tokens: Vec<(String, User)>,
}

impl Hub {
    /// Starts describing a hub: in memory, one cluster `hub`, RBAC off.
    pub fn builder() -> Builder {
        Builder {
            folder: None,
            clusters: Vec::new(),
            gateways: Vec::new(),
            projections: Vec::new(),
            seed: None,
            clock: None,
            rbac: false,
            still: false,
            tokens: Vec::new(),
        }
    }

    /// The cluster of a name.
    pub fn cluster(&self, name: &str) -> Option<Cluster> {
        self.inner.cluster(name).cloned()
    }

    /// The first cluster, which answers at the root.
    pub fn root(&self) -> Cluster {
        self.inner.clusters[0].clone()
    }

    /// Every cluster, in the order given to the builder.
    pub fn clusters(&self) -> &[Cluster] {
        &self.inner.clusters
    }

    /// The bearer token of the administrator.
    pub fn admin_token(&self) -> &str {
        &self.inner.admin_token
    }

    /// Refuses further requests and ends every watch; files are closed when the last clone is dropped.
    pub async fn shutdown(&self) {
        for cluster in &self.inner.clusters {
            cluster.set_down(true);
        }
        tokio::task::yield_now().await;
    }

    /// Serves HTTPS on an address (port 0 for any): the first cluster at `/`, every cluster under
    /// `/clusters/<name>`.
    pub async fn serve(&self, address: SocketAddr) -> Result<Listener, HubError> {
        Listener::start(self.inner.clone(), address).await
    }
}

impl Builder {
    /// Keeps the clusters in files under `folder`, created when absent.
    #[must_use]
    pub fn path(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Keeps the clusters in memory (the default).
    #[must_use]
    pub fn memory(mut self) -> Self {
        self.folder = None;
        self
    }

    /// Adds a cluster; the first one is the root.
    #[must_use]
    pub fn cluster(mut self, name: &str) -> Self {
        self.clusters.push(name.to_owned());
        self
    }

    /// Adds clusters; the first one is the root.
    #[must_use]
    pub fn clusters<I, S>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.clusters.extend(names.into_iter().map(Into::into));
        self
    }

    /// Makes a prefix of the first cluster lead to the others.
    #[must_use]
    pub fn gateway(mut self, gateway: Gateway) -> Self {
        self.gateways.push(gateway);
        self
    }

    /// Makes the first cluster serve a kind that is computed from others.
    #[must_use]
    pub fn projection(mut self, projection: Projection) -> Self {
        self.projections.push(projection);
        self
    }

    /// Seeds uids and generated names; without it they are random.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Uses this clock; without it, the system's time.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Authorizes requests by RBAC; without it, every authenticated user may do everything.
    #[must_use]
    pub fn rbac(mut self, on: bool) -> Self {
        self.rbac = on;
        self
    }

    /// Leaves what is stored as it is: nothing is collected because its owner is gone.
    #[must_use]
    pub fn still(mut self) -> Self {
        self.still = true;
        self
    }

    /// Accepts a bearer token for a user in every cluster.
    #[must_use]
    pub fn token(mut self, token: &str, user: User) -> Self {
        self.tokens.push((token.to_owned(), user));
        self
    }

    /// Opens the stores and starts the clusters. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`HubError::Clusters`] for missing or repeated names, [`HubError::Store`] when a file cannot
    /// be opened.
    pub async fn build(mut self) -> Result<Hub, HubError> {
        if self.clusters.is_empty() {
            self.clusters.push("hub".to_owned());
        }
        self.check_names()?;
        let clock = self.clock.clone().unwrap_or_else(Clock::system);
        let seed = self.seed.unwrap_or_else(random_seed);
        let admin_token = crate::pki::admin_token(self.folder.as_deref(), &Names::new(seed))?;
        self.tokens.push((admin_token.clone(), User::admin()));
        let mut clusters = Vec::new();
        let schema = Arc::new(Schema::builtin());
        for (i, name) in self.clusters.iter().enumerate() {
            let seed = seed.wrapping_add(1 + i as u64);
            let projections = if i == 0 { self.projections.clone() } else { Vec::new() };
            let catalog = Catalog::builtin(&schema).with_projections(projections);
            clusters.push(self.open(name, seed, &clock, &schema, catalog)?);
        }
        let gateways = self.gateways;
        let inner = Arc::new(HubInner { clusters, gateways, folder: self.folder, admin_token });
        for cluster in &inner.clusters {
            *lock(&cluster.inner.hub) = Arc::downgrade(&inner);
            cluster.bootstrap(self.still).await;
        }
        Ok(Hub { inner })
    }

    fn check_names(&self) -> Result<(), HubError> {
        let bad = |why| HubError::Clusters { names: self.clusters.join(", "), why };
        let mut seen = HashSet::new();
        if !self.clusters.iter().all(|name| seen.insert(name)) {
            return Err(bad("a name is repeated"));
        }
        if !self.clusters.iter().all(|name| crate::dns::is_subdomain(name)) {
            return Err(bad("a name is not a DNS name"));
        }
        Ok(())
    }

    fn open(
        &self,
        name: &str,
        seed: u64,
        clock: &Clock,
        schema: &Arc<Schema>,
        catalog: Catalog,
    ) -> Result<Cluster, HubError> {
        let store = match &self.folder {
            None => Store::memory(),
            Some(folder) => Store::open(name, &folder.join(format!("{name}.redb")))?,
        };
        let inner = Inner {
            name: name.to_owned(),
            store,
            schema: schema.clone(),
            catalog: Mutex::new(Arc::new(catalog)),
            openapi: Mutex::default(),
            clock: clock.clone(),
            names: Names::new(seed),
            access: Access::new(self.rbac, self.tokens.clone()),
            requests: Recorder::default(),
            faults: Mutex::new(Faults::default()),
            line: watch::Sender::new(0),
            hub: Mutex::new(Weak::new()),
        };
        Ok(Cluster { inner: Arc::new(inner) })
    }
}

fn random_seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

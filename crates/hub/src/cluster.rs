//! One cluster of a hub: its store, what it serves, who may use it, and how it fails.

use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use serde_json::Value;
use tokio::sync::watch;

use crate::access::Access;
use crate::api;
use crate::api::openapi::Published;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::fault::{Fault, FaultRequest, Faults};
use crate::hub::HubInner;
use crate::identity::User;
use crate::local::LocalApi;
use crate::names::Names;
use crate::record::{Recorder, RequestRecord};
use crate::schema::Schema;
use crate::service::ClusterService;
use crate::store::{Store, lock};

/// What every request of a cluster needs.
pub(crate) struct Inner {
    pub(crate) name: String,
    pub(crate) store: Store,
    pub(crate) schema: Arc<Schema>,
    pub(crate) catalog: Mutex<Arc<Catalog>>,
    /// The OpenAPI documents of the catalog, once asked for.
    pub(crate) openapi: Mutex<Arc<Published>>,
    pub(crate) clock: Clock,
    pub(crate) names: Names,
    pub(crate) access: Access,
    pub(crate) requests: Recorder,
    pub(crate) faults: Mutex<Faults>,
    /// Counts how often connections were cut; odd while the cluster is down.
    pub(crate) line: watch::Sender<u64>,
    /// The hub, for paths that lead to other clusters.
    pub(crate) hub: Mutex<Weak<HubInner>>,
}

impl Inner {
    /// What is served at this moment.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        lock(&self.catalog).clone()
    }

    /// Whether connections are refused.
    pub(crate) fn is_down(&self) -> bool {
        *self.line.borrow() % 2 == 1
    }

    pub(crate) fn fault(&self, request: &FaultRequest<'_>) -> Option<Fault> {
        let faults = lock(&self.faults).clone();
        faults.0.and_then(|hook| hook(request))
    }
}

/// A cluster of a [`crate::Hub`]; cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cluster({})", self.inner.name)
    }
}

impl Cluster {
    /// The name given to the builder.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The API as a tower service for `kube::Client::new`, used as the administrator. A request
    /// that carries an `Authorization` header is authenticated by it instead.
    pub fn service(&self) -> ClusterService {
        self.service_as(User::admin())
    }

    /// The API as a tower service, used as the given user.
    pub fn service_as(&self, user: User) -> ClusterService {
        ClusterService::new(self.inner.clone(), user)
    }

    /// Plain calls as the given user and User-Agent, for code that has no `kube::Client`.
    pub fn local(&self, user: User, agent: &str) -> LocalApi {
        LocalApi::new(self.service_as(user), agent)
    }

    /// The wall clock of the cluster.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The newest resourceVersion.
    pub fn revision(&self) -> u64 {
        self.inner.store.revision()
    }

    /// A receiver told of each newest resourceVersion.
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.inner.store.subscribe_all()
    }

    /// Refuses connections and breaks those that stand, or serves again.
    pub fn set_down(&self, down: bool) {
        self.inner.line.send_if_modified(|line| {
            let change = (*line % 2 == 1) != down;
            if change {
                *line += 1;
            }
            change
        });
    }

    /// Breaks every watch that stands; new connections are served.
    pub fn cut_watches(&self) {
        self.inner.line.send_modify(|line| *line += 2);
    }

    /// Asks `hook` about each request from now on; it says what goes wrong.
    pub fn set_faults(
        &self,
        hook: impl Fn(&FaultRequest<'_>) -> Option<Fault> + Send + Sync + 'static,
    ) {
        *lock(&self.inner.faults) = Faults(Some(Arc::new(hook)));
    }

    /// Nothing goes wrong on purpose any more.
    pub fn clear_faults(&self) {
        *lock(&self.inner.faults) = Faults(None);
    }

    /// How many requests there were so far.
    pub fn request_count(&self) -> u64 {
        self.inner.requests.count()
    }

    /// The requests after a number, as far as they are kept (the last 10 000).
    pub fn requests_after(&self, sequence: u64) -> Vec<RequestRecord> {
        self.inner.requests.after(sequence)
    }

    /// Accepts a bearer token for a user from now on.
    pub fn add_token(&self, token: &str, user: User) {
        self.inner.access.add_token(token, user);
    }

    /// Turns authorization by RBAC on or off.
    pub fn set_rbac(&self, on: bool) {
        self.inner.access.set_rbac(on);
    }

    /// The stored object at a place, without a request; for simulators and tests.
    pub fn stored(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        let collection = crate::store::Collection::new(group, plural);
        let key = crate::store::Key::new(namespace, name);
        self.inner.store.get(&collection, &key).map(|o| (*o).clone())
    }

    /// Starts the cluster's own housekeeping; called once by the builder.
    pub(crate) async fn bootstrap(&self, still: bool) {
        api::bootstrap(&self.inner).await;
        if !still {
            crate::garbage::start(&self.inner);
        }
    }
}

//! Hub and members: who they are, what they serve, and reading from them.
//!
//! Invariant: nothing here writes. A member is reached through the hub's gateway path, so one set of
//! credentials is enough; a cluster is a member as long as its Secret is on the hub.

mod clusters;
mod kinds;
mod patience;
mod request;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kube::Client;
use serde_json::Value;

use mizzen_oam::LOCAL_CLUSTER;

use crate::error::Error;
use crate::plan::ObjectId;
use patience::Patience;

pub use clusters::{GATEWAY, gateway_path};
pub use kinds::Kind;

/// Reads the hub and its members. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Fleet {
    inner: Arc<Inner>,
    /// Whose rights the requests are made with; the client's own where nobody is named.
    user: Option<Arc<str>>,
}

struct Inner {
    hub: Client,
    members: Mutex<HashMap<String, Client>>,
    kinds: Mutex<HashMap<(String, String), Vec<Kind>>>,
    patience: Patience,
}

/// Which objects a list is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Cluster; `local` for the hub.
    pub cluster: String,
    /// Group and version.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty for all.
    pub namespace: String,
    /// Label selector; empty for all.
    pub labels: String,
}

impl Query {
    /// A query on the hub.
    #[must_use]
    pub fn on_hub(api_version: &str, kind: &str, namespace: &str, labels: &str) -> Self {
        Self {
            cluster: LOCAL_CLUSTER.to_owned(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            labels: labels.to_owned(),
        }
    }

    fn object(&self) -> ObjectId {
        ObjectId {
            cluster: self.cluster.clone(),
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: String::new(),
        }
    }
}

impl Fleet {
    /// A fleet with this hub.
    #[must_use]
    pub fn new(hub: Client) -> Self {
        let (members, kinds, patience) = Default::default();
        let inner = Inner { hub, members, kinds, patience };
        Self { inner: Arc::new(inner), user: None }
    }

    /// The same fleet, asked in the name of another user.
    #[must_use]
    pub fn as_user(&self, user: &str) -> Self {
        Self { inner: self.inner.clone(), user: Some(user.into()) }
    }

    /// The same fleet, asked in the client's own name.
    #[must_use]
    pub fn own(&self) -> Self {
        Self { inner: self.inner.clone(), user: None }
    }

    /// One object; `None` when there is none.
    ///
    /// # Errors
    /// An unknown cluster or kind, no right to read, or no answer.
    pub async fn get(&self, id: &ObjectId) -> Result<Option<Value>, Error> {
        let path = self.path(id).await?;
        match self.ask("get", id, ("GET", &path, None)).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All objects of a kind. An unserved kind is an error.
    ///
    /// # Errors
    /// As [`Fleet::get`].
    pub async fn list(&self, query: &Query) -> Result<Vec<Value>, Error> {
        let id = query.object();
        let mut path = self.path(&id).await?;
        if !query.labels.is_empty() {
            path = format!("{path}?labelSelector={}", request::escape(&query.labels));
        }
        let mut list = self.ask("list", &id, ("GET", &path, None)).await?;
        let mut items = match list["items"].take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        // Items of typed lists come without their own type.
        for item in items.iter_mut().filter(|item| item["kind"].is_null()) {
            item["apiVersion"] = query.api_version.clone().into();
            item["kind"] = query.kind.clone().into();
        }
        Ok(items)
    }

    /// The path of an object, or of its collection when it has no name.
    pub(crate) async fn path(&self, id: &ObjectId) -> Result<String, Error> {
        let kind = self.kind(&id.cluster, &id.api_version, &id.kind).await?;
        let root = if id.api_version.contains('/') { "apis" } else { "api" };
        let mut path = format!("/{root}/{}", id.api_version);
        if kind.namespaced && !id.namespace.is_empty() {
            path = format!("{path}/namespaces/{}", id.namespace);
        }
        path = format!("{path}/{}", kind.plural);
        if !id.name.is_empty() {
            path = format!("{path}/{}", id.name);
        }
        Ok(path)
    }

    pub(crate) fn hub(&self) -> &Client {
        &self.inner.hub
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Who belongs to a hub: clusters join, are labelled, and leave.
//!
//! A member is a Secret on the hub, as upstream keeps it, so both tools see the same fleet. Invariant: a
//! cluster that leaves is in no tracker any more, so nothing waits for what cannot be reached; its
//! objects stay where they are. Source: `pkg/multicluster/cluster_management.go` of kubevela.

mod virtual_cluster;

use std::collections::BTreeSet;

use kube::Client;
use serde_json::{Map, Value, json};

use mizzen_oam::meta::StringMap;
use mizzen_oam::{LOCAL_CLUSTER, ResourceTracker, SYSTEM_NAMESPACE, V1BETA1, annotations, labels};

use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::{Fleet, Query};
use crate::plan::ObjectId;

pub use virtual_cluster::{VIRTUAL_CLUSTER_VERSION, virtual_clusters};

/// How a cluster is reached, as a gateway needs it.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its name in the fleet.
    pub name: String,
    /// URL of its API server.
    pub endpoint: String,
    /// PEM certificates that its API server is checked with; empty for a server that is not checked.
    pub authority: String,
    /// URL of a proxy on the way; empty for none.
    pub proxy: String,
    /// What it accepts.
    pub credential: Credential,
    /// Labels that topology policies select by.
    pub labels: StringMap,
}

/// What a member accepts.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A bearer token.
    Token(String),
    /// PEM texts of a client certificate and its key.
    Certificate {
        /// The certificate.
        certificate: String,
        /// Its key.
        key: String,
    },
}

impl Default for Credential {
    fn default() -> Self {
        Self::Token(String::new())
    }
}

impl Member {
    fn secret(&self) -> Value {
        let mut data = json!({"endpoint": self.endpoint});
        for (key, text) in [("ca.crt", &self.authority), ("proxy-url", &self.proxy)] {
            if !text.is_empty() {
                data[key] = json!(text);
            }
        }
        let kind = match &self.credential {
            Credential::Token(token) => {
                data["token"] = json!(token);
                "ServiceAccountToken"
            }
            Credential::Certificate { certificate, key } => {
                data["tls.crt"] = json!(certificate);
                data["tls.key"] = json!(key);
                "X509Certificate"
            }
        };
        let mut carried = self.labels.clone();
        carried.insert(labels::CLUSTER_CREDENTIAL_TYPE.to_owned(), kind.to_owned());
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {"name": self.name, "namespace": SYSTEM_NAMESPACE, "labels": carried},
            "stringData": data,
        })
    }
}

/// The members of one hub.
pub struct Membership {
    fleet: Fleet,
    writer: Writer,
}

impl Membership {
    /// The members of a hub, changed in the name of a field manager.
    #[must_use]
    pub fn new(hub: Client, manager: &str) -> Self {
        let fleet = Fleet::new(hub);
        Self { writer: Writer::new(fleet.clone()).as_manager(manager), fleet }
    }

    /// Makes a cluster a member: notes how it is reached, makes the system's namespace there and notes
    /// its version. A cluster in which that cannot be done is none, unless the hub has no gateway to try
    /// it by.
    ///
    /// # Errors
    /// When the name is taken or reserved, or the hub or the cluster does not do what is asked.
    pub async fn join(&self, member: &Member) -> Result<(), Error> {
        allowed(&member.name)?;
        if self.fleet.get(&secret(&member.name)).await?.is_some() {
            return Err(Error::Invalid(format!(
                "{} is a member already; detach it first",
                member.name
            )));
        }
        self.note(member, None).await?;
        match self.settle(&member.name).await {
            // A hub without a gateway cannot ask its members; whoever reaches them otherwise can.
            Ok(()) | Err(Error::NoKind { .. }) => Ok(()),
            Err(error) => {
                self.writer.delete(&secret(&member.name), None, None).await?;
                Err(error.within(format!("joining {}", member.name)))
            }
        }
    }

    /// Notes how a member is reached, whether it is one already or not; the cluster is not asked.
    ///
    /// # Errors
    /// When the name is reserved, or what the hub answers.
    pub async fn register(&self, member: &Member) -> Result<(), Error> {
        allowed(&member.name)?;
        let stored = self.fleet.get(&secret(&member.name)).await?;
        self.note(member, stored).await
    }

    /// Writes the Secret of a member, over the stored one if there is one.
    async fn note(&self, member: &Member, stored: Option<Value>) -> Result<(), Error> {
        let id = secret(&member.name);
        let mut wanted = member.secret();
        let Some(stored) = stored else {
            return self.writer.create(&id, &wanted, false).await.map(drop);
        };
        for key in ["annotations", "resourceVersion"] {
            wanted["metadata"][key] = stored["metadata"][key].clone();
        }
        let mut carried = stored["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        carried.extend(wanted["metadata"]["labels"].as_object().cloned().unwrap_or_default());
        wanted["metadata"]["labels"] = carried.into();
        self.writer.replace(&id, "", &wanted, false).await.map(drop)
    }

    async fn settle(&self, name: &str) -> Result<(), Error> {
        let namespace = ObjectId {
            cluster: name.to_owned(),
            ..ObjectId::on_hub("v1", "Namespace", "", SYSTEM_NAMESPACE)
        };
        if self.fleet.get(&namespace).await?.is_none() {
            let object = json!({"apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": SYSTEM_NAMESPACE}});
            match self.writer.create(&namespace, &object, false).await {
                Err(error) if !error.is_conflict() => return Err(error),
                _ => {}
            }
        }
        let version = self.fleet.ask("get", &namespace, ("GET", "/version", None)).await?;
        let mut known = Map::new();
        for key in ["major", "minor", "gitVersion", "platform"] {
            known.insert(key.to_owned(), version[key].clone());
        }
        let known = Value::Object(known).to_string();
        self.change(name, |secret| {
            secret["metadata"]["annotations"][annotations::CLUSTER_VERSION] = json!(known);
        })
        .await
    }

    /// Sets and removes labels of a member; those of the gateway itself cannot be changed.
    ///
    /// # Errors
    /// When the cluster is no member, a label is the gateway's, or what the hub answers.
    pub async fn label(
        &self,
        name: &str,
        set: &StringMap,
        removed: &[String],
    ) -> Result<(), Error> {
        let named = set.keys().chain(removed);
        if let Some(key) = named.into_iter().find(|key| key.starts_with(labels::CLUSTER_PREFIX)) {
            return Err(Error::Invalid(format!("label {key} is the gateway's own")));
        }
        self.change(name, |secret| {
            for (key, value) in set {
                secret["metadata"]["labels"][key] = json!(value);
            }
            if let Some(carried) = secret["metadata"]["labels"].as_object_mut() {
                carried.retain(|key, _| !removed.contains(key));
            }
        })
        .await
    }

    async fn change(&self, name: &str, change: impl FnOnce(&mut Value)) -> Result<(), Error> {
        let id = secret(name);
        let mut object = self.member(name).await?;
        change(&mut object);
        self.writer.replace(&id, "", &object, false).await.map(drop)
    }

    /// The Secret of a cluster that is a member.
    async fn member(&self, name: &str) -> Result<Value, Error> {
        let found = self.fleet.get(&secret(name)).await?;
        found
            .filter(|it| it["metadata"]["labels"][labels::CLUSTER_CREDENTIAL_TYPE].is_string())
            .ok_or_else(|| Error::NoCluster { cluster: name.to_owned() })
    }

    /// The applications that have objects in a cluster, as `namespace/name`.
    ///
    /// # Errors
    /// When the trackers cannot be read.
    pub async fn users(&self, name: &str) -> Result<BTreeSet<String>, Error> {
        let mut users = BTreeSet::new();
        for tracker in self.trackers().await? {
            if tracker.spec.managed_resources.iter().any(|entry| entry.cluster() == name) {
                let label = |key| tracker.metadata.label(key);
                let user = (label(labels::APP_NAMESPACE), label(labels::APP_NAME));
                users.insert(format!("{}/{}", user.0, user.1));
            }
        }
        Ok(users)
    }

    /// Makes a member a stranger. Its objects are taken out of all trackers and stay where they are.
    ///
    /// # Errors
    /// When the cluster is the hub or no member, or what the hub answers.
    pub async fn detach(&self, name: &str) -> Result<(), Error> {
        if name == LOCAL_CLUSTER {
            return Err(Error::Invalid("the hub itself cannot be detached".to_owned()));
        }
        self.member(name).await?;
        for mut tracker in self.trackers().await? {
            let before = tracker.spec.managed_resources.len();
            tracker.spec.managed_resources.retain(|entry| entry.cluster() != name);
            if tracker.spec.managed_resources.len() != before {
                crate::track::update(&self.writer, &tracker).await?;
            }
        }
        self.writer.delete(&secret(name), None, None).await
    }

    async fn trackers(&self) -> Result<Vec<ResourceTracker>, Error> {
        let query = Query::on_hub(V1BETA1, "ResourceTracker", "", "");
        self.fleet.list(&query).await?.into_iter().map(crate::track::read).collect()
    }
}

fn allowed(name: &str) -> Result<(), Error> {
    if name.is_empty() || name == LOCAL_CLUSTER {
        return Err(Error::Invalid(format!("a member cannot be called {name:?}")));
    }
    Ok(())
}

fn secret(name: &str) -> ObjectId {
    ObjectId::on_hub("v1", "Secret", SYSTEM_NAMESPACE, name)
}

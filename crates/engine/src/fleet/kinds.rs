//! Which kinds a cluster serves, and under which path. Asked once per group and version; asked again
//! when a kind is not known, because CRDs come and go.

use serde_json::Value;

use super::{Fleet, lock};
use crate::error::Error;
use crate::plan::ObjectId;

/// A kind as a cluster serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The kind.
    pub kind: String,
    /// The last part of its path.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl Fleet {
    /// How a cluster serves a kind.
    ///
    /// # Errors
    /// When it does not, or does not answer.
    pub async fn kind(&self, cluster: &str, api_version: &str, kind: &str) -> Result<Kind, Error> {
        let key = (cluster.to_owned(), api_version.to_owned());
        let known = |kinds: &Vec<Kind>| kinds.iter().find(|it| it.kind == kind).cloned();
        if let Some(found) = lock(&self.inner.kinds).get(&key).and_then(known) {
            return Ok(found);
        }
        let served = self.served(cluster, api_version, kind).await?;
        let found = known(&served);
        lock(&self.inner.kinds).insert(key, served);
        found.ok_or_else(|| no_kind(cluster, api_version, kind))
    }

    async fn served(
        &self,
        cluster: &str,
        api_version: &str,
        kind: &str,
    ) -> Result<Vec<Kind>, Error> {
        let id = ObjectId {
            cluster: cluster.to_owned(),
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            ..ObjectId::default()
        };
        let root = if api_version.contains('/') { "apis" } else { "api" };
        let path = format!("/{root}/{api_version}");
        let answer = match self.ask("discover", &id, ("GET", &path, None)).await {
            Err(error) if error.is_not_found() => return Err(no_kind(cluster, api_version, kind)),
            answer => answer?,
        };
        let resources = answer["resources"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(resources.iter().filter_map(resource).collect())
    }
}

fn resource(resource: &Value) -> Option<Kind> {
    let plural = resource["name"].as_str().filter(|name| !name.contains('/'))?;
    Some(Kind {
        kind: resource["kind"].as_str()?.to_owned(),
        plural: plural.to_owned(),
        namespaced: resource["namespaced"].as_bool().unwrap_or_default(),
    })
}

fn no_kind(cluster: &str, api_version: &str, kind: &str) -> Error {
    Error::NoKind {
        cluster: cluster.to_owned(),
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
    }
}

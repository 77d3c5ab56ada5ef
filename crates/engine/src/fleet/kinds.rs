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
    /// What people call one of them; empty where the cluster does not say.
    pub singular: String,
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

    /// The kind that a cluster serves under the name of a resource, in any of its forms: `services`,
    /// `service`, `Service`. Without a group the core group comes first, then all others.
    ///
    /// # Errors
    /// When it serves none, or does not answer.
    pub async fn resource(
        &self,
        cluster: &str,
        group: &str,
        resource: &str,
    ) -> Result<(String, Kind), Error> {
        if group.is_empty()
            && let Some(kind) = self.called(cluster, "v1", resource).await?
        {
            return Ok(("v1".to_owned(), kind));
        }
        for version in self.versions(cluster, group).await? {
            if let Some(kind) = self.called(cluster, &version, resource).await? {
                return Ok((version, kind));
            }
        }
        let group = if group.is_empty() { "any group" } else { group };
        Err(Error::Invalid(format!("no kind found for resource {resource} of {group}")))
    }

    /// The kind of a version that is called so.
    async fn called(
        &self,
        cluster: &str,
        version: &str,
        resource: &str,
    ) -> Result<Option<Kind>, Error> {
        let named = |kind: &Kind| {
            [&kind.plural, &kind.singular].iter().any(|name| name.as_str() == resource)
                || kind.kind.eq_ignore_ascii_case(resource)
        };
        match self.served(cluster, version, resource).await {
            Ok(served) => Ok(served.into_iter().find(named)),
            Err(Error::NoKind { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Group and version of what a cluster serves besides the core group, the preferred version of a
    /// group first.
    async fn versions(&self, cluster: &str, group: &str) -> Result<Vec<String>, Error> {
        let id = ObjectId { cluster: cluster.to_owned(), ..ObjectId::default() };
        let answer = self.ask("discover", &id, ("GET", "/apis", None)).await?;
        let groups = answer["groups"].as_array().into_iter().flatten();
        let wanted = groups.filter(|served| group.is_empty() || served["name"] == group);
        let versions =
            wanted.flat_map(|served| served["versions"].as_array().into_iter().flatten());
        Ok(versions.filter_map(|it| it["groupVersion"].as_str().map(str::to_owned)).collect())
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
        singular: resource["singularName"].as_str().unwrap_or_default().to_owned(),
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

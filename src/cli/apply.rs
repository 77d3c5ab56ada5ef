//! Server-side apply of any object, in the name of the person who runs the command.

use kube::api::{DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::discovery::{Scope, oneshot};
use kube::{Api, Client};
use serde_json::Value;

use super::stop::Stop;

/// The field manager of what a person applies.
pub(super) const MANAGER: &str = "mizzen";

/// What an apply did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Did {
    Created,
    Configured,
    Unchanged,
}

impl Did {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Applies one object; objects without a namespace go to `namespace` where their kind has any.
///
/// A field that someone else applied is a conflict, which is refused unless `force`.
pub(super) async fn apply(
    client: &Client,
    namespace: &str,
    object: &Value,
    force: bool,
) -> Result<(Did, Value), Stop> {
    let (resource, scope) = kind(client, object).await?;
    let own = object["metadata"]["namespace"].as_str().unwrap_or(namespace);
    let api: Api<DynamicObject> = match scope {
        Scope::Cluster => Api::all_with(client.clone(), &resource),
        Scope::Namespaced => Api::namespaced_with(client.clone(), own, &resource),
    };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let before = api.get_opt(name).await?.and_then(|live| live.metadata.resource_version);
    let params = PatchParams { force, ..PatchParams::apply(MANAGER) };
    let after = api.patch(name, &params, &Patch::Apply(object)).await.map_err(refusal)?;
    let did = match before {
        None => Did::Created,
        Some(version) if after.metadata.resource_version.as_ref() == Some(&version) => {
            Did::Unchanged
        }
        Some(_) => Did::Configured,
    };
    let value =
        serde_json::to_value(after).map_err(|why| Stop::failed("reading the answer", why))?;
    Ok((did, value))
}

async fn kind(client: &Client, object: &Value) -> Result<(ApiResource, Scope), Stop> {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let kind = object["kind"].as_str().unwrap_or_default();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let gvk = GroupVersionKind::gvk(group, version, kind);
    match oneshot::pinned_kind(client, &gvk).await {
        Ok((resource, capabilities)) => Ok((resource, capabilities.scope)),
        Err(kube::Error::Api(status)) if status.code == 404 => Err(Stop::Failed(format!(
            "the hub does not serve {kind} of {group}/{version}; install its CRD first"
        ))),
        Err(kube::Error::Discovery(why)) => {
            Err(Stop::Failed(format!("the hub does not serve {kind} of {group}/{version}: {why}")))
        }
        Err(other) => Err(other.into()),
    }
}

/// What an API server refuses is a refusal; everything else is a failure.
fn refusal(error: kube::Error) -> Stop {
    match error {
        kube::Error::Api(status) if [400, 403, 409, 422].contains(&status.code) => {
            Stop::Refused(status.message)
        }
        other => other.into(),
    }
}

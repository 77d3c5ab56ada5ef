//! What must be true of the cluster before an object may be written.

use crate::api::Target;
use crate::cluster::Inner;
use crate::json;
use crate::status::{Cause, Status};
use crate::store::{Collection, Key};

/// Namespaces that cannot be deleted.
const PROTECTED: &[&str] = &["default", "kube-public", "kube-system"];

/// A namespaced object can only be created in a namespace that exists and stays.
pub(crate) fn namespace_accepts(cluster: &Inner, target: &Target) -> Result<(), Status> {
    if target.namespace.is_empty() || target.resource.plural == "namespaces" {
        return Ok(());
    }
    let name = target.namespace.as_str();
    let namespaces = Collection::new("", "namespaces");
    let Some(namespace) = cluster.store.get(&namespaces, &Key::new("", name)) else {
        return Err(Status::not_found("", "namespaces", name));
    };
    if json::meta(&namespace, "deletionTimestamp").is_empty() {
        return Ok(());
    }
    let resource = &target.resource;
    let why =
        format!("unable to create new content in namespace {name} because it is being terminated");
    let message = format!("namespace {name} is being terminated");
    let cause = Cause::new("NamespaceTerminating", "metadata.namespace", message);
    let status = Status::forbidden(&resource.group, &resource.plural, &target.name, &why);
    Err(status.with_cause(cause))
}

/// The first namespaces of a cluster stay.
pub(crate) fn may_delete(target: &Target) -> Result<(), Status> {
    let protected =
        target.resource.is("", "namespaces") && PROTECTED.contains(&target.name.as_str());
    if protected {
        let why = "this namespace may not be deleted";
        return Err(Status::forbidden("", "namespaces", &target.name, why));
    }
    Ok(())
}

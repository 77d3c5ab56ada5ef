//! Field ownership of a request: which shape, which writer, which fields the endpoint ignores.

use serde_json::{Value, json};

use crate::api::Target;
use crate::api::kinds;
use crate::api::options::WriteOptions;
use crate::apply::{self, Set, Shape, Writer};
use crate::cluster::Inner;
use crate::status::Status;

/// Who a request writes as when it says nothing about itself.
const UNKNOWN: &str = "unknown";

/// Runs `act` with the shape of the target's kind and the request's writer.
fn with_writer<T>(
    cluster: &Inner,
    target: &Target,
    options: &WriteOptions,
    act: impl FnOnce(Shape<'_>, &Writer<'_>) -> T,
) -> T {
    let ignored = ignored(target);
    // A real server writes no time for changes through scale.
    let now = if target.subresource == "scale" { String::new() } else { cluster.clock.time() };
    let api_version = target.resource.api_version();
    let manager = if options.manager.is_empty() { UNKNOWN } else { options.manager.as_str() };
    let writer = Writer {
        manager,
        api_version: &api_version,
        subresource: &target.subresource,
        now: &now,
        ignored: &ignored,
    };
    act(shape(cluster, target), &writer)
}

/// The shape of the target's kind.
pub(crate) fn shape<'a>(cluster: &'a Inner, target: &'a Target) -> Shape<'a> {
    let schema = &cluster.schema;
    if let Some(facts) = &target.resource.facts {
        return Shape::Builtin(schema.root(facts));
    }
    match (&target.resource.custom, schema.type_named("meta.v1.ObjectMeta")) {
        (Some(custom), Some(meta)) => Shape::CustomRoot(&custom.schema, schema.root_of(meta)),
        _ => Shape::Deduced,
    }
}

/// The fields that nobody comes to own through an endpoint.
fn ignored(target: &Target) -> Set {
    let resource = &target.resource;
    match (target.subresource.as_str(), &resource.custom) {
        ("", _) if resource.has_status() => Set::of_fields(&[&["status"]]),
        ("status", Some(_)) => Set::of_fields(&[&["metadata"], &["spec"]]),
        ("status", None) if resource.is("apps", "deployments") => {
            Set::of_fields(&[&["spec"], &["metadata", "labels"]])
        }
        ("status", None) if resource.is("", "pods") => Set::of_fields(&[
            &["spec"],
            &["metadata", "deletionTimestamp"],
            &["metadata", "ownerReferences"],
        ]),
        ("status", None) => Set::of_fields(&[&["spec"]]),
        _ => Set::default(),
    }
}

/// The state before a create: an object of the kind with nothing in it.
fn empty(cluster: &Inner, target: &Target) -> Value {
    let resource = &target.resource;
    let mut value = json!({"apiVersion": resource.api_version(), "kind": resource.kind});
    if resource.facts.is_some() && kinds::normalize(cluster, resource, &mut value).is_err() {
        tracing::debug!(kind = resource.kind, "an empty object is not of its kind");
    }
    value
}

/// Writes the managers of an object after a create (`stored` is none), update or patch.
pub(crate) fn track(
    cluster: &Inner,
    target: &Target,
    options: &WriteOptions,
    stored: Option<&Value>,
    object: &mut Value,
) {
    let live = stored.cloned().unwrap_or_else(|| empty(cluster, target));
    with_writer(cluster, target, options, |shape, writer| {
        apply::update(shape, writer, &live, object, stored.is_none());
    });
}

/// The state after an apply, with its managers.
pub(crate) fn applied(
    cluster: &Inner,
    target: &Target,
    options: &WriteOptions,
    stored: Option<&Value>,
    config: &Value,
) -> Result<Value, Status> {
    let live = stored.cloned().unwrap_or_else(|| empty(cluster, target));
    with_writer(cluster, target, options, |shape, writer| {
        apply::apply(shape, writer, &live, config, stored.is_none(), options.force)
    })
}

//! What differs by kind on the way in: unknown fields, defaults, admission and validation.
//!
//! Built-in kinds go by the facts of the schema, custom resources by their definition.

use serde_json::{Value, json};

use crate::api::Target;
use crate::catalog::Resource;
use crate::cluster::Inner;
use crate::crd::{self, defaulting, definition, prune, scale, validation};
use crate::json;
use crate::schema::{self, Allocator, DecodeError, FieldError};
use crate::status::{Cause, Status};
use crate::store::{Collection, Key};

/// Brings a body into the form of its kind; the paths of the fields that the kind does not have.
pub(crate) fn normalize(
    cluster: &Inner,
    resource: &Resource,
    value: &mut Value,
) -> Result<Vec<String>, DecodeError> {
    if let Some(custom) = &resource.custom {
        let mut unknown = prune::prune(value, &custom.schema);
        unknown.extend(coerce_metadata(cluster, value)?);
        unknown.sort();
        return Ok(unknown);
    }
    let Some(facts) = &resource.facts else { return Ok(Vec::new()) };
    let normalized = cluster.schema.normalize(facts, value.take())?;
    *value = normalized.value;
    Ok(normalized.unknown)
}

/// 400 for a body that is not of the kind of its path.
pub(crate) fn not_of_kind(resource: &Resource, why: impl std::fmt::Display) -> Status {
    let (version, kind) = (&resource.version, &resource.kind);
    Status::bad_request(format!(
        "{kind} in version {version:?} cannot be handled as a {kind}: {why}"
    ))
}

/// The metadata of a custom resource is that of every object.
fn coerce_metadata(cluster: &Inner, value: &mut Value) -> Result<Vec<String>, DecodeError> {
    let Some(ty) = cluster.schema.type_named("meta.v1.ObjectMeta") else { return Ok(Vec::new()) };
    let Some(metadata) = value.get_mut("metadata") else { return Ok(Vec::new()) };
    let normalized = cluster.schema.normalize_type(ty, metadata.take())?;
    *metadata = normalized.value;
    Ok(normalized.unknown.into_iter().map(|path| format!("metadata.{path}")).collect())
}

/// Fills in defaults.
pub(crate) fn default(cluster: &Inner, resource: &Resource, value: &mut Value) {
    if let Some(custom) = &resource.custom {
        defaulting::apply(value, &custom.schema);
    }
    if resource.is(crd::GROUP, crd::PLURAL) {
        definition::complete(value);
    }
    if let Some(facts) = &resource.facts {
        schema::apply_defaults(facts, value);
        canonical(cluster, resource, value);
    }
}

/// Writes an object as a real server would: built-in ones in the order and with the empty fields of
/// their kind, custom ones with sorted keys.
pub(crate) fn canonical(cluster: &Inner, resource: &Resource, value: &mut Value) {
    let Some(facts) = &resource.facts else { return value.sort_all_objects() };
    match cluster.schema.normalize(facts, value.clone()) {
        Ok(normalized) => *value = normalized.value,
        Err(why) => tracing::warn!(%why, "a defaulted object is not of its kind"),
    }
}

/// What the server adds when an object is made (`old` is none) or replaced.
pub(crate) fn admit(cluster: &Inner, target: &Target, old: Option<&Value>, object: &mut Value) {
    let resource = &target.resource;
    let Some(facts) = &resource.facts else { return };
    schema::admit(facts, old, object, &Given(cluster));
    if resource.is("", "persistentvolumes") {
        note_phase(cluster, old, object);
    }
    if resource.is("", "namespaces") && old.is_none() {
        json::object_mut(object, "status").insert("phase".into(), json!("Active"));
    }
}

/// The moment in which a volume came into its phase.
fn note_phase(cluster: &Inner, old: Option<&Value>, object: &mut Value) {
    let phase = |o: &Value| json::text(o, &["status", "phase"]).to_owned();
    if old.is_none_or(|old| phase(old) != phase(object)) {
        json::object_mut(object, "status")
            .insert("lastPhaseTransitionTime".into(), json!(cluster.clock.time()));
    }
}

/// The labels that a Job took from its template are one with the template's, which admission
/// completes.
pub(crate) fn share_labels(target: &Target, object: &mut Value) {
    let labelled = object.pointer("/metadata/labels").is_some();
    if target.resource.is("batch", "jobs")
        && labelled
        && let Some(labels) = object.pointer("/spec/template/metadata/labels").cloned()
    {
        json::set_meta(object, "labels", labels);
    }
}

/// What a cluster has given out: read from its store.
struct Given<'a>(&'a Inner);

impl Given<'_> {
    fn services(&self) -> Vec<(Key, std::sync::Arc<Value>)> {
        self.0.store.list(&Collection::new("", "services"), None).objects
    }
}

impl Allocator for Given<'_> {
    fn cluster_ip_taken(&self, ip: &str) -> bool {
        let holds = |o: &Value| json::items(o, &["spec", "clusterIPs"]).contains(&json!(ip));
        self.services().iter().any(|(_, service)| holds(service))
    }

    fn node_port_taken(&self, port: u16) -> bool {
        let holds = |o: &Value| {
            json::items(o, &["spec", "ports"]).iter().any(|p| p["nodePort"] == json!(port))
        };
        self.services().iter().any(|(_, service)| holds(service))
    }

    fn default_storage_class(&self) -> Option<String> {
        let classes = Collection::new("storage.k8s.io", "storageclasses");
        let default = "storageclass.kubernetes.io/is-default-class";
        self.0
            .store
            .list(&classes, None)
            .objects
            .into_iter()
            .find(|(_, o)| json::text(o, &["metadata", "annotations", default]) == "true")
            .map(|(key, _)| key.name)
    }
}

/// Everything wrong with an object; `old` is the stored state on update.
pub(crate) fn validate(target: &Target, object: &Value, old: Option<&Value>) -> Vec<Cause> {
    let resource = &target.resource;
    if let Some(custom) = &resource.custom {
        let mut causes = metadata_causes(resource, object);
        causes.extend(validation::validate(object, old, &custom.schema));
        causes.extend(custom.scale.iter().flat_map(|paths| scale::validate(object, paths)));
        return causes;
    }
    let Some(facts) = &resource.facts else { return metadata_causes(resource, object) };
    let errors = match old {
        Some(old) => schema::validate_update(facts, old, object),
        None => schema::validate(facts, object),
    };
    let mut causes: Vec<Cause> = errors.into_iter().map(cause).collect();
    if resource.is(crd::GROUP, crd::PLURAL) {
        causes.extend(definition::validate(object));
    }
    causes
}

fn metadata_causes(resource: &Resource, object: &Value) -> Vec<Cause> {
    schema::validate_metadata(object, resource.namespaced).into_iter().map(cause).collect()
}

fn cause(error: FieldError) -> Cause {
    Cause::new(error.kind.reason(), error.field, error.message)
}

/// The warnings that every write of a kind carries.
pub(crate) fn warnings(resource: &Resource, written: &Value) -> Vec<String> {
    let Some(custom) = &resource.custom else { return Vec::new() };
    let mut warnings = schema::finalizer_warnings(written);
    if validation::has_expressions(&custom.schema) {
        warnings.push(format!(
            "x-kubernetes-validations of {} are not evaluated by this server",
            resource.kind
        ));
    }
    warnings
}

/// The warning that every use of a deprecated version carries.
pub(crate) fn deprecation(resource: &Resource) -> Option<String> {
    if resource.is("", "endpoints") {
        let text = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
        return Some(text.to_owned());
    }
    resource.custom.as_ref()?.deprecation.clone()
}

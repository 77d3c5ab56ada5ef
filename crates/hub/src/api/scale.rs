//! The scale subresource: one shape over the replicas of workloads and of custom resources.

use std::sync::Arc;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::api::Target;
use crate::api::decode;
use crate::api::meta;
use crate::api::options::WriteOptions;
use crate::api::request::Request;
use crate::api::respond;
use crate::api::settle::{Owners, commit, settle};
use crate::apply::Shape;
use crate::body::Body;
use crate::cluster::Inner;
use crate::crd::scale::{ScalePaths, find};
use crate::json;
use crate::patch::Patch;
use crate::selector::label_text;
use crate::status::{Cause, Status};

fn places(target: &Target) -> ScalePaths {
    let custom = target.resource.custom.as_ref().and_then(|custom| custom.scale.clone());
    custom.unwrap_or_else(ScalePaths::builtin)
}

/// The Scale of an object.
fn scale(target: &Target, object: &Value) -> Value {
    let places = places(target);
    let at = |path: &str| find(object, path).ok().flatten();
    let count = |path: &str| at(path).and_then(Value::as_i64).unwrap_or(0);
    let mut status = json!({"replicas": count(&places.status_replicas)});
    let selector = match at(&places.selector) {
        Some(Value::String(text)) => text.clone(),
        Some(selector) => label_text(selector),
        None => String::new(),
    };
    if !places.selector.is_empty() && !selector.is_empty() {
        status["selector"] = json!(selector);
    }
    let mut metadata = json!({"name": target.name});
    for field in ["namespace", "uid", "resourceVersion", "creationTimestamp"] {
        let value = &object["metadata"][field];
        if !value.is_null() {
            metadata[field] = value.clone();
        }
    }
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": count(&places.spec_replicas)},
        "status": status,
    })
}

/// Answers a read of the scale.
pub(crate) fn get(
    cluster: &Inner,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let object = target.fetch(cluster)?;
    respond::plain(request, StatusCode::OK, &scale(target, &object))
}

/// Answers a PUT or PATCH of the scale.
pub(crate) async fn write(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let patching = request.method == http::Method::PATCH;
    let kind = if patching { "PatchOptions" } else { "UpdateOptions" };
    let options = WriteOptions::parse(request, kind, false)?;
    let patch = if patching { Some(Patch::read(request, true)?) } else { None };
    let mut warnings = Vec::new();
    loop {
        let stored = target.fetch(cluster)?;
        let shown = scale(target, &stored);
        let wanted = match &patch {
            Some(patch) => patch.apply(&shown, Shape::Deduced)?,
            None => decode::body(request, &cluster.schema, "Scale")?.value,
        };
        meta::check_preconditions(target, &stored, &wanted)?;
        let mut object = (*stored).clone();
        set(&mut object, &places(target).spec_replicas, replicas(&wanted)?);
        let owners = Owners::Track;
        let next = settle(cluster, target, &stored, object, owners, &options, &mut warnings)?;
        if let Some(object) = commit(cluster, target, &stored, next, &options).await? {
            let mut response = respond::plain(request, StatusCode::OK, &scale(target, &object))?;
            respond::warn(&mut response, &warnings);
            return Ok(response);
        }
    }
}

fn replicas(wanted: &Value) -> Result<i64, Status> {
    let value = wanted.pointer("/spec/replicas").cloned().unwrap_or(json!(0));
    match value.as_i64() {
        Some(n) if n >= 0 => Ok(n),
        _ => {
            let why = "must be greater than or equal to 0";
            let cause = Cause::invalid("spec.replicas", &value, why);
            let name = json::meta(wanted, "name");
            Err(Status::invalid("autoscaling", "Scale", name, vec![cause]))
        }
    }
}

fn set(object: &mut Value, path: &str, replicas: i64) {
    if path.is_empty() {
        return;
    }
    let mut place = object;
    for key in path.split('.') {
        place = json::as_object(place).entry(key).or_insert(Value::Null);
    }
    *place = json!(replicas);
}

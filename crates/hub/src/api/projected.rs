//! Get and list of kinds that are computed from others; their lists have no resourceVersion.

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::api::Target;
use crate::api::options::ListOptions;
use crate::api::request::Request;
use crate::api::respond;
use crate::body::Body;
use crate::cluster::Inner;
use crate::json;
use crate::projection::Projection;
use crate::status::Status;

/// Answers a get.
pub(crate) fn get(
    cluster: &Inner,
    request: &Request,
    target: &Target,
    projection: &Projection,
) -> Result<Response<Body>, Status> {
    let found = projection.read(&cluster.store);
    let object = found.iter().find(|it| json::meta(it, "name") == target.name);
    let object = object.ok_or_else(|| target.not_found())?;
    respond::object(request, &target.resource, StatusCode::OK, object, cluster.clock.now())
}

/// Answers a list.
pub(crate) fn list(
    cluster: &Inner,
    request: &Request,
    target: &Target,
    projection: &Projection,
) -> Result<Response<Body>, Status> {
    let options = ListOptions::parse(&request.query, &target.resource, false)?;
    let found = projection.read(&cluster.store);
    let selected: Vec<&Value> = found.iter().filter(|it| options.selects(it)).collect();
    respond::list(request, &target.resource, json!({}), &selected, cluster.clock.now())
}

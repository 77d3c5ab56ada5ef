//! Patches: JSON patch, JSON merge patch, strategic merge patch.
//!
//! A patch is read once and may be applied to several states of an object. It knows nothing of
//! stores; of requests only the media type and the body.

use serde_json::Value;

use crate::api::request::Request;
use crate::apply::Shape;
use crate::status::Status;

mod json6902;
mod merge;
mod strategic;

/// A patch of an object.
#[derive(Debug)]
pub(crate) enum Patch {
    /// RFC 6902.
    Json(Vec<json6902::Operation>),
    /// RFC 7386.
    Merge(Value),
    /// Kubernetes' own, by the merge keys of the kind.
    Strategic(Value),
}

const ACCEPTED: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
];
const ACCEPTED_BUILTIN: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

impl Patch {
    /// Reads the patch in a request.
    pub(crate) fn read(request: &Request, custom: bool) -> Result<Self, Status> {
        let body = || {
            serde_json::from_slice::<Value>(&request.body)
                .map_err(|why| Status::bad_request(format!("error decoding patch: {why}")))
        };
        let object = || match body()? {
            value @ Value::Object(_) => Ok(value),
            _ => Err(Status::bad_request("error decoding patch: a merge patch is an object")),
        };
        match request.content_type().as_str() {
            "application/json-patch+json" => Ok(Self::Json(json6902::read(&body()?)?)),
            "application/merge-patch+json" => Ok(Self::Merge(object()?)),
            "application/strategic-merge-patch+json" if !custom => Ok(Self::Strategic(object()?)),
            other => {
                let accepted = if custom { ACCEPTED } else { ACCEPTED_BUILTIN };
                Err(Status::unsupported_media_type(other, accepted))
            }
        }
    }

    /// The patched state of an object of a shape.
    pub(crate) fn apply(&self, object: &Value, shape: Shape<'_>) -> Result<Value, Status> {
        match self {
            Self::Json(operations) => json6902::apply(object.clone(), operations),
            Self::Merge(patch) => {
                let mut result = object.clone();
                merge::merge(&mut result, patch);
                Ok(result)
            }
            Self::Strategic(patch) => strategic::patch(object, patch, shape),
        }
    }
}

//! Patches: JSON patch, JSON merge patch, strategic merge patch.
//!
//! A patch is read once and may be applied to several states of an object. It knows nothing of
//! stores or requests beyond its own media type and body.

use serde_json::Value;

use crate::api::request::Request;
use crate::status::Status;

mod json6902;
mod merge;

/// A patch of one of the kinds that need no type facts.
#[derive(Debug)]
pub(crate) enum Patch {
    /// RFC 6902.
    Json(Vec<json6902::Operation>),
    /// RFC 7386.
    Merge(Value),
}

const ACCEPTED: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
];

impl Patch {
    /// Reads the patch in a request.
    pub(crate) fn read(request: &Request, custom: bool) -> Result<Self, Status> {
        let body = || {
            serde_json::from_slice::<Value>(&request.body)
                .map_err(|why| Status::bad_request(format!("error decoding patch: {why}")))
        };
        match request.content_type().as_str() {
            "application/json-patch+json" => Ok(Self::Json(json6902::read(&body()?)?)),
            "application/merge-patch+json" => Ok(Self::Merge(body()?)),
            "application/strategic-merge-patch+json" if !custom => {
                Err(Status::not_implemented("strategic merge patch"))
            }
            other => Err(Status::unsupported_media_type(other, ACCEPTED)),
        }
    }

    /// The patched state of an object.
    pub(crate) fn apply(&self, object: &Value) -> Result<Value, Status> {
        match self {
            Self::Json(operations) => json6902::apply(object.clone(), operations),
            Self::Merge(patch) => {
                let mut result = object.clone();
                merge::merge(&mut result, patch);
                Ok(result)
            }
        }
    }
}

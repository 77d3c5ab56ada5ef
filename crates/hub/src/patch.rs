//! Patches: JSON patch, JSON merge patch, strategic merge patch.
//!
//! A patch is read once and may be applied to several states of an object. It knows nothing of
//! stores; of requests only the media type and the body.

use serde_json::Value;

use crate::api::request::Request;
use crate::apply::Shape;
use crate::go_json;
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

impl Patch {
    /// Reads the patch in a request.
    pub(crate) fn read(request: &Request, custom: bool) -> Result<Self, Status> {
        let body = || go_json::read(&request.body).map_err(|why| undecodable(&why));
        let object = || match body()? {
            value @ Value::Object(_) => Ok(value),
            other => Err(wrong_form(&other, go_json::ANY_MAP)),
        };
        match request.content_type().as_str() {
            "application/json-patch+json" => Ok(Self::Json(json6902::read(&body()?)?)),
            "application/merge-patch+json" => Ok(Self::Merge(object()?)),
            "application/strategic-merge-patch+json" if !custom => Ok(Self::Strategic(object()?)),
            other => {
                if custom {
                    return Err(Status::unsupported_media_type(other, ACCEPTED));
                }
                Err(Status::generic(415, "UnsupportedMediaType", "415: Unsupported Media Type"))
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

fn undecodable(why: &str) -> Status {
    Status::bad_request(format!("error decoding patch: {why}"))
}

/// A patch whose JSON has another form than its kind demands, in Go's words.
fn wrong_form(found: &Value, wanted: &str) -> Status {
    match found {
        Value::Null => undecodable("it is null"),
        other => undecodable(&go_json::cannot_unmarshal(go_json::kind(other), wanted)),
    }
}

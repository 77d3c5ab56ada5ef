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
        let body = || {
            serde_json::from_slice::<Value>(&request.body)
                .map_err(|why| undecodable(&request.body, &why))
        };
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

fn undecodable(body: &[u8], why: &serde_json::Error) -> Status {
    let why = go_json::check(body).err().unwrap_or(why.to_string());
    Status::bad_request(format!("error decoding patch: {why}"))
}

/// A patch whose JSON has another form than its kind demands, in Go's words.
fn wrong_form(found: &Value, wanted: &str) -> Status {
    let found = match found {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null => return Status::bad_request("error decoding patch: it is null"),
    };
    Status::bad_request(format!(
        "error decoding patch: json: cannot unmarshal {found} into Go value of type {wanted}"
    ))
}

//! From a value to an HTTP response: headers every answer has, encodings, shapes, warnings.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::api::convert;
use crate::api::negotiate::{self, Agreed, Encoding, Shape};
use crate::api::request::Request;
use crate::api::table;
use crate::body::Body;
use crate::catalog::Resource;
use crate::json;
use crate::status::Status;

/// Text of all warnings together.
const WARNING_TOTAL: usize = 4096;
/// Text of one warning when the total is exceeded.
const WARNING_CUT: usize = 256;

/// A response with the given content type.
pub(crate) fn raw(code: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

/// A JSON document.
pub(crate) fn document(code: StatusCode, value: &Value) -> Response<Body> {
    raw(code, "application/json", Body::whole(value.to_string()))
}

/// A Status.
pub(crate) fn status(status: &Status) -> Response<Body> {
    let mut response = document(status.http_code(), &status.to_json());
    if status.details.retry_after > 0 {
        let seconds = HeaderValue::from(status.details.retry_after);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    if status.code == 403 {
        let nosniff = HeaderValue::from_static("nosniff");
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    }
    response
}

/// Adds `Warning` headers: deduplicated, cut when they are too much together.
pub(crate) fn warn(response: &mut Response<Body>, warnings: &[String]) {
    let total: usize = warnings.iter().map(|w| w.chars().count()).sum();
    let mut used = 0;
    for (i, warning) in warnings.iter().enumerate() {
        if warnings[..i].contains(warning) {
            continue;
        }
        let keep = if total > WARNING_TOTAL { WARNING_CUT } else { usize::MAX };
        let text: String = warning.chars().take(keep).collect();
        used += text.chars().count();
        if used > WARNING_TOTAL {
            return;
        }
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " ");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}

/// A value in the agreed encoding.
fn encoded(request: &Request, agreed: &Agreed, code: StatusCode, value: &Value) -> Response<Body> {
    match agreed.encoding {
        Encoding::Yaml => match serde_saphyr::to_string(value) {
            Ok(text) => raw(code, "application/yaml", Body::whole(text)),
            Err(why) => status(&Status::internal(why)),
        },
        Encoding::Json if pretty(request) => {
            let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
            raw(code, "application/json", Body::whole(text))
        }
        Encoding::Json => document(code, value),
    }
}

/// Browsers and command-line fetchers get indented JSON.
fn pretty(request: &Request) -> bool {
    let agent = request.header(header::USER_AGENT);
    let human = ["curl", "Wget", "Mozilla/5.0"].iter().any(|name| agent.starts_with(name));
    if request.query.has("pretty") { request.query.flag("pretty") } else { human }
}

/// One object in the shape that the request accepts.
pub(crate) fn object(
    request: &Request,
    resource: &Resource,
    code: StatusCode,
    stored: &Value,
    now: jiff::Timestamp,
) -> Result<Response<Body>, Status> {
    let agreed = negotiate::agree(request.header(header::ACCEPT))?;
    let served = convert::serve(resource, stored);
    let value = match agreed.shape {
        Shape::Object => served,
        Shape::Metadata => partial(&served, &agreed.version),
        Shape::Table => {
            let mut table = table::of(resource, &[&served], table::Include::parse(request)?, now);
            if let Some(version) = json::at(&served, &["metadata", "resourceVersion"]) {
                table["metadata"] = json!({"resourceVersion": version});
            }
            table
        }
    };
    Ok(encoded(request, &agreed, code, &value))
}

/// A document that has no other shape than its own.
pub(crate) fn plain(
    request: &Request,
    code: StatusCode,
    value: &Value,
) -> Result<Response<Body>, Status> {
    let agreed = negotiate::agree(request.header(header::ACCEPT))?;
    Ok(encoded(request, &agreed, code, value))
}

/// A list in the shape that the request accepts.
pub(crate) fn list(
    request: &Request,
    resource: &Resource,
    metadata: Value,
    stored: &[&Value],
    now: jiff::Timestamp,
) -> Result<Response<Body>, Status> {
    let agreed = negotiate::agree(request.header(header::ACCEPT))?;
    let served: Vec<Value> = stored.iter().map(|o| convert::serve(resource, o)).collect();
    let value = match agreed.shape {
        Shape::Object => list_object(resource, metadata, served),
        Shape::Metadata => {
            let items: Vec<Value> = served.iter().map(|o| partial(o, &agreed.version)).collect();
            json!({
                "kind": "PartialObjectMetadataList",
                "apiVersion": format!("meta.k8s.io/{}", agreed.version),
                "metadata": metadata,
                "items": items,
            })
        }
        Shape::Table => {
            let rows: Vec<&Value> = served.iter().collect();
            let mut table = table::of(resource, &rows, table::Include::parse(request)?, now);
            table["metadata"] = metadata;
            table
        }
    };
    Ok(encoded(request, &agreed, StatusCode::OK, &value))
}

/// The list object of a kind; items of built-in lists carry no kind of their own.
pub(crate) fn list_object(resource: &Resource, metadata: Value, mut items: Vec<Value>) -> Value {
    if resource.facts.is_some() {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.shift_remove("apiVersion");
            item.shift_remove("kind");
        }
    }
    let mut list = Map::new();
    list.insert("kind".into(), json!(resource.list_kind));
    list.insert("apiVersion".into(), json!(resource.api_version()));
    list.insert("metadata".into(), metadata);
    list.insert("items".into(), Value::Array(items));
    if resource.custom.is_some() {
        let metadata = json::child_mut(&mut list, "metadata");
        metadata.entry("continue").or_insert_with(|| json!(""));
        metadata.sort_keys();
        list.sort_keys();
    }
    Value::Object(list)
}

/// The PartialObjectMetadata of an object.
pub(crate) fn partial(served: &Value, version: &str) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": format!("meta.k8s.io/{version}"),
        "metadata": ordered_metadata(&served["metadata"]),
    })
}

/// The fields of the metadata of objects, in their order.
const METADATA: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];
const OWNER: &[&str] = &["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
const MANAGER: &[&str] =
    &["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"];

/// Metadata in the order of its type; that of custom resources is kept in order of names.
fn ordered_metadata(metadata: &Value) -> Value {
    let mut out = ordered(metadata, METADATA);
    for (field, order) in [("ownerReferences", OWNER), ("managedFields", MANAGER)] {
        if let Some(Value::Array(items)) = out.get_mut(field) {
            items.iter_mut().for_each(|item| *item = ordered(item, order));
        }
    }
    out
}

fn ordered(value: &Value, order: &[&str]) -> Value {
    let Value::Object(map) = value else { return value.clone() };
    let known = order.iter().filter_map(|key| map.get_key_value(*key));
    let other = map.iter().filter(|(key, _)| !order.contains(&key.as_str()));
    Value::Object(known.chain(other).map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// One line of a watch.
pub(crate) fn line(event: &str, object: &Value) -> Bytes {
    let mut text = format!("{{\"type\":\"{event}\",\"object\":{object}}}");
    text.push('\n');
    Bytes::from(text)
}

//! OpenAPI v3: what kubectl asks before it validates, patches or explains.
//!
//! One document per served group and version, written from the facts of built-in kinds and from the
//! schemas of definitions. Strategic merge is not offered here: kubectl then computes its patches
//! from the types compiled into it, which are the genuine ones.

mod components;

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::api::discovery::etag;
use crate::api::request::Request;
use crate::api::respond;
use crate::body::Body;
use crate::catalog::{Catalog, Resource, group_version};
use crate::cluster::Inner;
use crate::schema::Schema;
use crate::status::Status;
use crate::store::lock;
use components::Components;

/// The documents of one edition of the catalog.
#[derive(Default)]
pub(crate) struct Published {
    edition: u64,
    documents: Vec<Document>,
}

struct Document {
    /// `api/v1`, `apis/<group>/<version>`.
    path: String,
    text: String,
    hash: String,
}

/// Answers `/openapi/...`.
pub(crate) fn answer(
    cluster: &Inner,
    request: &Request,
    rest: &str,
) -> Result<Response<Body>, Status> {
    match rest.split_once('/') {
        None if rest == "v3" => {
            let published = published(cluster);
            Ok(respond::document(StatusCode::OK, &index(&published)))
        }
        Some(("v3", path)) => document(cluster, request, path),
        _ if rest == "v2" => Err(Status::not_acceptable(&["application/json at /openapi/v3"])),
        _ => Err(Status::no_resource()),
    }
}

fn published(cluster: &Inner) -> Arc<Published> {
    let catalog = cluster.catalog();
    let mut kept = lock(&cluster.openapi);
    if kept.documents.is_empty() || kept.edition != catalog.edition {
        *kept = Arc::new(Published {
            edition: catalog.edition,
            documents: write(&catalog, &cluster.schema),
        });
    }
    kept.clone()
}

fn index(published: &Published) -> Value {
    let mut paths = Map::new();
    for document in &published.documents {
        let url = format!("/openapi/v3/{}?hash={}", document.path, document.hash);
        paths.insert(document.path.clone(), json!({"serverRelativeURL": url}));
    }
    json!({"paths": paths})
}

fn document(cluster: &Inner, request: &Request, path: &str) -> Result<Response<Body>, Status> {
    let accept = request.header(header::ACCEPT);
    if accept.contains("protobuf") && !accept.contains("json") && !accept.contains("*/*") {
        return Err(Status::not_acceptable(&["application/json"]));
    }
    let published = published(cluster);
    let Some(document) = published.documents.iter().find(|d| d.path == path) else {
        return Err(Status::no_resource());
    };
    let asked = request.query.get("hash");
    if !asked.is_empty() && asked != document.hash {
        return Ok(moved(document));
    }
    let body = Body::whole(document.text.clone());
    let mut response = respond::raw(StatusCode::OK, "application/json", body);
    if !asked.is_empty() {
        let forever = HeaderValue::from_static("public, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
    }
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", document.hash)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn moved(document: &Document) -> Response<Body> {
    let mut response = respond::raw(StatusCode::MOVED_PERMANENTLY, "text/plain", Body::empty());
    let place = format!("/openapi/v3/{}?hash={}", document.path, document.hash);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn write(catalog: &Catalog, schema: &Schema) -> Vec<Document> {
    let mut documents = Vec::new();
    for group in catalog.groups() {
        for version in &group.versions {
            let text = version_document(catalog, schema, &group.name, version).to_string();
            let root = if group.name.is_empty() { "api" } else { "apis" };
            documents.push(Document {
                path: format!("{root}/{}", group_version(&group.name, version)),
                hash: etag(&text).trim_matches('"').to_owned(),
                text,
            });
        }
    }
    documents
}

fn version_document(catalog: &Catalog, schema: &Schema, group: &str, version: &str) -> Value {
    let mut paths = Map::new();
    let mut components = Components::new(schema);
    for resource in catalog.of_version(group, version) {
        let reference = components.of_resource(resource);
        resource_paths(resource, &reference, &mut paths);
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": super::small::GIT_VERSION},
        "paths": paths,
        "components": {"schemas": components.into_map()},
    })
}

fn resource_paths(resource: &Resource, reference: &Value, paths: &mut Map<String, Value>) {
    let gv = resource.api_version();
    let root = if resource.group.is_empty() { format!("/api/{gv}") } else { format!("/apis/{gv}") };
    let scope = if resource.namespaced { "/namespaces/{namespace}" } else { "" };
    let collection = format!("{root}{scope}/{}", resource.plural);
    paths.insert(
        collection.clone(),
        json!({
            "get": operation(resource, "list", reference),
            "post": operation(resource, "post", reference),
        }),
    );
    if resource.rules.create_only {
        return;
    }
    let item = json!({
        "get": operation(resource, "get", reference),
        "put": operation(resource, "put", reference),
        "patch": patch_operation(resource, reference),
        "delete": operation(resource, "delete", reference),
    });
    paths.insert(format!("{collection}/{{name}}"), item.clone());
    for sub in resource.subresources.iter().filter(|s| s.name == "status") {
        paths.insert(format!("{collection}/{{name}}/{}", sub.name), item.clone());
    }
}

fn kind(resource: &Resource) -> Value {
    json!({"group": resource.group, "version": resource.version, "kind": resource.kind})
}

fn operation(resource: &Resource, action: &str, reference: &Value) -> Value {
    json!({
        "parameters": parameters(&["pretty", "dryRun", "fieldManager", "fieldValidation"]),
        "responses": {"200": {"description": "OK", "content":
            {"application/json": {"schema": reference}}}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": kind(resource),
    })
}

fn patch_operation(resource: &Resource, reference: &Value) -> Value {
    let mut value = operation(resource, "patch", reference);
    let names = ["pretty", "dryRun", "fieldManager", "fieldValidation", "force"];
    value["parameters"] = parameters(&names);
    let patch = json!({"schema": {"type": "object"}});
    value["requestBody"] = json!({"required": true, "content": {
        "application/json-patch+json": patch,
        "application/merge-patch+json": patch,
        "application/apply-patch+yaml": patch,
    }});
    value
}

fn parameters(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}))
        .collect()
}

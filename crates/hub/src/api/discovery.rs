//! Discovery: which groups, versions and resources there are, in the legacy and the aggregated form.

use std::fmt::Write as _;

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha512};

use crate::api::negotiate;
use crate::api::request::Request;
use crate::api::respond;
use crate::api::route::Route;
use crate::body::Body;
use crate::catalog::{Catalog, Group, Resource, Subresource, group_version};
use crate::status::Status;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Answers `/api`, `/apis` and what is below them down to a version.
pub(crate) fn answer(
    catalog: &Catalog,
    request: &Request,
    route: &Route,
) -> Result<Response<Body>, Status> {
    let aggregated = negotiate::wants_aggregated_discovery(request.header(header::ACCEPT));
    match route {
        Route::CoreVersions if aggregated => Ok(aggregate(catalog, request, true)),
        Route::Groups if aggregated => Ok(aggregate(catalog, request, false)),
        Route::CoreVersions => respond::plain(request, StatusCode::OK, &core_versions()),
        Route::Groups => respond::plain(request, StatusCode::OK, &group_list(catalog)),
        Route::Group(name) => group(catalog, request, name),
        Route::Version(group, version) => version_list(catalog, request, group, version),
        _ => Err(Status::no_resource()),
    }
}

fn core_versions() -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ""}],
    })
}

fn api_group(group: &Group) -> Value {
    let version = |v: &String| json!({"groupVersion": group_version(&group.name, v), "version": v});
    json!({
        "name": group.name,
        "versions": group.versions.iter().map(version).collect::<Vec<_>>(),
        "preferredVersion": group.versions.first().map(version),
    })
}

fn group_list(catalog: &Catalog) -> Value {
    let groups: Vec<Value> =
        catalog.groups().iter().filter(|g| !g.name.is_empty()).map(api_group).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn group(catalog: &Catalog, request: &Request, name: &str) -> Result<Response<Body>, Status> {
    let groups = catalog.groups();
    let Some(group) = groups.iter().find(|g| g.name == name && !name.is_empty()) else {
        return Ok(super::not_routed());
    };
    let mut value = json!({"kind": "APIGroup", "apiVersion": "v1"});
    if let (Value::Object(to), Value::Object(from)) = (&mut value, api_group(group)) {
        to.extend(from);
    }
    respond::plain(request, StatusCode::OK, &value)
}

fn version_list(
    catalog: &Catalog,
    request: &Request,
    group: &str,
    version: &str,
) -> Result<Response<Body>, Status> {
    let mut rows: Vec<Value> = Vec::new();
    for resource in catalog.of_version(group, version) {
        rows.push(row(resource));
        rows.extend(resource.subresources.iter().map(|s| subresource_row(resource, s)));
    }
    if rows.is_empty() {
        return Ok(super::not_routed());
    }
    let value = json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version(group, version),
        "resources": rows,
    });
    respond::plain(request, StatusCode::OK, &value)
}

fn row(resource: &Resource) -> Value {
    let mut row = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    });
    optional(&mut row, resource);
    if !resource.rules.create_only {
        row["storageVersionHash"] = json!(storage_hash(resource));
    }
    row
}

fn optional(row: &mut Value, resource: &Resource) {
    if !resource.short_names.is_empty() {
        row["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        row["categories"] = json!(resource.categories);
    }
}

fn storage_hash(resource: &Resource) -> String {
    use base64::Engine as _;
    let text = format!("{}/{}/{}", resource.group, resource.version, resource.kind);
    base64::engine::general_purpose::STANDARD.encode(&Sha256::digest(text)[..8])
}

fn subresource_row(resource: &Resource, sub: &Subresource) -> Value {
    let mut row = Map::new();
    row.insert("name".into(), json!(format!("{}/{}", resource.plural, sub.name)));
    row.insert("singularName".into(), json!(""));
    row.insert("namespaced".into(), json!(resource.namespaced));
    if let Some((group, version)) = &sub.foreign {
        row.insert("group".into(), json!(group));
        row.insert("version".into(), json!(version));
    }
    row.insert("kind".into(), json!(sub.kind));
    row.insert("verbs".into(), json!(sub.verbs));
    Value::Object(row)
}

/// The aggregated document of the core group or of all others, cacheable by its hash.
fn aggregate(catalog: &Catalog, request: &Request, core: bool) -> Response<Body> {
    let items: Vec<Value> = catalog
        .groups()
        .iter()
        .filter(|g| g.name.is_empty() == core)
        .map(|g| aggregated_group(catalog, g))
        .collect();
    let document = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    });
    let text = document.to_string();
    let tag = etag(&text);
    let unchanged = request
        .header(header::IF_NONE_MATCH)
        .split(',')
        .any(|t| t.trim().trim_start_matches("W/") == tag);
    let (code, body) = match unchanged {
        true => (StatusCode::NOT_MODIFIED, Body::empty()),
        false => (StatusCode::OK, Body::whole(text)),
    };
    let mut response = respond::raw(code, AGGREGATED, body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, value);
    }
    response
}

/// The entity tag of a document: its SHA-512 in upper-case hexadecimal.
pub(crate) fn etag(text: &str) -> String {
    let mut tag = String::from("\"");
    for byte in Sha512::digest(text) {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02X}");
    }
    tag.push('"');
    tag
}

fn aggregated_group(catalog: &Catalog, group: &Group) -> Value {
    let versions: Vec<Value> = group
        .versions
        .iter()
        .map(|version| {
            let resources: Vec<Value> =
                catalog.of_version(&group.name, version).map(|r| aggregated_resource(r)).collect();
            json!({"version": version, "resources": resources, "freshness": "Current"})
        })
        .collect();
    let metadata = match group.name.as_str() {
        "" => json!({"creationTimestamp": null}),
        name => json!({"name": name, "creationTimestamp": null}),
    };
    json!({"metadata": metadata, "versions": versions})
}

fn aggregated_resource(resource: &Resource) -> Value {
    let kind = json!({
        "group": resource.group, "version": resource.version, "kind": resource.kind});
    let scope = if resource.namespaced { "Namespaced" } else { "Cluster" };
    let mut row = json!({
        "resource": resource.plural,
        "responseKind": kind,
        "scope": scope,
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    });
    optional(&mut row, resource);
    if !resource.subresources.is_empty() {
        let subs: Vec<Value> =
            resource.subresources.iter().map(|s| aggregated_subresource(resource, s)).collect();
        row["subresources"] = json!(subs);
    }
    row
}

fn aggregated_subresource(resource: &Resource, sub: &Subresource) -> Value {
    let own = (&resource.group, &resource.version);
    let (group, version) = sub.foreign.as_ref().map_or(own, |(g, v)| (g, v));
    json!({
        "subresource": sub.name,
        "responseKind": {"group": group, "version": version, "kind": sub.kind},
        "verbs": sub.verbs,
    })
}

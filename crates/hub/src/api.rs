//! The API of one cluster: from a request that was read completely to its response.
//!
//! [`answer`] finds out who asks, what the path names and whether that may be done, and hands the
//! request to one handler. Handlers return a response or a [`Status`]; nothing else leaves this
//! room, and no handler knows how the request came in.

pub(crate) mod admission;
mod convert;
mod decode;
pub(crate) mod delete;
mod discovery;
mod exec;
mod intake;
mod kinds;
mod meta;
mod negotiate;
pub(crate) mod openapi;
pub(crate) mod options;
pub(crate) mod ownership;
mod pods;
mod projected;
mod protobuf;
mod read;
pub(crate) mod request;
pub(crate) mod respond;
mod reviews;
mod route;
mod scale;
pub(crate) mod settle;
mod small;
pub(crate) mod table;
mod upgrade;
mod watch;
mod write;

use std::sync::Arc;

use futures::FutureExt;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::access::{self, Attributes};
use crate::body::Body;
use crate::catalog::{Catalog, Resource};
use crate::cluster::Inner;
use crate::status::Status;
use crate::store::Key;
use request::Request;
use route::{ResourcePath, Route};

/// The verb of authorization, or `""` when the path names no resource.
pub(crate) fn verb(request: &Request) -> &'static str {
    match route::route(&request.path) {
        Route::Resource(path) => path.verb(request),
        _ => "",
    }
}

/// Answers a request. A panic in a handler becomes a 500.
pub(crate) async fn answer(
    cluster: &Arc<Inner>,
    request: Request,
    demands_credentials: bool,
) -> Response<Body> {
    let audit = request.headers.get("audit-id").cloned();
    let handled = handle(cluster, request, demands_credentials);
    let mut response = match std::panic::AssertUnwindSafe(handled).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(status)) => respond::status(&status),
        Err(_) => respond::status(&Status::internal("a handler of this server panicked")),
    };
    let audit = audit.or_else(|| HeaderValue::from_str(&cluster.names.uid()).ok());
    if let Some(id) = audit {
        response.headers_mut().insert(HeaderName::from_static("audit-id"), id);
    }
    response
}

async fn handle(
    cluster: &Arc<Inner>,
    mut request: Request,
    demands_credentials: bool,
) -> Result<Response<Body>, Status> {
    authenticate(cluster, &mut request, demands_credentials)?;
    match route::route(&request.path) {
        Route::Resource(path) => resource(cluster, &request, path).await,
        Route::Unknown => Ok(not_routed()),
        other => {
            let wanted = Attributes {
                verb: request.method.as_str().to_lowercase(),
                path: request.path.clone(),
                ..Attributes::default()
            };
            access::authorize(cluster, &request.user, &wanted)?;
            if !matches!(request.method.as_str(), "GET" | "HEAD") {
                return Err(Status::method_not_allowed());
            }
            small::answer(cluster, &request, &other)
        }
    }
}

/// What an unrouted path gets: plain text, as from Go's router.
fn not_routed() -> Response<Body> {
    let body = Body::whole("404 page not found\n");
    respond::raw(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", body)
}

fn authenticate(
    cluster: &Inner,
    request: &mut Request,
    demands_credentials: bool,
) -> Result<(), Status> {
    let header = request.header(AUTHORIZATION).to_owned();
    if let Some(token) = header.strip_prefix("Bearer ") {
        let user = cluster.access.user(token.trim(), cluster.clock.now());
        request.user = user.ok_or_else(Status::unauthorized)?;
    } else if demands_credentials && !header.is_empty() {
        return Err(Status::unauthorized());
    }
    if let Some(other) = access::impersonate(cluster, &request.user, &request.headers)? {
        request.user = other;
    }
    Ok(())
}

/// What a resource request is about.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) resource: Arc<Resource>,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) subresource: String,
}

impl Target {
    pub(crate) fn key(&self) -> Key {
        Key::new(&self.namespace, &self.name)
    }

    /// The stored object, or 404.
    pub(crate) fn fetch(&self, cluster: &Inner) -> Result<Arc<Value>, Status> {
        cluster.store.get(&self.resource.storage, &self.key()).ok_or_else(|| self.not_found())
    }

    pub(crate) fn not_found(&self) -> Status {
        Status::not_found(&self.resource.group, &self.resource.plural, &self.name)
    }

    pub(crate) fn invalid(&self, causes: Vec<crate::status::Cause>) -> Status {
        Status::invalid(&self.resource.group, &self.resource.kind, &self.name, causes)
    }

    pub(crate) fn stale(&self) -> Status {
        Status::stale(&self.resource.group, &self.resource.plural, &self.name)
    }
}

async fn resource(
    cluster: &Arc<Inner>,
    request: &Request,
    path: ResourcePath,
) -> Result<Response<Body>, Status> {
    let catalog = cluster.catalog();
    let verb = path.verb(request);
    access::authorize(cluster, &request.user, &attributes(&path, verb, request))?;
    let Some(resource) = catalog.find(&path.group, &path.version, &path.plural) else {
        return missing_resource(&catalog, &path);
    };
    let mut target = Target {
        resource: resource.clone(),
        namespace: path.namespace.clone(),
        name: path.name.clone(),
        subresource: path.subresource.clone(),
    };
    if !resource.namespaced {
        if !path.namespace.is_empty() && path.plural != "namespaces" {
            return Err(Status::no_resource());
        }
        target.namespace.clear();
    } else if path.namespace.is_empty() && !matches!(verb, "list" | "watch") {
        return needs_namespace(&target);
    }
    let answer = dispatch(cluster, request, &target, verb).await;
    let Some(deprecation) = kinds::deprecation(&target.resource) else { return answer };
    let mut response = answer.unwrap_or_else(|status| respond::status(&status));
    respond::warn(&mut response, &[deprecation]);
    Ok(response)
}

/// What authorization is told; a selector that pins a name counts as that name.
fn attributes(path: &ResourcePath, verb: &str, request: &Request) -> Attributes {
    let pinned = || {
        let selector = request.query.get("fieldSelector");
        selector.strip_prefix("metadata.name=").map(|n| n.trim_start_matches('=').to_owned())
    };
    let name = match verb {
        "list" | "watch" | "deletecollection" => pinned().unwrap_or_default(),
        _ => path.name.clone(),
    };
    Attributes {
        verb: verb.to_owned(),
        group: path.group.clone(),
        resource: path.plural.clone(),
        subresource: path.subresource.clone(),
        namespace: path.namespace.clone(),
        name,
        path: request.path.clone(),
    }
}

/// Virtual kinds without a namespace aside, a namespaced object cannot be reached without one.
fn needs_namespace(target: &Target) -> Result<Response<Body>, Status> {
    if target.name.is_empty() {
        return Err(Status::method_not_allowed());
    }
    Err(Status::no_resource())
}

fn missing_resource(catalog: &Catalog, path: &ResourcePath) -> Result<Response<Body>, Status> {
    let known = catalog.of_version(&path.group, &path.version).next().is_some();
    if known { Err(Status::no_resource()) } else { Ok(not_routed()) }
}

async fn dispatch(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
    verb: &str,
) -> Result<Response<Body>, Status> {
    if !target.subresource.is_empty() {
        return subresource(cluster, request, target, verb).await;
    }
    if !target.resource.verbs.iter().any(|v| v == verb) {
        return Err(Status::method_not_allowed());
    }
    if let Some(projection) = &target.resource.projection {
        return match (verb, target.name.is_empty()) {
            ("get", false) => projected::get(cluster, request, target, projection),
            ("list", true) => projected::list(cluster, request, target, projection),
            _ => Err(Status::method_not_allowed()),
        };
    }
    match (verb, target.name.is_empty()) {
        ("get", false) => read::get(cluster, request, target).await,
        ("list", true) => read::list(cluster, request, target).await,
        ("watch", true) => watch::watch(cluster, request, target),
        ("create", true) if target.resource.rules.create_only => {
            reviews::create(cluster, request, target)
        }
        ("create", true) => write::create(cluster, request, target).await,
        ("update", false) => write::update(cluster, request, target).await,
        ("patch", false) => write::patch(cluster, request, target).await,
        ("delete", false) => delete::delete(cluster, request, target).await,
        ("deletecollection", true) => delete::collection(cluster, request, target).await,
        _ => Err(Status::method_not_allowed()),
    }
}

async fn subresource(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
    verb: &str,
) -> Result<Response<Body>, Status> {
    let Some(sub) = target.resource.subresource(&target.subresource) else {
        return Err(Status::no_resource());
    };
    if !sub.verbs.iter().any(|v| v == verb) {
        return Err(Status::method_not_allowed());
    }
    match (sub.name.as_str(), verb) {
        ("status", "get") => read::get(cluster, request, target).await,
        ("status", "update") | ("finalize", "update") => {
            write::update(cluster, request, target).await
        }
        ("status", "patch") => write::patch(cluster, request, target).await,
        ("binding", "create") => pods::bind(cluster, request, target).await,
        ("eviction", "create") => pods::evict(cluster, request, target).await,
        ("log", "get") => pods::log(cluster, request, target),
        ("exec", _) => exec::exec(cluster, request, target),
        ("attach", _) => exec::attach(cluster, request, target),
        ("scale", "get") => scale::get(cluster, request, target),
        ("scale", _) => scale::write(cluster, request, target).await,
        ("token", _) => reviews::token(cluster, request, target),
        (name, _) => Err(Status::not_implemented(&format!(
            "the subresource {name:?} of {}",
            target.resource.plural
        ))),
    }
}

/// The namespaces every cluster has.
const FIRST_NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// Puts in place what a cluster has from its first moment.
pub(crate) async fn bootstrap(cluster: &Arc<Inner>) {
    crate::crd::lifecycle::reconcile(cluster).await;
    for name in FIRST_NAMESPACES {
        let metadata = json!({"name": name});
        let namespace = json!({"kind": "Namespace", "apiVersion": "v1", "metadata": metadata});
        put_in_place(cluster, "", "namespaces", namespace).await;
    }
    for (plural, role) in access::first_roles() {
        put_in_place(cluster, "rbac.authorization.k8s.io", plural, role).await;
    }
}

/// Creates an object that is part of every cluster, unless it is there.
async fn put_in_place(cluster: &Arc<Inner>, group: &str, plural: &str, object: Value) {
    let catalog = cluster.catalog();
    let Some(resource) = catalog.find(group, "v1", plural) else { return };
    let target = Target {
        resource: resource.clone(),
        namespace: String::new(),
        name: crate::json::meta(&object, "name").to_owned(),
        subresource: String::new(),
    };
    if target.fetch(cluster).is_ok() {
        return;
    }
    let options = options::WriteOptions::internal("kube-apiserver");
    let (owners, mut warnings) = (settle::Owners::Track, Vec::new());
    let made =
        write::create_object(cluster, &target, object, owners, &options, &mut warnings).await;
    if let Err(status) = made {
        tracing::warn!(name = target.name, %status.message, "a first object could not be made");
    }
}

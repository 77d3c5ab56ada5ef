//! Everything that names no resource: version, health, discovery and the index.

use std::sync::Arc;

use http::{Response, StatusCode};
use serde_json::json;

use crate::api::discovery;
use crate::api::openapi;
use crate::api::request::Request;
use crate::api::respond;
use crate::api::route::Route;
use crate::body::Body;
use crate::cluster::Inner;
use crate::status::Status;

/// The Kubernetes version that the API is compatible with.
const MAJOR: &str = "1";
const MINOR: &str = "36";
pub(super) const GIT_VERSION: &str = "v1.36.2+mizzen";

/// Answers a request that names no resource.
pub(crate) fn answer(
    cluster: &Arc<Inner>,
    request: &Request,
    route: &Route,
) -> Result<Response<Body>, Status> {
    match route {
        Route::ServerVersion => Ok(version()),
        Route::Health(path) => health(request, path),
        Route::Index => Ok(index(cluster)),
        Route::CoreVersions | Route::Groups | Route::Group(_) | Route::Version(..) => {
            discovery::answer(&cluster.catalog(), request, route)
        }
        Route::OpenApi(rest) => openapi::answer(cluster, request, rest),
        Route::Resource(_) | Route::Unknown => Err(Status::no_resource()),
    }
}

fn version() -> Response<Body> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let arch = match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let value = json!({
        "major": MAJOR,
        "minor": MINOR,
        "emulationMajor": MAJOR,
        "emulationMinor": MINOR,
        "minCompatibilityMajor": MAJOR,
        "minCompatibilityMinor": "35",
        "gitVersion": GIT_VERSION,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("{os}/{arch}"),
    });
    respond::document(StatusCode::OK, &value)
}

const CHECKS: &[&str] = &["ping", "log", "etcd"];

fn health(request: &Request, path: &str) -> Result<Response<Body>, Status> {
    let text =
        |body: String| respond::raw(StatusCode::OK, "text/plain; charset=utf-8", Body::whole(body));
    let (name, check) = path.split_once('/').unwrap_or((path, ""));
    if !check.is_empty() && !CHECKS.contains(&check) {
        return Err(Status::no_resource());
    }
    if check.is_empty() && request.query.has("verbose") {
        let excluded: Vec<&str> = request.query.all("exclude").collect();
        let lines: String = CHECKS
            .iter()
            .map(|check| match excluded.contains(check) {
                true => format!("[+]{check} excluded: ok\n"),
                false => format!("[+]{check} ok\n"),
            })
            .collect();
        return Ok(text(format!("{lines}{name} check passed\n")));
    }
    Ok(text("ok".to_owned()))
}

fn index(cluster: &Inner) -> Response<Body> {
    let mut paths: Vec<String> =
        ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]
            .map(str::to_owned)
            .to_vec();
    for group in cluster.catalog().groups().iter().filter(|g| !g.name.is_empty()) {
        paths.push(format!("/apis/{}", group.name));
        paths.extend(group.versions.iter().map(|v| format!("/apis/{}/{v}", group.name)));
    }
    paths.sort();
    respond::document(StatusCode::OK, &json!({"paths": paths}))
}

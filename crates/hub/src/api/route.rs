//! From a path to what it names, by the rules of `apiserver/pkg/endpoints/request/requestinfo.go`.

use crate::api::request::{Request, decode_segment};

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/api`
    CoreVersions,
    /// `/apis`
    Groups,
    /// `/apis/<group>`
    Group(String),
    /// `/api/v1`, `/apis/<group>/<version>`
    Version(String, String),
    /// Everything below a version.
    Resource(ResourcePath),
    /// `/version`
    ServerVersion,
    /// `/healthz`, `/livez`, `/readyz` and their single checks.
    Health(String),
    /// `/openapi/...`, the rest of the path.
    OpenApi(String),
    /// `/`
    Index,
    /// Nothing that is routed.
    Unknown,
}

/// The parts of a resource path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResourcePath {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: String,
    pub(crate) plural: String,
    pub(crate) name: String,
    pub(crate) subresource: String,
    /// The legacy `/watch/` prefix was used.
    pub(crate) watch: bool,
    /// Whatever follows the subresource (proxies).
    pub(crate) rest: Vec<String>,
}

/// Reads a path.
pub(crate) fn route(path: &str) -> Route {
    let trimmed = path.trim_matches('/');
    let parts: Vec<String> =
        trimmed.split('/').filter(|p| !p.is_empty()).map(decode_segment).collect();
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Route::Index,
        ["api"] => Route::CoreVersions,
        ["apis"] => Route::Groups,
        ["api", version] => Route::Version(String::new(), (*version).to_owned()),
        ["apis", group] => Route::Group((*group).to_owned()),
        ["apis", group, version] => Route::Version((*group).to_owned(), (*version).to_owned()),
        ["api", version, rest @ ..] => Route::Resource(resource("", version, rest)),
        ["apis", group, version, rest @ ..] => Route::Resource(resource(group, version, rest)),
        ["version"] => Route::ServerVersion,
        ["healthz" | "livez" | "readyz", ..] => Route::Health(trimmed.to_owned()),
        ["openapi", rest @ ..] => Route::OpenApi(rest.join("/")),
        _ => Route::Unknown,
    }
}

fn resource(group: &str, version: &str, rest: &[&str]) -> ResourcePath {
    let (watch, rest) = match rest {
        ["watch", rest @ ..] if !rest.is_empty() => (true, rest),
        rest => (false, rest),
    };
    let mut path = ResourcePath {
        group: group.to_owned(),
        version: version.to_owned(),
        watch,
        ..ResourcePath::default()
    };
    let tail = match rest {
        ["namespaces", ns, "status" | "finalize"] => {
            path.namespace = (*ns).to_owned();
            rest
        }
        ["namespaces", ns, tail @ ..] if !tail.is_empty() => {
            path.namespace = (*ns).to_owned();
            tail
        }
        rest => rest,
    };
    let part = |i: usize| tail.get(i).map(|s| (*s).to_owned()).unwrap_or_default();
    (path.plural, path.name, path.subresource) = (part(0), part(1), part(2));
    path.rest = tail.iter().skip(3).map(|s| (*s).to_owned()).collect();
    path
}

impl ResourcePath {
    /// The verb that authorization and discovery know for this request.
    pub(crate) fn verb(&self, request: &Request) -> &'static str {
        let collection = self.name.is_empty();
        match request.method.as_str() {
            "GET" | "HEAD" if self.watch || (collection && request.query.flag("watch")) => "watch",
            "GET" | "HEAD" if collection => "list",
            "GET" | "HEAD" => "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" if collection => "deletecollection",
            "DELETE" => "delete",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: [&str; 6]) {
        let Route::Resource(found) = route(path) else {
            assert_eq!(expected[2], "", "{path} is no resource path");
            return;
        };
        let parts = [
            found.group,
            found.version,
            found.plural,
            found.namespace,
            found.name,
            found.subresource,
        ];
        assert_eq!(parts, expected.map(str::to_owned), "{path}");
    }

    #[test]
    fn resource_paths() {
        check("/api/v1/pods", ["", "v1", "pods", "", "", ""]);
        check("/api/v1/namespaces", ["", "v1", "namespaces", "", "", ""]);
        check("/api/v1/namespaces/a", ["", "v1", "namespaces", "", "a", ""]);
        check("/api/v1/namespaces/a/status", ["", "v1", "namespaces", "a", "a", "status"]);
        check("/api/v1/namespaces/a/pods", ["", "v1", "pods", "a", "", ""]);
        check("/api/v1/namespaces/a/pods/b/log", ["", "v1", "pods", "a", "b", "log"]);
        check(
            "/apis/apps/v1/namespaces/a/deployments/b",
            ["apps", "v1", "deployments", "a", "b", ""],
        );
        check("/apis/apps/v1/watch/deployments", ["apps", "v1", "deployments", "", "", ""]);
        check("/apis/x.io/v1/things/a%3Ab", ["x.io", "v1", "things", "", "a:b", ""]);
    }

    #[test]
    fn other_paths() {
        let table = [
            ("/", Route::Index),
            ("/api", Route::CoreVersions),
            ("/apis/", Route::Groups),
            ("/apis/apps", Route::Group("apps".into())),
            ("/api/v1", Route::Version(String::new(), "v1".into())),
            ("/livez/ping", Route::Health("livez/ping".into())),
            ("/openapi/v3/apis/apps/v1", Route::OpenApi("v3/apis/apps/v1".into())),
            ("/nonsense/x", Route::Unknown),
        ];
        for (path, expected) in table {
            assert_eq!(route(path), expected, "{path}");
        }
    }
}

//! Where the objects of a kind live: short names and `group/version/Kind` to API paths, asked from
//! the server's discovery.

use mizzen_hub::LocalApi;
use serde_json::Value;

/// One kind as discovery describes it.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) namespaced: bool,
    pub(crate) names: Vec<String>,
}

impl Kind {
    /// The path of the collection, or of one object.
    pub(crate) fn path(&self, namespace: &str, name: Option<&str>) -> String {
        let root = if self.api_version.contains('/') { "/apis" } else { "/api" };
        let place =
            if self.namespaced { format!("/namespaces/{namespace}") } else { String::new() };
        let tail = name.map(|name| format!("/{name}")).unwrap_or_default();
        format!("{root}/{}{place}/{}{tail}", self.api_version, self.plural)
    }
}

/// Every kind that a server knows at one moment.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    kinds: Vec<Kind>,
}

impl Kinds {
    /// Reads the server's discovery documents.
    pub(crate) async fn discover(api: &LocalApi) -> Result<Self, String> {
        let mut kinds = resources(api, "/api/v1").await?;
        let groups = get(api, "/apis").await?;
        for group in groups["groups"].as_array().into_iter().flatten() {
            for version in group["versions"].as_array().into_iter().flatten() {
                let version = version["groupVersion"].as_str().unwrap_or_default();
                kinds.extend(resources(api, &format!("/apis/{version}")).await?);
            }
        }
        Ok(Self { kinds })
    }

    /// The kind of an object by its `apiVersion` and `kind`.
    pub(crate) fn of(&self, object: &Value) -> Result<&Kind, String> {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        let kind = object["kind"].as_str().unwrap_or_default();
        self.kinds
            .iter()
            .find(|known| known.api_version == version && known.kind == kind)
            .ok_or_else(|| format!("no kind {version}/{kind} on the server"))
    }

    /// The kind that a scenario names: a short name, or `group/version/Kind`.
    pub(crate) fn named(&self, name: &str) -> Result<&Kind, String> {
        let found = match name.rsplit_once('/') {
            Some((version, kind)) => {
                self.kinds.iter().find(|k| k.api_version == version && k.kind == kind)
            }
            None => {
                self.kinds.iter().find(|k| k.names.iter().any(|n| n.eq_ignore_ascii_case(name)))
            }
        };
        found.ok_or_else(|| format!("no kind named {name} on the server"))
    }
}

async fn get(api: &LocalApi, path: &str) -> Result<Value, String> {
    api.get(path).await.map_err(|status| format!("GET {path}: {}", status.message))
}

async fn resources(api: &LocalApi, path: &str) -> Result<Vec<Kind>, String> {
    let list = get(api, path).await?;
    let version = list["groupVersion"].as_str().unwrap_or_default();
    let entries = list["resources"].as_array().cloned().unwrap_or_default();
    Ok(entries.iter().filter_map(|entry| kind(version, entry)).collect())
}

/// Subresources (`pods/status`) are no kinds of their own.
fn kind(version: &str, entry: &Value) -> Option<Kind> {
    let plural = entry["name"].as_str().filter(|name| !name.contains('/'))?;
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let mut names = vec![plural.to_owned(), text("kind"), text("singularName")];
    let short = entry["shortNames"].as_array().into_iter().flatten();
    names.extend(short.filter_map(Value::as_str).map(str::to_owned));
    Some(Kind {
        api_version: version.to_owned(),
        kind: text("kind"),
        plural: plural.to_owned(),
        namespaced: entry["namespaced"].as_bool().unwrap_or(false),
        names,
    })
}

//! What a command sees of its container: environment and files, from the pod and what it refers to.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use jiff::Timestamp;
use serde_json::Value;

use crate::json::{at, items, meta, text};

/// A container from inside.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) host: String,
    pub(crate) env: BTreeMap<String, String>,
    /// Texts by path.
    pub(crate) files: BTreeMap<String, String>,
    /// What runs as process 1.
    pub(crate) command: String,
    pub(crate) now: Timestamp,
}

/// Reads a ConfigMap (`configmaps`) or a Secret (`secrets`) of the pod's namespace.
type Read<'a> = &'a dyn Fn(&str, &str) -> Option<Arc<Value>>;

impl Container {
    /// A container of a pod as it is at this moment; none when the pod has none of that name.
    pub(crate) fn of(pod: &Value, name: &str, now: Timestamp, read: Read<'_>) -> Option<Self> {
        let lists = ["containers", "initContainers", "ephemeralContainers"];
        let mut all = lists.iter().flat_map(|list| items(pod, &["spec", list]));
        let spec = all.find(|spec| spec["name"] == name)?;
        let words = |list: &str| items(spec, &[list]).iter().filter_map(Value::as_str);
        let command: Vec<&str> = words("command").chain(words("args")).collect();
        let image = text(spec, &["image"]);
        let host = meta(pod, "name").to_owned();
        let mut env: BTreeMap<String, String> = [
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("HOME", "/root"),
            ("HOSTNAME", host.as_str()),
            ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
            ("KUBERNETES_SERVICE_PORT", "443"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        sources(spec, read, &mut env);
        for variable in items(spec, &["env"]) {
            if let Some(value) = value(variable, pod, spec, read) {
                env.insert(text(variable, &["name"]).to_owned(), value);
            }
        }
        Some(Self {
            files: files(pod, spec, &host, read),
            command: if command.is_empty() { image.to_owned() } else { command.join(" ") },
            host,
            env,
            now,
        })
    }
}

fn sources(spec: &Value, read: Read<'_>, env: &mut BTreeMap<String, String>) {
    for source in items(spec, &["envFrom"]) {
        let prefix = text(source, &["prefix"]);
        for (field, plural) in [("configMapRef", "configmaps"), ("secretRef", "secrets")] {
            let name = text(source, &[field, "name"]);
            let data = read(plural, name).map(|object| data(&object, plural)).unwrap_or_default();
            env.extend(data.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value)));
        }
    }
}

fn value(variable: &Value, pod: &Value, spec: &Value, read: Read<'_>) -> Option<String> {
    let Some(from) = variable.get("valueFrom") else {
        return Some(text(variable, &["value"]).to_owned());
    };
    let keyed = |field: &str, plural: &str| {
        let name = text(from, &[field, "name"]);
        data(&*read(plural, name)?, plural).remove(text(from, &[field, "key"]))
    };
    let path = text(from, &["fieldRef", "fieldPath"]);
    if !path.is_empty() {
        return field(pod, path);
    }
    let resource = text(from, &["resourceFieldRef", "resource"]);
    if !resource.is_empty() {
        let parts: Vec<&str> = resource.splitn(2, '.').collect();
        let path: Vec<&str> = std::iter::once("resources").chain(parts).collect();
        return Some(text(spec, &path).to_owned());
    }
    keyed("configMapKeyRef", "configmaps").or_else(|| keyed("secretKeyRef", "secrets"))
}

/// A field of a pod, such as `metadata.labels['app']`.
fn field(pod: &Value, path: &str) -> Option<String> {
    let found = match path.split_once("['") {
        Some((map, key)) => {
            let path: Vec<&str> = map.split('.').collect();
            at(pod, &path)?.get(key.trim_end_matches("']"))?
        }
        None => at(pod, &path.split('.').collect::<Vec<_>>())?,
    };
    Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}

/// The texts that an object holds.
fn data(object: &Value, plural: &str) -> BTreeMap<String, String> {
    let pairs = object["data"].as_object().into_iter().flatten();
    let decoded = |text: &str| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let plain = |text: &str| if plural == "secrets" { decoded(text) } else { text.to_owned() };
    pairs.filter_map(|(key, value)| Some((key.clone(), plain(value.as_str()?)))).collect()
}

fn files(pod: &Value, spec: &Value, host: &str, read: Read<'_>) -> BTreeMap<String, String> {
    let ip = text(pod, &["status", "podIP"]);
    let mut files: BTreeMap<String, String> = [
        ("/etc/hostname", format!("{host}\n")),
        ("/etc/hosts", format!("127.0.0.1\tlocalhost\n{ip}\t{host}\n")),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into();
    for mount in items(spec, &["volumeMounts"]) {
        let path = text(mount, &["mountPath"]).trim_end_matches('/');
        let volumes = items(pod, &["spec", "volumes"]);
        let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]);
        let texts = volume.map(|volume| mounted(volume, read)).unwrap_or_default();
        match text(mount, &["subPath"]) {
            "" => {
                let placed = texts.into_iter().map(|(key, text)| (format!("{path}/{key}"), text));
                files.extend(placed);
            }
            one => files.extend(texts.get(one).map(|text| (path.to_owned(), text.clone()))),
        }
    }
    files
}

/// The texts of a volume by their paths in it.
fn mounted(volume: &Value, read: Read<'_>) -> BTreeMap<String, String> {
    let kinds = [("configMap", "name", "configmaps"), ("secret", "secretName", "secrets")];
    let mut texts = BTreeMap::new();
    for (kind, field, plural) in kinds {
        let Some(object) = read(plural, text(volume, &[kind, field])) else { continue };
        let mut all = data(&object, plural);
        let chosen = items(volume, &[kind, "items"]);
        if chosen.is_empty() {
            texts.append(&mut all);
        }
        texts.extend(chosen.iter().filter_map(|item| {
            Some((text(item, &["path"]).to_owned(), all.get(text(item, &["key"]))?.clone()))
        }));
    }
    texts
}

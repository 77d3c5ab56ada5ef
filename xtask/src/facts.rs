//! `cargo xtask facts`: distils the built-in types of Kubernetes into the hub's facts file.
//!
//! Inputs are public Go modules of one version: OpenAPI and discovery documents say what is served
//! and how lists merge, struct declarations say in which order fields are written and which are left
//! out when empty. Output is our own line format (`crates/hub/src/schema/facts.rs` reads it): facts
//! only, no descriptions. Run it again for a new Kubernetes version and read the difference.

mod gosrc;
mod openapi;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use gosrc::{GoPackages, GoStruct};

/// Which Kubernetes to read and where to write.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Version of `k8s.io/kubernetes`; the staging modules follow it as `v0.MINOR.PATCH`.
    #[arg(long, default_value = "v1.36.3")]
    version: String,
    /// The file to write.
    #[arg(long, default_value = "crates/hub/src/schema/builtin.facts")]
    out: PathBuf,
}

/// Group versions in the order of discovery.
const GROUP_VERSIONS: &[(&str, &str)] = &[
    ("", "v1"),
    ("apiregistration.k8s.io", "v1"),
    ("apps", "v1"),
    ("events.k8s.io", "v1"),
    ("authentication.k8s.io", "v1"),
    ("authorization.k8s.io", "v1"),
    ("autoscaling", "v2"),
    ("autoscaling", "v1"),
    ("batch", "v1"),
    ("certificates.k8s.io", "v1"),
    ("networking.k8s.io", "v1"),
    ("policy", "v1"),
    ("rbac.authorization.k8s.io", "v1"),
    ("storage.k8s.io", "v1"),
    ("admissionregistration.k8s.io", "v1"),
    ("apiextensions.k8s.io", "v1"),
    ("scheduling.k8s.io", "v1"),
    ("coordination.k8s.io", "v1"),
    ("node.k8s.io", "v1"),
    ("discovery.k8s.io", "v1"),
];

/// Types that are not reached from a served kind but arrive in requests.
const EXTRA_TYPES: &[&str] = &[
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
];

/// Downloads the modules, distils them and writes the file.
pub(crate) fn run(args: &Args) -> Result<()> {
    let staging = args.version.replacen("v1.", "v0.", 1);
    let kubernetes = module_dir("k8s.io/kubernetes", &args.version)?;
    let mut go = GoPackages::default();
    for (module, root) in [
        ("api", "io.k8s.api"),
        ("apimachinery", "io.k8s.apimachinery"),
        ("apiextensions-apiserver", "io.k8s.apiextensions-apiserver"),
        ("kube-aggregator", "io.k8s.kube-aggregator"),
    ] {
        go.add_module(root, module_dir(&format!("k8s.io/{module}"), &staging)?);
    }
    let text = distil(&kubernetes, &mut go, &args.version)?;
    fs::write(&args.out, &text).with_context(|| format!("writing {}", args.out.display()))?;
    println!("{}: {} bytes, {} lines", args.out.display(), text.len(), text.lines().count());
    Ok(())
}

/// The folder of a module in the module cache.
fn module_dir(module: &str, version: &str) -> Result<PathBuf> {
    let output = std::process::Command::new("go")
        .args(["mod", "download", "-json", &format!("{module}@{version}")])
        .current_dir(std::env::temp_dir())
        .output()
        .context("starting `go mod download`; the facts need Go and the module proxy")?;
    let answer: Value = serde_json::from_slice(&output.stdout).context("answer of go")?;
    match answer["Dir"].as_str() {
        Some(dir) => Ok(dir.into()),
        None => bail!("go has no {module} {version}: {}", answer["Error"]),
    }
}

fn distil(kubernetes: &Path, go: &mut GoPackages, version: &str) -> Result<String> {
    let mut schemas = BTreeMap::new();
    let mut kinds = String::new();
    let mut wanted: BTreeSet<String> = EXTRA_TYPES.iter().map(|t| (*t).to_owned()).collect();
    for (group, version) in GROUP_VERSIONS {
        let (api, document) = read_group(kubernetes, group, version)?;
        openapi::collect(&document, &mut schemas);
        kinds.push_str(&kind_rows(group, version, &api, &schemas, &mut wanted)?);
    }
    let types = reachable(&schemas, wanted);
    let mut text =
        format!("# built-in types of kubernetes {version}; written by `cargo xtask facts`\n");
    text.push_str(&kinds);
    for name in &types {
        text.push_str(&type_rows(name, &schemas[name], go)?);
    }
    Ok(text)
}

fn read_group(kubernetes: &Path, group: &str, version: &str) -> Result<(Value, Value)> {
    let (api, document) = if group.is_empty() {
        (format!("api__{version}.json"), format!("api__{version}_openapi.json"))
    } else {
        (format!("apis__{group}__{version}.json"), format!("apis__{group}__{version}_openapi.json"))
    };
    let read = |path: PathBuf| -> Result<Value> {
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok(serde_json::from_slice(&bytes)?)
    };
    Ok((
        read(kubernetes.join("api/discovery").join(api))?,
        read(kubernetes.join("api/openapi-spec/v3").join(document))?,
    ))
}

fn words(value: &Value) -> String {
    let list: Vec<&str> =
        value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if list.is_empty() { "-".to_owned() } else { list.join(",") }
}

/// The `K` and `S` rows of one group version.
fn kind_rows(
    group: &str,
    version: &str,
    api: &Value,
    schemas: &BTreeMap<String, Value>,
    wanted: &mut BTreeSet<String>,
) -> Result<String> {
    let mut out = String::new();
    let shown = |group: &str| if group.is_empty() { "-".to_owned() } else { group.to_owned() };
    for row in api["resources"].as_array().into_iter().flatten() {
        let text = |key: &str| row[key].as_str().unwrap_or_default();
        let row_group = if text("kind").is_empty() || row.get("group").is_none() {
            group
        } else {
            text("group")
        };
        let row_version = if row.get("version").is_none() { version } else { text("version") };
        let name = openapi::type_of_kind(schemas, row_group, row_version, text("kind"));
        let type_name = match name {
            Some(name) => {
                wanted.insert(name.clone());
                openapi::short(&name)
            }
            None => "-".to_owned(),
        };
        let (kind, verbs) = (text("kind"), words(&row["verbs"]));
        let scope = if row["namespaced"] == true { "N" } else { "C" };
        match text("name").split_once('/') {
            Some((_, sub)) => writeln!(
                out,
                "S {sub} {} {row_version} {kind} {verbs} {type_name}",
                shown(row_group)
            )?,
            None => writeln!(
                out,
                "K {} {version} {} {} {kind} {scope} {verbs} {} {} {type_name}",
                shown(group),
                text("name"),
                text("singularName"),
                words(&row["shortNames"]),
                words(&row["categories"]),
            )?,
        }
    }
    Ok(out)
}

/// Every type that the wanted ones refer to, themselves included, in order of name.
fn reachable(schemas: &BTreeMap<String, Value>, wanted: BTreeSet<String>) -> BTreeSet<String> {
    let mut queue: Vec<String> = wanted.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = queue.pop() {
        let Some(schema) = schemas.get(&name).filter(|_| openapi::special(&name).is_none()) else {
            continue;
        };
        if seen.insert(name) {
            openapi::references(schema, &mut queue);
        }
    }
    seen
}

/// The `T` row of a type and one row for each of its fields, in the order of its declaration.
fn type_rows(name: &str, schema: &Value, go: &mut GoPackages) -> Result<String> {
    let declared: GoStruct = go.fields(name)?;
    let map =
        schema["x-kubernetes-map-type"].as_str().map(|m| format!(" map={m}")).unwrap_or_default();
    let mut out = format!("T {}{map}\n", openapi::short(name));
    let empty = serde_json::Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&empty);
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for field in &declared.fields {
        let Some(property) = properties.get(&field.json) else { continue };
        out.push_str(&openapi::field_row(field, property, required.contains(&field.json.as_str())));
    }
    let missing: Vec<&String> =
        properties.keys().filter(|p| !declared.fields.iter().any(|f| f.json == **p)).collect();
    if !missing.is_empty() {
        bail!("{name}: no declaration found for {missing:?}");
    }
    Ok(out)
}

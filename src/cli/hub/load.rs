//! `mizzen hub load`: exported objects, served as they are. Nothing is simulated and nothing is collected:
//! what was exported is what is seen.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::{World, interrupted, make_folder};
use crate::cli::bootstrap;
use crate::cli::input;
use crate::cli::say::say;
use crate::cli::stop::Stop;

/// The folder in an export that holds a folder for each member.
const MEMBERS: &str = "clusters";
/// Files larger than this are refused.
const LARGEST: u64 = 256 << 20;

/// What to load, and where to serve it.
#[derive(Debug, Args)]
pub(in crate::cli) struct Load {
    /// Folder of YAML and JSON files with objects or lists of them; what stands in `clusters/NAME` below it
    /// goes to the member of that name, everything else to the hub
    folder: PathBuf,
    /// Folder for the kubeconfig; without it, a new one
    #[arg(long)]
    path: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Serves the objects until interrupted.
pub(super) async fn run(arguments: Load) -> Result<(), Stop> {
    let export = read(&arguments.folder)?;
    let members: Vec<&str> = export.members.keys().map(String::as_str).collect();
    let world = World::still(super::builder(&members), arguments.listen).await?;
    bootstrap::install(&world.client(), true).await?;
    world.register(&members).await?;
    let members = export.members.iter().map(|(name, objects)| (name.as_str(), objects));
    for (name, objects) in std::iter::once((super::ROOT, &export.hub)).chain(members) {
        let Some(cluster) = world.hub.cluster(name) else { continue };
        let failed = |why| Stop::failed(&format!("loading into {name}"), why);
        let count = cluster.load(objects.clone()).await.map_err(|it| failed(it.message))?;
        say!("{name}: {count} objects");
    }
    let folder = arguments.path.unwrap_or_else(|| {
        std::env::temp_dir().join(format!("mizzen-load-{}", std::process::id()))
    });
    make_folder(&folder)?;
    let kubeconfig = folder.join("kubeconfig");
    world.listener.write_kubeconfig(&kubeconfig)?;
    say!("kubeconfig: {}", kubeconfig.display());
    interrupted().await?;
    world.listener.shutdown().await;
    Ok(())
}

/// What a folder holds.
#[derive(Debug, Default)]
struct Export {
    hub: Vec<Value>,
    members: BTreeMap<String, Vec<Value>>,
}

fn read(folder: &Path) -> Result<Export, Stop> {
    let mut export = Export::default();
    let members = folder.join(MEMBERS);
    for path in files(folder)? {
        let objects = objects(&path)?;
        let member = path.strip_prefix(&members).ok().and_then(|rest| rest.iter().next());
        match member.and_then(|name| name.to_str()) {
            Some(name) => export.members.entry(name.to_owned()).or_default().extend(objects),
            None => export.hub.extend(objects),
        }
    }
    if export.hub.is_empty() && export.members.is_empty() {
        let why = format!("{}: no file in it holds an object", folder.display());
        return Err(Stop::Failed(why));
    }
    Ok(export)
}

/// The files that may hold objects, in the order of their names, folders below included.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Stop> {
    let failed = |why| Stop::failed(&folder.display().to_string(), why);
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    let holds = |path: &Path| {
        path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|it| end == *it))
    };
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if holds(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

/// The objects of a file, wherever in its documents they stand.
fn objects(path: &Path) -> Result<Vec<Value>, Stop> {
    let name = path.display().to_string();
    let text = input::text(path, LARGEST)?;
    let json = path.extension().is_some_and(|end| end == "json");
    let documents: Vec<Value> = match json {
        true => vec![serde_json::from_str(&text).map_err(|why| Stop::failed(&name, why))?],
        false => serde_saphyr::from_multiple(&text).map_err(|why| Stop::failed(&name, why))?,
    };
    let mut found = Vec::new();
    documents.into_iter().for_each(|document| collect(document, &mut found));
    Ok(found)
}

/// Whatever has a version, a kind and a name is an object; what holds some is opened.
fn collect(value: Value, found: &mut Vec<Value>) {
    let named = value["apiVersion"].is_string()
        && value["kind"].is_string()
        && value["metadata"]["name"].is_string();
    match value {
        object if named => found.push(object),
        Value::Array(all) => all.into_iter().for_each(|value| collect(value, found)),
        Value::Object(fields) => fields.into_iter().for_each(|(_, value)| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_wherever_they_stand() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        let pod = |name: &str| {
            format!(r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{name}"}}}}"#)
        };
        put("a.json", &format!(r#"{{"step": 3, "objects": {{"Pod": [{}]}}}}"#, pod("a")));
        put(
            "b.yaml",
            &format!("apiVersion: v1\nkind: List\nitems:\n- {}\n---\n{}\n", pod("b"), pod("c")),
        );
        put("clusters/eu-1/d.yml", &pod("d"));
        put("notes.txt", "nothing of this kind");
        let export = read(folder.path()).expect("it can be read");
        let names = |objects: &[Value]| -> Vec<String> {
            objects
                .iter()
                .map(|it| it["metadata"]["name"].as_str().unwrap_or_default().to_owned())
                .collect()
        };
        assert_eq!(names(&export.hub), ["a", "b", "c"]);
        assert_eq!(names(&export.members["eu-1"]), ["d"]);
        assert!(read(&folder.path().join("clusters/eu-1/none")).is_err());
    }
}

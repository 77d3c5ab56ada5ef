//! Files that a person names: YAML or JSON with any number of objects, or a definition in CUE.

use std::io::Read;
use std::path::{Path, PathBuf};

use mizzen_engine::render::{Compiler, authoring};
use serde_json::Value;

use super::stop::Stop;

/// Files larger than this are refused: no object of Kubernetes comes near.
const LARGEST: u64 = 16 << 20;

/// The objects of a file, of every such file in a folder, or of standard input (`-`).
pub(super) fn objects(path: &Path) -> Result<Vec<Value>, Stop> {
    if path.is_dir() {
        let mut all = Vec::new();
        for file in files(path)? {
            all.extend(objects(&file)?);
        }
        return Ok(all);
    }
    let name = path.display().to_string();
    if path.extension().is_some_and(|extension| extension == "cue") {
        return Ok(vec![definition(&name, &text(path, LARGEST)?)?]);
    }
    parse(&name, &text(path, LARGEST)?)
}

/// A definition that is written in CUE, as the object that a hub stores.
pub(super) fn definition(name: &str, text: &str) -> Result<Value, Stop> {
    let compiler = Compiler::new().map_err(|why| Stop::failed(name, why))?;
    let read = authoring::definition(&compiler, name, text);
    let mut object = read.map_err(|why| Stop::failed(name, why))?.to_object("");
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.shift_remove("namespace");
    }
    Ok(object)
}

/// The objects of a YAML text; lists are opened.
pub(super) fn parse(name: &str, text: &str) -> Result<Vec<Value>, Stop> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).map_err(|why| Stop::failed(name, why))?;
    let mut objects = Vec::new();
    for mut document in documents.into_iter().filter(|document| !document.is_null()) {
        let list = document["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
        match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) if list => objects.extend(items),
            Some(items) => {
                document["items"] = items;
                objects.push(document);
            }
            None => objects.push(document),
        }
    }
    for object in &objects {
        let named = object["metadata"]["name"].is_string();
        if !(object["apiVersion"].is_string() && object["kind"].is_string() && named) {
            return Err(Stop::Failed(format!(
                "{name}: an object needs apiVersion, kind and metadata.name"
            )));
        }
    }
    Ok(objects)
}

/// The text of a file, or standard input for `-`; of so many bytes at most.
pub(super) fn text(path: &Path, largest: u64) -> Result<String, Stop> {
    let failed = |why: std::io::Error| Stop::failed(&path.display().to_string(), why);
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(largest).read_to_string(&mut text).map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(largest).read_to_string(&mut text).map_err(failed)?;
    }
    if text.len() as u64 >= largest {
        return Err(Stop::Failed(format!("{}: larger than {largest} bytes", path.display())));
    }
    Ok(text)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Stop> {
    let failed = |why: std::io::Error| Stop::failed(&folder.display().to_string(), why);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let yaml =
            |e: &std::ffi::OsStr| ["yaml", "yml", "json", "cue"].iter().any(|known| e == *known);
        if path.extension().is_some_and(yaml) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_lists_are_opened() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n---\n---\napiVersion: v1\nkind: B\nmetadata: {name: b}\n";
        let objects = parse("x", text).unwrap();
        let kinds: Vec<_> = objects.iter().map(|o| o["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["A", "B"]);
        assert!(objects[1].get("items").is_none());
        for bad in ["kind: A", "a: [", "- 1", "text", "- items: []"] {
            assert!(parse("x", bad).is_err(), "{bad}");
        }
    }
}

//! What a person names on the command line, as sources and data.

use std::path::{Path, PathBuf};

use mizzen_cue::Source;
use mizzen_cue::data::Data;

use super::super::input;
use super::super::stop::Stop;
use super::modules::{self, Module};

/// Files larger than this are refused.
const LARGEST: u64 = 64 << 20;

/// A file of data: its name and its documents.
#[derive(Debug)]
pub(super) struct Documents {
    pub(super) name: String,
    pub(super) all: Vec<Data>,
    /// The text, where it is CUE too.
    text: Option<String>,
}

/// The texts of CUE and the data that were named, each in the order of the words.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) sources: Vec<Source>,
    pub(super) data: Vec<Documents>,
}

impl Inputs {
    /// Reads everything.
    pub(super) fn read(words: &[String]) -> Result<Self, Stop> {
        let mut inputs = Self::default();
        for word in words {
            let path = Path::new(word);
            if word != "-" && path.is_dir() {
                inputs.add_package(path)?;
            } else {
                inputs.add(path)?;
            }
        }
        Ok(inputs)
    }

    /// The files of a folder, and those above it in its module that belong to the same package.
    fn add_package(&mut self, place: &Path) -> Result<(), Stop> {
        let first = self.sources.len();
        for file in folder(place, false)? {
            self.add(&file)?;
        }
        let package = only_package(place, &self.sources[first..])?;
        if let (Some(package), Some(module)) = (package, Module::around(place)?) {
            self.sources.extend(module.above(place, &package)?);
        }
        Ok(())
    }

    fn add(&mut self, path: &Path) -> Result<(), Stop> {
        let text = text(path)?;
        let name = name(path);
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => {
                let refused = |why| Stop::Refused(format!("{name}: invalid JSON: {why}"));
                serde_json::from_str::<serde_json::Value>(&text).map_err(refused)?;
                // JSON is CUE as it stands, but for the codes of characters beyond 16 bits.
                let own = (!text.contains("\\u")).then(|| text.clone());
                let all = documents(&name, &text)?;
                self.data.push(Documents { name, all, text: own });
            }
            Some("yaml" | "yml") => {
                let all = documents(&name, &text)?;
                self.data.push(Documents { name, all, text: None });
            }
            Some("cue") => self.sources.push(Source::new(name, text)),
            None if name == "-" => self.sources.push(Source::new(name, text)),
            _ => {
                return Err(Stop::Failed(format!(
                    "{name}: not a .cue, .json, .yaml or .yml file; rename it, or give `-` CUE"
                )));
            }
        }
        Ok(())
    }

    /// Everything as sources of one package: data becomes text beside the schema. Such a file has one
    /// document; more would contradict each other.
    pub(super) fn merged(self) -> Result<Vec<Source>, Stop> {
        let mut sources = self.sources;
        for Documents { name, all, text } in self.data {
            match &all[..] {
                [] => {}
                [one] => {
                    let text = text.unwrap_or_else(|| one.to_json_pretty("    "));
                    sources.push(Source::new(name, text));
                }
                more => {
                    let count = more.len();
                    return Err(Stop::Refused(format!(
                        "{name}: {count} documents in one file; only `vet` takes each for itself"
                    )));
                }
            }
        }
        Ok(sources)
    }
}

/// The name of the package that the files of a folder make, if they have one. They cannot make two.
fn only_package(place: &Path, files: &[Source]) -> Result<Option<String>, Stop> {
    let mut named = files.iter().filter_map(|it| Some((it, modules::package(it)?)));
    let Some((first, package)) = named.next() else { return Ok(None) };
    match named.find(|(_, other)| *other != package) {
        None => Ok(Some(package)),
        Some((second, other)) => Err(Stop::Refused(format!(
            "{} holds two packages, {package} ({}) and {other} ({}); name the files of one",
            place.display(),
            first.name,
            second.name
        ))),
    }
}

/// The documents of a YAML text; JSON is one.
fn documents(name: &str, text: &str) -> Result<Vec<Data>, Stop> {
    Data::from_yaml(text).map_err(|why| Stop::Refused(format!("{name}: {why}")))
}

/// The name of a file as messages show it.
pub(super) fn name(path: &Path) -> String {
    let plain = path.display().to_string();
    let placed = plain == "-" || path.is_absolute() || plain.starts_with('.');
    if placed { plain } else { format!("./{plain}") }
}

/// The text of a file, or standard input for `-`.
pub(super) fn text(path: &Path) -> Result<String, Stop> {
    input::text(path, LARGEST)
}

/// The CUE files of a folder that has some.
pub(super) fn folder(folder: &Path, all: bool) -> Result<Vec<PathBuf>, Stop> {
    let files = cue_files(folder, all)?;
    if files.is_empty() {
        return Err(Stop::Failed(format!("{}: no CUE files in this folder", folder.display())));
    }
    Ok(files)
}

/// The CUE files of a folder; those of tools and tests are no part of its package.
pub(super) fn cue_files(folder: &Path, all: bool) -> Result<Vec<PathBuf>, Stop> {
    let failed = |why: std::io::Error| Stop::failed(&folder.display().to_string(), why);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let other = name.ends_with("_tool.cue") || name.ends_with("_test.cue");
        let apart = name.starts_with(['.', '_']) || (other && !all);
        if name.ends_with(".cue") && !apart && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

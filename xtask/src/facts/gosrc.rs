//! What Go struct declarations say of a type: field order, pointers, `omitempty`, protobuf numbers.
//!
//! Reads the declarations line by line; it need not understand Go beyond structs and string constants.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result};

/// One JSON field of a struct; fields of embedded structs stand at their place.
#[derive(Clone, Debug)]
pub(super) struct GoField {
    pub(super) json: String,
    pub(super) pointer: bool,
    pub(super) omit_empty: bool,
    pub(super) omit_zero: bool,
    /// The protobuf number, with the numbers of embedding messages before it.
    pub(super) number: Option<String>,
    /// The values of an enumeration.
    pub(super) values: Vec<String>,
}

/// A struct's fields in order of declaration.
#[derive(Clone, Debug, Default)]
pub(super) struct GoStruct {
    pub(super) fields: Vec<GoField>,
}

/// A field or an embedded type as it was written.
enum Declared {
    Field(GoField, String),
    Embedded { type_name: String, number: Option<String> },
}

#[derive(Default)]
struct Package {
    structs: HashMap<String, Vec<Declared>>,
    constants: HashMap<String, Vec<String>>,
    /// Types marked as closed enumerations.
    enums: HashSet<String>,
}

/// The packages of some modules, read when they are asked for.
#[derive(Default)]
pub(super) struct GoPackages {
    modules: Vec<(&'static str, PathBuf)>,
    read: HashMap<PathBuf, Rc<Package>>,
}

impl GoPackages {
    /// A module whose types are named under `root` in OpenAPI.
    pub(super) fn add_module(&mut self, root: &'static str, dir: PathBuf) {
        self.modules.push((root, dir));
    }

    /// The fields of a type, by its OpenAPI name.
    pub(super) fn fields(&mut self, name: &str) -> Result<GoStruct> {
        let (package, type_name) = name.rsplit_once('.').context("a dotted type name")?;
        let mut out = GoStruct::default();
        self.append(package, type_name, None, &mut out)?;
        Ok(out)
    }

    fn folder(&self, package: &str) -> Result<PathBuf> {
        let (root, dir) = self
            .modules
            .iter()
            .find(|(root, _)| package.strip_prefix(root).is_some_and(|rest| rest.starts_with('.')))
            .with_context(|| format!("no module for {package}"))?;
        Ok(dir.join(package[root.len() + 1..].replace('.', "/")))
    }

    fn package(&mut self, package: &str) -> Result<Rc<Package>> {
        let folder = self.folder(package)?;
        if let Some(known) = self.read.get(&folder) {
            return Ok(Rc::clone(known));
        }
        let read = Rc::new(read_package(&folder)?);
        self.read.insert(folder, Rc::clone(&read));
        Ok(read)
    }

    fn append(
        &mut self,
        package: &str,
        type_name: &str,
        outer: Option<&str>,
        out: &mut GoStruct,
    ) -> Result<()> {
        let read = self.package(package)?;
        for declared in read.structs.get(type_name).into_iter().flatten() {
            match declared {
                Declared::Field(field, go_type) => {
                    let mut field = field.clone();
                    field.number = field.number.map(|n| join_numbers(outer, &n));
                    let closed = read.enums.contains(go_type);
                    let values = closed.then(|| read.constants.get(go_type).cloned()).flatten();
                    field.values = values.unwrap_or_default();
                    out.fields.push(field);
                }
                Declared::Embedded { type_name, .. } if type_name.ends_with("TypeMeta") => {
                    out.fields.extend(["kind", "apiVersion"].map(type_meta_field));
                }
                Declared::Embedded { type_name, number } => {
                    let number = number.as_deref().map(|n| join_numbers(outer, n));
                    self.append(package, type_name, number.as_deref(), out)?;
                }
            }
        }
        Ok(())
    }
}

fn join_numbers(outer: Option<&str>, inner: &str) -> String {
    outer.map_or_else(|| inner.to_owned(), |outer| format!("{outer}.{inner}"))
}

fn type_meta_field(json: &str) -> GoField {
    GoField {
        json: json.to_owned(),
        pointer: false,
        omit_empty: true,
        omit_zero: false,
        number: None,
        values: Vec::new(),
    }
}

fn read_package(folder: &Path) -> Result<Package> {
    let mut package = Package::default();
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    for file in files {
        let name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if name.ends_with(".go") && !name.ends_with("_test.go") && !name.contains("generated") {
            read_source(&fs::read_to_string(&file)?, &mut package);
        }
    }
    Ok(package)
}

fn read_source(source: &str, package: &mut Package) {
    let mut current: Option<String> = None;
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        match &current {
            Some(_) if line == "}" => current = None,
            Some(name) => {
                if let Some(declared) = declaration(line) {
                    package.structs.entry(name.clone()).or_default().push(declared);
                }
            }
            None if line.starts_with("// +enum") => marked = true,
            None if line.starts_with("type ") => {
                let words: Vec<&str> = line.split_whitespace().collect();
                if words.get(2) == Some(&"struct") && line.ends_with('{') {
                    current = Some(words[1].to_owned());
                } else if marked {
                    package.enums.insert(words[1].to_owned());
                }
                marked = false;
            }
            None => constant(line, &mut package.constants),
        }
    }
}

/// `Name Type = "value"` adds a value to an enumeration.
fn constant(line: &str, constants: &mut HashMap<String, Vec<String>>) {
    let words: Vec<&str> = line.trim_start_matches("const ").split_whitespace().collect();
    if let [_, type_name, "=", value, ..] = words.as_slice()
        && let Some(text) = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'))
        && !text.is_empty()
    {
        constants.entry((*type_name).to_owned()).or_default().push(text.to_owned());
    }
}

/// A line of a struct, if it declares a JSON field.
fn declaration(line: &str) -> Option<Declared> {
    if line.starts_with("//") {
        return None;
    }
    let (head, rest) = line.split_once('`')?;
    let tags = rest.split_once('`')?.0;
    let json = tag(tags, "json").unwrap_or_default();
    let number = tag(tags, "protobuf").and_then(|p| p.split(',').nth(1).map(str::to_owned));
    let words: Vec<&str> = head.split_whitespace().collect();
    let mut parts = json.split(',');
    let name = parts.next().unwrap_or_default();
    let options: Vec<&str> = parts.collect();
    if (words.len() == 1 && name.is_empty()) || options.contains(&"inline") {
        return Some(Declared::Embedded { type_name: (*words.last()?).to_owned(), number });
    }
    let go_type = words[words.len().min(2) - 1..].join(" ");
    let field = GoField {
        json: name.to_owned(),
        pointer: go_type.starts_with('*'),
        omit_empty: options.contains(&"omitempty"),
        omit_zero: options.contains(&"omitzero"),
        number,
        values: Vec::new(),
    };
    (name != "-" && !name.is_empty())
        .then(|| Declared::Field(field, go_type.trim_start_matches('*').to_owned()))
}

fn tag<'a>(tags: &'a str, name: &str) -> Option<&'a str> {
    let start = tags.find(&format!("{name}:\""))? + name.len() + 2;
    let rest = &tags[start..];
    Some(&rest[..rest.find('"')?])
}

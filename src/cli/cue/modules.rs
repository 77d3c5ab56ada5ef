//! Packages on disk: those of the module that files belong to, and those that are kept beside it.
//!
//! A package is the files of its folder with its name, and those with the same name in the folders above
//! up to the root of the module. Nothing is fetched: what a module depends on must be below `cue.mod`.
//! Source: `cue/load` of cue-lang/cue.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mizzen_cue::syntax::{Mode, SourceId, parse_file};
use mizzen_cue::{Context, Source};

use super::super::stop::Stop;
use super::{complaint, inputs};

/// The folder that makes the folder around it a module.
const MARK: &str = "cue.mod";
/// Where packages of other modules are kept, in the order in which they are looked for.
const KEPT: [&str; 3] = ["pkg", "gen", "usr"];

/// A module: its root and the path that its packages are imported by.
#[derive(Debug)]
pub(super) struct Module {
    root: PathBuf,
    path: Option<String>,
}

impl Module {
    /// The module that a folder belongs to, if any.
    pub(super) fn around(folder: &Path) -> Result<Option<Self>, Stop> {
        let Ok(folder) = std::path::absolute(folder) else { return Ok(None) };
        let Some(root) = folder.ancestors().find(|it| it.join(MARK).is_dir()) else {
            return Ok(None);
        };
        let file = root.join(MARK).join("module.cue");
        let path = if file.is_file() { declared(&file)? } else { None };
        Ok(Some(Self { root: root.to_owned(), path }))
    }

    /// The folder of a package that is on disk.
    fn folder(&self, import: &str) -> Option<PathBuf> {
        let own = self.path.as_deref().and_then(|path| import.strip_prefix(path));
        let own = own.and_then(|rest| match rest.strip_prefix('/') {
            Some(below) => Some(self.root.join(below)),
            None => rest.is_empty().then(|| self.root.clone()),
        });
        let kept = || KEPT.iter().map(|place| self.root.join(MARK).join(place).join(import));
        own.into_iter().chain(kept()).find(|folder| folder.is_dir())
    }

    /// The files above a folder that belong to its package.
    pub(super) fn above(&self, folder: &Path, package: &str) -> Result<Vec<Source>, Stop> {
        let Ok(folder) = std::path::absolute(folder) else { return Ok(Vec::new()) };
        let above = folder.ancestors().skip(1).take_while(|it| it.starts_with(&self.root));
        let mut files = Vec::new();
        for folder in above {
            files.extend(of_package(folder, package)?);
        }
        Ok(files)
    }

    /// All files of a package.
    fn package(&self, folder: &Path, name: &str) -> Result<Vec<Source>, Stop> {
        let mut files = of_package(folder, name)?;
        files.extend(self.above(folder, name)?);
        Ok(files)
    }
}

/// Makes importable what sources import from disk, and what that imports.
pub(super) fn register(context: &mut Context, sources: &[Source]) -> Result<(), Stop> {
    let Some(module) = Module::around(&place(sources))? else { return Ok(()) };
    let mut wanted: Vec<String> = sources.iter().flat_map(imports).collect();
    let mut seen = BTreeSet::new();
    while let Some(import) = wanted.pop() {
        if !seen.insert(import.clone()) {
            continue;
        }
        let (path, name) = named(&import);
        let Some(folder) = module.folder(path) else { continue };
        let files = module.package(&folder, name)?;
        if files.is_empty() {
            let shown = folder.display();
            return Err(Stop::Refused(format!(
                "import {import:?}: no files of package {name} in {shown}; name another package \
                 behind a colon"
            )));
        }
        wanted.extend(files.iter().flat_map(imports));
        context
            .register_package(&import, &files)
            .map_err(|error| complaint::refused(&error, &files))?;
    }
    Ok(())
}

/// The name of the package that a source belongs to.
pub(super) fn package(source: &Source) -> Option<String> {
    let parsed = parse_file(SourceId::default(), &source.text, Mode::NoComments);
    parsed.tree.package_name().map(|name| name.name.to_string()).filter(|name| name != "_")
}

/// The folder that sources stand in.
fn place(sources: &[Source]) -> PathBuf {
    let files = sources.iter().map(|source| Path::new(&*source.name));
    let file = files.into_iter().find(|name| name.is_file());
    let folder = file.and_then(Path::parent).filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// The path that a module declares, without its major version.
fn declared(file: &Path) -> Result<Option<String>, Stop> {
    let source = Source::new(inputs::name(file), inputs::text(file)?);
    let refused = |error| complaint::refused(&error, std::slice::from_ref(&source));
    let value = Context::default().eval_str(&source.text).map_err(refused)?;
    let path = value.lookup("module").as_str();
    Ok(path.map(|path| unversioned(&path).to_owned()))
}

fn unversioned(path: &str) -> &str {
    path.split_once('@').map_or(path, |(path, _)| path)
}

/// The path of the folder and the name of the package of an import.
fn named(import: &str) -> (&str, &str) {
    let (path, name) = match import.rsplit_once(':') {
        Some((path, name)) => (unversioned(path), name),
        None => (unversioned(import), ""),
    };
    let last = path.rsplit('/').next().unwrap_or(path);
    (path, if name.is_empty() { last } else { name })
}

/// What a source imports.
fn imports(source: &Source) -> Vec<String> {
    let parsed = parse_file(SourceId::default(), &source.text, Mode::NoComments);
    let plain = |text: &str| text.trim_matches('"').to_owned();
    parsed.tree.imports().map(|spec| plain(&spec.path.text)).collect()
}

/// The files of a folder that belong to a package.
fn of_package(folder: &Path, name: &str) -> Result<Vec<Source>, Stop> {
    let mut files = Vec::new();
    for file in inputs::cue_files(folder, false)? {
        let source = Source::new(inputs::name(&file), inputs::text(&file)?);
        if package(&source).as_deref() == Some(name) {
            files.push(source);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_name_folder_and_package() {
        assert_eq!(named("a.b/c"), ("a.b/c", "c"));
        assert_eq!(named("a.b/c:d"), ("a.b/c", "d"));
        assert_eq!(named("a.b/c@v0:d"), ("a.b/c", "d"));
        assert_eq!(named("a.b/c@v2"), ("a.b/c", "c"));
    }

    #[test]
    fn the_path_of_the_module_leads_to_its_root() -> Result<(), Box<dyn std::error::Error>> {
        let place = tempfile::tempdir()?;
        let root = place.path().to_owned();
        for folder in ["sub", "cue.mod/gen/x.io/y", "cue.mod/pkg/x.io/y"] {
            std::fs::create_dir_all(root.join(folder))?;
        }
        let module = Module { root: root.clone(), path: Some("m.io/a".to_owned()) };
        assert_eq!(module.folder("m.io/a"), Some(root.clone()));
        assert_eq!(module.folder("m.io/a/sub"), Some(root.join("sub")));
        assert_eq!(module.folder("m.io/ab"), None);
        assert_eq!(module.folder("m.io/a/none"), None);
        assert_eq!(module.folder("x.io/y"), Some(root.join("cue.mod/pkg/x.io/y")));
        Ok(())
    }
}

//! What is measured: every built-in definition with inputs of its own, and the programs that the
//! reference measures itself with.

use std::path::{Path, PathBuf};

use mizzen_cue::data::Data;
use mizzen_cue::{Context, Source, Template};
use serde_json::Value;

use crate::txtar;

/// Parameters by definition and contexts by kind.
const INPUTS: &str = include_str!("inputs.json");
/// Fields that a host declares whatever a template does.
const DECLARED: &str = "\ncontext: _\nparameter: _\n";

/// Folder of definitions, that of the packages they may import, and the name of their context.
const KINDS: &[(&str, &str, &str)] = &[
    ("component", "render", "component"),
    ("policy", "render", "policy"),
    ("step", "step", "workflow-step"),
    ("trait", "render", "trait"),
];

/// A definition with its inputs.
pub(crate) struct Work {
    pub(crate) id: String,
    pub(crate) template: String,
    /// Importable packages: path and text.
    pub(crate) packages: Vec<(String, String)>,
    pub(crate) parameter: Value,
    pub(crate) context: Value,
}

impl Work {
    /// Every built-in definition.
    pub(crate) fn all() -> Vec<Self> {
        let inputs: Value = serde_json::from_str(INPUTS).expect("the inputs are JSON");
        KINDS
            .iter()
            .flat_map(|&(folder, packages, context)| {
                let context = &inputs["contexts"][context];
                let files = texts(&root().join("definitions").join(folder));
                let works = files.into_iter().map(|(name, text)| {
                    let id = format!("{folder}/{name}");
                    let parameter = inputs["parameters"][&id].clone();
                    assert!(parameter.is_object(), "no parameter for {id} in inputs.json");
                    let packages = registered(packages, &text);
                    let template = template(&text) + DECLARED;
                    Self { id, template, packages, parameter, context: context.clone() }
                });
                works.collect::<Vec<_>>()
            })
            .collect()
    }

    /// The id of one measure of this definition.
    pub(crate) fn job(&self, measure: &str) -> String {
        format!("{}:{measure}", self.id)
    }

    /// Template and inputs as one text.
    pub(crate) fn joined(&self) -> String {
        format!("{}\nparameter: {}\ncontext: {}\n", self.template, self.parameter, self.context)
    }

    pub(crate) fn compiled(&self) -> Template {
        self.context()
            .compile(&[Source::new("template.cue", self.template.as_str())])
            .unwrap_or_else(|error| panic!("{}: {error}", self.id))
    }

    pub(crate) fn inputs(&self) -> [(&'static str, Data); 2] {
        [("parameter", (&self.parameter).into()), ("context", (&self.context).into())]
    }

    /// A context that knows what the template imports.
    pub(crate) fn context(&self) -> Context {
        let mut context = Context::builder().build();
        for (path, text) in &self.packages {
            let source = Source::new(path.as_str(), text.as_str());
            context.register_package(path, &[source]).expect("a built-in package parses");
        }
        context
    }
}

/// The template of an authoring file: what precedes the first field (the imports), and what stands
/// between the braces of `template`, which comes last.
fn template(file: &str) -> String {
    let start = file.find("\ntemplate: {").expect("an authoring file has a template");
    let body = &file[start + "\ntemplate: {".len()..];
    let body = body.trim_end().strip_suffix('}').expect("the template is closed last");
    let field = |line: &&str| line.trim_end().ends_with(": {");
    let imports: Vec<_> = file.lines().take_while(|line| !field(line)).collect();
    format!("{}\n{body}", imports.join("\n"))
}

/// The packages that a text imports.
fn registered(folder: &str, text: &str) -> Vec<(String, String)> {
    let packages = texts(&root().join("definitions/vela").join(folder));
    let named = packages.into_iter().map(|(name, text)| (format!("vela/{name}"), text));
    named.filter(|(import, _)| text.contains(&format!("\"{import}\""))).collect()
}

/// The files of a folder by name, in order.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        all.push((name, std::fs::read_to_string(path).expect("a readable file")));
    }
    all.sort();
    all
}

/// The workspace's folder; the bench belongs to a crate two levels below.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The reference's own benchmark programs, by name: the texts of their files. They lie in the
/// module's folder, which `cargo xtask bench cue` names; without it there are none.
pub(crate) fn archives() -> Vec<(String, Vec<String>)> {
    let Some(module) = std::env::var_os("MIZZEN_PEER_MODULE") else { return Vec::new() };
    let archives = texts(&Path::new(&module).join("cue/testdata/benchmarks"));
    archives.into_iter().map(|(name, text)| (name, programs(&text))).collect()
}

/// The CUE files of an archive.
fn programs(archive: &str) -> Vec<String> {
    let (_, files) = txtar::parse(archive);
    files.into_iter().filter(|(name, _)| name.ends_with(".cue")).map(|(_, text)| text).collect()
}

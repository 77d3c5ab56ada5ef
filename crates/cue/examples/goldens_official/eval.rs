//! Evaluation: every archive of `cue/testdata` against its `out/evalalpha`, or `out/eval` where that has no newer form.

use std::collections::BTreeMap;
use std::time::Duration;

use mizzen_cue::{Context, Error, Limits, Source, Value};

use crate::archive::Archive;
use crate::compare::{Level, difference};
use crate::notation;

/// What an archive expects: the messages of a program that does not compile, or a tree.
enum Expected {
    Refused(Vec<String>),
    Tree(notation::Form),
}

/// Whether an archive is a case at all.
pub(crate) fn expectation(archive: &Archive) -> Option<&str> {
    if archive.tagged("skip") {
        return None;
    }
    let newer = archive.file("out/evalalpha").filter(|t| !t.trim().is_empty());
    newer.or_else(|| archive.file("out/eval"))
}

/// What differs from the expectation at a level; None when nothing does.
pub(crate) fn play(archive: &Archive, want: &str, level: Level) -> Option<String> {
    let want = match expected(want) {
        Ok(want) => want,
        Err(why) => return Some(format!("expectation not understood: {why}")),
    };
    match (want, evaluate(archive)) {
        (Expected::Refused(want), Err(e)) => refused(&want, &e, level),
        (Expected::Refused(want), Ok(_)) => Some(format!("accepted, expected {:?}", want.first())),
        (Expected::Tree(_), Err(e)) => Some(format!("refused: {e}")),
        (Expected::Tree(want), Ok(value)) => match notation::parse(&value.dump()) {
            Ok(got) => difference(&want, &got, level),
            Err(why) => Some(format!("our dump is not understood: {why}")),
        },
    }
}

fn refused(want: &[String], e: &Error, level: Level) -> Option<String> {
    let got: Vec<String> = e.messages().iter().map(ToString::to_string).collect();
    let same = level < Level::Texts || want.first() == got.first();
    (!same).then(|| format!("message {got:?}, expected {want:?}"))
}

fn expected(text: &str) -> Result<Expected, String> {
    let (errors, tree) = match text.split_once("Result:\n") {
        Some((errors, tree)) => (errors, tree),
        None if text.starts_with('(') => ("", text),
        None => (text, ""),
    };
    if !tree.is_empty() {
        return notation::parse(tree).map(Expected::Tree);
    }
    let messages = errors.lines().filter(|l| !l.is_empty() && !l.starts_with(' '));
    let messages = messages.filter(|l| *l != "Errors:");
    Ok(Expected::Refused(messages.map(|l| l.trim_end_matches(':').to_owned()).collect()))
}

/// Compiles and evaluates the files at the top of an archive, its packages being importable.
pub(crate) fn evaluate(archive: &Archive) -> Result<Value, Error> {
    let limits = Limits { time: Duration::from_secs(30), ..Limits::default() };
    let mut context = Context::builder().limits(limits).build();
    let module = archive.file("cue.mod/module.cue").and_then(module_name).unwrap_or_default();
    let mut packages: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    let mut own = Vec::new();
    for (name, text) in &archive.files {
        let Some(stem) = name.strip_suffix(".cue") else { continue };
        let source = Source::new(name.as_str(), text.as_str());
        match stem.rsplit_once('/') {
            None => own.push(source),
            Some(("cue.mod", _)) => {}
            Some((folder, _)) => {
                let path = import_path(folder, module);
                let clause = package_clause(text).unwrap_or_default();
                packages.entry(format!("{path}:{clause}")).or_default().push(source.clone());
                if path.rsplit('/').next() == Some(clause) || !path.contains('/') {
                    packages.entry(path).or_default().push(source);
                }
            }
        }
    }
    for (path, sources) in &packages {
        context.register_package(path, sources)?;
    }
    context.compile(&own)?.eval().run()
}

fn import_path(folder: &str, module: &str) -> String {
    let vendored = ["cue.mod/pkg/", "cue.mod/gen/", "cue.mod/usr/"];
    match vendored.iter().find_map(|p| folder.strip_prefix(p)) {
        Some(path) => path.to_owned(),
        None => format!("{module}/{folder}"),
    }
}

fn module_name(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|l| l.trim().strip_prefix("module:"))?;
    line.trim().trim_matches('"').split('@').next()
}

fn package_clause(text: &str) -> Option<&str> {
    text.lines().find_map(|l| l.trim().strip_prefix("package ")).map(str::trim)
}

/// Our tree, for a person.
pub(crate) fn dumped(archive: &Archive) -> String {
    evaluate(archive).map_or_else(|e| e.to_string(), |v| v.dump())
}

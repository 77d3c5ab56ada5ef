//! An object as lines of YAML, each with its path, how much stands below it, and who wrote it. Values of
//! Secrets are replaced by their length. What only servers write is marked, to be folded.

use mizzen_engine::plan::editors::writers;
use serde_json::Value;

use super::super::compare::{redacted, yaml};
use crate::console::model::object::YamlLine;
use crate::console::term::clean::Clean;

/// Lines of an object that are shown at most.
const MOST_LINES: usize = 20_000;
/// What only servers write.
const NOISE: &[&str] = &["metadata.managedFields", "status"];
/// An annotation that repeats the whole object.
const REPEATS: &str = "last-applied-configuration\"]";

/// The lines of a live object.
pub(super) fn lines(object: &Value) -> Vec<YamlLine> {
    let shown = masked(object);
    let mut lines: Vec<YamlLine> = Vec::new();
    for line in yaml::lines(&shown, object).into_iter().take(MOST_LINES) {
        put(&mut lines, &line.path, &line.text);
    }
    lines.truncate(MOST_LINES);
    count(&mut lines);
    for line in lines.iter_mut().filter(|line| line.below == 0) {
        let path = line.path.split("[line ").next().unwrap_or_default();
        let found = writers(object, path);
        if let Some(last) = found.iter().max_by(|a, b| a.time.cmp(&b.time)) {
            line.who = Clean::new(&last.manager);
            line.when = last.time.parse().ok();
        }
    }
    lines
}

/// An object without the values of Secrets, those in it included.
fn masked(value: &Value) -> Value {
    match redacted(value) {
        Value::Object(fields) => {
            let there = |key: &String| value.get(key).is_some();
            let fields = fields.into_iter().filter(|(key, _)| there(key));
            fields.map(|(key, value)| (key, masked(&value))).collect()
        }
        Value::Array(entries) => entries.iter().map(masked).collect(),
        plain => plain,
    }
}

/// The lines of a text stand below its name, each with a place of its own.
fn put(lines: &mut Vec<YamlLine>, path: &str, text: &str) {
    let same = lines.iter().rev().take_while(|line| line.is_below(path)).count();
    let block = lines.len().checked_sub(same + 1).is_some_and(|at| lines[at].path == path);
    let noise = NOISE.contains(&path) || path.ends_with(REPEATS);
    let path = if block { format!("{path}[line {same}]") } else { path.to_owned() };
    lines.push(YamlLine { path, text: Clean::new(text), noise, ..YamlLine::default() });
}

/// How much stands below each line.
fn count(lines: &mut [YamlLine]) {
    let mut open: Vec<usize> = Vec::new();
    for at in 0..lines.len() {
        while open.last().is_some_and(|above| !lines[at].is_below(&lines[*above].path)) {
            open.pop();
        }
        for above in &open {
            lines[*above].below += 1;
        }
        open.push(at);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_know_who_wrote_them_and_what_is_below() {
        let object = json!({"kind": "Deployment", "metadata": {"name": "web", "managedFields": [
            {"manager": "kubevela", "operation": "Update", "time": "2026-03-01T11:00:00Z",
                "fieldsV1": {"f:spec": {"f:replicas": {}, "f:paused": {}}}},
            {"manager": "kubectl-scale", "operation": "Update", "time": "2026-03-01T11:58:00Z",
                "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]},
            "spec": {"replicas": 5, "paused": false, "script": "a\n  b\n"}});
        let lines = lines(&object);
        let line = |path: &str| {
            let found = lines.iter().find(|line| line.path == path);
            found.map(|line| (line.text.as_str(), line.below, line.who.as_str(), line.noise))
        };
        assert_eq!(line("spec"), Some(("spec:", 5, "", false)));
        assert_eq!(line("spec.replicas"), Some(("  replicas: 5", 0, "kubectl-scale", false)));
        assert_eq!(line("spec.paused"), Some(("  paused: false", 0, "kubevela", false)));
        assert_eq!(line("spec.script"), Some(("  script: |", 2, "", false)));
        assert_eq!(line("spec.script[line 1]"), Some(("      b", 0, "", false)));
        assert!(line("metadata.managedFields").is_some_and(|(.., noise)| noise));
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = json!({"kind": "Secret", "data": {"key": "aGVsbG8="}});
        let within = json!({"kind": "Application", "spec": {"objects": [secret.clone()]}});
        for object in [secret, within] {
            let lines = lines(&object);
            let leaks = lines.iter().any(|line| line.text.as_str().contains("aGVsbG8="));
            assert!(!leaks && lines.iter().any(|line| line.text.as_str().contains("8 bytes")));
        }
    }
}

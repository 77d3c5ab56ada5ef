//! The merge on small vectors: base, patch, and what comes out (or part of the error).

use serde_json::{Value as Json, json};

use super::*;
use crate::render::compile::{Compiler, Use};

fn merged(base: &str, patch: &str) -> Result<Json, String> {
    let compiler = Compiler::new().expect("the built-in packages compile");
    let text = format!("base: {{{base}}}\n{patch}\n");
    let template = compiler.template(Use::Expression, &text).map_err(|e| e.to_string())?;
    let value = template.eval().run().map_err(|error| error.to_string())?;
    let context = compiler.context(Use::Expression);
    let result = merge(context, &value.lookup("base"), &value.lookup("patch"));
    let result = result.map_err(|failure| failure.to_string())?;
    result.to_serde().map_err(|error| error.to_string())
}

fn check(base: &str, patch: &str, expected: Json) {
    match merged(base, patch) {
        Ok(value) => assert_eq!(value, expected, "{base} + {patch}"),
        Err(problem) => panic!("{base} + {patch}: {problem}"),
    }
}

fn refused(base: &str, patch: &str) {
    if let Ok(value) = merged(base, patch) {
        panic!("{base} + {patch} gave {value}");
    }
}

#[test]
fn scalars_unify_unless_retained() {
    refused("spec: replicas: 1", "patch: spec: {replicas: 2}");
    refused("l: [{name: \"a\", v: 1}]", "patch: {\n// +patchKey=name\nl: [{name: \"a\", v: 2}]}");
    check(
        "spec: replicas: 1",
        "// +patchStrategy=retainKeys\npatch: spec: replicas: 2",
        json!({"spec": {"replicas": 2}}),
    );
    check(
        "spec: {replicas: 1, x: 2}",
        "patch: {\n// +patchStrategy=retainKeys\nspec: {replicas: 2}}",
        json!({"spec": {"replicas": 2}}),
    );
    check(
        "s: {type: \"RollingUpdate\", rollingUpdate: maxSurge: 1}",
        "patch: {\n// +patchStrategy=retainKeys\ns: {type: \"Recreate\"}}",
        json!({"s": {"type": "Recreate"}}),
    );
}

#[test]
fn lists_align_by_key() {
    check(
        "l: [{name: \"a\", v: 1}, {name: \"b\", v: 2}]",
        "patch: {\n// +patchKey=name\nl: [{name: \"c\"}, {name: \"b\", w: 1}, {name: \"d\"}]}",
        json!({"l": [{"name": "a", "v": 1}, {"name": "b", "v": 2, "w": 1}, {"name": "c"}, {"name": "d"}]}),
    );
    check(
        "l: [{name: \"a\", v: 1, keep: 1}, {name: \"b\"}]",
        "patch: {\n// +patchKey=name\n// +patchStrategy=retainKeys\nl: [{name: \"a\", v: 2}]}",
        json!({"l": [{"name": "a", "v": 2}, {"name": "b"}]}),
    );
    check(
        "c: [{name: \"a\", env: [{name: \"X\"}]}, {name: \"b\", env: [{name: \"X\"}]}]",
        "patch: {\n// +patchKey=name\nc: [{name: \"b\", env: [{name: \"Y\"}]}]}",
        json!({"c": [
            {"name": "a", "env": [{"name": "X"}]},
            {"name": "b", "env": [{"name": "X"}, {"name": "Y"}]},
        ]}),
    );
}

#[test]
fn lists_without_keys_merge_by_index_or_are_replaced() {
    check(
        "l: [{name: \"a\"}, {name: \"b\"}]",
        "patch: {\n// +patchStrategy=replace\nl: [{name: \"c\"}]}",
        json!({"l": [{"name": "c"}]}),
    );
    refused(
        "c: [{name: \"a\"}, {name: \"b\"}]",
        "patch: {\n// +patchKey=name\nc: [{image: \"x\"}]}",
    );
    check(
        "c: [{name: \"a\"}]",
        "patch: {\n// +patchKey=name\nc: [{image: \"x\"}]}",
        json!({"c": [{"name": "a", "image": "x"}]}),
    );
    check(
        "l: [{image: \"x\"}, {name: \"a\"}]",
        "patch: {\n// +patchKey=name\nl: [{name: \"a\", w: 1}]}",
        json!({"l": [{"image": "x", "name": "a", "w": 1}, {"name": "a"}]}),
    );
}

#[test]
fn json_modes_follow_their_standards() {
    check(
        "x: {a: 1, b: 2}",
        "// +patchStrategy=jsonMergePatch\npatch: {x: {a: null, c: 3}}",
        json!({"x": {"b": 2, "c": 3}}),
    );
    check(
        "l: [1]",
        "// +patchStrategy=jsonPatch\npatch: {operations: [{op: \"add\", path: \"/l/-\", value: 2}]}",
        json!({"l": [1, 2]}),
    );
    refused(
        "l: [1]",
        "// +patchStrategy=jsonPatch\npatch: {operations: [{op: \"remove\", path: \"/x\"}]}",
    );
}

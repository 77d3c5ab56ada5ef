//! `mizzen cue`: what goes in, what comes out, byte for byte as the reference's command prints it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::world::Said;

const SCHEMA: &str =
    "package shop\n\n#Item: {\n\tname:  string\n\tcount: *1 | int\n}\nitems: [string]: #Item\n";

/// Runs `mizzen cue` in a folder with the given files; `input` is its standard input.
fn cue(files: &[(&str, &str)], words: &[&str], input: &str) -> (Said, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    (cue_in(folder.path(), words, input), folder)
}

fn cue_in(folder: &Path, words: &[&str], input: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mizzen"));
    command.current_dir(folder).arg("cue").args(words).env_remove("RUST_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("it was asked for");
    // A command that does not read its input may be gone already.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    Said::of(&child.wait_with_output().expect("it ends"))
}

#[test]
fn values_are_printed_as_the_reference_prints_them() {
    let item = ("items.json", "{\"items\": {\"pen\": {\"name\": \"Pen\"}}}");
    let yaml = ("items.yaml", "items:\n  pen: {name: Pen, count: 3}\n");
    let files = [("schema.cue", SCHEMA), item, yaml];
    let cases: &[(&[&str], &str, &str)] = &[
        (&["eval", "-"], "a: 1\nb: a + 1\n", "a: 1\nb: 2\n"),
        (
            &["eval", "-", "-e", "b.c", "-e", "b.d+1"],
            "b: {c: 3, d: 4}",
            "// b.c\n3\n// b.d + 1\n5\n",
        ),
        (&["eval", "-H", "-"], "_a: 1\nb?: 2", "_a: 1\n"),
        (&["eval", "-a", "-"], "_a: 1\nb?: 2", "_a: 1\nb?: 2\n"),
        (&["eval", "-"], "foo: {bar: int}", "foo: {\n    bar: int\n}\n"),
        (
            &["export", "-"],
            "a: [1, \"<\"]",
            "{\n    \"a\": [\n        1,\n        \"<\"\n    ]\n}\n",
        ),
        (
            &["export", "-", "--out", "yaml", "-e", "a", "-e", "b"],
            "a: x: 1\nb: 2",
            "x: 1\n---\n2\n",
        ),
        (&["export", "-", "--out", "text", "-e", "a"], "a: \"words\"", "words\n"),
        (&["export", "-", "--out", "cue"], "// Doc.\na: *1 | int", "// Doc.\na: 1\n"),
        (
            &["export", "schema.cue", "items.json", "--out", "yaml"],
            "",
            "items:\n  pen:\n    name: Pen\n    count: 1\n",
        ),
        (&["export", "schema.cue", "items.yaml", "-e", "items.pen.count"], "", "3\n"),
        (&["export", "schema.cue", "items.json", "-e", "len(items)"], "", "1\n"),
        (&["export", "items.yaml", "-e", "items.pen.name"], "", "\"Pen\"\n"),
        (
            &["def", "-"],
            "#A: {x: int & >0}\na: #A & {x: 1}",
            "#A: {\n\tx: int & >0\n}\na: #A & {\n\tx: 1\n}\n",
        ),
        (&["vet", "-c", "schema.cue"], "", ""),
        (&["vet", "schema.cue", "items.json", "items.yaml"], "", ""),
    ];
    for (words, input, want) in cases {
        let (said, _folder) = cue(&files, words, input);
        assert_eq!((said.code, said.out.as_str()), (Some(0), *want), "{words:?} {said:?}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let files = [
        ("schema.cue", SCHEMA),
        ("bad.json", "{\"items\": {\"pen\": {\"name\": 1}}}"),
        ("two.yaml", "items: {a: {name: x}}\n---\nitems: {a: {name: false}}\n"),
        ("broken.json", "{"),
        ("notes.txt", ""),
    ];
    let cases: &[(&[&str], &str, i32, &[&str])] = &[
        (&["eval", "-"], "a: 1\na: 2", 1, &["a: conflicting values 2 and 1:", "-:2:4", "| a: 2"]),
        (&["eval", "-"], "a: {", 1, &["-:1:5"]),
        (&["eval", "-c", "-"], "a: int", 1, &["a: incomplete value int"]),
        (&["export", "-"], "a: int", 1, &["a: incomplete value int"]),
        (&["export", "-", "-e", "b"], "a: 1", 1, &["reference \"b\" not found"]),
        (&["export", "-", "-e", "a}"], "a: 1", 1, &["expression \"a}\""]),
        (&["export", "-", "--out", "text"], "a: 1", 1, &["cannot write"]),
        (
            &["export", "schema.cue", "bad.json"],
            "",
            1,
            &["items.pen.name: conflicting", "./bad.json:1:28"],
        ),
        (&["export", "two.yaml"], "", 1, &["2 documents"]),
        (&["vet", "-"], "a: int", 0, &["some values are incomplete"]),
        (&["vet", "-c", "-"], "a: int", 1, &["a: incomplete value int"]),
        (&["vet", "-c=false", "-"], "a: int", 0, &[]),
        (&["vet", "schema.cue", "two.yaml"], "", 1, &["./two.yaml, document 2", "items.a.name"]),
        (&["vet", "schema.cue", "bad.json", "-d", "#Item"], "", 1, &["items: field not allowed"]),
        (&["vet", "bad.json"], "", 2, &["data without a schema"]),
        (&["export", "broken.json"], "", 1, &["./broken.json: invalid JSON"]),
        (&["export", "notes.txt"], "", 2, &["./notes.txt: not a .cue"]),
        (&["export", "missing.cue"], "", 2, &["missing.cue"]),
        (&["eval", "--no-such"], "", 2, &["--no-such"]),
    ];
    for (words, input, code, parts) in cases {
        let (said, _folder) = cue(&files, words, input);
        assert_eq!(said.code, Some(*code), "{words:?} {said:?}");
        assert!(!said.err.contains("panicked"), "{words:?} {said:?}");
        for part in *parts {
            assert!(said.err.contains(part), "{words:?}: {part:?} is missing: {said:?}");
        }
    }
}

#[test]
fn files_are_formatted_in_place_or_only_looked_at() {
    let (said, folder) =
        cue(&[("a.cue", "a:   1\n"), ("b.cue", "b: 1\n")], &["fmt", "--check"], "");
    assert_eq!((said.code, said.out.as_str()), (Some(1), "a.cue\n"), "{said:?}");
    let said = cue_in(folder.path(), &["fmt", "-d", "a.cue"], "");
    let diff =
        "diff a.cue.orig a.cue\n--- a.cue.orig\n+++ a.cue\n@@ -1,1 +1,1 @@\n-a:   1\n+a: 1\n\n";
    assert_eq!((said.code, said.out.as_str()), (Some(0), diff), "{said:?}");
    let said = cue_in(folder.path(), &["fmt"], "");
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{said:?}");
    assert_eq!(
        std::fs::read_to_string(folder.path().join("a.cue")).ok().as_deref(),
        Some("a: 1\n")
    );
    let said = cue_in(folder.path(), &["fmt", "--check"], "");
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = cue_in(folder.path(), &["fmt", "-s", "-"], "a: {b:   1}\n");
    assert_eq!((said.code, said.out.as_str()), (Some(0), "a: b: 1\n"), "{said:?}");
    let said = cue_in(folder.path(), &["fmt", "-"], "a: {\n");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("-:"), "{said:?}");
}

#[test]
fn packages_are_imported_from_the_module_and_beside_it() {
    let files = [
        ("cue.mod/module.cue", "module: \"m.io/a@v0\"\nlanguage: version: \"v0.14.0\"\n"),
        ("cue.mod/pkg/x.io/kept/kept.cue", "package kept\n\nN: 4\n"),
        ("top.cue", "package sub\n\nfromAbove: 7\n"),
        ("lib/lib.cue", "package lib\n\nimport \"x.io/kept\"\n\n#N: kept.N + 1\n"),
        ("lib/other.cue", "package other\n\nM: 9\n"),
        (
            "sub/a.cue",
            "package sub\n\nimport (\n\t\"m.io/a/lib\"\n\to \"m.io/a/lib:other\"\n)\n\nn: lib.#N\nm: o.M\n",
        ),
        ("bad/a.cue", "package bad\n\nimport \"m.io/a/lib:none\"\n\nn: none.N\n"),
        ("lost/a.cue", "package lost\n\nimport \"m.io/b\"\n\nn: b.N\n"),
        ("wrong/a.cue", "package wrong\n\nimport \"m.io/a/conflict\"\n\nn: conflict.N\n"),
        ("conflict/a.cue", "package conflict\n\nN: 1 & 2\n"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let said = cue_in(folder.path(), &["eval", "./sub"], "");
    assert_eq!(said.out, "fromAbove: 7\nn:         5\nm:         9\n", "{}", said.err);
    let said = cue_in(&folder.path().join("sub"), &["eval"], "");
    assert_eq!(said.out, "fromAbove: 7\nn:         5\nm:         9\n", "{}", said.err);
    let said = cue_in(folder.path(), &["eval", "./lib"], "");
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("lib (./lib/lib.cue) and other (./lib/other.cue)"), "{}", said.err);
    let said = cue_in(folder.path(), &["eval", "./bad"], "");
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("no files of package none"), "{}", said.err);
    let said = cue_in(folder.path(), &["eval", "./lost"], "");
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("m.io/b"), "{}", said.err);
    let said = cue_in(folder.path(), &["eval", "./wrong"], "");
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("conflicting values 2 and 1"), "{}", said.err);
}

//! Hashes against what a genuine controller stored (`data/interop` of the shared folder).
//!
//! Three tables: every object's render hash against its last-applied manifest, every revision whose
//! definitions are recorded in full, and every definition revision.

use std::path::PathBuf;

use mizzen_oam::{ApplicationRevision, DefinitionRevision, hash};
use serde_json::Value;

fn shared() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("MIZZEN_SHARED").map_or(root, PathBuf::from).join("data/interop");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} absent", folder.display());
    None
}

fn recordings() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for scenario in shared().iter().flat_map(|folder| std::fs::read_dir(folder).expect("a folder"))
    {
        let scenario = scenario.expect("an entry").path();
        for file in std::fs::read_dir(&scenario).into_iter().flatten() {
            let path = file.expect("an entry").path();
            if path.extension().is_some_and(|ext| ext == "json") {
                let text = std::fs::read_to_string(&path).expect("a recording");
                let mut record: Value = serde_json::from_str(&text).expect("JSON");
                restore_times(&mut record);
                found.push((path.display().to_string(), record));
            }
        }
    }
    found
}

/// Recorded times are placeholders, which no time can be read from.
fn restore_times(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("<time:") => *value = Value::Null,
        Value::Array(items) => items.iter_mut().for_each(restore_times),
        Value::Object(map) => map.values_mut().for_each(restore_times),
        _ => {}
    }
}

#[test]
fn render_hashes_are_those_recorded() {
    let mut count = 0;
    for (file, record) in recordings() {
        for (key, object) in record["managed"].as_object().into_iter().flatten() {
            let meta = &object["metadata"];
            let annotation = &meta["annotations"]["app.oam.dev/last-applied-configuration"];
            let Some(text) = annotation.as_str() else { continue };
            let mut applied: Value = serde_json::from_str(text).expect("JSON");
            let Some(labels) = applied["metadata"]["labels"].as_object_mut() else { continue };
            let Some(recorded) = labels.shift_remove("oam.dev/render-hash") else { continue };
            if text.contains("<step-id") || file.contains("43-apply-once") {
                continue;
            }
            if hash::rendered_object(&applied) != recorded {
                // An empty map of annotations is hashed, and then not written into the annotation.
                applied["metadata"]["annotations"] = serde_json::json!({});
            }
            assert_eq!(hash::rendered_object(&applied), recorded, "{file} {key}");
            count += 1;
        }
    }
    assert!(count > 100 || shared().is_none(), "only {count} objects");
}

#[test]
fn revision_hashes_are_those_recorded() {
    let mut count = 0;
    for (file, record) in recordings() {
        for (name, object) in record["revisions"].as_object().into_iter().flatten() {
            let spec = object["spec"].to_string();
            if spec.contains("$definition") || spec.contains("\"<") || object["spec"].is_null() {
                continue;
            }
            if object["spec"]["compression"]["type"].is_string() {
                continue;
            }
            let revision: ApplicationRevision =
                serde_json::from_value(object.clone()).expect("a revision");
            let recorded = revision.metadata.label("app.oam.dev/app-revision-hash");
            assert_eq!(hash::revision(&revision.spec), recorded, "{file} {name}");
            count += 1;
        }
    }
    assert!(count > 0 || shared().is_none(), "no revision could be checked");
    eprintln!("{count} revisions");
}

#[test]
fn definition_hashes_are_those_recorded() {
    let mut count = 0;
    for (file, record) in recordings() {
        for (name, object) in record["definitions"].as_object().into_iter().flatten() {
            if object["kind"] != "DefinitionRevision" {
                continue;
            }
            let revision: DefinitionRevision =
                serde_json::from_value(object.clone()).expect("a definition revision");
            let spec = &revision.spec;
            let hash = match spec.definition_type.as_str() {
                "Component" => hash::component_definition(&spec.component_definition.spec),
                "Trait" => hash::trait_definition(&spec.trait_definition.spec),
                "Policy" => hash::policy_definition(&spec.policy_definition.spec),
                _ => hash::step_definition(&spec.workflow_step_definition.spec),
            };
            assert_eq!(hash, spec.revision_hash, "{file} {name}");
            count += 1;
        }
    }
    assert!(count > 0 || shared().is_none(), "no definition could be checked");
    eprintln!("{count} definition revisions");
}

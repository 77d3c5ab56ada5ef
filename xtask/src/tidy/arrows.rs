//! The arrows of the house: which crate may depend on which, and which pure rooms may name what.
//! Read from the manifests and sources, so that a new arrow is a decision and never an accident.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::sh;

/// Package, and the workspace packages that it may depend on (tests aside).
const ARROWS: &[(&str, &[&str])] = &[
    ("mizzen-cue", &[]),
    ("mizzen-oam", &[]),
    ("mizzen-hub", &[]),
    ("mizzen-engine", &["mizzen-cue", "mizzen-oam"]),
    ("mizzen", &["mizzen-cue", "mizzen-oam", "mizzen-engine", "mizzen-hub"]),
    ("xtask", &[]),
];

/// Package, and the outside crates whose presence would break the crate's claim.
const FOREIGN: &[(&str, &[&str])] = &[
    ("mizzen-cue", &["kube", "k8s-openapi", "tokio", "ratatui", "crossterm"]),
    ("mizzen-oam", &["kube", "k8s-openapi", "tokio", "ratatui", "crossterm"]),
    ("mizzen-hub", &["kube", "k8s-openapi", "ratatui", "crossterm"]),
    ("mizzen-engine", &["ratatui", "crossterm"]),
];

/// Folder of a pure room, and the words that its sources must not hold.
const PURE: &[(&str, &[&str])] = &[
    ("crates/engine/src/render", &["crate::fleet", "crate::apply", "kube::", "tokio::"]),
    ("crates/engine/src/plan", &["crate::fleet", "crate::apply", "kube::", "tokio::"]),
    ("crates/engine/src/health", &["crate::fleet", "crate::apply", "kube::", "tokio::"]),
    ("crates/engine/src/tree", &["crate::fleet", "crate::apply", "kube::", "tokio::"]),
    ("crates/engine/src/drift", &["crate::fleet", "crate::apply", "kube::", "tokio::"]),
    ("src/console/model", &["kube::", "tokio::", "Instant::now", "SystemTime::now"]),
    ("src/console/update", &["kube::", "tokio::", "Instant::now", "SystemTime::now"]),
    ("src/console/view", &["kube::", "tokio::", "Instant::now", "SystemTime::now"]),
];

/// Every arrow that the plan of the house does not draw.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let text = sh::read(&mut sh::cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&text).context("reading cargo metadata")?;
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        package_arrows(package, &mut complaints);
    }
    for (room, words) in PURE {
        pure_room(root, room, words, &mut complaints);
    }
    Ok(complaints)
}

fn package_arrows(package: &Value, complaints: &mut Vec<String>) {
    let name = package["name"].as_str().unwrap_or_default();
    let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
        complaints.push(format!("package {name} has no place in the plan of the house"));
        return;
    };
    let foreign = FOREIGN.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, f)| f);
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let target = dependency["name"].as_str().unwrap_or_default();
        let ours = ARROWS.iter().any(|(known, _)| *known == target);
        if dependency["kind"].is_null()
            && (ours && !allowed.contains(&target) || foreign.contains(&target))
        {
            complaints.push(format!("{name} must not depend on {target}"));
        }
    }
}

fn pure_room(root: &Path, room: &str, words: &[&str], complaints: &mut Vec<String>) {
    let mut files = vec![root.join(format!("{room}.rs"))];
    collect(&root.join(room), &mut files);
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        // A room's tests may use a runtime; its code may not.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in words.iter().filter(|word| code.contains(**word)) {
            let path = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            complaints.push(format!("{path}: a pure room must not name `{word}`"));
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

//! Building the control plane's programs from Go modules, once per content of those modules.
//!
//! The cache lies outside the work tree, in a folder named after the hash of every go.mod, go.sum
//! and tools.go and of the compiler's version. Recipe: one dependency graph for Kubernetes and etcd,
//! one for kwok, because their versions of shared modules differ.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{gocache, sh};

/// What Kubernetes reports as its version; without it `kubectl version` fails.
const VERSION: &str = "v1.36.3";

/// Folder below tests/cluster, and the packages that become programs.
const PROGRAMS: &[(&str, &[&str])] = &[
    (
        "kubernetes",
        &[
            "k8s.io/kubernetes/cmd/kube-apiserver",
            "k8s.io/kubernetes/cmd/kube-controller-manager",
            "k8s.io/kubernetes/cmd/kubectl",
            "go.etcd.io/etcd/server/v3",
        ],
    ),
    ("kwok", &["sigs.k8s.io/kwok/cmd/kwok"]),
];

/// The kwok stages that make nodes and pods come alive, below the module's kustomize folder.
const STAGES: &[&str] = &[
    "node/fast/node-initialize.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
];

/// The folder that holds the programs and `stages.yaml`, built if they are not cached.
pub(crate) fn programs() -> Result<PathBuf> {
    let source = sh::root().join("tests/cluster");
    let bin = gocache::folder("control-plane", &sources(&source))?;
    if bin.join("complete").exists() {
        return Ok(bin);
    }
    std::fs::create_dir_all(&bin).with_context(|| format!("making {}", bin.display()))?;
    for (folder, packages) in PROGRAMS {
        for package in *packages {
            program(&source.join(folder), package, &bin)?;
        }
    }
    stages(&source.join("kwok"), &bin)?;
    std::fs::write(bin.join("complete"), "").context("marking the cache complete")?;
    Ok(bin)
}

/// What the programs are made of.
fn sources(source: &Path) -> Vec<PathBuf> {
    let files = ["go.mod", "go.sum", "tools.go"];
    PROGRAMS
        .iter()
        .flat_map(|(folder, _)| files.map(|file| source.join(folder).join(file)))
        .collect()
}

fn program(module: &Path, package: &str, bin: &Path) -> Result<()> {
    let target = bin.join(name(package));
    if target.exists() {
        return Ok(());
    }
    // Written beside the target and renamed, so that an interrupted build leaves no half a program.
    let partial = bin.join(format!("{}.partial", name(package)));
    let mut go = Command::new("go");
    go.current_dir(module).env("CGO_ENABLED", "0").args(["build", "-mod=readonly", "-trimpath"]);
    go.arg("-ldflags").arg(flags()).arg("-o").arg(&partial).arg(package);
    sh::run(&mut go)?;
    std::fs::rename(&partial, &target).with_context(|| format!("placing {}", target.display()))
}

fn flags() -> String {
    let base = "k8s.io/component-base/version";
    let minor = VERSION.split('.').nth(1).unwrap_or_default();
    format!("-s -w -X {base}.gitVersion={VERSION} -X {base}.gitMajor=1 -X {base}.gitMinor={minor}")
}

/// etcd's package is named after its major version; the program is `etcd`.
fn name(package: &str) -> &str {
    match package.rsplit('/').next() {
        Some("v3") | None => "etcd",
        Some(last) => last,
    }
}

fn stages(module: &Path, bin: &Path) -> Result<()> {
    let mut list = Command::new("go");
    list.current_dir(module).args(["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"]);
    let kustomize = PathBuf::from(sh::read(&mut list)?).join("kustomize/stage");
    let mut all = String::new();
    for stage in STAGES {
        let path = kustomize.join(stage);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading the kwok stage {}", path.display()))?;
        all.push_str(&text);
        all.push_str("\n---\n");
    }
    std::fs::write(bin.join("stages.yaml"), all).context("writing the kwok stages")
}

//! Building the evaluator of reference that `cargo xtask bench cue` measures ours against, from its
//! Go module, once per content of that module; the program is cached outside the work tree.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{gocache, sh};

/// The module, below the workspace root.
const SOURCE: &str = "benches/cue/peer";

/// The program, and the folder of the module it is built from, which holds benchmark programs.
pub(crate) struct Peer {
    pub(crate) program: PathBuf,
    pub(crate) module: PathBuf,
}

/// Builds the peer unless it is cached; None, said aloud, where there is no Go.
pub(crate) fn build() -> Result<Option<Peer>> {
    if !sh::present("go", "version") {
        eprintln!("Go is not installed: the peer's column stays empty");
        return Ok(None);
    }
    let source = sh::root().join(SOURCE);
    let files = ["go.mod", "go.sum", "main.go"].map(|file| source.join(file));
    let bin = gocache::folder("peer", &files)?;
    let program = bin.join("peer");
    if !program.exists() {
        std::fs::create_dir_all(&bin).with_context(|| format!("making {}", bin.display()))?;
        // Written beside the target and renamed, so that an interrupted build leaves no half a program.
        let partial = bin.join("peer.partial");
        let mut go = Command::new("go");
        go.current_dir(&source).env("CGO_ENABLED", "0");
        go.args(["build", "-mod=readonly", "-trimpath", "-o"]).arg(&partial).arg(".");
        sh::run(&mut go)?;
        std::fs::rename(&partial, &program)
            .with_context(|| format!("placing {}", program.display()))?;
    }
    let mut list = Command::new("go");
    list.current_dir(&source).args(["list", "-m", "-f", "{{.Dir}}", "cuelang.org/go"]);
    Ok(Some(Peer { program, module: PathBuf::from(sh::read(&mut list)?) }))
}

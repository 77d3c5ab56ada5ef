//! `cargo xtask goldens KIND FOLDER`: plays any folder of recordings through the runner of its kind.
//! `cargo xtask goldens cue-official` plays what the reference's own Go module holds; the Go client fetches it.
//!
//! Each runner prints the id and the difference of every failure and last a line `N of M`, and fails
//! unless all pass.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::sh;

/// What to play, and against which definitions.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The format of the recordings.
    kind: Kind,
    /// The folder that holds them; for cue-official an unpacked module, when the Go client is not to fetch it.
    #[arg(required_if_eq_any([("kind", "render"), ("kind", "interop"), ("kind", "cue")]))]
    folder: Option<PathBuf>,
    /// A checkout of upstream whose definitions are used instead of ours.
    #[arg(long)]
    upstream: Option<PathBuf>,
    /// Further words for the runner, such as `--only GLOB`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Rendered definitions: components, traits, policies, steps, status.
    Render,
    /// Scenarios of a genuine controller, step by step.
    Interop,
    /// CUE programs with their results, syntax and formatting.
    Cue,
    /// The reference's own tests of the language, inside its module.
    CueOfficial,
}

/// The module whose results the evaluator follows.
const REFERENCE: &str = "cuelang.org/go@v0.14.1";

impl Kind {
    /// The package and the example target that plays this kind.
    fn runner(self) -> (&'static str, &'static str) {
        match self {
            Self::Render => ("mizzen-engine", "goldens_render"),
            Self::Interop => ("mizzen-engine", "goldens_interop"),
            Self::Cue => ("mizzen-cue", "goldens_cue"),
            Self::CueOfficial => ("mizzen-cue", "goldens_official"),
        }
    }
}

/// Plays what the reference's module holds; says out loud when nothing can fetch it.
pub(crate) fn official() -> Result<()> {
    if !sh::present("go", "version") {
        eprintln!("SKIPPED: {REFERENCE} absent: the Go client is not installed");
        return Ok(());
    }
    sh::run(&mut runner(Kind::CueOfficial, &module(REFERENCE)?))
}

/// Builds the runner and hands it the folder.
pub(crate) fn run(args: &Args) -> Result<()> {
    let Some(folder) = &args.folder else { return official() };
    let folder = std::path::absolute(folder)?;
    let mut command = runner(args.kind, &folder);
    if let Some(upstream) = &args.upstream {
        command.arg("--upstream").arg(std::path::absolute(upstream)?);
    }
    sh::run(command.args(&args.rest))
}

/// The folder of a Go module, downloaded when it is not there yet.
fn module(name: &str) -> Result<PathBuf> {
    let mut go = Command::new("go");
    // Outside any module of ours: this one is read, never built.
    go.current_dir(std::env::temp_dir()).args(["mod", "download", "-json", name]);
    let told = sh::read(&mut go)?;
    let dir = told.lines().find_map(|line| line.trim().strip_prefix("\"Dir\": \""));
    let dir = dir.and_then(|rest| rest.split('"').next());
    dir.map(PathBuf::from).with_context(|| format!("`go mod download` named no folder for {name}"))
}

/// The command that plays a folder; the profile of runners is quick to build and to run.
pub(crate) fn runner(kind: Kind, folder: &Path) -> Command {
    let (package, example) = kind.runner();
    let mut command = sh::cargo(&["run", "--quiet", "--profile", "goldens"]);
    command.args(["--package", package, "--example", example, "--"]).arg(folder);
    command
}

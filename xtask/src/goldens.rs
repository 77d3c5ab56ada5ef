//! `cargo xtask goldens KIND FOLDER`: plays any folder of recordings through the runner of its kind.
//!
//! Each runner prints the id and the difference of every failure and last a line `N of M`, and fails
//! unless all pass.

use std::path::PathBuf;

use anyhow::Result;

use crate::sh;

/// What to play, and against which definitions.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The format of the recordings.
    kind: Kind,
    /// The folder that holds them.
    folder: PathBuf,
    /// A checkout of upstream whose definitions are used instead of ours.
    #[arg(long)]
    upstream: Option<PathBuf>,
    /// Further words for the runner, such as `--only GLOB`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Rendered definitions: components, traits, policies, steps, status.
    Render,
    /// Scenarios of a genuine controller, step by step.
    Interop,
    /// CUE programs with their results, syntax and formatting.
    Cue,
}

impl Kind {
    /// The package and the example target that plays this kind.
    fn runner(self) -> (&'static str, &'static str) {
        match self {
            Self::Render => ("mizzen-engine", "goldens_render"),
            Self::Interop => ("mizzen-engine", "goldens_interop"),
            Self::Cue => ("mizzen-cue", "goldens_cue"),
        }
    }
}

/// Builds the runner in release mode and hands it the folder.
pub(crate) fn run(args: &Args) -> Result<()> {
    let (package, example) = args.kind.runner();
    let folder = std::path::absolute(&args.folder)?;
    let mut command =
        sh::cargo(&["run", "--quiet", "--release", "--package", package, "--example", example]);
    command.arg("--").arg(folder);
    if let Some(upstream) = &args.upstream {
        command.arg("--upstream").arg(std::path::absolute(upstream)?);
    }
    sh::run(command.args(&args.rest))
}

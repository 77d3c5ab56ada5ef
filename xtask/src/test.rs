//! `cargo xtask test`: the whole suite, the recordings of the genuine systems, and the tests of CUE's own
//! project where Go can fetch them. The scenarios that are written once run twice: on the embedded hub
//! always, and on the genuine control plane where Go can build it.

use anyhow::Result;

use crate::{cluster, goldens, recordings, sh};

/// Which half of the suite to run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leaves the genuine control plane out, and says so.
    #[arg(long)]
    embedded_only: bool,
}

/// Runs the suite; the first failing half is the error.
pub(crate) fn run(args: &Args) -> Result<()> {
    sh::run(&mut sh::cargo(&["test", "--workspace"]))?;
    recordings::play()?;
    goldens::official()?;
    if args.embedded_only {
        eprintln!("SKIPPED: the genuine control plane (--embedded-only)");
        return Ok(());
    }
    if !sh::present("go", "version") {
        eprintln!("SKIPPED: the genuine control plane: no `go` on this machine to build it with");
        return Ok(());
    }
    cluster::with_running(|folder| {
        sh::run(
            sh::cargo(&["test", "--package", "mizzen", "--test", "genuine"])
                .env("MIZZEN_GENUINE", folder),
        )
    })
}

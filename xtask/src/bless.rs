//! `cargo xtask bless`: rewrites expectations from what the code does now, to be read in the diff.

use anyhow::Result;

use crate::sh;

/// Which tests to bless.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only tests whose name contains this.
    filter: Option<String>,
}

/// Runs the tests with `MIZZEN_BLESS=1`, which makes golden comparisons write instead of compare.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = sh::cargo(&["test", "--workspace"]);
    command.args(args.filter.iter()).env("MIZZEN_BLESS", "1").env("INSTA_UPDATE", "always");
    sh::run(&mut command)
}

//! `cargo xtask bench NAME [--json]`: figures that anyone can repeat, each beside a peer or a floor
//! measured in the same run.
//!
//! A benchmark is a bench target of that name in some package; it prints rows of id, ours, peer or
//! floor, ratio and goal, and with `--json` one object a line.

use anyhow::{Result, bail};

use crate::{peer, sh};

/// Which benchmark, and how its rows are printed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The benchmark's name.
    name: String,
    /// One JSON object a row.
    #[arg(long)]
    json: bool,
    /// Further words for the benchmark, such as `--renders N` of `cue`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// The benchmarks there are: name, package, bench target.
const BENCHES: &[(&str, &str, &str)] = &[
    ("startup", "mizzen", "startup"),
    ("console", "mizzen", "console"),
    ("cue", "mizzen-cue", "cue"),
];

/// Runs one benchmark in release mode.
pub(crate) fn run(args: &Args) -> Result<()> {
    let Some((_, package, target)) = BENCHES.iter().find(|(name, ..)| *name == args.name) else {
        let names: Vec<_> = BENCHES.iter().map(|(name, ..)| *name).collect();
        bail!("no benchmark named {:?}; there are: {}", args.name, names.join(", "));
    };
    let mut command =
        sh::cargo(&["bench", "--quiet", "--package", package, "--bench", target, "--"]);
    if args.json {
        command.arg("--json");
    }
    if target == &"cue"
        && let Some(peer) = peer::build()?
    {
        command.env("MIZZEN_PEER", peer.program).env("MIZZEN_PEER_MODULE", peer.module);
    }
    sh::run(command.args(&args.rest))
}

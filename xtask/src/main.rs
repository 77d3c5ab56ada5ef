//! The one entry for people and CI: `cargo xtask test | lint | tidy | bless | guide | goldens | bench | cluster`.
//!
//! Kept light on purpose: it links nothing of the project, so that it builds in seconds; what needs
//! the engine or the evaluator is an example target that is run through cargo.

mod bench;
mod bless;
mod cluster;
mod facts;
mod gocache;
mod goldens;
mod guide;
mod lint;
mod peer;
mod recordings;
mod sh;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of the mizzen workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// All tests; the end-to-end scenarios also on the genuine control plane where Go is present.
    Test(test::Args),
    /// Formatting, clippy, documentation and tidiness, as CI asks for them.
    Lint,
    /// The rules of the house that a compiler cannot see.
    Tidy,
    /// Rewrites golden screens and other expectations from what the code does now.
    Bless(bless::Args),
    /// Checks the user's guide, and builds its HTML where mdBook is on the machine.
    Guide,
    /// Plays recordings: `goldens render|interop|cue FOLDER`, `goldens cue-official`.
    Goldens(goldens::Args),
    /// Prints ours, the peer's or the floor's figure, the ratio and the goal.
    Bench(bench::Args),
    /// Distils the built-in Kubernetes types into the hub's facts file.
    Facts(facts::Args),
    /// Builds and runs the genuine control plane: a hub and two members on loopback.
    Cluster(cluster::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Lint => lint::run(),
        Task::Tidy => tidy::run(),
        Task::Bless(args) => bless::run(&args),
        Task::Guide => guide::run(),
        Task::Goldens(args) => goldens::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Facts(args) => facts::run(&args),
        Task::Cluster(args) => cluster::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

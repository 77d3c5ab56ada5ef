//! `cargo xtask cluster`: the genuine control plane, a hub and two members on loopback.
//!
//! `build` makes the programs from Go modules and caches them outside the work tree; `start` runs
//! until interrupted; `run -- COMMAND` runs one command beside it.

mod build;
mod keys;
mod plane;
mod ports;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::sh;

/// What to do with the genuine control plane.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Builds the programs, unless they are cached.
    Build,
    /// Starts a hub and two members and prints their kubeconfig files until interrupted.
    Start,
    /// Starts them, runs a command with MIZZEN_GENUINE set to their folder, and stops them.
    Run {
        /// The command and its words.
        #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

/// The clusters of the genuine fleet; the first is the hub.
pub(crate) const CLUSTERS: &[&str] = &["hub", "eu-1", "us-1"];

/// Carries out one verb.
pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.verb {
        Verb::Build => build::programs().map(|bin| println!("{}", bin.display())),
        Verb::Start => with_running(|folder| {
            for name in CLUSTERS {
                println!("{}", folder.join(format!("{name}.kubeconfig")).display());
            }
            println!("running; press Enter or Ctrl-C to stop");
            wait_for_enter()
        }),
        Verb::Run { command } => with_running(|folder| beside(folder, command)),
    }
}

/// Starts the fleet, hands its folder to `job`, and stops the fleet however `job` ends.
pub(crate) fn with_running(job: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let bin = build::programs()?;
    let folder = fresh_folder()?;
    let fleet = plane::Fleet::start(&bin, &folder, CLUSTERS)?;
    let done = job(&folder);
    drop(fleet);
    if done.is_ok() {
        std::fs::remove_dir_all(&folder).context("removing the fleet's folder")?;
    } else {
        eprintln!("the control plane's logs are kept in {}", folder.display());
    }
    done
}

fn beside(folder: &Path, command: &[String]) -> Result<()> {
    let Some((program, words)) = command.split_first() else { bail!("no command given") };
    let mut command = Command::new(program);
    command
        .args(words)
        .env("MIZZEN_GENUINE", folder)
        .env("KUBECONFIG", folder.join("hub.kubeconfig"));
    sh::run(&mut command)
}

fn fresh_folder() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("mizzen-genuine-{}", std::process::id()));
    std::fs::create_dir_all(&folder).context("making the fleet's folder")?;
    Ok(folder)
}

fn wait_for_enter() -> Result<()> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).context("waiting for Enter")?;
    if read == 0 {
        // No terminal: stay until a signal ends the process group.
        loop {
            std::thread::park();
        }
    }
    Ok(())
}

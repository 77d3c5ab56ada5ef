//! The commands: words in, text and an exit code out. One file per command.
//!
//! Exit codes: 0 done or the same, 1 refused or different, 2 error. Every command works on any hub,
//! whichever controller runs it: it reads the same objects and writes the same intents.

mod apply;
mod bootstrap;
mod cluster;
mod connect;
mod console;
mod controller;
mod cue;
mod delete;
mod demo;
mod diff;
mod dry_run;
mod exec;
mod foresee;
mod gateway;
mod hub;
mod input;
mod intent;
mod objects;
mod output;
mod repair;
mod replay;
mod rollback;
mod say;
mod status;
mod stop;
mod up;
mod workflow;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};

use stop::Stop;

/// Operate application delivery on Kubernetes, and deliver.
#[derive(Debug, Parser)]
#[command(name = "mizzen", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a hub with two members, a third that is down, and applications at work
    Demo(demo::Arguments),
    /// The terminal console on a hub
    Console(console::Arguments),
    /// Deliver applications: the engine without a face, on any hub
    Controller(controller::Arguments),
    /// Deliver applications from files, or publish a version of one
    Up(up::Arguments),
    /// Show applications, or one with its steps, its health and its tree
    Status(status::Arguments),
    /// Compare what an application would be with what is live
    Diff(diff::Arguments),
    /// Show what delivering an application would write
    DryRun(dry_run::Arguments),
    /// Go back to an earlier revision
    Rollback(rollback::Arguments),
    /// Put back as delivered what somebody changed
    Repair(repair::Arguments),
    /// Run a command, or a shell, in a container of an application
    Exec(exec::Arguments),
    /// Suspend, resume, restart or terminate the workflow of an application
    #[command(subcommand)]
    Workflow(workflow::Verb),
    /// Delete an application
    Delete(delete::Arguments),
    /// Open what `console --record` kept, offline, and move in its time
    Replay(replay::Arguments),
    /// The embedded Kubernetes API
    #[command(subcommand)]
    Hub(hub::Verb),
    /// Evaluate, export, check and format CUE
    #[command(subcommand)]
    Cue(cue::Verb),
    /// The members of a hub
    #[command(subcommand)]
    Cluster(cluster::Verb),
}

impl Command {
    /// Whether the console paints: then nothing else may write to the terminal.
    fn takes_the_terminal(&self) -> bool {
        match self {
            Self::Console(_) => true,
            Self::Demo(arguments) => arguments.shows_console(),
            Self::Replay(arguments) => arguments.shows(),
            _ => false,
        }
    }

    /// What is logged when nobody says. The client library calls a member that is down an error each
    /// time it is asked; that is told by whoever asked, in a sentence.
    fn log(&self) -> &'static str {
        match self {
            Self::Controller(_) => "info,kube_client=off,kube_runtime=error",
            _ => "error,kube_client=off",
        }
    }
}

/// Reads the words of the command line and carries the command out.
#[must_use]
pub fn main() -> ExitCode {
    let started = Instant::now();
    let command = Arguments::parse().command;
    if !command.takes_the_terminal() {
        trace(command.log());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => return Stop::Failed(format!("cannot start: {why}")).report(),
    };
    let done = runtime.block_on(run(command, started));
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.report(),
    }
}

async fn run(command: Command, started: Instant) -> Result<(), Stop> {
    match command {
        Command::Demo(arguments) => demo::run(arguments, started).await,
        Command::Console(arguments) => console::run(arguments, started).await,
        Command::Controller(arguments) => controller::run(arguments).await,
        Command::Up(arguments) => up::run(arguments).await,
        Command::Status(arguments) => status::run(arguments).await,
        Command::Diff(arguments) => diff::run(arguments).await,
        Command::DryRun(arguments) => dry_run::run(arguments).await,
        Command::Rollback(arguments) => rollback::run(arguments).await,
        Command::Repair(arguments) => repair::run(arguments).await,
        Command::Exec(arguments) => exec::run(arguments).await,
        Command::Workflow(verb) => workflow::run(verb).await,
        Command::Delete(arguments) => delete::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
        Command::Hub(verb) => hub::run(verb).await,
        Command::Cue(verb) => cue::run(&verb),
        Command::Cluster(verb) => cluster::run(verb).await,
    }
}

/// Logs go to stderr, as `RUST_LOG` says, else as the command needs.
fn trace(otherwise: &str) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(otherwise));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if let Err(why) = subscriber.try_init() {
        say::aside(format_args!("no log: {why}"));
    }
}

//! `mizzen console`: the terminal console on a hub.

use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use super::connect::Connection;
use super::say::say;
use super::stop::Stop;
use crate::console::effect::live::Live;
use crate::console::effect::world::World;
use crate::console::run::Connect;
use crate::console::start::{self, start};

/// How the console runs, and on which hub.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    console: start::Arguments,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn run(arguments: Arguments, started: Instant) -> Result<(), Stop> {
    let connection = arguments.connection;
    let connect: Connect = Box::pin(async move {
        let hub = connection.open().await.map_err(Stop::text)?;
        let person = hub.actor("").name;
        let world: Arc<dyn World> = Arc::new(Live::new(&hub.name, &person, hub.client));
        Ok(world)
    });
    show(&arguments.console, started, connect).await
}

/// Runs the console until it is ended.
pub(super) async fn show(
    arguments: &start::Arguments,
    started: Instant,
    connect: Connect,
) -> Result<(), Stop> {
    if let Some(line) = start(arguments, started, connect).await.map_err(Stop::Failed)? {
        say!("{line}");
    }
    Ok(())
}

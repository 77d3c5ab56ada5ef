//! `mizzen console`: the terminal console on a hub.

use std::sync::Arc;
use std::time::Instant;

use clap::{Args, Subcommand};

use super::connect::Connection;
use super::say::say;
use super::stop::Stop;
use crate::console::effect::live::Live;
use crate::console::effect::world::World;
use crate::console::model::address::Address;
use crate::console::run::Connect;
use crate::console::start::{self, start};

/// How the console runs, and on which hub.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    place: Option<Place>,
    #[command(flatten)]
    how: How,
}

/// Where the console begins.
#[derive(Debug, Subcommand)]
enum Place {
    /// Begin at an address, such as hub/eu-1/shop/checkout?tab=diff
    Open {
        /// As the console copies it (`#`), keeps it (`b`) and shows it in a bookmark
        address: String,
        #[command(flatten)]
        how: How,
    },
}

/// How the console looks, and on which hub it is.
#[derive(Debug, Args)]
struct How {
    #[command(flatten)]
    console: start::Arguments,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn run(arguments: Arguments, started: Instant) -> Result<(), Stop> {
    let (place, how) = match arguments.place {
        Some(Place::Open { address, how }) => {
            (Some(Address::parse(&address).map_err(Stop::Failed)?), how)
        }
        None => (None, arguments.how),
    };
    let connection = how.connection;
    let connect: Connect = Box::pin(async move {
        let hub = connection.open().await.map_err(Stop::text)?;
        let person = hub.actor("").name;
        let world: Arc<dyn World> = Arc::new(Live::new(&hub.name, &person, hub.client));
        Ok(world)
    });
    show(&how.console, place, started, connect).await
}

/// Runs the console until it is ended.
pub(super) async fn show(
    arguments: &start::Arguments,
    place: Option<Address>,
    started: Instant,
    connect: Connect,
) -> Result<(), Stop> {
    if let Some(line) = start(arguments, place, started, connect).await.map_err(Stop::Failed)? {
        say!("{line}");
    }
    Ok(())
}

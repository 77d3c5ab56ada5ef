//! `mizzen delete`: an application, with its objects or without.

use clap::Args;
use mizzen_engine::operate::{self, Objects};

use super::connect::Connection;
use super::intent::{self, Act};
use super::output::Output;
use super::stop::Stop;

/// Which application.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The application
    name: String,
    /// Leave its objects in place, without owner
    #[arg(long)]
    orphan: bool,
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    let app = operate::application(&hub.client, &hub.namespace, &arguments.name).await?;
    let objects = if arguments.orphan { Objects::Orphan } else { Objects::Delete };
    let intent = operate::remove(&app, objects)?;
    intent::carry_out(&hub, &intent, &arguments.act, arguments.output).await
}

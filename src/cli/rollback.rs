//! `mizzen rollback`: back to an earlier revision.

use clap::Args;
use mizzen_engine::operate;

use super::connect::Connection;
use super::intent::{self, Act};
use super::output::Output;
use super::stop::Stop;

/// Which application, and how far back.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The application
    name: String,
    /// The revision, by name or number; without it, the last one before that succeeded
    #[arg(short, long)]
    revision: Option<String>,
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
    let history = operate::history(&hub.client, &app).await?;
    let intent = operate::rollback(&app, &history, arguments.revision.as_deref())?;
    intent::carry_out(&hub, &intent, &arguments.act, arguments.output).await
}

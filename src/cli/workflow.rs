//! `mizzen workflow`: suspend, resume, restart, terminate.

use clap::{Args, Subcommand};
use mizzen_engine::operate;
use mizzen_oam::Application;

use super::connect::{Connection, Hub};
use super::intent::{self, Act};
use super::output::Output;
use super::stop::Stop;

/// What to do with a workflow.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Let it wait
    Suspend(OneStep),
    /// Let it go on where it waits
    Resume(OneStep),
    /// Run it again, or a failed step and what comes after it
    Restart(OneStep),
    /// End it; what it applied stays
    Terminate(Whole),
}

/// One application, possibly one step.
#[derive(Debug, Args)]
pub(super) struct OneStep {
    /// The application
    name: String,
    /// Only this step
    #[arg(short, long)]
    step: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// One application.
#[derive(Debug, Args)]
pub(super) struct Whole {
    /// The application
    name: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(verb: Verb) -> Result<(), Stop> {
    match verb {
        Verb::Suspend(a) => {
            let (hub, app) = read(&a.common, &a.name).await?;
            finish(&hub, &a.common, operate::hold(&app, a.step.as_deref())?).await
        }
        Verb::Resume(a) => {
            let (hub, app) = read(&a.common, &a.name).await?;
            finish(&hub, &a.common, operate::approve(&app, a.step.as_deref())?).await
        }
        Verb::Restart(a) => {
            let (hub, app) = read(&a.common, &a.name).await?;
            let intent = match &a.step {
                None => operate::restart(&app)?,
                Some(step) => {
                    let spec = operate::spec(&hub.client, &app).await?;
                    operate::restart_from(&app, &spec, step)?
                }
            };
            finish(&hub, &a.common, intent).await
        }
        Verb::Terminate(a) => {
            let (hub, app) = read(&a.common, &a.name).await?;
            finish(&hub, &a.common, operate::terminate(&app)?).await
        }
    }
}

async fn read(common: &Common, name: &str) -> Result<(Hub, Application), Stop> {
    let hub = common.connection.open().await?;
    let app = operate::application(&hub.client, &hub.namespace, name).await?;
    Ok((hub, app))
}

async fn finish(hub: &Hub, common: &Common, intent: operate::Intent) -> Result<(), Stop> {
    intent::carry_out(hub, &intent, &common.act, common.output).await
}

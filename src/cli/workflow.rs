//! `mizzen workflow`: suspend, resume, restart, terminate.

use clap::{Args, Subcommand};
use mizzen_engine::operate::{self, Found, Intent, Subject};

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

/// One application or WorkflowRun, possibly one step.
#[derive(Debug, Args)]
pub(super) struct OneStep {
    /// The application, or the WorkflowRun
    name: String,
    /// Only this step
    #[arg(short, long)]
    step: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// One application or WorkflowRun.
#[derive(Debug, Args)]
pub(super) struct Whole {
    /// The application, or the WorkflowRun
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
    let (name, common) = match &verb {
        Verb::Suspend(a) | Verb::Resume(a) | Verb::Restart(a) => (&a.name, &a.common),
        Verb::Terminate(a) => (&a.name, &a.common),
    };
    let hub = common.connection.open().await?;
    match operate::found(&hub.client, &hub.namespace, name).await? {
        Found::Application(app) => {
            let intent = asked(&hub, &verb, app.as_ref()).await?;
            intent::carry_out(&hub, &intent, &common.act, common.output).await
        }
        Found::Run(run) => {
            let intent = asked(&hub, &verb, run.as_ref()).await?;
            intent::carry_out_run(&hub, &intent, &common.act, common.output).await
        }
    }
}

/// What the verb means for whatever runs the workflow.
async fn asked<S: Subject>(hub: &Hub, verb: &Verb, subject: &S) -> Result<Intent<S>, Stop> {
    Ok(match verb {
        Verb::Suspend(one) => operate::hold(subject, one.step.as_deref())?,
        Verb::Resume(one) => operate::approve(subject, one.step.as_deref())?,
        Verb::Restart(OneStep { step: None, .. }) => operate::restart(subject)?,
        Verb::Restart(OneStep { step: Some(step), .. }) => {
            let spec = operate::spec(&hub.client, subject).await?;
            operate::restart_from(subject, &spec, step)?
        }
        Verb::Terminate(_) => operate::terminate(subject)?,
    })
}

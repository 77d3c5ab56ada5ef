//! `mizzen workflow`: suspend, resume, restart, terminate.

use clap::{Args, Subcommand};
use mizzen_engine::operate::{self, Intent, Subject};
use mizzen_oam::{Application, WorkflowRun};

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

/// What a name stands for.
enum Found {
    Application(Box<Application>),
    Run(Box<WorkflowRun>),
}

pub(super) async fn run(verb: Verb) -> Result<(), Stop> {
    let (name, common) = match &verb {
        Verb::Suspend(a) | Verb::Resume(a) | Verb::Restart(a) => (&a.name, &a.common),
        Verb::Terminate(a) => (&a.name, &a.common),
    };
    let hub = common.connection.open().await?;
    match found(&hub, name).await? {
        Found::Application(app) => {
            let intent = match &verb {
                Verb::Restart(OneStep { step: Some(step), .. }) => {
                    let spec = operate::spec(&hub.client, &app).await?;
                    operate::restart_from(app.as_ref(), &spec, step)?
                }
                Verb::Restart(_) => operate::restart(&app)?,
                other => steered(other, app.as_ref())?,
            };
            intent::carry_out(&hub, &intent, &common.act, common.output).await
        }
        Found::Run(run) => {
            let intent = match &verb {
                Verb::Restart(OneStep { step: Some(step), .. }) => {
                    let spec = operate::run_spec(&hub.client, &run).await?;
                    operate::restart_from(run.as_ref(), &spec, step)?
                }
                Verb::Restart(_) => operate::restart_run(&run)?,
                other => steered(other, run.as_ref())?,
            };
            intent::carry_out_run(&hub, &intent, &common.act, common.output).await
        }
    }
}

/// The application of a name; a run without one where there is none.
async fn found(hub: &Hub, name: &str) -> Result<Found, Stop> {
    match operate::application(&hub.client, &hub.namespace, name).await {
        Ok(app) => Ok(Found::Application(Box::new(app))),
        Err(error) if error.code() == Some(404) => {
            match operate::workflow_run(&hub.client, &hub.namespace, name).await {
                Ok(run) => Ok(Found::Run(Box::new(run))),
                Err(gone) if gone.code() == Some(404) => Err(error.into()),
                Err(other) => Err(other.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The verbs that mean the same for everything that runs a workflow.
fn steered<S: Subject>(verb: &Verb, subject: &S) -> Result<Intent<S>, Stop> {
    Ok(match verb {
        Verb::Suspend(one) => operate::hold(subject, one.step.as_deref())?,
        Verb::Resume(one) => operate::approve(subject, one.step.as_deref())?,
        Verb::Terminate(_) => operate::terminate(subject)?,
        Verb::Restart(_) => return Err(Stop::Refused("a restart depends on its kind".to_owned())),
    })
}

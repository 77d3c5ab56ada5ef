//! `mizzen repair`: what drifted is put back as it was delivered; the plan first, the writes when asked.

use clap::Args;
use mizzen_engine::operate;
use mizzen_engine::plan::Plan;
use mizzen_oam::Application;
use serde_json::{Value, json};

use super::connect::Connection;
use super::diff;
use super::intent::{self, Act};
use super::output::{Form, Output, Table};
use super::say::{aside, say};
use super::stop::Stop;
use crate::console::term::clean::Clean;

/// Which application, and whether to write.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The application
    name: String,
    /// Carry the plan out; without it the plan is shown and nothing is written
    #[arg(short, long)]
    yes: bool,
    /// Why; recorded with the operation
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    let app = operate::application(&hub.client, &hub.namespace, &arguments.name).await?;
    let (plan, unread) = operate::drift(&hub.client, &app).await?;
    for (cluster, why) in &unread {
        let (cluster, why) = (Clean::new(cluster), Clean::new(why));
        aside(format_args!("cluster {cluster} is not looked at: {why}"));
    }
    let seen = if unread.is_empty() {
        Ok(())
    } else {
        Err(Stop::Failed("not every cluster could be looked at".to_owned()))
    };
    if plan.is_quiet() && plan.refusals().next().is_none() {
        if arguments.output.output != Form::Table {
            show(&plan, arguments.output)?;
        } else {
            quiet(&app);
        }
        return seen;
    }
    let repair = operate::repair(&app, &plan, &unread)?;
    if !arguments.yes {
        show(&plan, arguments.output)?;
        seen?;
        let count = repair.stages.len();
        let objects = if count == 1 { "object is" } else { "objects are" };
        return Err(Stop::Refused(format!(
            "{count} {objects} not as delivered; nothing was written, --yes puts them back"
        )));
    }
    if arguments.output.output == Form::Table {
        diff::print(&plan)?;
    }
    let act = Act::because(&arguments.reason);
    intent::carry_out(&hub, &repair, &act, arguments.output).await?;
    seen
}

fn quiet(app: &Application) {
    let name = Clean::new(&format!("{}/{}", app.metadata.namespace, app.metadata.name));
    say!("{name}: what was looked at is as it was delivered");
}

/// The plan, object by object, with who changed what.
fn show(plan: &Plan, output: Output) -> Result<(), Stop> {
    if output.output == Form::Table {
        return diff::print(plan);
    }
    let all: Vec<Value> = plan.actions.iter().map(diff::value).collect();
    output.print(&json!(all), Table::default)
}

//! Shows what an operation will write, writes it, and says what came of it.

use clap::Args;
use jiff::Timestamp;
use mizzen_engine::forecast::End;
use mizzen_engine::operate::{self, Intent, Subject, Write};
use mizzen_oam::WorkflowRun;
use serde_json::{Value, json};

use super::bootstrap::builtin;
use super::connect::Hub;
use super::diff;
use super::output::{Form, Output};
use super::say::{aside, say};
use super::stop::Stop;
use crate::console::effect::foresee::foresee;
use crate::console::effect::live::Live;
use crate::console::term::clean::Clean;

/// How to act.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Act {
    /// Why; recorded with the operation
    #[arg(long, default_value = "")]
    reason: String,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Act {
    /// Writes, for a reason.
    pub(super) fn because(reason: &str) -> Self {
        Self { reason: reason.to_owned(), dry_run: false }
    }
}

/// Carries an intent out, or shows it.
pub(super) async fn carry_out(
    hub: &Hub,
    intent: &Intent,
    act: &Act,
    output: Output,
) -> Result<(), Stop> {
    if act.dry_run {
        tell(intent, "would", &[], output)?;
        return match output.output {
            Form::Table => consequence(hub, intent).await,
            Form::Json | Form::Yaml => Ok(()),
        };
    }
    done(hub, intent, act, output).await
}

/// Carries out an intent on a WorkflowRun, or shows it: what it applies then nobody foresees.
pub(super) async fn carry_out_run(
    hub: &Hub,
    intent: &Intent<WorkflowRun>,
    act: &Act,
    output: Output,
) -> Result<(), Stop> {
    if act.dry_run {
        return tell(intent, "would", &[], output);
    }
    done(hub, intent, act, output).await
}

async fn done<S: Subject>(
    hub: &Hub,
    intent: &Intent<S>,
    act: &Act,
    output: Output,
) -> Result<(), Stop> {
    let actor = hub.actor(&act.reason);
    let outcome = operate::carry_out(&hub.client, intent, &actor, Timestamp::now()).await?;
    tell(intent, "done", &outcome.warnings, output)
}

/// What the controller would do then, as the console's sheets show it.
async fn consequence(hub: &Hub, intent: &Intent) -> Result<(), Stop> {
    let world = Live::new(&hub.name, &hub.user, hub.client.clone());
    let foreseen = foresee(&world, intent, &builtin()?).await.map_err(Stop::Failed)?;
    let Some(consequence) = foreseen else { return Ok(()) };
    say!("then the controller would, as far as can be foreseen:");
    diff::print(&consequence.plan)?;
    for (cluster, why) in &consequence.unread {
        let (cluster, why) = (Clean::new(cluster), Clean::new(why));
        aside(format_args!("cluster {cluster} cannot be read: {why}"));
    }
    match consequence.end {
        Some(End::Gate(step)) => say!("and wait at step {}", Clean::new(&step)),
        Some(End::Stops { step, why }) => {
            say!("and from step {} on nobody knows: {}", Clean::new(&step), Clean::new(&why));
        }
        Some(End::Finished) | None => {}
    }
    Ok(())
}

fn tell<S: Subject>(
    intent: &Intent<S>,
    how: &str,
    warnings: &[String],
    output: Output,
) -> Result<(), Stop> {
    if output.output != Form::Table {
        return output.print(&value(intent, how, warnings), Default::default);
    }
    let head = format!("{how}: {} {} {}", intent.verb.word(), intent.application(), intent.subject);
    say!("{}", Clean::new(head.trim_end()));
    for sentence in &intent.says {
        say!("  {}", Clean::new(sentence));
    }
    for warning in warnings {
        aside(format_args!("{}", Clean::new(warning)));
    }
    Ok(())
}

fn value<S: Subject>(intent: &Intent<S>, how: &str, warnings: &[String]) -> Value {
    let stages: Vec<Value> = intent
        .stages
        .iter()
        .map(|stage| {
            let write = match &stage.write {
                Write::Json { subresource, operations } => {
                    json!({"patch": operations, "subresource": subresource})
                }
                Write::Create(object) => json!({"create": object}),
                Write::Delete { uid } => json!({"delete": {"uid": uid}}),
                Write::ForgetVariables(names) => json!({"forgetVariables": names}),
                Write::Action(action) => json!({"action": diff::value(action)}),
                Write::AdoptGeneration => json!({"adoptGeneration": true}),
            };
            json!({"name": stage.name, "object": stage.object.to_string(), "write": write})
        })
        .collect();
    json!({
        "result": how,
        "verb": intent.verb.word(),
        S::KIND.to_lowercase(): intent.application(),
        "subject": intent.subject,
        "says": intent.says,
        "stages": stages,
        "warnings": warnings,
    })
}

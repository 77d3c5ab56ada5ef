//! Shows what an operation will write, writes it, and says what came of it.

use clap::Args;
use jiff::Timestamp;
use mizzen_engine::operate::{self, Intent, Write};
use serde_json::{Value, json};

use super::connect::Hub;
use super::diff;
use super::output::{Form, Output};
use super::stop::Stop;
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

/// Carries an intent out, or shows it.
pub(super) async fn carry_out(
    hub: &Hub,
    intent: &Intent,
    act: &Act,
    output: Output,
) -> Result<(), Stop> {
    if act.dry_run {
        return tell(intent, "would", &[], output);
    }
    let actor = hub.actor(&act.reason);
    let outcome = operate::carry_out(&hub.client, intent, &actor, Timestamp::now()).await?;
    tell(intent, "done", &outcome.warnings, output)
}

fn tell(intent: &Intent, how: &str, warnings: &[String], output: Output) -> Result<(), Stop> {
    if output.output != Form::Table {
        return output.print(&value(intent, how, warnings), Default::default);
    }
    let head = format!("{how}: {} {} {}", intent.verb.word(), intent.application(), intent.subject);
    println!("{}", Clean::new(head.trim_end()));
    for sentence in &intent.says {
        println!("  {}", Clean::new(sentence));
    }
    for warning in warnings {
        eprintln!("mizzen: {}", Clean::new(warning));
    }
    Ok(())
}

fn value(intent: &Intent, how: &str, warnings: &[String]) -> Value {
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
        "application": intent.application(),
        "subject": intent.subject,
        "says": intent.says,
        "stages": stages,
        "warnings": warnings,
    })
}

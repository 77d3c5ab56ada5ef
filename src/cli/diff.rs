//! `mizzen diff`: what delivering an application would change, against what is live.

use clap::Args;
use mizzen_engine::forecast::End;
use mizzen_engine::plan::{Action, Change, Plan, Reason, Verb};
use serde_json::{Value, json};

use super::connect::Connection;
use super::foresee::{Which, plan, stopped};
use super::output::{Form, Output, Table, yaml};
use super::say::{aside, say};
use super::stop::Stop;
use crate::console::effect::intent::is_bookkeeping;
use crate::console::term::clean::Clean;

/// What to compare.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    let subject = arguments.which.read(&hub).await?;
    let forecast = subject.forecast(&hub).await?;
    let (plan, found) = plan(&hub, &subject.app, &forecast).await?;
    if arguments.output.output == Form::Table {
        print(&plan)?;
    } else {
        let all: Vec<Value> = plan.actions.iter().map(value).collect();
        arguments.output.print(&Value::Array(all), Table::default)?;
    }
    for (cluster, why) in &found.unread {
        let (cluster, why) = (Clean::new(cluster), Clean::new(why));
        aside(format_args!("cluster {cluster} not compared: {why}"));
    }
    if let End::Stops { step, why } = forecast.end {
        return Err(stopped(&step, &why));
    }
    if !found.unread.is_empty() {
        return Err(Stop::Failed("not every cluster could be compared".to_owned()));
    }
    if plan.is_quiet() && plan.refusals().next().is_none() {
        return Ok(());
    }
    Err(Stop::Refused(summary(&plan)))
}

/// Every action that changes something, with what it changes.
pub(super) fn print(plan: &Plan) -> Result<(), Stop> {
    for action in plan.actions.iter().filter(|action| action.verb != Verb::Keep) {
        let head = format!("{} {} ({})", action.verb.word(), action.object, action.reason);
        say!("{}", Clean::new(&head));
        editors(&action.reason);
        let told = action.diff.changes.iter().filter(|change| !is_bookkeeping(change));
        for change in told {
            print_change(change)?;
        }
    }
    Ok(())
}

/// Who changed an object since it was delivered, when, and what of it.
fn editors(reason: &Reason) {
    let Reason::Drifted { by } = reason else { return };
    for editor in by {
        let at = if editor.time.is_empty() { "at an unknown time" } else { editor.time.as_str() };
        let text = format!("{} at {at}: {}", editor.manager, editor.fields.join(", "));
        say!("  by {}", Clean::new(&text));
    }
}

/// A field with its sides; an object that is new as a whole, line by line.
fn print_change(change: &Change) -> Result<(), Stop> {
    if change.path.is_empty() {
        for (mark, side) in [("-", &change.before), ("+", &change.after)] {
            let Some(value) = side.as_ref().filter(|value| !value.is_null()) else { continue };
            for line in Clean::lines(yaml(value)?.trim_end()) {
                say!("  {mark} {line}");
            }
        }
        return Ok(());
    }
    let shown = |value: &Option<Value>| match value {
        Some(value) => Clean::new(&value.to_string()).cut(120),
        None => "(none)".to_owned(),
    };
    say!("  {}", Clean::new(&change.path));
    say!("  - {}", shown(&change.before));
    say!("  + {}", shown(&change.after));
    Ok(())
}

fn summary(plan: &Plan) -> String {
    let counts = Verb::ALL.iter().map(|verb| (verb.word(), plan.count(*verb)));
    let told: Vec<String> =
        counts.filter(|(_, n)| *n > 0).map(|(word, n)| format!("{n} {word}")).collect();
    format!("different: {}", told.join(", "))
}

/// An action for programs.
pub(super) fn value(action: &Action) -> Value {
    let changes: Vec<Value> = action
        .diff
        .changes
        .iter()
        .map(|c| json!({"path": c.path, "before": c.before, "after": c.after}))
        .collect();
    json!({
        "verb": action.verb.word(),
        "cluster": action.object.cluster,
        "apiVersion": action.object.api_version,
        "kind": action.object.kind,
        "namespace": action.object.namespace,
        "name": action.object.name,
        "component": action.component,
        "reason": action.reason.to_string(),
        "changes": changes,
    })
}

//! `mizzen dry-run`: what delivering an application would write, step by step.

use clap::Args;
use mizzen_engine::forecast::End;
use serde_json::{Value, json};

use super::connect::Connection;
use super::foresee::{Which, stopped};
use super::output::{Form, Output, yaml};
use super::say::{self, say};
use super::stop::Stop;
use crate::console::term::clean::Clean;

/// What to show.
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
    let objects = forecast.steps.iter().flat_map(|step| {
        step.objects.iter().map(|(cluster, object)| (step.step.as_str(), cluster, object))
    });
    if arguments.output.output == Form::Table {
        for (step, cluster, object) in objects {
            say!("---\n# step {}, cluster {}", Clean::new(step), Clean::new(cluster));
            say::text(&yaml(object)?);
        }
    } else {
        let all: Vec<Value> = objects
            .map(|(step, cluster, object)| {
                json!({"step": step, "cluster": cluster, "object": object})
            })
            .collect();
        arguments.output.print(&Value::Array(all), Default::default)?;
    }
    match forecast.end {
        End::Stops { step, why } => Err(stopped(&step, &why)),
        End::Gate(_) | End::Finished => Ok(()),
    }
}

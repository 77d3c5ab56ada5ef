//! `mizzen up`: applications from files, or a version of one that is there.

use std::path::PathBuf;

use clap::Args;
use mizzen_engine::operate;
use mizzen_oam::annotations::PUBLISH_VERSION;
use serde_json::{Value, json};

use super::apply::apply;
use super::connect::{Connection, Hub};
use super::input;
use super::intent::{self, Act};
use super::output::{Output, Table};
use super::stop::Stop;

/// What to deliver.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The application to publish, where no file is given
    #[arg(required_unless_present = "file")]
    name: Option<String>,
    /// Files or folders of objects; `-` for standard input
    #[arg(short, long)]
    file: Vec<PathBuf>,
    /// Deliver under this version
    #[arg(long)]
    publish_version: Option<String>,
    /// Deliver this old revision again; needs a version
    #[arg(long, requires = "publish_version", conflicts_with = "file")]
    revision: Option<String>,
    /// Take fields over that someone else applied
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    if arguments.file.is_empty() {
        return publish(&hub, &arguments).await;
    }
    let mut table = Table::new(&["KIND", "NAME", "RESULT"]);
    let mut done = Vec::new();
    for path in &arguments.file {
        for mut object in input::objects(path)? {
            if let (Some(version), "Application") =
                (&arguments.publish_version, object["kind"].as_str().unwrap_or_default())
            {
                let annotations = &mut object["metadata"]["annotations"];
                if !annotations.is_object() {
                    *annotations = json!({});
                }
                annotations[PUBLISH_VERSION] = json!(version);
            }
            let (did, live) = apply(&hub.client, &hub.namespace, &object, arguments.force).await?;
            let name = full_name(&live);
            let kind = live["kind"].as_str().or(object["kind"].as_str()).unwrap_or_default();
            table.row([kind, &name, did.word()]);
            done.push(json!({"kind": kind, "name": name, "result": did.word()}));
        }
    }
    arguments.output.print(&Value::Array(done), || table)
}

fn full_name(object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

async fn publish(hub: &Hub, arguments: &Arguments) -> Result<(), Stop> {
    let name = arguments.name.as_deref().unwrap_or_default();
    let Some(version) = &arguments.publish_version else {
        return Err(Stop::Failed(
            "name a file with -f, or a version with --publish-version".into(),
        ));
    };
    let app = operate::application(&hub.client, &hub.namespace, name).await?;
    let intent = match &arguments.revision {
        Some(revision) => {
            let history = operate::history(&hub.client, &app).await?;
            operate::republish(&app, &history, revision, version)?
        }
        None => operate::publish(&app, version)?,
    };
    intent::carry_out(hub, &intent, &arguments.act, arguments.output).await
}

//! `mizzen up`: applications from files, or a version of one that is there.

use std::path::PathBuf;

use clap::Args;
use mizzen_engine::operate;
use mizzen_oam::annotations::PUBLISH_VERSION;
use serde_json::{Value, json};

use super::apply::{Did, apply};
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
    let objects = wanted(&arguments)?;
    let mut done = Vec::new();
    let mut stopped = Ok(());
    for (place, object) in &objects {
        match apply(&hub.client, &hub.namespace, object, arguments.force).await {
            Ok((did, live)) => done.push(Done::of(did, object, &live)),
            Err(stop) => {
                stopped = Err(stop.at(&format!("{place}: {}", titled(object))));
                break;
            }
        }
    }
    // What was applied before something was refused is told all the same.
    if !done.is_empty() {
        arguments.output.print(&done.iter().map(Done::value).collect(), || table(&done))?;
    }
    stopped
}

/// The objects of the files, with the version that was asked for.
fn wanted(arguments: &Arguments) -> Result<Vec<(String, Value)>, Stop> {
    let mut all = Vec::new();
    for path in &arguments.file {
        let place = path.display().to_string();
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
            all.push((place.clone(), object));
        }
    }
    if all.is_empty() {
        let names: Vec<String> = arguments.file.iter().map(|f| f.display().to_string()).collect();
        return Err(Stop::Failed(format!("{}: there are no objects to apply", names.join(", "))));
    }
    Ok(all)
}

/// What became of one object.
struct Done {
    kind: String,
    name: String,
    result: &'static str,
}

impl Done {
    fn of(did: Did, object: &Value, live: &Value) -> Self {
        let kind = live["kind"].as_str().or(object["kind"].as_str()).unwrap_or_default();
        Self { kind: kind.to_owned(), name: full_name(live), result: did.word() }
    }

    fn value(&self) -> Value {
        json!({"kind": self.kind, "name": self.name, "result": self.result})
    }
}

fn table(done: &[Done]) -> Table {
    let mut table = Table::new(&["KIND", "NAME", "RESULT"]);
    for one in done {
        table.row([one.kind.as_str(), one.name.as_str(), one.result]);
    }
    table
}

fn titled(object: &Value) -> String {
    format!("{} {}", object["kind"].as_str().unwrap_or_default(), full_name(object))
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

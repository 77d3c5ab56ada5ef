//! `mizzen status`: what is delivered, how far, and how it is.

use clap::Args;
use kube::Api;
use kube::api::{DynamicObject, ListParams};
use kube::core::{ApiResource, GroupVersionKind};
use mizzen_engine::operate;
use mizzen_engine::plan::Reason;
use mizzen_oam::Application;
use mizzen_oam::annotations::PUBLISH_VERSION;
use serde_json::{Value, json};

use super::connect::{Connection, Hub};
use super::output::{Form, Output, Table};
use super::say::{self, aside, say};
use super::stop::Stop;
use crate::console::effect::drift::change::change;
use crate::console::effect::live::Live;
use crate::console::effect::resources;
use crate::console::model::AppKey;
use crate::console::term::clean::Clean;

/// What to show.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The application; without it, all of the namespace
    name: Option<String>,
    /// All namespaces
    #[arg(short = 'A', long, conflicts_with = "name")]
    all_namespaces: bool,
    /// Show what was delivered across clusters, down to containers
    #[arg(long, requires = "name")]
    tree: bool,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    match &arguments.name {
        None => list(&hub, &arguments).await,
        Some(name) if arguments.tree => tree(&hub, name, arguments.output).await,
        Some(name) => {
            let app = operate::application(&hub.client, &hub.namespace, name).await?;
            one(&app, arguments.output)?;
            if arguments.output.output == Form::Table {
                drift(&hub, &app).await;
            }
            Ok(())
        }
    }
}

/// The resources across clusters, as the console shows them.
async fn tree(hub: &Hub, name: &str, output: Output) -> Result<(), Stop> {
    let world = Live::new(&hub.name, &hub.user, hub.client.clone());
    let key = AppKey { namespace: hub.namespace.clone(), name: name.to_owned() };
    let nodes = resources::once(&world, &key).await.map_err(Stop::Failed)?;
    let rows = nodes.iter().map(|node| {
        json!({"depth": node.depth, "cluster": node.cluster, "kind": node.kind.as_str(),
            "namespace": node.namespace, "name": node.name.as_str(),
            "state": node.state.word(), "text": node.text.as_str()})
    });
    output.print(&rows.collect(), || {
        let mut table = Table::new(&["RESOURCE", "STATE", "WHAT"]);
        for node in &nodes {
            let kind = if node.kind.is_empty() { "" } else { " " };
            let indent = "  ".repeat(node.depth);
            let resource = format!("{indent}{}{kind}{}", node.kind, node.name);
            table.row([resource.as_str(), node.state.word(), node.text.as_str()]);
        }
        table
    })
}

async fn list(hub: &Hub, arguments: &Arguments) -> Result<(), Stop> {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "Application");
    let kind = ApiResource::from_gvk(&gvk);
    let api: Api<DynamicObject> = if arguments.all_namespaces {
        Api::all_with(hub.client.clone(), &kind)
    } else {
        Api::namespaced_with(hub.client.clone(), &hub.namespace, &kind)
    };
    let mut table = Table::new(&["NAMESPACE", "NAME", "PHASE", "HEALTHY", "REVISION", "WAITS FOR"]);
    let mut rows = Vec::new();
    for item in api.list(&ListParams::default()).await?.items {
        let value = serde_json::to_value(item).map_err(|why| Stop::failed("reading", why))?;
        let app: Application =
            serde_json::from_value(value).map_err(|why| Stop::failed("reading", why))?;
        let (phase, revision) = (app.status.phase.clone(), revision(&app));
        let gates: Vec<String> = operate::gates(&app).into_iter().map(|gate| gate.name).collect();
        let healthy = health(&app);
        table.row(
            [
                &app.metadata.namespace,
                &app.metadata.name,
                &phase,
                &healthy,
                &revision,
                &gates.join(","),
            ]
            .map(String::as_str),
        );
        rows.push(json!({"namespace": app.metadata.namespace, "name": app.metadata.name,
            "phase": phase, "healthy": healthy, "revision": revision, "gates": gates}));
    }
    arguments.output.print(&Value::Array(rows), || table)
}

fn revision(app: &Application) -> String {
    app.status.latest_revision.as_ref().map(|latest| latest.name.clone()).unwrap_or_default()
}

/// How many of the places are healthy.
fn health(app: &Application) -> String {
    let services = &app.status.services;
    let healthy = services.iter().filter(|service| service.healthy).count();
    if services.is_empty() { String::new() } else { format!("{healthy}/{}", services.len()) }
}

fn one(app: &Application, output: Output) -> Result<(), Stop> {
    if output.output != Form::Table {
        return output.print(&json!(app), Table::default);
    }
    about(app);
    steps(app);
    services(app);
    Ok(())
}

fn about(app: &Application) {
    let line = |key: &str, value: &str| {
        if !value.is_empty() {
            say!("{key:<10} {}", Clean::sentence(value));
        }
    };
    line("Name", &format!("{}/{}", app.metadata.namespace, app.metadata.name));
    line("Phase", &app.status.phase);
    line("Revision", &revision(app));
    line("Version", app.metadata.annotation(PUBLISH_VERSION));
    line("Created", &app.metadata.creation_timestamp.to_string());
    for condition in app.status.conditions.iter().filter(|condition| condition.status != "True") {
        line(&condition.condition_type, &format!("{}: {}", condition.reason, condition.message));
    }
}

fn steps(app: &Application) {
    let Some(run) = &app.status.workflow else { return };
    let word = if run.phase.is_empty() { "starting" } else { &run.phase };
    say!("\nWorkflow {} ({})", Clean::new(word), Clean::new(&run.mode));
    let mut table = Table::new(&["STEP", "TYPE", "PHASE", "REASON", "MESSAGE"]);
    for top in &run.steps {
        let subs = top.sub_steps.iter().map(|sub| ("  ", sub));
        for (indent, step) in std::iter::once(("", &top.step)).chain(subs) {
            let name = format!("{indent}{}", step.name);
            table.row([name.as_str(), &step.step_type, &step.phase, &step.reason, &step.message]);
        }
    }
    say::text(&table.text());
}

fn services(app: &Application) {
    if app.status.services.is_empty() {
        return;
    }
    say!("");
    let mut table = Table::new(&["COMPONENT", "CLUSTER", "NAMESPACE", "HEALTHY", "MESSAGE"]);
    for service in &app.status.services {
        let cluster =
            if service.cluster.is_empty() { mizzen_oam::LOCAL_CLUSTER } else { &service.cluster };
        let healthy = if service.healthy { "yes" } else { "no" };
        table.row([&service.name, cluster, &service.namespace, healthy, &service.message]);
    }
    say::text(&table.text());
}

/// What is not as it was delivered, and who made it so. Whoever may not look still sees the rest.
async fn drift(hub: &Hub, app: &Application) {
    let (plan, unread) = match operate::drift(&hub.client, app).await {
        Ok(found) => found,
        Err(error) => {
            return aside(format_args!("drift is not known: {}", said(&error.to_string())));
        }
    };
    for (cluster, why) in &unread {
        aside(format_args!("drift in {} is not known: {}", said(cluster), said(why)));
    }
    let mut table = Table::new(&["DRIFTED", "CLUSTER", "WHAT", "BY", "SINCE"]);
    for action in plan.actions.iter().filter(|action| action.request.is_some()) {
        let object = format!("{} {}", action.object.kind, action.object.path());
        let cluster = action.object.cluster.as_str();
        match change(action) {
            Some(found) => {
                let since = found.since.map(|since| since.to_string()).unwrap_or_default();
                table.row([object.as_str(), cluster, &found.fields, &found.who, &since]);
            }
            None if action.reason == Reason::Vanished => {
                table.row([object.as_str(), cluster, "deleted", "", ""]);
            }
            // It is on its way.
            None => {}
        }
    }
    if !table.is_empty() {
        say!("");
        say::text(&table.text());
    }
}

fn said(text: &str) -> Clean {
    Clean::sentence(text)
}

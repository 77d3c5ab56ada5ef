//! A forecast of one application with its plan against what is live, for `dry-run` and `diff`.

use clap::Args;
use mizzen_engine::forecast::{self, Forecast};
use mizzen_engine::operate;
use mizzen_engine::plan::{ObjectId, Plan, Rules};
use mizzen_engine::workflow::Run;
use mizzen_oam::Application;

use super::bootstrap::builtin;
use super::connect::Hub;
use super::input;
use super::objects::{self, Found};
use super::stop::Stop;
use crate::premises::{self, Ground};

/// Which application.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The application on the hub, where no file is given
    #[arg(required_unless_present = "file")]
    name: Option<String>,
    /// A file with the application, and with definitions that it uses; `-` for standard input
    #[arg(short, long)]
    file: Option<std::path::PathBuf>,
}

/// The application as it was named.
pub(super) struct Subject {
    pub(super) app: Application,
    /// Further objects of the file.
    others: Vec<serde_json::Value>,
}

impl Which {
    /// Reads the application from the file or the hub.
    pub(super) async fn read(&self, hub: &Hub) -> Result<Subject, Stop> {
        let Some(path) = &self.file else {
            let name = self.name.as_deref().unwrap_or_default();
            let app = operate::application(&hub.client, &hub.namespace, name).await?;
            return Ok(Subject { app, others: Vec::new() });
        };
        let mut apps = Vec::new();
        let mut others = Vec::new();
        for object in input::objects(path)? {
            let list = if object["kind"] == "Application" { &mut apps } else { &mut others };
            list.push(object);
        }
        let place = path.display().to_string();
        if apps.len() != 1 {
            let why = format!("{place}: holds {} applications, and one is looked at", apps.len());
            return Err(Stop::Failed(why));
        }
        let mut app: Application =
            serde_json::from_value(apps.remove(0)).map_err(|why| Stop::failed(&place, why))?;
        if app.metadata.namespace.is_empty() {
            app.metadata.namespace.clone_from(&hub.namespace);
        }
        Ok(Subject { app, others })
    }
}

impl Subject {
    /// What delivering it from the beginning would write, gates passed.
    pub(super) async fn forecast(&self, hub: &Hub) -> Result<Forecast, Stop> {
        let app = &self.app;
        let client = &hub.client;
        let mut definitions = premises::definitions(client, &builtin()?, &app.metadata.namespace)
            .await
            .map_err(Stop::Failed)?;
        for object in self.others.iter().filter(|o| definition(o)) {
            let read = mizzen_engine::render::Definition::from_object(object);
            definitions.insert(read.map_err(|why| Stop::failed("definition", why))?);
        }
        let ground = Ground::read(client, definitions, app).await.map_err(Stop::Failed)?;
        ground.walk(app, Run::default(), true).map_err(Stop::Failed)
    }
}

/// The end of a forecast that stops, with what a person can do about it.
pub(super) fn stopped(step: &str, why: &str) -> Stop {
    let next = if why.contains("Parameter errors:") {
        "correct the properties of the component in the application"
    } else if why.contains("evaluation stopped:") {
        "its definition asks for more than an evaluation may take; make it smaller"
    } else if why.contains("Template errors:") || why.contains("failed to compile") {
        "mend the definition, and try it again by a dry run"
    } else {
        return Stop::Failed(format!("step {step}: {why}"));
    };
    Stop::Failed(format!("step {step}: {why}\nnext: {next}"))
}

fn definition(object: &serde_json::Value) -> bool {
    object["kind"].as_str().is_some_and(|kind| kind.ends_with("Definition"))
}

/// The plan of a forecast against what is live, and the clusters that could not be read.
pub(super) async fn plan(
    hub: &Hub,
    app: &Application,
    forecast: &Forecast,
) -> Result<(Plan, Found), Stop> {
    let rules = Rules::of(app).map_err(|why| Stop::failed(&app.metadata.name, why))?;
    let objects = forecast.steps.iter().flat_map(|step| &step.objects);
    let ids: Vec<ObjectId> = objects.map(|(cluster, o)| ObjectId::of(o, cluster)).collect();
    let found = objects::read(hub, &ids).await;
    let strict = operate::rules(app).map_err(|why| Stop::failed(&app.metadata.name, why))?;
    let live = |id: &ObjectId| found.live.get(&id.key()).cloned();
    let mut plan = forecast::comparison(forecast, &rules, &strict, live);
    plan.actions.retain(|action| !found.unread.contains_key(&action.object.cluster));
    Ok((plan, found))
}

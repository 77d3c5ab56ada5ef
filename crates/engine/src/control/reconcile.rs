//! One look at one application: from its spec to its status, everything in between.
//!
//! Source of the order: `Reconcile` in `application_controller.go` of kubevela.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use mizzen_oam::status::ClusterObjectReference;
use mizzen_oam::{Application, Time, annotations, labels};
use serde_json::{Value, json};

use super::Controller;
use super::context::Store;
use super::deliver::reference;
use super::keep::Keeper;
use super::owner::Owner;
use super::status::{self, well, wrong};
use super::work::Work;
use crate::apply::{Delivery, Writer};
use crate::error::Error;
use crate::fleet::Fleet;
use crate::health::service::all_healthy;
use crate::operate::Subject;
use crate::plan::{ObjectId, Rules};
use crate::render::{Appfile, Definitions};
use crate::track::garbage::{Collector, Progress};
use crate::track::{Trackers, revision};
use crate::workflow::pass::STUCK;
use crate::workflow::{Done, Run, RunPhase, Spec};

/// How soon deletion is looked at again.
const WHILE_DELETING: Duration = Duration::from_secs(3);
/// How soon an application that is not well is looked at again, should no watch tell.
const WHILE_UNHEALTHY: Duration = Duration::from_secs(15);
/// How soon drift that could not be repaired is tried again, should no watch tell.
const WHILE_UNREPAIRED: Duration = Duration::from_secs(300);

/// When to look again; `None` when only an event calls for it.
pub(super) type Again = Option<Duration>;

/// One look under way.
pub(super) struct Look<'a> {
    pub(super) controller: &'a Controller,
    /// Reads and writes the application's objects, in whose name it says.
    pub(super) fleet: Fleet,
    pub(super) writer: Writer,
    pub(super) app: Application,
    /// The application as it was read.
    pub(super) object: Value,
    /// Its status as it is stored.
    pub(super) stored: Value,
    pub(super) rules: Rules,
    pub(super) now: Timestamp,
}

/// A step of the look that went wrong: which condition says so, and the phase.
pub(super) struct Wrong {
    pub(super) condition: &'static str,
    pub(super) phase: &'static str,
    pub(super) event: &'static str,
    pub(super) error: Error,
}

impl Controller {
    /// Looks at an application once.
    ///
    /// # Errors
    /// When something could not be read or written; its status says so too, where it can.
    pub(super) async fn reconcile(&self, namespace: &str, name: &str) -> Result<Again, Error> {
        let id = ObjectId::on_hub(Application::API_VERSION, Application::KIND, namespace, name);
        let Some(object) = self.fleet.get(&id).await? else { return Ok(None) };
        let mut app: Application =
            serde_json::from_value(object.clone()).map_err(|error| Error::Unreadable {
                what: format!("Application {namespace}/{name}"),
                why: error.to_string(),
            })?;
        if app.metadata.label(labels::PAUSE) == "true" {
            return Ok(None);
        }
        let required = app.metadata.annotation(annotations::CONTROLLER_REQUIREMENT);
        if !required.is_empty() && required != self.options.version {
            return Ok(None);
        }
        let versions = &mut app.metadata.annotations;
        versions
            .entry(annotations::CONTROLLER_VERSION.to_owned())
            .or_insert_with(|| self.options.version.clone());
        let rules = Rules::of(&app)?;
        let fleet = match user(&app) {
            Some(user) => self.fleet.as_user(&user),
            None => self.fleet.clone(),
        };
        let mut look = Look {
            controller: self,
            writer: Writer::new(fleet.clone()),
            fleet,
            app,
            stored: status::without_nulls(object["status"].clone()),
            object,
            rules,
            now: self.now(),
        };
        if look.app.metadata.is_terminating() {
            return look.delete().await;
        }
        look.schedule().await?;
        if !look.app.metadata.has_finalizer(annotations::FINALIZER_APPLICATION) {
            look.add_finalizer().await?;
            return Ok(Some(Duration::ZERO));
        }
        look.deliver().await
    }
}

/// Whose rights an application's objects are read and written with: its service account's.
fn user(app: &Application) -> Option<String> {
    let account = app.metadata.annotation(annotations::SERVICE_ACCOUNT);
    let namespace = &app.metadata.namespace;
    (!account.is_empty()).then(|| format!("system:serviceaccount:{namespace}:{account}"))
}

impl Look<'_> {
    async fn add_finalizer(&self) -> Result<(), Error> {
        let mut object = self.object.clone();
        let mut finalizers = self.app.metadata.finalizers.clone();
        finalizers.push(annotations::FINALIZER_APPLICATION.to_owned());
        object["metadata"]["finalizers"] = json!(finalizers);
        object["metadata"]["annotations"] = json!(self.app.metadata.annotations);
        let id = self.app.id();
        self.controller.writer.replace(&id, "", &object, false).await.map(drop)
    }

    pub(super) async fn write_status(&mut self) -> Result<(), Error> {
        let writer = &self.controller.writer;
        status::write(writer, &mut self.app, &mut self.object, &mut self.stored).await
    }

    /// Writes the whole status at once.
    pub(super) async fn put_status(&mut self) -> Result<(), Error> {
        let writer = &self.controller.writer;
        status::put(writer, &self.app, &mut self.object, &mut self.stored).await
    }

    pub(super) async fn say(&self, kind: &str, reason: &str, message: &str) {
        let recorder = &self.controller.recorder;
        let writer = &self.controller.writer;
        let owner = Owner::application(&self.app);
        recorder.record(writer, owner, (kind, reason), message, self.now).await;
    }

    pub(super) fn time(&self) -> Time {
        Time::at(self.now)
    }

    fn collector(&self) -> Collector<'_> {
        Collector { fleet: &self.fleet, writer: &self.writer, rules: &self.rules }
    }

    /// Everything goes, then the finalizer.
    async fn delete(mut self) -> Result<Again, Error> {
        if !self.app.metadata.has_finalizer(annotations::FINALIZER_APPLICATION) {
            return Ok(None);
        }
        let mut trackers = Trackers::load(&self.controller.fleet, &self.app).await?;
        if trackers.is_empty() {
            self.collector().revisions(&self.app, 0).await?;
            let ours = [annotations::FINALIZER_APPLICATION, annotations::FINALIZER_ORPHAN];
            let left: Vec<&String> = self
                .app
                .metadata
                .finalizers
                .iter()
                .filter(|f| !ours.contains(&f.as_str()))
                .collect();
            let patch = json!({"metadata": {"finalizers": left,
                "resourceVersion": self.app.metadata.resource_version}});
            let id = self.app.id();
            let writer = &self.controller.writer;
            writer.patch(&id, "", crate::apply::Patch::Merge, &patch, false).await?;
            return Ok(None);
        }
        let progress = self.collector().collect(&self.app, &mut trackers, true).await;
        let message = match progress {
            Ok(Progress::Done) => return Ok(Some(Duration::ZERO)),
            Ok(Progress::Waiting(first, count)) => waiting(&first, count),
            Err(error) => format!("error encountered during garbage collection: {}", error.told()),
        };
        self.deleting(message);
        "deleting".clone_into(&mut self.app.status.phase);
        self.write_status().await?;
        Ok(Some(WHILE_DELETING))
    }

    fn deleting(&mut self, message: String) {
        let condition = mizzen_oam::Condition::deleting("Ready", message, self.time());
        mizzen_oam::condition::set_condition(&mut self.app.status.conditions, condition);
    }

    async fn deliver(mut self) -> Result<Again, Error> {
        match self.steps().await {
            Ok(again) => Ok(again),
            Err(Wrong { condition, phase, event, error }) => {
                let message = error.told();
                wrong(&mut self.app.status, condition, &message, Time::at(self.now));
                phase.clone_into(&mut self.app.status.phase);
                self.write_status().await?;
                self.say("Warning", event, &message).await;
                Err(error)
            }
        }
    }

    async fn steps(&mut self) -> Result<Again, Wrong> {
        let starting =
            |error| Wrong { condition: "Synced", phase: "starting", event: "FailedParse", error };
        let mut trackers =
            Trackers::load(&self.controller.fleet, &self.app).await.map_err(starting)?;
        let (appfile, definitions) = self.revision(&mut trackers).await?;
        let now = self.time();
        let by_policies = self.dispatch_policies(&appfile, &definitions, &mut trackers).await?;
        well(&mut self.app.status, "Policy", now);
        let begins = self.begins(&appfile).await.map_err(starting)?;
        let workflow = |error| Wrong {
            condition: "Workflow",
            phase: "workflowFailed",
            event: "FailedWorkflow",
            error,
        };
        let spec = Spec::of(&appfile).map_err(|why| workflow(Error::Invalid(why)))?;
        well(&mut self.app.status, "Render", now);
        for (reason, message) in [
            ("Parsed", "Parsed successfully"),
            ("Revisioned", "Revisioned successfully"),
            ("PolicyGenerated", "Policy generated successfully"),
            ("Rendered", "Rendered successfully"),
        ] {
            if begins {
                self.say("Normal", reason, message).await;
            }
        }
        let running = |error| Wrong {
            condition: "Workflow",
            phase: "runningWorkflow",
            event: "FailedWorkflow",
            error,
        };
        self.merge(Vec::new(), by_policies);
        let (done, trackers) =
            self.run(&appfile, &definitions, &spec, trackers, begins).await.map_err(running)?;
        self.conclude(done, trackers, &appfile).await.map_err(running)
    }

    /// Objects of policies go out before the workflow.
    async fn dispatch_policies(
        &self,
        appfile: &Appfile,
        definitions: &Definitions,
        trackers: &mut Trackers,
    ) -> Result<Vec<ClusterObjectReference>, Wrong> {
        let failed = |error| Wrong {
            condition: "Policy",
            phase: "generatingPolicy",
            event: "FailedApply",
            error,
        };
        let mut manifests = Vec::new();
        for policy in &appfile.policies {
            let rendered =
                crate::render::render_policy(definitions, appfile, policy, &Default::default());
            if let Some(rendered) = rendered.map_err(|error| failed(error.into()))? {
                manifests.extend(
                    rendered
                        .manifests
                        .into_iter()
                        .map(|manifest| (manifest.cluster, manifest.object)),
                );
            }
        }
        if manifests.is_empty() {
            return Ok(Vec::new());
        }
        for (_, object) in &mut manifests {
            object["metadata"]["labels"][labels::CLUSTER] = json!("");
        }
        let delivered = self.delivery().dispatch(trackers, manifests).await.map_err(failed)?;
        Ok(delivered.iter().map(|(_, object)| reference(object, "policy")).collect())
    }

    fn delivery(&self) -> Delivery<'_> {
        Delivery { fleet: &self.fleet, writer: &self.writer, rules: &self.rules, now: self.now }
    }

    /// One visit of the workflow.
    async fn run(
        &mut self,
        appfile: &Appfile,
        definitions: &Definitions,
        spec: &Spec,
        trackers: Trackers,
        begins: bool,
    ) -> Result<(Done, Trackers), Error> {
        let controller = self.controller;
        let (fleet, writer) = (&controller.fleet, &controller.writer);
        let owner = Owner::application(&self.app);
        let mut status = self.app.status.workflow.clone().unwrap_or_default();
        let backend = status.context_backend.as_ref();
        let mut store = Store::open(fleet, writer, owner, backend, begins, self.now).await?;
        status.context_backend = Some(store.named_as(&self.stored["workflow"]["contextBackend"]));
        let memory = controller.memory(&self.app.metadata.uid, begins);
        let clusters = fleet.clusters().await?;
        let known = appfile.components.iter().map(|c| (c.name.clone(), c.clone())).collect();
        let mut work = Work {
            fleet: &self.fleet,
            writer: &self.writer,
            app: &self.app,
            appfile,
            definitions: Cow::Borrowed(definitions),
            rules: &self.rules,
            clusters: &clusters,
            version: controller.version(),
            now: self.now,
            trackers,
            services: Vec::new(),
            resources: Vec::new(),
            policies: self.app.status.policy.clone(),
            delivered: known,
            patch: None,
            lately: &controller.lately,
            put_off: false,
            web: controller.web.as_ref(),
        };
        let run = Run { status, context: store.context.clone(), memory };
        let was_over = run.status.finished;
        let mut done = work.visit(spec, run).await;
        if work.put_off {
            done.again_after = Some(done.again_after.map_or(1, |seconds| seconds.min(1)));
        }
        if was_over && done.phase == RunPhase::Succeeded {
            work.assess(spec).await;
        }
        let (services, resources, trackers) = (work.services, work.resources, work.trackers);
        let policies = work.policies;
        store.commit(writer, done.run.context.clone()).await?;
        controller.remember(&self.app.metadata.uid, done.run.memory.clone());
        self.app.status.policy = policies;
        self.merge(services, resources);
        Ok((done, trackers))
    }

    /// Entries of this visit win over those before; components that are gone go.
    fn merge(
        &mut self,
        services: Vec<mizzen_oam::status::ServiceStatus>,
        resources: Vec<ClusterObjectReference>,
    ) {
        let components = &self.app.spec.components;
        let mut merged = services;
        for before in &self.app.status.services {
            let same = |s: &mizzen_oam::status::ServiceStatus| {
                (&s.name, &s.namespace, &s.cluster)
                    == (&before.name, &before.namespace, &before.cluster)
            };
            let wanted = components.iter().any(|component| component.name == before.name);
            if wanted && !merged.iter().any(same) {
                merged.push(before.clone());
            }
        }
        self.app.status.services = merged;
        let known = &mut self.app.status.applied_resources;
        for resource in resources {
            if !known.contains(&resource) {
                known.push(resource);
            }
        }
    }

    /// What the visit means for the application.
    async fn conclude(
        &mut self,
        done: Done,
        mut trackers: Trackers,
        appfile: &Appfile,
    ) -> Result<Again, Error> {
        let was_over = self.app.status.workflow.as_ref().is_some_and(|run| run.finished);
        let phase = done.phase;
        let mut run = done.run;
        if was_over && let Some(before) = &self.app.status.workflow {
            run.status.end_time = before.end_time;
        }
        self.app.status.workflow = Some(run.status.clone());
        phase.application_word().clone_into(&mut self.app.status.phase);
        if phase.is_over() && !was_over {
            let finished = self.finish(phase, &run, appfile).await;
            finished.inspect_err(|_| status::unfinished(&mut self.app.status))?;
        }
        self.controller.watch(&trackers);
        if matches!(phase, RunPhase::Succeeded | RunPhase::Suspending) {
            status::complete(&mut self.app.status, &trackers);
        }
        let mut again =
            done.again_after.map(|seconds| Duration::from_secs(seconds.max(0).unsigned_abs()));
        match phase {
            RunPhase::Succeeded => again = self.settle(&mut trackers, was_over).await?,
            RunPhase::Suspending if run.status.message == STUCK => {}
            RunPhase::Suspending if again.is_none() => again = self.keep(&trackers).await,
            RunPhase::Failed if self.rules.garbage_collect.continue_on_failure => {
                self.collector().collect(&self.app, &mut trackers, true).await?;
            }
            _ => drop(self.collector().collect(&self.app, &mut trackers, false).await?),
        }
        self.write_status().await?;
        Ok(again.or_else(|| self.interval()))
    }

    /// A run that ended is written into its revision.
    async fn finish(&mut self, phase: RunPhase, run: &Run, appfile: &Appfile) -> Result<(), Error> {
        let now = self.time();
        if phase == RunPhase::Succeeded {
            well(&mut self.app.status, "Workflow", now);
        }
        let id = revision::id(&self.app.metadata.namespace, &appfile.revision.name);
        let status = json!({"status": {
            "succeeded": phase == RunPhase::Succeeded,
            "workflow": status::without_nulls(json!(run.status)),
            "workflowContext": super::context::data(&run.context),
        }});
        let merge = crate::apply::Patch::Merge;
        self.controller.writer.patch(&id, "status", merge, &status, false).await?;
        if phase == RunPhase::Succeeded {
            self.say("Normal", "Applied", "Workflow finished").await;
        }
        Ok(())
    }

    /// A run that went well: health, the delivered state, garbage.
    async fn settle(&mut self, trackers: &mut Trackers, was_over: bool) -> Result<Again, Error> {
        let now = self.time();
        let healthy = all_healthy(&self.app.status.services);
        // Entries of runs before are gone once a run went well.
        self.app
            .status
            .applied_resources
            .retain(|known| trackers.keeps(&ObjectId::referred(known)));
        if !healthy {
            "unhealthy".clone_into(&mut self.app.status.phase);
        }
        status::well_again(&mut self.app.status, "Workflow", now);
        let again = if was_over { self.keep(trackers).await } else { None };
        let progress = self.collector().collect(&self.app, trackers, true).await?;
        self.collector().revisions(&self.app, self.controller.options.revision_limit).await?;
        match progress {
            Progress::Waiting(first, count) => {
                self.deleting(waiting(&first, count));
                return Ok(Some(WHILE_DELETING));
            }
            Progress::Done => well(&mut self.app.status, "Ready", now),
        }
        status::mended(&mut self.app.status, "Synced");
        if !was_over {
            self.say("Normal", "Deployed", "Deployed successfully").await;
        }
        Ok((!healthy).then_some(WHILE_UNHEALTHY).or(again))
    }

    /// Repairs drift; what cannot be repaired is said and tried again, and does not fail the look.
    async fn keep(&mut self, trackers: &Trackers) -> Again {
        match Keeper(self.delivery()).keep(&self.app, trackers).await {
            Ok(repaired) => {
                for sentence in repaired {
                    self.say("Normal", "DriftRepaired", &sentence).await;
                }
                status::mended(&mut self.app.status, "StateKeep");
                None
            }
            Err(error) => {
                let message = error.told();
                self.say("Warning", "FailedStateKeep", &message).await;
                let condition =
                    mizzen_oam::Condition::error("StateKeep", message, Time::at(self.now));
                mizzen_oam::condition::set_condition(&mut self.app.status.conditions, condition);
                Some(WHILE_UNREPAIRED)
            }
        }
    }

    /// The interval that the application asks for, or the controller's; sooner for a run that is
    /// scheduled.
    fn interval(&self) -> Again {
        let text = self.app.metadata.annotation(annotations::RECONCILE_INTERVAL);
        let asked = crate::workflow::backoff::go_duration(text).filter(|seconds| *seconds >= 10.0);
        let interval = asked.map(Duration::from_secs_f64).or(self.controller.options.resync);
        interval.into_iter().chain(self.scheduled_in()).min()
    }
}

fn waiting(first: &str, count: usize) -> String {
    format!("Waiting for {first} to delete. (At least {count} resources are deleting.)")
}

//! One application as the lists show it, read from its status.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mizzen_oam::status::{StepStatus, WorkflowStatus};
use mizzen_oam::{Application, annotations};
use serde::{Deserialize, Serialize};

use super::state::State;
use crate::clean;
use crate::console::term::clean::Clean;

/// Namespace and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AppKey {
    /// Namespace on the hub.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl std::fmt::Display for AppKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A component in one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Cluster; the hub is `local`.
    pub cluster: String,
    /// Component.
    pub name: Clean,
    /// Whether it is well.
    pub healthy: bool,
    /// What its definition says of it.
    pub message: Clean,
}

/// A step of the workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Name.
    pub name: Clean,
    /// Id in this run.
    pub id: String,
    /// Type.
    pub step_type: Clean,
    /// Phase as the status writes it.
    pub phase: String,
    /// Why.
    pub reason: Clean,
    /// What it says.
    pub message: Clean,
    /// First and last visit.
    pub times: (Option<Timestamp>, Option<Timestamp>),
    /// How deep: 0, or 1 inside a group.
    pub depth: usize,
}

impl Step {
    /// The state and the word of its phase.
    #[must_use]
    pub fn told(&self) -> (State, &'static str) {
        match (self.phase.as_str(), self.reason.as_str()) {
            ("succeeded", _) => (State::Healthy, "done"),
            ("running", _) => (State::Progressing, "running"),
            ("suspending", "Suspend") => (State::Waiting, "waiting"),
            ("suspending", _) => (State::Held, "held"),
            ("failed", _) => (State::Degraded, "failed"),
            ("skipped", _) => (State::Unknown, "skipped"),
            ("pending", _) => (State::Unknown, "pending"),
            ("ahead", _) => (State::Unknown, "ahead"),
            _ => (State::Unknown, "unknown"),
        }
    }
}

/// An application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Which one.
    pub key: AppKey,
    /// Object uid.
    pub uid: String,
    /// Version of what is shown.
    pub resource_version: String,
    /// Its most urgent state.
    pub state: State,
    /// Phase as the status writes it.
    pub phase: Clean,
    /// Why it is in that state, in one line.
    pub why: Clean,
    /// Since when, for the order of the inbox.
    pub since: Option<Timestamp>,
    /// Revision that runs.
    pub revision: Clean,
    /// Components by cluster.
    pub services: Vec<Service>,
    /// The workflow so far.
    pub steps: Vec<Step>,
    /// Clusters that its policies name.
    pub targets: Vec<String>,
    /// Whether its policies choose clusters by label.
    pub chooses: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// In whose name it is delivered.
    pub owner: String,
    /// Whether the run is held.
    pub suspended: bool,
    /// Whether the run is over.
    pub finished: bool,
}

impl App {
    /// What an Application object says.
    #[must_use]
    pub fn of(object: &Application) -> Self {
        let status = &object.status;
        let mut app = Self {
            key: AppKey {
                namespace: object.metadata.namespace.clone(),
                name: object.metadata.name.clone(),
            },
            uid: object.metadata.uid.clone(),
            resource_version: object.metadata.resource_version.clone(),
            phase: Clean::new(&status.phase),
            revision: Clean::new(
                status.latest_revision.as_ref().map_or("", |revision| &revision.name),
            ),
            labels: object.metadata.labels.clone().into_iter().collect(),
            owner: object.metadata.annotation(annotations::USERNAME).to_owned(),
            ..Self::default()
        };
        app.services = status
            .services
            .iter()
            .map(|service| Service {
                cluster: match service.cluster.as_str() {
                    "" => mizzen_oam::LOCAL_CLUSTER.to_owned(),
                    name => name.to_owned(),
                },
                name: Clean::new(&service.name),
                healthy: service.healthy,
                message: Clean::sentence(&service.message),
            })
            .collect();
        if let Some(workflow) = &status.workflow {
            app.steps = steps(workflow);
            app.suspended = workflow.suspend;
            app.finished = workflow.finished;
        }
        app.place(object);
        app.steps.extend(ahead(object, &app.steps));
        app.judge(object);
        app
    }

    /// The step that waits for a person, if any.
    #[must_use]
    pub fn gate(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.phase == "suspending")
    }

    /// All of them.
    pub fn gates(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.phase == "suspending" && step.step_type.as_str() != "step-group")
    }

    /// The clusters it runs in or is sent to.
    #[must_use]
    pub fn clusters(&self) -> Vec<String> {
        let mut clusters: Vec<String> = self.places().map(str::to_owned).collect();
        clusters.sort();
        clusters.dedup();
        clusters
    }

    /// Whether it runs in a cluster or is sent there.
    #[must_use]
    pub fn is_in(&self, cluster: &str) -> bool {
        self.places().any(|place| place == cluster)
    }

    /// The clusters of its services and those it is sent to; one may come more than once.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let services = self.services.iter().map(|service| &service.cluster);
        services.chain(&self.targets).map(String::as_str)
    }

    fn place(&mut self, object: &Application) {
        let topologies = object.spec.policies.iter().filter(|p| p.policy_type == "topology");
        for properties in topologies.filter_map(|policy| policy.properties.as_ref()) {
            let named = properties["clusters"].as_array().into_iter().flatten();
            self.targets.extend(named.filter_map(|name| name.as_str().map(str::to_owned)));
            self.chooses |= !properties["clusterLabelSelector"].is_null()
                || !properties["clusterSelector"].is_null();
        }
    }

    fn judge(&mut self, object: &Application) {
        let failed = object.status.conditions.iter().find(|c| c.status == "False");
        let created = object.metadata.creation_timestamp.0;
        let sick = self.services.iter().find(|service| !service.healthy);
        (self.state, self.why, self.since) = match object.status.phase.as_str() {
            "workflowSuspending" => self.waiting(),
            "workflowFailed" | "workflowTerminated" | "unhealthy" => {
                let why = failed.map(|c| Clean::sentence(&c.message)).or_else(|| self.trouble());
                (State::Degraded, why.unwrap_or_else(|| self.phase.clone()), self.last_visit())
            }
            _ if failed.is_some() => {
                let message = failed.map(|c| Clean::sentence(&c.message)).unwrap_or_default();
                (State::Degraded, message, failed.and_then(|c| c.last_transition_time.0))
            }
            "running" if sick.is_none() => (State::Healthy, Clean::default(), created),
            "running" => (State::Degraded, self.trouble().unwrap_or_default(), self.last_visit()),
            "" => (State::Unknown, Clean::new("no controller has seen it yet"), created),
            // A step that fails is tried again for long; somebody should know.
            _ if self.failed().is_some() => {
                let since = self.failed().and_then(|step| step.times.0);
                (State::Degraded, self.trouble().unwrap_or_default(), since)
            }
            _ => (State::Progressing, self.trouble().unwrap_or_default(), created),
        };
    }

    fn waiting(&self) -> (State, Clean, Option<Timestamp>) {
        match self.gate() {
            Some(step) if step.reason.as_str() == "Suspend" => {
                let why = clean![&step.name, " waits for approval"];
                (State::Waiting, why, step.times.0)
            }
            Some(step) => (State::Held, clean!["held at ", &step.name], step.times.1),
            None => (State::Held, Clean::own("held"), self.last_visit()),
        }
    }

    fn failed(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.phase == "failed")
    }

    fn trouble(&self) -> Option<Clean> {
        let step = self.failed().map(|step| match (&step.message, &step.reason) {
            (message, reason) if message.is_empty() && !reason.is_empty() => {
                clean![&step.name, " failed: ", reason]
            }
            (message, _) => clean![&step.name, ": ", message],
        });
        step.or_else(|| {
            let sick = self.services.iter().find(|service| !service.healthy)?;
            let cluster = Clean::new(&sick.cluster);
            Some(clean![&sick.name, " in ", &cluster, ": ", &sick.message])
        })
    }

    fn last_visit(&self) -> Option<Timestamp> {
        self.steps.iter().filter_map(|step| step.times.1).max()
    }
}

fn steps(workflow: &WorkflowStatus) -> Vec<Step> {
    let mut steps = Vec::new();
    for status in &workflow.steps {
        steps.push(step(&status.step, 0));
        steps.extend(status.sub_steps.iter().map(|sub| step(sub, 1)));
    }
    steps
}

/// The steps of the spec that the run has not reached.
fn ahead(object: &Application, reached: &[Step]) -> Vec<Step> {
    let wanted = object.spec.workflow.iter().flat_map(|workflow| &workflow.steps);
    wanted
        .map(|step| (Clean::new(&step.base.name), Clean::new(&step.base.step_type)))
        .filter(|(name, _)| !reached.iter().any(|step| step.name == *name))
        .map(|(name, step_type)| Step { name, step_type, phase: "ahead".into(), ..Step::default() })
        .collect()
}

fn step(status: &StepStatus, depth: usize) -> Step {
    Step {
        name: Clean::new(&status.name),
        id: status.id.clone(),
        step_type: Clean::new(&status.step_type),
        phase: status.phase.clone(),
        reason: Clean::new(&status.reason),
        message: Clean::sentence(&status.message),
        times: (status.first_execute_time.0, status.last_execute_time.0),
        depth,
    }
}

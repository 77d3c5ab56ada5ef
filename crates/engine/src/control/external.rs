//! What an application refers to outside itself: a Workflow that it shares, Policies that its steps name.
//!
//! Source: `pkg/workflow/step/generator.go` (`RefWorkflowStepGenerator`) and `pkg/policy` of kubevela.

use std::collections::BTreeMap;

use mizzen_oam::application::{AppPolicy, Workflow as Steps};
use mizzen_oam::external::{Policy, Workflow};
use mizzen_oam::meta::ObjectMeta;
use mizzen_oam::revision::ApplicationRevisionSpec;
use mizzen_oam::{Application, V1ALPHA1};
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::ObjectId;
use crate::render::{Appfile, RevisionRef};

/// The objects outside, as a revision keeps them.
#[derive(Debug, Default)]
pub(super) struct External {
    /// By `namespace/name`.
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) workflow: Option<Workflow>,
}

impl External {
    /// What a revision keeps.
    pub(super) fn of(spec: &ApplicationRevisionSpec) -> Self {
        Self { policies: spec.policies.clone(), workflow: spec.workflow.clone() }
    }

    /// The Workflow that the application refers to.
    pub(super) async fn read(fleet: &Fleet, app: &Application) -> Result<Self, Error> {
        let reference = app.spec.workflow.as_ref().map(|workflow| workflow.reference.as_str());
        let Some(name) = reference.filter(|name| !name.is_empty()) else {
            return Ok(Self::default());
        };
        let namespace = &app.metadata.namespace;
        let found: Option<Workflow> = object(fleet, "Workflow", namespace, name).await?;
        let mut workflow = found.ok_or_else(|| {
            let what = format!("workflows.core.oam.dev {name:?} not found");
            Error::Invalid(format!("failed to parseWorkflowSteps: {what}"))
        })?;
        workflow.metadata = ObjectMeta::named(namespace, name);
        Ok(Self { workflow: Some(workflow), ..Self::default() })
    }

    /// The application with the steps that it refers to.
    pub(super) fn appfile(&self, app: &Application, of: RevisionRef) -> Result<Appfile, Error> {
        let steps = self.workflow.as_ref().map(|workflow| Steps {
            mode: workflow.mode.clone(),
            steps: workflow.steps.clone(),
            ..Steps::default()
        });
        Ok(Appfile::new(app, of, steps.as_ref())?)
    }

    /// Reads the Policies that only steps name, and adds them to the application.
    pub(super) async fn policies(
        mut self,
        fleet: &Fleet,
        appfile: &mut Appfile,
    ) -> Result<Self, Error> {
        for name in missing(appfile) {
            let namespace = &appfile.namespace;
            let found: Option<Policy> = object(fleet, "Policy", namespace, &name).await?;
            let mut policy = found.ok_or_else(|| {
                Error::Invalid(format!("failed to parsePolicies: external policy {name} not found"))
            })?;
            policy.metadata = ObjectMeta::named(namespace, &name);
            self.policies.insert(format!("{namespace}/{name}"), policy);
        }
        self.named_in(appfile);
        Ok(self)
    }

    /// Adds the policies that the application's steps name.
    pub(super) fn named_in(&self, appfile: &mut Appfile) {
        for name in missing(appfile) {
            let Some(policy) = self.policies.get(&format!("{}/{name}", appfile.namespace)) else {
                continue;
            };
            appfile.policies.push(AppPolicy {
                name,
                policy_type: policy.policy_type.clone(),
                properties: policy.properties.clone(),
            });
        }
    }
}

/// Names in `deploy` steps that no policy of the application has.
fn missing(appfile: &Appfile) -> Vec<String> {
    let steps = appfile.workflow.steps.iter();
    let all = steps.flat_map(|step| std::iter::once(&step.base).chain(&step.sub_steps));
    let mut names: Vec<String> = Vec::new();
    for step in all.filter(|step| step.step_type == "deploy") {
        let named =
            step.properties.as_ref().and_then(|properties| properties["policies"].as_array());
        for name in named.into_iter().flatten().filter_map(|name| name.as_str()) {
            if appfile.policy(name).is_none() && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

async fn object<T: DeserializeOwned>(
    fleet: &Fleet,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Result<Option<T>, Error> {
    let id = ObjectId::on_hub(V1ALPHA1, kind, namespace, name);
    let Some(value) = fleet.get(&id).await? else { return Ok(None) };
    serde_json::from_value(value)
        .map(Some)
        .map_err(|why| Error::Unreadable { what: id.to_string(), why: why.to_string() })
}

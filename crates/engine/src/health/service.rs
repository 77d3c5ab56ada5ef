//! The service entry of one component in one place, from the live objects of what was rendered.
//!
//! Invariant: a component is healthy when its workload and every trait that is not pending are; an
//! empty message never overwrites an earlier one. Traits keep the component's order.

use mizzen_oam::application::Component;
use mizzen_oam::status::{ServiceStatus, TraitStatus, WorkloadGvk};
use serde_json::{Map, Value};

use super::{Status, StatusInput, evaluate};
use crate::render::catalog::label_form;
use crate::render::{
    Appfile, Definition, DefinitionKind, Definitions, RenderError, RenderedComponent, Role, Stage,
};

/// What a trait says that waits for its workload.
pub const PENDING_MESSAGE: &str = "\u{23f3} Waiting for component to be healthy";

/// A component with everything its service entry is made from.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// The definitions of the revision.
    pub definitions: &'a Definitions,
    /// The application.
    pub app: &'a Appfile,
    /// The component as rendered, overrides included.
    pub component: &'a Component,
    /// What it was rendered to.
    pub rendered: &'a RenderedComponent,
    /// The live object of each manifest, in the same order; `None` when it does not exist.
    pub live: &'a [Option<Value>],
    /// The entry of the last reconcile, whose messages stay where new ones are empty.
    pub before: Option<&'a ServiceStatus>,
}

/// Why a service entry could not be made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HealthError {
    /// An object that should be there is not; asking again later may help.
    #[error("{what} of component {component} does not exist in cluster {cluster} yet")]
    Missing {
        /// The component.
        component: String,
        /// Which object.
        what: String,
        /// Where it was looked for.
        cluster: String,
    },
    /// A definition is not known.
    #[error(transparent)]
    Render(#[from] RenderError),
}

impl Service<'_> {
    /// The service entry.
    ///
    /// # Errors
    /// When an object is missing, or a definition is not known.
    pub fn status(&self) -> Result<ServiceStatus, HealthError> {
        let definition =
            self.definitions.find(DefinitionKind::Component, &self.component.component_type)?;
        let mut status = self.start(definition);
        if !self.rendered.workload_managed {
            let judged = evaluate(self.definitions.compiler(), definition, &self.workload()?);
            status.workload_healthy = judged.healthy;
            take(&mut status, judged);
        }
        status.traits = self.traits(&mut status)?;
        let traits_healthy = status.traits.iter().all(|item| item.pending || item.healthy);
        if !self.rendered.workload_managed {
            status.healthy = status.workload_healthy && traits_healthy;
        } else {
            status.healthy = traits_healthy;
            if !traits_healthy && status.message.is_empty() {
                "traits are not healthy".clone_into(&mut status.message);
            }
        }
        Ok(status)
    }

    fn start(&self, definition: &Definition) -> ServiceStatus {
        let target = &self.rendered.target;
        let namespace =
            if target.namespace.is_empty() { &self.app.namespace } else { &target.namespace };
        let workload = &definition.spec.get("workload").cloned().unwrap_or_default()["definition"];
        let text = |key: &str| workload[key].as_str().unwrap_or_default().to_owned();
        let mut status = self.before.cloned().unwrap_or_default();
        status.name.clone_from(&self.component.name);
        status.namespace.clone_from(namespace);
        status.cluster.clone_from(&target.cluster);
        status.workload_definition =
            WorkloadGvk { api_version: text("apiVersion"), kind: text("kind") };
        status.healthy = true;
        status
    }

    fn input(&self, parameter: Option<&Value>) -> StatusInput {
        StatusInput {
            name: self.component.name.clone(),
            app_name: self.app.name.clone(),
            app_revision: self.app.revision.name.clone(),
            parameter: parameter.cloned().unwrap_or_default(),
            ..StatusInput::default()
        }
    }

    fn workload(&self) -> Result<StatusInput, HealthError> {
        let mut input = self.input(self.component.properties.as_ref());
        for (index, manifest) in self.rendered.manifests.iter().enumerate() {
            match &manifest.role {
                Role::Workload => input.output = Some(self.live(index, "output")?),
                Role::Auxiliary { resource } => {
                    input.outputs.insert(resource.clone(), self.live(index, resource)?);
                }
                Role::Trait { .. } => {}
            }
        }
        Ok(input)
    }

    fn live(&self, index: usize, what: &str) -> Result<Value, HealthError> {
        self.live.get(index).cloned().flatten().ok_or_else(|| HealthError::Missing {
            component: self.component.name.clone(),
            what: what.to_owned(),
            cluster: self.rendered.manifests[index].cluster.clone(),
        })
    }

    fn traits(&self, status: &mut ServiceStatus) -> Result<Vec<TraitStatus>, HealthError> {
        let mut traits = Vec::new();
        for (index, item) in self.component.traits.iter().enumerate() {
            let trait_type = label_form(&item.trait_type);
            let definition = self.definitions.find(DefinitionKind::Trait, &item.trait_type)?;
            let waits = definition.stage() == Stage::PostDispatch && !status.workload_healthy;
            if waits && !self.rendered_trait(index) {
                traits.push(pending(trait_type));
                continue;
            }
            let mut input = self.input(item.properties.as_ref());
            input.outputs = self.outputs_of(&trait_type)?;
            let judged = evaluate(self.definitions.compiler(), definition, &input);
            if status.message.is_empty() {
                status.message.clone_from(&judged.message);
            }
            traits.push(TraitStatus {
                trait_type,
                healthy: judged.healthy,
                pending: false,
                details: judged.details.into_iter().collect(),
                message: judged.message,
            });
        }
        Ok(traits)
    }

    fn rendered_trait(&self, wanted: usize) -> bool {
        let of_trait = |role: &Role| matches!(role, Role::Trait { index, .. } if *index == wanted);
        self.rendered.manifests.iter().any(|manifest| of_trait(&manifest.role))
    }

    /// The live objects of all traits of that type in the component.
    fn outputs_of(&self, wanted: &str) -> Result<Map<String, Value>, HealthError> {
        let mut outputs = Map::new();
        for (index, manifest) in self.rendered.manifests.iter().enumerate() {
            if let Role::Trait { trait_type, resource, .. } = &manifest.role
                && trait_type == wanted
            {
                outputs.insert(resource.clone(), self.live(index, resource)?);
            }
        }
        Ok(outputs)
    }
}

fn take(status: &mut ServiceStatus, judged: Status) {
    if !judged.message.is_empty() {
        status.message = judged.message;
    }
    status.details = judged.details.into_iter().collect();
}

fn pending(trait_type: String) -> TraitStatus {
    TraitStatus {
        trait_type,
        pending: true,
        message: PENDING_MESSAGE.to_owned(),
        ..TraitStatus::default()
    }
}

/// Whether the application as a whole is healthy: every service is.
#[must_use]
pub fn all_healthy(services: &[ServiceStatus]) -> bool {
    let traits = |service: &ServiceStatus| service.traits.iter().all(|t| t.pending || t.healthy);
    services.iter().all(|service| service.healthy && traits(service))
}

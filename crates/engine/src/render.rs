//! Definitions + application -> manifests. Pure: values in, values out.
//!
//! One call renders one component (its template, then its traits in order) for one target, and
//! answers with complete Kubernetes objects. Invariant: the same inputs give the same bytes. Must not
//! know fleets, clients or the clock.

pub mod appfile;
pub mod authoring;
pub mod catalog;
pub mod compile;
pub mod context;
pub mod definition;
pub mod deployment;
mod embedded;
pub mod error;
pub mod evaluate;
pub mod expression;
pub mod failure;
mod labels;
mod name;
pub mod number;
pub mod overriding;
mod patch;
pub mod placement;
mod printed;
mod provide;
pub mod rendered;
pub(crate) mod schema;
pub mod step;
#[cfg(test)]
mod tests;
pub mod workflow;

pub use appfile::{Appfile, ClusterVersion, Extras, Mode, RevisionRef, Target};
pub use catalog::Definitions;
pub use compile::Compiler;
pub use definition::{Definition, DefinitionKind};
pub use error::{ErrorClass, RenderError, TemplateError};
pub use failure::Failure;
pub use rendered::{Manifest, Rendered, RenderedComponent, Role, Stage};
pub use workflow::Workflow;

use std::sync::Arc;

use mizzen_oam::application::{AppPolicy, Component};
use serde_json::{Map, Value, json};

use self::catalog::label_form;
use self::evaluate::{Evaluated, Owner};
use self::labels::{Origin, TraitFlags};

/// Renders one component of the application for one target.
///
/// # Errors
/// An unknown definition, values the template refuses, a patch that conflicts, or a result that is
/// no Kubernetes object; see [`RenderError`].
pub fn render_component(
    definitions: &Definitions,
    app: &Appfile,
    component: &Component,
    target: &Target,
    extras: &Extras,
) -> Result<RenderedComponent, RenderError> {
    let definition = definitions.find(DefinitionKind::Component, &component.component_type)?;
    let mut context = context::component(app, component, target, &extras.cluster_version);
    if let Some(live) = &extras.live_workload {
        context.insert("output".to_owned(), number::normalised(live));
    }
    let compiler = definitions.compiler();
    let properties = component.properties.as_ref();
    let mut evaluated = Evaluated::component(compiler, definition, &context, properties)?;
    let traits = traits_of(definitions, component, extras)?;
    context.insert("componentType".to_owned(), json!(label_form(&component.component_type)));
    let status = extras.live_workload.as_ref().map(|live| &live["status"]);
    let status = status.filter(|status| !status.is_null());
    for item in &traits {
        let properties = component.traits[item.index].properties.as_ref();
        let (index, definition) = (item.index, &item.definition);
        evaluated.apply_as(index, compiler, definition, &context, properties, status)?;
    }
    if let Some(patch) = &extras.step_patch {
        evaluated.apply_step_patch(compiler, patch)?;
    }
    Assembly { app, component, target, traits: &traits, policy: false }.assemble(&evaluated)
}

struct TraitUse {
    index: usize,
    definition: Arc<Definition>,
}

fn traits_of(
    definitions: &Definitions,
    component: &Component,
    extras: &Extras,
) -> Result<Vec<TraitUse>, RenderError> {
    let mut traits = Vec::new();
    for (index, item) in component.traits.iter().enumerate() {
        let definition = definitions.find(DefinitionKind::Trait, &item.trait_type)?;
        if extras.skip_post_dispatch && definition.stage() == Stage::PostDispatch {
            continue;
        }
        traits.push(TraitUse { index, definition: Arc::clone(definition) });
    }
    Ok(traits)
}

/// Puts names, labels and placement on what was evaluated.
struct Assembly<'a> {
    app: &'a Appfile,
    component: &'a Component,
    target: &'a Target,
    traits: &'a [TraitUse],
    policy: bool,
}

impl Assembly<'_> {
    fn assemble(&self, evaluated: &Evaluated) -> Result<RenderedComponent, RenderError> {
        let component_type = label_form(&self.component.component_type);
        let origin = Origin {
            app: self.app,
            component: &self.component.name,
            component_type: &component_type,
            target: self.target,
            policy: self.policy,
        };
        let mut manifests = Vec::new();
        let workload = evaluated.output()?;
        if !workload.is_null() {
            let workload = self.checked(workload, "output")?;
            manifests.push(self.manifest(&origin, workload, Role::Workload, None));
        }
        for auxiliary in evaluated.auxiliaries() {
            let what = format!("outputs.{}", auxiliary.name);
            let object = self.checked(auxiliary.object()?, &what)?;
            let (role, definition) = self.role(&auxiliary.owner, &auxiliary.name);
            manifests.push(self.manifest(&origin, object, role, definition));
        }
        self.refer_to_workload(&mut manifests);
        let workload_managed = self.traits.iter().any(|item| item.definition.manages_workload());
        Ok(RenderedComponent {
            name: self.component.name.clone(),
            component_type,
            target: self.target.clone(),
            manifests,
            workload_managed,
        })
    }

    fn checked(&self, object: Value, what: &str) -> Result<Value, RenderError> {
        let reason = if !object.is_object() {
            "it is no struct"
        } else if object["kind"].as_str().is_none_or(str::is_empty) {
            "Object 'Kind' is missing"
        } else {
            return Ok(object);
        };
        Err(RenderError::NoObject {
            what: what.to_owned(),
            name: self.component.name.clone(),
            reason: reason.to_owned(),
        })
    }

    fn role(&self, owner: &Owner, resource: &str) -> (Role, Option<&Definition>) {
        let resource = resource.to_owned();
        match owner {
            Owner::Component => (Role::Auxiliary { resource }, None),
            Owner::Trait(index) => {
                let trait_type = label_form(&self.component.traits[*index].trait_type);
                let used = self.traits.iter().find(|item| item.index == *index);
                let definition = used.map(|item| item.definition.as_ref());
                (Role::Trait { trait_type, index: *index, resource }, definition)
            }
        }
    }

    fn manifest(
        &self,
        origin: &Origin<'_>,
        mut object: Value,
        role: Role,
        definition: Option<&Definition>,
    ) -> Manifest {
        let flags = TraitFlags {
            control_plane_only: definition.is_some_and(Definition::control_plane_only),
            manage_workload: definition.is_some_and(Definition::manages_workload),
        };
        origin.complete(&mut object, &role, flags);
        let label = &object["metadata"]["labels"][mizzen_oam::labels::CLUSTER];
        let cluster = label.as_str().unwrap_or(&self.target.cluster).to_owned();
        let stage = definition.map(Definition::stage).unwrap_or_default();
        Manifest { object, role, stage, cluster }
    }

    /// Writes the workload's identity where a trait's definition wants it.
    fn refer_to_workload(&self, manifests: &mut [Manifest]) {
        let workload = manifests.iter().find(|manifest| manifest.role == Role::Workload);
        let Some(reference) = workload.map(|workload| {
            let object = &workload.object;
            json!({
                "apiVersion": object["apiVersion"],
                "kind": object["kind"],
                "name": object["metadata"]["name"],
            })
        }) else {
            return;
        };
        for manifest in manifests {
            let Role::Trait { index, .. } = &manifest.role else { continue };
            let used = self.traits.iter().find(|item| item.index == *index);
            let path = used.and_then(|item| item.definition.workload_ref_path());
            if let Some(path) = path {
                set_path(&mut manifest.object, path, &reference);
            }
        }
    }
}

fn set_path(object: &mut Value, path: &str, value: &Value) {
    let mut at = object;
    for step in path.split('.').filter(|step| !step.is_empty()) {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[step];
    }
    *at = value.clone();
}

/// Renders the objects of a policy whose definition has a template, or `None` for the policies that
/// steer the engine itself.
///
/// # Errors
/// As [`render_component`].
pub fn render_policy(
    definitions: &Definitions,
    app: &Appfile,
    policy: &AppPolicy,
    version: &ClusterVersion,
) -> Result<Option<RenderedComponent>, RenderError> {
    if INTERNAL_POLICIES.contains(&policy.policy_type.as_str()) {
        return Ok(None);
    }
    let definition = definitions.find(DefinitionKind::Policy, &policy.policy_type)?;
    let component = Component {
        name: policy.name.clone(),
        component_type: policy.policy_type.clone(),
        properties: policy.properties.clone(),
        ..Component::default()
    };
    let target = Target::default();
    let mut context = context::component(app, &component, &target, version);
    context.insert("artifacts".to_owned(), json!({}));
    let properties = component.properties.as_ref();
    let evaluated = Evaluated::component(definitions.compiler(), definition, &context, properties)?;
    let assembly =
        Assembly { app, component: &component, target: &target, traits: &[], policy: true };
    assembly.assemble(&evaluated).map(Some)
}

/// Policy types that the engine carries out itself and never renders.
pub const INTERNAL_POLICIES: &[&str] = &[
    "garbage-collect",
    "apply-once",
    "shared-resource",
    "take-over",
    "read-only",
    "resource-update",
    "env-binding",
    "topology",
    "override",
    "replication",
    "debug",
];

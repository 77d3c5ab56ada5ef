//! Definitions + application -> manifests. Pure: values in, values out.
//!
//! One call renders one component (its template, then its traits in order) for one target, and
//! answers with complete Kubernetes objects. Invariant: the same inputs give the same bytes. Must not
//! know fleets, clients or the clock.

pub mod appfile;
pub mod catalog;
pub mod context;
pub mod definition;
pub mod error;
pub mod number;
pub mod overriding;
pub mod placement;
pub mod rendered;
pub mod step;
pub mod workflow;

pub use appfile::{Appfile, ClusterVersion, Extras, Mode, RevisionRef, Target};
pub use catalog::Definitions;
pub use definition::{Definition, DefinitionKind};
pub use error::{ErrorClass, RenderError, TemplateError};
pub use rendered::{Manifest, Rendered, RenderedComponent, Role, Stage};
pub use workflow::Workflow;

use mizzen_oam::application::{AppPolicy, Component};

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
    let _ = (app, target, extras);
    let definition = definitions.find(DefinitionKind::Component, &component.component_type)?;
    Err(RenderError::Unsupported {
        name: definition.name.clone(),
        what: "evaluating templates (the CUE evaluator is not linked yet)".to_owned(),
    })
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
    extras: &Extras,
) -> Result<Option<RenderedComponent>, RenderError> {
    if INTERNAL_POLICIES.contains(&policy.policy_type.as_str()) {
        return Ok(None);
    }
    let component = Component {
        name: policy.name.clone(),
        component_type: policy.policy_type.clone(),
        properties: policy.properties.clone(),
        ..Component::default()
    };
    render_component(definitions, app, &component, &Target::default(), extras).map(Some)
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

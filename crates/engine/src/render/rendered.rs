//! The result of rendering: the objects that each component wants in one place.
//!
//! Invariant: every object here is complete: it has apiVersion, kind, a name, a namespace unless it
//! is a core/v1 Namespace, and all labels and annotations of the contract with upstream's
//! controller. Knows nothing of what is live.

use serde_json::Value;

use super::appfile::Target;

/// Everything an application wants, component by component, in one or more places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// One entry per component and place, in the order of the appfile.
    pub components: Vec<RenderedComponent>,
    /// The objects of resource-producing policies, in declared order; they go to the control plane
    /// before the workflow runs.
    pub policies: Vec<RenderedComponent>,
}

impl Rendered {
    /// All manifests: policies first, then components, as they are to be dispatched.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.policies.iter().chain(&self.components).flat_map(|component| &component.manifests)
    }
}

/// The objects of one component in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderedComponent {
    /// Name of the component in the application.
    pub name: String,
    /// Its type in the form that labels carry: `webservice`, or `webservice-v3` for `webservice@v3`.
    pub component_type: String,
    /// Where its objects go.
    pub target: Target,
    /// The objects: the workload first (when there is one), then auxiliaries in template order, then
    /// the traits' objects in the traits' order.
    pub manifests: Vec<Manifest>,
    /// A trait has `manageWorkload`: the workload is among `manifests` for reading, but is not to be
    /// dispatched and its health is not asked.
    pub workload_managed: bool,
}

impl RenderedComponent {
    /// The main object of the component.
    #[must_use]
    pub fn workload(&self) -> Option<&Manifest> {
        self.manifests.iter().find(|manifest| manifest.role == Role::Workload)
    }

    /// What is to be written in one stage, in order. A managed workload is left out.
    pub fn stage(&self, stage: Stage) -> impl Iterator<Item = &Manifest> {
        let managed = self.workload_managed;
        self.manifests
            .iter()
            .filter(move |manifest| manifest.stage == stage)
            .filter(move |manifest| !(managed && manifest.role == Role::Workload))
    }
}

/// One object with what the render knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The Kubernetes object as it is to be applied.
    pub object: Value,
    /// Which part of the component it is.
    pub role: Role,
    /// When it is dispatched relative to the component's other objects.
    pub stage: Stage,
    /// The cluster it goes to: the target's, unless a `controlPlaneOnly` trait or the template's own
    /// `app.oam.dev/cluster` label says otherwise.
    pub cluster: String,
}

/// Which part of a component an object is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The template's `output`.
    Workload,
    /// An entry of the component template's `outputs`.
    Auxiliary {
        /// Its key in `outputs`.
        resource: String,
    },
    /// An entry of a trait template's `outputs`.
    Trait {
        /// The trait's type in the form that labels carry.
        trait_type: String,
        /// The trait's index among the component's traits.
        index: usize,
        /// Its key in `outputs`.
        resource: String,
    },
}

/// Dispatch order within a component; a stage starts when the one before it is healthy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Traits that must be there before the workload.
    PreDispatch,
    /// The workload, the component's auxiliaries and ordinary traits.
    #[default]
    DefaultDispatch,
    /// Traits that are rendered and written after the workload is healthy.
    PostDispatch,
}

impl Stage {
    /// All stages in the order of dispatch.
    pub const ALL: [Self; 3] = [Self::PreDispatch, Self::DefaultDispatch, Self::PostDispatch];
}

//! The `core.oam.dev` API: types, CRDs, labels, annotations and hashes.
//!
//! Claim: serde only. No client, no I/O, no runtime. Every type writes itself as the reference
//! implementation's Go types do: the same order of fields, the same fields left out when empty, the
//! same `null` for a time that is not set; and reads whatever those types can read.

pub mod annotations;
pub mod application;
pub mod condition;
pub mod crd;
pub mod definition;
pub mod external;
pub mod gojson;
pub mod hash;
pub mod labels;
pub mod meta;
pub mod packing;
pub mod policy;
pub mod revision;
pub mod status;
pub mod time;
pub mod tracker;

pub use application::{Application, ApplicationSpec};
pub use condition::Condition;
pub use definition::{
    ComponentDefinition, DefinitionRevision, PolicyDefinition, TraitDefinition,
    WorkflowStepDefinition, WorkloadDefinition,
};
pub use external::WorkflowRun;
pub use meta::{ObjectMeta, ObjectReference, OwnerReference};
pub use revision::ApplicationRevision;
pub use status::AppStatus;
pub use time::Time;
pub use tracker::ResourceTracker;

/// The API group of every kind here.
pub const GROUP: &str = "core.oam.dev";
/// `apiVersion` of the current kinds.
pub const V1BETA1: &str = "core.oam.dev/v1beta1";
/// `apiVersion` of the stand-alone `Policy`, `Workflow` and `WorkflowRun`.
pub const V1ALPHA1: &str = "core.oam.dev/v1alpha1";
/// The namespace that holds the built-in definitions and the cluster Secrets.
pub const SYSTEM_NAMESPACE: &str = "vela-system";
/// The cluster name that means the hub itself.
pub const LOCAL_CLUSTER: &str = "local";

/// Tells serde to leave a field out when it has its type's empty value, as Go's `omitempty` does.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

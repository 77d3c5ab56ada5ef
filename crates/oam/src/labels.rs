//! Label keys, as the wire knows them.

/// Name of the owning application; ownership needs this and [`APP_NAMESPACE`].
pub const APP_NAME: &str = "app.oam.dev/name";
/// Namespace of the owning application.
pub const APP_NAMESPACE: &str = "app.oam.dev/namespace";
/// UID of the owning application, on trackers.
pub const APP_UID: &str = "app.oam.dev/uid";
/// Component name.
pub const APP_COMPONENT: &str = "app.oam.dev/component";
/// Name of the ApplicationRevision.
pub const APP_REVISION: &str = "app.oam.dev/appRevision";
/// Hash of the ApplicationRevision.
pub const APP_REVISION_HASH: &str = "app.oam.dev/app-revision-hash";
/// Name of the component revision; empty today.
pub const COMPONENT_REVISION: &str = "app.oam.dev/revision";
/// `WORKLOAD` or `TRAIT`.
pub const RESOURCE_TYPE: &str = "app.oam.dev/resourceType";
/// Component type, on main workloads.
pub const WORKLOAD_TYPE: &str = "workload.oam.dev/type";
/// Trait type, or `AuxiliaryWorkload`.
pub const TRAIT_TYPE: &str = "trait.oam.dev/type";
/// Key inside a template's `outputs`.
pub const TRAIT_RESOURCE: &str = "trait.oam.dev/resource";
/// On objects of a trait that writes the workload itself.
pub const MANAGE_WORKLOAD: &str = "trait.oam.dev/manage-workload";
/// Target cluster.
pub const CLUSTER: &str = "app.oam.dev/cluster";
/// Hash of the rendered object.
pub const RENDER_HASH: &str = "oam.dev/render-hash";
/// Replica key.
pub const REPLICA_KEY: &str = "app.oam.dev/replicaKey";
/// `true` stops the controller for this application.
pub const PAUSE: &str = "controller.core.oam.dev/pause";
/// The shard that works on this application.
pub const SHARD: &str = "controller.core.oam.dev/scheduled-shard-id";
/// The addon that an application belongs to.
pub const ADDON_NAME: &str = "addons.oam.dev/name";
/// On throw-away revisions of a controller's start-up check.
pub const PRE_CHECK: &str = "core.oam.dev/pre-check";
/// Credential type of a cluster Secret.
pub const CLUSTER_CREDENTIAL_TYPE: &str = "cluster.core.oam.dev/cluster-credential-type";
/// Endpoint type of a cluster Secret.
pub const CLUSTER_ENDPOINT_TYPE: &str = "cluster.core.oam.dev/cluster-endpoint-type";
/// Synthesised: `true` for the hub only.
pub const CONTROL_PLANE: &str = "cluster.core.oam.dev/control-plane";
/// Prefix of labels of a cluster Secret that are not labels of the cluster.
pub const CLUSTER_PREFIX: &str = "cluster.core.oam.dev";
/// Component definition of a definition revision.
pub const COMPONENT_DEFINITION: &str = "componentdefinition.oam.dev/name";
/// Trait definition of a definition revision.
pub const TRAIT_DEFINITION: &str = "trait.oam.dev/name";
/// Policy definition of a definition revision.
pub const POLICY_DEFINITION: &str = "policydefinition.oam.dev/name";
/// Step definition of a definition revision.
pub const STEP_DEFINITION: &str = "workflowstepdefinition.oam.dev/name";
/// Name of the WorkflowRun that applied an object.
pub const RUN_NAME: &str = "workflowrun.oam.dev/name";
/// Namespace of the WorkflowRun that applied an object.
pub const RUN_NAMESPACE: &str = "workflowrun.oam.dev/namespace";

/// [`RESOURCE_TYPE`] of the main workload.
pub const WORKLOAD: &str = "WORKLOAD";
/// [`RESOURCE_TYPE`] of everything else.
pub const TRAIT: &str = "TRAIT";
/// [`TRAIT_TYPE`] of a component's `outputs`.
pub const AUXILIARY: &str = "AuxiliaryWorkload";

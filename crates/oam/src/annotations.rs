//! Annotation keys and finalizers, as the wire knows them.

/// Pins the rendering to a published version.
pub const PUBLISH_VERSION: &str = "app.oam.dev/publishVersion";
/// Follows new definition revisions.
pub const AUTO_UPDATE: &str = "app.oam.dev/autoUpdate";
/// Asks for a new run: `true`, a time, or a duration.
pub const RESTART_WORKFLOW: &str = "app.oam.dev/restart-workflow";
/// Time between two looks at this application.
pub const RECONCILE_INTERVAL: &str = "app.oam.dev/reconcile-interval";
/// Only a controller of exactly this version works on the object.
pub const CONTROLLER_REQUIREMENT: &str = "app.oam.dev/controller-version-require";
/// Service account to act as.
pub const SERVICE_ACCOUNT: &str = "app.oam.dev/service-account-name";
/// User to act as.
pub const USERNAME: &str = "app.oam.dev/username";
/// Groups to act as.
pub const GROUP: &str = "app.oam.dev/group";
/// Version of the controller that first saw the application.
pub const CONTROLLER_VERSION: &str = "oam.dev/kubevela-version";
/// The last manifest applied, or `-` / `skip`.
pub const LAST_APPLIED: &str = "app.oam.dev/last-applied-configuration";
/// When the object was created by an apply.
pub const LAST_APPLIED_TIME: &str = "app.oam.dev/last-applied-time";
/// The last manifest that kubectl applied.
pub const KUBECTL_LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Applications that share an object, owner first.
pub const SHARED_BY: &str = "app.oam.dev/shared-by";
/// Where a referred object came from.
pub const RESOURCE_URL: &str = "app.oam.dev/resource-url";
/// Label keys that are not handed on to objects.
pub const FILTER_LABELS: &str = "filter.oam.dev/label-keys";
/// Annotation keys that are not handed on to objects.
pub const FILTER_ANNOTATIONS: &str = "filter.oam.dev/annotation-keys";
/// `context.workflowName`.
pub const WORKFLOW_NAME: &str = "app.oam.dev/workflowName";
/// Skips the check of immutable parameters.
pub const FORCE_PARAM_MUTATIONS: &str = "app.oam.dev/force-param-mutations";
/// Changes by application-scoped policies make revisions.
pub const AUTO_REVISION: &str = "policy.oam.dev/auto-revision";
/// No global policies for this application.
pub const SKIP_GLOBAL: &str = "policy.oam.dev/skip-global";
/// Free text read by queries.
pub const DEPLOY_VERSION: &str = "app.oam.dev/deployVersion";
/// Left out when rollouts are paused and resumed.
pub const SKIP_RESUME: &str = "controller.core.oam.dev/skip-resume";
/// Names a definition revision.
pub const DEFINITION_REVISION_NAME: &str = "definitionrevision.oam.dev/name";
/// What a definition is for.
pub const DEFINITION_DESCRIPTION: &str = "definition.oam.dev/description";
/// Display name of a cluster.
pub const CLUSTER_ALIAS: &str = "cluster.core.oam.dev/cluster-alias";
/// Version of a cluster.
pub const CLUSTER_VERSION: &str = "cluster.core.oam.dev/cluster-version";

/// Holds an application until its objects are gone.
pub const FINALIZER_APPLICATION: &str = "app.oam.dev/resource-tracker-finalizer";
/// Leaves the objects in place when the application goes.
pub const FINALIZER_ORPHAN: &str = "app.oam.dev/orphan-resource";
/// The controller version that a WorkflowRun requires.
pub const RUN_CONTROLLER_REQUIREMENT: &str = "workflowrun.oam.dev/controller-version-require";
/// The last manifest of an object that a WorkflowRun applied.
pub const RUN_LAST_APPLIED: &str = "workflow.oam.dev/last-applied-configuration";
/// When a WorkflowRun applied an object last.
pub const RUN_LAST_APPLIED_TIME: &str = "workflow.oam.dev/last-applied-time";

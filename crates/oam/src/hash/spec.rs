//! The Go shapes of the specs that are hashed: type names, field names and field order.

use serde_json::Value;

use super::{
    Struct, flag, int32, list, optional, raw_extension, raw_text, string, strings, text_map,
};
use crate::application::{
    AppPolicy, ApplicationSpec, Component, InputItem, OutputItem, Trait, Workflow, WorkflowMode,
    WorkflowStep, WorkflowStepBase, WorkflowStepMeta,
};
use crate::definition::{
    ChildResourceKind, ComponentDefinitionSpec, DefinitionReference, PolicyDefinitionSpec,
    Schematic, SecretReference, StatusTexts, Terraform, TraitDefinitionSpec,
    WorkflowStepDefinitionSpec, WorkloadDefinitionSpec,
};
use crate::gojson;
use crate::meta::StringMap;
use crate::status::WorkloadGvk;

pub(super) fn application(spec: &ApplicationSpec) -> u64 {
    Struct::new("ApplicationSpec")
        .field("Components", list(spec.components.iter().map(normalised_component)))
        .field("Policies", list(spec.policies.iter().map(policy)))
        .field("Workflow", optional(spec.workflow.as_ref().map(workflow)))
        .done()
}

/// A component inside a revision: its properties went through an untyped map.
fn normalised_component(item: &Component) -> u64 {
    let text = item.properties.as_ref().map(gojson::to_string_through_float);
    component_with(item, optional(text.as_deref().map(raw_text)))
}

/// A component as it stands in the application.
pub(super) fn component(item: &Component) -> u64 {
    component_with(item, properties(item.properties.as_ref()))
}

fn component_with(item: &Component, properties: u64) -> u64 {
    let scopes = item.scopes.iter().map(|(key, value)| (key, value.clone()));
    Struct::new("ApplicationComponent")
        .field("Name", string(&item.name))
        .field("Type", string(&item.component_type))
        .field("ExternalRevision", string(&item.external_revision))
        .field("Properties", properties)
        .field("DependsOn", strings(&item.depends_on))
        .field("Inputs", inputs(&item.inputs))
        .field("Outputs", outputs(&item.outputs))
        .field("Traits", list(item.traits.iter().map(application_trait)))
        .field("Scopes", text_map(scopes))
        .field("ReplicaKey", string(&item.replica_key))
        .done()
}

fn application_trait(item: &Trait) -> u64 {
    Struct::new("ApplicationTrait")
        .field("Type", string(&item.trait_type))
        .field("Properties", properties(item.properties.as_ref()))
        .done()
}

fn policy(item: &AppPolicy) -> u64 {
    Struct::new("AppPolicy")
        .field("Name", string(&item.name))
        .field("Type", string(&item.policy_type))
        .field("Properties", properties(item.properties.as_ref()))
        .done()
}

fn workflow(item: &Workflow) -> u64 {
    Struct::new("Workflow")
        .field("Ref", string(&item.reference))
        .field("Mode", optional(item.mode.as_ref().map(mode)))
        .field("Steps", steps(&item.steps))
        .done()
}

fn mode(item: &WorkflowMode) -> u64 {
    Struct::new("WorkflowExecuteMode")
        .field("Steps", string(&item.steps))
        .field("SubSteps", string(&item.sub_steps))
        .done()
}

pub(super) fn steps(items: &[WorkflowStep]) -> u64 {
    list(items.iter().map(|item| {
        Struct::new("WorkflowStep")
            .field("WorkflowStepBase", step_base(&item.base))
            .field("Mode", string(&item.mode))
            .field("SubSteps", list(item.sub_steps.iter().map(step_base)))
            .done()
    }))
}

fn step_base(item: &WorkflowStepBase) -> u64 {
    Struct::new("WorkflowStepBase")
        .field("Name", string(&item.name))
        .field("Type", string(&item.step_type))
        .field("Meta", optional(item.meta.as_ref().map(meta)))
        .field("If", string(&item.condition))
        .field("Timeout", string(&item.timeout))
        .field("DependsOn", strings(&item.depends_on))
        .field("Inputs", inputs(&item.inputs))
        .field("Outputs", outputs(&item.outputs))
        .field("Properties", properties(item.properties.as_ref()))
        .done()
}

fn meta(item: &WorkflowStepMeta) -> u64 {
    Struct::new("WorkflowStepMeta").field("Alias", string(&item.alias)).done()
}

fn inputs(items: &[InputItem]) -> u64 {
    list(items.iter().map(|item| {
        Struct::new("InputItem")
            .field("ParameterKey", string(&item.parameter_key))
            .field("From", string(&item.from))
            .done()
    }))
}

fn outputs(items: &[OutputItem]) -> u64 {
    list(items.iter().map(|item| {
        Struct::new("OutputItem")
            .field("ValueFrom", string(&item.value_from))
            .field("Name", string(&item.name))
            .done()
    }))
}

fn properties(value: Option<&Value>) -> u64 {
    optional(value.map(raw_extension))
}

pub(super) fn component_definition(spec: &ComponentDefinitionSpec) -> u64 {
    let workload = Struct::new("WorkloadTypeDescriptor")
        .field("Type", string(&spec.workload.workload_type))
        .field("Definition", gvk(&spec.workload.definition))
        .done();
    Struct::new("ComponentDefinitionSpec")
        .field("Version", string(&spec.version))
        .field("Workload", workload)
        .field("ChildResourceKinds", child_kinds(&spec.child_resource_kinds))
        .field("RevisionLabel", string(&spec.revision_label))
        .field("PodSpecPath", string(&spec.pod_spec_path))
        .field("Status", optional(spec.status.as_ref().map(status)))
        .field("Schematic", optional(spec.schematic.as_ref().map(schematic)))
        .field("Extension", properties(spec.extension.as_ref()))
        .done()
}

pub(super) fn trait_definition(spec: &TraitDefinitionSpec) -> u64 {
    Struct::new("TraitDefinitionSpec")
        .field("Reference", reference(&spec.reference))
        .field("RevisionEnabled", flag(spec.revision_enabled))
        .field("WorkloadRefPath", string(&spec.workload_ref_path))
        .field("PodDisruptive", flag(spec.pod_disruptive))
        .field("AppliesToWorkloads", strings(&spec.applies_to_workloads))
        .field("ConflictsWith", strings(&spec.conflicts_with))
        .field("Schematic", optional(spec.schematic.as_ref().map(schematic)))
        .field("Status", optional(spec.status.as_ref().map(status)))
        .field("Extension", properties(spec.extension.as_ref()))
        .field("ManageWorkload", flag(spec.manage_workload))
        .field("ControlPlaneOnly", flag(spec.control_plane_only))
        .field("Stage", string(&spec.stage))
        .field("Version", string(&spec.version))
        .done()
}

pub(super) fn policy_definition(spec: &PolicyDefinitionSpec) -> u64 {
    Struct::new("PolicyDefinitionSpec")
        .field("Reference", reference(&spec.reference))
        .field("Schematic", optional(spec.schematic.as_ref().map(schematic)))
        .field("ManageHealthCheck", flag(spec.manage_health_check))
        .field("Version", string(&spec.version))
        .field("Scope", string(&spec.scope))
        .field("Global", flag(spec.global))
        .field("Priority", int32(spec.priority))
        .done()
}

pub(super) fn step_definition(spec: &WorkflowStepDefinitionSpec) -> u64 {
    Struct::new("WorkflowStepDefinitionSpec")
        .field("Reference", reference(&spec.reference))
        .field("Schematic", optional(spec.schematic.as_ref().map(schematic)))
        .field("Version", string(&spec.version))
        .done()
}

pub(super) fn workload_definition(spec: &WorkloadDefinitionSpec) -> u64 {
    Struct::new("WorkloadDefinitionSpec")
        .field("Reference", reference(&spec.reference))
        .field("ChildResourceKinds", child_kinds(&spec.child_resource_kinds))
        .field("RevisionLabel", string(&spec.revision_label))
        .field("PodSpecPath", string(&spec.pod_spec_path))
        .field("Status", optional(spec.status.as_ref().map(status)))
        .field("Schematic", optional(spec.schematic.as_ref().map(schematic)))
        .field("Extension", properties(spec.extension.as_ref()))
        .done()
}

fn gvk(item: &WorkloadGvk) -> u64 {
    Struct::new("WorkloadGVK")
        .field("APIVersion", string(&item.api_version))
        .field("Kind", string(&item.kind))
        .done()
}

fn reference(item: &DefinitionReference) -> u64 {
    Struct::new("DefinitionReference")
        .field("Name", string(&item.name))
        .field("Version", string(&item.version))
        .done()
}

fn child_kinds(items: &[ChildResourceKind]) -> u64 {
    list(items.iter().map(|item| {
        Struct::new("ChildResourceKind")
            .field("APIVersion", string(&item.api_version))
            .field("Kind", string(&item.kind))
            .field("Selector", selector(&item.selector))
            .done()
    }))
}

fn selector(map: &StringMap) -> u64 {
    text_map(map.iter().map(|(key, value)| (key, value.clone())))
}

fn status(item: &StatusTexts) -> u64 {
    Struct::new("Status")
        .field("CustomStatus", string(&item.custom_status))
        .field("HealthPolicy", string(&item.health_policy))
        .field("Details", string(&item.details))
        .done()
}

fn schematic(item: &Schematic) -> u64 {
    let cue = |template: &str| Struct::new("CUE").field("Template", string(template)).done();
    Struct::new("Schematic")
        .field("CUE", optional(item.cue.as_ref().map(|text| cue(&text.template))))
        .field("Terraform", optional(item.terraform.as_ref().map(terraform)))
        .done()
}

fn terraform(item: &Terraform) -> u64 {
    let secret = |reference: &Option<SecretReference>, name: &str| {
        optional(reference.as_ref().map(|it| named(it, name)))
    };
    Struct::new("Terraform")
        .field("Configuration", string(&item.configuration))
        .field("Type", string(&item.terraform_type))
        .field("Path", string(&item.path))
        .field(
            "WriteConnectionSecretToReference",
            secret(&item.write_connection_secret_to_ref, "SecretReference"),
        )
        .field("ProviderReference", secret(&item.provider_ref, "Reference"))
        .field("DeleteResource", flag(item.delete_resource))
        .field("Region", string(&item.region))
        .field(
            "GitCredentialsSecretReference",
            secret(&item.git_credentials_secret_reference, "SecretReference"),
        )
        .done()
}

fn named(item: &SecretReference, type_name: &str) -> u64 {
    Struct::new(type_name)
        .field("Name", string(&item.name))
        .field("Namespace", string(&item.namespace))
        .done()
}

//! The definitions that an application uses, read from the hub and frozen.
//!
//! Looked for in the application's namespace and then in the system's; once a revision holds them they
//! come from there, whatever happens to the cluster's. Source: `GetDefinition` in
//! `pkg/oam/util/helper.go`, `pkg/appfile/parser.go`.

use std::sync::Arc;

use mizzen_oam::application::Component;
use mizzen_oam::revision::ApplicationRevisionSpec;
use mizzen_oam::{ApplicationRevision, SYSTEM_NAMESPACE, V1BETA1};
use serde_json::Value;

use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::ObjectId;
use crate::render::catalog::label_form;
use crate::render::workflow::BUILTIN_STEPS;
use crate::render::{
    Appfile, Compiler, Definition, DefinitionKind, Definitions, INTERNAL_POLICIES,
};

/// Definitions in the two forms that are needed: to render with, and to freeze.
pub(super) struct Snapshot {
    pub(super) definitions: Definitions,
    pub(super) frozen: ApplicationRevisionSpec,
}

/// Reads what an application uses.
pub(super) async fn read(
    fleet: &Fleet,
    compiler: &Arc<Compiler>,
    app: &Appfile,
) -> Result<Snapshot, Error> {
    let definitions = Definitions::new(compiler.clone());
    let mut snapshot = Snapshot { definitions, frozen: ApplicationRevisionSpec::default() };
    for component in &app.components {
        let within =
            format!("failed to parseComponents: fetch component/policy type of {}", component.name);
        let used = (DefinitionKind::Component, component.component_type.as_str());
        snapshot.take(fleet, app, used).await.map_err(|error| error.within(within))?;
        for item in &component.traits {
            let within = format!(
                "failed to parseComponents: component({}) parse trait({})",
                component.name, item.trait_type
            );
            let used = (DefinitionKind::Trait, item.trait_type.as_str());
            snapshot.take(fleet, app, used).await.map_err(|error| error.within(within))?;
        }
    }
    for (kind, name) in overridden(app) {
        snapshot.take(fleet, app, (kind, &name)).await?;
    }
    for step in &app.workflow.steps {
        let types = step.sub_steps.iter().map(|sub| sub.step_type.as_str());
        for name in std::iter::once(step.base.step_type.as_str()).chain(types) {
            if !BUILTIN_STEPS.contains(&name) {
                let within = "failed to parseWorkflowSteps";
                let used = (DefinitionKind::WorkflowStep, name);
                snapshot.take(fleet, app, used).await.map_err(|error| error.within(within))?;
            }
        }
    }
    for policy in &app.policies {
        if !INTERNAL_POLICIES.contains(&policy.policy_type.as_str()) {
            let within =
                format!("failed to parsePolicies: fetch component/policy type of {}", policy.name);
            let used = (DefinitionKind::Policy, policy.policy_type.as_str());
            snapshot.take(fleet, app, used).await.map_err(|error| error.within(within))?;
        }
    }
    Ok(snapshot)
}

/// Definitions that a revision holds.
pub(super) fn of_revision(
    compiler: &Arc<Compiler>,
    revision: &ApplicationRevision,
) -> Result<Definitions, Error> {
    let base = Definitions::new(compiler.clone());
    Ok(crate::forecast::snapshot(&base, revision)?)
}

/// Definitions with those of a component's types that they lack, as they are on the hub now; nothing when
/// they lack none.
pub(super) async fn extended(
    fleet: &Fleet,
    known: &Definitions,
    app: &Appfile,
    component: &Component,
) -> Result<Option<Definitions>, Error> {
    let traits = component.traits.iter().map(|item| (DefinitionKind::Trait, &item.trait_type));
    let used =
        std::iter::once((DefinitionKind::Component, &component.component_type)).chain(traits);
    let missing: Vec<_> = used.filter(|(kind, name)| known.find(*kind, name).is_err()).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let (definitions, frozen) = (known.clone(), ApplicationRevisionSpec::default());
    let mut snapshot = Snapshot { definitions, frozen };
    for (kind, name) in missing {
        snapshot.take(fleet, app, (kind, name)).await?;
    }
    Ok(Some(snapshot.definitions))
}

/// Types that only override policies name.
fn overridden(app: &Appfile) -> Vec<(DefinitionKind, String)> {
    let mut found = Vec::new();
    let overrides = app.policies.iter().filter(|policy| policy.policy_type == "override");
    for properties in overrides.filter_map(|policy| policy.properties.as_ref()) {
        for component in properties["components"].as_array().into_iter().flatten() {
            if let Some(name) = component["type"].as_str() {
                found.push((DefinitionKind::Component, name.to_owned()));
            }
            let traits = component["traits"].as_array().into_iter().flatten();
            let names = traits.filter_map(|item| item["type"].as_str());
            found.extend(names.map(|name| (DefinitionKind::Trait, name.to_owned())));
        }
    }
    found
}

impl Snapshot {
    async fn take(
        &mut self,
        fleet: &Fleet,
        app: &Appfile,
        (kind, type_name): (DefinitionKind, &str),
    ) -> Result<(), Error> {
        if self.definitions.find(kind, type_name).is_ok() {
            return Ok(());
        }
        let object = match type_name.split_once('@') {
            None => find(fleet, &app.namespace, kind.object_kind(), type_name).await?,
            Some(_) => revision(fleet, app, kind, type_name).await?,
        };
        let Some(mut object) = object else {
            return Err(Error::Invalid(missing(kind, type_name)));
        };
        clean(kind, &mut object);
        let definition = Arc::new(Definition::from_object(&object)?);
        self.definitions.insert_as(&label_form(type_name), definition.clone());
        self.freeze(kind, &definition.name, object)
    }

    fn freeze(&mut self, kind: DefinitionKind, name: &str, object: Value) -> Result<(), Error> {
        let unreadable = |error: serde_json::Error| Error::Unreadable {
            what: format!("definition {name}"),
            why: error.to_string(),
        };
        let frozen = &mut self.frozen;
        let name = name.to_owned();
        macro_rules! put {
            ($map:ident) => {
                drop(frozen.$map.insert(name, serde_json::from_value(object).map_err(unreadable)?))
            };
        }
        match kind {
            DefinitionKind::Component => put!(component_definitions),
            DefinitionKind::Trait => put!(trait_definitions),
            DefinitionKind::Policy => put!(policy_definitions),
            DefinitionKind::WorkflowStep => put!(workflow_step_definitions),
            DefinitionKind::Workload => put!(workload_definitions),
        }
        Ok(())
    }
}

/// The sentence of a definition that is nowhere, as readers of conditions know it.
fn missing(kind: DefinitionKind, name: &str) -> String {
    let sort = kind.object_kind();
    let not_found = format!("{sort}.core.oam.dev {name:?} not found");
    match kind {
        DefinitionKind::Trait => format!("trait definition of {name} not found"),
        DefinitionKind::WorkflowStep => {
            format!("failed to get workflow step definition {name}: {not_found}")
        }
        DefinitionKind::Policy => {
            format!("load template from policy definition [{name}] : {not_found}")
        }
        DefinitionKind::Component | DefinitionKind::Workload => format!(
            "load template from component definition [{name}] : \
             WorkloadDefinition.core.oam.dev {name:?} not found"
        ),
    }
}

/// What belongs to the stored object and not to the definition. Steps keep their status, as upstream
/// keeps it.
fn clean(kind: DefinitionKind, object: &mut Value) {
    if kind != DefinitionKind::WorkflowStep
        && let Some(fields) = object.as_object_mut()
    {
        fields.shift_remove("status");
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.shift_remove("managedFields");
    }
}

/// What is used under a name in a namespace: what is there, or else what the system has for all.
pub(super) async fn find(
    fleet: &Fleet,
    namespace: &str,
    kind: &str,
    name: &str,
) -> Result<Option<Value>, Error> {
    for namespace in [namespace, SYSTEM_NAMESPACE] {
        let id = ObjectId::on_hub(V1BETA1, kind, namespace, name);
        if let Some(object) = fleet.get(&id).await? {
            return Ok(Some(object));
        }
    }
    Ok(None)
}

/// The definition inside a DefinitionRevision, for `name@v3`.
async fn revision(
    fleet: &Fleet,
    app: &Appfile,
    kind: DefinitionKind,
    type_name: &str,
) -> Result<Option<Value>, Error> {
    let found = find(fleet, &app.namespace, "DefinitionRevision", &label_form(type_name)).await?;
    let field = match kind {
        DefinitionKind::Component => "componentDefinition",
        DefinitionKind::Trait => "traitDefinition",
        DefinitionKind::Policy => "policyDefinition",
        DefinitionKind::WorkflowStep => "workflowStepDefinition",
        DefinitionKind::Workload => "workloadDefinition",
    };
    Ok(found.map(|revision| {
        let mut object = revision["spec"][field].clone();
        object["apiVersion"] = V1BETA1.into();
        object["kind"] = kind.object_kind().into();
        object
    }))
}

//! The values of the policies that the engine carries out itself, and the selector of their rules.
//!
//! Invariant: their CUE texts are never evaluated, so the defaults written there do not apply here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::labels;
use crate::meta::StringMap;

/// Which objects a rule is about: every given list must hold the object's value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Selector {
    /// Component names.
    pub component_names: Vec<String>,
    /// Component types; only main workloads carry one.
    pub component_types: Vec<String>,
    /// `WORKLOAD` or `TRAIT`.
    pub oam_types: Vec<String>,
    /// Trait types.
    pub trait_types: Vec<String>,
    /// Kinds.
    pub resource_types: Vec<String>,
    /// Object names.
    pub resource_names: Vec<String>,
}

impl Selector {
    /// Whether the rule is about this object. A selector without any list is about nothing.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| object["metadata"]["labels"][key].as_str().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let tests = [
            (&self.component_names, label(labels::APP_COMPONENT).to_owned()),
            (&self.component_types, label(labels::WORKLOAD_TYPE).to_owned()),
            (&self.oam_types, label(labels::RESOURCE_TYPE).to_owned()),
            (&self.trait_types, label(labels::TRAIT_TYPE).to_owned()),
            (&self.resource_types, text(&object["kind"])),
            (&self.resource_names, text(&object["metadata"]["name"])),
        ];
        let mut given = tests.iter().filter(|(list, _)| !list.is_empty()).peekable();
        given.peek().is_some()
            && given.all(|(list, value)| !value.is_empty() && list.contains(value))
    }
}

/// `garbage-collect`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GarbageCollect {
    /// Revisions kept besides the one in use.
    pub application_revision_limit: Option<i64>,
    /// Objects of earlier generations stay.
    pub keep_legacy_resource: bool,
    /// Collect also when the workflow failed.
    pub continue_on_failure: bool,
    /// Empty, or `dependency` for deletion against the dependencies.
    pub order: String,
    /// When single objects go, and how.
    pub rules: Vec<GarbageCollectRule>,
}

/// When an object goes, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GarbageCollectRule {
    /// Which objects.
    pub selector: Selector,
    /// `onAppUpdate`, `onAppDelete` or `never`.
    pub strategy: String,
    /// `orphan` or `cascading`.
    pub propagation: Option<String>,
}

impl GarbageCollect {
    /// The strategy for an object: of the first rule about it.
    #[must_use]
    pub fn strategy(&self, object: &Value) -> Option<&str> {
        self.rules
            .iter()
            .find(|rule| rule.selector.matches(object))
            .map(|rule| rule.strategy.as_str())
    }

    /// The propagation for an object: of the first rule about it that has one.
    #[must_use]
    pub fn propagation(&self, object: &Value) -> Option<&str> {
        self.rules
            .iter()
            .filter(|rule| rule.selector.matches(object))
            .find_map(|rule| rule.propagation.as_deref())
    }
}

/// `apply-once`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ApplyOnce {
    /// Whether it is on at all.
    pub enable: bool,
    /// Which fields are left as they are; absent for whole objects.
    pub rules: Option<Vec<ApplyOnceRule>>,
}

/// Fields that are left as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplyOnceRule {
    /// Which objects.
    pub selector: Selector,
    /// Which fields, and when.
    pub strategy: Option<ApplyOnceStrategy>,
}

/// Which fields are left, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplyOnceStrategy {
    /// Field paths; `*` for the whole object.
    pub path: Vec<String>,
    /// `onUpdate`, `onStateKeep`, `always` or empty for always.
    pub affect: String,
}

impl ApplyOnce {
    /// Whole objects are left alone after their first application.
    #[must_use]
    pub fn whole_objects(&self) -> bool {
        self.enable && self.rules.is_none()
    }

    /// The strategy for an object: of the first rule about it.
    #[must_use]
    pub fn strategy(&self, object: &Value) -> Option<&ApplyOnceStrategy> {
        if !self.enable {
            return None;
        }
        let rules = self.rules.as_deref().unwrap_or_default();
        rules.iter().find(|rule| rule.selector.matches(object))?.strategy.as_ref()
    }
}

/// `shared-resource`, `take-over` or `read-only`: a bare list of selectors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Any of them is enough.
    pub rules: Vec<SelectionRule>,
}

/// One selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SelectionRule {
    /// Which objects.
    pub selector: Selector,
}

impl Selection {
    /// Whether any rule is about the object.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        self.rules.iter().any(|rule| rule.selector.matches(object))
    }
}

/// `resource-update`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceUpdate {
    /// How single objects are updated.
    pub rules: Vec<ResourceUpdateRule>,
}

/// How an object is updated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceUpdateRule {
    /// Which objects.
    pub selector: Selector,
    /// How.
    pub strategy: ResourceUpdateStrategy,
}

/// How an object is updated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceUpdateStrategy {
    /// `patch` (also when empty) or `replace`.
    pub op: String,
    /// Fields whose change makes a new object.
    pub recreate_fields: Vec<String>,
}

impl ResourceUpdate {
    /// The strategy for an object: of the first rule about it.
    #[must_use]
    pub fn strategy(&self, object: &Value) -> Option<&ResourceUpdateStrategy> {
        self.rules.iter().find(|rule| rule.selector.matches(object)).map(|rule| &rule.strategy)
    }
}

/// `topology`: where components go. Unknown keys are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Topology {
    /// Names of clusters.
    pub clusters: Option<Vec<String>>,
    /// Labels of clusters.
    pub cluster_label_selector: Option<StringMap>,
    /// No match is fine.
    pub allow_empty: bool,
    /// Old form of the labels.
    pub cluster_selector: Option<StringMap>,
    /// Namespace instead of the application's.
    pub namespace: String,
}

/// `override`: how components differ in a place. Unknown keys are refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Override {
    /// Changes of components.
    pub components: Vec<ComponentPatch>,
    /// The components that are delivered; absent for all.
    pub selector: Option<Vec<String>>,
}

/// A change of components.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentPatch {
    /// Name or pattern; empty for all.
    pub name: String,
    /// Component type.
    #[serde(rename = "type")]
    pub component_type: String,
    /// Values merged over the component's.
    pub properties: Option<Value>,
    /// Changes of traits.
    pub traits: Vec<TraitPatch>,
    /// Kept for compatibility.
    pub external_revision: String,
}

/// A change of a trait.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TraitPatch {
    /// Trait type.
    #[serde(rename = "type")]
    pub trait_type: String,
    /// Values merged over the trait's.
    pub properties: Option<Value>,
    /// The trait is taken away.
    pub disable: bool,
}

/// `replication`: components once per key. Unknown keys are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Replication {
    /// The keys.
    pub keys: Vec<String>,
    /// Which components.
    pub selector: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Selector;

    #[test]
    fn selectors_need_every_given_list() {
        let object = json!({"kind": "Deployment", "metadata": {"name": "web", "labels":
            {"app.oam.dev/component": "web", "app.oam.dev/resourceType": "WORKLOAD"}}});
        for (selector, expected) in [
            (json!({}), false),
            (json!({"componentNames": ["web"]}), true),
            (json!({"componentNames": ["api", "web"], "resourceTypes": ["Deployment"]}), true),
            (json!({"componentNames": ["web"], "resourceTypes": ["Service"]}), false),
            (json!({"traitTypes": ["scaler"]}), false),
        ] {
            let parsed: Selector = serde_json::from_value(selector.clone()).expect("a selector");
            assert_eq!(parsed.matches(&object), expected, "{selector}");
        }
    }
}

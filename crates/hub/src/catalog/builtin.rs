//! The built-in rows of the catalog: the facts of the schema, joined with the rules in which the
//! registry treats kinds differently.

use std::sync::Arc;

use super::{Resource, Rules, Subresource};
use crate::schema::{KindFacts, Schema, SubresourceFacts};
use crate::store::Collection;

/// group, plural, and flags, one letter each: G generation counts spec changes, A annotations count
/// too, R delete returns the object, C PUT creates, V PUT needs a resourceVersion, O dependents are
/// orphaned by default.
const RULES: &[(&str, &str, &str)] = &[
    ("", "endpoints", "C"),
    ("", "events", "C"),
    ("", "limitranges", "C"),
    ("", "namespaces", "R"),
    ("", "persistentvolumeclaims", "R"),
    ("", "persistentvolumes", "R"),
    ("", "pods", "GR"),
    ("", "podtemplates", "GR"),
    ("", "replicationcontrollers", "GO"),
    ("", "resourcequotas", "R"),
    ("", "serviceaccounts", "R"),
    ("", "services", "RC"),
    ("apiregistration.k8s.io", "apiservices", "V"),
    ("apps", "daemonsets", "G"),
    ("apps", "deployments", "GA"),
    ("apps", "replicasets", "G"),
    ("apps", "statefulsets", "G"),
    ("events.k8s.io", "events", "C"),
    ("batch", "cronjobs", "G"),
    ("batch", "jobs", "GO"),
    ("networking.k8s.io", "ingressclasses", "G"),
    ("networking.k8s.io", "ingresses", "G"),
    ("networking.k8s.io", "networkpolicies", "G"),
    ("policy", "poddisruptionbudgets", "GV"),
    ("scheduling.k8s.io", "priorityclasses", "G"),
    ("rbac.authorization.k8s.io", "clusterrolebindings", "C"),
    ("rbac.authorization.k8s.io", "clusterroles", "C"),
    ("rbac.authorization.k8s.io", "rolebindings", "C"),
    ("rbac.authorization.k8s.io", "roles", "C"),
    ("storage.k8s.io", "csidrivers", "GRV"),
    ("storage.k8s.io", "csinodes", "RV"),
    ("storage.k8s.io", "csistoragecapacities", "RV"),
    ("storage.k8s.io", "storageclasses", "R"),
    ("storage.k8s.io", "volumeattachments", "R"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "GV"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies", "GV"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings", "GV"),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", "GV"),
    ("apiextensions.k8s.io", "customresourcedefinitions", "GV"),
    ("coordination.k8s.io", "leases", "CV"),
    ("node.k8s.io", "runtimeclasses", "CV"),
    ("discovery.k8s.io", "endpointslices", "G"),
];

/// Every built-in resource, in the order of discovery.
pub(super) fn resources(schema: &Schema) -> Vec<Resource> {
    schema.kinds().iter().map(|kind| resource(schema, kind)).collect()
}

fn resource(schema: &Schema, kind: &KindFacts) -> Resource {
    Resource {
        group: kind.group.clone(),
        version: kind.version.clone(),
        plural: kind.plural.clone(),
        singular: kind.singular.clone(),
        kind: kind.kind.clone(),
        list_kind: format!("{}List", kind.kind),
        namespaced: kind.namespaced,
        verbs: kind.verbs.clone(),
        short_names: kind.short_names.clone(),
        categories: kind.categories.clone(),
        subresources: kind.subresources.iter().map(|s| subresource(kind, s)).collect(),
        rules: rules(kind),
        storage: Collection::new(storage_group(kind), &kind.plural),
        facts: Some(Arc::new(stored_kind(schema, kind).clone())),
        custom: None,
        projection: None,
    }
}

/// Events of both groups are one set of objects.
fn storage_group(kind: &KindFacts) -> &str {
    if kind.group == "events.k8s.io" { "" } else { &kind.group }
}

/// The kind in whose shape objects are stored.
fn stored_kind<'a>(schema: &'a Schema, kind: &'a KindFacts) -> &'a KindFacts {
    let group = storage_group(kind);
    let version = if group == "autoscaling" { "v2" } else { &kind.version };
    schema.resource(group, version, &kind.plural).unwrap_or(kind)
}

fn rules(kind: &KindFacts) -> Rules {
    let row =
        RULES.iter().find(|(group, plural, _)| *group == kind.group && *plural == kind.plural);
    let flags = row.map_or("", |(_, _, flags)| *flags);
    let has = |flag| flags.contains(flag);
    Rules {
        generation: has('G'),
        annotations_count: has('A'),
        returns_deleted: has('R'),
        create_on_update: has('C'),
        version_required: has('V'),
        orphans_by_default: has('O'),
        create_only: kind.verbs == ["create"],
    }
}

fn subresource(kind: &KindFacts, facts: &SubresourceFacts) -> Subresource {
    let same =
        facts.group.is_empty() || (facts.group == kind.group && facts.version == kind.version);
    Subresource {
        name: facts.name.clone(),
        kind: facts.kind.clone(),
        foreign: (!same).then(|| (facts.group.clone(), facts.version.clone())),
        verbs: facts.verbs.clone(),
    }
}

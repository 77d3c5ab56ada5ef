//! The table of built-in resources, in the order in which a real server's discovery lists groups.
//!
//! Flags, one letter each: N namespaced, S status, L scale, G generation counts spec changes,
//! A annotations count too, R delete returns the object, C PUT creates, V PUT needs a
//! resourceVersion, O dependents are orphaned by default, P POST only, W any path segment is a name.

use super::{Resource, Rules, Subresource};
use crate::store::Collection;

/// plural, kind, flags, short names, categories (both separated by commas).
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

const GROUPS: &[(&str, &str, &[Row])] = &[
    ("", "v1", CORE),
    ("apiregistration.k8s.io", "v1", &[("apiservices", "APIService", "SV", "", "api-extensions")]),
    ("apps", "v1", APPS),
    ("events.k8s.io", "v1", &[("events", "Event", "NC", "ev", "")]),
    ("authentication.k8s.io", "v1", AUTHENTICATION),
    ("authorization.k8s.io", "v1", AUTHORIZATION),
    (
        "autoscaling",
        "v2",
        &[("horizontalpodautoscalers", "HorizontalPodAutoscaler", "NS", "hpa", "all")],
    ),
    (
        "batch",
        "v1",
        &[("cronjobs", "CronJob", "NSG", "cj", "all"), ("jobs", "Job", "NSGO", "", "all")],
    ),
    (
        "certificates.k8s.io",
        "v1",
        &[("certificatesigningrequests", "CertificateSigningRequest", "S", "csr", "")],
    ),
    ("networking.k8s.io", "v1", NETWORKING),
    ("policy", "v1", &[("poddisruptionbudgets", "PodDisruptionBudget", "NSGV", "pdb", "")]),
    ("rbac.authorization.k8s.io", "v1", RBAC),
    ("storage.k8s.io", "v1", STORAGE),
    ("admissionregistration.k8s.io", "v1", ADMISSION),
    (
        "apiextensions.k8s.io",
        "v1",
        &[(
            "customresourcedefinitions",
            "CustomResourceDefinition",
            "SGV",
            "crd,crds",
            "api-extensions",
        )],
    ),
    ("scheduling.k8s.io", "v1", &[("priorityclasses", "PriorityClass", "", "pc", "")]),
    ("coordination.k8s.io", "v1", &[("leases", "Lease", "NCV", "", "")]),
    ("node.k8s.io", "v1", &[("runtimeclasses", "RuntimeClass", "CV", "", "")]),
    ("discovery.k8s.io", "v1", &[("endpointslices", "EndpointSlice", "NG", "", "")]),
];

const CORE: &[Row] = &[
    ("bindings", "Binding", "NP", "", ""),
    ("configmaps", "ConfigMap", "N", "cm", ""),
    ("endpoints", "Endpoints", "NC", "ep", ""),
    ("events", "Event", "NC", "ev", ""),
    ("limitranges", "LimitRange", "NC", "limits", ""),
    ("namespaces", "Namespace", "SR", "ns", ""),
    ("nodes", "Node", "S", "no", ""),
    ("persistentvolumeclaims", "PersistentVolumeClaim", "NSR", "pvc", ""),
    ("persistentvolumes", "PersistentVolume", "SR", "pv", ""),
    ("pods", "Pod", "NSGR", "po", "all"),
    ("podtemplates", "PodTemplate", "NGR", "", ""),
    ("replicationcontrollers", "ReplicationController", "NSLGO", "rc", "all"),
    ("resourcequotas", "ResourceQuota", "NSR", "quota", ""),
    ("secrets", "Secret", "N", "", ""),
    ("serviceaccounts", "ServiceAccount", "NR", "sa", ""),
    ("services", "Service", "NSRC", "svc", "all"),
];

const APPS: &[Row] = &[
    ("controllerrevisions", "ControllerRevision", "N", "", ""),
    ("daemonsets", "DaemonSet", "NSG", "ds", "all"),
    ("deployments", "Deployment", "NSLGA", "deploy", "all"),
    ("replicasets", "ReplicaSet", "NSLG", "rs", "all"),
    ("statefulsets", "StatefulSet", "NSLG", "sts", "all"),
];

const AUTHENTICATION: &[Row] = &[
    ("selfsubjectreviews", "SelfSubjectReview", "P", "", ""),
    ("tokenreviews", "TokenReview", "P", "", ""),
];

const AUTHORIZATION: &[Row] = &[
    ("localsubjectaccessreviews", "LocalSubjectAccessReview", "NP", "", ""),
    ("selfsubjectaccessreviews", "SelfSubjectAccessReview", "P", "", ""),
    ("selfsubjectrulesreviews", "SelfSubjectRulesReview", "P", "", ""),
    ("subjectaccessreviews", "SubjectAccessReview", "P", "", ""),
];

const NETWORKING: &[Row] = &[
    ("ingressclasses", "IngressClass", "G", "", ""),
    ("ingresses", "Ingress", "NSG", "ing", ""),
    ("networkpolicies", "NetworkPolicy", "NG", "netpol", ""),
];

const RBAC: &[Row] = &[
    ("clusterrolebindings", "ClusterRoleBinding", "CW", "", ""),
    ("clusterroles", "ClusterRole", "CW", "", ""),
    ("rolebindings", "RoleBinding", "NCW", "", ""),
    ("roles", "Role", "NCW", "", ""),
];

const STORAGE: &[Row] = &[
    ("csidrivers", "CSIDriver", "GRV", "", ""),
    ("csinodes", "CSINode", "RV", "", ""),
    ("storageclasses", "StorageClass", "R", "sc", ""),
    ("volumeattachments", "VolumeAttachment", "SR", "", ""),
];

const ADMISSION: &[Row] = &[
    ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "GV", "", "api-extensions"),
    ("validatingadmissionpolicies", "ValidatingAdmissionPolicy", "SGV", "", "api-extensions"),
    (
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
        "GV",
        "",
        "api-extensions",
    ),
    (
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        "GV",
        "",
        "api-extensions",
    ),
];

const GET_PATCH_UPDATE: &[&str] = &["get", "patch", "update"];

/// Subresources beside status and scale: resource, name, kind, foreign version, verbs.
type Extra = (
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
    &'static [&'static str],
);

const EXTRAS: &[Extra] = &[
    ("namespaces", "finalize", "Namespace", None, &["update"]),
    ("pods", "attach", "PodAttachOptions", None, &["create", "get"]),
    ("pods", "binding", "Binding", None, &["create"]),
    ("pods", "eviction", "Eviction", Some(("policy", "v1")), &["create"]),
    ("pods", "exec", "PodExecOptions", None, &["create", "get"]),
    ("pods", "log", "Pod", None, &["get"]),
    ("pods", "portforward", "PodPortForwardOptions", None, &["create", "get"]),
    (
        "serviceaccounts",
        "token",
        "TokenRequest",
        Some(("authentication.k8s.io", "v1")),
        &["create"],
    ),
];

/// Every built-in resource.
pub(super) fn resources() -> Vec<Resource> {
    let mut all = Vec::new();
    for (group, version, rows) in GROUPS {
        all.extend(rows.iter().map(|row| resource(group, version, row)));
    }
    all
}

fn resource(group: &str, version: &str, row: &Row) -> Resource {
    let (plural, kind, flags, short, categories) = *row;
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        namespaced: flags.contains('N'),
        short_names: words(short),
        categories: words(categories),
        subresources: subresources(group, plural, kind, flags),
        rules: rules(flags),
        storage: storage(group, plural),
        custom: None,
    }
}

/// Events of both groups are one set of objects.
fn storage(group: &str, plural: &str) -> Collection {
    match group {
        "events.k8s.io" => Collection::new("", "events"),
        group => Collection::new(group, plural),
    }
}

fn words(list: &str) -> Vec<String> {
    list.split(',').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn rules(flags: &str) -> Rules {
    let has = |flag| flags.contains(flag);
    Rules {
        generation: has('G'),
        annotations_count: has('A'),
        returns_deleted: has('R'),
        create_on_update: has('C'),
        version_required: has('V'),
        orphans_by_default: has('O'),
        create_only: has('P'),
        loose_name: has('W'),
    }
}

fn subresources(group: &str, plural: &str, kind: &str, flags: &str) -> Vec<Subresource> {
    let mut found = Vec::new();
    let mut push = |name: &str, kind: &str, foreign, verbs| {
        found.push(Subresource { name: name.to_owned(), kind: kind.to_owned(), foreign, verbs });
    };
    if group.is_empty() {
        for (_, name, kind, foreign, verbs) in EXTRAS.iter().filter(|e| e.0 == plural) {
            push(name, kind, *foreign, *verbs);
        }
    }
    if flags.contains('L') {
        push("scale", "Scale", Some(("autoscaling", "v1")), GET_PATCH_UPDATE);
    }
    if flags.contains('S') {
        push("status", kind, None, GET_PATCH_UPDATE);
    }
    found
}

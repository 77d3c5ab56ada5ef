//! The roles and bindings every cluster has from its first moment.

use serde_json::{Value, json};

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];

/// What people of a namespace look at and change, by group.
const WORK: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "configmaps",
            "endpoints",
            "events",
            "persistentvolumeclaims",
            "pods",
            "pods/log",
            "pods/status",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "serviceaccounts",
            "services",
            "services/status",
        ],
    ),
    (
        "apps",
        &[
            "controllerrevisions",
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
    ),
    ("autoscaling", &["horizontalpodautoscalers", "horizontalpodautoscalers/status"]),
    ("batch", &["cronjobs", "cronjobs/status", "jobs", "jobs/status"]),
    ("discovery.k8s.io", &["endpointslices"]),
    ("networking.k8s.io", &["ingresses", "ingresses/status", "networkpolicies"]),
    ("policy", &["poddisruptionbudgets", "poddisruptionbudgets/status"]),
];

/// Paths that anybody who is logged in may read.
const DISCOVERY: &[&str] = &[
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
];
/// Paths that anybody at all may read.
const PUBLIC: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/version/"];

fn work(verbs: &[&str]) -> Vec<Value> {
    WORK.iter()
        .map(|(group, resources)| {
            json!({"verbs": verbs, "apiGroups": [group], "resources": resources})
        })
        .collect()
}

fn role(name: &str, label: &str, rules: Vec<Value>) -> Value {
    let mut labels = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
    if !label.is_empty() {
        labels[format!("rbac.authorization.k8s.io/aggregate-to-{label}")] = json!("true");
    }
    json!({
        "kind": "ClusterRole",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": name, "labels": labels},
        "rules": rules,
    })
}

fn gathering(name: &str, label: &str) -> Value {
    let mut value = role(name, label, Vec::new());
    let key = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
    value["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {key: "true"}}]});
    value
}

fn binding(role: &str, groups: &[&str]) -> Value {
    let subjects: Vec<Value> = groups
        .iter()
        .map(|g| json!({"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": g}))
        .collect();
    json!({
        "kind": "ClusterRoleBinding",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": role, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": subjects,
    })
}

/// The first roles and bindings: plural and object.
pub(crate) fn first_roles() -> Vec<(&'static str, Value)> {
    let everything = vec![
        json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}),
        json!({"verbs": ["*"], "nonResourceURLs": ["*"]}),
    ];
    let urls = |urls: &[&str]| vec![json!({"verbs": ["get"], "nonResourceURLs": urls})];
    let reviews = vec![
        json!({"verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
            "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]}),
        json!({"verbs": ["create"], "apiGroups": ["authentication.k8s.io"],
            "resources": ["selfsubjectreviews"]}),
    ];
    let namespaces = json!({"verbs": READ, "apiGroups": [""], "resources":
        ["namespaces", "limitranges", "resourcequotas"]});
    let all = [READ, WRITE].concat();
    let secrets = json!({"verbs": all, "apiGroups": [""], "resources": ["secrets"]});
    let rights = json!({"verbs": all, "apiGroups": ["rbac.authorization.k8s.io"],
        "resources": ["rolebindings", "roles"]});
    let mut roles = vec![
        role("cluster-admin", "", everything),
        gathering("admin", ""),
        gathering("edit", "admin"),
        gathering("view", "edit"),
        role("system:aggregate-to-admin", "admin", vec![rights]),
        role("system:aggregate-to-edit", "edit", [work(WRITE), vec![secrets]].concat()),
        role("system:aggregate-to-view", "view", [work(READ), vec![namespaces]].concat()),
        role("system:basic-user", "", reviews),
        role("system:discovery", "", urls(DISCOVERY)),
        role("system:public-info-viewer", "", urls(PUBLIC)),
    ];
    // A gathering role is evaluated one level deep, so each carries what is below it.
    for name in ["system:aggregate-to-edit", "system:aggregate-to-view"] {
        for role in roles.iter_mut().filter(|r| r["metadata"]["name"] == name) {
            for wider in ["edit", "admin"] {
                role["metadata"]["labels"]
                    [format!("rbac.authorization.k8s.io/aggregate-to-{wider}")] = json!("true");
            }
        }
    }
    let all = "system:authenticated";
    let bindings = vec![
        binding("cluster-admin", &["system:masters"]),
        binding("system:basic-user", &[all]),
        binding("system:discovery", &[all]),
        binding("system:public-info-viewer", &[all, "system:unauthenticated"]),
    ];
    let roles = roles.into_iter().map(|r| ("clusterroles", r));
    roles.chain(bindings.into_iter().map(|b| ("clusterrolebindings", b))).collect()
}

//! The RBAC evaluator: the rules that bindings give a user, and whether they cover a wish.

use serde_json::Value;

use super::Attributes;
use crate::cluster::Inner;
use crate::identity::User;
use crate::json;
use crate::selector::LabelSelector;
use crate::store::{Collection, Key};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Whether the rules of a user cover a wish.
pub(super) fn allows(cluster: &Inner, user: &User, wanted: &Attributes) -> bool {
    rules_of(cluster, user, &wanted.namespace).iter().any(|rule| covers(rule, wanted))
}

/// The rules that bindings give a user in a namespace (and everywhere).
pub(crate) fn rules_of(cluster: &Inner, user: &User, namespace: &str) -> Vec<Value> {
    let mut rules = Vec::new();
    let everywhere = Collection::new(GROUP, "clusterrolebindings");
    for (_, binding) in cluster.store.list(&everywhere, None).objects {
        if binds(&binding, user, "") {
            rules.extend(role_rules(cluster, &binding, ""));
        }
    }
    if namespace.is_empty() {
        return rules;
    }
    let local = Collection::new(GROUP, "rolebindings");
    for (_, binding) in cluster.store.list(&local, Some(namespace)).objects {
        if binds(&binding, user, namespace) {
            rules.extend(role_rules(cluster, &binding, namespace));
        }
    }
    rules
}

fn binds(binding: &Value, user: &User, namespace: &str) -> bool {
    json::items(binding, &["subjects"]).iter().any(|subject| {
        let name = json::text(subject, &["name"]);
        match json::text(subject, &["kind"]) {
            "User" => user.name == name,
            "Group" => user.is_in(name),
            "ServiceAccount" => {
                let own = json::text(subject, &["namespace"]);
                let namespace = if own.is_empty() { namespace } else { own };
                user.name == format!("system:serviceaccount:{namespace}:{name}")
            }
            _ => false,
        }
    })
}

fn role_rules(cluster: &Inner, binding: &Value, namespace: &str) -> Vec<Value> {
    let name = json::text(binding, &["roleRef", "name"]);
    match json::text(binding, &["roleRef", "kind"]) {
        "Role" => {
            let roles = Collection::new(GROUP, "roles");
            let role = cluster.store.get(&roles, &Key::new(namespace, name));
            role.map(|r| json::items(&r, &["rules"]).to_vec()).unwrap_or_default()
        }
        _ => cluster_role_rules(cluster, name),
    }
}

/// The rules of a cluster role, and of those it gathers by label.
fn cluster_role_rules(cluster: &Inner, name: &str) -> Vec<Value> {
    let roles = Collection::new(GROUP, "clusterroles");
    let Some(role) = cluster.store.get(&roles, &Key::new("", name)) else { return Vec::new() };
    let mut rules = json::items(&role, &["rules"]).to_vec();
    let selectors: Vec<LabelSelector> =
        json::items(&role, &["aggregationRule", "clusterRoleSelectors"])
            .iter()
            .filter_map(LabelSelector::from_object)
            .collect();
    if selectors.is_empty() {
        return rules;
    }
    for (key, other) in cluster.store.list(&roles, None).objects {
        if key.name != name && selectors.iter().any(|s| s.matches(&other)) {
            rules.extend(json::items(&other, &["rules"]).iter().cloned());
        }
    }
    rules
}

fn covers(rule: &Value, wanted: &Attributes) -> bool {
    let list = |key: &str| json::items(rule, &[key]).iter().filter_map(Value::as_str);
    let has = |key: &str, value: &str| list(key).any(|v| v == "*" || v == value);
    if !has("verbs", &wanted.verb) {
        return false;
    }
    if wanted.resource.is_empty() {
        return list("nonResourceURLs").any(|url| covers_path(url, &wanted.path));
    }
    let named = list("resourceNames").next().is_none()
        || (!wanted.name.is_empty() && list("resourceNames").any(|n| n == wanted.name));
    named
        && has("apiGroups", &wanted.group)
        && list("resources").any(|r| covers_resource(r, wanted))
}

fn covers_path(url: &str, path: &str) -> bool {
    match url.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => url == path,
    }
}

fn covers_resource(rule: &str, wanted: &Attributes) -> bool {
    if rule == "*" {
        return true;
    }
    match (rule.split_once('/'), wanted.subresource.as_str()) {
        (None, "") => rule == wanted.resource,
        (Some((resource, sub)), wanted_sub) => {
            sub == wanted_sub && (resource == "*" || resource == wanted.resource)
        }
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(rule: Value, wanted: [&str; 5], expected: bool) {
        let [verb, group, resource, subresource, name] = wanted.map(str::to_owned);
        let wanted =
            Attributes { verb, group, resource, subresource, name, ..Attributes::default() };
        assert_eq!(covers(&rule, &wanted), expected, "{rule} {wanted:?}");
    }

    #[test]
    fn rules() {
        let rule =
            |resources: Value| json!({"verbs": ["get"], "apiGroups": [""], "resources": resources});
        check(rule(json!(["pods"])), ["get", "", "pods", "", "a"], true);
        check(rule(json!(["pods"])), ["list", "", "pods", "", ""], false);
        check(rule(json!(["pods"])), ["get", "apps", "pods", "", ""], false);
        check(rule(json!(["pods"])), ["get", "", "pods", "log", "a"], false);
        check(rule(json!(["pods/log"])), ["get", "", "pods", "log", "a"], true);
        check(rule(json!(["*/log"])), ["get", "", "pods", "log", "a"], true);
        check(rule(json!(["*"])), ["get", "", "pods", "log", "a"], true);
        let mut named = rule(json!(["pods"]));
        named["resourceNames"] = json!(["a"]);
        check(named.clone(), ["get", "", "pods", "", "a"], true);
        check(named, ["get", "", "pods", "", "b"], false);
        let paths = json!({"verbs": ["get"], "nonResourceURLs": ["/healthz", "/apis/*"]});
        let path = |path: &str| Attributes {
            verb: "get".into(),
            path: path.into(),
            ..Attributes::default()
        };
        assert!(covers(&paths, &path("/apis/x")) && !covers(&paths, &path("/metrics")));
    }
}

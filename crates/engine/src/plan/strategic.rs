//! Three-way strategic merge patches, for the kinds that Kubernetes itself defines.
//!
//! As the JSON form, but lists with a merge key are merged entry by entry. Invariant: entries that
//! others added stay; entries that we applied and no longer want go.

use serde_json::{Map, Value, json};

use super::merge::same;

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListRule {
    /// Entry by entry, by this key.
    Key(&'static str),
    /// As a set of plain values.
    Set,
    /// As a whole.
    Whole,
}

/// Whether the API group is one whose kinds have merge keys.
#[must_use]
pub fn has_merge_keys(group: &str) -> bool {
    const GROUPS: &[&str] = &["", "apps", "batch", "autoscaling", "policy", "extensions"];
    const SUFFIXED: &[&str] = &[
        "admissionregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
        "storagemigration",
    ];
    let prefix = group.strip_suffix(".k8s.io");
    GROUPS.contains(&group) || prefix.is_some_and(|prefix| SUFFIXED.contains(&prefix))
}

/// The patch, an empty object when nothing is to be done. `kind` decides where a key is ambiguous.
#[must_use]
pub fn three_way(kind: &str, original: Option<&Value>, modified: &Value, current: &Value) -> Value {
    let walker = Walker { kind };
    let empty = Map::new();
    let object = |value: Option<&Value>| value.and_then(Value::as_object).unwrap_or(&empty).clone();
    walker.maps("", &object(original), &object(Some(modified)), &object(Some(current))).into()
}

struct Walker<'a> {
    kind: &'a str,
}

impl Walker<'_> {
    fn maps(
        &self,
        parent: &str,
        original: &Map<String, Value>,
        modified: &Map<String, Value>,
        current: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut patch = Map::new();
        for (key, wanted) in modified {
            self.field(&mut patch, parent, key, original.get(key), wanted, current.get(key));
        }
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            if current.contains_key(key) {
                patch.insert(key.clone(), Value::Null);
            }
        }
        patch
    }

    fn field(
        &self,
        patch: &mut Map<String, Value>,
        parent: &str,
        key: &str,
        original: Option<&Value>,
        wanted: &Value,
        live: Option<&Value>,
    ) {
        let empty = Map::new();
        match (live, wanted) {
            (Some(Value::Object(live)), Value::Object(wanted)) => {
                let original = original.and_then(Value::as_object).unwrap_or(&empty);
                let mut inner = self.maps(key, original, wanted, live);
                if !inner.is_empty() {
                    if self.retains_keys(parent, key) {
                        inner.insert("$retainKeys".to_owned(), wanted.keys().cloned().collect());
                    }
                    patch.insert(key.to_owned(), inner.into());
                }
            }
            (Some(Value::Array(live)), Value::Array(wanted)) => {
                let original = original.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                match self.rule(parent, key) {
                    ListRule::Key(name) => self.entries(patch, key, name, original, wanted, live),
                    ListRule::Set => set(patch, key, original, wanted, live),
                    ListRule::Whole if list_same(live, wanted) => {}
                    ListRule::Whole => drop(patch.insert(key.to_owned(), wanted.clone().into())),
                }
            }
            (Some(live), wanted) if same(live, wanted) => {}
            (None, Value::Null) => {}
            (_, wanted) => drop(patch.insert(key.to_owned(), wanted.clone())),
        }
    }

    fn entries(
        &self,
        patch: &mut Map<String, Value>,
        key: &str,
        name: &str,
        original: &[Value],
        wanted: &[Value],
        live: &[Value],
    ) {
        let find =
            |list: &[Value], id: &Value| list.iter().find(|item| same(&item[name], id)).cloned();
        let mut changes = Vec::new();
        for item in wanted {
            let id = &item[name];
            match (find(live, id), item.as_object()) {
                (Some(Value::Object(live)), Some(item)) => {
                    let before = find(original, id).unwrap_or_default();
                    let empty = Map::new();
                    let before = before.as_object().unwrap_or(&empty);
                    let mut inner = self.maps(key, before, item, &live);
                    if !inner.is_empty() {
                        inner.insert(name.to_owned(), id.clone());
                        if key == "volumes" {
                            inner.insert("$retainKeys".to_owned(), item.keys().cloned().collect());
                        }
                        changes.push(inner.into());
                    }
                }
                _ => changes.push(item.clone()),
            }
        }
        for gone in original.iter().filter(|item| find(wanted, &item[name]).is_none()) {
            if find(live, &gone[name]).is_some() {
                changes.push(json!({"$patch": "delete", name: gone[name]}));
            }
        }
        if changes.is_empty() && in_order(name, wanted, live) {
            return;
        }
        let order: Vec<Value> = wanted.iter().map(|item| json!({name: item[name]})).collect();
        patch.insert(format!("$setElementOrder/{key}"), order.into());
        if !changes.is_empty() {
            patch.insert(key.to_owned(), changes.into());
        }
    }

    /// The merge key of a list, by its name and the name of what it stands in.
    fn rule(&self, parent: &str, key: &str) -> ListRule {
        let container = matches!(parent, "containers" | "initContainers" | "ephemeralContainers");
        match (parent, key) {
            (_, "containers" | "initContainers" | "ephemeralContainers" | "imagePullSecrets") => {
                ListRule::Key("name")
            }
            ("spec", "volumes" | "schedulingGates" | "resourceClaims") => ListRule::Key("name"),
            (_, "env") if container => ListRule::Key("name"),
            (_, "volumeMounts") if container => ListRule::Key("mountPath"),
            (_, "volumeDevices") if container => ListRule::Key("devicePath"),
            (_, "ports") if container => ListRule::Key("containerPort"),
            ("spec", "ports") if self.kind == "Service" => ListRule::Key("port"),
            ("spec", "hostAliases") => ListRule::Key("ip"),
            ("spec", "topologySpreadConstraints") => ListRule::Key("topologyKey"),
            ("", "secrets") if self.kind == "ServiceAccount" => ListRule::Key("name"),
            ("", "webhooks") => ListRule::Key("name"),
            ("metadata", "ownerReferences") => ListRule::Key("uid"),
            ("metadata", "finalizers") => ListRule::Set,
            ("status", "conditions") => ListRule::Key("type"),
            _ => ListRule::Whole,
        }
    }

    /// Unions of which only the wanted members are to stay.
    fn retains_keys(&self, parent: &str, key: &str) -> bool {
        self.kind == "Deployment" && parent == "spec" && key == "strategy"
    }
}

fn set(
    patch: &mut Map<String, Value>,
    key: &str,
    original: &[Value],
    wanted: &[Value],
    live: &[Value],
) {
    let added: Vec<Value> = wanted.iter().filter(|item| !live.contains(item)).cloned().collect();
    let gone = original.iter().filter(|item| !wanted.contains(item) && live.contains(item));
    let gone: Vec<Value> = gone.cloned().collect();
    if !added.is_empty() {
        patch.insert(key.to_owned(), added.into());
    }
    if !gone.is_empty() {
        patch.insert(format!("$deleteFromPrimitiveList/{key}"), gone.into());
    }
}

fn list_same(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

/// Whether the wanted entries stand in the live list in the wanted order.
fn in_order(name: &str, wanted: &[Value], live: &[Value]) -> bool {
    let place = |item: &Value| live.iter().position(|it| same(&it[name], &item[name]));
    let places: Vec<usize> = wanted.iter().filter_map(place).collect();
    places.is_sorted()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::three_way;

    fn check(original: Value, modified: Value, current: Value, expected: Value) {
        assert_eq!(three_way("Deployment", Some(&original), &modified, &current), expected);
    }

    #[test]
    fn containers_are_merged_by_name() {
        let web = |image: &str| json!({"spec": {"containers": [{"name": "web", "image": image}]}});
        let live = json!({"spec": {"containers": [
            {"name": "web", "image": "a", "imagePullPolicy": "Always"}, {"name": "mesh"}]}});
        check(web("a"), web("a"), live.clone(), json!({}));
        check(
            web("a"),
            web("b"),
            live,
            json!({"spec": {"$setElementOrder/containers": [{"name": "web"}],
                "containers": [{"image": "b", "name": "web"}]}}),
        );
    }

    #[test]
    fn entries_no_longer_wanted_go() {
        let two = json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}});
        let one = json!({"spec": {"containers": [{"name": "a"}]}});
        check(
            two.clone(),
            one.clone(),
            two,
            json!({"spec": {"$setElementOrder/containers": [{"name": "a"}],
                "containers": [{"$patch": "delete", "name": "b"}]}}),
        );
        check(one.clone(), one.clone(), one, json!({}));
    }
}

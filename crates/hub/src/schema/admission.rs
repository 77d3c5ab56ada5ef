//! What the API server adds to built-in objects beyond defaults when they are made or replaced.
//!
//! Cluster addresses and node ports, the default service account and tolerations of a pod, the
//! generated selector of a Job, protection finalizers. Deterministic: an address follows from the
//! object's name and from what is taken. Knows the store only through [`Allocator`].

use serde_json::{Value, json};

use super::defaults::{TEMPLATE_GENERATION, child, each, ensure, set};
use super::facts::KindFacts;

/// What a cluster has given out already.
pub trait Allocator {
    /// Whether a Service holds this cluster address.
    fn cluster_ip_taken(&self, ip: &str) -> bool;
    /// Whether a Service holds this node port.
    fn node_port_taken(&self, port: u16) -> bool;
    /// The name of the StorageClass that is marked as default.
    fn default_storage_class(&self) -> Option<String>;
}

/// Completes an object at admission. `old` is the stored object when one is replaced; uid and name
/// must be set already.
pub fn admit(kind: &KindFacts, old: Option<&Value>, object: &mut Value, given: &dyn Allocator) {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Service") => service(old, object, given),
        ("", "Pod") if old.is_none() => pod(object),
        ("batch", "Job") if old.is_none() => job(object),
        ("apps", "DaemonSet") => template_generation(old, object),
        ("", "PersistentVolumeClaim") if old.is_none() => claim(object, given),
        ("", "PersistentVolume") if old.is_none() => {
            finalizer(object, "kubernetes.io/pv-protection")
        }
        ("", "Namespace") if old.is_none() => {
            if let Some(spec) = ensure(object, "spec") {
                set(spec, "finalizers", json!(["kubernetes"]));
            }
        }
        _ => {}
    }
}

/// The annotation that counts the templates of a DaemonSet; updates cannot set it. Source:
/// `pkg/registry/apps/daemonset`.
fn template_generation(old: Option<&Value>, object: &mut Value) {
    let count = |object: &Value| {
        let text = object["metadata"]["annotations"][TEMPLATE_GENERATION].as_str();
        text.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0)
    };
    let now = match old {
        None => count(object).max(1),
        Some(old) => {
            let changed = old["spec"]["template"] != object["spec"]["template"];
            count(old) + i64::from(changed)
        }
    };
    if let Some(metadata) = child(object, "metadata") {
        set(metadata, "annotations", json!({}));
        metadata["annotations"][TEMPLATE_GENERATION] = json!(now.to_string());
    }
}

fn finalizer(object: &mut Value, name: &str) {
    let Some(metadata) = child(object, "metadata") else { return };
    set(metadata, "finalizers", json!([]));
    if let Some(Value::Array(list)) = metadata.get_mut("finalizers")
        && !list.iter().any(|f| f == name)
    {
        list.push(json!(name));
    }
}

fn claim(object: &mut Value, given: &dyn Allocator) {
    if let Some(spec) = child(object, "spec")
        && spec.get("storageClassName").is_none_or(Value::is_null)
        && let Some(class) = given.default_storage_class()
    {
        spec["storageClassName"] = json!(class);
    }
    finalizer(object, "kubernetes.io/pvc-protection");
}

fn pod(object: &mut Value) {
    let class = qos_class(&object["spec"]);
    if let Some(spec) = child(object, "spec") {
        set(spec, "serviceAccountName", json!("default"));
        spec["serviceAccount"] = spec["serviceAccountName"].clone();
        set(spec, "priority", json!(0));
        set(spec, "preemptionPolicy", json!("PreemptLowerPriority"));
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            tolerate(spec, key);
        }
    }
    object["status"] = json!({"phase": "Pending", "qosClass": class});
}

fn tolerate(spec: &mut Value, key: &str) {
    set(spec, "tolerations", json!([]));
    let Some(Value::Array(list)) = spec.get_mut("tolerations") else { return };
    let covered = list.iter().any(|t| {
        let effect = &t["effect"];
        (t["key"] == key || t["key"].is_null()) && (*effect == "NoExecute" || effect.is_null())
    });
    if !covered {
        list.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute",
            "tolerationSeconds": 300}));
    }
}

/// `Guaranteed`, `Burstable` or `BestEffort`, from the requests and limits of all containers.
fn qos_class(spec: &Value) -> &'static str {
    let (mut any, mut guaranteed) = (false, true);
    for key in ["containers", "initContainers"] {
        for container in spec[key].as_array().into_iter().flatten() {
            let (limits, requests) =
                (&container["resources"]["limits"], &container["resources"]["requests"]);
            for name in ["cpu", "memory"] {
                any |= limits[name].is_string() || requests[name].is_string();
                guaranteed &= limits[name].is_string() && limits[name] == requests[name];
            }
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

/// A Job without a selector of its own selects by its uid.
fn job(object: &mut Value) {
    let metadata = &object["metadata"];
    let (uid, name) = (metadata["uid"].clone(), metadata["name"].clone());
    let Some(spec) = child(object, "spec") else { return };
    if spec["manualSelector"] == true {
        return;
    }
    if spec["selector"].is_null() {
        spec["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    }
    if let Some(template) = ensure(spec, "template")
        && let Some(metadata) = ensure(template, "metadata")
        && let Some(labels) = ensure(metadata, "labels")
    {
        for prefix in ["", "batch.kubernetes.io/"] {
            set(labels, &format!("{prefix}controller-uid"), uid.clone());
            set(labels, &format!("{prefix}job-name"), name.clone());
        }
    }
}

/// A small stable hash, so that addresses follow from names.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn service(old: Option<&Value>, object: &mut Value, given: &dyn Allocator) {
    let metadata = &object["metadata"];
    let seed = fnv(&format!("{}/{}", metadata["namespace"], metadata["name"]));
    let Some(spec) = child(object, "spec") else { return };
    if let Some(old) = old {
        carry_over(&old["spec"], spec);
    }
    if spec["type"] == "ExternalName" {
        return;
    }
    cluster_ip(spec, seed, given);
    let with_ports = (spec["type"] == "LoadBalancer"
        && spec["allocateLoadBalancerNodePorts"] != false)
        || spec["type"] == "NodePort";
    if with_ports {
        node_ports(spec, seed, given);
    }
}

/// A replacement that leaves allocated values out keeps them.
fn carry_over(old: &Value, spec: &mut Value) {
    if spec["type"] == "ExternalName" || old["type"] == "ExternalName" {
        return;
    }
    for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if let Some(value) = old.get(key) {
            set(spec, key, value.clone());
        }
    }
    let had_ports = old["type"] == "NodePort" || old["type"] == "LoadBalancer";
    if !had_ports || !(spec["type"] == "NodePort" || spec["type"] == "LoadBalancer") {
        return;
    }
    each(spec, "ports", |port| {
        let same = |o: &&Value| o["port"] == port["port"] && o["protocol"] == port["protocol"];
        let before = old["ports"].as_array().into_iter().flatten().find(same);
        if let Some(number) = before.and_then(|p| p.get("nodePort")).cloned() {
            set(port, "nodePort", number);
        }
    });
}

fn cluster_ip(spec: &mut Value, seed: u32, given: &dyn Allocator) {
    if spec["clusterIP"].as_str().is_none_or(str::is_empty) {
        let first = spec["clusterIPs"][0].as_str().map(str::to_owned);
        spec["clusterIP"] = json!(first.unwrap_or_else(|| free_ip(seed, given)));
    }
    let ip = spec["clusterIP"].clone();
    set(spec, "clusterIPs", json!([ip]));
    let selects = spec["selector"].as_object().is_some_and(|s| !s.is_empty());
    if ip == "None" && !selects {
        // Nothing is known of the endpoints, so that they may be of both families.
        set(spec, "ipFamilyPolicy", json!("RequireDualStack"));
        if spec["ipFamilyPolicy"] != "SingleStack" {
            set(spec, "ipFamilies", json!(["IPv4", "IPv6"]));
        }
    }
    let family = if ip.as_str().is_some_and(|ip| ip.contains(':')) { "IPv6" } else { "IPv4" };
    set(spec, "ipFamilies", json!([family]));
    set(spec, "ipFamilyPolicy", json!("SingleStack"));
}

/// A free address of 10.96.0.0/16, starting where the hash points.
fn free_ip(seed: u32, given: &dyn Allocator) -> String {
    let span = 254 * 256;
    let at = |step: u32| {
        let index = (seed.wrapping_add(step)) % span;
        format!("10.96.{}.{}", index / 254, index % 254 + 1)
    };
    let kept = |ip: &String| ip != "10.96.0.1" && ip != "10.96.0.10";
    (0..span).map(at).filter(kept).find(|ip| !given.cluster_ip_taken(ip)).unwrap_or_else(|| at(0))
}

fn node_ports(spec: &mut Value, seed: u32, given: &dyn Allocator) {
    let mut used: Vec<u16> = Vec::new();
    each(spec, "ports", |port| {
        if port["nodePort"].as_u64().is_some_and(|n| n != 0) {
            return;
        }
        let at =
            |step: u32| 30_000 + u16::try_from(seed.wrapping_add(step) % 2768).unwrap_or_default();
        let free =
            (0..2768).map(at).find(|port| !used.contains(port) && !given.node_port_taken(*port));
        if let Some(number) = free {
            used.push(number);
            port["nodePort"] = json!(number);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    struct Fresh;

    impl Allocator for Fresh {
        fn cluster_ip_taken(&self, _: &str) -> bool {
            false
        }
        fn node_port_taken(&self, _: u16) -> bool {
            false
        }
        fn default_storage_class(&self) -> Option<String> {
            Some("standard".to_owned())
        }
    }

    fn admitted(mut object: Value, old: Option<&Value>) -> Value {
        let schema = Schema::builtin();
        let api_version = object["apiVersion"].as_str().expect("version").to_owned();
        let kind = object["kind"].as_str().expect("kind").to_owned();
        let kind = schema.kind(&api_version, &kind).expect("known");
        admit(kind, old, &mut object, &Fresh);
        object
    }

    #[test]
    fn services_get_and_keep_their_addresses() {
        let body = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "b"},
            "spec": {"type": "NodePort", "ports": [{"port": 80, "protocol": "TCP"}]}});
        let first = admitted(body.clone(), None);
        assert!(first["spec"]["clusterIP"].as_str().is_some_and(|ip| ip.starts_with("10.96.")));
        assert!(first["spec"]["ports"][0]["nodePort"].as_u64().is_some_and(|p| p >= 30_000));
        assert_eq!(admitted(body, Some(&first)), first);
    }

    #[test]
    fn pods_get_account_class_and_tolerations() {
        let pod = admitted(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {},
            "spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}}),
            None,
        );
        assert_eq!(pod["spec"]["serviceAccountName"], "default");
        assert_eq!(pod["spec"]["tolerations"].as_array().map(Vec::len), Some(2));
        assert_eq!(pod["status"], json!({"phase": "Pending", "qosClass": "Burstable"}));
    }
}

//! Rows of Services, endpoints, Ingresses and nodes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Printer, S, age, items, labels, name, or_none, text};

/// The printer of a kind, if it is one of these.
pub(super) fn printer(group: &str, kind: &str) -> Option<Printer> {
    Some(match (group, kind) {
        ("", "Service") => Printer { columns: SERVICE, cells: service },
        ("", "Endpoints") => Printer {
            columns: &[("Name", S, 0), ("Endpoints", S, 0), ("Age", S, 0)],
            cells: endpoints,
        },
        ("discovery.k8s.io", "EndpointSlice") => Printer { columns: SLICE, cells: slice },
        ("networking.k8s.io", "Ingress") => Printer { columns: INGRESS, cells: ingress },
        ("networking.k8s.io", "IngressClass") => Printer {
            columns: &[("Name", S, 0), ("Controller", S, 0), ("Parameters", S, 0), ("Age", S, 0)],
            cells: ingress_class,
        },
        ("networking.k8s.io", "NetworkPolicy") => Printer {
            columns: &[("Name", S, 0), ("Pod-Selector", S, 0), ("Age", S, 0)],
            cells: |object, now| {
                let selector = &object["spec"]["podSelector"];
                vec![name(object), super::selector(selector), age(object, now)]
            },
        },
        ("", "Node") => Printer { columns: NODE, cells: node },
        _ => return None,
    })
}

const SERVICE: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Type", S, 0),
    ("Cluster-IP", S, 0),
    ("External-IP", S, 0),
    ("Port(s)", S, 0),
    ("Age", S, 0),
    ("Selector", S, 1),
];

fn service(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let ports: Vec<String> = items(spec, "ports")
        .iter()
        .map(|p| match p["nodePort"].as_i64() {
            Some(node) if node > 0 => format!("{}:{node}/{}", p["port"], text(&p["protocol"])),
            _ => format!("{}/{}", p["port"], text(&p["protocol"])),
        })
        .collect();
    vec![
        name(object),
        spec["type"].clone(),
        or_none(text(&spec["clusterIP"]).to_owned()),
        json!(external_ip(object)),
        or_none(ports.join(",")),
        age(object, now),
        or_none(labels(&spec["selector"])),
    ]
}

fn external_ip(object: &Value) -> String {
    let spec = &object["spec"];
    let extra: Vec<&str> = items(spec, "externalIPs").iter().map(text).collect();
    let joined = extra.join(",");
    match text(&spec["type"]) {
        "ExternalName" => text(&spec["externalName"]).to_owned(),
        "LoadBalancer" => {
            let mut all = load_balancer(object);
            all.extend(extra.iter().map(|ip| (*ip).to_owned()));
            if all.is_empty() { "<pending>".to_owned() } else { all.join(",") }
        }
        _ if joined.is_empty() => "<none>".to_owned(),
        _ => joined,
    }
}

fn load_balancer(object: &Value) -> Vec<String> {
    items(&object["status"]["loadBalancer"], "ingress")
        .iter()
        .map(|point| match text(&point["ip"]) {
            "" => text(&point["hostname"]).to_owned(),
            ip => ip.to_owned(),
        })
        .collect()
}

fn shortened(list: &[String], shown: usize) -> Value {
    if list.len() > shown {
        json!(format!("{} + {} more...", list[..shown].join(","), list.len() - shown))
    } else {
        or_none(list.join(","))
    }
}

fn endpoints(object: &Value, now: Timestamp) -> Vec<Value> {
    let mut list = Vec::new();
    for subset in items(object, "subsets") {
        for port in items(subset, "ports") {
            for address in items(subset, "addresses") {
                list.push(format!("{}:{}", text(&address["ip"]), port["port"]));
            }
        }
    }
    vec![name(object), shortened(&list, 3), age(object, now)]
}

const SLICE: &[(&str, &str, i32)] =
    &[("Name", S, 0), ("AddressType", S, 0), ("Ports", S, 0), ("Endpoints", S, 0), ("Age", S, 0)];

fn slice(object: &Value, now: Timestamp) -> Vec<Value> {
    let ports: Vec<String> = items(object, "ports")
        .iter()
        .map(|p| if p["port"].is_null() { "*".to_owned() } else { p["port"].to_string() })
        .collect();
    let ports = if ports.is_empty() { json!("<unset>") } else { shortened(&ports, 3) };
    let endpoints = items(object, "endpoints").iter();
    let addresses: Vec<String> =
        endpoints.flat_map(|e| items(e, "addresses")).map(|a| text(a).to_owned()).collect();
    let addresses = if addresses.is_empty() { json!("<unset>") } else { shortened(&addresses, 3) };
    vec![name(object), object["addressType"].clone(), ports, addresses, age(object, now)]
}

const INGRESS: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Class", S, 0),
    ("Hosts", S, 0),
    ("Address", S, 0),
    ("Ports", S, 0),
    ("Age", S, 0),
];

fn ingress(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let hosts: Vec<String> = items(spec, "rules")
        .iter()
        .map(|rule| text(&rule["host"]).to_owned())
        .filter(|host| !host.is_empty())
        .collect();
    let hosts = if hosts.is_empty() { json!("*") } else { shortened(&hosts, 3) };
    let ports = if items(spec, "tls").is_empty() { "80" } else { "80, 443" };
    vec![
        name(object),
        or_none(text(&spec["ingressClassName"]).to_owned()),
        hosts,
        json!(load_balancer(object).join(",")),
        json!(ports),
        age(object, now),
    ]
}

fn ingress_class(object: &Value, now: Timestamp) -> Vec<Value> {
    let parameters = &object["spec"]["parameters"];
    let mut target = text(&parameters["kind"]).to_owned();
    if let Some(group) = parameters["apiGroup"].as_str() {
        target = format!("{target}.{group}");
    }
    let target = match target.as_str() {
        "" => String::new(),
        target => format!("{target}/{}", text(&parameters["name"])),
    };
    vec![name(object), object["spec"]["controller"].clone(), or_none(target), age(object, now)]
}

const NODE: &[(&str, &str, i32)] = &[
    ("Name", S, 0),
    ("Status", S, 0),
    ("Roles", S, 0),
    ("Age", S, 0),
    ("Version", S, 0),
    ("Internal-IP", S, 1),
    ("External-IP", S, 1),
    ("OS-Image", S, 1),
    ("Kernel-Version", S, 1),
    ("Container-Runtime", S, 1),
];

fn node(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    let mut states = match super::condition(object, "Ready") {
        Some(ready) if ready["status"] == "True" => vec!["Ready"],
        Some(_) => vec!["NotReady"],
        None => vec!["Unknown"],
    };
    if object["spec"]["unschedulable"] == true {
        states.push("SchedulingDisabled");
    }
    let address = |kind: &str| {
        let found = items(status, "addresses").iter().find(|a| a["type"] == kind);
        or_none(found.map_or_else(String::new, |a| text(&a["address"]).to_owned()))
    };
    let info = |key: &str| match text(&status["nodeInfo"][key]) {
        "" => json!("<unknown>"),
        value => json!(value),
    };
    vec![
        name(object),
        json!(states.join(",")),
        or_none(roles(object)),
        age(object, now),
        json!(text(&status["nodeInfo"]["kubeletVersion"])),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

fn roles(object: &Value) -> String {
    let mut roles: Vec<&str> = object["metadata"]["labels"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => Some(role),
            _ if key == "kubernetes.io/role" => value.as_str(),
            _ => None,
        })
        .collect();
    roles.sort_unstable();
    roles.join(",")
}

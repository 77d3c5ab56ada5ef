//! Services: ports, types, addresses.

use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::Value;

use super::{Findings, items, metadata, text};

/// A Service.
pub(super) fn service(object: &Value, found: &mut Findings) {
    let spec = &object["spec"];
    let kind = text(spec, "type");
    let headless = spec["clusterIP"] == "None";
    let ports = items(spec, "ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        found.required("spec.ports", "");
    }
    if kind == "ExternalName" && text(spec, "externalName").is_empty() {
        found.required("spec.externalName", "");
    }
    check_ports(ports, found);
    for (index, ip) in items(spec, "clusterIPs").iter().enumerate() {
        let known = ip.as_str().is_some_and(|ip| ip == "None" || ip.parse::<IpAddr>().is_ok());
        if !known && kind != "ExternalName" {
            let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            found.invalid(format!("spec.clusterIPs[{index}]"), ip, detail);
        }
    }
    metadata::labels(&spec["selector"], "spec.selector", found);
    found.one_of(spec, "spec", "sessionAffinity", &["ClientIP", "None"]);
    found.one_of(spec, "spec", "type", &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
}

fn check_ports(ports: &[Value], found: &mut Findings) {
    let mut names = HashSet::new();
    let mut numbers = HashSet::new();
    for (index, port) in ports.iter().enumerate() {
        let at = format!("spec.ports[{index}]");
        let name = text(port, "name");
        if !name.is_empty() || ports.len() > 1 {
            metadata::name_of_part(port, &at, found);
        }
        if !name.is_empty() && !names.insert(name) {
            found.duplicate(format!("{at}.name"), &port["name"]);
        }
        if !port["port"].as_i64().is_some_and(|n| (1..=65535).contains(&n)) {
            let detail = "must be between 1 and 65535, inclusive";
            found.invalid(format!("{at}.port"), &port["port"], detail);
        }
        if port["targetPort"].as_i64().is_some_and(|n| !(1..=65535).contains(&n)) {
            let detail = "must be between 1 and 65535, inclusive";
            found.invalid(format!("{at}.targetPort"), &port["targetPort"], detail);
        }
        found.one_of(port, &at, "protocol", &["SCTP", "TCP", "UDP"]);
        if !numbers.insert((port["port"].as_i64(), text(port, "protocol"))) {
            // The parts that tell ports apart, in the server's own form of a port.
            let key = serde_json::json!({"Name": "", "Protocol": port["protocol"],
                "AppProtocol": null, "Port": port["port"], "TargetPort": 0, "NodePort": 0});
            found.duplicate(at, &key);
        }
    }
}

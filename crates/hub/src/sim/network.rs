//! Services and Ingresses: endpoint slices that follow pods, addresses of load balancers.
//!
//! Pure. One slice a Service: the simulated clusters stay far below the thousand endpoints at which
//! upstream begins a second one.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::json::{items, meta, text};
use crate::sim::object::{deleting, finished, hash32, holds, owner_reference, safe_text};
use crate::sim::plan::{Actor, Ctx, Plan, note};
use crate::sim::world::Kind;

const MANAGED_BY: &str = "endpointslice-controller.k8s.io";

/// Plans the next step of a Service.
pub(crate) fn service(ctx: &Ctx<'_>, service: &Value, plan: &mut Plan) {
    if deleting(service) {
        return;
    }
    if service["spec"]["selector"].as_object().is_some_and(|s| !s.is_empty()) {
        endpoints(ctx, service, plan);
    }
    if text(service, &["spec", "type"]) == "LoadBalancer" {
        address(ctx, Kind::Service, service, plan);
    }
}

/// Plans the next step of an Ingress.
pub(crate) fn ingress(ctx: &Ctx<'_>, ingress: &Value, plan: &mut Plan) {
    if !deleting(ingress) {
        address(ctx, Kind::Ingress, ingress, plan);
    }
}

/// Gives a load balancer its address some time after the object was made.
fn address(ctx: &Ctx<'_>, kind: Kind, object: &Value, plan: &mut Plan) {
    let has_one = !items(object, &["status", "loadBalancer", "ingress"]).is_empty();
    if has_one || !ctx.options.addresses {
        return;
    }
    let Ok(made) = meta(object, "creationTimestamp").parse::<jiff::Timestamp>() else { return };
    let delay = SignedDuration::try_from(ctx.options.timing.address).unwrap_or_default();
    let due = made.checked_add(delay).unwrap_or(made);
    if due > ctx.now {
        plan.wake_at(due);
        return;
    }
    let hash = hash32(&format!("{}/{}", meta(object, "namespace"), meta(object, "name")));
    let ip = match kind {
        Kind::Service => format!("172.18.{}.{}", 200 + hash % 50, hash / 50 % 254 + 1),
        _ => "172.18.255.1".to_owned(),
    };
    let mut point = json!({"ip": ip});
    if kind == Kind::Service {
        point["ipMode"] = json!("VIP");
        let text = "Ensured load balancer";
        plan.tell(note("service-controller", kind, object, "EnsuredLoadBalancer", text));
    } else {
        let text = "Scheduled for sync";
        plan.tell(note("nginx-ingress-controller", kind, object, "Sync", text));
    }
    let mut status = object["status"].clone();
    status["loadBalancer"] = json!({"ingress": [point]});
    plan.status(kind, object, status, Actor::Cloud);
}

fn endpoints(ctx: &Ctx<'_>, service: &Value, plan: &mut Plan) {
    let namespace = meta(service, "namespace");
    let selector = json!({"matchLabels": service["spec"]["selector"]});
    let pods: Vec<&Value> = ctx
        .world
        .inside(Kind::Pod, namespace)
        .map(AsRef::as_ref)
        .filter(|pod| crate::schema::selector_matches(&selector, &pod["metadata"]["labels"]))
        .filter(|pod| !finished(pod) && !text(pod, &["status", "podIP"]).is_empty())
        .collect();
    let publish = service["spec"]["publishNotReadyAddresses"] == true;
    let list: Vec<Value> = pods.iter().map(|pod| endpoint(pod, publish)).collect();
    let ports = ports(service, &pods);
    let slices = ctx.world.controlled(meta(service, "uid"), Kind::EndpointSlice);
    let Some(slice) = slices.first() else { return create(service, &list, &ports, plan) };
    let mut object = (**slice).clone();
    object["endpoints"] = json!(list);
    object["ports"] = json!(ports);
    if object["endpoints"] != slice["endpoints"] || object["ports"] != slice["ports"] {
        plan.replace(Kind::EndpointSlice, object, Actor::Manager);
    }
}

fn endpoint(pod: &Value, publish: bool) -> Value {
    let (ready, going) = (holds(pod, "Ready"), deleting(pod));
    json!({
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": (ready && !going) || publish, "serving": ready, "terminating": going},
        "targetRef": {"kind": "Pod", "namespace": meta(pod, "namespace"), "name": meta(pod, "name"),
            "uid": meta(pod, "uid")},
        "nodeName": pod["spec"]["nodeName"],
    })
}

/// The ports of a slice, named target ports looked up in the pods.
fn ports(service: &Value, pods: &[&Value]) -> Vec<Value> {
    let mut out = Vec::new();
    for port in items(service, &["spec", "ports"]) {
        let target = &port["targetPort"];
        let number = match target.as_str() {
            None => target.as_i64().filter(|n| *n != 0).or_else(|| port["port"].as_i64()),
            Some(name) => pods.iter().find_map(|pod| {
                items(pod, &["spec", "containers"])
                    .iter()
                    .flat_map(|c| items(c, &["ports"]))
                    .find(|p| p["name"] == name)
                    .and_then(|p| p["containerPort"].as_i64())
            }),
        };
        if let Some(number) = number {
            let mut row = json!({"name": text(port, &["name"]), "protocol": port["protocol"], "port": number});
            if port["protocol"].is_null() {
                row["protocol"] = json!("TCP");
            }
            out.push(row);
        }
    }
    out
}

fn create(service: &Value, endpoints: &[Value], ports: &[Value], plan: &mut Plan) {
    let name = meta(service, "name");
    let mut labels = service["metadata"]["labels"].clone();
    if !labels.is_object() {
        labels = json!({});
    }
    labels["endpointslice.kubernetes.io/managed-by"] = json!(MANAGED_BY);
    labels["kubernetes.io/service-name"] = json!(name);
    if service["spec"]["clusterIP"] == "None" {
        labels["service.kubernetes.io/headless"] = json!("");
    }
    let suffix = safe_text(hash32(meta(service, "uid")), 5);
    let object = json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{name}-{suffix}"),
            "namespace": meta(service, "namespace"),
            "generateName": format!("{name}-"),
            "labels": labels,
            "ownerReferences": [owner_reference(Kind::Service, service)],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports,
    });
    plan.create(Kind::EndpointSlice, object, Actor::Manager, None);
}

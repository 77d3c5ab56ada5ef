//! Questions about what an application delivered.
//!
//! Source: `pkg/workflow/providers/query/endpoint.go` of kubevela.

use serde_json::{Value, json};

use crate::control::work::Work;
use crate::error::Error;
use crate::plan::ObjectId;
use crate::workflow::Reply;

impl Work<'_> {
    /// Where the services of the application can be reached: Services and Ingresses that it applied.
    /// Another application is not looked at.
    pub(super) async fn endpoints(&mut self, params: &Value) -> Result<Reply, Error> {
        let app = &params["app"];
        let here = |key: &str, ours: &str| app[key].as_str().is_none_or(|named| named == ours);
        if !here("name", &self.appfile.name) || !here("namespace", &self.appfile.namespace) {
            let name = app["name"].as_str().unwrap_or_default();
            return Err(Error::Invalid(format!(
                "endpoints of another application ({name}) are not supported by this controller yet"
            )));
        }
        let wanted = app["filter"]["components"].as_array();
        let mut found = Vec::new();
        for entry in self.trackers.kept().cloned().collect::<Vec<_>>() {
            let chosen = wanted.is_none_or(|names| names.iter().any(|n| *n == entry.component));
            let object = entry.object();
            if !chosen || !["Service", "Ingress"].contains(&object.kind.as_str()) {
                continue;
            }
            let id = crate::track::garbage::object_id(&entry);
            if let Some(live) = self.fleet.get(&id).await? {
                let ends = match id.kind.as_str() {
                    "Service" => service(&live),
                    _ => ingress(&live),
                };
                found.extend(ends.into_iter().map(|end| told(&end, &id, &entry.component)));
            }
        }
        Ok(Reply::Done(Some(json!({ "list": found }))))
    }
}

fn told(endpoint: &Value, id: &ObjectId, component: &str) -> Value {
    json!({
        "endpoint": endpoint,
        "ref": {
            "apiVersion": id.api_version,
            "kind": id.kind,
            "namespace": id.namespace,
            "name": id.name,
        },
        "cluster": id.cluster,
        "component": component,
    })
}

fn application_protocol(port: i64) -> &'static str {
    match port {
        80 | 8080 => "http",
        443 => "https",
        3306 => "mysql",
        6379 => "redis",
        _ => "",
    }
}

/// Every port of a Service: from outside where a load balancer has an address, else inside.
fn service(live: &Value) -> Vec<Value> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, namespace) = (text(&live["metadata"]["name"]), text(&live["metadata"]["namespace"]));
    let outside = live["status"]["loadBalancer"]["ingress"].as_array().and_then(|all| {
        let first = all.first()?;
        let host = first["hostname"].as_str().or(first["ip"].as_str())?;
        Some(host.to_owned())
    });
    let inner = outside.is_none();
    let host = outside.unwrap_or_else(|| format!("{name}.{namespace}"));
    let ports = live["spec"]["ports"].as_array().into_iter().flatten();
    ports
        .map(|port| {
            let number = port["port"].as_i64().unwrap_or_default();
            json!({
                "protocol": port["protocol"],
                "appProtocol": application_protocol(number),
                "host": host,
                "port": number,
                "portName": text(&port["name"]),
                "path": "",
                "inner": inner,
            })
        })
        .collect()
}

/// Every rule of an Ingress.
fn ingress(live: &Value) -> Vec<Value> {
    let tls: Vec<&str> = live["spec"]["tls"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|entry| entry["hosts"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let rules = live["spec"]["rules"].as_array().into_iter().flatten();
    rules
        .flat_map(|rule| {
            let host = rule["host"].as_str().unwrap_or_default();
            let secure = tls.contains(&host);
            let (protocol, port) = if secure { ("https", 443) } else { ("http", 80) };
            let paths = rule["http"]["paths"].as_array().into_iter().flatten();
            paths.map(move |path| {
                json!({
                    "protocol": "TCP",
                    "appProtocol": protocol,
                    "host": host,
                    "port": port,
                    "portName": "",
                    "path": path["path"],
                    "inner": false,
                })
            })
        })
        .collect()
}

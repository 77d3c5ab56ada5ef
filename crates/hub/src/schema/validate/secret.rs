//! Secrets whose type demands certain keys.

use base64::Engine as _;
use serde_json::Value;

use super::{Findings, text};
use crate::go_json;

/// What a type demands.
enum Demand {
    /// All of these keys.
    All(&'static [&'static str]),
    /// One of these keys at least.
    Any(&'static [&'static str]),
    /// A key that holds something.
    Filled(&'static str),
    /// A key that holds a JSON object.
    Json(&'static str),
}

/// Source: `pkg/apis/core/validation`, `ValidateSecret`.
const DEMANDS: &[(&str, Demand)] = &[
    ("kubernetes.io/basic-auth", Demand::Any(&["username", "password"])),
    ("kubernetes.io/dockercfg", Demand::Json(".dockercfg")),
    ("kubernetes.io/dockerconfigjson", Demand::Json(".dockerconfigjson")),
    ("kubernetes.io/ssh-auth", Demand::Filled("ssh-privatekey")),
    ("kubernetes.io/tls", Demand::All(&["tls.crt", "tls.key"])),
];

const ACCOUNT: &str = "kubernetes.io/service-account.name";

/// What the type of a Secret demands and it does not have.
pub(super) fn check(object: &Value, found: &mut Findings) {
    let kind = text(object, "type");
    if kind == "kubernetes.io/service-account-token"
        && text(&object["metadata"]["annotations"], ACCOUNT).is_empty()
    {
        found.required(format!("metadata.annotations[{ACCOUNT}]"), "");
    }
    let data = &object["data"];
    let has = |key: &str| data.get(key).is_some();
    let mut missing = |key: &str| found.required(format!("data[{key}]"), "");
    match DEMANDS.iter().find(|(of, _)| *of == kind).map(|(_, demand)| demand) {
        Some(Demand::All(keys)) => keys.iter().filter(|key| !has(key)).for_each(|key| missing(key)),
        Some(Demand::Any(keys)) if !keys.iter().any(|key| has(key)) => {
            keys.iter().for_each(|key| missing(key));
        }
        Some(Demand::Filled(key)) if text(data, key).is_empty() => missing(key),
        Some(Demand::Json(key)) if !has(key) => missing(key),
        Some(Demand::Json(key)) => holds_json(data, key, found),
        _ => {}
    }
}

fn holds_json(data: &Value, key: &str, found: &mut Findings) {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text(data, key));
    if let Err(why) = go_json::object(&bytes.unwrap_or_default()) {
        let hidden = Value::from("<secret contents redacted>");
        found.invalid(format!("data[{key}]"), &hidden, &why);
    }
}

//! `context`: what a template is told about where and as what it is rendered.
//!
//! Invariant: keys are sorted at every level, as in the text that upstream compiles, because the
//! order decides the order of what comprehensions over it yield.

use mizzen_oam::annotations;
use mizzen_oam::application::Component;
use mizzen_oam::hash;
use serde_json::{Map, Value, json};

use super::appfile::{Appfile, ClusterVersion, Target};
use super::number::normalised;

/// The context of a component's template; traits get it too, with their additions.
pub fn component(
    app: &Appfile,
    component: &Component,
    target: &Target,
    version: &ClusterVersion,
) -> Map<String, Value> {
    let mut context = application(app, version);
    let namespace = if target.namespace.is_empty() { &app.namespace } else { &target.namespace };
    context.insert("name".to_owned(), json!(component.name));
    context.insert("namespace".to_owned(), json!(namespace));
    context.insert("replicaKey".to_owned(), json!(component.replica_key));
    context.insert("revision".to_owned(), json!(hash::component(component)));
    let cluster =
        if target.cluster.is_empty() { mizzen_oam::LOCAL_CLUSTER } else { &target.cluster };
    context.insert("cluster".to_owned(), json!(cluster));
    if let Some(properties) = &component.properties {
        context.insert("parameter".to_owned(), normalised(properties));
    }
    sorted(context)
}

/// The context of a workflow step of the application; the step engine adds the step's own keys.
#[must_use]
pub fn step(app: &Appfile, version: &ClusterVersion) -> Map<String, Value> {
    let mut context = application(app, version);
    context.insert("name".to_owned(), json!(app.name));
    context.insert("namespace".to_owned(), json!(app.namespace));
    for key in ["replicaKey", "revision", "cluster"] {
        context.insert(key.to_owned(), json!(""));
    }
    sorted(context)
}

fn application(app: &Appfile, version: &ClusterVersion) -> Map<String, Value> {
    let annotation = |key: &str| app.annotations.get(key).cloned().unwrap_or_default();
    let components = json!(app.components);
    let context = json!({
        "appName": app.name,
        "appRevision": app.revision.name,
        "appRevisionNum": revision_number(&app.revision.name),
        "appLabels": app.labels,
        "appAnnotations": app.annotations,
        "components": if app.components.is_empty() { Value::Null } else { normalised(&components) },
        "workflowName": annotation(annotations::WORKFLOW_NAME),
        "publishVersion": annotation(annotations::PUBLISH_VERSION),
        "clusterVersion": {
            "major": version.major,
            "minor": minor(&version.minor),
            "gitVersion": version.git_version,
            "platform": version.platform,
        },
    });
    let mut context = match context {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    if let Some(custom) = &app.custom {
        context.insert("custom".to_owned(), normalised(custom));
    }
    context
}

fn sorted(context: Map<String, Value>) -> Map<String, Value> {
    match normalised(&Value::Object(context)) {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The number at the end of a revision's name; 0 when it has none.
#[must_use]
pub fn revision_number(name: &str) -> i64 {
    name.rsplit_once("-v").and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// The minor number without what vendors append; 0 when there is none.
fn minor(text: &str) -> i64 {
    text.trim_end_matches(['.', '+', '-', '/', '?', '!']).parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_end() {
        for (name, expected) in [("shop-v3", 3), ("shop", 0), ("", 0), ("a-v2-v11", 11)] {
            assert_eq!(revision_number(name), expected, "{name}");
        }
        for (text, expected) in [("31", 31), ("18+", 18), ("", 0), ("x", 0)] {
            assert_eq!(minor(text), expected, "{text}");
        }
    }
}

//! One line a rule: a change to a good object and what the server says of it.

use serde_json::{Value, json};

use super::{validate, validate_update};
use crate::schema::Schema;

fn set(object: &mut Value, path: &str, value: Value) {
    let (parent, key) = path.rsplit_once('/').expect("a pointer");
    let parent = object.pointer_mut(parent).expect("the parent exists");
    match parent {
        Value::Array(items) => items[key.parse::<usize>().expect("index")] = value,
        other => other[key] = value,
    }
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "a"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}})
}

fn prepared(object: Value) -> (Schema, Value) {
    let schema = Schema::builtin();
    let text = |key: &str| object[key].as_str().expect("kind and version").to_owned();
    let kind = schema.kind(&text("apiVersion"), &text("kind")).expect("known kind").clone();
    let value = schema.prepare(&kind, object).expect("decodes").value;
    (schema, value)
}

fn findings(object: Value) -> Vec<String> {
    let (schema, value) = prepared(object);
    let text = |key: &str| value[key].as_str().expect("kind and version");
    let kind = schema.kind(text("apiVersion"), text("kind")).expect("known kind");
    validate(kind, &value).iter().map(ToString::to_string).collect()
}

#[test]
fn good_objects_pass() {
    assert_eq!(findings(deployment()), Vec::<String>::new());
}

#[test]
fn rules_speak_as_upstream() {
    for (path, value, expected) in [
        (
            "/spec/replicas",
            json!(-1),
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            "/spec/template/metadata/labels",
            json!({"app": "x"}),
            "spec.template.metadata.labels: Invalid value: {\"app\":\"x\"}: `selector` does not match template `labels`",
        ),
        (
            "/spec/template/spec/containers/0/image",
            json!(""),
            "spec.template.spec.containers[0].image: Required value",
        ),
        (
            "/spec/template/spec/containers",
            json!([]),
            "spec.template.spec.containers: Required value",
        ),
        (
            "/spec/template/spec/restartPolicy",
            json!("Never"),
            "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
        (
            "/spec/template/spec/containers/0/imagePullPolicy",
            json!("Sometimes"),
            "spec.template.spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
        ),
        (
            "/spec/template/spec/containers/0/volumeMounts",
            json!([{"name": "v", "mountPath": "/x"}]),
            "spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"v\"",
        ),
        (
            "/spec/strategy",
            json!({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
        ),
        (
            "/spec/template/spec/containers/0/resources",
            json!({"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}),
            "spec.template.spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
        ),
    ] {
        let mut object = deployment();
        set(&mut object, path, value);
        assert_eq!(findings(object), [expected], "{path}");
    }
    // Without a selector nothing is selected, the template neither.
    let mut object = deployment();
    set(&mut object, "/spec/selector", Value::Null);
    let labels = "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not \
                  match template `labels`";
    assert_eq!(findings(object), ["spec.selector: Required value", labels]);
}

#[test]
fn names_and_labels_are_checked() {
    let mut object = deployment();
    object["metadata"]["name"] = json!("Web_1");
    assert!(findings(object)[0].starts_with(
        "metadata.name: Invalid value: \"Web_1\": a lowercase RFC 1123 subdomain must"
    ));
    let mut object = deployment();
    object["metadata"]["labels"] = json!({"a": "not ok"});
    assert!(
        findings(object)[0]
            .starts_with("metadata.labels: Invalid value: \"not ok\": a valid label must")
    );
}

#[test]
fn changes_are_checked() {
    let (schema, old) = prepared(deployment());
    let kind = schema.kind("apps/v1", "Deployment").expect("deployment");
    let mut new = old.clone();
    for path in ["/spec/selector/matchLabels/app", "/spec/template/metadata/labels/app"] {
        set(&mut new, path, json!("other"));
    }
    let texts: Vec<String> =
        validate_update(kind, &old, &new).iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"other\"}}: field is immutable"]
    );
}

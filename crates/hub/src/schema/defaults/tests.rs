//! Defaults and rules on whole objects.

use serde_json::{Value, json};

use super::apply_defaults;
use crate::schema::Schema;

fn prepared(object: Value) -> Value {
    let schema = Schema::builtin();
    let text = |key: &str| object[key].as_str().expect("kind and version").to_owned();
    let kind = schema.kind(&text("apiVersion"), &text("kind")).expect("known kind");
    let once = schema.prepare(kind, object).expect("decodes").value;
    let mut twice = once.clone();
    apply_defaults(kind, &mut twice);
    assert_eq!(twice, once, "defaults are applied once");
    once
}

#[test]
fn a_minimal_deployment_gets_its_defaults() {
    let got = prepared(
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}]}}}}),
    );
    let expected = r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"nginx","ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"Always"}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","securityContext":{},"schedulerName":"default-scheduler"}},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}},"revisionHistoryLimit":10,"progressDeadlineSeconds":600},"status":{}}"#;
    assert_eq!(got.to_string(), expected);
}

#[test]
fn other_kinds_get_theirs() {
    for (object, path, expected) in [
        (
            json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}}),
            "/spec/ports/0",
            json!({"protocol": "TCP", "port": 80, "targetPort": 80}),
        ),
        (json!({"apiVersion": "v1", "kind": "Secret"}), "/type", json!("Opaque")),
        (
            json!({"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {}}}),
            "/spec/backoffLimit",
            json!(6),
        ),
        (
            json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": {"template": {}}}),
            "/spec/updateStrategy",
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}),
        ),
        (
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"template": {}}}),
            "/spec/persistentVolumeClaimRetentionPolicy",
            json!({"whenDeleted": "Retain", "whenScaled": "Retain"}),
        ),
        (
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}),
            "/metadata/labels",
            json!({"kubernetes.io/metadata.name": "a"}),
        ),
        (
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 3}}),
            "/spec/minReplicas",
            json!(1),
        ),
        (
            json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [
            {"name": "a", "image": "x:1", "resources": {"limits": {"cpu": "1"}}}]}}),
            "/spec/containers/0/resources",
            json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}),
        ),
        (
            json!({"apiVersion": "v1", "kind": "Pod", "spec": {"volumes": [{"name": "v", "configMap": {"name": "c"}}]}}),
            "/spec/volumes/0/configMap",
            json!({"name": "c", "defaultMode": 420}),
        ),
    ] {
        let got = prepared(object);
        assert_eq!(got.pointer(path), Some(&expected), "{path} of {got}");
    }
}

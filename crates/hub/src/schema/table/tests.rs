//! Rows as `kubectl get` prints them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{columns, row};
use crate::schema::Schema;

fn cells(mut object: Value) -> Vec<Value> {
    let schema = Schema::builtin();
    object["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
    object["metadata"]["name"] = json!("x");
    let text = |key: &str| object[key].as_str().expect("kind and version").to_owned();
    let kind = schema.kind(&text("apiVersion"), &text("kind")).expect("known kind");
    let now: Timestamp = "2026-01-01T00:05:03Z".parse().expect("time");
    let cells = row(kind, &object, now).cells;
    assert_eq!(cells.len(), columns(kind).len(), "one cell a column");
    cells
}

#[test]
fn pod_status_follows_its_containers() {
    for (status, expected) in [
        (json!({"phase": "Pending"}), "0/2 Pending 0"),
        (
            json!({"phase": "Pending", "containerStatuses": [
                {"name": "a", "state": {"waiting": {"reason": "ContainerCreating"}}}]}),
            "0/2 ContainerCreating 0",
        ),
        (
            json!({"phase": "Running", "containerStatuses": [
                {"name": "a", "ready": true, "state": {"running": {}}},
                {"name": "b", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                 "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-01-01T00:04:03Z"}}}]}),
            "1/2 CrashLoopBackOff 3 (60s ago)",
        ),
        (
            json!({"phase": "Failed", "containerStatuses": [
                {"name": "a", "state": {"terminated": {"exitCode": 2}}}]}),
            "0/2 ExitCode:2 0",
        ),
        (
            json!({"phase": "Pending", "initContainerStatuses": [
                {"name": "i", "state": {"running": {}}}]}),
            "0/2 Init:0/1 0",
        ),
    ] {
        let spec = json!({"containers": [{"name": "a"}, {"name": "b"}], "initContainers": [{"name": "i"}]});
        let got = cells(json!({"apiVersion": "v1", "kind": "Pod", "spec": spec, "status": status}));
        let text = |index: usize| got[index].as_str().unwrap_or_default();
        assert_eq!(format!("{} {} {}", text(1), text(2), text(3)), expected);
        assert_eq!(text(4), "5m3s");
    }
}

#[test]
fn other_kinds_have_their_rows() {
    for (object, expected) in [
        (
            json!({"apiVersion": "apps/v1", "kind": "Deployment",
                "spec": {"replicas": 3, "selector": {"matchLabels": {"a": "b"}},
                    "template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}},
                "status": {"readyReplicas": 1, "updatedReplicas": 2}}),
            r#"["x","1/3",2,0,"5m3s","c","i","a=b"]"#,
        ),
        (
            json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "LoadBalancer", "clusterIP": "10.96.0.9",
                "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}], "selector": {"a": "b"}}}),
            r#"["x","LoadBalancer","10.96.0.9","<pending>","80:30080/TCP","5m3s","a=b"]"#,
        ),
        (
            json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"a": ""}}),
            r#"["x","Opaque",1,"5m3s"]"#,
        ),
        (
            json!({"apiVersion": "batch/v1", "kind": "Job", "spec": {"completions": 1, "template": {}},
                "status": {"startTime": "2026-01-01T00:00:00Z", "succeeded": 1,
                    "completionTime": "2026-01-01T00:00:07Z", "conditions": [{"type": "Complete", "status": "True"}]}}),
            r#"["x","Complete","1/1","7s","5m3s","","","<none>"]"#,
        ),
        (
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"}),
            r#"["x","2026-01-01T00:00:00Z"]"#,
        ),
        (
            json!({"apiVersion": "v1", "kind": "Event", "type": "Normal", "reason": "Pulled", "message": "hello\n",
                "involvedObject": {"kind": "Pod", "name": "p"}, "lastTimestamp": "2026-01-01T00:05:00Z",
                "source": {"component": "kubelet", "host": "n"}, "firstTimestamp": "2026-01-01T00:04:00Z", "count": 4}),
            r#"["3s","Normal","Pulled","pod/p","","kubelet, n","hello","63s",4,"x"]"#,
        ),
    ] {
        assert_eq!(Value::from(cells(object)).to_string(), expected);
    }
}

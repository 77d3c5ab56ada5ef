//! The real kubectl against the listener. Without kubectl the tests say so and end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use std::path::PathBuf;
use std::process::Stdio;

use mizzen_hub::sim::{Options, Simulation, Timing};
use mizzen_hub::{Hub, Listener};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

struct World {
    folder: TempDir,
    hub: Hub,
    _listener: Listener,
}

/// A served hub, or nothing where there is no kubectl.
async fn world() -> Option<World> {
    let found = Command::new("kubectl").arg("version").arg("--client").output().await;
    if !found.is_ok_and(|o| o.status.success()) {
        eprintln!("SKIPPED: kubectl is absent");
        return None;
    }
    let hub = Hub::builder().clusters(["hub", "eu-1"]).build().await.unwrap();
    let listener = hub.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    listener.write_kubeconfig(&folder.path().join("config")).unwrap();
    Some(World { folder, hub, _listener: listener })
}

impl World {
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new("kubectl");
        command
            .args(arguments.split_whitespace())
            .env("KUBECONFIG", self.config())
            .env("HOME", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// Runs kubectl with an input; what it printed, both streams in one.
    async fn run(&self, arguments: &str, input: &str) -> (bool, String) {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    async fn ok(&self, arguments: &str, input: &str) -> String {
        let (ok, text) = self.run(arguments, input).await;
        assert!(ok, "kubectl {arguments}: {text}");
        text
    }
}

fn expect(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

const DEPLOYMENT: &str = r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: 'nginx:1'}
";

#[tokio::test]
async fn apply_get_describe_patch_scale_delete() {
    let Some(world) = world().await else { return };
    expect(&world.ok("apply -f -", DEPLOYMENT).await, &["deployment.apps/web created"]);
    expect(&world.ok("apply -f -", DEPLOYMENT).await, &["deployment.apps/web unchanged"]);
    let changed = DEPLOYMENT.replace("nginx:1", "nginx:2");
    expect(&world.ok("apply -f -", &changed).await, &["deployment.apps/web configured"]);
    expect(&world.ok("diff -f -", &changed).await, &[]);
    expect(&world.ok("get deploy", "").await, &["NAME", "READY", "UP-TO-DATE", "web", "0/2"]);
    expect(&world.ok("get deploy web -o yaml", "").await, &["image: nginx:2"]);
    expect(&world.ok("get all -A", "").await, &["deployment.apps/web"]);
    expect(
        &world.ok("describe deploy web", "").await,
        &["Name:", "web", "RollingUpdate", "nginx:2"],
    );
    let patch = r#"patch deploy web -p {"spec":{"replicas":5}}"#;
    expect(&world.ok(patch, "").await, &["deployment.apps/web patched"]);
    expect(&world.ok("label deploy web tier=front", "").await, &["labeled"]);
    expect(&world.ok("get deploy -l tier=front -o name", "").await, &["deployment.apps/web"]);
    expect(&world.ok("delete deploy web", "").await, &["deleted"]);
    expect(&world.run("get deploy web", "").await.1, &["deployments.apps \"web\" not found"]);
}

#[tokio::test]
async fn server_side_apply_names_the_conflict() {
    let Some(world) = world().await else { return };
    let created = world.ok("apply --server-side -f -", DEPLOYMENT).await;
    expect(&created, &["deployment.apps/web serverside-applied"]);
    let edit = r#"patch deploy web --field-manager=edit -p {"spec":{"replicas":5}}"#;
    world.ok(edit, "").await;
    let (ok, text) = world.run("apply --server-side -f -", DEPLOYMENT).await;
    assert!(!ok);
    expect(&text, &["Apply failed with 1 conflict", "conflict with \"edit\"", ".spec.replicas"]);
    world.ok("apply --server-side --force-conflicts -f -", DEPLOYMENT).await;
    expect(&world.ok("get deploy web -o jsonpath={.spec.replicas}", "").await, &["2"]);
    let wrong = DEPLOYMENT.replace("replicas: 2", "replcas: 2");
    expect(&world.run("apply -f -", &wrong).await.1, &["unknown field", "spec.replcas"]);
}

#[tokio::test]
async fn watch_prints_each_change() {
    let Some(world) = world().await else { return };
    let mut child = world.command("get configmaps -w --no-headers").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    world.ok("create configmap one --from-literal=a=1", "").await;
    loop {
        let line = lines.next_line().await.unwrap().expect("kubectl ended");
        if line.starts_with("one ") {
            break;
        }
    }
    child.kill().await.unwrap();
}

#[tokio::test]
async fn custom_resources_are_found_at_once() {
    let Some(world) = world().await else { return };
    let definition = r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.x.io}
spec:
  group: x.io
  scope: Namespaced
  names: {plural: things, kind: Thing, shortNames: [th]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: {size: {type: integer, description: How large it is.}}
";
    expect(&world.ok("apply -f -", definition).await, &["things.x.io created"]);
    world.ok("wait --for=condition=Established crd/things.x.io --timeout=20s", "").await;
    let thing = "apiVersion: x.io/v1\nkind: Thing\nmetadata: {name: a}\nspec: {size: 3}\n";
    expect(&world.ok("apply -f -", thing).await, &["thing.x.io/a created"]);
    expect(&world.ok("apply -f -", &thing.replace('3', "4")).await, &["thing.x.io/a configured"]);
    expect(&world.ok("get th", "").await, &["SIZE", "4"]);
    expect(&world.ok("explain things.spec", "").await, &["size", "How large it is."]);
    expect(&world.ok("api-resources --api-group=x.io", "").await, &["things", "th", "Thing"]);
    expect(&world.ok("delete crd things.x.io", "").await, &["deleted"]);
}

#[tokio::test]
async fn the_rest_of_what_kubectl_asks() {
    let Some(world) = world().await else { return };
    expect(&world.ok("version", "").await, &["Server Version: v1.36"]);
    expect(&world.ok("explain deployment.spec.replicas", "").await, &["replicas", "integer"]);
    expect(&world.ok("get namespaces", "").await, &["kube-system", "Active"]);
    expect(&world.ok("create namespace team", "").await, &["namespace/team created"]);
    expect(&world.ok("delete namespace team", "").await, &["deleted"]);
    expect(&world.ok("auth can-i create pods", "").await, &["yes"]);
    expect(&world.ok("auth whoami", "").await, &["kubernetes-admin"]);
    expect(&world.ok("--context eu-1 get namespaces", "").await, &["default"]);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n";
    world.ok("apply -f -", pod).await;
    expect(&world.ok("get pods", "").await, &["p", "0/1", "Pending"]);
    let (ok, text) = world.run("exec p -- ls", "").await;
    assert!(!ok, "{text}");
    world.ok("delete pod p", "").await;
    world.ok("apply -f -", DEPLOYMENT).await;
    expect(&world.ok("scale deploy web --replicas=4", "").await, &["deployment.apps/web scaled"]);
    expect(&world.ok("annotate deploy web a=b", "").await, &["annotated"]);
    expect(&world.ok("get events", "").await, &["No resources found"]);
    expect(&world.ok("cluster-info", "").await, &["Kubernetes control plane"]);
    assert!(world.hub.root().request_count() > 0);
}

#[tokio::test]
async fn workloads_run_and_show_their_logs() {
    let Some(world) = world().await else { return };
    let options = Options { timing: Timing::instant(), ..Options::default() };
    let _simulation = Simulation::start(&world.hub.root(), options);
    world.ok("apply -f -", DEPLOYMENT).await;
    expect(
        &world.ok("rollout status deploy/web --timeout=20s", "").await,
        &["successfully rolled out"],
    );
    world.ok("wait --for=condition=Available deploy/web --timeout=20s", "").await;
    expect(&world.ok("get deploy web", "").await, &["2/2"]);
    expect(&world.ok("get pods -l app=web -o wide", "").await, &["Running", "NODE"]);
    let pod = world.ok("get pods -l app=web -o jsonpath={.items[0].metadata.name}", "").await;
    let logs = world.ok(&format!("logs {pod}"), "").await;
    assert!(!logs.trim().is_empty(), "{logs}");
    assert_eq!(world.ok(&format!("logs {pod} --tail=1"), "").await.lines().count(), 1);
    expect(
        &world.run(&format!("logs {pod} -c nope"), "").await.1,
        &["container nope is not valid"],
    );
    expect(
        &world.ok(&format!("describe pod {pod}"), "").await,
        &["Events:", "Started", "Scheduled"],
    );
    expect(&world.ok(&format!("exec {pod} -- hostname"), "").await, &[pod.as_str()]);
    let script = "echo $HOSTNAME\nexit 3\n";
    let (ok, text) = world.run(&format!("exec -i {pod} -- sh"), script).await;
    assert!(!ok, "{text}");
    expect(&text, &[pod.as_str(), "exit code 3"]);
    expect(&world.ok(&format!("exec -i {pod} -- cat"), "one\ntwo\n").await, &["one\ntwo\n"]);
    let (ok, text) = world.run(&format!("exec {pod} -- fly"), "").await;
    assert!(!ok);
    expect(&text, &["\"fly\": executable file not found"]);
    let (ok, text) = world.run(&format!("exec {pod} -c nope -- ls"), "").await;
    assert!(!ok);
    expect(&text, &["container nope is not valid"]);
    expect(&world.ok("rollout restart deploy/web", "").await, &["restarted"]);
    world.ok("rollout status deploy/web --timeout=20s", "").await;
    expect(&world.ok("rollout history deploy/web", "").await, &["REVISION", "2"]);
    expect(&world.ok("rollout undo deploy/web", "").await, &["rolled back"]);
    expect(&world.ok("get nodes", "").await, &["Ready"]);
    expect(
        &world.ok("delete deploy web --cascade=foreground --timeout=20s", "").await,
        &["deleted"],
    );
    expect(&world.ok("get pods -l app=web", "").await, &["No resources found"]);
}

#[tokio::test]
async fn from_client_side_to_server_side_apply() {
    let Some(world) = world().await else { return };
    world.ok("apply -f -", DEPLOYMENT).await;
    let changed = DEPLOYMENT.replace("replicas: 2", "replicas: 3");
    expect(&world.ok("apply --server-side -f -", &changed).await, &["serverside-applied"]);
    let without = changed.replace("  replicas: 3\n", "");
    world.ok("apply --server-side -f -", &without).await;
    expect(&world.ok("get deploy web -o jsonpath={.spec.replicas}", "").await, &["1"]);
    expect(&world.ok("replace -f -", DEPLOYMENT).await, &["deployment.apps/web replaced"]);
    expect(&world.run("create -f -", DEPLOYMENT).await.1, &["already exists"]);
    expect(&world.ok("set image deploy/web main=nginx:9", "").await, &["image updated"]);
    expect(&world.ok("apply --dry-run=server -f -", DEPLOYMENT).await, &["(server dry run)"]);
    expect(&world.ok("get deploy web -o jsonpath={..image}", "").await, &["nginx:9"]);
    expect(&world.ok("delete -f -", DEPLOYMENT).await, &["deleted"]);
    expect(&world.ok("create secret generic s --from-literal=a=b", "").await, &["created"]);
    expect(&world.ok("create job j --image=busybox", "").await, &["job.batch/j created"]);
    expect(&world.ok("create cronjob c --image=busybox --schedule=@daily", "").await, &["created"]);
    expect(&world.ok("create service clusterip svc --tcp=80", "").await, &["service/svc created"]);
    expect(&world.ok("get svc svc", "").await, &["ClusterIP", "10.96."]);
    expect(&world.ok("create role r --verb=get --resource=pods", "").await, &["created"]);
    expect(&world.ok("create rolebinding b --role=r --user=u", "").await, &["created"]);
    expect(&world.ok("create serviceaccount bot", "").await, &["created"]);
    assert!(world.ok("create token bot", "").await.len() > 10);
    expect(&world.ok("create deploy d --image=i", "").await, &["deployment.apps/d created"]);
    expect(&world.ok("run p --image=i", "").await, &["pod/p created"]);
    expect(&world.ok("api-resources", "").await, &["deployments", "customresourcedefinitions"]);
    expect(&world.ok("get --raw /readyz", "").await, &["ok"]);
    expect(&world.ok("auth can-i --list", "").await, &["*.*"]);
}

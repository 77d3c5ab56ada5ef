//! `mizzen exec`: a command in a container of an application, its words and its exit code; kept.

use super::world::{Said, World};

const SHOP: &str = "
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
    - name: web
      type: webservice
      properties: {image: 'nginx:1.25', ports: [{port: 80, expose: true}]}
      traits: [{type: scaler, properties: {replicas: 2}}]
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_runs_in_the_container_that_is_meant() {
    let world = World::bare().await;
    let _controller = world.start(&["controller", "--install", "--identity", "a"]);
    let lease = "/apis/coordination.k8s.io/v1/namespaces/vela-system/leases/kubevela";
    world.until(lease, |lease| lease["spec"]["holderIdentity"] == "a").await;
    let file = world.file("shop.yaml", SHOP);
    assert_eq!(world.mizzen(&["up", "-f", &file]).code, Some(0));
    let path = "/apis/core.oam.dev/v1beta1/namespaces/default/applications/shop";
    world.until(path, |app| app["status"]["status"] == "running").await;

    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mizzen"));
        // What stands after the dashes is not ours.
        command.arg("exec").arg("--kubeconfig").arg(world.kubeconfig()).args(words);
        command.env_remove("RUST_LOG").env("XDG_STATE_HOME", world.folder());
        Said::of(&command.output().expect("the program starts"))
    };
    let said = run(&["shop", "--reason", "looking", "--", "echo", "hello"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let named = said.err.split("--pod ").nth(1).and_then(|rest| rest.split(' ').next());
    assert!(said.err.contains("2 containers could be meant"), "{said:?}");
    let pod = named.expect("the name of a pod");

    let one = ["shop", "--pod", pod, "--reason", "looking", "--"];
    let said = run(&[&one[..], &["echo", "hello"]].concat());
    assert_eq!((said.code, said.out.as_str()), (Some(0), "hello\n"), "{said:?}");
    let said = run(&[&one[..], &["sh", "-c", "exit 3"]].concat());
    assert_eq!(said.code, Some(3), "its exit code is ours: {said:?}");
    let events = world.api("hub").get("/api/v1/namespaces/default/events").await.expect("events");
    assert!(events.to_string().contains("looking"), "the application has an event of it");

    let said = run(&["shop", "--pod", pod, "--reason", " ", "--", "ls"]);
    assert!(said.code == Some(1) && said.err.contains("say why"), "{said:?}");
    let said = run(&["shop", "--pod", pod, "--reason", "looking"]);
    assert!(said.code == Some(2) && said.err.contains("needs a terminal"), "{said:?}");
}

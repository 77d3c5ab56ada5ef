//! `mizzen controller`: it installs, leads, delivers, and gives the lease back.

use super::world::World;

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/vela-system/leases/kubevela";

const SHOP: &str = "
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
    - name: web
      type: webservice
      properties: {image: 'nginx:1.25', ports: [{port: 80, expose: true}]}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_installs_delivers_and_gives_the_lease_back() {
    let world = World::bare().await;
    let controller = world.start(&["controller", "--install", "--identity", "a"]);
    world.until(LEASE, |lease| lease["spec"]["holderIdentity"] == "a").await;
    let file = world.file("shop.yaml", SHOP);
    let said = world.mizzen(&["up", "-f", &file]);
    assert!(said.code == Some(0) && said.out.contains("created"), "{said:?}");
    let path = "/apis/core.oam.dev/v1beta1/namespaces/default/applications/shop";
    let app = world.until(path, |app| app["status"]["status"] == "running").await;
    assert_eq!(app["status"]["services"][0]["healthy"], true, "{app}");
    let said = controller.stop("TERM");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("holding the lease"), "{said:?}");
    world.until(LEASE, |lease| lease["spec"]["holderIdentity"] == "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_one_waits_for_the_lease() {
    let world = World::bare().await;
    let first = world.start(&["controller", "--install", "--identity", "a"]);
    world.until(LEASE, |lease| lease["spec"]["holderIdentity"] == "a").await;
    let second = world.start(&["controller", "--identity", "b"]);
    assert_eq!(first.stop("INT").code, Some(0));
    world.until(LEASE, |lease| lease["spec"]["holderIdentity"] == "b").await;
    assert_eq!(second.stop("TERM").code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_is_not_ready_is_told_with_what_to_do() {
    let world = World::bare().await;
    let said = world.mizzen(&["controller"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("does not serve applications yet; --install"), "{said:?}");
}

#[test]
fn nonsense_is_refused_by_its_name() {
    let run = |words: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_mizzen")).args(words).output();
        let output = output.expect("the program starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = run(&["controller", "--concurrent-reconciles", "0"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("--concurrent-reconciles"), "{text}");
    let (code, text) = run(&["controller", "--kubeconfig", "/nowhere"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("/nowhere") && text.contains("--kubeconfig"), "{text}");
}

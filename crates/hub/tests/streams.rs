//! Streams into containers, as `kube::Client` asks for them: in process, through the gateway and over
//! HTTPS.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]

use futures::SinkExt;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{AttachParams, DeleteParams, PostParams, TerminalSize};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Api, Client};
use mizzen_hub::Hub;
use mizzen_hub::sim::{Options, Simulation, Timing};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct World {
    hub: Hub,
    _simulation: Simulation,
}

/// A hub with a running pod `p`.
async fn world() -> World {
    let hub = Hub::builder().clusters(["hub"]).seed(1).build().await.unwrap();
    let options = Options { timing: Timing::instant(), ..Options::default() };
    let world = World { _simulation: Simulation::start(&hub.root(), options), hub };
    let pod: Pod = serde_json::from_value(serde_json::json!({
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "web:1",
            "env": [{"name": "MODE", "value": "fast"}]}]}}))
    .unwrap();
    let pods = world.pods();
    pods.create(&PostParams::default(), &pod).await.unwrap();
    await_condition(pods, "p", conditions::is_pod_running()).await.unwrap();
    world
}

impl World {
    fn pods(&self) -> Api<Pod> {
        Api::default_namespaced(Client::new(self.hub.root().service(), "default"))
    }
}

async fn all(mut from: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn a_command_runs_and_its_exit_code_comes_back() {
    let world = world().await;
    let ask = AttachParams::default().stderr(true);
    let command = ["sh", "-c", "echo $MODE; fly; exit 4"];
    let mut process = world.pods().exec("p", command, &ask).await.unwrap();
    let (out, err) = (process.stdout().unwrap(), process.stderr().unwrap());
    let (out, err) = tokio::join!(all(out), all(err));
    assert_eq!((out.as_str(), err.as_str()), ("fast\n", "sh: fly: not found\n"));
    let status = process.take_status().unwrap().await.unwrap();
    assert_eq!(status.reason.as_deref(), Some("NonZeroExitCode"));
    assert_eq!(status.details.unwrap().causes.unwrap()[0].message.as_deref(), Some("4"));
}

#[tokio::test]
async fn a_terminal_is_typed_at_and_resized() {
    let world = world().await;
    let ask = AttachParams::interactive_tty();
    let mut process = world.pods().exec("p", ["sh"], &ask).await.unwrap();
    let mut size = process.terminal_size().unwrap();
    size.send(TerminalSize { width: 120, height: 40 }).await.unwrap();
    let mut input = process.stdin().unwrap();
    // The size travels on a channel of its own; it is asked for until it has arrived.
    let mut out = process.stdout().unwrap();
    let mut text = String::new();
    while !text.contains("40 120") {
        input.write_all(b"stty size\r").await.unwrap();
        let mut buffer = [0; 256];
        let count = out.read(&mut buffer).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    input.write_all(b"exit\r").await.unwrap();
    let status = process.take_status().unwrap().await.unwrap();
    assert_eq!(status.status.as_deref(), Some("Success"));
}

#[tokio::test]
async fn a_process_ends_with_its_container_and_with_its_connection() {
    let world = world().await;
    let ask = AttachParams::interactive_tty();
    let cut = world.pods().exec("p", ["sh"], &ask).await.unwrap();
    world.hub.root().set_down(true);
    cut.join().await.unwrap_err();
    world.hub.root().set_down(false);

    let mut killed = world.pods().exec("p", ["sh"], &ask).await.unwrap();
    let now = DeleteParams::default().grace_period(0);
    world.pods().delete("p", &now).await.unwrap();
    let status = killed.take_status().unwrap().await.unwrap();
    assert_eq!(status.details.unwrap().causes.unwrap()[0].message.as_deref(), Some("137"));
    let gone = world.pods().exec("p", ["sh"], &ask).await.err().unwrap();
    assert!(gone.to_string().contains("404"), "{gone}");
}

#[tokio::test]
async fn output_is_followed() {
    let world = world().await;
    let mut attached = world.pods().attach("p", &AttachParams::default()).await.unwrap();
    let mut out = attached.stdout().unwrap();
    let mut buffer = [0; 64];
    assert!(out.read(&mut buffer).await.unwrap() > 0);
}

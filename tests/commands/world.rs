//! A served hub with two members, and the program run against it as a person would.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use mizzen_hub::sim::{Options, Simulation};
use mizzen_hub::{Hub, Listener, LocalApi, User};
use serde_json::{Value, json};

/// How long a condition may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct World {
    hub: Hub,
    folder: tempfile::TempDir,
    _listener: Listener,
    _simulations: Vec<Simulation>,
}

/// Where the hub reaches its members.
const GATEWAY: &str = "/apis/cluster.core.oam.dev/v1alpha1/clustergateways";
const MEMBERS: [&str; 2] = ["eu-1", "us-1"];
const GUEST: &str = "a-token-for-a-guest";

fn builder() -> mizzen_hub::Builder {
    let gateway = mizzen_hub::Gateway::new(GATEWAY)
        .members_by_secret("vela-system", mizzen_oam::labels::CLUSTER_CREDENTIAL_TYPE);
    Hub::builder().clusters(["hub"].into_iter().chain(MEMBERS)).gateway(gateway)
}

impl World {
    /// A hub that serves built-in kinds only.
    pub(crate) async fn bare() -> Self {
        Self::serve(builder()).await
    }

    /// A hub with the kinds of the group and its members.
    pub(crate) async fn ready() -> Self {
        let world = Self::bare().await;
        world.furnish().await;
        world
    }

    /// The same where everybody needs rights, and a guest has none.
    pub(crate) async fn strict(guest: User) -> Self {
        let world = Self::serve(builder().rbac(true).token(GUEST, guest)).await;
        world.furnish().await;
        world
    }

    async fn serve(builder: mizzen_hub::Builder) -> Self {
        let hub = builder.build().await.expect("a hub");
        let simulations =
            hub.clusters().iter().map(|c| Simulation::start(c, Options::default())).collect();
        let listener = hub.serve(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a listener");
        let folder = tempfile::tempdir().expect("a folder");
        listener.write_kubeconfig(&folder.path().join("kubeconfig")).expect("a kubeconfig");
        Self { hub, folder, _listener: listener, _simulations: simulations }
    }

    async fn furnish(&self) {
        let api = self.api("hub");
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": "vela-system"}});
        api.create("/api/v1/namespaces", &namespace).await.expect("a namespace");
        for crd in mizzen_oam::crd::all() {
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            api.create(path, &crd).await.expect("a CRD");
        }
        for name in MEMBERS {
            let secret = json!({"apiVersion": "v1", "kind": "Secret",
                "metadata": {"name": name, "namespace": "vela-system",
                    "labels": {mizzen_oam::labels::CLUSTER_CREDENTIAL_TYPE: "X509Certificate"}}});
            let path = "/api/v1/namespaces/vela-system/secrets";
            api.create(path, &secret).await.expect("a member");
        }
    }

    pub(crate) fn down(&self, cluster: &str) {
        self.hub.cluster(cluster).expect("a cluster of this hub").set_down(true);
    }

    /// Runs the program as the guest.
    pub(crate) fn mizzen_as_guest(&self, words: &[&str]) -> Said {
        let text = std::fs::read_to_string(self.kubeconfig()).expect("a kubeconfig");
        let mut config: Value = serde_saphyr::from_str(&text).expect("YAML");
        for user in config["users"].as_array_mut().expect("users") {
            user["user"] = json!({"token": GUEST});
        }
        let file = self.file("guest", &config.to_string());
        let mut command = Command::new(env!("CARGO_BIN_EXE_mizzen"));
        command.args(words).arg("--kubeconfig").arg(file).env("USER", "eve");
        Said::of(&command.env_remove("RUST_LOG").output().expect("the program starts"))
    }

    pub(crate) fn api(&self, cluster: &str) -> LocalApi {
        self.hub.cluster(cluster).expect("a cluster of this hub").local(User::admin(), "test")
    }

    /// Where the hub keeps what it writes for tests.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// A file with this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file in a temporary folder");
        path.display().to_string()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mizzen"));
        command.args(words).arg("--kubeconfig").arg(self.kubeconfig());
        command.env("USER", "alice").env_remove("RUST_LOG");
        command
    }

    /// Runs the program to its end.
    pub(crate) fn mizzen(&self, words: &[&str]) -> Said {
        Said::of(&self.command(words).output().expect("the program starts"))
    }

    /// Runs the program beside the test.
    pub(crate) fn start(&self, words: &[&str]) -> Running {
        let child = self.command(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        Running(Some(child.expect("the program starts")))
    }

    /// Waits until what is at a path looks as it should.
    pub(crate) async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let seen = self.api("hub").get(path).await.unwrap_or(json!(null));
            if holds(&seen) {
                return seen;
            }
            assert!(start.elapsed() < PATIENCE, "{path}: waited in vain; there is {seen}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// What a run of the program printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// A run of the program beside the test; ended with it.
pub(crate) struct Running(Option<Child>);

impl Running {
    /// Sends a signal and waits for the end.
    pub(crate) fn stop(mut self, signal: &str) -> Said {
        let child = self.0.take().expect("it runs until it is stopped");
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -s {signal}");
        Said::of(&child.wait_with_output().expect("it ends"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

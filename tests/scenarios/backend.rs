//! Where scenarios run: a hub and two members, by their kubeconfigs and clients.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;

/// How long a condition may take: genuine controllers have their own pace.
const PATIENCE: Duration = Duration::from_secs(90);

/// A cluster as a person reaches it.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) kubeconfig: PathBuf,
    pub(crate) context: String,
    pub(crate) client: Client,
}

impl Cluster {
    pub(crate) async fn of(kubeconfig: PathBuf, context: &str) -> Self {
        let file = Kubeconfig::read_from(&kubeconfig).expect("a kubeconfig");
        let options =
            KubeConfigOptions { context: Some(context.to_owned()), ..KubeConfigOptions::default() };
        let config =
            Config::from_custom_kubeconfig(file, &options).await.expect("a usable kubeconfig");
        let client = Client::try_from(config).expect("a client");
        Self { kubeconfig, context: context.to_owned(), client }
    }

    /// One request; the status code and the answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let content = match (method, path.contains("fieldManager")) {
            ("PATCH", true) => "application/apply-patch+yaml",
            ("PATCH", false) => "application/merge-patch+json",
            _ => "application/json",
        };
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content)
            .body(bytes.into())
            .expect("a request");
        let response = self.client.send(request).await.expect("an answer");
        let code = response.status().as_u16();
        let bytes = response.into_body().collect_bytes().await.expect("a whole answer");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (code, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.send("GET", path, None).await.1
    }

    /// Server-side apply of an object at its path.
    pub(crate) async fn apply(&self, path: &str, object: &Value) -> Value {
        let path = format!("{path}?fieldManager=scenario&force=true");
        let (code, answer) = self.send("PATCH", &path, Some(object)).await;
        assert!(code < 300, "{path}: {code} {answer}");
        answer
    }

    /// Waits until what is at a path looks as it should.
    pub(crate) async fn until(
        &self,
        path: &str,
        what: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let start = Instant::now();
        loop {
            let seen = self.get(path).await;
            if holds(&seen) {
                return seen;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{path}: waited in vain until {what}; there is {seen}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A hub and two members.
pub(crate) struct Backend {
    pub(crate) hub: Cluster,
    pub(crate) members: Vec<(String, Cluster)>,
}

impl Backend {
    /// Runs the program against the hub.
    pub(crate) fn mizzen(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_mizzen"))
            .args(words)
            .arg("--kubeconfig")
            .arg(&self.hub.kubeconfig)
            .arg("--context")
            .arg(&self.hub.context)
            .output()
            .expect("the program starts")
    }

    /// Runs the program and expects success; what it printed.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        let output = self.mizzen(words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "mizzen {words:?}: {} {error}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The kinds of the group and the system's namespace.
    pub(crate) async fn install(&self) {
        let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        for crd in mizzen_oam::crd::all() {
            let name = crd["metadata"]["name"].as_str().expect("a CRD has a name").to_owned();
            let path = format!("{crds}/{name}");
            self.hub.apply(&path, &crd).await;
            self.hub
                .until(&path, "the CRD is established", |crd| {
                    crd["status"]["conditions"].as_array().is_some_and(|c| {
                        c.iter().any(|c| c["type"] == "Established" && c["status"] == "True")
                    })
                })
                .await;
        }
        namespace(&self.hub, mizzen_oam::SYSTEM_NAMESPACE).await;
    }
}

/// Makes a namespace unless it is there.
pub(crate) async fn namespace(cluster: &Cluster, name: &str) {
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
    });
    cluster.apply(&format!("/api/v1/namespaces/{name}"), &object).await;
}

//! Where scenarios run: a hub and two members, by their kubeconfigs and clients.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::WatchEvent;
use kube::{Client, Config};
use mizzen_engine::control::{Controller, Options};
use mizzen_engine::render::Definitions;
use mizzen_oam::SYSTEM_NAMESPACE;
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

    /// Waits until a collection is listed. Nothing can be watched before, so it is asked for again, as the
    /// server asks for it.
    pub(crate) async fn listed(&self, path: &str) {
        let asked = async {
            while !self.get(path).await["items"].is_array() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let done = tokio::time::timeout(PATIENCE, asked).await;
        assert!(done.is_ok(), "{path}: waited in vain until it is listed");
    }

    /// Waits until what is at a path looks as it should; what is not there is `null`.
    pub(crate) async fn until(
        &self,
        path: &str,
        what: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let (collection, name) = path.rsplit_once('/').expect("the path of an object");
        let query = format!("fieldSelector=metadata.name%3D{name}");
        let one = |items: &Items| items.values().next().cloned().unwrap_or_default();
        one(&self.until_all(collection, &query, what, |items| holds(&one(items))).await)
    }

    /// Waits until the objects of a collection look as they should.
    pub(crate) async fn until_all(
        &self,
        collection: &str,
        query: &str,
        what: &str,
        holds: impl Fn(&Items) -> bool,
    ) -> Items {
        let mut seen = Items::new();
        let watched = async {
            loop {
                if self.follow(collection, query, &mut seen, &holds).await {
                    return;
                }
            }
        };
        let done = tokio::time::timeout(PATIENCE, watched).await;
        let there: Vec<String> = seen.values().map(Value::to_string).collect();
        let there = there.join("\n");
        assert!(done.is_ok(), "{collection}: waited in vain until {what}; there is\n{there}");
        seen
    }

    /// Lists and watches until it holds, or until the watch ends.
    async fn follow(
        &self,
        collection: &str,
        query: &str,
        seen: &mut Items,
        holds: &impl Fn(&Items) -> bool,
    ) -> bool {
        let list = self.get(&format!("{collection}?{query}")).await;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        *seen = items.into_iter().map(|item| (key(&item), item)).collect();
        if holds(seen) {
            return true;
        }
        let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let path = format!("{collection}?{query}&watch=true&resourceVersion={version}");
        let request = http::Request::get(path).body(Vec::new()).expect("a request");
        let events = self.client.request_events::<Value>(request).await.expect("a watch");
        let mut events = std::pin::pin!(events);
        while let Ok(Some(event)) = events.try_next().await {
            match event {
                WatchEvent::Added(item) | WatchEvent::Modified(item) => {
                    drop(seen.insert(key(&item), item));
                }
                WatchEvent::Deleted(item) => drop(seen.remove(&key(&item))),
                WatchEvent::Bookmark(_) | WatchEvent::Error(_) => continue,
            }
            if holds(seen) {
                return true;
            }
        }
        false
    }
}

/// Objects of a collection by namespace and name.
pub(crate) type Items = BTreeMap<(String, String), Value>;

fn key(object: &Value) -> (String, String) {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}

/// A hub and two members.
pub(crate) struct Backend {
    pub(crate) hub: Cluster,
    pub(crate) members: Vec<(String, Cluster)>,
    /// What the controller reaches the hub by: its gateway path leads to the members.
    pub(crate) gateway: Client,
}

/// Who holds the lease, in whatever process.
pub(crate) const LEADER: &str = "scenarios";

/// A running controller; it ends with this value.
pub(crate) struct Running(tokio::task::JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
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

    /// Starts a controller on the hub.
    pub(crate) fn controller(&self) -> Running {
        let options = Options { identity: Some(LEADER.to_owned()), ..Options::default() };
        let controller =
            Controller::new(self.gateway.clone(), options, Arc::new(jiff::Timestamp::now))
                .expect("a controller");
        Running(tokio::spawn(async move {
            let ended = Arc::new(controller).run().await;
            eprintln!("the controller ended: {ended:?}");
        }))
    }

    /// Makes a member known to the hub.
    pub(crate) fn join(&self, name: &str) {
        let (_, member) = self.members.iter().find(|(known, _)| known == name).expect("a member");
        let file = member.kubeconfig.display().to_string();
        let context = member.context.as_str();
        let place = ["--member-context", context, "--name", name, "--labels", "tier=edge"];
        self.run(&[&["cluster", "join", &file], &place[..]].concat());
    }

    /// A member by its name.
    pub(crate) fn member(&self, name: &str) -> &Cluster {
        let found = self.members.iter().find(|(known, _)| known == name);
        found.map(|(_, cluster)| cluster).expect("a member")
    }

    /// The kinds of the group, the system's namespace and the built-in definitions.
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
            let spec = &crd["spec"];
            let text = |value: &Value| value.as_str().expect("a CRD is whole").to_owned();
            let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
            let version = text(&spec["versions"][0]["name"]);
            // The server is busy with the storage of a new kind for a moment.
            let list = format!("/apis/{group}/{version}/{plural}?limit=1");
            self.hub.listed(&list).await;
        }
        namespace(&self.hub, SYSTEM_NAMESPACE).await;
        let definitions = Definitions::builtin().expect("the built-in definitions");
        for definition in definitions.iter() {
            let object = definition.to_object(SYSTEM_NAMESPACE);
            let plural = format!("{}s", definition.kind.object_kind().to_lowercase());
            let path = format!(
                "/apis/core.oam.dev/v1beta1/namespaces/{SYSTEM_NAMESPACE}/{plural}/{}",
                definition.name
            );
            self.hub.apply(&path, &object).await;
        }
    }
}

/// Makes a namespace unless it is there.
pub(crate) async fn namespace(cluster: &Cluster, name: &str) {
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
    });
    cluster.apply(&format!("/api/v1/namespaces/{name}"), &object).await;
}

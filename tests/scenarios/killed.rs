//! The program `mizzen controller` is killed in the middle of a delivery and started again.

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::apps::{
    app_path, application, delivered, deployment_path, revision_path, tracker_path, webservice,
};
use super::backend::{Backend, Cluster, LEADER, namespace};

/// Whether an object says that it is time.
type Moment = fn(&Value) -> bool;

/// The program as a process of its own; it ends with this value.
struct Process(Child);

impl Process {
    fn start(backend: &Backend) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_mizzen"))
            .args(["controller", "--identity", LEADER, "--context", &backend.hub.context])
            .arg("--kubeconfig")
            .arg(&backend.hub.kubeconfig)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        Self(child)
    }
}

impl Drop for Process {
    /// SIGKILL: nothing is tidied up.
    fn drop(&mut self) {
        // A process that has ended by itself cannot be killed; the scenario finds out.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whenever it dies, the next one finishes the delivery, and writes nothing a second time.
pub(crate) async fn a_killed_controller_is_no_loss(backend: &Backend) {
    let hub = &backend.hub;
    let ns = "killed";
    namespace(hub, ns).await;
    let moments: [(&str, String, Moment); 4] = [
        ("a", app_path(ns, "a"), |app| app["metadata"]["finalizers"].is_array()),
        ("b", tracker_path("b-v1-killed"), Value::is_object),
        ("c", deployment_path(ns, "c"), Value::is_object),
        ("d", app_path(ns, "d"), |app| app["status"]["services"].is_array()),
    ];
    for (name, path, moment) in moments {
        let process = Process::start(backend);
        let app = application(name, &json!([webservice(name, "nginx:1.25")]), json!({}));
        hub.apply(&app_path(ns, name), &app).await;
        hub.until(&path, "it is the moment to die", moment).await;
        drop(process);
        let _next = Process::start(backend);
        finished(hub, ns, name).await;
    }
}

async fn finished(hub: &Cluster, ns: &str, name: &str) {
    delivered(hub, ns, name, 1).await;
    let live = hub.get(&deployment_path(ns, name)).await;
    assert_eq!(live["metadata"]["generation"], 1, "{live:#}");
    let next = hub.get(&revision_path(ns, &format!("{name}-v2"))).await;
    assert_eq!(next["reason"], "NotFound", "{next:#}");
}

//! How soon a person sees something, on a real pseudo-terminal, from outside the process: the first
//! frame, the first rows, and a change of the cluster. Each figure is the median of several runs,
//! beside what the machine needs to start this program at all.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run says why and ends")]

#[path = "../tests/shared/pty.rs"]
mod pty;
#[path = "shared/screen.rs"]
mod screen;

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kube::api::{DynamicObject, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client, Config};
use screen::{MIZZEN, Screen};
use serde_json::json;

/// Runs of each figure.
const RUNS: usize = 9;
/// Columns and rows of the terminal.
const SIZE: (u16, u16) = (80, 24);

/// A figure beside its floor, in milliseconds.
struct Row {
    id: &'static str,
    ours: f64,
    floor: f64,
    goal: f64,
}

impl Row {
    fn print(&self, as_json: bool) {
        let ratio = self.ours / self.floor;
        if as_json {
            let row = json!({"id": self.id, "ours": self.ours, "floor": self.floor, "ratio": ratio,
                "goal": self.goal, "unit": "ms", "met": self.ours <= self.goal});
            println!("{row}");
        } else {
            let met = if self.ours <= self.goal { "met" } else { "missed" };
            println!(
                "{:<22} ours {:>8.1} ms   floor {:>6.1} ms   ratio {ratio:>6.1}   goal {:>5.0} ms   {met}",
                self.id, self.ours, self.floor, self.goal
            );
        }
    }
}

fn main() {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let folder = std::env::temp_dir().join(format!("mizzen-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    let floor = median(|| process(&folder));
    let row = |id, ours, goal| Row { id, ours, floor, goal }.print(as_json);
    row("demo-first-frame", median(|| demo(&folder, false)), 30.0);
    row("demo-first-rows", median(|| demo(&folder, true)), 150.0);
    let world = World::start(&folder);
    row("console-first-frame", median(|| world.console(false)), 30.0);
    row("console-first-rows", median(|| world.console(true)), 150.0);
    row("change-on-screen", world.changes(), 150.0);
    drop(world);
    // What is left in the folder for temporary files is nobody's loss.
    let _ = std::fs::remove_dir_all(&folder);
}

fn median(mut run: impl FnMut() -> Duration) -> f64 {
    middle((0..RUNS).map(|_| run()).collect())
}

fn middle(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// The program starts and ends without doing anything.
fn process(folder: &Path) -> Duration {
    let start = Instant::now();
    let mut screen = Screen::start(&["--version"], folder, SIZE);
    screen.until("mizzen");
    start.elapsed()
}

fn demo(folder: &Path, rows: bool) -> Duration {
    shown(&["demo"], folder, rows)
}

/// From the start of the process to the first frame, or to the rows of all applications.
fn shown(words: &[&str], folder: &Path, rows: bool) -> Duration {
    let start = Instant::now();
    let mut screen = Screen::start(words, folder, SIZE);
    screen.until("[inbox]");
    if rows {
        screen.send("2");
        screen.until("shop/checkout");
    }
    start.elapsed()
}

/// A demo without a console, in a process of its own.
struct World {
    child: Child,
    folder: std::path::PathBuf,
}

impl World {
    fn start(folder: &Path) -> Self {
        let folder = folder.join("world");
        let mut child = Command::new(MIZZEN)
            .args(["demo", "--no-console", "--path"])
            .arg(&folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = child.stdout.take().expect("it was asked for");
        let mut line = [0; 1];
        out.read_exact(&mut line).expect("it prints where the kubeconfig is");
        Self { child, folder }
    }

    fn kubeconfig(&self) -> String {
        self.folder.join("kubeconfig").display().to_string()
    }

    fn console(&self, rows: bool) -> Duration {
        shown(&["console", "--kubeconfig", &self.kubeconfig()], &self.folder, rows)
    }

    /// From the sending of a write to its row on a screen that shows all applications.
    fn changes(&self) -> f64 {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let apps = runtime.block_on(self.applications());
        let kubeconfig = self.kubeconfig();
        let mut screen =
            Screen::start(&["console", "--kubeconfig", &kubeconfig], &self.folder, SIZE);
        screen.until("[inbox]");
        screen.send("2");
        screen.until("shop/checkout");
        let mut times = Vec::new();
        for run in 0..RUNS {
            let name = format!("bench-{run}");
            let app = json!({
                "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
                "metadata": {"name": name, "namespace": "shop"},
                "spec": {"components": [{"name": name, "type": "worker",
                    "properties": {"image": "registry.example.com/bench:1"}}]},
            });
            let start = Instant::now();
            let params = PatchParams::apply("bench");
            let written = runtime.block_on(apps.patch(&name, &params, &Patch::Apply(&app)));
            written.expect("the hub takes an application");
            screen.until(&format!("shop/{name}"));
            times.push(start.elapsed());
        }
        middle(times)
    }

    async fn applications(&self) -> Api<DynamicObject> {
        let file = Kubeconfig::read_from(self.kubeconfig()).expect("a kubeconfig");
        let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
        let client = Client::try_from(config.expect("a usable kubeconfig")).expect("a client");
        let kind = GroupVersionKind::gvk("core.oam.dev", "v1beta1", "Application");
        Api::namespaced_with(client, "shop", &ApiResource::from_gvk(&kind))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! What a key costs on a quiet hub: from the key to the last byte of the frame that answers it, how many
//! bytes that frame has, and what an idle console writes. Keys stand beside the echo of a pseudo-terminal,
//! bytes beside what the mark of a cursor takes at least.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run says why and ends")]

#[path = "../tests/shared/pty.rs"]
mod pty;
#[path = "shared/screen.rs"]
mod screen;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use mizzen_hub::{Clock, Hub, Listener, User};
use portable_pty::CommandBuilder;
use screen::{PATIENCE, Screen};
use serde_json::json;

/// Applications on the hub.
const APPS: usize = 200;
/// Keys of each kind.
const KEYS: usize = 150;
/// How long nothing is done.
const IDLE: Duration = Duration::from_secs(12);
/// The end of a frame.
const END: &[u8] = b"\x1b[?2026l";
/// Bytes that move a mark by a row, at least: two places and two marks.
const MARK: f64 = 41.0;

/// A figure beside its floor.
struct Row {
    id: String,
    unit: &'static str,
    ours: f64,
    floor: f64,
    goal: f64,
}

impl Row {
    fn print(&self, as_json: bool) {
        let Self { id, unit, ours, floor, goal } = self;
        let ratio = if *floor > 0.0 { ours / floor } else { 1.0 };
        let met = ours <= goal;
        if as_json {
            let row = json!({"id": id, "ours": ours, "floor": floor, "ratio": ratio, "goal": goal,
                "unit": unit, "met": met});
            println!("{row}");
        } else {
            let met = if met { "met" } else { "missed" };
            println!(
                "{id:<22} ours {ours:>8.2} {unit:<2}   floor {floor:>6.2} {unit:<2}   ratio {ratio:>6.1}   goal {goal:>5.0} {unit:<2}   {met}"
            );
        }
    }
}

fn main() {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let folder = std::env::temp_dir().join(format!("mizzen-bench-console-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (_hub, _listener) = runtime.block_on(world(&folder));
    let floor = echo(&folder);
    for (size, name, move_goal, page_goal) in
        [((80, 24), "80x24", 60.0, 900.0), ((200, 50), "200x50", 60.0, 2_700.0)]
    {
        let mut console = console(&folder, size);
        let row = |what: &str, unit, ours, floor, goal| {
            Row { id: format!("{what}-{name}"), unit, ours, floor, goal }.print(as_json);
        };
        let (times, bytes) = pressed(&mut console, &["j"]);
        row("key-p50", "ms", at(&times, 50), at(&floor, 50), 3.0);
        row("key-p99", "ms", at(&times, 99), at(&floor, 99), 8.0);
        row("row-move-p50", "B", at(&bytes, 50), MARK, move_goal);
        let (_, bytes) = pressed(&mut console, &["g", "G"]);
        row("page-p50", "B", at(&bytes, 50), MARK, page_goal);
        row("idle", "B", bytes_within(&mut console, IDLE) as f64, 0.0, 0.0);
    }
    // What is left in the folder for temporary files is nobody's loss.
    let _ = std::fs::remove_dir_all(&folder);
}

/// A hub on which nothing happens.
async fn world(folder: &Path) -> (Hub, Listener) {
    // Long ago, so that the ages on the screen do not change while they are looked at.
    let past = Clock::at("2020-01-01T00:00:00Z".parse().expect("a moment"));
    let hub = Hub::builder().clusters(["hub"]).clock(past).build().await.expect("a hub");
    let api =
        hub.cluster("hub").expect("it was given to the builder").local(User::admin(), "bench");
    for name in ["vela-system", "shop"] {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        api.create("/api/v1/namespaces", &namespace).await.expect("a namespace");
    }
    for crd in mizzen_oam::crd::all() {
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        api.create(path, &crd).await.expect("a CRD");
    }
    let apps = "/apis/core.oam.dev/v1beta1/namespaces/shop/applications";
    for index in 0..APPS {
        let name = format!("app-{index:03}");
        let app = json!({"apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
            "metadata": {"name": name}, "spec": {"components": [{"name": "web",
                "type": "webservice", "properties": {"image": "registry.example.com/web:1"}}]}});
        api.create(apps, &app).await.expect("an application");
        let status = json!({"status": {"status": "running", "services": [{"name": "web",
            "cluster": "local", "namespace": "shop", "healthy": true, "message": "Ready:1/1",
            "workloadDefinition": {"apiVersion": "apps/v1", "kind": "Deployment"}}]}});
        api.merge(&format!("{apps}/{name}/status"), &status).await.expect("a status");
    }
    let listener = hub.serve(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a listener");
    listener.write_kubeconfig(&folder.join("kubeconfig")).expect("a kubeconfig");
    (hub, listener)
}

/// The console on the list of all applications, settled.
fn console(folder: &Path, size: (u16, u16)) -> Screen {
    let kubeconfig = folder.join("kubeconfig").display().to_string();
    let mut screen = Screen::start(&["console", "--kubeconfig", &kubeconfig], folder, size);
    screen.until("1/1 clusters");
    screen.send("2");
    screen.until("shop/app-002");
    // Until nothing comes any more.
    while bytes_within(&mut screen, Duration::from_millis(500)) > 0 {}
    screen
}

/// Presses keys in turn; the times in milliseconds and the bytes of the answers, sorted.
fn pressed(screen: &mut Screen, keys: &[&str]) -> (Vec<f64>, Vec<f64>) {
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for turn in 0..KEYS {
        let start = Instant::now();
        screen.send(keys[turn % keys.len()]);
        bytes.push(bytes_until(screen, END) as f64);
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    (sorted(times), sorted(bytes))
}

/// What a pseudo-terminal takes to echo a letter.
fn echo(folder: &Path) -> Vec<f64> {
    let mut screen = Screen::of(CommandBuilder::new("cat"), folder, (80, 24));
    let time = |_| {
        let start = Instant::now();
        screen.send("j");
        bytes_until(&mut screen, b"j");
        start.elapsed().as_secs_f64() * 1000.0
    };
    sorted((0..KEYS).map(time).collect())
}

/// Reads until the bytes hold a sequence; answers how many bytes there were.
fn bytes_until(screen: &mut Screen, sequence: &[u8]) -> usize {
    let deadline = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    while !bytes.windows(sequence.len()).any(|window| window == sequence) {
        bytes.extend(screen.read(deadline).expect("the program answers in time"));
    }
    bytes.len()
}

/// How many bytes come within so long.
fn bytes_within(screen: &mut Screen, time: Duration) -> usize {
    let deadline = Instant::now() + time;
    std::iter::from_fn(|| screen.read(deadline)).map(|bytes| bytes.len()).sum()
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

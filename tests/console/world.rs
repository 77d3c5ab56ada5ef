//! A world to look at: four clusters, a dozen applications in every state, one of them open with
//! everything that is known of it. Made of messages, as the real one is.

use std::sync::LazyLock;

use jiff::Timestamp;
use mizzen::console::effect::object::{lines, summary};
use mizzen::console::model::app::{App, AppKey};
use mizzen::console::model::compare::Question;
use mizzen::console::model::detail::{Comparison, DiffKind, DiffLine, EventRow, Node, Revision};
use mizzen::console::model::drift::{Drift, Drifted};
use mizzen::console::model::fleet::{Cluster, Reach};
use mizzen::console::model::journal::{Deed, Outcome};
use mizzen::console::model::keymap::Keymap;
use mizzen::console::model::logs::{Batch, Level, LogLine};
use mizzen::console::model::sheet::{PlanRow, PlanView, Verb};
use mizzen::console::model::theme::Theme;
use mizzen::console::model::{Model, State};
use mizzen::console::term::clean::Clean;
use mizzen::console::term::input::Input;
use mizzen::console::update::{Effect, Msg, PartUpdate, update};
use mizzen::console::view::paint;
use ratatui::buffer::Buffer;
use serde_json::{Value, json};

use crate::objects;

/// The moment at which the world is looked at.
pub(crate) fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a fixed moment")
}

/// The files that every console of these tests loads.
static FILES: LazyLock<(Keymap, Theme)> = LazyLock::new(|| {
    let keymap = Keymap::built_in("default").expect("the default keymap is valid");
    (keymap, Theme::built_in("dark").expect("the dark theme is valid"))
});

/// A console under test.
pub(crate) struct Console {
    pub(crate) model: Model,
    pub(crate) theme: Theme,
    pub(crate) effects: Vec<Effect>,
    /// What it was told so far.
    pub(crate) heard: Vec<Msg>,
}

impl Console {
    /// Knows nothing yet.
    pub(crate) fn empty(size: (u16, u16)) -> Self {
        let (keymap, theme) = FILES.clone();
        let mut console = Self {
            model: Model::new(keymap, now()),
            theme,
            effects: Vec::new(),
            heard: Vec::new(),
        };
        console.send(Msg::Input(Input::Resize(size.0, size.1), now()));
        console
    }

    /// Knows the world.
    pub(crate) fn world(size: (u16, u16)) -> Self {
        let mut console = Self::empty(size);
        console.send(Msg::Identity(Clean::new("hub-eu"), Clean::new("alice@corp")));
        console.send(Msg::Clusters(clusters()));
        let changed = applications().iter().map(app).collect();
        console.send(Msg::Apps { changed, gone: Vec::new(), complete: true });
        console.send(Msg::Drift(drift()));
        for (name, delay) in [("local", 4), ("prod-eu-1", 38), ("stage-1", 1_240)] {
            console.send(Msg::Probed(name.into(), delay, Clean::new("v1.36.1")));
        }
        console
    }

    /// Takes a message in; nobody has seen yet what came of it.
    pub(crate) fn unseen(&mut self, msg: Msg) {
        if !matches!(msg, Msg::Painted(_)) {
            self.heard.push(msg.clone());
        }
        let effects = update(&mut self.model, msg);
        self.effects.extend(effects);
    }

    pub(crate) fn send(&mut self, msg: Msg) {
        self.unseen(msg);
        let now = self.model.now;
        self.unseen(Msg::Painted(now));
    }

    /// Presses keys, a second apart, so that no sheet is deaf any more.
    pub(crate) fn keys(&mut self, keys: &[&str]) -> &mut Self {
        for key in keys {
            let later = self.model.now + jiff::SignedDuration::from_secs(1);
            self.send(Msg::Input(Input::Key((*key).to_owned()), later));
        }
        self
    }

    /// Opens an application of the list by name, and tells everything that is known of it.
    pub(crate) fn open(&mut self, name: &str, tab: &str) -> &mut Self {
        self.keys(&["2", "/"]);
        let letters: Vec<String> = name.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        self.keys(&letters).keys(&["enter", "enter", tab]);
        let key = AppKey { namespace: "shop".into(), name: name.into() };
        for part in parts() {
            let part = self.asked(part);
            self.send(Msg::Part(key.clone(), part));
        }
        self
    }

    /// A part as answer to what was asked last.
    pub(crate) fn asked(&self, part: PartUpdate) -> PartUpdate {
        let generation = self.model.detail.as_ref().map_or(0, |it| it.log_ask.generation);
        match part {
            PartUpdate::Logs(_, batch) => PartUpdate::Logs(generation, batch),
            PartUpdate::Diff(_, found) => {
                let asked = self.model.detail.as_ref().map(|it| it.question.clone());
                PartUpdate::Diff(asked.unwrap_or_default(), found)
            }
            part => part,
        }
    }

    pub(crate) fn screen(&self) -> Buffer {
        paint(&self.model, &self.theme)
    }

    /// The screen as text, without blanks at the ends of lines.
    pub(crate) fn text(&self) -> String {
        text(&self.screen())
    }
}

/// A buffer as text, without blanks at the ends of lines.
pub(crate) fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut text = String::new();
    for row in buffer.content.chunks(width) {
        let mut line = String::new();
        let mut skip = 0;
        for cell in row {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            line.push_str(cell.symbol());
            skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

pub(crate) fn clusters() -> Vec<Cluster> {
    let cluster = |name: &str, reach, error: &str, ago: i64| Cluster {
        name: name.into(),
        reach,
        error: Clean::new(error),
        heard: Some(now() - jiff::SignedDuration::from_secs(ago)),
        since: Some(now() - jiff::SignedDuration::from_secs(ago * 5)),
        ..Cluster::default()
    };
    vec![
        cluster("local", Reach::Up, "", 1),
        cluster("prod-eu-1", Reach::Up, "", 2),
        cluster("prod-us-1", Reach::Down, "connection refused", 754),
        cluster("stage-1", Reach::Up, "", 1),
    ]
}

fn drifted(cluster: &str, object: &str, who: &str, what: &str, ago: i64) -> Drifted {
    Drifted {
        cluster: Clean::new(cluster),
        object: Clean::new(object),
        who: Clean::new(who),
        what: Clean::new(what),
        since: Some(now() - jiff::SignedDuration::from_secs(ago)),
        allowed: false,
    }
}

/// Somebody changed an application that is well, one that waits, and one that is on its way.
pub(crate) fn drift() -> Vec<(AppKey, Option<Drift>)> {
    let of = |name: &str, objects| {
        (AppKey { namespace: "shop".into(), name: name.into() }, Drift::of(objects))
    };
    let edit = |cluster, ago| {
        drifted(cluster, "Deployment checkout", "kubectl-edit", "changed spec.replicas", ago)
    };
    vec![
        of("checkout", vec![edit("stage-1", 700)]),
        of("gateway", vec![edit("local", 7)]),
        of(
            "well-07",
            vec![
                drifted("stage-1", "Deployment web", "kubectl-scale", "changed spec.replicas", 45),
                drifted("stage-1", "Service web", "", "deleted", 30),
            ],
        ),
    ]
}

pub(crate) fn app(object: &Value) -> App {
    App::of(&serde_json::from_value(object.clone()).expect("a well-formed application"))
}

pub(crate) fn ago(seconds: i64) -> String {
    (now() - jiff::SignedDuration::from_secs(seconds)).to_string()
}

fn step(name: &str, kind: &str, phase: &str, reason: &str, message: &str, age: i64) -> Value {
    json!({"id": format!("id-{name}"), "name": name, "type": kind, "phase": phase, "reason": reason,
        "message": message, "firstExecuteTime": ago(age), "lastExecuteTime": ago(age - 3)})
}

fn service(name: &str, cluster: &str, healthy: bool, message: &str) -> Value {
    json!({"name": name, "cluster": cluster, "healthy": healthy, "message": message,
        "workloadDefinition": {"apiVersion": "apps/v1", "kind": "Deployment"}})
}

fn object(name: &str, age: i64, status: Value) -> Value {
    json!({"apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"),
            "resourceVersion": "7", "creationTimestamp": ago(age)},
        "spec": {"components": [{"name": name, "type": "webservice"}],
            "workflow": {"steps": [{"name": "canary", "type": "deploy"},
                {"name": "check", "type": "suspend"}, {"name": "fleet", "type": "deploy"}]}},
        "status": status})
}

/// One application of each kind, and some more that are well.
pub(crate) fn applications() -> Vec<Value> {
    let mut apps = vec![
        waiting(),
        object(
            "payments",
            90_000,
            json!({"status": "unhealthy",
            "latestRevision": {"name": "payments-v12", "revision": 12},
            "services": [service("payments", "prod-eu-1", true, "Ready:3/3"),
                service("payments", "stage-1", false, "Ready:1/3, CrashLoopBackOff in payments-6c9f-x2")],
            "workflow": {"mode": "StepByStep-DAG", "status": "succeeded", "finished": true,
                "steps": [step("canary", "deploy", "succeeded", "", "", 5_400)]}}),
        ),
        object(
            "search",
            700_000,
            json!({"status": "workflowFailed",
            "workflow": {"mode": "StepByStep-DAG", "status": "failed", "terminated": true,
                "steps": [step("canary", "deploy", "failed", "FailedAfterRetries",
                    "cannot render component search: parameter.image: incomplete value string", 640)]},
            "conditions": [{"type": "Workflow", "status": "False", "reason": "Failed",
                "message": "step canary failed after 10 retries"}]}),
        ),
        object(
            "gateway",
            4_000,
            json!({"status": "runningWorkflow",
            "services": [service("gateway", "local", false, "Ready:0/2")],
            "workflow": {"mode": "StepByStep-DAG", "status": "executing",
                "steps": [step("canary", "deploy", "running", "Wait", "wait healthy", 12)]}}),
        ),
        object(
            "ledger",
            4_000,
            json!({"status": "workflowSuspending",
            "workflow": {"mode": "StepByStep-DAG", "status": "suspending", "suspend": true,
                "steps": [step("canary", "deploy", "suspending", "Wait", "wait healthy", 912)]}}),
        ),
        object("new-one", 3, json!({})),
    ];
    for index in 0..24 {
        apps.push(object(&format!("well-{index:02}"), 86_400 * (index + 3), json!({
            "status": "running", "latestRevision": {"name": format!("well-{index:02}-v1"), "revision": 1},
            "services": [service("web", "stage-1", true, "Ready:1/1")]})));
    }
    apps
}

/// The application that stops at a gate.
pub(crate) fn waiting() -> Value {
    object(
        "checkout",
        200_000,
        json!({"status": "workflowSuspending",
        "latestRevision": {"name": "checkout-v4", "revision": 4},
        "services": [service("checkout", "stage-1", true, "Ready:2/2")],
        "workflow": {"mode": "StepByStep-DAG", "status": "suspending", "suspend": true,
            "steps": [step("canary", "deploy", "succeeded", "", "", 1_300),
                step("check", "suspend", "suspending", "Suspend", "Suspended by field suspend", 1_240)]}}),
    )
}

fn node(depth: usize, cluster: &str, kind: &str, name: &str, state: State, text: &str) -> Node {
    Node {
        id: format!("{cluster}/{kind}/{name}"),
        depth,
        cluster: cluster.into(),
        kind: Clean::new(kind),
        namespace: "shop".into(),
        component: Clean::new(if depth > 0 { "checkout" } else { "" }),
        name: Clean::new(name),
        state,
        text: Clean::new(text),
    }
}

fn tree() -> Vec<Node> {
    vec![
        node(0, "prod-us-1", "", "prod-us-1", State::Unknown, "connection refused; as of 12m ago"),
        node(1, "prod-us-1", "Deployment", "checkout", State::Unknown, "3/3 ready"),
        node(0, "stage-1", "", "stage-1", State::Degraded, ""),
        node(
            1,
            "stage-1",
            "Deployment",
            "checkout",
            State::Drifted,
            "2/2 ready, replicas changed by kubectl-edit",
        ),
        node(2, "stage-1", "ReplicaSet", "checkout-6c9f84b7d", State::Healthy, "2 of 2"),
        node(
            3,
            "stage-1",
            "Pod",
            "checkout-6c9f84b7d-x2x9k",
            State::Healthy,
            "Running, 0 restarts",
        ),
        node(4, "stage-1", "container", "checkout", State::Healthy, "running, shop/checkout:2.1"),
        node(
            3,
            "stage-1",
            "Pod",
            "checkout-6c9f84b7d-zk4qp",
            State::Degraded,
            "CrashLoopBackOff, 7 restarts",
        ),
        node(
            4,
            "stage-1",
            "container",
            "checkout",
            State::Degraded,
            "waiting: CrashLoopBackOff, exit 1",
        ),
        node(1, "stage-1", "Service", "checkout", State::Healthy, "ClusterIP 8080"),
    ]
}

pub(crate) fn log(number: u64, ago: i64, pod: &str, text: &str) -> LogLine {
    LogLine {
        number,
        time: Some(now() - jiff::SignedDuration::from_secs(ago)),
        source: Clean::new(&format!("stage-1/{pod}")).into(),
        text: Clean::new(text),
        level: Level::of(text),
        near: false,
    }
}

/// Lines of two containers that arrived together.
pub(crate) fn batch(lines: Vec<LogLine>) -> Batch {
    Batch { lines, sources: 2, ..Batch::default() }
}

/// A comparison of these lines.
pub(crate) fn compared(lines: Vec<DiffLine>) -> Comparison {
    Comparison { whole: lines.clone(), lines, patch: "--- a\n+++ b\n".into() }
}

/// Somebody scaled one Deployment; a policy lets another be.
fn difference() -> Comparison {
    let line = |kind, text: &str| DiffLine { kind, text: Clean::new(text), ..DiffLine::default() };
    let written = |text: &str, who: &str, ago: i64| DiffLine {
        who: Clean::new(who),
        when: Some(now() - jiff::SignedDuration::from_secs(ago)),
        ..line(DiffKind::Add, text)
    };
    let head = "- applied   + live   2 without a difference, 41 fields of the cluster hidden";
    let mut found = compared(vec![
        line(DiffKind::Head, head),
        line(DiffKind::Head, "Deployment checkout in stage-1"),
        line(DiffKind::Same, "spec:"),
        DiffLine { differs: Some((12, 13)), ..line(DiffKind::Remove, "  replicas: 2") },
        DiffLine { differs: Some((12, 13)), ..written("  replicas: 5", "kubectl-edit", 700) },
        line(DiffKind::Same, "  template:"),
        line(DiffKind::Same, "    spec:"),
        line(DiffKind::Same, "      containers:"),
        line(DiffKind::Same, "      - name: checkout"),
        line(DiffKind::Remove, "        image: shop/checkout:2.1"),
        written("        image: shop/checkout:2.1-debug", "kubectl-client-side-apply", 90),
        line(DiffKind::Head, "expected: a policy of the application lets what follows be"),
        line(DiffKind::Head, "Deployment checkout in prod-eu-1"),
        line(DiffKind::Remove, "  replicas: 2"),
        written("  replicas: 9", "kube-controller-manager", 4_000),
    ]);
    found.whole.insert(7, line(DiffKind::Add, "      dnsPolicy: ClusterFirst"));
    found
}

/// Everything that is known of an open application.
pub(crate) fn parts() -> Vec<PartUpdate> {
    let revision = |name: &str, version: &str, succeeded, age: i64| Revision {
        name: Clean::new(name),
        publish_version: Clean::new(version),
        succeeded,
        created: Some(now() - jiff::SignedDuration::from_secs(age)),
    };
    let event = |age: i64, warning, reason: &str, object: &str, message: &str, count| EventRow {
        last: Some(now() - jiff::SignedDuration::from_secs(age)),
        warning,
        reason: Clean::new(reason),
        object: Clean::new(object),
        message: Clean::new(message),
        count,
    };
    vec![
        PartUpdate::Tree(Ok(tree())),
        PartUpdate::Diff(Question::default(), Ok(difference())),
        PartUpdate::Revisions(Ok(vec![
            revision("checkout-v4", "release-2.1", false, 1_300),
            revision("checkout-v3", "release-2.0", true, 88_000),
            revision("checkout-v2", "release-1.9", true, 600_000),
        ])),
        PartUpdate::Info(None, Ok(summary(&objects::whole(), "local", &[]))),
        PartUpdate::Yaml(None, Ok(lines(&objects::whole()))),
        PartUpdate::Events(Ok(vec![
            event(
                30,
                true,
                "BackOff",
                "Pod checkout-6c9f84b7d-zk4qp",
                "Back-off restarting failed container",
                17,
            ),
            event(1_300, false, "Deployed", "Application checkout", "Deployed successfully", 1),
        ])),
        PartUpdate::Logs(
            0,
            Ok(batch(vec![
                log(
                    1,
                    61,
                    "checkout-6c9f84b7d-x2x9k",
                    r#"{"level":"info","msg":"listening on :8080"}"#,
                ),
                log(
                    2,
                    60,
                    "checkout-6c9f84b7d-x2x9k",
                    r#"{"level":"warn","msg":"no cache configured"}"#,
                ),
                log(3, 12, "checkout-6c9f84b7d-zk4qp", "panic: no such table"),
            ])),
        ),
    ]
}

/// A plan of approving the gate of the waiting application.
pub(crate) fn plan(number: u64) -> PlanView {
    let line = |kind, text: &str| DiffLine { kind, text: Clean::new(text), ..DiffLine::default() };
    let row =
        |cluster: &str, verb: &str, object: &str, reason: &str, diff: Vec<DiffLine>| PlanRow {
            cluster: cluster.into(),
            verb: verb.into(),
            object: Clean::new(object),
            reason: Clean::new(reason),
            first: diff.clone(),
            diff,
        };
    PlanView {
        number,
        headline: Clean::new("Approve step check of shop/checkout: 3 writes in 2 of 3 clusters."),
        consequences: vec![Clean::new(
            "Step fleet runs next and deploys to prod-eu-1 and prod-us-1.",
        )],
        rows: vec![
            row(
                "prod-eu-1",
                "patch",
                "Deployment shop/checkout",
                "differs from what is wanted",
                vec![
                    line(
                        DiffKind::Remove,
                        "spec.template.spec.containers[0].image: shop/checkout:2.0",
                    ),
                    line(
                        DiffKind::Add,
                        "spec.template.spec.containers[0].image: shop/checkout:2.1",
                    ),
                ],
            ),
            row("prod-eu-1", "create", "Service shop/checkout", "does not exist yet", vec![]),
            row(
                "prod-us-1",
                "patch",
                "Deployment shop/checkout",
                "differs from what is wanted",
                vec![
                    line(
                        DiffKind::Remove,
                        "spec.template.spec.containers[0].image: shop/checkout:2.0",
                    ),
                    line(
                        DiffKind::Add,
                        "spec.template.spec.containers[0].image: shop/checkout:2.1",
                    ),
                ],
            ),
        ],
        writes: vec![row(
            "local",
            "patch",
            "Application shop/checkout",
            "resume",
            vec![
                line(DiffKind::Remove, "status/workflow/suspend: true"),
                line(DiffKind::Add, "status/workflow/suspend: false"),
            ],
        )],
        relies_on: Some(Clean::new("Only if: status/workflow/appRevision is checkout-v4.")),
    }
}

/// The key of the waiting application.
pub(crate) fn checkout() -> AppKey {
    AppKey { namespace: "shop".into(), name: "checkout".into() }
}

/// Opens the approval of the waiting application and answers with its plan.
pub(crate) fn approval(console: &mut Console) {
    console.open("checkout", "w").keys(&["A"]);
    console.send(Msg::Planned(Verb::Approve, checkout(), Ok(plan(1))));
}

/// What was changed: one change that was written, one that was refused, one whose end nobody knows.
pub(crate) fn deeds() -> Vec<Deed> {
    let deed = |ago: i64, verb: &str, app: &str, reason: &str, outcome, said: &str| Deed {
        at: Some(now() - jiff::SignedDuration::from_secs(ago)),
        verb: Clean::new(verb),
        about: Clean::new(&format!("hub-eu/shop/{app}")),
        who: Clean::new("alice from 10.0.0.7"),
        reason: Clean::new(reason),
        outcome,
        said: Clean::new(said),
    };
    vec![
        deed(20, "hold", "ledger", "INC-7", Outcome::Done, "hold of shop/ledger: written"),
        deed(
            90,
            "approve",
            "checkout",
            "canary is fine",
            Outcome::Refused,
            "refused: the object has been modified",
        ),
        deed(
            4_000,
            "roll back",
            "payments",
            "INC-6",
            Outcome::Begun,
            "Roll back shop/payments to payments-v11: 4 writes on the hub.",
        ),
    ]
}

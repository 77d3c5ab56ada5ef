//! Bad input, each a sentence that says what, where and what next; nothing is lost and nothing panics.

use std::io::Read;
use std::process::Stdio;

use mizzen_hub::User;
use serde_json::{Value, json};

use super::payloads::payloads;
use super::world::{Said, World};

fn application(component: &Value, policies: &Value) -> String {
    let app = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "Application",
        "metadata": {"name": "bad"},
        "spec": {"components": [component], "policies": policies},
    });
    app.to_string()
}

fn definition(template: &str) -> String {
    let definition = json!({
        "apiVersion": "core.oam.dev/v1beta1", "kind": "ComponentDefinition",
        "metadata": {"name": "own"},
        "spec": {"workload": {"type": "autodetects.core.oam.dev"},
            "schematic": {"cue": {"template": template}}},
    });
    format!(
        "{definition}\n---\n{}",
        application(&json!({"name": "web", "type": "own"}), &json!([]))
    )
}

/// Lists whose elements multiply.
const BOMB: &str = "l0: [0,1,2,3,4,5,6,7,8,9]
l1: [for a in l0 for b in l0 for c in l0 {a+b+c}]
l2: [for a in l1 for b in l1 for c in l1 {a+b+c}]
output: {apiVersion: \"v1\", kind: \"ConfigMap\", data: n: \"\\(len(l2))\"}
parameter: {}";

fn holds(said: &Said, code: i32, parts: &[&str]) {
    assert_eq!(said.code, Some(code), "{said:?}");
    assert!(!said.err.contains("panicked"), "{said:?}");
    for part in parts {
        assert!(said.err.contains(part), "{part:?} is missing: {said:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_rendered_is_told_before_it_is_delivered() {
    let world = World::ready().await;
    let web = |extra: Value| {
        let mut component = json!({"name": "web", "type": "webservice",
            "properties": {"image": "nginx"}});
        for (key, value) in extra.as_object().into_iter().flatten() {
            component[key] = value.clone();
        }
        component
    };
    let none = json!([]);
    let moon =
        json!([{"name": "moon", "type": "topology", "properties": {"clusters": ["moon-1"]}}]);
    let cases: [(&str, String, &[&str]); 6] = [
        (
            "trait",
            application(&web(json!({"traits": [{"type": "no-such"}]})), &none),
            &["component web", "`no-such` is not known", "install it or correct the type"],
        ),
        (
            "type",
            application(&web(json!({"properties": {"image": 7}})), &none),
            &["component web", "parameter.image", "string and int", "next: correct the properties"],
        ),
        (
            "kind",
            application(&web(json!({"type": "nothing"})), &none),
            &["component web", "`nothing` is not known"],
        ),
        ("cluster", application(&web(json!({})), &moon), &["moon-1: not found; join it first"]),
        (
            "parse",
            definition("output: {apiVersion: "),
            &["component web", "next: mend the definition"],
        ),
        ("bomb", definition(BOMB), &["evaluation stopped", "next: its definition asks for more"]),
    ];
    for (name, text, parts) in cases {
        let file = world.file(&format!("{name}.yaml"), &text);
        holds(&world.mizzen(&["dry-run", "-f", &file]), 2, parts);
        holds(&world.mizzen(&["diff", "-f", &file]), 2, parts);
    }
    let file = world.file("own.cue", "own: type: \"component\"\ntemplate: {\n\toutput: {\n");
    holds(&world.mizzen(&["up", "-f", &file]), 2, &["own.cue", ":4:"]);
    for (name, text, parts) in [
        ("list.yaml", "- 1", "needs apiVersion, kind and metadata.name"),
        ("broken.yaml", "a: [", "broken.yaml"),
        ("empty.yaml", "", "empty.yaml"),
    ] {
        let file = world.file(name, text);
        holds(&world.mizzen(&["up", "-f", &file]), 2, &[parts]);
    }
    holds(&world.mizzen(&["status", "nobody"]), 2, &["Application default/nobody", "not found"]);
    holds(&world.mizzen(&["up", "-f", "/nowhere.yaml"]), 2, &["/nowhere.yaml"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_applied_before_a_refusal_is_told() {
    let world = World::ready().await;
    let good = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "good"}});
    let big = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "big"},
        "data": {"blob": "x".repeat(2 << 20)}});
    let file = world.file("both.yaml", &format!("{good}\n---\n{big}"));
    let said = world.mizzen(&["up", "-f", &file]);
    holds(&said, 1, &["both.yaml: ConfigMap big:", "1048576 bytes"]);
    assert!(said.out.contains("good") && said.out.contains("created"), "{said:?}");
    let path = "/api/v1/namespaces/default/configmaps/";
    assert!(world.api("hub").get(&format!("{path}good")).await.is_ok());
    assert!(world.api("hub").get(&format!("{path}big")).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_right_is_named() {
    let world = World::strict(User::new("eve", &["guests"])).await;
    let app = application(&json!({"name": "web", "type": "webservice"}), &json!([]));
    let file = world.file("app.yaml", &app);
    let parts = ["cannot", "\"eve\"", "applications"];
    for words in [vec!["status"], vec!["status", "bad"], vec!["delete", "bad"]] {
        let said = world.mizzen_as_guest(&words);
        assert_ne!(said.code, Some(0), "{said:?}");
        holds(&said, said.code.unwrap_or_default(), &parts);
    }
    let said = world.mizzen_as_guest(&["up", "-f", &file]);
    holds(&said, said.code.unwrap_or_default(), &["app.yaml: Application bad", "\"eve\""]);
    assert_ne!(said.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_cluster_reaches_the_terminal_as_a_command() {
    let payloads = texts();
    let world = World::ready().await;
    let app = application(&json!({"name": "web", "type": "webservice"}), &json!([]));
    let file = world.file("app.yaml", &app);
    world.mizzen(&["up", "-f", &file]);
    let path = "/apis/core.oam.dev/v1beta1/namespaces/default/applications/bad";
    let services: Vec<Value> = payloads
        .iter()
        .map(|text| {
            json!({"name": text, "message": text, "healthy": false, "cluster": text,
                "workloadDefinition": {"apiVersion": "v1", "kind": "X"}})
        })
        .collect();
    let condition = |text: &String| {
        json!({"type": "Ready", "status": "False", "reason": "Hostile", "message": text,
            "lastTransitionTime": "2024-01-01T00:00:00Z"})
    };
    let conditions: Vec<Value> = payloads.iter().take(1).map(condition).collect();
    let status = json!({"status": {"status": payloads.first(), "services": services,
        "conditions": conditions}});
    let written = world.api("hub").merge(&format!("{path}/status"), &status).await;
    written.expect("a status is free text");
    for words in [
        &["status", "bad"][..],
        &["status"],
        &["diff", "bad"],
        &["status", "bad", "-o", "json"],
        &["status", "bad", "-o", "yaml"],
    ] {
        let said = world.mizzen(words);
        for text in [&said.out, &said.err] {
            let foreign = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(foreign, None, "{words:?}");
        }
    }
}

/// The payloads beside the checkout, or one of our own.
fn texts() -> Vec<String> {
    let own = || vec![(String::new(), "\u{1b}[2J\u{9b}31m\u{202e}".to_owned())];
    payloads().unwrap_or_else(own).into_iter().map(|(_, text)| text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_goes_ends_the_program_quietly() {
    let world = World::ready().await;
    let mut child = world
        .command(&["cluster", "list", "-o", "yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Nobody will read.
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("it was asked for").read_to_string(&mut said).expect("text");
    assert_eq!(said, "");
    assert!(child.wait().expect("it ends").success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_is_down_is_one_sentence() {
    let world = World::ready().await;
    world.down("us-1");
    let policies = json!([{"name": "all", "type": "topology",
        "properties": {"clusters": ["eu-1", "us-1"]}}]);
    let component = json!({"name": "web", "type": "webservice", "properties": {"image": "nginx"}});
    let file = world.file("app.yaml", &application(&component, &policies));
    let said = world.mizzen(&["diff", "-f", &file]);
    holds(&said, 2, &["cluster us-1 not compared: error trying to reach cluster us-1"]);
    assert!(said.out.contains("Deployment default/web in cluster eu-1"), "{said:?}");
    assert!(said.err.lines().all(|line| line.starts_with("mizzen: ")), "{said:?}");
}

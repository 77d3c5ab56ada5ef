//! Scripts of a shell: input to output and exit code.

use std::sync::Arc;

use serde_json::{Value, json};

use super::container::Container;
use super::{Process, Said};

fn container() -> Container {
    let pod = json!({"metadata": {"name": "web-0", "namespace": "shop", "labels": {"app": "web"}},
        "status": {"podIP": "10.1.0.7"},
        "spec": {"volumes": [{"name": "conf", "configMap": {"name": "conf"}}],
            "containers": [{"name": "web", "image": "shop/web:2", "command": ["serve"],
                "envFrom": [{"secretRef": {"name": "login"}, "prefix": "DB_"}],
                "env": [{"name": "MODE", "value": "fast"},
                    {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                    {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                    {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "level"}}}],
                "volumeMounts": [{"name": "conf", "mountPath": "/etc/web"}]}]}});
    let read = |plural: &str, name: &str| -> Option<Arc<Value>> {
        match (plural, name) {
            ("configmaps", "conf") => Some(Arc::new(json!({"data": {"level": "debug"}}))),
            ("secrets", "login") => Some(Arc::new(json!({"data": {"user": "YWxpY2U="}}))),
            _ => None,
        }
    };
    let now = "2026-03-01T12:00:00Z".parse().expect("a moment");
    Container::of(&pod, "web", now, &read).expect("it has one")
}

fn words(command: &[&str]) -> Vec<String> {
    command.iter().map(|word| (*word).to_owned()).collect()
}

fn text(said: &Said) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&said.out), text(&said.err), said.exit)
}

#[test]
fn commands() {
    for (command, out, err, exit) in [
        (vec!["echo", "a", "b"], "a b\n", "", 0),
        (vec!["cat", "/etc/web/level"], "debug\n", "", 0),
        (vec!["cat", "/none"], "", "cat: can't open '/none': No such file or directory\n", 1),
        (vec!["ls", "/etc"], "hostname\nhosts\nweb\n", "", 0),
        (vec!["printenv", "DB_user"], "alice\n", "", 0),
        (vec!["printenv", "IP"], "10.1.0.7\n", "", 0),
        (vec!["printenv", "NONE"], "", "", 1),
        (vec!["/bin/hostname"], "web-0\n", "", 0),
        (vec!["sh", "-c", "exit 7"], "", "", 7),
        (
            vec!["sh", "-c", "echo $MODE '$MODE' \"$APP\"; false || echo no && echo yes"],
            "fast $MODE web\nno\nyes\n",
            "",
            0,
        ),
        (vec!["sh", "-c", "fly; echo $?"], "127\n", "sh: fly: not found\n", 0),
        (vec!["sh", "-c", "echo a | cat"], "", "sh: pipes are not simulated\n", 2),
        (vec!["sh", "-c", "false"], "", "", 1),
    ] {
        let (_, said) = Process::start(container(), &words(&command), false).expect("it starts");
        assert_eq!(text(&said), (out.into(), err.into(), Some(exit)), "{command:?}");
    }
    let refused = Process::start(container(), &words(&["fly"]), false).expect_err("there is none");
    assert_eq!(refused, "exec: \"fly\": executable file not found in $PATH");
}

#[test]
fn a_shell_reads_a_script_to_its_end() {
    let (mut shell, said) = Process::start(container(), &words(&["sh"]), false).expect("it starts");
    assert_eq!(text(&said), (String::new(), String::new(), None));
    let said = shell.input(b"echo one\necho $LE");
    assert_eq!(text(&said).0, "one\n");
    let said = shell.input(b"VEL");
    assert_eq!(text(&said).0, "");
    let said = shell.end_of_input();
    assert_eq!(text(&said), ("debug\n".into(), String::new(), Some(0)));
}

#[test]
fn cat_copies_what_it_is_given() {
    let (mut cat, _) = Process::start(container(), &words(&["cat"]), false).expect("it starts");
    assert_eq!(text(&cat.input(b"one\ntwo")).0, "one\n");
    assert_eq!(text(&cat.end_of_input()), ("two\n".into(), String::new(), Some(0)));
}

#[test]
fn a_terminal_echoes_edits_and_ends() {
    let (mut shell, said) = Process::start(container(), &words(&["sh"]), true).expect("it starts");
    assert_eq!(text(&said).0, "/ # ");
    assert_eq!(text(&shell.input(b"echo hx\x7fi\r")).0, "echo hx\x08 \x08i\r\nhi\r\n/ # ");
    shell.resize(120, 40);
    assert_eq!(text(&shell.input(b"stty size\r")).0, "stty size\r\n40 120\r\n/ # ");
    assert_eq!(text(&shell.input(b"half\x03")).0, "half^C\r\n/ # ");
    assert_eq!(text(&shell.input(b"cat\rline\r")).0, "cat\r\nline\r\nline\r\n");
    assert_eq!(text(&shell.input(b"\x04")).0, "/ # ");
    assert_eq!(text(&shell.input(b"exit 3\r")), ("exit 3\r\n".into(), String::new(), Some(3)));
    assert_eq!(text(&shell.input(b"more")), (String::new(), String::new(), None));
}

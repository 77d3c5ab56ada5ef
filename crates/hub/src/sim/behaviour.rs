//! How a simulated container behaves: its image says so, or an annotation of its pod.
//!
//! A behaviour is one word with parameters, such as `crash-after-5s`. It is read from
//!
//! 1. the annotation `sim.mizzen.dev/<container>` or `sim.mizzen.dev/all` of the pod,
//! 2. an image under the registry `sim.mizzen.dev`: `sim.mizzen.dev/crash`, any tag;
//! 3. the tag of any other image after `sim-`: `shop/api:sim-oom`, `shop/api:1.4-sim-slow-20s`.
//!
//! | word | what happens |
//! |---|---|
//! | `crash[-after-T][-exit-N]` | runs 2 s (or T), exits 1 (or N), again and again |
//! | `oom[-after-T]` | the same, killed: OOMKilled, 137 |
//! | `exit-N[-after-T]` | ends once with N; restarted as the restart policy says |
//! | `run-T` | ends with 0 after T |
//! | `pullfail`, `notfound` | ErrImagePull and ImagePullBackOff |
//! | `badname` | InvalidImageName |
//! | `pull-T` | the pull takes T |
//! | `slow-T` | ready T after the start |
//! | `notready` | runs and is never ready |
//! | `flaky-T` | ready and not ready in turns of T |
//! | `unhealthy-T` | killed by its liveness probe T after each start |
//! | `createfail` | CreateContainerError |
//! | `evict[-after-T]` | the pod is evicted |
//! | `unschedulable` | no node fits |
//!
//! T is a number with `ms`, `s`, `m` or `h`.

use std::time::Duration;

use serde_json::Value;

use crate::json::{items, text};

const PREFIX: &str = "sim.mizzen.dev/";

/// What a container does on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Runs until it is stopped.
    Run,
    /// Ends after a time with an exit code, each time it is started.
    Exit { after: Duration, code: i64, oom: bool },
    /// Its image cannot be pulled.
    PullFail,
    /// Its image's name is malformed.
    BadName,
    /// Its image takes long to pull.
    Pull(Duration),
    /// Becomes ready late.
    Slow(Duration),
    /// Never becomes ready.
    NotReady,
    /// Ready and not ready in turns.
    Flaky(Duration),
    /// Its liveness probe fails some time after each start.
    Unhealthy(Duration),
    /// It cannot be created.
    CreateFail,
    /// Its pod is evicted.
    Evict(Duration),
    /// No node fits its pod.
    Unschedulable,
}

impl Behaviour {
    /// The behaviour of a container of a pod.
    pub(crate) fn of(pod: &Value, container: &Value) -> Self {
        let annotation = |name: &str| {
            let key = format!("{PREFIX}{name}");
            parse(text(pod, &["metadata", "annotations", &key]))
        };
        annotation(text(container, &["name"]))
            .or_else(|| annotation("all"))
            .or_else(|| of_image(text(container, &["image"])))
            .unwrap_or(Self::Run)
    }

    /// The behaviours of all containers of a pod.
    pub(crate) fn all(pod: &Value) -> impl Iterator<Item = Self> {
        let lists = [&["spec", "initContainers"], &["spec", "containers"]];
        lists.into_iter().flat_map(|path| items(pod, path)).map(|c| Self::of(pod, c))
    }
}

fn of_image(image: &str) -> Option<Behaviour> {
    if let Some(rest) = image.strip_prefix(PREFIX) {
        let last = rest.rsplit('/').next()?;
        return parse(last.split([':', '@']).next()?);
    }
    let (_, tag) = image.rsplit('/').next()?.split_once(':')?;
    let at = tag.find("sim-").filter(|at| *at == 0 || tag.as_bytes()[at - 1] == b'-')?;
    parse(&tag[at + 4..])
}

/// Reads a behaviour; none when the word is not known.
fn parse(text: &str) -> Option<Behaviour> {
    let parts: Vec<&str> = text.split('-').collect();
    let (word, rest) = parts.split_first()?;
    let after = |default: u64| {
        let named = named(rest, "after").and_then(duration);
        named.unwrap_or(Duration::from_secs(default))
    };
    let time = || rest.first().and_then(|t| duration(t));
    Some(match *word {
        "crash" | "crashloop" => {
            let code = named(rest, "exit").and_then(|n| n.parse().ok()).unwrap_or(1);
            Behaviour::Exit { after: after(2), code, oom: false }
        }
        "oom" => Behaviour::Exit { after: after(2), code: 137, oom: true },
        "exit" => {
            let code = rest.first()?.parse().ok()?;
            Behaviour::Exit { after: after(2), code, oom: false }
        }
        "run" => Behaviour::Exit { after: time()?, code: 0, oom: false },
        "pullfail" | "notfound" => Behaviour::PullFail,
        "badname" => Behaviour::BadName,
        "pull" => Behaviour::Pull(time()?),
        "slow" => Behaviour::Slow(time()?),
        "notready" => Behaviour::NotReady,
        "flaky" => Behaviour::Flaky(time().unwrap_or(Duration::from_secs(15))),
        "unhealthy" => Behaviour::Unhealthy(time().unwrap_or(Duration::from_secs(30))),
        "createfail" => Behaviour::CreateFail,
        "evict" => Behaviour::Evict(after(5)),
        "unschedulable" => Behaviour::Unschedulable,
        _ => return None,
    })
}

/// The part after a named one.
fn named<'a>(parts: &[&'a str], name: &str) -> Option<&'a str> {
    let at = parts.iter().position(|part| *part == name)?;
    parts.get(at + 1).copied()
}

fn duration(text: &str) -> Option<Duration> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..at].parse().ok()?;
    Some(match &text[at..] {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_name_their_behaviour() {
        let exit =
            |seconds, code, oom| Behaviour::Exit { after: Duration::from_secs(seconds), code, oom };
        for (image, expected) in [
            ("nginx:1.27", Behaviour::Run),
            ("sim.mizzen.dev/crash", exit(2, 1, false)),
            ("sim.mizzen.dev/crash-after-5s-exit-3:v2", exit(5, 3, false)),
            ("shop/api:sim-oom", exit(2, 137, true)),
            ("shop/api:1.4-sim-slow-20s", Behaviour::Slow(Duration::from_secs(20))),
            ("registry:5000/shop/api:sim-pullfail", Behaviour::PullFail),
            ("shop/api:sim-run-1m", exit(60, 0, false)),
            ("shop/api:sim-exit-2", exit(2, 2, false)),
            ("shop/simulator:v1", Behaviour::Run),
            ("shop/api:sim-dance", Behaviour::Run),
        ] {
            assert_eq!(Behaviour::of(&json!({}), &json!({"image": image})), expected, "{image}");
        }
    }

    #[test]
    fn annotations_come_first() {
        let pod = json!({"metadata": {"annotations": {"sim.mizzen.dev/web": "notready"}}});
        let container = json!({"name": "web", "image": "sim.mizzen.dev/crash"});
        assert_eq!(Behaviour::of(&pod, &container), Behaviour::NotReady);
    }
}

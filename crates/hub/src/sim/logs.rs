//! What simulated containers print: lines that follow from the container, its run and the time.
//!
//! Pure and random access: the line of a number can be made without those before it, so a tail of a
//! container that runs for a week costs no more than one of a second. Nothing is stored.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::json::{items, meta, text};
use crate::sim::behaviour::Behaviour;
use crate::sim::object::hash32;

/// Time between two lines, on average.
const BEAT: Duration = Duration::from_millis(1500);
/// Time between the lines of a start.
const START_BEAT: Duration = Duration::from_millis(40);

/// One run of a container: from its start to its end, if it ended.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    start: Timestamp,
    end: Option<Timestamp>,
    exit: i64,
    oom: bool,
    seed: u32,
    style: Style,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    /// A web server's access lines.
    Access,
    /// An application's structured lines.
    Structured,
    /// A task that counts what it did.
    Task,
}

impl Run {
    /// The run whose log a container shows; none when it never ran. `previous` asks for the one
    /// before the last restart.
    pub(crate) fn of(pod: &Value, container: &str, previous: bool) -> Option<Self> {
        let lists =
            [("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")];
        let (spec, status) = lists.into_iter().find_map(|(specs, statuses)| {
            let by_name = |c: &&Value| c["name"] == container;
            let spec = items(pod, &["spec", specs]).iter().find(by_name)?;
            let status = items(pod, &["status", statuses]).iter().find(by_name)?;
            Some((spec, status))
        })?;
        let count = status["restartCount"].as_i64().unwrap_or(0);
        let (state, last) = (&status["state"], &status["lastState"]["terminated"]);
        let waits = state["waiting"].is_object();
        let (record, number) = match (previous, waits) {
            (true, _) => (last, count - 1),
            (false, true) => (last, count),
            (false, false) if state["running"].is_object() => (&state["running"], count),
            (false, false) => (&state["terminated"], count),
        };
        let start = text(record, &["startedAt"]).parse().ok()?;
        let image = text(spec, &["image"]);
        Some(Self {
            start,
            end: text(record, &["finishedAt"]).parse().ok(),
            exit: record["exitCode"].as_i64().unwrap_or(0),
            oom: record["reason"] == "OOMKilled",
            seed: hash32(&format!("{}/{container}/{number}", meta(pod, "uid"))),
            style: style(pod, spec, image),
            name: container.to_owned(),
        })
    }

    /// Whether nothing will follow what was printed by `now`.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// The number of lines printed by a moment.
    pub(crate) fn count_at(&self, now: Timestamp) -> usize {
        let until = self.end.map_or(now, |end| end.min(now));
        if until < self.start {
            return 0;
        }
        let preamble = self.preamble().len();
        let mut count = (0..preamble).filter(|i| self.time(*i) <= until).count();
        if count == preamble {
            let since = Duration::try_from(until.duration_since(self.start)).unwrap_or_default();
            let slots = usize::try_from(since.as_millis() / BEAT.as_millis()).unwrap_or(0);
            count +=
                (0..=slots).rev().find(|i| self.time(preamble + i) <= until).map_or(0, |i| i + 1);
        }
        if self.end.is_some_and(|end| end <= now) {
            count += self.epilogue().len();
        }
        count
    }

    /// When a line is printed. Lines of the end are numbered from `count_at` backwards.
    pub(crate) fn time(&self, index: usize) -> Timestamp {
        let preamble = self.preamble().len();
        let offset = if index < preamble {
            START_BEAT * u32::try_from(index).unwrap_or(u32::MAX)
        } else {
            let slot = u32::try_from(index - preamble).unwrap_or(u32::MAX);
            let jitter = Duration::from_millis(u64::from(self.dice(index) % 900));
            BEAT.saturating_mul(slot) + Duration::from_millis(500) + jitter
        };
        let offset = SignedDuration::try_from(offset).unwrap_or_default();
        self.start.checked_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// The lines from a number up to those printed by a moment, each with its time.
    pub(crate) fn lines(&self, from: usize, now: Timestamp) -> Vec<(Timestamp, String)> {
        let total = self.count_at(now);
        let ending = match self.end {
            Some(end) if end <= now => self.epilogue().len(),
            _ => 0,
        };
        let plain = total - ending;
        let mut out: Vec<(Timestamp, String)> =
            (from..plain).map(|i| (self.time(i), self.line(i))).collect();
        let end = self.end.unwrap_or(now);
        let rest = self.epilogue().into_iter().take(ending).skip(from.saturating_sub(plain));
        out.extend(rest.map(|line| (end, line)));
        out
    }

    fn dice(&self, index: usize) -> u32 {
        hash32(&format!("{}:{index}", self.seed))
    }

    fn preamble(&self) -> Vec<String> {
        match self.style {
            Style::Access => vec![
                "/docker-entrypoint.sh: Configuration complete; ready for start up".to_owned(),
                "[notice] 1#1: using the \"epoll\" event method".to_owned(),
                "[notice] 1#1: start worker processes".to_owned(),
            ],
            Style::Structured => vec![
                format!("{{\"level\":\"info\",\"msg\":\"starting\",\"app\":{:?}}}", self.name),
                "{\"level\":\"info\",\"msg\":\"configuration loaded\"}".to_owned(),
                "{\"level\":\"info\",\"msg\":\"listening\",\"port\":8080}".to_owned(),
            ],
            Style::Task => vec![format!("{}: work begins", self.name)],
        }
    }

    fn line(&self, index: usize) -> String {
        let preamble = self.preamble();
        if let Some(line) = preamble.get(index) {
            return line.clone();
        }
        let dice = self.dice(index);
        match self.style {
            Style::Access => access_line(dice, self.time(index)),
            Style::Structured => structured_line(dice),
            Style::Task => format!("{}: item {} done", self.name, index - preamble.len() + 1),
        }
    }

    /// What a container prints as it ends.
    fn epilogue(&self) -> Vec<String> {
        match (self.oom, self.exit) {
            (true, _) => Vec::new(),
            (false, 0) if self.style == Style::Task => vec![format!("{}: work is done", self.name)],
            (false, 0) => vec!["shutting down".to_owned()],
            (false, code) => vec![
                "panic: connection to the database was refused".to_owned(),
                String::new(),
                "goroutine 1 [running]:".to_owned(),
                format!("main.connect(0x{:08x})", self.seed),
                "\t/src/main.go:42 +0x1d".to_owned(),
                format!("exit status {code}"),
            ],
        }
    }
}

fn style(pod: &Value, spec: &Value, image: &str) -> Style {
    let owner = items(pod, &["metadata", "ownerReferences"]).first();
    let job = owner.is_some_and(|o| o["kind"] == "Job");
    let exits = matches!(Behaviour::of(pod, spec), Behaviour::Exit { code: 0, .. });
    if job || exits {
        Style::Task
    } else if ["nginx", "httpd", "traefik", "web", "frontend"]
        .iter()
        .any(|word| image.contains(word))
    {
        Style::Access
    } else {
        Style::Structured
    }
}

fn access_line(dice: u32, at: Timestamp) -> String {
    const PATHS: &[&str] =
        &["/", "/healthz", "/api/items", "/api/items/7", "/cart", "/static/app.js"];
    let path = PATHS[dice as usize % PATHS.len()];
    let (code, size) = match dice / 7 % 20 {
        0 => (500, 170),
        1 | 2 => (404, 153),
        _ => (200, 200 + dice % 4000),
    };
    let time = at.strftime("%d/%b/%Y:%H:%M:%S +0000");
    let host = dice / 11 % 250 + 1;
    format!(
        "10.244.1.{host} - - [{time}] \"GET {path} HTTP/1.1\" {code} {size} \"-\" \"kube-probe/1.36\""
    )
}

fn structured_line(dice: u32) -> String {
    const WORK: &[&str] = &["request handled", "cache refreshed", "order stored", "message sent"];
    let work = WORK[dice as usize % WORK.len()];
    let took = dice / 13 % 180 + 2;
    let level = if (dice / 17).is_multiple_of(25) { "warn" } else { "info" };
    format!(
        "{{\"level\":\"{level}\",\"msg\":\"{work}\",\"took_ms\":{took},\"trace\":\"{dice:08x}\"}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(state: Value, last: Value) -> Run {
        let pod = json!({"metadata": {"uid": "u"},
            "spec": {"containers": [{"name": "a", "image": "shop/api:1"}]},
            "status": {"containerStatuses": [{"name": "a", "restartCount": 1, "state": state, "lastState": last}]}});
        Run::of(&pod, "a", false).expect("a run")
    }

    fn at(text: &str) -> Timestamp {
        format!("2026-01-01T00:{text}Z").parse().expect("a time")
    }

    #[test]
    fn lines_come_with_time_and_never_change() {
        let run = run(json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}), json!({}));
        let early = run.lines(0, at("00:10"));
        let late = run.lines(0, at("10:00"));
        assert!(early.len() > 5, "{early:?}");
        assert_eq!(late[..early.len()], early[..]);
        assert!(late.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        assert!(late.iter().all(|(time, _)| *time <= at("10:00")));
        assert_eq!(run.lines(late.len() - 3, at("10:00")), late[late.len() - 3..]);
        assert_eq!(run.count_at(at("10:00")), late.len());
    }

    #[test]
    fn a_crash_ends_with_its_trace() {
        let ended = json!({"terminated": {"startedAt": "2026-01-01T00:00:00Z",
            "finishedAt": "2026-01-01T00:00:02Z", "exitCode": 3, "reason": "Error"}});
        let run = run(json!({"waiting": {"reason": "CrashLoopBackOff"}}), ended);
        let lines = run.lines(0, at("01:00"));
        assert_eq!(lines.last().map(|(_, line)| line.as_str()), Some("exit status 3"));
        assert!(run.is_over());
    }
}

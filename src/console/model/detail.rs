//! What is known of the open application beyond its status: resources, revisions, texts.

use jiff::Timestamp;

use super::app::AppKey;
use super::state::State;
use crate::console::term::clean::Clean;

/// A row of the resource tree. Rows are in order, children after their parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Stable id: cluster, kind, namespace, name; unique in the tree.
    pub id: String,
    /// How deep it stands; clusters are 0.
    pub depth: usize,
    /// Its cluster.
    pub cluster: String,
    /// Kind, such as `Deployment`; empty for clusters.
    pub kind: Clean,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: Clean,
    /// Its state.
    pub state: State,
    /// What it says, such as `2/2 ready`.
    pub text: Clean,
}

/// A revision of the application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Name.
    pub name: Clean,
    /// Version that was published under it.
    pub publish_version: Clean,
    /// Whether its workflow succeeded.
    pub succeeded: bool,
    /// When it was made.
    pub created: Option<Timestamp>,
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRow {
    /// When it was seen last.
    pub last: Option<Timestamp>,
    /// Whether it warns.
    pub warning: bool,
    /// Reason.
    pub reason: Clean,
    /// Object.
    pub object: Clean,
    /// Message.
    pub message: Clean,
    /// How often.
    pub count: i64,
}

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLine {
    /// Its number in the order of arrival, by which the cursor stays on it.
    pub number: u64,
    /// When it was written, as the node says.
    pub time: Option<Timestamp>,
    /// Cluster, pod and container.
    pub source: Clean,
    /// What it says.
    pub text: Clean,
    /// How bad it says it is.
    pub level: Level,
}

/// How bad a line of a log says that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// It says nothing, or that all is well.
    #[default]
    Plain,
    /// It warns.
    Warning,
    /// Something failed.
    Error,
}

impl Level {
    /// The level of a line in JSON, logfmt, klog's or plain words.
    #[must_use]
    pub fn of(line: &str) -> Self {
        let head: String = line.chars().take(HEAD).collect::<String>().to_ascii_lowercase();
        let klog = |letter: char| {
            head.strip_prefix(letter).is_some_and(|rest| {
                rest.len() > 4 && rest.bytes().take(4).all(|byte| byte.is_ascii_digit())
            })
        };
        let words: Vec<&str> = head.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        // What is named a level: quotes, a colon and a blank may stand between the two.
        let levels = words.iter().enumerate().filter_map(|(at, word)| {
            let value = || words[at + 1..].iter().take(3).find(|word| !word.is_empty());
            ["level", "lvl", "severity"].contains(word).then(value)?
        });
        let says = |all: &[&str]| {
            let named = levels.clone().any(|level| all.contains(level));
            named
                || !head.starts_with('{') && words.iter().take(PLAIN_WORDS).any(|w| all.contains(w))
        };
        if klog('e') || klog('f') || says(&["error", "err", "fatal", "panic", "critical"]) {
            Self::Error
        } else if klog('w') || says(&["warn", "warning"]) {
            Self::Warning
        } else {
            Self::Plain
        }
    }
}

/// Characters of a line in which its level is looked for.
const HEAD: usize = 160;
/// Words at the beginning of a plain line that may be its level.
const PLAIN_WORDS: usize = 9;

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What it is.
    pub kind: DiffKind,
    /// The text.
    pub text: Clean,
}

/// What a line of a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// A heading: an object, or the names of the sides.
    Head,
    /// On both sides.
    Same,
    /// Only on the left side.
    Remove,
    /// Only on the right side.
    Add,
}

/// A part that may still be on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Part<T> {
    /// Was not asked for.
    #[default]
    None,
    /// Asked for at this moment.
    Loading(Timestamp),
    /// Here.
    Ready(T),
    /// As it was before it could not be had any more, and why.
    Stale(T, Clean),
    /// Could not be had, and why.
    Failed(Clean),
}

impl<T> Part<T> {
    /// An answer. What was known before stays in sight when nothing newer can be had.
    pub fn answer(&mut self, result: Result<T, Clean>) {
        *self = match (result, std::mem::take(self)) {
            (Ok(value), _) => Self::Ready(value),
            (Err(why), Self::Ready(value) | Self::Stale(value, _)) => Self::Stale(value, why),
            (Err(why), Self::None | Self::Loading(_) | Self::Failed(_)) => Self::Failed(why),
        };
    }

    /// Why what is shown is not of now.
    #[must_use]
    pub fn stale(&self) -> Option<&Clean> {
        match self {
            Self::Stale(_, why) => Some(why),
            Self::None | Self::Loading(_) | Self::Ready(_) | Self::Failed(_) => None,
        }
    }
}

impl Detail {
    /// Why what a side shows is not of now.
    #[must_use]
    pub fn stale(&self, tab: super::nav::Tab) -> Option<&Clean> {
        use super::nav::Tab;
        match tab {
            Tab::Tree => self.tree.stale(),
            Tab::Workflow => None,
            Tab::Diff => self.diff.stale(),
            Tab::Revisions => self.revisions.stale(),
            Tab::Yaml => self.yaml.stale(),
            Tab::Events => self.events.stale(),
            Tab::Logs => self.logs.stale(),
        }
    }
}

/// Everything about the open application.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// Which application.
    pub key: AppKey,
    /// The resource tree.
    pub tree: Part<Vec<Node>>,
    /// The comparison of what was delivered with what is.
    pub diff: Part<Vec<DiffLine>>,
    /// The revisions, newest first.
    pub revisions: Part<Vec<Revision>>,
    /// The object as YAML.
    pub yaml: Part<Vec<Clean>>,
    /// The events, newest first.
    pub events: Part<Vec<EventRow>>,
    /// The last log lines, the newest last.
    pub logs: Part<Vec<LogLine>>,
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn levels_are_read_from_what_programs_write() {
        for (line, level) in [
            (r#"{"level":"error","msg":"no such table"}"#, Level::Error),
            (r#"{"msg":"error budget is fine","level": "info"}"#, Level::Plain),
            (r#"{"severity":"WARNING","message":"slow"}"#, Level::Warning),
            ("time=12:00 level=warn msg=slow", Level::Warning),
            ("E0301 12:00:00.000 1 main.go:7] lost", Level::Error),
            ("W0301 12:00:00.000 1 main.go:7] slow", Level::Warning),
            ("2026-03-01T12:00:00Z ERROR lost", Level::Error),
            ("panic: no such table", Level::Error),
            ("Everything is fine", Level::Plain),
            ("", Level::Plain),
        ] {
            assert_eq!(Level::of(line), level, "{line}");
        }
    }
}

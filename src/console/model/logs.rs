//! The lines of containers as they are held: a ring that is bounded in lines and in bytes, what was
//! asked for, and how it is shown.
//!
//! Invariant: whatever a container writes, what is held of it stays within [`MOST_LINES`] and
//! [`MOST_BYTES`]; how much was dropped for that is counted, never silent.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::console::term::clean::Clean;

/// Lines that are held at most.
pub const MOST_LINES: usize = 10_000;
/// Bytes of text that are held at most.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;
/// What a line costs besides its text.
const LINE_COSTS: usize = 96;

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number in the order of arrival, by which the cursor stays on it.
    pub number: u64,
    /// When it was written, as the node says.
    pub time: Option<Timestamp>,
    /// Cluster, pod and container; shared by their lines.
    pub source: Arc<Clean>,
    /// What it says.
    pub text: Clean,
    /// How bad it says it is.
    pub level: Level,
    /// Whether it stands there only because of a line near it.
    #[serde(default)]
    pub near: bool,
}

impl LogLine {
    fn bytes(&self) -> usize {
        self.text.as_str().len() + LINE_COSTS
    }
}

/// How bad a line of a log says that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// Whose lines, where they are not those of the whole application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The cluster.
    pub cluster: String,
    /// The kind of an object; empty for the whole cluster.
    pub kind: String,
    /// The object's namespace; for a container that of its pod.
    pub namespace: String,
    /// The object's name; for a container that of its pod.
    pub name: String,
    /// One container of it, where one is meant.
    pub container: Option<String>,
}

/// How far back is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// The last lines of each container.
    #[default]
    Tail,
    /// What was written within so many seconds.
    Seconds(i64),
    /// Everything that the nodes still have.
    All,
}

impl Window {
    /// The windows in the order in which a key goes through them, with what each is called.
    const ALL: [(Self, &'static str); 6] = [
        (Self::Tail, "last lines"),
        (Self::Seconds(60), "last minute"),
        (Self::Seconds(300), "last 5 minutes"),
        (Self::Seconds(900), "last 15 minutes"),
        (Self::Seconds(3_600), "last hour"),
        (Self::All, "from the beginning"),
    ];

    /// The next one; after the last, the first.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|(window, _)| *window == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()].0
    }

    /// What it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(window, _)| *window == self).map_or("", |(_, word)| word)
    }
}

/// What is read, and which answers belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Counts up with every other question, so that a late answer to an earlier one is known.
    pub generation: u64,
    /// Whose lines; everything of the application when nothing is named.
    pub scope: Option<Scope>,
    /// Whether the runs before the last restarts are meant.
    pub previous: bool,
    /// How far back.
    pub window: Window,
    /// The filter through which the whole log goes, before its last lines are kept.
    pub filter: String,
    /// Lines of the same container that are kept before and after each that fits.
    pub context: usize,
}

/// How many lines stand around one that fits, in the order in which a key goes through them.
const CONTEXTS: [usize; 4] = [0, 2, 5, 20];

/// The next of them; after the last, the first.
#[must_use]
pub fn next_context(now: usize) -> usize {
    CONTEXTS.into_iter().find(|context| *context > now).unwrap_or(CONTEXTS[0])
}

/// Lines that arrived together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// In the order of their times.
    pub lines: Vec<LogLine>,
    /// Containers that are read.
    pub sources: usize,
    /// Containers that are not read because there are too many.
    pub unread: usize,
    /// How old the newest of these lines was when more were waiting behind it, in seconds.
    pub behind: Option<i64>,
}

/// The lines that are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    lines: VecDeque<LogLine>,
    bytes: usize,
    rules: u64,
    /// Older lines that were dropped.
    pub dropped: u64,
    /// As in the last [`Batch`].
    pub sources: usize,
    /// As in the last [`Batch`].
    pub unread: usize,
    /// As in the last [`Batch`].
    pub behind: Option<i64>,
}

impl Ring {
    /// Draws a line under what is held.
    pub fn rule(&mut self, now: Timestamp) {
        self.rules += 1;
        let text = Clean::own("────────────────────────────────────────");
        let number = u64::MAX - self.rules;
        self.put(LogLine { number, time: Some(now), text, ..LogLine::default() });
    }

    /// Takes lines in, each where its time belongs; nearly always that is the end. The oldest go.
    pub fn take(&mut self, batch: Batch) {
        (self.sources, self.unread, self.behind) = (batch.sources, batch.unread, batch.behind);
        for line in batch.lines {
            self.put(line);
        }
    }

    fn put(&mut self, line: LogLine) {
        let later =
            self.lines.iter().rev().take_while(|old| line.time.is_some() && old.time > line.time);
        let at = self.lines.len() - later.count();
        self.bytes += line.bytes();
        self.lines.insert(at, line);
        while self.lines.len() > MOST_LINES || self.bytes > MOST_BYTES {
            let Some(gone) = self.lines.pop_front() else { break };
            self.bytes -= gone.bytes();
            self.dropped += 1;
        }
    }

    /// The lines, the newest last.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &LogLine> {
        self.lines.iter()
    }

    /// Bytes that are held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Which time stands in front of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The time of day in UTC.
    #[default]
    Utc,
    /// The time of day where the person is.
    Local,
    /// How long ago.
    Ago,
    /// None.
    Off,
}

impl Clock {
    /// The next one; after the last, the first.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Utc => Self::Local,
            Self::Local => Self::Ago,
            Self::Ago => Self::Off,
            Self::Off => Self::Utc,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Utc => "times in UTC",
            Self::Local => "times in the zone of this machine",
            Self::Ago => "times as how long ago",
            Self::Off => "no times",
        }
    }
}

/// How lines are shown, wherever they come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// Whether long lines go on in the next row.
    pub wrap: bool,
    /// Which time stands in front.
    pub clock: Clock,
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn line(number: u64, time: &str, text: &str) -> LogLine {
        LogLine { number, time: time.parse().ok(), text: Clean::new(text), ..LogLine::default() }
    }

    fn batch(lines: Vec<LogLine>) -> Batch {
        Batch { lines, ..Batch::default() }
    }

    #[test]
    fn lines_of_all_pods_stand_in_the_order_of_their_times() {
        let mut ring = Ring::default();
        for (number, time, text) in [
            (1, "2026-03-01T12:00:01.5Z", "second"),
            (2, "2026-03-01T12:00:03Z", "third"),
            (3, "2026-03-01T12:00:01Z", "first"),
            (4, "", "no time stands in front"),
        ] {
            ring.take(batch(vec![line(number, time, text)]));
        }
        let texts: Vec<&str> = ring.lines().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["first", "second", "third", "no time stands in front"]);
    }

    #[test]
    fn what_is_held_is_bounded_and_what_goes_is_counted() {
        let mut ring = Ring::default();
        let long = "x".repeat(3_000);
        for number in 0..5_000 {
            ring.take(batch(vec![line(number, "2026-03-01T12:00:00Z", &long)]));
            assert!(ring.bytes() <= MOST_BYTES);
        }
        assert_eq!(ring.dropped + ring.lines().len() as u64, 5_000);
        assert!(ring.lines().last().is_some_and(|line| line.number == 4_999));
        for number in 0..20_000 {
            ring.take(batch(vec![line(number, "2026-03-01T12:00:00Z", "")]));
        }
        assert_eq!(ring.lines().len(), MOST_LINES);
    }
}

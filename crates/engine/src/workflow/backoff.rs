//! How often something failed or waited, and so how long to wait before the next visit.
//!
//! Kept in the process only, as upstream keeps it: after a restart counting begins anew.
//! Source: `getBackoffWaitTime`, `setNextExecuteTime` in `pkg/executor/workflow.go`, and
//! `pkg/tasks/custom/task.go` for the error counter, of kubevela/workflow.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::run::Run;

/// How patient a run is, as the controller was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Errors after the first one after which a step is given up.
    pub errors: u32,
    /// Longest pause, in seconds, while some top-level step is failed.
    pub failed_cap: i64,
    /// Longest pause, in seconds, otherwise.
    pub wait_cap: i64,
    /// Whether a run with a step that was given up waits for a person, instead of failing.
    pub suspend_on_failure: bool,
}

impl Default for Patience {
    fn default() -> Self {
        Self { errors: 10, failed_cap: 300, wait_cap: 60, suspend_on_failure: false }
    }
}

/// Counters of one run, by step id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What the counters are held against.
    pub patience: Patience,
    failed: BTreeMap<String, u32>,
    waits: BTreeMap<String, (u32, String)>,
}

impl Memory {
    /// Counts an error of a step; true when it is to be given up. The first error counts as none.
    pub fn failed(&mut self, id: &str) -> bool {
        let count = self.failed.entry(id.to_owned()).and_modify(|count| *count += 1).or_insert(0);
        *count >= self.patience.errors
    }

    /// Counts a visit after which a step is not over; another message starts anew.
    pub fn waited(&mut self, id: &str, message: &str) {
        match self.waits.get_mut(id) {
            Some((count, known)) if known == message => *count += 1,
            _ => drop(self.waits.insert(id.to_owned(), (0, message.to_owned()))),
        }
    }

    /// Forgets how often a step waited: it is over, or waits for a person.
    pub fn settled(&mut self, id: &str) {
        self.waits.remove(id);
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.failed.is_empty() && self.waits.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self { patience: self.patience, ..Self::default() };
    }

    /// The smallest counter above zero among these steps.
    fn smallest<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Option<u32> {
        ids.filter_map(|id| self.waits.get(id)).map(|(count, _)| *count).filter(|c| *c > 0).min()
    }
}

/// Seconds to wait before the next visit of a run that is executing, at least one.
#[must_use]
pub fn seconds(run: &Run) -> i64 {
    let failed = run.status.steps.iter().any(|step| step.step.phase == "failed");
    let patience = run.memory.patience;
    let cap = if failed { patience.failed_cap } else { patience.wait_cap };
    let counter = run.memory.smallest(run.all_steps().map(|step| step.id.as_str()));
    counter.map_or(1, |counter| pause(counter).clamp(1, cap.max(1)))
}

/// `floor(0.05 * 2^counter)`, without overflow.
fn pause(counter: u32) -> i64 {
    (1_i64 << counter.min(40)) / 20
}

/// Seconds of a Go duration, or `None` when it is none. Knows h, m, s, ms, us and ns.
///
/// Source: `time.ParseDuration` of Go.
#[must_use]
pub fn go_duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number * unit(&rest[..unit_end])?;
        rest = &rest[unit_end..];
    }
    Some(sign * total)
}

fn unit(word: &str) -> Option<f64> {
    Some(match word {
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}

/// Seconds until a moment, at least one; for a moment that has passed, one.
#[must_use]
pub fn seconds_until(moment: Timestamp, now: Timestamp) -> i64 {
    (moment.as_second() - now.as_second()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_as_upstream_s() {
        // The n-th identical visit has counter n - 1; a counter of zero is no counter.
        let expected = [1, 1, 1, 1, 1, 3, 6, 12, 25, 51, 102];
        for (counter, expected) in (1..).zip(expected) {
            assert_eq!(pause(counter).max(1), expected, "counter {counter}");
        }
    }

    #[test]
    fn eleven_errors_are_too_many() {
        let mut memory = Memory::default();
        let given_up: Vec<bool> = (0..11).map(|_| memory.failed("a")).collect();
        assert_eq!(given_up.iter().filter(|up| **up).count(), 1);
        assert!(given_up[10]);
    }

    #[test]
    fn go_durations() {
        for (text, expected) in [
            ("1h2m3s", Some(3723.0)),
            ("1.5s", Some(1.5)),
            ("100ms", Some(0.1)),
            ("-2m", Some(-120.0)),
            ("0", Some(0.0)),
            ("1d", None),
            ("5", None),
            ("", None),
            ("s", None),
        ] {
            assert_eq!(go_duration(text), expected, "{text}");
        }
    }
}

//! The log of one container: read line by line, however long a line is, and taken up again where a
//! connection broke off.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::{AsyncBufRead, AsyncBufReadExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use tokio::sync::mpsc;

use super::super::words;
use crate::console::model::logs::{Ask, Window};
use crate::console::model::query::{Facts, Query};
use crate::console::term::clean::Clean;

/// Lines that are read of each container at first.
const TAIL: i64 = 200;
/// Bytes of a line that are kept; the rest of a longer one is read over.
const LONGEST: usize = 16 * 1024;
/// Before a connection that broke off is made again, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A line as it arrives: where from, when, and what the node sent.
pub(super) struct Arrived {
    pub(super) source: Arc<Clean>,
    pub(super) time: Option<Timestamp>,
    pub(super) text: String,
    /// It is not the container's: it says why there are none of those.
    pub(super) ours: bool,
    /// It does not fit the filter, and stands near one that does.
    pub(super) near: bool,
}

/// What fits a filter, with the lines around it: of the lines before, the last ones wait until one fits.
struct Around {
    most: usize,
    before: VecDeque<(Option<Timestamp>, String)>,
    after: usize,
}

impl Around {
    fn new(most: usize) -> Self {
        Self { most, before: VecDeque::new(), after: 0 }
    }

    /// Takes a line in; answers those that are shown now, and of each whether it is only near.
    fn take(
        &mut self,
        fits: bool,
        time: Option<Timestamp>,
        text: &str,
    ) -> Vec<(Option<Timestamp>, String, bool)> {
        let line = (time, text.to_owned());
        if fits {
            self.after = self.most;
            let before = self.before.drain(..).map(|(time, text)| (time, text, true));
            return before.chain([(line.0, line.1, false)]).collect();
        }
        if self.after > 0 {
            self.after -= 1;
            return vec![(line.0, line.1, true)];
        }
        self.before.push_back(line);
        let over = self.before.len().saturating_sub(self.most);
        self.before.drain(..over);
        Vec::new()
    }
}

/// One run of a container.
pub(super) struct Source {
    pub(super) pods: Api<Pod>,
    pub(super) pod: String,
    pub(super) container: String,
    /// As it stands in front of its lines.
    pub(super) head: Arc<Clean>,
    /// It began while its application was looked at: all it said is new.
    pub(super) new: bool,
    pub(super) run: i32,
}

/// What is read of every container.
pub(super) struct Wanted {
    pub(super) ask: Ask,
    pub(super) filter: Query,
}

impl Source {
    /// Reads until the run is over or nobody listens.
    pub(super) async fn read(self, wanted: Arc<Wanted>, lines: mpsc::Sender<Arrived>) {
        let mut params = self.params(&wanted.ask);
        let mut pause = PAUSE.0;
        loop {
            let mut last = None;
            let ended = self.once(&params, &wanted, &lines, &mut last).await;
            if let Some(last) = last {
                // What was read is not read again.
                params.since_time = last.checked_add(Duration::from_nanos(1)).ok();
                (params.since_seconds, params.tail_lines) = (None, None);
                pause = PAUSE.0;
            }
            match ended {
                Ended::Unheard => return,
                Ended::Failed(why) if params.follow => {
                    let text = format!("cannot be read now: {why}; asking again in {pause:?}");
                    if !self.say(text, &lines).await {
                        return;
                    }
                }
                Ended::Failed(why) => {
                    self.say(format!("cannot be read: {why}"), &lines).await;
                    return;
                }
                Ended::Over if !params.follow || !self.runs().await => return,
                Ended::Over => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    fn params(&self, ask: &Ask) -> LogParams {
        let (tail_lines, since_seconds) = match ask.window {
            _ if self.new => (None, None),
            // The last lines that fit a filter may stand anywhere.
            Window::Tail if !ask.filter.is_empty() => (None, None),
            Window::Tail => (Some(TAIL), None),
            Window::Seconds(seconds) => (None, Some(seconds)),
            Window::All => (None, None),
        };
        LogParams {
            container: Some(self.container.clone()),
            follow: !ask.previous,
            previous: ask.previous,
            tail_lines,
            since_seconds,
            timestamps: true,
            ..LogParams::default()
        }
    }

    async fn once(
        &self,
        params: &LogParams,
        wanted: &Wanted,
        lines: &mpsc::Sender<Arrived>,
        last: &mut Option<Timestamp>,
    ) -> Ended {
        let mut stream = match self.pods.log_stream(&self.pod, params).await {
            Ok(stream) => Box::pin(stream),
            Err(error) => return Ended::Failed(words::api(&error)),
        };
        let mut around = Around::new(wanted.ask.context);
        loop {
            let line = match line(&mut stream).await {
                Ok(Some(line)) => line,
                Ok(None) => return Ended::Over,
                Err(error) => return Ended::Failed(error.to_string()),
            };
            let (time, text) = stamped(&line);
            *last = time.or(*last);
            let prose = [self.head.as_str(), text].into_iter().collect();
            let facts = Facts { prose, since: time, ..Facts::default() };
            let fits = wanted.filter.fits(&facts, Timestamp::UNIX_EPOCH);
            for (time, text, near) in around.take(fits, time, text) {
                let arrived = Arrived { source: self.head.clone(), time, text, ours: false, near };
                if lines.send(arrived).await.is_err() {
                    return Ended::Unheard;
                }
            }
        }
    }

    /// Whether this run of the container still goes on.
    async fn runs(&self) -> bool {
        let Ok(pod) = self.pods.get(&self.pod).await else { return false };
        let all = super::pods::statuses(&pod);
        all.iter().any(|status| {
            let runs = status.state.as_ref().is_some_and(|state| state.running.is_some());
            status.name == self.container && status.restart_count == self.run && runs
        })
    }

    async fn say(&self, text: String, lines: &mpsc::Sender<Arrived>) -> bool {
        let source = self.head.clone();
        lines.send(Arrived { source, time: None, text, ours: true, near: false }).await.is_ok()
    }
}

/// Why no more lines come.
enum Ended {
    /// The server has no more.
    Over,
    /// It refused, or the connection broke off.
    Failed(String),
    /// Nobody wants them.
    Unheard,
}

/// The node writes the time in front of each line.
fn stamped(line: &str) -> (Option<Timestamp>, &str) {
    let split = line.split_once(' ');
    match split.and_then(|(time, rest)| Some((time.parse::<Timestamp>().ok()?, rest))) {
        Some((time, rest)) => (Some(time), rest),
        None => (None, line),
    }
}

/// The next line without its end, cut at [`LONGEST`]; nothing when there are no more.
async fn line(from: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut kept: Vec<u8> = Vec::new();
    let mut any = false;
    loop {
        let buffer = from.fill_buf().await?;
        if buffer.is_empty() {
            break;
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let upto = end.unwrap_or(buffer.len());
        let room = LONGEST - kept.len();
        kept.extend_from_slice(&buffer[..upto.min(room)]);
        let used = end.map_or(upto, |end| end + 1);
        from.consume_unpin(used);
        if end.is_some() {
            break;
        }
    }
    if kept.last() == Some(&b'\r') {
        kept.pop();
    }
    Ok(any.then(|| String::from_utf8_lossy(&kept).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_is_cut_not_gathered() {
        let mut text = vec![b'x'; 5 * LONGEST];
        text.extend_from_slice(b"\nshort\r\n\nend");
        let mut from = futures::io::BufReader::new(futures::io::Cursor::new(text));
        let mut lines = Vec::new();
        while let Ok(Some(found)) = line(&mut from).await {
            lines.push(found);
        }
        assert_eq!(lines[0].len(), LONGEST);
        assert_eq!(lines[1..], ["short", "", "end"]);
    }

    #[test]
    fn lines_around_what_fits_come_once_and_in_order() {
        let told = |most: usize, lines: &str| -> String {
            let mut around = Around::new(most);
            let mut out = String::new();
            for line in lines.split(' ') {
                for (_, text, near) in around.take(line.starts_with('E'), None, line) {
                    let mark = if near { "~" } else { "" };
                    out.push_str(&format!("{mark}{text} "));
                }
            }
            out.trim_end().to_owned()
        };
        for (most, lines, shown) in [
            (0, "a E1 b", "E1"),
            (1, "a b E1 c d e E2", "~b E1 ~c ~e E2"),
            (2, "a E1 b E2 c d e", "~a E1 ~b E2 ~c ~d"),
            (2, "a b c", ""),
        ] {
            assert_eq!(told(most, lines), shown, "{most} {lines}");
        }
    }

    #[test]
    fn times_stand_in_front() {
        let (time, text) = stamped("2026-03-01T12:00:00.5Z said so");
        assert!(time.is_some() && text == "said so");
        assert_eq!(stamped("no time here"), (None, "no time here"));
    }
}
